//! The entries of a pack in the order in which they stand in it.

use std::collections::BTreeSet;

use super::Pack;
use super::entry::HeaderKind;
use crate::git::fault::{FaultReason, Faults, Subject};
use crate::git::id::ObjectId;

/// No entry, no index position.
pub(crate) const NONE: u32 = u32::MAX;

/// Bases that no index names are looked for only so many times beyond the number of entries.
const UNNAMED: usize = 1024;

/// Start and index position of each entry, in ascending order of the starts, none twice.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) offsets: Vec<u64>,
    pub(crate) positions: Vec<u32>,
}

impl Table {
    /// Sorts what the index says. Objects at places that cannot be are faults, and their ids go to `strays`.
    pub(crate) fn read(pack: &Pack<'_>, faults: &Faults, strays: &mut Vec<ObjectId>) -> Self {
        let count = pack.index.count();
        let mut stray = |position, reason| {
            if let Some(id) = pack.id(position) {
                faults.push(Subject::Object(id), reason);
                strays.push(id);
            }
        };
        let places = (0..count).filter_map(|position| match pack.index.offset(position) {
            Some(offset) if pack.holds(offset) => Some((offset, position)),
            offset => {
                let outside = FaultReason::OffsetOutside(offset.unwrap_or(u64::MAX));
                stray(position, outside);
                None
            }
        });
        // Both numbers nearly always fit into eight bytes, which sort in half the time.
        let shift = 32 - count.leading_zeros();
        let mut table = if shift <= pack.end().leading_zeros() {
            Self::sorted_as_one(places, count, shift)
        } else {
            let mut pairs: Vec<(u64, u32)> = places.collect();
            pairs.sort_unstable();
            let (offsets, positions) = pairs.into_iter().unzip();
            Self { offsets, positions }
        };
        table.drop_repeated(|position, offset| stray(position, FaultReason::OffsetTwice(offset)));
        table
    }

    /// Adds the entries that are bases of others although the index does not name them, as when a multi-pack-index took
    /// their objects from other packs. They have no id.
    pub(crate) fn with_unnamed_bases(self, pack: &Pack<'_>, faults: &Faults) -> Self {
        let most = self.offsets.len() + UNNAMED;
        let finder = Finder::new(&self);
        let mut unnamed = BTreeSet::new();
        for &start in &self.offsets {
            let mut offset = start;
            while let Ok(header) = pack.header(offset)
                && let HeaderKind::OffsetDelta { base } = header.kind
                && finder.find(base).is_none()
                && unnamed.len() < most
                && unnamed.insert(base)
            {
                offset = base;
            }
        }
        if !pack.index.is_partial() {
            for &offset in &unnamed {
                let pack = pack.path.clone();
                faults.push(Subject::Entry { pack, offset }, FaultReason::Unnamed);
            }
        }
        let unnamed = unnamed.into_iter().map(|offset| (offset, NONE));
        let mut pairs: Vec<(u64, u32)> = self.offsets.into_iter().zip(self.positions).collect();
        pairs.extend(unnamed);
        pairs.sort_unstable();
        let (offsets, positions) = pairs.into_iter().unzip();
        Self { offsets, positions }
    }

    /// Sorts offset and position as one number.
    fn sorted_as_one(places: impl Iterator<Item = (u64, u32)>, count: u32, shift: u32) -> Self {
        let mut keys = Vec::with_capacity(count as usize);
        keys.extend(places.map(|(offset, position)| offset << shift | u64::from(position)));
        keys.sort_unstable();
        let mask = (1 << shift) - 1;
        let positions = keys.iter().map(|key| (key & mask) as u32).collect();
        for key in &mut keys {
            *key >>= shift;
        }
        Self {
            offsets: keys,
            positions,
        }
    }

    /// Keeps the first of several entries at one offset.
    fn drop_repeated(&mut self, mut dropped: impl FnMut(u32, u64)) {
        if self.offsets.is_sorted_by(|left, right| left < right) {
            return;
        }
        let mut kept = 0;
        for entry in 0..self.offsets.len() {
            let (offset, position) = (self.offsets[entry], self.positions[entry]);
            if kept > 0 && self.offsets[kept - 1] == offset {
                dropped(position, offset);
            } else {
                self.offsets[kept] = offset;
                self.positions[kept] = position;
                kept += 1;
            }
        }
        self.offsets.truncate(kept);
        self.positions.truncate(kept);
    }
}

/// Where entries start, in half the memory for packs below 4 GiB.
#[derive(Debug)]
pub(crate) enum Starts {
    Short(Vec<u32>),
    Long(Vec<u64>),
}

impl Starts {
    /// The start of an entry that there is.
    pub(crate) fn at(&self, entry: usize) -> u64 {
        match self {
            Self::Short(starts) => u64::from(starts[entry]),
            Self::Long(starts) => starts[entry],
        }
    }
}

impl From<Vec<u64>> for Starts {
    /// Takes starts in ascending order.
    fn from(starts: Vec<u64>) -> Self {
        if starts
            .last()
            .is_none_or(|&last| u32::try_from(last).is_ok())
        {
            // Collecting would keep the room of the long ones.
            let mut short = Vec::with_capacity(starts.len());
            short.extend(starts.iter().map(|&start| start as u32));
            Self::Short(short)
        } else {
            Self::Long(starts)
        }
    }
}

/// Finds the entry at an offset: a table of buckets narrows the search to a few entries.
pub(crate) struct Finder<'t> {
    offsets: &'t [u64],
    starts: Vec<u32>,
    shift: u32,
}

impl<'t> Finder<'t> {
    pub(crate) fn new(table: &'t Table) -> Self {
        let offsets = table.offsets.as_slice();
        let last = offsets.last().copied().unwrap_or(0);
        let buckets = (offsets.len() as u64 / 4).max(1);
        let shift = (64 - last.leading_zeros()).saturating_sub(buckets.ilog2());
        let mut starts = Vec::with_capacity((last >> shift) as usize + 2);
        for (entry, offset) in (0..).zip(offsets) {
            while starts.len() as u64 <= offset >> shift {
                starts.push(entry);
            }
        }
        starts.push(offsets.len() as u32);
        Self {
            offsets,
            starts,
            shift,
        }
    }

    /// The entry that starts at `offset`.
    pub(crate) fn find(&self, offset: u64) -> Option<u32> {
        let bucket = usize::try_from(offset >> self.shift).ok()?;
        let low = *self.starts.get(bucket)?;
        let high = *self.starts.get(bucket + 1)?;
        let near = self.offsets.get(low as usize..high as usize)?;
        near.binary_search(&offset)
            .ok()
            .map(|found| low + found as u32)
    }
}
