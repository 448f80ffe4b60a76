//! Base64 in both alphabets, on one line or wrapped over many.
//!
//! Lines are joined only where they are full: as long as the first, which holds whole groups of four. What stands
//! between them may be an indentation, a comment sign, the escape `\n`, or quotes that close and open again.

use std::ops::Range;

use super::map::{Line, Map};
use super::runs::{SHORTEST, first_digit};
use super::{Layer, MAX_RUN, compressed, gzip, text, zlib};

/// Full lines are that long.
const LINE: Range<usize> = 40..161;
/// Bytes between two lines at most.
const BETWEEN: usize = 64;

/// How far in front of a run is looked whether it is a further line of another.
pub(super) const BEFORE: usize = LINE.end + BETWEEN + 8;

const NONE: u8 = 0xFF;

/// The value of each digit, of both alphabets.
static VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut byte = 0;
    while byte < 26 {
        values[b'A' as usize + byte] = byte as u8;
        values[b'a' as usize + byte] = byte as u8 + 26;
        byte += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        values[b'0' as usize + digit] = digit as u8 + 52;
        digit += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values
};

/// The first digit of whatever begins with a byte of ASCII or with a byte order mark, in base64 or hexadecimal: hardly
/// any word of small letters begins so.
pub(super) static FIRST: [bool; 256] = {
    let mut first = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        first[byte] = VALUES[byte] < 32 || (byte >= b'0' as usize && byte <= b'7' as usize);
        byte += 1;
    }
    first
};

/// Whether a byte is a digit of base64 in either alphabet.
#[inline]
pub(super) fn is_digit(byte: u8) -> bool {
    VALUES[usize::from(byte)] != NONE
}

/// Whether the first digits of a run decode to text, or to the head of something compressed.
pub(super) fn looks_encoded(digits: &[u8]) -> bool {
    let (groups, _) = digits.as_chunks::<4>();
    let mut head = [0; SHORTEST / 4 * 3];
    for (index, (group, bytes)) in groups.iter().zip(head.chunks_exact_mut(3)).enumerate() {
        bytes.copy_from_slice(&decode_group(*group));
        // Most runs are told by their first bytes.
        let text = bytes
            .iter()
            .all(|b| text::is_plain(*b) || *b == 0 || *b >= 0x80);
        if index == 0 && compressed::has_magic(bytes) {
            return true;
        }
        if !text {
            return false;
        }
    }
    text::starts_like_text(&head[..groups.len() * 3])
}

fn decode_group(group: [u8; 4]) -> [u8; 3] {
    let value = |at: usize| u32::from(VALUES[usize::from(group[at])] & 63);
    let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
    [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]
}

/// The run that starts at `start`, with all lines that it is continued on.
pub(super) fn decode(text: &[u8], start: usize, room: usize) -> Option<Layer> {
    let start = first_digit(text, start);
    if continues(text, start) {
        return None;
    }
    let (digits, lines) = collect(text, start);
    let mixed = |one: u8, other: u8| digits.contains(&one) && digits.contains(&other);
    if mixed(b'+', b'-') || mixed(b'/', b'_') || mixed(b'+', b'_') || mixed(b'/', b'-') {
        return None;
    }
    let mut bytes = decode_digits(&digits);
    if !compressed::has_magic(&bytes) && !text::is_utf16(&bytes) {
        let valid = text::prefix(&bytes);
        if valid < bytes.len() {
            // What looked like a last line was something else.
            let whole = |line: &&Line| line.before > 0 && line.before / 4 * 3 <= valid;
            let end = lines.iter().rev().find(whole)?;
            bytes.truncate(end.before / 4 * 3);
        }
    }
    bytes.truncate(room);
    Some(Layer::new(bytes, Map::Groups(lines)))
}

/// Decodes digits without padding; a last one that stands for less than a byte is left out.
pub(super) fn decode_digits(digits: &[u8]) -> Vec<u8> {
    let (groups, rest) = digits.as_chunks::<4>();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for group in groups {
        bytes.extend(decode_group(*group));
    }
    let mut last = [b'A'; 4];
    last[..rest.len()].copy_from_slice(rest);
    bytes.extend(&decode_group(last)[..rest.len().saturating_sub(1)]);
    bytes
}

fn run_length(text: &[u8], start: usize, most: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let rest = &rest[..rest.len().min(most)];
    rest.iter()
        .position(|b| !is_digit(*b))
        .unwrap_or(rest.len())
}

/// The digits from `start` on, and the lines they stand on.
fn collect(text: &[u8], start: usize) -> (Vec<u8>, Vec<Line>) {
    let limit = start.saturating_add(MAX_RUN).min(text.len());
    let text = &text[..limit];
    let width = run_length(text, start, MAX_RUN);
    let mut digits = text[start..start + width].to_vec();
    let mut lines = vec![Line {
        before: 0,
        at: start,
    }];
    let mut end = start + width;
    if !is_full(width) {
        return (digits, lines);
    }
    let head = decode_digits(&digits[..4]);
    let compressed = compressed::has_magic(&head);
    // The two bytes of zlib's head stand at the start of a line of gzip's by chance, now and then.
    let by_chance =
        |line: &[u8]| gzip::has_magic(&head) && zlib::has_magic(&decode_digits(&line[..4]));
    while let Some(next) = separator(text, end) {
        let length = run_length(text, next, width + 1);
        if length > width || (length < width && !ends_line(text, next + length)) {
            break;
        }
        let line = &text[next..next + length];
        // So that no line is decoded from several starts: text ends at what is none, and compressed data where others
        // start.
        let goes_on = if compressed {
            line.len() < SHORTEST || !looks_encoded(&line[..SHORTEST]) || by_chance(line)
        } else {
            is_text(line)
        };
        if !goes_on {
            break;
        }
        lines.push(Line {
            before: digits.len(),
            at: next,
        });
        digits.extend_from_slice(line);
        end = next + length;
        if length < width {
            break;
        }
    }
    (digits, lines)
}

/// Whether a line of digits may be a part of a text: characters of several bytes may be cut at both its ends. Or of one
/// in UTF-16, which has a NUL in every other byte.
fn is_text(line: &[u8]) -> bool {
    let bytes = decode_digits(line);
    bytes
        .iter()
        .all(|byte| text::is_plain(*byte) || *byte >= 0x80 || *byte == 0)
}

fn is_full(width: usize) -> bool {
    LINE.contains(&width) && width.is_multiple_of(4)
}

/// What may follow the digits of a last line.
fn ends_line(text: &[u8], at: usize) -> bool {
    matches!(
        text.get(at),
        None | Some(b'=' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b' ' | b'<')
    )
}

/// Where the next line's digits start, if `at` is the end of a full line.
fn separator(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let rest = &rest[..rest.len().min(BETWEEN)];
    let mut place = 0;
    // `\n` as two characters, or as four.
    for escape in [&b"\\r\\n"[..], b"\\n", b"\\\\n"] {
        if rest[place..].starts_with(escape) {
            place += escape.len();
            break;
        }
    }
    let escaped = place > 0;
    let quote = rest
        .get(place)
        .filter(|b| matches!(b, b'"' | b'\''))
        .copied();
    let blanks = |place: &mut usize| {
        *place += rest[*place..]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
    };
    if quote.is_some() {
        place += 1;
        blanks(&mut place);
        if matches!(rest.get(place), Some(b'+' | b'.' | b',' | b'\\' | b'&')) {
            place += 1;
        }
    } else if rest.get(place) == Some(&b'\\') {
        place += 1;
    }
    let mut lines = 0;
    loop {
        blanks(&mut place);
        match rest.get(place) {
            Some(b'\r') => place += 1,
            Some(b'\n') if lines == 0 => {
                lines = 1;
                place += 1;
            }
            _ => break,
        }
    }
    if lines == 0 && !escaped {
        return None;
    }
    if lines == 1 && quote.is_none() {
        for sign in [&b"//"[..], b"#", b"*", b">", b";"] {
            if rest[place..].starts_with(sign) {
                place += sign.len();
                blanks(&mut place);
                break;
            }
        }
    }
    if let Some(quote) = quote {
        if matches!(rest.get(place), Some(b'+' | b'.' | b'&')) {
            place += 1;
            blanks(&mut place);
        }
        if rest.get(place) != Some(&quote) {
            return None;
        }
        place += 1;
    }
    let digit = rest.get(place).is_some_and(|b| is_digit(*b));
    digit.then_some(at + place)
}

/// Whether the digits at `start` are a further line of a run that is decoded from its own start on.
fn continues(text: &[u8], start: usize) -> bool {
    let floor = start.saturating_sub(BETWEEN);
    let between = |at: usize| {
        let byte = text[at];
        !byte.is_ascii_alphanumeric()
            || (matches!(byte, b'n' | b'r') && at > 0 && text[at - 1] == b'\\')
    };
    let mut end = start;
    while end > floor && between(end - 1) {
        end -= 1;
    }
    // A line may end in digits that are no letters.
    while end < start && is_digit(text[end]) {
        end += 1;
    }
    let head = &text[..end];
    let width = head
        .iter()
        .rev()
        .take(LINE.end)
        .take_while(|b| is_digit(**b))
        .count();
    // The letter of an escape in front of the line before seems to be its first digit.
    let widths = [width, width.saturating_sub(1)];
    widths.into_iter().any(|width| {
        let line = &head[end - width..];
        is_full(width)
            && end - width == first_of(text, end - width)
            && separator(text, end) == Some(start)
            && looks_encoded(&line[..SHORTEST])
            && run_length(text, start, width + 1) <= width
    })
}

/// `at`, or the digit behind it if `at` is the letter of an escape.
fn first_of(text: &[u8], at: usize) -> usize {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    match before {
        Some(b) if is_digit(*b) => {
            let escape = at >= 2 && text[at - 2] == b'\\' && matches!(b, b'n' | b'r' | b't');
            if escape { at } else { at + 1 }
        }
        _ => first_digit(text, at),
    }
}
