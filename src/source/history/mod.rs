//! A repository's whole history: every object once, then which commits brought each secret in.
//!
//! ```text
//!  archives    what is in blobs that are archives, where these are opened
//!  content     which secrets each object holds, scanning of deltas only what is new
//!  names       secrets in the names of files, folders and references
//!  references  what names objects: references, reflogs, HEAD
//!  exposures   how far each secret got, from the attribution of git::attribution
//!  places      the objects with secrets read once more, to say where in them these stand
//! ```
//!
//! Runs no program, fetches nothing and writes nothing. What cannot be read is recorded and makes the scan incomplete.

pub(in crate::source) mod archives;
pub mod content;
mod exposures;
pub(super) mod names;
mod places;
pub(super) mod references;
pub(super) mod secrets;
pub(super) mod skips;
mod submodules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use content::{ContentScanner, Marked, Method, Shared};
pub(super) use exposures::commit_info;
use exposures::{Exposures, Known};
use names::Names;
use places::Places;
use references::Names as References;
use secrets::Secrets;

use super::repository::{Repository, RepositoryError};
use crate::coverage::{KeptWell, SkipReason};
use crate::detect::blob::BlobScanner;
use crate::git::attribution::{
    BlobMarks, Commits, Mark, Questions, Tip, Trees, attribute, read_trees,
};
use crate::git::{Faults, Kind, Kinds, Limits, ObjectId, ObjectStore, Statistics, WalkOptions};
use crate::scan::Scan;

/// What of a history is reported, and how it is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// How objects are scanned.
    pub method: Method,
    /// Branches and other references, by full or short name; all of them if there are none.
    pub references: Vec<String>,
    /// Whether to report what no reference leads to.
    pub unreachable: bool,
    /// Paths that are left out.
    pub filter: super::PathFilter,
    /// Larger blobs are left out.
    pub max_size: Option<u64>,
    /// How archives are opened; without it they are scanned as bytes.
    pub archives: Option<super::archive::Options>,
    /// Threads; zero for one per core.
    pub threads: usize,
    /// Whether to scan the repositories of submodules too.
    pub submodules: bool,
    /// In front of all paths: where a submodule is.
    pub prefix: Vec<u8>,
}

impl Options {
    /// Whether a path of the repository is left out.
    fn leaves_out(&self, path: &[u8]) -> bool {
        self.filter.leaves_out(&[&self.prefix, path].concat())
    }

    /// Whether a reference was asked for.
    fn wants(&self, name: &[u8]) -> bool {
        self.references.is_empty() || self.references.iter().any(|asked| is_called(name, asked))
    }
}

/// Whether `asked` is the full name of a reference or short for it.
pub(super) fn is_called(name: &[u8], asked: &str) -> bool {
    ["", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/"]
        .iter()
        .any(|prefix| name.strip_prefix(prefix.as_bytes()) == Some(asked.as_bytes()))
}

/// What the scan of all objects yields.
struct Content {
    marked: Vec<Marked>,
    commits: Commits,
    /// Annotated tags: what they point to.
    tags: HashMap<ObjectId, ObjectId>,
    /// Commits and tags that make no sense.
    malformed: Vec<ObjectId>,
    statistics: Statistics,
    too_large: u64,
    /// Files in archives that are left out by their paths.
    excluded: u64,
    kept: KeptWell,
}

/// Scans the history of a repository.
pub fn run(
    scan: &Scan<'_>,
    repository: &Repository,
    options: &Options,
) -> Result<(), RepositoryError> {
    let threads = super::thread_count(options.threads);
    let faults = Faults::new();
    let store = repository.objects(&faults);
    let secrets = Secrets::default();
    let walk = WalkOptions {
        threads,
        ..WalkOptions::default()
    };
    let content = read_content(scan, &store, &secrets, options, &walk, &faults);
    let references = References::read(repository);
    for asked in &options.references {
        let known = &references.references;
        if !known
            .iter()
            .any(|reference| is_called(&reference.name, asked))
        {
            return Err(RepositoryError::NoReference {
                path: repository.root(),
                name: asked.clone(),
            });
        }
    }
    let names = Names::new(scan.detector(), &secrets, scan.min_confidence());

    let blobs = content.marked.iter().filter(|m| m.kind == Kind::Blob);
    let marks = BlobMarks::new(blobs.flat_map(|m| m.marks.iter().map(|&mark| (m.id, Mark(mark)))));
    let mut trees = read_trees(&store, &marks, &names, &walk, &faults);
    mark_by_name(scan, &store, &secrets, &names, &mut trees);
    let in_references: Vec<Vec<u32>> = references
        .all_names()
        .map(|name| names.secrets_in(name))
        .collect();
    let commit_marks: Vec<(ObjectId, Mark)> = content
        .marked
        .iter()
        .filter(|m| m.kind == Kind::Commit)
        .flat_map(|m| m.marks.iter().map(|&mark| (m.id, Mark(mark))))
        .collect();
    let tips = tips(&references, &content);
    // Before the attribution takes its memory, and what this needs is let go.
    let seen = skips::Seen {
        store: &store,
        references: &references,
        content: &content,
        trees: &trees,
        tips: &tips,
    };
    skips::missing(&mut scan.worker(), repository, &seen, &walk);
    store.forget_deltas();
    let attribution = attribute(
        &content.commits,
        &trees,
        &Questions {
            tips: &tips,
            head: references.head,
            commit_marks: &commit_marks,
            ..Questions::default()
        },
        &faults,
    );

    let mut worker = scan.worker();
    let coverage = worker.coverage();
    coverage.blobs += content.statistics.count(Kind::Blob);
    coverage.commits += content.statistics.count(Kind::Commit);
    coverage.tags += content.statistics.count(Kind::Tag);
    coverage.references += references.references.len() as u64;
    coverage.bytes += content.statistics.object_bytes;
    coverage.kept.merge(content.kept.clone());
    worker.skip_many(SkipReason::TooLarge, content.too_large);
    worker.skip_many(SkipReason::Excluded, content.excluded);
    // In a submodule they are looked at by whoever looks at this one.
    if !options.submodules && options.prefix.is_empty() {
        worker.skip_many(SkipReason::Submodule, trees.submodules() as u64);
    }
    if attribution.is_cut() {
        skips::cut(&mut worker);
    }
    drop(worker);

    let staged = staged(repository);
    let exposures = Exposures::new(Known {
        store: &store,
        commits: &content.commits,
        tags: &content.tags,
        references: &references,
        attribution: &attribution,
        names: &names,
        bare: repository.worktree().is_none(),
        staged: &staged,
    });
    let places = Places::new(&exposures, &content.marked, &in_references, options);
    places.report(scan, &secrets.list(), threads);
    skips::faults(&mut scan.worker(), faults);
    if options.submodules {
        submodules::run(scan, repository, options)?;
    }
    Ok(())
}

/// Looks at the files that are known by their name.
fn mark_by_name(
    scan: &Scan<'_>,
    store: &ObjectStore<'_>,
    secrets: &Secrets,
    names: &Names<'_, '_>,
    trees: &mut Trees<'_>,
) {
    let wanted = trees.wanted(names);
    let detector = scan.detector().afresh();
    let mut scanner = BlobScanner::new(&detector);
    for (name, blob) in wanted {
        // What is not there was recorded as missing, and what is broken when it was to be scanned.
        let Ok((Kind::Blob, bytes)) = store.read(&blob, &Limits::default()) else {
            continue;
        };
        let rules = detector.file_rules_of_name(&name);
        let found = scanner.scan_named(&rules, &bytes).matches.into_iter();
        let marks: Vec<Mark> = found
            .filter(|l| l.verdict.confidence >= scan.min_confidence())
            .map(|l| Mark(secrets.number(l.rule, l.secret.expose())))
            .collect();
        if !marks.is_empty() {
            trees.mark(&name, &blob, &marks);
        }
    }
}

/// The blobs of the index, and where they stand in it. An index that cannot be read is told by whoever scans it: here its
/// blobs are taken for dangling ones.
fn staged(repository: &Repository) -> HashMap<ObjectId, Vec<u8>> {
    let Ok(index) = repository.index() else {
        return HashMap::new();
    };
    let entries = index.entries().iter().filter(|e| !e.mode.is_submodule());
    entries
        .filter_map(|entry| {
            let id = ObjectId::from_bytes(entry.id.as_bytes())?;
            Some((id, entry.path(&index).to_vec()))
        })
        .collect()
}

/// Scans all objects but trees.
fn read_content(
    scan: &Scan<'_>,
    store: &ObjectStore<'_>,
    secrets: &Secrets,
    options: &Options,
    walk: &WalkOptions,
    faults: &Faults,
) -> Content {
    // What it compiles is most of the memory that is not needed any more when all objects are read.
    let detector = scan.detector().afresh();
    let shared = Shared {
        detector: &detector,
        secrets,
        progress: scan.progress(),
        cancelled: &|| scan.is_cancelled(),
        method: options.method,
        min_confidence: scan.min_confidence(),
        max_size: options.max_size,
        archives: options.archives.as_ref(),
    };
    let walk = WalkOptions {
        kinds: Kinds::BLOBS.with(Kind::Commit).with(Kind::Tag),
        ..*walk
    };
    scan.progress()
        .total
        .store(store.packed_count(), Ordering::Relaxed);
    let walked = store.walk(&walk, || ContentScanner::new(&shared), faults);
    let mut content = Content {
        marked: Vec::new(),
        commits: Commits::new(&[]),
        tags: HashMap::new(),
        malformed: Vec::new(),
        statistics: walked.statistics,
        too_large: 0,
        excluded: 0,
        kept: KeptWell::default(),
    };
    let mut builders = Vec::new();
    for mut scanner in walked.visitors {
        content.marked.append(&mut scanner.marked);
        content.tags.extend(scanner.tags.drain(..));
        content.malformed.append(&mut scanner.malformed);
        content.too_large += scanner.too_large;
        content.excluded += scanner.excluded;
        content.kept.merge(std::mem::take(&mut scanner.kept));
        builders.push(std::mem::take(&mut scanner.commits));
    }
    content.marked.sort_unstable_by_key(|marked| marked.id);
    content.malformed.sort_unstable();
    content.commits = Commits::new(&builders);
    content
}

/// References and reflog entries that lead to commits. The tag of each is its position: references first.
fn tips(references: &References, content: &Content) -> Vec<Tip> {
    let named = references.references.iter().map(|r| r.target);
    let logged = references.logged.iter().copied();
    let targets = (0..).zip(named.chain(logged));
    targets
        .filter_map(|(tag, target)| {
            let commit = peeled(target, &content.tags);
            content.commits.find(&commit)?;
            Some(Tip { commit, tag })
        })
        .collect()
}

/// What an annotated tag points to in the end; the object itself if it is none.
fn peeled(target: ObjectId, tags: &HashMap<ObjectId, ObjectId>) -> ObjectId {
    let mut at = target;
    // A circle of tags would need a broken hash; a repository can still hold one in a pack that lies.
    for _ in 0..tags.len() {
        match tags.get(&at) {
            Some(&next) => at = next,
            None => break,
        }
    }
    at
}
