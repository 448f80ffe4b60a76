//! What to do about a leaked credential: a rule's guidance as sections, and those as Markdown or plain text.
//!
//! Works offline and from the rule's data alone. Adds no advice of its own beyond the order: first stop the leak,
//! then rotate, then prevent.

pub mod layout;

use std::fmt::Write as _;

use crate::rule::{Part, PartSource, Rule, Text};

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
    push("Parts", parts(rule).map(Body::Paragraph));
    push("Storage", guidance.storage.map(Body::Paragraph));
    push("Expiry", guidance.expiry.map(Body::Paragraph));
    push("Documentation", guidance.documentation.map(Body::Link));
    sections
}

/// What belongs to the credential besides the secret, and what that means for whoever rotates it.
fn parts(rule: &Rule) -> Option<Text> {
    if rule.parts.is_empty() {
        return None;
    }
    let named = |secret: bool| -> Vec<&str> {
        let parts = rule.parts.iter().filter(|part| part.secret == secret);
        parts.map(|part| part.name.as_ref()).collect()
    };
    let (open, secret) = (named(false), named(true));
    let mut text = String::new();
    if !open.is_empty() {
        let _ = write!(
            text,
            "Goes with the {}, which is no secret and says which credential to rotate.",
            open.join(" and the ")
        );
    }
    if !secret.is_empty() {
        let _ = write!(
            text,
            "{}Goes with the {}, which is secret too: rotate both.",
            if text.is_empty() { "" } else { " " },
            secret.join(" and the ")
        );
    }
    Some(text.into())
}

/// A part in one line: what it is and how it is found.
pub fn part(part: &Part) -> String {
    let found = match &part.source {
        PartSource::Rules(ids) => format!("found by {}", ids.join(", ")),
        PartSource::Text(expression) => format!("found as {expression}"),
    };
    let secret = if part.secret { "secret" } else { "no secret" };
    let shared = if part.shared { "; may be shared" } else { "" };
    format!(
        "{} ({secret}; {found}; within {} bytes{shared})",
        part.name, part.within
    )
}

/// What to know of an id: which secrets it goes with. A paragraph; nothing for what is no id.
pub fn id_of(owners: &[&Rule]) -> Option<String> {
    if owners.is_empty() {
        return None;
    }
    let ids: Vec<&str> = owners.iter().map(|owner| owner.id.as_ref()).collect();
    Some(format!(
        "The id alone opens nothing: look for the secret that goes with it. Where that stands near, both are one finding \
         of {}.",
        ids.join(" or ")
    ))
}

/// The same as a section in Markdown.
pub fn owners_markdown(owners: &[&Rule]) -> String {
    id_of(owners).map_or_else(String::new, |text| format!("\n### {ID}\n\n{text}\n"))
}

/// Heading of what is said of ids.
const ID: &str = "An id";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn a_pair_is_explained_with_both_halves() {
        let rules = RuleSet::built_in();
        let secret = rules.get(rules.find("aws-secret-access-key").expect("the secret"));
        let text = markdown(secret);
        let expected = "### Parts\n\nGoes with the access key id, which is no secret and says which credential to rotate. \
                        Goes with the session token, which is secret too: rotate both.\n";
        assert!(text.contains(expected), "{text}");
        let id = rules.find("aws-temporary-access-key-id").expect("the id");
        let owners: Vec<&Rule> = rules.secrets_of(id).collect();
        let text = owners_markdown(&owners);
        assert!(
            text.contains("one finding of aws-secret-access-key or aws-session-token"),
            "{text}"
        );
        assert_eq!(owners_markdown(&[]), "");
    }
}
