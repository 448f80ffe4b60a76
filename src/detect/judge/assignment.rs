//! Second opinion on values that were found only because of the name they are assigned to.
//!
//! A provider's format speaks for itself; a name like `password` does not: most of what is assigned to it in code
//! is another identifier, a call, a type or a label. This module refuses those.

use crate::detect::Candidate;
use crate::rule::Rule;

/// What the name and the shape of the value say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// The rule does not rest on a name.
    NotAsked,
    /// A value that may be a secret.
    Credible,
    /// Code, a label or a path.
    Refused,
}

/// The opinion on a candidate of a rule that rests on a name.
pub fn judge(rule: &Rule, text: &[u8], candidate: &Candidate) -> Opinion {
    let value = &text[candidate.secret.clone()];
    match rule.provider.id.as_ref() {
        "generic" => {}
        "basic-auth" | "database-url" | "netrc" if is_dummy(value) => return Opinion::Refused,
        _ => return Opinion::NotAsked,
    }
    let quoted = text[..candidate.secret.start]
        .last()
        .is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'));
    if is_dummy(value)
        || is_code(value, quoted)
        || is_label(value)
        || repeats_name(text, candidate, value)
    {
        Opinion::Refused
    } else {
        Opinion::Credible
    }
}

/// What people write where a password belongs when they mean none.
const DUMMIES: &[&str] = &[
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "admin",
    "administrator",
    "anonymous",
    "credentials",
    "default",
    "empty",
    "false",
    "guest",
    "key",
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
    "pwd",
    "root",
    "secret",
    "secret123",
    "string",
    "test",
    "test123",
    "testing",
    "testpass",
    "testpassword",
    "token",
    "true",
    "undefined",
    "user",
    "username",
    "x-oauth-basic",
    "x-access-token",
    "blank",
];

fn is_dummy(value: &[u8]) -> bool {
    DUMMIES
        .iter()
        .any(|dummy| value.eq_ignore_ascii_case(dummy.as_bytes()))
}

/// Calls, member access, indexing and types: what stands unquoted in code.
fn is_code(value: &[u8], quoted: bool) -> bool {
    let has = |byte: u8| memchr::memchr(byte, value).is_some();
    if !quoted && (has(b'(') || has(b'[') || has(b'{') || has(b';') || has(b'<')) {
        return true;
    }
    let Ok(value) = std::str::from_utf8(value) else {
        return true;
    };
    let words = value.split(['.', ':', '/', '\\']);
    let parts: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    // a.b.c, Some::Path, /a/path: every part reads like a name.
    if parts.len() > 1 && parts.iter().all(|part| is_identifier(part)) {
        return true;
    }
    !quoted && is_identifier(value) && !value.bytes().any(|b| b.is_ascii_digit())
}

/// Names as people write them: letters in words, few digits and those at the end.
fn is_identifier(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    part.len() - letters.len() <= 2
        && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && letters
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'$' | b'?' | b'!'))
}

/// Sentences, and words joined by dashes or underscores without a digit: labels, keys and messages.
fn is_label(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else {
        return true;
    };
    let has_space = value.contains(' ');
    let plain = value.bytes().all(|b| {
        b.is_ascii_alphabetic() || matches!(b, b' ' | b'_' | b'-' | b'.' | b',' | b'\'' | b':')
    });
    let one_case = !value.bytes().any(|b| b.is_ascii_uppercase())
        || !value.bytes().any(|b| b.is_ascii_lowercase());
    plain && (has_space || one_case || value.contains(['_', '-']) || is_camel_case(value))
}

/// Whether the value is words of three or more letters, each with a vowel for every four, in `camelCase`.
fn is_camel_case(value: &str) -> bool {
    let starts = value
        .bytes()
        .enumerate()
        .filter(|(_, b)| b.is_ascii_uppercase())
        .map(|(at, _)| at);
    let mut edges: Vec<usize> = std::iter::once(0)
        .chain(starts)
        .chain(std::iter::once(value.len()))
        .collect();
    edges.dedup();
    edges.windows(2).all(|edge| {
        let word = &value[edge[0]..edge[1]];
        let vowels = word.bytes().filter(|b| b"aeiouyAEIOUY".contains(b)).count();
        (3..=vowels * 4).contains(&word.len())
    })
}

/// `password = "password1"`: the value only says the name again.
fn repeats_name(text: &[u8], candidate: &Candidate, value: &[u8]) -> bool {
    let anchor = text[candidate.anchor.clone()].to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    memchr::memmem::find(&value, &anchor).is_some() && value.len() < anchor.len() + 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_refused() {
        assert!(is_code(b"config.password", true));
        assert!(is_code(b"get_password()", false));
        assert!(is_code(b"userPassword", false));
        assert!(is_code(b"/etc/secrets/token", true));
        assert!(!is_code(b"kX9fQ2mPz7", true));
        assert!(!is_code(b"hunter2x9", false));
    }

    #[test]
    fn labels_are_refused() {
        assert!(is_label(b"Enter your password"));
        assert!(is_label(b"forgot_password"));
        assert!(is_label(b"resetPassword"));
        assert!(!is_label(b"kX9fQ2mPz7"));
        assert!(!is_label(b"FasSqmbfwxyd"));
    }
}
