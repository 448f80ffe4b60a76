//! Text in UTF-16 that was put into base64, as PowerShell's `-EncodedCommand` takes it.

use super::map::Map;
use super::{Layer, text};

/// The text at `at`.
pub(super) fn decode(bytes: &[u8], at: usize, room: usize) -> Option<Layer> {
    let units = bytes.get(at..)?;
    if !text::is_utf16(units) {
        return None;
    }
    let (pairs, _) = units.as_chunks::<2>();
    let (mut out, mut offsets) = (Vec::new(), Vec::new());
    let mut place = at;
    for character in char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair))) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        if out.len() + character.len_utf8() > room {
            break;
        }
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        offsets.resize(out.len(), place);
        place += 2 * character.len_utf16();
    }
    offsets.push(place);
    Some(Layer::new(out, Map::Offsets(offsets)))
}
