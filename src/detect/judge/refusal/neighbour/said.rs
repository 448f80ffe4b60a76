//! What the text just around a binding says of its value: that it was hashed, that it is public, or that it is a word of a
//! sentence or a column.

use super::super::super::words;
use crate::detect::binding::{Binding, Kind, Link, Quote};

/// How far away a word about the value may stand.
const NEAR: usize = 160;

/// `password: 9e69…` with `type: sha256_hash` beside it: what was made of a password, in just as many digits. A key is as long
/// as some digests.
pub(super) fn is_said_to_be_hashed(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    let algorithms: &[&str] = match value.len() {
        32 => &["md5_hash"],
        40 => &["sha1_hash"],
        64 => &["sha256_hash"],
        128 => &["sha512_hash"],
        _ => return false,
    };
    if words::runs(&window[binding.name.clone()]).any(|word| word.eq_ignore_ascii_case(b"key")) {
        return false;
    }
    let start = binding.name.start.saturating_sub(NEAR);
    let end = window.len().min(binding.value.end + NEAR);
    value.iter().all(u8::is_ascii_hexdigit)
        && algorithms
            .iter()
            .any(|word| memchr::memmem::find(&window[start..end], word.as_bytes()).is_some())
}

/// `"ed25519:abc": {"key": "…"}`, `"ed25519:" + master_key`: the public key of a device or a user in Matrix. What is private
/// says so.
pub(super) fn is_public_in_matrix(window: &[u8], binding: &Binding) -> bool {
    const LENGTH: usize = 43;
    let (name, value) = (
        &window[binding.name.clone()],
        &window[binding.value.clone()],
    );
    let private = |word: &[u8]| words::is_listed("private secret seed", word);
    let near = &window[binding.name.start.saturating_sub(NEAR)..binding.name.start];
    let last_line = near.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    value.len() == LENGTH
        && !words::runs(name).any(private)
        && !words::runs(last_line).any(private)
        && memchr::memmem::find(window, b"ed25519:").is_some()
}

/// `spend:key:88dc…`, `{api_key:88dc…}:window`: the entry of a store, named by the digest of a key.
pub(super) fn is_entry_by_digest(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    let joined = binding.between(window) == b":";
    let before = &window[..binding.name.start];
    let inside = matches!(before, [.., b, b':'] if b.is_ascii_lowercase())
        || before.ends_with(b"\"{")
        || before.ends_with(b"'{");
    matches!(binding.kind, Kind::Key | Kind::Secret)
        && joined
        && inside
        && matches!(value.len(), 40 | 64)
        && value.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `localhost:5432:me:pass:db`: a column among others, and not what is called so.
pub(super) fn is_column(window: &[u8], binding: &Binding) -> bool {
    let name = &window[binding.name.clone()];
    words::is_listed("pass password", name)
        && binding.between(window) == b":"
        && matches!(window[..binding.name.start],
            [.., before, b':'] if before.is_ascii_alphanumeric())
}

/// `an at-sign in the password: pw-at-after-1`: what a sentence speaks of, as tests name their cases.
pub(super) fn is_case_of_a_test(window: &[u8], binding: &Binding) -> bool {
    const DASHES: usize = 3;
    let value = &window[binding.value.clone()];
    binding.quote == Quote::None
        && binding.link == Link::Colon
        && window[..binding.name.start].ends_with(b" the ")
        && value.iter().filter(|b| **b == b'-').count() >= DASHES
        && value
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && value.split(|b| *b == b'-').all(|part| part.len() <= 8)
}

/// `create_secret('rbd', 'rbdvol')`: a kind, and the name of a thing of it.
pub(super) fn is_thing_of_a_kind(window: &[u8], binding: &Binding) -> bool {
    const LONGEST: usize = 12;
    let value = &window[binding.value.clone()];
    let kind = binding
        .between(window)
        .split(|b| matches!(b, b'"' | b'\''))
        .nth(1)
        .unwrap_or_default();
    binding.link == Link::Second
        && kind.len() >= 3
        && value.len() <= LONGEST
        && value.len() > kind.len()
        && value.starts_with(kind)
        && value.iter().all(u8::is_ascii_lowercase)
}
