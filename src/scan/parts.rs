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
use crate::detect::pair::Owner;
use crate::finding::{Fact, Location, Part, PartPlace, Role, Secret};
use crate::rule::{RuleIndex, RuleSet};
use crate::suppress::fingerprint::FingerprintKey;

/// A part of a credential as one place told of it.
#[derive(Debug, Clone)]
pub(super) struct FoundPart {
    /// Its place among the parts of the secret's rule.
    pub(super) part: u8,
    pub(super) secret: bool,
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

/// Moves parts into the findings that they belong to. `is_ignored` says whether the ignore file names a finding, and thereby
/// counts its entry as used.
pub(super) fn fold(
    found: &mut HashMap<Key, Found>,
    exposures: &Exposures,
    is_ignored: impl Fn(&Key) -> bool,
) {
    let links = Links::of(found);
    let mut folded: BTreeSet<Key> = BTreeSet::new();
    let mut hosts: BTreeSet<Key> = BTreeSet::new();
    // Secrets first: their own ids then go to the secret that they are joined with.
    for masked in [true, false] {
        for (key, wholes) in &links.wholes {
            if hosts.contains(key) || folded.contains(key) {
                continue;
            }
            let Some(part) = found.get(key) else {
                continue;
            };
            let open = |whole: &&Whole| whole.masked == masked && !folded.contains(&whole.key);
            let wholes: Vec<&Whole> = wholes.iter().filter(open).collect();
            let joins = |whole: &&&Whole| {
                found.get(&whole.key).is_some_and(|host| {
                    let ends = || {
                        exposures.get(key) == exposures.get(&whole.key)
                            && is_ignored(key) == is_ignored(&whole.key)
                    };
                    brings_no_others(part, host)
                        && (!masked || (loses_nothing(part, host, &whole.key) && ends()))
                })
            };
            let Some(&first) = wholes.iter().find(joins) else {
                continue;
            };
            // An entry of the ignore file for the part is of use still.
            is_ignored(key);
            let moved = moved(part, key, first, &wholes);
            folded.insert(key.clone());
            for (host, part) in moved {
                if let Some(whole) = found.get_mut(&host) {
                    whole.parts.push(part);
                }
                hosts.insert(host);
            }
        }
    }
    for key in folded {
        found.remove(&key);
    }
}

/// A finding that another is a part of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Whole {
    key: Key,
    part: u8,
    masked: bool,
}

/// Which findings are parts of which others.
struct Links {
    wholes: BTreeMap<Key, BTreeSet<Whole>>,
}

impl Links {
    /// What places of parts and places of secrets say of each other: a source may have reported only one of the two.
    fn of(found: &HashMap<Key, Found>) -> Self {
        let mut wholes: BTreeMap<Key, BTreeSet<Whole>> = BTreeMap::new();
        let mut add = |part: &Key, key: Key, number, masked| {
            if *part != key && found.contains_key(part) && found.contains_key(&key) {
                let whole = Whole {
                    key,
                    part: number,
                    masked,
                };
                wholes.entry(part.clone()).or_default().insert(whole);
            }
        };
        for (key, own) in found {
            for of in own.locations.iter().flat_map(|(_, of)| of) {
                add(key, (of.rule, of.secret.clone()), of.part, of.masked);
            }
            for part in &own.parts {
                if let Some(of) = part.key() {
                    add(&of, key.clone(), part.part, part.secret);
                }
            }
        }
        Self { wholes }
    }
}

/// Whether all parts that other rules found of a part are the whole's, too.
fn brings_no_others(part: &Found, whole: &Found) -> bool {
    let of_whole: BTreeSet<Key> = whole.parts.iter().filter_map(FoundPart::key).collect();
    let mut own = part.parts.iter().filter_map(FoundPart::key);
    own.all(|key| of_whole.contains(&key))
}

/// Whether a part that is secret may be told of with the whole only.
fn loses_nothing(part: &Found, whole: &Found, key: &Key) -> bool {
    let open = |found: &Found| {
        let mut places = found.locations.iter();
        places.any(|(place, _)| place.suppression.is_none())
    };
    part.locations.iter().all(|(_, of)| is_beside(of, key))
        && open(part) == open(whole)
        && part.confidence <= whole.confidence
}

fn is_beside(of: &[Owner], key: &Key) -> bool {
    of.iter().any(|of| of.rule == key.0 && of.secret == key.1)
}

/// The places of a part for each whole: those beside it, and for the first those beside none.
fn moved(part: &Found, key: &Key, first: &Whole, wholes: &[&Whole]) -> Vec<(Key, FoundPart)> {
    let mut places = Vec::new();
    for (location, of) in &part.locations {
        let alone = !wholes.iter().any(|whole| is_beside(of, &whole.key));
        for whole in wholes {
            if is_beside(of, &whole.key) || (alone && *whole == first) {
                let moved = FoundPart {
                    part: whole.part,
                    secret: whole.masked,
                    rule: Some(key.0),
                    value: key.1.clone(),
                    facts: part.facts.clone(),
                    place: PartPlace::of(location),
                };
                places.push((whole.key.clone(), moved));
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
    let mut by_value: BTreeMap<(u8, Secret), Known> = BTreeMap::new();
    for part in found {
        let known = by_value
            .entry((part.part, part.value))
            .or_insert_with(|| Known {
                secret: false,
                rule: part.rule,
                facts: Vec::new(),
                places: Vec::new(),
            });
        known.secret |= part.secret;
        // Where two rules found it in different places, the first of the tables speaks.
        if known.rule.is_none() || part.rule.is_some_and(|rule| Some(rule) <= known.rule) {
            known.rule = part.rule.or(known.rule);
            known.facts = part.facts;
        }
        known.places.push(part.place);
    }
    let described = &rules.get(rule).parts;
    by_value
        .into_iter()
        .filter_map(|((number, value), mut known)| {
            let part = described.get(usize::from(number))?;
            drop_past(&mut known.places, |place| (&place.path, &place.origin));
            known.places.sort_by(|a, b| a.order().cmp(&b.order()));
            known.places.dedup();
            let fingerprint = known.rule.map(|_| fingerprints.fingerprint(value.expose()));
            Some(Part {
                name: part.name.clone(),
                rule: known.rule,
                secret: known.secret,
                shown: shown(known.secret, known.rule, &value, rules),
                fingerprint,
                value,
                facts: known.facts,
                places: known.places,
            })
        })
        .collect()
}

/// What all places say of a part.
struct Known {
    secret: bool,
    rule: Option<RuleIndex>,
    facts: Vec<Fact>,
    places: Vec<PartPlace>,
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
pub(super) fn role(rule: RuleIndex, locations: &[(Location, Vec<Owner>)], rules: &RuleSet) -> Role {
    if rules.secrets_of(rule).next().is_none() {
        Role::Credential
    } else if locations.iter().all(|(_, of)| of.is_empty()) {
        Role::IdAlone
    } else {
        Role::IdBesideSecret
    }
}
