//! The tables, how they are laid out and how they are made.

use super::rank::Rank;
use std::borrow::Cow;
use std::fmt;

/// Shortest literal: with less, two windows at neighbouring offsets would not fit.
pub(super) const MIN_LEN: usize = 4;
/// Longest literal.
pub(super) const MAX_LEN: usize = 64;
/// Most literals: two entries each, numbered in 16 bits.
pub(super) const MAX_LITERALS: usize = 32_000;

/// Rows of the filter: 128 KiB in all, of which ordinary text keeps a few in the first-level cache.
pub const ROWS: usize = 1 << 16;
/// Set in a window to compare letters without case.
pub(super) const FOLD: u32 = 0x2020_2020;
/// The same for a window with its surroundings.
pub(super) const FOLD_AROUND: u64 = 0x2020_2020_2020_2020;
/// The bytes that a window of three keeps.
pub(super) const THREE: u32 = 0x00ff_ffff;

/// A text to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'a> {
    /// The bytes, 4 to 64 of them.
    pub bytes: &'a [u8],
    /// Whether ASCII letters match in either case.
    pub ignore_case: bool,
}

/// Why a set of literals was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildError {
    /// The literal with this index is not 4 to 64 bytes long.
    Length(usize),
    /// More than 32 000 literals.
    TooMany,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(index) => {
                write!(
                    f,
                    "literal {index} is not {MIN_LEN} to {MAX_LEN} bytes long"
                )
            }
            Self::TooMany => write!(f, "more than {MAX_LITERALS} literals"),
        }
    }
}

impl std::error::Error for BuildError {}

/// One window of one literal. Public only for the source that [`Tables::to_rust_source`] prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The window, folded if the case does not matter; the fourth byte is 0 when `mask` is [`THREE`].
    pub(super) key: u32,
    pub(super) mask: u32,
    /// Four bytes of the literal that the window does not cover, where it has them.
    pub(super) check: u32,
    /// Set in the haystack before it is compared with `key` or `check`.
    pub(super) fold: u32,
    pub(super) literal: u16,
    /// Where the literal's bytes begin in `Tables::bytes`.
    pub(super) bytes: u32,
    pub(super) len: u8,
    /// Offset of the window in the literal.
    pub(super) at: u8,
    /// Offset of `check` in the literal.
    pub(super) check_at: u8,
    /// Whether no other entry of the same slot follows.
    pub(super) last: bool,
}

impl Entry {
    /// Used by generated source only.
    #[must_use]
    pub const fn new(
        words: [u32; 4],
        bytes: u32,
        literal: u16,
        small: [u8; 3],
        last: bool,
    ) -> Self {
        let [key, mask, check, fold] = words;
        let [len, at, check_at] = small;
        Self {
            key,
            mask,
            check,
            fold,
            literal,
            bytes,
            len,
            at,
            check_at,
            last,
        }
    }
}

/// What [`Tables::scan`] needs; made at run time or, by `build.rs`, ahead of it.
#[derive(Debug, Clone)]
pub struct Tables<'a> {
    /// Row: hash of the first three bytes of a folded window. Bit: low four bits of the fourth.
    pub(super) filter: Cow<'a, [u16]>,
    /// The second filter's bits: see [`Section`].
    pub(super) second: Cow<'a, [u8]>,
    /// For each hash of a window of four bytes, its first entry; 0, which matches nothing, if there are none.
    pub(super) slots: Cow<'a, [u16]>,
    /// The same for windows of three.
    pub(super) slots_of_three: Cow<'a, [u16]>,
    pub(super) entries: Cow<'a, [Entry]>,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Filter row of a window whose first two bytes are `head` and whose third is `third`: both folded
/// but for the second byte, whose case counts. In 16-bit lanes, so that it is computed for many
/// windows at once on any machine.
#[inline]
pub(super) fn row(head: u16, third: u16) -> u16 {
    (head | 0x20)
        .wrapping_mul(0x9E4B)
        .wrapping_add((third & 0xff | 0x20).wrapping_mul(0xC5A7))
}

/// The slot of a wholly folded window, of `1 << bits`.
#[inline]
pub(super) fn slot(folded: u32, bits: u32) -> usize {
    (folded.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

/// The slot of one of three bytes, whose fourth does not count.
#[inline]
pub(super) fn slot_of_three(folded: u32, bits: u32) -> usize {
    slot(folded << 8, bits)
}

/// Bytes that surround a window: two before it and two behind its four.
pub(super) const BEFORE: usize = 2;
const BEHIND: usize = 2;

/// A part of the second filter. It looks at as much of a literal as the eight bytes from two before the window on show,
/// each kind of literal in bits of its own.
struct Section {
    /// Where its bytes begin in the filter.
    base: usize,
    /// The logarithm of its bits.
    bits: u32,
    /// Which of the eight bytes count: first and number.
    from: u32,
    count: u32,
}

impl Section {
    const fn after(before: &Self, bits: u32, from: u32, count: u32) -> Self {
        Self {
            base: before.base + (1 << before.bits) / 8,
            bits,
            from,
            count,
        }
    }

    /// The byte and the bit of a window with its surroundings, all of it folded.
    #[inline]
    const fn place(&self, around: u64) -> (usize, u32) {
        let kept = (around >> (8 * self.from)) << (64 - 8 * self.count);
        let hash = (kept.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - self.bits)) as usize;
        (self.base + hash / 8, hash as u32 % 8)
    }
}

/// The window and two bytes behind.
const LONG: Section = Section {
    base: 0,
    bits: 18,
    from: 2,
    count: 6,
};
/// The window and two bytes before, where a literal has none behind.
const LATE: Section = Section::after(&LONG, 17, 0, 6);
/// The window alone.
const FOUR: Section = Section::after(&LATE, 16, 2, 4);
/// The last three bytes and two before.
const LATE_THREE: Section = Section::after(&FOUR, 16, 0, 5);
/// The last three bytes.
const THREE_ONLY: Section = Section::after(&LATE_THREE, 15, 2, 3);
const SECTIONS: [Section; 5] = [LONG, LATE, FOUR, LATE_THREE, THREE_ONLY];
/// Bytes of the second filter.
pub(super) const SECOND: usize = THREE_ONLY.base + (1 << THREE_ONLY.bits) / 8;

/// Whether a literal may have a window, given with its surroundings and folded: 1 or 0.
#[inline]
pub(super) fn may_have(second: &[u8; SECOND], around: u64) -> u8 {
    SECTIONS.iter().fold(0, |any, section| {
        let (byte, bit) = section.place(around);
        any | second[byte] >> bit
    }) & 1
}

/// The bytes from two before `at` on, zeros where `hay` has none.
#[inline]
pub(super) fn around(hay: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    for (offset, byte) in eight.iter_mut().enumerate() {
        let place = (at + offset).checked_sub(BEFORE);
        *byte = place.and_then(|place| hay.get(place)).copied().unwrap_or(0);
    }
    u64::from_le_bytes(eight)
}

/// The four bytes at `at`, of which `hay` must have as many.
#[inline]
pub(super) fn word(hay: &[u8], at: usize) -> u32 {
    // Not `copy_from_slice`, which becomes a call.
    let four = hay[at..].first_chunk().expect("four bytes are there");
    u32::from_le_bytes(*four)
}

/// Window of the literal at `at`: four bytes, or its last three. And the mask that says which.
fn window(bytes: &[u8], at: usize) -> (u32, u32) {
    let mut four = [0; 4];
    let part = &bytes[at..bytes.len().min(at + 4)];
    four[..part.len()].copy_from_slice(part);
    (
        u32::from_le_bytes(four),
        if part.len() == 4 { u32::MAX } else { THREE },
    )
}

/// The offset of the given parity whose window costs least: in candidates per megabyte of text, those
/// that have the window and those that only collide with it, which a window of three bytes makes sixteen
/// times as often. A window that another literal has already costs little, unless so many have it that
/// its slot becomes a list of everything.
fn choose(rank: &Rank, used: &[u16], bytes: &[u8], parity: usize) -> usize {
    let mut best = (f32::MAX, parity);
    for at in (parity..=bytes.len() - 3).step_by(2) {
        let (key, mask) = window(bytes, at);
        let part = &bytes[at..bytes.len().min(at + 4)];
        let mut cost =
            5e5 * (-0.5 * rank.rarity(part)).exp2() + if mask == THREE { 7.6 } else { 0.5 };
        match used[users(key)] {
            0 => {}
            few @ 1..CROWD => cost *= 0.25 * f32::from(few).sqrt(),
            many => cost *= f32::from(many),
        }
        if cost < best.0 {
            best = (cost, at);
        }
    }
    best.1
}
const CROWD: u16 = 6;

/// Where the literals that have this window are counted; that a few windows share a count is no harm.
fn users(key: u32) -> usize {
    ((key | FOLD).wrapping_mul(0x9E37_79B1) >> 16) as usize
}

/// Stands for an empty slot: no window is 0 under a mask of nothing but its `check`.
const NOTHING: Entry = Entry::new([1, 0, 0, 0], 0, 0, [0, 0, 0], true);

fn filter(entries: &[Entry]) -> Vec<u16> {
    let mut filter = vec![0; ROWS];
    for e in &entries[1..] {
        let [a, b, c, d] = e.key.to_le_bytes();
        let bit = if e.mask == THREE {
            0xffff
        } else {
            1 << (d & 15)
        };
        // Without the bit that folding set, which also undoes it for `_` and the like.
        let both = [b, b & !0x20];
        for &b in if e.fold == 0 { &both[..1] } else { &both } {
            filter[usize::from(row(u16::from_le_bytes([a, b]), u16::from(c)))] |= bit;
        }
    }
    filter
}

/// Orders the entries from `first` on by slot, and gives each slot the first of its own.
fn slots(entries: &mut [Entry], first: usize, slot: fn(u32, u32) -> usize) -> Vec<u16> {
    let own = &mut entries[first..];
    let bits = (own.len() * 2).next_power_of_two().ilog2().clamp(8, 16);
    own.sort_by_key(|e| slot(e.key | FOLD, bits));
    let mut slots = vec![0; 1 << bits];
    for (i, e) in own.iter_mut().enumerate().rev() {
        let s = slot(e.key | FOLD, bits);
        e.last = slots[s] == 0;
        slots[s] = (first + i) as u16;
    }
    slots
}

fn second_filter(entries: &[Entry], bytes: &[u8]) -> Vec<u8> {
    let mut second = vec![0; SECOND];
    for e in &entries[1..] {
        let literal = &bytes[e.bytes as usize..][..usize::from(e.len)];
        let at = usize::from(e.at);
        let section = match (e.mask == THREE, at >= BEFORE) {
            (true, true) => LATE_THREE,
            (true, false) => THREE_ONLY,
            (false, _) if at + 4 + BEHIND <= literal.len() => LONG,
            (false, true) => LATE,
            (false, false) => FOUR,
        };
        let (byte, bit) = section.place(around(literal, at) | FOLD_AROUND);
        second[byte] |= 1 << bit;
    }
    second
}

impl Tables<'static> {
    /// Makes the tables for `literals`; [`Hit::literal`](super::Hit::literal) is an index into it.
    ///
    /// # Errors
    /// When a literal is not 4 to 64 bytes long, or there are more than 32 000.
    pub fn build(literals: &[Literal<'_>]) -> Result<Self, BuildError> {
        if literals.len() > MAX_LITERALS {
            return Err(BuildError::TooMany);
        }
        let rank = Rank::new();
        let mut used = vec![0u16; 1 << 16];
        let mut bytes = Vec::new();
        let mut entries = Vec::with_capacity(literals.len() * 2);
        for (index, literal) in literals.iter().enumerate() {
            let text = literal.bytes;
            if !(MIN_LEN..=MAX_LEN).contains(&text.len()) {
                return Err(BuildError::Length(index));
            }
            let start = bytes.len() as u32;
            bytes.extend_from_slice(text);
            let fold = if literal.ignore_case { FOLD } else { 0 };
            for parity in [0, 1] {
                let at = choose(&rank, &used, text, parity);
                let (key, mask) = window(text, at);
                used[users(key)] += 1;
                let check_at = if at < text.len() / 2 {
                    text.len() - 4
                } else {
                    0
                };
                entries.push(Entry {
                    key: (key | fold) & mask,
                    mask,
                    check: word(text, check_at) | fold,
                    fold,
                    literal: index as u16,
                    bytes: start,
                    len: text.len() as u8,
                    at: at as u8,
                    check_at: check_at as u8,
                    last: false,
                });
            }
        }
        let (mut entries, threes): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|e| e.mask != THREE);
        entries.insert(0, NOTHING);
        let slots = slots(&mut entries, 1, slot);
        let first = entries.len();
        entries.extend(threes);
        let slots_of_three = self::slots(&mut entries, first, slot_of_three);
        let filter = filter(&entries);
        let second = second_filter(&entries, &bytes);
        Ok(Self {
            filter: filter.into(),
            second: second.into(),
            slots: slots.into(),
            slots_of_three: slots_of_three.into(),
            entries: entries.into(),
            bytes: bytes.into(),
        })
    }
}

impl<'a> Tables<'a> {
    /// Used by generated source only.
    #[must_use]
    pub const fn from_parts(
        filter: &'a [u16; ROWS],
        second: &'a [u8; SECOND],
        (slots, slots_of_three): (&'a [u16], &'a [u16]),
        entries: &'a [Entry],
        bytes: &'a [u8],
    ) -> Self {
        Self {
            filter: Cow::Borrowed(filter),
            second: Cow::Borrowed(second),
            slots: Cow::Borrowed(slots),
            slots_of_three: Cow::Borrowed(slots_of_three),
            entries: Cow::Borrowed(entries),
            bytes: Cow::Borrowed(bytes),
        }
    }

    /// Bytes of memory the tables take.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of_val(&*self.filter)
            + self.second.len()
            + self.bytes.len()
            + size_of_val(&*self.slots)
            + size_of_val(&*self.slots_of_three)
            + size_of_val(&*self.entries)
    }
}
