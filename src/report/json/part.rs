//! The other parts of a credential in the JSON formats.

use serde::Serialize;

use super::{HistoryObject, PositionObject, RangeObject, as_map, origin, path_text};
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
            locations: part.places.iter().map(PlaceObject::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct PlaceObject<'r> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    origin: &'static str,
    history: Option<HistoryObject<'r>>,
    start: PositionObject,
    end: PositionObject,
    bytes: RangeObject,
}

impl<'r> PlaceObject<'r> {
    fn new(place: &'r PartPlace) -> Self {
        let (path, path_base64) = path_text(&place.path);
        let (origin, history) = origin(&place.origin);
        Self {
            path,
            path_base64,
            origin,
            history,
            start: PositionObject::new(place.start),
            end: PositionObject::new(place.end),
            bytes: RangeObject {
                start: place.bytes.start,
                end: place.bytes.end,
            },
        }
    }
}
