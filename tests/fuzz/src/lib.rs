//! The code under test and what the targets share.
//!
//! The sources of `src/git` are compiled into this crate instead of depending on the whole of Keyward: they use nothing
//! else of it, and so the targets build in seconds rather than minutes.

pub mod entries;
#[path = "../../../src/git/mod.rs"]
pub mod git;
pub mod mutate;
pub mod recipe;
