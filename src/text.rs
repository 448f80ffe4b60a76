//! Text from strangers made safe to show.
//!
//! Repositories hold whatever their authors put there. Nothing of it may steer a terminal, reorder what a
//! reader sees, or hide.

/// Whether a character could steer a terminal, reorder text or hide: control, bidirectional and zero-width
/// characters. Tab and newline are for the caller to judge.
pub fn is_unsafe(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => true,
        c => c.is_control(),
    }
}

/// The text with every unsafe character as `\u{…}` and each invalid byte as `\x…`.
pub fn sanitize(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut safe = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\t' => safe.push_str("    "),
                c if is_unsafe(c) || c == '\n' => safe.extend(c.escape_default()),
                c => safe.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(safe, "\\x{byte:02x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_is_neutralised() {
        let shown = sanitize("a\u{1b}[31mred\u{202e}evil\u{200b}\r\n\tb".as_bytes());
        assert_eq!(shown, "a\\u{1b}[31mred\\u{202e}evil\\u{200b}\\r\\n    b");
    }

    #[test]
    fn invalid_bytes_are_escaped() {
        assert_eq!(sanitize(b"a\xffb\xc3"), "a\\xffb\\xc3");
    }
}
