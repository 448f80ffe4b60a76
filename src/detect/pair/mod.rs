//! Joins the parts of a credential: an id and the secret that it goes with.
//!
//! ```text
//!  near    what may be parts around each match: calls text, and notes frames
//!  text    parts that no rule finds, looked for around a secret while its text is at hand
//!  frame   sections and blocks: what belongs together in a text
//!  assign  which part goes with which secret, where there are several of both
//! ```
//!
//! Runs on the matches of one blob once these are settled, and never on a blob without matches. What is near decides, and
//! nothing but the blob does; it must not look at paths or keep anything between blobs.

mod assign;
pub(super) mod frame;
pub(super) mod near;
pub(super) mod text;

use std::collections::BTreeMap;
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
    let mut by_rule: BTreeMap<RuleIndex, Vec<usize>> = BTreeMap::new();
    for (index, found) in located.iter().enumerate() {
        by_rule.entry(found.rule).or_default().push(index);
    }
    let parts = |rule: &RuleIndex| &rules.get(*rule).parts;
    if by_rule.keys().all(|rule| parts(rule).is_empty()) {
        return;
    }
    let taken = Taken::of(located);
    for (&owner, own) in &by_rule {
        for (number, part) in (0_u8..).zip(parts(&owner)) {
            let whole = Whole {
                owner,
                number,
                part,
                places: own,
            };
            if let PartSource::Text(_) = &part.source {
                link_values(&whole, &taken, located);
                continue;
            }
            let found = by_rule
                .iter()
                .filter(|(rule, _)| part.is_found_by(&rules.get(**rule).id));
            let mut candidates: Vec<usize> =
                found.flat_map(|(_, places)| places).copied().collect();
            candidates.sort_unstable();
            link_matches(rules, &whole, candidates, located);
        }
    }
    for found in located.iter_mut() {
        found.near = Vec::new();
    }
}

/// The secrets of one rule, and the part of them that is to be linked.
struct Whole<'w> {
    owner: RuleIndex,
    number: u8,
    part: &'w Part,
    /// Where the secrets are among the matches.
    places: &'w [usize],
}

impl Whole<'_> {
    fn items(&self, located: &[Located]) -> Vec<Item> {
        items(self.places, located)
    }
}

fn items(places: &[usize], located: &[Located]) -> Vec<Item> {
    let own = places.iter().map(|place| &located[*place]);
    own.map(|found| item(&found.bytes, found.frame)).collect()
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
    whole: &Whole<'_>,
    mut candidates: Vec<usize>,
    located: &mut [Located],
) {
    let Whole {
        owner,
        number,
        part,
        places,
    } = *whole;
    // Of two parts that one rule finds, such as two tokens, each has its own.
    let is_free = |l: &Located| part.shared || l.part_of.iter().all(|of| of.rule != owner);
    candidates
        .retain(|candidate| located[*candidate].rule != owner && is_free(&located[*candidate]));
    let others = items(&candidates, located);
    for (secret, other) in assign::assign(&whole.items(located), &others, part) {
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
fn link_values(whole: &Whole<'_>, taken: &Taken, located: &mut [Located]) {
    let Whole {
        owner,
        number,
        part,
        places,
    } = *whole;
    let mut near: Vec<NearPart> = places
        .iter()
        .flat_map(|place| &located[*place].near)
        .filter(|near| near.part == number)
        .cloned()
        .collect();
    near.sort_by_key(|near| (near.bytes.start, near.bytes.end));
    near.dedup_by(|a, b| a.bytes == b.bytes);
    near.retain(|near| {
        let mut found = taken.overlapping(&near.bytes, located);
        found.all(|l| located[l].bytes == near.bytes)
    });
    let others: Vec<Item> = near.iter().map(|n| item(&n.bytes, n.frame)).collect();
    for (secret, other) in assign::assign(&whole.items(located), &others, part) {
        let found = &near[other];
        let known = taken.overlapping(&found.bytes, located).next();
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

/// What matches cover of a text.
struct Taken {
    /// Of each match where the furthest of it and those before it ends.
    ends: Vec<u64>,
}

impl Taken {
    fn of(located: &[Located]) -> Self {
        let ends = located.iter().scan(0, |furthest, found| {
            *furthest = found.bytes.end.max(*furthest);
            Some(*furthest)
        });
        Self {
            ends: ends.collect(),
        }
    }

    /// The matches that stand where a value does.
    fn overlapping<'t>(
        &'t self,
        bytes: &Range<u64>,
        located: &'t [Located],
    ) -> impl Iterator<Item = usize> + use<'t> {
        let start = bytes.start;
        let to = located.partition_point(|l| l.bytes.start < bytes.end);
        (0..to)
            .rev()
            .take_while(move |l| self.ends[*l] > start)
            .filter(move |l| located[*l].bytes.end > start)
    }
}
