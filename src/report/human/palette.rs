//! The colours of the terminal format, or none.

use anstyle::{AnsiColor, Color, Style};

use crate::rule::Severity;

/// The styles of a report's parts. Without colours every style is empty and writes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Palette {
    /// Low findings.
    low: Style,
    /// Medium findings.
    medium: Style,
    /// High and critical findings, and what makes a scan incomplete.
    pub(super) bad: Style,
    /// Warnings.
    pub(super) warning: Style,
    /// A clean result.
    pub(super) good: Style,
    /// Gutters, arrows and the names of notes.
    pub(super) frame: Style,
    /// What a reader looks for first.
    pub(super) strong: Style,
    /// Ordinary text.
    pub(super) text: Style,
}

impl Palette {
    /// Colours, or nothing.
    pub(super) fn new(color: bool) -> Self {
        if !color {
            return Self::default();
        }
        let bold = |color: AnsiColor| Style::new().fg_color(Some(Color::Ansi(color))).bold();
        Self {
            low: bold(AnsiColor::Cyan),
            medium: bold(AnsiColor::Yellow),
            bad: bold(AnsiColor::BrightRed),
            warning: bold(AnsiColor::Yellow),
            good: bold(AnsiColor::Green),
            frame: bold(AnsiColor::BrightBlue),
            strong: Style::new().bold(),
            text: Style::new(),
        }
    }

    /// The same for parts that shall stay in the background.
    pub(super) fn dimmed(self) -> Self {
        if self.strong.is_plain() {
            return self;
        }
        let dim = Style::new().dimmed();
        Self {
            low: dim,
            medium: dim,
            bad: dim,
            warning: dim,
            good: dim,
            frame: dim,
            strong: dim,
            text: dim,
        }
    }

    /// The colour of a severity.
    pub(super) fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High | Severity::Critical => self.bad,
        }
    }
}
