//! What the JSON formats say of a repository's history: commits, places, exposure. Texts go in as they are: who made
//! them masked what is to be masked, and the document's writer escapes what could steer a terminal.

use serde::Serialize;

use crate::exposure::{CommitInfo, Exposure, HistoryPlace};
use crate::report::time;

/// Where in the history.
#[derive(Serialize)]
pub(super) struct HistoryObject<'r> {
    kind: &'static str,
    object: &'r str,
    commit: Option<CommitObject<'r>>,
}

impl<'r> HistoryObject<'r> {
    pub(super) fn new(place: &'r HistoryPlace) -> Self {
        Self {
            kind: place.kind.name(),
            object: &place.object,
            commit: place.commit.as_deref().map(CommitObject::new),
        }
    }
}

#[derive(Serialize)]
struct CommitObject<'r> {
    id: &'r str,
    author: &'r str,
    email: &'r str,
    authored: String,
}

impl<'r> CommitObject<'r> {
    fn new(commit: &'r CommitInfo) -> Self {
        Self {
            id: &commit.id,
            author: &commit.author,
            email: &commit.email,
            authored: time::authored(commit.authored),
        }
    }
}

/// How far a secret got.
#[derive(Serialize)]
pub(super) struct ExposureObject<'r> {
    first_seen: Option<CommitObject<'r>>,
    last_seen: Option<CommitObject<'r>>,
    removed_in: Option<CommitObject<'r>>,
    in_head: Option<bool>,
    reach: &'static str,
    references: &'r [String],
    reference_count: u64,
    pushed: Option<bool>,
}

impl<'r> ExposureObject<'r> {
    pub(super) fn new(exposure: &'r Exposure) -> Self {
        Self {
            first_seen: exposure.first_seen.as_deref().map(CommitObject::new),
            last_seen: exposure.last_seen.as_deref().map(CommitObject::new),
            removed_in: exposure.removed_in.as_deref().map(CommitObject::new),
            in_head: exposure.in_head,
            reach: exposure.reach.name(),
            references: &exposure.references,
            reference_count: exposure.reference_count,
            pushed: exposure.pushed,
        }
    }
}
