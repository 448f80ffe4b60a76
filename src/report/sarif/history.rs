//! What a SARIF log says of a repository's history: addresses of places, the commit and its date, how far a secret got.
//!
//! Never who wrote a commit: neither name nor address of an author stands in a log.

use serde_json::{Value, json};
use serde_sarif::sarif::ArtifactLocation;

use super::ROOT;
use crate::exposure::{CommitInfo, Exposure, HistoryPlace, PlaceKind};
use crate::finding::{BlobPath, Origin};
use crate::report::time;
use crate::text::sanitize;

/// Digits of a line hash, as GitHub's are.
const HASH_DIGITS: usize = 16;

/// The place in the history, if it is one.
pub(super) fn of(origin: &Origin) -> Option<&HistoryPlace> {
    match origin {
        Origin::History(history) => Some(history),
        Origin::File | Origin::Index | Origin::Stdin => None,
    }
}

/// Whether the secret stands in a name, which has no lines.
pub(super) fn is_name(place: &HistoryPlace) -> bool {
    matches!(place.kind, PlaceKind::FileName | PlaceKind::Reference)
}

/// A path of the history is relative to the root. What is no file (`commit/ID`, `tag/ID`, a reference, an object without a
/// path) does not stand under it.
pub(super) fn artifact(path: &BlobPath, place: &HistoryPlace) -> ArtifactLocation {
    // Trees can be forged: such a path must not read as an absolute one, or as another host's.
    let bytes = path.as_bytes();
    let slashes = bytes.iter().take_while(|&&byte| byte == b'/').count();
    let relative = BlobPath::from_bytes(bytes.get(slashes..).unwrap_or_default());
    let mut artifact = ArtifactLocation::builder().uri(relative.to_uri()).build();
    let file = match place.kind {
        PlaceKind::Blob | PlaceKind::FileName => place.commit.is_some(),
        PlaceKind::Commit | PlaceKind::Tag | PlaceKind::Reference => false,
    };
    if file {
        artifact.uri_base_id = Some(ROOT.to_owned());
    }
    artifact
}

/// Properties of a place.
pub(super) fn place(place: &HistoryPlace) -> Vec<(&'static str, Value)> {
    let mut values = vec![
        ("origin", json!("history")),
        ("kind", json!(place.kind.name())),
        ("object", json!(place.object)),
    ];
    if let Some(commit) = place.commit.as_deref() {
        values.push(("commit", json!(commit.id)));
        values.push(("authored", json!(time::authored(commit.authored))));
    }
    values
}

/// How far a secret got.
pub(super) fn exposure(exposure: &Exposure) -> Value {
    let references: Vec<String> = exposure
        .references
        .iter()
        .map(|name| sanitize(name.as_bytes()))
        .collect();
    json!({
        "firstSeen": exposure.first_seen.as_deref().map(commit),
        "lastSeen": exposure.last_seen.as_deref().map(commit),
        "removedIn": exposure.removed_in.as_deref().map(commit),
        "inHead": exposure.in_head,
        "reach": exposure.reach.name(),
        "references": references,
        "referenceCount": exposure.reference_count,
        "pushed": exposure.pushed,
    })
}

fn commit(commit: &CommitInfo) -> Value {
    json!({ "commit": commit.id, "authored": time::authored(commit.authored) })
}

/// A `primaryLocationLineHash` for a place whose text the scan did not keep: that of the secret alone, which does not
/// change when places come and go. The upload action computes none for what is not on disk.
pub(super) fn line_hash(fingerprint: &str) -> Option<String> {
    let (_, digits) = fingerprint.split_once(':')?;
    let digits = digits.get(..HASH_DIGITS)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| format!("{digits}:1"))
}
