//! The parts of credentials that `[[rule.part]]` tables describe, and what is wrong with them.

use std::collections::BTreeSet;

use toml::Spanned;

use super::{expression_problem, list_of, regex_problem, text};
use crate::detect::compile_pattern;
use crate::rule::part::PartSpec;
use crate::rule::spec::{Problem, RuleSpec};
use crate::rule::{Part, PartSource, nearest};

/// The part that a table without a problem describes.
pub(super) fn part(spec: &PartSpec) -> Part {
    let source = match spec.expression() {
        Some(expression) => PartSource::Text(expression.into()),
        None => PartSource::Rules(list_of(&spec.rules)),
    };
    Part {
        name: text(spec.name.get_ref()),
        source,
        secret: spec.is_secret(),
        shared: spec.shared,
        within: spec.within(),
    }
}

/// What is wrong with the regular expressions of a part.
pub(super) fn problem(spec: &PartSpec, source: &str) -> Option<Problem> {
    let written: &Spanned<String> = spec.pattern.as_ref().or(spec.value.as_ref())?;
    let known = match &spec.pattern {
        Some(pattern) => {
            let same = pattern
                .get_ref()
                .find("(?&")
                .unwrap_or(pattern.get_ref().len());
            regex_problem(&spec.expression()?, pattern, same, source)
        }
        None => expression_problem(written, source),
    };
    known.or_else(|| {
        let error = compile_pattern(&spec.expression()?).err()?;
        Some(Problem {
            span: written.span(),
            message: format!("the pattern does not compile: {}", super::one_line(&error)),
            help: "make it smaller, and do not end it with a comment".to_owned(),
        })
    })
}

/// The parts that rules are to find which are not among the `known` ones.
pub fn unknown_parts<'s>(
    specs: impl IntoIterator<Item = &'s RuleSpec>,
    known: &BTreeSet<String>,
) -> Vec<Problem> {
    let asked = specs
        .into_iter()
        .flat_map(|spec| &spec.part)
        .flat_map(|part| &part.rules);
    asked
        .filter(|rule| !known.contains(rule.get_ref()))
        .map(|rule| Problem {
            span: rule.span(),
            message: format!("no rule `{}`", rule.get_ref().escape_debug()),
            help: match nearest(rule.get_ref(), known.iter().map(String::as_str)) {
                Some(near) => format!("is it `{near}`?"),
                None => "a part is found by a rule, or give its `pattern`".to_owned(),
            },
        })
        .collect()
}
