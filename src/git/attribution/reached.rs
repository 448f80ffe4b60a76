//! What references and reflogs lead to. Of what nothing leads to, git may have thrown parts away already: these are not
//! missing.

use std::collections::HashSet;

use super::answers::Tip;
use super::commits::Commits;
use super::reader::{FOLDER, KIND, SUBMODULE, Target, parse};
use super::trees::Trees;
use crate::git::{
    Faults, Kind, Kinds, Object, ObjectId, ObjectStore, Segment, Visitor, WalkOptions,
};

/// Which commits the tips and HEAD lead to, by number; all of them where there are no tips.
pub fn reached_commits(commits: &Commits, tips: &[Tip], head: Option<ObjectId>) -> Vec<bool> {
    if tips.is_empty() && head.is_none() {
        return vec![true; commits.len()];
    }
    let mut reached = vec![false; commits.len()];
    let named = tips.iter().map(|tip| tip.commit).chain(head);
    let mut stack: Vec<u32> = named.filter_map(|id| commits.find(&id)).collect();
    while let Some(commit) = stack.pop() {
        if let Some(seen) = reached.get_mut(commit as usize)
            && !std::mem::replace(seen, true)
        {
            stack.extend_from_slice(commits.parents(commit));
        }
    }
    reached
}

/// The blobs that the store lacks and that a tree names to which one of the commits leads. Reads the trees that may name
/// them once more.
pub fn missing_blobs(
    store: &ObjectStore<'_>,
    commits: &Commits,
    trees: &Trees<'_>,
    reached: &[bool],
    options: &WalkOptions,
) -> Vec<ObjectId> {
    let blobs = trees.missing_blobs();
    if blobs.is_empty() {
        return Vec::new();
    }
    let mut known = vec![false; trees.end()];
    let roots = (0..).zip(reached).filter(|(_, reached)| **reached);
    let mut stack: Vec<u32> = roots
        .filter_map(|(commit, _)| trees.find(&commits.tree(commit)))
        .collect();
    while let Some(tree) = stack.pop() {
        let Some(seen) = known.get_mut(tree as usize) else {
            continue;
        };
        if !std::mem::replace(seen, true) {
            let below = trees.edges(tree).iter();
            stack.extend(below.filter_map(|edge| match edge.target() {
                Target::Tree(tree) => Some(tree),
                Target::Leaf(_) => None,
            }));
        }
    }
    let options = WalkOptions {
        kinds: Kinds::only(Kind::Tree),
        ..*options
    };
    let mut starts = vec![false; 1 << 16];
    for blob in blobs {
        starts[start(blob.as_bytes())] = true;
    }
    let visitor = || Namer {
        trees,
        known: &known,
        blobs,
        starts: &starts,
        named: HashSet::new(),
    };
    // What cannot be read was said by the first walk.
    let bottoms = trees.missing_named_below();
    let walked = store.walk_below(bottoms.as_deref(), &options, visitor, &Faults::new());
    let named: HashSet<ObjectId> = walked.visitors.into_iter().flat_map(|v| v.named).collect();
    blobs
        .iter()
        .filter(|blob| named.contains(blob))
        .copied()
        .collect()
}

/// The first 16 bits of an id.
fn start(id: &[u8]) -> usize {
    id.first_chunk()
        .map_or(0, |two: &[u8; 2]| usize::from(u16::from_be_bytes(*two)))
}

/// Looks for the names of some blobs.
struct Namer<'n, 'w> {
    trees: &'n Trees<'w>,
    known: &'n [bool],
    blobs: &'n [ObjectId],
    /// Whether one of the blobs starts with these 16 bits: says no of nearly all ids.
    starts: &'n [bool],
    named: HashSet<ObjectId>,
}

impl Visitor for Namer<'_, '_> {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _base: Option<(&(), &[Segment])>) {
        let id = object.id();
        let number = self.trees.find(&id);
        let known = number.and_then(|number| self.known.get(number as usize));
        if known != Some(&true) {
            return;
        }
        let (tree, size) = (object.bytes(), id.as_bytes().len());
        let mut at = 0;
        while let Some(entry) = parse(tree, at, size) {
            if self.starts[start(entry.id)]
                && !matches!(entry.mode & KIND, FOLDER | SUBMODULE)
                && let Ok(position) = self
                    .blobs
                    .binary_search_by(|blob| blob.as_bytes().cmp(entry.id))
            {
                self.named.insert(self.blobs[position]);
            }
            at = entry.end;
        }
    }
}
