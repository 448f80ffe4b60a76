//! Markers in the scanned text that say: this is no leak. Ours, and those of other tools.
//!
//! A marker stands on the line on which the secret starts or ends, or on the line before (the next-line forms), and
//! never inside the secret: whoever chooses a password must not be able to hide it.

use std::ops::Range;

use crate::detect::lines::LineWindow;
use crate::rule::matches_pattern;
use crate::text::sanitize;

/// A marker that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The reason its author gave.
    pub reason: Option<String>,
}

/// How a marker is written, in lower case; a space stands for at most one space or, between letters, for one space or
/// dash.
struct Form {
    text: &'static [u8],
    /// Whether rules and a reason may follow.
    own: bool,
    /// Whether it is about the line below.
    next_line: bool,
}

const fn form(text: &'static str, own: bool, next_line: bool) -> Form {
    Form {
        text: text.as_bytes(),
        own,
        next_line,
    }
}

/// All forms. `pragma` is that of detect-secrets.
const FORMS: &[Form] = &[
    form("keyward:allow-next-line", true, true),
    form("keyward:allow", true, false),
    form("gitleaks:allow", false, false),
    form("betterleaks:allow", false, false),
    form("trufflehog:ignore", false, false),
    form("pragma: allowlist secret", false, false),
    form("pragma: allowlist nextline secret", false, true),
];

/// The marker that covers a secret of `rule` at `secret` (offsets in the blob), if there is one.
pub fn around(rule: &str, window: &LineWindow, secret: &Range<u64>) -> Option<Marker> {
    let local =
        |offset: u64| (offset.saturating_sub(window.offset) as usize).min(window.text.len());
    let before = &window.text[..local(secret.start)];
    let after = &window.text[local(secret.end)..];
    let on = |line: &[u8], next_line: bool| covering(rule, line, next_line);
    on(after, false)
        .or_else(|| on(before, false))
        .or_else(|| on(&window.previous, true))
}

/// The first marker of a piece of a line that covers the rule.
fn covering(rule: &str, line: &[u8], next_line: bool) -> Option<Marker> {
    (0..line.len()).find_map(|at| {
        // A dash may belong to a comment's start: `<!--`, `--`.
        let starts_word = at == 0 || line[at - 1] == b'-' || !continues_word(line[at - 1]);
        let form_at = |form: &&Form| starts_word && form.next_line == next_line;
        FORMS.iter().filter(form_at).find_map(|form| {
            let rest = after_form(&line[at..], form.text)?;
            if form.own {
                own_marker(rule, rest)
            } else {
                Some(Marker { reason: None })
            }
        })
    })
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// What follows the form at the start of `text`, in any case; `None` if it does not stand there as words of its own.
fn after_form<'t>(text: &'t [u8], form: &[u8]) -> Option<&'t [u8]> {
    let mut rest = text;
    let mut previous = b' ';
    for &expected in form {
        if expected == b' ' {
            match rest.split_first() {
                Some((b' ', tail)) => rest = tail,
                Some((b'-', tail)) if previous != b':' => rest = tail,
                _ if previous == b':' => {}
                _ => return None,
            }
        } else {
            let (&byte, tail) = rest.split_first()?;
            if byte.to_ascii_lowercase() != expected {
                return None;
            }
            rest = tail;
        }
        previous = expected;
    }
    // `-->` may close a comment directly behind the marker; any other dash continues the word.
    let ends = rest.first().is_none_or(|byte| !continues_word(*byte)) || rest.starts_with(b"-->");
    ends.then_some(rest)
}

/// Reads `RULE[,RULE] -- reason`, both optional. A list of rules that does not name the finding's rule covers nothing,
/// so that a marker never hides more than its author wrote.
fn own_marker(rule: &str, rest: &[u8]) -> Option<Marker> {
    let text = String::from_utf8_lossy(rest);
    let (list, reason) = match text.split_once("-- ") {
        Some((list, reason)) => (list, reason_of(reason)),
        None => (text.as_ref(), None),
    };
    let mut rules = list
        .trim_start_matches([':', '=', '(', '[', ' ', '\t'])
        .split(',')
        .map(|word| word.split_whitespace().next().unwrap_or_default())
        .map(|word| word.trim_end_matches(|c: char| !is_rule_character(c)))
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '*'))
        .peekable();
    let covers = rules.peek().is_none()
        || rules.any(|pattern| matches_pattern(&pattern.to_ascii_lowercase(), rule));
    covers.then_some(Marker { reason })
}

fn is_rule_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '*'
}

/// Ends the comment or the string in which a reason stands; what follows may be code, with other secrets.
const CLOSERS: &[&str] = &["*/", "-->", "#}", "%>", "}}", "*)", "\"", "`", "',"];

/// The reason at the start of a text, safe to show.
fn reason_of(text: &str) -> Option<String> {
    let ends = CLOSERS.iter().filter_map(|closer| text.find(closer));
    let end = ends.min().unwrap_or(text.len());
    let reason = sanitize(text[..end].trim().as_bytes());
    (!reason.is_empty()).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What covers `VALUE` in the text, for the rule `acme-key`: the reason, or `-` without one.
    fn reason(text: &str) -> Option<String> {
        let at = text.find("VALUE").expect("value");
        let end = text.rfind("VALUE").expect("value") + 5;
        let window = LineWindow::around(text.as_bytes(), &(at..end), 0);
        let marker = around("acme-key", &window, &(at as u64..end as u64))?;
        Some(marker.reason.unwrap_or_else(|| "-".to_owned()))
    }

    #[track_caller]
    fn covered(text: &str, expected: &str) {
        assert_eq!(reason(text).as_deref(), Some(expected), "{text}");
    }

    #[track_caller]
    fn uncovered(text: &str) {
        assert_eq!(reason(text), None, "{text}");
    }

    #[test]
    fn each_form_covers_its_line() {
        covered("k = VALUE # keyward:allow", "-");
        covered("k = VALUE # keyward:allow acme-key", "-");
        covered(
            "k = VALUE # keyward:allow other-key,acme-key -- a demo",
            "a demo",
        );
        covered("k = VALUE # keyward:allow -- a demo", "a demo");
        covered("k = VALUE # gitleaks:allow", "-");
        covered("k = VALUE # betterleaks:allow", "-");
        covered("k = VALUE # trufflehog:ignore", "-");
        covered("k = VALUE # pragma: allowlist secret", "-");
        covered("# pragma: allowlist nextline secret\nk = VALUE", "-");
        covered("# keyward:allow-next-line\nk = VALUE", "-");
        covered(
            "# keyward:allow-next-line acme-key -- a demo\r\nk = VALUE",
            "a demo",
        );
    }

    #[test]
    fn case_spacing_and_comment_style_do_not_matter() {
        covered("k = VALUE // KeyWard:Allow ACME-KEY", "-");
        covered("k = VALUE #pragma:allowlist-secret", "-");
        covered("/* keyward:allow */ k = VALUE", "-");
        covered(
            "<k>VALUE</k> <!-- keyward:allow acme-* -- a demo -->",
            "a demo",
        );
        covered("<k>VALUE</k> <!--keyward:allow-->", "-");
        covered("<k>VALUE</k> <!-- keyward:allow -->", "-");
        covered(
            "k = VALUE /* keyward:allow acme-key, x-key -- it's old */",
            "it's old",
        );
        covered(
            "{\"k\": \"VALUE\", \"c\": \"keyward:allow acme-key -- a demo\"},",
            "a demo",
        );
        covered("k = VALUE # gitleaks:allow because", "-");
        covered("k = VALUE // keyward:allow acme-key: a demo", "-");
        covered("k = VALUE # keyward:allow: acme-key", "-");
        covered("{\"k\":\"VALUE\",\"c\":\"keyward:allow\",\"d\":1}", "-");
    }

    #[test]
    fn a_marker_covers_no_more_than_it_says() {
        uncovered("k = VALUE");
        uncovered("k = VALUE # keyward:allow other-key");
        uncovered("k = VALUE # keyward:allow: other-key");
        uncovered("k = VALUE # keyward:allow other-key -- for acme-key");
        uncovered("k = VALUE # keyward:allowed");
        uncovered("k = VALUE # keyward:allow-list");
        uncovered("k = VALUE # mykeyward:allow");
        uncovered("k = VALUE # keyward:allow-next-line");
        uncovered("# keyward:allow\nk = VALUE");
        uncovered("k = VALUE\n# keyward:allow");
        uncovered("# keyward:allow-next-line\n\nk = VALUE");
        uncovered("k = VALUE # keyward : allow");
    }

    #[test]
    fn a_reason_ends_with_its_comment() {
        covered("a(VALUE /* keyward:allow -- why */, OTHER)", "why");
        covered("[\"VALUE\", \"keyward:allow -- why\", \"OTHER\"]", "why");
        covered(
            "k = VALUE # keyward:allow -- \u{1b}[31mwhy",
            "\\u{1b}[31mwhy",
        );
    }

    #[test]
    fn a_secret_cannot_cover_itself() {
        uncovered("k = VALUE:gitleaks:allow:VALUE");
        covered(
            "k = VALUE\nmiddle gitleaks:allow\nVALUE # keyward:allow -- last line",
            "last line",
        );
        covered("k = VALUE\nVALUE # keyward:allow", "-");
        covered("/* keyward:allow */ k = VALUE\nVALUE", "-");
        uncovered("k = VALUE\nmiddle # keyward:allow\nVALUE");
    }

    #[test]
    fn many_stars_do_not_take_long() {
        uncovered(&format!("k = VALUE # keyward:allow {}z", "*-".repeat(400)));
        uncovered(&format!("k = VALUE # keyward:allow {}z", "*".repeat(800)));
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line: Vec<u8>, tail: String) {
            let _ = covering("acme-key", &line, false);
            let _ = covering("acme-key", format!("keyward:allow{tail}").as_bytes(), false);
        }
    }
}
