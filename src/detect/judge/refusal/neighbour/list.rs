//! Lists: what stands in one beside others of its kind is an entry of a vocabulary, an enumeration or a table.

use super::super::super::words;
use crate::detect::binding::{Binding, Link, Quote};

/// `"passwd":18383,"developers":18384`: the places of words in a vocabulary.
pub(super) fn is_counted(window: &[u8], binding: &Binding) -> bool {
    const MOST: usize = 9;
    let value = &window[binding.value.clone()];
    if binding.quote != Quote::None || value.len() > MOST || !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = value
        .iter()
        .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let next = format!(":{}", number + 1);
    memchr::memmem::find(&window[binding.value.end..], next.as_bytes()).is_some()
}

/// `["password", "radius", "otp"]`: what may be chosen. With items on both sides it may be of several words, too:
/// `["user", "password", "ftc-ftm", "otp"]`.
pub(super) fn is_word_of_a_list(window: &[u8], binding: &Binding) -> bool {
    let value = &window[binding.value.clone()];
    if binding.link != Link::Comma {
        return false;
    }
    let word = words::is_word(value);
    if !word && !is_joined(value) {
        return false;
    }
    let blank = |b: &&u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
    let before = window[..binding.name.start]
        .iter()
        .rev()
        .take(16)
        .find(|b| !blank(b));
    let behind = window[binding.value.end..]
        .iter()
        .take(16)
        .find(|b| !blank(b));
    if word {
        matches!(before, Some(b'[' | b',')) && matches!(behind, Some(b',' | b']'))
    } else {
        // `array("password", "kerberos_v5", …)`, or an enumeration of SQL: the first item has another one behind it only.
        let first = || {
            let before = window[..binding.name.start.saturating_sub(1)].trim_ascii_end();
            before.ends_with(b"array(") || before.ends_with(b"enum(")
        };
        (before == Some(&b',') || first()) && behind == Some(&b',')
    }
}

/// Small letters with dashes between them, an identifier with capitals inside, or one of small letters and a number.
fn is_joined(value: &[u8]) -> bool {
    let dashed =
        value.contains(&b'-') && value.iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
    let humps = words::humps(value);
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let camel = value.first().is_some_and(u8::is_ascii_lowercase)
        && humps >= 2
        && value.iter().all(u8::is_ascii_alphanumeric)
        && words::word_letters(value) * 2 >= letters;
    // `kerberos_v5`
    let snake = value.contains(&b'_')
        && value
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
        && words::word_letters(value) * 4 >= letters * 3;
    dashed || camel || snake
}

/// Whether a name stands around three times or more with a value of the same length, all of them hexadecimal: a list of
/// vectors, of entries or of public keys. Who keeps several keys names them.
pub(super) fn is_listed(window: &[u8], binding: &Binding) -> bool {
    const MANY: usize = 3;
    let (name, value) = (
        &window[binding.name.clone()],
        &window[binding.value.clone()],
    );
    let between = binding.between(window);
    value.len() >= 16
        && between.len() <= 16
        && value.iter().all(u8::is_ascii_hexdigit)
        && memchr::memmem::find_iter(window, name)
            .filter(|at| {
                let start = at + name.len();
                let end = start + between.len() + value.len();
                window.get(start..end).is_some_and(|text| {
                    text.starts_with(between)
                        && text[between.len()..].iter().all(u8::is_ascii_hexdigit)
                }) && !window.get(end).is_some_and(u8::is_ascii_hexdigit)
            })
            .count()
            >= MANY
}

/// `TLS_PASSWORD = 10205` among others: the number of an option or of an error, in a file of them.
pub(super) fn is_number_of_a_list(window: &[u8], binding: &Binding) -> bool {
    const MANY: usize = 3;
    const LONGEST: usize = 6;
    let (name, value) = (
        &window[binding.name.clone()],
        &window[binding.value.clone()],
    );
    let constant = |name: &[u8]| {
        name.contains(&b'_')
            && name
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
    };
    if binding.quote != Quote::None
        || value.len() > LONGEST
        || !value.iter().all(u8::is_ascii_digit)
        || !constant(name)
    {
        return false;
    }
    window
        .split(|b| *b == b'\n')
        .filter(|line| {
            let line = line.trim_ascii();
            let other = line
                .iter()
                .position(|b| !b.is_ascii_alphanumeric() && *b != b'_')
                .unwrap_or(line.len());
            let number = line
                .rsplit(|b| !b.is_ascii_digit())
                .next()
                .unwrap_or_default();
            constant(&line[..other]) && &line[..other] != name && number.len() == value.len()
        })
        .count()
        >= MANY
}

/// `("NEWPASSWORD", "09eeab5a…"),` among others with values of the same length: what passwords are hashed to, in a test of
/// the hash.
pub(super) fn is_hash_of_a_list(window: &[u8], binding: &Binding) -> bool {
    const OTHERS: usize = 2;
    const SHORTEST: usize = 16;
    let value = &window[binding.value.clone()];
    let hash = |value: &[u8]| {
        value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'+' | b'=' | b'@'))
    };
    if binding.link != Link::Comma || value.len() < SHORTEST || !hash(value) {
        return false;
    }
    let quotes = |b: &u8| matches!(b, b'"' | b'\'');
    window
        .split(|b| *b == b'\n')
        .filter(|line| line.trim_ascii_start().starts_with(b"("))
        .filter_map(|line| {
            let mut parts = line.split(quotes);
            let _ = parts.next();
            let _ = parts.next();
            let between = parts.next()?;
            (between.trim_ascii().starts_with(b",")).then(|| parts.next())?
        })
        .filter(|other| other.len() == value.len() && *other != value && hash(other))
        .count()
        >= OTHERS
}

/// `ATTk589914` among others with the same letters and as many digits: entries of a directory by their numbers. The letters
/// are no word: `test1111` and `test2222` are passwords.
pub(super) fn is_numbered(window: &[u8], binding: &Binding) -> bool {
    const OTHERS: usize = 2;
    let value = &window[binding.value.clone()];
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (start, number) = value.split_at(letters);
    if binding.quote == Quote::None
        || !(2..=6).contains(&letters)
        || number.len() < 5
        || !number.iter().all(u8::is_ascii_digit)
        || (words::is_word(start) && !start[1..].iter().any(u8::is_ascii_uppercase))
    {
        return false;
    }
    window
        .split(|b| matches!(b, b'"' | b'\''))
        .filter(|other| {
            *other != value
                && other.len() == value.len()
                && other.starts_with(start)
                && other[letters..].iter().all(u8::is_ascii_digit)
        })
        .count()
        >= OTHERS
}
