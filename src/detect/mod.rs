//! Detection: bytes in, located matches out.
//!
//! prefilter (literals) → matcher (a rule's pattern, or the names near a value, at a hit) → judge (boundary, entropy, placeholder, checksum,
//! context). Knows nothing of files, git or reports, and must not keep state between blobs.

pub mod binding;
pub mod blob;
pub mod encoding;
pub mod file;
pub mod file_kind;
pub mod judge;
pub mod line_hash;
pub mod lines;
mod literals;
mod matcher;
mod named;
pub mod prefilter;

use std::ops::Range;
use std::sync::OnceLock;

use crate::finding::{Evidence, Fact};
use crate::rule::paths::PathTable;
use crate::rule::{Confidence, RuleIndex, RuleSet, spec};
use judge::practice::{self, Kept};
pub(crate) use matcher::compile as compile_pattern;
use matcher::{Matcher, Sighting};
pub use prefilter::Hit;

/// What a rule's pattern matched near an anchor: offsets only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The rule.
    pub rule: RuleIndex,
    /// Where the literal stands that led here.
    pub anchor: Range<usize>,
    /// The whole match.
    pub whole: Range<usize>,
    /// The secret inside it.
    pub secret: Range<usize>,
}

/// What the judge says of a candidate that it keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How sure it is.
    pub confidence: Confidence,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// What the value says of itself.
    pub facts: Vec<Fact>,
}

/// A candidate with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Where.
    pub candidate: Candidate,
    /// How sure, and why.
    pub verdict: Verdict,
}

/// What the detector says of a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A credential.
    Match(Match),
    /// What is kept as it should be: counted, not reported.
    Kept(Kept),
}

/// The rules of a scan made ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: RuleSet,
    matcher: Matcher,
    file_rules: PathTable,
    margin: usize,
    reaches: OnceLock<Vec<u32>>,
}

impl Detector {
    /// Makes the rules ready. Patterns are compiled on their first hit, not here.
    pub fn new(rules: RuleSet) -> Self {
        let margin = rules.largest_radius() as usize + spec::MAX_ANCHOR + judge::CONTEXT_MARGIN;
        let matcher = Matcher::new(&rules);
        let file_rules = rules.file_rules();
        Self {
            rules,
            matcher,
            file_rules,
            margin,
            reaches: OnceLock::new(),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// How many bytes on both sides of an anchor any rule may look at. A match whose anchor has that many bytes (or
    /// the end of the text) around it does not depend on anything further away.
    pub fn margin(&self) -> usize {
        self.margin
    }

    /// Every kept match whose anchor starts within `core`. Matches may overlap: see [`blob::resolve`].
    pub fn matches(&self, text: &[u8], core: Range<usize>, mut found: impl FnMut(Match)) {
        self.hits(text, core, |hit| self.matches_at(text, hit, &mut found));
    }

    /// As [`Detector::matches`], with what is kept well.
    pub fn everything(&self, text: &[u8], core: Range<usize>, mut found: impl FnMut(Found)) {
        self.hits(text, core, |hit| self.everything_at(text, hit, &mut found));
    }

    /// Every literal that starts within `core` and ends within the text, in no particular order.
    pub fn hits(&self, text: &[u8], core: Range<usize>, found: impl FnMut(Hit)) {
        self.matcher.literals().scan_range(text, core, found);
    }

    /// The kept matches of the rules that one literal anchors.
    pub fn matches_at(&self, text: &[u8], hit: Hit, mut found: impl FnMut(Match)) {
        self.everything_at(text, hit, |one| {
            if let Found::Match(one) = one {
                found(one);
            }
        });
    }

    /// As [`Detector::matches_at`], with what is kept well. The same value may be told of more than once.
    pub fn everything_at(&self, text: &[u8], hit: Hit, mut found: impl FnMut(Found)) {
        self.matcher
            .at_hit(&self.rules, text, hit, |sighting| match sighting {
                Sighting::Candidate(candidate) => {
                    let rule = self.rules.get(candidate.rule);
                    if let Some(verdict) = judge::judge(rule, text, &candidate) {
                        found(Found::Match(Match { candidate, verdict }));
                    } else if let Some(kept) = practice::kept(&text[candidate.secret]) {
                        found(Found::Kept(kept));
                    }
                }
                Sighting::Kept(kept) => found(Found::Kept(kept)),
            });
    }

    /// Length of a literal.
    pub fn literal_length(&self, literal: u32) -> usize {
        self.matcher.literals().get(literal).0
    }

    /// Length of the longest literal.
    pub fn longest_literal(&self) -> usize {
        let literals = self.matcher.literals();
        (0..literals.count() as u32)
            .map(|literal| literals.get(literal).0)
            .max()
            .unwrap_or(0)
    }

    /// How many bytes from the start of a literal on, in both directions, its rules may look at; zero where none of
    /// them is on. What [`Detector::matches_at`] gives there does not depend on anything further away, as long as the
    /// text ends in the same places.
    pub fn reach(&self, literal: u32) -> usize {
        let reaches = self.reaches.get_or_init(|| {
            let literals = self.matcher.literals();
            (0..literals.count() as u32)
                .map(|literal| {
                    let (length, owners) = literals.get(literal);
                    let radius = owners
                        .iter()
                        .filter_map(|&owner| {
                            if owner == practice::anchor::OWNER {
                                return Some(practice::REACH as u32);
                            }
                            let index = RuleIndex::from_raw(owner);
                            let on = self.rules.is_enabled(index);
                            on.then(|| self.rules.radius(index))
                        })
                        .max();
                    radius.map_or(0, |radius| radius + (length + judge::CONTEXT_MARGIN) as u32)
                })
                .collect()
        });
        reaches[literal as usize] as usize
    }
}
