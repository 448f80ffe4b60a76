//! Features of what stands around the binding.

use super::search::WordLists;
use super::{Feature, Features, digest, share};
use crate::detect::binding::{Binding, Link};
use crate::detect::judge::words;

/// How far around the binding is looked, in lines and bytes.
const LINES: usize = 5;
const BYTES: usize = 320;

const USER: &[&str] = &["user", "login", "email", "mail", "account"];
const HOST: &[&str] = &[
    "host", "url", "port", "database", "server", "endpoint", "jdbc", "connect",
];
const SECRET: &[&str] = &[
    "password",
    "secret",
    "token",
    "passwd",
    "credential",
    "apikey",
    "api_key",
    "private",
];
const TEST: &[&str] = &[
    "test", "expect", "assert", "mock", "spec", "should", "fixture", "stub",
];
const EXAMPLE: &[&str] = &[
    "example",
    "sample",
    "dummy",
    "fake",
    "placeholder",
    "your_",
    "your-",
    "<your",
    "e.g.",
    "demo",
];
const INTERFACE: &[&str] = &[
    "label",
    "title",
    "message",
    "button",
    "tooltip",
    "forgot",
    "please",
    "confirm",
    "required",
    "invalid",
    "description",
];
const HASH: &[&str] = &[
    "hash",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "digest",
    "checksum",
    "integrity",
    "uuid",
    "guid",
    "fingerprint",
    "signature",
    "encrypted",
    "salt",
];
const CODE: &[&str] = &[
    "function", "def ", "class ", "import ", "return", "const ", "public ", "private ", "static ",
    "func ", "fn ", "self.", "this.", "if (", "if ", "() ", ");", "{\n",
];
const PARSE: &[&str] = &[
    "lexer",
    "parser",
    "syntax",
    "keyword",
    "grammar",
    "scanner",
    "match",
    "pattern",
    "regex",
    "enum",
    "case ",
    "locale",
    "translation",
];

static NEAR: WordLists<9> = WordLists::new([
    USER, HOST, SECRET, TEST, EXAMPLE, INTERFACE, HASH, CODE, PARSE,
]);
/// The features of those lists, and how many words count at most.
const NEAR_FEATURES: [(Feature, usize); 9] = [
    (Feature::NearUser, 3),
    (Feature::NearHost, 3),
    (Feature::NearSecret, 3),
    (Feature::NearTest, 3),
    (Feature::NearExample, 2),
    (Feature::NearInterface, 3),
    (Feature::NearHash, 3),
    (Feature::NearCode, 6),
    (Feature::NearParse, 3),
];

pub(super) fn fill(sheet: &mut Features, window: &[u8], binding: &Binding) {
    let first = binding.name.start.min(binding.value.start);
    let last = binding.value.end.max(binding.name.end);
    let start = line_back(window, first, LINES).max(first.saturating_sub(BYTES));
    let end = line_ahead(window, last, LINES)
        .min(binding.value.start + BYTES)
        .max(last)
        .min(window.len());
    line(sheet, window, binding, start, end);
    neighbours(sheet, window, binding, start, end);
}

/// Where the line starts that is `lines` above the one of `at`.
fn line_back(window: &[u8], at: usize, lines: usize) -> usize {
    let low = at.saturating_sub(BYTES);
    memchr::memrchr_iter(b'\n', &window[low..at])
        .nth(lines)
        .map_or(low, |newline| low + newline + 1)
}

fn line_ahead(window: &[u8], at: usize, lines: usize) -> usize {
    let high = (at + BYTES).min(window.len());
    memchr::memchr_iter(b'\n', &window[at..high])
        .nth(lines)
        .map_or(high, |newline| at + newline)
}

fn line(sheet: &mut Features, window: &[u8], binding: &Binding, start: usize, end: usize) {
    let name = binding.name.start;
    let before = &window[start..name];
    let before = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let after = &window[binding.value.end..end];
    let after = &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())];
    let mut rest = after;
    while let [b'"' | b'\'' | b'`' | b'\\', tail @ ..] = rest {
        rest = tail;
    }
    let blank = rest.first().is_some_and(u8::is_ascii_whitespace);
    let rest = rest.trim_ascii_start();
    sheet.set(
        Feature::FollowedBy,
        match (rest.first(), blank) {
            (None, _) => 0_i16,
            (Some(b',' | b';'), _) => 1,
            (Some(b')'), _) => 2,
            (Some(b'}' | b']'), _) => 3,
            (Some(b'#' | b'/' | b'\\'), _) => 4,
            (Some(b'<' | b'>' | b'|' | b'&'), _) => 5,
            (Some(b'+' | b'%' | b'*' | b'=' | b'?' | b'!'), _) => 6,
            (Some(b'.' | b'(' | b'[' | b':'), _) => 7,
            (Some(_), true) => 8,
            (Some(_), false) => 9,
        },
    );
    let head = before.trim_ascii_start();
    let comment = head.starts_with(b"#")
        || head.starts_with(b"//")
        || head.starts_with(b"*")
        || head.starts_with(b"--")
        || head.starts_with(b";")
        || head.starts_with(b"<!--")
        || head.starts_with(b"/*")
        || memchr::memmem::find(before, b" // ").is_some()
        || memchr::memmem::find(before, b" # ").is_some();
    sheet.flag(Feature::Comment, comment);
    let sigil = |b: &u8| !b.is_ascii_alphanumeric();
    sheet.set(
        Feature::LineStart,
        match before.iter().filter(|b| !sigil(b)).count() {
            0 => 2_i16,
            1..=12 => 1,
            _ => 0,
        },
    );
    let length = before.len() + (binding.value.end - name.min(binding.value.end)) + after.len();
    sheet.set(Feature::LineLength, length / 8);
    let text_words = before
        .split(|b| *b == b' ')
        .chain(after.split(|b| *b == b' '))
        .filter(|word| word.len() > 1 && word.iter().all(u8::is_ascii_alphabetic))
        .count();
    sheet.set(Feature::LineWords, text_words.min(20));
    let opened = before.iter().filter(|b| **b == b'(').count();
    let closed = before.iter().filter(|b| **b == b')').count();
    sheet.flag(
        Feature::InCall,
        opened > closed || matches!(binding.link, Link::Call | Link::Second),
    );
}

fn neighbours(sheet: &mut Features, window: &[u8], binding: &Binding, start: usize, end: usize) {
    let value = &window[binding.value.clone()];
    let mut near = window[start..end].to_vec();
    // The binding itself says nothing of its neighbours.
    for range in [&binding.name, &binding.value] {
        let hidden = range.start.clamp(start, end) - start..range.end.clamp(start, end) - start;
        near[hidden].fill(b'\x01');
    }
    let counts = NEAR.count(&near);
    for ((feature, most), count) in NEAR_FEATURES.into_iter().zip(counts) {
        sheet.set(feature, count.min(most));
    }
    let foreign = near.iter().filter(|b| **b >= 0x80).count();
    sheet.set(Feature::NearForeign, share(foreign, near.len()));

    let text = &window[start..end];
    let (mut again, mut same) = (0_usize, 0_usize);
    for at in memchr::memmem::find_iter(text, value) {
        let place = start + at;
        if place == binding.value.start {
            continue;
        }
        again += 1;
        let before = text[..at]
            .iter()
            .rev()
            .find(|b| !matches!(b, b' ' | b'"' | b'\'' | b'`' | b'\\'));
        same += usize::from(matches!(before, Some(b'=' | b':' | b'>')));
    }
    sheet.set(Feature::Again, again.min(4));
    sheet.set(Feature::SameAsOther, same.min(3));

    let (mut quoted, mut sentences, mut random) = (0_usize, 0_usize, 0_usize);
    let mut at = start;
    while let Some(open) = window[at..end]
        .iter()
        .position(|b| matches!(b, b'"' | b'\''))
    {
        let open = at + open;
        let inner = open + 1;
        let line = &window[inner..end];
        let Some(length) = line.iter().position(|b| *b == window[open] || *b == b'\n') else {
            break;
        };
        if line[length] == b'\n' {
            at = inner + length;
            continue;
        }
        at = inner + length + 1;
        if inner == binding.value.start || length < 4 {
            continue;
        }
        let text = &window[inner..inner + length];
        quoted += 1;
        sentences += usize::from(text.contains(&b' '));
        random += usize::from(looks_generated(text));
    }
    sheet.set(Feature::NearQuoted, quoted.min(16));
    sheet.set(Feature::NearSentences, share(sentences, quoted));
    sheet.set(Feature::NearRandom, share(random, quoted));
}

fn looks_generated(text: &[u8]) -> bool {
    text.len() >= 8
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-'))
        && digest::entropy(text).0 >= 80
        && words::word_letters(text) * 2 < text.len()
}
