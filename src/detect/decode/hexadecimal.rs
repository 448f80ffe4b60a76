//! Hexadecimal digits that are text: most of what is hexadecimal is a digest or a key and decodes to noise.

use super::map::Map;
use super::runs::{SHORTEST, first_digit};
use super::{Layer, MAX_RUN, base64, text};

/// The value of each digit; 255 for other bytes.
static VALUES: [u8; 256] = {
    let mut values = [0xFF; 256];
    let mut digit = 0;
    while digit < 10 {
        values[b'0' as usize + digit] = digit as u8;
        digit += 1;
    }
    let mut letter = 0;
    while letter < 6 {
        values[b'a' as usize + letter] = letter as u8 + 10;
        values[b'A' as usize + letter] = letter as u8 + 10;
        letter += 1;
    }
    values
};

fn pair(pair: [u8; 2]) -> Option<u8> {
    let [high, low] = pair.map(|digit| VALUES[usize::from(digit)]);
    (high < 16 && low < 16).then_some(high << 4 | low)
}

/// Without `0x`.
fn bare(digits: &[u8]) -> &[u8] {
    digits.strip_prefix(b"0x").unwrap_or(digits)
}

/// Whether the first digits of a run are hexadecimal and decode to text.
pub(super) fn looks_encoded(digits: &[u8]) -> bool {
    let (pairs, _) = bare(digits).as_chunks::<2>();
    let mut head = [0; SHORTEST / 2];
    for (byte, digits) in head.iter_mut().zip(pairs) {
        match pair(*digits) {
            Some(value) if text::is_plain(value) => *byte = value,
            _ => return false,
        }
    }
    !pairs.is_empty()
}

/// The run that starts at `start`, if all of it is hexadecimal and text.
pub(super) fn decode(text: &[u8], start: usize, room: usize) -> Option<Layer> {
    let first = first_digit(text, start);
    let rest = text.get(first..first.saturating_add(MAX_RUN).min(text.len()))?;
    let length = rest
        .iter()
        .position(|b| !base64::is_digit(*b))
        .unwrap_or(rest.len());
    let digits = bare(&rest[..length]);
    let at = first + length - digits.len();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().take(room).copied().map(pair).collect();
    let bytes = bytes?;
    (text::prefix(&bytes) == bytes.len()).then(|| Layer::new(bytes, Map::Pairs(at)))
}
