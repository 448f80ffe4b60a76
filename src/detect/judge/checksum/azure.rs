//! Azure: DevOps tokens, shared access signatures, and the annotated key forms that several services share.

use data_encoding::BASE64_NOPAD;

use super::codec::{alphanumeric, ascii, base32, base62_text, base64, percent_decoded, shown};
use super::crc32::MISMATCH;
use super::date::{iso_date_time, parse_iso};
use super::marvin::{hash32, seed};
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// What the stored sum of an older DevOps token is combined with by exclusive or.
const USER: u32 = 0xe0b9_692d;
const APPLICATION: u32 = 0x1019_f92e;

/// Azure DevOps personal access tokens: 52 base32 characters with a scattered CRC-32, or the annotated form with
/// 84 characters.
///
/// Source: <https://github.com/microsoft/security-utilities>, `SEC101_102_AdoPat.cs`. The sum of the annotated
/// form is not reproduced, so a mismatch there leaves the structure, and is never refused.
pub(super) static DEVOPS_PAT: Check = Check {
    name: "azure-devops-pat",
    certainty: Certainty::High,
    verify: |secret| match ascii(secret) {
        Some(text) if text.len() == 52 => devops(text),
        Some(text) if text.get(52..56) == Some("JQQJ") => annotated(text, Some("AZDO")),
        _ => Outcome::Unknown,
    },
    near: None,
    complete: Some(|head| {
        if head.len() == 80 {
            complete_annotated(head)
        } else {
            complete_devops(head)
        }
    }),
};

/// Shared access signatures: a query string whose `sig` is an HMAC-SHA256.
///
/// Source: <https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas>; Service Bus writes the
/// expiry in Unix seconds.
pub(super) static SAS: Check = Check {
    name: "azure-sas",
    certainty: Certainty::High,
    verify: sas,
    near: None,
    complete: None,
};

/// Splits the 32 bytes of a DevOps token into the summed message and the stored sum.
fn devops_parts(bytes: &[u8]) -> Option<(Vec<u8>, u32)> {
    let message = [
        bytes.get(0..2)?,
        bytes.get(3..7)?,
        bytes.get(9..22)?,
        bytes.get(23..32)?,
    ]
    .concat();
    let sum = [
        *bytes.get(22)?,
        *bytes.get(8)?,
        *bytes.get(7)?,
        *bytes.get(2)?,
    ];
    Some((message, u32::from_le_bytes(sum)))
}

fn devops(text: &str) -> Outcome {
    let Some((message, stored)) = base32(text).and_then(|bytes| devops_parts(&bytes)) else {
        return Outcome::Invalid("not base32");
    };
    match crc32fast::hash(&message) ^ stored {
        USER => Outcome::Valid(vec![Fact::new("kind", "user token")]),
        APPLICATION => Outcome::Valid(vec![Fact::new("kind", "application token")]),
        _ => Outcome::Invalid(MISMATCH),
    }
}

/// The sum stands in the middle, so the head fixes it, and the last four bytes are chosen to fit: the register
/// that must come out is run backwards over them. Takes a head of 44 characters.
fn complete_devops(head: &str) -> Option<String> {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    if head.len() != 44 {
        return None;
    }
    // 44 characters reach half into byte 27; one more character leaves its other half zero.
    let mut bytes = base32(&format!("{head}A"))?;
    bytes.resize(32, 0);
    let (message, stored) = devops_parts(&bytes)?;
    let mut register = !(stored ^ USER);
    for _ in 0..32 {
        let carried = register & 0x8000_0000 != 0;
        register = if carried {
            ((register ^ POLYNOMIAL) << 1) | 1
        } else {
            register << 1
        };
    }
    let before = !crc32fast::hash(message.get(..24)?);
    bytes.truncate(28);
    bytes.extend((register ^ before).to_le_bytes());
    let text = data_encoding::BASE32_NOPAD.encode(&bytes);
    let tail = text.get(44..)?;
    let lower = head.bytes().any(|byte| byte.is_ascii_lowercase());
    Some(if lower {
        tail.to_ascii_lowercase()
    } else {
        tail.to_owned()
    })
}

/// The fixed places of an annotated key (`JQQJ` at 52): its kind and provider.
///
/// Source: <https://github.com/microsoft/security-utilities>, `CommonAnnotatedKey.cs`.
fn annotations(text: &str) -> Option<Vec<Fact>> {
    let plain = text.get(..80).is_some_and(alphanumeric) && text.get(52..57) == Some("JQQJ9");
    let kind = match text.as_bytes().get(57)? {
        b'9' => "key",
        b'D' => "derived key",
        b'H' => "hash",
        _ => return None,
    };
    // Years count from 2024 in the order A-Z, a-z, 0-9; months are A to L.
    let year = match *text.as_bytes().get(58)? {
        byte @ b'A'..=b'Z' => 2024_u32.saturating_add(u32::from(byte.wrapping_sub(b'A'))),
        byte @ b'a'..=b'z' => 2050_u32.saturating_add(u32::from(byte.wrapping_sub(b'a'))),
        byte @ b'0'..=b'9' => 2076_u32.saturating_add(u32::from(byte.wrapping_sub(b'0'))),
        _ => return None,
    };
    let month = match *text.as_bytes().get(59)? {
        byte @ b'A'..=b'L' => byte.wrapping_sub(b'A').saturating_add(1),
        _ => return None,
    };
    let provider = text.get(76..80)?;
    plain.then(|| {
        vec![
            Fact::new("kind", kind),
            Fact::new("provider", provider),
            Fact::new("created", format!("{year}-{month:02}")),
        ]
    })
}

/// The sum of an annotated key as the two known generators write it, 6 characters each.
fn annotated_sums(text: &str) -> Option<[String; 2]> {
    let data = text.get(..80).and_then(base64)?;
    let sum = hash32(&data, seed(*b"Default0"));
    let mut own = base62_text(sum.swap_bytes(), 0);
    while own.len() < 6 {
        own.push('0');
    }
    Some([own, BASE64_NOPAD.encode(&sum.to_le_bytes())])
}

/// Judges an annotated key: the structure must hold, the sum is only a bonus.
pub(super) fn annotated(text: &str, provider: Option<&str>) -> Outcome {
    let text = text.trim_end_matches('=');
    if !matches!(text.len(), 84 | 86) {
        return Outcome::Unknown;
    }
    let Some(facts) = annotations(text) else {
        return Outcome::Invalid("the fixed places of the key do not hold");
    };
    if provider.is_some() && text.get(76..80) != provider {
        return Outcome::Structure(facts);
    }
    let found = text.get(80..).unwrap_or_default();
    let fits =
        annotated_sums(text).is_some_and(|sums| sums.iter().any(|sum| sum.starts_with(found)));
    if fits {
        Outcome::Valid(facts)
    } else {
        Outcome::Structure(facts)
    }
}

/// The four characters of sum after 80 sound ones.
pub(super) fn complete_annotated(head: &str) -> Option<String> {
    annotations(head)?;
    annotated_sums(head)?.first()?.get(..4).map(str::to_owned)
}

/// A new annotated key (CASK, `QJJQ`): it has no sum, so it is either recognised or unknown.
///
/// Source: <https://github.com/microsoft/cask>, `docs/CaskSecret.md`.
pub(super) fn cask(text: &str) -> Outcome {
    let marker = [44_usize, 88]
        .into_iter()
        .find(|&at| text.get(at..at.saturating_add(4)) == Some("QJJQ"));
    let place = |offset: usize| {
        marker
            .and_then(|at| text.as_bytes().get(at.checked_add(offset)?))
            .copied()
    };
    let fixed = place(4) == Some(b'A') && matches!(place(5), Some(b'B' | b'C'));
    let provider = marker
        .and_then(|at| text.get(at.checked_add(8)?..at.checked_add(12)?))
        .and_then(shown);
    match provider {
        Some(provider) if fixed => Outcome::Valid(vec![
            Fact::new("kind", "CASK key"),
            Fact::new("provider", provider),
        ]),
        _ => Outcome::Unknown,
    }
}

fn sas(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let text = text.replace("&amp;", "&").replace("\\u0026", "&");
    let query = ["SharedAccessSignature=", "SharedAccessSignature ", "?"]
        .into_iter()
        .find_map(|start| text.split_once(start).map(|(_, rest)| rest))
        .unwrap_or(&text);
    // In a connection string other settings follow.
    let query = query
        .split([';', '"', '\'', '<', '>', ' '])
        .next()
        .unwrap_or_default();
    let parameter = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
        value.map(|(_, value)| percent_decoded(value))
    };
    let Some(signature) = parameter("sig") else {
        return Outcome::Unknown;
    };
    // A URL inside a URL is percent-encoded twice.
    let fits = |text: &str| base64(text).is_some_and(|bytes| bytes.len() == 32);
    if !fits(&signature) && !fits(&percent_decoded(&signature)) {
        return Outcome::Invalid("the signature is not 32 bytes in base64");
    }
    let end =
        parameter("se").and_then(|text| text.parse::<i64>().ok().or_else(|| parse_iso(&text)));
    let mut facts = Vec::new();
    facts.extend(
        end.and_then(iso_date_time)
            .map(|date| Fact::new(EXPIRES, date)),
    );
    facts.extend(
        parameter("sp")
            .and_then(|rights| shown(&rights))
            .map(|rights| Fact::new("permissions", rights)),
    );
    Outcome::Valid(facts)
}
