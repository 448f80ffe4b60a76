//! What counts as text: only that is scanned, so that images, digests and keys cost next to nothing and yield nothing.

/// Whether a byte is printable ASCII, a tabulator or part of a line end.
pub(super) fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E)
}

/// How many of the first bytes are UTF-8 without control characters; all of them, if only a last character is cut.
pub(super) fn prefix(bytes: &[u8]) -> usize {
    let control = bytes
        .iter()
        .position(|b| *b < 0x20 && !is_plain(*b) || *b == 0x7F);
    let bytes = &bytes[..control.unwrap_or(bytes.len())];
    match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) if error.error_len().is_none() && control.is_none() => bytes.len(),
        Err(error) => error.valid_up_to(),
    }
}

/// Whether these may be the first bytes of a text.
pub(super) fn starts_like_text(head: &[u8]) -> bool {
    let plain = head.first().is_some_and(|b| is_plain(*b) || *b == 0xEF);
    plain && (prefix(head) == head.len() || is_utf16(head))
}

/// Whether these are the first bytes of Latin text in UTF-16, its least significant bytes first, as PowerShell takes
/// encoded commands.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    let (pairs, _) = head.as_chunks::<2>();
    let mut pairs = pairs.iter().take(8).peekable();
    pairs.peek().is_some() && pairs.all(|[low, high]| *high == 0 && is_plain(*low))
}
