//! Where blobs come from. One file per source; each gives a scan's workers everything it can read and records
//! everything it cannot.

pub mod archive;
pub mod changes;
pub mod history;
pub mod range;
pub mod repository;
pub mod staged;
pub mod stdin;
pub mod worktree;

use std::num::NonZero;
use std::path::Path;
use std::thread;

/// Which paths of a repository are left out.
#[derive(Debug, Clone)]
pub struct PathFilter {
    /// Folders and files left out by the configuration, relative to the root.
    pub exclude: Option<ignore::gitignore::Gitignore>,
    /// `--glob`.
    pub globs: ignore::overrides::Override,
}

impl PathFilter {
    /// Whether a file in an archive is left out: by itself, or with a folder in the archive. `archive` is the length of
    /// the archive's own path, of which it was decided before.
    pub(crate) fn leaves_out_inside(&self, path: &[u8], archive: usize) -> bool {
        let slashes = memchr::memchr_iter(b'/', path).filter(|&at| at > archive + 1);
        let mut places = slashes.map(|at| (at, true)).chain([(path.len(), false)]);
        places.any(|(end, is_folder)| {
            let part = path.get(..end).unwrap_or_default();
            let part = gix::path::from_bstr(gix::bstr::BStr::new(part));
            // An archive outside of a repository may have an absolute path.
            let part: &Path = &part.unwrap_or_default();
            let part = part.strip_prefix("/").unwrap_or(part);
            self.exclude
                .as_ref()
                .is_some_and(|exclude| exclude.matched(part, is_folder).is_ignore())
                || self.globs.matched(part, is_folder).is_ignore()
        })
    }

    /// Whether a file is left out; `path` is relative to the root.
    pub(crate) fn leaves_out(&self, path: &[u8]) -> bool {
        let path = gix::path::from_bstr(gix::bstr::BStr::new(path));
        let path: &Path = &path.unwrap_or_default();
        let excluded = self
            .exclude
            .as_ref()
            .is_some_and(|exclude| exclude.matched_path_or_any_parents(path, false).is_ignore());
        excluded || worktree::is_dropped(&self.globs, Path::new(""), path)
    }
}

/// How many threads to use when `asked` are asked for; zero stands for one for each core.
fn thread_count(asked: usize) -> usize {
    match asked {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        asked => asked,
    }
}
