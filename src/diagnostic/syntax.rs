//! Turns what the TOML reader says into diagnostics: its words for programs into words for people, with the key that
//! was probably meant.

use std::path::Path;

use super::Diagnostic;
use crate::rule::nearest;

/// The diagnostic for a TOML text that does not have the expected shape.
pub fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Diagnostic {
    let (message, help) = explain(error.message());
    let diagnostic = match error.span() {
        Some(span) => Diagnostic::at(path, text, span, message),
        None => Diagnostic::of_file(path, message),
    };
    diagnostic.with_help(help)
}

/// The message as people would say it, and a help line, which may be empty.
fn explain(message: &str) -> (String, String) {
    for (opening, kind) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        let Some((given, expected)) = message
            .strip_prefix(opening)
            .and_then(|rest| rest.split_once("`, expected "))
        else {
            continue;
        };
        return (
            format!("unknown {kind} `{given}`"),
            suggestion(given, expected),
        );
    }
    if let Some(key) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return (
            format!("`{key}` is missing"),
            format!("add `{key} = …` to this table"),
        );
    }
    if message.starts_with("invalid type: ") && message.ends_with(", expected a string") {
        return (message.to_owned(), "put it in quotes".to_owned());
    }
    (message.to_owned(), String::new())
}

/// `expected` is a list such as ``one of `a`, `b` ``.
fn suggestion(given: &str, expected: &str) -> String {
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    match nearest(given, known.iter().copied()) {
        Some(near) => format!("is it `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_words_become_plain_ones() {
        let explained = |message: &str| {
            let (message, help) = explain(message);
            format!("{message} / {help}")
        };
        assert_eq!(
            explained("unknown field `exlude`, expected `exclude` or `max-size`"),
            "unknown key `exlude` / is it `exclude`?"
        );
        assert_eq!(
            explained("unknown variant `urgent`, expected one of `low`, `medium`, `high`"),
            "unknown value `urgent` / known here: low, medium, high"
        );
        assert_eq!(
            explained("missing field `summary`"),
            "`summary` is missing / add `summary = …` to this table"
        );
        assert_eq!(explained("duplicate key"), "duplicate key / ");
    }
}
