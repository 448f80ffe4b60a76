//! The secrets in what each commit of a range changes, before it is known which of them are new.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Options;
use super::diff::{Change, Differ, Difference};
use super::walk::Commit;
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::exposure::{CommitInfo, HistoryPlace, PlaceKind};
use crate::finding::{BlobPath, Origin, Secret};
use crate::git::{FaultReason, Kind, Limits, ObjectId, ObjectStore};
use crate::rule::RuleIndex;
use crate::scan::{Scan, Worker};
use crate::source::archive::{self, Sink, is_archive};
use crate::source::history::archives;
use crate::source::history::names::Names;

/// A secret of a rule.
pub(super) type Key = (RuleIndex, Secret);

/// A place that holds secrets.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: PlaceKind,
    /// Of a name: the path up to and including it.
    pub(super) path: Vec<u8>,
    pub(super) object: ObjectId,
    pub(super) keys: BTreeSet<Key>,
}

/// What one commit holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) places: Vec<Place>,
    pub(super) difference: Difference,
}

impl Found {
    /// Looks for secrets in one place.
    fn add(
        &mut self,
        worker: &mut Worker<'_, '_>,
        kind: PlaceKind,
        object: ObjectId,
        path: &[u8],
        text: &[u8],
    ) {
        self.keep(keys_new(worker, path, text), kind, object, path);
    }

    /// Notes the secrets of one place.
    fn keep(&mut self, keys: BTreeSet<Key>, kind: PlaceKind, object: ObjectId, path: &[u8]) {
        // A folder's new name comes with each file in it.
        let same = |place: &Place| place.kind == kind && place.path == path;
        let again = kind == PlaceKind::FileName && self.places.iter().any(same);
        if !keys.is_empty() && !again {
            self.places.push(Place {
                kind,
                path: path.to_vec(),
                object,
                keys,
            });
        }
    }
}

/// Reads commits and what they change.
pub(super) struct Collector<'s, 'd> {
    pub(super) store: &'s ObjectStore<'s>,
    pub(super) names: Names<'s, 'd>,
    pub(super) options: &'s Options,
}

impl Collector<'_, '_> {
    /// The secrets in what each commit changes, in the order of the commits.
    pub(super) fn collect(
        &self,
        scan: &Scan<'_>,
        commits: &[Commit],
        threads: usize,
    ) -> Vec<Found> {
        let results = Mutex::new(Vec::with_capacity(commits.len()));
        let next = AtomicUsize::new(0);
        let work = || {
            let mut worker = scan.worker();
            let mut differ = Differ::new(self.store);
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(commit) = commits.get(at).filter(|_| !worker.is_cancelled()) else {
                    break;
                };
                let found = self.commit(&mut worker, &mut differ, commit);
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.push((at, found));
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads.min(commits.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, found)| found).collect()
    }

    fn commit(
        &self,
        worker: &mut Worker<'_, '_>,
        differ: &mut Differ<'_, '_>,
        commit: &Commit,
    ) -> Found {
        worker.coverage().commits += 1;
        worker.coverage().bytes += commit.raw.len() as u64;
        let mut found = Found::default();
        found.add(worker, PlaceKind::Commit, commit.id, &[], &commit.raw);
        let mut parents = Vec::new();
        for parent in &commit.parents {
            // A parent that is not there, as in a shallow clone, takes nothing out.
            if let Ok((Kind::Commit, raw)) = self.store.read(parent, &Limits::default()) {
                parents.extend(tree_of(&raw));
            }
        }
        let difference = differ.compare(commit.tree, &parents);
        for (tree, reason) in &difference.unreadable {
            record(worker, *tree, reason, commit);
        }
        for change in &difference.changes {
            self.change(worker, &mut found, change, commit);
        }
        found.difference = difference;
        found
    }

    fn change(
        &self,
        worker: &mut Worker<'_, '_>,
        found: &mut Found,
        change: &Change,
        commit: &Commit,
    ) {
        if self.options.filter.leaves_out(&change.path) {
            return worker.skip_many(SkipReason::Excluded, 1);
        }
        let path = &change.path;
        let mut start = change.named_from;
        while let Some(rest) = path.get(start..).filter(|rest| !rest.is_empty()) {
            let end = start + memchr::memchr(b'/', rest).unwrap_or(rest.len());
            let name = &path[start..end];
            // Names are looked at before the content, so that paths can be masked.
            if !self.names.secrets_in(name).is_empty() {
                let (kind, whole) = (PlaceKind::FileName, &path[..end]);
                found.add(worker, kind, change.new, whole, name);
            }
            start = end + 1;
        }
        let bytes = match self.store.read(&change.new, &Limits::default()) {
            Ok((_, bytes)) => bytes,
            Err(reason) => return record(worker, change.new, &reason, commit),
        };
        let too_large = |limit| bytes.len() as u64 > limit;
        if self.options.max_size.is_some_and(too_large) {
            let path = BlobPath::from_bytes(self.names.masked_path(path));
            return worker.skip(SkipReason::TooLarge, path, "");
        }
        worker.coverage().blobs += 1;
        worker.coverage().bytes += bytes.len() as u64;
        let keys = match &self.options.archives {
            Some(options) if is_archive(&bytes) => {
                let path = BlobPath::from_bytes(self.names.masked_path(path));
                let mut sink = KeySink::new(worker, true);
                archive::open_bytes(&mut sink, options, &path, &bytes);
                sink.keys
            }
            _ => keys_new(worker, path, &bytes),
        };
        found.keep(keys, PlaceKind::Blob, change.new, path);
    }

    /// The secrets that would be reported of a blob that the range only replaces or removes, or that stands elsewhere.
    pub(super) fn known(
        &self,
        worker: &mut Worker<'_, '_>,
        path: &[u8],
        bytes: &[u8],
    ) -> BTreeSet<Key> {
        match &self.options.archives {
            Some(options) if is_archive(bytes) => {
                let mut sink = KeySink::new(worker, false);
                let path = BlobPath::from_bytes(path);
                archive::open_bytes(&mut sink, options, &path, bytes);
                sink.keys
            }
            _ => keys_of(worker, path, bytes),
        }
    }

    /// Reports the secrets of `keys` in one place.
    pub(super) fn report(
        &self,
        worker: &mut Worker<'_, '_>,
        place: &Place,
        keys: &BTreeSet<Key>,
        commit: Option<(&Commit, &Arc<CommitInfo>)>,
    ) {
        let bytes;
        let text: &[u8] = match (place.kind, commit) {
            (PlaceKind::Commit, Some((commit, _))) => &commit.raw,
            (PlaceKind::FileName, _) => {
                let start = memchr::memrchr(b'/', &place.path).map_or(0, |slash| slash + 1);
                &place.path[start..]
            }
            // It was read before; one that is gone by now was recorded as unreadable by whoever took it.
            _ => match self.store.read(&place.object, &Limits::default()) {
                Ok((_, read)) => {
                    bytes = read;
                    &bytes
                }
                Err(reason) => {
                    let subject = BlobPath::from_bytes(place.object.to_string());
                    return worker.skip(SkipReason::from(&reason), subject, reason.to_string());
                }
            },
        };
        let path = match place.kind {
            PlaceKind::Commit | PlaceKind::Tag => {
                format!("{}/{}", place.kind.name(), place.object).into_bytes()
            }
            _ => self.names.masked_path(&place.path),
        };
        let origin = Origin::History(Arc::new(HistoryPlace {
            commit: commit.map(|(_, info)| Arc::clone(info)),
            kind: place.kind,
            object: place.object.to_string(),
        }));
        let path = BlobPath::from_bytes(path);
        let wanted = |located: &Located| keys.contains(&(located.rule, located.secret.clone()));
        match &self.options.archives {
            Some(options) if place.kind == PlaceKind::Blob && is_archive(text) => {
                archives::place(worker, options, &path, &origin, text, false, wanted);
            }
            _ => worker.place(&path, &origin, text, wanted),
        }
    }

    /// Reports what an annotated tag holds: nobody else does.
    pub(super) fn report_tag(&self, worker: &mut Worker<'_, '_>, id: ObjectId, raw: &[u8]) {
        worker.coverage().tags += 1;
        worker.coverage().bytes += raw.len() as u64;
        let keys = keys_of(worker, b"", raw);
        let place = Place {
            kind: PlaceKind::Tag,
            path: Vec::new(),
            object: id,
            keys,
        };
        if !place.keys.is_empty() {
            self.report(worker, &place, &place.keys, None);
        }
    }
}

/// The secrets that would be reported of a text.
pub(super) fn keys_of(worker: &mut Worker<'_, '_>, path: &[u8], text: &[u8]) -> BTreeSet<Key> {
    let blob = worker.peek(path, text);
    keys_in(worker, blob.matches)
}

/// As [`keys_of`], of a text that the range brings: what is kept well there counts.
fn keys_new(worker: &mut Worker<'_, '_>, path: &[u8], text: &[u8]) -> BTreeSet<Key> {
    let blob = worker.peek(path, text);
    worker.coverage().kept.add(blob.kept);
    keys_in(worker, blob.matches)
}

fn keys_in(worker: &Worker<'_, '_>, matches: Vec<Located>) -> BTreeSet<Key> {
    matches
        .into_iter()
        .filter(|located| worker.wants(located))
        .map(|located| (located.rule, located.secret))
        .collect()
}

/// Collects the secrets of what is in an archive.
struct KeySink<'k, 's, 'd> {
    worker: &'k mut Worker<'s, 'd>,
    /// Whether it is new: then what cannot be read is recorded, and what is kept well counts.
    tell: bool,
    keys: BTreeSet<Key>,
}

impl<'k, 's, 'd> KeySink<'k, 's, 'd> {
    fn new(worker: &'k mut Worker<'s, 'd>, tell: bool) -> Self {
        Self {
            worker,
            tell,
            keys: BTreeSet::new(),
        }
    }
}

impl Sink for KeySink<'_, '_, '_> {
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let found = self.worker.peek_reader(path.as_bytes(), content)?;
        if self.tell {
            self.worker.coverage().kept.add(found.kept);
        }
        self.keys.append(&mut keys_in(self.worker, found.matches));
        Ok(())
    }

    fn skip(&mut self, reason: SkipReason, path: BlobPath, detail: String) {
        if self.tell {
            self.worker.skip(reason, path, detail);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.worker.is_cancelled()
    }
}

/// The tree of a commit.
pub(super) fn tree_of(raw: &[u8]) -> Option<ObjectId> {
    let line = raw.split(|&byte| byte == b'\n').next()?;
    ObjectId::from_hex(line.strip_prefix(b"tree ")?)
}

fn record(worker: &mut Worker<'_, '_>, id: ObjectId, reason: &FaultReason, commit: &Commit) {
    let detail = format!("{reason}: commit {} holds it", commit.id);
    let subject = BlobPath::from_bytes(id.to_string());
    worker.skip(SkipReason::from(reason), subject, detail);
}
