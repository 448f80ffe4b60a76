//! Tells whether a token ends where its match ends, or is only a piece of a longer word.
//!
//! Regular expressions' `\b` will not do: in `"\nghp_…"` the `n` belongs to an escape, and in `%3Dghp_…` so does
//! the `D`.

use std::ops::Range;

use crate::rule::Boundary;

/// Whether the neighbours of `secret` in `text` let it stand as a token of its own.
pub fn holds(boundary: Boundary, text: &[u8], secret: &Range<usize>) -> bool {
    let (left, right) = match boundary {
        Boundary::Word => (true, true),
        Boundary::Left => (true, false),
        Boundary::Right => (false, true),
        Boundary::None => (false, false),
    };
    (!left || left_holds(text, secret)) && (!right || right_holds(text, secret))
}

fn left_holds(text: &[u8], secret: &Range<usize>) -> bool {
    let before = &text[..secret.start];
    let (Some(&last), Some(&first)) = (before.last(), text.get(secret.start)) else {
        return true;
    };
    if !is_word(first) || !is_word(last) {
        return true;
    }
    ends_in_escape(before)
}

/// Whether the text ends in `\n`, `\t`, `\r`, `\b`, `\f`, `\v`, `\0`, `\xHH`, `\uHHHH`, `%HH` or an ANSI colour code:
/// then its last letter or digit belongs to the escape and not to a word.
fn ends_in_escape(before: &[u8]) -> bool {
    let tail = &before[before.len().saturating_sub(6)..];
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match tail {
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f' | b'v' | b'0'] => true,
        [b'\\', b'u', rest @ ..] => rest.len() == 4 && hex(rest),
        _ => {
            matches!(tail, [.., b'\\', b'x', a, b] if hex(&[*a, *b]))
                || matches!(tail, [.., b'%', a, b] if hex(&[*a, *b]))
                || ends_in_colour(before)
        }
    }
}

/// `ESC [ 3 1 m` and the like, also with the escape written out, as in the tracebacks of notebooks.
fn ends_in_colour(before: &[u8]) -> bool {
    let tail = &before[before.len().saturating_sub(26)..];
    let Some((b'm', codes)) = tail.split_last() else {
        return false;
    };
    let digits = codes
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit() || **b == b';')
        .count();
    let Some(escape) = codes[..codes.len() - digits].strip_suffix(b"[") else {
        return false;
    };
    let written = |escape: &[u8], as_text: &[u8]| {
        let from = escape.len().saturating_sub(as_text.len());
        escape[from..].eq_ignore_ascii_case(as_text)
    };
    escape.ends_with(b"\x1b")
        || [&b"\\u001b"[..], b"\\x1b", b"\\033", b"\\e"]
            .iter()
            .any(|as_text| written(escape, as_text))
}

fn right_holds(text: &[u8], secret: &Range<usize>) -> bool {
    let (Some(&last), Some(&next)) = (text[secret.clone()].last(), text.get(secret.end)) else {
        return true;
    };
    if !is_word(last) && last != b'-' {
        return true;
    }
    // A dash continues a token only if the token itself holds dashes: `AKIA…-foo` is a name built from a key.
    let dash_continues = next == b'-'
        && memchr::memchr_iter(b'-', &text[secret.clone()]).count() > 1
        && text
            .get(secret.end + 1)
            .is_some_and(u8::is_ascii_alphanumeric);
    !is_word(next) && !dash_continues
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, token: &str) -> bool {
        let start = text.find(token).expect("token in text");
        holds(
            Boundary::Word,
            text.as_bytes(),
            &(start..start + token.len()),
        )
    }

    #[test]
    fn a_piece_of_a_longer_word_is_refused() {
        assert!(!check("xtok_abc", "tok_abc"));
        assert!(!check("tok_abcd", "tok_abc"));
        assert!(!check("_tok_abc", "tok_abc"));
        assert!(check("=tok_abc;", "tok_abc"));
        assert!(check("tok_abc", "tok_abc"));
        assert!(check("tok_abc-name", "tok_abc"));
    }

    #[test]
    fn escapes_are_not_words() {
        assert!(check(r"line\ntok_abc", "tok_abc"));
        assert!(check("q%3Dtok_abc", "tok_abc"));
        assert!(check(r"q\u003dtok_abc", "tok_abc"));
        assert!(check(r"q\x3dtok_abc", "tok_abc"));
        assert!(check("\u{1b}[31mtok_abc\u{1b}[0m", "tok_abc"));
        assert!(check(r"\u001b[0;34mtok_abc\u001b[0m", "tok_abc"));
        assert!(check(r"\033[1;38;5;123mtok_abc\x1B[0m", "tok_abc"));
        assert!(!check("mtok_abc", "tok_abc"));
        assert!(!check("x[0;34mtok_abc", "tok_abc"));
        assert!(!check("3Dtok_abc", "tok_abc"));
    }
}
