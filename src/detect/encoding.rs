//! Which text encoding a blob has, and UTF-16 turned into UTF-8 as it streams by.
//!
//! Everything that is a superset of ASCII is scanned as stored. UTF-16 (with a byte order mark, or recognised by its
//! NUL bytes) is decoded first: a literal search over it would find nothing.

use std::io::{self, Read};

use crate::finding::Encoding;

/// How many bytes of a blob [`detect`] wants to see.
pub const SAMPLE: usize = 2048;

/// The encoding, judged from a blob's first bytes, and the length of its byte order mark.
pub fn detect(head: &[u8]) -> (Encoding, usize) {
    match head {
        // UTF-32 LE begins like UTF-16 LE; nobody stores source in it, and NULs between letters are harmless here.
        [0xFF, 0xFE, 0, 0, ..] => (Encoding::Utf8, 0),
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        _ => (without_mark(&head[..head.len().min(SAMPLE)]), 0),
    }
}

/// Text in a Latin script has a NUL in nearly every other byte of UTF-16, always on the same side.
fn without_mark(sample: &[u8]) -> Encoding {
    let pairs = sample.len() / 2;
    if pairs < 8 || memchr::memchr(0, sample).is_none() {
        return Encoding::Utf8;
    }
    let count = |side: usize| {
        sample
            .chunks_exact(2)
            .filter(|pair| pair[side] == 0 && is_text(pair[1 - side]))
            .count()
    };
    let (high_first, low_first) = (count(0), count(1));
    let many = pairs * 7 / 10;
    if low_first >= many && high_first * 20 <= pairs {
        Encoding::Utf16Le
    } else if high_first >= many && low_first * 20 <= pairs {
        Encoding::Utf16Be
    } else {
        Encoding::Utf8
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E)
}

/// Reads UTF-16 and gives UTF-8. Lone surrogates and a trailing odd byte become U+FFFD.
#[derive(Debug)]
pub struct Utf16Reader<R> {
    inner: R,
    big_endian: bool,
    raw: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    high: Option<u16>,
    ended: bool,
}

impl<R: Read> Utf16Reader<R> {
    /// `inner` stands behind the byte order mark.
    pub fn new(inner: R, encoding: Encoding) -> Self {
        Self {
            inner,
            big_endian: encoding == Encoding::Utf16Be,
            raw: Vec::new(),
            ready: Vec::new(),
            given: 0,
            high: None,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let carried = self.raw.len();
        self.raw.resize(carried + 32 * 1024, 0);
        let got = match self.inner.read(&mut self.raw[carried..]) {
            Ok(got) => got,
            Err(error) => {
                self.raw.truncate(carried);
                return Err(error);
            }
        };
        self.raw.truncate(carried + got);
        let whole = self.raw.len() / 2 * 2;
        for pair in self.raw[..whole].chunks_exact(2) {
            let unit = if self.big_endian {
                u16::from_be_bytes([pair[0], pair[1]])
            } else {
                u16::from_le_bytes([pair[0], pair[1]])
            };
            push_unit(&mut self.ready, &mut self.high, unit);
        }
        self.raw.drain(..whole);
        if got == 0 {
            self.ended = true;
            if self.high.take().is_some() {
                push_char(&mut self.ready, char::REPLACEMENT_CHARACTER);
            }
            if !self.raw.is_empty() {
                push_char(&mut self.ready, char::REPLACEMENT_CHARACTER);
                self.raw.clear();
            }
        }
        Ok(())
    }
}

fn push_unit(out: &mut Vec<u8>, high: &mut Option<u16>, unit: u16) {
    if let Some(first) = high.take() {
        if (0xDC00..0xE000).contains(&unit) {
            let code = 0x1_0000 + ((u32::from(first) - 0xD800) << 10) + (u32::from(unit) - 0xDC00);
            push_char(
                out,
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            );
            return;
        }
        push_char(out, char::REPLACEMENT_CHARACTER);
    }
    if (0xD800..0xDC00).contains(&unit) {
        *high = Some(unit);
    } else {
        push_char(
            out,
            char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER),
        );
    }
}

fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.refill()?;
        }
        let left = &self.ready[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str, big_endian: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    proptest::proptest! {
        #[test]
        fn decoding_equals_the_standard_library(units: Vec<u16>, big_endian: bool) {
            let bytes: Vec<u8> = units
                .iter()
                .flat_map(|u| if big_endian { u.to_be_bytes() } else { u.to_le_bytes() })
                .collect();
            let encoding = if big_endian { Encoding::Utf16Be } else { Encoding::Utf16Le };
            let mut text = String::new();
            Utf16Reader::new(&bytes[..], encoding).read_to_string(&mut text).expect("UTF-8");
            proptest::prop_assert_eq!(text, String::from_utf16_lossy(&units));
        }
    }

    #[test]
    fn utf16_without_a_mark_is_recognised() {
        let text = "password = \"Grüße\"\r\nname = value\r\n";
        assert_eq!(detect(&encode(text, false)), (Encoding::Utf16Le, 0));
        assert_eq!(detect(&encode(text, true)), (Encoding::Utf16Be, 0));
        assert_eq!(detect(text.as_bytes()), (Encoding::Utf8, 0));
        assert_eq!(detect(&[0; 64]), (Encoding::Utf8, 0));
    }
}
