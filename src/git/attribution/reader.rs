//! One thread's part of the pass over all trees.
//!
//! Of a tree that is stored as a delta, only entries that the delta does not copy whole are looked at: what is known of
//! the copied ones is taken over from the base.

use std::collections::{HashMap, HashSet};

use super::edges::{Edge, Target, Written};
use super::marks::{BlobMarks, Mark, Names, Wanted};
use super::named::NamedBlobs;
use super::numbers::{MOST, Numbers};
use crate::git::{FaultReason, Faults, Object, ObjectId, Segment, Source, Subject, Visitor};

/// Bits of an entry's mode that say what it is, and their values for a folder and for a submodule's commit.
pub(in crate::git) const KIND: u32 = 0o170_000;
pub(in crate::git) const FOLDER: u32 = 0o040_000;
pub(in crate::git) const SUBMODULE: u32 = 0o160_000;

/// Digits of a mode that is believed.
const MODE_DIGITS: usize = 10;

/// What an entry that is no tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Leaf {
    pub(super) id: ObjectId,
    /// A submodule's commit, kept for the sake of its name.
    pub(super) submodule: bool,
}

/// What is known of a name.
#[derive(Debug, Default)]
pub(super) struct NameInfo {
    /// Whether an edge bears it.
    pub(super) used: bool,
    wants: bool,
    pub(super) marks: Vec<Mark>,
}

/// What is remembered of a tree for the deltas on it.
pub(super) struct Outline {
    /// The number of the tree at the bottom of its chain of deltas, itself if it is stored whole.
    bottom: u32,
    /// Where its entries start, and last where they end.
    starts: Vec<u32>,
    /// Kept entries: where each starts, and the edge.
    edges: Vec<(u32, Edge)>,
    /// The number of the tree under which these are stored, and that of their list of names, if there are any.
    stored: Option<(u32, u32)>,
}

/// Sees the trees of one thread. Numbers of names, of leaves without marks, and of trees that are not there are its own.
pub(super) struct Reader<'w, N> {
    numbers: &'w Numbers<'w>,
    marks: &'w BlobMarks,
    asked: &'w N,
    faults: &'w Faults,
    /// The edges of trees with kept entries.
    pub(super) edges: Written,
    /// Trees with the same kept entries as another one, and that one.
    pub(super) same: Vec<(u32, u32)>,
    pub(super) names: HashMap<Box<[u8]>, u32>,
    pub(super) infos: Vec<NameInfo>,
    /// Leaves beyond the blobs with marks.
    pub(super) leaves: HashMap<Leaf, u32>,
    /// Trees that are not in the store.
    pub(super) missing: HashMap<ObjectId, u32>,
    /// Name and leaf of blobs that are to be listed.
    pub(super) wanted: HashSet<(u32, u32)>,
    /// Blobs that trees name.
    pub(super) named: NamedBlobs,
    /// Names of submodules.
    pub(super) submodules: HashSet<Box<[u8]>>,
}

impl<'w, N: Names> Reader<'w, N> {
    pub(super) fn new(
        numbers: &'w Numbers<'w>,
        marks: &'w BlobMarks,
        asked: &'w N,
        faults: &'w Faults,
    ) -> Self {
        Self {
            numbers,
            marks,
            asked,
            faults,
            edges: Written::new(),
            same: Vec::new(),
            names: HashMap::new(),
            infos: Vec::new(),
            leaves: HashMap::new(),
            missing: HashMap::new(),
            wanted: HashSet::new(),
            named: NamedBlobs::default(),
            submodules: HashSet::new(),
        }
    }

    /// Takes over what was copied whole from the base and reads the rest.
    fn outline(&mut self, tree: &Object<'_>, base: Option<(&Outline, &[Segment])>) -> Outline {
        let (size, bytes) = (tree.id_len(), tree.bytes());
        let (known, segments) = base.unzip();
        let mut outline = Outline {
            bottom: known.map_or_else(|| self.number(tree), |known| known.bottom),
            starts: Vec::with_capacity(known.map_or(8, |known| known.starts.len() + 8)),
            edges: Vec::with_capacity(known.map_or(0, |known| known.edges.len() + 2)),
            stored: None,
        };
        let mut at = 0;
        for segment in segments.unwrap_or_default() {
            if let Some(known) = known
                && let Source::Copy { base_offset } = segment.source
                && segment.out.contains(&at)
            {
                let from = base_offset + (at - segment.out.start);
                let end = base_offset + segment.out.len();
                at += outline.copy(known, from as u32, end as u32, at as u32);
            }
            while at < segment.out.end {
                match self.read_entry(bytes, at, size, &mut outline) {
                    Some(next) => at = next,
                    None => return outline.ended(at),
                }
            }
        }
        while at < bytes.len() {
            match self.read_entry(bytes, at, size, &mut outline) {
                Some(next) => at = next,
                None => break,
            }
        }
        outline.ended(at)
    }

    /// Reads the entry at `at`; gives where the next one starts, or nothing when this is none.
    fn read_entry(
        &mut self,
        tree: &[u8],
        at: usize,
        size: usize,
        outline: &mut Outline,
    ) -> Option<usize> {
        let entry = parse(tree, at, size)?;
        outline.starts.push(at as u32);
        if let Some(edge) = self.edge(&entry, outline.bottom) {
            outline.edges.push((at as u32, edge));
        }
        Some(entry.end)
    }

    /// The edge of an entry, if it is worth one. `bottom` is that of the tree which holds the entry.
    fn edge(&mut self, entry: &Entry<'_>, bottom: u32) -> Option<Edge> {
        let name = self.name(entry.name);
        let info = self.infos.get(name as usize)?;
        let (wants, named) = (info.wants, !info.marks.is_empty());
        match entry.mode & KIND {
            FOLDER => {}
            SUBMODULE if self.submodules.contains(entry.name) => {}
            SUBMODULE => {
                self.submodules.insert(entry.name.into());
            }
            _ => self.named.add(entry.id, bottom, self.numbers),
        }
        let target = match entry.mode & KIND {
            FOLDER => Target::Tree(self.tree(entry.id)?),
            SUBMODULE if !named => return None,
            SUBMODULE => Target::Leaf(self.leaf(entry.id, true)?),
            _ => match self.marks.find(entry.id) {
                Some(leaf) => Target::Leaf(leaf as u32),
                None if wants || named => Target::Leaf(self.leaf(entry.id, false)?),
                None => return None,
            },
        };
        if let Some(info) = self.infos.get_mut(name as usize) {
            info.used = true;
        }
        if wants
            && let Target::Leaf(leaf) = target
            && entry.mode & KIND != SUBMODULE
        {
            self.wanted.insert((name, leaf));
        }
        Some(Edge::new(name, target))
    }

    /// The number of a name. What is not known of it yet is asked.
    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.names.get(name) {
            return number;
        }
        let number = self.infos.len() as u32;
        let mut marks = self.asked.marks(name);
        marks.sort_unstable();
        marks.dedup();
        self.infos.push(NameInfo {
            used: false,
            wants: self.asked.wants(name) != Wanted::Nowhere,
            marks,
        });
        self.names.insert(name.into(), number);
        number
    }

    /// The number of a tree; one that is not there gets a number too.
    fn tree(&mut self, id: &[u8]) -> Option<u32> {
        if let Some(number) = self.numbers.find(id) {
            return Some(number);
        }
        let next = self.numbers.len() + self.missing.len() as u32;
        let number = *self
            .missing
            .entry(ObjectId::from_bytes(id)?)
            .or_insert(next);
        (number < MOST).then_some(number)
    }

    /// The number of a leaf without marks.
    fn leaf(&mut self, id: &[u8], submodule: bool) -> Option<u32> {
        let next = (self.marks.len() + self.leaves.len()) as u32;
        let id = ObjectId::from_bytes(id)?;
        let number = *self.leaves.entry(Leaf { id, submodule }).or_insert(next);
        (number < MOST).then_some(number)
    }

    /// The number of an object that is there; [`MOST`] if it cannot be found by its own id.
    fn number(&self, object: &Object<'_>) -> u32 {
        self.numbers.of(object).unwrap_or(MOST)
    }

    fn fault(&self, object: &Object<'_>, reason: FaultReason) {
        self.faults.push(Subject::Object(object.id()), reason);
    }
}

impl<N: Names> Visitor for Reader<'_, N> {
    type State = Outline;

    fn object(&mut self, object: &Object<'_>, base: Option<(&Outline, &[Segment])>) -> Outline {
        let bytes = object.bytes();
        if u32::try_from(bytes.len()).is_err() {
            let size = bytes.len() as u64;
            self.fault(object, FaultReason::TooLarge { size });
            return Outline::nothing(self.number(object));
        }
        let mut outline = self.outline(object, base);
        if outline.end() != bytes.len() {
            let (what, why) = ("tree", "an entry is cut short or has no mode");
            self.fault(object, FaultReason::Format { what, why });
        }
        if outline.edges.is_empty() {
            return outline;
        }
        if let Some(number) = self.numbers.of(object) {
            // Most changes to a folder are to a file that is of no account.
            let below = base.and_then(|(base, _)| Some((base, base.stored?)));
            if let Some((base, stored)) = below
                && base.leads_where(&outline)
            {
                outline.stored = Some(stored);
                self.same.push((number, stored.0));
                return outline;
            }
            let like = below.map(|(_, (_, list))| list);
            let edges = outline.edges.iter().map(|&(_, edge)| edge);
            outline.stored = Some((number, self.edges.add(number, edges, like)));
        } else {
            let (what, why) = ("pack index", "the object cannot be found by its own id");
            self.fault(object, FaultReason::Format { what, why });
        }
        outline
    }
}

impl Outline {
    /// Of a tree of which nothing is known.
    fn nothing(bottom: u32) -> Self {
        Self {
            bottom,
            starts: vec![0],
            edges: Vec::new(),
            stored: None,
        }
    }

    /// Whether the kept entries are the same as those of another, wherever they start.
    fn leads_where(&self, other: &Self) -> bool {
        self.edges.len() == other.edges.len()
            && self
                .edges
                .iter()
                .zip(&other.edges)
                .all(|((_, own), (_, other))| own == other)
    }

    /// Takes over the entries that lie whole between two places of the base, to `to` and behind it; gives their length.
    /// None where no entry starts at the first place.
    fn copy(&mut self, base: &Self, from: u32, end: u32, to: u32) -> usize {
        let Ok(first) = base.starts.binary_search(&from) else {
            return 0;
        };
        let last = base.starts.partition_point(|&start| start <= end) - 1;
        let (Some(starts), Some(&stop)) = (base.starts.get(first..last), base.starts.get(last))
        else {
            return 0;
        };
        // Never below zero: `from` is the least of the starts.
        self.starts
            .extend(starts.iter().map(|start| start - from + to));
        let edges = &base.edges[base.edges.partition_point(|&(start, _)| start < from)..];
        let edges = &edges[..edges.partition_point(|&(start, _)| start < stop)];
        self.edges
            .extend(edges.iter().map(|&(start, edge)| (start - from + to, edge)));
        (stop - from) as usize
    }

    /// Says where the last entry ends.
    fn ended(mut self, end: usize) -> Self {
        self.starts.push(end as u32);
        self
    }

    fn end(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }
}

/// One entry of a tree.
pub(in crate::git) struct Entry<'t> {
    pub(in crate::git) mode: u32,
    pub(in crate::git) name: &'t [u8],
    pub(in crate::git) id: &'t [u8],
    pub(in crate::git) end: usize,
}

/// Reads the entry at `at`: a mode in octal digits, however many zeros are in front, a space, a name, a zero byte, an id.
#[inline]
pub(in crate::git) fn parse(tree: &[u8], at: usize, size: usize) -> Option<Entry<'_>> {
    let rest = tree.get(at..)?;
    let mut mode = 0_u32;
    let mut digits = 0;
    loop {
        match *rest.get(digits)? {
            digit @ b'0'..=b'7' if digits < MODE_DIGITS => {
                mode = mode << 3 | u32::from(digit - b'0');
            }
            b' ' if digits > 0 => break,
            _ => return None,
        }
        digits += 1;
    }
    let name = rest.get(digits + 1..)?;
    let name = &name[..memchr::memchr(0, name)?];
    let start = digits + 1 + name.len() + 1;
    let id = rest.get(start..start + size)?;
    Some(Entry {
        mode,
        name,
        id,
        end: at + start + size,
    })
}
