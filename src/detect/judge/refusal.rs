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
        || ENDS.iter().any(|end| folded.ends_with(end.as_bytes()))
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
    // A key that another key has locked away, and a password of a machine at AWS that only its key pair opens.
    "encryptedkey",
    "passworddata",
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
    // Where a list starts, what is looked for, and how many tokens a model reads and writes.
    "startingtoken",
    "starting_token",
    "search_token",
    "searchtoken",
    "marker_token",
    "input_token",
    "inputtoken",
    "output_token",
    "outputtoken",
    // Which try of a request, which step of a machine's life, and which currency.
    "creationtoken",
    "lifecycleactiontoken",
    "lifecycle_action_token",
    "indextoken",
    "spl-token",
    "spl_token",
    // What a token, a key or a password is checked with, and what it is about.
    "token-hash",
    "token_hash",
    "tokenhash",
    "token-time",
    "token_time",
    "token_policy",
    "tokenpolicy",
    "token_resource",
    "tokenresource",
    "file_hash",
    "_checker",
    "_category_",
    "_accessor",
];

/// Ends of names: who a token is about and who signed it, what a file is checked with, the service that keeps secrets, and
/// what has none. A `checksum_key` is a secret.
const ENDS: &[&str] = &[
    ".sub",
    ".signature",
    "checksum",
    "keyless",
    "passwordless",
    "secretless",
    "tokenless",
    "secretsmanager",
    "secrets_manager",
];

/// Words in front of `key` that make it one by which an entry is found: whoever knows it has nothing.
const LOOKUPS: &str = "\
    attribute business cache cached column config context dedup dict display event field foreign group hash hot i18n icon \
    index item label lang limit locale lookup map mapping menu message meta metadata name object partition path primary \
    property query range registry result route row run session sort state storage store string style table tag template text \
    thread title translation";

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
    // In a page the quote behind the value is an entity.
    let digits = value.split(|b| *b == b'&').next().unwrap_or_default();
    spoken
        || (named && form::is_uuid(value))
        || (of_pgp && digits.len() <= 40 && digits.iter().all(u8::is_ascii_hexdigit))
        || (is_short_word(value) && is_api_key(name))
        || (form::is_uuid(value) && is_identifier_of_a_key(name))
        || is_known_digest(name, value, binding)
        || is_object_by_uuid(name, value, binding)
        || (is_identifier_of_a_key(name) && is_path_in_hexadecimal(value))
        || (is_public_in_rooms(name) && value.len() == 43)
        || (binding.kind == Kind::Token && is_token_for_an_entry(name, value))
        || (binding.kind == Kind::Secret && is_identifier_of_a_token(name))
        || (binding.link == Link::Second && looks_something_up(name))
        || is_proof_of_a_domain(name, value)
        || (binding.kind == Kind::Key && is_digest_of_content(name, value))
        || is_client_token_of_aws(name)
}

/// `ENCRYPTION_KEY2_ID`: which key is meant. A `secret_id` is one half of a log-in at Vault.
fn is_identifier_of_a_key(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let is = |word: Option<&[u8]>, text: &[u8]| word.is_some_and(|w| w.eq_ignore_ascii_case(text));
    is(words.pop(), b"id") && words.last().is_some() && !is(words.pop(), b"secret")
}

/// `65f0…/65f0…/65f1…`: whose key it is.
fn is_path_in_hexadecimal(value: &[u8]) -> bool {
    value.contains(&b'/')
        && value
            .split(|b| *b == b'/')
            .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit))
}

/// `sender_key`: the public key of a device that writes to a Matrix room.
fn is_public_in_rooms(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"sender_key") || name.eq_ignore_ascii_case(b"senderkey")
}

/// `apiTokenId`: which token is meant. A `token_id` that says no more may be the token.
fn is_identifier_of_a_token(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let is = |word: Option<&[u8]>, text: &[u8]| word.is_some_and(|w| w.eq_ignore_ascii_case(text));
    is(words.pop(), b"id") && is(words.pop(), b"token")
}

/// `keyring.get_password("service", "user")`, `find_secret("rbd", "pool")`: where a secret is, and whose. Who gets a token may
/// give a password for it.
fn looks_something_up(name: &[u8]) -> bool {
    let called = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let words: Vec<&[u8]> = words::runs(called).collect();
    let [verb, .., noun] = words[..] else {
        return false;
    };
    words::is_listed("delete find has lookup remove", verb)
        || (verb.eq_ignore_ascii_case(b"get") && words::is_listed("password secret", noun))
}

/// `VerificationToken` of AWS: what the owner of a domain publishes in its DNS.
fn is_proof_of_a_domain(name: &[u8], value: &[u8]) -> bool {
    name == b"VerificationToken" && value.len() == 44 && value.ends_with(b"=")
}

/// `merchant_token: MLW…`, `Crypto_Token: crtok-c5v…`, `termToken`: which seller, currency or term. A secret under such a name
/// is longer and has no dashes.
fn is_token_for_an_entry(name: &[u8], value: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let folded = name.to_ascii_lowercase();
    let has = |text: &str| memchr::memmem::find(&folded, text.as_bytes()).is_some();
    let dashes = value.iter().filter(|b| **b == b'-').count();
    let plain = value.iter().all(|b| {
        b.is_ascii_digit()
            || if dashes > 0 {
                b.is_ascii_lowercase() || *b == b'-'
            } else {
                b.is_ascii_uppercase()
            }
    });
    name == b"termToken"
        || (plain && dashes == 0 && value.len() <= LONGEST && has("merchant"))
        || (plain && dashes >= 4 && has("crypto") && !has("key"))
}

/// A right to reset passwords by the UUID of its first version, with time and machine in it, and the link between two
/// things by its UUID. The key of a radio link has no dashes.
fn is_object_by_uuid(name: &[u8], value: &[u8], binding: &Binding) -> bool {
    form::is_uuid(value)
        && ((binding.kind == Kind::Password && value.get(14) == Some(&b'1'))
            || name.eq_ignore_ascii_case(b"linkkey")
            || name.eq_ignore_ascii_case(b"link_key"))
}

/// `("password", "5f4dcc3b…")`: a password that everybody knows and what a function makes of it, and
/// `Encryption-Key-Sha256`, by which a key is recognised.
fn is_known_digest(name: &[u8], value: &[u8], binding: &Binding) -> bool {
    const PASSWORD: &[u8] = b"PASSWORD";
    const PLAIN: &[&[u8]] = &[b"password", b"passphrase", b"pass", b"secret", b"passwd"];
    let hexadecimal = value.len() >= 8
        && value.len().is_multiple_of(2)
        && value.iter().all(u8::is_ascii_hexdigit);
    if (hexadecimal || form::is_bytes_written_out(value))
        && binding.link == Link::Comma
        && PLAIN.contains(&name)
    {
        return true;
    }
    let folded = name.to_ascii_lowercase();
    // `_IMAGE_MD5_KEY`: the key under which a digest is found. One that signs says so.
    let digests = value.iter().all(u8::is_ascii_hexdigit)
        && match value.len() {
            32 => folded.ends_with(b"_md5_key"),
            40 => folded.ends_with(b"_sha1_key"),
            64 => folded.ends_with(b"_sha256_key"),
            _ => false,
        };
    // `("NEWPASSWORD", "09eeab5a…")`: what the tests of a hash that knows no small letters hash.
    let shouted = name.len() > PASSWORD.len()
        && name.ends_with(PASSWORD)
        && name.iter().all(u8::is_ascii_uppercase);
    if shouted
        && hexadecimal
        && binding.quoted_name
        && matches!(binding.link, Link::Comma | Link::Wrapped)
    {
        return true;
    }
    if digests && memchr::memmem::find(&folded, b"hmac").is_none() {
        return true;
    }
    let of = |algorithm: &str, hexadecimal_length, base64_length| {
        folded.ends_with(algorithm.as_bytes())
            && matches!(value.len(), length if length == hexadecimal_length || length == base64_length)
    };
    of("sha256", 64, 44) || of("sha1", 40, 28) || of("md5", 32, 24)
}

/// A `key` that says nothing else and is a digest of SHA-1, as compilers, catalogues and version control name their entries:
/// `key: "da39a3ee…"`, `"key": "Shape.da39a3ee…"`; a `local_key` as well.
fn is_digest_of_content(name: &[u8], value: &[u8]) -> bool {
    const SHA1: usize = 40;
    let entry = value.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let named = [&b"key"[..], b"HG_KEY", b"local_key"].contains(&name);
    (named || entry.len() < value.len())
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

/// What stands before the name: the token in the address of a badge is there to be shown, the key of a document's address
/// names the document, `arn:…:secret:name` names a
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
    (has("://") && has("?") && (has("badge") || has("shields.io/") || has("codecov.io/")))
        || has("docs.google.com/")
        || has("arn:aws")
        || (value.len() == FINGERPRINT && value.iter().all(u8::is_ascii_hexdigit) && of_pgp())
}

#[cfg(test)]
mod tests;
