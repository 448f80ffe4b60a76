//! The other parts of a credential as SARIF shows them: a sentence in the message, a related location each.

use std::fmt::Write as _;

use serde_json::{Value, json};
use serde_sarif::sarif::{Location, PhysicalLocation, Region};

use super::result::{artifact, number};
use super::{MAX_LOCATIONS, history, message};
use crate::finding::{Finding, Part, PartPlace};
use crate::report::Report;
use crate::text::sanitize;

/// What goes with the secret, or that the id stands alone; empty where there is nothing to say.
pub(super) fn sentences(finding: &Finding) -> String {
    let mut text = String::new();
    if let Some(remark) = finding.role.remark() {
        let _ = write!(text, " It is {remark}.");
    }
    for part in &finding.parts {
        let _ = write!(text, " It goes with the {} '{}'.", name(part), value(part));
    }
    text
}

fn name(part: &Part) -> String {
    plain(part.name.as_bytes())
}

fn value(part: &Part) -> String {
    plain(part.shown.as_bytes())
}

/// Text for a message, where square brackets would read as a link.
fn plain(bytes: &[u8]) -> String {
    sanitize(bytes).replace('[', "(").replace(']', ")")
}

/// Where the parts stand, near the first place of the secret; at most as many places as a result may have.
pub(super) fn related(finding: &Finding) -> Vec<Location> {
    let Some(first) = finding.shown_locations().next() else {
        return Vec::new();
    };
    let near = finding
        .parts
        .iter()
        .filter_map(|part| Some((part, part.place_near(first)?)));
    (1..)
        .zip(near.take(MAX_LOCATIONS))
        .map(|(id, (part, place))| location(id, part, place))
        .collect()
}

/// Where the parts stand that are credentials of their own rule.
pub(super) fn places(finding: &Finding) -> impl Iterator<Item = Location> {
    let parts = finding.parts.iter().filter(|part| part.rule.is_some());
    parts.flat_map(|part| {
        let places = part.places.iter();
        places.map(|place| Location {
            id: None,
            ..location(0, part, place)
        })
    })
}

fn location(id: i64, part: &Part, place: &PartPlace) -> Location {
    let mut physical = PhysicalLocation::builder()
        .artifact_location(artifact(&place.path, &place.origin))
        .build();
    let history = history::of(&place.origin);
    // A name is no region of what it names.
    if !history.is_some_and(history::is_name) {
        let region = Region::builder()
            .start_line(number(place.start.line))
            .start_column(number(place.start.column_utf16))
            .end_line(number(place.end.line))
            .end_column(number(place.end.column_utf16))
            .build();
        physical.region = Some(region);
    }
    let mut location = Location::builder()
        .id(id)
        .physical_location(physical)
        .message(message(format!("{} '{}'", name(part), value(part))))
        .build();
    location.properties = history.map(|place| super::properties(history::place(place)));
    location
}

/// The parts as a property of the result.
pub(super) fn property(report: &Report<'_>, finding: &Finding) -> Value {
    let parts: Vec<Value> = finding
        .parts
        .iter()
        .map(|part| {
            let facts: Vec<Value> = part
                .facts
                .iter()
                .map(
                    |fact| json!({ "label": fact.label, "value": sanitize(fact.value.as_bytes()) }),
                )
                .collect();
            json!({
                "name": sanitize(part.name.as_bytes()),
                "rule": part.rule.map(|rule| report.rules.get(rule).id.as_ref()),
                "secret": part.secret,
                "shown": sanitize(part.shown.as_bytes()),
                "facts": facts,
            })
        })
        .collect();
    json!(parts)
}
