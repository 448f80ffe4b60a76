//! Marks in trees that no commit leads to, and on blobs that no tree leads to.

use std::collections::{BTreeMap, HashSet};

use super::diff::{Differ, Introduced};
use super::edges::Target;
use super::holdings::Holdings;
use super::marks::Mark;
use super::trees::Trees;
use crate::git::ObjectId;

/// A mark that no commit leads to.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) mark: u32,
    pub(super) object: ObjectId,
    pub(super) how: Introduced,
    /// A tree that leads to it, and the number of the path.
    pub(super) place: Option<(ObjectId, u32)>,
}

/// All of them, each once. The holdings must have been asked for all commits' trees and nothing else; `in_names` are the
/// marks that names below these have.
pub(super) fn lost(
    holdings: &mut Holdings<'_, '_>,
    number: impl Fn(&Mark) -> Option<u32>,
    in_names: &HashSet<u32>,
    differ: &mut Differ,
) -> Vec<Lost> {
    let trees = holdings.trees;
    let reached = std::mem::take(&mut holdings.reached);
    holdings.reached = vec![false; reached.len()];
    let mut found: BTreeMap<(u32, ObjectId, Introduced), Option<(ObjectId, u32)>> = BTreeMap::new();
    for (leaf, _) in (0..).zip(&reached).filter(|&(_, &reached)| !reached) {
        let object = trees.leaf_id(leaf);
        for mark in trees.leaf_marks(leaf).iter().filter_map(&number) {
            found.insert((mark, object, Introduced::Content), None);
        }
    }
    let mut named = trees.name_marks().values().flatten();
    let lost_names = named.any(|mark| number(mark).is_some_and(|mark| !in_names.contains(&mark)));
    if !found.is_empty() || lost_names {
        for top in tops(holdings) {
            holdings.of(top);
            let Some(id) = trees.tree_id(top) else {
                continue;
            };
            differ.compare(holdings, top, &[], &mut |place| {
                let lost = match place.target {
                    _ if place.how == Introduced::Name => !in_names.contains(&place.mark),
                    Target::Leaf(leaf) => !reached[leaf as usize],
                    Target::Tree(_) => false,
                };
                if lost {
                    let key = (place.mark, place.object, place.how);
                    found
                        .entry(key)
                        .or_default()
                        .get_or_insert((id, place.path));
                }
            });
        }
    }
    let lost = found.into_iter().map(|((mark, object, how), place)| Lost {
        mark,
        object,
        how,
        place,
    });
    lost.collect()
}

/// Trees that were not asked for and that no other such tree leads to, in order.
fn tops(holdings: &Holdings<'_, '_>) -> Vec<u32> {
    let trees: &Trees<'_> = holdings.trees;
    let mut below = vec![false; trees.end()];
    let mut unknown = Vec::new();
    for tree in (0..trees.end() as u32).filter(|&tree| !holdings.was_asked(tree)) {
        let edges = trees.edges(tree);
        if !edges.is_empty() {
            unknown.push(tree);
        }
        for edge in edges.iter() {
            if let Target::Tree(child) = edge.target()
                && let Some(below) = below.get_mut(child as usize)
            {
                *below = true;
            }
        }
    }
    unknown.retain(|&tree| !below[tree as usize]);
    unknown
}
