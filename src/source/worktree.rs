//! Files on disk: a repository's working tree, or any folder or file.
//!
//! Reads every regular file that git tracks or does not ignore, hidden ones included. Never reads `.git`, never
//! follows symbolic links unless asked, never opens pipes, sockets or devices, and records whatever it leaves out.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::archive;
use super::changes::Base;
use super::repository::{Tracked, TrackedError};
use super::staged::keep_added;
use crate::coverage::SkipReason;
use crate::finding::{BlobPath, Origin};
use crate::scan::{Scan, Worker};

/// What to read and what to leave out.
#[derive(Debug, Default)]
pub struct Options {
    /// Folder that reported paths are relative to; absolute.
    pub root: PathBuf,
    /// What to scan; absolute. Files are read even if ignored.
    pub paths: Vec<PathBuf>,
    /// Follow symbolic links.
    pub follow: bool,
    /// Read ignored files too.
    pub no_ignore: bool,
    /// Globs that select (`*.rs`) or, with `!` in front, drop files.
    pub globs: Vec<String>,
    /// Folders and files left out by the configuration, relative to the root.
    pub exclude: Option<ignore::gitignore::Gitignore>,
    /// Larger files are left out.
    pub max_size: Option<u64>,
    /// Number of threads; 0 for one per core.
    pub threads: usize,
    /// How archives are opened; without it they are scanned as bytes.
    pub archives: Option<archive::Options>,
    /// If there, only what differs from it is read and reported.
    pub base: Option<Base>,
}

/// Why a walk could not start.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// A glob of `--glob` is malformed.
    #[error("bad glob: {0}")]
    Glob(#[source] ignore::Error),
}

/// Scans the files below the given paths.
pub fn run(scan: &Scan<'_>, options: &Options) -> Result<(), WorktreeError> {
    let globs = overrides(&options.root, &options.globs)?;
    let (tracked, unknown) = if options.no_ignore {
        (Vec::new(), Vec::new())
    } else {
        Tracked::of_paths(&options.paths)
    };
    let walk = Walk {
        scan,
        options,
        globs: globs.clone(),
        tracked: RwLock::new(tracked),
        listed: AtomicU64::new(0),
        visited: AtomicU64::new(0),
        folders: Mutex::default(),
    };
    for error in unknown {
        walk.record_unknown(&mut scan.worker(), error);
    }
    walk.walk(globs);
    walk.read_tracked_but_ignored();
    Ok(())
}

/// The matcher of `--glob`, for paths below `root`.
pub fn overrides(root: &Path, globs: &[String]) -> Result<Override, WorktreeError> {
    let mut builder = OverrideBuilder::new(root);
    for glob in globs {
        builder.add(glob).map_err(WorktreeError::Glob)?;
    }
    builder.build().map_err(WorktreeError::Glob)
}

/// A walk under way.
struct Walk<'s, 'd> {
    scan: &'s Scan<'d>,
    options: &'s Options,
    globs: Override,
    /// The indexes of the repositories met, with which of their files were visited.
    tracked: RwLock<Vec<Tracked>>,
    /// Entries that the visited folders hold.
    listed: AtomicU64,
    /// Entries that the walk gave out.
    visited: AtomicU64,
    /// The folders visited: ignored tracked files in them were counted as ignored.
    folders: Mutex<HashSet<PathBuf>>,
}

/// What one thread of the walk owns.
struct Visitor<'w, 's, 'd> {
    walk: &'w Walk<'s, 'd>,
    worker: Worker<'s, 'd>,
    folders: Vec<PathBuf>,
}

impl Walk<'_, '_> {
    fn walk(&self, globs: Override) {
        let Some((first, rest)) = self.options.paths.split_first() else {
            return;
        };
        let mut builder = WalkBuilder::new(first);
        for path in rest {
            builder.add(path);
        }
        let respect = !self.options.no_ignore;
        builder
            .hidden(false)
            .ignore(false)
            .git_ignore(respect)
            .git_global(respect)
            .git_exclude(respect)
            .parents(respect)
            .follow_links(self.options.follow)
            .threads(self.options.threads)
            .overrides(globs)
            .filter_entry(|entry| entry.file_name() != ".git");
        builder.build_parallel().run(|| {
            let mut visitor = Visitor {
                walk: self,
                worker: self.scan.worker(),
                folders: Vec::new(),
            };
            Box::new(move |entry| visitor.visit(entry))
        });
    }

    /// Tracked files that the ignore rules hid from the walk are scanned all the same: git would commit them.
    fn read_tracked_but_ignored(&self) {
        let tracked = self.tracked.read().unwrap_or_else(PoisonError::into_inner);
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let hidden: Vec<PathBuf> = tracked
            .iter()
            .flat_map(Tracked::unvisited)
            .filter(|path| self.named_above(path).is_some())
            .filter(|path| !is_dropped(&self.globs, &self.options.root, path))
            .collect();
        let counted = AtomicU64::new(0);
        hidden.par_iter().for_each_init(
            || self.scan.worker(),
            |worker, path| {
                if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
                    // The link was counted by the walk.
                    if !self.options.follow && is_behind_link(path) {
                        return;
                    }
                    if path.parent().is_some_and(|parent| folders.contains(parent)) {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                    // An excluded folder was counted by the walk, as a whole.
                    if !self.is_below_excluded(path) {
                        if self.is_excluded(path, false) {
                            worker.skip_many(SkipReason::Excluded, 1);
                        } else {
                            self.read(worker, path);
                        }
                    }
                }
            },
        );
        let left_out = self
            .listed
            .load(Ordering::Relaxed)
            .saturating_sub(self.visited.load(Ordering::Relaxed))
            .saturating_sub(counted.load(Ordering::Relaxed));
        let reason = if self.options.globs.is_empty() {
            SkipReason::Ignored
        } else {
            SkipReason::Excluded
        };
        self.scan.worker().skip_many(reason, left_out);
    }

    /// Whether the configuration leaves out this very path. The folders above it are for the walk, which does not
    /// descend into an excluded one; what is named on the command line is read even if it is excluded.
    fn is_excluded(&self, path: &Path, is_folder: bool) -> bool {
        let Some(exclude) = &self.options.exclude else {
            return false;
        };
        let relative = path.strip_prefix(&self.options.root).unwrap_or(path);
        exclude
            .matched(relative_to_root(relative), is_folder)
            .is_ignore()
    }

    /// Whether a folder between what was named and `path` is excluded.
    fn is_below_excluded(&self, path: &Path) -> bool {
        let Some(named) = self.named_above(path) else {
            return false;
        };
        path.ancestors()
            .skip(1)
            .take_while(|folder| *folder != named && folder.starts_with(named))
            .any(|folder| self.is_excluded(folder, true))
    }

    /// The path of the command line that `path` is, or is below.
    fn named_above(&self, path: &Path) -> Option<&PathBuf> {
        self.options
            .paths
            .iter()
            .find(|named| path.starts_with(named))
    }

    fn read(&self, worker: &mut Worker<'_, '_>, path: &Path) {
        let name = self.name(path);
        let result = File::open(path).and_then(|mut file| {
            if let Some(limit) = self.options.max_size
                && file.metadata()?.len() > limit
            {
                worker.skip(SkipReason::TooLarge, name.clone(), "");
                return Ok(());
            }
            if let Some(base) = &self.options.base {
                return self.read_changed(worker, base, path, &name, file);
            }
            let archives = self.options.archives.as_ref();
            archive::scan_file(worker, archives, &name, &Origin::File, &mut file, |_, _| {})
        });
        if let Err(error) = result {
            worker.unreadable(name, &error);
        }
    }

    /// Scans a file for what the index's version of it does not hold.
    fn read_changed(
        &self,
        worker: &mut Worker<'_, '_>,
        base: &Base,
        path: &Path,
        name: &BlobPath,
        mut file: File,
    ) -> io::Result<()> {
        let archives = self.options.archives.as_ref();
        let relative = path.strip_prefix(&self.options.root).unwrap_or(path);
        if base.is_unchanged(relative, &file.metadata()?) {
            return Ok(());
        }
        let mut known = None;
        archive::scan_file(
            worker,
            archives,
            name,
            &Origin::File,
            &mut file,
            |worker, located| {
                let known = known.get_or_insert_with(|| base.known(worker, relative, archives));
                keep_added(located, known);
            },
        )
    }

    /// Without its index it is unknown what a repository tracks, and so whether an ignored file should be read.
    fn record_unknown(&self, worker: &mut Worker<'_, '_>, error: TrackedError) {
        let index = self.name(&error.root.join(".git/index"));
        worker.skip(SkipReason::Corrupt, index, error.message);
        // Known to be unknown, so that it is said once.
        self.tracked
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Tracked::unknown(error.root));
    }

    fn name(&self, path: &Path) -> BlobPath {
        BlobPath::from_path(path.strip_prefix(&self.options.root).unwrap_or(path))
    }
}

/// Whether `--glob` drops a file: by its own name, or with a folder that it is in.
pub(super) fn is_dropped(globs: &Override, root: &Path, path: &Path) -> bool {
    globs.matched(path, false).is_ignore()
        || path
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != root && !folder.as_os_str().is_empty())
            .any(|folder| globs.matched(folder, true).is_ignore())
}

/// Whether a folder above the file is a symbolic link by now, so that the file is another than the one git tracks.
fn is_behind_link(path: &Path) -> bool {
    let parent = path.parent().unwrap_or(path);
    !parent.canonicalize().is_ok_and(|real| real == parent)
}

/// The matcher refuses absolute paths; one outside of the root is matched by its components all the same.
fn relative_to_root(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

impl Visitor<'_, '_, '_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.worker.is_cancelled() {
            return WalkState::Quit;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                self.walk.visited.fetch_add(1, Ordering::Relaxed);
                self.record(&error);
                return WalkState::Continue;
            }
        };
        if entry.depth() > 0 {
            self.walk.visited.fetch_add(1, Ordering::Relaxed);
        }
        let path = entry.path();
        let Some(kind) = entry.file_type() else {
            return WalkState::Continue;
        };
        // What was named on the command line is scanned, whatever the configuration leaves out.
        if entry.depth() > 0 && self.walk.is_excluded(path, kind.is_dir()) {
            self.mark_visited(path);
            self.worker.skip_many(SkipReason::Excluded, 1);
            return WalkState::Skip;
        }
        if kind.is_dir() {
            self.enter(path);
        } else if kind.is_file() {
            self.mark_visited(path);
            self.walk.read(&mut self.worker, path);
        } else if kind.is_symlink() {
            self.mark_visited(path);
            self.worker.skip_many(SkipReason::Symlink, 1);
        } else {
            self.worker.skip_many(SkipReason::SpecialFile, 1);
        }
        WalkState::Continue
    }

    /// Counts what a folder holds, so that what the walk leaves out of it is known.
    fn enter(&mut self, path: &Path) {
        // A folder that cannot be listed is reported by the walk itself.
        let Ok(entries) = fs::read_dir(path) else {
            return;
        };
        let mut count = 0;
        for entry in entries.flatten() {
            if entry.file_name() != ".git" {
                count += 1;
            } else if !self.walk.options.no_ignore {
                self.embedded_repository(path);
            }
        }
        self.walk.listed.fetch_add(count, Ordering::Relaxed);
        self.folders.push(path.to_owned());
    }

    /// A submodule or another repository inside the tree tracks its own files.
    fn embedded_repository(&mut self, path: &Path) {
        let known = self
            .walk
            .tracked
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|tracked| tracked.is_root(path)) {
            return;
        }
        drop(known);
        match Tracked::of_repository(path) {
            Ok(Some(tracked)) => {
                let mut known = self
                    .walk
                    .tracked
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                known.push(tracked);
            }
            Ok(None) => {}
            Err(error) => self.walk.record_unknown(&mut self.worker, error),
        }
    }

    fn mark_visited(&self, path: &Path) {
        let known = self
            .walk
            .tracked
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for tracked in known.iter() {
            tracked.mark_visited(path);
        }
    }

    fn record(&mut self, error: &ignore::Error) {
        // Following links may meet a loop: everything in it is reached by another way.
        if let Some(ignore::Error::Loop { .. }) = innermost(error) {
            self.worker.skip_many(SkipReason::Symlink, 1);
            return;
        }
        let subject = path_of(error).map_or_else(
            || BlobPath::from_bytes(error.to_string()),
            |p| self.walk.name(p),
        );
        match error.io_error() {
            Some(io) => self.worker.unreadable(subject, io),
            None => self
                .worker
                .skip(SkipReason::Unreadable, subject, error.to_string()),
        }
    }
}

impl Drop for Visitor<'_, '_, '_> {
    fn drop(&mut self) {
        let mut folders = self
            .walk
            .folders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        folders.extend(self.folders.drain(..));
    }
}

fn innermost(error: &ignore::Error) -> Option<&ignore::Error> {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => innermost(err),
        ignore::Error::Partial(errors) => errors.first().and_then(innermost),
        other => Some(other),
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.first().and_then(path_of),
        _ => None,
    }
}

/// Marks that can be set from many threads.
#[derive(Debug)]
pub(super) struct Marks(Vec<AtomicBool>);

impl Marks {
    pub(super) fn new(count: usize) -> Self {
        Self(
            std::iter::repeat_with(AtomicBool::default)
                .take(count)
                .collect(),
        )
    }

    pub(super) fn set(&self, index: usize) {
        if let Some(mark) = self.0.get(index) {
            mark.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_set(&self, index: usize) -> bool {
        self.0
            .get(index)
            .is_some_and(|mark| mark.load(Ordering::Relaxed))
    }
}
