//! The header in front of each entry of a pack.

use crate::git::fault::FaultReason;
use crate::git::id::{HashKind, Kind, ObjectId};

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderKind {
    /// An object as it is.
    Whole(Kind),
    /// A delta against the entry at an offset of the same pack.
    OffsetDelta {
        /// Where the base starts: always before the delta.
        base: u64,
    },
    /// A delta against an object named by its id.
    IdDelta {
        /// The base.
        base: ObjectId,
    },
}

/// A parsed header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// What follows.
    pub(crate) kind: HeaderKind,
    /// Its size when decompressed, as declared.
    pub(crate) size: u64,
    /// Where the compressed bytes start.
    pub(crate) data: u64,
}

/// Parses the header at `offset` of `pack`.
pub(crate) fn parse(pack: &[u8], offset: u64, hash: HashKind) -> Result<Header, FaultReason> {
    read(pack, offset, hash).map_err(FaultReason::EntryHeader)
}

/// Why a header that should go on does not.
const CUT: &str = "cut short";

/// As [`parse`]; the plain error keeps the common case quick.
fn read(pack: &[u8], offset: u64, hash: HashKind) -> Result<Header, &'static str> {
    let start = usize::try_from(offset).map_err(|_| CUT)?;
    let mut at = start;
    let mut next = || {
        let byte = pack.get(at).copied().ok_or(CUT);
        at += 1;
        byte
    };
    let first = next()?;
    let mut size = u64::from(first & 15);
    let mut shift = 4;
    let mut more = first & 0x80 != 0;
    while more {
        let byte = next()?;
        if shift > 57 {
            return Err("absurd size");
        }
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        more = byte & 0x80 != 0;
    }
    let kind = match first >> 4 & 7 {
        1 => HeaderKind::Whole(Kind::Commit),
        2 => HeaderKind::Whole(Kind::Tree),
        3 => HeaderKind::Whole(Kind::Blob),
        4 => HeaderKind::Whole(Kind::Tag),
        6 => {
            let mut byte = next()?;
            let mut back = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = next()?;
                if back >= 1 << 56 {
                    return Err("absurd base offset");
                }
                back = (back + 1) << 7 | u64::from(byte & 0x7f);
            }
            let base = offset.checked_sub(back).filter(|_| back > 0);
            let base = base.ok_or("the base lies before the pack")?;
            HeaderKind::OffsetDelta { base }
        }
        7 => {
            let id = pack
                .get(at..)
                .and_then(|rest| rest.get(..hash.size()))
                .ok_or(CUT)?;
            at += hash.size();
            let base = ObjectId::from_bytes(id).ok_or(CUT)?;
            HeaderKind::IdDelta { base }
        }
        _ => return Err("unknown type"),
    };
    Ok(Header {
        kind,
        size,
        data: at as u64,
    })
}
