//! The forms that hardly any name is followed by: asked last, where no usual operator binds the name.
//!
//! Most names that are bound to nothing come here, too: the next byte decides what is looked at.

use super::super::name::Name;
use super::super::value::{self, Quote, Value};
use super::{Link, argument, last_line, markup, skip_blanks};

/// Follows an unusual form from the name to its value. `at` is just behind what closes the name, `quoted` whether
/// anything does.
pub(super) fn follow(window: &[u8], name: &Name, at: usize, quoted: bool) -> Option<(Link, Value)> {
    let behind = skip_blanks(window, at);
    let spaced = behind > at;
    let rest = window.get(behind..)?;
    let found = match rest {
        // password <- "x"
        [b'<', b'-', ..] if !quoted => literal_behind(window, behind + 2, Link::Equals),
        [b'<', b'/', ..] => markup::next_element(window, name, at),
        [b'>', ..] if quoted => markup::text_of_named(window, name, at),
        [b'{', ..] if quoted && spaced => default_of_variable(window, name, behind + 1),
        // std::string kToken{"x"}; public string Password { get; set; } = "x";
        [b'{', b'"', ..] if !quoted && !spaced => literal_behind(window, behind + 1, Link::Call)
            .filter(|(_, value)| window.get(value.end) == Some(&b'}')),
        [b'{', b' ', b'g' | b's' | b'i', ..] if !quoted => property(window, behind),
        [b'.', ..] if quoted => typed_into(window, behind).or_else(|| alternative(window, at)),
        [b'|', b'|', ..] | [b'?', b'?' | b':', ..] | [b'o', b'r', b' ', ..] => {
            alternative(window, at)
        }
        [b',', ..] if quoted => argument::default(window, name, behind + 1),
        [b',', ..] => argument::copied(window, name, behind + 1)
            .or_else(|| argument::inserted(window, name))
            .or_else(|| argument::assigned_together(window, name, at)),
        // (setf *password* "x")
        [b'*', b' ', ..] if !quoted && opened_by(window, name, b"*") => {
            literal_behind(window, behind + 1, Link::Space)
        }
        [b'A' | b'a', b's', b' ', ..] if spaced && !quoted => declared(window, behind + 3),
        [b'-', b'V', ..] if spaced && opened_by(window, name, b"-Name ") => window[behind..]
            .starts_with(b"-Value ")
            .then(|| literal_behind(window, behind + 7, Link::Pair))
            .flatten(),
        [b'v' | b'V', ..] if quoted => argument::inserted(window, name),
        [first, ..] if spaced && quoted && first.is_ascii_alphabetic() => {
            markup::text_of_named(window, name, at)
        }
        _ => None,
    };
    found.or_else(|| {
        if quoted {
            marked(window, name)
                .then(|| told(window, behind))
                .flatten()
                .or_else(|| argument::given_for(window, name))
                .or_else(|| variable_of_a_robot(window, name, at))
        } else {
            told(window, behind)
                .or_else(|| entered_as(window, name))
                .or_else(|| set_by_a_command(window, name, behind))
                .or_else(|| setting(window, name, behind))
        }
    })
}

fn alternative(window: &[u8], at: usize) -> Option<(Link, Value)> {
    value::alternative(window, at).map(|value| (Link::Default, value))
}

/// `find_element(By.NAME, "password").send_keys("x")`, `get('#password').type('x')`: what a test of a page types.
fn typed_into(window: &[u8], at: usize) -> Option<(Link, Value)> {
    const TYPING: &[&[u8]] = &[
        b".type(",
        b".fill(",
        b".send_keys(",
        b".sendKeys(",
        b".setValue(",
        b".set(",
        b".clear().type(",
    ];
    let rest = window.get(at..)?;
    let call = TYPING.iter().find(|call| rest.starts_with(call))?;
    literal_behind(window, at + call.len(), Link::Call)
}

/// `{ get; set; } = "x"` behind the name of a property of C#.
fn property(window: &[u8], at: usize) -> Option<(Link, Value)> {
    const LONGEST: usize = 48;
    let block = window.get(at..(at + LONGEST).min(window.len()))?;
    let close = memchr::memchr(b'}', block)?;
    let accessors = block[1..close]
        .iter()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b' ' | b';'));
    let operator = skip_blanks(window, at + close + 1);
    (accessors && window.get(operator) == Some(&b'='))
        .then(|| literal_behind(window, operator + 1, Link::Equals))
        .flatten()
}

/// `requirepass x`, `bindpw x`: a setting on a line of its own, as servers have them. A word alone is rather a program's:
/// the value holds letters, digits and more.
fn setting(window: &[u8], name: &Name, behind: usize) -> Option<(Link, Value)> {
    const SHORTEST: usize = 6;
    let line = last_line(&window[..name.range.start]);
    if behind == name.range.end || !line.iter().all(|b| matches!(b, b' ' | b'\t')) {
        return None;
    }
    let found = cell(window, behind)?;
    let value = &window[found.1.range.clone()];
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let code = value.iter().any(|b| b"(){}[]<>=\"'`;,".contains(b));
    (value.len() >= SHORTEST
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && has(is_sign)
        && !code)
        .then_some(found)
}

/// A sign that people put into passwords, and that joins no names.
#[allow(clippy::trivially_copy_pass_by_ref)] // As the classes of the standard library take it.
fn is_sign(byte: &u8) -> bool {
    b"!#%^&+?@~".contains(byte)
}

/// A literal behind an operator.
fn literal_behind(window: &[u8], at: usize, link: Link) -> Option<(Link, Value)> {
    value::literal(window, skip_blanks(window, at)).map(|value| (link, value))
}

/// Whether a text stands just before the name.
pub(super) fn opened_by(window: &[u8], name: &Name, text: &[u8]) -> bool {
    window[..name.range.start].ends_with(text)
}

/// `Dim password As String = "x"`
fn declared(window: &[u8], at: usize) -> Option<(Link, Value)> {
    let kind = window
        .get(at..)?
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'.')
        .count();
    let operator = skip_blanks(window, at + kind);
    (kind > 0 && window.get(operator) == Some(&b'='))
        .then(|| literal_behind(window, operator + 1, Link::Equals))
        .flatten()
}

/// Whether the name is a word of a text that is set off by marks.
fn marked(window: &[u8], name: &Name) -> bool {
    opened_by(window, name, b"`") || opened_by(window, name, b"*")
}

/// ``The password is `x`.``, `the API key for staging is x`: a sentence that tells one. Most say what a password is like, so
/// the value has to look as if it were one.
fn told(window: &[u8], at: usize) -> Option<(Link, Value)> {
    const SHORTEST: usize = 6;
    const LONGEST_PLACE: usize = 60;
    const FILLERS: &[&[u8]] = &[b"now ", b"set ", b"to ", b"just "];
    let rest = window.get(at..)?;
    let rest = &rest[..rest.len().min(LONGEST_PLACE)];
    let sentence = rest.split(|b| *b == b'\n').next()?;
    // `for staging`, `of the build server`
    let place = [&b"for "[..], b"of ", b"on ", b"in ", b"to "]
        .iter()
        .any(|word| sentence.starts_with(word));
    let verb = if place {
        memchr::memmem::find(sentence, b" is")? + 1
    } else {
        0
    };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b" _-'`".contains(b);
    if !sentence[..verb].iter().all(plain) {
        return None;
    }
    let mut start = at
        + match &sentence[verb..] {
            [b'w', b'a', b's', b' ', ..] | [b'i', b's', b':', b' ', ..] => verb + 4,
            [b'i', b's', b' ', ..] => verb + 3,
            _ => return None,
        };
    while let Some(word) = FILLERS.iter().find(|word| {
        window
            .get(start..)
            .is_some_and(|rest| rest.starts_with(word))
    }) {
        start += word.len();
    }
    start += 2 * usize::from(window.get(start..)?.starts_with(b"**"));
    let (link, value) = super::after(window, start, Link::Colon)?;
    let text = &window[value.range.clone()];
    let has = |class: fn(&u8) -> bool| text.iter().any(class);
    let mixed = text.len() >= SHORTEST
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !has(u8::is_ascii_whitespace);
    // `is base64-encoded` tells nothing.
    let believed = value.quote != Quote::None
        || ((has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) || has(is_sign))
            && !text.contains(&b'-'));
    (mixed && believed).then_some((link, value))
}

/// `variable "db_password" { default = "x" }` as Terraform has it.
fn default_of_variable(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    const REACH: usize = 320;
    const DEFAULT: &[u8] = b"default";
    if !opened_by(window, name, b"variable \"") {
        return None;
    }
    let block = window.get(at..(at + REACH).min(window.len()))?;
    let mut from = 0;
    loop {
        let found = from + memchr::memmem::find(&block[from..], DEFAULT)?;
        let line = last_line(&block[..found]);
        from = found + DEFAULT.len();
        if block[..found].contains(&b'}') {
            return None;
        }
        let operator = skip_blanks(window, at + from);
        if line.iter().all(u8::is_ascii_whitespace) && window.get(operator) == Some(&b'=') {
            return literal_behind(window, operator + 1, Link::Default);
        }
    }
}

/// `${PASSWORD}    x` at the start of a line, as Robot Framework declares variables: two blanks or more between them.
fn variable_of_a_robot(window: &[u8], name: &Name, at: usize) -> Option<(Link, Value)> {
    let before = window[..name.range.start].strip_suffix(b"${")?;
    let start = skip_blanks(window, at);
    if window.get(at.checked_sub(1)?) != Some(&b'}')
        || start < at + 2
        || before.last().is_some_and(|b| *b != b'\n')
    {
        return None;
    }
    cell(window, start)
}

/// The bare text up to a blank or the end of the line, where nothing else stands on it.
fn cell(window: &[u8], start: usize) -> Option<(Link, Value)> {
    let text = window.get(start..)?;
    let length = text
        .iter()
        .take(super::super::LONGEST_VALUE)
        .position(u8::is_ascii_whitespace)?;
    let line = &text[length..];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    (length > 0 && line.iter().all(u8::is_ascii_whitespace))
        .then(|| (Link::Space, Value::plain(start, start + length)))
}

/// `I enter "x" as password`, `use 'x' as the token`.
fn entered_as(window: &[u8], name: &Name) -> Option<(Link, Value)> {
    const LONGEST: usize = 80;
    let before = &window[..name.range.start];
    let before = [&b" as the "[..], b" as a ", b" as my ", b" as "]
        .iter()
        .find_map(|words| before.strip_suffix(*words))?;
    let end = before
        .strip_suffix(b"\"")
        .or(before.strip_suffix(b"'"))
        .or(before.strip_suffix(b"`"))?
        .len();
    value::literal_before(window, end, LONGEST).map(|value| (Link::Comma, value))
}

/// `setx TOKEN x`, `setenv TOKEN x`
fn set_by_a_command(window: &[u8], name: &Name, behind: usize) -> Option<(Link, Value)> {
    if behind == name.range.end
        || ![&b"setx "[..], b"setenv "]
            .iter()
            .any(|command| opened_by(window, name, command))
    {
        return None;
    }
    value::read(window, behind, Link::Space).map(|value| (Link::Space, value))
}
