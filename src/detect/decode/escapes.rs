//! Escapes of string literals: `\u0022`, `\x67`, `\147`, `\u{67}`, `\U00000067`, with the simple ones among them.

use super::escaped::{self, Escaped};
use super::{Layer, anchors};

/// The string around `at`.
pub(super) fn decode(text: &[u8], at: usize, room: usize) -> Option<Layer> {
    escaped::decode(
        text,
        at,
        room,
        &Escaped {
            sign: b'\\',
            owner: anchors::ESCAPES,
            ends: |byte| matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`'),
            read,
        },
    )
}

/// The character that an escape stands for, and its length.
fn read(text: &[u8]) -> Option<(char, usize)> {
    let rest = text.get(2..)?;
    let character = |value: u32| char::from_u32(value);
    match *text.get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        quoted @ (b'"' | b'\'' | b'\\' | b'/') => Some((char::from(quoted), 2)),
        b'x' => Some((character(escaped::hexadecimal(rest, 2)?)?, 4)),
        b'U' => Some((character(escaped::hexadecimal(rest, 8)?)?, 10)),
        b'u' if rest.first() == Some(&b'{') => {
            let length = rest.iter().take(8).position(|b| *b == b'}')?;
            let value = escaped::hexadecimal(&rest[1..], length - 1)?;
            Some((character(value)?, length + 3))
        }
        b'u' => {
            let unit = escaped::hexadecimal(rest, 4)?;
            if let Some(character) = character(unit) {
                return Some((character, 6));
            }
            let low = match rest.get(4..)? {
                [b'\\', b'u', low @ ..] => escaped::hexadecimal(low, 4)?,
                _ => return None,
            };
            let pair = [unit as u16, low as u16];
            Some((char::decode_utf16(pair).next()?.ok()?, 12))
        }
        b'0'..=b'3' => {
            let digits = text.get(1..4)?;
            digits
                .iter()
                .all(|b| matches!(b, b'0'..=b'7'))
                .then(|| {
                    digits
                        .iter()
                        .fold(0, |value, digit| value * 8 + u32::from(digit - b'0'))
                })
                .and_then(character)
                .map(|character| (character, 4))
        }
        _ => None,
    }
}
