//! The literals of a rule set: which rules each belongs to, and the prefilter's tables over them.
//!
//! Those of the built-in rules are written by `build.rs`; nothing is made at start unless a user adds rules.

// The tables are read by no one.
#![allow(clippy::unreadable_literal, clippy::semicolon_if_nothing_returned)]

use std::collections::BTreeMap;
use std::ops::Range;

use super::prefilter::{Entry, Literal, Tables};
use crate::rule::RuleSet;

include!(concat!(env!("OUT_DIR"), "/literals.rs"));

/// A literal's length, and where the rules that own it start and end in a list of owners.
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

    /// Calls `visit` with the owners and the place of each literal that starts within `core`.
    pub(super) fn scan_range(
        &self,
        text: &[u8],
        core: Range<usize>,
        mut visit: impl FnMut(&[u16], Range<usize>),
    ) {
        match self {
            Self::BuiltIn => TABLES.scan_range(text, core, |hit| {
                let (length, start, end) = PLACES[hit.literal as usize];
                let owners = &OWNERS[usize::from(start)..usize::from(end)];
                visit(owners, hit.start..hit.start + usize::from(length));
            }),
            Self::Own { tables, places } => tables.scan_range(text, core, |hit| {
                let (length, owners) = &places[hit.literal as usize];
                visit(owners, hit.start..hit.start + usize::from(*length));
            }),
        }
    }
}
