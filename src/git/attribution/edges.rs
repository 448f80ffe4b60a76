//! Where the entries of trees lead, stored in few bytes: the names are mostly those of the tree's last version, so that each
//! list of names is stored once, and each tree's own are only the numbers of its list and of what its entries lead to.
//!
//! Knows nothing of what names and numbers stand for.

use super::intern::Interner;
use super::numbers::MOST;

/// No edges.
const NONE: u32 = u32::MAX;

/// Numbers in one piece of memory: pieces are filled, never moved. They fit where the scan of contents let memory go.
const PIECE: usize = 1 << 14;

/// Numbers in front of a tree's targets: that of its list of names, and its own.
const HEAD: usize = 2;

/// Where an entry of a tree leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// To the tree of this number.
    Tree(u32),
    /// To the leaf of this number.
    Leaf(u32),
}

impl Target {
    fn pack(self) -> u32 {
        match self {
            Self::Tree(number) => number,
            Self::Leaf(number) => number | MOST,
        }
    }

    fn unpack(packed: u32) -> Self {
        if packed & MOST == 0 {
            Self::Tree(packed)
        } else {
            Self::Leaf(packed & !MOST)
        }
    }
}

/// An entry that is kept: its name's number and where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) name: u32,
    target: u32,
}

impl Edge {
    pub(super) fn new(name: u32, target: Target) -> Self {
        let target = target.pack();
        Self { name, target }
    }

    pub(super) fn target(self) -> Target {
        Target::unpack(self.target)
    }
}

/// The edges of one tree.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edges<'t> {
    names: &'t [u32],
    targets: &'t [u32],
}

impl<'t> Edges<'t> {
    pub(super) fn is_empty(self) -> bool {
        self.targets.is_empty()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Edge> + use<'t> {
        let both = self.names.iter().zip(self.targets);
        both.map(|(&name, &target)| Edge { name, target })
    }

    /// The first one and those behind it.
    #[inline]
    pub(super) fn split_first(self) -> Option<(Edge, Self)> {
        let (&name, names) = self.names.split_first()?;
        let (&target, targets) = self.targets.split_first()?;
        Some((Edge { name, target }, Self { names, targets }))
    }
}

/// What one thread writes down. Numbers are its own.
#[derive(Debug)]
pub(super) struct Written {
    lists: Interner,
    /// For each tree: its list of names, its number, and where its edges lead.
    pieces: Vec<Vec<u32>>,
    /// The names at hand.
    names: Vec<u64>,
}

impl Written {
    pub(super) fn new() -> Self {
        Self {
            lists: Interner::new(),
            pieces: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Keeps the edges of a tree; gives the number of their list of names. `like` is that of a tree which most likely has
    /// the same.
    pub(super) fn add(
        &mut self,
        tree: u32,
        edges: impl ExactSizeIterator<Item = Edge> + Clone,
        like: Option<u32>,
    ) -> u32 {
        let names = edges.clone().map(|edge| u64::from(edge.name));
        let list = match like {
            Some(like) if names.clone().eq(self.lists.get(like).iter().copied()) => like,
            _ => {
                self.names.clear();
                self.names.extend(names);
                self.lists.intern(&self.names)
            }
        };
        let needed = HEAD + edges.len();
        let has_room = |piece: &Vec<u32>| piece.len() + needed <= piece.capacity();
        if !self.pieces.last().is_some_and(has_room) {
            self.pieces.push(Vec::with_capacity(PIECE.max(needed)));
        }
        // Number 0 is of a list that had no room any more: tens of gigabytes of names.
        if let Some(piece) = self.pieces.last_mut().filter(|_| list != 0) {
            piece.extend([list, tree]);
            piece.extend(edges.map(|edge| edge.target));
        }
        list
    }
}

/// The edges of all trees, by number.
#[derive(Debug)]
pub(super) struct AllEdges {
    /// The lists of names one behind the other, and where each starts; one more at the end.
    names: Vec<u32>,
    lists: Vec<u32>,
    /// As the threads wrote them, and how many numbers are in the pieces before.
    pieces: Vec<(u32, Vec<u32>)>,
    /// Where each tree's edges start.
    starts: Vec<u32>,
}

impl AllEdges {
    /// Of as many trees.
    pub(super) fn new(trees: u32) -> Self {
        Self {
            names: Vec::new(),
            lists: vec![0],
            pieces: Vec::new(),
            starts: vec![NONE; trees as usize],
        }
    }

    /// Takes what a thread wrote. `name` and `target` give the numbers that are the same for all threads.
    pub(super) fn take(
        &mut self,
        written: Written,
        name: impl Fn(u32) -> u32,
        target: impl Fn(Target) -> Target,
    ) {
        let Written { lists, pieces, .. } = written;
        let first_list = self.lists.len() as u32 - 1;
        for list in 1..=lists.len() {
            let names = lists.get(list).iter();
            self.names.extend(names.map(|&own| name(own as u32)));
            self.lists.push(self.names.len() as u32);
        }
        for mut piece in pieces {
            let first = self
                .pieces
                .last()
                .map_or(0, |(first, piece)| first.saturating_add(piece.len() as u32));
            let mut at = 0;
            while let Some([list, tree]) =
                piece.get_mut(at..).and_then(|rest| rest.first_chunk_mut())
            {
                // More than there are numbers for would take 16 GB.
                let Some(start) = first.checked_add(at as u32).filter(|&start| start < NONE) else {
                    break;
                };
                *list = first_list + *list - 1;
                if let Some(place) = self.starts.get_mut(*tree as usize) {
                    *place = start;
                }
                let length = self.names(*list).len();
                for packed in piece[at + HEAD..].iter_mut().take(length) {
                    *packed = target(Target::unpack(*packed)).pack();
                }
                at += HEAD + length;
            }
            self.pieces.push((first, piece));
        }
    }

    /// Says that a tree's edges are those of another one. Whether these are known.
    pub(super) fn same(&mut self, alike: u32, tree: u32) -> bool {
        let Some(&start) = self.starts.get(tree as usize) else {
            return false;
        };
        let place = self.starts.get_mut(alike as usize);
        place.is_some_and(|place| {
            *place = start;
            true
        })
    }

    /// The edges of a tree.
    pub(super) fn of(&self, tree: u32) -> Edges<'_> {
        let Some(&start) = self.starts.get(tree as usize) else {
            return Edges::default();
        };
        if start == NONE {
            return Edges::default();
        }
        let piece = self.pieces.partition_point(|&(first, _)| first <= start);
        let piece = piece
            .checked_sub(1)
            .and_then(|piece| self.pieces.get(piece));
        match piece.and_then(|(first, piece)| piece.get((start - first) as usize..)) {
            Some([list, _, targets @ ..]) => self.edges(*list, targets),
            _ => Edges::default(),
        }
    }

    /// Calls `each` with every tree that has edges of its own, and these, as they lie in memory.
    pub(super) fn each(&self, mut each: impl FnMut(u32, Edges<'_>)) {
        for (_, piece) in &self.pieces {
            let mut rest = &piece[..];
            while let [list, tree, targets @ ..] = rest {
                let edges = self.edges(*list, targets);
                each(*tree, edges);
                rest = &targets[edges.targets.len()..];
            }
        }
    }

    /// Bytes that it takes in memory.
    pub(super) fn memory(&self) -> usize {
        let pieces = self.pieces.iter().map(|(_, piece)| piece.capacity());
        let numbers = pieces.sum::<usize>() + self.names.len() + self.lists.len();
        (numbers + self.starts.len()) * size_of::<u32>()
    }

    /// The names of a list.
    #[inline]
    fn names(&self, list: u32) -> &[u32] {
        let names = match self.lists.get(list as usize..) {
            Some([start, end, ..]) => self.names.get(*start as usize..*end as usize),
            _ => None,
        };
        names.unwrap_or_default()
    }

    /// The edges that lead to the first of `targets`, by the names of a list.
    #[inline]
    fn edges<'t>(&'t self, list: u32, targets: &'t [u32]) -> Edges<'t> {
        let names = self.names(list);
        match targets.get(..names.len()) {
            Some(targets) => Edges { names, targets },
            None => Edges::default(),
        }
    }
}
