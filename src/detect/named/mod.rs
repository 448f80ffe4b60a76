//! Finds values that are credentials only because of the names near them: a bare hexadecimal string, a UUID.
//!
//! A pattern from a provider's name to a value would have to know every way to write an assignment, would be slow, and
//! could not tell whose value it reached. Here one matcher serves all such rules: at an anchor, which is the provider's
//! name, it looks for values of the rule's shapes, asks what each is bound to ([`binding`]), what that name says
//! ([`name`]), and whether the provider's name is said of it ([`place`]). It sees the text within the rule's radius and
//! nothing else, and must not keep state.

mod binding;
mod name;
mod place;
#[cfg(test)]
mod tests;

use std::ops::Range;

use binding::{Binding, Kind, bindings, is_word};
use name::{Opinion, Vocabulary};

use crate::detect::judge::{entropy, words};
use crate::rule::shape::{Class, Shape};
use crate::rule::{Named, Text};

/// A value and as much of the text as says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedValue {
    pub(super) whole: Range<usize>,
    pub(super) value: Range<usize>,
}

/// A [`Named`] made ready to run.
#[derive(Debug)]
pub(super) struct NamedSearch {
    values: Vec<(Shape, Class)>,
    credential: Vec<Text>,
    /// Ends of the URL in front of a value that is part of its path.
    paths: Vec<Text>,
}

/// How well a value and the provider's name go together.
enum Bond {
    /// The provider's name is part of the value's, or the value's place says it all.
    Bound(Range<usize>),
    /// It only stands near, so many lines and bytes away.
    Near(usize, usize),
}

/// Bytes between an identifier that says everything and a value under a name that says nothing.
const SIBLING: usize = 80;

impl NamedSearch {
    pub(super) fn of(named: &Named) -> Self {
        let shapes = named
            .values
            .iter()
            .filter_map(|text| Shape::parse(text).ok());
        let (paths, credential) = named
            .credential
            .iter()
            .cloned()
            .partition(|word| word.contains('/'));
        Self {
            values: shapes.map(|shape| (shape.clone(), shape.bytes())).collect(),
            credential,
            paths,
        }
    }

    /// Calls `found` for each value that belongs to the provider named at `anchor`. Of those that it is only said near,
    /// the nearest counts.
    pub(super) fn values(
        &self,
        text: &[u8],
        anchor: Range<usize>,
        mut found: impl FnMut(NamedValue),
    ) {
        if !is_named(text, &anchor) {
            return;
        }
        let mut nearest: Option<((usize, usize), Range<usize>)> = None;
        for (shape, bytes) in &self.values {
            each_value(text, shape, bytes, |value| {
                if value.start < anchor.end && anchor.start < value.end {
                    return;
                }
                match self.bond(text, &anchor, &value) {
                    Some(Bond::Bound(name)) if is_generated(&text[value.clone()]) => {
                        found(NamedValue {
                            whole: name.start.min(value.start)..value.end,
                            value,
                        });
                    }
                    Some(Bond::Near(lines, bytes)) if is_generated(&text[value.clone()]) => {
                        let distance = (lines, bytes);
                        if nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
                            nearest = Some((distance, value));
                        }
                    }
                    _ => {}
                }
            });
        }
        if let Some((_, value)) = nearest {
            found(NamedValue {
                whole: value.clone(),
                value,
            });
        }
    }

    /// What makes the value a credential of the provider named at `anchor`, if anything does.
    fn bond(&self, text: &[u8], anchor: &Range<usize>, value: &Range<usize>) -> Option<Bond> {
        let bound = bindings(text, value);
        if bound.in_userinfo {
            let host = place::lines_between(text, anchor, value) == 0 && anchor.start > value.end;
            return host.then(|| Bond::Bound(value.clone()));
        }
        if bound.in_path {
            let before = &text[..value.start];
            let ends = |path: &Text| before.ends_with(path.as_bytes());
            return self
                .paths
                .iter()
                .any(ends)
                .then(|| Bond::Bound(value.clone()));
        }
        let vocabulary = Vocabulary(&self.credential);
        for (index, binding) in bound.names.iter().enumerate() {
            let own = own_part(anchor, &binding.name);
            let opinion = vocabulary.read(&text[binding.name.clone()], own.clone());
            if let Some(bond) = self.bond_of(text, anchor, value, binding, opinion) {
                return Some(bond);
            }
            // `Acme("…")`, `md5("…")`: what the result is called may say more, unless the name says that it is not one.
            let outer =
                matches!(binding.kind, Kind::Called) || opinion.says_nothing() || index == 0;
            if opinion.refused || !outer {
                return None;
            }
        }
        None
    }

    fn bond_of(
        &self,
        text: &[u8],
        anchor: &Range<usize>,
        value: &Range<usize>,
        binding: &Binding,
        opinion: Opinion,
    ) -> Option<Bond> {
        let vocabulary = Vocabulary(&self.credential);
        let own = own_part(anchor, &binding.name).is_some();
        let usual = self.credential.is_empty();
        if opinion.refused || (binding.kind == Kind::Spaced && opinion.led_away) {
            return None;
        }
        if own {
            let says_so = opinion.credential
                || (usual && opinion.weak && !opinion.foreign)
                || (usual && binding.kind == Kind::Called && opinion.call && value.len() >= 16)
                || (binding.kind == Kind::Assigned
                    && !opinion.foreign
                    && place::enclosing_names(text, binding.name.start)
                        .any(|name| vocabulary.read(&text[name], None).credential));
            return says_so.then(|| Bond::Bound(binding.name.clone()));
        }
        let identifier = place::identifier_around(text, anchor);
        let own = own_part(anchor, &identifier);
        let said = vocabulary.read(&text[identifier.clone()], own).credential;
        if opinion.says_nothing() && matches!(binding.kind, Kind::Assigned | Kind::Called) {
            // `name: ACME_API_KEY` and then `value: …`.
            let near = anchor.end <= value.start
                && (value.start - anchor.end <= SIBLING
                    && place::lines_between(text, anchor, value) <= 1
                    || place::is_default_of(text, &identifier, &binding.name));
            return (said && near && !place::has_own_value(text, &identifier, value))
                .then_some(Bond::Bound(identifier));
        }
        // The value's own name must be a credential's, and no other provider's.
        let names_it = (opinion.credential && !self.last_word_is_foreign(text, binding))
            || (usual && opinion.weak && opinion.call && binding.kind == Kind::Called)
            || (usual && binding.kind == Kind::User);
        let taken = said && place::has_own_value(text, &identifier, value);
        if !names_it || taken {
            return None;
        }
        place::distance(text, anchor, value).map(|(lines, bytes)| Bond::Near(lines, bytes))
    }

    /// Whether the identifier nearest to the value has words of its own: `OTHER_API_KEY`. Those in front of it are
    /// types and prose.
    fn last_word_is_foreign(&self, text: &[u8], binding: &Binding) -> bool {
        let vocabulary = Vocabulary(&self.credential);
        let name = &text[binding.name.clone()];
        let mut identifiers = name.rsplit(|b| matches!(b, b' ' | b'\t' | b':'));
        identifiers
            .find(|word| vocabulary.read(word, None).credential)
            .is_some_and(|word| vocabulary.read(word, None).foreign)
    }
}

/// Where the anchor stands in a name that holds it.
fn own_part(anchor: &Range<usize>, name: &Range<usize>) -> Option<Range<usize>> {
    (name.start <= anchor.start && anchor.end <= name.end)
        .then(|| anchor.start - name.start..anchor.end - name.start)
}

/// What may follow a provider's name in one word of small letters.
const SUFFIXES: &[&str] = &[
    "access", "account", "admin", "api", "app", "auth", "bearer", "client", "com", "config",
    "cred", "dev", "http", "io", "key", "live", "master", "org", "pass", "private", "prod", "pwd",
    "rest", "sdk", "secret", "server", "service", "test", "token", "user", "webhook",
];

/// What may follow it where the word then ends: `influxdb`, `zhipuai`.
const ENDINGS: &[&str] = &["ai", "ci", "crm", "db"];

/// Whether the anchor is a name and not the middle of another word: not the `ipapi` of `geoipapi`.
fn is_named(text: &[u8], anchor: &Range<usize>) -> bool {
    let word = &text[anchor.clone()];
    let (Some(&first), Some(&last)) = (word.first(), word.last()) else {
        return false;
    };
    let second_is_small = word.get(1).is_some_and(u8::is_ascii_lowercase);
    let starts = match text[..anchor.start].last() {
        Some(before) if before.is_ascii_alphabetic() && first.is_ascii_alphabetic() => {
            let escape = matches!(text[..anchor.start], [.., b'\\', b'n' | b't' | b'r']);
            escape
                || (first.is_ascii_uppercase() && (before.is_ascii_lowercase() || second_is_small))
        }
        _ => true,
    };
    let rest = &text[anchor.end..];
    let ends = match rest.first() {
        Some(after) if after.is_ascii_alphabetic() && last.is_ascii_alphabetic() => {
            let next_is_small = rest.get(1).is_some_and(u8::is_ascii_lowercase);
            let hump = after.is_ascii_uppercase() && (last.is_ascii_lowercase() || next_is_small);
            let goes_on_with = |suffix: &str| {
                rest.get(..suffix.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(suffix.as_bytes()))
            };
            let ends_with = |ending: &&str| {
                let next = rest.get(ending.len()).copied().unwrap_or_default();
                let over = !next.is_ascii_alphabetic()
                    || (next.is_ascii_uppercase() && rest[ending.len() - 1].is_ascii_lowercase());
                over && goes_on_with(ending)
            };
            hump || SUFFIXES.iter().any(|suffix| goes_on_with(suffix))
                || ENDINGS.iter().any(ends_with)
        }
        _ => true,
    };
    starts && ends
}

/// Calls `found` for every place in the text where a value of the shape stands on its own.
fn each_value(text: &[u8], shape: &Shape, bytes: &Class, mut found: impl FnMut(Range<usize>)) {
    let least = shape.least();
    let mut at = 0;
    while let Some(window) = text.get(at..at + least) {
        // Most of a text is no run of such bytes: look from the end of where one would have to be.
        if let Some(gap) = window.iter().rposition(|b| !bytes.has(*b)) {
            at += gap + 1;
            continue;
        }
        let run = text[at..].iter().take_while(|b| bytes.has(**b)).count();
        let end = at + run;
        while at + least <= end {
            let fresh = match text[..at].last() {
                None => true,
                Some(before) => !is_word(*before) || is_escape(text, at),
            };
            let value_end = fresh.then(|| shape.end_of(text, at)).flatten();
            if let Some(value_end) = value_end.filter(|end| ends_well(text, &(at..*end))) {
                found(at..value_end);
                at = value_end;
            } else {
                // Inside a run only what delimits a value starts another one.
                let next = text[at..end].iter().position(|b| b"=:/.,&+-".contains(b));
                at = next.map_or(end, |next| at + next + 1);
            }
        }
        at = at.max(end);
    }
}

/// Whether the letter or digits before `at` belong to an escape: `\n`, `%3D`.
fn is_escape(text: &[u8], at: usize) -> bool {
    let head = &text[..at];
    matches!(
        head,
        [.., b'\\', b'n' | b't' | b'r'] | [.., b'%', b'2' | b'3', _]
    )
}

/// Whether what follows lets the text be a value: no call, member, key of a table or longer token. Padding stands at
/// the end only.
fn ends_well(text: &[u8], value: &Range<usize>) -> bool {
    let Some(&last) = text[value.clone()].last() else {
        return false;
    };
    let mut pairs = text[value.clone()].windows(2);
    if pairs.any(|pair| pair[0] == b'=' && pair[1].is_ascii_alphanumeric()) {
        return false;
    }
    let rest = &text[value.end..];
    let goes_on = rest.get(1).is_some_and(u8::is_ascii_alphanumeric);
    match rest.first() {
        Some(next) if is_word(*next) => !is_word(last),
        Some(b'-' | b'.' | b'+') => !goes_on,
        Some(b'(' | b'[' | b'{' | b'!') => false,
        // `VALUE=…` is a name; padding may be left out of a shape.
        Some(b'=') => matches!(
            rest.get(1),
            None | Some(b'=' | b'"' | b'\'' | b'\n' | b'\r' | b'`')
        ),
        Some(b'"' | b'\'') => {
            let after = rest[1..].iter().find(|b| !matches!(b, b' ' | b'\t'));
            after != Some(&b':') && !rest[1..].starts_with(b" =>")
        }
        _ => true,
    }
}

/// Whether a value looks like one that a generator made: mixed enough for its alphabet, and not made of words.
fn is_generated(value: &[u8]) -> bool {
    // `component::sensor::state`: a path of a program or of a text.
    if memchr::memmem::find(value, b"::").is_some() {
        return false;
    }
    let count = |kind: fn(&u8) -> bool| value.iter().filter(|b| kind(b)).count();
    let digits = count(u8::is_ascii_digit);
    let small = count(u8::is_ascii_lowercase);
    let capital = count(u8::is_ascii_uppercase);
    if digits == 0 && value.len() >= 16 && (small == 0 || capital == 0 || value.len() >= 40) {
        return false;
    }
    let signs = value.len() - digits - small - capital;
    let hex = value
        .iter()
        .all(|b| b.is_ascii_hexdigit() || !b.is_ascii_alphanumeric());
    let alphabet: f32 = match (digits + signs == value.len(), hex) {
        (true, _) => 10.0,
        (_, true) => 16.0,
        _ => 36.0,
    };
    let most = alphabet.min(value.len() as f32).log2();
    // Random values have nine tenths of it, and hardly one has less than seven; of random letters a part reads like
    // words by chance, the more so the fewer there are.
    entropy::shannon(value) >= most * 0.7 && words::word_letters(value) * 4 < value.len() * 3
}
