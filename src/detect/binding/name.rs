//! The name in a binding: where it starts and ends, and what it speaks of.

use std::ops::Range;

/// Longest part of a name on either side of the anchor.
const REACH: usize = 64;

/// What kind of credential a name speaks of. Each has its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Password, passphrase and their like.
    Password,
    /// Secret, credential, API key and other keys that are said to be secret.
    Secret,
    /// Token.
    Token,
    /// Just key.
    Key,
    /// An option of a command line.
    Option,
}

impl Kind {
    /// The id of the rule for it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Password => "generic-password",
            Self::Secret => "generic-secret",
            Self::Token => "generic-token",
            Self::Key => "generic-key",
            Self::Option => "generic-option",
        }
    }
}

/// A name in its place.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) range: Range<usize>,
    /// Dashes before it.
    pub(super) dashes: usize,
    pub(super) quoted: bool,
}

/// The name that holds the anchor.
pub(super) fn around(window: &[u8], anchor: Range<usize>) -> Option<Name> {
    let inside = window.get(anchor.clone())?;
    // Anchors may hold what stands around a name: `token: `, `-password`.
    let first = anchor.start + inside.iter().position(|b| is_part(*b) && *b != b'-')?;
    let length = window[first..anchor.end]
        .iter()
        .take_while(|b| is_part(**b))
        .count();
    let low = first.saturating_sub(REACH);
    let mut start = window[low..first]
        .iter()
        .rposition(|b| !is_part(*b))
        .map_or(low, |at| low + at + 1);
    start = after_escape(window, start, first);
    let high = (first + length + REACH).min(window.len());
    let mut end = window[first + length..high]
        .iter()
        .position(|b| !is_part(*b))
        .map_or(high, |at| first + length + at);
    let dashes = window[start..end]
        .iter()
        .take_while(|b| **b == b'-')
        .count();
    start += window[start..end]
        .iter()
        .take_while(|b| matches!(b, b'-' | b'.'))
        .count();
    // `x->password`, `password->x`: the arrow is no part of the name; nor is the dot that ends a sentence.
    while end > start && matches!(window[end - 1], b'-' | b'.') {
        end -= 1;
    }
    if start >= end || first >= end {
        return None;
    }
    let quoted = start
        .checked_sub(dashes + 1)
        .is_some_and(|at| matches!(window[at], b'"' | b'\'' | b'`'));
    let optional = dashes > 0
        && start.checked_sub(dashes + 1).is_none_or(|at| {
            matches!(
                window[at],
                b' ' | b'\t' | b'"' | b'\'' | b'`' | b'[' | b'\n'
            )
        });
    Some(Name {
        range: start..end,
        dashes: if optional { dashes.min(2) } else { 0 },
        quoted,
    })
}

/// In `"\npassword"` the letter after the backslash is no part of the name.
fn after_escape(window: &[u8], start: usize, first: usize) -> usize {
    let escaped = start > 0
        && window[start - 1] == b'\\'
        && start < first
        && matches!(window[start], b'n' | b't' | b'r');
    start + usize::from(escaped)
}

pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

/// Words for passwords, in the languages they are met in.
const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "kennwort",
    "contrasena",
    "contraseña",
    "motdepasse",
    "senha",
    "wachtwoord",
    "пароль",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "passw",
    "pwd",
    "pass",
];
const SECRETS: &[&str] = &[
    "secret",
    "credential",
    "apitoken",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "secrettoken",
];
const TOKENS: &[&str] = &["token", "authorization", "authcode", "oauthverifier", "jwt"];
/// Words that make a key one that is said to be secret.
const KEY_KINDS: &[&str] = &[
    "api",
    "access",
    "auth",
    "encryption",
    "signing",
    "signature",
    "master",
    "consumer",
    "secret",
    "private",
    "app",
    "application",
    "account",
    "storage",
    "shared",
    "service",
    "license",
    "validation",
    "decryption",
    "hmac",
    "aes",
    "subscription",
    "admin",
    "session",
    "cookie",
    "crypt",
    "crypto",
    "cipher",
    "deploy",
];

/// What a name speaks of; `None` where it speaks of no credential. The last credential word counts: a
/// `password_token` is a token.
pub(super) fn kind(name: &[u8]) -> Option<Kind> {
    let mut folded = [0_u8; 2 * REACH + 64];
    let mut length = 0;
    for &byte in name {
        if !matches!(byte, b'_' | b'-' | b'.' | b'$') && length < folded.len() {
            folded[length] = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    let folded = &folded[..length];
    let last = |words: &[&str]| {
        words
            .iter()
            .filter_map(|word| last_in(folded, word.as_bytes()))
            .max()
    };
    if folded == b"identified" {
        return Some(Kind::Password);
    }
    let password = last(PASSWORDS).filter(|_| speaks_of_pass(name, folded));
    let mut best = password.map(|at| (at, Kind::Password));
    for (words, kind) in [(SECRETS, Kind::Secret), (TOKENS, Kind::Token)] {
        if let Some(at) = last(words).filter(|at| best.is_none_or(|(best, _)| *at > best)) {
            best = Some((at, kind));
        }
    }
    if let Some(end) = last_in(folded, b"key")
        && best.is_none_or(|(best, _)| end > best)
    {
        let before = &folded[..end - 3];
        let said = KEY_KINDS
            .iter()
            .any(|word| before.ends_with(word.as_bytes()));
        let kind = if said { Kind::Secret } else { Kind::Key };
        best = Some((end, kind));
    }
    if best.is_none() {
        let last = crate::detect::judge::words::runs(name)
            .last()
            .unwrap_or_default();
        return match &last.to_ascii_lowercase()[..] {
            b"pw" => Some(Kind::Password),
            b"auth" | b"sid" => Some(Kind::Token),
            _ => None,
        };
    }
    best.map(|(_, kind)| kind)
}

/// Just behind the last place of a word in a name. Names are short: no search needs to be prepared for them.
fn last_in(name: &[u8], word: &[u8]) -> Option<usize> {
    (0..(name.len() + 1).checked_sub(word.len())?)
        .rev()
        .find(|&at| name[at] == word[0] && name[at..].starts_with(word))
        .map(|at| at + word.len())
}

/// Whether a call of that name takes a user and a password: `login`, `connect`, `basic_auth`.
pub(super) fn takes_credentials(name: &[u8]) -> bool {
    let last = crate::detect::judge::words::runs(name)
        .last()
        .unwrap_or_default();
    ["login", "connect", "authenticate", "auth", "basicauth"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
}

/// `pass` alone is part of many words: it must be a word of the name, or end it (`dbpass`).
fn speaks_of_pass(name: &[u8], folded: &[u8]) -> bool {
    // What powers a chip down: `pwdown-gpios`, `.gpio_pwdown`.
    let powers_down = crate::detect::judge::words::runs(name)
        .any(|word| word.eq_ignore_ascii_case(b"pwdown"))
        && last_in(folded, b"pwd") == last_in(folded, b"pwdown").map(|end| end - 3);
    if PASSWORDS[..PASSWORDS.len() - 1]
        .iter()
        .any(|word| last_in(folded, word.as_bytes()).is_some() && !(powers_down && *word == "pwd"))
    {
        return true;
    }
    let ends = folded.ends_with(b"pass")
        && ![
            "compass",
            "bypass",
            "trespass",
            "surpass",
            "overpass",
            "underpass",
            "encompass",
        ]
        .iter()
        .any(|word| folded.ends_with(word.as_bytes()));
    ends || crate::detect::judge::words::runs(name).any(|word| word.eq_ignore_ascii_case(b"pass"))
}
