//! What could not be read, and why: collected while the walk goes on.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::id::ObjectId;

/// Faults kept with their details; more are only counted, so that a wrecked pack cannot fill the memory.
const DETAILS: usize = 10_000;

/// What a fault is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A file or a folder of the object database.
    Path(PathBuf),
    /// An object.
    Object(ObjectId),
    /// An entry of a pack that no index names.
    Entry {
        /// The pack.
        pack: PathBuf,
        /// Where in it the entry starts.
        offset: u64,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Object(id) => write!(f, "{id}"),
            Self::Entry { pack, offset } => write!(f, "{} at {offset}", pack.display()),
        }
    }
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum FaultReason {
    /// The operating system refused.
    #[error("cannot be read: {0}")]
    Io(String),
    /// A pack that neither an index of its own nor a multi-pack-index describes.
    #[error("the pack has no index")]
    NoIndex,
    /// A file that is not what its name says.
    #[error("not a {what}: {why}")]
    Format {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An index entry that points outside of its pack.
    #[error("the index puts it at {0}, outside of the pack")]
    OffsetOutside(u64),
    /// Two index entries at one place.
    #[error("the index names two objects at {0}")]
    OffsetTwice(u64),
    /// An entry that others build on and that the index leaves out: its object has no known id.
    #[error("the index does not name it")]
    Unnamed,
    /// An entry's header makes no sense.
    #[error("bad entry header: {0}")]
    EntryHeader(&'static str),
    /// The compressed data is broken.
    #[error("bad compressed data")]
    Compression,
    /// The declared size is not the size of what was compressed.
    #[error("the data is not {declared} bytes long, as declared")]
    SizeLie {
        /// What the header said.
        declared: u64,
    },
    /// Larger than [`Limits::object`](super::Limits::object).
    #[error("{size} bytes: over the limit")]
    TooLarge {
        /// The declared size.
        size: u64,
    },
    /// A delta that cannot be applied.
    #[error("bad delta: {0}")]
    Delta(&'static str),
    /// A delta whose base the repository does not hold, as in a partial clone.
    #[error("missing base {0}")]
    MissingBase(ObjectId),
    /// A delta whose base could not be decoded.
    #[error("its delta base {0} could not be read")]
    UnreadableBase(Subject),
    /// Deltas that are each other's base.
    #[error("its delta bases form a circle")]
    Cycle,
    /// More deltas on top of each other than anyone writes.
    #[error("its chain of deltas is too long")]
    ChainTooLong,
    /// A loose object's header is broken.
    #[error("bad loose object: {0}")]
    Loose(&'static str),
    /// No pack and no file holds the object.
    #[error("missing object")]
    MissingObject,
    /// The walk's allowance of decoded bytes is used up.
    #[error("over the limit of decoded bytes")]
    Allowance,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What.
    pub what: Subject,
    /// Why.
    pub reason: FaultReason,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

/// Collects faults from all threads.
#[derive(Debug, Default)]
pub struct Faults {
    kept: Mutex<Vec<Fault>>,
    count: AtomicU64,
}

impl Faults {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&self, what: Subject, reason: FaultReason) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < DETAILS {
            kept.push(Fault { what, reason });
        }
    }

    /// How many there were, those without kept details included.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The faults kept, in a stable order.
    pub fn into_sorted(self) -> Vec<Fault> {
        let mut kept = self
            .kept
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        kept.sort_unstable();
        kept
    }
}
