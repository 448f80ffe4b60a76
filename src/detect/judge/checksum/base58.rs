//! Keys in base 58.

use sha2::{Digest, Sha256};

use super::codec::{ascii, base58, base58_alphabet, base58_text, filler};
use super::crc32::MISMATCH;
use super::{Certainty, Check, Fact, Outcome};

const SUM: usize = 4;
const NOT_BASE58: &str = "not base 58 of a key";

/// Bitcoin private keys in wallet import format: base58check of a network byte, 32 bytes and, for a compressed
/// public key, 01.
///
/// Source: <https://en.bitcoin.it/wiki/Wallet_import_format>.
pub(super) static WIF: Check = Check {
    name: "wif-base58check",
    certainty: Certainty::High,
    verify: wif,
    near: None,
    complete: Some(complete_wif),
};

/// Extended private keys: base58check of 78 bytes.
///
/// Source: BIP 32; the further version numbers are registered in SLIP-132.
pub(super) static XPRV: Check = Check {
    name: "xprv-base58check",
    certainty: Certainty::High,
    verify: xprv,
    near: None,
    complete: Some(complete_xprv),
};

/// `JFrog` API keys: `AKCp` and base 58, 54 bytes in all.
///
/// Source: `CredSweeper`, not confirmed by the vendor.
pub(super) static JFROG_API_KEY: Check = Check {
    name: "jfrog-api-key",
    certainty: Certainty::Medium,
    verify: |secret| match ascii(secret).filter(|text| text.starts_with("AKCp")) {
        None => Outcome::Unknown,
        Some(text) => match base58(text) {
            Some(bytes) if bytes.len() == 54 => Outcome::Valid(Vec::new()),
            _ => Outcome::Invalid(NOT_BASE58),
        },
    },
    near: None,
    complete: None,
};

/// The first bytes of the double SHA-256.
fn sum(data: &[u8]) -> [u8; SUM] {
    let hash = Sha256::digest(Sha256::digest(data));
    hash.first_chunk().copied().unwrap_or_default()
}

/// The data before a sound checksum.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (data, found) = bytes.split_last_chunk::<SUM>()?;
    (sum(data) == *found).then_some(data)
}

fn wif(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret).filter(|text| matches!(text.len(), 51 | 52)) else {
        return Outcome::Unknown;
    };
    let Some(bytes) = base58(text).filter(|bytes| matches!(bytes.len(), 37 | 38)) else {
        return Outcome::Invalid(NOT_BASE58);
    };
    let Some(data) = checked(&bytes) else {
        return Outcome::Invalid(MISMATCH);
    };
    if data.len() == 34 && data.last() != Some(&1) {
        return Outcome::Invalid("the flag for a compressed key is wrong");
    }
    match data.first() {
        Some(0x80) => Outcome::Valid(vec![Fact::new("network", "main")]),
        Some(0xef) => Outcome::Valid(vec![Fact::new("network", "test")]),
        // Other coins use other network bytes in the same format.
        _ => Outcome::Structure(Vec::new()),
    }
}

/// Finds a key whose text begins with `head`: the head is filled up to a number, rounded up to the next key of the
/// right form, and its checksum put in place. The rounding must not reach into the head, which leaves it at most
/// 43 of 52 characters.
fn complete_wif(head: &str) -> Option<String> {
    const FREE: usize = 9;
    let whole: usize = if head.starts_with('5') || head.starts_with('9') {
        51
    } else {
        52
    };
    let fill = whole.checked_sub(FREE)?.checked_sub(head.len())?;
    let fixed = format!("{head}{}", filler(head, base58_alphabet(), fill));
    let floor = base58(&format!("{fixed}{}", "1".repeat(FREE)))?;
    let (data, _) = floor.split_last_chunk::<SUM>()?;
    let mut data = data.to_vec();
    let flag = if whole == 52 { data.pop() } else { None };
    for place in data.iter_mut().rev() {
        *place = place.wrapping_add(1);
        if *place != 0 {
            break;
        }
    }
    data.extend(flag.map(|_| 1));
    let sum = sum(&data);
    data.extend(sum);
    let text = base58_text(&data);
    let sound = matches!(wif(text.as_bytes()), Outcome::Valid(_));
    text.strip_prefix(head).filter(|_| sound).map(str::to_owned)
}

/// A master key whose text begins with `head`, which is not longer than what all of them begin with.
fn complete_xprv(head: &str) -> Option<String> {
    let version = match head.get(..4)? {
        "xprv" => [0x04, 0x88, 0xad, 0xe4],
        "yprv" => [0x04, 0x9d, 0x78, 0x78],
        "zprv" => [0x04, 0xb2, 0x43, 0x0c],
        "tprv" => [0x04, 0x35, 0x83, 0x94],
        "uprv" => [0x04, 0x4a, 0x4e, 0x28],
        "vprv" => [0x04, 0x5f, 0x18, 0xbc],
        _ => return None,
    };
    let code = Sha256::digest(head);
    let key = Sha256::digest(code);
    // Depth, fingerprint of the parent and number are zero.
    let mut data = [&version[..], &[0; 9], &code, &[0], &key].concat();
    let sum = sum(&data);
    data.extend(sum);
    base58_text(&data).strip_prefix(head).map(str::to_owned)
}

fn xprv(secret: &[u8]) -> Outcome {
    const KEY: usize = 78;
    let Some(text) = ascii(secret).filter(|text| text.len() == 111) else {
        return Outcome::Unknown;
    };
    let Some(bytes) = base58(text) else {
        return Outcome::Invalid(NOT_BASE58);
    };
    let Some(data) = checked(&bytes) else {
        return Outcome::Invalid(MISMATCH);
    };
    let network = match data.first_chunk::<4>() {
        Some([0x04, 0x88, 0xad, 0xe4] | [0x04, 0x9d, 0x78, 0x78] | [0x04, 0xb2, 0x43, 0x0c]) => {
            "main"
        }
        Some([0x04, 0x35, 0x83, 0x94] | [0x04, 0x4a, 0x4e, 0x28] | [0x04, 0x5f, 0x18, 0xbc]) => {
            "test"
        }
        Some([0x04, 0x88, 0xb2, 0x1e] | [0x04, 0x35, 0x87, 0xcf]) => {
            return Outcome::Invalid("this is a public key");
        }
        _ => return Outcome::Structure(Vec::new()),
    };
    // A private key is 32 bytes after a zero.
    if data.len() != KEY || data.get(45) != Some(&0) {
        return Outcome::Invalid("the key does not have the form of a private one");
    }
    Outcome::Valid(vec![Fact::new("network", network)])
}
