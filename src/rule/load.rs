//! Makes rules of `[[rule]]` tables that were read while Keyward runs: a user's own, and files under check.
//!
//! The counterpart of `build.rs`, with the checks that need compiled patterns. Every rule that comes out of here can
//! be run. Reads no files: it gets parsed tables and the text they came from.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use regex_syntax::ParserBuilder;
use toml::Spanned;

mod parts;

use super::anchor;
use super::need;
use super::paths::covers;
use super::spec::{GuidanceSpec, Problem, ProviderSpec, RuleSpec, expand_pattern};
use super::{BINDING, Guidance, List, Named, Provider, Rule, SOPS, Search, Text, nearest};
use crate::detect::compile_pattern;
use crate::detect::judge::checksum;
pub use parts::unknown_parts;

/// The rules of one file that can be used, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The rules without a problem.
    pub rules: Vec<Rule>,
    /// Everything that is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// The provider that a file's `[provider]` table describes.
pub fn provider(spec: &ProviderSpec) -> Provider {
    Provider {
        id: text(spec.id.get_ref()),
        name: text(&spec.name),
        generic: spec.generic,
        guidance: Guidance {
            console: option(spec.console.as_ref()),
            documentation: option(spec.documentation.as_ref()),
            rotate: list(&spec.rotate),
            revoke: Some(text(&spec.revoke)),
            last_used: option(spec.last_used.as_ref()),
            least_privilege: option(spec.least_privilege.as_ref()),
            storage: option(spec.storage.as_ref()),
            expiry: option(spec.expiry.as_ref()),
            checked: Some(text(&spec.checked)),
        },
    }
}

/// The provider of rules that stand in a file without a `[provider]` table.
pub fn custom_provider() -> Provider {
    Provider {
        id: Cow::Borrowed("custom"),
        name: Cow::Borrowed("a service of your own"),
        generic: false,
        guidance: Guidance::default(),
    }
}

/// Makes rules of the tables of one file whose whole text is `source`. Ids in `taken` are refused; those of the
/// rules that are made are added to it.
pub fn rules(
    specs: &[RuleSpec],
    provider: &Provider,
    source: &str,
    taken: &mut BTreeSet<String>,
) -> Loaded {
    let mut loaded = Loaded::default();
    for spec in specs {
        let mut problems = problems(spec, source);
        if taken.contains(spec.id.get_ref()) {
            problems.push(Problem {
                span: spec.id.span(),
                message: format!("rule id `{}` is taken", spec.id.get_ref().escape_debug()),
                help: "ids are unique among all rules, built-in ones included: choose another"
                    .to_owned(),
            });
        }
        if problems.is_empty() {
            taken.insert(spec.id.get_ref().clone());
            loaded.rules.push(rule(spec, provider));
        }
        loaded.problems.append(&mut problems);
    }
    loaded.problems.sort_by_key(|problem| problem.span.start);
    loaded
}

fn rule(spec: &RuleSpec, provider: &Provider) -> Rule {
    Rule {
        id: text(spec.id.get_ref()),
        provider: Cow::Owned(provider.clone()),
        summary: text(&spec.summary),
        severity: spec.severity,
        confidence: spec.confidence(),
        literals: list_of(&spec.literals),
        words: list_of(&spec.words),
        paths: list_of(&spec.paths),
        whole_file: spec.whole_file,
        generic: spec.generic,
        chosen: spec.chosen,
        stored: spec.stored,
        search: search(spec),
        checksum: spec.checksum.as_ref().map(|name| text(name.get_ref())),
        entropy: spec.entropy,
        context: list(&spec.context),
        parts: spec.part.iter().map(parts::part).collect(),
        boundary: spec.boundary,
        radius: spec.radius(),
        found: list(&spec.examples.found),
        ignored: list(&spec.examples.ignored),
        paired: list(&spec.examples.paired),
        example_path: option(spec.examples.path.as_ref()),
        own_guidance: guidance(&spec.guidance),
    }
}

/// The `named` of a rule, or else its pattern: a rule without a problem has one of them.
fn search(spec: &RuleSpec) -> Search {
    if let Some(named) = &spec.named {
        return Search::Named(Named {
            values: list_of(&named.value),
            credential: list_of(&named.credential),
        });
    }
    let written = spec.pattern.as_ref().map(|p| p.get_ref().as_str());
    let expression = expand_pattern(written.unwrap_or_default());
    let at_anchor = anchor::starts_every_match(
        &expression,
        spec.literals.iter().map(|l| l.get_ref().as_str()),
        spec.words.iter().map(|w| w.get_ref().as_str()),
    );
    let needs = need::Run::of_pattern(&expression);
    Search::written(Cow::Owned(expression), at_anchor, needs)
}

fn guidance(spec: &GuidanceSpec) -> Guidance {
    Guidance {
        console: option(spec.console.as_ref()),
        documentation: option(spec.documentation.as_ref()),
        rotate: list(&spec.rotate),
        revoke: option(spec.revoke.as_ref()),
        last_used: option(spec.last_used.as_ref()),
        least_privilege: option(spec.least_privilege.as_ref()),
        storage: option(spec.storage.as_ref()),
        expiry: option(spec.expiry.as_ref()),
        checked: option(spec.checked.as_ref()),
    }
}

fn text(value: &str) -> Text {
    Cow::Owned(value.to_owned())
}

fn option(value: Option<&String>) -> Option<Text> {
    value.map(|v| text(v))
}

fn list(values: &[String]) -> List {
    Cow::Owned(values.iter().map(|v| text(v)).collect())
}

fn list_of(values: &[Spanned<String>]) -> List {
    Cow::Owned(values.iter().map(|v| text(v.get_ref())).collect())
}

/// Everything that can be said against a rule on its own.
fn problems(spec: &RuleSpec, source: &str) -> Vec<Problem> {
    let mut found = spec.problems();
    if let Some(pattern) = &spec.pattern {
        found.extend(pattern_problem(pattern, source));
    }
    found.extend(
        spec.part
            .iter()
            .filter_map(|part| parts::problem(part, source)),
    );
    if let Some(name) = &spec.checksum
        && checksum::by_name(name.get_ref()).is_none()
    {
        found.push(unknown_checksum(name));
    }
    if spec
        .entropy
        .is_some_and(|bits| !(0.0..=8.0).contains(&bits))
    {
        found.push(Problem {
            span: spec.id.span(),
            message: "`entropy` is out of bounds".to_owned(),
            help: "bits per character: 0 to 8, for most secrets about 3".to_owned(),
        });
    }
    found.extend(example_path_problem(spec));
    if spec.summary.trim().is_empty() {
        found.push(Problem {
            span: spec.id.span(),
            message: "`summary` is empty".to_owned(),
            help: "name the credential: it stands in every report".to_owned(),
        });
    }
    if spec.context.iter().any(String::is_empty) {
        found.push(Problem {
            span: spec.id.span(),
            message: "`context` holds an empty word".to_owned(),
            help: "it would stand near everything: remove it".to_owned(),
        });
    }
    found
}

/// Examples of a rule that rests on the path need one that it applies at; elsewhere they mean nothing.
fn example_path_problem(spec: &RuleSpec) -> Option<Problem> {
    let examples = &spec.examples;
    let lists = [&examples.found, &examples.ignored, &examples.paired];
    if spec.paths.is_empty() || lists.iter().all(|list| list.is_empty()) {
        return None;
    }
    let path = examples.path.as_deref().unwrap_or_default();
    let covered = spec
        .paths
        .iter()
        .any(|glob| covers(glob.get_ref(), path.as_bytes()));
    (!covered).then(|| Problem {
        span: spec.id.span(),
        message: "`examples.path` is not covered by `paths`".to_owned(),
        help: "give the path of a file that the rule applies in".to_owned(),
    })
}

fn unknown_checksum(name: &Spanned<String>) -> Problem {
    let mut known: Vec<&str> = checksum::all().iter().map(|check| check.name).collect();
    known.sort_unstable();
    Problem {
        span: name.span(),
        message: format!("no checksum `{}`", name.get_ref().escape_debug()),
        help: match nearest(name.get_ref(), known.iter().copied()) {
            Some(near) => format!("is it `{near}`?"),
            None => format!("there are: {}", known.join(", ")),
        },
    }
}

/// What is wrong with a rule's pattern.
fn pattern_problem(pattern: &Spanned<String>, source: &str) -> Option<Problem> {
    if [BINDING, SOPS].contains(&pattern.get_ref().as_str()) {
        return None;
    }
    let expanded = expand_pattern(pattern.get_ref());
    // Offsets agree up to the first shorthand only.
    let same = pattern
        .get_ref()
        .find("(?&")
        .unwrap_or(pattern.get_ref().len());
    if let Some(problem) = regex_problem(&expanded, pattern, same, source) {
        return Some(problem);
    }
    // The matcher may anchor a pattern by wrapping it; a verbose pattern's last comment would swallow the end of that.
    compile_pattern(&format!("^(?:{expanded})"))
        .err()
        .map(|error| Problem {
            span: pattern.span(),
            message: format!("the pattern does not compile: {}", one_line(&error)),
            help: "make it smaller, and do not end it with a comment".to_owned(),
        })
}

/// What is wrong with a regular expression of a configuration or rule file: it does not compile, or it matches the
/// empty string and thus everything.
pub(crate) fn expression_problem(expression: &Spanned<String>, source: &str) -> Option<Problem> {
    regex_problem(
        expression.get_ref(),
        expression,
        expression.get_ref().len(),
        source,
    )
}

fn regex_problem(
    expression: &str,
    written: &Spanned<String>,
    same: usize,
    source: &str,
) -> Option<Problem> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let parsed = match parser.parse(expression) {
        Ok(parsed) => parsed,
        Err(error) => {
            let (what, at) = match &error {
                regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
                regex_syntax::Error::Translate(error) => {
                    (error.kind().to_string(), Some(error.span()))
                }
                other => (one_line(other), None),
            };
            let at = at
                .filter(|at| at.end.offset <= same)
                .map(|at| at.start.offset..at.end.offset);
            return Some(Problem {
                span: at
                    .and_then(|at| within(written, &at, source))
                    .unwrap_or_else(|| written.span()),
                message: format!("the pattern does not compile: {what}"),
                help: "the syntax is that of the `regex` crate: no look-around, no back-references"
                    .to_owned(),
            });
        }
    };
    match parsed.properties().minimum_len() {
        Some(0) => Some(Problem {
            span: written.span(),
            message: "the pattern can match the empty string".to_owned(),
            help: "it would match everywhere: ask for at least one character".to_owned(),
        }),
        None => Some(Problem {
            span: written.span(),
            message: "the pattern can never match".to_owned(),
            help: String::new(),
        }),
        Some(_) => compile_pattern(expression).err().map(|error| Problem {
            span: written.span(),
            message: format!("the pattern does not compile: {}", one_line(&error)),
            help: "make it smaller: bounded repetitions multiply".to_owned(),
        }),
    }
}

/// The bytes in the file of a range of a string's value; `None` if the string was written with escapes.
fn within(written: &Spanned<String>, range: &Range<usize>, source: &str) -> Option<Range<usize>> {
    let token = written.span();
    let offset = token.start + source.get(token)?.find(written.get_ref().as_str())?;
    Some(offset + range.start..offset + range.end)
}

fn one_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::rule::Confidence;
    use crate::rule::spec::{DEFAULT_RADIUS, ProviderFile};

    #[derive(serde::Deserialize)]
    struct Rules {
        rule: Vec<RuleSpec>,
    }

    fn load(source: &str) -> Loaded {
        let parsed: Rules = toml::from_str(source).expect("TOML");
        rules(
            &parsed.rule,
            &custom_provider(),
            source,
            &mut BTreeSet::from(["taken-id".to_owned()]),
        )
    }

    fn table(id: &str, rest: &str) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\nsummary = \"Acme key\"\nseverity = \"high\"\nliterals = [\"acme_\"]\n{rest}\n"
        )
    }

    fn shown(source: &str) -> String {
        let problems = load(source).problems;
        let diagnostics: Vec<Diagnostic> = problems
            .into_iter()
            .map(|p| Diagnostic::at("acme.toml", source, p.span, p.message).with_help(p.help))
            .collect();
        crate::diagnostic::render(&diagnostics)
    }

    #[test]
    fn a_rule_gets_the_defaults_of_the_built_in_ones() {
        let loaded = load(&table("acme-key", "pattern = 'acme_(?&name)'"));
        assert_eq!(loaded.problems, []);
        let rule = &loaded.rules[0];
        assert_eq!(rule.confidence, Confidence::High);
        assert_eq!(rule.radius, DEFAULT_RADIUS);
        let Search::Pattern { expression, .. } = &rule.search else {
            panic!("a pattern");
        };
        assert_eq!(expression, r"acme_[0-9A-Za-z_.\-]{0,32}");
        assert_eq!(rule.provider.id, "custom");
    }

    #[test]
    fn a_broken_pattern_is_marked_where_it_breaks() {
        assert_eq!(
            shown(&table("acme-key", "pattern = 'acme_(?P<secret>[a-z]{3}'")),
            "error: the pattern does not compile: unclosed group
 --> acme.toml:6:17
  |
6 | pattern = 'acme_(?P<secret>[a-z]{3}'
  |                 ^
  = help: the syntax is that of the `regex` crate: no look-around, no back-references"
        );
        // Written with escapes, or behind a shorthand: the string as a whole.
        assert!(
            shown(&table("acme-key", r#"pattern = "acme_\\d(""#)).contains("--> acme.toml:6:11")
        );
        assert!(
            shown(&table("acme-key", "pattern = 'acme_(?&assign)('"))
                .contains("--> acme.toml:6:11")
        );
    }

    #[test]
    fn patterns_that_match_nothing_or_everything_are_refused() {
        assert!(
            shown(&table("acme-key", "pattern = '(?:acme_x)*'"))
                .contains("can match the empty string")
        );
        assert!(shown(&table("acme-key", "pattern = 'acme_[a&&b]'")).contains("can never match"));
        assert!(
            shown(&table("acme-key", "pattern = 'acme_(?:[a-z]{1000}){1000}'"))
                .contains("does not compile")
        );
        assert!(
            shown(&table("acme-key", "pattern = '(?x)acme_x # why'"))
                .contains("do not end it with a comment")
        );
    }

    #[test]
    fn taken_ids_and_unknown_checksums_are_refused() {
        let pattern = "pattern = 'acme_x'";
        assert!(shown(&table("taken-id", pattern)).contains("rule id `taken-id` is taken"));
        let twice = table("acme-key", pattern) + &table("acme-key", pattern);
        assert!(shown(&twice).contains("--> acme.toml:8:6"));
        assert_eq!(load(&twice).rules.len(), 1);
        let unknown = table(
            "acme-key",
            "pattern = 'acme_x'\nchecksum = 'no-such-check-at-all'",
        );
        assert!(shown(&unknown).contains("no checksum `no-such-check-at-all`"));
    }

    #[test]
    fn numbers_and_texts_out_of_bounds_are_refused() {
        let shown = shown(&table(
            "acme-key",
            "pattern = 'acme_x'\nentropy = nan\ncontext = [\"\"]",
        ));
        assert!(shown.contains("`entropy` is out of bounds"), "{shown}");
        assert!(shown.contains("`context` holds an empty word"), "{shown}");
    }

    #[test]
    fn shapes_and_words_of_named_values_are_checked() {
        let shown = |named: &str| shown(&table("acme-key", named));
        for (named, expected) in [
            (
                "named = { value = [\"hexes:32\"] }",
                "no character class `hexes`",
            ),
            ("named = { value = [] }", "`named` without a value"),
            (
                "named = { value = [\"alnum:600\"] }",
                "values longer than the rule's radius",
            ),
            (
                "named = { value = [\"hex:32\"], credential = [\"API_KEY\"] }",
                "`API_KEY` is no word",
            ),
            (
                "pattern = 'acme_x'\nnamed = { value = [\"hex:32\"] }",
                "both `pattern` and `named`",
            ),
            ("", "does not say what to look for"),
        ] {
            let shown = shown(named);
            assert!(shown.contains(expected), "{named}: {shown}");
        }
        assert!(shown("named = { value = [\"hexes:32\"] }").contains("--> acme.toml:6:20"));
        let loaded = load(&table("acme-key", "named = { value = [\"hex:32\"] }"));
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.rules[0].confidence, Confidence::Medium);
        assert!(
            loaded.rules[0].specificity()
                < load(&table("acme-key", "pattern = 'acme_x'")).rules[0].specificity()
        );
    }

    #[test]
    fn a_provider_file_keeps_its_guidance() {
        let source = "[provider]\nid = \"acme\"\nname = \"Acme\"\ndocumentation = \"https://acme.example\"\nrotate = [\"Once.\"]\n\
                      revoke = \"Now.\"\nlast_used = \"Nowhere.\"\nleast_privilege = \"None.\"\nchecked = \"2026-11\"\n";
        let file: ProviderFile = toml::from_str(source).expect("TOML");
        let provider = provider(&file.provider);
        assert_eq!(provider.guidance.rotate[0], "Once.");
        assert_eq!(provider.guidance.console, None);
    }
}
