//! GitHub's `primaryLocationLineHash`: the only fingerprint by which code scanning recognises a result again.
//!
//! The upload action computes it from files on disk and warns where a report says otherwise, so every detail here
//! follows it: a rolling hash over the 100 characters from the start of a line that are not space or tab, in
//! UTF-16 code units, with line ends counted as one line feed; then how often that hash was met in the file.
//! It must not be used for anything else: it is not a digest, and it depends on the text around a secret.

use std::collections::HashMap;

/// Characters that the hash of a line covers, from the line's start.
const BLOCK: usize = 100;
/// Multiplier of the rolling hash.
const MULTIPLIER: u64 = 37;
/// What a character is worth once `BLOCK` others came after it: the multiplier to that power.
const LEAVING: u64 = power(MULTIPLIER, BLOCK);
/// Stands for the end of the file.
const END: u16 = 0xFFFF;

const LINE_FEED: u16 = b'\n' as u16;
const CARRIAGE_RETURN: u16 = b'\r' as u16;
const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;

const fn power(base: u64, exponent: usize) -> u64 {
    let mut product = 1_u64;
    let mut done = 0;
    while done < exponent {
        product = product.wrapping_mul(base);
        done += 1;
    }
    product
}

/// The hashes of `lines`, which are numbers that start at 1, in ascending order; equal ones may follow each other.
/// `text` is a whole file. A line that it does not have gets `None`.
///
/// Bytes that are not UTF-8 count as U+FFFD. A lone carriage return ends a line here, although it does not in
/// [`crate::finding::Position`]: the numbers are GitHub's to interpret, and this is how it does.
pub fn line_hashes(text: &[u8], lines: &[u64]) -> Vec<Option<String>> {
    let mut roller = Roller::new(lines);
    for chunk in text.utf8_chunks() {
        for unit in chunk.valid().encode_utf16() {
            if roller.is_done() {
                return roller.hashes;
            }
            roller.take(unit);
        }
        if !chunk.invalid().is_empty() {
            roller.take(0xFFFD);
        }
    }
    roller.take(END);
    for _ in 0..BLOCK {
        roller.report();
        roller.roll(0);
    }
    roller.hashes.resize(lines.len(), None);
    roller.hashes
}

/// The window that moves over a text.
struct Roller<'l> {
    /// The characters in the window, as a ring.
    window: [u16; BLOCK],
    /// The line that starts with the character at the same index; 0 for none.
    starts: [u64; BLOCK],
    /// Where the next character goes, and where the oldest one is.
    index: usize,
    hash: u64,
    /// The line of the character read last.
    line: u64,
    at_line_start: bool,
    after_carriage_return: bool,
    /// How often each hash was met. Every line counts, whether it is asked for or not.
    met: HashMap<u64, u64>,
    /// The lines asked for, and what is known of them so far.
    lines: &'l [u64],
    hashes: Vec<Option<String>>,
}

impl<'l> Roller<'l> {
    fn new(lines: &'l [u64]) -> Self {
        Self {
            window: [0; BLOCK],
            starts: [0; BLOCK],
            index: 0,
            hash: 0,
            line: 0,
            at_line_start: true,
            after_carriage_return: false,
            met: HashMap::new(),
            lines,
            hashes: Vec::with_capacity(lines.len()),
        }
    }

    fn is_done(&self) -> bool {
        self.hashes.len() == self.lines.len()
    }

    /// Reads one character.
    fn take(&mut self, unit: u16) {
        if unit == SPACE || unit == TAB || (unit == LINE_FEED && self.after_carriage_return) {
            self.after_carriage_return = false;
            return;
        }
        self.after_carriage_return = unit == CARRIAGE_RETURN;
        let unit = if unit == CARRIAGE_RETURN {
            LINE_FEED
        } else {
            unit
        };
        self.report();
        if self.at_line_start {
            self.line += 1;
            self.starts[self.index] = self.line;
        }
        self.at_line_start = unit == LINE_FEED;
        self.roll(unit);
    }

    /// If the oldest character in the window starts a line, the window now holds what that line's hash covers.
    fn report(&mut self) {
        let line = std::mem::take(&mut self.starts[self.index]);
        if line == 0 {
            return;
        }
        let times = self.met.entry(self.hash).or_default();
        *times += 1;
        // Lines come in order, so a line asked for that is smaller than this one is not in the text.
        while let Some(&asked) = self
            .lines
            .get(self.hashes.len())
            .filter(|asked| **asked <= line)
        {
            let hash = (asked == line).then(|| format!("{:x}:{times}", self.hash));
            self.hashes.push(hash);
        }
    }

    /// Moves the window by one character.
    fn roll(&mut self, unit: u16) {
        let leaving = std::mem::replace(&mut self.window[self.index], unit);
        self.hash = self
            .hash
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(LEAVING.wrapping_mul(u64::from(leaving)));
        self.index = (self.index + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values come from the upload action's own code.

    fn all(text: &[u8]) -> Vec<String> {
        let lines: Vec<u64> = (1..=text.len() as u64 + 2).collect();
        line_hashes(text, &lines).into_iter().flatten().collect()
    }

    #[test]
    fn short_texts() {
        assert_eq!(all(b""), ["c129715d7a2bc9a3:1"]);
        let expected = [
            "a2b8faa8c5a43ef3:1",
            "53f9e022cffbf0f1:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(all(b"hello\nworld\n"), expected);
        assert_eq!(all(b"\thel lo\r\n world\r"), expected);
    }

    #[test]
    fn line_ends_spaces_and_astral_characters() {
        let text = "a\r\n\r\n b\tc\rd\r \n\u{1F600} = \"\u{e9}\"\nx";
        let expected = [
            "9fe0eb03cc1f451c:1",
            "f2301f7a0087891d:1",
            "8d4669c14763ec7:1",
            "8b63709ea6282290:1",
            "d02e25b5d06ca472:1",
            "1e8b4d4120933210:1",
            "638816509450efbf:1",
        ];
        assert_eq!(all(text.as_bytes()), expected);
    }

    #[test]
    fn bytes_that_are_no_text_and_a_byte_order_mark() {
        let expected = ["252b106cd874a589:1", "f293a0b1a634e0ca:1"];
        assert_eq!(all(b"a\xff\xc3b\n\xef\xbb\xbf"), expected);
    }

    #[test]
    fn equal_lines_are_counted_even_when_not_asked_for() {
        let text = format!("{}last", "same line\n".repeat(130));
        let hashes = line_hashes(text.as_bytes(), &[2, 2, 119, 120, 131, 132]);
        let hashes: Vec<Option<&str>> = hashes.iter().map(Option::as_deref).collect();
        let expected = [
            Some("f2eacaae4abd95e3:2"),
            Some("f2eacaae4abd95e3:2"),
            Some("f2eacaae4abd95e3:119"),
            Some("f2eacaae4abd95dc:1"),
            Some("58429ecce5a8d0db:1"),
            None,
        ];
        assert_eq!(hashes, expected);
    }
}
