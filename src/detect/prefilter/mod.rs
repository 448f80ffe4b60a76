//! The prefilter: finds every occurrence of every literal (fixed prefixes, context words) in a text.
//!
//! Every byte of every scan passes here, so it must be fast on text that has nothing. It must not
//! judge what it finds, know of rules, allocate while scanning, or miss a literal: it is exact.
//! It refers to nothing outside this directory, because `build.rs` includes it to make the tables of
//! the built-in rules ahead of time ([`Tables::to_rust_source`]).
//!
//! # How
//!
//! - Only windows at *even* places of the text are looked at. A literal has at least four bytes, so
//!   each gets two windows, one at an even offset in it and one at an odd: wherever it lies, exactly
//!   one of them is at an even place, and so it is reported exactly once. Windows have four bytes, or
//!   are the literal's last three (`ghp_` has no four at offset 1).
//! - The *filter* has 2^16 rows of sixteen bits: the row by a hash of the first three bytes, the bit by
//!   the low four bits of the fourth; a window of three sets the whole row. Bytes are folded with
//!   `| 0x20`, all but the second, whose case is kept (words get a row for each): it spares ordinary
//!   lower-case text the collisions with `AKIA` and its like, a third of all candidates.
//! - Rows are computed for 1024 bytes in 16-bit lanes by a loop that compiles to vector code on any
//!   machine, then looked up by a loop that does nothing else. Both in one loop ran at 0.55 of it.
//! - Eight windows are joined with `|` and become a candidate without a branch. The windows in it that pass are
//!   written down without one, too, and a second filter drops what only collides, and most of what has a literal's
//!   window but not the literal: it has a bit for each hash of a window and two bytes more of its literal, behind it or
//!   before.
//! - A candidate's window selects a *slot*, a short list of entries; window, then four other bytes of
//!   the literal, then all of it are compared. Windows of three bytes have slots of their own.
//! - Which windows stand for a literal is decided by how rare they are in source text
//!   (`rank.rs`): "ntia" rather than "cred". The choice costs or saves time, never hits. Measuring what is common
//!   (`common.txt`) halved the windows found of 2600 literals.
//!
//! Time is linear in the text for a given set of literals; the worst text repeats a window that many
//! literals share, and the choice of windows avoids such ones.
//!
//! # Figures
//!
//! One core of a shared and noisy AMD EPYC (Zen 3), 62 MB of Rust, Python, C and HTML, 579 literals:
//! 1.6 to 2.2 GB/s, about 6 candidates and 0.6 hits per kilobyte; 4000 literals 0.7 to 1.2 GB/s. In
//! the same run aho-corasick's DFA (two automata, because of case) has 0.11 and 0.21 of that, its NFA
//! 0.05. Tables of 579 literals: 109 KiB, made in 0.25 ms; 1000 in 0.34 ms. The second filter and the measured pieces
//! came later: 2624 literals take 1.06 of the time that 1184 took without them, and 1.7 times less than without. With 3466
//! literals and 74 MB of source text 24 windows a kilobyte passed the filter, 13 a second filter of the window alone, and 65
//! entries were compared for 0.8 hits; two bytes more and separate slots took 6 % off the whole scan of standard input.
//!
//! Compiling for AVX2 and BMI2 gained 0 to 17 % of the filter's time in an ablation, so there is no
//! `unsafe`. Groups of four windows were slower by a quarter, chunks of 512 and 2048 bytes no better.

mod rank;
mod scan;
mod source;
mod tables;
#[cfg(test)]
mod tests;

pub use scan::Hit;
pub use tables::{BuildError, Entry, Literal, ROWS, Tables};
