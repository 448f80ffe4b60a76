//! Whether a provider's name is said of a value: on its line, in the block around it, or a few lines away.
//!
//! Knows of lines, indentation, braces and section headers, which is what JSON, YAML, INI files and code have in common.

use std::ops::Range;

use super::binding::{is_word, phrase};
use super::name::Vocabulary;

/// Lines before a value on which its provider may be named.
const LINES_BEFORE: usize = 6;
/// Lines after it.
const LINES_AFTER: usize = 3;
/// Lines and brackets that are read for the names around a value.
const MOST_ENCLOSING: usize = 8;

/// How many line ends lie between two places.
pub(super) fn lines_between(text: &[u8], a: &Range<usize>, b: &Range<usize>) -> usize {
    let (from, to) = if a.end <= b.start {
        (a.end, b.start)
    } else {
        (b.end, a.start)
    };
    text.get(from..to)
        .map_or(0, |gap| gap.iter().filter(|b| **b == b'\n').count())
}

/// The identifier that holds the anchor: `ACME_API_KEY` around `ACME`.
pub(super) fn identifier_around(text: &[u8], anchor: &Range<usize>) -> Range<usize> {
    let part = |b: &&u8| is_word(**b) || matches!(b, b'-' | b'.');
    let before = text[..anchor.start]
        .iter()
        .rev()
        .take(64)
        .take_while(part)
        .count();
    let after = text[anchor.end..].iter().take(64).take_while(part).count();
    anchor.start - before..anchor.end + after
}

/// Whether the name is the `default` in the block that the identifier heads: `variable "acme_key" {` of Terraform, with
/// a description and a type between them.
pub(super) fn is_default_of(text: &[u8], identifier: &Range<usize>, name: &Range<usize>) -> bool {
    /// A longer block is no variable's.
    const LONGEST: usize = 400;
    let heads = text[..identifier.start]
        .strip_suffix(b"\"")
        .is_some_and(|head| head.trim_ascii_end().ends_with(b"variable"));
    heads
        && text[name.clone()].trim_ascii() == b"default"
        && text.get(identifier.end..name.start).is_some_and(|block| {
            block.len() <= LONGEST && !block.split(|b| *b == b'\n').any(closes)
        })
}

/// Whether the identifier is given another value than this: `ACME_KEY=… OTHER=VALUE`.
pub(super) fn has_own_value(text: &[u8], identifier: &Range<usize>, value: &Range<usize>) -> bool {
    let rest = &text[identifier.end..text.len().min(identifier.end + 64)];
    let sign = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b']' | b')' | b' ' | b'\t' | b'\\');
    let skipped = rest.iter().take_while(|b| sign(b)).count();
    let rest = &rest[skipped..];
    let signs = rest
        .iter()
        .take_while(|b| matches!(b, b'=' | b':' | b'>'))
        .count();
    let after = rest[signs..].iter().position(|b| !sign(b));
    match (signs, after) {
        (0, _) | (_, None) => false,
        (_, Some(after)) => {
            let place = identifier.end + skipped + signs + after;
            let opens = matches!(text.get(place), Some(b'\n' | b'\r' | b'{' | b'[' | b'|'));
            !opens && place != value.start
        }
    }
}

/// Lines and bytes between the provider's name and a value whose own name does not hold it; `None` where the name is
/// said of something else.
pub(super) fn distance(
    text: &[u8],
    anchor: &Range<usize>,
    value: &Range<usize>,
) -> Option<(usize, usize)> {
    let lines = lines_between(text, anchor, value);
    if anchor.end <= value.start {
        let gap = &text[anchor.end..value.start];
        let left = lines > LINES_BEFORE
            || leaves_block(gap)
            || (lines > 0 && leaves_section(text, anchor, value));
        return (!left).then_some((lines * 2, gap.len()));
    }
    let gap = &text[value.end..anchor.start];
    let other = lines > LINES_AFTER
        || opens_block(text, anchor)
        || gap
            .split(|b| *b == b'\n')
            .skip(1)
            .any(|line| closes(line) || is_header(line))
        || (lines > 0
            && indent_at(text, anchor.start) < indent_at(text, value.start)
            && opens_line(text, anchor));
    // What stands before is more likely meant than what stands as near behind.
    (!other).then_some((lines * 2 + 1, gap.len()))
}

/// Whether a brace that opened behind the name was closed again and another opened: the next entry of a table.
fn leaves_block(gap: &[u8]) -> bool {
    let (mut depth, mut left) = (0_i32, false);
    for byte in gap {
        match byte {
            b'{' if left => return true,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                left |= depth == 0;
            }
            _ => {}
        }
    }
    gap.split(|b| *b == b'\n').skip(1).any(closes) && depth < 0
}

/// Whether a line between begins another section, or the value's line lies outside of the one that the name heads.
fn leaves_section(text: &[u8], anchor: &Range<usize>, value: &Range<usize>) -> bool {
    let mut lines = text[anchor.end..value.start].split(|b| *b == b'\n');
    let heads = opens_block(text, anchor);
    if heads
        && indent_at(text, value.start) <= indent_at(text, anchor.start)
        && !is_bracketed(text, anchor)
    {
        return true;
    }
    // The first piece is the rest of the name's line, the last what stands before the value.
    let _ = lines.next();
    let between: Vec<&[u8]> = lines.collect();
    let Some((_, between)) = between.split_last() else {
        return false;
    };
    between
        .iter()
        .any(|line| is_header(line) && names_another(line))
}

/// `[section]`, `[[section]]`, `key:`, `"key": {`, `key {`, `key = {`.
fn is_header(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let bracketed =
        line.starts_with(b"[") && line.ends_with(b"]") && line.iter().any(|b| is_word(*b));
    let opened = line.ends_with(b"{") && !line.contains(&b'(');
    // Prose in a comment ends in a colon, too.
    let keyed = line.ends_with(b":") && !line.contains(&b' ') && line.len() > 1;
    bracketed || opened || keyed
}

/// Whether a header has words of its own that are not a credential's.
fn names_another(line: &[u8]) -> bool {
    let opinion = Vocabulary(&[]).read(line, None);
    opinion.foreign
}

/// Whether a line starts with what closes a block.
fn closes(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    matches!(line.first(), Some(b'}' | b']'))
}

/// Whether the name is a header's: `acme:`, `"acme": {`, `[acme]`.
fn opens_block(text: &[u8], anchor: &Range<usize>) -> bool {
    let identifier = identifier_around(text, anchor);
    let rest = &text[identifier.end..text.len().min(identifier.end + 24)];
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.trim_ascii();
    is_bracketed(text, anchor)
        || matches!(line, b":" | b"\":" | b"':" | b"{")
        || (line.len() <= 6
            && (line.ends_with(b"{") || line.ends_with(b"["))
            && line.iter().any(|b| matches!(b, b':' | b'=' | b'{')))
        || [
            &b"\":{"[..],
            b"\": {",
            b"': {",
            b": {",
            b":{",
            b" => {",
            b"' => [",
            b" = {",
        ]
        .iter()
        .any(|opening| line.starts_with(opening))
}

fn is_bracketed(text: &[u8], anchor: &Range<usize>) -> bool {
    line_of(text, anchor.start).trim_ascii().starts_with(b"[")
}

/// Whether nothing stands before the name on its line but quotes and dashes.
fn opens_line(text: &[u8], anchor: &Range<usize>) -> bool {
    let start = line_start(text, anchor.start);
    !text[start..anchor.start].iter().any(|b| is_word(*b))
}

fn line_start(text: &[u8], at: usize) -> usize {
    text[..at]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |end| end + 1)
}

fn line_of(text: &[u8], at: usize) -> &[u8] {
    let rest = &text[line_start(text, at)..];
    rest.split(|b| *b == b'\n').next().unwrap_or_default()
}

fn indent_at(text: &[u8], at: usize) -> usize {
    indent(line_of(text, at))
}

fn indent(line: &[u8]) -> usize {
    line.iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// The names of the blocks around a place, the innermost first: `api_keys` of `api_keys: {acme: …}`, and of the same in
/// YAML.
pub(super) fn enclosing_names(text: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut level = indent_at(text, at);
    let mut place = at;
    while let Some(&byte) = text[..place].last()
        && names.len() < MOST_ENCLOSING
    {
        place -= 1;
        match byte {
            b'}' | b']' | b')' => depth += 1,
            b'{' | b'[' | b'(' if depth > 0 => depth -= 1,
            b'{' | b'[' | b'(' => names.push(before_operator(text, place)),
            b'\n' => {
                let line = line_of(text, place);
                if !line.trim_ascii().is_empty() && indent(line) < level {
                    level = indent(line);
                    let end = line_start(text, place) + line.trim_ascii_end().len();
                    if let Some(end) = end.checked_sub(1)
                        && text.get(end) == Some(&b':')
                    {
                        names.push(phrase(text, end));
                    }
                }
            }
            _ => {}
        }
    }
    names.into_iter()
}

/// The name in front of an operator that ends at `at`.
fn before_operator(text: &[u8], at: usize) -> Range<usize> {
    let head = &text[..at];
    let signs = head
        .iter()
        .rev()
        .take(8)
        .take_while(|b| matches!(b, b'=' | b':' | b'>' | b' ' | b'\t' | b'('))
        .count();
    phrase(text, at - signs)
}
