//! Finds runs of characters that may be base64 or hexadecimal, cheaply where there are none.
//!
//! A run is known by its start: a character of the alphabet behind one that is not, and [`SHORTEST`] characters that
//! decode to text or to the start of compressed data. So what is found is a function of those bytes alone, and a scan
//! of a part of a text finds what a scan of the whole finds there.

use std::ops::Range;

use super::{base64, hexadecimal};

/// Bytes of a run's start that are looked at.
pub(crate) const SHORTEST: usize = 28;
/// Bytes before a run that are looked at to tell its start.
pub(crate) const BEFORE: usize = 1;

/// Distance of the places that are looked at: any run has [`WINDOW`] bytes of its own at one of them.
const STRIDE: usize = 20;
const WINDOW: usize = 8;
const _: () = assert!(STRIDE + WINDOW <= SHORTEST);

/// Strides that are looked at between looks at whether the text ends.
const STRIDES: usize = 4;

/// Calls `found` with the start of each run that starts within `core`.
pub(crate) fn scan(text: &[u8], core: Range<usize>, mut found: impl FnMut(usize)) {
    let mut at = core.start.next_multiple_of(STRIDE);
    // A run that starts within the core has its window at most that far behind.
    let end = core.end.saturating_add(STRIDE).min(text.len());
    let mut look = |at: usize| {
        if let Some(start) = run_at(text, at)
            && core.contains(&start)
        {
            found(start);
        }
    };
    let (strides, _) = text.get(at..end).unwrap_or_default().as_chunks::<STRIDE>();
    let (groups, rest) = strides.as_chunks::<STRIDES>();
    for group in groups {
        // Of known length, so that a window costs a load, a subtraction and a test.
        for (index, stride) in group.iter().enumerate() {
            if stride.first_chunk().copied().is_some_and(is_high) {
                look(at + index * STRIDE);
            }
        }
        at += STRIDES * STRIDE;
    }
    for index in 0..=rest.len() {
        let at = at + index * STRIDE;
        if at < end && window(text, at).is_some_and(is_high) {
            look(at);
        }
    }
}

fn window(text: &[u8], at: usize) -> Option<[u8; WINDOW]> {
    text.get(at..)?.first_chunk().copied()
}

/// Whether eight bytes hold no blank, line end, quote or bracket, and nothing beyond ASCII: hardly any eight bytes of
/// ordinary text do without, and no digit is one of those.
#[inline]
fn is_high(window: [u8; WINDOW]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOWEST: u64 = b'+' as u64;
    let bytes = u64::from_le_bytes(window);
    // A borrow sets the highest bit of its byte, too.
    bytes.wrapping_sub(ONES * LOWEST) & (ONES << 7) == 0
}

/// The start of the run that the window at `at` belongs to, if it is the run's first and the run seems to encode
/// something.
#[inline(never)]
fn run_at(text: &[u8], at: usize) -> Option<usize> {
    // A run reaches a window further in front or behind.
    if let Some(before) = at.checked_sub(WINDOW)
        && let Some(near) = text[before..].first_chunk::<{ 3 * WINDOW }>()
        && let ([before, _, behind], _) = near.as_chunks::<WINDOW>()
        && !is_high(*before)
        && !is_high(*behind)
    {
        return None;
    }
    if !window(text, at)?.iter().all(|byte| base64::is_digit(*byte)) {
        return None;
    }
    let before = &text[at.saturating_sub(STRIDE)..at];
    let digits = before
        .iter()
        .rev()
        .take_while(|byte| base64::is_digit(**byte))
        .count();
    // If all are, the last window belonged to the run, unless the text starts with it.
    let start = (digits < STRIDE).then_some(at - digits)?;
    is_encoded(text, start).then_some(start)
}

/// Whether a run that starts there seems to encode something.
fn is_encoded(text: &[u8], start: usize) -> bool {
    let Some(head) = text.get(start..).and_then(<[u8]>::first_chunk::<SHORTEST>) else {
        return false;
    };
    let digits = &head[first_digit(text, start) - start..];
    // Most runs are told by their first digit, or are none to their end.
    base64::FIRST[usize::from(digits[0])]
        && head.iter().rev().all(|byte| base64::is_digit(*byte))
        && (hexadecimal::looks_encoded(digits) || base64::looks_encoded(digits))
}

/// Whether a run starts there: what [`scan`] finds, said plainly.
#[cfg(test)]
pub(super) fn starts_at(text: &[u8], start: usize) -> bool {
    (start == 0 || !base64::is_digit(text[start - 1])) && is_encoded(text, start)
}

/// Where the digits of the run start that starts at `start`: behind the letter of an escape (`\nAAAA`).
pub(super) fn first_digit(text: &[u8], start: usize) -> usize {
    let escaped = start > 0 && text.get(start - 1) == Some(&b'\\');
    match text.get(start) {
        Some(b'n' | b'r' | b't') if escaped => start + 1,
        _ => start,
    }
}
