//! The literals of a rule set, of encodings and of good practice: which rules each belongs to, and the prefilter's tables
//! over them.
//!
//! Those of the built-in rules are written by `build.rs`; nothing is made at start unless a user adds rules.

// The tables are read by no one.
#![allow(clippy::unreadable_literal, clippy::semicolon_if_nothing_returned)]

use std::collections::BTreeMap;
use std::ops::Range;

use super::decode::anchors;
use super::judge::practice::anchor::{ANCHORS, OWNER};
use super::prefilter::{Entry, Hit, Literal, Tables};
use crate::rule::RuleSet;

include!(concat!(env!("OUT_DIR"), "/literals.rs"));

/// A literal's length, and where the rules that own it start and end in a list of owners. The last of these may be
/// [`OWNER`], which is no rule.
type Place = (u8, u16, u16);

/// The literals of a rule set.
#[derive(Debug)]
pub(super) enum Literals {
    /// Only built-in rules: everything is static.
    BuiltIn,
    /// With a user's rules: made when the configuration was read.
    Own {
        tables: Box<Tables<'static>>,
        places: Vec<(u8, Vec<u16>)>,
    },
}

impl Literals {
    /// The literals of all rules, on or off.
    pub(super) fn of(rules: &RuleSet) -> Self {
        if rules.custom().is_empty() {
            return Self::BuiltIn;
        }
        let mut literals: BTreeMap<(Vec<u8>, bool), Vec<u16>> = BTreeMap::new();
        for (index, rule) in rules.iter() {
            let index = index.get() as u16;
            for literal in rule.literals.iter() {
                let key = (literal.as_bytes().to_vec(), false);
                literals.entry(key).or_default().push(index);
            }
            for word in rule.words.iter() {
                let key = (word.to_ascii_lowercase().into_bytes(), true);
                literals.entry(key).or_default().push(index);
            }
        }
        for anchor in anchors::all() {
            let key = (anchor.bytes, anchor.ignore_case);
            literals.entry(key).or_default().push(anchor.owner);
        }
        for anchor in ANCHORS {
            let key = (anchor.as_bytes().to_vec(), false);
            literals.entry(key).or_default().push(OWNER);
        }
        let views: Vec<Literal<'_>> = literals
            .keys()
            .map(|(bytes, ignore_case)| Literal {
                bytes,
                ignore_case: *ignore_case,
            })
            .collect();
        match Tables::build(&views) {
            Ok(tables) => Self::Own {
                tables: Box::new(tables),
                places: literals
                    .into_iter()
                    .map(|((bytes, _), rules)| (bytes.len() as u8, rules))
                    .collect(),
            },
            // The loader refuses anchors of other lengths, and an index bounds their number.
            Err(error) => unreachable!("literals of checked rules: {error}"),
        }
    }

    /// Number of literals.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::BuiltIn => PLACES.len(),
            Self::Own { places, .. } => places.len(),
        }
    }

    /// A literal's length, and the rules that own it; behind them the encodings that do, from
    /// [`anchors::FIRST_OWNER`] on.
    pub(super) fn get(&self, literal: u32) -> (usize, &[u16]) {
        match self {
            Self::BuiltIn => {
                let (length, start, end) = PLACES[literal as usize];
                let owners = &OWNERS[usize::from(start)..usize::from(end)];
                (usize::from(length), owners)
            }
            Self::Own { places, .. } => {
                let (length, owners) = &places[literal as usize];
                (usize::from(*length), owners)
            }
        }
    }

    /// Calls `visit` for each literal that starts within `core`.
    pub(super) fn scan_range(&self, text: &[u8], core: Range<usize>, visit: impl FnMut(Hit)) {
        match self {
            Self::BuiltIn => TABLES.scan_range(text, core, visit),
            Self::Own { tables, .. } => tables.scan_range(text, core, visit),
        }
    }
}
