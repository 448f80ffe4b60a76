//! What the next push could leak: staged and unstaged changes, untracked files, and commits that no remote has.
//!
//! Joins the other sources; of the working tree only files are read that differ from the index.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use gix::ObjectId;
use gix::bstr::BString;
use gix::index::entry::{Flags, Stage};

use super::archive;
use super::repository::{Repository, RepositoryError, chain};
use super::staged::{self, Known};
use super::worktree::{self, WorktreeError};
use super::{history, range};
use crate::finding::BlobPath;
use crate::git::{Faults, Limits, ObjectStore};
use crate::scan::{Scan, Worker};

/// Why the scan could not start.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The repository.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The working tree.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
}

/// How changes are scanned.
#[derive(Debug)]
pub struct Options {
    /// The index.
    pub staged: staged::Options,
    /// The working tree; its `base` is filled in.
    pub files: worktree::Options,
    /// The commits.
    pub commits: range::Options,
    /// The history, for a repository of which no remote has anything.
    pub history: history::Options,
}

/// Scans all of it.
pub fn run(
    scan: &Scan<'_>,
    repository: &Repository,
    mut options: Options,
) -> Result<(), ChangesError> {
    staged::run(scan, repository, &options.staged)?;
    if repository.worktree().is_some() {
        options.files.base = Some(Base::read(repository)?);
        worktree::run(scan, &options.files)?;
    }
    let tips = range::resolve::local_tips(repository);
    let range = range::resolve::unpushed(repository, None, tips);
    if range.exclude.is_empty() {
        history::run(scan, repository, &options.history)?;
    } else {
        range::run(scan, repository, &range, &options.commits);
    }
    Ok(())
}

/// What the index knows of the files in the working tree.
#[derive(Debug)]
pub struct Base {
    entries: HashMap<BString, Entry>,
    objects: ObjectStore<'static>,
}

/// One file of the index.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: ObjectId,
    size: u32,
    /// Seconds and nanoseconds; nothing where the file may have been changed at the moment the index was written.
    modified: Option<(u32, u32)>,
}

impl Base {
    fn read(repository: &Repository) -> Result<Self, RepositoryError> {
        let index = repository.index().map_err(|error| RepositoryError::Read {
            path: repository.root(),
            what: "the index",
            message: chain(&*error),
        })?;
        let written = index.timestamp().unix_seconds();
        let entries = index.entries().iter();
        let entries = entries
            .filter(|entry| {
                entry.stage() == Stage::Unconflicted
                    && !entry.mode.is_submodule()
                    && !entry.flags.contains(Flags::INTENT_TO_ADD)
            })
            .map(|entry| {
                let stat = &entry.stat;
                let safe = i64::from(stat.mtime.secs) < written;
                let known = Entry {
                    id: entry.id,
                    size: stat.size,
                    modified: safe.then_some((stat.mtime.secs, stat.mtime.nsecs)),
                };
                (entry.path(&index).to_owned(), known)
            })
            .collect();
        // What of the objects cannot be opened makes nothing known: more is reported, never less.
        let objects = repository.objects(&Faults::new());
        Ok(Self { entries, objects })
    }

    /// Whether git would take the file for unchanged without reading it.
    pub(super) fn is_unchanged(&self, path: &Path, metadata: &Metadata) -> bool {
        let Some(entry) = self.entry(path) else {
            return false;
        };
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| (since.as_secs() as u32, since.subsec_nanos()));
        // The index keeps sizes in 32 bits.
        metadata.len() as u32 == entry.size && modified.is_some() && modified == entry.modified
    }

    /// The secrets that the index's version of a file holds; nothing for an untracked file.
    pub(super) fn known(
        &self,
        worker: &mut Worker<'_, '_>,
        path: &Path,
        archives: Option<&archive::Options>,
    ) -> Known {
        let mut known = Known::new();
        let id = self.entry(path).map(|entry| entry.id);
        let id = id.and_then(|id| crate::git::ObjectId::from_bytes(id.as_bytes()));
        if let Some(id) = id
            && let Ok((_, bytes)) = self.objects.read(&id, &Limits::default())
        {
            let path = BlobPath::from_path(path);
            staged::add_known(worker, archives, &path, &bytes, &mut known);
        }
        known
    }

    fn entry(&self, path: &Path) -> Option<&Entry> {
        let path = gix::path::into_bstr(path).ok()?;
        self.entries.get::<gix::bstr::BStr>(&path)
    }
}
