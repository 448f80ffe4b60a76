//! All questions, answered from what commits and trees hold.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::commits::Commits;
use super::dangling::{self, Lost};
use super::diff::{Bounds, Differ, Introduced};
use super::history::{History, Known, NO_TREE, TipGroup};
use super::holdings::{Holdings, NOTHING};
use super::marks::Mark;
use super::reached::reached_commits;
use super::sets::Sets;
use super::trees::Trees;
use crate::git::{FaultReason, Faults, ObjectId, Subject};

/// Something that keeps a commit reachable: a reference, an entry of a reflog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The commit.
    pub commit: ObjectId,
    /// What the caller knows it by.
    pub tag: u32,
}

/// What is asked beyond the trees.
#[derive(Debug, Clone, Copy, Default)]
pub struct Questions<'q> {
    /// From where commits can be reached.
    pub tips: &'q [Tip],
    /// The commit that is checked out.
    pub head: Option<ObjectId>,
    /// Marks that commits carry themselves, in any order.
    pub commit_marks: &'q [(ObjectId, Mark)],
    /// Bounds.
    pub bounds: Bounds,
}

/// A commit that brought a mark to a place where none of its parents has it. A commit with a parent that is not there
/// counts as bringing in what none of the others has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Introduction {
    /// The mark.
    pub mark: Mark,
    /// The commit's number.
    pub commit: u32,
    /// The object at the place: a blob; for a name, that or a tree or a submodule's commit; else the commit itself.
    pub object: ObjectId,
    /// What has the mark.
    pub how: Introduced,
    path: u32,
}

/// A mark on an object that no commit's tree leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreached {
    /// The mark.
    pub mark: Mark,
    /// The object: of a name, the one that bears it in some tree.
    pub object: ObjectId,
    /// What has the mark.
    pub how: Introduced,
    /// A tree that leads to it, and by which path, if there is one: not all trees are looked through where there are
    /// very many.
    pub place: Option<(ObjectId, Box<[u8]>)>,
}

/// The answers. Commits are named by their numbers in [`Commits`].
#[derive(Debug)]
pub struct Attribution {
    /// All marks, sorted; by position in the following.
    marks: Vec<Mark>,
    known: Vec<Known>,
    /// Sorted by mark, then by the commit's times.
    introductions: Vec<Introduction>,
    paths: Vec<Box<[u8]>>,
    sets: Sets,
    groups: Vec<TipGroup>,
    unreached: Vec<Unreached>,
    lost_tips: Vec<u32>,
    cut: bool,
}

impl Attribution {
    /// All marks there are, sorted.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Where commits brought a mark in, the earliest first.
    pub fn introductions(&self, mark: Mark) -> &[Introduction] {
        let first = self
            .introductions
            .partition_point(|place| place.mark < mark);
        let rest = &self.introductions[first..];
        &rest[..rest.partition_point(|place| place.mark == mark)]
    }

    /// The path of an introduction, its components separated by `/`; empty for a commit's own mark.
    pub fn path(&self, introduction: &Introduction) -> &[u8] {
        self.paths
            .get(introduction.path as usize)
            .map_or(&[], |path| path)
    }

    /// The earliest commit that brought a mark in.
    pub fn first(&self, mark: Mark) -> Option<u32> {
        self.introductions(mark)
            .first()
            .map(|introduction| introduction.commit)
    }

    /// The latest commit whose tree holds the mark, or that carries it itself.
    pub fn last_seen(&self, mark: Mark) -> Option<u32> {
        self.known(mark)?.last
    }

    /// The latest commit whose tree lacks the mark while a parent's holds it, unless HEAD holds it.
    pub fn removed_in(&self, mark: Mark) -> Option<u32> {
        let known = self.known(mark)?;
        known.removed.filter(|_| known.in_head != Some(true))
    }

    /// Whether HEAD's tree holds the mark; `None` without a HEAD.
    pub fn in_head(&self, mark: Mark) -> Option<bool> {
        self.known(mark)?.in_head
    }

    /// All groups of tips, in the order of their first tags. What is worked out for each group, such as whether a tag of it
    /// means something special, need not be worked out for each mark.
    pub fn groups(&self) -> &[TipGroup] {
        &self.groups
    }

    /// Positions of the groups whose history holds the mark.
    pub fn groups_with(&self, mark: Mark) -> impl Iterator<Item = usize> + '_ {
        let member = self.position(mark);
        let groups = self.groups.iter().enumerate();
        groups
            .filter(move |(_, group)| {
                member.is_some_and(|member| self.sets.contains(group.set, member as u32))
            })
            .map(|(position, _)| position)
    }

    /// Tags of the tips whose history holds the mark, sorted.
    pub fn tips(&self, mark: Mark) -> Vec<u32> {
        let groups = self.groups_with(mark).map(|group| &self.groups[group].tags);
        let mut tags: Vec<u32> = groups.flatten().copied().collect();
        tags.sort_unstable();
        tags
    }

    /// Marks on objects that no commit leads to, sorted.
    pub fn unreached(&self) -> &[Unreached] {
        &self.unreached
    }

    /// Tags of the tips whose commit is not there, sorted.
    pub fn lost_tips(&self) -> &[u32] {
        &self.lost_tips
    }

    /// Whether one of the [`Bounds`] was met, so that introductions are left out.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    fn known(&self, mark: Mark) -> Option<&Known> {
        self.known.get(self.position(mark)?)
    }

    fn position(&self, mark: Mark) -> Option<usize> {
        self.marks.binary_search(&mark).ok()
    }
}

/// Answers all questions. Trees that commits lead to and that the store lacks go to `faults`; the rest is answered
/// without them.
pub fn attribute(
    commits: &Commits,
    trees: &Trees<'_>,
    questions: &Questions<'_>,
    faults: &Faults,
) -> Attribution {
    let marks = all_marks(trees, questions.commit_marks);
    let number = |mark: &Mark| marks.binary_search(mark).ok().map(|number| number as u32);
    let mut holdings = Holdings::new(trees, marks.len(), number);
    let reached = reached_commits(commits, questions.tips, questions.head);
    let roots = roots(commits, &reached, &mut holdings, faults);
    let mut own: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (commit, mark) in questions.commit_marks {
        if let Some(commit) = commits.find(commit) {
            own.entry(commit).or_default().extend(number(mark));
        }
    }
    for marks in own.values_mut() {
        marks.sort_unstable();
        marks.dedup();
    }

    let mut differ = Differ::new(questions.bounds);
    let mut introductions = introduced(commits, &roots, &holdings, &mut differ);
    let in_names = introductions
        .iter()
        .filter(|place| place.how == Introduced::Name);
    let in_names: HashSet<u32> = in_names.map(|place| place.mark.0).collect();
    let lost = dangling::lost(&mut holdings, number, &in_names, &mut differ);
    let cut = differ.cut;
    let mut paths = differ.into_paths();
    let unreached = unreached(lost, commits, questions.commit_marks, &marks, &paths);
    let no_path = paths.len() as u32;
    paths.push(Box::default());
    for (&commit, carried) in &own {
        introductions.extend(carried.iter().map(|&mark| Introduction {
            mark: Mark(mark),
            commit,
            object: commits.id(commit),
            how: Introduced::Commit,
            path: no_path,
        }));
    }
    let history = History::new(commits, &roots, &holdings, &own);
    introductions.sort_unstable_by_key(|place| {
        let path = paths.get(place.path as usize);
        (
            place.mark,
            history.rank(place.commit),
            path,
            place.how,
            place.object,
        )
    });
    introductions.dedup();
    for introduction in &mut introductions {
        introduction.mark = marks[introduction.mark.0 as usize];
    }
    let known = history.known(questions.head, &holdings.sets, marks.len());
    let (groups, lost_tips) = history.groups(questions.tips, &mut holdings.sets);
    Attribution {
        known,
        introductions,
        paths,
        sets: holdings.sets,
        groups,
        unreached,
        lost_tips,
        cut,
        marks,
    }
}

/// What no commit leads to: in trees, and commits that are not there themselves.
fn unreached(
    lost: Vec<Lost>,
    commits: &Commits,
    commit_marks: &[(ObjectId, Mark)],
    marks: &[Mark],
    paths: &[Box<[u8]>],
) -> Vec<Unreached> {
    let unknown = commit_marks
        .iter()
        .filter(|(commit, _)| commits.find(commit).is_none());
    let unknown = unknown.map(|&(object, mark)| Unreached {
        mark,
        object,
        how: Introduced::Commit,
        place: None,
    });
    let lost = lost.into_iter().map(|lost| Unreached {
        mark: marks[lost.mark as usize],
        object: lost.object,
        how: lost.how,
        place: lost
            .place
            .and_then(|(tree, path)| Some((tree, paths.get(path as usize)?.clone()))),
    });
    let mut unreached: Vec<Unreached> = lost.chain(unknown).collect();
    unreached.sort_unstable();
    unreached.dedup();
    unreached
}

/// All marks, sorted.
fn all_marks(trees: &Trees<'_>, commit_marks: &[(ObjectId, Mark)]) -> Vec<Mark> {
    let mut marks = trees.blobs().all().to_vec();
    marks.extend(trees.name_marks().values().flatten());
    marks.extend(trees.added().values().flatten());
    marks.extend(commit_marks.iter().map(|&(_, mark)| mark));
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// The number of each commit's tree, after its holding was worked out. Trees that are not there become faults, if
/// something leads to them.
fn roots(
    commits: &Commits,
    reached: &[bool],
    holdings: &mut Holdings<'_, '_>,
    faults: &Faults,
) -> Vec<u32> {
    let mut roots = vec![NO_TREE; commits.len()];
    let mut missing = BTreeSet::new();
    // First what is reached: what is missed then is no leftover.
    for wanted in [true, false] {
        for (commit, root) in (0..).zip(&mut roots) {
            if reached.get(commit as usize) != Some(&wanted) {
                continue;
            }
            let id = commits.tree(commit);
            if let Some(tree) = holdings.trees.find(&id) {
                holdings.of(tree);
                *root = tree;
            } else if wanted {
                missing.insert(id);
            }
        }
        if wanted {
            let below = holdings.missing.iter();
            missing.extend(below.filter_map(|&tree| holdings.trees.missing(tree)));
        }
    }
    for id in missing {
        faults.push(Subject::Object(id), FaultReason::MissingObject);
    }
    roots
}

/// What each commit's tree holds and none of its parents' does. The marks are still numbers.
fn introduced(
    commits: &Commits,
    roots: &[u32],
    holdings: &Holdings<'_, '_>,
    differ: &mut Differ,
) -> Vec<Introduction> {
    let mut introductions = Vec::new();
    let mut parents = Vec::new();
    for (commit, &root) in (0..).zip(roots) {
        let holding = holdings.known(root);
        if holding == NOTHING {
            continue;
        }
        parents.clear();
        let all = commits.parents(commit).iter();
        parents.extend(all.map(|&parent| holdings.known(roots[parent as usize])));
        if parents.contains(&holding) {
            continue;
        }
        differ.compare(holdings, root, &parents, &mut |place| {
            introductions.push(Introduction {
                mark: Mark(place.mark),
                commit,
                object: place.object,
                how: place.how,
                path: place.path,
            });
        });
    }
    introductions
}
