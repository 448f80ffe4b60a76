//! What percent-encoding and string escapes have in common: a token in which single characters are encoded.
//!
//! A token is decoded from its first anchor on, with what stands before it. Where anchors are further apart than
//! [`GAP`], another one begins.

use super::anchors;
use super::map::Map;
use super::{BEYOND, Layer, text};
use crate::detect::Reach;

/// Bytes of a token before its first anchor, between its anchors, and behind its last.
const GAP: usize = 256;

/// Bytes of a token from its first anchor on.
const LONGEST: usize = 4 * 1024;

/// How far a token reaches from its first anchor.
pub(super) const REACH: Reach = Reach {
    before: GAP + BEYOND,
    behind: LONGEST + BEYOND,
};

/// Which characters escape others, and how.
pub(super) struct Escaped {
    /// What every escape begins with.
    pub(super) sign: u8,
    /// Owner of the anchors.
    pub(super) owner: u16,
    /// Whether a byte ends a token.
    pub(super) ends: fn(u8) -> bool,
    /// The character that the escape in front stands for, and its length.
    pub(super) read: fn(&[u8]) -> Option<(char, usize)>,
}

impl Escaped {
    /// Whether one of the encoding's anchors stands at the start of the text.
    fn is_anchor(&self, text: &[u8]) -> bool {
        anchors::starts(self.owner, text)
    }

    /// Whether a byte ends the token that it stands in. Behind a backslash it is part of it.
    fn ends_at(&self, text: &[u8], at: usize) -> bool {
        text.get(at).is_none_or(|byte| (self.ends)(*byte))
            && !(self.sign == b'\\' && at > 0 && text[at - 1] == b'\\')
    }
}

/// The token whose first anchor stands at `at`.
pub(super) fn decode(text: &[u8], at: usize, room: usize, how: &Escaped) -> Option<Layer> {
    let mut start = at;
    while start > at.saturating_sub(GAP) && !how.ends_at(text, start - 1) {
        start -= 1;
        if text[start] == how.sign && how.is_anchor(&text[start..]) {
            return None;
        }
    }
    let limit = at.saturating_add(LONGEST).min(text.len());
    let (mut place, mut last) = (start, at);
    let (mut out, mut offsets) = (Vec::new(), Vec::new());
    while place < limit && place <= last + GAP && out.len() < room && !how.ends_at(text, place) {
        let rest = &text[place..];
        let escape = rest[0] == how.sign;
        if escape && how.is_anchor(rest) {
            last = place;
        }
        let length = if let Some((character, length)) = escape.then(|| (how.read)(rest)).flatten() {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            length
        } else {
            out.push(rest[0]);
            1
        };
        offsets.resize(out.len(), place);
        place += length;
    }
    offsets.push(place.min(text.len()));
    (text::prefix(&out) == out.len()).then(|| Layer::new(out, Map::Offsets(offsets)))
}

/// The value of so many hexadecimal digits in front of a text.
pub(super) fn hexadecimal(text: &[u8], digits: usize) -> Option<u32> {
    let digits = text.get(..digits).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u32, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}
