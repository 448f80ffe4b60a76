//! The object database of a git repository, read once and fast, with the deltas laid open.
//!
//! ```text
//!  store      which packs, loose objects and alternates there are; one object by id
//!  pack/      index, multi-pack-index, entry headers, delta instructions, the forest of deltas
//!  walk       every object once: each tree of deltas depth first, trees spread over threads
//!  object     what a visitor gets: bytes on demand, and what is new against the delta's base
//!  attribution/  which commits brought something in, and from where it can be reached
//! ```
//!
//! A pack is hostile input. Every number read from one is checked before it is used, nothing here panics on any bytes,
//! and whatever cannot be read becomes a [`Fault`] while the rest is still delivered.
//!
//! This module knows nothing of secrets or references (and of commits only in `attribution`), runs no program, writes
//! nothing and never fetches: an object that a partial clone lacks is a fault.

mod alternates;
pub mod attribution;
mod fault;
mod fuzz;
mod id;
mod inflate;
mod limits;
mod loose;
mod mapped;
mod object;
mod pack;
mod statistics;
mod store;
mod tree;
mod walk;
mod worker;

#[cfg(test)]
mod tests;

pub use fault::{Fault, FaultReason, Faults, Subject};
pub use fuzz::{fuzz_index, fuzz_loose, fuzz_multi_pack_index, fuzz_pack, walk_pack_bytes};
pub use id::{HashKind, Kind, Kinds, ObjectId};
pub use limits::Limits;
#[cfg(test)]
pub(crate) use object::Delta;
pub use object::{DirtyRanges, Object, Visitor, dirty_ranges};
pub use pack::delta::{Segment, Source};
pub use statistics::Statistics;
pub use store::ObjectStore;
pub use tree::{Entry, EntryKind, tree_entries};
pub use walk::{WalkOptions, Walked};
