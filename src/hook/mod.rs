//! The git pre-commit hook: putting it in place, taking it away, telling whether it would run.
//!
//! A hook that is already there is kept: it is renamed to `pre-commit.before-keyward` and runs first. Touches only
//! these two files in the folder where git looks for hooks, never git's configuration, and never a hook that it did
//! not write. Prints nothing and starts no program: what the hook does stands in `hooks/pre-commit`.

mod script;
mod status;
#[cfg(all(test, unix))]
mod tests;

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::source::repository::{Repository, RepositoryError};

pub use script::Manager;
pub use status::{Binary, State, Status, status};

/// The file that git runs.
const NAME: &str = "pre-commit";

/// What the file is called that git ran before Keyward came.
const EARLIER: &str = "pre-commit.before-keyward";

/// A hook can be a program of any size; what tells whose it is stands at its start.
const READ_LIMIT: u64 = 1 << 20;

/// Why the hook was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The repository or its configuration cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Nothing is ever committed in a bare repository.
    #[error("{}: a bare repository runs no pre-commit hook", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// `core.hooksPath` names something that is no folder, as `/dev/null` to switch hooks off.
    #[error("{}: git is told to look for hooks here, but it is not a folder", path.display())]
    NotAFolder {
        /// What `core.hooksPath` names.
        path: PathBuf,
    },
    /// The hook is a folder, or a pipe, or the like.
    #[error("{}: not a file", path.display())]
    NotAFile {
        /// The hook.
        path: PathBuf,
    },
    /// There is a hook, and an earlier one that was kept before.
    #[error("{}: cannot be kept as {EARLIER}, because there is another one already", path.display())]
    TwoEarlier {
        /// The hook.
        path: PathBuf,
    },
    /// The hook does its work only under its own name, so it cannot be kept under another.
    #[error("{}: {manager} manages this hook and would not run it under another name: {advice}", path.display())]
    Managed {
        /// The hook.
        path: PathBuf,
        /// The tool that wrote it.
        manager: &'static str,
        /// How to have that tool run Keyward.
        advice: &'static str,
    },
    /// There is nothing to uninstall.
    #[error("{}: there is no hook", path.display())]
    NotInstalled {
        /// Where it would be.
        path: PathBuf,
    },
    /// The hook is someone else's.
    #[error("{}: this hook is not Keyward's", path.display())]
    NotOurs {
        /// The hook.
        path: PathBuf,
    },
    /// The hook was Keyward's; someone has changed or replaced it.
    #[error("{}: this hook was changed after Keyward installed it", path.display())]
    Changed {
        /// The hook.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl HookError {
    /// What to do about it; empty where the message says it all.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Repository(_) | Self::Managed { .. } => "",
            Self::Bare { .. } => "install the hook in the clones where people commit",
            Self::NotAFolder { .. } => {
                "to have git use the repository's own hooks again: git config --unset core.hooksPath"
            }
            Self::NotAFile { .. } => "move it away and try again",
            Self::TwoEarlier { .. } => {
                "join the two files, or remove the one that is not needed, and try again"
            }
            Self::NotInstalled { .. } => "to install it: keyward hook install",
            Self::NotOurs { .. } => "remove it by hand if it is not needed",
            Self::Changed { .. } => {
                "to put Keyward's back, with this one running first: keyward hook install; otherwise take Keyward's lines out by hand"
            }
            Self::Io { .. } => "check the permissions of the folder",
        }
    }
}

/// What an installation did.
#[derive(Debug)]
pub struct Installed {
    /// The hook.
    pub hook: PathBuf,
    /// What stood there before.
    pub before: Before,
    /// The hook that runs first, if there is one.
    pub earlier: Option<Earlier>,
    /// What its user should know.
    pub notes: Vec<Note>,
}

/// What stood where the hook now is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// The very same.
    Same,
    /// A hook of Keyward's for another binary or by another version.
    Older,
    /// Another hook, which was kept.
    Another,
}

/// The hook that was there before Keyward's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its file now.
    pub path: PathBuf,
    /// Whether it can run; git ignores hooks that are not executable, and so does Keyward's.
    pub executable: bool,
}

/// What the user of an installed hook should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A tool manages the hooks here; it may write its hook again.
    Managed(&'static Manager),
    /// The earlier hook did not run and still does not.
    EarlierNotExecutable(PathBuf),
    /// The earlier hook looks at its own name, which has changed.
    EarlierAsksItsName(PathBuf),
    /// The folder of hooks belongs to no repository: it may serve many.
    SharedFolder(PathBuf),
    /// The folder of hooks is part of the working tree, and may be committed.
    FolderInWorktree(PathBuf),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed(manager) => {
                write!(
                    f,
                    "{} manages hooks here and may overwrite this one; better: {}",
                    manager.name, manager.advice
                )
            }
            Self::EarlierNotExecutable(path) => {
                write!(
                    f,
                    "{}: kept, but it does not run, because it is not executable",
                    path.display()
                )
            }
            Self::EarlierAsksItsName(path) => {
                write!(
                    f,
                    "{}: this hook asks for its own name, which has changed: check that it still works",
                    path.display()
                )
            }
            Self::SharedFolder(path) => {
                write!(
                    f,
                    "{}: core.hooksPath names this folder; the hook runs in every repository that uses it",
                    path.display()
                )
            }
            Self::FolderInWorktree(path) => write!(
                f,
                "{}: this folder is part of the working tree; the hook names the binary of this machine, so do not commit it",
                path.display()
            ),
        }
    }
}

/// Puts the hook in place, or writes it anew. It runs `executable` as long as that is there, then whatever `keyward`
/// is on `PATH`.
pub fn install(repository: &Repository, executable: &Path) -> Result<Installed, HookError> {
    let places = Places::of(repository)?;
    let Places {
        folder,
        hook,
        earlier,
    } = &places;
    if folder.exists() && !folder.is_dir() {
        return Err(HookError::NotAFolder {
            path: folder.clone(),
        });
    }
    let found = look(hook)?;
    refuse_unmovable(&places, &found)?;

    fs::create_dir_all(folder).map_err(failed(folder, "create the folder"))?;
    let executable =
        std::path::absolute(executable).map_err(failed(executable, "find the program"))?;
    let content = script::render(&executable);
    let before = match &found {
        Found::Nothing => Before::Nothing,
        Found::Ours(file) if file.content == content && file.executable => Before::Same,
        Found::Ours(_) => Before::Older,
        Found::Other(_) => Before::Another,
    };
    if before != Before::Same {
        replace(&places, &content, before == Before::Another)?;
    }

    let kept = look(earlier)?;
    let mut notes = notes_on_folder(repository, folder);
    if let Found::Other(file) | Found::Ours(file) = &kept {
        notes.extend(script::manager(&file.content).map(Note::Managed));
        if !file.executable {
            notes.push(Note::EarlierNotExecutable(earlier.clone()));
        } else if script::asks_its_name(&file.content) {
            notes.push(Note::EarlierAsksItsName(earlier.clone()));
        }
    }
    Ok(Installed {
        hook: hook.clone(),
        before,
        earlier: kept.at(earlier),
        notes,
    })
}

/// What an uninstallation did.
#[derive(Debug)]
pub struct Uninstalled {
    /// The hook that was removed.
    pub hook: PathBuf,
    /// Whether the earlier hook is back in its place.
    pub restored: bool,
}

/// Removes the hook, and puts the earlier one back as it was.
pub fn uninstall(repository: &Repository) -> Result<Uninstalled, HookError> {
    let Places { hook, earlier, .. } = Places::of(repository)?;
    let restored = exists(&earlier);
    match look(&hook)? {
        Found::Other(file) if restored || script::mentions_ours(&file.content) => {
            return Err(HookError::Changed { path: hook });
        }
        Found::Other(_) => return Err(HookError::NotOurs { path: hook }),
        Found::Nothing if !restored => return Err(HookError::NotInstalled { path: hook }),
        Found::Nothing | Found::Ours(_) => {}
    }
    if restored {
        // Replaces ours in one step: at no moment is there no hook.
        fs::rename(&earlier, &hook).map_err(failed(&earlier, "put it back"))?;
    } else {
        fs::remove_file(&hook).map_err(failed(&hook, "remove it"))?;
    }
    Ok(Uninstalled { hook, restored })
}

/// The two files and their folder.
struct Places {
    folder: PathBuf,
    hook: PathBuf,
    earlier: PathBuf,
}

impl Places {
    fn of(repository: &Repository) -> Result<Self, HookError> {
        if repository.worktree().is_none() {
            return Err(HookError::Bare {
                path: repository.root(),
            });
        }
        let folder = repository.hooks()?;
        Ok(Self {
            hook: folder.join(NAME),
            earlier: folder.join(EARLIER),
            folder,
        })
    }
}

/// What a path holds.
enum Found {
    Nothing,
    Ours(HookFile),
    Other(HookFile),
}

struct HookFile {
    content: Vec<u8>,
    executable: bool,
}

impl Found {
    fn at(&self, path: &Path) -> Option<Earlier> {
        match self {
            Self::Nothing => None,
            Self::Ours(file) | Self::Other(file) => Some(Earlier {
                path: path.to_owned(),
                executable: file.executable,
            }),
        }
    }
}

fn look(path: &Path) -> Result<Found, HookError> {
    let read = failed(path, "read it");
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        // A link to nothing: git ignores it, but it is there and must be kept.
        Err(error) if error.kind() == ErrorKind::NotFound && exists(path) => {
            return Ok(Found::Other(HookFile {
                content: Vec::new(),
                executable: false,
            }));
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Found::Nothing);
        }
        Err(error) => return Err(read(error)),
    };
    if !metadata.is_file() {
        return Err(HookError::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut content = Vec::new();
    let file = File::open(path).map_err(&read)?;
    file.take(READ_LIMIT)
        .read_to_end(&mut content)
        .map_err(&read)?;
    let ours = script::is_ours(&content);
    let file = HookFile {
        content,
        executable: is_executable(&metadata),
    };
    Ok(if ours {
        Found::Ours(file)
    } else {
        Found::Other(file)
    })
}

/// Whether there is anything of that name, a link to nothing included.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    true
}

/// An error if there is a hook that cannot run under another name, or that would have to overwrite one kept before.
fn refuse_unmovable(places: &Places, found: &Found) -> Result<(), HookError> {
    let Found::Other(file) = found else {
        return Ok(());
    };
    let path = places.hook.clone();
    if let Some(manager) = script::manager(&file.content).filter(|manager| manager.asks_its_name) {
        return Err(HookError::Managed {
            path,
            manager: manager.name,
            advice: manager.advice,
        });
    }
    match look(&places.earlier)? {
        Found::Nothing => Ok(()),
        // A tool has written its hook again: it is the one that was kept.
        Found::Other(kept)
            if kept.content == file.content && kept.executable == file.executable =>
        {
            Ok(())
        }
        Found::Other(_) | Found::Ours(_) => Err(HookError::TwoEarlier { path }),
    }
}

/// Writes the hook beside its place and moves it there; with `keep`, moves what stands there out of the way first.
fn replace(places: &Places, content: &[u8], keep: bool) -> Result<(), HookError> {
    let Places {
        folder,
        hook,
        earlier,
    } = places;
    let write = failed(hook, "write it");
    let mut file = tempfile::Builder::new()
        .prefix(".keyward-hook-")
        .tempfile_in(folder)
        .map_err(&write)?;
    file.write_all(content).map_err(&write)?;
    make_executable(file.as_file()).map_err(&write)?;
    // An empty file in its place after a power cut would run, and pass everything.
    file.as_file().sync_all().map_err(&write)?;

    if keep {
        fs::rename(hook, earlier).map_err(failed(hook, "keep the hook that is here"))?;
    }
    file.persist(hook).map_err(|refused| {
        if keep {
            // If this fails too, the earlier hook stays where the next install or uninstall finds it.
            let _ = fs::rename(earlier, hook);
        }
        write(refused.error)
    })?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whom else the folder of hooks concerns.
fn notes_on_folder(repository: &Repository, folder: &Path) -> Vec<Note> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real(folder);
    if repository
        .default_hooks()
        .parent()
        .is_some_and(|git| folder.starts_with(real(git)))
    {
        return Vec::new();
    }
    if folder.starts_with(repository.root()) {
        return vec![Note::FolderInWorktree(folder)];
    }
    vec![Note::SharedFolder(folder)]
}

fn failed(path: &Path, action: &'static str) -> impl Fn(io::Error) -> HookError {
    move |source| HookError::Io {
        path: path.to_owned(),
        action,
        source,
    }
}
