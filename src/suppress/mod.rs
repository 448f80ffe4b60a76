//! What keeps a finding out of a report: inline markers, the configuration's allow tables, the ignore file.
//!
//! Suppressed findings stay in the outcome with the reason, so that reports can show them and audits can count them.
//! Every suppression remembers whether it was used. Nothing here knows the time: the day comes from the caller.

pub mod allow;
pub mod date;
pub mod fingerprint;
pub mod ignore_file;
pub mod inline;
pub mod paths;

use crate::detect::blob::Located;
use crate::detect::lines::MASK;
use crate::finding::{BlobPath, Suppression, SuppressionKind};
use allow::Allow;
use date::Date;
use ignore_file::IgnoreFile;

/// All suppressions of a scan. The default suppresses nothing.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// Whether inline markers count.
    pub inline: bool,
    allows: Vec<Allow>,
    ignore_file: Option<(IgnoreFile, Date)>,
}

impl Suppressions {
    /// Inline markers if `inline`, and the configuration's allow tables.
    pub fn new(inline: bool, allows: Vec<Allow>) -> Self {
        Self {
            inline,
            allows,
            ignore_file: None,
        }
    }

    /// The same with an ignore file; entries that expired before `today` do not count.
    #[must_use]
    pub fn with_ignore_file(self, file: IgnoreFile, today: Date) -> Self {
        Self {
            ignore_file: Some((file, today)),
            ..self
        }
    }

    /// Whether one place of a secret is suppressed, by a marker on its line or an allow table.
    pub fn of_location(
        &self,
        rule: &str,
        path: &BlobPath,
        located: &Located,
    ) -> Option<Suppression> {
        let secret = located.secret.expose();
        if self.inline
            && let Some(marker) = inline::around(rule, &located.window, &located.bytes)
        {
            let encoded = located.encoded().unwrap_or_default();
            let reason = marker.reason;
            let reason = reason.map(|reason| without(&without(&reason, secret), encoded));
            return Some(suppression(SuppressionKind::Inline, reason));
        }
        let allow = self
            .allows
            .iter()
            .find(|allow| allow.covers(rule, path, secret, &located.window.text))?;
        allow.mark_used();
        Some(suppression(
            SuppressionKind::Config,
            Some(allow.reason.clone()),
        ))
    }

    /// Whether a finding is suppressed wherever it stands, by the ignore file.
    pub fn of_finding(&self, fingerprint: &str) -> Option<Suppression> {
        let (file, today) = self.ignore_file.as_ref()?;
        let entry = file.entry(fingerprint)?;
        entry.mark_used();
        if entry.is_expired(*today) {
            return None;
        }
        Some(suppression(
            SuppressionKind::IgnoreFile,
            Some(entry.reason.clone()),
        ))
    }

    /// The allow tables.
    pub fn allows(&self) -> &[Allow] {
        &self.allows
    }

    /// The ignore file, if there is one.
    pub fn ignore_file(&self) -> Option<&IgnoreFile> {
        self.ignore_file.as_ref().map(|(file, _)| file)
    }

    /// One line for each entry of the ignore file that no longer counts.
    pub fn expired(&self) -> Vec<String> {
        let Some((file, today)) = &self.ignore_file else {
            return Vec::new();
        };
        let path = file.shown_path();
        file.expired(*today)
            .filter_map(|entry| {
                let day = entry.expires?;
                let line = entry.line;
                Some(format!(
                    "{path}:{line}: the entry expired on {day}: rotate the secret or decide anew"
                ))
            })
            .collect()
    }

    /// One line for each allow table and entry of the ignore file that suppressed nothing. Means something only after
    /// a scan that was complete and read everything they may be about.
    pub fn unused(&self) -> Vec<String> {
        let allows = self
            .allows
            .iter()
            .filter(|allow| !allow.is_used())
            .map(|allow| {
                format!(
                    "{}: the allow table suppresses nothing: remove it",
                    allow.origin
                )
            });
        let entries = self.ignore_file().into_iter().flat_map(|file| {
            let path = file.shown_path();
            file.unused().map(move |entry| {
                format!(
                    "{path}:{}: the entry suppresses nothing: remove it",
                    entry.line
                )
            })
        });
        allows.chain(entries).collect()
    }
}

/// A reason that came from beside a secret, with the secret masked should it stand there again.
fn without(reason: &str, secret: &[u8]) -> String {
    match std::str::from_utf8(secret) {
        Ok(secret) if !secret.is_empty() => reason.replace(secret, MASK),
        _ => reason.to_owned(),
    }
}

fn suppression(kind: SuppressionKind, reason: Option<String>) -> Suppression {
    Suppression { kind, reason }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::allow::AllowParts;
    use super::*;
    use crate::config::Config;
    use crate::detect::Detector;
    use crate::detect::blob::BlobScanner;

    const RULE: &str = "[[rule]]\nid = 'acme-key'\nsummary = 'Acme key'\nseverity = 'low'\n\
                        literals = ['acmek_']\npattern = 'acmek_[a-z]{8}'\n";

    /// The secret of [`RULE`] in a text, as a scan sees it.
    fn located(text: &str) -> Located {
        let config = Config::parse(RULE, Path::new("x")).expect("configuration");
        let rules = config.resolve(&|_| None).expect("rules").rules;
        let detector = Detector::new(rules);
        let found = BlobScanner::new(&detector)
            .scan_bytes(text.as_bytes())
            .matches;
        found.into_iter().next().expect("a match")
    }

    fn allow(change: impl FnOnce(&mut AllowParts)) -> Allow {
        let mut parts = AllowParts {
            rules: Vec::new(),
            paths: None,
            value: None,
            line: None,
            reason: "agreed".to_owned(),
            origin: ".keyward.toml:3".to_owned(),
        };
        change(&mut parts);
        Allow::new(parts)
    }

    fn is_allowed(allow: Allow, rule: &str, path: &str) -> bool {
        let suppressions = Suppressions::new(false, vec![allow]);
        let found = suppressions.of_location(
            rule,
            &BlobPath::from_bytes(path),
            &located("key = acmek_vtqwzkpx # demo"),
        );
        assert_eq!(found.is_some(), suppressions.unused().is_empty());
        found.is_some_and(|s| {
            s.kind == SuppressionKind::Config && s.reason.as_deref() == Some("agreed")
        })
    }

    #[test]
    fn allow_by_path() {
        let by = |glob: &str| {
            let paths = paths::PathGlobs::new([glob]).expect("glob");
            allow(|parts| parts.paths = Some(paths))
        };
        assert!(is_allowed(by("tests/"), "acme-key", "tests/data/a.env"));
        assert!(is_allowed(by("*.env"), "acme-key", "tests/data/a.env"));
        assert!(!is_allowed(by("/data/"), "acme-key", "tests/data/a.env"));
    }

    #[test]
    fn allow_by_rule() {
        let by = |rule: &str| allow(|parts| parts.rules = vec![rule.to_owned()]);
        assert!(is_allowed(by("acme-key"), "acme-key", "a"));
        assert!(is_allowed(by("acme-*"), "acme-key", "a"));
        assert!(!is_allowed(by("acme"), "acme-key", "a"));
    }

    #[test]
    fn allow_by_value_and_by_line() {
        let regex = |pattern: &str| Some(crate::detect::compile_pattern(pattern).expect("pattern"));
        assert!(is_allowed(
            allow(|p| p.value = regex("^acmek_v")),
            "acme-key",
            "a"
        ));
        assert!(!is_allowed(
            allow(|p| p.value = regex("demo")),
            "acme-key",
            "a"
        ));
        assert!(is_allowed(
            allow(|p| p.line = regex("# demo")),
            "acme-key",
            "a"
        ));
        assert!(!is_allowed(
            allow(|p| p.line = regex("# real")),
            "acme-key",
            "a"
        ));
        // All conditions of one table must hold.
        let both = allow(|p| {
            p.value = regex("vtq");
            p.line = regex("# real");
        });
        assert!(!is_allowed(both, "acme-key", "a"));
    }

    #[test]
    fn markers_count_only_when_asked_for() {
        let text = "key = acmek_vtqwzkpx # keyward:allow acme-key -- a demo";
        let path = BlobPath::from_bytes("a");
        let ignored =
            Suppressions::new(false, Vec::new()).of_location("acme-key", &path, &located(text));
        assert_eq!(ignored, None);
        let suppressed =
            Suppressions::new(true, Vec::new()).of_location("acme-key", &path, &located(text));
        assert_eq!(suppressed.and_then(|s| s.reason).as_deref(), Some("a demo"));
    }

    #[test]
    fn a_reason_never_repeats_the_secret() {
        let found = located("key = acmek_vtqwzkpx # keyward:allow -- acmek_vtqwzkpx is a demo");
        let suppressed = Suppressions::new(true, Vec::new()).of_location(
            "acme-key",
            &BlobPath::from_bytes("a"),
            &found,
        );
        assert_eq!(
            suppressed.and_then(|s| s.reason).as_deref(),
            Some("******** is a demo")
        );
    }

    #[test]
    fn entries_suppress_until_they_expire_and_tell_when_unused() {
        let used = "kw1:00000000000000000000000000000001";
        let expired = "kw1:00000000000000000000000000000002";
        let text = format!(
            "{used} expires=2026-11-23 -- rotated\n{expired} expires=2026-11-22 -- later\nkw1:{:032} -- gone\n",
            3
        );
        let file = IgnoreFile::parse(&text, Path::new(".keywardignore")).expect("ignore file");
        let today: Date = "2026-11-23".parse().expect("date");
        let suppressions = Suppressions::default().with_ignore_file(file, today);
        let reason = suppressions.of_finding(used).and_then(|s| s.reason);
        assert_eq!(reason.as_deref(), Some("rotated"));
        assert_eq!(suppressions.of_finding(expired), None);
        assert_eq!(
            suppressions.expired(),
            [".keywardignore:2: the entry expired on 2026-11-22: rotate the secret or decide anew"]
        );
        assert_eq!(
            suppressions.unused(),
            [".keywardignore:3: the entry suppresses nothing: remove it"]
        );
    }
}
