//! The formats `json` (one document) and, in its own file, `jsonl` (a line per finding) for programs.
//!
//! The document, version "1" of its schema. Fields may be added within a version; none is removed or changes its
//! meaning. A field is always present, and `null` where nothing is known, unless it is marked *optional*.
//!
//! | field | holds |
//! |---|---|
//! | `schema_version` | `"1"` |
//! | `tool` | `name`, `version` |
//! | `scan` | `source` (what was scanned: `repository` (working tree and history), `working-tree`, `files`, `index`, `stdin`, `history`, `range`, `changes`), `root` (absolute; finding paths are relative to it), `revision`, `branch`, `remote` (each or `null`), `started`, `ended` (ISO 8601, UTC) |
//! | `summary` | `findings` and `suppressed` (counts; a finding is one or the other), `by_severity` (`critical`, `high`, `medium`, `low`: counts without the suppressed), `complete` (`false`: something was not scanned, and a clean result means nothing) |
//! | `findings` | all findings, suppressed ones included, worst and surest first |
//! | `coverage` | `blobs`, `bytes`, `commits`, `tags`, `references` (counts of what was scanned), `skipped` (reason to count), `kept_well` (what is kept as it should be, kind to the number of distinct values: `reference` to a secret store, `sops`, `ansible-vault`, `sealed-secrets`, `eyaml`, `jasypt`, `dotenvx`, `git-crypt`, `age`, `pgp`, `rails-credentials` (their path tells, so not of a whole history), `encrypted-key`, `openssl-enc`, `managed-key`; kinds of which there are none are left out), `incomplete` (the first thousand of what made the scan incomplete: `subject`, `subject_base64` (*optional*), `reason`, `detail`, `help`) |
//! | `notices` | `level` (`note`, `warning`), `message` |
//!
//! A finding is one secret of one rule, wherever it stands:
//!
//! | field | holds |
//! |---|---|
//! | `rule`, `summary`, `provider` | the rule's id, what it names, the id of who issues such credentials |
//! | `severity`, `confidence` | `low`, `medium`, `high`; severity also `critical`; one step lower than the rule's if it has expired |
//! | `expired` | whether the value says of itself that it ended before the scan started |
//! | `fingerprint` | names the value without revealing it; the same in every scan with the same key |
//! | `evidence` | why it is believed, sentences for people |
//! | `facts` | what the value says of itself (label to text); several values of one label are joined by `, ` |
//! | `role` | `credential`; or of a part that is no secret, such as a key's id: `id-alone` where its secret was not found near it, `id-beside-secret` where it was and is not among the findings |
//! | `parts` | the other parts of the credential, which are no findings of their own: `name`, `rule` (that found it, or `null`), `secret`, `shown` (the value, masked if it is secret), `value` (*optional*, of a secret one with `--show-secrets`), `fingerprint` (or `null` where no rule found it), `facts`, `locations` (never empty, sorted: `path`, `path_base64` (*optional*), `origin`, `history`, `start`, `end`, `bytes`, as below) |
//! | `score` | *optional*, where the trained judge was asked: `probability` (0 to 1), `reasons` (what decided, most first: `feature`, its `value`, the `logits` it added) |
//! | `secret` | *optional*, only with `--show-secrets`: the value; bytes that are not UTF-8 are replaced, and `secret_base64` (*optional*) then holds the exact ones |
//! | `guidance` | `console`, `documentation`, `rotate` (list of steps), `revoke`, `last_used`, `least_privilege`, `storage`, `expiry`, `checked` (month) |
//! | `suppression` | `null`, or `kind` (`inline`, `ignore-file`, `config`) and `reason` (or `null`) when all its places are suppressed |
//! | `locations` | never empty, sorted: `path`, `path_base64` (*optional*, where the path is not UTF-8), `origin` (`file`, `index`, `stdin`, `history`), `history` (`null` but for places of that origin), `start` and `end` (`line`, `column` in characters, `column_utf16`; from 1, the end exclusive), `bytes` (`start`, `end`; offsets in the text as UTF-8), `encoding` (`utf-8`, `utf-16le`, `utf-16be`), `decoded` (the encodings the secret stands under, the outermost first: `base64`, `hex`, `percent`, `string escapes`, `gzip`, `zlib`, `utf-16`; empty where it stands in the clear, and else the place is that of its encoded form), `excerpt` (the line, secrets masked), `suppression` |
//! | `exposure` | `null`, or how far it got in a history that was scanned |
//!
//! Of a place of the history, `history` holds:
//!
//! | field | holds |
//! |---|---|
//! | `kind` | `blob` (a file's content), `commit`, `tag` (a message or another field; lines count from the start of the raw object), `file-name`, `reference` (the secret stands in the name itself, and the position counts in it) |
//! | `object` | id of the blob, commit or tag object, or of what the reference points to |
//! | `commit` | the commit that brought the secret there, or `null` where none is known: `id`, `author`, `email`, `authored` (ISO 8601 with the author's offset from UTC) |
//!
//! Places that are no files have paths of their own: `commit/ID`, `tag/ID`, or a reference's full name. An exposure:
//!
//! | field | holds |
//! |---|---|
//! | `first_seen`, `last_seen` | the earliest commit that brought it in, the latest that still holds it; each as above or `null` |
//! | `removed_in` | the latest commit that took the last copy out, where HEAD does not hold it; or `null` |
//! | `in_head` | whether the tree of HEAD holds it, or `null` |
//! | `reach` | from where it can be reached: `reference`, `index` (staged, in no commit), `reflog` (and no reference), `dangling` (from nothing) |
//! | `references`, `reference_count` | full names of references whose history holds it, the first twenty of so many |
//! | `pushed` | whether a remote is known to have it, or `null` |
//!
//! Secrets stand in `secret`, `secret_base64` and the `value` of a part, and nowhere else. Characters that could steer a terminal are written as
//! `\u` escapes: the text is the same to every parser, and harmless to look at.

mod coverage;
mod history;
mod part;

use std::io::{self, Write};
use std::ops::Range;

use data_encoding::BASE64;
use serde::{Serialize, Serializer};

use super::{Notice, NoticeLevel, Report, Style, time};
use crate::detect::judge::model::Score;
use crate::finding::{
    self, BlobPath, Encoding, Fact, Finding, Location, Origin, Suppression, SuppressionKind,
};
use crate::rule::{self, Severity, Text};
use coverage::CoverageObject;
use history::{ExposureObject, HistoryObject};
use part::PartObject;

/// Version of the schema; changes only when a program that reads the last one would break.
pub const SCHEMA_VERSION: &str = "1";

/// Writes the document, indented, with a newline at its end.
pub fn write(report: &Report<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        head: HeadObject::new(report),
        findings: finding_objects(report).collect(),
        tail: TailObject::new(report),
    };
    let text = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escape_unsafe(&text))
}

/// The whole document.
#[derive(Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    head: HeadObject<'r>,
    findings: Vec<FindingObject<'r>>,
    #[serde(flatten)]
    tail: TailObject<'r>,
}

/// What stands before the findings.
#[derive(Serialize)]
pub(super) struct HeadObject<'r> {
    schema_version: &'static str,
    tool: ToolObject,
    scan: ScanObject<'r>,
    summary: SummaryObject,
}

impl<'r> HeadObject<'r> {
    pub(super) fn new(report: &Report<'r>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: ToolObject {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            scan: ScanObject::new(report),
            summary: SummaryObject::new(report),
        }
    }
}

/// What stands behind the findings.
#[derive(Serialize)]
pub(super) struct TailObject<'r> {
    coverage: CoverageObject<'r>,
    notices: Vec<NoticeObject<'r>>,
}

impl<'r> TailObject<'r> {
    pub(super) fn new(report: &Report<'r>) -> Self {
        Self {
            coverage: CoverageObject::new(report.coverage),
            notices: report.info.notices.iter().map(NoticeObject::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct ToolObject {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ScanObject<'r> {
    source: &'static str,
    root: String,
    revision: Option<&'r str>,
    branch: Option<&'r str>,
    remote: Option<&'r str>,
    started: String,
    ended: String,
}

impl<'r> ScanObject<'r> {
    fn new(report: &Report<'r>) -> Self {
        let info = report.info;
        Self {
            source: info.source,
            root: info.root.to_string_lossy().into_owned(),
            revision: info.revision.as_deref(),
            branch: info.branch.as_deref(),
            remote: info.remote.as_deref(),
            started: time::iso8601(info.started),
            ended: time::iso8601(info.ended),
        }
    }
}

#[derive(Serialize)]
struct SummaryObject {
    findings: usize,
    suppressed: usize,
    by_severity: SeverityCounts,
    complete: bool,
}

#[derive(Serialize, Default)]
struct SeverityCounts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

impl SummaryObject {
    fn new(report: &Report<'_>) -> Self {
        let mut summary = Self {
            findings: 0,
            suppressed: 0,
            by_severity: SeverityCounts::default(),
            complete: report.coverage.is_complete(),
        };
        for finding in report.findings {
            if finding.is_suppressed() {
                summary.suppressed += 1;
                continue;
            }
            summary.findings += 1;
            let counts = &mut summary.by_severity;
            *match finding.severity {
                Severity::Critical => &mut counts.critical,
                Severity::High => &mut counts.high,
                Severity::Medium => &mut counts.medium,
                Severity::Low => &mut counts.low,
            } += 1;
        }
        summary
    }
}

/// The objects of all findings, in report order.
pub(super) fn finding_objects<'r>(report: &Report<'r>) -> impl Iterator<Item = FindingObject<'r>> {
    let report = *report;
    report
        .findings
        .iter()
        .map(move |finding| FindingObject::new(&report, finding))
}

/// One finding.
#[derive(Serialize)]
pub(super) struct FindingObject<'r> {
    rule: &'r str,
    summary: &'r str,
    provider: &'r str,
    severity: &'static str,
    expired: bool,
    confidence: &'static str,
    fingerprint: &'r str,
    evidence: Vec<String>,
    #[serde(serialize_with = "as_map")]
    facts: &'r [Fact],
    role: &'static str,
    parts: Vec<PartObject<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<ScoreObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_base64: Option<String>,
    guidance: GuidanceObject,
    suppression: Option<SuppressionObject<'r>>,
    exposure: Option<ExposureObject<'r>>,
    locations: Vec<LocationObject<'r>>,
}

impl<'r> FindingObject<'r> {
    fn new(report: &Report<'r>, finding: &'r Finding) -> Self {
        let rule = report.rules.get(finding.rule);
        let value = report.info.show_secrets.then(|| finding.secret.expose());
        let suppressed = finding
            .locations
            .first()
            .filter(|_| finding.is_suppressed());
        Self {
            rule: &rule.id,
            summary: &rule.summary,
            provider: &rule.provider.id,
            severity: finding.severity.name(),
            expired: finding.expired,
            confidence: finding.confidence.name(),
            fingerprint: &finding.fingerprint,
            evidence: finding.evidence.iter().map(ToString::to_string).collect(),
            facts: &finding.facts,
            role: finding.role.name(),
            parts: finding
                .parts
                .iter()
                .map(|part| PartObject::new(report, part))
                .collect(),
            score: finding.score().map(ScoreObject::new),
            secret: value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
            secret_base64: value.and_then(base64_unless_text),
            guidance: GuidanceObject::new(rule.guidance()),
            suppression: suppressed
                .and_then(|place| place.suppression.as_ref())
                .map(SuppressionObject::new),
            exposure: finding.exposure.as_ref().map(ExposureObject::new),
            locations: finding.locations.iter().map(LocationObject::new).collect(),
        }
    }
}

/// Facts as an object, in their order, with one member per label.
fn as_map<S: Serializer>(facts: &[Fact], serializer: S) -> Result<S::Ok, S::Error> {
    let mut joined: Vec<(&str, String)> = Vec::with_capacity(facts.len());
    for fact in facts {
        match joined.iter_mut().find(|(label, _)| *label == fact.label) {
            Some((_, value)) => {
                value.push_str(", ");
                value.push_str(&fact.value);
            }
            None => joined.push((fact.label, fact.value.clone())),
        }
    }
    serializer.collect_map(joined)
}

/// What the trained judge made of a value.
#[derive(Serialize)]
struct ScoreObject {
    probability: f32,
    reasons: Vec<ReasonObject>,
}

#[derive(Serialize)]
struct ReasonObject {
    feature: &'static str,
    value: i16,
    logits: f32,
}

impl ScoreObject {
    fn new(score: &Score) -> Self {
        Self {
            probability: f32::from(score.per_mille()) / 1000.0,
            reasons: score
                .reasons
                .iter()
                .map(|reason| ReasonObject {
                    feature: reason.text(),
                    value: reason.value,
                    logits: reason.logits(),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct GuidanceObject {
    console: Option<Text>,
    documentation: Option<Text>,
    rotate: Vec<Text>,
    revoke: Option<Text>,
    last_used: Option<Text>,
    least_privilege: Option<Text>,
    storage: Option<Text>,
    expiry: Option<Text>,
    checked: Option<Text>,
}

impl GuidanceObject {
    fn new(guidance: rule::Guidance) -> Self {
        Self {
            console: guidance.console,
            documentation: guidance.documentation,
            rotate: guidance.rotate.into_owned(),
            revoke: guidance.revoke,
            last_used: guidance.last_used,
            least_privilege: guidance.least_privilege,
            storage: guidance.storage,
            expiry: guidance.expiry,
            checked: guidance.checked,
        }
    }
}

/// Where something stands, whatever it is.
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
    fn new(
        path: &BlobPath,
        found_in: &'r Origin,
        [start, end]: [finding::Position; 2],
        bytes: &Range<u64>,
    ) -> Self {
        let (path, path_base64) = path_text(path);
        let (origin, history) = origin(found_in);
        Self {
            path,
            path_base64,
            origin,
            history,
            start: PositionObject::new(start),
            end: PositionObject::new(end),
            bytes: RangeObject {
                start: bytes.start,
                end: bytes.end,
            },
        }
    }
}

#[derive(Serialize)]
struct LocationObject<'r> {
    #[serde(flatten)]
    place: PlaceObject<'r>,
    encoding: &'static str,
    decoded: &'r [&'static str],
    excerpt: &'r str,
    suppression: Option<SuppressionObject<'r>>,
}

impl<'r> LocationObject<'r> {
    fn new(location: &'r Location) -> Self {
        Self {
            place: PlaceObject::new(
                &location.path,
                &location.origin,
                [location.start, location.end],
                &location.bytes,
            ),
            encoding: match location.encoding {
                Encoding::Utf8 => "utf-8",
                Encoding::Utf16Le => "utf-16le",
                Encoding::Utf16Be => "utf-16be",
            },
            decoded: &location.encodings,
            excerpt: &location.excerpt.text,
            suppression: location.suppression.as_ref().map(SuppressionObject::new),
        }
    }
}

/// The name of where a blob was read, and where in the history that is.
fn origin(origin: &Origin) -> (&'static str, Option<HistoryObject<'_>>) {
    match origin {
        Origin::File => ("file", None),
        Origin::Index => ("index", None),
        Origin::Stdin => ("stdin", None),
        Origin::History(place) => ("history", Some(HistoryObject::new(place))),
    }
}

#[derive(Serialize)]
struct PositionObject {
    line: u64,
    column: u64,
    column_utf16: u64,
}

impl PositionObject {
    fn new(position: finding::Position) -> Self {
        Self {
            line: position.line,
            column: position.column,
            column_utf16: position.column_utf16,
        }
    }
}

#[derive(Serialize)]
struct RangeObject {
    start: u64,
    end: u64,
}

#[derive(Serialize)]
struct SuppressionObject<'r> {
    kind: &'static str,
    reason: Option<&'r str>,
}

impl<'r> SuppressionObject<'r> {
    fn new(suppression: &'r Suppression) -> Self {
        Self {
            kind: match suppression.kind {
                SuppressionKind::Inline => "inline",
                SuppressionKind::IgnoreFile => "ignore-file",
                SuppressionKind::Config => "config",
            },
            reason: suppression.reason.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct NoticeObject<'r> {
    level: &'static str,
    message: &'r str,
}

impl<'r> NoticeObject<'r> {
    fn new(notice: &'r Notice) -> Self {
        Self {
            level: match notice.level {
                NoticeLevel::Note => "note",
                NoticeLevel::Warning => "warning",
            },
            message: &notice.message,
        }
    }
}

/// A path as text, and its exact bytes where it is not UTF-8.
fn path_text(path: &BlobPath) -> (String, Option<String>) {
    let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
    (text, base64_unless_text(path.as_bytes()))
}

fn base64_unless_text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes)
        .is_err()
        .then(|| BASE64.encode(bytes))
}

/// JSON with every character that could steer a terminal as a `\u` escape. Such characters can stand only inside of
/// strings, where the escape means the same.
pub(super) fn escape_unsafe(json: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if crate::text::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
