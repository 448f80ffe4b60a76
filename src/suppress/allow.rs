//! The configuration's `[[allow]]` tables: places and values that are no leak, with the reason why.

use std::sync::atomic::{AtomicBool, Ordering};

use regex::bytes::Regex;

use super::paths::PathGlobs;
use crate::finding::BlobPath;
use crate::rule::matches_pattern;

/// One table. A finding must meet all conditions that it states.
#[derive(Debug)]
pub struct Allow {
    rules: Vec<String>,
    paths: Option<PathGlobs>,
    value: Option<Regex>,
    line: Option<Regex>,
    /// Why it is no leak.
    pub reason: String,
    /// Where the table stands: `path:line`.
    pub origin: String,
    used: AtomicBool,
}

/// What an [`Allow`] is made of.
#[derive(Debug)]
pub struct AllowParts {
    /// Ids or `*` patterns of rules; empty for all.
    pub rules: Vec<String>,
    /// Where; everywhere if absent.
    pub paths: Option<PathGlobs>,
    /// What the secret must match.
    pub value: Option<Regex>,
    /// What the secret's line must match.
    pub line: Option<Regex>,
    /// Why it is no leak.
    pub reason: String,
    /// Where the table stands: `path:line`.
    pub origin: String,
}

impl Allow {
    /// A table that has not been used.
    pub fn new(parts: AllowParts) -> Self {
        Self {
            rules: parts.rules,
            paths: parts.paths,
            value: parts.value,
            line: parts.line,
            reason: parts.reason,
            origin: parts.origin,
            used: AtomicBool::new(false),
        }
    }

    /// Whether the table is about a secret that a rule found in a file. `line` is the line as far as it was kept.
    pub fn covers(&self, rule: &str, path: &BlobPath, secret: &[u8], line: &[u8]) -> bool {
        (self.rules.is_empty()
            || self
                .rules
                .iter()
                .any(|pattern| matches_pattern(pattern, rule)))
            && self.paths.as_ref().is_none_or(|paths| paths.covers(path))
            && self
                .value
                .as_ref()
                .is_none_or(|value| value.is_match(secret))
            && self
                .line
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(line))
    }

    /// Whether it suppressed anything.
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn mark_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }
}
