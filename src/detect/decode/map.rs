//! Where the bytes of a decoded text stand encoded.

use std::ops::Range;

/// From places in a decoded text to places in the text that encodes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Map {
    /// Four characters for three bytes, in lines.
    Groups(Vec<Line>),
    /// Two characters for each byte, from there on.
    Pairs(usize),
    /// Where each byte's encoding starts; one more for the end.
    Offsets(Vec<usize>),
    /// Values of base64 in a text made of several.
    Values(Vec<Value>),
    /// Nothing is known but where all of it stands.
    Whole(Range<usize>),
}

/// A line of a wrapped text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Encoded characters before it.
    pub(super) before: usize,
    /// Where it starts.
    pub(super) at: usize,
}

/// A value of base64, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// Where it stands decoded.
    pub(super) decoded: Range<usize>,
    /// Where it starts encoded.
    pub(super) at: usize,
    /// Its encoded length, padding included.
    pub(super) length: usize,
}

impl Map {
    /// The smallest encoded range that holds all of a decoded one.
    pub(super) fn encoded(&self, decoded: &Range<usize>) -> Range<usize> {
        match self {
            Self::Groups(lines) => {
                let place = |character: usize| {
                    let after = lines.partition_point(|line| line.before <= character);
                    let line = lines[..after].last().or(lines.first());
                    line.map_or(0, |line| line.at + character.saturating_sub(line.before))
                };
                let (first, last) = groups(decoded);
                let end = place(last.max(first + 1) - 1) + 1;
                place(first)..end
            }
            Self::Pairs(start) => start + 2 * decoded.start..start + 2 * decoded.end,
            Self::Offsets(offsets) => {
                let place = |byte: usize| offsets.get(byte).or(offsets.last()).copied();
                place(decoded.start).unwrap_or(0)..place(decoded.end).unwrap_or(0)
            }
            Self::Values(values) => {
                let touches = |v: &&Value| v.decoded.end > decoded.start;
                let Some(value) = values.iter().find(touches).or(values.last()) else {
                    return 0..0;
                };
                let inside = |at: usize| {
                    let at = at.clamp(value.decoded.start, value.decoded.end);
                    at - value.decoded.start
                };
                let (first, last) = groups(&(inside(decoded.start)..inside(decoded.end)));
                value.at + first.min(value.length)..value.at + last.min(value.length)
            }
            Self::Whole(range) => range.clone(),
        }
    }
}

/// The characters of base64 that hold a range of bytes, whole groups of them.
fn groups(decoded: &Range<usize>) -> (usize, usize) {
    (decoded.start / 3 * 4, decoded.end.div_ceil(3) * 4)
}
