//! Private keys in PEM armor, as they stand in files, string literals and indented configuration, and in base64.
//!
//! The whole block is given, from the BEGIN line on. Line breaks may be real or written as `\n`; quotes, commas
//! and comment signs around the lines are passed over.

use super::armor::OPENPGP;
use super::codec::{ascii, base64, shown};
use super::date::iso_date;
use super::der::{certificate, private, sequence};
use super::reader::Reader;
use super::{Certainty, Check, Fact, Outcome};

/// OpenSSH private keys.
///
/// Source: <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>.
pub(super) static OPENSSH: Check = Check {
    name: "openssh-key",
    certainty: Certainty::High,
    verify: |secret| match str::from_utf8(secret) {
        Ok(text) if text.contains("BEGIN OPENSSH PRIVATE KEY") => pem_text(text),
        _ => Outcome::Unknown,
    },
    near: None,
    complete: None,
};

/// Private keys in PEM: the END line must equal the BEGIN line, the body be one DER sequence, and the modulus of an RSA
/// key the product of its primes. A certificate near the key tells whether it belongs to it.
///
/// Source: RFC 7468, and RFC 1421 for the headers of encrypted ones. OpenSSH keys are checked as such.
pub(super) static PEM: Check = Check {
    name: "pem-key",
    certainty: Certainty::Medium,
    verify: |secret| str::from_utf8(secret).map_or(Outcome::Unknown, pem_text),
    near: Some(|secret, around| {
        let outcome = (PEM.verify)(secret);
        match outcome {
            Outcome::Valid(mut facts) => {
                facts.extend(certificate_facts(secret, around));
                Outcome::Valid(facts)
            }
            other => other,
        }
    }),
    complete: None,
};

/// Private keys of any of these forms, or in bare DER, once more in base64.
pub(super) static ENCODED_KEY: Check = Check {
    name: "encoded-key",
    certainty: Certainty::Medium,
    verify: |secret| {
        let packed: String = secret
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(|&byte| char::from(byte))
            .collect();
        let Some(data) = ascii(packed.as_bytes()).and_then(base64) else {
            return Outcome::Unknown;
        };
        match str::from_utf8(&data) {
            Ok(text) if text.contains("BEGIN PGP ") => (OPENPGP.verify)(&data),
            Ok(text) if text.contains(BEGIN) => pem_text(text),
            _ if sequence(&data).is_some() => der(&data, Vec::new()),
            _ if data.starts_with(&[0x30]) => Outcome::Invalid(NOT_DER),
            _ => Outcome::Unknown,
        }
    },
    near: None,
    complete: None,
};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// So many certificates near a key are looked at: a chain is shorter.
const CHAIN: usize = 16;
const NOT_DER: &str = "the body is not one DER sequence";

/// A private key's block, taken apart.
struct Block {
    label: String,
    data: Vec<u8>,
    cipher: Option<String>,
}

/// The first private key in a text.
fn block(text: &str) -> Result<Block, Outcome> {
    let text = unpatched(&unescaped(text));
    let blocks = text
        .split(BEGIN)
        .skip(1)
        .filter_map(|block| block.split_once(DASHES));
    let Some((label, rest)) = blocks
        .into_iter()
        .find(|(label, _)| label.ends_with("PRIVATE KEY"))
    else {
        return Err(Outcome::Unknown);
    };
    // Without an END line the text may just have been cut by the pattern.
    let Some((body, end)) = rest.split_once(END) else {
        return Err(Outcome::Unknown);
    };
    if end.split_once(DASHES).is_none_or(|(end, _)| end != label) {
        return Err(Outcome::Invalid(
            "the END line does not equal the BEGIN line",
        ));
    }
    let (data, cipher) = body_bytes(body)?;
    Ok(Block {
        label: label.to_owned(),
        data,
        cipher,
    })
}

/// Checks the first private key in a text.
pub(super) fn pem_text(text: &str) -> Outcome {
    let Block {
        label,
        data,
        cipher,
    } = match block(text) {
        Ok(block) => block,
        Err(outcome) => return outcome,
    };
    if label == "OPENSSH PRIVATE KEY" {
        return openssh(&data).unwrap_or(Outcome::Invalid("the key is damaged or cut off"));
    }
    let encrypted = cipher.is_some() || label.starts_with("ENCRYPTED");
    let mut facts = Vec::new();
    facts.extend(shown(&label).map(|label| Fact::new("format", label)));
    facts.push(Fact::new("encrypted", if encrypted { "yes" } else { "no" }));
    let hidden = cipher.is_some();
    facts.extend(
        cipher
            .and_then(|name| shown(&name))
            .map(|name| Fact::new("cipher", name)),
    );
    // Encryption by headers hides the DER; in an ENCRYPTED PRIVATE KEY it wraps the cipher text. The numbers of DSA keys
    // stand where RSA's do, and mean something else.
    if hidden || (label.starts_with("DSA") && sequence(&data).is_some()) {
        Outcome::Valid(facts)
    } else {
        der(&data, facts)
    }
}

/// Checks a key in DER; `facts` are told if nothing is wrong with it.
fn der(data: &[u8], facts: Vec<Fact>) -> Outcome {
    if sequence(data).is_none() {
        Outcome::Invalid(NOT_DER)
    } else if private(data).is_some_and(|key| !key.is_sound()) {
        Outcome::Invalid("the modulus is not the product of the primes")
    } else {
        Outcome::Valid(facts)
    }
}

/// Whether a certificate near a key belongs to it, and when it ends.
fn certificate_facts(secret: &[u8], around: &[u8]) -> Vec<Fact> {
    if memchr::memmem::find(around, CERTIFICATE.as_bytes()).is_none() {
        return Vec::new();
    }
    let Some(block) = str::from_utf8(secret)
        .ok()
        .and_then(|text| block(text).ok())
    else {
        return Vec::new();
    };
    let Some(key) = private(&block.data) else {
        return Vec::new();
    };
    // The window may cut a character in two.
    let text = unescaped(&String::from_utf8_lossy(around));
    let end = text
        .split(CERTIFICATE)
        .skip(1)
        .take(CHAIN)
        .filter_map(|rest| body_bytes(rest.split_once(END)?.0).ok())
        .find_map(|(data, _)| {
            let certificate = certificate(&data)?;
            (certificate.public == key.public).then_some(certificate.end)
        });
    let Some(end) = end else {
        return Vec::new();
    };
    let mut facts = vec![Fact::new(
        "certificate",
        "stands near, and belongs to this key",
    )];
    facts.extend(
        end.and_then(iso_date)
            .map(|date| Fact::new("end of the certificate", date)),
    );
    facts
}

/// The text with escaped line breaks and code points made real and other backslashes dropped.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        // Escapes of escapes double the backslash.
        while chars.next_if_eq(&'\\').is_some() {}
        match chars.next_if(|next| matches!(next, 'n' | 'r' | 't' | 'u')) {
            // Some JSON writers escape the padding's equals sign.
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                if let Some(c) = u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                {
                    out.push(c);
                    chars.nth(3);
                }
            }
            Some(_) => out.push('\n'),
            None => {}
        }
    }
    out
}

/// The text without the marks of a patch: `+` is a base64 character, so it would pass for part of the key.
pub(super) fn unpatched(text: &str) -> String {
    let marked = |line: &str| line.starts_with('+');
    if text.lines().count() < 3 || !text.lines().skip(1).all(marked) {
        return text.to_owned();
    }
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix('+').unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The decoded body, and the cipher if headers name one.
fn body_bytes(body: &str) -> Result<(Vec<u8>, Option<String>), Outcome> {
    if body.contains("...") || body.contains('…') || body.contains("***") {
        return Err(Outcome::Invalid("the body is elided"));
    }
    let mut packed = String::with_capacity(body.len());
    let mut cipher = None;
    for line in body.lines() {
        if let Some((name, value)) = line.split_once(':') {
            match name.trim_matches(is_dressing) {
                "Proc-Type" => cipher = cipher.or(Some(String::new())),
                "DEK-Info" => cipher = value.split(',').next().map(|name| name.trim().to_owned()),
                _ => {}
            }
            continue;
        }
        for word in line.split_whitespace() {
            let word = word.trim_matches(is_dressing);
            // Operators and comment signs between string literals; no line of a key is that short.
            if !matches!(word, "+" | "." | "#" | "*" | "//" | "|" | ">" | "&") {
                packed.push_str(word);
            }
        }
    }
    if packed.is_empty() {
        return Err(Outcome::Invalid("there is no key in the body"));
    }
    // What is left may be markup or interpolation that this reader does not know.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if !packed.bytes().all(plain) {
        return Err(Outcome::Unknown);
    }
    base64(&packed)
        .map(|bytes| (bytes, cipher))
        .ok_or(Outcome::Invalid("the body is not base64"))
}

/// What stands around the lines of a key in source code.
fn is_dressing(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')')
}

/// `None` for bytes that end early or break the format.
fn openssh(data: &[u8]) -> Option<Outcome> {
    const MAGIC: &[u8] = b"openssh-key-v1\0";
    let mut reader = Reader::new(data);
    if reader.take(MAGIC.len())? != MAGIC {
        return None;
    }
    let cipher = ascii(reader.string()?)?;
    reader.string()?; // key derivation
    reader.string()?; // its options
    let mut public = None;
    for _ in 0..reader.u32()? {
        let key = reader.string()?;
        public = public.or(Reader::new(key).string());
    }
    let private = reader.string()?;
    let encrypted = cipher != "none";
    if !encrypted {
        let mut check = Reader::new(private);
        if check.u32()? != check.u32()? {
            return Some(Outcome::Invalid(
                "the check words of the private part differ",
            ));
        }
    }
    // Authenticated ciphers append their tag after the private part.
    if private.is_empty()
        || private.len() % 8 != 0
        || (!encrypted && !reader.is_empty())
        || reader.left() > 16
    {
        return None;
    }
    let mut facts = vec![Fact::new("encrypted", if encrypted { "yes" } else { "no" })];
    facts.extend(
        shown(cipher)
            .filter(|_| encrypted)
            .map(|name| Fact::new("cipher", name)),
    );
    facts.extend(
        public
            .and_then(ascii)
            .and_then(shown)
            .map(|name| Fact::new("key type", name)),
    );
    Some(Outcome::Valid(facts))
}
