//! Repositories made by git itself.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Content;
use crate::git::{HashKind, Kind, ObjectId};

/// A repository in a temporary folder.
pub(crate) struct Repository {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) hash: HashKind,
}

impl Repository {
    /// An empty bare one.
    pub(crate) fn new(hash: HashKind) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let format = match hash {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        let repository = Self { folder, hash };
        repository.git(&["init", "-q", "--bare", format, "."], b"");
        repository
    }

    /// One with this many versions of a few files.
    pub(crate) fn with_history(hash: HashKind, versions: std::ops::Range<u64>) -> Self {
        let repository = Self::new(hash);
        repository.import(versions);
        repository
    }

    /// Adds versions of a few files as one pack.
    pub(crate) fn import(&self, versions: std::ops::Range<u64>) {
        let mut stream = String::new();
        for version in versions {
            let _ = writeln!(
                stream,
                "commit refs/heads/v{}\ncommitter A <a@b.example> {} +0000",
                version / 40,
                1_600_000_000 + version
            );
            let message = format!("version {version}\n");
            let _ = write!(stream, "data {}\n{message}", message.len());
            if version == 0 {
                let _ = write!(stream, "M 100644 inline empty\ndata 0\n\n");
            }
            for file in 0..3 {
                let text = text(version, file);
                let _ = write!(
                    stream,
                    "M 100644 inline d{file}/file{file}\ndata {}\n{text}\n",
                    text.len()
                );
            }
            if version % 20 == 7 {
                let _ = write!(
                    stream,
                    "\ntag t{version}\nfrom refs/heads/v{}\ntagger A <a@b.example> 1600000000 +0000\ndata 3\ntag\n",
                    version / 40
                );
            }
        }
        self.git(&["fast-import", "--quiet", "--force"], stream.as_bytes());
    }

    /// Runs git, with an input, and gives its output.
    pub(crate) fn git(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args([
                "-c",
                "core.fsync=none",
                "-c",
                "gc.auto=0",
                "-c",
                "fastimport.unpackLimit=0",
            ])
            .args([
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@b.example",
                "-c",
                "pack.threads=1",
            ])
            .args(arguments)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_vec();
        let feed = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("git ends");
        let _ = feed.join();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Its object directory.
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    /// Files of its pack folder with this extension.
    pub(crate) fn pack_files(&self, extension: &str) -> Vec<PathBuf> {
        files(&self.objects().join("pack"), extension)
    }

    /// All objects as git reads them.
    pub(crate) fn oracle(&self) -> Content {
        let output = self.git(
            &["cat-file", "--batch-all-objects", "--batch", "--unordered"],
            b"",
        );
        let mut content = Content::new();
        let mut rest = output.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let line = String::from_utf8_lossy(&rest[..end]).into_owned();
            let mut words = line.split(' ');
            let mut word = || words.next().expect("three words");
            let id = ObjectId::from_hex(word().as_bytes()).expect("an id");
            let kind = Kind::from_name(word().as_bytes()).expect("a kind");
            let size: usize = word().parse().expect("a size");
            let bytes = rest[end + 1..end + 1 + size].to_vec();
            content.insert(id, (kind, bytes));
            rest = &rest[end + 2 + size..];
        }
        content
    }
}

/// Files with an extension, sorted.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// Some text that changes a little from version to version: lines change, move, appear and go.
fn text(version: u64, file: u64) -> String {
    let mut text = String::new();
    for line in 0..40 + (version * 7 + file) % 50 {
        let changed = version / (line % 9 + 1);
        let moved = (line * 31 + file * 17 + (version / 13) * (line % 5)) % 97;
        let _ = writeln!(
            text,
            "line {moved} of file {file}: {:x}",
            (changed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (line % 40)
        );
    }
    if version % 11 == 3 {
        text.truncate(text.len() / 2);
    }
    text
}
