//! Quick look-up in a sorted list of ids: the first bits of an id tell between which two positions it stands.

use crate::git::pack::index::search;

/// Most bits looked at: more would make the table larger than what it saves.
const BITS: u32 = 20;

/// Where in a sorted list the ids with the same first bits start.
#[derive(Debug)]
pub(super) struct Buckets {
    starts: Vec<u32>,
    shift: u32,
    in_order: bool,
}

impl Buckets {
    /// Reads the list once. A list that is out of order does no harm, but what it holds may not be found.
    pub(super) fn new<'i>(count: u32, at: impl Fn(u32) -> Option<&'i [u8]>) -> Self {
        let bits = (u32::BITS - count.leading_zeros()).clamp(1, BITS);
        let shift = u32::BITS - bits;
        let buckets = 1_usize << bits;
        let mut starts = Vec::with_capacity(buckets + 1);
        let mut before: &[u8] = &[];
        let mut in_order = true;
        for position in 0..count {
            let id = at(position).unwrap_or_default();
            in_order &= std::mem::replace(&mut before, id) < id;
            let bucket = (first_bits(id) >> shift) as usize;
            while starts.len() <= bucket {
                starts.push(position);
            }
        }
        starts.resize(buckets + 1, count);
        Self {
            starts,
            shift,
            in_order,
        }
    }

    /// Whether each id stands behind all lesser ones and once only: at the position at which it is found.
    pub(super) fn are_in_order(&self) -> bool {
        self.in_order
    }

    /// The position of `id`.
    #[inline]
    pub(super) fn find<'i>(&self, id: &[u8], at: impl Fn(u32) -> Option<&'i [u8]>) -> Option<u32> {
        let bucket = (first_bits(id) >> self.shift) as usize;
        let low = *self.starts.get(bucket)?;
        let high = *self.starts.get(bucket + 1)?;
        search(low, high, id, at)
    }
}

/// The first 32 bits of an id, as a number in the order of the ids.
#[inline]
pub(super) fn first_bits(id: &[u8]) -> u32 {
    id.first_chunk()
        .map_or(0, |four: &[u8; 4]| u32::from_be_bytes(*four))
}
