//! Features of the value.

use super::search::WordLists;
use super::{Feature, Features, digest, is_listed, share, vocabulary};
use crate::detect::binding::{Binding, Link, Quote};
use crate::detect::judge::words;

/// What people write where a credential belongs when they mean none, whole.
const DUMMIES: &[&str] = &[
    "0000",
    "1111",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1q2w3e",
    "1q2w3e4r",
    "abc123",
    "abcd",
    "abcdef",
    "admin",
    "administrator",
    "anonymous",
    "asdf",
    "blank",
    "changeit",
    "changeme",
    "credentials",
    "default",
    "empty",
    "false",
    "foobar",
    "guest",
    "hunter2",
    "letmein",
    "mypass",
    "mypassword",
    "none",
    "null",
    "pass",
    "passphrase",
    "passw0rd",
    "passwd",
    "password",
    "password1",
    "password123",
    "postgres",
    "private",
    "public",
    "qwerty",
    "root",
    "secret",
    "secret123",
    "sekret",
    "string",
    "test",
    "test123",
    "test1234",
    "tester",
    "testing",
    "testpass",
    "testpassword",
    "token",
    "true",
    "undefined",
    "user",
    "username",
    "welcome",
    "welcome1",
    "x-access-token",
    "x-oauth-basic",
];
/// Parts that made-up values hold.
const DUMMY_PARTS: &[&str] = &[
    "change",
    "replace",
    "example",
    "placeholder",
    "your",
    "dummy",
    "fake",
    "sample",
    "insert",
    "xxxx",
    "foo",
    "bar",
    "baz",
    "demo",
    "test",
    "todo",
    "here",
    "some",
    "mock",
    "redacted",
    "removed",
    "hidden",
    "masked",
    "invalid",
    "valid",
    "wrong",
    "unknown",
    "blah",
    "none",
    "null",
    "default",
    "enter",
    "letmein",
    "super",
    "very",
    "notasecret",
    "hello",
    "world",
    "value",
    "string",
    "****",
    "...",
];
const CREDENTIAL_PARTS: &[&str] = &[
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "login", "user", "admin", "api",
    "client", "access", "code",
];

static PARTS: WordLists<2> = WordLists::new([DUMMY_PARTS, CREDENTIAL_PARTS]);

#[allow(clippy::too_many_lines)] // One statement a feature.
pub(super) fn fill(sheet: &mut Features, window: &[u8], binding: &Binding) {
    let value = &window[binding.value.clone()];
    let length = value.len();
    let folded = value.to_ascii_lowercase();
    sheet.set(
        Feature::Link,
        match binding.link {
            Link::Equals => 0_i16,
            Link::Colon => 1,
            Link::Arrow => 2,
            Link::Pair => 3,
            Link::Element => 4,
            Link::Table => 5,
            Link::Space => 6,
            Link::Wrapped => 7,
            Link::Default => 8,
            Link::Call => 9,
            Link::Second => 10,
            Link::Comma => 11,
            Link::Compare => 12,
        },
    );
    let blanks = binding
        .between(window)
        .iter()
        .filter(|b| **b == b' ')
        .count();
    sheet.set(Feature::LinkSpaced, blanks.min(4));
    sheet.set(
        Feature::Quote,
        match binding.quote {
            Quote::None => 0_i16,
            Quote::Double | Quote::Entity => 1,
            Quote::Single => 2,
            Quote::Escaped => 3,
            Quote::Back => 4,
            Quote::Triple => 5,
        },
    );
    classes(sheet, value);
    let (entropy, distinct) = digest::entropy(value);
    sheet.set(Feature::Entropy, entropy);
    sheet.set(Feature::Distinct, share(distinct, length));
    let (same, sequence) = digest::runs(&folded);
    sheet.set(Feature::Run, same);
    sheet.set(Feature::Sequence, sequence);

    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    sheet.set(
        Feature::Pronounceable,
        share(words::word_letters(value), letters),
    );
    sheet.set(Feature::Surprise, words::mean_surprise(value));
    let plain = words::without_disguise(&folded);
    sheet.set(Feature::SurprisePlain, words::mean_surprise(&plain));
    let known = vocabulary::cover(&plain);
    sheet.set(
        Feature::Known,
        share(
            known.letters,
            plain.iter().filter(|b| b.is_ascii_alphabetic()).count(),
        ),
    );
    sheet.set(Feature::KnownWords, known.words.min(12));
    sheet.set(Feature::LongestKnown, known.longest);
    sheet.flag(Feature::Dummy, is_listed(DUMMIES, value));
    let [dummy, credential] = PARTS.count(&folded);
    sheet.set(Feature::DummyWord, dummy.min(3));
    sheet.set(Feature::CredentialWord, credential.min(3));

    let hexadecimal = value.iter().all(u8::is_ascii_hexdigit) && length >= 8;
    sheet.set(
        Feature::Hexadecimal,
        match (hexadecimal, value.iter().any(u8::is_ascii_digit)) {
            (true, true) => 2_i16,
            (true, false) => 1,
            _ => 0,
        },
    );
    sheet.set(Feature::Base64, base64_fit(value));
    sheet.flag(Feature::Number, is_number(value));
    sheet.flag(Feature::Uuid, is_uuid(value));
    sheet.flag(
        Feature::UsualSize,
        matches!(
            length,
            16 | 20 | 22 | 24 | 32 | 36 | 40 | 43 | 44 | 48 | 56 | 64 | 88 | 96 | 128
        ),
    );
    sheet.set(Feature::Identifier, identifier(value));
    let separators = value
        .iter()
        .filter(|b| matches!(b, b'-' | b'_' | b'.'))
        .count();
    sheet.set(Feature::Separated, separators.min(8));
    sheet.set(Feature::Path, path(value));
    sheet.set(
        Feature::Reference,
        value
            .iter()
            .filter(|b| {
                matches!(
                    b,
                    b'$' | b'{' | b'}' | b'<' | b'>' | b'%' | b'[' | b']' | b'(' | b')'
                )
            })
            .count()
            .min(6),
    );
    let blank_words = value
        .split(|b| *b == b' ')
        .filter(|word| word.len() > 1 && word.iter().all(u8::is_ascii_alphabetic))
        .count();
    sheet.set(
        Feature::Sentence,
        if value.contains(&b' ') {
            blank_words.min(6)
        } else {
            0
        },
    );
    sheet.flag(Feature::DecodesToText, decodes_to_text(value));
    let home = folded.iter().filter(|b| b"asdfghjkl".contains(b)).count();
    sheet.flag(Feature::Mashed, letters >= 5 && home * 5 >= letters * 4);
    sheet.set(
        Feature::RepeatsName,
        repeats(&window[binding.name.clone()], &folded),
    );
    sheet.flag(
        Feature::StartsUpper,
        value.first().is_some_and(u8::is_ascii_uppercase),
    );
    let vowels = folded
        .iter()
        .filter(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'))
        .count();
    sheet.set(Feature::Vowels, share(vowels, letters));
}

fn classes(sheet: &mut Features, value: &[u8]) {
    let length = value.len();
    let class = |byte: u8| match byte {
        b'A'..=b'Z' => 0_usize,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        0x80.. => 4,
        b' ' | b'\t' => 5,
        _ => 3,
    };
    let mut counts = [0_usize; 6];
    let mut longest = [0_usize; 6];
    let (mut switches, mut run, mut last) = (0_usize, 0_usize, 9);
    for &byte in value {
        let this = class(byte);
        counts[this] += 1;
        if this == last {
            run += 1;
        } else {
            // A capital that starts a word is no change.
            switches += usize::from(last != 9 && !(last == 0 && this == 1 && run == 1));
            run = 1;
        }
        longest[this] = longest[this].max(run);
        last = this;
    }
    let mut letters = 0;
    let mut current = 0;
    for byte in value {
        current = if byte.is_ascii_alphabetic() {
            current + 1
        } else {
            0
        };
        letters = letters.max(current);
    }
    sheet.set(Feature::Length, length);
    sheet.set(Feature::Upper, share(counts[0], length));
    sheet.set(Feature::Lower, share(counts[1], length));
    sheet.set(Feature::Digits, share(counts[2], length));
    sheet.set(Feature::Signs, share(counts[3], length));
    sheet.set(Feature::Foreign, share(counts[4], length));
    sheet.set(Feature::Blanks, counts[5].min(20));
    sheet.set(Feature::Classes, counts.iter().filter(|c| **c > 0).count());
    sheet.set(Feature::Switches, share(switches, length));
    sheet.set(Feature::LongestLetters, letters.min(64));
    sheet.set(Feature::LongestDigits, longest[2].min(64));
    let trailing = value
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    sheet.set(Feature::TrailingDigits, trailing.min(20));
}

/// 0 not base64, 1 its alphabet, 2 and a length that fits, 3 and padding.
fn base64_fit(value: &[u8]) -> i16 {
    let padding = value.iter().rev().take_while(|b| **b == b'=').count();
    let body = &value[..value.len() - padding];
    let alphabet = body
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'));
    match (
        alphabet && padding <= 2,
        value.len().is_multiple_of(4),
        padding > 0,
    ) {
        (false, ..) => 0,
        (true, false, _) => 1,
        (true, true, false) => 2,
        (true, true, true) => 3,
    }
}

fn is_number(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    value.iter().all(|b| {
        b.is_ascii_digit()
            || matches!(
                b,
                b'.' | b',' | b'-' | b'_' | b'+' | b':' | b'^' | b'~' | b'/' | b'x'
            )
    }) && digits * 2 > value.len()
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// 0 no identifier; 1 letters of one case; 2 camelCase; 3 UPPER; 4 `snake_case`; 5 `UPPER_SNAKE`; 6 kebab-case; 7 dotted;
/// 8 letters with digits.
fn identifier(value: &[u8]) -> i16 {
    let Some(first) = value.first() else { return 0 };
    if !(first.is_ascii_alphabetic() || *first == b'_')
        || !value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
    {
        return 0;
    }
    let has = |byte: u8| value.contains(&byte);
    let upper = value.iter().any(u8::is_ascii_uppercase);
    let lower = value.iter().any(u8::is_ascii_lowercase);
    if has(b'.') || has(b':') {
        7
    } else if has(b'_') {
        if upper && !lower { 5 } else { 4 }
    } else if has(b'-') {
        6
    } else if value.iter().any(u8::is_ascii_digit) {
        8
    } else if upper && lower {
        2
    } else if upper {
        3
    } else {
        1
    }
}

/// 1 a slash or backslash in it, 2 several, 3 starts like a path, 4 an address or mail.
fn path(value: &[u8]) -> i16 {
    let slashes = value.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    let starts = matches!(
        value,
        [b'/' | b'~', ..] | [b'.', b'/' | b'.', ..] | [_, b':', b'\\' | b'/', ..]
    );
    if memchr::memmem::find(value, b"://").is_some() || is_mail(value) {
        4
    } else if starts {
        3
    } else {
        i16::from(slashes > 0) + i16::from(slashes > 1)
    }
}

fn is_mail(value: &[u8]) -> bool {
    memchr::memchr(b'@', value).is_some_and(|at| {
        at > 0
            && value[at + 1..].contains(&b'.')
            && value[at + 1..]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    })
}

fn decodes_to_text(value: &[u8]) -> bool {
    let padding = value
        .iter()
        .rev()
        .take_while(|b| **b == b'=')
        .count()
        .min(2);
    let body = &value[..value.len() - padding];
    if body.len() < 8 {
        return false;
    }
    data_encoding::BASE64_NOPAD.decode(body).is_ok_and(|text| {
        text.iter()
            .all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r'))
    })
}

/// How much of the value the name's words make up, in 64ths; 65 if name and value are the same.
fn repeats(name: &[u8], folded: &[u8]) -> usize {
    if name.eq_ignore_ascii_case(folded) {
        return 65;
    }
    let mut covered = 0;
    for word in words::runs(name).filter(|word| word.len() >= 3) {
        if memchr::memmem::find(folded, &word.to_ascii_lowercase()).is_some() {
            covered += word.len();
        }
    }
    share(covered.min(folded.len()), folded.len())
}
