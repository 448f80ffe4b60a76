//! What the sources need to know of a git repository: where it is, what it tracks, where HEAD stands.
//!
//! Opens repositories through gix and never runs git or any program that a repository's configuration names. Writes
//! nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gix::bstr::BString;

use super::worktree::Marks;
use crate::git::{Faults, HashKind, ObjectId, ObjectStore};

/// Why a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// There is none.
    #[error("{}: not a git repository", path.display())]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It belongs to someone else, and git would refuse it too.
    #[error("{}: the repository belongs to another user", path.display())]
    Untrusted {
        /// Where it is.
        path: PathBuf,
    },
    /// A bare repository has no index, so nothing can be staged in it.
    #[error("{}: a bare repository without an index", path.display())]
    NoIndex {
        /// Where it is.
        path: PathBuf,
    },
    /// No reference has the name that was asked for.
    #[error("{}: no branch, tag or other reference `{name}`", path.display())]
    NoReference {
        /// The repository.
        path: PathBuf,
        /// What was asked for.
        name: String,
    },
    /// A revision that names nothing.
    #[error("{}: no revision `{text}`", path.display())]
    NoRevision {
        /// The repository.
        path: PathBuf,
        /// What was asked for.
        text: String,
    },
    /// What git is to write to a hook's standard input has another form.
    #[error("{}: unexpected line on standard input: `{line}`", path.display())]
    HookInput {
        /// The repository.
        path: PathBuf,
        /// The line.
        line: String,
    },
    /// A text that is no range.
    #[error("`{text}` is not a range")]
    NoRange {
        /// The repository.
        path: PathBuf,
        /// What was asked for.
        text: String,
    },
    /// It is there but cannot be opened.
    #[error("{}: cannot open the repository: {message}", path.display())]
    Open {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Something in it cannot be read.
    #[error("{}: cannot read {what}: {message}", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What could not be read.
        what: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Reading an index takes a few milliseconds at most; starting threads for it costs more than it saves.
const ONE_THREAD: &str = "index.threads=1";

/// An opened repository.
pub struct Repository {
    pub(super) inner: gix::Repository,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("git_dir", &self.inner.git_dir())
            .finish()
    }
}

impl Repository {
    /// The repository that `path` is in, as git itself would find it: `GIT_DIR`, `GIT_INDEX_FILE` and the like are
    /// honoured, as hooks need.
    pub fn discover(path: &Path) -> Result<Self, RepositoryError> {
        let trusted = gix::sec::trust::Mapping {
            full: gix::open::Options::default()
                .with(gix::sec::Trust::Full)
                .config_overrides([ONE_THREAD]),
            reduced: gix::open::Options::default()
                .with(gix::sec::Trust::Reduced)
                .config_overrides([ONE_THREAD])
                .bail_if_untrusted(true),
        };
        // What gix makes of a relative path is not right in every folder; one that is not there it reports itself.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let options = gix::discover::upwards::Options {
            match_ceiling_dir_or_error: false,
            ..Default::default()
        };
        match gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
            path, options, trusted,
        ) {
            Ok(shared) => Ok(Self {
                inner: shared.to_thread_local(),
            }),
            Err(error) => Err(open_error(path, &error)),
        }
    }

    /// The top of the working tree; `None` for a bare repository.
    pub fn worktree(&self) -> Option<PathBuf> {
        let path = self.inner.workdir()?;
        Some(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }

    /// The folder that names the repository: its working tree, or the git directory of a bare one.
    pub fn root(&self) -> PathBuf {
        self.worktree().unwrap_or_else(|| {
            let git = self.inner.git_dir();
            git.canonicalize().unwrap_or_else(|_| git.to_owned())
        })
    }

    /// The commit that HEAD points to, if any.
    pub fn revision(&self) -> Option<String> {
        self.inner.head_id().ok().map(|id| id.to_string())
    }

    /// The branch that HEAD points to, if any.
    pub fn branch(&self) -> Option<String> {
        let name = self.inner.head_name().ok()??;
        Some(name.shorten().to_string())
    }

    /// The URL of the remote `origin`, without user name and password.
    pub fn remote(&self) -> Option<String> {
        let url = self.inner.config_snapshot().string("remote.origin.url")?;
        Some(without_credentials(&url.to_string()))
    }

    /// The folder in which git looks for hooks: `core.hooksPath`, or [`Self::default_hooks`]. It need not exist.
    pub fn hooks(&self) -> Result<PathBuf, RepositoryError> {
        let configured = self
            .inner
            .config_snapshot()
            .trusted_path("core.hooksPath")
            .map_err(|error| RepositoryError::Read {
                path: self.root(),
                what: "core.hooksPath",
                message: chain(&error),
            })?;
        Ok(match configured {
            // Git resolves a relative path against the folder that hooks run in: the top of the working tree (of the
            // linked one, if it is one), or the git directory of a bare repository.
            Some(path) if path.is_relative() => self.root().join(path),
            Some(path) => path,
            None => self.default_hooks(),
        })
    }

    /// The folder for hooks inside the repository, which linked worktrees share.
    pub fn default_hooks(&self) -> PathBuf {
        let common = self.inner.common_dir();
        common
            .canonicalize()
            .unwrap_or_else(|_| common.to_owned())
            .join("hooks")
    }

    /// The index that git would use. It resolves a relative `GIT_INDEX_FILE` against the top of the working tree,
    /// because it goes there before anything else; gix resolves it against the current folder.
    pub(super) fn index_path(&self) -> PathBuf {
        let named = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
        match (named, self.inner.workdir()) {
            (Some(named), Some(top)) if named.is_relative() => top.join(named),
            _ => self.inner.index_path(),
        }
    }

    /// The index; an empty one if there is none yet, as git sees it.
    pub(super) fn index(&self) -> Result<gix::index::File, Box<dyn std::error::Error>> {
        let path = self.index_path();
        let hash = self.inner.object_hash();
        if !path.exists() {
            let empty = gix::index::State::new(hash);
            return Ok(gix::index::File::from_state(empty, path));
        }
        let options = gix::index::decode::Options {
            thread_limit: Some(1),
            ..Default::default()
        };
        Ok(gix::index::File::at(path, hash, false, options)?)
    }

    /// The object database: where git would look for objects, quarantined ones of a push that is being received
    /// included. What cannot be opened becomes a fault.
    pub(super) fn objects(&self, faults: &Faults) -> ObjectStore<'static> {
        let own = std::env::var_os("GIT_OBJECT_DIRECTORY").map(PathBuf::from);
        let mut directories = vec![own.unwrap_or_else(|| self.inner.common_dir().join("objects"))];
        if let Some(others) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            directories
                .extend(std::env::split_paths(&others).filter(|p| !p.as_os_str().is_empty()));
        }
        let hash = match self.inner.object_hash() {
            gix::hash::Kind::Sha256 => HashKind::Sha256,
            _ => HashKind::Sha1,
        };
        ObjectStore::open_all(&directories, hash, faults)
    }

    /// Commits beyond which a shallow clone holds nothing; and the file that lists them, if it cannot be read, with what
    /// is wrong.
    pub(super) fn shallow_commits(&self) -> (BTreeSet<ObjectId>, Option<(PathBuf, String)>) {
        let path = self.inner.common_dir().join("shallow");
        match std::fs::read(&path) {
            Ok(text) => {
                let lines = text.split(|&byte| byte == b'\n');
                (
                    lines
                        .filter_map(|line| ObjectId::from_hex(line.trim_ascii()))
                        .collect(),
                    None,
                )
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (BTreeSet::new(), None),
            Err(error) => (BTreeSet::new(), Some((path, error.to_string()))),
        }
    }

    /// The repository's own git directory (that of the linked worktree, if it is one).
    pub fn git_dir(&self) -> &Path {
        self.inner.git_dir()
    }
}

fn open_error(path: &Path, error: &gix::Error) -> RepositoryError {
    let message = chain(error);
    let path = path.to_owned();
    if message.contains("safe") || message.contains("trust") || message.contains("ownership") {
        return RepositoryError::Untrusted { path };
    }
    let missing = [
        "Could not find a git repository",
        "not appear to be a git repository",
        "does not look like a git",
        "NoGitRepository",
    ];
    if missing.iter().any(|m| message.contains(m)) || !path.exists() {
        return RepositoryError::NotARepository { path };
    }
    RepositoryError::Open { path, message }
}

/// An error and what caused it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.replace('\n', " ")
}

fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            let path = path.split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// Why it is unknown what a repository tracks.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot read the index: {message}", root.display())]
pub struct TrackedError {
    /// The working tree.
    pub root: PathBuf,
    /// What is wrong.
    pub message: String,
}

/// The files that a repository tracks, by path, with marks on those that a walk met.
#[derive(Debug)]
pub(super) struct Tracked {
    root: PathBuf,
    paths: Vec<BString>,
    visited: Marks,
}

impl Tracked {
    /// The indexes of the repositories that the paths are in.
    pub(super) fn of_paths(paths: &[PathBuf]) -> (Vec<Self>, Vec<TrackedError>) {
        let mut known: Vec<Self> = Vec::new();
        let mut failed: Vec<TrackedError> = Vec::new();
        for path in paths {
            let folder = if path.is_dir() {
                path
            } else {
                path.parent().unwrap_or(path)
            };
            let Some(root) = folder.ancestors().find(|a| a.join(".git").exists()) else {
                continue;
            };
            if known.iter().any(|k| k.root == root) || failed.iter().any(|f| f.root == root) {
                continue;
            }
            match Self::of_repository(root) {
                Ok(tracked) => known.extend(tracked),
                Err(error) => failed.push(error),
            }
        }
        (known, failed)
    }

    /// The index of the repository whose working tree starts at `root`; `None` if there is no index yet or the
    /// folder's `.git` is no repository.
    pub(super) fn of_repository(root: &Path) -> Result<Option<Self>, TrackedError> {
        let failed = |message: String| TrackedError {
            root: root.to_owned(),
            message,
        };
        // The index alone is read: no configuration of the repository can matter, whoever owns it.
        let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
        let Ok(repository) = gix::ThreadSafeRepository::open_opts(root, options) else {
            return Ok(None);
        };
        let index = match repository.to_thread_local().try_index() {
            Ok(Some(index)) => index,
            Ok(None) => return Ok(None),
            Err(error) => return Err(failed(chain(&error))),
        };
        let mut paths: Vec<BString> = index
            .entries()
            .iter()
            .filter(|entry| !entry.mode.is_submodule() && !entry.mode.is_sparse())
            .map(|entry| entry.path(&index).to_owned())
            .collect();
        paths.dedup();
        let visited = Marks::new(paths.len());
        Ok(Some(Self {
            root: root.to_owned(),
            paths,
            visited,
        }))
    }

    /// Stands for a repository whose index cannot be read.
    pub(super) fn unknown(root: PathBuf) -> Self {
        Self {
            root,
            paths: Vec::new(),
            visited: Marks::new(0),
        }
    }

    pub(super) fn is_root(&self, path: &Path) -> bool {
        self.root == path
    }

    pub(super) fn mark_visited(&self, path: &Path) {
        let Ok(relative) = path.strip_prefix(&self.root) else {
            return;
        };
        let relative = crate::finding::BlobPath::from_path(relative);
        if let Ok(index) = self
            .paths
            .binary_search_by(|p| p.as_slice().cmp(relative.as_bytes()))
        {
            self.visited.set(index);
        }
    }

    /// The tracked files that no walk met, absolute.
    pub(super) fn unvisited(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.paths
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.visited.is_set(*index))
            .filter_map(|(_, path)| Some(self.root.join(gix::path::from_bstr(path).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn credentials_are_cut_out_of_remote_urls() {
        let url = ["https://user:", "pw@host.example/a/b.git?x=1"].concat();
        assert_eq!(without_credentials(&url), "https://host.example/a/b.git");
        assert_eq!(
            without_credentials("git@host.example:a/b.git"),
            "git@host.example:a/b.git"
        );
    }
}
