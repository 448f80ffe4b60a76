//! SARIF 2.1.0, shaped for GitHub code scanning: one run, one result per secret, the runbook as each rule's help.
//!
//! Only this module and its parts know the `serde-sarif` crate. A log is written whatever was found, because an upload
//! without a file leaves old alerts open. It must not hold a secret, nor anything of who wrote a line.

mod history;
mod part;
mod result;
mod rule;
mod uri;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, MultiformatMessageString, Notification, PropertyBag,
    ReportingDescriptor, ReportingDescriptorReference, RunAutomationDetails, Sarif, Tool,
    ToolComponent, VersionControlDetails,
};

use super::time::iso8601;
use super::{NoticeLevel, Report, Style};
use crate::finding::{BlobPath, Finding};
use crate::rule::RuleIndex;
use crate::text::sanitize;

/// The schema's address at the standards body.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where Keyward lives: for consumers, and as the help of rules without a page of their own.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");
/// What relative addresses are relative to.
const ROOT: &str = "%SRCROOT%";
/// GitHub refuses a run with more results. It keeps the worst 5,000 of them by itself.
const MAX_RESULTS: usize = 25_000;
/// GitHub refuses a result with more locations.
const MAX_LOCATIONS: usize = 1000;
/// Notifications of one kind; more are only counted.
const MAX_NOTIFICATIONS: usize = 100;
/// GitHub's limit for descriptions.
const MAX_DESCRIPTION: usize = 1024;

/// Writes the log. It has no use for a style.
pub(super) fn write(report: &Report<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(report, MAX_RESULTS))?;
    out.write_all(b"\n")
}

fn log(report: &Report<'_>, max_results: usize) -> Sarif {
    // The report's order is worst first, so what is cut off is the least.
    let findings = &report.findings[..report.findings.len().min(max_results)];
    let rules = used_rules(report, findings);
    let place: BTreeMap<RuleIndex, i64> = rules.iter().copied().zip(0..).collect();
    let suppressions = findings.iter().any(Finding::is_suppressed);
    let results: Vec<_> = findings
        .iter()
        .map(|finding| result::result(report, finding, place[&finding.rule], suppressions))
        .collect();
    let mut run = serde_sarif::sarif::Run::builder()
        .tool(tool(report, &rules))
        .results(results)
        .column_kind("utf16CodeUnits")
        .automation_details(
            // GitHub's category is what stands before the last slash.
            RunAutomationDetails::builder()
                .id(format!("keyward/{}/", report.info.source))
                .build(),
        )
        .invocations(vec![invocation(report, findings)])
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root(report))]))
        .build();
    run.version_control_provenance = provenance(report).map(|details| vec![details]);
    Sarif::builder()
        .schema(SCHEMA)
        .version("2.1.0")
        .runs(vec![run])
        .build()
}

/// The rules that have results, by id.
fn used_rules(report: &Report<'_>, findings: &[Finding]) -> Vec<RuleIndex> {
    let used: BTreeSet<RuleIndex> = findings.iter().map(|finding| finding.rule).collect();
    let mut used: Vec<RuleIndex> = used.into_iter().collect();
    used.sort_by(|a, b| report.rules.get(*a).id.cmp(&report.rules.get(*b).id));
    used
}

fn tool(report: &Report<'_>, rules: &[RuleIndex]) -> Tool {
    let rules: Vec<ReportingDescriptor> = rules
        .iter()
        .map(|&index| rule::descriptor(report.rules.get(index), report.rules.severity(index)))
        .collect();
    let driver = ToolComponent::builder()
        .name("Keyward")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(HOME)
        .short_description(string(env!("CARGO_PKG_DESCRIPTION").to_owned()))
        .rules(rules)
        .notifications(Remark::ALL.map(Remark::descriptor).to_vec())
        .build();
    Tool::builder().driver(driver).build()
}

/// The repository's root, or the scanned folder.
fn root(report: &Report<'_>) -> ArtifactLocation {
    let folder = BlobPath::from_path(&report.info.root);
    let mut uri = uri::file(&folder);
    if !uri.ends_with('/') {
        uri.push('/');
    }
    ArtifactLocation::builder()
        .uri(uri)
        .description(message("The folder that paths are relative to.".to_owned()))
        .build()
}

/// The scanned commit. A repository without a remote is named by its folder.
fn provenance(report: &Report<'_>) -> Option<VersionControlDetails> {
    let info = report.info;
    if !info.in_repository || (info.remote.is_none() && info.revision.is_none()) {
        return None;
    }
    let remote = info.remote.as_deref().and_then(uri::remote);
    let repository = remote.unwrap_or_else(|| uri::file(&BlobPath::from_path(&info.root)));
    let mut details = VersionControlDetails::builder()
        .repository_uri(repository)
        .mapped_to(ArtifactLocation::builder().uri_base_id(ROOT).build())
        .build();
    details.revision_id.clone_from(&info.revision);
    details.branch = info
        .branch
        .as_deref()
        .map(|branch| sanitize(branch.as_bytes()));
    Some(details)
}

fn invocation(report: &Report<'_>, findings: &[Finding]) -> Invocation {
    let coverage = report.coverage;
    let skipped: serde_json::Map<String, Value> = coverage
        .skipped
        .iter()
        .map(|(reason, count)| (reason.name().to_owned(), json!(count)))
        .collect();
    let kept: serde_json::Map<String, Value> = coverage
        .kept
        .counts()
        .into_iter()
        .map(|(practice, count)| (practice.name().to_owned(), json!(count)))
        .collect();
    let covered = json!({
        "complete": coverage.is_complete(),
        "blobs": coverage.blobs,
        "bytes": coverage.bytes,
        "commits": coverage.commits,
        "tags": coverage.tags,
        "references": coverage.references,
        "skipped": skipped,
        "keptWell": kept,
    });
    let mut notifications = incomplete(report);
    notifications.extend(cut_off(report, findings));
    notifications.extend(notices(report));
    Invocation::builder()
        .execution_successful(coverage.is_complete())
        .start_time_utc(iso8601(report.info.started))
        .end_time_utc(iso8601(report.info.ended))
        .tool_execution_notifications(notifications)
        .properties(properties([("coverage", covered)]))
        .build()
}

/// What the scan did not read although it should have.
fn incomplete(report: &Report<'_>) -> Vec<Notification> {
    let coverage = report.coverage;
    if coverage.is_complete() {
        return Vec::new();
    }
    let mut notifications: Vec<Notification> = coverage
        .incomplete
        .iter()
        .take(MAX_NOTIFICATIONS)
        .map(|skip| {
            let mut text = format!("Not scanned: '{}' is {}", skip.subject, skip.reason.name());
            if !skip.detail.is_empty() {
                let _ = write!(text, " ({})", sanitize(skip.detail.as_bytes()));
            }
            if !skip.reason.help().is_empty() {
                let _ = write!(text, ": {}", skip.reason.help());
            }
            text.push('.');
            notification(Remark::Incomplete, "error", text)
        })
        .collect();
    let counted = coverage
        .skipped
        .iter()
        .filter(|(reason, _)| reason.is_incomplete());
    let count: u64 = counted.map(|(_, count)| count).sum();
    let told = notifications.len();
    let text = format!(
        "The scan is incomplete: {count} item(s) could not be scanned, {told} of them listed here. Secrets in them \
         are not in this report."
    );
    notifications.push(notification(Remark::Incomplete, "error", text));
    notifications
}

/// What the scan found but the log's limits leave out.
fn cut_off(report: &Report<'_>, findings: &[Finding]) -> Vec<Notification> {
    let mut notifications = Vec::new();
    let (written, found) = (findings.len(), report.findings.len());
    if written < found {
        let text = format!(
            "{found} findings, of which the {written} worst are written: GitHub takes no more in one upload."
        );
        notifications.push(notification(Remark::ResultLimit, "warning", text));
    }
    let crowded = findings
        .iter()
        .filter(|finding| finding.shown_locations().nth(MAX_LOCATIONS).is_some())
        .count();
    if crowded > 0 {
        let text = format!(
            "{crowded} finding(s) stand in more than {MAX_LOCATIONS} places, of which the first {MAX_LOCATIONS} are \
             written; the property 'places' of a result tells how many there are."
        );
        notifications.push(notification(Remark::LocationLimit, "warning", text));
    }
    notifications
}

/// The scan's own remarks.
fn notices(report: &Report<'_>) -> impl Iterator<Item = Notification> {
    report
        .info
        .notices
        .iter()
        .take(MAX_NOTIFICATIONS)
        .map(|notice| {
            let level = match notice.level {
                NoticeLevel::Note => "note",
                NoticeLevel::Warning => "warning",
            };
            let text = sentence(sanitize(notice.message.as_bytes()));
            notification(Remark::Notice, level, text)
        })
}

/// Kinds of notifications, in the order of their descriptors.
#[derive(Clone, Copy)]
enum Remark {
    Incomplete,
    ResultLimit,
    LocationLimit,
    Notice,
}

impl Remark {
    const ALL: [Self; 4] = [
        Self::Incomplete,
        Self::ResultLimit,
        Self::LocationLimit,
        Self::Notice,
    ];

    fn descriptor(self) -> ReportingDescriptor {
        let (id, name, text, level) = match self {
            Self::Incomplete => (
                "keyward/incomplete",
                "IncompleteScan",
                "Something that should have been scanned could not be.",
                "error",
            ),
            Self::ResultLimit => (
                "keyward/result-limit",
                "ResultLimit",
                "More findings than code scanning accepts.",
                "warning",
            ),
            Self::LocationLimit => (
                "keyward/location-limit",
                "LocationLimit",
                "A secret stands in more places than code scanning accepts.",
                "warning",
            ),
            Self::Notice => ("keyward/notice", "Notice", "A remark of the scan.", "note"),
        };
        ReportingDescriptor::builder()
            .id(id)
            .name(name)
            .short_description(string(text.to_owned()))
            .full_description(string(text.to_owned()))
            .help(string(text.to_owned()))
            .help_uri(HOME)
            .default_configuration(rule::configuration(level))
            .build()
    }
}

fn notification(remark: Remark, level: &str, text: String) -> Notification {
    let descriptor = remark.descriptor();
    Notification::builder()
        .descriptor(
            ReportingDescriptorReference::builder()
                .id(descriptor.id)
                .index(remark as i64)
                .build(),
        )
        .level(level)
        .message(message(text))
        .build()
}

fn message(text: String) -> Message {
    Message::builder().text(text).build()
}

fn string(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn properties<'n>(values: impl IntoIterator<Item = (&'n str, Value)>) -> PropertyBag {
    let values: BTreeMap<String, Value> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    PropertyBag::builder().additional_properties(values).build()
}

/// The text with a full stop behind it.
fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// The text with its first letter in upper case.
fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

/// The text cut to `limit` UTF-16 code units, the strictest way of counting.
fn bounded(text: &str, limit: usize) -> String {
    if text.encode_utf16().count() <= limit {
        return text.to_owned();
    }
    let mut units = 0;
    let kept = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < limit
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod tests;
