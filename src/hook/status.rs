//! Telling whether the hook is installed, and what it would run. Changes nothing.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::script::{self, Manager};
use super::{Earlier, Found, HookError, NAME, Places, is_executable, look};
use crate::source::repository::Repository;

/// How things stand.
#[derive(Debug)]
pub struct Status {
    /// The file that git would run.
    pub hook: PathBuf,
    /// What it is.
    pub state: State,
    /// The hook that was kept, if there is one. It runs only while Keyward's is installed.
    pub earlier: Option<Earlier>,
}

/// What git would run before a commit.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    NotInstalled,
    /// Keyward's hook.
    Installed {
        /// What it would run.
        binary: Binary,
        /// Whether an installation would change the file: an older version wrote it, or someone edited it.
        outdated: bool,
    },
    /// Keyward's hook is there, but git ignores it, because it is not executable.
    NotExecutable,
    /// Keyward's hook is in the repository's own folder, but `core.hooksPath` has git look elsewhere.
    Elsewhere {
        /// The hook that does not run.
        installed: PathBuf,
    },
    /// Someone else's hook.
    Other {
        /// The tool that wrote it, where that is known.
        manager: Option<&'static Manager>,
        /// Whether Keyward's was here, and this one was written over it.
        replaced: bool,
    },
}

/// The binary that the hook would run.
#[derive(Debug, PartialEq, Eq)]
pub enum Binary {
    /// The one that installed it.
    Recorded(PathBuf),
    /// The one on `PATH`: none is recorded, or that one is gone.
    OnPath(PathBuf),
    /// None: every commit is stopped.
    Missing,
}

/// Tells how things stand. `search` is the value of the variable `PATH`.
pub fn status(repository: &Repository, search: Option<&OsStr>) -> Result<Status, HookError> {
    let Places {
        folder,
        hook,
        earlier,
    } = Places::of(repository)?;
    let kept = look(&earlier)?.at(&earlier);
    let own = repository.default_hooks().join(NAME);
    let found = look(&hook)?;
    let in_own_folder = folder == repository.default_hooks();
    let elsewhere =
        !matches!(found, Found::Ours(_)) && !in_own_folder && matches!(look(&own)?, Found::Ours(_));
    let state = match found {
        _ if elsewhere => State::Elsewhere { installed: own },
        Found::Nothing => State::NotInstalled,
        Found::Ours(file) if !file.executable => State::NotExecutable,
        Found::Ours(file) => {
            let recorded = script::recorded(&file.content);
            // A copy made by hand names no binary; it is as it should be.
            let current = script::render(recorded.as_deref().unwrap_or(Path::new("")));
            State::Installed {
                outdated: current != file.content,
                binary: binary(recorded, search),
            }
        }
        Found::Other(file) => State::Other {
            manager: script::manager(&file.content),
            replaced: kept.is_some() || script::mentions_ours(&file.content),
        },
    };
    Ok(Status {
        hook,
        state,
        earlier: kept,
    })
}

/// What the script would find, by the same rules.
fn binary(recorded: Option<PathBuf>, search: Option<&OsStr>) -> Binary {
    let runs = |path: &Path| {
        path.metadata()
            .is_ok_and(|m| m.is_file() && is_executable(&m))
    };
    if let Some(path) = recorded.filter(|path| runs(path)) {
        return Binary::Recorded(path);
    }
    let name = format!("keyward{}", std::env::consts::EXE_SUFFIX);
    search
        .into_iter()
        .flat_map(std::env::split_paths)
        .map(|folder| folder.join(&name))
        .find(|path| runs(path))
        .map_or(Binary::Missing, Binary::OnPath)
}
