//! `PuTTY` private key files.

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::codec::{base64, shown};
use super::pem::{unescaped, unpatched};
use super::{Certainty, Check, Fact, Outcome};

/// `PuTTY` private keys of versions 2 and 3; unencrypted ones also by their message authentication code.
///
/// Source: <https://the.earth.li/~sgtatham/putty/0.83/htmldoc/AppendixC.html>. Medium, because the code covers the
/// comment byte by byte, which does not survive every way of embedding the file.
pub(super) static PUTTY: Check = Check {
    name: "putty-key",
    certainty: Certainty::Medium,
    verify: |secret| match str::from_utf8(secret) {
        // A comment may hold backslashes, so they are escapes only where there are no real line breaks.
        Ok(text) if text.contains('\n') => putty(&unpatched(text)),
        Ok(text) => putty(&unescaped(text)),
        Err(_) => Outcome::Unknown,
    },
    near: None,
    complete: Some(|head| {
        let text = if head.contains('\n') {
            head.to_owned()
        } else {
            unescaped(head)
        };
        code(&parse(text.get(text.find(BEGIN)?..)?)?)
    }),
};

const BEGIN: &str = "PuTTY-User-Key-File-";

struct Key<'a> {
    version: &'a str,
    algorithm: &'a str,
    encryption: &'a str,
    comment: &'a str,
    public: Vec<u8>,
    private: Vec<u8>,
    code: &'a str,
}

fn putty(text: &str) -> Outcome {
    let Some(start) = text.find(BEGIN).and_then(|at| text.get(at..)) else {
        return Outcome::Unknown;
    };
    // Without the last line the text may just have been cut by the pattern.
    if !start.contains("Private-MAC:") {
        return Outcome::Unknown;
    }
    let Some(key) = parse(start) else {
        return Outcome::Invalid("the lines of the key file are not complete");
    };
    let length = match key.version {
        "2" => 40,
        "3" => 64,
        _ => return Outcome::Unknown,
    };
    if key.code.len() != length || !key.code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Outcome::Invalid("the authentication code has the wrong form");
    }
    let encrypted = key.encryption != "none";
    if !encrypted && code(&key).is_none_or(|code| code != key.code.to_ascii_lowercase()) {
        return Outcome::Invalid("the authentication code does not match");
    }
    let mut facts = vec![Fact::new("encrypted", if encrypted { "yes" } else { "no" })];
    facts.extend(
        shown(key.encryption)
            .filter(|_| encrypted)
            .map(|name| Fact::new("cipher", name)),
    );
    facts.extend(shown(key.algorithm).map(|name| Fact::new("key type", name)));
    Outcome::Valid(facts)
}

fn parse(text: &str) -> Option<Key<'_>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (version, algorithm) = lines.next()?.strip_prefix(BEGIN)?.split_once(": ")?;
    let mut key = Key {
        version,
        algorithm,
        encryption: "",
        comment: "",
        public: Vec::new(),
        private: Vec::new(),
        code: "",
    };
    while let Some(line) = lines.next() {
        let (name, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "Encryption" => key.encryption = value,
            "Comment" => key.comment = value,
            "Public-Lines" => key.public = blob(&mut lines, value)?,
            "Private-Lines" => key.private = blob(&mut lines, value)?,
            "Private-MAC" => {
                key.code = value;
                break;
            }
            // Parameters of the key derivation.
            _ => {}
        }
    }
    let complete = !key.encryption.is_empty() && !key.public.is_empty() && !key.private.is_empty();
    complete.then_some(key)
}

/// As many lines of base64 as announced.
fn blob<'a>(lines: &mut impl Iterator<Item = &'a str>, count: &str) -> Option<Vec<u8>> {
    let mut packed = String::new();
    for _ in 0..count.trim().parse::<u16>().ok()? {
        packed.push_str(lines.next()?);
    }
    base64(&packed)
}

/// The authentication code of an unencrypted key in hexadecimal digits.
fn code(key: &Key<'_>) -> Option<String> {
    let mut message = Vec::new();
    let texts = [key.algorithm, key.encryption, key.comment].map(str::as_bytes);
    for part in texts
        .into_iter()
        .chain([key.public.as_slice(), key.private.as_slice()])
    {
        message.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
        message.extend(part);
    }
    let code = if key.version == "2" {
        let secret = Sha1::digest(b"putty-private-key-file-mac-key");
        Hmac::<Sha1>::new_from_slice(&secret)
            .ok()?
            .chain_update(&message)
            .finalize()
            .into_bytes()
            .to_vec()
    } else {
        Hmac::<Sha256>::new_from_slice(&[])
            .ok()?
            .chain_update(&message)
            .finalize()
            .into_bytes()
            .to_vec()
    };
    Some(data_encoding::HEXLOWER.encode(&code))
}
