//! A rule's examples, run through the whole detector.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

use regex::bytes::Regex;

use super::{Checked, Origin};
use crate::detect::blob::{BlobScanner, Located};
use crate::detect::judge::checksum;
use crate::detect::{Detector, compile_pattern};
use crate::diagnostic::Diagnostic;
use crate::rule::{Confidence, List, Rule, Search, sample};

/// A scan drops what is less sure than this unless it is told otherwise.
const DEFAULT_CONFIDENCE: Confidence = Confidence::Medium;
/// Characters of an expanded example that a message shows.
const SHOWN: usize = 400;

/// What an example must yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Found,
    Ignored,
    /// A finding with parts.
    Paired,
}

impl Expected {
    /// The lists draw different text from templates that are alike.
    fn number(self, index: usize) -> usize {
        match self {
            Self::Found => index,
            Self::Ignored => index + 10_000,
            Self::Paired => index + 20_000,
        }
    }
}

/// The examples of one rule on their way through the detector.
struct Examples<'e, 'd> {
    detector: &'d Detector,
    scanner: &'e mut BlobScanner<'d>,
    rule: &'e Rule,
    origin: &'e Origin<'e>,
    checked: &'e mut Checked,
    /// The parts that an example linked.
    linked: BTreeSet<u8>,
}

/// Runs the examples of one rule.
pub(super) fn run<'d>(
    detector: &'d Detector,
    scanner: &mut BlobScanner<'d>,
    rule: &Rule,
    origin: &Origin<'_>,
    checked: &mut Checked,
) {
    checked.rules += 1;
    let mut examples = Examples {
        detector,
        scanner,
        rule,
        origin,
        checked,
        linked: BTreeSet::new(),
    };
    examples.list(&rule.found, &origin.found, Expected::Found);
    examples.list(&rule.ignored, &origin.ignored, Expected::Ignored);
    examples.list(&rule.paired, &origin.paired, Expected::Paired);
    examples.parts();
}

impl Examples<'_, '_> {
    fn list(&mut self, templates: &List, spans: &[Range<usize>], expected: Expected) {
        for (index, template) in templates.iter().enumerate() {
            self.checked.examples += 1;
            let span = spans.get(index).cloned();
            let found = match expanded(self.rule, template, expected.number(index)) {
                Ok(text) => self.one(&text, span, expected),
                Err(why) => {
                    let message = format!("{}: {why}", self.rule.id);
                    let diagnostic = self.origin.diagnostic(span, message);
                    Some(diagnostic.with_note(format!("example: {template}")))
                }
            };
            self.checked.diagnostics.extend(found);
        }
    }

    /// What is wrong with an example.
    fn one(
        &mut self,
        text: &str,
        span: Option<Range<usize>>,
        expected: Expected,
    ) -> Option<Diagnostic> {
        let (detector, rule) = (self.detector, self.rule);
        let matches = match rule.example_path.as_deref() {
            Some(path) => {
                self.scanner
                    .scan_file(path.as_bytes(), text.as_bytes())
                    .matches
            }
            None => self.scanner.scan_bytes(text.as_bytes()).matches,
        };
        // A rule that is meant for `--min-confidence low` is measured by that.
        let least = DEFAULT_CONFIDENCE.min(rule.confidence);
        let is_hit = |m: &&Located| {
            detector.rules().get(m.rule).id == rule.id && m.verdict.confidence >= least
        };
        let hits = || matches.iter().filter(is_hit);
        let hit = hits().next();
        let message = match (expected, hit) {
            (Expected::Found | Expected::Paired, None) => {
                format!("{}: this example is not found", rule.id)
            }
            (Expected::Ignored, Some(_)) => {
                format!("{}: this example is found, but must be ignored", rule.id)
            }
            (Expected::Paired, Some(_)) if hits().all(|hit| hit.parts.is_empty()) => {
                format!(
                    "{}: this example is found without any of its parts",
                    rule.id
                )
            }
            (Expected::Paired, Some(_)) => {
                let parts = hits().flat_map(|hit| &hit.parts);
                self.linked.extend(parts.map(|part| part.part));
                return None;
            }
            (Expected::Found, Some(_)) | (Expected::Ignored, None) => return None,
        };
        let mut diagnostic = self
            .origin
            .diagnostic(span, message)
            .with_note(format!("as text: {}", shortened(text)))
            .with_note(format!("found: {}", summary(detector, &matches)));
        if expected != Expected::Ignored && hit.is_none() {
            diagnostic = diagnostic.with_help(advice(detector, rule, text, &matches));
        }
        Some(diagnostic)
    }

    /// Says which parts no example shows.
    fn parts(&mut self) {
        for (number, part) in (0_u8..).zip(&self.rule.parts) {
            if !self.linked.contains(&number) {
                let message = format!(
                    "{}: no example shows the part `{}`",
                    self.rule.id, part.name
                );
                let diagnostic = self.origin.diagnostic(None, message);
                let help = "give one in `examples.paired`: the secret with the part near it";
                self.checked.diagnostics.push(diagnostic.with_help(help));
            }
        }
    }
}

/// The text of an example.
fn expanded(rule: &Rule, template: &str, number: usize) -> Result<String, String> {
    let failed = Cell::new(false);
    let complete = |head: &str| {
        let suffix = complete(rule, head);
        failed.set(failed.get() || suffix.is_none());
        suffix
    };
    let text = sample::expand(template, sample::seed(&rule.id, number), &complete);
    if failed.get() {
        let name = rule.checksum.as_deref().unwrap_or("none");
        return Err(format!(
            "`{{checksum}}` cannot be filled in (checksum: {name})"
        ));
    }
    Ok(text)
}

/// What completes the token at the end of a text: it starts with the last of the rule's literals, or, where the
/// literal only stands near, behind the last character that no token holds.
pub fn complete(rule: &Rule, head: &str) -> Option<String> {
    let complete = checksum::by_name(rule.checksum.as_deref()?)?.complete?;
    let literal = rule
        .literals
        .iter()
        .filter_map(|literal| head.rfind(literal.as_ref()))
        .max();
    let from_literal = literal.and_then(|start| complete(&head[start..]));
    from_literal.or_else(|| {
        let ends_token = |c: char| !c.is_ascii_alphanumeric() && !"+/_-".contains(c);
        let start = head
            .char_indices()
            .rev()
            .find(|(_, c)| ends_token(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        complete(&head[start..])
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The rules that found something, and how sure they are.
fn summary(detector: &Detector, matches: &[Located]) -> String {
    if matches.is_empty() {
        return "nothing".to_owned();
    }
    let found: Vec<String> = matches
        .iter()
        .map(|found| {
            let evidence: Vec<String> = found
                .verdict
                .evidence
                .iter()
                .map(ToString::to_string)
                .collect();
            let rule = &detector.rules().get(found.rule).id;
            let confidence = found.verdict.confidence.name();
            format!(
                "{rule} with {confidence} confidence ({})",
                evidence.join(", ")
            )
        })
        .collect();
    found.join("; ")
}

/// How far an example came that should have been found.
fn advice(detector: &Detector, rule: &Rule, text: &str, matches: &[Located]) -> &'static str {
    let folded = text.to_ascii_lowercase();
    let anchored = rule.is_file_rule()
        || rule
            .literals
            .iter()
            .any(|literal| text.contains(literal.as_ref()))
        || rule
            .words
            .iter()
            .any(|word| folded.contains(&word.to_ascii_lowercase()));
    if !anchored {
        return "none of the rule's anchors stands in the text";
    }
    match &rule.search {
        Search::Pattern { expression, .. } => {
            let matches = |pattern: Regex| pattern.is_match(text.as_bytes());
            if !compile_pattern(expression).is_ok_and(matches) {
                return "the pattern matches nothing in the text";
            }
        }
        Search::Named(_) if matches.is_empty() => {
            return "no value of that shape stands under a credential's name near the anchor, or it was refused";
        }
        Search::Named(_) | Search::Binding | Search::Sops => {}
    }
    let mut own = rule.is_file_rule();
    detector.matches(text.as_bytes(), 0..text.len(), |found| {
        own |= detector.rules().get(found.candidate.rule).id == rule.id;
    });
    if !own {
        return "the match is too far from its anchor, or refused: boundary, entropy, context or placeholder";
    }
    if matches
        .iter()
        .any(|m| detector.rules().get(m.rule).id == rule.id)
    {
        "the confidence is below what a scan reports"
    } else {
        "a more specific rule has the place"
    }
}
