//! A part of a credential in one line: `access key id AKIA… (account 123456789012) at line 3`.
//!
//! What comes from the repository leaves here neutralised.

use std::fmt::Write as _;

use super::place;
use crate::finding::{Location, Part, PartPlace};
use crate::report::PathPrefix;
use crate::text::sanitize;

/// Longer values are cut.
const LONGEST: usize = 160;

/// The part, as it stands near the secret's place `first`.
pub(super) fn line(
    part: &Part,
    first: &Location,
    show_secrets: bool,
    prefix: &PathPrefix,
) -> String {
    let value = if part.secret && show_secrets {
        sanitize(part.value.expose())
    } else {
        sanitize(part.shown.as_bytes())
    };
    let mut line = format!("{} {}", sanitize(part.name.as_bytes()), cut(value));
    let facts: Vec<String> = part
        .facts
        .iter()
        .map(|fact| format!("{} {}", fact.label, sanitize(fact.value.as_bytes())))
        .collect();
    if !facts.is_empty() {
        let _ = write!(line, " ({})", facts.join(", "));
    }
    if let Some(place) = part.place_near(first) {
        let _ = write!(line, " {}", at(place, first, prefix));
    }
    line
}

fn cut(value: String) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

/// In the text of the secret its line says enough.
fn at(part: &PartPlace, first: &Location, prefix: &PathPrefix) -> String {
    let beside = part.path == first.path && part.origin == first.origin;
    if beside && !place::is_name(first) {
        return format!("at line {}", part.start.line);
    }
    let there = Location {
        path: part.path.clone(),
        origin: part.origin.clone(),
        start: part.start,
        ..first.clone()
    };
    format!("at {}", place::shown(&there, prefix))
}
