use super::*;
use crate::rule::Severity;

fn nothing(_: &str) -> Option<String> {
    None
}

fn config(text: &str) -> Config {
    Config::parse(text, Path::new(".keyward.toml")).expect("shape")
}

#[track_caller]
fn resolved(text: &str) -> Resolved {
    config(text)
        .resolve(&nothing)
        .map_err(|e| e.to_string())
        .expect("valid")
}

#[track_caller]
fn refused(text: &str) -> String {
    config(text)
        .resolve(&nothing)
        .expect_err("refused")
        .to_string()
}

const RULE: &str = "[[rule]]\nid = 'acme-key'\nsummary = 'Acme key'\nseverity = 'low'\nliterals = ['acme_']\npattern = 'acme_[a-z]{9}'\n";

#[test]
fn everything_at_once() {
    let text = format!(
        "fingerprint-key = 'team'\n[scan]\nexclude = ['vendor/', '*.lock']\nmax-size = '10MB'\n\
         [rules]\nenable = ['acme-*', 'github-*']\ndisable = ['github-refresh-token']\nmin-confidence = 'high'\n\
         [severity]\n'github-*' = 'low'\n'github-app-installation-token' = 'critical'\n{RULE}\
         [[allow]]\nrules = ['acme-key']\npaths = ['tests/']\nvalue = '^acme_a'\nline = 'demo'\nreason = 'demo keys'\n"
    );
    let resolved = resolved(&text);
    let rules = &resolved.rules;
    let index = |id: &str| rules.find(id).expect("rule");
    assert!(rules.is_enabled(index("acme-key")));
    assert!(!rules.is_enabled(index("github-refresh-token")));
    assert_eq!(
        rules
            .iter()
            .filter(|(i, r)| rules.is_enabled(*i) && r.id.starts_with("aws-"))
            .count(),
        0
    );
    assert_eq!(
        rules.severity(index("github-app-installation-token")),
        Severity::Critical
    );
    assert_eq!(
        rules.severity(index("github-oauth-access-token")),
        Severity::Low
    );
    assert_eq!(resolved.min_confidence, Some(Confidence::High));
    assert_eq!(resolved.max_size, Some(10_000_000));
    assert!(resolved.exclude.covers(&BlobPath::from_bytes("a/vendor/b")));
    let allow = &resolved.allows[0];
    assert_eq!(
        (allow.reason.as_str(), allow.origin.as_str()),
        ("demo keys", ".keyward.toml:18")
    );
    assert!(allow.covers(
        "acme-key",
        &BlobPath::from_bytes("tests/a"),
        b"acme_abc",
        b"x demo"
    ));
    assert!(!allow.covers(
        "other",
        &BlobPath::from_bytes("tests/a"),
        b"acme_abc",
        b"x demo"
    ));
    assert_eq!(
        resolved.fingerprint_key.fingerprint(b"x"),
        FingerprintKey::new("team").fingerprint(b"x")
    );
}

#[test]
fn nothing_is_needed() {
    let resolved = Config::default().resolve(&nothing).expect("valid");
    assert_eq!(resolved.rules.len(), RuleSet::built_in_len());
    assert!(resolved.exclude.is_empty() && resolved.allows.is_empty());
}

#[test]
fn an_unknown_rule_is_marked_wherever_it_is_named() {
    assert_eq!(
        refused("[rules]\ndisable = [\"github-refresh-tokn\"]\n"),
        "error: no rule `github-refresh-tokn`
 --> .keyward.toml:2:12
  |
2 | disable = [\"github-refresh-tokn\"]
  |            ^^^^^^^^^^^^^^^^^^^^^
  = help: is it `github-refresh-token`?"
    );
    let shown = refused(
        "[rules]\nenable = ['zz']\n[severity]\nzz = 'low'\n[[allow]]\nrules = ['zz-*']\nreason = 'x'\n",
    );
    for place in [":2:11", ":4:1", ":6:10"] {
        assert!(
            shown.contains(&format!("--> .keyward.toml{place}")),
            "{place} in\n{shown}"
        );
    }
}

#[test]
fn a_missing_reason_is_marked() {
    assert_eq!(
        refused("[[allow]]\npaths = [\"tests/\"]\n"),
        "error: the allow table gives no reason
 --> .keyward.toml:1:1
  |
1 | [[allow]]
  | ^^^^^^^^^
  = help: say why it is no leak: reason = \"…\""
    );
    assert!(
        refused("[[allow]]\npaths = [\"tests/\"]\nreason = ' '\n")
            .contains("--> .keyward.toml:3:10")
    );
}

#[test]
fn a_bad_regular_expression_is_marked() {
    assert_eq!(
        refused("[[allow]]\nreason = 'x'\nvalue = 'demo[0-'\n"),
        "error: the pattern does not compile: unclosed character class
 --> .keyward.toml:3:14
  |
3 | value = 'demo[0-'
  |              ^
  = help: the syntax is that of the `regex` crate: no look-around, no back-references"
    );
    assert!(
        refused("[[allow]]\nreason = 'x'\nline = 'demo|'\n").contains("can match the empty string")
    );
}

#[test]
fn tables_that_allow_everything_or_nothing_are_refused() {
    assert!(refused("[[allow]]\nreason = 'x'\n").contains("allows every finding"));
    assert!(refused("[[allow]]\nrules = ['*']\nreason = 'x'\n").contains("allows every finding"));
    assert!(refused("[[allow]]\npaths = []\nreason = 'x'\n").contains("an empty list"));
}

#[test]
fn a_selection_or_size_that_would_hide_everything_is_refused() {
    assert!(refused("[rules]\ndisable = ['*']\n").contains("the selection leaves no rule enabled"));
    assert!(refused("[scan]\nmax-size = '0'\n").contains("not a size"));
    assert!(refused("[scan]\nexclude = ['a', 'b{c']\n").contains("--> .keyward.toml:2:17"));
}

#[test]
fn own_rules_are_checked_and_a_refused_one_is_told_once() {
    let broken = RULE.replace("{9}", "{9");
    let text = format!(
        "[rules]\ndisable = ['acme-key']\n{broken}[[allow]]\nrules = ['acme-key']\nreason = 'x'\n"
    );
    let shown = refused(&text);
    assert_eq!(shown.matches("error: ").count(), 1, "{shown}");
    assert!(shown.contains("the pattern does not compile"), "{shown}");
    let taken = RULE.replace("acme-key", "github-refresh-token");
    assert!(refused(&taken).contains("rule id `github-refresh-token` is taken"));
}

#[test]
fn the_environment_keys_fingerprints_first() {
    let text = "fingerprint-key-env = 'TEAM_KEY'\n";
    let print = |environment: &dyn Fn(&str) -> Option<String>| {
        let resolved = config(text)
            .resolve(environment)
            .map_err(|e| e.to_string())?;
        Ok::<_, String>(resolved.fingerprint_key.fingerprint(b"x"))
    };
    let named = |name: &str| (name == "TEAM_KEY").then(|| "a".to_owned());
    let both = |name: &str| Some(if name == KEY_VARIABLE { "b" } else { "a" }.to_owned());
    assert_eq!(
        print(&named),
        Ok(FingerprintKey::new("a").fingerprint(b"x"))
    );
    assert_eq!(print(&both), Ok(FingerprintKey::new("b").fingerprint(b"x")));
    assert_eq!(
        print(&nothing).expect_err("refused"),
        "error: the environment variable `TEAM_KEY` is not set
 --> .keyward.toml:1:23
  |
1 | fingerprint-key-env = 'TEAM_KEY'
  |                       ^^^^^^^^^^
  = help: set it or KEYWARD_FINGERPRINT_KEY to the key"
    );
    let two = refused("fingerprint-key = 'shown-never'\nfingerprint-key-env = 'A'\n");
    assert!(
        two.contains("both `fingerprint-key`") && !two.contains("shown-never"),
        "{two}"
    );
}

#[test]
fn many_faults_are_told_in_part_and_quickly() {
    let list = "'zz', ".repeat(20_000);
    let shown = refused(&format!(
        "[rules]\ndisable = [{list}'{}']\n",
        "z".repeat(200_000)
    ));
    assert_eq!(shown.matches("error: ").count(), FAULTS);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text: String, value: String) {
        let path = Path::new("x");
        let _ = Config::parse(&text, path).map(|config| config.resolve(&nothing).is_ok());
        let allow = format!("[[allow]]\nreason = 'x'\nvalue = {value:?}\npaths = [{value:?}]\n");
        let _ = Config::parse(&allow, path).map(|config| config.resolve(&nothing).is_ok());
    }
}
