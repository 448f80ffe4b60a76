//! The `data` of Kubernetes `Secret` manifests, in YAML and JSON: base64 that the manifest's name for it explains.
//!
//! Yields `name: value` lines with the values decoded, so that they are judged as if they stood there in the clear. Values
//! of several lines are left to the search for runs.

use std::ops::Range;

use super::map::{Map, Value};
use super::{BEYOND, Layer, base64, text};
use crate::detect::Reach;

/// How far in front of `kind: Secret` the rest of the manifest may start.
const BEFORE: usize = 8 * 1024;
/// How far behind it ends.
const BEHIND: usize = 32 * 1024;

/// How far a manifest reaches from its anchor.
pub(super) const REACH: Reach = Reach {
    before: BEFORE + BEYOND,
    behind: BEHIND + BEYOND,
};

/// A manifest that stands further to the right is none. Together with what ends one, this bounds how many manifests a
/// line is read for.
const DEEPEST: usize = 40;
/// Kinds of other objects inside of a manifest in JSON.
const MOST_KINDS: usize = 8;
/// Longest value that is judged by its name.
const LONGEST: usize = 480;

/// The manifest whose `kind` stands at `at`.
pub(super) fn decode(text: &[u8], at: usize, room: usize) -> Option<Layer> {
    let part = at.saturating_sub(BEFORE)..at.saturating_add(BEHIND).min(text.len());
    let whole = part.start == 0;
    let near = &text[part.clone()];
    let anchor = at - part.start;
    let entries = if near.get(anchor) == Some(&b'"') {
        json_entries(near, anchor)?
    } else {
        yaml_entries(near, anchor, whole)?
    };
    let (mut out, mut values) = (Vec::new(), Vec::new());
    for entry in entries {
        let encoded = &near[entry.value.clone()];
        let Some(decoded) = value(encoded) else {
            continue;
        };
        if out.len() + entry.name.len() + decoded.len() + 8 > room {
            break;
        }
        out.extend_from_slice(&near[entry.name]);
        // Quotes only where a bare value would end early.
        let quote: &[u8] = match decoded
            .iter()
            .find(|b| matches!(b, b' ' | b'#' | b'"' | b'\''))
        {
            None => b"",
            Some(_) if decoded.contains(&b'"') => b"'",
            Some(_) => b"\"",
        };
        out.extend_from_slice(b": ");
        out.extend_from_slice(quote);
        let start = out.len();
        out.extend_from_slice(&decoded);
        values.push(Value {
            decoded: start..out.len(),
            at: part.start + entry.value.start,
            length: encoded.len(),
        });
        out.extend_from_slice(quote);
        out.push(b'\n');
    }
    (!values.is_empty()).then(|| Layer::new(out, Map::Values(values)))
}

/// The text of one line that a value encodes.
fn value(encoded: &[u8]) -> Option<Vec<u8>> {
    let digits = encoded.trim_ascii_end();
    let padding = digits.iter().rev().take_while(|b| **b == b'=').count();
    let (digits, _) = digits.split_at(digits.len() - padding);
    if digits.is_empty()
        || encoded.len() > LONGEST
        || padding > 2
        || (padding > 0 && !(digits.len() + padding).is_multiple_of(4))
        || !digits.iter().all(|b| base64::is_digit(*b))
    {
        return None;
    }
    let mut decoded = base64::decode_digits(digits);
    // `echo secret | base64` encodes the line's end too.
    while decoded.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
        decoded.pop();
    }
    let line = text::prefix(&decoded) == decoded.len() && !decoded.contains(&b'\n');
    (line && !decoded.is_empty()).then_some(decoded)
}

/// A name and its encoded value.
struct Entry {
    name: Range<usize>,
    value: Range<usize>,
}

/// A line of YAML.
struct Row {
    /// Its text, behind indentation and the sign of a list's item.
    range: Range<usize>,
    /// Where its text stands on the line.
    column: usize,
    item: bool,
}

impl Row {
    /// The line that starts there, and where the next one does.
    fn at(text: &[u8], start: usize) -> (Self, usize) {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let line = &text[start..end];
        let mut column = line.iter().take_while(|b| **b == b' ').count();
        let item = line[column..].starts_with(b"- ");
        while line[column..].starts_with(b"- ") {
            column += 2;
        }
        let bare = line[column..].trim_ascii_end();
        let range = start + column..start + column + bare.len();
        (
            Self {
                range,
                column,
                item,
            },
            end + 1,
        )
    }

    fn text<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.range.clone()]
    }

    /// Empty lines and comments.
    fn says_nothing(&self, text: &[u8]) -> bool {
        let row = self.text(text);
        row.is_empty() || row.starts_with(b"#")
    }

    /// Whether it is not of the manifest whose members start in a column. None has two kinds.
    fn is_outside(&self, text: &[u8], column: usize) -> bool {
        let row = self.text(text);
        self.column < column
            || row.starts_with(b"---")
            || (self.column == column && row.starts_with(b"kind:"))
    }
}

fn yaml_entries(text: &[u8], anchor: usize, whole: bool) -> Option<Vec<Entry>> {
    let start_of = |at: usize| memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    // What the text starts with may be the rest of a line.
    let known = |start: usize| start > 0 || whole;
    let start = start_of(anchor);
    let (kind, behind) = Row::at(text, start);
    let column = kind.column;
    if !known(start) || kind.range.start != anchor || column > DEEPEST {
        return None;
    }
    let value = kind.text(text).strip_prefix(b"kind:")?.trim_ascii();
    if value != b"Secret" && value != b"\"Secret\"" {
        return None;
    }
    let (mut first, mut opens) = (start, kind.item);
    while !opens && first > 0 {
        let before = start_of(first - 1);
        let (row, _) = Row::at(text, before);
        if !known(before) || !row.says_nothing(text) && row.is_outside(text, column) {
            break;
        }
        opens = row.item && row.column == column;
        first = before;
    }
    let mut rows = Vec::new();
    let mut at = first;
    while at < text.len() {
        let (row, next) = Row::at(text, at);
        let next_item = row.item && row.column == column;
        if at >= behind && !row.says_nothing(text) && (next_item || row.is_outside(text, column)) {
            break;
        }
        if !row.says_nothing(text) {
            rows.push(row);
        }
        at = next;
    }
    let data = rows
        .iter()
        .position(|row| row.column == column && row.text(text) == b"data:")?;
    let inner = rows.get(data + 1)?.column;
    if inner <= column {
        return None;
    }
    let entries = rows[data + 1..]
        .iter()
        .take_while(|row| row.column >= inner)
        .filter(|row| row.column == inner)
        .filter_map(|row| yaml_entry(text, &row.range));
    Some(entries.collect())
}

fn yaml_entry(text: &[u8], row: &Range<usize>) -> Option<Entry> {
    let line = &text[row.clone()];
    let colon = memchr::memmem::find(line, b": ")?;
    let name = unquoted(line, 0..colon);
    let mut start = colon + 2;
    while line.get(start) == Some(&b' ') {
        start += 1;
    }
    if line[start..].starts_with(b"!!binary ") {
        start += "!!binary ".len();
    }
    // A comment may follow.
    let rest = &line[start..];
    let end = start + memchr::memmem::find(rest, b" #").unwrap_or(rest.len());
    let value = unquoted(line, start..end);
    Some(Entry {
        name: row.start + name.start..row.start + name.end,
        value: row.start + value.start..row.start + value.end,
    })
}

/// Without the quotes around it.
fn unquoted(line: &[u8], range: Range<usize>) -> Range<usize> {
    match line[range.clone()].trim_ascii_end() {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => {
            range.start + 1..range.start + 1 + inner.len()
        }
        bare => range.start..range.start + bare.len(),
    }
}

fn json_entries(text: &[u8], anchor: usize) -> Option<Vec<Entry>> {
    let mut depth = 0_usize;
    let open = (0..anchor).rev().find(|&at| match text[at] {
        b'}' => {
            depth += 1;
            false
        }
        b'{' if depth > 0 => {
            depth -= 1;
            false
        }
        b'{' => true,
        // No object has two kinds.
        b'"' => depth == 0 && text[at..].starts_with(b"\"kind\""),
        _ => false,
    })?;
    if text[open] != b'{' {
        return None;
    }
    let mut reader = Reader { text, at: open + 1 };
    let (mut depth, mut kinds) = (0_usize, 0);
    loop {
        match reader.next()? {
            Token::Open => depth += 1,
            Token::Close => depth = depth.checked_sub(1)?,
            Token::Text(name) if depth == 0 && &text[name.clone()] == b"data" => break,
            Token::Text(name) if &text[name.clone()] == b"kind" => {
                kinds += 1;
                if kinds > MOST_KINDS {
                    return None;
                }
            }
            _ => {}
        }
    }
    if !matches!(
        (reader.next()?, reader.next()?),
        (Token::Colon, Token::Open)
    ) {
        return None;
    }
    let mut entries = Vec::new();
    // What is cut off at the end of the text still counts.
    while let Some(Token::Text(name)) = reader.next() {
        let (Some(Token::Colon), Some(Token::Text(value))) = (reader.next(), reader.next()) else {
            break;
        };
        entries.push(Entry { name, value });
    }
    Some(entries)
}

enum Token {
    Open,
    Close,
    Colon,
    Text(Range<usize>),
}

/// Reads what matters of JSON and skips the rest.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'{' | b'[' => return Some(Token::Open),
                b'}' | b']' => return Some(Token::Close),
                b':' => return Some(Token::Colon),
                b'"' => {
                    let start = self.at;
                    loop {
                        match self.text.get(self.at)? {
                            b'\\' => self.at += 2,
                            b'"' => break,
                            _ => self.at += 1,
                        }
                    }
                    self.at += 1;
                    return Some(Token::Text(start..self.at - 1));
                }
                _ => {}
            }
        }
    }
}
