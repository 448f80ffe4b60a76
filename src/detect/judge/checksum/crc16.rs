//! Key seeds in base32 that end in a CRC-16 (polynomial 0x1021, initial value 0), least significant byte first.

use data_encoding::BASE32_NOPAD;

use super::codec::{ascii, base32, crc16, filler};
use super::crc32::MISMATCH;
use super::{Certainty, Check, Fact, Outcome};

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// NATS nkey seeds: 2 bytes for "seed" and role, 32 for the key, 2 for the sum.
///
/// Source: <https://github.com/nats-io/nkeys>, `strkey.go`. The sum is certain, and yet a mismatch only lowers confidence:
/// a seed is found beside a name that says what it is, and one that was altered by a few characters gives the rest away.
pub(super) static NKEY: Check = Check {
    name: "nkey-crc16",
    certainty: Certainty::Medium,
    verify: |secret| judge(secret, 58, 36, nkey_role),
    near: None,
    complete: Some(|head| complete(head, 58, 36, nkey_role)),
};

/// Stellar secret seeds: a version byte, 32 bytes for the key, 2 for the sum.
///
/// Source: SEP-23, <https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>.
pub(super) static STELLAR: Check = Check {
    name: "stellar-crc16",
    certainty: Certainty::High,
    verify: |secret| judge(secret, 56, 35, stellar_version),
    near: None,
    complete: Some(|head| complete(head, 56, 35, stellar_version)),
};

/// What the first bytes say, or why they are none of this kind.
type Prefix = fn(&[u8]) -> Result<Vec<Fact>, &'static str>;

fn nkey_role(bytes: &[u8]) -> Result<Vec<Fact>, &'static str> {
    let (first, second) = match bytes {
        [first, second, ..] => (*first, *second),
        _ => return Err("the key is too short"),
    };
    // The seed marker takes five bits, the role eight across both bytes, and three bits are unused.
    if first & 0xf8 != 18 << 3 {
        return Err("the prefix is not that of a seed");
    }
    let role = match ((first & 7) << 5) | ((second & 0xf8) >> 3) {
        0 => "account",
        16 => "cluster",
        104 => "server",
        112 => "operator",
        160 => "user",
        184 => "curve",
        _ => return Err("the prefix names no role"),
    };
    Ok(vec![Fact::new("role", role)])
}

fn stellar_version(bytes: &[u8]) -> Result<Vec<Fact>, &'static str> {
    if bytes.first() == Some(&(18 << 3)) {
        Ok(Vec::new())
    } else {
        Err("the version is not that of a secret seed")
    }
}

fn judge(secret: &[u8], characters: usize, size: usize, prefix: Prefix) -> Outcome {
    let Some(text) = ascii(secret).filter(|text| text.len() == characters && text.starts_with('S'))
    else {
        return Outcome::Unknown;
    };
    // Encoding again refuses lower case and set trailing bits, neither of which is ever issued.
    let Some(bytes) =
        base32(text).filter(|bytes| BASE32_NOPAD.encode(bytes) == text && bytes.len() == size)
    else {
        return Outcome::Invalid("not base32 of a key");
    };
    let Some((data, sum)) = bytes.split_last_chunk::<2>() else {
        return Outcome::Unknown;
    };
    if crc16(data).to_le_bytes() != *sum {
        return Outcome::Invalid(MISMATCH);
    }
    prefix(data).map_or_else(Outcome::Invalid, Outcome::Valid)
}

/// Fills up the key and appends its checksum; the head must bring the prefix characters.
fn complete(head: &str, characters: usize, size: usize, prefix: Prefix) -> Option<String> {
    let data = size.checked_sub(2)?;
    let mut text = head.to_owned();
    text.push_str(&filler(head, ALPHABET, characters.checked_sub(head.len())?));
    let mut bytes = base32(&text)?;
    bytes.truncate(data);
    prefix(&bytes).ok()?;
    bytes.extend(crc16(&bytes).to_le_bytes());
    // Fails if the head reaches into the checksum.
    BASE32_NOPAD
        .encode(&bytes)
        .strip_prefix(head)
        .map(str::to_owned)
}
