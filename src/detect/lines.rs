//! Lines, columns and the masked line around a secret.
//!
//! Positions are computed for matches only; a scan without matches pays one newline count per buffer.

use std::ops::Range;

use crate::finding::{Excerpt, Position};
use crate::text::sanitize;

/// How much of a line is shown on each side of a secret, in bytes.
const EXCERPT: usize = 120;
/// How much of a line a suppression marker is looked for in, on each side of a secret.
pub const LINE_WINDOW: usize = 1024;

/// Walks forward through a text and tells the position of each offset it is asked for.
#[derive(Debug, Clone)]
pub struct LineCounter {
    at: usize,
    position: Position,
}

impl LineCounter {
    /// At the start of a blob whose first bytes are `head`: a byte order mark takes no column.
    pub fn at_start(head: &[u8]) -> Self {
        let column = u64::from(!head.starts_with(b"\xEF\xBB\xBF"));
        Self {
            at: 0,
            position: Position {
                line: 1,
                column,
                column_utf16: column,
            },
        }
    }

    /// The position of `offset`, which must not be smaller than the one asked for last.
    pub fn position_at(&mut self, text: &[u8], offset: usize) -> Position {
        let passed = text.get(self.at..offset).unwrap_or_default();
        self.position = advance(self.position, passed);
        self.at = self.at.max(offset);
        self.position
    }

    /// Goes to `offset` and counts from there: the text before it is about to be dropped.
    pub fn rebase(&mut self, text: &[u8], offset: usize) {
        self.position_at(text, offset);
        self.at -= offset;
    }
}

fn advance(from: Position, passed: &[u8]) -> Position {
    let lines = memchr::memchr_iter(b'\n', passed).count() as u64;
    let (mut position, tail) = match memchr::memrchr(b'\n', passed) {
        Some(newline) => {
            let start = Position {
                line: from.line + lines,
                column: 1,
                column_utf16: 1,
            };
            (start, &passed[newline + 1..])
        }
        None => (from, passed),
    };
    for chunk in tail.utf8_chunks() {
        let valid = chunk.valid();
        let characters = valid.bytes().filter(|b| b & 0xC0 != 0x80).count() as u64;
        let wide = valid.bytes().filter(|b| *b >= 0xF0).count() as u64;
        let invalid = chunk.invalid().len() as u64;
        position.column += characters + invalid;
        position.column_utf16 += characters + wide + invalid;
    }
    position
}

/// The nearest character boundary at or before `offset`, so that a text can be cut there.
pub fn character_start(text: &[u8], offset: usize) -> usize {
    let mut start = offset;
    while start > 0 && offset - start < 3 && text.get(start).is_some_and(|b| b & 0xC0 == 0x80) {
        start -= 1;
    }
    start
}

/// The lines around a secret, copied while the text is at hand.
#[derive(Debug, Clone, Default)]
pub struct LineWindow {
    /// The line on which the secret starts, from at most [`LINE_WINDOW`] bytes before it to the end of the line on
    /// which it ends (or as many bytes behind it).
    pub text: Vec<u8>,
    /// Offset of `text` in the blob.
    pub offset: u64,
    /// Whether `text` starts at the start of its line.
    pub from_line_start: bool,
    /// The line before, or the end of it.
    pub previous: Vec<u8>,
}

impl LineWindow {
    /// Copies what is needed around `secret`; `base` is the offset of `text` in the blob.
    pub fn around(text: &[u8], secret: &Range<usize>, base: u64) -> Self {
        let floor = secret.start.saturating_sub(LINE_WINDOW);
        let newline = memchr::memrchr(b'\n', &text[floor..secret.start]).map(|at| floor + at);
        let start = newline.map_or_else(|| character_start(text, floor), |at| at + 1);
        let ceiling = (secret.end + LINE_WINDOW).min(text.len());
        let end =
            memchr::memchr(b'\n', &text[secret.end..ceiling]).map_or(ceiling, |at| secret.end + at);
        let previous = newline.map_or(&[][..], |newline| {
            let floor = newline.saturating_sub(LINE_WINDOW);
            let start =
                memchr::memrchr(b'\n', &text[floor..newline]).map_or(floor, |at| floor + at + 1);
            &text[start..newline]
        });
        Self {
            text: text[start..end].to_vec(),
            offset: base + start as u64,
            from_line_start: newline.is_some() || (start == 0 && base == 0),
            previous: previous.to_vec(),
        }
    }

    /// The first line of the window with every range of `secrets` (offsets in the blob) masked. `own` is the secret
    /// the excerpt is for, and `visible` how many of its first bytes may be shown.
    pub fn excerpt(
        &self,
        own: &Range<u64>,
        visible: usize,
        secrets: &[Range<u64>],
        values: &[&[u8]],
    ) -> Excerpt {
        let local = |range: &Range<u64>| {
            let start = range.start.saturating_sub(self.offset) as usize;
            let end = range.end.saturating_sub(self.offset) as usize;
            start.min(self.text.len())..end.min(self.text.len())
        };
        let own = local(own);
        let line_end = memchr::memchr(b'\n', &self.text[own.start..])
            .map_or(self.text.len(), |at| own.start + at);
        let mut masked: Vec<Range<usize>> = secrets
            .iter()
            .map(local)
            .filter(|r| !r.is_empty())
            .collect();
        for value in values.iter().filter(|v| v.len() >= 4) {
            masked.extend(
                memchr::memmem::find_iter(&self.text, value).map(|at| at..at + value.len()),
            );
        }
        // What is shown of the own secret must not be hidden by itself, but may be by another one around it.
        let shown = own.start..(own.start + visible).min(own.end);
        masked.retain(|r| *r != own);
        let hides_prefix = masked
            .iter()
            .any(|r| r.start < own.start && r.end > own.start);
        let hidden_from = if hides_prefix { own.start } else { shown.end };
        masked.retain(|r| !(r.start >= own.start && r.end <= own.end));
        masked.push(hidden_from..own.end);
        let masked = merge(masked);

        let window_start = character_start(&self.text, own.start.saturating_sub(EXCERPT));
        let window_end = character_start(&self.text, line_end.min(own.end.saturating_add(EXCERPT)));
        let mut excerpt = Excerpt::default();
        if window_start > 0 || !self.from_line_start {
            excerpt.text.push('…');
        }
        let mut at = window_start;
        let mut highlight = None;
        for range in masked
            .iter()
            .filter(|r| r.end > window_start && r.start < window_end)
        {
            let plain = &self.text[at..range.start.max(at)];
            if range.start <= hidden_from && hidden_from < range.end.max(range.start + 1) {
                let before = &self.text[at..own.start.clamp(at, range.start.max(at))];
                excerpt.text.push_str(&sanitize(before));
                let start = excerpt.text.len();
                excerpt.text.push_str(&sanitize(&plain[before.len()..]));
                excerpt.text.push_str(MASK);
                highlight = Some(start..excerpt.text.len());
            } else {
                excerpt.text.push_str(&sanitize(plain));
                excerpt.text.push_str(MASK);
            }
            at = range.end.max(at);
        }
        if at < window_end {
            let rest = self.text[at..window_end].strip_suffix(b"\r");
            excerpt
                .text
                .push_str(&sanitize(rest.unwrap_or(&self.text[at..window_end])));
        }
        if window_end < line_end {
            excerpt.text.push('…');
        }
        excerpt.highlight = highlight.unwrap_or(0..0);
        excerpt
    }
}

/// What stands in place of a secret; its length says nothing of the secret's.
pub const MASK: &str = "********";

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str, offset: usize) -> (u64, u64, u64) {
        let p = LineCounter::at_start(text.as_bytes()).position_at(text.as_bytes(), offset);
        (p.line, p.column, p.column_utf16)
    }

    #[test]
    fn columns_count_characters_and_utf16_units() {
        assert_eq!(position("abc", 2), (1, 3, 3));
        assert_eq!(position("a\r\nbc", 4), (2, 2, 2));
        assert_eq!(position("é😀x", "é😀".len()), (1, 3, 4));
        assert_eq!(position("\u{feff}x", 3), (1, 1, 1));
    }

    #[test]
    fn secrets_and_their_repetitions_are_masked() {
        let text = b"first\nkey = tok_SECRETVALUE # tok_SECRETVALUE and OTHERSECRET\nlast\n";
        let find = |needle: &[u8]| {
            let at = memchr::memmem::find(text, needle).expect("needle");
            at..at + needle.len()
        };
        let own = find(b"tok_SECRETVALUE");
        let other = find(b"OTHERSECRET");
        let window = LineWindow::around(text, &own, 0);
        let wide = |r: &Range<usize>| r.start as u64..r.end as u64;
        let excerpt = window.excerpt(
            &wide(&own),
            4,
            &[wide(&own), wide(&other)],
            &[b"tok_SECRETVALUE", b"OTHERSECRET"],
        );
        assert_eq!(excerpt.text, "key = tok_******** # ******** and ********");
        assert_eq!(&excerpt.text[excerpt.highlight], "tok_********");
    }
}
