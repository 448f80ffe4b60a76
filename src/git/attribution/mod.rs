//! Which commits brought something in, which took it out, and from where it can still be reached.
//!
//! ```text
//!  marks    what was found, as small numbers: on blobs, in names, on commits
//!  commits  all commits, compact: tree, parents, times
//!  named    whether the blobs that trees name are there
//!  numbers  a small number for every object of the store
//!  edges    where entries of trees lead, in few bytes
//!  reader   one pass over all trees: of each only what leads on to subtrees or to marked entries
//!  trees    what that pass leaves behind
//!  sets     sets of marks, equal ones stored once
//!  holdings of each tree what it holds and where, equal ones stored once
//!  diff     what a commit's tree holds that no parent's does
//!  history  since when and until when commits hold a mark, and from which tips it is reached
//!  dangling what no commit leads to
//!  reached  what references lead to: only there is a gap one
//!  answers  all questions, answered from these
//! ```
//!
//! Nothing here knows what a mark stands for. Content is never read, only names and ids: a commit whose tree holds the
//! same marks at the same paths as a parent's costs one comparison of two numbers, so that the price is that of reading
//! each tree once, whatever the number of commits.
//!
//! Trees and commits are hostile input like all the rest: nothing recurses with their depth, circles end, and what a few
//! objects can blow up to is cut off at [`Bounds`] and said to be cut.

mod answers;
mod buckets;
mod commits;
mod dangling;
mod diff;
mod edges;
mod history;
mod holdings;
mod intern;
mod marks;
mod named;
mod numbers;
mod reached;
pub(in crate::git) mod reader;
mod sets;
mod trees;

#[cfg(test)]
mod tests;

pub use answers::{Attribution, Introduction, Questions, Tip, Unreached, attribute};
pub use commits::{Commits, CommitsBuilder, Malformed, Time};
pub use diff::{Bounds, Introduced};
pub use history::TipGroup;
pub use marks::{BlobMarks, InFolder, Mark, Names, NoNames, Wanted};
pub use reached::{missing_blobs, reached_commits};
pub use trees::{Trees, read_trees};
