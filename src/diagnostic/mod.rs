//! What is wrong in a text file that a person wrote, shown with its line the way rustc shows errors.
//!
//! Shared by the configuration, the ignore file and the checks of rule files. Data with a `Display`: nothing here
//! prints, and nothing of a file reaches a terminal unescaped.

pub mod read;
mod syntax;

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use unicode_width::UnicodeWidthStr as _;

use crate::finding::BlobPath;
use crate::text::sanitize;

pub use syntax::of_toml;

/// Characters shown of a line before the place in question, where the line is long.
const CONTEXT_BEFORE: usize = 60;
/// Characters shown of a line from the place in question on.
const CONTEXT_AFTER: usize = 100;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The file cannot be used as it is.
    Error,
    /// It can, but it is probably not what was meant.
    Warning,
}

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in one line.
    pub message: String,
    /// The file.
    pub path: PathBuf,
    /// Where in the file; absent when the file as a whole is meant.
    pub place: Option<Place>,
    /// What else is known, one line each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place in a file, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u64,
    /// Column in Unicode characters, from 1.
    pub column: u64,
    /// The line, or the part of it around the place; safe to show.
    pub source: String,
    /// The columns of a terminal that the place takes in `source`; never empty.
    pub marked: Range<usize>,
}

/// Why a file cannot be used: at least one error, perhaps with warnings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", render(.diagnostics))]
pub struct InvalidFile {
    /// Everything that is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Diagnostic {
    /// An error that concerns a file as a whole.
    pub fn of_file(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            message: message.into(),
            path: path.into(),
            place: None,
            notes: Vec::new(),
            help: None,
        }
    }

    /// An error at a byte range of a file whose whole text is `text`.
    pub fn at(
        path: impl Into<PathBuf>,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            place: Some(Place::of(text, span)),
            ..Self::of_file(path, message)
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(self) -> Self {
        Self {
            level: Level::Warning,
            ..self
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        Self {
            help: (!help.is_empty()).then_some(help),
            ..self
        }
    }

    /// The same with one more thing that is known.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether the file cannot be used because of it.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The order of reports: by file, then by place.
    pub fn order(&self) -> impl Ord + '_ {
        let place = self.place.as_ref().map(|p| (p.line, p.column));
        (&self.path, place, self.level, &self.message)
    }
}

impl From<Diagnostic> for InvalidFile {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
        }
    }
}

impl Place {
    /// The place of a byte range; one that reaches over several lines is marked on the first of them.
    pub fn of(text: &str, span: Range<usize>) -> Self {
        let start = boundary(text, span.start);
        let end = boundary(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| start + at);
        let before = &text[line_start..start];
        let after = &text[start..line_end];
        let marked = &text[start..end.min(line_end)];

        let column = before.chars().count();
        let shown_before = sanitize(last_characters(before, CONTEXT_BEFORE).as_bytes());
        let shown_after = sanitize(first_characters(after, CONTEXT_AFTER).as_bytes());
        let shown_marked = sanitize(first_characters(marked, CONTEXT_AFTER).as_bytes());
        let mut source = String::new();
        if column > CONTEXT_BEFORE {
            source.push('…');
        }
        source.push_str(&shown_before);
        let from = source.width();
        source.push_str(&shown_after);
        if after.chars().nth(CONTEXT_AFTER).is_some() {
            source.push('…');
        }
        Self {
            line: text[..start].matches('\n').count() as u64 + 1,
            column: column as u64 + 1,
            source,
            marked: from..from + shown_marked.width().max(1),
        }
    }
}

/// The nearest character boundary at or before `offset`.
fn boundary(text: &str, offset: usize) -> usize {
    let offsets = 0..=offset.min(text.len());
    offsets
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn first_characters(text: &str, count: usize) -> &str {
    text.char_indices()
        .nth(count)
        .map_or(text, |(at, _)| &text[..at])
}

fn last_characters(text: &str, count: usize) -> &str {
    let skipped = text.chars().count().saturating_sub(count);
    text.char_indices()
        .nth(skipped)
        .map_or("", |(at, _)| &text[at..])
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let path = BlobPath::from_path(&self.path);
        let mut gutter = String::new();
        write!(f, "{level}: {}", sanitize(self.message.as_bytes()))?;
        if let Some(place) = &self.place {
            let line = place.line.to_string();
            gutter = " ".repeat(line.len());
            let marks = "^".repeat(place.marked.len());
            let indent = " ".repeat(place.marked.start);
            write!(f, "\n{gutter}--> {path}:{line}:{}", place.column)?;
            write!(
                f,
                "\n{gutter} |\n{line} | {}\n{gutter} | {indent}{marks}",
                place.source
            )?;
        } else {
            write!(f, "\n --> {path}")?;
        }
        let help = self.help.iter().map(|help| ("help", help));
        for (label, text) in self.notes.iter().map(|note| ("note", note)).chain(help) {
            write!(f, "\n{gutter} = {label}: {}", sanitize(text.as_bytes()))?;
        }
        Ok(())
    }
}

/// Several diagnostics, with an empty line between them and no line break at the end.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let shown: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    shown.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_below_its_line() {
        let text = "first\n\tkey = 'ä\u{1b}' # why\r\nlast";
        let at = text.find('\'').expect("quote");
        let shown = Diagnostic::at("a.toml", text, at..at + 5, "bad value")
            .with_note("seen")
            .with_help("mend it")
            .to_string();
        assert_eq!(
            shown,
            "error: bad value
 --> a.toml:2:8
  |
2 |     key = 'ä\\u{1b}' # why
  |           ^^^^^^^^^
  = note: seen
  = help: mend it"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let place = Place::of(&text, 500..504);
        assert_eq!(
            place.source.chars().count(),
            1 + CONTEXT_BEFORE + CONTEXT_AFTER + 1
        );
        assert_eq!(place.marked, 61..65);
        assert_eq!((place.line, place.column), (1, 501));
    }

    #[test]
    fn a_file_as_a_whole_has_no_line() {
        let shown = Diagnostic::of_file("a.toml", "is not UTF-8").to_string();
        assert_eq!(shown, "error: is not UTF-8\n --> a.toml");
    }

    proptest::proptest! {
        #[test]
        fn no_span_panics(text: String, start: usize, end: usize) {
            let span = Range { start, end };
            let _ = Diagnostic::at("x", &text, span, "m").to_string();
            let limit = text.len() + 2;
            let near = Range { start: start % limit, end: end % limit };
            let _ = Diagnostic::at("x", &text, near, "m").to_string();
        }
    }
}
