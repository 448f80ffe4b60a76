//! What every match of a pattern holds, told without running it: a run of bytes of one class, such as the 64 hexadecimal
//! digits of a token or the `@` of an address. Looking for that is much cheaper than compiling a pattern, and most anchors
//! stand in text that does not have it.
//!
//! Shared word for word with `build.rs`, which answers for the built-in rules, so it must not refer to anything else
//! in the crate.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Bits that a run must say at least to be worth looking for: about as much as one of the rarer signs.
const TELLING: f64 = 9.0;

/// At least so many bytes in a row of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// One bit a byte.
    pub class: [u64; 4],
    /// How many of them; more than zero.
    pub length: u16,
}

impl Run {
    /// The run that says most of those that every match of `pattern` holds, if it says enough.
    pub(super) fn of_pattern(pattern: &str) -> Option<Self> {
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .ok()?;
        needed(&hir).filter(|run| run.bits() >= TELLING)
    }

    /// Whether the text holds such a run.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let length = usize::from(self.length);
        if length == 1
            && let Some(byte) = self.only_byte()
        {
            return text.contains(&byte);
        }
        // A run that is long enough covers one of the places looked at.
        let mut at = length.saturating_sub(1);
        while let Some(&byte) = text.get(at) {
            if !self.holds(byte) {
                at += length.max(1);
                continue;
            }
            let before = text[..at].iter().rev().take(length - 1);
            let before = before.take_while(|byte| self.holds(**byte)).count();
            let wanted = length - before;
            let rest = text[at..].iter().take(wanted);
            let own = rest.take_while(|byte| self.holds(**byte)).count();
            if own == wanted {
                return true;
            }
            // The byte behind the run is of another class.
            at += own + length;
        }
        false
    }

    fn holds(&self, byte: u8) -> bool {
        self.class[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn only_byte(&self) -> Option<u8> {
        let ones: u32 = self.class.iter().map(|bits| bits.count_ones()).sum();
        let word = self.class.iter().position(|bits| *bits != 0)?;
        (ones == 1).then(|| (word as u32 * 64 + self.class[word].trailing_zeros()) as u8)
    }

    /// Any byte of either class, as many as both have.
    fn or(self, other: Self) -> Self {
        let mut class = self.class;
        for (bits, others) in class.iter_mut().zip(other.class) {
            *bits |= others;
        }
        Self {
            class,
            length: self.length.min(other.length),
        }
    }

    /// How unlikely the run is in a text, in bits.
    fn bits(&self) -> f64 {
        let share: u32 = (0..=u8::MAX)
            .filter(|byte| self.holds(*byte))
            .map(per_mille)
            .sum();
        -(f64::from(share) / 1000.0).min(1.0).log2() * f64::from(self.length)
    }
}

/// How often a byte stands in source text, roughly, of a thousand.
fn per_mille(byte: u8) -> u32 {
    match byte {
        b' ' => 170,
        b'a'..=b'z' => 20,
        b'\n' => 30,
        b'0'..=b'9' => 6,
        b'A'..=b'Z' => 4,
        b'"' | b'\'' | b'.' | b',' | b'_' | b'(' | b')' | b'-' | b'/' | b':' | b'=' | b';'
        | b'*' => 7,
        _ => 1,
    }
}

fn of_class(class: [u64; 4]) -> Run {
    Run { class, length: 1 }
}

fn of_byte(byte: u8) -> Run {
    let mut class = [0; 4];
    class[usize::from(byte >> 6)] |= 1 << (byte & 63);
    of_class(class)
}

/// The run that says most of those that every match of an expression holds.
fn needed(hir: &Hir) -> Option<Run> {
    match hir.kind() {
        HirKind::Literal(literal) => telling(literal.0.iter().map(|byte| of_byte(*byte))),
        HirKind::Class(class) => class_of(class).map(of_class),
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => match class_below(&repetition.sub)
        {
            Some(class) => Some(Run {
                class,
                length: u16::try_from(repetition.min).unwrap_or(u16::MAX),
            }),
            None => needed(&repetition.sub),
        },
        HirKind::Concat(parts) => telling(parts.iter().filter_map(needed)),
        HirKind::Alternation(branches) => {
            let mut branches = branches.iter();
            let first = needed(branches.next()?)?;
            branches.try_fold(first, |run, branch| Some(run.or(needed(branch)?)))
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Look(_) => None,
    }
}

fn telling(runs: impl Iterator<Item = Run>) -> Option<Run> {
    runs.max_by(|left, right| left.bits().total_cmp(&right.bits()))
}

/// The class of an expression that is nothing but one byte.
fn class_below(hir: &Hir) -> Option<[u64; 4]> {
    match hir.kind() {
        HirKind::Class(class) => class_of(class),
        HirKind::Capture(capture) => class_below(&capture.sub),
        HirKind::Literal(literal) => match literal.0[..] {
            [byte] => Some(of_byte(byte).class),
            _ => None,
        },
        _ => None,
    }
}

fn class_of(class: &Class) -> Option<[u64; 4]> {
    let Class::Bytes(class) = class else {
        return None;
    };
    let mut bits = [0; 4];
    for range in class.ranges() {
        for byte in range.start()..=range.end() {
            bits[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};

    use super::super::{RuleSet, Search};
    use super::*;

    fn run(pattern: &str) -> Option<(String, u16)> {
        let run = Run::of_pattern(pattern)?;
        let held = (0..=u8::MAX).filter(|byte| run.holds(*byte));
        Some((held.map(char::from).collect(), run.length))
    }

    #[test]
    fn the_run_that_says_most_is_found() {
        let expected = |class: &str, length| Some((class.to_owned(), length));
        let hexadecimal = "0123456789abcdef";
        assert_eq!(
            run("acme[=:]{1,4}(?P<secret>[0-9a-f]{32})"),
            expected(hexadecimal, 32)
        );
        assert_eq!(
            run("(?:[0-9a-f]{32}|[0-9a-f]{40,})"),
            expected(hexadecimal, 32)
        );
        assert_eq!(run("(?:[0-9]{32}|[a-f]{40})x?"), expected(hexadecimal, 32));
        assert_eq!(
            run("https?://[a-z]{1,60}:[a-z]{3,}@[a-z]"),
            expected("@", 1)
        );
        assert_eq!(run("(?:a[0-9a-f]{20}){2}"), expected(hexadecimal, 20));
        for vague in [
            "",
            "acme",
            "[0-9a-f]{0,64}",
            "(?:[0-9a-f]{32})?",
            "(?:[0-9a-f]{32}|x)",
            "(",
            ".{40}",
        ] {
            assert_eq!(run(vague), None, "{vague}");
        }
    }

    proptest! {
        #[test]
        fn runs_are_found_as_the_pattern_finds_them(text in "[ab@ ]{0,40}", length in 1_u16..9) {
            for class in ["a", "@", "ab", "b @"] {
                let bits = class.bytes().map(of_byte).reduce(Run::or).expect("a byte").class;
                let run = Run { class: bits, length };
                let pattern = regex::Regex::new(&format!("[{class}]{{{length}}}")).expect("a pattern");
                prop_assert_eq!(run.is_in(text.as_bytes()), pattern.is_match(&text), "{}", pattern);
            }
        }
    }

    #[test]
    fn texts_made_from_built_in_patterns_hold_what_these_need() {
        let mut runner = TestRunner::new(Config::default());
        let mut checked = 0;
        for (_, rule) in RuleSet::built_in().iter() {
            let Search::Pattern {
                expression,
                needs: Some(run),
                ..
            } = &rule.search
            else {
                continue;
            };
            let Ok(texts) = proptest::string::bytes_regex(expression) else {
                continue;
            };
            let pattern = crate::detect::compile_pattern(expression).expect("a pattern");
            for _ in 0..3 {
                let Ok(text) = texts.new_tree(&mut runner) else {
                    continue;
                };
                let text = text.current();
                if pattern.is_match(&text) {
                    checked += 1;
                    assert!(run.is_in(&text), "{}", rule.id);
                }
            }
        }
        assert!(checked > 500, "{checked}");
    }
}
