//! Joins the parts of a credential: an id and the secret that it goes with.
//!
//! ```text
//!  text    parts that no rule finds, looked for around a secret while its text is at hand
//!  frame   sections and blocks: what belongs together in a text
//!  assign  which part goes with which secret, where there are several of both
//! ```
//!
//! Runs on the matches of one blob once these are settled, and never on a blob without matches. What is near decides, and
//! nothing but the blob does; it must not look at paths or keep anything between blobs.

mod assign;
pub(super) mod frame;
pub(super) mod text;

use std::collections::BTreeSet;
use std::ops::Range;

use super::blob::Located;
use crate::finding::{Evidence, Fact, Position, Secret};
use crate::rule::{Confidence, Part, PartSource, Rule, RuleIndex, RuleSet, Search};
use assign::Item;
use frame::Frame;

/// A value near a secret that may be one of its parts.
#[derive(Debug, Clone)]
pub struct NearPart {
    /// The part's place among those of the rule.
    pub(super) part: u8,
    /// Whether it must be masked.
    pub(super) secret: bool,
    pub(super) value: Secret,
    pub(super) bytes: Range<u64>,
    pub(super) start: Position,
    pub(super) end: Position,
    pub(super) frame: Frame,
}

/// A part that goes with a secret.
#[derive(Debug, Clone)]
pub struct LinkedPart {
    /// The part's place among those of the secret's rule.
    pub part: u8,
    /// Whether it must be masked.
    pub secret: bool,
    /// The rule that found it, if one did.
    pub rule: Option<RuleIndex>,
    /// Its value.
    pub value: Secret,
    /// What it says of itself.
    pub facts: Vec<Fact>,
    /// Byte range in the blob's text.
    pub bytes: Range<u64>,
    /// First character.
    pub start: Position,
    /// Just behind the last character.
    pub end: Position,
}

/// The secret that a match is a part of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The secret's rule.
    pub rule: RuleIndex,
    /// The secret.
    pub secret: Secret,
    /// Which of the rule's parts.
    pub part: u8,
    /// Whether it must be masked.
    pub masked: bool,
}

/// How far from a secret its parts and their frames are read.
pub(super) const MARGIN: usize =
    crate::rule::part::MAX_WITHIN as usize + text::LENGTH + frame::REACH;

/// How sure a match may become by its parts: what is known by its name only is believed where its id stands near.
pub fn at_best(rule: &Rule, confidence: Confidence) -> Confidence {
    let by_rule = |part: &Part| matches!(part.source, PartSource::Rules(_));
    if confidence == Confidence::Medium && rule.parts.iter().any(by_rule) {
        Confidence::High
    } else {
        confidence
    }
}

/// Tells each match the parts that go with it, and each part whose it is. `located` is sorted by place.
pub(super) fn link(rules: &RuleSet, located: &mut [Located]) {
    let owners: BTreeSet<RuleIndex> = located
        .iter()
        .map(|found| found.rule)
        .filter(|rule| !rules.get(*rule).parts.is_empty())
        .collect();
    for owner in owners {
        for (number, part) in (0_u8..).zip(&rules.get(owner).parts) {
            match &part.source {
                PartSource::Rules(_) => link_matches(rules, owner, number, part, located),
                PartSource::Text(_) => link_values(owner, number, part, located),
            }
        }
    }
    for found in located.iter_mut() {
        found.near = Vec::new();
    }
}

/// The matches of a rule, by their places in `located`.
fn secrets(owner: RuleIndex, located: &[Located]) -> (Vec<usize>, Vec<Item>) {
    let own = located.iter().enumerate().filter(|(_, l)| l.rule == owner);
    own.map(|(index, l)| (index, item(&l.bytes, l.frame)))
        .unzip()
}

fn item(bytes: &Range<u64>, frame: Frame) -> Item {
    Item {
        bytes: bytes.clone(),
        frame,
    }
}

/// Links what other rules found.
fn link_matches(
    rules: &RuleSet,
    owner: RuleIndex,
    number: u8,
    part: &Part,
    located: &mut [Located],
) {
    let (places, own) = secrets(owner, located);
    let (candidates, others): (Vec<usize>, Vec<Item>) = located
        .iter()
        .enumerate()
        .filter(|(_, l)| l.rule != owner && part.is_found_by(&rules.get(l.rule).id))
        // Of two parts that one rule finds, such as two tokens, each has its own.
        .filter(|(_, l)| part.shared || l.part_of.iter().all(|of| of.rule != owner))
        .map(|(index, l)| (index, item(&l.bytes, l.frame)))
        .unzip();
    for (secret, other) in assign::assign(&own, &others, part) {
        let (secret, other) = (places[secret], candidates[other]);
        let found = &located[other];
        let linked = LinkedPart {
            part: number,
            secret: part.secret,
            rule: Some(found.rule),
            value: found.secret.clone(),
            facts: found.verdict.facts.clone(),
            bytes: found.bytes.clone(),
            start: found.start,
            end: found.end,
        };
        // What has a format of its own can hardly stand there by chance.
        let sure = found.verdict.confidence == Confidence::High
            && matches!(rules.get(found.rule).search, Search::Pattern { .. });
        let whole = &mut located[secret];
        if sure && whole.verdict.confidence == Confidence::Medium {
            whole.verdict.confidence = Confidence::High;
        }
        whole
            .verdict
            .evidence
            .push(Evidence::Beside(part.name.clone()));
        whole.parts.push(linked);
        let of = Owner {
            rule: owner,
            secret: whole.secret.clone(),
            part: number,
            masked: part.secret,
        };
        located[other].part_of.push(of);
    }
}

/// Links values that no rule was made for. Where one believes to have found a secret of its own there it is masked as
/// that is, and no more than an overlap is no part at all.
fn link_values(owner: RuleIndex, number: u8, part: &Part, located: &mut [Located]) {
    let (places, own) = secrets(owner, located);
    let mut near: Vec<NearPart> = places
        .iter()
        .flat_map(|place| &located[*place].near)
        .filter(|near| near.part == number)
        .filter(|near| overlapping(&near.bytes, located).all(|l| located[l].bytes == near.bytes))
        .cloned()
        .collect();
    near.sort_by_key(|near| (near.bytes.start, near.bytes.end));
    near.dedup_by(|a, b| a.bytes == b.bytes);
    let others: Vec<Item> = near.iter().map(|n| item(&n.bytes, n.frame)).collect();
    for (secret, other) in assign::assign(&own, &others, part) {
        let found = &near[other];
        let known = overlapping(&found.bytes, located).next();
        let linked = LinkedPart {
            part: number,
            secret: part.secret || known.is_some(),
            rule: known.map(|known| located[known].rule),
            value: found.value.clone(),
            facts: Vec::new(),
            bytes: found.bytes.clone(),
            start: found.start,
            end: found.end,
        };
        if let Some(known) = known {
            let of = Owner {
                rule: owner,
                secret: located[places[secret]].secret.clone(),
                part: number,
                masked: true,
            };
            located[known].part_of.push(of);
        }
        located[places[secret]].parts.push(linked);
    }
}

/// The matches that stand where a value does.
fn overlapping(bytes: &Range<u64>, located: &[Located]) -> impl Iterator<Item = usize> {
    let from = located.partition_point(|l| l.bytes.start + LONGEST < bytes.start);
    let to = located.partition_point(|l| l.bytes.start < bytes.end);
    let start = bytes.start;
    (from..to.max(from)).filter(move |l| located[*l].bytes.end > start)
}

/// Longer secrets are whole files or key blocks, in which no part stands.
const LONGEST: u64 = 16 * 1024;
