//! A finding as a SARIF result: what it is, why it is believed, where it stands, and by what to know it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Location, PhysicalLocation, Region, Result as SarifResult,
    ResultLevel, Suppression,
};

use super::{MAX_LOCATIONS, ROOT, capitalised, history, message, part, properties, sentence, uri};
use crate::finding::{self, BlobPath, Finding, Origin, SuppressionKind};
use crate::guide;
use crate::report::Report;
use crate::report::exposure::{self, Advice};
use crate::rule::Severity;
use crate::text::sanitize;

/// One finding. `rule` is its rule's place among the log's rules. SARIF wants suppressions for all results or for
/// none, so `suppressions` tells whether an unsuppressed one says so with an empty list.
pub(super) fn result(
    report: &Report<'_>,
    finding: &Finding,
    rule: i64,
    suppressions: bool,
) -> SarifResult {
    // All of them have to change: what another rule finds as a credential is no mere remark on this one.
    let locations: Vec<Location> = finding
        .shown_locations()
        .map(location)
        .chain(part::places(finding))
        .take(MAX_LOCATIONS)
        .collect();
    let mut result = SarifResult::builder()
        .rule_id(report.rules.get(finding.rule).id.as_ref())
        .rule_index(rule)
        .level(level(finding.severity))
        .message(message(text(report, finding)))
        .locations(locations)
        .partial_fingerprints(fingerprints(finding))
        .properties(properties(facts(report, finding)))
        .build();
    let related = part::related(finding);
    if !related.is_empty() {
        result.related_locations = Some(related);
    }
    if suppressions {
        result.suppressions = Some(suppressed_by(finding));
    }
    result
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low => ResultLevel::Note,
    }
}

/// What it is, why it is believed, where else it stands, what to do first. Names no path: square brackets in one
/// would read as a link.
fn text(report: &Report<'_>, finding: &Finding) -> String {
    let rule = report.rules.get(finding.rule);
    let mut text = capitalised(&sanitize(rule.summary.as_bytes()));
    if let Some(shown) = finding.shown_locations().next().and_then(masked) {
        let _ = write!(text, " '{shown}'");
    }
    let evidence: Vec<String> = evidence(finding);
    let _ = write!(text, " (confidence {}", finding.confidence.name());
    if !evidence.is_empty() {
        let _ = write!(text, ": {}", evidence.join(", "));
    }
    text.push_str(").");
    let first = finding.shown_locations().next();
    if let Some(how) = first.and_then(finding::Location::decoded) {
        let _ = write!(text, " It was decoded from {how}.");
    }
    if finding.expired {
        text.push_str(" It has expired.");
    }
    text.push_str(&part::sentences(finding));
    let places = finding.shown_locations().count();
    if places > 1 {
        let _ = write!(text, " It stands in {places} places.");
    }
    if let Some(exposure) = &finding.exposure {
        // No count of days: the text of an alert should not change every day.
        let words = exposure::words(exposure, None);
        let _ = write!(text, " {}.", capitalised(&words));
    }
    text.push_str(&steps(report, finding));
    text
}

/// What to do first, and what after it where the history has a say in that.
fn steps(report: &Report<'_>, finding: &Finding) -> String {
    let rotate = guide::first_step(report.rules.get(finding.rule))
        .map(|step| format!(" First step: {}", sentence(sanitize(step.as_bytes()))))
        .unwrap_or_default();
    match exposure::advice(report, finding) {
        None => rotate,
        Some(Advice::Rotate) => format!("{rotate} {}.", capitalised(exposure::REWRITING)),
        Some(Advice::TakeOut(how)) => format!(
            " First step: {} {}.",
            sentence(capitalised(&how)),
            capitalised(exposure::IN_DOUBT)
        ),
    }
}

fn evidence(finding: &Finding) -> Vec<String> {
    let texts = finding.evidence.iter().map(ToString::to_string);
    texts.map(|text| sanitize(text.as_bytes())).collect()
}

fn facts(report: &Report<'_>, finding: &Finding) -> Vec<(&'static str, Value)> {
    let facts: Vec<Value> = finding
        .facts
        .iter()
        .map(|fact| json!({ "label": fact.label, "value": sanitize(fact.value.as_bytes()) }))
        .collect();
    let mut values = vec![
        ("confidence", json!(finding.confidence.name())),
        ("severity", json!(finding.severity.name())),
        ("expired", json!(finding.expired)),
        ("evidence", json!(evidence(finding))),
        ("facts", json!(facts)),
        ("places", json!(finding.shown_locations().count())),
    ];
    values.push(("role", json!(finding.role.name())));
    if !finding.parts.is_empty() {
        values.push(("parts", part::property(report, finding)));
    }
    if let Some(place) = finding
        .shown_locations()
        .next()
        .and_then(|place| history::of(&place.origin))
    {
        values.extend(history::place(place));
    }
    if let Some(exposure) = &finding.exposure {
        values.push(("exposure", history::exposure(exposure)));
    }
    values
}

fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let own = finding.fingerprint.clone();
    let mut fingerprints = BTreeMap::from([("keywardFingerprint/v1".to_owned(), own)]);
    let hash = finding.shown_locations().next().and_then(|primary| {
        let own =
            history::of(&primary.origin).and_then(|_| history::line_hash(&finding.fingerprint));
        primary.line_hash.clone().or(own)
    });
    if let Some(hash) = hash {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash);
    }
    fingerprints
}

/// Each distinct reason once, however many places it holds for.
fn suppressed_by(finding: &Finding) -> Vec<Suppression> {
    if !finding.is_suppressed() {
        return Vec::new();
    }
    let reasons: BTreeSet<&finding::Suppression> = finding
        .locations
        .iter()
        .filter_map(|location| location.suppression.as_ref())
        .collect();
    reasons
        .into_iter()
        .map(|reason| {
            let kind = match reason.kind {
                SuppressionKind::Inline => "inSource",
                SuppressionKind::IgnoreFile | SuppressionKind::Config => "external",
            };
            let mut suppression = Suppression::builder().kind(kind).status("accepted").build();
            suppression.justification = reason
                .reason
                .as_deref()
                .map(|text| sanitize(text.as_bytes()));
            suppression
        })
        .collect()
}

fn location(place: &finding::Location) -> Location {
    let history = history::of(&place.origin);
    let name = history.is_some_and(history::is_name);
    let mut physical = PhysicalLocation::builder()
        .artifact_location(artifact(&place.path, &place.origin))
        .build();
    // A name is no region of what it names.
    if !name {
        physical = with_regions(physical, place);
    }
    let mut location = Location::builder().physical_location(physical).build();
    if name {
        location.message = Some(message("The secret stands in the name itself.".to_owned()));
    }
    let mut values: Vec<(&str, Value)> = Vec::new();
    if !place.encodings.is_empty() {
        values.push(("decoded", json!(place.encodings)));
    }
    values.extend(history.into_iter().flat_map(history::place));
    location.properties = (!values.is_empty()).then(|| properties(values));
    location
}

fn with_regions(mut physical: PhysicalLocation, place: &finding::Location) -> PhysicalLocation {
    let mut region = Region::builder()
        .start_line(number(place.start.line))
        .start_column(number(place.start.column_utf16))
        .end_line(number(place.end.line))
        .end_column(number(place.end.column_utf16))
        .build();
    // Where the excerpt does not show the masked secret itself, its line must do.
    let line = Some(place.excerpt.text.as_str()).filter(|text| !text.is_empty());
    region.snippet = masked(place).or(line).map(snippet);
    physical.region = Some(region);
    physical.context_region = line.map(|line| {
        Region::builder()
            .start_line(number(place.start.line))
            .end_line(number(place.end.line))
            .snippet(snippet(line))
            .build()
    });
    physical
}

/// The masked secret as the excerpt shows it.
fn masked(place: &finding::Location) -> Option<&str> {
    let shown = place.excerpt.text.get(place.excerpt.highlight.clone())?;
    (!shown.is_empty()).then_some(shown)
}

fn snippet(text: &str) -> ArtifactContent {
    ArtifactContent::builder().text(text).build()
}

pub(super) fn artifact(path: &BlobPath, origin: &Origin) -> ArtifactLocation {
    if let Some(history) = history::of(origin) {
        return history::artifact(path, history);
    }
    if uri::is_absolute(path) {
        return ArtifactLocation::builder().uri(uri::file(path)).build();
    }
    let mut artifact = ArtifactLocation::builder().uri(path.to_uri()).build();
    // The name of standard input is whatever the caller gave; it need not stand under the root.
    if *origin != Origin::Stdin {
        artifact.uri_base_id = Some(ROOT.to_owned());
    }
    artifact
}

pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value.max(1)).unwrap_or(i64::MAX)
}
