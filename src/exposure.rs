//! How far a secret got: which commits brought it in and took it out, which references hold it, whether it was pushed.
//!
//! Plain owned data that the history sources fill in and reports show. Nothing in it may hold the value of a secret: who
//! builds it masks names and paths that do.

use std::sync::Arc;

/// What stands for a secret inside of a name.
pub use crate::detect::lines::MASK;

/// A moment as git records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// The author's offset from UTC in minutes.
    pub offset: i16,
}

/// A commit, as far as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitInfo {
    /// When it was written, which need not be when it was committed.
    pub authored: Moment,
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Who wrote it. Text as stored; invalid UTF-8 is replaced, secrets are masked.
    pub author: String,
    /// The author's address, likewise.
    pub email: String,
}

/// What of a repository's history holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// The content of a file, or the target of a symbolic link.
    Blob,
    /// A commit's message, or another of its fields: the line counts from the start of the raw object.
    Commit,
    /// An annotated tag's message or another of its fields.
    Tag,
    /// The name of a file or folder: the position counts in the path's last component.
    FileName,
    /// The name of a branch, a tag or another reference.
    Reference,
}

impl PlaceKind {
    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Commit => "commit",
            Self::Tag => "tag",
            Self::FileName => "file-name",
            Self::Reference => "reference",
        }
    }
}

/// Where in the history of a repository something was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryPlace {
    /// The commit that brought the secret to this place (for [`PlaceKind::Commit`]: the commit itself). `None` where no
    /// commit is known to hold it: dangling objects, names of references, tags.
    pub commit: Option<Arc<CommitInfo>>,
    /// What of it.
    pub kind: PlaceKind,
    /// Id of the blob, commit or tag object, or of what the reference points to, in hexadecimal digits.
    pub object: String,
}

/// From where the commits that hold a secret can still be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// From a branch, a tag, or another reference.
    Reference,
    /// From the index: no commit holds it yet.
    Index,
    /// From a reflog alone: git forgets it some day.
    Reflog,
    /// From nothing: only until git collects garbage.
    Dangling,
}

impl Reach {
    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Index => "index",
            Self::Reflog => "reflog",
            Self::Dangling => "dangling",
        }
    }
}

/// What is known of a secret's way through a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The earliest commit that brought it in.
    pub first_seen: Option<Arc<CommitInfo>>,
    /// The latest commit that still holds it.
    pub last_seen: Option<Arc<CommitInfo>>,
    /// The latest commit that took the last copy of it out, where HEAD does not hold it.
    pub removed_in: Option<Arc<CommitInfo>>,
    /// Whether the tree of HEAD holds it; `None` where that was not looked at.
    pub in_head: Option<bool>,
    /// From where it can be reached.
    pub reach: Reach,
    /// Full names of references whose history holds it, sorted, the first [`REFERENCES`] of them.
    pub references: Vec<String>,
    /// How many there are.
    pub reference_count: u64,
    /// Whether a remote is known to have it: a remote-tracking reference holds it, or the repository is a bare one that
    /// others fetch from. `None` where that was not looked at.
    pub pushed: Option<bool>,
}

/// References named for one secret; more are only counted.
pub const REFERENCES: usize = 20;
