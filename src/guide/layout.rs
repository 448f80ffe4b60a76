//! A rule's runbook laid out for a terminal: wrapped, indented, in colour where wanted.
//!
//! A user's rules bring their own texts, so nothing is printed here without [`sanitize`].

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use unicode_width::UnicodeWidthStr as _;

use super::{Body, ID, id_of, sections};
use crate::rule::{Rule, Severity};
use crate::text::sanitize;

/// Longer lines are hard to read, however wide the terminal.
const WIDEST: usize = 100;
/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 20;

/// How to lay a runbook out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// ANSI colours.
    pub color: bool,
    /// Columns; without it nothing is wrapped.
    pub width: Option<usize>,
}

/// The runbook for a terminal.
pub fn terminal(rule: &Rule, layout: &Layout) -> String {
    let styled = |style: Style| if layout.color { style } else { Style::new() };
    let colored = |color: AnsiColor| styled(Style::new().fg_color(Some(Color::Ansi(color))).bold());
    let strong = styled(Style::new().bold());
    let heading = colored(AnsiColor::BrightBlue);
    let link = styled(Style::new().underline());
    let severity = match rule.severity {
        Severity::Critical | Severity::High => colored(AnsiColor::BrightRed),
        Severity::Medium => colored(AnsiColor::Yellow),
        Severity::Low => colored(AnsiColor::Cyan),
    };

    let (summary, id) = (
        sanitize(rule.summary.as_bytes()),
        sanitize(rule.id.as_bytes()),
    );
    let (issuer, name) = (
        sanitize(rule.provider.name.as_bytes()),
        rule.severity.name(),
    );
    let mut text = format!("{strong}{summary}{strong:#} [{id}]\n");
    let _ = writeln!(
        text,
        "Issued by {issuer}. Severity {severity}{name}{severity:#}."
    );
    for section in sections(rule) {
        let _ = writeln!(text, "\n{heading}{}{heading:#}", section.title);
        match section.body {
            Body::Steps(steps) => {
                let digits = steps.len().to_string().len();
                for (number, step) in (1..).zip(&steps) {
                    hang(
                        &mut text,
                        &format!("  {number:>digits$}. "),
                        step,
                        layout.width,
                    );
                }
            }
            Body::Paragraph(paragraph) => hang(&mut text, "  ", &paragraph, layout.width),
            Body::Link(address) => {
                let address = sanitize(address.as_bytes());
                let _ = writeln!(text, "  {link}{address}{link:#}");
            }
        }
    }
    if let Some(checked) = rule.guidance().checked {
        let _ = writeln!(text, "\nFacts checked {}.", sanitize(checked.as_bytes()));
    }
    text
}

/// What to know of an id, for a terminal; nothing for what is no id.
pub fn owners(owners: &[&Rule], layout: &Layout) -> String {
    let Some(paragraph) = id_of(owners) else {
        return String::new();
    };
    let heading = if layout.color {
        Style::new()
            .fg_color(Some(Color::Ansi(AnsiColor::BrightBlue)))
            .bold()
    } else {
        Style::new()
    };
    let mut text = format!("\n{heading}{ID}{heading:#}\n");
    hang(&mut text, "  ", &paragraph, layout.width);
    text
}

/// Appends a paragraph behind `label`, its further lines indented as far as the first.
fn hang(text: &mut String, label: &str, paragraph: &str, width: Option<usize>) {
    let room = width.map(|width| width.min(WIDEST).saturating_sub(label.width()));
    let indent = label.width();
    for (index, line) in wrap(paragraph, room).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(text, "{label:indent$}{line}");
    }
}

/// The words of a text, sanitised, in lines of at most `width` columns. A longer word has a line of its own.
pub fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let width = width.map_or(usize::MAX, |width| width.max(NARROWEST));
    let mut lines: Vec<String> = Vec::new();
    let mut taken = 0;
    for word in text.split_whitespace() {
        let word = sanitize(word.as_bytes());
        let columns = word.width();
        match lines.last_mut() {
            Some(line) if taken + 1 + columns <= width => {
                line.push(' ');
                line.push_str(&word);
                taken += 1 + columns;
            }
            _ => {
                lines.push(word);
                taken = columns;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Guidance, RuleSet};

    fn rule() -> Rule {
        let rules = RuleSet::built_in();
        let (_, rule) = rules.iter().next().expect("a built-in rule");
        let mut rule = rule.clone();
        rule.id = "acme-api-key".into();
        rule.summary = "Acme API\u{1b}[2J key".into();
        rule.severity = Severity::High;
        rule.own_guidance = Guidance::default();
        let provider = rule.provider.to_mut();
        provider.name = "Acme".into();
        provider.guidance = Guidance {
            console: Some("https://acme.example/keys".into()),
            rotate: vec![
                "Create a second key\u{202e} in the console.".into(),
                "Deploy it.".into(),
            ]
            .into(),
            revoke: Some("Delete the key in the console;\nit stops at once.".into()),
            checked: Some("2026-11".into()),
            ..Guidance::default()
        };
        rule
    }

    #[test]
    fn a_runbook_is_wrapped_and_neutralised() {
        let layout = Layout {
            color: false,
            width: Some(32),
        };
        assert_eq!(
            terminal(&rule(), &layout),
            "\
Acme API\\u{1b}[2J key [acme-api-key]
Issued by Acme. Severity high.

Revoke now
  Delete the key in the console;
  it stops at once.

Rotate
  1. Create a second key\\u{202e}
     in the console.
  2. Deploy it.

Where
  https://acme.example/keys

Facts checked 2026-11.
"
        );
    }

    #[test]
    fn colours_change_nothing_but_escapes() {
        let colored = terminal(
            &rule(),
            &Layout {
                color: true,
                width: None,
            },
        );
        assert!(colored.contains("\u{1b}[1mAcme API"));
        let plain: String = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(plain, super::super::plain(&rule()));
    }

    #[test]
    fn words_that_do_not_fit_stand_alone() {
        let long = "x".repeat(40);
        assert_eq!(
            wrap(&format!("a {long} b  c"), Some(20)),
            ["a", &long, "b c"]
        );
        assert_eq!(wrap(" \n ", Some(20)), Vec::<String>::new());
        assert_eq!(wrap("a\nb", None), ["a b"]);
    }
}
