//! Which entry of a pack is a delta on which: trees of deltas, each under one object that is whole.
//!
//! Built from the entries' headers alone, before anything is decompressed, and once for all walks. 17 bytes an entry are
//! kept in a pack below 4 GiB, one more during a walk; about twice as many are in use while it is built.

use std::sync::Arc;

use super::Pack;
use super::entry::HeaderKind;
use super::table::{Finder, NONE, Starts, Table};
use crate::git::fault::{Faults, Subject};
use crate::git::id::{Kind, Kinds, ObjectId};

/// Headers that are loaded at once before they are read: about as many as fit into the quickest cache beside all else.
const AHEAD: usize = 64;

/// What is known of an entry's kind: that of the object at the bottom of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bottom {
    /// Not looked at yet.
    Open,
    /// On the chain that is being followed.
    Pending,
    /// Of this kind.
    Kind(Kind),
    /// Nothing that can be read: to be found out when the chain's root is read.
    Unknown,
}

/// What the entries' headers say, whichever kinds are wanted: read once for all walks.
#[derive(Debug)]
pub(crate) struct Outline {
    starts: Starts,
    /// Where the id of each entry stands in the index.
    positions: Vec<u32>,
    bottoms: Vec<Bottom>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    /// Entries that are no delta on another one, and the compressed size of their trees.
    roots: Vec<(u32, u32)>,
    /// Objects of the index that are not where it says: they may be elsewhere.
    strays: Vec<ObjectId>,
    /// Roots that are deltas on what is above them: each stands for a circle.
    circles: Vec<u32>,
}

/// The trees of deltas of one pack. Entries are numbered by their place in the pack.
#[derive(Debug)]
pub(crate) struct Forest {
    outline: Arc<Outline>,
    /// Whether the visitor gets the entry.
    deliver: Vec<bool>,
    /// Entries to start from and the compressed size of their trees.
    pub(crate) roots: Vec<(u32, u32)>,
}

/// What the forest asks about objects outside of its pack.
pub(crate) trait Surroundings {
    /// The kind of an object that the pack does not hold.
    fn kind(&self, id: &ObjectId) -> Option<Kind>;
    /// Whether another pack delivers the object; `None` when there is no such pack at all.
    fn elsewhere(&self) -> Option<impl Fn(&ObjectId) -> bool>;
}

impl Outline {
    /// Reads all headers and links deltas to their bases.
    pub(crate) fn read(pack: &Pack<'_>, around: &impl Surroundings, faults: &Faults) -> Self {
        let mut strays = Vec::new();
        let mut table = Table::read(pack, faults, &mut strays);
        let mut headers = read_headers(pack, &table, around);
        if headers.lacks_bases {
            table = table.with_unnamed_bases(pack, faults);
            headers = read_headers(pack, &table, around);
        }
        let Headers {
            mut parents,
            mut bottoms,
            ..
        } = headers;
        let circles = resolve(&mut parents, &mut bottoms);
        let links = Links::of(&parents, &table.offsets, pack.end());
        drop(parents);
        Self {
            starts: Starts::from(table.offsets),
            positions: table.positions,
            bottoms,
            first_child: links.first_child,
            next_sibling: links.next_sibling,
            roots: links.roots,
            strays,
            circles,
        }
    }

    /// Whether the walk goes through an entry: all of a tree is of one kind.
    fn is_wanted(&self, entry: u32, kinds: Kinds) -> bool {
        !matches!(self.bottoms[entry as usize], Bottom::Kind(kind) if !kinds.contains(kind))
    }
}

impl Forest {
    /// The trees of wanted kinds, and those whose kind cannot be known.
    pub(crate) fn new(
        outline: Arc<Outline>,
        pack: &Pack<'_>,
        kinds: Kinds,
        around: &impl Surroundings,
    ) -> Self {
        let mut forest = Self {
            outline,
            deliver: Vec::new(),
            roots: Vec::new(),
        };
        forest.deliver = forest.choose(pack, kinds, around);
        let of_interest = |&&(root, _): &&(u32, u32)| {
            forest.outline.is_wanted(root, kinds)
                && (forest.delivers(root) || forest.first_child(root).is_some())
        };
        forest.roots = forest
            .outline
            .roots
            .iter()
            .filter(of_interest)
            .copied()
            .collect();
        forest
    }

    /// Objects of the index that are not where it says.
    pub(crate) fn strays(&self) -> &[ObjectId] {
        &self.outline.strays
    }

    /// Where the id of an entry stands in the index; [`NONE`] if none names it.
    pub(crate) fn position(&self, entry: u32) -> u32 {
        self.outline.positions[entry as usize]
    }

    /// The id of an entry where it stands in the index, unless no index names it.
    pub(crate) fn raw_id<'i>(&self, entry: u32, pack: &'i Pack<'_>) -> Option<&'i [u8]> {
        pack.raw_id(self.position(entry))
    }

    /// Where an entry starts in the pack.
    pub(crate) fn offset(&self, entry: u32) -> u64 {
        self.outline.starts.at(entry as usize)
    }

    /// Where the next entry starts, which bounds this one's compressed size.
    pub(crate) fn end(&self, entry: u32, pack: &Pack<'_>) -> u64 {
        let next = entry as usize + 1;
        if next < self.outline.positions.len() {
            self.outline.starts.at(next)
        } else {
            pack.end()
        }
    }

    /// The id of an entry, unless no index names it.
    pub(crate) fn id(&self, entry: u32, pack: &Pack<'_>) -> Option<ObjectId> {
        pack.id(self.position(entry))
    }

    /// What to call an entry in a fault.
    pub(crate) fn subject(&self, entry: u32, pack: &Pack<'_>) -> Subject {
        match self.id(entry, pack) {
            Some(id) => Subject::Object(id),
            None => Subject::Entry {
                pack: pack.path.clone(),
                offset: self.offset(entry),
            },
        }
    }

    /// Whether the visitor gets the entry.
    pub(crate) fn delivers(&self, entry: u32) -> bool {
        self.deliver[entry as usize]
    }

    /// The first delta on an entry; the one with the largest tree comes last.
    pub(crate) fn first_child(&self, entry: u32) -> Option<u32> {
        some(self.outline.first_child[entry as usize])
    }

    /// The next delta on the same base.
    pub(crate) fn next_sibling(&self, entry: u32) -> Option<u32> {
        some(self.outline.next_sibling[entry as usize])
    }

    /// Whether a root is a delta that is, in the end, its own base.
    pub(crate) fn is_circle(&self, root: u32) -> bool {
        self.outline.circles.binary_search(&root).is_ok()
    }

    /// Which entries the visitor gets: of a wanted or unknown kind, named, and delivered from nowhere else.
    fn choose(&self, pack: &Pack<'_>, kinds: Kinds, around: &impl Surroundings) -> Vec<bool> {
        let mut deliver: Vec<bool> = (0..)
            .zip(&self.outline.positions)
            .map(|(entry, &position)| position != NONE && self.outline.is_wanted(entry, kinds))
            .collect();
        let mut twice: Vec<u32> = (1..pack.index.count())
            .filter(|&position| pack.index.id(position) == pack.index.id(position - 1))
            .collect();
        twice.sort_unstable();
        if let Some(elsewhere) = around.elsewhere() {
            for (entry, deliver) in (0..).zip(&mut deliver) {
                *deliver = *deliver && self.id(entry, pack).is_some_and(|id| !elsewhere(&id));
            }
        }
        if !twice.is_empty() {
            for (position, deliver) in self.outline.positions.iter().zip(&mut deliver) {
                *deliver = *deliver && twice.binary_search(position).is_err();
            }
        }
        deliver
    }
}

/// The lists of children and of roots.
struct Links {
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    roots: Vec<(u32, u32)>,
}

impl Links {
    /// Links entries, given the base and the start of each and where the last one ends.
    fn of(parents: &[u32], starts: &[u64], mut end: u64) -> Self {
        let count = parents.len();
        let mut first_child = vec![NONE; count];
        // The weight of a tree. A base that stands behind its delta makes it too small: it only decides an order.
        let mut weights = vec![0_u32; count];
        for entry in (0..count).rev() {
            let own = u32::try_from(end - starts[entry]).unwrap_or(u32::MAX);
            end = starts[entry];
            weights[entry] = weights[entry].saturating_add(own);
            if parents[entry] != NONE {
                let parent = parents[entry] as usize;
                weights[parent] = weights[parent].saturating_add(weights[entry]);
                let rival = first_child[parent];
                if rival == NONE || weights[rival as usize] < weights[entry] {
                    first_child[parent] = entry as u32;
                }
            }
        }
        // Lists grow at their head: the heaviest first, so that it comes last and its base can be let go.
        let mut is_heaviest = vec![false; count];
        for &first in first_child.iter().filter(|&&first| first != NONE) {
            is_heaviest[first as usize] = true;
        }
        let mut next_sibling = vec![NONE; count];
        let mut roots = Vec::new();
        for entry in (0..count).rev() {
            if parents[entry] == NONE {
                roots.push((entry as u32, weights[entry]));
            } else if !is_heaviest[entry] {
                let parent = parents[entry] as usize;
                next_sibling[entry] = first_child[parent];
                first_child[parent] = entry as u32;
            }
        }
        roots.reverse();
        roots.shrink_to_fit();
        Self {
            first_child,
            next_sibling,
            roots,
        }
    }
}

/// `NONE` as it should be.
fn some(entry: u32) -> Option<u32> {
    (entry != NONE).then_some(entry)
}

/// What the headers say.
struct Headers {
    /// The base of each entry.
    parents: Vec<u32>,
    /// The kind of those that have none.
    bottoms: Vec<Bottom>,
    /// Whether there are bases that the table does not hold.
    lacks_bases: bool,
}

/// Reads the header of each entry.
fn read_headers(pack: &Pack<'_>, table: &Table, around: &impl Surroundings) -> Headers {
    let finder = Finder::new(table);
    let count = table.offsets.len();
    let mut parents = Vec::with_capacity(count);
    let mut bottoms = Vec::with_capacity(count);
    let mut lacks_bases = false;
    for (number, &offset) in table.offsets.iter().enumerate() {
        if number % AHEAD == 0 {
            pack.touch(&table.offsets[number..count.min(number + AHEAD)]);
        }
        let (parent, bottom) = match pack.header(offset).map(|header| header.kind) {
            Ok(HeaderKind::Whole(kind)) => (None, Bottom::Kind(kind)),
            Ok(HeaderKind::OffsetDelta { base }) => {
                let parent = finder.find(base);
                lacks_bases |= parent.is_none();
                (parent, Bottom::Unknown)
            }
            Ok(HeaderKind::IdDelta { base }) => {
                let position = pack.index.find(&base);
                let inside = position.and_then(|position| pack.index.offset(position));
                match inside.and_then(|offset| finder.find(offset)) {
                    Some(parent) => (Some(parent), Bottom::Unknown),
                    None => (
                        None,
                        around.kind(&base).map_or(Bottom::Unknown, Bottom::Kind),
                    ),
                }
            }
            Err(_) => (None, Bottom::Unknown),
        };
        parents.push(parent.unwrap_or(NONE));
        bottoms.push(if parent.is_some() {
            Bottom::Open
        } else {
            bottom
        });
    }
    Headers {
        parents,
        bottoms,
        lacks_bases,
    }
}

/// Gives each delta the kind of its chain's bottom. Circles are cut open: the entries at the cuts are returned.
fn resolve(parents: &mut [u32], bottoms: &mut [Bottom]) -> Vec<u32> {
    let mut circles = Vec::new();
    let mut chain = Vec::new();
    for start in 0..bottoms.len() {
        let mut at = start;
        while bottoms[at] == Bottom::Open {
            bottoms[at] = Bottom::Pending;
            chain.push(at);
            at = parents[at] as usize;
        }
        if bottoms[at] == Bottom::Pending {
            parents[at] = NONE;
            bottoms[at] = Bottom::Unknown;
            circles.push(at as u32);
        }
        let bottom = bottoms[at];
        for at in chain.drain(..) {
            bottoms[at] = bottom;
        }
    }
    circles.sort_unstable();
    circles
}
