//! A rule as SARIF describes it: what the credential is, how bad a leak is, and the runbook as its help.

use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use super::{HOME, MAX_DESCRIPTION, bounded, capitalised, sentence, string};
use crate::guide;
use crate::rule::{Confidence, Rule, Severity};
use crate::text::sanitize;

/// GitHub's limit for names.
const MAX_NAME: usize = 255;
/// Providers all of whose credentials are cryptographic keys: CWE-321 is the narrower weakness.
const KEY_PROVIDERS: &[&str] = &["private-key", "age", "json-web-key"];

/// The rule with the severity that is in force.
pub(super) fn descriptor(rule: &Rule, severity: Severity) -> ReportingDescriptor {
    let summary = sanitize(rule.summary.as_bytes());
    let provider = sanitize(rule.provider.name.as_bytes());
    let description = sentence(format!(
        "A credential stands in readable text: {summary}, issued by {provider}. Whoever can read it, now or in the \
         history, can use it until it is revoked. Rotate it; deleting the line is not enough"
    ));
    let help = MultiformatMessageString::builder()
        .text(guide::plain(rule))
        .markdown(guide::markdown(rule))
        .build();
    ReportingDescriptor::builder()
        .id(rule.id.as_ref())
        .name(pascal_case(&rule.id))
        .short_description(string(bounded(&capitalised(&summary), MAX_DESCRIPTION)))
        .full_description(string(bounded(&description, MAX_DESCRIPTION)))
        .help(help)
        .help_uri(help_uri(rule))
        .default_configuration(configuration(level(severity)))
        .properties(properties(rule, severity))
        .build()
}

/// How a leak of that severity is shown.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

pub(super) fn configuration(level: &str) -> ReportingConfiguration {
    ReportingConfiguration::builder().level(level).build()
}

fn properties(rule: &Rule, severity: Severity) -> PropertyBag {
    let mut tags = vec!["security".to_owned(), "external/cwe/cwe-798".to_owned()];
    if KEY_PROVIDERS.contains(&rule.provider.id.as_ref()) {
        tags.push("external/cwe/cwe-321".to_owned());
    }
    let values: [(&str, Value); 3] = [
        ("precision", json!(precision(rule))),
        // The format wants a string here.
        ("security-severity", json!(score(severity))),
        ("severity", json!(severity.name())),
    ];
    let mut bag = super::properties(values);
    bag.tags = Some(tags);
    bag
}

/// A score of GitHub's band for that severity.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn precision(rule: &Rule) -> &'static str {
    match rule.confidence {
        Confidence::High if rule.checksum.is_some() => "very-high",
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

/// The provider's page. A user's rule may say anything there, and a consumer may refuse a log over it.
fn help_uri(rule: &Rule) -> String {
    let page = rule.guidance().documentation.filter(|page| {
        let secure = page.starts_with("https://") || page.starts_with("http://");
        let clean = page
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        secure && clean
    });
    page.map_or_else(|| HOME.to_owned(), std::borrow::Cow::into_owned)
}

/// `github-app-token` as `GithubAppToken`.
fn pascal_case(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    bounded(&words.map(capitalised).collect::<String>(), MAX_NAME)
}
