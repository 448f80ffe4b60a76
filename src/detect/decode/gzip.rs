//! Gzip (RFC 1952) as it is put into base64: Helm releases, user data of machines, state files.

use super::{Layer, compressed};

/// Flags of the header for the parts that may follow it.
const HEADER_CHECK: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// Whether these are the first bytes of a gzip member.
pub(super) fn has_magic(head: &[u8]) -> bool {
    head.starts_with(&[0x1F, 0x8B, 8])
}

/// The first member.
pub(super) fn decode(bytes: &[u8], at: usize, room: usize) -> Option<Layer> {
    let member = bytes.get(at..)?;
    if !has_magic(member) {
        return None;
    }
    compressed::inflate(bytes, at + header_length(member)?, room)
}

fn header_length(member: &[u8]) -> Option<usize> {
    let flags = *member.get(3)?;
    let mut length = 10;
    if flags & EXTRA != 0 {
        let extra: [u8; 2] = member.get(length..length + 2)?.try_into().ok()?;
        length += 2 + usize::from(u16::from_le_bytes(extra));
    }
    for part in [NAME, COMMENT] {
        if flags & part != 0 {
            length += memchr::memchr(0, member.get(length..)?)? + 1;
        }
    }
    if flags & HEADER_CHECK != 0 {
        length += 2;
    }
    Some(length)
}
