//! Calls, alternatives and references with a default: the literal that an expression comes to.

use super::{Value, literal};
use crate::detect::binding::link::{Link, skip_blanks};

/// A literal that is only a reference with a default stands for the default.
pub(super) fn with_default(window: &[u8], value: Value) -> Value {
    let text = &window[value.range.clone()];
    if text.starts_with(b"${")
        && text.ends_with(b"}")
        && let Some(inner) = default_in_braces(window, value.range.start + 2, value.range.end - 1)
    {
        return Value {
            quote: value.quote,
            end: value.end,
            ..inner
        };
    }
    value
}

/// The default in `${NAME:-default}` or `${name:default}`, between the braces.
pub(super) fn default_in_braces(window: &[u8], start: usize, end: usize) -> Option<Value> {
    let inner = window.get(start..end)?;
    let name = inner
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        .count();
    let mark = match inner.get(name..)? {
        [b':', b'-' | b'=', ..] => 2,
        [b':', next, ..] if !matches!(next, b'?' | b'+') => 1,
        _ => return None,
    };
    Some(Value::plain(start + name + mark, end).linked(Link::Default))
}

/// Just behind `Some(`, `String::from(` and their like, if one stands at `at`.
pub(in crate::detect::binding) fn into_wrapper(window: &[u8], at: usize) -> usize {
    let rest = window.get(at..).unwrap_or_default();
    let name = rest
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))
        .count();
    if name > 0 && rest.get(name) == Some(&b'(') {
        at + name + 1
    } else {
        at
    }
}

/// What an expression comes to.
pub(super) enum Expression {
    /// A literal in it, which is the value if nothing else is.
    Value(Value),
    /// Something that only the running program knows.
    Nothing,
    /// No expression but a bare word.
    Bare,
}

/// Functions that look something up by the literal they are given, or make something new of that kind.
const LOOKUPS: &[&str] = &[
    "env",
    "get",
    "fetch",
    "lookup",
    "find",
    "config",
    "secret",
    "param",
    "prop",
    "require",
    "read",
    "load",
    "setting",
    "translate",
    "gettext",
    "_",
    "t",
    "i18n",
    "label",
    "open",
    "file",
    "path",
    "input",
    "prompt",
    "ask",
    "format",
    "has",
    "query",
    "select",
    "print",
    "error",
    "throw",
    "message",
    "raise",
    "column",
    "field",
    "xpath",
    "by",
    "create",
    "generate",
    "injection",
    "startswith",
    "endswith",
];

/// Calls and alternatives: `Some("x")`, `os.getenv("NAME", "x")`, `process.env.NAME || 'x'`.
pub(super) fn read(window: &[u8], at: usize) -> Expression {
    let rest = &window[at..window.len().min(at + 200)];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let mut head = 0;
    for keyword in [
        &b"new "[..],
        b"await ",
        b"return ",
        b"[]byte",
        b"*",
        b"&",
        b"!",
    ] {
        if line[head..].starts_with(keyword) {
            head += keyword.len();
        }
    }
    let callee = line[head..]
        .iter()
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'$' | b'@' | b'?')
        })
        .count();
    let name = &line[head..head + callee];
    let mut end = head + callee;
    match line.get(end) {
        Some(b'(') => {}
        Some(b'[') if callee > 0 && matches!(line.get(end + 1), Some(b'"' | b'\'' | b':')) => {
            let Some(close) = memchr::memchr(b']', &line[end..]) else {
                return Expression::Nothing;
            };
            end += close + 1;
            return alternative(window, at + end).map_or(Expression::Nothing, Expression::Value);
        }
        _ => {
            if callee == 0 {
                return Expression::Bare;
            }
            return alternative(window, at + end).map_or(Expression::Bare, Expression::Value);
        }
    }
    if callee == 0 && head == 0 {
        return Expression::Nothing;
    }
    // `Field("x")`, `Field(default="x")`: the default of a model's field.
    let field = name == b"Field";
    let lookup = !field
        && crate::detect::judge::words::runs(name).any(|word| {
            let word = word.to_ascii_lowercase();
            word.starts_with(b"get") || LOOKUPS.iter().any(|lookup| word == lookup.as_bytes())
        })
        || name == b"_";
    let mut argument = skip_blanks(window, at + end + 1);
    if field && window[argument..].starts_with(b"default=") {
        argument += b"default=".len();
    }
    let Some(first) = literal(window, argument) else {
        return Expression::Nothing;
    };
    let next = skip_blanks(window, first.end);
    match window.get(next) {
        Some(b')') if lookup => {
            alternative(window, next + 1).map_or(Expression::Nothing, Expression::Value)
        }
        Some(b')') => Expression::Value(with_default(window, first).linked(Link::Wrapped)),
        Some(b',') if lookup => match literal(window, skip_blanks(window, next + 1)) {
            Some(second) if window.get(skip_blanks(window, second.end)) == Some(&b')') => {
                Expression::Value(second.linked(Link::Default))
            }
            _ => Expression::Nothing,
        },
        Some(b',') => Expression::Value(first.linked(Link::Wrapped)),
        _ => Expression::Nothing,
    }
}

/// The literal behind `||`, `??`, `?:`, `or`, `.unwrap_or(` and their like.
pub(in crate::detect::binding) fn alternative(window: &[u8], at: usize) -> Option<Value> {
    const MARKS: &[&[u8]] = &[
        b"||",
        b"??",
        b"?:",
        b"or ",
        b".unwrap_or(",
        b".unwrap_or_else(|_| ",
        b".or(",
        b".orElse(",
        b".getOrElse(",
        b".fetch(",
    ];
    let start = skip_blanks(window, at);
    let rest = window.get(start..)?;
    let mark = MARKS.iter().find(|mark| rest.starts_with(mark))?;
    let value = literal(window, skip_blanks(window, start + mark.len()))?;
    Some(value.linked(Link::Default))
}
