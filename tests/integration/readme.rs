//! The README is true: its commands run, its tables and numbers match the program.

use std::collections::BTreeSet;

use keyward::report::FORMATS;
use keyward::rule::RuleSet;

use crate::support::Scratch;

const README: &str = include_str!("../../README.md");

/// The `$ …` lines of the README's `console` blocks.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            commands.push(command.to_owned());
        }
    }
    commands
}

/// Splits at spaces; single quotes group.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("a word").push(c),
        }
    }
    words
}

#[test]
fn every_keyward_command_runs() {
    let scratch = Scratch::repository();
    scratch.write("src/main.rs", "fn main() {}\n");
    scratch.write("docs/setup.md", "nothing\n");
    scratch.write(
        ".keyward.toml",
        "[[rule]]\nid = \"acme-api-key\"\nsummary = \"Acme API key\"\nseverity = \"high\"\nliterals = [\"acme_\"]\n\
         pattern = 'acme_[0-9A-Za-z]{32}'\n",
    );
    scratch.commit("one");
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "two"]);
    let mut ran = 0;
    for command in commands() {
        let Some(arguments) = command.strip_prefix("keyward ") else {
            continue;
        };
        let home = scratch.write("notes/a.md", "nothing\n");
        let home = home.parent().expect("folder").display().to_string();
        let arguments: Vec<String> = words(arguments)
            .iter()
            .map(|w| w.replace("~/notes", &home))
            .collect();
        let run = scratch.keyward(&arguments);
        assert_eq!(run.code, 0, "{command}\n{}\n{}", run.text(), run.stderr);
        ran += 1;
    }
    assert!(ran >= 10, "the README shows only {ran} commands");
}

#[test]
fn the_setup_is_two_commands_and_the_test_command_is_named() {
    let commands = commands();
    assert!(commands.contains(&"cargo build --release --locked".to_owned()));
    assert!(commands.contains(&"cargo run --release --locked -- scan .".to_owned()));
    assert!(commands.contains(&"cargo test --locked".to_owned()));
    let checks = include_str!("../../.ci/run");
    assert!(
        checks.contains("\ncargo test --locked\n"),
        ".ci/run must call the README's test command"
    );
}

#[test]
fn numbers_of_rules_and_providers_are_those_of_the_tables() {
    let rules = RuleSet::built_in();
    let providers: BTreeSet<&str> = rules
        .iter()
        .map(|(_, rule)| rule.provider.id.as_ref())
        .collect();
    let claim = format!("{} rules for {} providers", rules.len(), providers.len());
    assert!(README.contains(&claim), "the README should say: {claim}");
}

#[test]
fn the_table_of_formats_is_complete() {
    let rows: BTreeSet<&str> = table("| format | for |");
    let formats: BTreeSet<&str> = FORMATS.iter().map(|f| f.name).collect();
    assert_eq!(rows, formats);
}

#[test]
fn the_table_of_commands_is_complete() {
    let help = Scratch::folder().keyward(&["--help"]).expect(0).text();
    let listed: BTreeSet<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // The second line of a long description is indented further.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let rows: BTreeSet<&str> = table("| command | does |")
        .into_iter()
        .filter_map(|row| row.split_whitespace().nth(1))
        .collect();
    assert_eq!(rows, listed);
}

#[test]
fn the_table_of_hooks_matches_the_manifest() {
    let manifest = include_str!("../../.pre-commit-hooks.yaml");
    let ids: BTreeSet<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("- id: "))
        .collect();
    assert_eq!(table("| hook | scans |"), ids);
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = Scratch::folder().keyward(&["--help"]).expect(0).text();
    let rows = README
        .lines()
        .skip_while(|line| *line != "| code | meaning |")
        .skip(2)
        .take(3);
    for (code, row) in rows.enumerate() {
        assert!(row.starts_with(&format!("| {code} |")), "{row}");
        assert!(help.contains(&format!("{code} ")), "{help}");
    }
}

/// The first cells of the table with that head, without their backticks.
fn table(head: &str) -> BTreeSet<&'static str> {
    let rows: BTreeSet<&str> = README
        .lines()
        .skip_while(|line| *line != head)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('`').nth(1))
        .collect();
    assert!(!rows.is_empty(), "no table {head}");
    rows
}
