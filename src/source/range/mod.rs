//! What the commits of a range bring in: for pull requests, pushes, and everything since a day.
//!
//! Only what differs between each commit and its parents is read, so the cost follows the range and not the repository. A
//! secret that a commit only moves, or that stood in what it replaces, is none that it brings in.

mod diff;
pub mod resolve;
mod walk;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use diff::{Change, Differ, Difference};
use walk::Commit;
pub use walk::Range;

use super::PathFilter;
use super::history::commit_info;
use super::history::names::Names;
use super::history::secrets::Secrets;
use super::repository::Repository;
use super::staged::{Known, keep_added};
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::exposure::{CommitInfo, Exposure, HistoryPlace, PlaceKind, Reach};
use crate::finding::{BlobPath, Origin};
use crate::git::{FaultReason, Faults, Kind, Limits, ObjectId, ObjectStore};
use crate::scan::{Scan, Worker};

/// How a range is scanned.
#[derive(Debug)]
pub struct Options {
    /// Paths that are left out.
    pub filter: PathFilter,
    /// Larger blobs are left out.
    pub max_size: Option<u64>,
    /// Threads; zero for one per core.
    pub threads: usize,
    /// Whether a remote has the commits, where that is known.
    pub pushed: Option<bool>,
}

/// What all threads share.
struct Shared<'s, 'd> {
    store: &'s ObjectStore<'s>,
    names: Names<'s, 'd>,
    options: &'s Options,
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
    let shared = Shared {
        store: &store,
        names: Names::new(scan.detector(), &secrets, scan.min_confidence()),
        options,
    };
    for (id, raw) in &tags {
        worker.coverage().tags += 1;
        shared.scan_object(&mut worker, PlaceKind::Tag, *id, raw, None);
    }
    let threads = match options.threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    };
    let commits = &walked.commits;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = scan.worker();
        let mut differ = Differ::new(&store);
        while let Some(commit) = commits.get(next.fetch_add(1, Ordering::Relaxed))
            && !worker.is_cancelled()
        {
            shared.scan_commit(&mut worker, &mut differ, commit);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(commits.len()) {
            scope.spawn(work);
        }
        work();
    });
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
        // A tag of a tag of a tag: each is seen once, so a circle ends.
        while seen.insert((at, keep)) {
            let Ok((Kind::Tag, raw)) = store.read(&at, &Limits::default()) else {
                break;
            };
            let target = super::history::content::tagged(&raw);
            if keep {
                tags.push((at, raw));
            }
            match target {
                Some(target) => at = target,
                None => {
                    let subject = BlobPath::from_bytes(at.to_string());
                    worker.skip(SkipReason::Corrupt, subject, "the tag names no object");
                    break;
                }
            }
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
            (FaultReason::MissingObject | FaultReason::MissingBase(_), _) => {
                SkipReason::MissingObject
            }
            _ => SkipReason::Corrupt,
        };
        let detail = match from {
            Some(from) => format!("{reason}: a parent of commit {from}"),
            None => reason.to_string(),
        };
        worker.skip(skip, BlobPath::from_bytes(id.to_string()), detail);
    }
}

impl Shared<'_, '_> {
    fn scan_commit(
        &self,
        worker: &mut Worker<'_, '_>,
        differ: &mut Differ<'_, '_>,
        commit: &Commit,
    ) {
        worker.coverage().commits += 1;
        let info = Arc::new(commit_info(&self.names, commit.id, &commit.raw));
        self.scan_object(
            worker,
            PlaceKind::Commit,
            commit.id,
            &commit.raw,
            Some(&info),
        );
        let mut parents = Vec::new();
        for parent in &commit.parents {
            // A parent that is not there, as in a shallow clone, takes nothing out.
            if let Ok((Kind::Commit, raw)) = self.store.read(parent, &Limits::default()) {
                parents.extend(tree_of(&raw));
            }
        }
        let difference = differ.compare(commit.tree, &parents);
        for (tree, reason) in &difference.unreadable {
            record(worker, *tree, reason, &info);
        }
        let mut before: Option<Known> = None;
        for change in &difference.changes {
            self.scan_change(worker, differ, change, &difference, &info, &mut before);
        }
    }

    fn scan_change(
        &self,
        worker: &mut Worker<'_, '_>,
        differ: &mut Differ<'_, '_>,
        change: &Change,
        difference: &Difference,
        info: &Arc<CommitInfo>,
        before: &mut Option<Known>,
    ) {
        if self.options.filter.leaves_out(&change.path) {
            return worker.skip_many(SkipReason::Excluded, 1);
        }
        let place = |kind| {
            Origin::History(Arc::new(HistoryPlace {
                commit: Some(Arc::clone(info)),
                kind,
                object: change.new.to_string(),
            }))
        };
        let named = change.path.get(change.named_from..).unwrap_or_default();
        for name in named.split(|&byte| byte == b'/') {
            if !self.names.secrets_in(name).is_empty() {
                let path = BlobPath::from_bytes(self.names.masked_path(&change.path));
                worker.place(&path, &place(PlaceKind::FileName), name, |_| true);
                self.expose(worker, name, info);
            }
        }
        let bytes = match self.store.read(&change.new, &Limits::default()) {
            Ok((_, bytes)) => bytes,
            Err(reason) => return record(worker, change.new, &reason, info),
        };
        let path = BlobPath::from_bytes(self.names.masked_path(&change.path));
        let too_large = |limit| bytes.len() as u64 > limit;
        if self.options.max_size.is_some_and(too_large) {
            return worker.skip(SkipReason::TooLarge, path, "");
        }
        let mut added: Vec<Located> = Vec::new();
        worker.scan_bytes_where(&path, &place(PlaceKind::Blob), &bytes, |worker, located| {
            let known = before.get_or_insert_with(|| self.known_before(worker, differ, difference));
            keep_added(located, known);
            added.clone_from(located);
        });
        for located in added {
            self.expose_match(worker, &located, info);
        }
    }

    /// Every secret of what the commit replaces or removes. Read only once something is found.
    fn known_before(
        &self,
        worker: &mut Worker<'_, '_>,
        differ: &mut Differ<'_, '_>,
        difference: &Difference,
    ) -> Known {
        let old = difference.changes.iter().flat_map(|change| &change.old);
        let mut old: Vec<ObjectId> = old.copied().collect();
        for gone in &difference.gone {
            old.append(&mut differ.files(*gone));
        }
        old.sort_unstable();
        let mut known = Known::new();
        for id in old {
            // What cannot be read makes nothing known: what is found in the new blobs is then reported.
            if let Ok((_, bytes)) = self.store.read(&id, &Limits::default()) {
                super::staged::add_known(worker, &bytes, &mut known);
            }
        }
        known
    }

    /// Scans all of a commit or a tag.
    fn scan_object(
        &self,
        worker: &mut Worker<'_, '_>,
        kind: PlaceKind,
        id: ObjectId,
        raw: &[u8],
        info: Option<&Arc<CommitInfo>>,
    ) {
        let path = BlobPath::from_bytes(format!("{}/{id}", kind.name()));
        let origin = Origin::History(Arc::new(HistoryPlace {
            commit: info.cloned(),
            kind,
            object: id.to_string(),
        }));
        worker.coverage().bytes += raw.len() as u64;
        let mut found = Vec::new();
        worker.place(&path, &origin, raw, |located| {
            found.push(located.clone());
            true
        });
        if let Some(info) = info {
            for located in &found {
                self.expose_match(worker, located, info);
            }
        }
    }

    fn expose(&self, worker: &mut Worker<'_, '_>, text: &[u8], info: &Arc<CommitInfo>) {
        for located in worker.peek(text).matches {
            self.expose_match(worker, &located, info);
        }
    }

    /// Says how far a secret got, where that is known: not beyond this repository.
    fn expose_match(&self, worker: &mut Worker<'_, '_>, located: &Located, info: &Arc<CommitInfo>) {
        if self.options.pushed.is_none() {
            return;
        }
        let exposure = Exposure {
            first_seen: Some(Arc::clone(info)),
            last_seen: None,
            removed_in: None,
            in_head: None,
            reach: Reach::Reference,
            references: Vec::new(),
            reference_count: 0,
            pushed: self.options.pushed,
        };
        worker.expose(located.rule, located.secret.clone(), exposure);
    }
}

/// The tree of a commit.
fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    let line = raw.split(|&byte| byte == b'\n').next()?;
    ObjectId::from_hex(line.strip_prefix(b"tree ")?)
}

fn record(worker: &mut Worker<'_, '_>, id: ObjectId, reason: &FaultReason, commit: &CommitInfo) {
    let skip = match reason {
        FaultReason::MissingObject | FaultReason::MissingBase(_) => SkipReason::MissingObject,
        _ => SkipReason::Corrupt,
    };
    let detail = format!("{reason}: commit {} holds it", commit.id);
    worker.skip(skip, BlobPath::from_bytes(id.to_string()), detail);
}
