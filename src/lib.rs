//! Keyward finds leaked credentials in files and git, and says how to rotate them.
//!
//! ```text
//! source ──Blob──► prefilter ──hits──► matcher ──Candidate──► judge ──Finding──► suppress ──► report
//! ```
//!
//! Dependencies point downwards: `cli` → `source` → `scan` → `detect` → `rule`. The library never prints.
//!
//! [`git`] reads object databases whole, deltas laid open; scanning history builds on it.

pub mod check;
pub mod config;
pub mod coverage;
pub mod detect;
pub mod diagnostic;
pub mod exposure;
pub mod finding;
pub mod git;
pub mod guide;
pub mod hook;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod suppress;
pub mod text;
