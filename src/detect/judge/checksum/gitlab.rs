//! GitLab's routable tokens, which carry routing data, its length and a CRC-32.
//!
//! Source: <https://github.com/gitlabhq/gitlabhq>, `lib/authn/token_field/generator/routable_token.rb`. Tokens
//! without dots have no checksum and stay unknown.

use super::codec::{ascii, base36_text, base64, base64url_alphabet};
use super::crc32::MISMATCH;
use super::{Certainty, Check, Fact, Outcome};

/// Length field and checksum, in base-36 digits.
const LENGTH_DIGITS: usize = 2;
const TAIL_DIGITS: usize = 9;
/// The token's random part, in bytes.
const RANDOM: usize = 16;

/// Routable tokens: 7 base-36 digits over everything before, prefix included, since an administrator may change it.
///
/// Both layouts are covered: the current one with a version between two dots and the first one without.
pub(super) static ROUTABLE: Check = Check {
    name: "gitlab-routable",
    certainty: Certainty::High,
    verify,
    near: None,
    complete: Some(|head| {
        let (_, length) = head.rsplit_once('.')?;
        let tail = (length.len() == LENGTH_DIGITS).then(|| sum(head))?;
        let whole = [head, &tail].concat();
        // A head of another layout (capital letters in its length field, say) can be summed but not read back.
        matches!(verify(whole.as_bytes()), Outcome::Valid(_)).then_some(tail)
    }),
};

fn sum(head: &str) -> String {
    base36_text(crc32fast::hash(head.as_bytes()), 7)
}

fn verify(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let routable = text.rsplit_once('.').is_some_and(|(_, tail)| {
        tail.len() == TAIL_DIGITS
            && tail
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    });
    let parts = text
        .len()
        .checked_sub(7)
        .and_then(|data| text.split_at_checked(data));
    match parts {
        Some((head, found)) if routable => {
            if sum(head) != found {
                Outcome::Invalid(MISMATCH)
            } else if let Some(payload) = payload(head) {
                Outcome::Valid(facts(payload))
            } else {
                Outcome::Invalid("the length field does not fit the payload")
            }
        }
        _ => Outcome::Unknown,
    }
}

/// The payload that the length field at the end of `head` announces. Where it begins cannot be told otherwise,
/// because the prefix is free and may hold `-` and `_` like the payload itself.
fn payload(head: &str) -> Option<&str> {
    let (before, length) = head.rsplit_once('.')?;
    let before = before.strip_suffix(".01").unwrap_or(before);
    let length = usize::from_str_radix(length, 36).ok()?;
    let start = before.len().checked_sub(length)?;
    before
        .get(start..)
        .filter(|payload| length > 0 && base64url_alphabet(payload))
}

/// The numbers that the payload names. A payload that reads otherwise is no reason for doubt once the sum is right.
fn facts(payload: &str) -> Vec<Fact> {
    let Some(bytes) = base64(payload) else {
        return Vec::new();
    };
    let Some((&count, body)) = bytes.split_last() else {
        return Vec::new();
    };
    // Now: random bytes, text, length of the text. At first: text, random bytes, number of random bytes.
    let routing = match body.split_at_checked(RANDOM) {
        Some((_, routing)) if routing.len() == usize::from(count) => Some(routing),
        _ => body
            .len()
            .checked_sub(usize::from(count))
            .and_then(|end| body.get(..end)),
    };
    let Some(routing) = routing.and_then(ascii) else {
        return Vec::new();
    };
    let fact = |line: &str| {
        let (key, value) = line.split_once(':')?;
        let label = match key {
            "o" => "GitLab organization",
            "g" => "GitLab group",
            "p" => "GitLab project",
            "u" => "GitLab user",
            _ => return None,
        };
        Some(Fact::new(
            label,
            u64::from_str_radix(value, 36).ok()?.to_string(),
        ))
    };
    routing.lines().filter_map(fact).collect()
}
