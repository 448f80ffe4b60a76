//! What a value is bound to: the name in front of its assignment, header, option, call or sentence.
//!
//! Reads backwards from the value, without a grammar: what stands between a name and its value is much the same in
//! code, configuration, shells, headers, URLs and prose. Must not judge the names.

use std::ops::Range;

/// Bytes that are read for one name.
const LONGEST_NAME: usize = 64;
/// Bytes that are read for the call around a value.
const LONGEST_CALL: usize = 160;
/// Names of one value: the innermost call, its argument, what the result is assigned to.
const MOST_NAMES: usize = 4;

/// How a value is bound to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By an operator, a tag, a colon.
    Assigned,
    /// As an argument of a call.
    Called,
    /// By nothing but a space: options, schemes of headers, prose.
    Spaced,
    /// By an option that takes a user and a password: `-u`.
    User,
}

/// A name of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) name: Range<usize>,
    pub(super) kind: Kind,
}

/// All names of a value, the innermost first.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    pub(super) names: Vec<Binding>,
    /// The value is part of a URL's path.
    pub(super) in_path: bool,
    /// The value stands where a URL has the user or the password.
    pub(super) in_userinfo: bool,
}

/// What `value` is bound to.
pub(super) fn bindings(text: &[u8], value: &Range<usize>) -> Bindings {
    let mut found = Bindings::default();
    if is_userinfo(text, value) {
        found.in_userinfo = true;
        return found;
    }
    let opened = before_quote(text, value.start);
    let quoted = opened < value.start;
    let mut at = opened;
    let mut lines = 0;
    while found.names.len() < MOST_NAMES {
        let bare = skip_mark(text, skip_blanks(text, at));
        let Some(&last) = text[..bare].last() else {
            break;
        };
        match last {
            b'\n' | b'\r' if lines < 2 => {
                lines += 1;
                at = skip_line_ends(text, bare);
            }
            b'(' | b'[' | b'{' => {
                let name = identifier(text, bare - 1);
                if name.is_empty() {
                    at = bare - 1;
                    continue;
                }
                at = before_word(text, name.start, b"new");
                found.push(name, Kind::Called);
                let outer = skip_blanks(text, at);
                if !matches!(
                    text[..outer].last(),
                    Some(b'=' | b':' | b'(' | b'[' | b'{' | b'>')
                ) {
                    break;
                }
            }
            b',' => {
                found.push(phrase(text, bare - 1), Kind::Assigned);
                if let Some(open) = enclosing_call(text, bare - 1) {
                    found.push(identifier(text, open), Kind::Called);
                }
                break;
            }
            b'/' if !quoted || opened == value.start => {
                found.in_path = true;
                break;
            }
            _ => {
                let end = before_operator(text, bare);
                if end < bare {
                    found.push(phrase(text, end), Kind::Assigned);
                } else if bare < at || lines > 0 {
                    found.push_spaced(text, bare);
                } else if quoted && matches!(last, b'"' | b'\'' | b'`') {
                    found.push(phrase(text, bare), Kind::Assigned);
                }
                break;
            }
        }
    }
    found
}

impl Bindings {
    fn push(&mut self, name: Range<usize>, kind: Kind) {
        self.names.push(Binding { name, kind });
    }

    fn push_spaced(&mut self, text: &[u8], end: usize) {
        let option = &text[..end];
        if option.ends_with(b" -u") || option.ends_with(b" --user") {
            self.push(end..end, Kind::User);
        } else {
            self.push(phrase(text, end), Kind::Spaced);
        }
    }
}

/// Quotes as HTML and URLs write them.
const QUOTE_ENTITIES: &[&[u8]] = &[b"&quot;", b"&#34;", b"&#39;", b"%22"];

/// Where the quotes start that open in front of `at`, with their escapes and string prefixes.
fn before_quote(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(&last) = text[..start].last()
        && at - start < 8
    {
        let head = &text[..start];
        let entity = QUOTE_ENTITIES.iter().find(|entity| head.ends_with(entity));
        if matches!(last, b'"' | b'\'' | b'`') || (last == b'\\' && start < at) {
            start -= 1;
        } else if let Some(entity) = entity {
            start -= entity.len();
        } else {
            break;
        }
    }
    // r"…", b'…', @"…"
    if start < at
        && let [.., before, prefix] = text[..start]
        && matches!(
            prefix,
            b'b' | b'r' | b'u' | b'f' | b'L' | b'@' | b'B' | b'R' | b'N'
        )
        && !is_word(before)
    {
        start -= 1;
    }
    start
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    let mut at = at;
    loop {
        let head = &text[..at];
        if matches!(head.last(), Some(b' ' | b'\t')) {
            at -= 1;
        } else if head.ends_with(b"%20") {
            at -= 3;
        } else {
            return at;
        }
    }
}

/// Goes back over what marks a line as a comment or an item of a list.
fn skip_mark(text: &[u8], at: usize) -> usize {
    let marks = |b: &&u8| {
        matches!(
            b,
            b'#' | b'/' | b'*' | b'-' | b';' | b'>' | b'!' | b' ' | b'\t'
        )
    };
    let start = at - text[..at].iter().rev().take(16).take_while(marks).count();
    match text[..start].last() {
        None | Some(b'\n') => start,
        Some(_) => at,
    }
}

/// Goes back over line ends, empty lines (one of them), continuation signs, comment signs and what opens a block of text.
fn skip_line_ends(text: &[u8], at: usize) -> usize {
    let mut at = at;
    let mut ends = 0;
    while let Some(&last) = text[..at].last() {
        match last {
            b'\n' if ends == 2 => break,
            b'\n' => {
                ends += 1;
                at -= 1;
            }
            b'\r' | b' ' | b'\t' | b'\\' => at -= 1,
            // YAML's `key: >-` and `key: |`.
            b'|' | b'>' | b'-' if matches!(text[..at - 1].last(), Some(b' ' | b'>' | b'|')) => {
                at -= 1;
            }
            _ => break,
        }
    }
    at
}

/// Where an operator starts that ends at `at`; `at` if none does.
fn before_operator(text: &[u8], at: usize) -> usize {
    let head = &text[..at];
    for coded in [&b"%3D"[..], b"%3d", b"%3A", b"%3a"] {
        if head.ends_with(coded) {
            return at - coded.len();
        }
    }
    let signs = head
        .iter()
        .rev()
        .take(4)
        .take_while(|b| b"=:><~|+?-".contains(b))
        .count();
    let operator = &head[at - signs..];
    let binds = operator.iter().any(|b| b"=:>|+?".contains(b)) || operator == b"<-";
    if binds { at - signs } else { at }
}

/// The words that end at `end`: an identifier with what is in front of it on its line, or what quotes hold.
pub(super) fn phrase(text: &[u8], end: usize) -> Range<usize> {
    let mut end = skip_blanks(text, end);
    let least = end.saturating_sub(LONGEST_NAME);
    while let Some(&last) = text[..end].last()
        && end > least
    {
        match last {
            b'"' | b'\'' | b'`' => {
                let inner = &text[least..end - 1];
                let close = if inner.last() == Some(&b'\\') {
                    end - 2
                } else {
                    end - 1
                };
                let inner = &text[least..close.max(least)];
                let line = inner
                    .iter()
                    .rposition(|b| *b == b'\n')
                    .map_or(0, |at| at + 1);
                return match inner[line..].iter().rposition(|b| *b == last) {
                    Some(open) => least + line + open + 1..close,
                    // Not the end of a string but its start.
                    None => words_before(text, close, least),
                };
            }
            b']' | b')' | b'}' | b'*' | b'\\' | b'?' | b'!' | b' ' | b'\t' | b'>' => end -= 1,
            b';' if text[..end].ends_with(b"&quot;") => end -= 6,
            _ => break,
        }
    }
    words_before(text, end, least)
}

fn words_before(text: &[u8], end: usize, least: usize) -> Range<usize> {
    let least = least.min(end);
    let head = &text[least..end];
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let mut start = head.len();
    while let Some(byte) = start.checked_sub(1).map(|at| head[at]) {
        // `&str`, `&'static str`: a type, not a separator.
        let reference = matches!(byte, b'&' | b'\'')
            && head[..start - 1]
                .last()
                .is_some_and(|b| blank(b) || matches!(b, b':' | b'&'));
        if !(is_word(byte) || matches!(byte, b'$' | b'.' | b'-' | b':' | b' ' | b'\t') || reference)
        {
            break;
        }
        start -= 1;
    }
    let words = &head[start..];
    let skipped = words.len() - words.trim_ascii_start().len();
    least + start + skipped..end
}

/// The identifier that ends at `end`, with its path: `acme.Client`, `Acme::new`.
fn identifier(text: &[u8], end: usize) -> Range<usize> {
    let least = end.saturating_sub(LONGEST_NAME);
    let length = text[least..end]
        .iter()
        .rev()
        .take_while(|b| is_word(**b) || matches!(b, b'.' | b':' | b'$' | b'!' | b'>' | b'-'))
        .count();
    let name = &text[end - length..end];
    // `=>(`, `:(`: the operator in front of a bracket is no name.
    if name.iter().any(|b| is_word(*b)) && name.last().is_some_and(|b| is_word(*b) || *b == b'!') {
        end - length..end
    } else {
        end..end
    }
}

fn before_word(text: &[u8], at: usize, word: &[u8]) -> usize {
    let bare = skip_blanks(text, at);
    if bare < at && text[..bare].ends_with(word) {
        bare - word.len()
    } else {
        at
    }
}

/// Where the bracket stands that is open at `at`, if it stands on the same line and close.
fn enclosing_call(text: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (back, byte) in text[..at].iter().rev().take(LONGEST_CALL).enumerate() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return Some(at - back - 1),
            b'(' => depth -= 1,
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// `scheme://VALUE@host`, `scheme://user:VALUE@host`, `scheme://VALUE:x@host`.
fn is_userinfo(text: &[u8], value: &Range<usize>) -> bool {
    let after = &text[value.end..text.len().min(value.end + 24)];
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let closed = match after.first() {
        Some(b'@') => true,
        Some(b':') => {
            let end = after[1..].iter().position(|b| !part(b));
            end.is_some_and(|end| after[1 + end] == b'@')
        }
        _ => false,
    };
    let before = &text[value.start.saturating_sub(40)..value.start];
    let user = match before.last() {
        Some(b':') => {
            let named = before[..before.len() - 1]
                .iter()
                .rev()
                .take_while(|b| part(b))
                .count();
            before.len() - 1 - named
        }
        _ => before.len(),
    };
    closed && before[..user].ends_with(b"://")
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of `VALUE` in a text.
    fn names(text: &str) -> Vec<&str> {
        let at = text.find("VALUE").expect("the value");
        bindings(text.as_bytes(), &(at..at + 5))
            .names
            .into_iter()
            .map(|binding| &text[binding.name])
            .collect()
    }

    #[test]
    fn operators_bind() {
        for text in [
            "acme_key=VALUE",
            "acme_key = \"VALUE\"",
            "acme_key: 'VALUE'",
            "\"acme_key\": \"VALUE\"",
            "\\\"acme_key\\\": \\\"VALUE\\\"",
            "acme_key := `VALUE`",
            "'acme_key' => 'VALUE'",
            "env['acme_key'] = 'VALUE'",
            "<acme_key>VALUE</acme_key>",
            "<string name=\"acme_key\">VALUE</string>",
            "?acme_key=VALUE&x=1",
            "&acme_key%3DVALUE",
            "acme_key <- \"VALUE\"",
            "&quot;acme_key&quot;:&quot;VALUE&quot;",
            "acme_key,VALUE",
            "acme_key\": b\"VALUE\"",
            "acme_key:\n  VALUE",
            "acme_key: >-\n  VALUE",
            "| acme_key | VALUE |",
            "**acme_key**: `VALUE`",
            "env(\"acme_key\") || \"VALUE\"",
        ] {
            let names = names(text);
            assert_eq!(
                names.first().copied(),
                Some("acme_key"),
                "{text}: {names:?}"
            );
        }
    }

    #[test]
    fn calls_bind_and_so_does_what_they_are_assigned_to() {
        assert_eq!(names("new Acme(\"VALUE\")"), ["Acme"]);
        assert_eq!(names("key = new Acme(\"VALUE\")"), ["Acme", "key"]);
        assert_eq!(names("key: Secret(b'VALUE')"), ["Secret", "key"]);
        assert_eq!(
            names("getenv(\"acme_key\", \"VALUE\")"),
            ["acme_key", "getenv"]
        );
        assert_eq!(names("auth=(\"VALUE\", \"\")"), ["auth"]);
        assert_eq!(names("Acme::new(\"VALUE\")"), ["Acme::new"]);
        assert_eq!(names("acme.init(\n  \"VALUE\","), ["acme.init"]);
        assert_eq!(names("f(id(x), \"VALUE\")"), ["x", "f"]);
    }

    #[test]
    fn spaces_bind() {
        assert_eq!(
            names("Authorization: Token VALUE"),
            ["Authorization: Token"]
        );
        assert_eq!(names("tool --acme-key VALUE"), ["tool --acme-key"]);
        assert_eq!(names("# the acme key is VALUE."), ["the acme key is"]);
        assert_eq!(names("ENV ACME_KEY VALUE"), ["ENV ACME_KEY"]);
        assert_eq!(names("const char* ACME_KEY = \"VALUE\""), ["ACME_KEY"]);
        assert_eq!(
            names("let key: &'static str = \"VALUE\""),
            ["let key: &'static str"]
        );
    }

    #[test]
    fn places_in_urls() {
        let found = |text: &str| {
            let at = text.find("VALUE").expect("the value");
            let found = bindings(text.as_bytes(), &(at..at + 5));
            (found.in_path, found.in_userinfo)
        };
        assert_eq!(found("https://acme.com/v1/VALUE"), (true, false));
        assert_eq!(found("https://VALUE@acme.com/v1"), (false, true));
        assert_eq!(found("https://user:VALUE@acme.com/v1"), (false, true));
        assert_eq!(found("https://VALUE:x@acme.com/v1"), (false, true));
        assert_eq!(found("VALUE@acme.com"), (false, false));
    }

    #[test]
    fn what_is_not_bound_has_no_name() {
        for text in [
            "VALUE", "#VALUE", "a-VALUE", "a.VALUE", ".VALUE", "@VALUE", "?VALUE", "(VALUE)",
        ] {
            assert!(
                names(text).iter().all(|name| name.is_empty()),
                "{text}: {:?}",
                names(text)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: Vec<u8>, start: usize, length: usize) {
            let start = start % (text.len() + 1);
            let end = start + length % (text.len() - start + 1);
            let found = bindings(&text, &(start..end));
            for binding in found.names {
                proptest::prop_assert!(binding.name.start <= binding.name.end && binding.name.end <= text.len());
            }
        }

        #[test]
        fn never_panics_on_signs(text in "[a-c \\n\"'(){}\\[\\]=:,<>|\\\\;&%/-]{0,60}") {
            for start in 0..=text.len() {
                let _ = bindings(text.as_bytes(), &(start..text.len()));
            }
        }
    }
}
