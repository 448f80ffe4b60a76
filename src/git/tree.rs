//! The entries of one tree.

use super::attribution::reader::{self, FOLDER, KIND, SUBMODULE};
use super::id::ObjectId;

/// What a tree's entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Another tree.
    Folder,
    /// A file or a symbolic link.
    Blob,
    /// A commit of another repository.
    Submodule,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its name, as stored.
    pub name: Vec<u8>,
    /// What it names.
    pub id: ObjectId,
}

/// All entries of a tree; `None` when it is cut short or makes no sense. `id` is that of the tree: it tells how long ids
/// are.
pub fn tree_entries(tree: &[u8], id: ObjectId) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < tree.len() {
        let entry = reader::parse(tree, at, id.as_bytes().len())?;
        entries.push(Entry {
            kind: match entry.mode & KIND {
                FOLDER => EntryKind::Folder,
                SUBMODULE => EntryKind::Submodule,
                _ => EntryKind::Blob,
            },
            name: entry.name.to_vec(),
            id: ObjectId::from_bytes(entry.id)?,
        });
        at = entry.end;
    }
    Some(entries)
}
