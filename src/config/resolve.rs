//! Turns a configuration into what a scan needs, and collects everything that is wrong with it on the way.
//!
//! What names nothing is an error: a misspelt rule in `disable` or `[[allow]]` would otherwise do nothing, and one in
//! `enable` would switch the scanner off.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use regex::bytes::Regex;
use toml::Spanned;

use super::model::{AllowTable, Texts};
use super::{CANDIDATES, Config, ConfigError, KEY_VARIABLE, hide_key, parse_size};
use crate::detect::compile_pattern;
use crate::diagnostic::{Diagnostic, Place};
use crate::finding::BlobPath;
use crate::rule::load::{self, expression_problem};
use crate::rule::spec::Problem;
use crate::rule::{Confidence, RuleSet, RuleSetError, Selection};
use crate::suppress::allow::{Allow, AllowParts};
use crate::suppress::fingerprint::FingerprintKey;
use crate::suppress::paths::PathGlobs;
use crate::text::sanitize;

/// Faults that are told at once.
const FAULTS: usize = 20;

/// What a configuration says to a scan.
#[derive(Debug)]
pub struct Resolved {
    /// Built-in and own rules, with selection and severities.
    pub rules: RuleSet,
    /// Matches below are dropped; the command line's default applies if absent.
    pub min_confidence: Option<Confidence>,
    /// The allow tables, for `Suppressions::new`.
    pub allows: Vec<Allow>,
    /// Keys the fingerprints.
    pub fingerprint_key: FingerprintKey,
    /// What is not read.
    pub exclude: PathGlobs,
    /// Larger blobs are not read; the command line's default applies if absent.
    pub max_size: Option<u64>,
    /// Whether archives are opened, in scans that no hook runs.
    pub archives: bool,
}

impl Config {
    /// What the configuration says. `environment` gives the value of a variable: [`KEY_VARIABLE`] and the one that
    /// `fingerprint-key-env` names are asked for.
    pub fn resolve(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Resolved, ConfigError> {
        let mut faults = Faults {
            config: self,
            found: Vec::new(),
        };
        let rules = self.rules(&mut faults);
        let max_size = self.file.scan.max_size.as_ref().and_then(|written| {
            let size = parse_size(written.get_ref());
            if size.is_none() {
                let help = "a number above 0 with an optional unit, as in 500K, 10MB or 1GiB";
                faults.add(written.span(), "not a size", help);
            }
            size
        });
        let resolved = Resolved {
            min_confidence: self.file.rules.min_confidence,
            allows: self.allows(&rules, &mut faults),
            fingerprint_key: self.fingerprint_key(environment, &mut faults),
            exclude: globs(&self.file.scan.exclude, &mut faults),
            max_size,
            archives: self.file.scan.archives,
            rules,
        };
        faults.into_result(resolved)
    }

    fn rules(&self, faults: &mut Faults<'_>) -> RuleSet {
        // Every start comes here, and reading all built-in rules is most of what one could cost.
        let mut taken = BTreeSet::new();
        if !self.file.rule.is_empty() {
            let built_in = RuleSet::built_in();
            taken.extend(built_in.iter().map(|(_, rule)| rule.id.to_string()));
        }
        let loaded = load::rules(
            &self.file.rule,
            &load::custom_provider(),
            &self.text,
            &mut taken,
        );
        for problem in loaded.problems {
            faults.problem(problem);
        }
        taken.extend(self.file.rule.iter().map(|spec| spec.id.get_ref().clone()));
        for problem in load::unknown_parts(&self.file.rule, &taken) {
            faults.problem(problem);
        }
        // Ids of rules that were refused are known all the same: one mistake, one message.
        let refused: BTreeSet<&str> = self
            .file
            .rule
            .iter()
            .map(|spec| spec.id.get_ref().as_str())
            .filter(|id| loaded.rules.iter().all(|rule| rule.id != *id))
            .collect();
        let mut rules = RuleSet::with_custom(loaded.rules).unwrap_or_else(|error| {
            faults.found.push(faults.whole_file(error.to_string()));
            RuleSet::built_in()
        });
        let table = &self.file.rules;
        let known = |asked: &Spanned<String>, faults: &mut Faults<'_>| {
            refused.contains(asked.get_ref().as_str()) || faults.names_rule(&rules, asked)
        };
        let mut selection = Selection::default();
        for (written, list) in [
            (&table.enable, &mut selection.only),
            (&table.disable, &mut selection.disabled),
        ] {
            for asked in written {
                if known(asked, faults) {
                    list.push(asked.get_ref().clone());
                }
            }
        }
        let mut severities: Vec<_> = self
            .file
            .severity
            .iter()
            .filter(|(asked, _)| known(asked, faults))
            .collect();
        if faults.found.is_empty()
            && let Err(error) = rules.select(&selection)
        {
            let cause = table.disable.first().or(table.enable.first());
            let span = cause.map_or(0..0, Spanned::span);
            faults.add(span, error.to_string(), "every scan would then be clean");
        }
        // Patterns first, so that an id has the last word.
        severities.sort_by_key(|(asked, _)| !asked.get_ref().contains('*'));
        for (asked, severity) in severities {
            // Fails only for the id of a refused rule.
            let _ = rules.set_severity(asked.get_ref(), *severity);
        }
        rules
    }

    fn allows(&self, rules: &RuleSet, faults: &mut Faults<'_>) -> Vec<Allow> {
        let tables = self.file.allow.iter();
        tables
            .filter_map(|table| self.allow(table, rules, faults))
            .collect()
    }

    fn allow(
        &self,
        table: &Spanned<AllowTable>,
        rules: &RuleSet,
        faults: &mut Faults<'_>,
    ) -> Option<Allow> {
        let faults_before = faults.found.len();
        let written = table.get_ref();
        let reason = written
            .reason
            .as_ref()
            .map_or("", |reason| reason.get_ref().trim());
        if reason.is_empty() {
            let span = written
                .reason
                .as_ref()
                .map_or_else(|| table.span(), Spanned::span);
            faults.add(
                span,
                "the allow table gives no reason",
                "say why it is no leak: reason = \"…\"",
            );
        }
        for list in [&written.rules, &written.paths].into_iter().flatten() {
            if list.get_ref().is_empty() {
                faults.add(
                    list.span(),
                    "an empty list",
                    "leave the key out for all, or remove the table",
                );
            }
        }
        let own_ids = || self.file.rule.iter().map(|spec| spec.id.get_ref());
        let asked: &[Spanned<String>] = written.rules.as_ref().map_or(&[], |list| list.get_ref());
        for asked in asked {
            if !own_ids().any(|id| id == asked.get_ref()) {
                faults.names_rule(rules, asked);
            }
        }
        let for_all_rules = asked.is_empty() || asked.iter().any(|asked| asked.get_ref() == "*");
        if for_all_rules
            && written.paths.is_none()
            && written.value.is_none()
            && written.line.is_none()
        {
            let help = "narrow it with `rules`, `paths`, `value` or `line`";
            faults.add(table.span(), "the allow table allows every finding", help);
        }
        let paths = written
            .paths
            .as_ref()
            .map(|list| globs(list.get_ref(), faults));
        let value = expression(written.value.as_ref(), faults);
        let line = expression(written.line.as_ref(), faults);
        if faults.found.len() > faults_before {
            return None;
        }
        let place = Place::of(&self.text, table.span());
        Some(Allow::new(AllowParts {
            rules: if for_all_rules {
                Vec::new()
            } else {
                asked.iter().map(|asked| asked.get_ref().clone()).collect()
            },
            paths,
            value,
            line,
            reason: sanitize(reason.as_bytes()),
            origin: format!(
                "{}:{}",
                BlobPath::from_path(self.path_for_messages()),
                place.line
            ),
        }))
    }

    fn fingerprint_key(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
        faults: &mut Faults<'_>,
    ) -> FingerprintKey {
        let in_file = self.file.fingerprint_key.as_ref();
        let in_variable = self.file.fingerprint_key_env.as_ref();
        if let (Some(_), Some(variable)) = (in_file, in_variable) {
            let help = "keep the one that the ignore file was made with";
            faults.add(
                variable.span(),
                "both `fingerprint-key` and `fingerprint-key-env` are given",
                help,
            );
        }
        let given = |value: &String| !value.trim().is_empty();
        if let Some(key) = environment(KEY_VARIABLE).filter(given) {
            return FingerprintKey::new(key);
        }
        if let Some(variable) = in_variable {
            let name = variable.get_ref();
            if let Some(key) = environment(name).filter(given) {
                return FingerprintKey::new(key);
            }
            // Going on with the public key would make every entry of the ignore file miss.
            let message = format!(
                "the environment variable `{}` is not set",
                name.escape_debug()
            );
            faults.add(
                variable.span(),
                message,
                format!("set it or {KEY_VARIABLE} to the key"),
            );
        }
        if let Some(key) = in_file {
            if given(key.get_ref()) {
                return FingerprintKey::new(key.get_ref().as_str());
            }
            faults.add(
                key.span(),
                "`fingerprint-key` is empty",
                "leave it out to use the public key",
            );
        }
        FingerprintKey::default()
    }

    fn path_for_messages(&self) -> &Path {
        self.path().unwrap_or(Path::new(CANDIDATES[0]))
    }
}

fn globs(written: &Texts, faults: &mut Faults<'_>) -> PathGlobs {
    PathGlobs::new(written.iter().map(|glob| glob.get_ref().as_str())).unwrap_or_else(|error| {
        let span = written.get(error.index).map_or(0..0, Spanned::span);
        faults.add(
            span,
            error.to_string(),
            "globs are written as in `.gitignore`",
        );
        PathGlobs::default()
    })
}

fn expression(written: Option<&Spanned<String>>, faults: &mut Faults<'_>) -> Option<Regex> {
    let written = written?;
    match expression_problem(written, &faults.config.text) {
        Some(problem) => {
            faults.problem(problem);
            None
        }
        None => compile_pattern(written.get_ref()).ok(),
    }
}

/// What is wrong so far.
struct Faults<'c> {
    config: &'c Config,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    fn add(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.found.len() == FAULTS {
            return;
        }
        let path = self.config.path_for_messages();
        let mut diagnostic = Diagnostic::at(path, &self.config.text, span, message).with_help(help);
        hide_key(&mut diagnostic);
        self.found.push(diagnostic);
    }

    fn problem(&mut self, problem: Problem) {
        self.add(problem.span, problem.message, problem.help);
    }

    fn whole_file(&self, message: String) -> Diagnostic {
        Diagnostic::of_file(self.config.path_for_messages(), message)
    }

    /// Whether an id or pattern names a rule; a fault if not.
    fn names_rule(&mut self, rules: &RuleSet, asked: &Spanned<String>) -> bool {
        if self.found.len() == FAULTS {
            return false; // Looking for what was meant takes time.
        }
        let Err(error) = rules.matching(asked.get_ref()) else {
            return true;
        };
        let help = match &error {
            RuleSetError::Unknown {
                similar: Some(id), ..
            } => format!("is it `{id}`?"),
            _ => "`keyward rules list` shows the ids; `*` stands for any characters".to_owned(),
        };
        self.add(
            asked.span(),
            format!("no rule `{}`", asked.get_ref().escape_debug()),
            help,
        );
        false
    }

    fn into_result(mut self, resolved: Resolved) -> Result<Resolved, ConfigError> {
        if self.found.is_empty() {
            return Ok(resolved);
        }
        self.found.sort_by(|a, b| a.order().cmp(&b.order()));
        Err(ConfigError {
            diagnostics: self.found,
        })
    }
}

#[cfg(test)]
mod tests;
