//! What the commits of a range bring in: for pull requests, pushes, and everything since a day.
//!
//! ```text
//!  resolve  from what people and git write to the ends of a range
//!  walk     which commits the range holds
//!  diff     what differs between a commit and its parents
//!  collect  the secrets in what differs
//!  decide   which of them the range brings in
//! ```
//!
//! Only what differs between each commit and its parents is read, so the cost follows the range and not the repository. A
//! secret that a commit only moves, or that stood there before the range, is none that the range brings in.

mod collect;
mod decide;
mod diff;
pub mod resolve;
mod walk;

use std::collections::BTreeSet;

use collect::{Collector, Found};
use decide::Decided;
pub use walk::Range;

use super::PathFilter;
use super::history::names::Names;
use super::history::secrets::Secrets;
use super::repository::Repository;
use crate::coverage::SkipReason;
use crate::finding::BlobPath;
use crate::git::{FaultReason, Faults, Kind, Limits, ObjectId, ObjectStore};
use crate::scan::{Scan, Worker};

/// How a range is scanned.
#[derive(Debug)]
pub struct Options {
    /// Paths that are left out.
    pub filter: PathFilter,
    /// Larger blobs are left out.
    pub max_size: Option<u64>,
    /// How archives are opened; without it they are scanned as bytes.
    pub archives: Option<super::archive::Options>,
    /// Threads; zero for one per core.
    pub threads: usize,
    /// Whether a remote has the commits, where that is known.
    pub pushed: Option<bool>,
}

/// Scans what the commits of a range bring in, and the annotated tags that lead to them.
pub fn run(scan: &Scan<'_>, repository: &Repository, range: &Range, options: &Options) {
    let faults = Faults::new();
    let store = repository.objects(&faults);
    let mut worker = scan.worker();
    let (range, tags) = without_tags(&mut worker, &store, range);
    let walked = walk::commits(&store, &range);
    record_unreadable(&mut worker, repository, walked.unreadable);
    let secrets = Secrets::default();
    let collector = Collector {
        store: &store,
        names: Names::new(scan.detector(), &secrets, scan.min_confidence()),
        options,
    };
    for (id, raw) in &tags {
        collector.report_tag(&mut worker, *id, raw);
    }
    let threads = super::thread_count(options.threads);
    let commits = &walked.commits;
    let found: Vec<Found> = collector.collect(scan, commits, threads);
    if found.iter().any(|found| !found.places.is_empty()) {
        let decided = Decided::new(&collector, &mut worker, commits, &found, &range.exclude);
        for (at, (commit, found)) in commits.iter().zip(&found).enumerate() {
            decided.report(&collector, &mut worker, at, commit, found);
        }
    }
    super::history::skips::faults(&mut worker, faults);
}

/// The range with commits in place of the tags that point to them, and the included tags.
fn without_tags(
    worker: &mut Worker<'_, '_>,
    store: &ObjectStore<'_>,
    range: &Range,
) -> (Range, Vec<(ObjectId, Vec<u8>)>) {
    let mut tags = Vec::new();
    let mut seen = BTreeSet::new();
    let mut peel = |id: ObjectId, keep: bool| {
        let mut at = id;
        while let Ok((Kind::Tag, raw)) = store.read(&at, &Limits::default()) {
            let Some(target) = super::history::content::tagged(&raw) else {
                let subject = BlobPath::from_bytes(at.to_string());
                worker.skip(SkipReason::Corrupt, subject, "the tag names no object");
                break;
            };
            // A tag of a tag of a tag: a circle would end here too.
            if keep && !seen.insert(at) {
                break;
            }
            if keep {
                tags.push((at, raw));
            }
            at = target;
        }
        at
    };
    let range = Range {
        include: range.include.iter().map(|id| peel(*id, true)).collect(),
        exclude: range.exclude.iter().map(|id| peel(*id, false)).collect(),
        since: range.since,
    };
    (range, tags)
}

/// Records commits of the range that are not there.
fn record_unreadable(
    worker: &mut Worker<'_, '_>,
    repository: &Repository,
    unreadable: Vec<(ObjectId, FaultReason, Option<ObjectId>)>,
) {
    let (shallow, _) = repository.shallow_commits();
    for (id, reason, from) in unreadable {
        let skip = match (&reason, from) {
            (FaultReason::MissingObject, Some(from)) if shallow.contains(&from) => {
                SkipReason::Shallow
            }
            _ => SkipReason::from(&reason),
        };
        let detail = match from {
            Some(from) => format!("{reason}: a parent of commit {from}"),
            None => reason.to_string(),
        };
        worker.skip(skip, BlobPath::from_bytes(id.to_string()), detail);
    }
}
