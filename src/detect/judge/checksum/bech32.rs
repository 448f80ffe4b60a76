//! Keys in bech32: a human-readable part, `1`, and 5-bit characters that end in a 30-bit checksum.
//!
//! Source: BIP 173, <https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki> (constant 1; the later
//! bech32m is used by none of these).

use super::codec::{ascii, filler};
use super::crc32::MISMATCH;
use super::{Certainty, Check, Fact, Outcome};

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM: usize = 6;

/// age identities (<https://age-encryption.org/v1>): 32 bytes, all upper case.
pub(super) static AGE: Check = Check {
    name: "age-bech32",
    certainty: Certainty::High,
    verify: |secret| judge(secret, "AGE-SECRET-KEY-1", 32, |_| Ok(Vec::new())),
    near: None,
    complete: Some(|head| complete(head, "AGE-SECRET-KEY-1", 32)),
};

/// Nostr private keys (NIP-19): 32 bytes.
pub(super) static NOSTR: Check = Check {
    name: "nostr-bech32",
    certainty: Certainty::High,
    verify: |secret| judge(secret, "nsec1", 32, |_| Ok(Vec::new())),
    near: None,
    complete: Some(|head| complete(head, "nsec1", 32)),
};

/// Sui private keys (SIP-15): one byte for the scheme, then 32. Medium, because not reproduced on a real key.
pub(super) static SUI: Check = Check {
    name: "sui-bech32",
    certainty: Certainty::Medium,
    verify: |secret| judge(secret, "suiprivkey1", 33, sui_scheme),
    near: None,
    complete: Some(complete_sui),
};

fn sui_scheme(key: &[u8]) -> Result<Vec<Fact>, Outcome> {
    let scheme = match key.first() {
        Some(0) => "ed25519",
        Some(1) => "secp256k1",
        Some(2) => "secp256r1",
        _ => {
            return Err(Outcome::Invalid(
                "the signature scheme is none that has private keys",
            ));
        }
    };
    Ok(vec![Fact::new("scheme", scheme)])
}

/// Checks a key that begins with `prefix` (the separator included) and holds `size` bytes.
fn judge(
    secret: &[u8],
    prefix: &str,
    size: usize,
    facts: fn(&[u8]) -> Result<Vec<Fact>, Outcome>,
) -> Outcome {
    let Some(body) = ascii(secret).and_then(|text| text.strip_prefix(prefix)) else {
        return Outcome::Unknown;
    };
    if body.len() != characters(size).saturating_add(CHECKSUM) {
        return Outcome::Unknown;
    }
    let Some(values) = values(body, prefix) else {
        return Outcome::Invalid("a character is outside the bech32 alphabet");
    };
    if polymod(prefix, &values) != 1 {
        return Outcome::Invalid(MISMATCH);
    }
    match values
        .split_at_checked(characters(size))
        .and_then(|(data, _)| bytes(data, size))
    {
        Some(key) => facts(&key).map_or_else(|outcome| outcome, Outcome::Valid),
        None => Outcome::Invalid("the padding bits are not zero"),
    }
}

/// Number of 5-bit characters that hold `size` bytes.
fn characters(size: usize) -> usize {
    size.saturating_mul(8).div_ceil(5)
}

/// The 5-bit values of a text in the same case as its prefix: mixed case is forbidden.
fn values(body: &str, prefix: &str) -> Option<Vec<u8>> {
    let upper = prefix.bytes().any(|byte| byte.is_ascii_uppercase());
    let value = |byte: u8| {
        let other_case = if upper {
            byte.is_ascii_lowercase()
        } else {
            byte.is_ascii_uppercase()
        };
        let place = CHARSET
            .iter()
            .position(|&c| c == byte.to_ascii_lowercase() && !other_case)?;
        u8::try_from(place).ok()
    };
    body.bytes().map(value).collect()
}

/// The checksum polynomial over the expanded human-readable part and the values; 1 for a sound text.
fn polymod(prefix: &str, values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let human = prefix
        .strip_suffix('1')
        .unwrap_or(prefix)
        .to_ascii_lowercase();
    let high = human.bytes().map(|byte| byte >> 5);
    let low = human.bytes().map(|byte| byte & 31);
    let all = high
        .chain(std::iter::once(0))
        .chain(low)
        .chain(values.iter().copied());
    all.fold(1_u32, |sum, value| {
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        GENERATOR
            .iter()
            .enumerate()
            .fold(next, |next, (bit, generator)| {
                if (sum >> 25) >> bit & 1 == 1 {
                    next ^ generator
                } else {
                    next
                }
            })
    })
}

/// Joins 5-bit values into exactly `size` bytes; `None` if left-over bits are set.
fn bytes(values: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(size);
    let (mut pool, mut held) = (0_u32, 0_u32);
    for &value in values {
        pool = ((pool << 5) | u32::from(value)) & 0xffff;
        held = held.saturating_add(5);
        if held >= 8 {
            held = held.saturating_sub(8);
            out.push((pool >> held) as u8);
        }
    }
    let clean = pool & ((1 << held) - 1) == 0;
    (clean && out.len() == size).then_some(out)
}

/// Fills up the key and appends its checksum. The alphabet is no usual one, so a head may end anywhere.
fn complete(head: &str, prefix: &str, size: usize) -> Option<String> {
    let body = head.strip_prefix(prefix)?;
    let wanted = characters(size);
    values(body, prefix)?; // refuses the wrong case before it is levelled
    let mut text = body.to_ascii_lowercase();
    if body.len() < wanted {
        // The last character holds padding bits, which must be zero.
        let fill = wanted.saturating_sub(body.len()).saturating_sub(1);
        text.push_str(&filler(head, CHARSET, fill));
        text.push('q');
    }
    let mut values = values(&text, "1")?;
    bytes(&values, size)?;
    values.extend([0; CHECKSUM]);
    let sum = polymod(prefix, &values) ^ 1;
    for place in (0..CHECKSUM).rev() {
        let value = (sum >> (5 * place)) & 31;
        text.push(char::from(*CHARSET.get(value as usize)?));
    }
    let tail = text.get(body.len()..)?;
    let upper = prefix.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if upper {
        tail.to_ascii_uppercase()
    } else {
        tail.to_owned()
    })
}

/// As [`complete`]; a head that is the prefix alone gets a scheme first, which must not be random.
fn complete_sui(head: &str) -> Option<String> {
    let scheme = if head == "suiprivkey1" { "qq" } else { "" };
    let tail = complete(&format!("{head}{scheme}"), "suiprivkey1", 33)?;
    let sound = matches!(
        (SUI.verify)(format!("{head}{scheme}{tail}").as_bytes()),
        Outcome::Valid(_)
    );
    sound.then(|| format!("{scheme}{tail}"))
}
