//! `rules check`: whether rule files are right, and whether their examples do what they say.
//!
//! Every example runs through the whole detector with all rules enabled, as in a scan: a rule that works alone may
//! lose to another, or be refused by the judge. Reads the files it is given and nothing else.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::config::Config;
use crate::detect::blob::{BlobScanner, Located};
use crate::detect::judge::checksum;
use crate::detect::{Detector, compile_pattern};
use crate::diagnostic::{Diagnostic, InvalidFile, of_toml, read};
use crate::rule::spec::{ProviderFile, RuleSpec};
use crate::rule::{Confidence, Provider, Rule, RuleSet, Search, load, sample};

/// Larger files are refused.
const SIZE_LIMIT: u64 = 1 << 20;
/// A scan drops what is less sure than this unless it is told otherwise.
const DEFAULT_CONFIDENCE: Confidence = Confidence::Medium;
/// Characters of an expanded example that a message shows.
const SHOWN: usize = 400;

/// Anchors that ordinary text is full of: each one stops every scan again and again.
const COMMON_WORDS: &[&str] = &[
    "access",
    "account",
    "admin",
    "auth",
    "authorization",
    "bearer",
    "client",
    "code",
    "config",
    "connection",
    "credential",
    "credentials",
    "data",
    "database",
    "default",
    "email",
    "file",
    "header",
    "host",
    "https://",
    "http://",
    "import",
    "index",
    "apikey",
    "login",
    "name",
    "null",
    "object",
    "pass",
    "passwd",
    "password",
    "private",
    "public",
    "secret",
    "secrets",
    "server",
    "service",
    "session",
    "string",
    "test",
    "token",
    "tokens",
    "true",
    "type",
    "user",
    "username",
    "value",
    "version",
];

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that were checked.
    pub rules: usize,
    /// Examples that were run.
    pub examples: usize,
}

impl Checked {
    /// Whether nothing is wrong; warnings do not count.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks the rules that are built in.
pub fn built_in() -> Checked {
    let mut checked = Checked::default();
    let detector = Detector::new(RuleSet::built_in());
    let mut scanner = BlobScanner::new(&detector);
    for (_, rule) in detector.rules().iter() {
        let origin = Origin {
            path: PathBuf::from(format!("rules/{}.toml", rule.provider.id)),
            ..Origin::default()
        };
        if let Some(name) = rule
            .checksum
            .as_deref()
            .filter(|name| checksum::by_name(name).is_none())
        {
            let message = format!("{}: no checksum `{name}`", rule.id);
            checked.diagnostics.push(origin.diagnostic(None, message));
        }
        for anchor in common_anchors(
            rule.confidence,
            rule.literals.iter().chain(rule.words.iter()),
        ) {
            checked
                .diagnostics
                .push(common_anchor(&origin, None, anchor));
        }
        examples(&detector, &mut scanner, rule, &origin, &mut checked);
    }
    checked.finish()
}

/// Checks provider files and configurations with `[[rule]]` tables, together with the built-in rules. A rule with the
/// id of a built-in one takes its place.
pub fn files(paths: &[PathBuf]) -> Checked {
    let mut checked = Checked::default();
    let mut sources = Vec::new();
    for path in paths {
        match read::text(path, SIZE_LIMIT) {
            Ok(text) => sources.push((path.clone(), text)),
            Err(error) => checked.diagnostics.extend(error.diagnostics),
        }
    }
    check_texts(&sources, checked)
}

/// Checks the texts of files that were read elsewhere; their paths are for messages.
pub fn texts(sources: &[(PathBuf, String)]) -> Checked {
    check_texts(sources, Checked::default())
}

fn check_texts(sources: &[(PathBuf, String)], mut checked: Checked) -> Checked {
    let mut taken = BTreeSet::new();
    let mut rules = Vec::new();
    let mut origins: BTreeMap<String, Origin<'_>> = BTreeMap::new();
    for (path, text) in sources {
        let file = match RuleFile::parse(path, text) {
            Ok(file) => file,
            Err(error) => {
                checked.diagnostics.extend(error.diagnostics);
                continue;
            }
        };
        checked.diagnostics.extend(file.diagnostics(path, text));
        let loaded = load::rules(file.specs(), &file.provider(), text, &mut taken);
        for problem in loaded.problems {
            let diagnostic = Diagnostic::at(path, text, problem.span, problem.message);
            checked.diagnostics.push(diagnostic.with_help(problem.help));
        }
        for rule in &loaded.rules {
            let origin = Origin::in_file(path, text, &rule.id);
            origins.insert(rule.id.to_string(), origin);
        }
        rules.extend(loaded.rules);
    }
    let rules = match RuleSet::with_replacements(rules) {
        Ok(rules) => rules,
        Err(error) => {
            let path = sources.first().map_or(Path::new("rules"), |(path, _)| path);
            checked
                .diagnostics
                .push(Diagnostic::of_file(path, error.to_string()));
            return checked.finish();
        }
    };
    let detector = Detector::new(rules);
    let mut scanner = BlobScanner::new(&detector);
    for rule in detector.rules().custom() {
        if let Some(origin) = origins.get(rule.id.as_ref()) {
            examples(&detector, &mut scanner, rule, origin, &mut checked);
        }
    }
    checked.finish()
}

impl Checked {
    fn finish(mut self) -> Self {
        self.diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
        self
    }
}

/// A file with rules: a provider's or a configuration.
enum RuleFile {
    Provider(Box<ProviderFile>),
    Config(Box<Config>),
}

impl RuleFile {
    fn parse(path: &Path, text: &str) -> Result<Self, InvalidFile> {
        let refuse = |error: toml::de::Error| InvalidFile::from(of_toml(path, text, &error));
        let table: toml::Table = toml::from_str(text).map_err(refuse)?;
        if table.contains_key("provider") {
            let file = toml::from_str(text).map_err(refuse)?;
            Ok(Self::Provider(Box::new(file)))
        } else {
            let config = Config::parse(text, path)?;
            Ok(Self::Config(Box::new(config)))
        }
    }

    fn specs(&self) -> &[RuleSpec] {
        match self {
            Self::Provider(file) => &file.rule,
            Self::Config(config) => config.own_rules(),
        }
    }

    fn provider(&self) -> Provider {
        match self {
            Self::Provider(file) => load::provider(&file.provider),
            Self::Config(_) => load::custom_provider(),
        }
    }

    /// What can be said of the file without running its rules.
    fn diagnostics(&self, path: &Path, text: &str) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let Self::Provider(file) = self {
            let id = &file.provider.id;
            if path
                .file_stem()
                .is_none_or(|stem| stem != id.get_ref().as_str())
            {
                let message = format!(
                    "provider id `{}` differs from the file's name",
                    id.get_ref().escape_debug()
                );
                let help = "a provider's file is named after its id";
                found.push(Diagnostic::at(path, text, id.span(), message).with_help(help));
            }
        }
        if self.specs().is_empty() {
            found.push(Diagnostic::of_file(path, "holds no rule").warning());
        }
        let origin = Origin::of(path, text);
        for spec in self.specs() {
            let confidence = spec.confidence();
            let anchors: Vec<&Spanned<String>> = spec.literals.iter().chain(&spec.words).collect();
            let common: BTreeSet<&str> =
                common_anchors(confidence, anchors.iter().map(|a| a.get_ref())).collect();
            for anchor in anchors
                .iter()
                .filter(|a| common.contains(a.get_ref().as_str()))
            {
                found.push(common_anchor(
                    &origin,
                    Some(anchor.span()),
                    anchor.get_ref(),
                ));
            }
        }
        found
    }
}

/// The anchors that are common words, of a rule whose matches are believed without further evidence.
fn common_anchors<'a, S: AsRef<str> + ?Sized + 'a>(
    confidence: Confidence,
    anchors: impl Iterator<Item = &'a S>,
) -> impl Iterator<Item = &'a str> {
    anchors.map(AsRef::as_ref).filter(move |anchor| {
        // What else stands around a word makes it rarer.
        let word = anchor
            .trim_matches(['_', '-', ' ', '=', ':'])
            .to_ascii_lowercase();
        confidence == Confidence::High && COMMON_WORDS.contains(&word.as_str())
    })
}

fn common_anchor(origin: &Origin<'_>, span: Option<Range<usize>>, anchor: &str) -> Diagnostic {
    let message = format!("the anchor `{anchor}` is a common word");
    origin
        .diagnostic(span, message)
        .warning()
        .with_help("it slows every scan: anchor the rule on something rarer")
}

/// Where a rule and its examples stand.
#[derive(Debug, Default)]
struct Origin<'t> {
    path: PathBuf,
    text: Option<&'t str>,
    found: Vec<Range<usize>>,
    ignored: Vec<Range<usize>>,
}

/// The places of examples, which the rule format itself does not keep.
#[derive(Deserialize)]
struct ExamplePlaces {
    #[serde(default)]
    rule: Vec<RulePlaces>,
}

#[derive(Deserialize)]
struct RulePlaces {
    id: String,
    #[serde(default)]
    examples: ListPlaces,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ListPlaces {
    found: Vec<Spanned<String>>,
    ignored: Vec<Spanned<String>>,
}

impl<'t> Origin<'t> {
    fn of(path: &Path, text: &'t str) -> Self {
        Self {
            path: path.to_owned(),
            text: Some(text),
            ..Self::default()
        }
    }

    fn in_file(path: &Path, text: &'t str, id: &str) -> Self {
        let spans = |list: &[Spanned<String>]| list.iter().map(Spanned::span).collect();
        let places: Option<ExamplePlaces> = toml::from_str(text).ok();
        let examples = places
            .and_then(|places| places.rule.into_iter().find(|rule| rule.id == id))
            .map(|rule| rule.examples)
            .unwrap_or_default();
        Self {
            found: spans(&examples.found),
            ignored: spans(&examples.ignored),
            ..Self::of(path, text)
        }
    }

    fn diagnostic(&self, span: Option<Range<usize>>, message: String) -> Diagnostic {
        match (self.text, span) {
            (Some(text), Some(span)) => Diagnostic::at(&self.path, text, span, message),
            _ => Diagnostic::of_file(&self.path, message),
        }
    }
}

/// Runs the examples of one rule.
fn examples(
    detector: &Detector,
    scanner: &mut BlobScanner<'_>,
    rule: &Rule,
    origin: &Origin<'_>,
    checked: &mut Checked,
) {
    checked.rules += 1;
    let lists = [
        (&rule.found, &origin.found, true),
        (&rule.ignored, &origin.ignored, false),
    ];
    for (templates, spans, expected) in lists {
        for (index, template) in templates.iter().enumerate() {
            checked.examples += 1;
            // The two lists draw different text from templates that are alike.
            let number = if expected { index } else { index + 10_000 };
            let text = match expanded(rule, template, number) {
                Ok(text) => text,
                Err(why) => {
                    let message = format!("{}: {why}", rule.id);
                    let diagnostic = origin.diagnostic(spans.get(index).cloned(), message);
                    checked
                        .diagnostics
                        .push(diagnostic.with_note(format!("example: {template}")));
                    continue;
                }
            };
            let matches = match rule.example_path.as_deref() {
                Some(path) => scanner.scan_file(path.as_bytes(), text.as_bytes()).matches,
                None => scanner.scan_bytes(text.as_bytes()).matches,
            };
            // A rule that is meant for `--min-confidence low` is measured by that.
            let least = DEFAULT_CONFIDENCE.min(rule.confidence);
            let hit = matches.iter().find(|m| {
                detector.rules().get(m.rule).id == rule.id && m.verdict.confidence >= least
            });
            let message = match (expected, hit) {
                (true, None) => format!("{}: this example is not found", rule.id),
                (false, Some(_)) => {
                    format!("{}: this example is found, but must be ignored", rule.id)
                }
                _ => continue,
            };
            let mut diagnostic = origin
                .diagnostic(spans.get(index).cloned(), message)
                .with_note(format!("as text: {}", shortened(&text)))
                .with_note(format!("found: {}", summary(detector, &matches)));
            if expected {
                diagnostic = diagnostic.with_help(advice(detector, rule, &text, &matches));
            }
            checked.diagnostics.push(diagnostic);
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
fn complete(rule: &Rule, head: &str) -> Option<String> {
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

#[cfg(test)]
mod tests;
