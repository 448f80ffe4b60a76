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
    missing: Vec<ObjectId>,
}

impl NamedBlobs {
    /// Notes a blob.
    #[inline]
    pub(super) fn add(&mut self, id: &[u8], numbers: &Numbers<'_>) {
        let Some(first) = id.first_chunk() else {
            return;
        };
        self.order
            .push((u64::from_be_bytes(*first), self.order.len() as u32));
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
        for &(_, at) in &self.order {
            let id = &self.ids[at as usize * self.size..][..self.size];
            if id != before && numbers.find(id).is_none() {
                self.missing.extend(ObjectId::from_bytes(id));
            }
            before = id;
        }
        self.order.clear();
        self.ids.clear();
    }

    /// The blobs that are not in the store; some may be named twice.
    pub(super) fn missing(mut self, numbers: &Numbers<'_>) -> Vec<ObjectId> {
        self.look(numbers);
        self.missing
    }
}
