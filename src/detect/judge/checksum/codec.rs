//! Text encodings that the checks share.
//!
//! `data-encoding` encodes; decoding is done here because scanned text is untidy: padding is missing, the two
//! base64 alphabets are mixed, unused trailing bits are set. Nothing here judges a credential.

use sha2::{Digest, Sha256};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Decoding base 58 takes quadratic time; no format here comes near this length.
const BASE58_LONGEST: usize = 200;

/// The text, if it is ASCII alone, so that byte offsets are character offsets.
pub(super) fn ascii(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() {
        str::from_utf8(bytes).ok()
    } else {
        None
    }
}

/// Whether every byte is a letter or a digit.
pub(super) fn alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether every byte belongs to the URL-safe base64 alphabet.
pub(super) fn base64url_alphabet(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Decodes base64 of either alphabet, padded or not; unused trailing bits are ignored.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if text.len().saturating_sub(body.len()) > 2 || body.len() % 4 == 1 {
        return None;
    }
    groups(body, 6, |byte| {
        Some(match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        })
    })
}

/// Decodes RFC 4648 base32 of either case without padding; unused trailing bits are ignored.
pub(super) fn base32(text: &str) -> Option<Vec<u8>> {
    groups(text, 5, |byte| {
        Some(match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a'),
            b'2'..=b'7' => byte.wrapping_sub(b'2').wrapping_add(26),
            _ => return None,
        })
    })
}

/// Joins groups of `width` bits (at most 8) into bytes, most significant first.
fn groups(text: &str, width: u32, value: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut pool, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        // At most 7 bits are held over, so 15 of the pool's 32 bits matter.
        pool = ((pool << width) | u32::from(value(byte)?)) & 0xffff;
        held = held.saturating_add(width);
        if held >= 8 {
            held = held.saturating_sub(8);
            out.push((pool >> held) as u8);
        }
    }
    Some(out)
}

/// `value` in base 62 (digits, upper case, lower case), at least `width` digits.
pub(super) fn base62_text(value: u32, width: usize) -> String {
    digits(value, BASE62, width)
}

/// `value` in base 36 (digits, lower case), at least `width` digits.
pub(super) fn base36_text(value: u32, width: usize) -> String {
    digits(value, BASE36, width)
}

fn digits(mut value: u32, alphabet: &[u8], width: usize) -> String {
    let radix = u32::try_from(alphabet.len()).unwrap_or(u32::MAX).max(2);
    let mut reversed = Vec::new();
    while value > 0 || reversed.len() < width {
        let digit = alphabet.get((value % radix) as usize).copied();
        reversed.push(char::from(digit.unwrap_or(b'0')));
        value /= radix;
    }
    reversed.into_iter().rev().collect()
}

/// Decodes base 58 with Bitcoin's alphabet; leading `1`s are leading zero bytes.
pub(super) fn base58(text: &str) -> Option<Vec<u8>> {
    if text.len() > BASE58_LONGEST {
        return None;
    }
    // Least significant byte first while it grows.
    let mut number: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        let mut carry = u32::try_from(BASE58.iter().position(|&digit| digit == byte)?).ok()?;
        for place in &mut number {
            carry = carry.wrapping_add(u32::from(*place).wrapping_mul(58));
            *place = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            number.push(carry as u8);
        }
    }
    number.extend(text.bytes().take_while(|&byte| byte == b'1').map(|_| 0));
    number.reverse();
    Some(number)
}

/// Encodes base 58 with Bitcoin's alphabet.
pub(super) fn base58_text(bytes: &[u8]) -> String {
    let mut number: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for place in &mut number {
            carry = carry.wrapping_add(u32::from(*place) << 8);
            *place = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            number.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    number.extend(bytes.iter().take_while(|&&byte| byte == 0).map(|_| 0));
    let digit = |&value: &u8| char::from(BASE58.get(usize::from(value)).copied().unwrap_or(b'1'));
    number.iter().rev().map(digit).collect()
}

/// The base 58 alphabet, to fill tokens with.
pub(super) fn base58_alphabet() -> &'static [u8] {
    BASE58
}

/// CRC-16 with polynomial 0x1021, initial value 0, not reflected (XMODEM).
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    let mut sum = 0_u16;
    for &byte in bytes {
        sum ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carried = sum & 0x8000 != 0;
            sum <<= 1;
            if carried {
                sum ^= 0x1021;
            }
        }
    }
    sum
}

/// CRC-24 of `OpenPGP` (RFC 9580, section 6.1.1), most significant byte first.
pub(super) fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut sum = 0x00b7_04ce_u32;
    for &byte in bytes {
        sum ^= u32::from(byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= 0x0186_4cfb;
            }
        }
    }
    let [_, sum @ ..] = sum.to_be_bytes();
    sum
}

/// `count` characters of `alphabet` that depend on `seed` alone, to fill the random part of made-up tokens.
/// They come from SHA-256 so that entropy judges take them for random, and are the same in every run.
pub(super) fn filler(seed: &str, alphabet: &[u8], count: usize) -> String {
    let mut out = String::with_capacity(count);
    let mut round = 0_u32;
    while out.len() < count && !alphabet.is_empty() {
        let block = Sha256::new()
            .chain_update(seed)
            .chain_update(round.to_be_bytes())
            .finalize();
        for byte in block {
            let place = usize::from(byte).checked_rem(alphabet.len()).unwrap_or(0);
            if out.len() < count {
                out.push(char::from(alphabet.get(place).copied().unwrap_or(b'0')));
            }
        }
        round = round.wrapping_add(1);
    }
    out
}

/// Undoes percent escapes; anything that is no escape stays.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%'
            && let Some((pair, after)) = tail.split_at_checked(2)
            && let Some(byte) = str::from_utf8(pair)
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            out.push(byte);
            rest = after;
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A decoded text as it may stand in a report: printable, not empty, not long. It comes from scanned data, so
/// control characters could otherwise reach a terminal.
pub(super) fn shown(text: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let fit = !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    fit.then(|| text.to_owned())
}
