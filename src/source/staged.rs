//! The index against HEAD: what the next commit would add.
//!
//! Reads blobs from the object database and never the working tree, whose copies may differ. Writes nothing. A folder
//! whose tree the index knows and HEAD has is skipped whole, so that the cost follows the change and not the
//! repository.

use std::collections::HashMap;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as CachedTree;
use gix::object::tree::EntryKind;

use super::repository::{Repository, RepositoryError, chain};
use super::{PathFilter, archive};
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::finding::{BlobPath, Origin, Secret};
use crate::rule::RuleIndex;
use crate::scan::{Scan, Worker};

/// Which staged files are left out.
#[derive(Debug)]
pub struct Options {
    /// Paths that are left out.
    pub filter: PathFilter,
    /// Larger blobs are left out.
    pub max_size: Option<u64>,
    /// How archives are opened; without it they are scanned as bytes.
    pub archives: Option<archive::Options>,
}

/// A path whose content the commit would change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    path: BString,
    /// What HEAD has there, if it is a file.
    old: Option<ObjectId>,
    /// What the commit would put there, if it is a file.
    new: Option<ObjectId>,
}

/// Secrets of the old side of a change, with the lines they stand on.
pub(super) type Known = HashMap<(RuleIndex, Secret), Vec<Vec<u8>>>;

/// Scans what the index adds to HEAD.
pub fn run(
    scan: &Scan<'_>,
    repository: &Repository,
    options: &Options,
) -> Result<(), RepositoryError> {
    if repository.inner.workdir().is_none() && !repository.index_path().exists() {
        return Err(RepositoryError::NoIndex {
            path: repository.root(),
        });
    }
    let mut worker = scan.worker();
    let changes = changes(&mut worker, repository)?;
    // What the other side of the change already held is moved, not added.
    let mut before: Option<Known> = None;
    let archives = options.archives.as_ref();
    for change in &changes {
        let (Some(new), false) = (change.new, worker.is_cancelled()) else {
            continue;
        };
        let path = BlobPath::from_bytes(change.path.to_vec());
        if options.filter.leaves_out(&change.path) {
            worker.skip_many(SkipReason::Excluded, 1);
            continue;
        }
        let Some(bytes) = read(&mut worker, repository, new, &path, options.max_size) else {
            continue;
        };
        let keep = |worker: &mut Worker<'_, '_>, located: &mut Vec<Located>| {
            let known = || known_before(worker, repository, &changes, archives);
            keep_added(located, before.get_or_insert_with(known));
        };
        archive::scan_bytes(&mut worker, archives, &path, &Origin::Index, &bytes, keep);
    }
    Ok(())
}

/// A blob's content; records why it cannot be had.
fn read(
    worker: &mut Worker<'_, '_>,
    repository: &Repository,
    id: ObjectId,
    path: &BlobPath,
    max_size: Option<u64>,
) -> Option<Vec<u8>> {
    let too_large = max_size.is_some_and(|limit| {
        let header = repository.inner.find_header(id);
        header.is_ok_and(|header| header.size() > limit)
    });
    if too_large {
        worker.skip(SkipReason::TooLarge, path.clone(), "");
        return None;
    }
    match repository.inner.try_find_object(id) {
        Ok(Some(mut object)) => Some(std::mem::take(&mut object.data)),
        Ok(None) => {
            worker.skip(SkipReason::MissingObject, path.clone(), id.to_string());
            None
        }
        Err(error) => {
            worker.skip(
                SkipReason::Corrupt,
                path.clone(),
                format!("{id}: {}", chain(&error)),
            );
            None
        }
    }
}

/// Every secret of the old side of the change, with the lines it stands on. Read only once something is found.
fn known_before(
    worker: &mut Worker<'_, '_>,
    repository: &Repository,
    changes: &[Change],
    archives: Option<&archive::Options>,
) -> Known {
    let mut known = Known::new();
    for (old, path) in changes
        .iter()
        .filter_map(|change| Some((change.old?, &change.path)))
    {
        // An old blob that cannot be read makes nothing known: what is found in the new one is then reported.
        if let Ok(Some(object)) = repository.inner.try_find_object(old) {
            let path = BlobPath::from_bytes(path.to_vec());
            add_known(worker, archives, &path, &object.data, &mut known);
        }
    }
    known
}

/// Adds the secrets of an old blob.
pub(super) fn add_known(
    worker: &mut Worker<'_, '_>,
    archives: Option<&archive::Options>,
    path: &BlobPath,
    bytes: &[u8],
    known: &mut Known,
) {
    archive::peek(worker, archives, path, bytes, |located| {
        known
            .entry((located.rule, located.secret))
            .or_default()
            .push(located.window.text);
    });
}

/// Drops the matches that the change only carries over: first those on lines that stood there before, then as many
/// as there were. What remains is new.
pub(super) fn keep_added(located: &mut Vec<Located>, known: &mut Known) {
    located.retain(|l| {
        let Some(lines) = known.get_mut(&(l.rule, l.secret.clone())) else {
            return true;
        };
        let same = lines.iter().position(|line| *line == l.window.text);
        same.map(|index| lines.swap_remove(index)).is_none()
    });
    located.retain(|l| {
        known
            .get_mut(&(l.rule, l.secret.clone()))
            .and_then(Vec::pop)
            .is_none()
    });
}

/// The paths whose blob differs between HEAD and the index.
fn changes(
    worker: &mut Worker<'_, '_>,
    repository: &Repository,
) -> Result<Vec<Change>, RepositoryError> {
    let failed = |what, error: &dyn std::error::Error| RepositoryError::Read {
        path: repository.root(),
        what,
        message: chain(error),
    };
    let index = repository.index().map_err(|e| failed("the index", &*e))?;
    let head = head_tree(repository)?;
    let mut comparison = Comparison {
        repository,
        worker,
        index: &index,
        changes: Vec::new(),
    };
    comparison.folder(b"".as_bstr(), 0..index.entries().len(), index.tree(), head)?;
    Ok(comparison.changes)
}

/// The tree of HEAD; `None` before the first commit.
fn head_tree(repository: &Repository) -> Result<Option<ObjectId>, RepositoryError> {
    let failed = |error: &dyn std::error::Error| RepositoryError::Read {
        path: repository.root(),
        what: "HEAD",
        message: chain(error),
    };
    let head = repository.inner.head().map_err(|e| failed(&e))?;
    if head.is_unborn() {
        return Ok(None);
    }
    let id = repository.inner.head_tree_id().map_err(|e| failed(&e))?;
    Ok(Some(id.detach()))
}

/// Walks the index and HEAD's trees side by side.
struct Comparison<'c, 's, 'd> {
    repository: &'c Repository,
    worker: &'c mut Worker<'s, 'd>,
    index: &'c gix::index::State,
    changes: Vec<Change>,
}

/// What a tree of HEAD holds under one name.
#[derive(Debug, Clone, Copy)]
enum Node {
    File(ObjectId),
    Folder(ObjectId),
    Submodule,
}

impl Comparison<'_, '_, '_> {
    /// Compares one folder: `prefix` ends in `/` unless it is the root, `range` are its entries in the index.
    fn folder(
        &mut self,
        prefix: &BStr,
        range: std::ops::Range<usize>,
        cached: Option<&CachedTree>,
        head: Option<ObjectId>,
    ) -> Result<(), RepositoryError> {
        let unchanged = cached.is_some_and(|c| c.num_entries.is_some() && Some(c.id) == head);
        if unchanged {
            return Ok(());
        }
        let mut nodes = match head {
            Some(id) => self.nodes(id)?,
            None => HashMap::new(),
        };
        let index = self.index;
        let mut at = range.start;
        while at < range.end {
            let entry = &index.entries()[at];
            let path = entry.path(index);
            let rest = path.get(prefix.len()..).unwrap_or_default();
            if let Some(slash) = rest.find_byte(b'/') {
                let name = rest[..slash].as_bstr();
                let folder = path[..=(prefix.len() + slash)].as_bstr();
                let entries = &index.entries()[at..range.end];
                let count = entries.partition_point(|e| e.path(index).starts_with(folder));
                let node = nodes.remove(name);
                if entry.mode.is_sparse() {
                    self.sparse_folder(folder, entry.id, node)?;
                } else {
                    let child = cached.and_then(|c| {
                        c.children
                            .iter()
                            .find(|child| child.name.as_slice() == name)
                    });
                    let tree = match node {
                        Some(Node::Folder(id)) => Some(id),
                        Some(Node::File(old)) => {
                            self.removed(folder[..folder.len() - 1].as_bstr(), old);
                            None
                        }
                        _ => None,
                    };
                    self.folder(folder, at..at + count, child, tree)?;
                }
                at += count.max(1);
            } else {
                let node = nodes.get(rest).copied();
                self.file(at, node);
                at += 1;
                let last_stage = at >= range.end || index.entries()[at].path(index) != path;
                if last_stage {
                    nodes.remove(rest);
                }
            }
        }
        for (name, node) in nodes {
            let path: BString = [prefix.as_bytes(), name.as_slice()].concat().into();
            self.gone(path.as_bstr(), node)?;
        }
        Ok(())
    }

    fn file(&mut self, at: usize, node: Option<Node>) {
        let entry = &self.index.entries()[at];
        let path = entry.path(self.index);
        if entry.mode.is_submodule() || entry.mode == Mode::COMMIT {
            if !matches!(node, Some(Node::Submodule)) {
                self.worker.skip_many(SkipReason::Submodule, 1);
            }
            return;
        }
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            self.worker.skip_many(SkipReason::IntentToAdd, 1);
            return;
        }
        // The common ancestor of a conflict is nothing that a commit would add.
        if entry.stage() == Stage::Base {
            return;
        }
        let old = match node {
            Some(Node::File(id)) => Some(id),
            _ => None,
        };
        if old != Some(entry.id) {
            self.changes.push(Change {
                path: path.to_owned(),
                old,
                new: Some(entry.id),
            });
        }
    }

    fn removed(&mut self, path: &BStr, old: ObjectId) {
        self.changes.push(Change {
            path: path.to_owned(),
            old: Some(old),
            new: None,
        });
    }

    /// What HEAD holds and the index does not: the old places of moved files.
    fn gone(&mut self, path: &BStr, node: Node) -> Result<(), RepositoryError> {
        match node {
            Node::File(old) => self.removed(path, old),
            Node::Folder(id) => {
                for (name, child) in self.nodes(id)? {
                    let below: BString = [path.as_bytes(), b"/", name.as_slice()].concat().into();
                    self.gone(below.as_bstr(), child)?;
                }
            }
            Node::Submodule => {}
        }
        Ok(())
    }

    /// A folder that the sparse index holds as one entry.
    fn sparse_folder(
        &mut self,
        folder: &BStr,
        new: ObjectId,
        node: Option<Node>,
    ) -> Result<(), RepositoryError> {
        let old = match node {
            Some(Node::Folder(id)) if id == new => return Ok(()),
            Some(Node::Folder(id)) => self.nodes(id)?,
            _ => HashMap::new(),
        };
        for (name, child) in self.nodes(new)? {
            let path: BString = [folder.as_bytes(), name.as_slice()].concat().into();
            match (child, old.get(&name).copied()) {
                (Node::File(new), before) => {
                    let old = match before {
                        Some(Node::File(id)) => Some(id),
                        _ => None,
                    };
                    if old != Some(new) {
                        self.changes.push(Change {
                            path,
                            old,
                            new: Some(new),
                        });
                    }
                }
                (Node::Folder(new), before) => {
                    let below: BString = [path.as_slice(), b"/"].concat().into();
                    self.sparse_folder(below.as_bstr(), new, before)?;
                }
                (Node::Submodule, _) => {}
            }
        }
        Ok(())
    }

    fn nodes(&self, tree: ObjectId) -> Result<HashMap<BString, Node>, RepositoryError> {
        let failed = |message: String| RepositoryError::Read {
            path: self.repository.root(),
            what: "a tree of HEAD",
            message: format!("{tree}: {message}"),
        };
        let tree = self
            .repository
            .inner
            .find_tree(tree)
            .map_err(|e| failed(chain(&e)))?;
        let mut nodes = HashMap::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|e| failed(chain(&e)))?;
            let id = entry.object_id();
            let node = match entry.kind() {
                EntryKind::Tree => Node::Folder(id),
                EntryKind::Commit => Node::Submodule,
                EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => Node::File(id),
            };
            nodes.insert(entry.filename().to_owned(), node);
        }
        Ok(nodes)
    }
}
