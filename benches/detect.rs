//! The whole detector: bytes to located matches, on the files of the directory `KEYWARD_BENCH_TEXT` names, or on this
//! crate's own source, as they are and in base64; and what a start costs.

#![allow(missing_docs)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use keyward::detect::Detector;
use keyward::detect::blob::BlobScanner;
use keyward::rule::RuleSet;

fn main() {
    divan::main();
}

const LIMIT: usize = 64 << 20;

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut left = LIMIT;
    read(
        &std::env::var_os("KEYWARD_BENCH_TEXT").map_or(source, PathBuf::from),
        &mut files,
        &mut left,
    );
    files
});

fn read(path: &Path, files: &mut Vec<Vec<u8>>, left: &mut usize) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in &paths {
            if path.file_name().is_none_or(|name| name != ".git") {
                read(path, files, left);
            }
        }
    } else if let Ok(bytes) = std::fs::read(path)
        && bytes.len() <= *left
    {
        *left -= bytes.len();
        files.push(bytes);
    }
}

fn total() -> BytesCount {
    BytesCount::new(FILES.iter().map(Vec::len).sum::<usize>())
}

#[divan::bench(sample_count = 10)]
fn whole_blobs(bencher: Bencher<'_, '_>) {
    let detector = Detector::new(RuleSet::built_in());
    bencher.counter(total()).bench_local(|| {
        let mut scanner = BlobScanner::new(&detector);
        FILES
            .iter()
            .map(|file| scanner.scan_bytes(file).matches.len())
            .sum::<usize>()
    });
}

#[divan::bench(sample_count = 10)]
fn one_stream(bencher: Bencher<'_, '_>) {
    let detector = Detector::new(RuleSet::built_in());
    let stream = FILES.concat();
    bencher.counter(total()).bench_local(|| {
        let mut scanner = BlobScanner::new(&detector);
        scanner
            .scan_reader(&stream[..])
            .map(|found| found.matches.len())
    });
}

fn scan(bencher: Bencher<'_, '_>, text: &[u8]) {
    let detector = Detector::new(RuleSet::built_in());
    bencher.counter(BytesCount::of_slice(text)).bench_local(|| {
        let mut scanner = BlobScanner::new(&detector);
        scanner.scan_bytes(text).matches.len()
    });
}

/// Every file in base64: all of it is decoded and scanned.
#[divan::bench(sample_count = 10)]
fn encoded_text(bencher: Bencher<'_, '_>) {
    let lines: Vec<String> = FILES
        .iter()
        .map(|file| data_encoding::BASE64.encode(file))
        .collect();
    scan(bencher, lines.join("\n").as_bytes());
}

/// What decodes to no text, as images and digests do: told by its first bytes.
#[divan::bench(sample_count = 10)]
fn encoded_noise(bencher: Bencher<'_, '_>) {
    let mut state = 1_u64;
    let noise = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    let bytes: Vec<u8> = (0..4 << 20).map(noise).collect();
    let lines: Vec<String> = bytes
        .chunks(3000)
        .map(|image| data_encoding::BASE64.encode(image))
        .collect();
    scan(bencher, lines.join("\n").as_bytes());
}

#[divan::bench]
fn start() -> Detector {
    black_box(Detector::new(RuleSet::built_in()))
}
