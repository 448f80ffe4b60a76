//! What the trained judge is not asked about: names, values and places that can be told to be no secret by themselves.
//!
//! Everything here is a class of things that stand in healthy code, each with the reason why nothing that is secret looks
//! like it. None of it knows a file or a project.

mod form;
mod neighbour;

pub(super) use form::of_value;
pub(super) use neighbour::of_neighbours;

use super::words;
use crate::detect::binding::{Binding, Kind, Link};

/// `public_key`, `keyFingerprint`, `token_type`: names of what may be known; `authenticity_token`, `Sec-WebSocket-Key`: of what says
/// nothing once its page or connection is closed.
pub(super) fn of_name(name: &[u8], kind: Kind) -> bool {
    use std::sync::OnceLock;

    use aho_corasick::{AhoCorasick, AhoCorasickKind};
    static AUTOMATON: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let automaton = AUTOMATON.get_or_init(|| {
        AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(PUBLIC_NAMES)
            .ok()
    });
    let folded = name.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&folded, word.as_bytes()).is_some();
    automaton.as_ref().is_some_and(|a| a.is_match(&folded))
        || (kind == Kind::Key && finds_an_entry(name))
        || (has("pub")
            && (has("public") || has("pubkey") || has("pub_key"))
            && has("key")
            && !has("private")
            && !has("secret"))
}

/// Parts of names, in lower case.
const PUBLIC_NAMES: &[&str] = &[
    "fingerprint",
    "authenticity",
    "csrf",
    "xsrf",
    "websocket",
    "token_type",
    "tokentype",
    // Where the next page of a list starts, and what makes a request that is sent twice count once.
    "nexttoken",
    "next_token",
    "pagetoken",
    "page_token",
    "paginationtoken",
    "pagination_token",
    "continuationtoken",
    "continuation_token",
    "clientrequesttoken",
    "client_request_token",
    "idempotency",
    // What cuts text into tokens, and which credential or token is meant.
    "tokeniz",
    "credentialid",
    "credential_id",
    "credentialsid",
    "credentials_id",
    "accessorid",
    "accessor_id",
    "keyspec",
    "key_spec",
    // Who signed a request, where and for what: its address and headers say so openly.
    "amz-credential",
    "goog-credential",
    // What ACME has a server publish, and what says which state of a thing is meant.
    "keyauthorization",
    "key_authorization",
    "locktoken",
    "lock_token",
    "lock-token",
    "versiontoken",
    "version_token",
    "ratelimittoken",
    // A token of a chain, and what a framework injects.
    "token_address",
    "tokenaddress",
    "injectiontoken",
    // Where a phone is found with a message that only the sender's key lets through.
    "devicetoken",
    "device_token",
    // A key that another key has locked away.
    "encryptedkey",
    "encrypted_key",
    "encryptedsessionkey",
    "encrypted_session_key",
    // Only a part of it, or a question about it.
    "token_prefix",
    "tokenprefix",
    "key_prefix",
    "keyprefix",
    "tokenpostfix",
    "startswith",
    "starts_with",
    "endswith",
    "ends_with",
    // libsodium's word for the algorithm behind a function.
    "_primitive",
    // The address that a validator's stake goes back to.
    "withdrawal_credential",
];

/// Words in front of `key` that make it one by which an entry is found: whoever knows it has nothing.
const LOOKUPS: &str = "\
    attribute business cache cached column config context dedup dict display event field foreign group hash hot i18n icon \
    index item label lang limit locale lookup map mapping menu message meta metadata name object partition path primary \
    property query range registry result route row session sort state storage store string style table tag template text \
    title translation";

/// `cache_key`, `translationKey`: the key of an entry, not of a lock.
fn finds_an_entry(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let last = words.pop().unwrap_or_default();
    let is = |word: &[u8], text: &str| word.eq_ignore_ascii_case(text.as_bytes());
    if words
        .iter()
        .any(|word| is(word, "cache") || is(word, "cached"))
    {
        return true;
    }
    last.eq_ignore_ascii_case(b"key")
        && words
            .last()
            .is_some_and(|before| words::is_listed(LOOKUPS, before))
}

/// What name and value say together: a UUID that is named one names an interface or an object, hexadecimal digits that are
/// named a key of PGP are its fingerprint, and `pass "…"` in a sentence tells somebody to hand something over.
pub(super) fn of_both(name: &[u8], value: &[u8], binding: &Binding) -> bool {
    let last = words::runs(name).last().unwrap_or_default();
    let named = last.eq_ignore_ascii_case(b"guid") || last.eq_ignore_ascii_case(b"uuid");
    let spoken = name.eq_ignore_ascii_case(b"pass") && binding.link == Link::Space;
    let of_pgp = words::runs(name)
        .any(|word| word.eq_ignore_ascii_case(b"gpg") || word.eq_ignore_ascii_case(b"pgp"));
    spoken
        || (named && form::is_uuid(value))
        || (of_pgp && value.len() <= 40 && value.iter().all(u8::is_ascii_hexdigit))
        || (is_short_word(value) && is_api_key(name))
        || (form::is_uuid(value) && is_identifier_of_a_key(name))
        || is_known_digest(name, value, binding)
        || (binding.kind == Kind::Key && is_digest_of_content(name, value))
        || is_client_token_of_aws(name)
}

/// `ENCRYPTION_KEY2_ID`: which key is meant. A `secret_id` is one half of a log-in at Vault.
fn is_identifier_of_a_key(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let is = |word: Option<&[u8]>, text: &[u8]| word.is_some_and(|w| w.eq_ignore_ascii_case(text));
    is(words.pop(), b"id") && words.last().is_some() && !is(words.pop(), b"secret")
}

/// `("password", "5f4dcc3b…")`: a password that everybody knows and what a function makes of it, and
/// `Encryption-Key-Sha256`, by which a key is recognised.
fn is_known_digest(name: &[u8], value: &[u8], binding: &Binding) -> bool {
    const PLAIN: &[&[u8]] = &[b"password", b"passphrase", b"pass", b"secret", b"passwd"];
    let hexadecimal = matches!(value.len(), 16 | 32 | 40 | 56 | 64 | 96 | 128)
        && value.iter().all(u8::is_ascii_hexdigit);
    if hexadecimal && binding.link == Link::Comma && PLAIN.contains(&name) {
        return true;
    }
    let folded = name.to_ascii_lowercase();
    let of = |algorithm: &str, hexadecimal_length, base64_length| {
        folded.ends_with(algorithm.as_bytes())
            && matches!(value.len(), length if length == hexadecimal_length || length == base64_length)
    };
    of("sha256", 64, 44) || of("sha1", 40, 28) || of("md5", 32, 24)
}

/// A `key` that says nothing else and is a digest of SHA-1, as compilers and catalogues name their entries:
/// `key: "da39a3ee…"`, `"key": "Shape.da39a3ee…"`.
fn is_digest_of_content(name: &[u8], value: &[u8]) -> bool {
    const SHA1: usize = 40;
    let entry = value.rsplit(|b| *b == b'.').next().unwrap_or_default();
    (name == b"key" || entry.len() < value.len())
        && entry.len() == SHA1
        && entry.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `ClientToken`: what makes a request to AWS that is sent twice count once. Elsewhere `client_token` is a secret.
fn is_client_token_of_aws(name: &[u8]) -> bool {
    name.ends_with(b"ClientToken") || name == b"clientToken"
}

/// Nobody issues keys for an interface that are as short as a word: the name of a field, rather.
fn is_short_word(value: &[u8]) -> bool {
    const LONGEST: usize = 10;
    value.len() <= LONGEST
        && value.iter().all(u8::is_ascii_alphanumeric)
        && value.iter().filter(|b| b.is_ascii_alphabetic()).count() * 4 >= value.len() * 3
}

/// Whether a name ends in `api_key`, however it is written.
fn is_api_key(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let is = |word: Option<&[u8]>, text: &str| {
        word.is_some_and(|w| w.eq_ignore_ascii_case(text.as_bytes()))
    };
    let last = words.pop();
    is(last, "apikey") || (is(last, "key") && is(words.pop(), "api"))
}

/// What stands before the name: the token in the address of a badge is there to be shown, `arn:…:secret:name` names a
/// secret, and a key of GPG is told by its fingerprint.
pub(super) fn of_place(before: &[u8], value: &[u8]) -> bool {
    const LONGEST_ADDRESS: usize = 160;
    const FINGERPRINT: usize = 40;
    let near = &before[before.len().saturating_sub(LONGEST_ADDRESS)..];
    let start = near
        .iter()
        .rposition(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'(' | b'<'))
        .map_or(0, |at| at + 1);
    let address = &near[start..];
    let has = |text: &str| memchr::memmem::find(address, text.as_bytes()).is_some();
    let of_pgp = || {
        let word = near.trim_ascii_end();
        let word = &word[word.len().saturating_sub(3)..];
        word.eq_ignore_ascii_case(b"gpg") || word.eq_ignore_ascii_case(b"pgp")
    };
    (has("://") && has("badge") && has("?"))
        || has("arn:aws")
        || (value.len() == FINGERPRINT && value.iter().all(u8::is_ascii_hexdigit) && of_pgp())
}

#[cfg(test)]
mod tests;
