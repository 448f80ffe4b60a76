use super::*;
use crate::diagnostic::render;

const HEAD: &str = "[[rule]]\nid = \"acme-key\"\nsummary = \"Acme key\"\nseverity = \"high\"\n";

fn check(text: &str) -> Checked {
    texts(&[(PathBuf::from(".keyward.toml"), text.to_owned())])
}

fn shown(text: &str) -> String {
    render(&check(text).diagnostics)
}

#[test]
fn examples_that_hold_pass() {
    let text = format!(
        "{HEAD}literals = [\"acmek_\"]\npattern = 'acmek_[a-z]{{24}}'\nexamples.found = ['k = acmek_{{lower:24}}']\n\
         examples.ignored = ['k = acmek_{{lower:5}}']\n"
    );
    let checked = check(&text);
    assert_eq!(render(&checked.diagnostics), "");
    assert_eq!((checked.rules, checked.examples), (1, 2));
}

#[test]
fn an_example_that_is_not_found_is_marked_with_its_text() {
    let text = format!(
        "{HEAD}literals = [\"acmek_\"]\npattern = 'acmek_[0-9]{{4}}'\nexamples.found = ['k = acmek_x']\n"
    );
    assert_eq!(
        shown(&text),
        "error: acme-key: this example is not found
 --> .keyward.toml:7:19
  |
7 | examples.found = ['k = acmek_x']
  |                   ^^^^^^^^^^^^^
  = note: as text: k = acmek_x
  = note: found: nothing
  = help: the pattern matches nothing in the text"
    );
}

#[test]
fn an_example_that_must_be_ignored_and_is_found_is_marked() {
    let text = format!(
        "{HEAD}literals = [\"acmek_\"]\npattern = 'acmek_[a-z]{{24}}'\nexamples.ignored = ['k = acmek_{{lower:24}}']\n"
    );
    let shown = shown(&text);
    assert!(
        shown.starts_with("error: acme-key: this example is found, but must be ignored"),
        "{shown}"
    );
    assert!(
        shown.contains("note: found: acme-key with high confidence (the provider's own format"),
        "{shown}"
    );
}

#[test]
fn the_reason_is_told() {
    let rule = |rest: &str| shown(&format!("{HEAD}literals = [\"acmek_\"]\n{rest}\n"));
    let found = "examples.found = ['acmek_{lower:24}{digit:1}']";
    assert!(
        rule("pattern = 'acmek_[a-z]{24}'\nexamples.found = ['x']")
            .contains("none of the rule's anchors")
    );
    assert!(rule(&format!("pattern = 'acmek_[a-z]{{24}}'\n{found}")).contains("refused: boundary"));
    assert!(
        rule("pattern = 'acmek_.'\nexamples.found = ['acmek_{checksum}']")
            .contains("cannot be filled in")
    );
}

#[test]
fn common_anchors_of_sure_rules_are_warned_of() {
    let rule = |confidence: &str| {
        format!(
            "{HEAD}confidence = \"{confidence}\"\nliterals = [\"token=\", \"acmek_\"]\npattern = 'token=acmek_[a-z]{{24}}'\n"
        )
    };
    assert_eq!(
        shown(&rule("high")),
        "warning: the anchor `token=` is a common word
 --> .keyward.toml:6:13
  |
6 | literals = [\"token=\", \"acmek_\"]
  |             ^^^^^^^^
  = help: it slows every scan: anchor the rule on something rarer"
    );
    assert!(check(&rule("high")).is_ok());
    assert_eq!(shown(&rule("medium")), "");
}

#[test]
fn what_is_no_rule_file_is_refused() {
    assert!(shown("[[rule]\n").starts_with("error: "));
    assert!(shown("# nothing\n").contains("warning: holds no rule"));
    assert!(shown("[provider]\nid = 'x'\n").contains("`name` is missing"));
    assert!(!files(&[PathBuf::from("/nowhere/at/all.toml")]).is_ok());
}

#[test]
fn every_built_in_example() {
    let checked = built_in();
    let errors: Vec<Diagnostic> = checked
        .diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    assert!(
        errors.is_empty(),
        "{} of {} examples of {} rules fail\n\n{}",
        errors.len(),
        checked.examples,
        checked.rules,
        render(&errors)
    );
}
