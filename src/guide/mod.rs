//! What to do about a leaked credential: a rule's guidance as sections, and those as Markdown or plain text.
//!
//! Works offline and from the rule's data alone. Adds no advice of its own beyond the order: first stop the leak,
//! then rotate, then prevent.

pub mod layout;

use std::fmt::Write as _;

use crate::rule::{Rule, Text};

pub use layout::{Layout, terminal};

/// One part of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// What stands under it.
    pub body: Body,
}

/// The form of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Ordered steps.
    Steps(Vec<Text>),
    /// A paragraph.
    Paragraph(Text),
    /// A link.
    Link(Text),
}

/// The runbook of a rule, most urgent part first; parts without verified facts are left out.
pub fn sections(rule: &Rule) -> Vec<Section> {
    let guidance = rule.guidance();
    let mut sections = Vec::new();
    let mut push = |title, body: Option<Body>| {
        if let Some(body) = body {
            sections.push(Section { title, body });
        }
    };
    let steps = (!guidance.rotate.is_empty()).then(|| Body::Steps(guidance.rotate.to_vec()));
    push("Revoke now", guidance.revoke.map(Body::Paragraph));
    push("Rotate", steps);
    push("Where", guidance.console.map(Body::Link));
    push("Last use", guidance.last_used.map(Body::Paragraph));
    push(
        "Least privilege",
        guidance.least_privilege.map(Body::Paragraph),
    );
    push("Storage", guidance.storage.map(Body::Paragraph));
    push("Expiry", guidance.expiry.map(Body::Paragraph));
    push("Documentation", guidance.documentation.map(Body::Link));
    sections
}

/// The first thing to do: the first rotation step, or how to revoke.
pub fn first_step(rule: &Rule) -> Option<Text> {
    let guidance = rule.guidance();
    guidance.rotate.first().cloned().or(guidance.revoke)
}

/// The runbook as Markdown.
pub fn markdown(rule: &Rule) -> String {
    let mut text = format!(
        "**{}**, issued by {}. Severity {}.\n",
        rule.summary,
        rule.provider.name,
        rule.severity.name()
    );
    for section in sections(rule) {
        let _ = write!(text, "\n### {}\n\n", section.title);
        match section.body {
            Body::Steps(steps) => {
                for (number, step) in (1..).zip(&steps) {
                    let _ = writeln!(text, "{number}. {step}");
                }
            }
            Body::Paragraph(paragraph) => {
                let _ = writeln!(text, "{paragraph}");
            }
            Body::Link(link) => {
                let _ = writeln!(text, "<{link}>");
            }
        }
    }
    text
}

/// The runbook as plain text, one line a paragraph.
pub fn plain(rule: &Rule) -> String {
    layout::terminal(rule, &Layout::default())
}
