//! The value in a binding: a literal, a bare word, or the literal inside of an expression.

mod expression;

use std::ops::Range;

use super::LONGEST_VALUE;
use super::link::{Link, skip_blanks};
use expression::{Expression, default_in_braces, with_default};
pub(super) use expression::{alternative, into_wrapper};

/// How a value is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// Not at all.
    None,
    /// `"`.
    Double,
    /// `'`.
    Single,
    /// `` ` ``.
    Back,
    /// A quote that is itself escaped: `\"`.
    Escaped,
    /// `&quot;` and its like.
    Entity,
    /// Three quotes.
    Triple,
}

impl Quote {
    pub(super) fn is_some(self) -> bool {
        self != Self::None
    }
}

/// A value in its place.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) quote: Quote,
    /// Just behind the closing quote.
    pub(super) end: usize,
    /// What the expression around it says of the link.
    pub(super) link: Option<Link>,
}

impl Value {
    pub(super) fn plain(start: usize, end: usize) -> Self {
        Self {
            range: start..end,
            quote: Quote::None,
            end,
            link: None,
        }
    }

    /// Without the scheme in front of what an authorization header holds: `Basic`, `ApiKey`.
    pub(super) fn without_scheme(self, window: &[u8]) -> Self {
        const SCHEMES: &[&str] = &[
            "basic",
            "bearer",
            "token",
            "apikey",
            "key",
            "ntlm",
            "digest",
            "negotiate",
            "oauth",
        ];
        let text = &window[self.range.start..window.len().min(self.range.end + 1)];
        let Some(length) = memchr::memchr(b' ', text) else {
            return self;
        };
        if !SCHEMES
            .iter()
            .any(|scheme| text[..length].eq_ignore_ascii_case(scheme.as_bytes()))
        {
            return self;
        }
        let start = self.range.start + length + 1;
        if self.quote.is_some() {
            return Self {
                range: start..self.range.end.max(start),
                ..self
            };
        }
        bare(window, start, Link::Equals).unwrap_or(self)
    }

    fn linked(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }
}

/// The value that an operator gives, from `at` on.
pub(super) fn read(window: &[u8], at: usize, link: Link) -> Option<Value> {
    let mut start = at;
    // Behind an operator of code the literal may stand on the next line.
    if matches!(link, Link::Equals | Link::Arrow)
        && matches!(window.get(start), Some(b'\n' | b'\r'))
    {
        let lines = window[start..]
            .iter()
            .take(48)
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        start += lines;
        if !matches!(window.get(start), Some(b'"')) {
            return None;
        }
    }
    if link == Link::Equals
        && let Some(value) = in_long_brackets(window, start)
    {
        return Some(value);
    }
    for _ in 0..2 {
        let opens = match window.get(start) {
            Some(b'[') => true,
            Some(b'(' | b'{') => link != Link::Colon,
            _ => false,
        };
        if opens {
            start = skip_blanks(window, start + 1);
        }
    }
    if let Some(value) = literal(window, start) {
        return Some(with_default(window, value));
    }
    let first = *window.get(start)?;
    if matches!(first, b'$' | b'#' | b'%') && window.get(start + 1) == Some(&b'{') {
        let close = memchr::memchr(b'}', window.get(start..(start + 200).min(window.len()))?)?;
        return default_in_braces(window, start + 2, start + close);
    }
    if start != at {
        return None;
    }
    match expression::read(window, start) {
        Expression::Value(value) => Some(value),
        Expression::Nothing => None,
        Expression::Bare => bare(window, start, link),
    }
}

/// `[[x]]` as Lua has it.
fn in_long_brackets(window: &[u8], at: usize) -> Option<Value> {
    let open = window.get(at..)?.strip_prefix(b"[[")?;
    let length = open
        .iter()
        .take(LONGEST_VALUE)
        .position(|b| matches!(b, b'[' | b']' | b'"' | b'\'' | b'\n' | b','))?;
    let start = at + 2;
    open[length..].starts_with(b"]]").then_some(Value {
        range: start..start + length,
        quote: Quote::Double,
        end: start + length + 2,
        link: None,
    })
}

/// Length of an entity that stands for a quote.
pub(super) fn entity(rest: &[u8]) -> Option<usize> {
    const ENTITIES: &[&[u8]] = &[
        b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"&#x27;", b"&#x22;",
    ];
    if rest.first() != Some(&b'&') {
        return None;
    }
    ENTITIES
        .iter()
        .find(|e| rest.starts_with(e))
        .map(|e| e.len())
}

/// A quoted literal that starts at `at`, with the letters that languages put before the quote.
pub(super) fn literal(window: &[u8], at: usize) -> Option<Value> {
    let rest = window.get(at..)?;
    let prefix = rest
        .iter()
        .take(3)
        .take_while(|b| {
            matches!(
                b,
                b'b' | b'B'
                    | b'r'
                    | b'R'
                    | b'u'
                    | b'U'
                    | b'f'
                    | b'F'
                    | b'L'
                    | b'N'
                    | b'@'
                    | b'$'
                    | b'8'
            )
        })
        .count();
    let start = at + prefix;
    let rest = window.get(start..)?;
    match rest {
        // `#"x"#` and `r#"x"#` as Swift and Rust have them.
        [b'#', b'"', ..] => closed(window, start + 1, b"\"", Quote::Double)
            .filter(|value| window.get(value.end) == Some(&b'#')),
        [b'"', b'"', b'"', ..] => closed(window, start, b"\"\"\"", Quote::Triple),
        [b'\'', b'\'', b'\'', ..] => closed(window, start, b"'''", Quote::Triple),
        [b'"', ..] => closed(window, start, b"\"", Quote::Double),
        [b'\'', ..] => closed(window, start, b"'", Quote::Single),
        [b'`', ..] => closed(window, start, b"`", Quote::Back),
        [b'\\', ..] => {
            let slashes = rest.iter().take(4).take_while(|b| **b == b'\\').count();
            let quote = rest.get(slashes).filter(|b| matches!(b, b'"' | b'\''))?;
            let mut mark = [b'\\'; 5];
            mark[slashes] = *quote;
            closed_escaped(window, start, &mark[..=slashes])
        }
        _ => {
            let length = entity(rest)?;
            closed(window, start, &rest[..length], Quote::Entity)
        }
    }
}

/// The literal whose closing quote stands at `end`, of at most `longest` bytes.
pub(super) fn literal_before(window: &[u8], end: usize, longest: usize) -> Option<Value> {
    let quote = window.get(end)?;
    let low = end.saturating_sub(longest);
    let open = low + memchr::memrchr(*quote, &window[low..end])?;
    literal(window, open).filter(|value| value.range.end == end)
}

/// The text between two marks on one line. A backslash hides what follows.
fn closed(window: &[u8], open: usize, mark: &[u8], quote: Quote) -> Option<Value> {
    let start = open + mark.len();
    let text = window.get(start..(start + LONGEST_VALUE + mark.len()).min(window.len()))?;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(mark) {
            let range = start..start + at;
            return Some(Value {
                range,
                quote,
                end: start + at + mark.len(),
                link: None,
            });
        }
        match text[at] {
            b'\n' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The text between two escaped quotes on one line: code inside of a string, as in the cells of a notebook. `mark` is
/// such a quote with its backslashes. Of a quote with more of them, the ones that are left once the outer strings are
/// unescaped tell whether it is the text's own.
fn closed_escaped(window: &[u8], open: usize, mark: &[u8]) -> Option<Value> {
    let (slashes, quote) = (mark.len() - 1, mark.last()?);
    let start = open + mark.len();
    let text = window.get(start..(start + LONGEST_VALUE + mark.len()).min(window.len()))?;
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'\\', b'\n', text.get(at..)?)?;
        let run = text[at..].iter().take_while(|b| **b == b'\\').count();
        if run == 0 {
            return None;
        }
        let left = run.checked_sub(slashes);
        if let Some(left) = left.filter(|_| text.get(at + run) == Some(quote)) {
            // One level of strings takes one backslash to a quote, two levels three, and so on.
            let own = (left / mark.len()) % 2 == 1;
            if !own {
                return Some(Value {
                    range: start..start + at + left,
                    quote: Quote::Escaped,
                    end: start + at + run + 1,
                    link: None,
                });
            }
            at += 1;
        }
        at += run;
    }
}

/// A value without quotes. In configuration it reaches to the end of the line or a blank, elsewhere it also ends
/// where code would go on.
fn bare(window: &[u8], at: usize, link: Link) -> Option<Value> {
    if matches!(link, Link::Comma | Link::Call | Link::Wrapped) {
        return None;
    }
    let text = window.get(at..(at + LONGEST_VALUE + 1).min(window.len()))?;
    let stop = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'"' | b'\''
                    | b'`'
                    | b'<'
                    | b'>'
                    | b','
                    | b';'
                    | b'|'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b'\\'
            )
    };
    let mut length = text.iter().position(|b| stop(*b)).unwrap_or(text.len());
    if length == text.len() && text.len() > LONGEST_VALUE {
        return None;
    }
    if link == Link::Equals
        && let Some(end) = memchr::memchr(b'&', &text[..length])
    {
        let tail = &text[end + 1..];
        let name = tail
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            .count();
        if name > 0 && tail.get(name) == Some(&b'=') {
            length = end;
        }
    }
    // A call, a generic or a block: code.
    if matches!(text.get(length), Some(b'(' | b'{'))
        || (text.get(length) == Some(&b'<') && text.get(length + 1) != Some(&b'/'))
    {
        return None;
    }
    while length > 0 && matches!(text[length - 1], b'.' | b':' | b']') {
        length -= 1;
    }
    Some(Value::plain(at, at + length))
}
