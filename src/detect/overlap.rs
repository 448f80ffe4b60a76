//! Which matches stand where several say something of the same bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Candidate, Match};
use crate::rule::{Confidence, RuleIndex};

/// Sorts matches by place and keeps one of those that say the same: a value is often reached from several anchors
/// (`secret_token = …`). The surest stays, or else that of the first anchor.
pub fn distinct(matches: &mut Vec<Match>) {
    matches.sort_by(|a, b| {
        let key = |m: &Match| {
            let Candidate {
                rule,
                anchor,
                whole,
                secret,
            } = &m.candidate;
            (
                (secret.start, secret.end, *rule),
                std::cmp::Reverse(m.verdict.confidence),
                (anchor.start, anchor.end),
                (whole.start, whole.end),
            )
        };
        key(a).cmp(&key(b))
    });
    matches.dedup_by(|a, b| {
        a.candidate.rule == b.candidate.rule && a.candidate.secret == b.candidate.secret
    });
}

/// What decides which of two overlapping matches stands.
#[derive(Debug, Clone)]
pub struct Claim {
    /// See [`crate::rule::Rule::specificity`].
    pub specificity: u32,
    /// How sure the judge is.
    pub confidence: Confidence,
    /// Where the secret stands.
    pub secret: Range<u64>,
    /// Length of the whole match.
    pub explained: u64,
    /// The rule.
    pub rule: RuleIndex,
}

/// Lets the most specific rule win where secrets overlap; the rest is sorted by place.
pub fn resolve<T>(matches: &mut Vec<T>, claim: impl Fn(&T) -> Claim) {
    if matches.len() < 2 {
        return;
    }
    matches.sort_by_cached_key(|m| {
        let claim = claim(m);
        (
            std::cmp::Reverse(claim.specificity),
            std::cmp::Reverse(claim.confidence),
            std::cmp::Reverse(claim.secret.end - claim.secret.start),
            std::cmp::Reverse(claim.explained),
            claim.secret.start,
            claim.rule,
        )
    });
    let mut taken: BTreeMap<u64, u64> = BTreeMap::new();
    matches.retain(|m| {
        let Range { start, end } = claim(m).secret;
        let overlaps = taken
            .range(..end)
            .next_back()
            .is_some_and(|(_, &taken)| taken > start);
        if !overlaps {
            taken.insert(start, end);
        }
        !overlaps
    });
    matches.sort_by_cached_key(|m| {
        let secret = claim(m).secret;
        (secret.start, secret.end)
    });
}
