//! What stands around a binding and tells that its value is known to everybody.

mod list;
mod said;

use super::super::words;
use super::form;
use crate::detect::binding::{Binding, Kind, Link, Quote};
use list::{
    is_counted, is_hash_of_a_list, is_listed, is_number_of_a_list, is_numbered, is_word_of_a_list,
};
use said::{
    is_case_of_a_test, is_column, is_entry_by_digest, is_public_in_matrix, is_said_to_be_hashed,
    is_thing_of_a_kind,
};

/// Whether the names around say that a value is one of a test's vectors, or a challenge that a server publishes.
/// `binding` counts from the window's start.
pub(in crate::detect::judge) fn of_neighbours(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    let name = &window[binding.name.clone()];
    (binding.kind == Kind::Token && is_challenge(window))
        || (binding.kind == Kind::Password
            && (is_label(window, binding)
                || is_outcome(window, binding)
                || is_number_of_a_list(window, binding)
                || is_tested_with_its_hash(window)))
        || (binding.kind != Kind::Password && is_cut_short(window, binding))
        || (binding.kind == Kind::Password
            && (is_column(window, binding) || is_case_of_a_test(window, binding)))
        || (matches!(binding.kind, Kind::Key | Kind::Secret)
            && (is_public_in_matrix(window, binding) || is_thing_of_a_kind(window, binding)))
        || is_entry_by_digest(window, binding)
        || is_said_to_be_hashed(window, binding)
        || is_counted(window, binding)
        || is_word_of_a_list(window, binding)
        || is_hash_of_a_list(window, binding)
        || is_numbered(window, binding)
        || is_name_of_a_value(window, binding)
        || is_choice(window, binding)
        || is_result_of_a_call(window, binding)
        || is_name_of_a_variable(window, binding)
        || (speaks_of_a_token(name, binding.kind)
            && form::is_head_of_a_token(value)
            && !is_continued(window, binding))
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
    // An array of PHP binds them with `=`: `$labels['password'] = …;`.
    let bound = matches!(binding.link, Link::Colon | Link::Arrow)
        || (binding.quoted_name && binding.link == Link::Equals);
    if binding.quote == Quote::None
        || !bound
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

/// `echo "PASS: ip6gretap"`: how a test ended, and which.
fn is_outcome(window: &[u8], binding: &Binding) -> bool {
    let command = window[..binding.name.start]
        .strip_suffix(b"\"")
        .or(window[..binding.name.start].strip_suffix(b"'"));
    &window[binding.name.clone()] == b"PASS"
        && binding.link == Link::Colon
        && command.is_some_and(|before| {
            let before = before.trim_ascii_end();
            let before = before.strip_suffix(b"(").unwrap_or(before);
            ["echo", "printf", "print", "puts"]
                .iter()
                .any(|word| before.ends_with(word.as_bytes()))
        })
}

/// What stands behind the value and its quote.
fn behind<'w>(window: &'w [u8], binding: &Binding) -> &'w [u8] {
    let end = binding.value.end + usize::from(binding.quote != Quote::None);
    window.get(end..).unwrap_or_default()
}

/// `27006DAE68E5...`: only the start of it.
fn is_cut_short(window: &[u8], binding: &Binding) -> bool {
    let is = |rest: &[u8]| rest.starts_with(b"...") || rest.starts_with("…".as_bytes());
    is(&window[binding.value.end..]) || is(behind(window, binding))
}

/// Whether a name asks for a whole token. Any text will do for a key that signs.
fn speaks_of_a_token(name: &[u8], kind: Kind) -> bool {
    kind == Kind::Token || words::runs(name).any(|word| word.eq_ignore_ascii_case(b"token"))
}

/// Whether a literal goes on in the next one.
fn is_continued(window: &[u8], binding: &Binding) -> bool {
    let next = |b: &&u8| !b.is_ascii_whitespace() && !matches!(b, b'+' | b'\\' | b'.');
    binding.quote != Quote::None
        && behind(window, binding)
            .iter()
            .find(next)
            .is_some_and(|b| matches!(b, b'"' | b'\''))
}

/// `credential = {"x5t#S256": thumbprint}`: what stands in front of a colon is a name itself.
fn is_name_of_a_value(window: &[u8], binding: &Binding) -> bool {
    binding.link == Link::Equals
        && matches!(binding.quote, Quote::Single | Quote::Double)
        && behind(window, binding).starts_with(b":")
        && window[..binding.value.start]
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|b| *b == b'{')
}

/// `reset ? "reset_password" : "signup"`: one of two texts.
fn is_choice(window: &[u8], binding: &Binding) -> bool {
    binding.quoted_name
        && binding.link == Link::Colon
        && window[..binding.name.start.saturating_sub(1)]
            .iter()
            .rev()
            .find(|b| !b.is_ascii_whitespace())
            .is_some_and(|b| *b == b'?')
}

/// `derive(password) == b"…"`: what comes out, and not what goes in.
fn is_result_of_a_call(window: &[u8], binding: &Binding) -> bool {
    let called = matches!(
        window[..binding.name.start],
        [.., before, b'('] if before.is_ascii_alphanumeric() || matches!(before, b'_' | b' ')
    );
    binding.link == Link::Compare
        && called
        && binding.between(window).trim_ascii_start().starts_with(b")")
}

/// `let key = octocrab`: a program that declares a name binds it to another one.
fn is_name_of_a_variable(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    let before = window[..binding.name.start].trim_ascii_end();
    binding.quote == Quote::None
        && binding.link == Link::Equals
        && value.first().is_some_and(u8::is_ascii_alphabetic)
        && value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && before.len() < binding.name.start
        && ["let", "const", "let mut"]
            .iter()
            .any(|word| before.ends_with(word.as_bytes()))
}

/// Whether the names around say how a password is hashed and to what: nobody keeps it beside them but a test.
fn is_tested_with_its_hash(window: &[u8]) -> bool {
    const COSTS: &str = "dgst_len dklen iterations iters maxmem memlimit opslimit";
    const HASHES: &str = "derived dk expected pwhash";
    let (mut salt, mut cost, mut hash) = (false, false, false);
    for (_, word) in names(window) {
        salt |= word.eq_ignore_ascii_case(b"salt");
        cost |= words::is_listed(COSTS, word);
        hash |= words::is_listed(HASHES, word);
    }
    salt && cost && hash
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

/// What goes into an encryption beside the key. Settings hold it, too.
const INPUTS: &[&str] = &[
    "entropyinput",
    "iv",
    "nonce",
    "salt",
    "info",
    "label",
    "counter",
    "seed",
];

/// What comes out, what is put in, and what a vector says of itself. No settings hold that.
const OUTCOMES: &[&str] = &[
    "aad",
    "ad",
    "additionalinput",
    "associated_data",
    "auth_data",
    "authdata",
    "cipher_text",
    "ciphertext",
    "ct",
    "decrypted",
    "digest",
    "encrypted",
    "entropyinputreseed",
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
    "paserk",
    "payload",
    "plain",
    "plain_text",
    "plaintext",
    "prk",
    "pt",
    "result",
    "returnedbits",
    "sig",
    "signature",
    "tag",
    "tcid",
    "xored",
];

/// Words that a name of a vector's key is made of: `key`, `sharedSecret`, `SECRET_KEY_HEX`. `api_key` is none.
const OF_VECTORS: &str = "\
    aes base64 bytes chacha cipher conversation data derived derivedkey enc encryption ephemeral hex hmac ikm k key mac master mode of pre \
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
