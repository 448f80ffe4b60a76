//! Parts that no rule finds: client ids, account names, hosts, values that mean nothing alone. Looked for in the text around a secret whose rule names
//! them, and nowhere else.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use regex::bytes::Regex;

use crate::detect::compile_pattern;
use crate::detect::judge::placeholder;
use crate::rule::{Part, PartSource, Rule, RuleIndex};

/// Values of one part that are considered for one secret.
const MOST: usize = 16;
/// Bytes that a part and its name may take beyond the distance that its rule allows.
pub(in crate::detect) const LENGTH: usize = 512;

/// The patterns of parts, each compiled when it is first needed.
#[derive(Debug, Default)]
pub(in crate::detect) struct PartPatterns(RwLock<HashMap<RuleIndex, Arc<[Option<Regex>]>>>);

impl PartPatterns {
    fn of(&self, index: RuleIndex, rule: &Rule) -> Arc<[Option<Regex>]> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(patterns) = known.get(&index) {
            return Arc::clone(patterns);
        }
        drop(known);
        let patterns: Arc<[Option<Regex>]> = rule
            .parts
            .iter()
            .map(|part| match &part.source {
                // A user's are compiled when they are loaded, the built-in ones by the tests.
                PartSource::Text(expression) => compile_pattern(expression).ok(),
                PartSource::Rules(_) => None,
            })
            .collect();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(index).or_insert(patterns))
    }

    /// Calls `found` with the number of the part and the place of each value around a secret that may be one.
    pub(in crate::detect) fn around(
        &self,
        index: RuleIndex,
        rule: &Rule,
        text: &[u8],
        secret: &Range<usize>,
        mut found: impl FnMut(u8, &Part, Range<usize>),
    ) {
        let patterns = self.of(index, rule);
        for ((number, part), pattern) in (0_u8..).zip(&rule.parts).zip(patterns.iter()) {
            let Some(pattern) = pattern else { continue };
            let within = part.within as usize;
            let start = secret.start.saturating_sub(within + LENGTH);
            let end = secret.end.saturating_add(within + LENGTH).min(text.len());
            let values = pattern
                .captures_iter(&text[start..end])
                .filter_map(|groups| groups.name("part").map(|part| part.range()));
            values
                .map(|value| value.start + start..value.end + start)
                .filter(|value| {
                    let before = secret.start.checked_sub(value.end);
                    let gap = before.or(value.start.checked_sub(secret.end));
                    gap.is_some_and(|gap| gap <= within)
                })
                .filter(|value| is_whole(text, value) && is_meant(&text[value.clone()]))
                .take(MOST)
                .for_each(|value| found(number, part, value));
        }
    }
}

/// Whether nothing beside a value continues it.
fn is_whole(text: &[u8], value: &Range<usize>) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let first = text.get(value.start);
    let last = value.end.checked_sub(1).and_then(|at| text.get(at));
    let before = value.start.checked_sub(1).and_then(|at| text.get(at));
    let behind = text.get(value.end);
    !(word(first) && word(before) || word(last) && word(behind))
}

/// Whether it is a value and does not only stand for one.
fn is_meant(value: &[u8]) -> bool {
    !value.is_empty()
        && placeholder::reason(value, 0).is_none()
        && !placeholder::is_reference(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn every_built_in_part_compiles_and_names_its_group() {
        let mut parts = 0;
        for (_, rule) in RuleSet::built_in().iter() {
            for part in &rule.parts {
                if let PartSource::Text(expression) = &part.source {
                    let pattern = compile_pattern(expression)
                        .unwrap_or_else(|error| panic!("{}: {error}", rule.id));
                    assert!(
                        pattern.capture_names().any(|n| n == Some("part")),
                        "{}",
                        rule.id
                    );
                    parts += 1;
                }
            }
        }
        assert!(parts > 100, "{parts}");
    }

    /// The values found around `SECRET` in a text.
    fn around(expression: &str, within: u32, text: &str) -> Vec<String> {
        let rules = RuleSet::built_in();
        let (index, rule) = rules.iter().next().expect("a rule");
        let mut rule = rule.clone();
        rule.parts = vec![Part {
            name: "id".into(),
            source: PartSource::Text(expression.to_owned().into()),
            secret: false,
            shared: false,
            within,
        }];
        let start = text.find("SECRET").expect("the secret");
        let mut found = Vec::new();
        PartPatterns::default().around(
            index,
            &rule,
            text.as_bytes(),
            &(start..start + "SECRET".len()),
            |_, _, value| found.push(text[value].to_owned()),
        );
        found
    }

    #[test]
    fn only_whole_values_that_are_meant_and_near_enough() {
        let id = "(?P<part>ak[0-9]{4})";
        assert_eq!(around(id, 20, "ak4071 SECRET ak9352"), ["ak4071", "ak9352"]);
        assert_eq!(
            around(id, 20, "xak4071 SECRET ak93521"),
            Vec::<String>::new()
        );
        assert_eq!(around(id, 3, "ak4071    SECRET   ak9352"), ["ak9352"]);
        assert_eq!(
            around("id=(?P<part>[a-z_]+)", 20, "id=your_id SECRET"),
            Vec::<String>::new()
        );
        assert_eq!(
            around("(?P<part>[A-Z]+)", 20, "SECRET"),
            Vec::<String>::new()
        );
    }
}
