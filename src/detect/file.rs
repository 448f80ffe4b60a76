//! Files that are known by their path: rules without anchors, and rules that apply at some paths only.
//!
//! Everything here is a function of a path and of the bytes of the file, so that a source that finds matches first and
//! learns the paths of a blob later asks the same questions.

use super::blob::{self, Claim, Located};
use super::{Candidate, Detector, Match, judge};
use crate::rule::RuleIndex;

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
            for groups in self.matcher.pattern(&self.rules, index).captures_iter(head) {
                let whole = groups.get_match().range();
                let secret = groups.name("secret").map_or(whole.clone(), |m| m.range());
                let candidate = Candidate {
                    rule: index,
                    anchor: whole.clone(),
                    whole,
                    secret,
                };
                if let Some(verdict) = judge::judge(rule, head, &candidate) {
                    found(Match { candidate, verdict });
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
        blob::resolve(located, |l| Claim {
            specificity: self.rules.get(l.rule).specificity(),
            confidence: l.verdict.confidence,
            secret: l.bytes.clone(),
            explained: l.explained,
            rule: l.rule,
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
