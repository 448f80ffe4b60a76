//! Which objects a pack holds and where: pack index versions 1 and 2, or a multi-pack-index's share.

use std::cmp::Ordering;
use std::sync::Arc;

use super::midx::MultiPackIndex;
use crate::git::fault::FaultReason;
use crate::git::id::{HashKind, ObjectId};
use crate::git::mapped::Bytes;

/// Bytes of a fan-out table: how many ids start with at most each byte.
pub(crate) const FAN_OUT: usize = 256 * 4;

/// The index of one pack. Positions are in the order of the ids.
#[derive(Debug)]
pub(crate) struct Index<'d> {
    layout: Layout<'d>,
    hash: HashKind,
    count: u32,
}

#[derive(Debug)]
enum Layout<'d> {
    /// Fan-out, then offset and id of each object.
    One(Bytes<'d>),
    /// Signature, fan-out, then ids, checksums, offsets and wide offsets as columns.
    Two { bytes: Bytes<'d>, wide: usize },
    /// The objects of a multi-pack-index that it takes from this pack.
    Shared {
        midx: Arc<MultiPackIndex<'d>>,
        positions: Vec<u32>,
    },
}

impl<'d> Index<'d> {
    /// Parses a pack's own index.
    pub(crate) fn parse(bytes: Bytes<'d>, hash: HashKind) -> Result<Self, FaultReason> {
        let two = bytes.get(..4) == Some(b"\xfftOc");
        if two && bytes.get(4..8) != Some(&[0, 0, 0, 2]) {
            return Err(bad("unknown version"));
        }
        let fan_out = if two { 8 } else { 0 };
        let count = check_fan_out(&bytes, fan_out).map_err(bad)?;
        let trailer = 2 * hash.size();
        let columns = fan_out + FAN_OUT;
        let each = if two {
            hash.size() + 8
        } else {
            hash.size() + 4
        };
        let needed = columns as u64 + u64::from(count) * each as u64 + trailer as u64;
        if (bytes.len() as u64) < needed {
            return Err(bad("cut short"));
        }
        let layout = if two {
            let wide = (bytes.len() - needed as usize) / 8;
            Layout::Two { bytes, wide }
        } else {
            Layout::One(bytes)
        };
        Ok(Self {
            layout,
            hash,
            count,
        })
    }

    /// The index of a pack that only a multi-pack-index describes.
    pub(crate) fn shared(midx: Arc<MultiPackIndex<'d>>, positions: Vec<u32>) -> Self {
        Self {
            hash: midx.hash(),
            count: positions.len() as u32,
            layout: Layout::Shared { midx, positions },
        }
    }

    /// Number of objects.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether objects of the pack may be absent from it: a multi-pack-index names each object in one pack only.
    pub(crate) fn is_partial(&self) -> bool {
        matches!(self.layout, Layout::Shared { .. })
    }

    /// The id at a position.
    pub(crate) fn id(&self, position: u32) -> Option<&[u8]> {
        if position >= self.count {
            return None;
        }
        let size = self.hash.size();
        let (bytes, start) = match &self.layout {
            Layout::One(bytes) => (bytes, FAN_OUT + position as usize * (size + 4) + 4),
            Layout::Two { bytes, .. } => (bytes, 8 + FAN_OUT + position as usize * size),
            Layout::Shared { midx, positions } => {
                return midx.id(*positions.get(position as usize)?);
            }
        };
        bytes.get(start..start + size)
    }

    /// Where the object at a position starts in the pack; not yet checked against the pack.
    pub(crate) fn offset(&self, position: u32) -> Option<u64> {
        if position >= self.count {
            return None;
        }
        let size = self.hash.size();
        let at = position as usize;
        match &self.layout {
            Layout::One(bytes) => be32(bytes, FAN_OUT + at * (size + 4)).map(u64::from),
            Layout::Two { bytes, wide } => {
                let columns = 8 + FAN_OUT + self.count as usize * (size + 4);
                let short = be32(bytes, columns + at * 4)?;
                if short & 1 << 31 == 0 {
                    return Some(u64::from(short));
                }
                let row = (short & !(1 << 31)) as usize;
                if row >= *wide {
                    return None;
                }
                be64(bytes, columns + self.count as usize * 4 + row * 8)
            }
            Layout::Shared { midx, positions } => midx.offset(*positions.get(at)?),
        }
    }

    /// The position of an id.
    pub(crate) fn find(&self, id: &ObjectId) -> Option<u32> {
        let id = id.as_bytes();
        let (low, high) = match &self.layout {
            Layout::One(bytes) => fan_out_range(bytes, 0, id)?,
            Layout::Two { bytes, .. } => fan_out_range(bytes, 8, id)?,
            Layout::Shared { .. } => (0, self.count),
        };
        search(low, high, id, |position| self.id(position))
    }
}

/// Why an index cannot be used.
fn bad(why: &'static str) -> FaultReason {
    FaultReason::Format {
        what: "pack index",
        why,
    }
}

/// Checks a fan-out table; gives its last row, the number of objects.
pub(crate) fn check_fan_out(bytes: &[u8], start: usize) -> Result<u32, &'static str> {
    let table = start
        .checked_add(FAN_OUT)
        .and_then(|end| bytes.get(start..end))
        .ok_or("cut short")?;
    let mut last = 0;
    for row in table.chunks_exact(4) {
        let count = be32(row, 0).ok_or("cut short")?;
        if count < last {
            return Err("its fan-out table descends");
        }
        last = count;
    }
    // A position of all ones means "none" elsewhere.
    if last == u32::MAX {
        return Err("absurd count");
    }
    Ok(last)
}

/// The positions of the ids that share `id`'s first byte.
pub(crate) fn fan_out_range(bytes: &[u8], start: usize, id: &[u8]) -> Option<(u32, u32)> {
    let first = usize::from(*id.first()?);
    let low = match first {
        0 => 0,
        _ => be32(bytes, start + (first - 1) * 4)?,
    };
    Some((low, be32(bytes, start + first * 4)?))
}

/// Finds `id` between two positions. On a table out of order it may miss, and does nothing worse.
pub(crate) fn search<'i>(
    mut low: u32,
    mut high: u32,
    id: &[u8],
    at: impl Fn(u32) -> Option<&'i [u8]>,
) -> Option<u32> {
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(at(middle)?, id) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some(middle),
        }
    }
    None
}

/// The order of two ids. Their first eight bytes nearly always decide, and comparing these is no call.
#[inline]
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    match (be64(a, 0), be64(b, 0)) {
        (Some(x), Some(y)) if x != y => x.cmp(&y),
        _ => a.cmp(b),
    }
}

/// Four bytes, most significant first.
pub(crate) fn be32(bytes: &[u8], start: usize) -> Option<u32> {
    let four = bytes.get(start..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}

/// Eight bytes, most significant first.
pub(crate) fn be64(bytes: &[u8], start: usize) -> Option<u64> {
    let eight = bytes.get(start..)?.first_chunk()?;
    Some(u64::from_be_bytes(*eight))
}
