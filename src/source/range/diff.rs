//! What a commit's tree holds that none of its parents' trees holds in the same place.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::git::{
    Entry, EntryKind, FaultReason, Kind, Limits, ObjectId, ObjectStore, tree_entries,
};

/// Folders in folders: a bound for the stack.
const DEPTH: usize = 500;
/// Trees kept for the next commit.
const KEPT: usize = 4096;

/// A file that a commit brings in or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: Vec<u8>,
    pub(super) new: ObjectId,
    /// What the parents have there.
    pub(super) old: Vec<ObjectId>,
    /// Where in the path the names start that no parent has.
    pub(super) named_from: usize,
}

/// What differs between a commit and its parents.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) changes: Vec<Change>,
    /// Files and folders of parents that the commit has no more.
    pub(super) gone: Vec<ObjectId>,
    /// Trees that could not be read.
    pub(super) unreadable: Vec<(ObjectId, FaultReason)>,
}

/// Compares trees, keeping those read last.
pub(super) struct Differ<'d, 's> {
    store: &'d ObjectStore<'s>,
    trees: HashMap<ObjectId, Arc<Vec<Entry>>>,
}

impl<'d, 's> Differ<'d, 's> {
    pub(super) fn new(store: &'d ObjectStore<'s>) -> Self {
        Self {
            store,
            trees: HashMap::new(),
        }
    }

    /// What the tree `new` holds that none of `old` does.
    pub(super) fn compare(&mut self, new: ObjectId, old: &[ObjectId]) -> Difference {
        let mut difference = Difference::default();
        if !old.contains(&new) {
            self.folder(new, old, &mut Vec::new(), None, 0, &mut difference);
        }
        difference
    }

    fn folder(
        &mut self,
        new: ObjectId,
        old: &[ObjectId],
        path: &mut Vec<u8>,
        named_from: Option<usize>,
        depth: usize,
        difference: &mut Difference,
    ) {
        if depth > DEPTH {
            let (what, why) = ("tree", "folders are nested too deep");
            difference
                .unreadable
                .push((new, FaultReason::Format { what, why }));
            return;
        }
        let entries = match self.tree(new) {
            Ok(entries) => entries,
            Err(reason) => return difference.unreadable.push((new, reason)),
        };
        // A parent's tree that cannot be read takes nothing out: what it held is reported once more.
        let parents: Vec<Arc<Vec<Entry>>> =
            old.iter().filter_map(|id| self.tree(*id).ok()).collect();
        let known: Vec<HashMap<&[u8], &Entry>> = parents
            .iter()
            .map(|entries| entries.iter().map(|e| (e.name.as_slice(), e)).collect())
            .collect();
        for entry in &*entries {
            let before: Vec<&Entry> = known
                .iter()
                .filter_map(|names| names.get(entry.name.as_slice()).copied())
                .collect();
            let same = |other: &&Entry| other.id == entry.id && other.kind == entry.kind;
            if entry.kind == EntryKind::Submodule || before.iter().any(same) {
                continue;
            }
            let length = path.len();
            if !path.is_empty() {
                path.push(b'/');
            }
            let named = named_from.or_else(|| before.is_empty().then_some(path.len()));
            path.extend_from_slice(&entry.name);
            let of_kind = |folders: bool| -> Vec<ObjectId> {
                let same = before
                    .iter()
                    .filter(|other| (other.kind == EntryKind::Folder) == folders);
                same.filter(|other| other.kind != EntryKind::Submodule)
                    .map(|other| other.id)
                    .collect()
            };
            if entry.kind == EntryKind::Folder {
                difference.gone.extend(of_kind(false));
                self.folder(entry.id, &of_kind(true), path, named, depth + 1, difference);
            } else {
                difference.gone.extend(of_kind(true));
                difference.changes.push(Change {
                    path: path.clone(),
                    new: entry.id,
                    old: of_kind(false),
                    named_from: named.unwrap_or(path.len()),
                });
            }
            path.truncate(length);
        }
        let names: HashSet<&[u8]> = entries.iter().map(|e| e.name.as_slice()).collect();
        for entry in parents.iter().flat_map(|entries| entries.iter()) {
            if entry.kind != EntryKind::Submodule && !names.contains(entry.name.as_slice()) {
                difference.gone.push(entry.id);
            }
        }
    }

    /// All files below a tree, or the file itself. What cannot be read is left out.
    pub(super) fn files(&mut self, id: ObjectId) -> Vec<ObjectId> {
        let mut files = Vec::new();
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            match self.tree(id) {
                Ok(entries) => {
                    for entry in entries
                        .iter()
                        .filter(|entry| entry.kind != EntryKind::Submodule)
                    {
                        if entry.kind == EntryKind::Folder {
                            stack.push(entry.id);
                        } else {
                            files.push(entry.id);
                        }
                    }
                }
                Err(_) => files.push(id),
            }
        }
        files
    }

    fn tree(&mut self, id: ObjectId) -> Result<Arc<Vec<Entry>>, FaultReason> {
        if let Some(entries) = self.trees.get(&id) {
            return Ok(Arc::clone(entries));
        }
        let (found, bytes) = self.store.read(&id, &Limits::default())?;
        let (what, why) = ("tree", "it is another kind of object");
        if found != Kind::Tree {
            return Err(FaultReason::Format { what, why });
        }
        let Some(entries) = tree_entries(&bytes, id) else {
            let why = "an entry is cut short or has no mode";
            return Err(FaultReason::Format { what, why });
        };
        if self.trees.len() >= KEPT {
            self.trees.clear();
        }
        let entries = Arc::new(entries);
        self.trees.insert(id, Arc::clone(&entries));
        Ok(entries)
    }
}
