//! What was found, as small numbers: on the content of blobs, and in the names of tree entries.

use super::buckets::first_bits;
use crate::git::ObjectId;

/// A thing found, as a small number that the caller chose. The numbers need not be dense, but had better be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub u32);

/// What the names of tree entries carry. Asked once for each name and thread.
pub trait Names: Sync {
    /// Marks that the name itself carries, usually none.
    fn marks(&self, name: &[u8]) -> Vec<Mark>;

    /// Whether blobs of this name are to be listed in [`Trees::wanted`](super::Trees::wanted), and may be given marks by
    /// [`Trees::mark`](super::Trees::mark): for files that are looked at because of their name.
    fn wants(&self, _name: &[u8]) -> Wanted {
        Wanted::Nowhere
    }

    /// Whether a folder of this name is one in which files are wanted that are not wanted elsewhere.
    fn wants_in(&self, _folder: &[u8]) -> bool {
        false
    }

    /// In which of these folders, by name, files of this name are wanted: each file has folders of its own.
    fn wants_there(&self, _name: &[u8]) -> InFolder<'_> {
        Box::new(|_| true)
    }
}

/// Whether a folder of that name is meant.
pub type InFolder<'n> = Box<dyn Fn(&[u8]) -> bool + 'n>;

/// Where files of some name are looked at because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Nowhere.
    #[default]
    Nowhere,
    /// In folders that [`Names::wants_there`] wants.
    InFolders,
    /// In every folder.
    Everywhere,
}

/// Names that carry nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn marks(&self, _name: &[u8]) -> Vec<Mark> {
        Vec::new()
    }
}

/// Bits of the table that says quickly of most ids that they have no marks: about this many for each id with marks.
const BITS_EACH: usize = 16;

/// Sorted marks of blobs, by id.
#[derive(Debug)]
pub struct BlobMarks {
    ids: Vec<ObjectId>,
    /// Where the marks of each id start; one more at the end.
    starts: Vec<u32>,
    marks: Vec<Mark>,
    /// A set bit for the first bits of each id.
    table: Vec<u64>,
    shift: u32,
}

impl BlobMarks {
    /// From pairs in any order; pairs given twice count once.
    pub fn new(pairs: impl IntoIterator<Item = (ObjectId, Mark)>) -> Self {
        let mut pairs: Vec<(ObjectId, Mark)> = pairs.into_iter().collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut ids: Vec<ObjectId> = Vec::new();
        let mut starts = Vec::new();
        let mut marks = Vec::with_capacity(pairs.len());
        for (id, mark) in pairs {
            if ids.last() != Some(&id) {
                ids.push(id);
                starts.push(marks.len() as u32);
            }
            marks.push(mark);
        }
        starts.push(marks.len() as u32);
        let bits = (ids.len() * BITS_EACH)
            .next_power_of_two()
            .clamp(64, 1 << 30);
        let shift = u32::BITS - bits.ilog2();
        let mut table = vec![0; bits / 64];
        for id in &ids {
            let bit = (first_bits(id.as_bytes()) >> shift) as usize;
            table[bit / 64] |= 1_u64 << (bit % 64);
        }
        Self {
            ids,
            starts,
            marks,
            table,
            shift,
        }
    }

    /// How many blobs have marks.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no blob has any.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The blobs with marks, sorted.
    pub fn ids(&self) -> &[ObjectId] {
        &self.ids
    }

    /// The marks of a blob, sorted.
    pub fn marks(&self, id: &ObjectId) -> &[Mark] {
        self.find(id.as_bytes())
            .map_or(&[], |position| self.marks_at(position))
    }

    /// All marks, those of a blob in a row.
    pub(super) fn all(&self) -> &[Mark] {
        &self.marks
    }

    /// The marks of the blob at a position of [`BlobMarks::ids`].
    pub(super) fn marks_at(&self, position: usize) -> &[Mark] {
        let range = self.starts.get(position).zip(self.starts.get(position + 1));
        range
            .and_then(|(&start, &end)| self.marks.get(start as usize..end as usize))
            .unwrap_or(&[])
    }

    /// The position of an id.
    #[inline]
    pub(super) fn find(&self, id: &[u8]) -> Option<usize> {
        let bit = (first_bits(id) >> self.shift) as usize;
        if self.table.get(bit / 64)? >> (bit % 64) & 1 == 0 {
            return None;
        }
        self.ids
            .binary_search_by(|other| other.as_bytes().cmp(id))
            .ok()
    }
}
