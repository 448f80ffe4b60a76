//! Reports: one file per format, one row per format in [`FORMATS`].
//!
//! A format turns a [`Report`] into bytes and nothing else: it must not scan, open files or know the command line. No
//! format may write a secret's value unless [`ScanInfo::show_secrets`] is set, and then only human and JSON do.

mod exposure;
#[cfg(test)]
mod fixture;
pub mod human;
pub mod json;
pub mod jsonl;
mod sarif;
pub mod time;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::rule::RuleSet;

/// A finished scan, ready to be written.
#[derive(Debug, Clone, Copy)]
pub struct Report<'r> {
    /// The rules that were used.
    pub rules: &'r RuleSet,
    /// All findings, suppressed ones included, in report order.
    pub findings: &'r [Finding],
    /// What was read and what was not.
    pub coverage: &'r Coverage,
    /// About the scan.
    pub info: &'r ScanInfo,
}

/// About a scan.
#[derive(Debug, Clone)]
pub struct ScanInfo {
    /// What was scanned: `working-tree`, `files`, `index`, `stdin`, or a name for a part of the history.
    pub source: &'static str,
    /// The folder that finding paths are relative to, absolute: the repository's root, or the scanned folder.
    pub root: PathBuf,
    /// Whether `root` is a git working tree.
    pub in_repository: bool,
    /// `root` seen from the current folder: what to put before a path to open it from there (`""`, `"sub/"`, `"../"`).
    pub display_prefix: PathPrefix,
    /// The commit of HEAD, if there is one.
    pub revision: Option<String>,
    /// The branch of HEAD.
    pub branch: Option<String>,
    /// URL of the remote `origin` without credentials.
    pub remote: Option<String>,
    /// When the scan started.
    pub started: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    /// Remarks of the scan itself: unused ignore entries, configuration in use.
    pub notices: Vec<Notice>,
    /// Whether secrets may be printed by human and JSON formats.
    pub show_secrets: bool,
}

/// How to get from the current folder to a finding's path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathPrefix {
    /// Removed from the front of a path that starts with it (the current folder inside the root, with `/`).
    pub strip: String,
    /// Put in front of every other path (`../` for each folder between, or the scanned folder).
    pub add: String,
}

impl PathPrefix {
    /// The path to show.
    pub fn apply(&self, path: &crate::finding::BlobPath) -> String {
        let shown = path.to_string();
        if shown.starts_with('/') {
            return shown;
        }
        match shown.strip_prefix(self.strip.as_str()) {
            Some(rest) if !self.strip.is_empty() => rest.to_owned(),
            _ => format!("{}{shown}", self.add),
        }
    }
}

/// A remark of the scan itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How serious.
    pub level: NoticeLevel,
    /// One line.
    pub message: String,
}

/// How serious a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLevel {
    /// For information.
    Note,
    /// Worth mending.
    Warning,
}

/// Whether to colour, how wide the terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a choice of its own.
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Columns; `None` when not a terminal.
    pub width: Option<usize>,
    /// Suppressed findings and more detail.
    pub verbose: bool,
    /// What decided the score of each finding that the trained judge was asked about.
    pub explain_score: bool,
    /// Findings only: no summary and no advice. What could not be scanned is still said.
    pub quiet: bool,
}

/// One output format.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Writes the report.
    pub write: fn(&Report<'_>, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every format.
pub static FORMATS: &[Format] = &[
    Format {
        name: "human",
        summary: "For people at a terminal",
        write: human::write,
    },
    Format {
        name: "json",
        summary: "One JSON document, versioned schema",
        write: json::write,
    },
    Format {
        name: "jsonl",
        summary: "One JSON object per finding and line, a summary last",
        write: jsonl::write,
    },
    Format {
        name: "sarif",
        summary: "SARIF 2.1.0, for GitHub code scanning",
        write: sarif::write,
    },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
