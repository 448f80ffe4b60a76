//! The search: a filter over all windows, then a look at its candidates.

use super::tables::{
    BEFORE, Entry, FOLD, FOLD_AROUND, MAX_LEN, ROWS, SECOND, Tables, around, may_have, row, slot,
    slot_of_three, word,
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
/// Bytes of the chunks that what is left is looked at in: what a delta brings is short.
const MIDDLE: usize = 128;
const SMALL: usize = 32;
/// Bytes of a chunk with what surrounds its first and its last window.
const fn wide(chunk: usize) -> usize {
    chunk + 8
}
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

    /// The first filter and the second.
    #[inline]
    fn filters(&self) -> (&[u16; ROWS], &[u8; SECOND]) {
        let filter = self.filter.first_chunk();
        let second = self.second.first_chunk();
        (
            filter.expect("the filter has ROWS rows"),
            second.expect("the second filter has SECOND bytes"),
        )
    }

    fn run(&self, hay: &[u8], first: usize, end: usize, f: &mut impl FnMut(Hit)) {
        let (filter, second) = self.filters();
        let look = |at: usize, f: &mut _| {
            let window = window(&hay[..end], at);
            let row = filter[usize::from(row(window as u16, (window >> 16) as u16))];
            // Texts that are scanned a few bytes at a time stop here.
            if row >> (window >> 24 & 15) & 1 == 1
                && may_have(second, around(&hay[..end], at) | FOLD_AROUND) == 1
            {
                self.verify(hay, at, window, f);
            }
        };
        let mut at = first;
        // Nothing stands before the first window of all.
        if at == 0 {
            look(at, f);
            at += 2;
        }
        at = self.chunks::<CHUNK, { wide(CHUNK) }, { CHUNK / 2 }, { CHUNK / GROUP }>(
            &hay[..end],
            at,
            f,
        );
        at = self.chunks::<MIDDLE, { wide(MIDDLE) }, { MIDDLE / 2 }, { MIDDLE / GROUP }>(
            &hay[..end],
            at,
            f,
        );
        at = self.chunks::<SMALL, { wide(SMALL) }, { SMALL / 2 }, { SMALL / GROUP }>(
            &hay[..end],
            at,
            f,
        );
        // A window of three may end where the text does.
        while at < end {
            look(at, f);
            at += 2;
        }
    }

    /// Looks at chunks of `N` bytes from `at` on, while `hay` has as many and what surrounds them, and returns where
    /// they end. `W` is `wide(N)`, `H` the windows in a chunk, `G` the groups.
    fn chunks<const N: usize, const W: usize, const H: usize, const G: usize>(
        &self,
        hay: &[u8],
        mut at: usize,
        f: &mut impl FnMut(Hit),
    ) -> usize {
        let (filter, second) = self.filters();
        let mut places = [0; H];
        let mut groups = [0; G];
        let mut rows = [0; H];
        while let Some(chunk) = hay.get(at - BEFORE..).and_then(<[u8]>::first_chunk::<W>) {
            let n = filter_chunk::<N, W, H, G>(filter, chunk, &mut rows, &mut groups);
            let n = windows::<N, W, H>(filter, chunk, &rows, &groups[..n], &mut places);
            let n = second_filter::<N, W, H>(second, chunk, &mut places, n);
            for &i in &places[..n] {
                let i = usize::from(i);
                self.verify(hay, at + i, word(chunk, BEFORE + i), f);
            }
            at += N;
        }
        at
    }

    /// Reports the literals that have the window `v`, which is at `at`, and are there.
    #[inline]
    fn verify(&self, hay: &[u8], at: usize, v: u32, f: &mut impl FnMut(Hit)) {
        let bits = |slots: &[u16]| slots.len().ilog2();
        let four = self.slots[slot(v | FOLD, bits(&self.slots))];
        let three = self.slots_of_three[slot_of_three(v | FOLD, bits(&self.slots_of_three))];
        for first in [four, three] {
            let mut next = usize::from(first);
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

/// The four bytes at `at`, zeros where `hay` has none.
#[inline]
fn window(hay: &[u8], at: usize) -> u32 {
    let rest = &hay[at..];
    rest.first_chunk().map_or_else(
        || {
            let mut four = [0; 4];
            four[..rest.len()].copy_from_slice(rest);
            u32::from_le_bytes(four)
        },
        |four| u32::from_le_bytes(*four),
    )
}

/// Writes to `groups` the offsets of groups that may have a window of a literal, and returns how many.
#[inline(never)]
fn filter_chunk<const N: usize, const W: usize, const H: usize, const G: usize>(
    filter: &[u16; ROWS],
    chunk: &[u8; W],
    rows: &mut [u16; H],
    groups: &mut [u16; G],
) -> usize {
    let (heads, _) = chunk[BEFORE..BEFORE + N].as_chunks::<2>();
    let (tails, _) = chunk[BEFORE + 2..BEFORE + 2 + N].as_chunks::<2>();
    for ((row_, head), tail) in rows.iter_mut().zip(heads).zip(tails) {
        *row_ = row(u16::from_le_bytes(*head), u16::from_le_bytes(*tail));
    }
    let mut n = 0;
    let (fourths, _) = chunk[BEFORE + 2..BEFORE + 2 + N].as_chunks::<GROUP>();
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
        groups[n & (G - 1)] = at;
        // Always written, kept only if counted: a branch here would be mispredicted at each candidate.
        n += (any & 1) as usize;
        at += GROUP as u16;
    }
    n
}

/// Writes to `places` the offsets of the windows in `groups` that pass the filter, and returns how many. Like what
/// follows it writes each and counts the good ones: most candidates are none, and a branch would be mispredicted.
#[inline(never)]
fn windows<const N: usize, const W: usize, const H: usize>(
    filter: &[u16; ROWS],
    chunk: &[u8; W],
    rows: &[u16; H],
    groups: &[u16],
    places: &mut [u16; H],
) -> usize {
    let mut n = 0;
    for &g in groups {
        let start = usize::from(g) & (N - GROUP);
        let rows = &rows[start / 2..][..GROUP / 2];
        let fourths = &chunk[BEFORE + start + 3..][..GROUP - 1];
        for i in 0..GROUP / 2 {
            let row = filter[usize::from(rows[i])];
            places[n & (H - 1)] = g + 2 * i as u16;
            n += usize::from(row >> (fourths[2 * i] & 15) & 1);
        }
    }
    n
}

/// Keeps of the first `n` places those whose window a literal may have, and returns how many.
#[inline(never)]
fn second_filter<const N: usize, const W: usize, const H: usize>(
    second: &[u8; SECOND],
    chunk: &[u8; W],
    places: &mut [u16; H],
    n: usize,
) -> usize {
    let mut kept = 0;
    for j in 0..n.min(H) {
        let place = places[j];
        let eight = chunk[usize::from(place) & (N - 2)..]
            .first_chunk()
            .expect("eight bytes are there");
        places[kept & (H - 1)] = place;
        kept += usize::from(may_have(second, u64::from_le_bytes(*eight) | FOLD_AROUND));
    }
    kept
}
