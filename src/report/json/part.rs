//! The other parts of a credential in the JSON formats.

use serde::Serialize;

use super::{PlaceObject, as_map};
use crate::finding::{Fact, Part, PartPlace};
use crate::report::Report;

/// A part.
#[derive(Serialize)]
pub(super) struct PartObject<'r> {
    name: &'r str,
    rule: Option<&'r str>,
    secret: bool,
    shown: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    fingerprint: Option<&'r str>,
    #[serde(serialize_with = "as_map")]
    facts: &'r [Fact],
    locations: Vec<PlaceObject<'r>>,
}

impl<'r> PartObject<'r> {
    pub(super) fn new(report: &Report<'r>, part: &'r Part) -> Self {
        let told = part.secret && report.info.show_secrets;
        Self {
            name: &part.name,
            rule: part.rule.map(|rule| report.rules.get(rule).id.as_ref()),
            secret: part.secret,
            shown: &part.shown,
            value: told.then(|| String::from_utf8_lossy(part.value.expose()).into_owned()),
            fingerprint: part.fingerprint.as_deref(),
            facts: &part.facts,
            locations: part.places.iter().map(place).collect(),
        }
    }
}

fn place(place: &PartPlace) -> PlaceObject<'_> {
    PlaceObject::new(
        &place.path,
        &place.origin,
        [place.start, place.end],
        &place.bytes,
    )
}
