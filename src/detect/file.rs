//! Files that are known by their path: rules without anchors, and rules that apply at some paths only.
//!
//! Everything here is a function of a path and of the bytes of the file, so that a source that finds matches first and
//! learns the paths of a blob later asks the same questions.

use super::blob::Located;
use super::overlap::{self, Claim};
use super::{Candidate, Detector, Match, judge};
use crate::rule::RuleIndex;
use crate::rule::paths::Folder;

/// How far into a file rules without anchors look.
pub const FILE_HEAD: usize = 256 * 1024;

impl Detector {
    /// The rules without anchors that apply in the file at `path`; hardly any path has one. Cheap for those.
    pub fn file_rules(&self, path: &[u8]) -> Vec<RuleIndex> {
        let mut rules = self.file_rules.rules_at(path);
        rules.retain(|rule| self.rules.is_enabled(*rule));
        rules
    }

    /// The rules without anchors that may apply in files of that name, in one folder or another. Rules for all files of
    /// some folder are not among them.
    pub fn file_rules_of_name(&self, name: &[u8]) -> Vec<RuleIndex> {
        let mut rules = self.file_rules.rules_of_name(name);
        rules.retain(|rule| self.rules.is_enabled(*rule));
        rules
    }

    /// Whether one of [`file_rules_of_name`](Self::file_rules_of_name) asks for no folder.
    pub fn has_file_rules_anywhere(&self, name: &[u8]) -> bool {
        let rules = self.file_rules.rules_of_name_anywhere(name);
        rules.into_iter().any(|rule| self.rules.is_enabled(rule))
    }

    /// Whether there are rules without anchors that apply right in folders of that name.
    pub fn has_file_rules_in(&self, folder: &[u8]) -> bool {
        let rules = self.file_rules.rules_of_folder(folder);
        rules.into_iter().any(|rule| self.rules.is_enabled(rule))
    }

    /// The folders that [`file_rules_of_name`](Self::file_rules_of_name) ask for.
    pub fn folders_of_file_rules(&self, name: &[u8]) -> Vec<Folder<'_>> {
        let folders = self.file_rules.folders_of_name(name).into_iter();
        folders
            .filter(|(rule, _)| self.rules.is_enabled(*rule))
            .map(|(_, folder)| folder)
            .collect()
    }

    /// Whether a file of that path holds more than its bytes alone tell: then
    /// [`scan_file`](blob::BlobScanner::scan_file) finds what `scan_bytes` cannot.
    pub fn wants_path(&self, path: &[u8]) -> bool {
        !self.file_rules(path).is_empty()
    }

    /// Every kept match of `rules` in a file of which `head` are the first bytes, at most [`FILE_HEAD`] of them.
    pub fn file_matches(&self, rules: &[RuleIndex], head: &[u8], mut found: impl FnMut(Match)) {
        let head = &head[..head.len().min(FILE_HEAD)];
        for &index in rules {
            let rule = self.rules.get(index);
            if !rule.search.may_be_in(head) {
                continue;
            }
            let Some(pattern) = self.matcher.pattern(&self.rules, index) else {
                continue;
            };
            let mut from = 0;
            while from <= head.len()
                && let Some(whole) = pattern.find_at(head, from)
            {
                // Of an empty match there is no next one behind its end.
                from = whole.end.max(whole.start + 1);
                let secret = pattern.secret(head, &whole);
                let candidate = Candidate {
                    rule: index,
                    anchor: whole.clone(),
                    whole,
                    secret,
                };
                if let Some(verdict) = judge::judge(rule, head, &candidate) {
                    found(Match {
                        candidate,
                        verdict,
                        decoded: None,
                    });
                }
            }
        }
    }

    /// What stands of a blob's matches in the file at `path`: drops those of rules that do not apply there, then lets
    /// the most specific rule win. Doing it twice changes nothing.
    pub fn settle(&self, path: &[u8], mut located: Vec<Located>) -> Vec<Located> {
        let limited = |l: &Located| !self.rules.get(l.rule).paths.is_empty();
        if !located.iter().any(limited) {
            return located;
        }
        located.retain(|l| self.rules.get(l.rule).applies(path));
        self.resolve(&mut located);
        located
    }

    /// Lets the most specific rule win.
    fn resolve(&self, located: &mut Vec<Located>) {
        overlap::resolve(located, |l| Claim {
            specificity: self
                .rules
                .get(l.rule)
                .specificity_of_match(l.group.is_some()),
            confidence: l.verdict.confidence,
            secret: l.bytes.clone(),
            explained: l.explained,
            rule: l.rule,
            group: l.group,
        });
    }

    /// Lets the most specific rule win among matches whose path is not known yet. A rule that may turn out not to apply
    /// takes no other's place: [`settle`](Self::settle) decides between them.
    pub(super) fn resolve_without_path(&self, located: Vec<Located>) -> Vec<Located> {
        let (limited, mut everywhere): (Vec<_>, Vec<_>) = located
            .into_iter()
            .partition(|l| !self.rules.get(l.rule).paths.is_empty());
        self.resolve(&mut everywhere);
        if !limited.is_empty() {
            everywhere.extend(limited);
            everywhere.sort_by_key(|l| (l.bytes.start, l.bytes.end, l.rule));
        }
        everywhere
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::blob::BlobScanner;
    use super::*;
    use crate::rule::spec::RuleSpec;
    use crate::rule::{RuleSet, load};

    #[derive(serde::Deserialize)]
    struct Rules {
        rule: Vec<RuleSpec>,
    }

    /// A rule for everywhere, one of the same values at some paths, and one without anchors.
    const RULES: &str = r#"
[[rule]]
id = "wide"
summary = "anywhere"
severity = "low"
literals = ["acme_"]
pattern = 'acme_[0-9a-z]{12}'

[[rule]]
id = "narrow"
summary = "in dumps"
severity = "high"
literals = ["acme_"]
paths = ["*.dump"]
pattern = 'acme_[0-9a-z]{12}'

[[rule]]
id = "bare"
summary = "alone in its file"
severity = "high"
paths = ["**/acme.key"]
pattern = '\A(?P<secret>[0-9a-z]{20})\s*\z'
"#;

    fn detector() -> Detector {
        let parsed: Rules = toml::from_str(RULES).expect("TOML");
        let loaded = load::rules(
            &parsed.rule,
            &load::custom_provider(),
            RULES,
            &mut BTreeSet::new(),
        );
        assert_eq!(loaded.problems, []);
        Detector::new(RuleSet::with_custom(loaded.rules).expect("rules"))
    }

    fn ids(detector: &Detector, located: &[Located]) -> Vec<String> {
        let id = |l: &Located| detector.rules().get(l.rule).id.to_string();
        located.iter().map(id).collect()
    }

    #[test]
    fn a_rule_that_may_not_apply_takes_no_other_ones_place() {
        let detector = detector();
        let mut scanner = BlobScanner::new(&detector);
        let text = b"key acme_k3v9x2q7m1p8 end";
        let unplaced = scanner.scan_bytes(text).matches;
        assert_eq!(ids(&detector, &unplaced).len(), 2);
        let settled = |path: &[u8]| ids(&detector, &detector.settle(path, unplaced.clone()));
        assert_eq!(settled(b"a/notes.txt"), ["wide"]);
        assert_eq!(settled(b"a/users.DUMP"), ["narrow"]);
        for path in [&b"a/notes.txt"[..], b"a/users.dump"] {
            let direct = scanner.scan_file(path, text).matches;
            assert_eq!(
                ids(&detector, &direct),
                ids(&detector, &detector.settle(path, direct.clone()))
            );
            assert_eq!(ids(&detector, &direct).len(), 1);
        }
    }

    #[test]
    fn file_rules_see_their_files_only_whole_or_as_a_stream() {
        let detector = detector();
        let mut scanner = BlobScanner::new(&detector);
        let text = b"k3v9x2q7m1p8w4z6t5r0\n";
        assert!(detector.wants_path(b"etc/ACME.key") && !detector.wants_path(b"acme.keys"));
        for (path, expected) in [(&b"etc/acme.key"[..], 1), (b"acme.txt", 0)] {
            let whole = scanner.scan_file(path, text).matches;
            let streamed = scanner
                .scan_file_reader(path, &text[..])
                .expect("no error")
                .matches;
            assert_eq!(whole.len(), expected);
            assert_eq!(ids(&detector, &whole), ids(&detector, &streamed));
        }
        assert!(scanner.scan_bytes(text).matches.is_empty());
    }

    #[test]
    fn a_text_in_utf16_is_read_as_text() {
        let detector = detector();
        let mut scanner = BlobScanner::new(&detector);
        let text: Vec<u8> = "\u{feff}k3v9x2q7m1p8w4z6t5r0\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(scanner.scan_file(b"acme.key", &text).matches.len(), 1);
    }
}
