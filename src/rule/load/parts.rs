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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::rule::load::{self, custom_provider};

    const RULE: &str = "[[rule]]\nid = \"acme-secret\"\nsummary = \"Acme secret\"\nseverity = \"high\"\n\
                        literals = [\"acmes_\"]\npattern = 'acmes_[a-z]{20}'\n\n[[rule.part]]\n";

    #[derive(serde::Deserialize)]
    struct Rules {
        rule: Vec<RuleSpec>,
    }

    /// What is said of a rule with a part of that description.
    fn shown(part: &str) -> String {
        let source = format!("{RULE}{part}\n");
        let parsed: Rules = toml::from_str(&source).expect("TOML");
        let mut taken = BTreeSet::from(["acme-id".to_owned()]);
        let mut problems =
            load::rules(&parsed.rule, &custom_provider(), &source, &mut taken).problems;
        problems.extend(unknown_parts(&parsed.rule, &taken));
        let diagnostics: Vec<Diagnostic> = problems
            .into_iter()
            .map(|p| Diagnostic::at("acme.toml", &source, p.span, p.message).with_help(p.help))
            .collect();
        crate::diagnostic::render(&diagnostics)
    }

    fn loaded(part: &str) -> Part {
        let source = format!("{RULE}{part}\n");
        let parsed: Rules = toml::from_str(&source).expect("TOML");
        let loaded = load::rules(
            &parsed.rule,
            &custom_provider(),
            &source,
            &mut BTreeSet::new(),
        );
        assert_eq!(loaded.problems, []);
        loaded.rules[0].parts[0].clone()
    }

    #[test]
    fn what_rules_find_is_secret_unless_the_part_says_no() {
        assert!(loaded("name = \"key\"\nrules = [\"acme-id\"]").secret);
        assert!(!loaded("name = \"key id\"\nrules = [\"acme-id\"]\nsecret = false").secret);
        assert!(!loaded("name = \"key id\"\npattern = '(?P<part>ak_[0-9]{9})'").secret);
        assert!(
            loaded("name = \"pin\"\nnames = [\"pin\"]\nvalue = '[0-9]{9}'\nsecret = true").secret
        );
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let part =
            loaded("name = \"client id\"\nnames = [\"client_id\", \"app_id\"]\nvalue = '[0-9]{8}'");
        let PartSource::Text(expression) = &part.source else {
            panic!("a pattern");
        };
        let pattern = compile_pattern(expression).expect("compiles");
        for text in [
            "CLIENT_ID=40712395",
            "\"clientId\": \"40712395\"",
            "acme.client-id: 40712395",
            "<client_id>40712395</client_id>",
            "- name: ACME_CLIENT_ID\n  value: \"40712395\"",
            "{\"name\": \"APP_ID\", \"value\": \"40712395\"}",
            "variable \"app_id\" {\n  default = \"40712395\"",
            "--client-id 40712395",
        ] {
            let found = pattern
                .captures(text.as_bytes())
                .and_then(|g| g.name("part"));
            assert_eq!(
                found.map(|part| part.as_bytes()),
                Some(&b"40712395"[..]),
                "{text}"
            );
        }
        assert!(!pattern.is_match(b"CLIENT_IDS=40712395"));
    }

    #[test]
    fn what_is_wrong_with_a_part_is_said_where_it_stands() {
        for (part, expected) in [
            ("name = \"id\"", "a part is found in one way"),
            (
                "name = \"id\"\nrules = [\"acme-id\"]\npattern = '(?P<part>x{9})'",
                "a part is found in one way",
            ),
            (
                "name = \"id\"\nnames = [\"client_id\"]",
                "`names` and `value` belong together",
            ),
            (
                "name = \" \"\nrules = [\"acme-id\"]",
                "a part without a name",
            ),
            ("name = \"id\"\npattern = 'x{9}'", "which of it is the part"),
            (
                "name = \"id\"\nnames = [\"Client ID\"]\nvalue = 'x{9}'",
                "no name of a part",
            ),
            (
                "name = \"id\"\nrules = [\"acme-secret\"]",
                "the rule is a part of itself",
            ),
            (
                "name = \"id\"\nrules = [\"acme-id\"]\nwithin = 5000",
                "`within` is out of bounds",
            ),
            (
                "name = \"id\"\nnames = [\"id\"]\nvalue = '[0-9'",
                "the pattern does not compile",
            ),
            (
                "name = \"id\"\nnames = [\"id\"]\nvalue = '[0-9]*'",
                "can match the empty string",
            ),
        ] {
            let shown = shown(part);
            assert!(shown.contains(expected), "{part}: {shown}");
        }
        assert_eq!(
            shown("name = \"key id\"\nrules = [\"acme-ids\"]"),
            "error: no rule `acme-ids`
  --> acme.toml:10:10
   |
10 | rules = [\"acme-ids\"]
   |          ^^^^^^^^^^
   = help: is it `acme-id`?"
        );
        let many: Vec<String> = vec!["name = \"id\"\nrules = [\"acme-id\"]".to_owned(); 9];
        assert!(shown(&many.join("\n[[rule.part]]\n")).contains("more than 8 parts"));
    }
}
