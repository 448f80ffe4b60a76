//! Since when and until when commits hold a mark, and from which tips it is reached.

use std::collections::{BTreeMap, HashMap};

use super::answers::Tip;
use super::commits::Commits;
use super::holdings::{Holdings, NOTHING};
use super::sets::{Set, Sets};
use crate::git::ObjectId;

/// No number of a tree: the commit's is not there.
pub(super) const NO_TREE: u32 = u32::MAX;

/// Tips whose history holds the same marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipGroup {
    /// What the caller knows them by, sorted.
    pub tags: Vec<u32>,
    pub(super) set: Set,
}

/// What is known of one mark, as numbers of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    pub(super) last: Option<u32>,
    pub(super) removed: Option<u32>,
    pub(super) in_head: Option<bool>,
}

/// Commits and the marks they hold.
pub(super) struct History<'h> {
    commits: &'h Commits,
    /// The holding of each commit's tree, and its marks.
    held: Vec<(u32, Set)>,
    /// Marks of commits themselves.
    own: &'h BTreeMap<u32, Vec<u32>>,
    /// Each commit's place in the order of the authors' times, then the committers', and the commit at each place.
    ranks: Vec<u32>,
    by_rank: Vec<u32>,
}

impl<'h> History<'h> {
    pub(super) fn new(
        commits: &'h Commits,
        roots: &[u32],
        holdings: &Holdings<'_, '_>,
        own: &'h BTreeMap<u32, Vec<u32>>,
    ) -> Self {
        let held = roots.iter().map(|&root| {
            let holding = holdings.known(root);
            (holding, holdings.all(holding))
        });
        let mut by_rank: Vec<u32> = (0..commits.len() as u32).collect();
        by_rank.sort_unstable_by_key(|&commit| {
            let (author, committer) = (commits.author(commit), commits.committer(commit));
            (author.seconds, committer.seconds, commit)
        });
        let mut ranks = vec![0; by_rank.len()];
        for (rank, &commit) in (0..).zip(&by_rank) {
            ranks[commit as usize] = rank;
        }
        Self {
            commits,
            held: held.collect(),
            own,
            ranks,
            by_rank,
        }
    }

    /// A commit's place in the order of times.
    pub(super) fn rank(&self, commit: u32) -> u32 {
        self.ranks[commit as usize]
    }

    /// What is known of each mark.
    pub(super) fn known(&self, head: Option<ObjectId>, sets: &Sets, marks: usize) -> Vec<Known> {
        let commit = |rank: &u32| {
            let rank = rank.checked_sub(1)?;
            self.by_rank.get(rank as usize).copied()
        };
        let head = head.and_then(|head| self.commits.find(&head));
        let head = head.map(|head| self.held[head as usize].1);
        let last = self.last(sets, marks);
        let removed = self.removed(sets, marks);
        let all = (0..).zip(last.iter().zip(&removed));
        all.map(|(mark, (last, removed))| Known {
            last: commit(last),
            removed: commit(removed),
            in_head: head.map(|head| sets.contains(head, mark)),
        })
        .collect()
    }

    /// Of each mark the latest commit that holds it: one more than its rank, or zero.
    fn last(&self, sets: &Sets, marks: usize) -> Vec<u32> {
        let mut values = vec![0; sets.len() + 1];
        for (&(_, set), rank) in self.held.iter().zip(&self.ranks) {
            let value = &mut values[set.0 as usize];
            *value = (rank + 1).max(*value);
        }
        let mut last = sets.spread_largest(&mut values, marks);
        for (&commit, carried) in self.own {
            for &mark in carried {
                let last = &mut last[mark as usize];
                *last = (self.rank(commit) + 1).max(*last);
            }
        }
        last
    }

    /// Of each mark the latest commit that lacks it while a parent holds it, likewise.
    fn removed(&self, sets: &Sets, marks: usize) -> Vec<u32> {
        // Few pairs of sets differ, and each is looked at once.
        let mut pairs: HashMap<(Set, Set), u32> = HashMap::new();
        for (commit, &(holding, set)) in (0..).zip(&self.held) {
            for &parent in self.commits.parents(commit) {
                let (before, set_before) = self.held[parent as usize];
                if before != holding && set_before != set && set_before != Set::EMPTY {
                    let latest = pairs.entry((set_before, set)).or_default();
                    *latest = (self.rank(commit) + 1).max(*latest);
                }
            }
        }
        let mut removed: Vec<u32> = vec![0; marks];
        for ((before, after), latest) in pairs {
            sets.difference(before, after, &mut |mark| {
                let removed = &mut removed[mark as usize];
                *removed = latest.max(*removed);
            });
        }
        removed
    }

    /// Tips by the marks that their history holds, in the order of their first tags, and the tags of tips whose commit is
    /// not there.
    pub(super) fn groups(&self, tips: &[Tip], sets: &mut Sets) -> (Vec<TipGroup>, Vec<u32>) {
        let reach = self.reach(sets);
        let mut groups: BTreeMap<Set, Vec<u32>> = BTreeMap::new();
        let mut lost = Vec::new();
        for tip in tips {
            match self.commits.find(&tip.commit) {
                Some(commit) => groups
                    .entry(reach[commit as usize])
                    .or_default()
                    .push(tip.tag),
                None => lost.push(tip.tag),
            }
        }
        let mut groups: Vec<TipGroup> = groups
            .into_iter()
            .map(|(set, mut tags)| {
                tags.sort_unstable();
                tags.dedup();
                TipGroup { tags, set }
            })
            .collect();
        groups.sort_unstable_by(|left, right| left.tags.cmp(&right.tags));
        lost.sort_unstable();
        lost.dedup();
        (groups, lost)
    }

    /// What each commit and all before it hold.
    fn reach(&self, sets: &mut Sets) -> Vec<Set> {
        let mut reach = vec![Set::EMPTY; self.commits.len()];
        for commit in parents_first(self.commits) {
            let (holding, set) = self.held[commit as usize];
            let mut all = Set::EMPTY;
            let mut inherited = holding == NOTHING;
            for &parent in self.commits.parents(commit) {
                all = sets.union(all, reach[parent as usize]);
                inherited |= self.held[parent as usize].0 == holding;
            }
            if !inherited {
                all = sets.union(all, set);
            }
            if let Some(carried) = self.own.get(&commit) {
                let carried = sets.of_sorted(carried);
                all = sets.union(all, carried);
            }
            reach[commit as usize] = all;
        }
        reach
    }
}

/// All commits, parents before their children. In a circle, which only ids that lie can make, someone is first.
fn parents_first(commits: &Commits) -> Vec<u32> {
    let mut order = Vec::with_capacity(commits.len());
    let mut seen = vec![false; commits.len()];
    let mut stack: Vec<(u32, u32)> = Vec::new();
    for start in 0..commits.len() as u32 {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        stack.push((start, 0));
        while let Some((commit, next)) = stack.last_mut() {
            let Some(&parent) = commits.parents(*commit).get(*next as usize) else {
                order.push(*commit);
                stack.pop();
                continue;
            };
            *next += 1;
            if !std::mem::replace(&mut seen[parent as usize], true) {
                stack.push((parent, 0));
            }
        }
    }
    order
}
