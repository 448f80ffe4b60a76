use super::*;
use crate::diagnostic::render;
use crate::rule::Search;

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

#[test]
fn every_built_in_rule_has_two_examples_of_either_kind() {
    let rules = RuleSet::built_in();
    let few: Vec<&str> = rules
        .iter()
        // A key store that starts with bytes that are no text has none: the integration tests write such files.
        .filter(|(_, rule)| {
            let binary = rule.whole_file && rule.found.is_empty();
            (rule.found.len() < 2 && !binary) || rule.ignored.len() < 2
        })
        .map(|(_, rule)| rule.id.as_ref())
        .collect();
    assert_eq!(few, [""; 0]);
}

#[test]
fn a_rule_may_describe_a_value_by_the_names_near_it() {
    let head = format!("{HEAD}words = [\"acme\"]\n");
    let checked = check(&format!(
        "{head}named = {{ value = [\"hex:32\"] }}\n\
         examples.found = ['ACME_KEY={{hex:32}}', \"acme:\\n  token: {{hex:32}}\"]\n\
         examples.ignored = ['ACME_ID={{hex:32}}', 'ACME_KEY={{hex:31}}']\n"
    ));
    assert_eq!(render(&checked.diagnostics), "");
    assert_eq!((checked.rules, checked.examples), (1, 4));
    let shown = shown(&format!(
        "{head}named = {{ value = [\"hex:32\"] }}\nexamples.found = ['ACME_ID={{hex:32}}']\n"
    ));
    assert!(
        shown.contains(
            "help: no value of that shape stands under a credential's name near the anchor"
        ),
        "{shown}"
    );
}

/// Anchors of rules that describe values by the names near them must be rarer than names in text usually are. This
/// crate's own sources speak of no provider in particular.
#[test]
fn anchors_that_are_names_are_rare() {
    fn read(folder: &Path, text: &mut Vec<u8>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, text);
            } else {
                text.extend(std::fs::read(path).expect("a file"));
            }
        }
    }
    let mut text = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut text,
    );
    let rules = RuleSet::built_in();
    let words: Vec<&str> = rules
        .iter()
        .filter(|(_, rule)| matches!(rule.search, Search::Named(_)))
        .flat_map(|(_, rule)| rule.literals.iter().chain(rule.words.iter()))
        .map(AsRef::as_ref)
        .collect();
    let automaton = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(&words)
        .expect("an automaton");
    let mut hits = BTreeMap::new();
    for hit in automaton.find_overlapping_iter(&text) {
        *hits
            .entry(words[hit.pattern().as_usize()])
            .or_insert(0_usize) += 1;
    }
    let most = text.len() / 50_000;
    let common: Vec<_> = hits
        .into_iter()
        .filter(|(_, count)| *count > most)
        .collect();
    assert_eq!(common, [], "of {} bytes", text.len());
}

#[test]
fn examples_show_the_parts() {
    let rule = format!(
        "{HEAD}literals = [\"acmek_\"]\npattern = 'acmek_[a-z]{{24}}'\n\n[[rule.part]]\nname = \"client id\"\n\
         names = [\"client_id\"]\nvalue = '[0-9]{{8}}'\n\n[rule.examples]\n"
    );
    let paired = |example: &str| shown(&format!("{rule}paired = ['{example}']\n"));
    assert_eq!(paired("client_id={digit:8} acmek_{lower:24}"), "");
    let alone = paired("acmek_{lower:24}");
    assert!(
        alone.contains("this example is found without any of its parts"),
        "{alone}"
    );
    assert!(alone.contains("--> .keyward.toml:14:11"), "{alone}");
    assert!(paired("client_id={digit:8}").contains("this example is not found"));
    let none = shown(&format!("{rule}found = ['acmek_{{lower:24}}']\n"));
    assert!(
        none.contains("no example shows the part `client id`"),
        "{none}"
    );
}
