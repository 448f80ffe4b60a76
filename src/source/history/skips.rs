//! What of a history could not be scanned.

use std::collections::BTreeSet;

use super::Content;
use super::references::Names as References;
use crate::coverage::SkipReason;
use crate::finding::BlobPath;
use crate::git::attribution::{Tip, Trees, missing_blobs, reached_commits};
use crate::git::{FaultReason, Faults, ObjectId, ObjectStore, Subject, WalkOptions};
use crate::scan::Worker;
use crate::source::repository::Repository;

/// What a scan has read of a repository.
pub(super) struct Seen<'s> {
    pub(super) store: &'s ObjectStore<'s>,
    pub(super) references: &'s References,
    pub(super) content: &'s Content,
    pub(super) trees: &'s Trees<'s>,
    pub(super) tips: &'s [Tip],
}

/// Records what references, tags and commits name and the repository lacks, what of a shallow clone was never fetched,
/// and references that could not be read.
pub(super) fn missing(
    worker: &mut Worker<'_, '_>,
    repository: &Repository,
    seen: &Seen<'_>,
    walk: &WalkOptions,
) {
    let Seen {
        store,
        references,
        content,
        trees,
        tips,
    } = *seen;
    let (shallow, problem) = repository.shallow_commits();
    for id in &shallow {
        let detail = "the history before this commit was not fetched";
        worker.skip(SkipReason::Shallow, subject(id), detail);
    }
    if let Some((path, message)) = problem {
        worker.skip(SkipReason::Unreadable, BlobPath::from_path(&path), message);
    }
    for (path, error) in &references.unreadable {
        let path = BlobPath::from_path(path);
        worker.skip(SkipReason::Unreadable, path, error.clone());
    }
    let commits = &content.commits;
    // Of what nothing leads to, git may have thrown parts away: nobody can miss them.
    let reached = reached_commits(commits, tips, references.head);
    let mut lost: BTreeSet<(ObjectId, String)> = BTreeSet::new();
    for &(commit, parent) in commits.all_missing_parents() {
        let id = commits.id(commit);
        if reached.get(commit as usize) == Some(&true) && !shallow.contains(&id) {
            lost.insert((parent, format!("a parent of commit {id}")));
        }
    }
    for reference in &references.references {
        if !store.contains(&reference.target) {
            let name = BlobPath::from_bytes(reference.name.clone());
            lost.insert((reference.target, format!("{name} points to it")));
        }
    }
    let pointed: BTreeSet<ObjectId> = references.references.iter().map(|r| r.target).collect();
    for (tag, target) in &content.tags {
        if pointed.contains(tag) && !store.contains(target) {
            lost.insert((*target, format!("tag {tag} points to it")));
        }
    }
    for blob in missing_blobs(store, commits, trees, &reached, walk) {
        lost.insert((blob, "a tree names it".to_owned()));
    }
    let mut told = None;
    for (id, detail) in lost {
        if told != Some(id) {
            worker.skip(SkipReason::MissingObject, subject(&id), detail);
            told = Some(id);
        }
    }
    for id in &content.malformed {
        let detail = "it names no tree or object";
        worker.skip(SkipReason::Corrupt, subject(id), detail);
    }
}

/// Says that places are left out because listing them all would never end.
pub(super) fn cut(worker: &mut Worker<'_, '_>) {
    let subject = BlobPath::from_bytes(b"history".to_vec());
    let detail = "so many places hold secrets that not all are listed";
    worker.skip(SkipReason::Corrupt, subject, detail);
}

/// Records what the object store could not read.
pub(in crate::source) fn faults(worker: &mut Worker<'_, '_>, faults: Faults) {
    let count = faults.count();
    let kept = faults.into_sorted();
    let left = count - kept.len() as u64;
    for fault in kept {
        let reason = SkipReason::from(&fault.reason);
        let subject = match &fault.what {
            Subject::Path(path) => BlobPath::from_path(path),
            other => BlobPath::from_bytes(other.to_string()),
        };
        worker.skip(reason, subject, fault.reason.to_string());
    }
    worker.skip_many(SkipReason::Corrupt, left);
}

/// How a fault counts in the coverage record.
impl From<&FaultReason> for SkipReason {
    fn from(reason: &FaultReason) -> Self {
        match reason {
            FaultReason::Io(_) => Self::Unreadable,
            FaultReason::MissingObject | FaultReason::MissingBase(_) => Self::MissingObject,
            _ => Self::Corrupt,
        }
    }
}

fn subject(id: &ObjectId) -> BlobPath {
    BlobPath::from_bytes(id.to_string())
}
