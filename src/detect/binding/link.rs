//! What joins a name and its value.

use super::name::{Name, is_part};
use super::value::{self, Value};

/// What joins a name and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `=`, `:=` and their like.
    Equals,
    /// `:`.
    Colon,
    /// `=>`, `->`.
    Arrow,
    /// `==`, `!=`: the value is known to the program.
    Compare,
    /// The next argument or item: `("password", "x")`.
    Comma,
    /// A call with the value: `setPassword("x")`.
    Call,
    /// A space: options and SQL.
    Space,
    /// `<password>x</password>`.
    Element,
    /// Two attributes or members: `key="password" value="x"`.
    Pair,
    /// Cells of a table.
    Table,
    /// The default of what is read from the environment.
    Default,
    /// The literal is wrapped in a call: `Some("x")`.
    Wrapped,
    /// The second argument of a call whose name speaks of credentials.
    Second,
}

impl Link {
    /// Whether a value after an option is linked like that on a command line.
    pub(super) fn is_argument(self) -> bool {
        matches!(self, Self::Space | Self::Comma)
    }
}

/// Most blanks between name, operator and value.
const BLANKS: usize = 48;

/// Follows what stands behind the name to the value.
pub(super) fn follow(window: &[u8], name: &Name) -> Option<(Link, Value)> {
    let mut at = name.range.end;
    let opening = name
        .range
        .start
        .checked_sub(1)
        .and_then(|at| window.get(at))
        .copied();
    if opening == Some(b'<') && matches!(window.get(at), Some(b'>' | b' ')) {
        return element(window, at);
    }
    // `password[] = …`, `password[32] = …`
    if window.get(at) == Some(&b'[') {
        let digits = window[at + 1..]
            .iter()
            .take(6)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if window.get(at + 1 + digits) == Some(&b']') {
            at += digits + 2;
        }
    }
    let closed = close_name(window, at);
    let quoted = closed > at;
    at = closed;
    if quoted && let Some(value) = pair(window, name, at) {
        return Some((Link::Pair, value));
    }
    let behind = skip_blanks(window, at);
    let spaced = behind > at;
    let rest = window.get(behind..)?;
    let colon = |link| after(window, behind + 1, link);
    match rest {
        [b'=' | b'!', b'=', b'=', ..] => after(window, behind + 3, Link::Compare),
        [b'=' | b'!', b'=', ..] | [b'=', b'~', ..] => after(window, behind + 2, Link::Compare),
        [b'=', b'>', ..] => after(window, behind + 2, Link::Arrow),
        // Without quotes it is a member of what the name points to.
        [b'-', b'>', ..] => {
            after(window, behind + 2, Link::Arrow).filter(|(_, value)| value.quote.is_some())
        }
        [b':', b':', b'=', ..] | [b'|', b'|', b'=', ..] => after(window, behind + 3, Link::Equals),
        [b':' | b'?' | b'+' | b'.', b'=', ..] => after(window, behind + 2, Link::Equals),
        [b':', b':', ..] => None,
        [b'=', ..] => colon(Link::Equals),
        [b'?', b':', ..] => annotated(window, behind + 2),
        [b':', ..] => annotated(window, behind + 1),
        // Behind a bracket the call is over that the name is an argument of: `check("pass"), next("x")`.
        [b',', ..] if quoted && window[at - 1] != b')' || is_symbol(window, name) => {
            colon(Link::Comma).filter(|(_, value)| value.quote.is_some())
        }
        [b'(', ..] if !spaced && !quoted => call(window, behind + 1),
        [b'|', ..] => table(window, name, behind + 1),
        _ if spaced && name.dashes > 0 && !quoted => after(window, behind, Link::Space),
        [b'"' | b'\'', ..] if spaced && !quoted => after(window, behind, Link::Space),
        _ if spaced && !quoted => typed(window, behind),
        _ => None,
    }
}

/// Just behind quotes, brackets, emphasis and entities that close a name.
fn close_name(window: &[u8], mut at: usize) -> usize {
    let end = window.len().min(at + 8);
    while at < end {
        let rest = &window[at..end];
        at += match rest {
            [b'"' | b'\'' | b'`' | b']' | b')' | b'}', ..] | [b'\\', b'\\', ..] => 1,
            [b'*', b'*', ..] | [b'\\', b'"' | b'\'' | b'`', ..] => 2,
            _ => match value::entity(rest) {
                Some(length) => length,
                None => break,
            },
        };
    }
    at
}

pub(super) fn skip_blanks(window: &[u8], at: usize) -> usize {
    let blanks = window
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take(BLANKS)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    at + blanks
}

fn after(window: &[u8], at: usize, link: Link) -> Option<(Link, Value)> {
    let value = value::read(window, skip_blanks(window, at), link)?;
    Some((value.link.unwrap_or(link), value))
}

/// After a colon either the value or a type, with the value behind an equals sign: `password: string = "x"`.
fn annotated(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let start = skip_blanks(window, at);
    let kind = window.get(start..)?;
    let length = kind
        .iter()
        .take(40)
        .take_while(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'_' | b'&'
                        | b'<'
                        | b'>'
                        | b'['
                        | b']'
                        | b'.'
                        | b'?'
                        | b'*'
                        | b'|'
                        | b' '
                        | b'\''
                        | b'!'
                )
        })
        .count();
    if kind
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'&' || *b == b'[')
        && kind.get(length) == Some(&b'=')
        && !matches!(kind.get(length + 1), Some(b'=' | b'>'))
        && kind[..length].ends_with(b" ")
    {
        return after(window, start + length + 1, Link::Equals);
    }
    // The value may stand on the next line, if it is quoted.
    if matches!(kind.first(), Some(b'\n' | b'\r')) {
        let lines = kind
            .iter()
            .take(BLANKS)
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
            .count();
        let quoted = matches!(kind.get(lines), Some(b'"' | b'\''));
        return quoted
            .then(|| after(window, start + lines, Link::Colon))
            .flatten();
    }
    after(window, at, Link::Colon)
}

/// `password string = "x"`: the type behind the name.
fn typed(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let rest = window.get(at..)?;
    let kind = rest
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'*' | b'[' | b']'))
        .count();
    if kind == 0 {
        return None;
    }
    let operator = skip_blanks(window, at + kind);
    match window.get(operator..)? {
        [b'=', b' ', b'"' | b'\'' | b'`', ..] => after(window, operator + 1, Link::Equals),
        // CREATE USER … PASSWORD = 'x', IDENTIFIED BY 'x'
        [b'\'' | b'"', ..] if rest[..kind].eq_ignore_ascii_case(b"by") => {
            after(window, operator, Link::Space)
        }
        _ => None,
    }
}

/// `:password, 'x'` as Ruby writes it.
fn is_symbol(window: &[u8], name: &Name) -> bool {
    name.range
        .start
        .checked_sub(1)
        .is_some_and(|at| window[at] == b':')
}

/// `setPassword("x")`, and the second of two arguments where the name speaks of both: `Credential("user", "x")`.
fn call(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let first = value::literal(window, skip_blanks(window, at))?;
    let next = skip_blanks(window, first.end);
    match window.get(next) {
        Some(b',') => {
            let start = skip_blanks(window, next + 1);
            let second = value::literal(window, value::into_wrapper(window, start))?;
            let last = skip_blanks(window, second.end);
            matches!(window.get(last), Some(b')' | b',')).then_some((Link::Second, second))
        }
        Some(b')') => Some((Link::Call, first)),
        _ => None,
    }
}

/// The text of an element: `<password>x</password>`.
fn element(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let open = window.get(at..)?;
    let tag = open
        .iter()
        .take(120)
        .position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
    if open[tag] != b'>' || (tag > 0 && open[tag - 1] == b'/') {
        return None;
    }
    let start = at + tag + 1;
    let text = window.get(start..)?;
    let length = text
        .iter()
        .take(super::LONGEST_VALUE)
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
fn pair(window: &[u8], name: &Name, at: usize) -> Option<Value> {
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
    if !NAMING
        .iter()
        .any(|naming| word.eq_ignore_ascii_case(naming))
    {
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
        if !HOLDING
            .iter()
            .any(|holding| word.eq_ignore_ascii_case(holding))
        {
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

/// `| password | value |`.
fn table(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let low = name.range.start.saturating_sub(120);
    let line = &window[low..name.range.start];
    let line = &line[memchr::memrchr(b'\n', line).map_or(0, |at| at + 1)..];
    if line.trim_ascii_start().first() != Some(&b'|') {
        return None;
    }
    let start = skip_blanks(window, at);
    let cell = window.get(start..)?;
    let quote = usize::from(cell.first() == Some(&b'`'));
    let cell = &cell[quote..];
    let length = cell
        .iter()
        .take(super::LONGEST_VALUE)
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
