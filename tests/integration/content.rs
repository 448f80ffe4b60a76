//! Encodings, line ends, long lines, tokens at every edge of the streaming buffer.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::LazyLock;

use keyward::detect::Detector;
use keyward::detect::blob::{BlobMatches, BlobScanner, Located};
use keyward::finding::Encoding;
use keyward::rule::RuleSet;
use proptest::prelude::*;

use crate::support::{Run, Scratch, TOKEN_RULE, aws_id, aws_secret, body, stripe, token};

/// The only location of the only finding.
#[track_caller]
fn only_place(run: &Run) -> serde_json::Value {
    let json = run.json();
    let findings = json["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 1, "{json:#}");
    assert_eq!(findings[0]["rule"], TOKEN_RULE);
    let places = findings[0]["locations"].as_array().expect("locations");
    assert_eq!(places.len(), 1, "{json:#}");
    places[0].clone()
}

/// `line:column`, `line:column_utf16` of the start and the end, and the byte range.
fn place(location: &serde_json::Value) -> String {
    let at = |side: &str| {
        let side = &location[side];
        format!(
            "{}:{}/{}",
            side["line"], side["column"], side["column_utf16"]
        )
    };
    let bytes = &location["bytes"];
    format!(
        "{}-{} @{}..{}",
        at("start"),
        at("end"),
        bytes["start"],
        bytes["end"]
    )
}

/// Scans one file with that content, which must hold one token.
#[track_caller]
fn place_in(content: &[u8]) -> (serde_json::Value, String) {
    let scratch = Scratch::folder();
    scratch.write("file", content);
    let location = only_place(&scratch.keyward(&["scan", "-f", "json"]).expect(1));
    let text = place(&location);
    (location, text)
}

fn utf16(text: &str, encoding: Encoding) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| {
            if encoding == Encoding::Utf16Be {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[test]
fn utf16_in_every_form() {
    let token = token(1);
    let text = format!("# Grüße aus der Datei\r\n😀 key = \"{token}\"\r\n# the end of it\r\n");
    for (encoding, name) in [
        (Encoding::Utf16Le, "utf-16le"),
        (Encoding::Utf16Be, "utf-16be"),
    ] {
        for mark in ["", "\u{FEFF}"] {
            let content = utf16(&format!("{mark}{text}"), encoding);
            let (location, place) = place_in(&content);
            let start = text.find(&token).expect("token");
            // The emoji is one character and two units; the byte order mark is no part of the text.
            assert_eq!(
                place,
                format!("2:10/11-2:81/82 @{start}..{}", start + 71),
                "{name} mark: {}",
                !mark.is_empty()
            );
            assert_eq!(location["encoding"], name);
            let excerpt = location["excerpt"].as_str().expect("excerpt");
            assert!(excerpt.starts_with("😀 key = \"dop_v1_"), "{excerpt}");
        }
    }
}

#[test]
fn utf16_cut_in_the_middle_of_a_character() {
    let token = token(2);
    let mut content = utf16(&format!("\u{FEFF}key = \"{token}\"\n"), Encoding::Utf16Le);
    content.push(b'x');
    assert_eq!(place_in(&content).1, "1:8/8-1:79/79 @7..78");
    // A high surrogate without its partner.
    content.extend([0xD8, b'a', 0x00]);
    assert_eq!(place_in(&content).1, "1:8/8-1:79/79 @7..78");
}

#[test]
fn utf8_byte_order_mark_takes_no_column() {
    let (location, place) = place_in(format!("\u{FEFF}{}\n", token(3)).as_bytes());
    assert_eq!(place, "1:1/1-1:72/72 @3..74");
    assert_eq!(location["encoding"], "utf-8");
}

#[test]
fn carriage_returns() {
    let token = token(4);
    let (_, place) = place_in(format!("one\r\ntwo\r\nkey={token}\r\nfour\r\n").as_bytes());
    assert_eq!(place, "3:5/5-3:76/76 @14..85");
    // A lone one ends no line.
    let (_, place) = place_in(format!("one\rkey={token}\rtwo\n").as_bytes());
    assert_eq!(place, "1:9/9-1:80/80 @8..79");
}

#[test]
fn nul_bytes_around() {
    let token = token(5);
    let content = [b"\x7fELF\0\0\n\0\0", token.as_bytes(), b"\0\0\xFF\0"].concat();
    assert_eq!(place_in(&content).1, "2:3/3-2:74/74 @9..80");
    let content = [&[0; 5000], token.as_bytes(), &[0; 5000]].concat();
    assert_eq!(place_in(&content).1, "1:5001/5001-1:5072/5072 @5000..5071");
}

#[test]
fn first_and_last_byte() {
    assert_eq!(place_in(token(6).as_bytes()).1, "1:1/1-1:72/72 @0..71");
    let scratch = Scratch::folder();
    scratch.write("file", format!("{}\nmiddle\n\n{}", token(7), stripe(7)));
    let places = scratch.keyward(&["scan", "-f", "json"]).expect(1).places();
    assert_eq!(
        places,
        [
            format!("{TOKEN_RULE} file:1"),
            "stripe-live-secret-key file:4".to_owned()
        ]
    );
}

#[test]
fn empty_file() {
    let scratch = Scratch::folder();
    scratch.write("empty", "");
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(0).json();
    assert_eq!(json["coverage"]["blobs"], 1);
    assert_eq!(json["coverage"]["bytes"], 0);
    assert_eq!(json["summary"]["complete"], true);
    let json = scratch
        .keyward(&["scan", "-f", "json", "-"])
        .expect(0)
        .json();
    assert_eq!(json["coverage"]["blobs"], 1);
}

#[test]
fn invalid_utf8() {
    let token = token(8);
    let content = [
        b"caf\xE9\n\xFF\x80 \xE2\x82 k=",
        token.as_bytes(),
        b"\xC3\n\xF0\x9F",
    ]
    .concat();
    let (location, place) = place_in(&content);
    // Each invalid byte is one column.
    assert_eq!(place, "2:9/9-2:80/80 @13..84");
    assert_eq!(location["encoding"], "utf-8");
    assert!(
        !location["excerpt"]
            .as_str()
            .expect("excerpt")
            .contains(char::REPLACEMENT_CHARACTER)
    );
}

/// A file of lines with a token of its own around every multiple of 64 KiB, `shift` bytes off it; and where they stand.
fn file_of_edges(name: &str, shift: isize, seed: u64) -> (Vec<u8>, Vec<String>) {
    const STEP: usize = 64 * 1024;
    let mut content = Vec::new();
    let mut places = Vec::new();
    let mut line = 1;
    for multiple in 1..=18 {
        let start = (multiple * STEP)
            .checked_add_signed(shift)
            .expect("in range");
        while content.len() + 100 < start {
            content.extend_from_slice(format!("line {line} of ü\n").as_bytes());
            line += 1;
        }
        let room = start - content.len() - 1;
        content.extend(std::iter::repeat_n(b'.', room));
        content.push(b'\n');
        line += 1;
        places.push(format!("{name}:{line} {start}"));
        content.extend_from_slice(token(seed + multiple as u64).as_bytes());
        content.push(b'\n');
        line += 1;
    }
    content.resize(1_200_000, b'\n');
    (content, places)
}

#[test]
fn tokens_across_every_buffer_edge() {
    let scratch = Scratch::folder();
    let mut expected = Vec::new();
    for (index, shift) in [-71, -70, -40, -37, -17, -8, -1, 0, 1, 9, 25, 40]
        .into_iter()
        .enumerate()
    {
        let name = format!("file{index:02}");
        let (content, places) = file_of_edges(&name, shift, 1000 * (index as u64 + 1));
        scratch.write(&name, content);
        expected.extend(places);
    }
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(1).json();
    let mut found: Vec<String> = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .flat_map(|finding| finding["locations"].as_array().expect("locations"))
        .map(|at| {
            format!(
                "{}:{} {}",
                at["path"].as_str().expect("path"),
                at["start"]["line"],
                at["bytes"]["start"]
            )
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found.len(), 12 * 18);
    assert_eq!(found, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn one_endless_line_needs_little_memory() {
    use std::io::Write as _;
    use std::process::Stdio;

    const LENGTH: usize = 20 << 20;
    let scratch = Scratch::folder();
    let mut child = scratch
        .command(crate::support::binary())
        .args(["stdin", "-f", "json", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("stdin");
    let part = b"lorem_ipsum ".repeat(1024);
    let mut left = LENGTH;
    while left > 0 {
        let count = left.min(part.len());
        stdin.write_all(&part[..count]).expect("the command reads");
        left -= count;
    }
    stdin
        .write_all(format!(" {}", token(9)).as_bytes())
        .expect("the command reads");
    // All but what fits into a pipe has been read by now, and the command waits for more.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("status");
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    let run = Run {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::new(),
    }
    .expect(1);
    let peak: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .expect("VmHWM");
    assert!(peak < 60 * 1024, "{peak} KiB");
    assert_eq!(run.json()["coverage"]["bytes"], LENGTH + 72);
    let (start, end) = (LENGTH + 1, LENGTH + 72);
    assert_eq!(
        place(&only_place(&run)),
        format!("1:{0}/{0}-1:{1}/{1} @{start}..{end}", start + 1, end + 1)
    );
}

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(RuleSet::built_in()));

/// Gives its bytes in pieces of the given sizes, over and over; a size of 0 is an interrupted call.
struct Pieces<'b> {
    bytes: &'b [u8],
    sizes: std::iter::Cycle<std::iter::Copied<std::slice::Iter<'b, usize>>>,
}

impl<'b> Pieces<'b> {
    fn new(bytes: &'b [u8], sizes: &'b [usize]) -> Self {
        let sizes = sizes.iter().copied().cycle();
        Self { bytes, sizes }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.next().unwrap_or(1);
        if size == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = size.min(buffer.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// What a match says of itself, comparable.
fn summary(found: &BlobMatches) -> Vec<String> {
    found
        .matches
        .iter()
        .map(|m| {
            format!(
                "{} {:?} {:?} {:?} {:?}",
                m.rule.get(),
                m.bytes,
                m.start,
                m.end,
                (&m.excerpt, &m.encodings)
            ) + &linked(m)
        })
        .collect()
}

/// What a match is linked to.
fn linked(found: &Located) -> String {
    let parts: Vec<String> = found
        .parts
        .iter()
        .map(|part| {
            format!(
                " with {} {:?} {:?} {:?} {:?}",
                part.part,
                part.value.expose(),
                part.bytes,
                part.start,
                part.end
            )
        })
        .collect();
    let of = found
        .part_of
        .iter()
        .map(|of| format!(" of {:?}", of.secret.expose()));
    parts.into_iter().chain(of).collect()
}

/// A text from a description: gaps of filler of a kind, each followed by a token; and where the tokens start.
fn assemble(parts: &[(usize, u8, u64)]) -> (String, Vec<u64>) {
    let mut text = String::new();
    let mut starts = Vec::new();
    for &(gap, kind, seed) in parts {
        let filler = match kind % 6 {
            0 => "let value = 17;\n",
            1 => "ä€😀",
            2 => "\n",
            3 => "one\r\ntwo, \u{7f}three\r\n\t",
            4 => "0123456789 abcdef ghij ",
            _ => "é = [\"Ω\", 1];\n# 😀 ",
        };
        let end = text.len() + gap;
        // One more or less first, so that the characters fall differently onto the edges.
        text.extend(std::iter::repeat_n('.', (seed % 4) as usize));
        while text.len() < end {
            text.push_str(filler);
        }
        if seed % 4 == 1 {
            // Parts before it, near enough or not, as another rule finds them and as none does.
            let between = ".".repeat((seed % 900) as usize);
            let (id, shop) = (aws_id(seed), seed % 1_000);
            let (secret, hex) = (aws_secret(seed), body(seed, 32, b"0123456789abcdef"));
            let _ = writeln!(text, "id {id}\nshop{shop}.myshopify.com {between}");
            let _ = writeln!(text, "aws_secret_access_key = {secret} shpat_{hex}");
        }
        text.push('"');
        let (secret, offset) = if seed % 4 == 3 {
            encoded(seed)
        } else if seed % 3 == 0 {
            (stripe(seed), 0)
        } else {
            (token(seed), 0)
        };
        starts.push((text.len() + offset) as u64);
        text.push_str(&secret);
        text.push('"');
        if seed % 5 == 0 {
            text.push('\n');
        }
    }
    (text, starts)
}

/// A token in base64, alone or far into a run, in lines or not; and where its first digits are.
fn encoded(seed: u64) -> (String, usize) {
    let before = [0, 4, 700, 15_000][(seed / 4 % 4) as usize];
    let text = format!("{}{} and more", "ab ".repeat(before), token(seed));
    let encoded = data_encoding::BASE64.encode(text.as_bytes());
    let offset = before * 4;
    if seed % 8 < 4 {
        return (encoded, offset);
    }
    let lines: Vec<&str> = (0..encoded.len())
        .step_by(64)
        .map(|at| &encoded[at..(at + 64).min(encoded.len())])
        .collect();
    (lines.join("\n"), offset + offset / 64)
}

/// Gaps that put tokens next to each other, near the edges of the buffer, or anywhere.
fn parts() -> impl Strategy<Value = Vec<(usize, u8, u64)>> {
    const ROUND: usize = 256 * 1024;
    let margin = DETECTOR.margin().behind + 2048;
    let gap = prop_oneof![
        4 => 0_usize..120,
        2 => 900_usize..2300,
        2 => (margin.saturating_sub(200))..margin + 200,
        2 => 8_000_usize..8_500,
        1 => 20_000_usize..90_000,
    ];
    let first = prop_oneof![
        1 => 0_usize..300,
        3 => ROUND - 600..ROUND + 300,
        3 => ROUND + margin - 600..ROUND + margin + 300,
        2 => ROUND + 2 * margin - 600..ROUND + 2 * margin + 300,
        2 => 2 * ROUND + margin - 600..2 * ROUND + margin + 300,
    ];
    let rest = prop::collection::vec((gap, any::<u8>(), any::<u64>()), 0..12);
    ((first, any::<u8>(), any::<u64>()), rest).prop_map(|(first, rest)| {
        let mut all = vec![first];
        all.extend(rest);
        all
    })
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![1 => Just(0_usize), 3 => 1_usize..100, 3 => 1000_usize..70_000, 1 => 200_000_usize..600_000];
    (prop::collection::vec(size, 0..9), 1000_usize..5000).prop_map(|(mut sizes, last)| {
        sizes.push(last | 1);
        sizes
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

#[test]
fn streamed_and_whole_scans_find_the_same() {
    proptest!(config(40), |(parts in parts(), sizes in sizes())| {
        let (text, starts) = assemble(&parts);
        let mut scanner = BlobScanner::new(&DETECTOR);
        let whole = scanner.scan_bytes(text.as_bytes());
        // The same scanner twice: its buffer must not remember.
        for _ in 0..2 {
            let streamed = scanner.scan_reader(Pieces::new(text.as_bytes(), &sizes)).expect("no error");
            prop_assert_eq!(summary(&streamed), summary(&whole));
            prop_assert_eq!(streamed.bytes, text.len() as u64);
        }
        let found: Vec<u64> = whole.matches.iter().map(|m| m.bytes.start).collect();
        for start in starts {
            prop_assert!(found.contains(&start), "no match at {}: {:?}", start, found);
        }
    });
}

#[test]
fn streamed_and_whole_scans_of_utf16_find_the_same() {
    let encodings = prop_oneof![Just(Encoding::Utf16Le), Just(Encoding::Utf16Be)];
    proptest!(config(16), |(parts in parts(), sizes in sizes(), encoding in encodings)| {
        let (text, _) = assemble(&parts);
        let bytes = utf16(&format!("\u{FEFF}{text}"), encoding);
        let mut scanner = BlobScanner::new(&DETECTOR);
        let whole = scanner.scan_bytes(&bytes);
        let streamed = scanner.scan_reader(Pieces::new(&bytes, &sizes)).expect("no error");
        prop_assert_eq!(summary(&streamed), summary(&whole));
        prop_assert_eq!(streamed.bytes, bytes.len() as u64);
        prop_assert_eq!(streamed.encoding, encoding);
        // Positions are those of the text as UTF-8.
        prop_assert_eq!(summary(&whole), summary(&scanner.scan_bytes(text.as_bytes())));
    });
}
