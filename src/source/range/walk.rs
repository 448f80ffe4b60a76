//! Which commits a range holds.
//!
//! Goes back from both ends in the order of the commits' dates, as `git rev-list` does, and stops soon after everything
//! that is left belongs to the excluded side: the cost follows the range and not the history. Where clocks went wrong, a
//! commit of the excluded side may count as one of the range; never the other way round.

use std::collections::{BinaryHeap, HashMap};

use crate::git::attribution::{Commits, CommitsBuilder};
use crate::git::{FaultReason, Kind, Limits, ObjectId, ObjectStore};

/// Further steps once only excluded commits are left, because of clocks that went wrong.
const SLOP: u32 = 5;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// The range holds these commits and what leads to them, …
    pub include: Vec<ObjectId>,
    /// … but not these and what leads to them, …
    pub exclude: Vec<ObjectId>,
    /// … nor those committed before: seconds since 1970.
    pub since: Option<i64>,
}

/// A commit of a range.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// The object as stored.
    pub(super) raw: Vec<u8>,
}

/// The commits of a range, and what of it is not there.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The latest first.
    pub(super) commits: Vec<Commit>,
    /// A commit that could not be read, why, and the commit that names it.
    pub(super) unreadable: Vec<(ObjectId, FaultReason, Option<ObjectId>)>,
}

/// A commit that was met.
#[derive(Debug)]
struct Met {
    excluded: bool,
    /// Whether it is still to be gone on from.
    queued: bool,
    parents: Vec<ObjectId>,
    /// Which of the range's commits it is, if it is one.
    position: Option<usize>,
}

/// Finds the commits of a range.
pub(super) fn commits(store: &ObjectStore<'_>, range: &Range) -> Walked {
    let mut walk = Walk {
        store,
        met: HashMap::new(),
        queue: BinaryHeap::new(),
        wanted: 0,
        walked: Walked::default(),
    };
    for &id in &range.exclude {
        walk.meet(id, true, None);
    }
    for &id in &range.include {
        walk.meet(id, false, None);
    }
    walk.run(range.since);
    let Walk {
        met, mut walked, ..
    } = walk;
    walked
        .commits
        .retain(|commit| met.get(&commit.id).is_some_and(|met| !met.excluded));
    walked
}

struct Walk<'w, 'd> {
    store: &'w ObjectStore<'d>,
    met: HashMap<ObjectId, Met>,
    /// Commits to go on from: date, id.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// How many of them are not excluded.
    wanted: usize,
    walked: Walked,
}

impl Walk<'_, '_> {
    fn run(&mut self, since: Option<i64>) {
        let mut slop = SLOP;
        let mut oldest = i64::MAX;
        while let Some((date, id)) = self.queue.pop() {
            let Some(met) = self.met.get_mut(&id) else {
                continue;
            };
            met.queued = false;
            let (excluded, parents) = (met.excluded, met.parents.clone());
            if !excluded {
                self.wanted -= 1;
            }
            let too_old = !excluded && since.is_some_and(|since| date < since);
            if too_old {
                self.exclude(id);
                continue;
            }
            if !excluded {
                oldest = oldest.min(date);
            }
            for parent in parents {
                self.meet(parent, excluded, Some(id));
            }
            if self.wanted == 0 {
                let close = self.queue.peek().is_some_and(|(date, _)| *date >= oldest);
                if !close {
                    slop -= 1;
                    if slop == 0 {
                        break;
                    }
                }
            } else {
                slop = SLOP;
            }
        }
    }

    /// Comes to a commit from one that names it as its parent, or from the range's own ends.
    fn meet(&mut self, id: ObjectId, excluded: bool, from: Option<ObjectId>) {
        if let Some(met) = self.met.get(&id) {
            if excluded && !met.excluded {
                self.exclude(id);
            }
            return;
        }
        let raw = match self.store.read(&id, &Limits::default()) {
            Ok((Kind::Commit, raw)) => raw,
            Ok(_) => {
                let what = "commit";
                let why = "it is another kind of object";
                return self.unreadable(id, FaultReason::Format { what, why }, excluded, from);
            }
            Err(reason) => return self.unreadable(id, reason, excluded, from),
        };
        let mut builder = CommitsBuilder::new();
        if builder.add(id, &raw).is_err() {
            let (what, why) = ("commit", "it names no tree");
            return self.unreadable(id, FaultReason::Format { what, why }, excluded, from);
        }
        let one = Commits::new(&[builder]);
        let parents: Vec<ObjectId> = one.missing_parents(0).collect();
        self.queue.push((one.committer(0).seconds, id));
        let mut position = None;
        if !excluded {
            self.wanted += 1;
            position = Some(self.walked.commits.len());
            self.walked.commits.push(Commit {
                id,
                tree: one.tree(0),
                parents: parents.clone(),
                raw,
            });
        }
        let met = Met {
            excluded,
            queued: true,
            parents,
            position,
        };
        self.met.insert(id, met);
    }

    /// A commit of the excluded side that is not there takes nothing out; one of the range leaves it incomplete.
    fn unreadable(
        &mut self,
        id: ObjectId,
        reason: FaultReason,
        excluded: bool,
        from: Option<ObjectId>,
    ) {
        if !excluded {
            self.walked.unreadable.push((id, reason, from));
        }
        let met = Met {
            excluded: true,
            queued: false,
            parents: Vec::new(),
            position: None,
        };
        self.met.insert(id, met);
    }

    /// Excludes a commit that was met as one of the range, and what it leads to.
    fn exclude(&mut self, id: ObjectId) {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            let Some(met) = self.met.get_mut(&id).filter(|met| !met.excluded) else {
                continue;
            };
            met.excluded = true;
            self.wanted -= usize::from(met.queued);
            stack.extend_from_slice(&met.parents);
            if let Some(commit) = met.position.and_then(|at| self.walked.commits.get_mut(at)) {
                commit.raw = Vec::new();
            }
        }
    }
}
