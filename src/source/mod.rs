//! Where blobs come from. One file per source; each gives a scan's workers everything it can read and records
//! everything it cannot.

pub mod repository;
pub mod staged;
pub mod stdin;
pub mod worktree;
