//! Recognises values that only stand for a secret: placeholders, templates, references, dummies and the
//! well-known values of documentation.
//!
//! Every test here must be safe on random tokens: the chance that a real 32-character token meets one is below
//! one in ten thousand.

use super::documented;

/// Words that nobody's random token holds, in lower case.
const WORDS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "redacted",
    "revoked",
    "replace",
    "insert",
    "dummy",
    "notreal",
    "not_real",
    "not-real",
    "not-a-real",
    "notareal",
    "foobar",
    "your_",
    "your-",
    "yourapi",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpass",
    "xxxxx",
    "_here",
    "-here",
    "<your",
    "todo_",
    "secret_key_here",
    "sample_",
    "fake_",
    "fake-",
    "fakekey",
    "faketoken",
    "fakesecret",
    "mock_",
    "mock-",
    "testtest",
    "test_token",
    "test-token",
    "test_key",
    "test-key",
    "some_",
    "some-",
    "my_secret",
    "mysecret",
    "my-secret",
    "my_token",
    "mytoken",
    "my-token",
    "removed",
    "censored",
    "masked",
    "hidden",
    "obfuscated",
    "invalid",
    "asdfasdf",
    "qwerty",
    "*****",
    ".....",
    "secretsecret",
    "lorem",
    "blabla",
    "yadayada",
    "-canary-",
    "ipsum",
    "!@#$%",
];

/// Why a value is only a stand-in; `None` for what may be a secret. `visible` is the length of the format's own
/// prefix, which does not count.
pub fn reason(value: &[u8], visible: usize) -> Option<&'static str> {
    let body = &value[visible.min(value.len())..];
    if value.starts_with(b"-----BEGIN") {
        return pem(body);
    }
    if is_public(value) {
        return Some("a certificate or public key");
    }
    if is_reference(body) {
        return Some("refers to a value kept elsewhere");
    }
    if documented::is_documented(value) {
        return Some("is printed in a standard or a manual");
    }
    if body.ends_with("…".as_bytes()) {
        return Some("is cut short");
    }
    let folded = body.to_ascii_lowercase();
    if has_word(&folded) {
        return Some("holds a placeholder word");
    }
    if longest_run(&folded) >= run_limit(body.len()) {
        return Some("repeats one character");
    }
    if longest_sequence(&folded) >= 8 {
        return Some("counts through the alphabet or digits");
    }
    if is_periodic(&folded) {
        return Some("repeats a short pattern");
    }
    if body.len() >= 16 && distinct(&folded) <= 4 {
        return Some("holds hardly any different characters");
    }
    None
}

/// How certificates and public keys start: in base64, `-----BEGIN CERTIFICATE`, `-----BEGIN PUBLIC`, `-----BEGIN RSA
/// PUBLIC`, and the bare key structures for P-256, P-384, RSA of 2048, 4096 and 1024 bits, and Ed25519.
const PUBLIC: &[&str] = &[
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR",
    "LS0tLS1CRUdJTiBQVUJMSUMg",
    "LS0tLS1CRUdJTiBSU0EgUFVCTElD",
    "MFkwEwYHKoZIzj0CAQ",
    "MHYwEAYHKoZIzj0CAQ",
    "MIIBIjANBgkqhkiG9w0BAQEF",
    "MIICIjANBgkqhkiG9w0BAQEF",
    "MIGfMA0GCSqGSIb3DQEBAQUA",
    "MCowBQYDK2Vw",
    // In SSH's own form: Ed25519, RSA, ECDSA, DSA.
    "AAAAC3NzaC1lZDI1NTE5AAAA",
    "AAAAB3NzaC1yc2EAAAA",
    "AAAAE2VjZHNhLXNoYTItbmlzdH",
    "AAAAB3NzaC1kc3MAAA",
    // Of a wallet: BIP 32 and what SLIP 132 made of it.
    "xpub6",
    "ypub6",
    "zpub6",
    "tpub",
    // Of Nostr.
    "npub1",
];

/// Whether the value is a certificate or public key.
pub fn is_public(value: &[u8]) -> bool {
    PUBLIC
        .iter()
        .any(|start| value.starts_with(start.as_bytes()))
}

/// A PEM body is a stand-in when it holds what base64 cannot: an ellipsis, a template, a word in brackets.
fn pem(body: &[u8]) -> Option<&'static str> {
    let letters = body.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let has = |needle: &[u8]| memchr::memmem::find(body, needle).is_some();
    if has(b"...")
        || has(b"${")
        || has(b"{{")
        || has(b"<")
        || has(b"***")
        || has(b"xxxxxxxx")
        || has(b"XXXXXXXX")
    {
        return Some("the key block is elided");
    }
    (letters < 64).then_some("the key block is too short to hold a key")
}

/// Whether a value holds one of the words that stand for a secret.
pub(super) fn holds_a_word(value: &[u8]) -> bool {
    has_word(&value.to_ascii_lowercase())
}

fn has_word(folded: &[u8]) -> bool {
    use std::sync::OnceLock;

    use aho_corasick::{AhoCorasick, AhoCorasickKind};
    static AUTOMATON: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let automaton = AUTOMATON.get_or_init(|| {
        AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(WORDS)
            .ok()
    });
    automaton.as_ref().is_some_and(|a| a.is_match(folded))
}

/// Whether a value is mostly one character over and over, or counts through the alphabet or the digits.
pub(super) fn is_drawn_out(value: &[u8]) -> bool {
    const LONG: usize = 16;
    longest_run(value) >= LONG
        || longest_sequence(value) >= LONG
        || is_counted_in_bytes(value)
        || is_counted_by_turns(value)
        || is_mostly_one(value)
}

/// `a1b2c3d4e5f6…`, `1f2e3d4c-5b6a-…`: digits and letters by turns, each counting up or down.
fn is_counted_by_turns(value: &[u8]) -> bool {
    const LONG: usize = 16;
    let near = |a: u8, b: u8| {
        a.abs_diff(b) == 1
            || matches!(
                (a.min(b), a.max(b)),
                (b'0', b'9') | (b'a', b'f' | b'z') | (b'A', b'F' | b'Z')
            )
    };
    if value.len() < LONG {
        return false;
    }
    let signs: Vec<u8> = value.iter().copied().filter(|b| *b != b'-').collect();
    let (mut best, mut current) = (0, 0);
    for three in signs.windows(3) {
        let turns = three[0].is_ascii_digit() == three[2].is_ascii_digit()
            && three[1].is_ascii_alphabetic() == three[0].is_ascii_digit()
            && three.iter().all(u8::is_ascii_alphanumeric);
        current = if turns && near(three[0], three[2]) {
            current + 1
        } else {
            0
        };
        best = best.max(current);
    }
    best + 2 >= LONG
}

/// Whether more than half of a long value is one character.
fn is_mostly_one(value: &[u8]) -> bool {
    const LONG: usize = 24;
    if value.len() < LONG {
        return false;
    }
    // Whatever more than half of them are is left when each is struck out together with a different one.
    let (mut most, mut left) = (0, 0_usize);
    for &byte in value {
        if left == 0 {
            most = byte;
        }
        left = if byte == most { left + 1 } else { left - 1 };
    }
    value.iter().filter(|byte| **byte == most).count() * 2 > value.len()
}

/// Whether a value is a text twice or more, one after the other.
pub(super) fn is_repeated(value: &[u8]) -> bool {
    const SHORTEST: usize = 12;
    value.len() >= SHORTEST && is_one_unit(value, 2)
}

/// `asldkgfaklsdfjsjasl`: what hands do that lie on the keys. Hexadecimal digits have fewer letters.
pub(super) fn is_from_the_home_row(value: &[u8]) -> bool {
    const LEAST: usize = 12;
    const LONGEST_BY_CHANCE: usize = 6;
    let count = |letters: &[u8]| value.iter().filter(|b| letters.contains(b)).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let on_the_row = |byte: &u8| b"asdfghjkl".contains(byte);
    let run = value
        .split(|byte| !on_the_row(byte))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    let strays = letters - count(b"asdfghjkl");
    (letters >= LEAST && strays * 10 <= letters && count(b"ghjkls") * 3 >= letters)
        || (run >= LONGEST_BY_CHANCE && strays * 4 <= letters && count(b"ghjkls") * 3 >= letters)
}

/// Hexadecimal digits of bytes that are all the same or go up by the same step: `0b0b0b0b…`, `00010203…`, `00112233…`.
fn is_counted_in_bytes(value: &[u8]) -> bool {
    const LEAST: usize = 8;
    if value.len() < 2 * LEAST || !value.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte.to_ascii_lowercase() - b'a' + 10,
    };
    let bytes: Vec<u8> = value
        .chunks_exact(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect();
    let steps: Vec<u8> = bytes
        .windows(2)
        .map(|pair| pair[1].wrapping_sub(pair[0]))
        .collect();
    longest(&steps, |a, b| a == b) + 1 >= LEAST.max(bytes.len() / 2)
}

/// `${NAME}`, `$NAME`, `{{ name }}`, `<name>`, `%NAME%`, `%(name)s`, `$(command)`, `#{name}`, `@name@` and their like.
pub fn is_reference(value: &[u8]) -> bool {
    if has_field(value) {
        return true;
    }
    let contains = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    if contains(b"${")
        || contains(b"{{")
        || contains(b"$(")
        || contains(b"#{")
        || contains(b"<%")
        || contains(b"%(")
    {
        return true;
    }
    let identifier = |bytes: &[u8]| {
        !bytes.is_empty()
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':'))
    };
    match value {
        [b'<', inner @ .., b'>']
        | [b'{', inner @ .., b'}']
        | [b'[', inner @ .., b']']
        | [b'%', inner @ .., b'%'] => identifier(inner),
        [b'@', b'@', inner @ .., b'@', b'@'] | [b'_', b'_', inner @ .., b'_', b'_'] => {
            identifier(inner)
        }
        [b'$', rest @ ..] => {
            rest.first()
                .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                && rest
                    .iter()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        }
        b"%s" | b"%d" | b"%v" | b"%q" | b"?" => true,
        _ => false,
    }
}

/// A name or a place in braces, with or without a format: `{name}`, `{user.name}`, `{alnum:32}`, `{0}`.
fn has_field(value: &[u8]) -> bool {
    memchr::memchr_iter(b'{', value).any(|open| {
        let inner = &value[open + 1..];
        let Some(close) = memchr::memchr(b'}', inner) else {
            return false;
        };
        let inner = &inner[..close];
        matches!(inner, [b'0'..=b'9'])
            || inner.first().is_some_and(u8::is_ascii_alphabetic)
                && inner
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
    })
}

/// Runs of one character that are too long to be chance. Long values are allowed more.
fn run_limit(length: usize) -> usize {
    match length {
        0..=11 => 4,
        12..=63 => 5,
        64..=255 => 7,
        _ => 12,
    }
}

fn longest_run(bytes: &[u8]) -> usize {
    longest(bytes, |a, b| a == b)
}

/// The longest run in which each character is the successor (or each the predecessor) of the one before.
fn longest_sequence(bytes: &[u8]) -> usize {
    let up = longest(bytes, follows);
    let down = longest(bytes, |a, b| follows(b, a));
    up.max(down)
}

fn follows(a: u8, b: u8) -> bool {
    (b == a.wrapping_add(1) && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
        || (a == b'9' && (b == b'0' || b == b'a'))
}

fn longest(bytes: &[u8], joined: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut current) = (0, 0);
    let mut previous = None;
    for &byte in bytes {
        current = match previous {
            Some(p) if joined(p, byte) => current + 1,
            _ => 1,
        };
        best = best.max(current);
        previous = Some(byte);
    }
    best
}

/// Whether the value is a unit of at most a third of its length, over and over.
fn is_periodic(bytes: &[u8]) -> bool {
    bytes.len() >= 9 && is_one_unit(bytes, 3)
}

/// Whether a text is one unit over and over, at least so many times; the last may be cut.
fn is_one_unit(bytes: &[u8], times: usize) -> bool {
    (1..=bytes.len() / times).any(|period| bytes[period..].iter().zip(bytes).all(|(a, b)| a == b))
}

fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|s| **s).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_recognised() {
        for value in [
            "xxxxxxxxxxxxxxxx",
            "your_api_key_here",
            "YOUR-TOKEN",
            "changeme",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "{{ password }}",
            "<password>",
            "%PASSWORD%",
            "1234567890",
            "abcdefghijklmnop",
            "0123456789abcdef",
            "deadbeefdeadbeefdeadbeef",
            "IOSFODNN7EXAMPLE",
            "0000000000000000",
            "prefix-{name}-x",
            "{alnum:32}",
            "[password]",
            "%s",
            "aaaabbbbaaaabbbb",
        ] {
            assert!(reason(value.as_bytes(), 0).is_some(), "{value}");
        }
    }

    #[test]
    fn values_are_kept() {
        for value in [
            "Tr0ub4dor&3",
            "hunter2!",
            "pa$$w0rd9",
            "kX9fQ2mPz7",
            "correct horse",
            "abc123x9",
        ] {
            assert_eq!(reason(value.as_bytes(), 0), None, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value: Vec<u8>, visible: usize) {
            let _ = reason(&value, visible);
        }
    }
}
