//! The search: a filter over all windows, then a look at its candidates.

use super::tables::{
    Entry, FOLD, FOURS, MAX_LEN, ROWS, THREES, Tables, four, row, slot, three, word,
};
use std::ops::Range;

/// A literal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hit {
    /// Index into the literals the tables were built from.
    pub literal: u32,
    /// Where it begins.
    pub start: usize,
}

/// Bytes whose rows are computed, looked up, and their candidates compared, before going on.
const CHUNK: usize = 1024;
/// Bytes that become a candidate together; the bits within are looked up again only then.
const GROUP: usize = 16;

impl Tables<'_> {
    /// Reports every occurrence of every literal in `hay`, overlapping ones too.
    pub fn scan(&self, hay: &[u8], f: impl FnMut(Hit)) {
        self.scan_range(hay, 0..hay.len(), f);
    }

    /// Reports every occurrence that begins in `range` and ends within `hay`.
    pub fn scan_range(&self, hay: &[u8], range: Range<usize>, mut f: impl FnMut(Hit)) {
        let range = range.start..range.end.min(hay.len());
        if range.is_empty() {
            return;
        }
        let mut report = |hit: Hit| {
            if range.contains(&hit.start) {
                f(hit);
            }
        };
        // Windows lie at even places of `hay`, so that a range finds what the whole scan does.
        let first = range.start & !1;
        let end = hay.len().min(range.end + MAX_LEN);
        self.run(hay, first, end, &mut report);
    }

    fn run(&self, hay: &[u8], first: usize, end: usize, f: &mut impl FnMut(Hit)) {
        let filter = self
            .filter
            .first_chunk::<ROWS>()
            .expect("the filter has ROWS rows");
        let fours = self
            .fours
            .first_chunk::<FOURS>()
            .expect("the filter has FOURS bytes");
        let threes = self
            .threes
            .first_chunk::<THREES>()
            .expect("the filter has THREES bytes");
        let mut at = first;
        let mut places = [0; CHUNK / 2];
        let mut groups = [0; CHUNK / GROUP];
        let mut rows = [0; CHUNK / 2];
        while let Some(chunk) = hay[at.min(end)..end].first_chunk::<{ CHUNK + 2 }>() {
            let n = filter_chunk(filter, chunk, &mut rows, &mut groups);
            let n = windows(filter, chunk, &rows, &groups[..n], &mut places);
            let n = second_filter(fours, threes, chunk, &mut places, n);
            for &i in &places[..n] {
                let i = usize::from(i);
                self.verify(hay, at + i, word(chunk, i), f);
            }
            at += CHUNK;
        }
        let rest = &hay[at.min(end)..end];
        let look = |four: [u8; 4], at: usize, f: &mut _| {
            let head = u16::from_le_bytes([four[0], four[1]]);
            let row = filter[usize::from(row(head, u16::from(four[2])))];
            let window = u32::from_le_bytes(four);
            if row >> (four[3] & 15) & 1 == 1 && may_have(fours, threes, window | FOLD) == 1 {
                self.verify(hay, at, window, f);
            }
        };
        let mut i = 0;
        while let Some(four) = rest.get(i..).and_then(|rest| rest.first_chunk()) {
            look(*four, at + i, f);
            i += 2;
        }
        // A window of three may end where the text does.
        while i < rest.len() {
            let mut four = [0; 4];
            let left = &rest[i..];
            four[..left.len()].copy_from_slice(left);
            look(four, at + i, f);
            i += 2;
        }
    }

    /// Reports the literals that have the window `v`, which is at `at`, and are there.
    #[inline]
    fn verify(&self, hay: &[u8], at: usize, v: u32, f: &mut impl FnMut(Hit)) {
        let mut next = usize::from(self.slots[slot(v | FOLD, self.slots.len().ilog2())]);
        loop {
            let e = &self.entries[next];
            if (v | e.fold) & e.mask == e.key {
                self.compare(hay, at, e, f);
            }
            if e.last {
                break;
            }
            next += 1;
        }
    }

    /// Reports the literal of `e` if it surrounds the window at `at`. Four of its bytes first: many
    /// candidates have the window, few the word.
    #[inline]
    fn compare(&self, hay: &[u8], at: usize, e: &Entry, f: &mut impl FnMut(Hit)) {
        let start = at.wrapping_sub(usize::from(e.at));
        let len = usize::from(e.len);
        let Some(here) = hay.get(start..).and_then(|h| h.get(..len)) else {
            return;
        };
        if word(here, usize::from(e.check_at)) | e.fold != e.check {
            return;
        }
        let text = &self.bytes[e.bytes as usize..][..len];
        if if e.fold == 0 {
            here == text
        } else {
            here.eq_ignore_ascii_case(text)
        } {
            f(Hit {
                literal: u32::from(e.literal),
                start,
            });
        }
    }
}

/// Writes to `groups` the offsets of groups that may have a window of a literal, and returns how many.
#[inline(never)]
fn filter_chunk(
    filter: &[u16; ROWS],
    chunk: &[u8; CHUNK + 2],
    rows: &mut [u16; CHUNK / 2],
    groups: &mut [u16; CHUNK / GROUP],
) -> usize {
    let (heads, _) = chunk[..CHUNK].as_chunks::<2>();
    let (tails, _) = chunk[2..].as_chunks::<2>();
    for ((row_, head), tail) in rows.iter_mut().zip(heads).zip(tails) {
        *row_ = row(u16::from_le_bytes(*head), u16::from_le_bytes(*tail));
    }
    let mut n = 0;
    let (fourths, _) = chunk[2..].as_chunks::<GROUP>();
    let (rows, _) = rows.as_chunks::<{ GROUP / 2 }>();
    let mut at = 0;
    for (rows, fourths) in rows.iter().zip(fourths) {
        let mut any = 0;
        let mut j = 0;
        while j < GROUP / 2 {
            let row = u32::from(filter[usize::from(rows[j])]);
            any |= row >> (fourths[2 * j + 1] & 15);
            j += 1;
        }
        groups[n & (CHUNK / GROUP - 1)] = at;
        // Always written, kept only if counted: a branch here would be mispredicted at each candidate.
        n += (any & 1) as usize;
        at += GROUP as u16;
    }
    n
}

/// Writes to `places` the offsets of the windows in `groups` that pass the filter, and returns how many. Like what
/// follows it writes each and counts the good ones: most candidates are none, and a branch would be mispredicted.
#[inline(never)]
fn windows(
    filter: &[u16; ROWS],
    chunk: &[u8; CHUNK + 2],
    rows: &[u16; CHUNK / 2],
    groups: &[u16],
    places: &mut [u16; CHUNK / 2],
) -> usize {
    let mut n = 0;
    for &g in groups {
        let start = usize::from(g) & (CHUNK - GROUP);
        let rows = &rows[start / 2..][..GROUP / 2];
        let fourths = &chunk[start + 3..][..GROUP - 1];
        for i in 0..GROUP / 2 {
            let row = filter[usize::from(rows[i])];
            places[n & (CHUNK / 2 - 1)] = g + 2 * i as u16;
            n += usize::from(row >> (fourths[2 * i] & 15) & 1);
        }
    }
    n
}

/// Keeps of the first `n` places those whose window a literal may have, and returns how many.
#[inline(never)]
fn second_filter(
    fours: &[u8; FOURS],
    threes: &[u8; THREES],
    chunk: &[u8; CHUNK + 2],
    places: &mut [u16; CHUNK / 2],
    n: usize,
) -> usize {
    let mut kept = 0;
    for j in 0..n.min(CHUNK / 2) {
        let place = places[j];
        let window = word(chunk, usize::from(place) & (CHUNK - 2)) | FOLD;
        places[kept & (CHUNK / 2 - 1)] = place;
        kept += usize::from(may_have(fours, threes, window));
    }
    kept
}

/// Whether a literal may have a wholly folded window: 1 or 0.
#[inline]
fn may_have(fours: &[u8; FOURS], threes: &[u8; THREES], folded: u32) -> u8 {
    let bit = |bits: &[u8], place: usize| bits[place / 8] >> (place % 8) & 1;
    bit(fours, four(folded)) | bit(threes, three(folded))
}
