//! Texts behind base64, digests in hexadecimal, and what a public key has locked.

use crate::detect::judge::words;

fn decoded(value: &[u8]) -> Option<Vec<u8>> {
    let end = value.iter().rposition(|b| *b != b'=')? + 1;
    data_encoding::BASE64_NOPAD.decode(&value[..end]).ok()
}

/// `cHJpdmF0ZUtleQo=`, `9.4f57….YmluYXJ5LXNv…:d2h5IGhlbGxv…`: base64 of words, an address or a request that is signed. What a
/// generator makes is no text once it is decoded.
pub(super) fn is_text_in_base64(value: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let last = value
        .rsplit(|b| matches!(b, b':' | b'|'))
        .next()
        .unwrap_or_default();
    if last.len() < SHORTEST {
        return false;
    }
    let Some(text) = decoded(last) else {
        return false;
    };
    let text = text.trim_ascii_end();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let printable = text
        .iter()
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    let starts = |start: &str| text.starts_with(start.as_bytes());
    printable
        && text.len() >= SHORTEST / 2
        && (starts("https://")
            || starts("AWS4-")
            || starts("GET\n")
            || starts("PUT\n")
            || (letters * 5 >= text.len() * 4 && words::word_letters(text) * 5 >= letters * 4))
}

/// `c2VjcmV0LXBhc3M=`: base64 of what says that it is a password, in several words.
pub(super) fn is_word_for_it_in_base64(value: &[u8]) -> bool {
    let Some(text) = decoded(value) else {
        return false;
    };
    let text = text.trim_ascii_end();
    let named = |word: &[u8]| words::is_listed("pass passphrase passwd password secret", word);
    text.iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'_' | b':' | b'.'))
        && words::runs(text).count() >= 2
        && words::runs(text).any(named)
        && words::runs(text).all(|word| word.len() <= 2 || words::is_word(word))
}

/// Base64 of just as many bytes as an RSA key of the usual sizes makes of whatever it locks: only who has the private key can
/// read such a password.
pub(super) fn is_locked_by_rsa(value: &[u8]) -> bool {
    const SHORTEST: usize = 300;
    value.len() >= SHORTEST
        && decoded(value).is_some_and(|bytes| {
            matches!(bytes.len(), 256 | 384 | 512) && bytes.iter().any(|byte| !byte.is_ascii())
        })
}

/// `0x5632724f…`: what a device makes of a password for its own use.
pub(super) fn is_digest_in_hexadecimal(value: &[u8]) -> bool {
    value.strip_prefix(b"0x").is_some_and(|digits| {
        matches!(digits.len(), 24 | 32 | 40) && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// `0d e8 21 50 a5 d3`: bytes with blanks between them, which nobody types.
pub(super) fn is_bytes_with_blanks(value: &[u8]) -> bool {
    const LEAST: usize = 6;
    value.split(|b| *b == b' ').count() >= LEAST
        && value
            .split(|b| *b == b' ')
            .all(|byte| byte.len() == 2 && byte.iter().all(u8::is_ascii_hexdigit))
}
