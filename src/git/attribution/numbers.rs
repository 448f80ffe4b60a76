//! A small number for every object of the store: its position in the first pack whose index names it, or among the loose
//! objects. Numbers of objects that are no trees are simply not used.

use super::buckets::Buckets;
use crate::git::loose;
use crate::git::pack::index::Index;
use crate::git::{Faults, Object, ObjectId, ObjectStore};

/// Numbers are less than this, so that a bit is left for other uses.
pub(super) const MOST: u32 = 1 << 31;

/// One pack's ids.
#[derive(Debug)]
struct Packed<'w> {
    index: &'w Index<'w>,
    buckets: Buckets,
    /// The number of its first object.
    first: u32,
}

/// Numbers of all objects.
#[derive(Debug)]
pub(super) struct Numbers<'w> {
    packs: Vec<Packed<'w>>,
    loose: Vec<ObjectId>,
    /// The number of the first loose object, and of the first number that is not used.
    first_loose: u32,
    end: u32,
}

impl<'w> Numbers<'w> {
    /// Numbers the objects of a store. Those beyond [`MOST`] get none.
    pub(super) fn new(store: &'w ObjectStore<'w>) -> Self {
        let mut packs = Vec::new();
        let mut first = 0_u32;
        for pack in &store.packs {
            let index = &pack.index;
            let Some(end) = first.checked_add(index.count()).filter(|&end| end < MOST) else {
                break;
            };
            packs.push(Packed {
                index,
                buckets: Buckets::new(index.count(), |position| index.id(position)),
                first,
            });
            first = end;
        }
        // The walk lists them too and says what cannot be listed.
        let ignored = Faults::new();
        let mut ids = Vec::new();
        for directory in &store.directories {
            ids.append(&mut loose::list(directory, store.hash, &ignored));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.truncate((MOST - first) as usize);
        Self {
            packs,
            first_loose: first,
            end: first + ids.len() as u32,
            loose: ids,
        }
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> u32 {
        self.end
    }

    /// The number of an object.
    #[inline]
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        for packed in &self.packs {
            if let Some(position) = packed.buckets.find(id, |at| packed.index.id(at)) {
                return Some(packed.first + position);
            }
        }
        let position = self
            .loose
            .binary_search_by(|other| other.as_bytes().cmp(id))
            .ok()?;
        Some(self.first_loose + position as u32)
    }

    /// The number of an object at hand: mostly known by its place, without a look at its id.
    #[inline]
    pub(super) fn of(&self, object: &Object<'_>) -> Option<u32> {
        let listed = object.listed();
        match listed.and_then(|listed| Some((self.packs.get(listed.pack)?, listed.position))) {
            Some((packed, position)) if packed.buckets.are_in_order() => {
                Some(packed.first + position)
            }
            _ => self.find(object.id().as_bytes()),
        }
    }

    /// The object of a number.
    pub(super) fn id(&self, number: u32) -> Option<ObjectId> {
        if number >= self.first_loose {
            return self
                .loose
                .get((number - self.first_loose) as usize)
                .copied();
        }
        let packed = self.packs.partition_point(|packed| packed.first <= number);
        let packed = self.packs.get(packed.checked_sub(1)?)?;
        ObjectId::from_bytes(packed.index.id(number - packed.first)?)
    }
}
