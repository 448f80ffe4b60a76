//! The parts of a credential in the rule format: what a `[[rule.part]]` table may hold.
//!
//! Shared word for word with `build.rs`, like `spec`, so it must not refer to anything in the crate but `spec`.

use serde::Deserialize;
use toml::Spanned;

use super::spec::{Problem, expand_pattern};

/// Bytes between a secret and its other part unless the rule says otherwise.
pub const DEFAULT_WITHIN: u32 = 512;
/// The most that a rule may ask for. It bounds the memory of a streaming scan.
pub const MAX_WITHIN: u32 = 2048;
/// More parts no credential has.
pub const MAX_PARTS: usize = 8;

/// Another part of the credential, which stands near the secret: what other rules find, or a value that has no
/// rule of its own because it means nothing alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    /// A noun phrase that names the part, as it stands in reports.
    pub name: Spanned<String>,
    /// Ids of the rules whose findings are this part.
    #[serde(default)]
    pub rules: Vec<Spanned<String>>,
    /// Whether the part is secret itself and thus masked. What rules find is unless this says no.
    pub secret: Option<bool>,
    /// Instead of `rules`: a regular expression, whose group `part` is the part.
    pub pattern: Option<Spanned<String>>,
    /// Instead of `rules`: the names that the part is assigned to, words joined by `_`.
    #[serde(default)]
    pub names: Vec<Spanned<String>>,
    /// A regular expression for what is assigned to one of `names`.
    pub value: Option<Spanned<String>>,
    /// Whether several secrets may have this part in common: an account, a host.
    #[serde(default)]
    pub shared: bool,
    /// Bytes that may stand between secret and part.
    pub within: Option<Spanned<u32>>,
}

impl PartSpec {
    /// See [`PartSpec::within`].
    pub fn within(&self) -> u32 {
        self.within
            .as_ref()
            .map_or(DEFAULT_WITHIN, |within| *within.get_ref())
    }

    /// Whether the part is to be masked.
    pub fn is_secret(&self) -> bool {
        self.secret.unwrap_or(!self.rules.is_empty())
    }

    /// The regular expression of a part that no rule finds.
    pub fn expression(&self) -> Option<String> {
        if let Some(pattern) = &self.pattern {
            return Some(expand_pattern(pattern.get_ref()));
        }
        let value = self.value.as_ref()?;
        let names: Vec<String> = self
            .names
            .iter()
            .map(|name| name.get_ref().replace('_', r"[_.\- ]?"))
            .collect();
        Some(expand_pattern(&format!(
            "(?i:{})(?:(?&assign)|{BESIDE})(?P<part>{})",
            names.join("|"),
            value.get_ref()
        )))
    }

    /// What can be said against the part without compiling its pattern.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut refuse = |span, message: &str, help: &str| {
            found.push(Problem {
                span,
                message: message.to_owned(),
                help: help.to_owned(),
            });
        };
        if self.name.get_ref().trim().is_empty() {
            refuse(
                self.name.span(),
                "a part without a name",
                "name it as reports should: `access key id`, `client id`",
            );
        }
        let ways = [
            !self.rules.is_empty(),
            self.pattern.is_some(),
            !self.names.is_empty() || self.value.is_some(),
        ];
        if ways.iter().filter(|way| **way).count() != 1 {
            refuse(
                self.name.span(),
                "a part is found in one way",
                "give the `rules` that find it, or a `pattern`, or `names` with a `value`",
            );
        } else if self.names.is_empty() != self.value.is_none() {
            refuse(
                self.name.span(),
                "`names` and `value` belong together",
                "the part is what is assigned to one of `names` and looks like `value`",
            );
        }
        for name in &self.names {
            let name_of_words = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if name.get_ref().len() < 2 || !name.get_ref().bytes().all(name_of_words) {
                refuse(
                    name.span(),
                    "no name of a part",
                    "lower-case words joined by `_`: `client_id` stands for CLIENT_ID, clientId and client-id too",
                );
            }
        }
        if let Some(pattern) = &self.pattern
            && !pattern.get_ref().contains("(?P<part>")
        {
            refuse(
                pattern.span(),
                "the pattern does not say which of it is the part",
                "put that into a group `(?P<part>…)`",
            );
        }
        if let Some(within) = &self.within
            && !(1..=MAX_WITHIN).contains(within.get_ref())
        {
            refuse(
                within.span(),
                "`within` is out of bounds",
                &format!("1 to {MAX_WITHIN} bytes"),
            );
        }
        found
    }
}

/// What stands between a name and its value, apart from an operator: the end of a tag, or a field `value` behind one
/// that holds the name.
const BESIDE: &str =
    r#">|["']?[ \t]{0,8}[,{]?\s{0,40}["']?(?:value|default)["']?[ \t]{0,8}[:=][ \t]{0,8}["']?"#;
