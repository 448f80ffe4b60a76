//! The line of a finding with carets under its masked secret, cut to the terminal's width.
//!
//! Takes an [`Excerpt`], which is masked and neutralised already. It must keep the secret's place in sight, and must
//! not fail on a highlight that does not fit its text.

use unicode_width::UnicodeWidthChar as _;

use crate::finding::Excerpt;

/// Narrower terminals get this much all the same: less would show nothing.
const NARROWEST: usize = 24;
/// Columns kept behind the secret when the line is cut on the left.
const BEHIND: usize = 8;
/// What marks a cut.
const CUT: char = '…';

/// A line fit to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The text.
    pub(super) text: String,
    /// Columns before the carets.
    pub(super) indent: usize,
    /// Number of carets; 0 if nothing is to be marked.
    pub(super) carets: usize,
}

/// Cuts an excerpt to `available` columns, if there is a limit.
pub(super) fn fit(excerpt: &Excerpt, available: Option<usize>) -> Line {
    let text = excerpt.text.as_str();
    let marked = match text.get(excerpt.highlight.clone()) {
        Some(_) => excerpt.highlight.clone(),
        None => 0..0,
    };
    let Some(available) = available.map(|columns| columns.max(NARROWEST)) else {
        return line(text, text, marked.start, marked.len(), "", "");
    };
    if width(text) <= available {
        return line(text, text, marked.start, marked.len(), "", "");
    }
    // One column goes to the cut on the right, unless the text ends there, and one to the cut on the left.
    if width(&text[..marked.end]) < available {
        let shown = take(text, available - 1);
        return line(text, shown, marked.start, marked.len(), "", "…");
    }
    let tail = width(&text[marked.end..]);
    let behind = if tail <= BEHIND { tail } else { BEHIND + 1 };
    let room = available - 1 - behind;
    let from = start_within(text, marked.end, room).min(marked.start);
    let rest = &text[from..];
    let shown = take(rest, available - 2);
    let (shown, right) = if width(rest) < available {
        (rest, "")
    } else {
        (shown, "…")
    };
    let visible = marked
        .len()
        .min(shown.len().saturating_sub(marked.start - from));
    line(rest, shown, marked.start - from, visible, "…", right)
}

/// Puts a line together from the part `shown` of `text`; the mark is `length` bytes at `start` of `text`.
fn line(text: &str, shown: &str, start: usize, length: usize, left: &str, right: &str) -> Line {
    let carets = match text.get(start..start + length) {
        Some(marked) if !marked.is_empty() => width(marked).max(1),
        _ => 0,
    };
    Line {
        indent: width(left) + text.get(..start).map_or(0, width),
        carets,
        text: [left, shown, right].concat(),
    }
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    // The mark of a cut is of ambiguous width; terminals outside of East Asia give it one column.
    if c == CUT { 1 } else { c.width().unwrap_or(0) }
}

/// The longest start of `text` that takes at most `limit` columns.
fn take(text: &str, limit: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += columns(c);
        if taken > limit {
            return &text[..at];
        }
    }
    text
}

/// The first offset from which `text[..end]` takes at most `limit` columns.
fn start_within(text: &str, end: usize, limit: usize) -> usize {
    let mut taken = 0;
    for (at, c) in text[..end].char_indices().rev() {
        taken += columns(c);
        if taken > limit {
            return at + c.len_utf8();
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(before: &str, mark: &str, after: &str) -> Excerpt {
        Excerpt {
            text: [before, mark, after].concat(),
            highlight: before.len()..before.len() + mark.len(),
        }
    }

    /// The text and its carets, one above the other.
    fn drawn(excerpt: &Excerpt, available: Option<usize>) -> String {
        let line = fit(excerpt, available);
        format!(
            "{}\n{}{}",
            line.text,
            " ".repeat(line.indent),
            "^".repeat(line.carets)
        )
    }

    #[test]
    fn carets_stand_under_wide_characters() {
        assert_eq!(
            drawn(&excerpt("名前 = '", "k_****", "'"), None),
            "名前 = 'k_****'\n        ^^^^^^"
        );
    }

    #[test]
    fn a_long_tail_is_cut() {
        assert_eq!(
            drawn(
                &excerpt("key = ", "****", " # a comment that goes on"),
                Some(24)
            ),
            "key = **** # a comment …\n      ^^^^"
        );
    }

    #[test]
    fn a_long_head_is_cut_and_the_secret_stays_in_sight() {
        let head = "the quick brown fox jumps over key = ";
        assert_eq!(
            drawn(&excerpt(head, "****", ""), Some(24)),
            "…x jumps over key = ****\n                    ^^^^"
        );
        assert_eq!(
            drawn(&excerpt(head, "****", " # and a long tail"), Some(24)),
            "…ver key = **** # and a…\n           ^^^^"
        );
    }

    #[test]
    fn no_width_and_no_highlight_fails() {
        let wide = "界".repeat(5);
        for before in [
            "",
            "a",
            "界界界",
            "0123456789012345678901234567890123456789",
        ] {
            for mark in ["", "*", "****", &"*".repeat(60), &wide] {
                for after in ["", "界", "tail", &"tail ".repeat(20)] {
                    let excerpt = excerpt(before, mark, after);
                    for available in 0..80 {
                        let line = fit(&excerpt, Some(available));
                        let limit = available.max(NARROWEST);
                        assert!(
                            width(&line.text) <= limit,
                            "{excerpt:?} {available} {line:?}"
                        );
                        assert!(
                            line.indent + line.carets <= limit,
                            "{excerpt:?} {available} {line:?}"
                        );
                    }
                }
            }
        }
        let mut odd = excerpt("é", "é", "é");
        odd.highlight = 1..3;
        assert_eq!(fit(&odd, Some(10)).carets, 0);
        odd.highlight = 4..40;
        assert_eq!(fit(&odd, None).carets, 0);
    }
}
