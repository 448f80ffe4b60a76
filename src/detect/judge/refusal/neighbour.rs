//! What stands around a binding and tells that its value is known to everybody.

use super::super::words;
use crate::detect::binding::{Binding, Kind, Link, Quote};

/// Whether the names around say that a value is one of a test's vectors, or a challenge that a server publishes.
/// `binding` counts from the window's start.
pub(in crate::detect::judge) fn of_neighbours(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    let name = &window[binding.name.clone()];
    (binding.kind == Kind::Token && is_challenge(window))
        || (binding.kind == Kind::Password && is_label(window, binding))
        || is_counted(window, binding)
        || is_word_of_a_list(window, binding)
        || (binding.kind == Kind::Key
            && (is_name_of_an_entry(window, binding) || is_listed(window, binding)))
        || (binding.kind != Kind::Password
            && is_material(value)
            && is_vector(window, binding, name))
}

/// The challenges of ACME are fetched by everybody who asks.
fn is_challenge(window: &[u8]) -> bool {
    [
        "http-01",
        "dns-01",
        "tls-alpn-01",
        "HTTP01(",
        "DNS01(",
        "TLSALPN01(",
    ]
    .iter()
    .any(|kind| memchr::memmem::find(window, kind.as_bytes()).is_some())
}

/// Whether a value is bytes as tests write them: hexadecimal, also with blanks, escapes, or base64.
fn is_material(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    value.len() >= SHORTEST
        && value.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'\\' | b' ' | b'.')
        })
}

/// `"password": "Wachtwurd"` among sentences: what a page shows beside the field, in a language that nobody's list of words
/// has.
fn is_label(window: &[u8], binding: &Binding) -> bool {
    const LONGEST: usize = 24;
    const SENTENCES: usize = 3;
    let value = &window[binding.value.clone()];
    let word = value
        .strip_suffix(b".")
        .or(value.strip_suffix(b":"))
        .unwrap_or(value);
    let [first, rest @ ..] = word else {
        return false;
    };
    if binding.quote == Quote::None
        || !matches!(binding.link, Link::Colon | Link::Arrow)
        || word.len() > LONGEST
        || !first.is_ascii_uppercase()
        || !rest.iter().all(u8::is_ascii_lowercase)
    {
        return false;
    }
    let quotes = |b: &u8| matches!(b, b'"' | b'\'');
    window
        .split(|b| *b == b'\n')
        .filter(|line| {
            let text = line.trim_ascii_end();
            let text = text
                .strip_suffix(b",")
                .or(text.strip_suffix(b";"))
                .unwrap_or(text);
            let Some(inner) = text.strip_suffix(b"\"").or(text.strip_suffix(b"'")) else {
                return false;
            };
            let sentence = inner.rsplit(quotes).next().unwrap_or_default();
            sentence
                .first()
                .is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80)
                && sentence.iter().filter(|b| **b == b' ').count() >= 1
        })
        .count()
        >= SENTENCES
}

/// `"passwd":18383,"developers":18384`: the places of words in a vocabulary.
fn is_counted(window: &[u8], binding: &Binding) -> bool {
    const MOST: usize = 9;
    let value = &window[binding.value.clone()];
    if binding.quote != Quote::None || value.len() > MOST || !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = value
        .iter()
        .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let next = format!(":{}", number + 1);
    memchr::memmem::find(&window[binding.value.end..], next.as_bytes()).is_some()
}

/// `["password", "radius", "otp"]`: what may be chosen.
fn is_word_of_a_list(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    if binding.link != Link::Comma || !words::is_word(value) {
        return false;
    }
    let blank = |b: &&u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
    let before = window[..binding.name.start]
        .iter()
        .rev()
        .take(16)
        .find(|b| !blank(b));
    let behind = window[binding.value.end..]
        .iter()
        .take(16)
        .find(|b| !blank(b));
    matches!(before, Some(b'[' | b',')) && matches!(behind, Some(b',' | b']'))
}

/// `key="x" value="…"`: what is called the key of an entry is its name.
fn is_name_of_an_entry(window: &[u8], binding: &Binding) -> bool {
    let behind = &window[binding.value.end..];
    let start = behind
        .iter()
        .position(|b| !matches!(b, b'"' | b'\'' | b',' | b' ' | b'\n' | b'\r' | b'\t'));
    window[binding.name.clone()].eq_ignore_ascii_case(b"key")
        && names(&behind[start.unwrap_or(0)..])
            .next()
            .is_some_and(|(at, word)| at == 0 && matches!(word, b"value" | b"val" | b"Value"))
}

/// Whether a name stands around three times or more with a value of the same length, all of them hexadecimal: a list of
/// vectors, of entries or of public keys. Who keeps several keys names them.
fn is_listed(window: &[u8], binding: &Binding) -> bool {
    const MANY: usize = 3;
    let (name, value) = (
        &window[binding.name.clone()],
        &window[binding.value.clone()],
    );
    let between = &window[binding.name.end..binding.value.start.max(binding.name.end)];
    value.len() >= 16
        && between.len() <= 16
        && value.iter().all(u8::is_ascii_hexdigit)
        && memchr::memmem::find_iter(window, name)
            .filter(|at| {
                let start = at + name.len();
                let end = start + between.len() + value.len();
                window.get(start..end).is_some_and(|text| {
                    text.starts_with(between)
                        && text[between.len()..].iter().all(u8::is_ascii_hexdigit)
                }) && !window.get(end).is_some_and(u8::is_ascii_hexdigit)
            })
            .count()
            >= MANY
}

/// What goes into an encryption beside the key. Settings hold it, too.
const INPUTS: &[&str] = &["iv", "nonce", "salt", "info", "label", "counter", "seed"];

/// What comes out, what is put in, and what a vector says of itself. No settings hold that.
const OUTCOMES: &[&str] = &[
    "aad",
    "ad",
    "associated_data",
    "auth_data",
    "authdata",
    "cipher_text",
    "ciphertext",
    "ct",
    "decrypted",
    "digest",
    "encrypted",
    "expect",
    "expected",
    "footer",
    "hash",
    "implicit_assertion",
    "in",
    "input",
    "keystream",
    "mac",
    "message",
    "msg",
    "okm",
    "out",
    "output",
    "payload",
    "plain",
    "plain_text",
    "plaintext",
    "prk",
    "pt",
    "result",
    "sig",
    "signature",
    "tag",
    "tcid",
    "xored",
];

/// Words that a name of a vector's key is made of: `key`, `sharedSecret`, `SECRET_KEY_HEX`. `api_key` is none.
const OF_VECTORS: &str = "\
    aes base64 bytes chacha cipher conversation data enc encryption ephemeral hex hmac ikm k key mac master mode of pre \
    private raw sec secret session shared signing sk sym symmetric test token";

/// Whether a key stands among the values that it is tested with: two of the names around it, one of them for an outcome.
fn is_vector(window: &[u8], binding: &Binding, name: &[u8]) -> bool {
    if !words::runs(name).all(|word| words::is_listed(OF_VECTORS, word)) {
        return false;
    }
    let (mut inputs, mut outcomes) = (0_u32, 0_u64);
    for (at, word) in names(window) {
        if binding.name.contains(&at) || binding.value.contains(&at) {
            continue;
        }
        let is = |list: &[&str]| {
            list.iter()
                .position(|part| word.eq_ignore_ascii_case(part.as_bytes()))
        };
        if let Some(at) = is(INPUTS) {
            inputs |= 1 << at;
        } else if let Some(at) = is(OUTCOMES) {
            outcomes |= 1 << at;
        } else if word.starts_with(b"expected") {
            outcomes |= 1 << OUTCOMES.len();
        }
    }
    outcomes.count_ones() >= 2 || (outcomes > 0 && inputs > 0)
}

/// The words of a text behind which a value may follow, each with where it starts.
fn names(window: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    const LONGEST: usize = 20;
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += window.get(at..)?.iter().position(part)?;
            let start = at;
            let length = window[start..].iter().take_while(|b| part(b)).count();
            at += length;
            let bound = window[at..]
                .iter()
                .take(4)
                .find(|b| !matches!(b, b'"' | b'\'' | b' ' | b'\t' | b'`' | b'\\' | b'[' | b']'))
                .is_some_and(|b| matches!(b, b':' | b'='));
            if bound && length <= LONGEST {
                return Some((start, &window[start..start + length]));
            }
        }
    })
}
