//! Runs a rule's pattern near each of its literals.
//!
//! A pattern sees at most `radius` bytes on both sides of its anchor, so that a match is a function of a bounded
//! neighbourhood: streaming and incremental scans rest on that. Patterns compile on their rule's first hit.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::Candidate;
use super::literals::Literals;
use crate::rule::{Rule, RuleIndex, RuleSet};

/// A compiled pattern.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    /// Whether every match starts with the anchor itself, so that one anchored attempt settles it.
    at_anchor: bool,
}

/// The literals of a rule set and the patterns behind them.
#[derive(Debug)]
pub(super) struct Matcher {
    literals: Literals,
    patterns: Vec<OnceLock<Pattern>>,
}

impl Matcher {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let patterns = std::iter::repeat_with(OnceLock::new)
            .take(rules.len())
            .collect();
        Self {
            literals: Literals::of(rules),
            patterns,
        }
    }

    /// Calls `found` for each candidate whose anchor starts within `core`.
    pub(super) fn candidates(
        &self,
        rules: &RuleSet,
        text: &[u8],
        core: Range<usize>,
        mut found: impl FnMut(Candidate),
    ) {
        // The same value is often reached from several anchors (`secret_token = …`); one candidate is enough.
        let mut recent: [(u16, Range<usize>); 8] = std::array::from_fn(|_| (u16::MAX, 0..0));
        let mut next = 0;
        let mut visit = |owners: &[u16], anchor: Range<usize>| {
            for &owner in owners {
                let index = RuleIndex::from_raw(owner);
                if !rules.is_enabled(index) {
                    continue;
                }
                self.at_anchor(rules, index, text, anchor.clone(), |candidate| {
                    let key = (owner, candidate.secret.clone());
                    if !recent.contains(&key) {
                        recent[next % recent.len()] = key;
                        next += 1;
                        found(candidate);
                    }
                });
            }
        };
        self.literals.scan_range(text, core, &mut visit);
    }

    fn at_anchor(
        &self,
        rules: &RuleSet,
        index: RuleIndex,
        text: &[u8],
        anchor: Range<usize>,
        mut found: impl FnMut(Candidate),
    ) {
        let rule = rules.get(index);
        let pattern = self.patterns[index.get()].get_or_init(|| Pattern::of(rule));
        let radius = rule.radius as usize;
        let end = anchor.end.saturating_add(radius).min(text.len());
        if pattern.at_anchor {
            let window = &text[anchor.start..end];
            if let Some(groups) = pattern.regex.captures(window) {
                found(candidate(index, &groups, anchor.start, anchor));
            }
            return;
        }
        let start = anchor.start.saturating_sub(radius);
        let window = &text[..end];
        let mut from = start;
        while let Some(groups) = pattern.regex.captures_at(window, from) {
            let whole = groups.get_match().range();
            if whole.start >= anchor.end {
                break;
            }
            if whole.end > anchor.start {
                found(candidate(index, &groups, 0, anchor.clone()));
            }
            from = whole.end.max(from + 1);
            if from >= anchor.end {
                break;
            }
        }
    }
}

fn candidate(
    rule: RuleIndex,
    groups: &regex::bytes::Captures<'_>,
    shift: usize,
    anchor: Range<usize>,
) -> Candidate {
    let whole = groups.get_match().range();
    let secret = groups.name("secret").map_or(whole.clone(), |m| m.range());
    Candidate {
        rule,
        anchor,
        whole: whole.start + shift..whole.end + shift,
        secret: secret.start + shift..secret.end + shift,
    }
}

impl Pattern {
    fn of(rule: &Rule) -> Self {
        let at_anchor = starts_with_anchor(rule);
        let source = if at_anchor {
            format!("^(?:{})", rule.pattern)
        } else {
            rule.pattern.to_string()
        };
        match compile(&source) {
            Ok(regex) => Self { regex, at_anchor },
            // Users' patterns are compiled when they are loaded and the built-in ones by the tests.
            Err(error) => unreachable!("pattern of {}: {error}", rule.id),
        }
    }
}

/// Compiles a pattern as rules use it: over bytes, ASCII classes, bounded size.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(4 << 20)
        .dfa_size_limit(4 << 20)
        .build()
}

/// Whether every match of the rule's pattern begins with one of its anchors, so that it can start nowhere but at a
/// hit. Judged by the literal prefixes that regex-syntax extracts from the pattern.
fn starts_with_anchor(rule: &Rule) -> bool {
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(&rule.pattern);
    let Ok(hir) = parsed else {
        return false;
    };
    let mut extractor = regex_syntax::hir::literal::Extractor::new();
    extractor.limit_total(1024).limit_class(16);
    let prefixes = extractor.extract(&hir);
    let Some(prefixes) = prefixes.literals() else {
        return false;
    };
    let anchors: Vec<(Vec<u8>, bool)> = rule
        .literals
        .iter()
        .map(|literal| (literal.as_bytes().to_vec(), false))
        .chain(
            rule.words
                .iter()
                .map(|word| (word.to_ascii_lowercase().into_bytes(), true)),
        )
        .collect();
    !prefixes.is_empty()
        && prefixes.iter().all(|prefix| {
            let exact = prefix.as_bytes();
            let folded = exact.to_ascii_lowercase();
            anchors.iter().any(|(anchor, ignore_case)| {
                let prefix = if *ignore_case { &folded[..] } else { exact };
                prefix.starts_with(anchor)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pattern_compiles() {
        for (_, rule) in RuleSet::built_in().iter() {
            if let Err(error) = compile(&rule.pattern) {
                panic!("{}: {error}", rule.id);
            }
        }
    }

    #[test]
    fn most_built_in_rules_are_settled_by_one_anchored_attempt() {
        let rules = RuleSet::built_in();
        let slow: Vec<&str> = rules
            .iter()
            .filter(|(_, rule)| !starts_with_anchor(rule))
            .map(|(_, rule)| rule.id.as_ref())
            .collect();
        assert!(
            slow.len() * 2 < rules.len(),
            "{} of {}: {slow:?}",
            slow.len(),
            rules.len()
        );
    }
}
