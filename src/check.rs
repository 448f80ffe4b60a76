//! `rules check`: whether rule files are right, and whether their examples do what they say.
//!
//! Every example runs through the whole detector with all rules enabled, as in a scan: a rule that works alone may
//! lose to another, or be refused by the judge. Reads the files it is given and nothing else.

mod examples;

pub use examples::complete;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::config::Config;
use crate::detect::Detector;
use crate::detect::blob::BlobScanner;
use crate::detect::judge::checksum;
use crate::diagnostic::{Diagnostic, InvalidFile, of_toml, read};
use crate::rule::spec::{ProviderFile, RuleSpec};
use crate::rule::{Confidence, Provider, RuleSet, load};

/// Larger files are refused.
const SIZE_LIMIT: u64 = 1 << 20;

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
        examples::run(&detector, &mut scanner, rule, &origin, &mut checked);
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
    let mut files = Vec::new();
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
        files.push((path, text, file));
    }
    let mut known = taken;
    known.extend(
        RuleSet::built_in()
            .iter()
            .map(|(_, rule)| rule.id.to_string()),
    );
    for (path, text, file) in &files {
        for problem in load::unknown_parts(file.specs(), &known) {
            let diagnostic = Diagnostic::at(path, text, problem.span, problem.message);
            checked.diagnostics.push(diagnostic.with_help(problem.help));
        }
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
            examples::run(&detector, &mut scanner, rule, origin, &mut checked);
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
    paired: Vec<Range<usize>>,
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
    paired: Vec<Spanned<String>>,
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
            paired: spans(&examples.paired),
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

#[cfg(test)]
mod tests;
