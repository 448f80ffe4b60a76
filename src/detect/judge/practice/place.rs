//! What an anchor of good practice stands for: looks at what is around it.

use std::ops::Range;

use super::value::is_base64_byte;
use super::{Kept, Practice};

/// Bytes before and behind an anchor that [`at`] may look at.
pub const REACH: usize = 512;

/// How many bytes of a value are compared: as far as [`at`] sees from the start of the longest anchor.
const COMPARED: usize = 440;

/// What is kept well at one of [`super::anchor::ANCHORS`]; `None` where it is only spoken of.
pub fn at(text: &[u8], anchor: &Range<usize>) -> Option<Kept> {
    let end = anchor.end.saturating_add(COMPARED).min(text.len());
    let (before, from, behind) = (
        &text[anchor.start.saturating_sub(COMPARED)..anchor.start],
        &text[anchor.start..end],
        &text[anchor.end..end],
    );
    let (practice, value) = match &text[anchor.clone()] {
        b"ENC[AES256_GCM,data:" => (Practice::Sops, sops(before, from)?),
        b"ENC[PKCS7," | b"ENC[GPG," => (Practice::Eyaml, body(behind, 16)?),
        b"=ENC(" | b"= ENC(" | b": ENC(" | b"\"ENC(" | b"'ENC(" => {
            let value = body(behind, 8)?;
            (behind.get(value.len()) == Some(&b')')).then_some((Practice::Jasypt, value))?
        }
        b"{cipher}" => (Practice::ManagedKey, body(behind, 16)?),
        b"$ANSIBLE_VAULT;" => (Practice::AnsibleVault, ansible(behind)?),
        b"encryptedData:" => (Practice::SealedSecret, sealed(behind)?),
        b"encrypted:B" => (Practice::Dotenvx, body(behind, 60)?),
        b"\0GITCRYPT\0" => (Practice::GitCrypt, behind.get(..12)?),
        b"age-encryption.org/v1" => (Practice::Age, behind.strip_prefix(b"\n-> ")?),
        b"-----BEGIN AGE ENCRYPTED FILE-----" => (Practice::Age, message(before, behind)?),
        b"-----BEGIN PGP MESSAGE-----" => (Practice::Pgp, message(before, behind)?),
        b"ENCRYPTED PRIVATE KEY-----" if before.ends_with(b"-----BEGIN ") => {
            (Practice::EncryptedKey, body(skip_filling(behind), 20)?)
        }
        b"Proc-Type: 4,ENCRYPTED" => (Practice::EncryptedKey, dek(behind)?),
        b"Encryption: aes256-cbc" => (Practice::EncryptedKey, putty(before, behind)?),
        b"b3BlbnNzaC1rZXktdjEAAAAACm" | b"LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRV" => {
            (Practice::EncryptedKey, body(behind, 40)?)
        }
        b"op://" if !joined(before) => (Practice::Reference, path(behind)?),
        b"@Microsoft.KeyVault(" => (Practice::Reference, key_vault(behind)?),
        b"{{resolve:secretsmanager:" | b"{{resolve:ssm-secure:" => {
            (Practice::Reference, until(behind, b"}}")?)
        }
        b":secretsmanager:" => (Practice::Reference, arn(before, behind)?),
        b"{{ secrets." | b"{{secrets." if before.ends_with(b"$") => {
            (Practice::Reference, until(behind, b"}}")?.trim_ascii())
        }
        b"secretKeyRef" => (Practice::Reference, key_reference(behind)?),
        _ => return None,
    };
    Some(Kept::new(practice, &value[..value.len().min(COMPARED)]))
}

fn joined(before: &[u8]) -> bool {
    before.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// A value that SOPS encrypted; the code over the whole file is none.
fn sops<'t>(before: &[u8], from: &'t [u8]) -> Option<&'t [u8]> {
    let sign = |byte: &u8| matches!(byte, b'"' | b':' | b'=' | b' ' | b'\t' | b'\\');
    let length = before.iter().rev().take_while(|b| sign(b)).count();
    let name = &before[..before.len() - length];
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let own = &name[name.iter().rposition(|b| !joins(b)).map_or(0, |at| at + 1)..];
    if length > 0 && (own == b"mac" || own == b"sops_mac") {
        return None;
    }
    from.split(|byte| *byte == b']').next()
}

/// The base64 that starts here, if it has that many characters.
fn body(behind: &[u8], least: usize) -> Option<&[u8]> {
    let length = behind.iter().take_while(|b| is_base64_byte(**b)).count();
    (length >= least).then(|| &behind[..length])
}

/// Behind ends of lines, written out or as they are, quotes, and what marks comments.
fn skip_filling(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', b'n' | b'r' | b't' | b'\\', rest @ ..]
            | [
                b'"' | b'\'' | b'`' | b'+' | b'#' | b'*' | b',' | b'>',
                rest @ ..,
            ] => rest,
            [byte, rest @ ..] if byte.is_ascii_whitespace() => rest,
            _ => return text,
        };
    }
}

/// `1.1;AES256`, then lines of hexadecimal digits.
fn ansible(behind: &[u8]) -> Option<&[u8]> {
    let rest = behind.strip_prefix(b"1.")?;
    let line = rest
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r' | b'\\'))?;
    memchr::memmem::find(&rest[..line], b";AES")?;
    let digits = skip_filling(&rest[line..]);
    let length = digits.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    (length >= 20).then(|| &digits[..length])
}

/// The first value of a sealed secret: a session key under an RSA key of 2048 bits or more.
fn sealed(behind: &[u8]) -> Option<&[u8]> {
    let line = behind.trim_ascii_start();
    let value = line.split(|b| *b == b':').nth(1)?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    body(value, 100).filter(|body| body.starts_with(b"Ag"))
}

/// A message, unless it is the data key in the block that SOPS adds to a file.
fn message<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let near = &before[before.len().saturating_sub(48)..];
    let of_sops = memchr::memmem::rfind(near, b"enc").is_some_and(|at| {
        near[at + 3..].iter().all(|b| {
            b.is_ascii_whitespace() || matches!(b, b'"' | b':' | b'|' | b'-' | b'=' | b'>')
        })
    });
    if of_sops {
        return None;
    }
    let mut rest = skip_filling(behind);
    // Headers of an armour: `Version: …`.
    for _ in 0..4 {
        let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\\')) else {
            break;
        };
        if memchr::memmem::find(&rest[..end], b": ").is_none() {
            break;
        }
        rest = skip_filling(&rest[end..]);
    }
    body(rest, 20)
}

fn dek(behind: &[u8]) -> Option<&[u8]> {
    let rest = skip_filling(behind).strip_prefix(b"DEK-Info:")?;
    let line = rest
        .split(|b| matches!(b, b'\n' | b'\\' | b'"'))
        .next()?
        .trim_ascii();
    (line.len() >= 16).then_some(line)
}

fn putty<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    memchr::memmem::find(before, b"PuTTY-User-Key-File-")?;
    let lines = memchr::memmem::find(behind, b"Public-Lines:")?;
    Some(&behind[lines..])
}

/// A path of at least two names.
fn path(behind: &[u8]) -> Option<&[u8]> {
    let path = run(behind, b"_-./$?=%");
    let names = path
        .split(|b| *b == b'/')
        .filter(|name| !name.is_empty())
        .count();
    (names >= 2).then_some(path)
}

fn key_vault(behind: &[u8]) -> Option<&[u8]> {
    let inside = until(behind, b")")?;
    (inside.starts_with(b"SecretUri=")
        || inside.starts_with(b"VaultName=")
        || inside.starts_with(b"SecretName="))
    .then_some(inside)
}

/// The letters, digits and signs of these that a text starts with.
fn run<'t>(text: &'t [u8], signs: &[u8]) -> &'t [u8] {
    let ends = |b: &u8| !b.is_ascii_alphanumeric() && !signs.contains(b);
    &text[..text.iter().position(ends).unwrap_or(text.len())]
}

/// The text before `end`, on this line and not empty.
fn until<'t>(behind: &'t [u8], end: &[u8]) -> Option<&'t [u8]> {
    let line = behind.split(|b| *b == b'\n').next()?;
    let at = memchr::memmem::find(line, end)?;
    (at > 0).then(|| &line[..at])
}

fn arn<'t>(before: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let start = memchr::memmem::rfind(before, b"arn:aws")?;
    if before.len() - start > 16 {
        return None;
    }
    let rest = run(behind, b"_-./:+=@");
    memchr::memmem::find(rest, b":secret:").map(|_| rest)
}

/// The name and the key of a reference to a Kubernetes secret, on the lines that follow.
fn key_reference(behind: &[u8]) -> Option<&[u8]> {
    let rest = behind
        .strip_prefix(b"\"")
        .unwrap_or(behind)
        .strip_prefix(b":")?;
    let name = memchr::memmem::find(rest, b"name")?;
    let key = memchr::memmem::find(rest, b"key")?;
    let from = name.min(key);
    let last = name.max(key);
    if last > 200 {
        return None;
    }
    let end = rest[last..]
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r' | b'}'))
        .map_or(rest.len(), |at| last + at);
    Some(&rest[from..end])
}
