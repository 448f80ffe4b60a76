//! The multi-pack-index: one index for many packs. Read only for packs that have no index of their own.

use std::ops::Range;

use super::index::{FAN_OUT, be32, be64, check_fan_out};
use crate::git::fault::FaultReason;
use crate::git::id::HashKind;
use crate::git::mapped::Bytes;

/// Bytes before the table of chunks.
const HEADER: usize = 12;

/// A parsed multi-pack-index.
#[derive(Debug)]
pub(crate) struct MultiPackIndex<'d> {
    bytes: Bytes<'d>,
    hash: HashKind,
    count: u32,
    names: Vec<String>,
    ids: Range<usize>,
    offsets: Range<usize>,
    wide: Range<usize>,
}

impl<'d> MultiPackIndex<'d> {
    /// Parses the header and the chunks' places.
    pub(crate) fn parse(bytes: Bytes<'d>, hash: HashKind) -> Result<Self, FaultReason> {
        if bytes.get(..4) != Some(b"MIDX") || bytes.get(4) != Some(&1) {
            return Err(bad("no signature, or an unknown version"));
        }
        let declared = match bytes.get(5) {
            Some(1) => HashKind::Sha1,
            Some(2) => HashKind::Sha256,
            _ => return Err(bad("unknown hash")),
        };
        if declared != hash {
            return Err(bad("of another hash than the repository"));
        }
        let chunks = bytes.get(6).copied().unwrap_or(0);
        let packs = be32(&bytes, 8).ok_or(bad("cut short"))?;
        let chunk = |name: [u8; 4]| chunk(&bytes, usize::from(chunks), name);
        let fan_out = chunk(*b"OIDF").ok_or(bad("no fan-out table"))?;
        if fan_out.len() < FAN_OUT {
            return Err(bad("cut short"));
        }
        let count = check_fan_out(&bytes, fan_out.start).map_err(bad)?;
        let ids = chunk(*b"OIDL").ok_or(bad("no ids"))?;
        let offsets = chunk(*b"OOFF").ok_or(bad("no offsets"))?;
        let rows = u64::from(count);
        if (ids.len() as u64) < rows * hash.size() as u64 || (offsets.len() as u64) < rows * 8 {
            return Err(bad("cut short"));
        }
        let names = chunk(*b"PNAM").ok_or(bad("no pack names"))?;
        let names: Vec<String> = bytes[names]
            .split(|&byte| byte == 0)
            .take(packs as usize)
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let wide = chunk(*b"LOFF").unwrap_or(0..0);
        Ok(Self {
            bytes,
            hash,
            count,
            names,
            ids,
            offsets,
            wide,
        })
    }

    /// The hash of its ids.
    pub(crate) fn hash(&self) -> HashKind {
        self.hash
    }

    /// The packs it covers: file names that end in `.idx`.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The positions of the objects it takes from one pack.
    pub(crate) fn positions_in(&self, pack: u32) -> Vec<u32> {
        (0..self.count)
            .filter(|&position| be32(&self.bytes, self.row(position)) == Some(pack))
            .collect()
    }

    /// The id at a position.
    pub(crate) fn id(&self, position: u32) -> Option<&[u8]> {
        let size = self.hash.size();
        self.bytes[self.ids.clone()]
            .get(position as usize * size..)?
            .get(..size)
    }

    /// Where the object at a position starts in its pack.
    pub(crate) fn offset(&self, position: u32) -> Option<u64> {
        let short = be32(&self.bytes, self.row(position) + 4)?;
        if short & 1 << 31 == 0 || self.wide.is_empty() {
            return Some(u64::from(short));
        }
        let row = (short & !(1 << 31)) as usize;
        be64(&self.bytes[self.wide.clone()], row * 8)
    }

    /// Where the pack and offset of a position stand.
    fn row(&self, position: u32) -> usize {
        self.offsets.start + position as usize * 8
    }
}

/// Why a multi-pack-index cannot be used.
fn bad(why: &'static str) -> FaultReason {
    FaultReason::Format {
        what: "multi-pack-index",
        why,
    }
}

/// The place of a chunk: its row in the table says where it starts, the next row where it ends.
fn chunk(bytes: &[u8], chunks: usize, name: [u8; 4]) -> Option<Range<usize>> {
    let row = (0..chunks)
        .map(|chunk| HEADER + chunk * 12)
        .find(|&row| bytes.get(row..row + 4) == Some(&name[..]))?;
    let start = usize::try_from(be64(bytes, row + 4)?).ok()?;
    let end = usize::try_from(be64(bytes, row + 16)?).ok()?;
    (start <= end && end <= bytes.len()).then_some(start..end)
}
