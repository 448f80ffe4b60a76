//! From arguments to a plan: what to scan, with which rules, where to report.
//!
//! Reads the configuration and looks for the repository; scans nothing.

use std::env;
use std::path::{Component, Path, PathBuf};

use keyward::report::PathPrefix;
use keyward::rule::RuleSet;
use keyward::source::repository::{Repository, RepositoryError};

use super::CliError;
use super::args::ConfigArgs;

/// What finding paths are relative to.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) folder: PathBuf,
    pub(crate) repository: Option<Repository>,
    pub(crate) prefix: PathPrefix,
}

impl Root {
    /// The root for scanning `paths` (absolute): the repository they are in, the one folder that is scanned, or the
    /// current folder.
    pub(crate) fn of_paths(paths: &[PathBuf]) -> Result<Self, CliError> {
        let current = current_folder()?;
        let tops: Vec<Option<&Path>> = paths.iter().map(|path| top_of_repository(path)).collect();
        if let Some(Some(top)) = tops.first() {
            if tops.iter().all(|other| *other == Some(*top)) {
                // A repository that cannot be opened is still a folder of files; it only has no HEAD to tell of.
                let repository = Repository::discover(top).ok();
                return Ok(Self::new(PathBuf::from(*top), repository, &current));
            }
        }
        let folder = match paths {
            [only] if only.is_dir() => only.clone(),
            _ => current.clone(),
        };
        Ok(Self::new(folder, None, &current))
    }

    /// The root for scanning what git holds.
    pub(crate) fn of_repository(path: &Path) -> Result<Self, CliError> {
        let current = current_folder()?;
        if !path.exists() {
            return Err(CliError::NoSuchPath(path.to_owned()));
        }
        let repository = Repository::discover(path)?;
        Ok(Self::new(repository.root(), Some(repository), &current))
    }

    /// The root for standard input: only for finding the configuration.
    pub(crate) fn of_stdin() -> Result<Self, CliError> {
        let current = current_folder()?;
        let folder = top_of_repository(&current).map_or_else(|| current.clone(), Path::to_owned);
        let mut root = Self::new(folder, None, &current);
        root.prefix = PathPrefix::default();
        Ok(root)
    }

    fn new(folder: PathBuf, repository: Option<Repository>, current: &Path) -> Self {
        let prefix = prefix(&folder, current);
        Self {
            folder,
            repository,
            prefix,
        }
    }

    pub(crate) fn repository(&self) -> Result<&Repository, CliError> {
        self.repository.as_ref().ok_or_else(|| {
            CliError::Repository(RepositoryError::NotARepository {
                path: self.folder.clone(),
            })
        })
    }
}

fn current_folder() -> Result<PathBuf, CliError> {
    env::current_dir()
        .and_then(|folder| folder.canonicalize())
        .map_err(CliError::CurrentFolder)
}

fn top_of_repository(path: &Path) -> Option<&Path> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
}

/// How to write, from `current`, a path that is relative to `root`.
fn prefix(root: &Path, current: &Path) -> PathPrefix {
    if let Ok(inside) = current.strip_prefix(root) {
        let depth = inside
            .components()
            .filter(|c| matches!(c, Component::Normal(_)))
            .count();
        let strip = slashed(inside);
        return PathPrefix {
            strip,
            add: "../".repeat(depth),
        };
    }
    let add = match root.strip_prefix(current) {
        Ok(below) => slashed(below),
        Err(_) => slashed(root),
    };
    PathPrefix {
        strip: String::new(),
        add,
    }
}

fn slashed(path: &Path) -> String {
    let mut text = keyward::finding::BlobPath::from_path(path).to_string();
    if !text.is_empty() && !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// The paths of the command line, absolute and without links, each once.
pub(crate) fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut absolute: Vec<PathBuf> = Vec::with_capacity(paths.len());
    for path in paths {
        let resolved = path.canonicalize().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => CliError::NoSuchPath(path.clone()),
            _ => CliError::Path {
                path: path.clone(),
                source,
            },
        })?;
        if !absolute.contains(&resolved) {
            absolute.push(resolved);
        }
    }
    // A folder named beside one of its parents would be read twice.
    let all = absolute.clone();
    absolute.retain(|path| {
        !all.iter()
            .any(|other| other != path && path.starts_with(other))
    });
    Ok(absolute)
}

/// The rules that a command other than a scan works with.
pub(crate) fn rules_only(_config: &ConfigArgs) -> Result<RuleSet, CliError> {
    Ok(RuleSet::built_in())
}
