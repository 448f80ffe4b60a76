//! Joins the parts of credentials over a whole scan: an id that stands beside its secret somewhere is no finding of its
//! own, wherever else it stands.
//!
//! A part that is a secret itself is joined only where nothing is lost by it: every place of it is beside the other
//! secret, and is suppressed as that is, and both got equally far. Nothing here depends on the order in which threads
//! found what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Exposures, Found, Key, drop_past};
use crate::detect::judge::visible_prefix;
use crate::detect::lines::MASK;
use crate::finding::{Fact, Location, Part, PartPlace, Role, Secret};
use crate::rule::{RuleIndex, RuleSet};
use crate::suppress::fingerprint::FingerprintKey;

/// A part of a credential as one place told of it.
#[derive(Debug, Clone)]
pub(super) struct FoundPart {
    /// Its place among the parts of the secret's rule.
    pub(super) part: u8,
    pub(super) rule: Option<RuleIndex>,
    pub(super) value: Secret,
    pub(super) facts: Vec<Fact>,
    pub(super) place: PartPlace,
}

impl FoundPart {
    /// The finding that the part is, if it is one.
    fn key(&self) -> Option<Key> {
        Some((self.rule?, self.value.clone()))
    }
}

/// Moves parts into the findings that they belong to. `suppressed` is told each finding that is one no longer, and says
/// whether it was suppressed.
pub(super) fn fold(
    found: &mut HashMap<Key, Found>,
    exposures: &Exposures,
    rules: &RuleSet,
    mut is_ignored: impl FnMut(&Key) -> bool,
) {
    let links = Links::of(found);
    let mut folded: BTreeSet<Key> = BTreeSet::new();
    let mut hosts: BTreeSet<Key> = BTreeSet::new();
    // Secrets first: their own ids then go to the secret that they are joined with.
    for secret in [true, false] {
        for (key, owners) in &links.owners {
            let owner = |owner: &&(Key, u8)| {
                is_secret(rules, &owner.0, owner.1) == secret && !folded.contains(&owner.0)
            };
            let owners: Vec<&(Key, u8)> = owners.iter().filter(owner).collect();
            let Some(&first) = owners.first() else {
                continue;
            };
            let known = (found.get(key), found.get(&first.0));
            let (Some(own), Some(host)) = known else {
                continue;
            };
            let joins = !hosts.contains(key)
                && !folded.contains(key)
                && brings_no_others(own, host)
                && (!secret || loses_nothing(own, host, first, exposures, key, &mut is_ignored));
            if joins {
                is_ignored(key);
                folded.insert(key.clone());
                let places = moved(own, key, &owners);
                for (owner, part) in places {
                    hosts.insert(owner.clone());
                    if let Some(host) = found.get_mut(&owner) {
                        host.parts.push(part);
                    }
                }
            }
        }
    }
    for key in folded {
        found.remove(&key);
    }
}

/// Which findings are parts of which others.
struct Links {
    owners: BTreeMap<Key, BTreeSet<(Key, u8)>>,
}

impl Links {
    /// What places of parts and places of secrets say of each other: a source may have reported only one of the two.
    fn of(found: &HashMap<Key, Found>) -> Self {
        let mut owners: BTreeMap<Key, BTreeSet<(Key, u8)>> = BTreeMap::new();
        for (key, own) in found {
            for of in own.locations.iter().flat_map(|(_, of)| of) {
                let owner = (of.rule, of.secret.clone());
                if owner != *key && found.contains_key(&owner) {
                    owners
                        .entry(key.clone())
                        .or_default()
                        .insert((owner, of.part));
                }
            }
            for part in &own.parts {
                let Some(of) = part.key().filter(|of| of != key && found.contains_key(of)) else {
                    continue;
                };
                owners
                    .entry(of)
                    .or_default()
                    .insert((key.clone(), part.part));
            }
        }
        Self { owners }
    }
}

fn is_secret(rules: &RuleSet, owner: &Key, part: u8) -> bool {
    let parts = &rules.get(owner.0).parts;
    parts.get(usize::from(part)).is_none_or(|part| part.secret)
}

/// Whether all parts that other rules found of a part are the whole's, too.
fn brings_no_others(part: &Found, whole: &Found) -> bool {
    let of_whole: BTreeSet<Key> = whole.parts.iter().filter_map(FoundPart::key).collect();
    let mut own = part.parts.iter().filter_map(FoundPart::key);
    own.all(|key| of_whole.contains(&key))
}

/// Whether a part that is secret may be told of with the whole only.
fn loses_nothing(
    part: &Found,
    whole: &Found,
    owner: &(Key, u8),
    exposures: &Exposures,
    key: &Key,
    is_ignored: &mut impl FnMut(&Key) -> bool,
) -> bool {
    let beside = part.locations.iter().all(|(_, of)| {
        of.iter()
            .any(|of| of.rule == owner.0.0 && of.secret == owner.0.1)
    });
    let open = |found: &Found| {
        found
            .locations
            .iter()
            .any(|(place, _)| place.suppression.is_none())
    };
    beside
        && open(part) == open(whole)
        && part.confidence <= whole.confidence
        && is_ignored(key) == is_ignored(&owner.0)
        && exposures.get(key) == exposures.get(&owner.0)
}

/// The places of a part for each of its owners: those beside it, and for the first those beside none.
fn moved(part: &Found, key: &Key, owners: &[&(Key, u8)]) -> Vec<(Key, FoundPart)> {
    let mut places = Vec::new();
    for (location, of) in &part.locations {
        let beside = |owner: &Key| {
            of.iter()
                .any(|of| of.rule == owner.0 && of.secret == owner.1)
        };
        let alone = !owners.iter().any(|(owner, _)| beside(owner));
        for (position, (owner, number)) in owners.iter().enumerate() {
            if beside(owner) || (alone && position == 0) {
                let moved = FoundPart {
                    part: *number,
                    rule: Some(key.0),
                    value: key.1.clone(),
                    facts: part.facts.clone(),
                    place: PartPlace::of(location),
                };
                places.push((owner.clone(), moved));
            }
        }
    }
    places
}

/// The parts as a finding holds them: each value once, with its places.
pub(super) fn parts(
    rule: RuleIndex,
    found: Vec<FoundPart>,
    rules: &RuleSet,
    fingerprints: &FingerprintKey,
) -> Vec<Part> {
    let mut by_value: BTreeMap<_, (Vec<Fact>, Vec<PartPlace>)> = BTreeMap::new();
    for part in found {
        let known = by_value
            .entry((part.part, part.value, part.rule))
            .or_insert_with(|| (part.facts, Vec::new()));
        known.1.push(part.place);
    }
    let described = &rules.get(rule).parts;
    by_value
        .into_iter()
        .filter_map(|((number, value, rule), (facts, mut places))| {
            let part = described.get(usize::from(number))?;
            drop_past(&mut places, |place| (&place.path, &place.origin));
            places.sort_by(|a, b| a.order().cmp(&b.order()));
            places.dedup();
            Some(Part {
                name: part.name.clone(),
                rule,
                secret: part.secret,
                shown: shown(part.secret, rule, &value, rules),
                fingerprint: rule.map(|_| fingerprints.fingerprint(value.expose())),
                value,
                facts,
                places,
            })
        })
        .collect()
}

fn shown(secret: bool, rule: Option<RuleIndex>, value: &Secret, rules: &RuleSet) -> String {
    let bytes = value.expose();
    if !secret {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let visible = rule.map_or(0, |rule| visible_prefix(rules.get(rule), bytes));
    format!("{}{MASK}", String::from_utf8_lossy(&bytes[..visible]))
}

/// What a finding is of its credential.
pub(super) fn role(
    rule: RuleIndex,
    locations: &[(Location, Vec<crate::detect::pair::Owner>)],
    rules: &RuleSet,
) -> Role {
    if rules.secrets_of(rule).next().is_none() {
        Role::Credential
    } else if locations.iter().all(|(_, of)| of.is_empty()) {
        Role::IdAlone
    } else {
        Role::IdBesideSecret
    }
}
