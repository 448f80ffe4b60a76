//! What a tree holds that no tree of its parents holds at the same path.

use std::collections::HashMap;

use super::edges::{Edge, Target};
use super::holdings::{Held, Holdings, NOTHING, unpack};
use super::sets::Set;
use super::trees::Trees;
use crate::git::ObjectId;

/// How much a few hostile objects may blow up to: trees that name one another many times over have more paths than
/// anyone can list. No commit may use up more than a quarter of what is left, so that one does not stand for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Entries compared, by all commits together.
    pub steps: u64,
    /// Introductions listed.
    pub introductions: usize,
    /// Bytes of all different paths together.
    pub path_bytes: usize,
    /// Folders in folders. git itself goes no deeper than 2048.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            steps: 1 << 30,
            introductions: 1 << 21,
            path_bytes: 128 << 20,
            depth: 2048,
        }
    }
}

impl Bounds {
    /// A quarter of each, rounded up; the depth is the same.
    fn quarter(self) -> Self {
        Self {
            steps: self.steps.div_ceil(4),
            introductions: self.introductions.div_ceil(4),
            path_bytes: self.path_bytes.div_ceil(4),
            depth: self.depth,
        }
    }
}

/// What of something has a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Introduced {
    /// The content of a blob.
    Content,
    /// The name of a tree's entry.
    Name,
    /// The commit itself: its message, or another of its fields.
    Commit,
}

/// A mark at a place where it was not before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) mark: u32,
    /// See [`Differ::into_paths`].
    pub(super) path: u32,
    pub(super) object: ObjectId,
    pub(super) target: Target,
    pub(super) how: Introduced,
}

/// Compares holdings.
#[derive(Debug)]
pub(super) struct Differ {
    /// What is left of them for all, and for the commit at hand.
    left: Bounds,
    share: Bounds,
    /// Whether a bound was met, so that something may be left out.
    pub(super) cut: bool,
    paths: HashMap<Box<[u8]>, u32>,
    path: Vec<u8>,
    stack: Vec<Frame>,
    /// The parents' holdings of each frame on the stack, one frame's behind the other's.
    parents: Vec<u32>,
    /// What the parents hold under the name at hand.
    before: Vec<Held>,
}

/// A holding whose entries are being compared.
#[derive(Debug)]
struct Frame {
    holding: u32,
    /// A tree that has it.
    tree: u32,
    next: usize,
    /// Where its parents' holdings start, and how long the path to it is.
    parents: usize,
    path: usize,
}

impl Differ {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            left: bounds,
            share: bounds,
            cut: false,
            paths: HashMap::new(),
            path: Vec::new(),
            stack: Vec::new(),
            parents: Vec::new(),
            before: Vec::new(),
        }
    }

    /// The paths of all places, by number.
    pub(super) fn into_paths(self) -> Vec<Box<[u8]>> {
        let mut paths = vec![Box::default(); self.paths.len()];
        for (path, number) in self.paths {
            if let Some(place) = paths.get_mut(number as usize) {
                *place = path;
            }
        }
        paths
    }

    /// Calls `each` with what `tree` holds and none of the parents' holdings holds at the same path.
    pub(super) fn compare(
        &mut self,
        holdings: &Holdings<'_, '_>,
        tree: u32,
        parents: &[u32],
        each: &mut impl FnMut(Place),
    ) {
        let share = self.left.quarter();
        self.share = share;
        self.compare_within_share(holdings, tree, parents, each);
        self.left.steps -= share.steps - self.share.steps;
        self.left.introductions -= share.introductions - self.share.introductions;
        self.left.path_bytes -= share.path_bytes - self.share.path_bytes;
    }

    fn compare_within_share(
        &mut self,
        holdings: &Holdings<'_, '_>,
        tree: u32,
        parents: &[u32],
        each: &mut impl FnMut(Place),
    ) {
        self.stack.clear();
        self.parents.clear();
        self.parents.extend_from_slice(parents);
        self.stack.push(Frame {
            holding: holdings.known(tree),
            tree,
            next: 0,
            parents: 0,
            path: 0,
        });
        while let Some(frame) = self.stack.last_mut() {
            let Some(&entry) = holdings.entries(frame.holding).get(frame.next) else {
                self.parents.truncate(frame.parents);
                self.stack.pop();
                continue;
            };
            frame.next += 1;
            let (tree, path) = (frame.tree, frame.path);
            let parents = self.parents.get(frame.parents..).unwrap_or_default();
            let Some(steps) = self.share.steps.checked_sub(1 + parents.len() as u64) else {
                self.cut = true;
                return;
            };
            self.share.steps = steps;
            let same = |&parent: &u32| holdings.entries(parent).binary_search(&entry).is_ok();
            if parents.iter().any(same) {
                continue;
            }
            let (name, held) = unpack(entry);
            self.before.clear();
            for &parent in parents {
                let entries = holdings.entries(parent);
                let first = entries.partition_point(|&other| unpack(other).0 < name);
                let named = entries[first..].iter().map(|&other| unpack(other));
                self.before.extend(
                    named
                        .take_while(|other| other.0 == name)
                        .map(|other| other.1),
                );
            }
            self.path.truncate(path);
            self.path.extend_from_slice(holdings.trees.name(name));
            let edges = holdings.trees.edges(tree);
            let Some(target) = edges
                .iter()
                .filter(|edge| edge.name == name)
                .map(Edge::target)
                .find(|&target| matches(holdings, name, target, held))
            else {
                continue;
            };
            self.marks(holdings, name, held, target, each);
            if let (Held::Tree(holding), Target::Tree(tree)) = (held, target)
                && holding != NOTHING
            {
                self.descend(holding, tree);
            }
        }
    }

    /// Calls `each` with the new marks of the entry at hand itself.
    fn marks(
        &mut self,
        holdings: &Holdings<'_, '_>,
        name: u32,
        held: Held,
        target: Target,
        each: &mut impl FnMut(Place),
    ) {
        let sets = &holdings.sets;
        let before = std::mem::take(&mut self.before);
        if before.is_empty() {
            sets.difference(holdings.name(name), Set::EMPTY, &mut |mark| {
                self.place(holdings.trees, mark, target, Introduced::Name, each);
            });
        }
        if let Held::Leaf(set) = held {
            let held_before = |mark| {
                before
                    .iter()
                    .any(|held| matches!(held, Held::Leaf(set) if sets.contains(*set, mark)))
            };
            sets.difference(set, Set::EMPTY, &mut |mark| {
                if !held_before(mark) {
                    self.place(holdings.trees, mark, target, Introduced::Content, each);
                }
            });
        }
        self.before = before;
    }

    fn place(
        &mut self,
        trees: &Trees<'_>,
        mark: u32,
        target: Target,
        how: Introduced,
        each: &mut impl FnMut(Place),
    ) {
        let object = match target {
            Target::Tree(tree) => trees.tree_id(tree),
            Target::Leaf(leaf) => Some(trees.leaf_id(leaf)),
        };
        let Some(object) = object else { return };
        let known = self.paths.get(self.path.as_slice()).copied();
        let bytes = known.map_or(self.path.len(), |_| 0);
        let (Some(introductions), Some(path_bytes)) = (
            self.share.introductions.checked_sub(1),
            self.share.path_bytes.checked_sub(bytes),
        ) else {
            self.cut = true;
            return;
        };
        self.share.introductions = introductions;
        self.share.path_bytes = path_bytes;
        let path = known.unwrap_or_else(|| {
            let number = self.paths.len() as u32;
            self.paths.insert(self.path.as_slice().into(), number);
            number
        });
        each(Place {
            mark,
            path,
            object,
            target,
            how,
        });
    }

    /// Goes into the tree at hand: with it go the parents' trees of the same name.
    fn descend(&mut self, holding: u32, tree: u32) {
        if self.stack.len() >= self.left.depth {
            self.cut = true;
            return;
        }
        let parents = self.parents.len();
        self.parents
            .extend(self.before.iter().filter_map(|held| match held {
                Held::Tree(below) if *below != NOTHING => Some(*below),
                _ => None,
            }));
        self.path.push(b'/');
        self.stack.push(Frame {
            holding,
            tree,
            next: 0,
            parents,
            path: self.path.len(),
        });
    }
}

/// Whether an edge's target is what an entry of a holding was made from.
fn matches(holdings: &Holdings<'_, '_>, name: u32, target: Target, held: Held) -> bool {
    match (target, held) {
        (Target::Tree(tree), Held::Tree(holding)) => holdings.known(tree) == holding,
        (Target::Leaf(leaf), Held::Leaf(set)) => holdings.leaf(name, leaf) == set,
        _ => false,
    }
}
