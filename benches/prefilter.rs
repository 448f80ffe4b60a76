//! The prefilter beside aho-corasick, on the files of the directory `KEYWARD_BENCH_TEXT` names, or on
//! this crate's own source.
#![allow(missing_docs)]

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use divan::{Bencher, counter::BytesCount};
use keyward::detect::prefilter::{Literal, Tables};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const LIMIT: usize = 64 << 20;

fn main() {
    divan::main();
}

static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = Vec::new();
    read(
        &std::env::var_os("KEYWARD_BENCH_TEXT").map_or(source, PathBuf::from),
        &mut text,
    );
    text
});

fn read(path: &Path, text: &mut Vec<u8>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in &paths {
            read(path, text);
        }
    } else if text.len() < LIMIT {
        text.extend(std::fs::read(path).unwrap_or_default());
    }
}

/// The literals of the file beside, then made-up ones; whether case is ignored.
fn literals(count: usize) -> Vec<(String, bool)> {
    let listed = include_str!("literals.txt")
        .lines()
        .filter_map(|line| line.split_once('\t'));
    let mut all: Vec<_> = listed
        .map(|(kind, text)| (text.to_owned(), kind == "i"))
        .collect();
    let mut seed = 12_345_u64;
    let mut random = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) % below) as usize
    };
    while all.len() < count {
        let len = 3 + random(8);
        let mut text = String::new();
        for _ in 0..len {
            text.push(char::from(
                b"etaoinshrdlucmfwypvbgkjqxz"[random(26) * random(26) / 25],
            ));
        }
        text.push(char::from(b"_-.=_-0A"[random(8)]));
        all.push((text, all.len() % 8 == 0));
    }
    all
}

fn tables(literals: &[(String, bool)]) -> Tables<'static> {
    let literals: Vec<_> = literals
        .iter()
        .map(|(t, i)| Literal {
            bytes: t.as_bytes(),
            ignore_case: *i,
        })
        .collect();
    Tables::build(&literals).expect("the lengths are in bounds")
}

#[divan::bench(args = [0, 4000])]
fn keyward(bencher: Bencher<'_, '_>, count: usize) {
    let tables = tables(&literals(count));
    bencher.counter(BytesCount::of_slice(&**TEXT)).bench(|| {
        let mut hits = 0_usize;
        tables.scan(&TEXT, |_| hits += 1);
        hits
    });
}

/// Two automata, because case is per literal.
fn aho(bencher: Bencher<'_, '_>, count: usize, kind: AhoCorasickKind) {
    let literals = literals(count);
    let automata = [false, true].map(|ignore_case| {
        AhoCorasick::builder()
            .ascii_case_insensitive(ignore_case)
            .kind(Some(kind))
            .build(literals.iter().filter(|l| l.1 == ignore_case).map(|l| &l.0))
            .expect("the literals are small")
    });
    bencher.counter(BytesCount::of_slice(&**TEXT)).bench(|| {
        automata
            .iter()
            .map(|a| a.find_overlapping_iter(&**TEXT).count())
            .sum::<usize>()
    });
}

#[divan::bench(args = [0, 4000])]
fn aho_corasick_dfa(bencher: Bencher<'_, '_>, count: usize) {
    aho(bencher, count, AhoCorasickKind::DFA);
}

#[divan::bench(args = [0])]
fn aho_corasick_nfa(bencher: Bencher<'_, '_>, count: usize) {
    aho(bencher, count, AhoCorasickKind::ContiguousNFA);
}

#[divan::bench(args = [0, 1000, 4000])]
fn build(bencher: Bencher<'_, '_>, count: usize) {
    let literals = literals(count);
    bencher.bench(|| tables(&literals));
}
