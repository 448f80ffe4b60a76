//! Runs a rule's search near each of its literals.
//!
//! A search sees at most `radius` bytes on both sides of its anchor, so that a match is a function of a bounded
//! neighbourhood: streaming and incremental scans rest on that. Patterns compile on their rule's first hit.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::Candidate;
use super::binding::Binding;
use super::decode::anchors;
use super::judge::practice;
use super::literals::Literals;
use super::named::NamedSearch;
use super::pattern::Pattern;
use super::prefilter::Hit;
use crate::rule::{Rule, RuleIndex, RuleSet, Search};

/// The literals of a rule set and the searches behind them.
#[derive(Debug)]
pub(super) struct Matcher {
    literals: Arc<Literals>,
    /// Boxed, because a scan runs few of them and a start pays for each place.
    searches: Vec<OnceLock<Box<Ready>>>,
}

/// What stands at a hit.
#[derive(Debug)]
pub(super) enum Sighting {
    /// What may be a credential.
    Candidate(Candidate),
    /// What is kept as it should be.
    Kept(practice::Kept),
}

/// A rule's search, made ready to run.
#[derive(Debug)]
enum Ready {
    /// The pattern matches at the anchor or not at all.
    AtAnchor(Pattern),
    Near(Pattern),
    Named(NamedSearch),
    Binding,
    Sops,
}

impl Matcher {
    pub(super) fn new(rules: &RuleSet) -> Self {
        Self {
            literals: Arc::new(Literals::of(rules)),
            searches: unmade(rules.len()),
        }
    }

    /// The same literals, and no search made ready yet.
    pub(super) fn afresh(&self) -> Self {
        Self {
            literals: Arc::clone(&self.literals),
            searches: unmade(self.searches.len()),
        }
    }

    /// The pattern of a rule that has one.
    pub(super) fn pattern(&self, rules: &RuleSet, index: RuleIndex) -> Option<&Pattern> {
        let search = self.searches[index.get()].get_or_init(|| Box::new(ready(rules.get(index))));
        match &**search {
            Ready::AtAnchor(pattern) | Ready::Near(pattern) => Some(pattern),
            Ready::Named(_) | Ready::Binding | Ready::Sops => None,
        }
    }

    /// The literals.
    pub(super) fn literals(&self) -> &Literals {
        &self.literals
    }

    /// Calls `found` for each candidate that the rules of one literal have where it stands, and for what is kept well there.
    pub(super) fn at_hit(
        &self,
        rules: &RuleSet,
        text: &[u8],
        hit: Hit,
        mut found: impl FnMut(Sighting),
    ) {
        let (length, owners) = self.literals.get(hit.literal);
        let anchor = hit.start..hit.start + length;
        let mut found_candidate = |candidate| found(Sighting::Candidate(candidate));
        for &owner in owners.iter().take_while(|o| **o < anchors::FIRST_OWNER) {
            let index = RuleIndex::from_raw(owner);
            if rules.is_enabled(index) {
                self.at_anchor(rules, index, text, anchor.clone(), &mut found_candidate);
            }
        }
        // It has the largest number.
        if owners.last() == Some(&practice::anchor::OWNER)
            && let Some(kept) = practice::at(text, &anchor)
        {
            found(Sighting::Kept(kept));
        }
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
        let radius = rule.radius as usize;
        let end = anchor.end.saturating_add(radius).min(text.len());
        let start = match rule.search {
            Search::Pattern {
                at_anchor: true, ..
            } => anchor.start,
            _ => anchor.start.saturating_sub(radius),
        };
        if !rule.search.may_be_in(&text[start..end]) {
            return;
        }
        match &**self.searches[index.get()].get_or_init(|| Box::new(ready(rule))) {
            Ready::AtAnchor(pattern) => {
                let window = &text[anchor.start..end];
                if let Some(whole) = pattern.find_at(window, 0) {
                    let secret = pattern.secret(window, &whole);
                    let shift = anchor.start;
                    found(Candidate {
                        rule: index,
                        anchor,
                        whole: whole.start + shift..whole.end + shift,
                        secret: secret.start + shift..secret.end + shift,
                    });
                }
            }
            Ready::Near(pattern) => {
                let window = &text[..end];
                let mut from = start;
                while let Some(whole) = pattern.find_at(window, from) {
                    if whole.start >= anchor.end {
                        break;
                    }
                    from = whole.end.max(from + 1);
                    if whole.end > anchor.start {
                        found(Candidate {
                            rule: index,
                            anchor: anchor.clone(),
                            secret: pattern.secret(window, &whole),
                            whole,
                        });
                    }
                    if from >= anchor.end {
                        break;
                    }
                }
            }
            Ready::Binding => {
                let near = Binding::near(text, &anchor, radius);
                if let Some(binding) = near.filter(|binding| binding.kind.rule() == rule.id) {
                    found(Candidate {
                        rule: index,
                        anchor,
                        whole: binding.whole(),
                        secret: binding.value,
                    });
                }
            }
            Ready::Sops => {
                let start = anchor.start.saturating_sub(radius);
                let near = anchor.start - start..anchor.end - start;
                practice::sops::in_the_clear(&text[start..end], &near, start > 0, |value| {
                    let value = value.start + start..value.end + start;
                    found(Candidate {
                        rule: index,
                        anchor: anchor.clone(),
                        whole: value.clone(),
                        secret: value,
                    });
                });
            }
            Ready::Named(search) => {
                let start = anchor.start.saturating_sub(radius);
                let near = anchor.start - start..anchor.end - start;
                search.values(&text[start..end], near, |named| {
                    found(Candidate {
                        rule: index,
                        anchor: anchor.clone(),
                        whole: named.whole.start + start..named.whole.end + start,
                        secret: named.value.start + start..named.value.end + start,
                    });
                });
            }
        }
    }
}

fn unmade(count: usize) -> Vec<OnceLock<Box<Ready>>> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

fn ready(rule: &Rule) -> Ready {
    match &rule.search {
        Search::Pattern {
            expression,
            at_anchor: true,
            ..
        } => Ready::AtAnchor(Pattern::new(expression, true)),
        Search::Pattern { expression, .. } => Ready::Near(Pattern::new(expression, false)),
        Search::Named(named) => Ready::Named(NamedSearch::of(named)),
        Search::Binding => Ready::Binding,
        Search::Sops => Ready::Sops,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_built_in_rules_are_settled_by_one_anchored_attempt() {
        let rules = RuleSet::built_in();
        let slow: Vec<&str> = rules
            .iter()
            .filter(|(_, rule)| {
                matches!(
                    rule.search,
                    Search::Pattern {
                        at_anchor: false,
                        ..
                    }
                )
            })
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
