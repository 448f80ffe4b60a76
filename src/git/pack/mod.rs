//! One pack and what its index says.

pub(crate) mod delta;
pub(crate) mod entry;
pub(crate) mod forest;
pub(crate) mod index;
pub(crate) mod midx;
pub(crate) mod table;

use std::hint::black_box;
use std::ops::BitXor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::entry::{Header, HeaderKind};
use self::forest::Outline;
use self::index::Index;
use super::fault::FaultReason;
use super::id::{HashKind, ObjectId};
use super::mapped::Bytes;

/// Bytes of a pack before its first entry.
const HEADER: u64 = 12;

/// A pack with its index.
#[derive(Debug)]
pub(crate) struct Pack<'d> {
    pub(crate) path: PathBuf,
    pub(crate) index: Index<'d>,
    data: Bytes<'d>,
    hash: HashKind,
    /// Made by the first walk, for all of them.
    outline: Mutex<Option<Arc<Outline>>>,
}

impl<'d> Pack<'d> {
    /// Checks the pack's own header; entries are checked one by one as they are read.
    pub(crate) fn new(
        path: &Path,
        data: Bytes<'d>,
        index: Index<'d>,
        hash: HashKind,
    ) -> Result<Self, FaultReason> {
        let bad = |why| FaultReason::Format { what: "pack", why };
        if data.len() < HEADER as usize + hash.size() {
            return Err(bad("too short"));
        }
        if &data[..4] != b"PACK" {
            return Err(bad("no signature"));
        }
        if !matches!(data[4..8], [0, 0, 0, 2 | 3]) {
            return Err(bad("unknown version"));
        }
        Ok(Self {
            path: path.to_owned(),
            index,
            data,
            hash,
            outline: Mutex::default(),
        })
    }

    /// Which entry is a delta on which: read unless it is known.
    pub(crate) fn outline(&self, read: impl FnOnce() -> Outline) -> Arc<Outline> {
        let mut known = self.outline.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.get_or_insert_with(|| Arc::new(read())))
    }

    /// Lets the memory for that go.
    pub(crate) fn forget_outline(&self) {
        *self.outline.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Where its entries end and its trailing checksum starts.
    pub(crate) fn end(&self) -> u64 {
        (self.data.len() - self.hash.size()) as u64
    }

    /// Whether an entry can start at `offset`.
    pub(crate) fn holds(&self, offset: u64) -> bool {
        (HEADER..self.end()).contains(&offset)
    }

    /// The entry header at `offset`.
    pub(crate) fn header(&self, offset: u64) -> Result<Header, FaultReason> {
        if !self.holds(offset) {
            return Err(FaultReason::OffsetOutside(offset));
        }
        let header = entry::parse(&self.data[..self.end() as usize], offset, self.hash)?;
        if let HeaderKind::OffsetDelta { base } = header.kind
            && !self.holds(base)
        {
            return Err(FaultReason::EntryHeader(
                "the base lies before the first entry",
            ));
        }
        Ok(header)
    }

    /// Loads what stands at places that are about to be read. Reads that do not wait for each other take a fraction of the
    /// time.
    pub(crate) fn touch(&self, offsets: &[u64]) {
        let first = |&offset: &u64| self.data.get(offset as usize).copied().unwrap_or(0);
        black_box(offsets.iter().map(first).fold(0, BitXor::bitxor));
    }

    /// The compressed bytes from `start` to the end of the pack: a stream says itself where it ends.
    pub(crate) fn compressed(&self, start: u64) -> &[u8] {
        self.data
            .get(start as usize..self.end() as usize)
            .unwrap_or(&[])
    }

    /// The id at an index position, where it stands.
    pub(crate) fn raw_id(&self, position: u32) -> Option<&[u8]> {
        self.index.id(position)
    }

    /// The id at an index position.
    pub(crate) fn id(&self, position: u32) -> Option<ObjectId> {
        self.index.id(position).and_then(ObjectId::from_bytes)
    }
}
