//! `keyward rules` and `keyward explain`: what Keyward knows, printed.

use std::fmt::Write as _;
use std::process::ExitCode;

use keyward::guide::Layout;
use keyward::rule::{BINDING, Part, PartSource, Rule, RuleIndex, RuleSet, SOPS, Search};
use keyward::{check, diagnostic, guide};
use unicode_width::UnicodeWidthStr as _;

use super::CliError;
use super::args::{ConfigArgs, ExplainCommand, ListFormat, RulesAction, RulesCommand};
use super::output::print;
use super::plan;

pub(crate) fn run(command: &RulesCommand) -> Result<ExitCode, CliError> {
    match &command.action {
        RulesAction::List { format, config } => list(*format, config),
        RulesAction::Show { id, config } => show(id, config),
        RulesAction::Check { files } => check(files),
    }
}

pub(crate) fn explain(command: &ExplainCommand) -> Result<ExitCode, CliError> {
    let rules = plan::rules_only(&command.config)?;
    let (index, rule) = find(&rules, &command.rule)?;
    let owners: Vec<&Rule> = rules.secrets_of(index).collect();
    if command.markdown {
        print(&(guide::markdown(&rule) + &guide::owners_markdown(&owners)))?;
    } else {
        let layout = Layout {
            color: super::scan::wants_color(super::args::ColorArg::Auto),
            width: super::terminal_width(),
        };
        print(&(guide::terminal(&rule, &layout) + &guide::layout::owners(&owners, &layout)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The rule with the severity that the configuration gives it.
fn find(rules: &RuleSet, id: &str) -> Result<(RuleIndex, Rule), CliError> {
    let found = rules.matching(id)?;
    let mut rule = rules.get(found[0]).clone();
    rule.severity = rules.severity(found[0]);
    Ok((found[0], rule))
}

fn list(format: ListFormat, config: &ConfigArgs) -> Result<ExitCode, CliError> {
    let rules = plan::rules_only(config)?;
    let enabled: Vec<(RuleIndex, &Rule)> = rules
        .iter()
        .filter(|(index, _)| rules.is_enabled(*index))
        .collect();
    let text = match format {
        ListFormat::Table => table(&rules, &enabled),
        ListFormat::Markdown => markdown(&rules, &enabled),
        ListFormat::Json => json(&rules, &enabled),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn table(rules: &RuleSet, enabled: &[(RuleIndex, &Rule)]) -> String {
    let width = enabled
        .iter()
        .map(|(_, rule)| rule.id.width())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (index, rule) in enabled {
        let _ = writeln!(
            text,
            "{:width$}  {:8}  {}",
            rule.id,
            rules.severity(*index).name(),
            rule.summary
        );
    }
    let _ = writeln!(text, "\n{} rules", enabled.len());
    text
}

fn markdown(rules: &RuleSet, enabled: &[(RuleIndex, &Rule)]) -> String {
    let mut text = String::from(
        "| rule | provider | finds | severity | verified offline |\n|---|---|---|---|---|\n",
    );
    for (index, rule) in enabled {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            rule.id,
            rule.provider.name,
            rule.summary,
            rules.severity(*index).name(),
            rule.checksum.as_deref().unwrap_or("")
        );
    }
    text
}

fn json(rules: &RuleSet, enabled: &[(RuleIndex, &Rule)]) -> String {
    let list: Vec<serde_json::Value> = enabled
        .iter()
        .map(|(index, rule)| rule_json(rules, *index, rule))
        .collect();
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    text
}

fn rule_json(rules: &RuleSet, index: RuleIndex, rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id,
        "summary": rule.summary,
        "provider": { "id": rule.provider.id, "name": rule.provider.name },
        "severity": rules.severity(index).name(),
        "confidence": rule.confidence.name(),
        "literals": rule.literals,
        "words": rule.words,
        "paths": rule.paths,
        "pattern": match &rule.search {
            Search::Pattern { expression, .. } => Some(expression.as_ref()),
            Search::Binding => Some(BINDING),
            Search::Sops => Some(SOPS),
            Search::Named(_) => None,
        },
        "named": match &rule.search {
            Search::Pattern { .. } | Search::Binding | Search::Sops => None,
            Search::Named(named) => Some(serde_json::json!({
                "value": named.values,
                "credential": named.credential,
            })),
        },
        "checksum": rule.checksum,
        "entropy": rule.entropy,
        "context": rule.context,
        "radius": rule.radius,
        "parts": rule.parts.iter().map(part_json).collect::<Vec<_>>(),
        "documentation": rule.guidance().documentation,
    })
}

fn part_json(part: &Part) -> serde_json::Value {
    let (rules, pattern) = match &part.source {
        PartSource::Rules(ids) => (Some(ids), None),
        PartSource::Text(expression) => (None, Some(expression)),
    };
    serde_json::json!({
        "name": part.name,
        "rules": rules,
        "pattern": pattern,
        "secret": part.secret,
        "shared": part.shared,
        "within": part.within,
    })
}

fn show(id: &str, config: &ConfigArgs) -> Result<ExitCode, CliError> {
    let rules = plan::rules_only(config)?;
    let (index, rule) = find(&rules, id)?;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:11} {value}");
        }
    };
    row("id", &rule.id);
    row("summary", &rule.summary);
    row("provider", &rule.provider.name);
    row("severity", rule.severity.name());
    row("confidence", rule.confidence.name());
    row("literals", &rule.literals.join(" "));
    row("words", &rule.words.join(" "));
    row("paths", &rule.paths.join(" "));
    match &rule.search {
        Search::Pattern { expression, .. } => row("pattern", expression),
        Search::Binding => row("pattern", BINDING),
        Search::Sops => row("pattern", SOPS),
        Search::Named(named) => {
            row("value", &named.values.join(" or "));
            row("credential", &named.credential.join(" "));
        }
    }
    row("checksum", rule.checksum.as_deref().unwrap_or_default());
    row(
        "entropy",
        &rule.entropy.map(|e| e.to_string()).unwrap_or_default(),
    );
    row("context", &rule.context.join(" "));
    row("radius", &rule.radius.to_string());
    for part in &rule.parts {
        row("part", &guide::part(part));
    }
    for owner in rules.secrets_of(index) {
        row("part of", &owner.id);
    }
    for example in rule.found.iter() {
        row("finds", &example.replace('\n', "\n            "));
    }
    for example in rule.ignored.iter() {
        row("ignores", &example.replace('\n', "\n            "));
    }
    for example in rule.paired.iter() {
        row("pairs", &example.replace('\n', "\n            "));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn check(files: &[std::path::PathBuf]) -> Result<ExitCode, CliError> {
    let checked = if files.is_empty() {
        check::built_in()
    } else {
        check::files(files)
    };
    let mut text = diagnostic::render(&checked.diagnostics);
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    let result = if checked.is_ok() { "ok" } else { "failed" };
    let _ = writeln!(
        text,
        "{result}: {} rules, {} examples",
        checked.rules, checked.examples
    );
    print(&text)?;
    Ok(if checked.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}
