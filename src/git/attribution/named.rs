//! Whether the blobs that trees name are there: many are asked for at once, in the order of their ids, so that the store's
//! index is read from front to back and not all over.

use super::numbers::Numbers;
use crate::git::ObjectId;

/// Ids asked for at once.
const BATCH: usize = 1 << 17;

/// Blobs that trees name, those that are not in the store told from the others now and then.
#[derive(Debug, Default)]
pub(super) struct NamedBlobs {
    /// Ids one behind the other, all of `size` bytes.
    ids: Vec<u8>,
    size: usize,
    /// The first bytes of each, and where it stands.
    order: Vec<(u64, u32)>,
    /// What each was named by.
    namers: Vec<u32>,
    missing: Vec<(ObjectId, u32)>,
}

impl NamedBlobs {
    /// Notes a blob, and a number that stands for what names it.
    #[inline]
    pub(super) fn add(&mut self, id: &[u8], namer: u32, numbers: &Numbers<'_>) {
        let Some(first) = id.first_chunk() else {
            return;
        };
        self.order
            .push((u64::from_be_bytes(*first), self.order.len() as u32));
        self.namers.push(namer);
        self.size = id.len();
        self.ids.extend_from_slice(id);
        if self.order.len() == BATCH {
            self.look(numbers);
        }
    }

    /// Looks up what was noted.
    fn look(&mut self, numbers: &Numbers<'_>) {
        self.order.sort_unstable();
        let mut before: &[u8] = &[];
        let mut lacks = false;
        for &(_, at) in &self.order {
            let id = &self.ids[at as usize * self.size..][..self.size];
            if id != before {
                lacks = numbers.find(id).is_none();
            }
            if lacks && let Some(id) = ObjectId::from_bytes(id) {
                self.missing.push((id, self.namers[at as usize]));
            }
            before = id;
        }
        self.order.clear();
        self.namers.clear();
        self.ids.clear();
    }

    /// The blobs that are not in the store, each with the number of what names it; some may be there twice.
    pub(super) fn missing(mut self, numbers: &Numbers<'_>) -> Vec<(ObjectId, u32)> {
        self.look(numbers);
        self.missing
    }
}
