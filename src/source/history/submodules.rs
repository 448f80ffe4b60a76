//! The repositories of submodules: those checked out, and those kept in the git directory.
//!
//! A submodule that was never cloned cannot be scanned; nothing is fetched for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Options;
use crate::coverage::SkipReason;
use crate::finding::BlobPath;
use crate::scan::Scan;
use crate::source::repository::{Repository, RepositoryError, chain};

/// Submodules in submodules.
const DEPTH: usize = 32;

/// Scans the histories of all submodules of a repository, and of theirs.
pub(super) fn run(
    scan: &Scan<'_>,
    repository: &Repository,
    options: &Options,
) -> Result<(), RepositoryError> {
    let mut seen = BTreeSet::from([real(repository.git_dir())]);
    below(scan, repository, options, &mut seen, 0)
}

fn below(
    scan: &Scan<'_>,
    repository: &Repository,
    options: &Options,
    seen: &mut BTreeSet<PathBuf>,
    depth: usize,
) -> Result<(), RepositoryError> {
    let index = repository.index().map_err(|error| RepositoryError::Read {
        path: repository.root(),
        what: "the index",
        message: chain(&*error),
    })?;
    let modules = repository.inner.common_dir().join("modules");
    let mut found: Vec<(Vec<u8>, Option<PathBuf>)> = Vec::new();
    for entry in index.entries().iter().filter(|e| e.mode.is_submodule()) {
        let name = entry.path(&index).to_vec();
        let Ok(path) = gix::path::from_bstr(gix::bstr::BStr::new(&name)) else {
            found.push((name, None));
            continue;
        };
        let checked_out = repository.worktree().map(|top| top.join(&path));
        let checked_out = checked_out.filter(|path| path.join(".git").exists());
        let kept = Some(modules.join(&path)).filter(|path| path.join("HEAD").exists());
        found.push((name, checked_out.or(kept)));
    }
    for kept in kept_repositories(&modules) {
        let name = kept.strip_prefix(&modules).unwrap_or(&kept);
        let name = BlobPath::from_path(name).as_bytes().to_vec();
        found.push((name, Some(kept)));
    }
    for (name, place) in found {
        let prefix = [options.prefix.as_slice(), &name, b"/"].concat();
        let subject = BlobPath::from_bytes([options.prefix.as_slice(), &name].concat());
        let Some(place) = place else {
            let detail = "the submodule is not cloned";
            scan.worker()
                .skip(SkipReason::MissingObject, subject, detail);
            continue;
        };
        let inner = match Repository::discover(&place) {
            Ok(inner) => inner,
            Err(error) => {
                let detail = error.to_string();
                scan.worker().skip(SkipReason::Unreadable, subject, detail);
                continue;
            }
        };
        // Several names for one repository; and a submodule that claims to be what holds it ends here.
        if !seen.insert(real(inner.git_dir())) {
            continue;
        }
        let inner_options = Options {
            prefix,
            references: Vec::new(),
            submodules: false,
            ..options.clone()
        };
        super::run(scan, &inner, &inner_options)?;
        if depth < DEPTH {
            below(scan, &inner, &inner_options, seen, depth + 1)?;
        }
    }
    Ok(())
}

/// Git directories below `modules`, those of submodules' own submodules left out.
fn kept_repositories(modules: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![modules.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("HEAD").is_file() && folder.join("objects").is_dir() {
            found.push(folder);
            continue;
        }
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
