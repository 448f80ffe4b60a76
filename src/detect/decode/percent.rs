//! Percent-encoded text: URLs and JSON inside of URLs.

use super::escaped::{self, Escaped};
use super::{Layer, anchors};

/// The encoded token around `at`.
pub(super) fn decode(text: &[u8], at: usize, room: usize) -> Option<Layer> {
    escaped::decode(
        text,
        at,
        room,
        &Escaped {
            sign: b'%',
            owner: anchors::PERCENT,
            ends: |byte| byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\'),
            read,
        },
    )
}

/// The character that an escape stands for, and its length.
fn read(text: &[u8]) -> Option<(char, usize)> {
    let value = byte(text)?;
    if value.is_ascii() {
        return Some((char::from(value), 3));
    }
    // UTF-8, byte by byte.
    let mut bytes = [0; 4];
    for (count, place) in (1..).zip(0..bytes.len()) {
        bytes[place] = byte(text.get(3 * place..)?)?;
        if let Ok(character) = std::str::from_utf8(&bytes[..count]) {
            return Some((character.chars().next()?, 3 * count));
        }
    }
    None
}

fn byte(text: &[u8]) -> Option<u8> {
    match text {
        [b'%', rest @ ..] => escaped::hexadecimal(rest, 2).map(|value| value as u8),
        _ => None,
    }
}
