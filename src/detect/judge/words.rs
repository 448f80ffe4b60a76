//! Tells what people would write as words from what a generator would write.
//!
//! A table of letter triples (`rules/letters.txt`, made by `rules/letters.py`) says how surprising each letter of a
//! run is. Runs of letters that surprise little are words, whatever the language of the table's sources; nobody's
//! random key is made of them.

/// Surprise of a letter after two others in half bits, in base 36: a row of 27 digits and a line end per pair.
const TABLE: &[u8] = include_bytes!("../../../rules/letters.txt");
/// Letters and the edge of a word.
const SYMBOLS: usize = 27;
/// Tenths of half bits a letter at which a run stops to read like words, 4.8 bits: of random runs of eight letters
/// one in twenty is below, of words one in a hundred is above.
const SURPRISING: usize = 96;
/// Shorter runs say nothing.
const SHORTEST_RUN: usize = 3;

/// How surprising the letters of a run are, and its end, in half bits, and how many that are.
fn surprise(run: &[u8]) -> (usize, usize) {
    let (mut before, mut last) = (0, 0);
    let mut total = 0_usize;
    let symbols = run
        .iter()
        .map(|letter| usize::from(letter.to_ascii_lowercase() - b'a') + 1)
        .chain(std::iter::once(0));
    for symbol in symbols {
        let row = (before * SYMBOLS + last) * (SYMBOLS + 1);
        let digit = TABLE.get(row + symbol).copied().unwrap_or(b'0');
        total += match digit {
            b'0'..=b'9' => usize::from(digit - b'0'),
            _ => usize::from(digit.saturating_sub(b'a')) + 10,
        };
        (before, last) = (last, symbol);
    }
    (total, run.len() + 1)
}

/// Whether the value is one of the words of a list with blanks between them, in any case.
pub(crate) fn is_listed(list: &str, value: &[u8]) -> bool {
    list.split_ascii_whitespace()
        .any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// How many capitals stand behind something else, as inside of `camelCase`.
pub(crate) fn humps(value: &[u8]) -> usize {
    value
        .windows(2)
        .filter(|pair| !pair[0].is_ascii_uppercase() && pair[1].is_ascii_uppercase())
        .count()
}

/// Whether the letters, all of them ASCII, read like words.
pub(crate) fn is_word(run: &[u8]) -> bool {
    if run.len() < SHORTEST_RUN || !run.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let (total, symbols) = surprise(run);
    total * 10 < symbols * SURPRISING
}

/// How surprising the letters of a value are, mean over its runs of letters, in tenths of half bits a letter; 0 where
/// it holds hardly any.
pub(crate) fn mean_surprise(value: &[u8]) -> usize {
    let (mut total, mut symbols) = (0, 0);
    for run in runs(value).filter(|run| run.len() >= SHORTEST_RUN) {
        let (of_run, of_symbols) = surprise(run);
        total += of_run;
        symbols += of_symbols;
    }
    (total * 10).checked_div(symbols).unwrap_or(0)
}

/// How many of the value's bytes stand in runs of letters that read like words. Runs end at other characters and
/// where `camelCase` starts a new word.
pub(crate) fn word_letters(value: &[u8]) -> usize {
    runs(value)
        .filter(|run| is_word(run))
        .map(<[u8]>::len)
        .sum()
}

/// The words of an identifier or a value: maximal runs of letters, split before a capital that follows a small
/// letter and before the last capital of several (`HTTPServer`).
pub(crate) fn runs(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| !byte.is_ascii_alphabetic())
        .flat_map(|run| {
            let mut rest = run;
            std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                let (word, after) = rest.split_at(word_end(rest));
                rest = after;
                Some(word)
            })
        })
}

fn word_end(letters: &[u8]) -> usize {
    (1..letters.len())
        .find(|&at| {
            letters[at].is_ascii_uppercase()
                && (letters[at - 1].is_ascii_lowercase()
                    || letters.get(at + 1).is_some_and(u8::is_ascii_lowercase))
        })
        .unwrap_or(letters.len())
}

/// Undoes the usual disguise of letters (`p@ssw0rd`), beside letters only: digits on their own stay.
pub(crate) fn without_disguise(value: &[u8]) -> Vec<u8> {
    let letter = |at: Option<usize>| {
        at.and_then(|at| value.get(at))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    value
        .iter()
        .enumerate()
        .map(|(at, &byte)| {
            let plain = match byte {
                b'0' => b'o',
                b'1' | b'!' => b'i',
                b'3' => b'e',
                b'4' | b'@' => b'a',
                b'5' | b'$' => b's',
                b'7' => b't',
                _ => return byte,
            };
            if letter(at.checked_sub(1)) && letter(Some(at + 1)) {
                plain
            } else {
                byte
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.len(), SYMBOLS * SYMBOLS * (SYMBOLS + 1));
        let lines = TABLE.chunks(SYMBOLS + 1);
        for line in lines {
            let (end, digits) = line.split_last().expect("a line");
            assert_eq!(*end, b'\n');
            assert!(
                digits
                    .iter()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
            );
        }
    }

    #[test]
    fn words_and_keys_are_told_apart() {
        for word in ["password", "hunter", "kubernetes", "Sentinel", "parole"] {
            assert!(is_word(word.as_bytes()), "{word}");
        }
        for key in ["xvxzntg", "hvrnaevn", "rdgdrkkwkojfdrg", "QMRWXZKT"] {
            assert!(!is_word(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn identifiers_split_into_words() {
        let words = |text: &'static str| -> Vec<&[u8]> { runs(text.as_bytes()).collect() };
        assert_eq!(
            words("userHTTPServer_max-9x"),
            [&b"user"[..], b"HTTP", b"Server", b"max", b"x"]
        );
        assert!(words("12").is_empty());
    }

    #[test]
    fn disguised_letters_are_read() {
        assert_eq!(without_disguise(b"p@ssw0rd99"), b"password99");
        assert_eq!(without_disguise(b"a1-4b"), b"a1-4b");
    }
}
