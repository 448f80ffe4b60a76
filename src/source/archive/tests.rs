//! Archives made here, by the crates that read them and by hand where these cannot make them.

mod codecs;
mod damage;
mod limits;
mod tars;
mod zips;

use std::io::{self, Cursor, Read, Write as _};

use ignore::overrides::Override;

use super::{Limits, Options, Sink, open, open_stream};
use crate::coverage::SkipReason;
use crate::finding::BlobPath;
use crate::source::PathFilter;

/// Keeps what it is given.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    /// Paths and contents, in the order of the archive. The remains of zip archives are not among them.
    files: Vec<(String, Vec<u8>)>,
    /// What was scanned under the archive's own name.
    remains: Vec<u8>,
    /// Why, where and what was said.
    skips: Vec<(SkipReason, String, String)>,
}

impl Sink for Kept {
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        if path.to_string() == "a" {
            self.remains = bytes;
        } else {
            self.files.push((path.to_string(), bytes));
        }
        Ok(())
    }

    fn skip(&mut self, reason: SkipReason, path: BlobPath, detail: String) {
        self.skips.push((reason, path.to_string(), detail));
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Kept {
    /// Paths and contents as texts.
    fn texts(&self) -> Vec<(&str, String)> {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let files = self.files.iter();
        files
            .map(|(path, bytes)| (path.as_str(), text(bytes)))
            .collect()
    }

    fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Whether the scan would be complete.
    fn is_complete(&self) -> bool {
        !self.skips.iter().any(|(reason, ..)| reason.is_incomplete())
    }

    /// The reasons and places of what makes it incomplete.
    fn faults(&self) -> Vec<(SkipReason, &str)> {
        let skips = self.skips.iter();
        skips
            .filter(|(reason, ..)| reason.is_incomplete())
            .map(|(reason, path, _)| (*reason, path.as_str()))
            .collect()
    }
}

fn options(limits: Limits) -> Options {
    Options {
        filter: PathFilter {
            exclude: None,
            globs: Override::empty(),
        },
        max_size: None,
        limits,
    }
}

/// Opens an archive called `a`; `None` if it is none.
#[track_caller]
fn opened_with(bytes: &[u8], limits: Limits) -> Option<Kept> {
    let options = options(limits);
    let path = BlobPath::from_bytes("a");
    let mut kept = Kept::default();
    let is_archive = open(&mut kept, &options, &path, &mut Cursor::new(bytes)).expect("no error");
    is_archive.then_some(kept)
}

/// Opens an archive called `a`, as a file and as a stream, which must give the same.
#[track_caller]
fn opened(bytes: &[u8]) -> Kept {
    let kept = opened_with(bytes, Limits::default()).expect("an archive");
    let mut streamed = Kept::default();
    let path = BlobPath::from_bytes("a");
    open_stream(&mut streamed, &options(Limits::default()), &path, bytes).expect("no error");
    // An archive that does not begin like one is only known for one by its end.
    if super::Format::of(&bytes[..bytes.len().min(super::HEAD)]).is_some() {
        assert_eq!(kept, streamed);
    }
    kept
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn xz(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("options");
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn zstandard(content: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(content, level)
}

/// A header of the POSIX format.
fn tar_header(name: &[u8], kind: u8, size: usize) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block
}

/// Fills in the checksum of a header.
fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A header, a content and its padding.
fn tar_item(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let header = tar_header(name.as_bytes(), kind, content.len());
    let mut item = [&header[..], content].concat();
    item.resize(item.len().next_multiple_of(512), 0);
    item
}

/// An archive with its end mark.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive: Vec<u8> = files
        .iter()
        .flat_map(|(name, content)| tar_item(name, b'0', content))
        .collect();
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// How an entry of a zip archive is made.
#[derive(Debug, Clone)]
struct ZipEntry {
    name: Vec<u8>,
    method: u16,
    flags: u16,
    checksum: u32,
    size: u64,
    stored: Vec<u8>,
    /// Whether the sizes stand behind the content and in the directory only.
    streamed: bool,
    /// Whether numbers are written in the 64-bit form.
    wide: bool,
}

impl ZipEntry {
    fn new(name: &str, method: u16, content: &[u8]) -> Self {
        let stored = match method {
            8 => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(content).expect("memory");
                encoder.finish().expect("memory")
            }
            12 => bzip2(content),
            93 => zstandard(content),
            95 => xz(content),
            _ => content.to_vec(),
        };
        Self {
            name: name.as_bytes().to_vec(),
            method,
            flags: 0,
            checksum: crc32fast::hash(content),
            size: content.len() as u64,
            stored,
            streamed: false,
            wide: false,
        }
    }

    /// The numbers behind the version in a header, up to the lengths.
    fn numbers(&self, local: bool) -> Vec<u8> {
        let hidden = local && self.streamed;
        let flags = self.flags | if self.streamed { 8 } else { 0 };
        let small = |n: u64| match (hidden, self.wide) {
            (true, _) => 0,
            (false, true) => u32::MAX,
            (false, false) => u32::try_from(n).expect("small"),
        };
        let checksum = if hidden { 0 } else { self.checksum };
        let mut out = Vec::new();
        out.extend(flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(checksum.to_le_bytes());
        out.extend(small(self.stored.len() as u64).to_le_bytes());
        out.extend(small(self.size).to_le_bytes());
        out
    }

    fn extra(&self, offset: u64) -> Vec<u8> {
        if !self.wide {
            return Vec::new();
        }
        let mut out = vec![0x99, 0x99, 2, 0, 7, 7, 1, 0, 24, 0];
        for number in [self.size, self.stored.len() as u64, offset] {
            out.extend(number.to_le_bytes());
        }
        out
    }
}

fn short(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).expect("short").to_le_bytes()
}

/// An archive with that text in front and behind.
fn zip_around(before: &[u8], entries: &[ZipEntry], comment: &[u8]) -> Vec<u8> {
    let mut out = before.to_vec();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = (out.len() - before.len()) as u64;
        let extra = entry.extra(offset);
        out.extend(b"PK\x03\x04\x14\0");
        out.extend(entry.numbers(true));
        out.extend(short(&entry.name));
        out.extend(short(&extra));
        out.extend(&entry.name);
        out.extend(&extra);
        out.extend(&entry.stored);
        if entry.streamed {
            out.extend(b"PK\x07\x08");
            out.extend(entry.checksum.to_le_bytes());
            out.extend((entry.stored.len() as u32).to_le_bytes());
            out.extend((entry.size as u32).to_le_bytes());
        }
        directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend(entry.numbers(false));
        directory.extend(short(&entry.name));
        directory.extend(short(&extra));
        directory.extend([0; 10]);
        let offset = if entry.wide { u32::MAX } else { offset as u32 };
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
        directory.extend(&extra);
    }
    let start = (out.len() - before.len()) as u64;
    let wide = entries.iter().any(|entry| entry.wide);
    out.extend(&directory);
    if wide {
        let at = (out.len() - before.len()) as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [
            entries.len() as u64,
            entries.len() as u64,
            directory.len() as u64,
            start,
        ] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(at.to_le_bytes());
        out.extend([1, 0, 0, 0]);
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = if wide { u16::MAX } else { entries.len() as u16 };
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    let small = |n: u64| if wide { u32::MAX } else { n as u32 };
    out.extend(small(directory.len() as u64).to_le_bytes());
    out.extend(small(start).to_le_bytes());
    out.extend(short(comment));
    out.extend(comment);
    out
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries: Vec<ZipEntry> = files
        .iter()
        .map(|(name, content)| ZipEntry::new(name, 8, content))
        .collect();
    zip_around(b"", &entries, b"")
}

#[test]
fn what_is_no_archive_is_left_to_the_caller() {
    for bytes in [&b""[..], b"text", b"PK", &[0; 4096], b"\x1f\x8b"] {
        assert_eq!(opened_with(bytes, Limits::default()), None);
    }
}

#[test]
fn archives_in_archives_name_all_of_them() {
    let jar = zip(&[("config.yml", b"in the jar")]);
    let logs = gzip(b"in the log");
    let package = tar(&[
        ("lib/app.jar", &jar),
        ("app.log.gz", &logs),
        ("README", b"plain"),
    ]);
    let kept = opened(&xz(&package));
    assert_eq!(
        kept.texts(),
        [
            ("a!/lib/app.jar!/config.yml", "in the jar".to_owned()),
            ("a!/lib/app.jar", kept.texts()[1].1.clone()),
            ("a!/app.log.gz!/app.log", "in the log".to_owned()),
            ("a!/README", "plain".to_owned()),
        ]
    );
    assert_eq!(kept.skips, []);
}

#[test]
fn known_archives_that_are_not_opened_are_told() {
    let kept = opened(b"7z\xBC\xAF\x27\x1C and more");
    assert_eq!(kept.faults(), [(SkipReason::UnsupportedArchive, "a")]);
    assert!(
        kept.remains.ends_with(b"and more"),
        "scanned as bytes all the same"
    );
    let inside = opened(&zip(&[("x.rar", b"Rar!\x1A\x07 and more")]));
    assert_eq!(
        inside.faults(),
        [(SkipReason::UnsupportedArchive, "a!/x.rar")]
    );
    assert_eq!(inside.paths(), ["a!/x.rar"]);
}
