//! What references and reflogs lead to. Of what nothing leads to, git may have thrown parts away already: these are not
//! missing.

use super::answers::Tip;
use super::commits::Commits;
use super::edges::Target;
use super::reader::{FOLDER, KIND, SUBMODULE, parse};
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
    let namings = namings(store, trees, options);
    // Few trees lead to those that name missing blobs, so that only these are gone down.
    let mut open = trees.leading_to(namings.iter().map(|&(tree, _)| tree));
    let roots = (0..).zip(reached).filter(|(_, reached)| **reached);
    let mut stack: Vec<u32> = roots
        .filter_map(|(commit, _)| trees.find(&commits.tree(commit)))
        .collect();
    let mut named = vec![false; blobs.len()];
    while let Some(tree) = stack.pop() {
        let Some(place) = open.get_mut(tree as usize).filter(|open| **open) else {
            continue;
        };
        *place = false;
        let own = namings.partition_point(|&(namer, _)| namer < tree);
        for &(_, blob) in namings[own..]
            .iter()
            .take_while(|&&(namer, _)| namer == tree)
        {
            named[blob as usize] = true;
        }
        let below = trees.edges(tree).iter();
        stack.extend(below.filter_map(|edge| match edge.target() {
            Target::Tree(tree) => Some(tree),
            Target::Leaf(_) => None,
        }));
    }
    let named = blobs.iter().zip(named).filter(|(_, named)| *named);
    named.map(|(blob, _)| *blob).collect()
}

/// Which trees name which of the missing blobs: the tree's number and the blob's place among them, in order.
fn namings(store: &ObjectStore<'_>, trees: &Trees<'_>, options: &WalkOptions) -> Vec<(u32, u32)> {
    let blobs = trees.missing_blobs();
    let mut starts = vec![false; 1 << 16];
    for blob in blobs {
        starts[start(blob.as_bytes())] = true;
    }
    let visitor = || Namer {
        trees,
        blobs,
        starts: &starts,
        named: Vec::new(),
    };
    let options = WalkOptions {
        kinds: Kinds::only(Kind::Tree),
        ..*options
    };
    let bottoms = trees.missing_named_below();
    // What cannot be read was said by the first walk.
    let walked = store.walk_below(bottoms.as_deref(), &options, visitor, &Faults::new());
    let mut named: Vec<_> = walked.visitors.into_iter().flat_map(|v| v.named).collect();
    named.sort_unstable();
    named
}

/// The first 16 bits of an id.
fn start(id: &[u8]) -> usize {
    id.first_chunk()
        .map_or(0, |two: &[u8; 2]| usize::from(u16::from_be_bytes(*two)))
}

/// Looks for the names of some blobs.
struct Namer<'n, 'w> {
    trees: &'n Trees<'w>,
    blobs: &'n [ObjectId],
    /// Whether one of the blobs starts with these 16 bits: says no of nearly all ids.
    starts: &'n [bool],
    /// Trees, and which of the blobs they name.
    named: Vec<(u32, u32)>,
}

impl Visitor for Namer<'_, '_> {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _base: Option<(&(), &[Segment])>) {
        let id = object.id();
        let (tree, size) = (object.bytes(), id.as_bytes().len());
        let mut at = 0;
        while let Some(entry) = parse(tree, at, size) {
            if self.starts[start(entry.id)]
                && !matches!(entry.mode & KIND, FOLDER | SUBMODULE)
                && let Ok(position) = self
                    .blobs
                    .binary_search_by(|blob| blob.as_bytes().cmp(entry.id))
                && let Some(number) = self.trees.find(&id)
            {
                self.named.push((number, position as u32));
            }
            at = entry.end;
        }
    }
}
