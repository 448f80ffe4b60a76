//! What names objects in a repository: references, what HEAD and its like point to, and reflogs.
//!
//! Reads through gix where it knows the format, and the plain files where it does not. What cannot be read is told, never
//! passed over.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::git::ObjectId;
use crate::source::repository::{Repository, chain};

/// A name and the object it points to.
#[derive(Debug, Clone)]
pub(in crate::source) struct Reference {
    /// Full name: `refs/heads/main`, `HEAD` or that of a linked worktree (`worktrees/fix/HEAD`).
    pub(in crate::source) name: Vec<u8>,
    pub(in crate::source) target: ObjectId,
}

impl Reference {
    /// Whether it tells what a remote has.
    pub(in crate::source) fn is_remote(&self) -> bool {
        self.name.starts_with(b"refs/remotes/")
    }
}

/// Everything from which objects can be reached.
#[derive(Debug, Default)]
pub(in crate::source) struct Names {
    /// Sorted by name.
    pub(in crate::source) references: Vec<Reference>,
    /// Names that point to other names. Of interest is only their own text.
    pub(in crate::source) symbolic: Vec<Vec<u8>>,
    /// Where HEAD stands, if it stands on a commit.
    pub(in crate::source) head: Option<ObjectId>,
    /// What reflogs hold; sorted, each once. `ORIG_HEAD` and its like keep nothing alive, so they do not count.
    pub(in crate::source) logged: Vec<ObjectId>,
    /// Files that could not be read, and why.
    pub(in crate::source) unreadable: Vec<(PathBuf, String)>,
}

impl Names {
    /// Reads them all.
    pub(in crate::source) fn read(repository: &Repository) -> Self {
        let mut names = Self::default();
        names.read_references(repository);
        let common = repository.inner.common_dir().to_owned();
        names.head = repository
            .inner
            .head_id()
            .ok()
            .and_then(|id| ObjectId::from_bytes(id.as_bytes()));
        let detached = repository.branch().is_none();
        if let Some(target) = names.head.filter(|_| detached) {
            let name = b"HEAD".to_vec();
            names.references.push(Reference { name, target });
        }
        let mut directories = vec![common.clone(), repository.git_dir().to_owned()];
        match fs::read_dir(common.join("worktrees")) {
            Ok(entries) => {
                for worktree in entries.flatten().map(|entry| entry.path()) {
                    names.read_worktree_head(&worktree);
                    directories.push(worktree);
                }
            }
            Err(error) => names.note(&common.join("worktrees"), &error),
        }
        directories.sort();
        directories.dedup();
        for directory in directories {
            names.read_logs(&directory.join("logs"));
        }
        names.references.sort_by(|a, b| a.name.cmp(&b.name));
        names.references.dedup_by(|a, b| a.name == b.name);
        names.logged.sort_unstable();
        names.logged.dedup();
        names
    }

    /// The names of all references, symbolic ones last.
    pub(in crate::source) fn all_names(&self) -> impl Iterator<Item = &[u8]> {
        let plain = self.references.iter().map(|reference| &reference.name);
        plain.chain(&self.symbolic).map(Vec::as_slice)
    }

    fn read_references(&mut self, repository: &Repository) {
        let common = repository.inner.common_dir();
        let platform = match repository.inner.references() {
            Ok(platform) => platform,
            Err(error) => return self.unreadable.push((common.join("refs"), chain(&error))),
        };
        let all = match platform.all() {
            Ok(all) => all,
            Err(error) => {
                return self
                    .unreadable
                    .push((common.join("packed-refs"), chain(&error)));
            }
        };
        let mut links = HashMap::new();
        for reference in all {
            match reference {
                Ok(reference) => {
                    let name = reference.name().as_bstr().to_vec();
                    let target = reference.target();
                    if let Some(id) = target.try_id() {
                        let target = ObjectId::from_bytes(id.as_bytes());
                        let found = target.map(|target| Reference { name, target });
                        self.references.extend(found);
                    } else {
                        if let Some(target) = target.try_name() {
                            links.insert(name.clone(), target.as_bstr().to_vec());
                        }
                        self.symbolic.push(name);
                    }
                }
                Err(error) => {
                    let message = chain(&error);
                    let packed = message.contains("packed");
                    let file = if packed { "packed-refs" } else { "refs" };
                    self.unreadable.push((common.join(file), message));
                }
            }
        }
        for name in &self.symbolic {
            if !ends(name, &links) {
                let message = "it points to itself by way of others".to_owned();
                let name = gix::path::from_bstr(gix::bstr::BStr::new(name));
                let name = name.map(std::borrow::Cow::into_owned);
                self.unreadable
                    .push((common.join(name.unwrap_or_default()), message));
            }
        }
    }

    /// A linked worktree has a HEAD of its own; on a branch it says nothing new.
    fn read_worktree_head(&mut self, worktree: &Path) {
        let head = worktree.join("HEAD");
        let Ok(text) = fs::read(&head) else { return };
        if let Some(target) = ObjectId::from_hex(text.trim_ascii()) {
            let mut name = b"worktrees/".to_vec();
            name.extend_from_slice(worktree.file_name().unwrap_or_default().as_encoded_bytes());
            name.extend_from_slice(b"/HEAD");
            self.references.push(Reference { name, target });
        }
    }

    /// A reflog's lines begin with two ids.
    fn read_ids(&mut self, path: &Path) {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) => return self.note(path, &error),
        };
        for line in text.split(|&byte| byte == b'\n') {
            let words = line.split(|&byte| matches!(byte, b' ' | b'\t')).take(2);
            self.logged.extend(
                words
                    .map_while(ObjectId::from_hex)
                    .filter(|id| id.as_bytes().iter().any(|&byte| byte != 0)),
            );
        }
    }

    /// All reflogs below a folder.
    fn read_logs(&mut self, folder: &Path) {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.note(&folder, &error);
                    continue;
                }
            };
            for entry in entries.flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    Ok(kind) if kind.is_file() => self.read_ids(&entry.path()),
                    Ok(_) => {}
                    Err(error) => self.note(&entry.path(), &error),
                }
            }
        }
    }

    /// What is not there need not be told.
    fn note(&mut self, path: &Path, error: &io::Error) {
        let absent = matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        );
        if !absent {
            self.unreadable.push((path.to_owned(), error.to_string()));
        }
    }
}

/// Whether a symbolic reference leads anywhere in the end. One whose target is not there holds nothing, and is no fault.
fn ends(name: &[u8], links: &HashMap<Vec<u8>, Vec<u8>>) -> bool {
    let mut at = name;
    for _ in 0..=links.len() {
        match links.get(at) {
            Some(next) => at = next,
            None => return true,
        }
    }
    false
}
