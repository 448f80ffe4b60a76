//! Zlib streams (RFC 1950) as they are put into base64: SAML requests, session cookies, diagrams.

use super::{Layer, compressed};

/// Whether these are the first bytes of a zlib stream with a window of 32 KiB and no dictionary.
pub(super) fn has_magic(head: &[u8]) -> bool {
    matches!(head, [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..])
}

/// The stream at `at`.
pub(super) fn decode(bytes: &[u8], at: usize, room: usize) -> Option<Layer> {
    if !has_magic(bytes.get(at..)?) {
        return None;
    }
    compressed::inflate(bytes, at + 2, room)
}
