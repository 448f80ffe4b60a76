//! A report built by hand, for the tests of the formats: one rule of an invented provider, so that golden texts do
//! not move when real rules do. The secret is put together at run time.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Format, Notice, PathPrefix, Report, ScanInfo, Style};
use crate::coverage::{Coverage, Skip, SkipReason};
use crate::exposure::{CommitInfo, Exposure, HistoryPlace, Moment, PlaceKind, Reach};
use crate::finding::{
    BlobPath, Encoding, Evidence, Excerpt, Fact, Finding, Location, Origin, Position, Role, Secret,
    Suppression, SuppressionKind,
};
use crate::rule::{Boundary, Confidence, Guidance, Provider, Rule, RuleSet, Search, Severity};

/// What a report borrows from.
pub(super) struct Fixture {
    pub(super) rules: RuleSet,
    pub(super) findings: Vec<Finding>,
    pub(super) coverage: Coverage,
    pub(super) info: ScanInfo,
}

/// The secret that no format may show.
pub(super) fn secret() -> String {
    ["acme", "TOPSECRETVALUE"].join("_")
}

pub(super) const PLAIN: Style = Style {
    explain_score: false,
    color: false,
    width: None,
    verbose: false,
    quiet: false,
};

impl Fixture {
    /// A complete scan of the working tree without findings.
    pub(super) fn clean() -> Self {
        let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        Self {
            rules: RuleSet::with_custom(vec![rule()]).expect("a rule set"),
            findings: Vec::new(),
            coverage: Coverage {
                blobs: 1234,
                bytes: 5_300_000,
                ..Coverage::default()
            },
            info: ScanInfo {
                source: "working-tree",
                root: PathBuf::from("/project"),
                in_repository: true,
                display_prefix: PathPrefix::default(),
                revision: Some("0123abcd".to_owned()),
                branch: Some("main".to_owned()),
                remote: None,
                started,
                ended: started + Duration::from_millis(420),
                notices: Vec::<Notice>::new(),
                show_secrets: false,
            },
        }
    }

    /// The same with one finding in one place.
    pub(super) fn with_finding() -> Self {
        let mut fixture = Self::clean();
        let place = location("src/app.py", 12, "token = \"acme_********\"", 9..22);
        fixture.add(vec![place]);
        fixture
    }

    /// A complete scan of a history with one finding: it came in twice, went, was pushed.
    pub(super) fn with_history() -> Self {
        let mut fixture = Self::clean();
        fixture.info.source = "history";
        fixture.info.revision = Some(id('d'));
        fixture.coverage.blobs = 292_555;
        fixture.coverage.bytes = 5_800_000_000;
        fixture.coverage.commits = 160_769;
        fixture.coverage.tags = 12;
        fixture.coverage.references = 34;
        let text = "token = \"acme_********\"";
        let places = [('a', "src/app.py", 12), ('b', "src/new.py", 3)].map(|(name, path, line)| {
            in_history(
                location(path, line, text, 9..22),
                PlaceKind::Blob,
                Some(commit(name)),
            )
        });
        let finding = fixture.add(places.to_vec());
        finding.exposure = Some(Exposure {
            first_seen: Some(commit('a')),
            last_seen: Some(commit('b')),
            removed_in: Some(commit('c')),
            in_head: Some(false),
            reach: Reach::Reference,
            references: ["refs/heads/main", "refs/heads/next", "refs/tags/v1"]
                .map(str::to_owned)
                .to_vec(),
            reference_count: 3,
            pushed: Some(true),
        });
        fixture
    }

    /// Adds a finding at these places.
    pub(super) fn add(&mut self, locations: Vec<Location>) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rules.find("acme-api-key").expect("the rule"),
            severity: Severity::Critical,
            expired: false,
            confidence: Confidence::High,
            secret: Secret::new(secret().into_bytes()),
            fingerprint: "kw1:00112233445566778899aabbccddeeff".to_owned(),
            evidence: vec![Evidence::Format, Evidence::ChecksumValid],
            facts: Vec::new(),
            role: Role::Credential,
            parts: Vec::new(),
            locations,
            exposure: None,
        });
        self.findings.last_mut().expect("just added")
    }

    /// Adds a fact to the last finding.
    pub(super) fn add_fact(&mut self, label: &'static str, value: &str) {
        let finding = self.findings.last_mut().expect("a finding");
        finding.facts.push(Fact {
            label,
            value: value.to_owned(),
        });
    }

    /// Adds a file that could not be read.
    pub(super) fn add_unreadable(&mut self, path: &str) {
        self.coverage.skip(Skip {
            reason: SkipReason::Unreadable,
            subject: BlobPath::from_bytes(path),
            detail: "permission denied".to_owned(),
        });
    }

    pub(super) fn report(&self) -> Report<'_> {
        Report {
            rules: &self.rules,
            findings: &self.findings,
            coverage: &self.coverage,
            info: &self.info,
        }
    }

    /// What the format of that name writes.
    pub(super) fn written(&self, format: &str, style: Style) -> String {
        let format: &Format = super::format(format).expect("a format");
        let mut out = Vec::new();
        (format.write)(&self.report(), &style, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("reports are UTF-8")
    }
}

/// A place whose secret is highlighted at `highlight` of `text`, which is ASCII up to there.
pub(super) fn location(path: &str, line: u64, text: &str, highlight: Range<usize>) -> Location {
    let position = |offset: usize| Position {
        line,
        column: offset as u64 + 1,
        column_utf16: offset as u64 + 1,
    };
    Location {
        path: BlobPath::from_bytes(path),
        origin: Origin::File,
        start: position(highlight.start),
        end: position(highlight.start + secret().len()),
        bytes: 100..100 + secret().len() as u64,
        encoding: Encoding::Utf8,
        excerpt: Excerpt {
            text: text.to_owned(),
            highlight,
        },
        line_hash: None,
        encodings: Vec::new(),
        suppression: None,
    }
}

/// An id all of whose digits are that one.
pub(super) fn id(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// The commit of that digit: `a` is from 2025-04-10, 266 days before the scan, and each that follows is a day younger.
pub(super) fn commit(digit: char) -> Arc<CommitInfo> {
    let days = i64::from(u32::from(digit) - u32::from('a'));
    Arc::new(CommitInfo {
        authored: Moment {
            seconds: 1_744_243_200 + 86_400 * days,
            offset: 90,
        },
        id: id(digit),
        author: "A. Author".to_owned(),
        email: "author@example.com".to_owned(),
    })
}

/// The same place in the history.
pub(super) fn in_history(
    mut place: Location,
    kind: PlaceKind,
    commit: Option<Arc<CommitInfo>>,
) -> Location {
    place.origin = Origin::History(Arc::new(HistoryPlace {
        commit,
        kind,
        object: id('e'),
    }));
    place
}

/// What an inline marker with that reason does to a place.
pub(super) fn inline(reason: &str) -> Suppression {
    Suppression {
        kind: SuppressionKind::Inline,
        reason: Some(reason.to_owned()),
    }
}

fn rule() -> Rule {
    Rule {
        id: "acme-api-key".into(),
        provider: Cow::Owned(Provider {
            id: "acme".into(),
            name: "Acme".into(),
            generic: false,
            guidance: Guidance {
                console: Some("https://acme.example/keys".into()),
                documentation: Some("https://docs.acme.example/keys".into()),
                rotate: vec!["Create a second key.".into(), "Deploy it.".into()].into(),
                revoke: Some("Delete the key.".into()),
                last_used: None,
                least_privilege: Some("A key for one project.".into()),
                storage: None,
                expiry: None,
                checked: Some("2026-11".into()),
            },
        }),
        summary: "Acme API key".into(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        literals: vec!["acme_".into()].into(),
        words: Vec::new().into(),
        paths: Vec::new().into(),
        whole_file: false,
        generic: false,
        chosen: false,
        stored: false,
        search: Search::Pattern {
            expression: "acme_[A-Z]{14}".into(),
            at_anchor: true,
            needs: None,
        },
        checksum: None,
        entropy: None,
        context: Vec::new().into(),
        parts: Vec::new(),
        boundary: Boundary::Word,
        radius: 512,
        found: Vec::new().into(),
        ignored: Vec::new().into(),
        paired: Vec::new().into(),
        example_path: None,
        own_guidance: Guidance::default(),
    }
}
