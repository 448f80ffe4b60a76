//! What each tree holds: the marked entries below it, by path.
//!
//! Trees that hold the same marks at the same paths get the same number, whatever else is in them and whatever blobs the
//! marks are on: so most changes to a tree change nothing here.

use std::collections::{BTreeSet, HashMap};

use super::edges::{Edges, Target};
use super::intern::Interner;
use super::marks::Mark;
use super::numbers::MOST;
use super::sets::{Set, Sets};
use super::trees::Trees;

/// A tree that was not looked at, and one whose entries are being looked at.
const UNKNOWN: u32 = u32::MAX;
const PENDING: u32 = u32::MAX - 1;

/// What a tree holds nothing of.
pub(super) const NOTHING: u32 = 0;

/// Where an entry of a holding leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// To another holding, which is [`NOTHING`] where only the entry's name has marks.
    Tree(u32),
    /// To an entry that is no tree and has these marks, which are none where only its name has some.
    Leaf(Set),
}

/// Holdings of all trees asked for so far.
#[derive(Debug)]
pub(super) struct Holdings<'t, 'w> {
    pub(super) trees: &'t Trees<'w>,
    pub(super) sets: Sets,
    /// Holdings: sorted entries of name and what it leads to.
    entries: Interner,
    /// All marks of each holding.
    all: Vec<Set>,
    /// Each tree's holding.
    of: Vec<u32>,
    /// Marks of each leaf, of each name, and of leaves that have more of them under one name, by leaf and name.
    leaves: Vec<Set>,
    names: Vec<Set>,
    added: HashMap<(u32, u32), Set>,
    /// Leaves that a tree asked for leads to, and trees that are not in the store.
    pub(super) reached: Vec<bool>,
    pub(super) missing: BTreeSet<u32>,
}

/// A tree whose entries are being looked at.
struct Frame<'t> {
    tree: u32,
    rest: Edges<'t>,
    /// Where its entries found so far start.
    first: usize,
}

impl<'t, 'w> Holdings<'t, 'w> {
    /// `number` gives the number of a mark, in the order of the marks and less than `members`.
    pub(super) fn new(
        trees: &'t Trees<'w>,
        members: usize,
        number: impl Fn(&Mark) -> Option<u32>,
    ) -> Self {
        let mut sets = Sets::new(members as u32);
        let mut set = |marks: &[Mark]| {
            let members: Vec<u32> = marks.iter().filter_map(&number).collect();
            sets.of_sorted(&members)
        };
        let blobs = trees.blobs();
        let mut leaves: Vec<Set> = (0..blobs.len())
            .map(|leaf| set(blobs.marks_at(leaf)))
            .collect();
        leaves.resize(trees.leaves(), Set::EMPTY);
        let mut names = vec![Set::EMPTY; trees.names()];
        for (&name, marks) in trees.name_marks() {
            names[name as usize] = set(marks);
        }
        let added = trees.added().iter();
        let added: Vec<_> = added.map(|(&place, marks)| (place, set(marks))).collect();
        let added = added
            .into_iter()
            .map(|((leaf, name), set)| {
                let own = leaves.get(leaf as usize).copied().unwrap_or_default();
                ((leaf, name), sets.union(own, set))
            })
            .collect();
        Self {
            trees,
            sets,
            entries: Interner::new(),
            all: vec![Set::EMPTY],
            of: vec![UNKNOWN; trees.end()],
            reached: vec![false; leaves.len()],
            leaves,
            names,
            added,
            missing: BTreeSet::new(),
        }
    }

    /// The holding of a tree.
    pub(super) fn of(&mut self, tree: u32) -> u32 {
        let mut stack: Vec<Frame<'t>> = Vec::new();
        let mut found: Vec<u64> = Vec::new();
        let mut result = self.known_or_begin(tree, 0, &mut stack);
        while let Some(frame) = stack.last_mut() {
            let Some((edge, rest)) = frame.rest.split_first() else {
                let (tree, first) = (frame.tree, frame.first);
                stack.pop();
                result = self.finish(&mut found, first);
                self.of[tree as usize] = result;
                continue;
            };
            let held = match edge.target() {
                Target::Leaf(leaf) => {
                    self.reached[leaf as usize] = true;
                    Held::Leaf(self.leaf(edge.name, leaf))
                }
                Target::Tree(below) => {
                    let known = self.of.get(below as usize).copied();
                    if known == Some(UNKNOWN) {
                        let begun = stack.len();
                        self.known_or_begin(below, found.len(), &mut stack);
                        if stack.len() > begun {
                            // The edge is looked at again once the tree below is known.
                            continue;
                        }
                    }
                    Held::Tree(self.known(below))
                }
            };
            frame_advance(&mut stack, rest);
            let nothing = held == Held::Tree(NOTHING) || held == Held::Leaf(Set::EMPTY);
            if !nothing || self.name(edge.name) != Set::EMPTY {
                found.push(pack(edge.name, held));
            }
        }
        result
    }

    /// Whether the tree was asked for, or is below one that was.
    pub(super) fn was_asked(&self, tree: u32) -> bool {
        self.of
            .get(tree as usize)
            .is_some_and(|&known| known != UNKNOWN)
    }

    /// The holding of a tree that was asked for.
    pub(super) fn known(&self, tree: u32) -> u32 {
        match self.of.get(tree as usize) {
            // A tree that is below itself: only ids that lie can do that.
            None | Some(&(UNKNOWN | PENDING)) => NOTHING,
            Some(&known) => known,
        }
    }

    /// All marks of a holding.
    pub(super) fn all(&self, holding: u32) -> Set {
        self.all.get(holding as usize).copied().unwrap_or_default()
    }

    /// The entries of a holding, sorted: see [`unpack`].
    pub(super) fn entries(&self, holding: u32) -> &[u64] {
        self.entries.get(holding)
    }

    /// The marks of a name.
    pub(super) fn name(&self, name: u32) -> Set {
        self.names.get(name as usize).copied().unwrap_or_default()
    }

    /// The marks of a leaf under a name, those of the name itself left out.
    pub(super) fn leaf(&self, name: u32, leaf: u32) -> Set {
        if !self.added.is_empty()
            && let Some(&set) = self.added.get(&(leaf, name))
        {
            return set;
        }
        self.leaves.get(leaf as usize).copied().unwrap_or_default()
    }

    /// Settles a tree without edges, or stacks it.
    fn known_or_begin(&mut self, tree: u32, first: usize, stack: &mut Vec<Frame<'t>>) -> u32 {
        let Some(place) = self.of.get_mut(tree as usize) else {
            return NOTHING;
        };
        if *place != UNKNOWN {
            return self.known(tree);
        }
        let rest = self.trees.edges(tree);
        if rest.is_empty() {
            *place = NOTHING;
            if self.trees.missing(tree).is_some() {
                self.missing.insert(tree);
            }
        } else {
            *place = PENDING;
            stack.push(Frame { tree, rest, first });
        }
        NOTHING
    }

    /// The holding of these entries, and its marks if it is new.
    fn finish(&mut self, found: &mut Vec<u64>, first: usize) -> u32 {
        if found.len() == first {
            return NOTHING;
        }
        let entries = &mut found[first..];
        entries.sort_unstable();
        let holding = if entries.windows(2).any(|two| two[0] == two[1]) {
            let mut entries = entries.to_vec();
            entries.dedup();
            self.entries.intern(&entries)
        } else {
            self.entries.intern(entries)
        };
        if holding as usize == self.all.len() {
            let mut all = Set::EMPTY;
            for &entry in self.entries.get(holding) {
                let (name, held) = unpack(entry);
                let below = match held {
                    Held::Tree(below) => self.all.get(below as usize).copied().unwrap_or_default(),
                    Held::Leaf(set) => set,
                };
                all = self.sets.union(all, below);
                let own = self.names.get(name as usize).copied().unwrap_or_default();
                all = self.sets.union(all, own);
            }
            self.all.push(all);
        }
        found.truncate(first);
        holding
    }
}

/// Goes on behind the edge at hand.
fn frame_advance<'t>(stack: &mut [Frame<'t>], rest: Edges<'t>) {
    if let Some(frame) = stack.last_mut() {
        frame.rest = rest;
    }
}

/// An entry of a holding as one number, in the order of the names.
fn pack(name: u32, held: Held) -> u64 {
    let held = match held {
        Held::Tree(holding) => holding,
        Held::Leaf(set) => set.0 | MOST,
    };
    u64::from(name) << 32 | u64::from(held)
}

/// Name and target of an entry of a holding.
pub(super) fn unpack(entry: u64) -> (u32, Held) {
    let held = entry as u32;
    let held = if held & MOST == 0 {
        Held::Tree(held)
    } else {
        Held::Leaf(Set(held & !MOST))
    };
    ((entry >> 32) as u32, held)
}
