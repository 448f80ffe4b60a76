//! What joins a name and its value.

mod argument;
mod markup;
mod rare;

use super::name::{Name, is_part, takes_credentials};
use super::value::{self, Value};
use markup::{element, pair, table};

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
    operator(window, name, at, quoted).or_else(|| rare::follow(window, name, at, quoted))
}

/// Follows an operator, as nearly all bindings have one. `at` is just behind what closes the name, `quoted` whether
/// anything does.
fn operator(window: &[u8], name: &Name, at: usize, quoted: bool) -> Option<(Link, Value)> {
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
        [b'=', ..] if !quoted && behind_a_comma(window, name) => {
            argument::assigned_together(window, name, at).or_else(|| colon(Link::Equals))
        }
        [b'=', ..] => colon(Link::Equals),
        // `password!: string` of TypeScript
        [b'!', b':', ..] if !quoted => annotated(window, behind + 2),
        // `getenv("PASSWORD") ?: "x"`; `password?: string`.
        [b'?', b':', ..] if !(quoted && spaced) => annotated(window, behind + 2),
        [b':', ..] => annotated(window, behind + 1),
        // Behind a bracket the call is over that the name is an argument of: `check("pass"), next("x")`.
        [b',', ..] if quoted && window[at - 1] != b')' || is_symbol(window, name) => {
            argument::inserted(window, name)
                .or_else(|| colon(Link::Comma).filter(|(_, value)| value.quote.is_some()))
        }
        [b'(', ..] if !spaced && !quoted => call(window, behind + 1),
        [b'|', ..] => table(window, name, behind + 1),
        _ if spaced && name.dashes > 0 && !quoted => after(window, behind, Link::Space),
        // ``Use the token `x`.``; in SQL a key has a name in such quotes.
        [b'`', ..]
            if spaced && !quoted && !window[name.range.clone()].eq_ignore_ascii_case(b"key") =>
        {
            after(window, behind, Link::Space)
        }
        [b'"' | b'\'', ..] if spaced && !quoted => {
            if takes_credentials(&window[name.range.clone()])
                && let Some(second) = second(window, behind)
            {
                return Some((Link::Second, second));
            }
            after(window, behind, Link::Space)
        }
        _ if spaced && !quoted => typed(window, behind),
        _ => None,
    }
}

/// Whether a comma stands before the name.
fn behind_a_comma(window: &[u8], name: &Name) -> bool {
    window[..name.range.start].trim_ascii_end().last() == Some(&b',')
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

/// What stands behind the last end of a line.
fn last_line(text: &[u8]) -> &[u8] {
    &text[memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)..]
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
    // `**Password:** x`
    let strong = window.get(at..)?.starts_with(b"** ");
    let start = skip_blanks(window, at + 2 * usize::from(strong));
    let at = if strong { start } else { at };
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
    match kind {
        // `password: &anchor x`, `password: !!str x`
        [b'&', ..] | [b'!', b'!', ..] => {
            let tag = kind
                .iter()
                .take(24)
                .take_while(|b| is_part(**b) || matches!(b, b'&' | b'!'))
                .count();
            let typed = matches!(&kind[..tag], b"&mut" | b"&dyn" | b"&static");
            if tag > 1 && !typed && kind.get(tag) == Some(&b' ') {
                return after(window, start + tag, Link::Colon);
            }
        }
        [b'|' | b'>', ..] => return block(window, start).map(|value| (Link::Colon, value)),
        _ => {}
    }
    after(window, at, Link::Colon)
}

/// `token: >-` and the only word of the next line, which is indented.
fn block(window: &[u8], at: usize) -> Option<Value> {
    let text = window.get(at + 1..)?;
    let mark = text.iter().take_while(|b| matches!(b, b'-' | b'+')).count();
    let line = skip_blanks(window, at + 1 + mark);
    let line = line + usize::from(window.get(line) == Some(&b'\r'));
    if mark > 1 || window.get(line) != Some(&b'\n') {
        return None;
    }
    let start = skip_blanks(window, line + 1);
    let word = window.get(start..)?;
    let length = word
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(word.len());
    let rest = skip_blanks(window, start + length);
    let ends = matches!(window.get(rest), None | Some(b'\n' | b'\r'));
    // A text that goes on in another line is no token.
    let depth = start - (line + 1);
    let next = memchr::memchr(b'\n', &word[length..]).map(|at| start + length + at + 1);
    let goes_on = next.is_some_and(|next| skip_blanks(window, next) >= next + depth);
    (depth > 0 && ends && !goes_on).then(|| Value::plain(start, start + length))
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

/// `basic_auth "user", "x"`: the second of two arguments that end the line.
fn second(window: &[u8], at: usize) -> Option<Value> {
    let first = value::literal(window, at)?;
    let comma = skip_blanks(window, first.end);
    let second = (window.get(comma) == Some(&b','))
        .then(|| value::literal(window, skip_blanks(window, comma + 1)))
        .flatten()?;
    matches!(window.get(second.end), None | Some(b'\n' | b'\r' | b' ')).then_some(second)
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
