//! The terminal format: findings in the style of compiler diagnostics, then what was covered.
//!
//! ```text
//! critical: Acme API key [acme-api-key]
//!   --> src/app.py:12:10
//!    |
//! 12 | token = "acme_********"
//!    |          ^^^^^^^^^^^^^
//!    |
//!    = believed: the provider's own format
//!    = fix: Create a second key.
//! ```
//!
//! For people: its text may change in any release, programs read `json`. Nothing that comes from a repository, its
//! configuration included, may reach the terminal without [`sanitize`]; paths and excerpts are neutralised by
//! their own types. The last line always says what was covered.

mod excerpt;
mod palette;
mod part;
mod place;
mod summary;

use std::io::{self, Write};

use super::exposure::{self, Advice};
use super::{Report, Style};
use crate::finding::{Fact, Finding, Location, Suppression, SuppressionKind};
use crate::guide;
use crate::guide::layout::wrap;
use crate::rule::{Confidence, Rule};
use crate::text::sanitize;
use palette::Palette;

/// Further places of a finding that are listed; more are only counted.
const FURTHER_PLACES: usize = 5;

/// Writes the report.
pub fn write(report: &Report<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(style.color);
    for finding in report.findings.iter().filter(|f| !f.is_suppressed()) {
        Block::new(report, style, palette, finding, out).reported()?;
    }
    if style.verbose {
        for finding in report.findings.iter().filter(|f| f.is_suppressed()) {
            Block::new(report, style, palette.dimmed(), finding, out).suppressed()?;
        }
    }
    summary::write(report, style, palette, out)
}

/// One finding on its way to the terminal.
struct Block<'b> {
    report: &'b Report<'b>,
    width: Option<usize>,
    verbose: bool,
    explain_score: bool,
    palette: Palette,
    finding: &'b Finding,
    rule: &'b Rule,
    /// Columns of the line number.
    gutter: usize,
    out: &'b mut dyn Write,
}

impl<'b> Block<'b> {
    fn new(
        report: &'b Report<'b>,
        style: &Style,
        palette: Palette,
        finding: &'b Finding,
        out: &'b mut dyn Write,
    ) -> Self {
        let first = finding.shown_locations().next();
        Self {
            report,
            width: style.width,
            verbose: style.verbose,
            explain_score: style.explain_score,
            palette,
            finding,
            rule: report.rules.get(finding.rule),
            gutter: first.map_or(1, |place| place.start.line.to_string().len()),
            out,
        }
    }

    fn reported(mut self) -> io::Result<()> {
        self.header("")?;
        self.places()?;
        self.decoded()?;
        self.parts()?;
        self.exposure()?;
        self.note("believed", &self.evidence())?;
        if self.finding.confidence != Confidence::High {
            self.note("confidence", self.finding.confidence.name())?;
        }
        if self.explain_score {
            self.score()?;
        }
        for fact in &self.finding.facts {
            let fact = self.fact(fact);
            self.note("fact", &fact)?;
        }
        if self.finding.expired {
            self.note("severity", "one step lower, because it has expired")?;
        }
        self.value()?;
        self.fix()?;
        self.note("help", &format!("keyward explain {}", self.rule.id))?;
        self.note("fingerprint", &self.finding.fingerprint)?;
        writeln!(self.out)
    }

    fn suppressed(mut self) -> io::Result<()> {
        self.header("suppressed ")?;
        self.places()?;
        self.parts()?;
        self.exposure()?;
        let suppression = self
            .finding
            .locations
            .iter()
            .find_map(|place| place.suppression.as_ref());
        if let Some(suppression) = suppression {
            self.note("suppressed by", &reason(suppression))?;
        }
        self.value()?;
        self.note("fingerprint", &self.finding.fingerprint)?;
        writeln!(self.out)
    }

    fn header(&mut self, state: &str) -> io::Result<()> {
        let severity = self.finding.severity;
        let (loud, strong) = (self.palette.severity(severity), self.palette.strong);
        let summary = sanitize(self.rule.summary.as_bytes());
        let id = sanitize(self.rule.id.as_bytes());
        let name = severity.name();
        writeln!(
            self.out,
            "{loud}{state}{name}{loud:#}{strong}: {summary} [{id}]{strong:#}"
        )
    }

    /// The first place with its line, then where else the secret stands.
    fn places(&mut self) -> io::Result<()> {
        let finding = self.finding;
        let mut places = finding.shown_locations();
        let Some(first) = places.next() else {
            return Ok(());
        };
        let (frame, text, gutter) = (self.palette.frame, self.palette.text, self.gutter);
        let path = self.place(first);
        writeln!(
            self.out,
            "{:gutter$}{frame}-->{frame:#} {text}{path}{text:#}",
            ""
        )?;
        self.excerpt(first)?;

        let further: Vec<&Location> = places.collect();
        let mut lines: Vec<String> = further
            .iter()
            .take(FURTHER_PLACES)
            .map(|place| self.place(place))
            .collect();
        if further.len() > FURTHER_PLACES {
            lines.push(format!("and {} more", further.len() - FURTHER_PLACES));
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.note_lines("also at", &lines)
    }

    fn place(&self, place: &Location) -> String {
        place::shown(place, &self.report.info.display_prefix)
    }

    /// Under which encodings the first place has it.
    fn decoded(&mut self) -> io::Result<()> {
        let first = self.finding.shown_locations().next();
        match first.and_then(Location::decoded) {
            Some(how) => self.note("decoded", &format!("from {how}")),
            None => Ok(()),
        }
    }

    /// What goes with the secret, or that an id stands alone.
    fn parts(&mut self) -> io::Result<()> {
        if let Some(remark) = self.finding.role.remark() {
            self.note("note", remark)?;
        }
        let finding = self.finding;
        let Some(first) = finding.shown_locations().next() else {
            return Ok(());
        };
        let show = self.report.info.show_secrets;
        for part in &finding.parts {
            let text = part::line(part, first, show, &self.report.info.display_prefix);
            // Not wrapped, so that an id can be copied.
            self.note_lines("with", &[text])?;
        }
        Ok(())
    }

    /// How far it got, where a history was scanned; which references hold it, where more detail is asked for.
    fn exposure(&mut self) -> io::Result<()> {
        let Some(exposure) = &self.finding.exposure else {
            return Ok(());
        };
        let words = exposure::words(exposure, Some(self.report.info.started));
        self.note("exposure", &words)?;
        if !self.verbose || exposure.references.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = exposure
            .references
            .iter()
            .map(|name| sanitize(name.as_bytes()))
            .collect();
        let unnamed = exposure.reference_count.saturating_sub(names.len() as u64);
        if unnamed > 0 {
            names.push(format!("and {} more", super::grouped(unnamed)));
        }
        self.note_lines("references", &names)
    }

    /// What to do first, and what after it where the history has a say in that.
    fn fix(&mut self) -> io::Result<()> {
        let step = guide::first_step(self.rule);
        match exposure::advice(self.report, self.finding) {
            None => match step {
                Some(step) => self.note("fix", &step),
                None => Ok(()),
            },
            Some(Advice::Rotate) => {
                let rotate = match step {
                    Some(step) => format!("rotate it first: {step}"),
                    None => "rotate it first".to_owned(),
                };
                self.note("fix", &rotate)?;
                self.note("then", exposure::REWRITING)
            }
            Some(Advice::TakeOut(how)) => {
                self.note("fix", &how)?;
                self.note("then", exposure::IN_DOUBT)
            }
        }
    }

    fn excerpt(&mut self, place: &Location) -> io::Result<()> {
        let (frame, text, gutter) = (self.palette.frame, self.palette.text, self.gutter);
        let loud = self.palette.severity(self.finding.severity);
        let line = excerpt::fit(
            &place.excerpt,
            self.width.map(|width| width.saturating_sub(gutter + 3)),
        );
        let bar = format!("{frame}{:gutter$} |{frame:#}", "");
        writeln!(self.out, "{bar}")?;
        let number = if place::is_name(place) {
            String::new()
        } else {
            place.start.line.to_string()
        };
        writeln!(
            self.out,
            "{frame}{number:gutter$} |{frame:#} {text}{}{text:#}",
            line.text
        )?;
        if line.carets > 0 {
            let (indent, carets) = (line.indent, "^".repeat(line.carets));
            writeln!(self.out, "{bar} {:indent$}{loud}{carets}{loud:#}", "")?;
        }
        writeln!(self.out, "{bar}")
    }

    /// `= name: text`, wrapped at the terminal's width.
    fn note(&mut self, name: &str, text: &str) -> io::Result<()> {
        let room = self
            .width
            .map(|width| width.saturating_sub(self.note_indent(name)));
        let lines = wrap(text, room);
        self.note_lines(name, &lines)
    }

    fn note_lines(&mut self, name: &str, lines: &[String]) -> io::Result<()> {
        let (frame, text, strong, gutter) = (
            self.palette.frame,
            self.palette.text,
            self.palette.strong,
            self.gutter,
        );
        let indent = self.note_indent(name);
        write!(
            self.out,
            "{frame}{:gutter$} ={frame:#} {strong}{name}:{strong:#} ",
            ""
        )?;
        for (index, line) in lines.iter().enumerate() {
            let indent = if index == 0 { 0 } else { indent };
            writeln!(self.out, "{:indent$}{text}{line}{text:#}", "")?;
        }
        if lines.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Columns before the text of a note of that name.
    fn note_indent(&self, name: &str) -> usize {
        self.gutter + " = : ".len() + name.len()
    }

    fn evidence(&self) -> String {
        let reasons: Vec<String> = self
            .finding
            .evidence
            .iter()
            .map(ToString::to_string)
            .collect();
        reasons.join("; ")
    }

    /// The features that decided, in the order of their weight.
    fn score(&mut self) -> io::Result<()> {
        let Some(score) = self.finding.score() else {
            return Ok(());
        };
        for reason in &score.reasons {
            let text = format!(
                "{:+.2} for {} ({})",
                reason.logits(),
                reason.text(),
                reason.value
            );
            self.note("score", &text)?;
        }
        Ok(())
    }

    fn fact(&self, fact: &Fact) -> String {
        let expired = fact.has_expired(self.report.info.started);
        let mark = if expired { " (expired)" } else { "" };
        format!("{}: {}{mark}", fact.label, fact.value)
    }

    /// The secret, if it was asked for. Not wrapped, so that it can be copied.
    fn value(&mut self) -> io::Result<()> {
        if !self.report.info.show_secrets {
            return Ok(());
        }
        let value = sanitize(self.finding.secret.expose());
        self.note_lines("value", &[value])
    }
}

/// What suppressed a finding, and why.
fn reason(suppression: &Suppression) -> String {
    let by = match suppression.kind {
        SuppressionKind::Inline => "a marker in the text",
        SuppressionKind::IgnoreFile => "the ignore file",
        SuppressionKind::Config => "the configuration",
    };
    match &suppression.reason {
        Some(reason) => format!("{by}: {reason}"),
        None => format!("{by}, without a reason"),
    }
}

#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod tests;
