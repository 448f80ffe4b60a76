//! What `.keyward.toml` may hold, as it is written. Everything is optional; unknown keys are errors everywhere.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::rule::spec::RuleSpec;
use crate::rule::{Confidence, Severity};

/// A list of texts that errors can point into.
pub(super) type Texts = Vec<Spanned<String>>;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct ConfigFile {
    pub(super) scan: ScanTable,
    pub(super) rules: RulesTable,
    /// Rule ids or `*` patterns, with the severity to give them.
    pub(super) severity: BTreeMap<Spanned<String>, Severity>,
    /// The user's own rules: see `rules/README.md`.
    pub(super) rule: Vec<RuleSpec>,
    pub(super) allow: Vec<Spanned<AllowTable>>,
    /// The key itself.
    pub(super) fingerprint_key: Option<Spanned<String>>,
    /// The environment variable that holds it.
    pub(super) fingerprint_key_env: Option<Spanned<String>>,
}

/// `[scan]`: what is read.
#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a table"
)]
pub(super) struct ScanTable {
    /// Globs as in `.gitignore`.
    pub(super) exclude: Texts,
    /// Such as `10MB`.
    pub(super) max_size: Option<Spanned<String>>,
    /// Whether archives are opened.
    pub(super) archives: bool,
}

/// `[rules]`: what is looked for. Entries are ids or `*` patterns.
#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a table"
)]
pub(super) struct RulesTable {
    /// If not empty, only these.
    pub(super) enable: Texts,
    /// Never these.
    pub(super) disable: Texts,
    pub(super) min_confidence: Option<Confidence>,
}

/// `[[allow]]`: what is no leak.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct AllowTable {
    /// Ids or `*` patterns; all if absent.
    pub(super) rules: Option<Spanned<Texts>>,
    /// Globs as in `.gitignore`; everywhere if absent.
    pub(super) paths: Option<Spanned<Texts>>,
    /// Regular expression for the secret.
    pub(super) value: Option<Spanned<String>>,
    /// Regular expression for the secret's line.
    pub(super) line: Option<Spanned<String>>,
    /// Required; optional here so that its absence gets a message of its own.
    pub(super) reason: Option<Spanned<String>>,
}
