//! Which matches stand where several say something of the same bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Candidate, Match};
use crate::rule::{Confidence, RuleIndex, RuleSet, WRITTEN};

/// Sorts matches by place and keeps one of those that say the same: a value is often reached from several anchors
/// (`secret_token = …`). The surest stays, or else that of the first anchor.
pub fn distinct(matches: &mut Vec<Match>, text: &[u8]) {
    matches.sort_by(|a, b| {
        let key = |m: &Match| {
            let Candidate { rule, secret, .. } = &m.candidate;
            (secret.start, secret.end, *rule)
        };
        let rest = |m: &Match| {
            let Candidate { anchor, whole, .. } = &m.candidate;
            (
                std::cmp::Reverse(m.verdict.confidence),
                m.decoded.is_some(),
                (anchor.start, anchor.end),
                (whole.start, whole.end),
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.value(text).cmp(b.value(text)))
            .then_with(|| rest(a).cmp(&rest(b)))
    });
    matches.dedup_by(|a, b| {
        a.candidate.rule == b.candidate.rule
            && a.candidate.secret == b.candidate.secret
            && a.value(text) == b.value(text)
    });
}

/// What decides which of two overlapping matches stands.
#[derive(Debug, Clone)]
pub struct Claim {
    /// See [`crate::rule::Rule::specificity_of_match`].
    pub specificity: u32,
    /// How sure the judge is.
    pub confidence: Confidence,
    /// Where the secret stands.
    pub secret: Range<u64>,
    /// Length of the whole match.
    pub explained: u64,
    /// The rule.
    pub rule: RuleIndex,
    /// Claims of one group stand side by side: they were told apart in the text that encodes all of them.
    pub group: Option<u64>,
}

impl Claim {
    /// The claim of a match.
    pub(super) fn of(rules: &RuleSet, found: &Match) -> Self {
        let Candidate {
            rule,
            whole,
            secret,
            ..
        } = &found.candidate;
        Self {
            specificity: rules
                .get(*rule)
                .specificity_of_match(found.decoded.is_some()),
            confidence: found.verdict.confidence,
            secret: secret.start as u64..secret.end as u64,
            explained: whole.len() as u64,
            rule: *rule,
            group: found.group().map(|group| group as u64),
        }
    }
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
            // What was found by a name alone is told better from the value as it is decoded; a rule that was written for
            // the encoded form knows it.
            claim.group.is_some() == (claim.specificity >= WRITTEN),
            std::cmp::Reverse(claim.confidence),
            std::cmp::Reverse(claim.secret.end - claim.secret.start),
            std::cmp::Reverse(claim.explained),
            claim.secret.start,
            claim.rule,
            claim.group,
        )
    });
    // Ranges that are taken, none of them overlapping another.
    let mut taken: BTreeMap<u64, (u64, Option<u64>)> = BTreeMap::new();
    matches.retain(|m| {
        let Claim { secret, group, .. } = claim(m);
        let Range { mut start, mut end } = secret;
        let overlaps = taken.range(..end).rev();
        let overlaps: Vec<(u64, u64, Option<u64>)> = overlaps
            .take_while(|(_, (taken, _))| *taken > start)
            .map(|(from, (to, group))| (*from, *to, *group))
            .collect();
        let stands = overlaps
            .iter()
            .all(|(_, _, other)| group.is_some() && *other == group);
        if stands {
            for (from, to, _) in overlaps {
                taken.remove(&from);
                (start, end) = (start.min(from), end.max(to));
            }
            taken.insert(start, (end, group));
        }
        stands
    });
    matches.sort_by_cached_key(|m| {
        let secret = claim(m).secret;
        (secret.start, secret.end)
    });
}
