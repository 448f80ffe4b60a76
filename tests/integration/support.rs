//! Fixture repositories on real `git`, tokens made at run time, and the command under test.
//!
//! Nothing of the caller's environment reaches a child: no `GIT_*`, `CI`, `NO_COLOR`, `KEYWARD_*`, no home folder.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyward::rule::{RuleSet, sample};
use tempfile::TempDir;

/// What a run of a command left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| panic!("not JSON: {e}\n{self:?}"))
    }

    /// `rule path:line` of every shown location of a `-f json` run, and of every part that a rule found, sorted.
    pub(crate) fn places(&self) -> Vec<String> {
        let json = self.json();
        let mut places = Vec::new();
        for finding in json["findings"].as_array().expect("findings") {
            let parts = finding["parts"].as_array().expect("parts").iter();
            for found in parts
                .filter(|part| !part["rule"].is_null())
                .chain([finding])
            {
                for location in found["locations"].as_array().expect("locations") {
                    if location["suppression"].is_null() {
                        places.push(format!(
                            "{} {}:{}",
                            found["rule"].as_str().expect("rule"),
                            location["path"].as_str().expect("path"),
                            location["start"]["line"]
                        ));
                    }
                }
            }
        }
        places.sort();
        places
    }

    /// Fails with everything that was printed unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            code,
            "stdout:\n{}\nstderr:\n{}",
            self.text(),
            self.stderr
        );
        self
    }
}

/// A scratch folder, often a repository.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// An empty folder that is no repository.
    pub(crate) fn folder() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("keyward-test-")
            .tempdir()
            .expect("temporary folder");
        fs::create_dir(folder.path().join("home")).expect("home");
        fs::create_dir(folder.path().join("work")).expect("work");
        Self { folder }
    }

    /// A repository without a commit.
    pub(crate) fn repository() -> Self {
        Self::repository_with(&[])
    }

    /// A repository made with further arguments to `git init`, such as `--object-format=sha256`.
    pub(crate) fn repository_with(arguments: &[&str]) -> Self {
        let scratch = Self::folder();
        scratch.git(&[&["init", "-q", "-b", "main"], arguments].concat());
        scratch
    }

    /// The folder that commands run in.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file, and the folders it is in.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(&path, content).expect("file");
        path
    }

    /// Runs git, which must succeed, and gives its standard output.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let run = self.run(self.command("git").args(arguments), b"");
        assert_eq!(run.code, 0, "git {arguments:?}: {}", run.stderr);
        run.text()
    }

    /// Adds everything and commits it.
    #[track_caller]
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "-m", message]);
    }

    /// Runs keyward in the folder.
    pub(crate) fn keyward<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Run {
        self.keyward_with(arguments, b"", &[])
    }

    /// Runs keyward with standard input and further environment variables.
    pub(crate) fn keyward_with<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &[u8],
        environment: &[(&str, &str)],
    ) -> Run {
        let mut command = self.command(binary());
        command.args(arguments).envs(environment.iter().copied());
        self.run(&mut command, input)
    }

    /// A command with a clean environment that runs in the folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = self.folder.path().join("home");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A. Author")
            .env("GIT_AUTHOR_EMAIL", "author@example.com")
            .env("GIT_COMMITTER_NAME", "A. Author")
            .env("GIT_COMMITTER_EMAIL", "author@example.com")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
            .env("GIT_CONFIG_VALUE_0", "always")
            .current_dir(self.path());
        command
    }

    /// Runs a command to its end with that standard input.
    #[allow(clippy::unused_self)] // Reads as what it is: a run in this folder.
    pub(crate) fn run(&self, command: &mut Command, input: &[u8]) -> Run {
        // A program that was just written may be held open by a child that another test's thread is about to start: then it
        // is busy for a moment.
        for _ in 0..100 {
            let run = self.run_once(command, input);
            match run {
                Some(run) if !run.stderr.contains("Text file busy") => return run,
                _ => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
        panic!("{command:?}: busy for two seconds")
    }

    /// `None` if the program is busy.
    #[allow(clippy::unused_self)] // As `run`.
    fn run_once(&self, command: &mut Command, input: &[u8]) -> Option<Run> {
        let started = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match started {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => return None,
            started => started.expect("the command starts"),
        };
        let mut stdin = child.stdin.take().expect("stdin");
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A child that does not read its input closes it.
                let _ = stdin.write_all(input);
            });
            child.wait_with_output().expect("the command ends")
        });
        Some(Run {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// The command under test; another build of it through `KEYWARD_BIN`.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("KEYWARD_BIN").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_keyward")),
        PathBuf::from,
    )
}

/// A token of the rule `digitalocean-personal-access-token`; the same for the same seed, different for others.
pub(crate) fn token(seed: u64) -> String {
    format!("dop_v1_{}", body(seed, 64, b"0123456789abcdef"))
}

/// A token of the rule `stripe-live-secret-key`.
pub(crate) fn stripe(seed: u64) -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    format!("sk_live_{}", body(seed, 24, alphabet))
}

/// An id of the rule `aws-access-key-id`.
pub(crate) fn aws_id(seed: u64) -> String {
    format!(
        "AKIAQ{}",
        body(seed, 15, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    )
}

/// A value of the rule `aws-secret-access-key`, where its name stands before it.
pub(crate) fn aws_secret(seed: u64) -> String {
    body(
        seed,
        40,
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/",
    )
}

/// The lines of a pair.
pub(crate) fn aws_pair(id: u64, secret: u64) -> String {
    format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        aws_id(id),
        aws_secret(secret)
    )
}

/// A template with its placeholders filled; `{checksum}` by the first rule that knows how to complete what stands before.
pub(crate) fn filled(template: &str, seed: u64) -> String {
    let rules = RuleSet::built_in();
    let completed = |head: &str| {
        rules
            .iter()
            .find_map(|(_, rule)| keyward::check::complete(rule, head))
    };
    sample::expand(template, seed, &completed)
}

/// Characters that look random, from a seed (`SplitMix64`).
pub(crate) fn body(seed: u64, length: usize, alphabet: &[u8]) -> String {
    let mut state = seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15;
    (0..length)
        .map(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            char::from(alphabet[((z ^ (z >> 31)) % alphabet.len() as u64) as usize])
        })
        .collect()
}

/// The rule that finds [`token`].
pub(crate) const TOKEN_RULE: &str = "digitalocean-personal-access-token";
