//! Arguments and columns: a name is one item of a list, and its value another.

use super::super::name::Name;
use super::super::value::{self, Value};
use super::{Link, last_line, skip_blanks};

/// How far a call or a list of columns is looked through.
const REACH: usize = 200;

/// `add_argument("--password", help="…", default="x")`, `fromEnvironment('KEY', defaultValue: 'x')`. `at` is behind the
/// comma.
pub(super) fn default(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    const NAMES: &[&[u8]] = &[
        b"default=",
        b"defaultValue:",
        b"default:",
        b"default =",
        b"with:",
    ];
    let call = window.get(at..(at + REACH).min(window.len()))?;
    if window[name.range.end] == b')' {
        return None;
    }
    let (start, mark) = NAMES
        .iter()
        .filter_map(|mark| memchr::memmem::find(call, mark).map(|start| (start, mark.len())))
        .min()?;
    // Another call, or another statement, has arguments of its own.
    let between = &call[..start];
    let other_line = memchr::memchr_iter(b'\n', between).any(|line| {
        let end = between[..line].trim_ascii_end();
        !matches!(end.last(), None | Some(b','))
    });
    if between
        .iter()
        .any(|b| matches!(b, b'(' | b')' | b';' | b'{' | b'}'))
        || between.ends_with(b"_")
        || other_line
    {
        return None;
    }
    let value = value::literal(window, skip_blanks(window, at + start + mark))?;
    Some((Link::Default, value))
}

/// Calls that put their second argument where the first one says.
const COPYING: &[&[u8]] = &[
    b"strcpy",
    b"strncpy",
    b"strlcpy",
    b"put",
    b"set",
    b"setopt",
    b"setoption",
    b"setproperty",
    b"putenv",
    b"setenv",
    b"putstring",
    b"setdefault",
    b"sprintf",
    b"snprintf",
    b"memcpy",
];

/// `strcpy(config.password, "x")`, `env.put(Context.SECURITY_CREDENTIALS, "x")`. `at` is behind the comma.
pub(super) fn copied(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let low = name.range.start.saturating_sub(REACH);
    let before = &window[low..name.range.start];
    let open = before
        .iter()
        .rposition(|b| matches!(b, b'(' | b')' | b';' | b'\n' | b'"'))
        .filter(|at| before[*at] == b'(')?;
    let called = &before[..open];
    let start = called
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))
        .map_or(0, |at| at + 1);
    let called = &called[start..];
    let last = called.rsplit(|b| *b == b'_').next().unwrap_or_default();
    if !COPYING
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word) || called.eq_ignore_ascii_case(word))
    {
        return None;
    }
    let mut start = skip_blanks(window, at);
    // `snprintf(password, sizeof(password), "x")`
    if window[start..].starts_with(b"sizeof") {
        let size = &window[start..];
        let size = &size[..memchr::memchr(b'\n', size).unwrap_or(size.len())];
        start = skip_blanks(window, start + memchr::memmem::find(size, b"),")? + 2);
    }
    let value = value::literal(window, start)?;
    Some((Link::Comma, value))
}

/// `USER, PASSWORD = 'joe', 'x'`: the names on the left, the values in their order on the right. `at` is where the text behind
/// the name goes on.
pub(super) fn assigned_together(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b',' | b' ' | b'$' | b'.');
    let line = last_line(&window[..name.range.start]);
    let index = line.iter().filter(|b| **b == b',').count();
    let rest = window.get(at..(at + REACH).min(window.len()))?;
    let names = rest.iter().position(|b| !part(b))?;
    let operator = &rest[names..];
    let length = match operator {
        [b'=', b'=' | b'>', ..] => return None,
        [b'=', ..] => 1,
        [b':', b'=', ..] => 2,
        _ => return None,
    };
    if !line.iter().all(part) || (index == 0 && !rest[..names].contains(&b',')) {
        return None;
    }
    let mut start = skip_blanks(window, at + names + length);
    for _ in 0..index {
        let before = value::literal(window, start)?;
        let comma = skip_blanks(window, before.end);
        if window.get(comma) != Some(&b',') {
            return None;
        }
        start = skip_blanks(window, comma + 1);
    }
    value::literal(window, start).map(|value| (Link::Equals, value))
}

/// `INSERT INTO users (name, password) VALUES ('joe', 'x')`: the value in the name's column of the first row.
pub(super) fn inserted(window: &[u8], name: &Name) -> Option<(Link, Value)> {
    let column = |b: &u8| {
        b.is_ascii_alphanumeric()
            || b.is_ascii_whitespace()
            || matches!(b, b'_' | b',' | b'`' | b'"' | b'[' | b']' | b'.')
    };
    let low = name.range.start.saturating_sub(REACH);
    let before = &window[low..name.range.start];
    let open = before.iter().rposition(|b| !column(b))?;
    if before[open] != b'(' {
        return None;
    }
    let statement = before[..open].to_ascii_lowercase();
    memchr::memmem::rfind(&statement, b"into ").filter(|at| statement[*at..].iter().all(column))?;
    let index = before[open..].iter().filter(|b| **b == b',').count();
    let end = name.range.end;
    let columns = window.get(end..(end + REACH).min(window.len()))?;
    let close = end + columns.iter().position(|b| !column(b))?;
    let mut at = skip_lines(window, close + 1);
    if window.get(close) != Some(&b')') || !window.get(at..at + 6)?.eq_ignore_ascii_case(b"values")
    {
        return None;
    }
    at = skip_lines(window, at + 6);
    if window.get(at) != Some(&b'(') {
        return None;
    }
    at = skip_lines(window, at + 1);
    for _ in 0..index {
        let item = value::literal(window, at).map_or(at, |literal| literal.end);
        let comma = window
            .get(item..)?
            .iter()
            .take(REACH)
            .position(|b| matches!(b, b',' | b'(' | b')' | b'\'' | b'"'))?;
        if window[item + comma] != b',' {
            return None;
        }
        at = skip_lines(window, item + comma + 1);
    }
    value::literal(window, at).map(|value| (Link::Pair, value))
}

fn skip_lines(window: &[u8], at: usize) -> usize {
    let blanks = window.get(at..).unwrap_or_default().iter();
    at + blanks
        .take(REACH)
        .take_while(|b| b.is_ascii_whitespace())
        .count()
}

/// `set("x", forKey: "password")`, `setValue("x", forHTTPHeaderField: "X-Api-Key")` as Swift has them.
pub(super) fn given_for(window: &[u8], name: &Name) -> Option<(Link, Value)> {
    const LONGEST: usize = 120;
    let before = window[..name.range.start].strip_suffix(b"\"")?;
    let before = [&b", forKey: "[..], b", forHTTPHeaderField: ", b", for: "]
        .iter()
        .find_map(|words| before.strip_suffix(*words))?;
    let end = before.strip_suffix(b"\"")?.len();
    value::literal_before(window, end, LONGEST).map(|value| (Link::Comma, value))
}
