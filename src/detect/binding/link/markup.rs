//! Elements, attributes and cells: names and values in XML and in tables.

use super::super::name::{Name, is_part};
use super::super::value::{self, Value};
use super::{Link, close_name, last_line, skip_blanks};
use crate::detect::binding::LONGEST_VALUE;

/// Longest of what stands between a name and the end of its tag.
const LONGEST_TAG: usize = 120;

/// The text of an element: `<password>x</password>`.
pub(super) fn element(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let open = window.get(at..)?;
    let tag = open
        .iter()
        .take(LONGEST_TAG)
        .position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
    if open[tag] != b'>' || (tag > 0 && open[tag - 1] == b'/') {
        return None;
    }
    let start = at + tag + 1;
    let text = window.get(start..)?;
    let length = text
        .iter()
        .take(LONGEST_VALUE)
        .position(|b| matches!(b, b'<' | b'\n'))?;
    if text[length] != b'<' || text.get(length + 1) != Some(&b'/') {
        return None;
    }
    Some((Link::Element, Value::plain(start, start + length)))
}

/// Words for the part that names something, and for the part that holds its value.
const NAMING: &[&[u8]] = &[
    b"key",
    b"name",
    b"id",
    b"field",
    b"property",
    b"param",
    b"variable",
    b"option",
    b"attribute",
];
const HOLDING: &[&[u8]] = &[
    b"value",
    b"val",
    b"content",
    b"data",
    b"default",
    b"defaultvalue",
];
/// Furthest distance of the value from the name that another attribute holds.
const PAIR_REACH: usize = 80;

/// `key="password" value="x"`, `{"name": "PASSWORD", "value": "x"}`, `- name: PASSWORD` above `value: x`.
pub(super) fn pair(window: &[u8], name: &Name, at: usize) -> Option<Value> {
    let before = &window[name.range.start.saturating_sub(20)..name.range.start];
    let end = before
        .iter()
        .rposition(|b| !matches!(b, b'"' | b'\'' | b' ' | b'=' | b':' | b'`' | b'\\' | b'>'))?;
    if before[end + 1..].iter().all(|b| !matches!(b, b'=' | b':')) {
        return None;
    }
    let word = &before[before[..=end]
        .iter()
        .rposition(|b| !b.is_ascii_alphabetic())
        .map_or(0, |at| at + 1)..=end];
    // <input type="password" value="x">
    let of_a_form = word == b"type" && window[..name.range.start].ends_with(b"type=\"");
    if !is_naming(word) && !of_a_form {
        return None;
    }
    let mut from = at;
    let limit = (at + PAIR_REACH).min(window.len());
    while from < limit {
        let skipped = window[from..limit]
            .iter()
            .position(u8::is_ascii_alphabetic)?;
        if window[from..from + skipped]
            .iter()
            .any(|b| matches!(b, b'}' | b'<' | b'>'))
        {
            return None;
        }
        let start = from + skipped;
        let length = window[start..limit]
            .iter()
            .take_while(|b| is_part(**b))
            .count();
        let word = &window[start..start + length];
        from = start + length.max(1);
        if !is_holding(word) {
            continue;
        }
        let operator = skip_blanks(window, close_name(window, start + length));
        let operator = match window.get(operator..)? {
            [b'=', b'>', ..] => operator + 2,
            [b'=' | b':', ..] => operator + 1,
            _ => return None,
        };
        return value::read(window, skip_blanks(window, operator), Link::Pair);
    }
    None
}

/// `| password | value |`, or the name above a line of dashes and the value in its column below.
pub(super) fn table(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let low = name.range.start.saturating_sub(120);
    let line = last_line(&window[low..name.range.start]);
    if line.trim_ascii_start().first() != Some(&b'|') {
        return None;
    }
    let columns = line.iter().filter(|b| **b == b'|').count();
    if let Some(below) = rows(window, at) {
        return column(window, below, columns);
    }
    cell(window, at)
}

/// The cell that starts at `at`, where it is a single word.
fn cell(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let start = skip_blanks(window, at);
    let cell = window.get(start..)?;
    let quote = usize::from(cell.first() == Some(&b'`'));
    let cell = &cell[quote..];
    let length = cell
        .iter()
        .take(LONGEST_VALUE)
        .position(|b| matches!(b, b'|' | b'\n' | b' ' | b'\t' | b'`'))?;
    let rest = cell[length..]
        .iter()
        .find(|b| !matches!(b, b' ' | b'\t' | b'`'));
    (rest == Some(&b'|')).then(|| {
        (
            Link::Table,
            Value::plain(start + quote, start + quote + length),
        )
    })
}

/// Where the rows of a table start, if what stands at `at` is in its head: behind the line of dashes.
fn rows(window: &[u8], at: usize) -> Option<usize> {
    let head = memchr::memchr(b'\n', window.get(at..)?)?;
    let dashes = at + head + 1;
    let length = memchr::memchr(b'\n', window.get(dashes..)?)?;
    let line = &window[dashes..dashes + length];
    let is = line
        .iter()
        .all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\t' | b'\r'));
    (is && line.contains(&b'-')).then_some(dashes + length + 1)
}

/// The cell of the first row that the `index`th bar opens.
fn column(window: &[u8], at: usize, index: usize) -> Option<(Link, Value)> {
    let row = window.get(at..)?;
    let row = &row[..memchr::memchr(b'\n', row).unwrap_or(row.len())];
    let bar = memchr::memchr_iter(b'|', row).nth(index.checked_sub(1)?)?;
    cell(window, at + bar + 1)
}

/// `<entry key="db.password">x</entry>`, `<string name="api_key" translatable="false">x</string>`: the text of an element
/// whose attribute holds the name.
pub(super) fn text_of_named(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let before = &window[name.range.start.saturating_sub(LONGEST_TAG)..name.range.start];
    let tag = &before[before.iter().rposition(|b| matches!(b, b'<' | b'>'))?..];
    let attribute = tag.trim_ascii_end();
    let attribute = attribute
        .strip_suffix(b"\"")
        .or(attribute.strip_suffix(b"'"))?;
    let attribute = attribute.trim_ascii_end().strip_suffix(b"=")?;
    let word = attribute
        .rsplit(|b| !b.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    if tag[0] != b'<' || !is_naming(word) {
        return None;
    }
    element(window, at).or_else(|| {
        // <property name="password"><value>x</value></property>
        let rest = window.get(at..(at + LONGEST_TAG).min(window.len()))?;
        let close = memchr::memchr(b'>', rest)?;
        if rest[..close].ends_with(b"/") {
            return None;
        }
        holding_element(window, at + close + 1)
    })
}

/// The text of an element that holds a value, where one starts at `at` or behind blanks.
fn holding_element(window: &[u8], at: usize) -> Option<(Link, Value)> {
    const SPACE: usize = 48;
    let behind = window.get(at..)?;
    let blanks = behind
        .iter()
        .take(SPACE)
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    let tag = behind.get(blanks..)?.strip_prefix(b"<")?;
    let length = tag.iter().take(SPACE).position(|b| *b == b'>')?;
    let kind = last_word(&tag[..length]);
    (is_holding(kind) || kind == b"string")
        .then(|| element(window, at + blanks + 1 + length))
        .flatten()
}

/// `value` of `param-value`.
fn last_word(name: &[u8]) -> &[u8] {
    name.rsplit(|b| matches!(b, b'-' | b'_'))
        .next()
        .unwrap_or_default()
}

/// `<key>ApiSecret</key> <string>x</string>`, `<name>password</name> <value>x</value>`: the name is an element's text, the value
/// that of the next one.
pub(super) fn next_element(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    const SPACE: usize = 48;
    let before = window[..name.range.start].strip_suffix(b">")?;
    let word = before.rsplit(|b| *b == b'<').next().unwrap_or_default();
    if word.len() > SPACE || !is_naming(last_word(word)) {
        return None;
    }
    let close = window.get(at..)?.strip_prefix(b"</")?.strip_prefix(word)?;
    holding_element(window, window.len() - close.strip_prefix(b">")?.len())
}

fn is_naming(word: &[u8]) -> bool {
    NAMING
        .iter()
        .any(|naming| word.eq_ignore_ascii_case(naming))
}

fn is_holding(word: &[u8]) -> bool {
    HOLDING
        .iter()
        .any(|holding| word.eq_ignore_ascii_case(holding))
}
