//! Detection: bytes in, located matches out.
//!
//! prefilter (literals) → matcher (a rule's pattern, or the names near a value, at a hit) → judge (boundary, entropy, placeholder, checksum,
//! context) → pair (the parts of one credential). What is encoded is decoded and goes the same way ([`decode`]). Knows nothing of files,
//! git or reports, and must not keep state between blobs.

pub mod binding;
pub mod blob;
pub mod decode;
pub mod encoding;
pub mod file;
pub mod file_kind;
pub mod judge;
pub mod line_hash;
pub mod lines;
mod literals;
mod matcher;
mod named;
pub mod overlap;
pub mod pair;
mod pattern;
pub mod prefilter;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::finding::{Evidence, Fact};
use crate::rule::paths::PathTable;
use crate::rule::{Confidence, RuleIndex, RuleSet, spec};
pub(crate) use decode::anchors::FIRST_OWNER as FIRST_ENCODING;
use decode::{Decoded, Nesting, RUN};
use judge::practice::{self, Kept};
use matcher::{Matcher, Sighting};
use pair::text::PartPatterns;
pub(crate) use pattern::compile as compile_pattern;
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
    /// What it is decoded, where it does not stand there in the clear.
    pub decoded: Option<Box<Decoded>>,
}

impl Match {
    /// The secret itself, of a match in `text`.
    pub fn value<'m>(&'m self, text: &'m [u8]) -> &'m [u8] {
        match &self.decoded {
            Some(decoded) => decoded.value.expose(),
            None => text.get(self.candidate.secret.clone()).unwrap_or_default(),
        }
    }

    /// Matches in one decoded text have the same number, those in the clear none.
    pub fn group(&self) -> Option<usize> {
        let decoded = self.decoded.is_some();
        decoded.then_some(self.candidate.anchor.start)
    }
}

/// How far from the start of a literal its matches may depend on the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Bytes in front.
    pub before: usize,
    /// Bytes from there on.
    pub behind: usize,
}

impl Reach {
    fn join(self, other: Self) -> Self {
        Self {
            before: self.before.max(other.before),
            behind: self.behind.max(other.behind),
        }
    }
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
    rules: Arc<RuleSet>,
    matcher: Matcher,
    file_rules: Arc<PathTable>,
    margin: usize,
    reaches: OnceLock<Vec<Reach>>,
    part_patterns: PartPatterns,
}

impl Detector {
    /// Makes the rules ready. Patterns are compiled on their first hit, not here.
    pub fn new(rules: RuleSet) -> Self {
        let margin = rules.largest_radius() as usize
            + spec::MAX_ANCHOR
            + judge::CONTEXT_MARGIN.max(pair::MARGIN);
        let matcher = Matcher::new(&rules);
        let file_rules = Arc::new(rules.file_rules());
        Self {
            rules: Arc::new(rules),
            matcher,
            file_rules,
            margin,
            reaches: OnceLock::new(),
            part_patterns: PartPatterns::default(),
        }
    }

    /// The same detector with no pattern compiled. Patterns and the memory that they search in are kept as long as their
    /// detector; one of its own lets a part of a scan give them back when it ends.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self {
            rules: Arc::clone(&self.rules),
            matcher: self.matcher.afresh(),
            file_rules: Arc::clone(&self.file_rules),
            margin: self.margin,
            reaches: OnceLock::new(),
            part_patterns: PartPatterns::default(),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// How far from an anchor anything may look, for the parts of its credential too. A match whose anchor has that many
    /// bytes (or the end of the text) around it does not depend on anything further away.
    pub fn margin(&self) -> Reach {
        Reach {
            before: self.margin,
            behind: self.margin,
        }
        .join(decode::reach())
    }

    /// Every kept match whose anchor starts within `core`. Matches may overlap: see [`overlap::resolve`].
    pub fn matches(&self, text: &[u8], core: Range<usize>, mut found: impl FnMut(Match)) {
        self.hits(text, core, |hit| self.matches_at(text, hit, &mut found));
    }

    /// As [`Detector::matches`], with what is kept well.
    pub fn everything(&self, text: &[u8], core: Range<usize>, mut found: impl FnMut(Found)) {
        self.hits(text, core, |hit| self.everything_at(text, hit, &mut found));
    }

    /// Every literal and every encoded run that starts within `core` and ends within the text, in no particular order.
    pub fn hits(&self, text: &[u8], core: Range<usize>, mut found: impl FnMut(Hit)) {
        let literals = self.matcher.literals();
        literals.scan_range(text, core.clone(), &mut found);
        decode::runs::scan(text, core, |start| {
            found(Hit {
                literal: RUN,
                start,
            });
        });
    }

    /// The kept matches of the rules that one literal anchors, and of what is encoded there.
    pub fn matches_at(&self, text: &[u8], hit: Hit, mut found: impl FnMut(Match)) {
        self.nested_matches_at(text, hit, &mut Nesting::none(), &mut found);
    }

    /// As [`Detector::matches_at`], with what is kept well. The same value may be told of more than once.
    pub fn everything_at(&self, text: &[u8], hit: Hit, mut found: impl FnMut(Found)) {
        self.nested_everything_at(text, hit, &mut Nesting::none(), &mut found);
    }

    /// The matches in a text that may have been decoded itself.
    fn nested_matches_at(
        &self,
        text: &[u8],
        hit: Hit,
        nesting: &mut Nesting,
        found: &mut dyn FnMut(Match),
    ) {
        self.nested_everything_at(text, hit, nesting, &mut |one| {
            if let Found::Match(one) = one {
                found(one);
            }
        });
    }

    fn nested_everything_at(
        &self,
        text: &[u8],
        hit: Hit,
        nesting: &mut Nesting,
        found: &mut dyn FnMut(Found),
    ) {
        let owners = if hit.literal == RUN {
            &[][..]
        } else {
            self.matcher
                .at_hit(&self.rules, text, hit, |sighting| match sighting {
                    Sighting::Candidate(candidate) => {
                        let rule = self.rules.get(candidate.rule);
                        if let Some(verdict) = judge::judge(rule, text, &candidate) {
                            found(Found::Match(Match {
                                candidate,
                                verdict,
                                decoded: None,
                            }));
                        } else if let Some(kept) = practice::kept(&text[candidate.secret]) {
                            found(Found::Kept(kept));
                        }
                    }
                    Sighting::Kept(kept) => found(Found::Kept(kept)),
                });
            self.matcher.literals().get(hit.literal).1
        };
        let encoded = owners.last().is_some_and(|owner| *owner >= FIRST_ENCODING);
        if encoded || hit.literal == RUN {
            decode::at_hit(self, text, hit, owners, nesting, &mut |one| {
                found(Found::Match(one));
            });
        }
    }

    /// Length of a literal, or of the start of a run.
    pub fn literal_length(&self, literal: u32) -> usize {
        if literal == RUN {
            return decode::runs::SHORTEST;
        }
        self.matcher.literals().get(literal).0
    }

    /// How many bytes in front of a hit tell that it is one.
    pub fn bytes_before(&self, literal: u32) -> usize {
        if literal == RUN {
            decode::runs::BEFORE
        } else {
            0
        }
    }

    /// How many bytes tell of any hit that it is one.
    pub fn longest_hit(&self) -> usize {
        let literals = self.matcher.literals();
        (0..literals.count() as u32)
            .map(|literal| literals.get(literal).0)
            .max()
            .unwrap_or(0)
            .max(decode::runs::SHORTEST + decode::runs::BEFORE)
    }

    /// How far from the start of a hit its rules and encodings may look; nothing where none of them is on. What
    /// [`Detector::matches_at`] gives there does not depend on anything further away, as long as the text ends in the
    /// same places.
    pub fn reach(&self, literal: u32) -> Reach {
        if literal == RUN {
            return decode::reach_of_runs();
        }
        let reaches = self.reaches.get_or_init(|| {
            let literals = self.matcher.literals();
            (0..literals.count() as u32)
                .map(|literal| {
                    let (length, owners) = literals.get(literal);
                    let reach = |&owner: &u16| {
                        let radius = if owner == practice::anchor::OWNER {
                            practice::REACH
                        } else if owner >= FIRST_ENCODING {
                            return decode::reach_of(owner);
                        } else {
                            let index = RuleIndex::from_raw(owner);
                            if !self.rules.is_enabled(index) {
                                return Reach::default();
                            }
                            self.rules.radius(index) as usize
                        };
                        let bytes = radius + length + judge::CONTEXT_MARGIN;
                        Reach {
                            before: bytes,
                            behind: bytes,
                        }
                    };
                    owners.iter().map(reach).fold(Reach::default(), Reach::join)
                })
                .collect()
        });
        reaches[literal as usize]
    }
}
