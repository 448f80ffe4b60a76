//! The coverage record in the JSON formats.

use std::collections::BTreeMap;

use serde::Serialize;

use super::path_text;
use crate::coverage::{Coverage, Skip};

/// What was read and what was not.
#[derive(Serialize)]
pub(super) struct CoverageObject<'r> {
    blobs: u64,
    bytes: u64,
    commits: u64,
    tags: u64,
    references: u64,
    skipped: BTreeMap<&'static str, u64>,
    kept_well: BTreeMap<&'static str, u64>,
    incomplete: Vec<SkipObject<'r>>,
}

impl<'r> CoverageObject<'r> {
    pub(super) fn new(coverage: &'r Coverage) -> Self {
        Self {
            blobs: coverage.blobs,
            bytes: coverage.bytes,
            commits: coverage.commits,
            tags: coverage.tags,
            references: coverage.references,
            skipped: coverage
                .skipped
                .iter()
                .map(|(reason, count)| (reason.name(), *count))
                .collect(),
            kept_well: coverage
                .kept
                .counts()
                .into_iter()
                .map(|(practice, count)| (practice.name(), count))
                .collect(),
            incomplete: coverage.incomplete.iter().map(SkipObject::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct SkipObject<'r> {
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_base64: Option<String>,
    reason: &'static str,
    detail: &'r str,
    help: &'static str,
}

impl<'r> SkipObject<'r> {
    fn new(skip: &'r Skip) -> Self {
        let (subject, subject_base64) = path_text(&skip.subject);
        Self {
            subject,
            subject_base64,
            reason: skip.reason.name(),
            detail: &skip.detail,
            help: skip.reason.help(),
        }
    }
}
