//! Detection: bytes in, located matches out.
//!
//! prefilter (literals) → matcher (a rule's pattern near a hit) → judge (boundary, entropy, placeholder, checksum,
//! context). Knows nothing of files, git or reports, and must not keep state between blobs.

pub mod blob;
pub mod encoding;
pub mod judge;
pub mod line_hash;
pub mod lines;
mod literals;
mod matcher;
pub mod prefilter;

use std::ops::Range;

use crate::finding::{Evidence, Fact};
use crate::rule::{Confidence, RuleIndex, RuleSet, spec};
use matcher::Matcher;
pub(crate) use matcher::compile as compile_pattern;

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

/// The rules of a scan made ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: RuleSet,
    matcher: Matcher,
    margin: usize,
}

impl Detector {
    /// Makes the rules ready. Patterns are compiled on their first hit, not here.
    pub fn new(rules: RuleSet) -> Self {
        let margin = rules.largest_radius() as usize + spec::MAX_ANCHOR + judge::CONTEXT_MARGIN;
        let matcher = Matcher::new(&rules);
        Self {
            rules,
            matcher,
            margin,
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
        self.matcher
            .candidates(&self.rules, text, core, |candidate| {
                let rule = self.rules.get(candidate.rule);
                if let Some(verdict) = judge::judge(rule, text, &candidate) {
                    found(Match { candidate, verdict });
                }
            });
    }
}
