//! Zip archives, read from their central directory (APPNOTE 6.3): every entry of it, also those that share a name.
//!
//! What belongs to no entry (a program in front, comments) and what could not be read is left as it is, so that it can
//! be scanned as bytes: see [`Remains`].

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use bzip2::bufread::BzDecoder;
use deflate64::Deflate64Decoder;
use flate2::bufread::DeflateDecoder;

use super::codec::{decoder, lzma};
use super::fault::Fault;
use super::format::Codec;

/// Something that can be read anywhere.
pub(super) trait ReadSeek: Read + Seek {}

impl<R: Read + Seek> ReadSeek for R {}

/// Size of the record that ends an archive, without its comment.
const END: usize = 22;
/// Size of the record that says where the 64-bit one is.
const LOCATOR: u64 = 20;
/// Size of a local header without its variable parts.
const LOCAL: usize = 30;
/// Bytes of a directory that is held in memory: a million entries with short names.
const DIRECTORY: u64 = 64 << 20;

/// The central directory.
#[derive(Debug)]
pub(super) struct Directory {
    /// What is not parsed yet.
    bytes: Vec<u8>,
    at: usize,
    base: u64,
    /// Entries that the end record counts, modulo 65536 in old ones, and those met.
    declared: u64,
    met: u64,
    wide: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    /// Bytes once expanded, as the directory says.
    pub(super) size: u64,
    flags: u16,
    method: u16,
    /// Nothing where it stands behind the content, and so do the sizes.
    checksum: Option<u32>,
    compressed: u64,
    offset: u64,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Reads bytes at a place.
fn read_at(file: &mut dyn ReadSeek, at: u64, length: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file ends with an archive, whatever it begins with: programs that unpack themselves do.
pub(super) fn ends_file(file: &mut dyn ReadSeek, length: u64) -> bool {
    Directory::read(file, length).is_ok_and(|directory| !directory.bytes.is_empty())
}

/// What the end record says.
#[derive(Debug, Clone, Copy)]
struct End {
    entries: u64,
    size: u64,
    offset: u64,
    /// Where the record itself is: the directory ends there.
    at: u64,
    wide: bool,
}

impl End {
    fn find(file: &mut dyn ReadSeek, length: u64) -> Result<Self, Fault> {
        // The record, and a comment of at most 65535 bytes.
        let span = length.min(END as u64 + 0xFFFF);
        let start = length - span;
        let tail = read_at(file, start, span as usize).map_err(|e| Fault::of_file(&e))?;
        let at = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06")
            .find(|&at| {
                u16_at(&tail, at + 20).is_some_and(|n| at + END + usize::from(n) <= tail.len())
            })
            .ok_or_else(|| Fault::damaged("zip: no end record"))?;
        let record = &tail[at..];
        let field = |at| u16_at(record, at).unwrap_or_default();
        let wide_field = |at| u64::from(u32_at(record, at).unwrap_or_default());
        let end = Self {
            entries: u64::from(field(10)),
            size: wide_field(12),
            offset: wide_field(16),
            at: start + at as u64,
            wide: false,
        };
        let narrow = end.entries < 0xFFFF && end.size < 0xFFFF_FFFF && end.offset < 0xFFFF_FFFF;
        if !narrow && let Some(wide) = end.wide(file)? {
            return Ok(wide);
        }
        if field(4) != field(6) || field(8) != field(10) {
            return Err(Fault::Unsupported(
                "zip: split into several files".to_owned(),
            ));
        }
        Ok(end)
    }

    /// The 64-bit record, if there is one.
    fn wide(self, file: &mut dyn ReadSeek) -> Result<Option<Self>, Fault> {
        let Some(at) = self.at.checked_sub(LOCATOR) else {
            return Ok(None);
        };
        let failed = |error: io::Error| Fault::of_file(&error);
        let locator = read_at(file, at, LOCATOR as usize).map_err(failed)?;
        if !locator.starts_with(b"PK\x06\x07") {
            return Ok(None);
        }
        // Where it says, or right in front: something may have been put before the archive.
        let said = u64_at(&locator, 8).unwrap_or_default();
        let places = [Some(said), at.checked_sub(56)];
        for place in places
            .into_iter()
            .flatten()
            .filter(|&p| p.checked_add(56) <= Some(at))
        {
            let record = read_at(file, place, 56).map_err(failed)?;
            if !record.starts_with(b"PK\x06\x06") {
                continue;
            }
            let field = |at| u64_at(&record, at).unwrap_or_default();
            return Ok(Some(Self {
                entries: field(32),
                size: field(40),
                offset: field(48),
                at: place,
                wide: true,
            }));
        }
        Err(Fault::damaged("zip: no 64-bit end record"))
    }
}

impl Directory {
    /// Finds and reads it.
    pub(super) fn read(file: &mut dyn ReadSeek, length: u64) -> Result<Self, Fault> {
        let end = End::find(file, length)?;
        let damaged = || Fault::damaged("zip: the directory is not where it should be");
        if end.size > DIRECTORY {
            return Err(Fault::TooMany(end.entries));
        }
        let mut bytes = Vec::new();
        // It ends where the end record starts, and so tells how far all offsets are off.
        let starts = [end.at.checked_sub(end.size), Some(end.offset)];
        for start in starts.into_iter().flatten() {
            if start.checked_add(end.size).is_none_or(|e| e > end.at) {
                continue;
            }
            bytes = read_at(file, start, end.size as usize).map_err(|e| Fault::of_file(&e))?;
            if bytes.is_empty() || bytes.starts_with(b"PK\x01\x02") {
                return Ok(Self {
                    bytes,
                    at: 0,
                    base: start.saturating_sub(end.offset),
                    declared: end.entries,
                    met: 0,
                    wide: end.wide,
                });
            }
        }
        drop(bytes);
        Err(damaged())
    }

    /// Where offsets count from: behind whatever stands in front of the archive.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Entry, Fault>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            let mask = if self.wide { u64::MAX } else { 0xFFFF };
            let met = std::mem::replace(&mut self.met, self.declared);
            let holds = met & mask == self.declared & mask;
            return (!holds).then(|| {
                Err(Fault::damaged(
                    "zip: another number of entries than it says",
                ))
            });
        }
        let Some((entry, length)) = parse(rest) else {
            self.at = self.bytes.len();
            self.met = self.declared;
            return Some(Err(Fault::damaged("zip: the directory is damaged")));
        };
        self.at += length;
        self.met += 1;
        Some(Ok(entry))
    }
}

/// An entry of the directory and its length there.
fn parse(record: &[u8]) -> Option<(Entry, usize)> {
    if !record.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at| u16_at(record, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let extra = 46 + name..46 + name + extra;
    let mut entry = Entry {
        name: record.get(46..extra.start)?.to_vec(),
        flags: u16_at(record, 8)?,
        method: u16_at(record, 10)?,
        checksum: Some(u32_at(record, 16)?),
        compressed: u64::from(u32_at(record, 20)?),
        size: u64::from(u32_at(record, 24)?),
        offset: u64::from(u32_at(record, 42)?),
    };
    entry.widen(record.get(extra.clone())?);
    let whole = extra.end + comment;
    (whole <= record.len()).then_some((entry, whole))
}

/// The first entry whose own header stands at `from` or behind, and where to look for the next. Its sizes and checksum
/// may stand behind its content: then what is left of the file takes their place.
pub(super) fn local_entry(file: &mut dyn ReadSeek, from: u64) -> io::Result<Option<(Entry, u64)>> {
    let Some(offset) = find(file, from, b"PK\x03\x04")? else {
        return Ok(None);
    };
    let length = file.seek(SeekFrom::End(0))?;
    let header = read_at(file, offset, LOCAL)?;
    let small = |at| u16_at(&header, at).unwrap_or_default();
    let wide = |at| u64::from(u32_at(&header, at).unwrap_or_default());
    let (name, extra) = (usize::from(small(26)), usize::from(small(28)));
    let variable = read_at(file, offset + LOCAL as u64, name + extra)?;
    let (name, extra) = variable.split_at(name);
    let mut entry = Entry {
        name: name.to_vec(),
        flags: small(6),
        method: small(8),
        checksum: u32_at(&header, 14),
        compressed: wide(18),
        size: wide(22),
        offset,
    };
    entry.widen(extra);
    entry.offset = offset;
    if entry.flags & 8 != 0 {
        entry.checksum = None;
        entry.compressed = length - offset;
    }
    Ok(Some((entry, offset + LOCAL as u64)))
}

/// Where a signature stands next.
fn find(file: &mut dyn ReadSeek, from: u64, signature: &[u8]) -> io::Result<Option<u64>> {
    let mut chunk = vec![0; 64 * 1024];
    let mut at = from;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let held = super::fill(file, &mut chunk)?;
        if let Some(found) = memchr::memmem::find(&chunk[..held], signature) {
            return Ok(Some(at + found as u64));
        }
        if held < chunk.len() {
            return Ok(None);
        }
        at += (held - signature.len() + 1) as u64;
    }
}

impl Entry {
    /// Whether it says where its content ends.
    pub(super) fn is_sized(&self) -> bool {
        self.checksum.is_some()
    }

    /// Whether nothing tells where its content ends.
    pub(super) fn is_endless(&self) -> bool {
        !self.is_sized() && self.method == 0
    }

    /// Whether it is a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(b"/") && self.size == 0
    }

    /// Takes numbers that need 64 bits from the extra fields.
    fn widen(&mut self, mut extra: &[u8]) {
        while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = (4 + usize::from(length)).min(extra.len());
            let (field, rest) = extra.split_at(end);
            extra = rest;
            if id != 1 {
                continue;
            }
            let mut at = 4;
            for number in [&mut self.size, &mut self.compressed, &mut self.offset] {
                if *number == 0xFFFF_FFFF
                    && let Some(wide) = u64_at(field, at)
                {
                    *number = wide;
                    at += 8;
                }
            }
        }
    }

    /// Its content; offsets count from `base`. To be read to the end and then asked by [`Content::fault`], and where its bytes are.
    pub(super) fn open<'f>(
        &self,
        file: &'f mut dyn ReadSeek,
        base: u64,
    ) -> Result<(Content<'f>, Range<u64>), Fault> {
        // Also the headers are encrypted, or AES by WinZip's way.
        if self.flags & 1 != 0 || self.flags & 1 << 13 != 0 || self.method == 99 {
            return Err(Fault::Encrypted);
        }
        let nowhere = || Fault::damaged("zip: an entry is not where it should be");
        let at = self.offset.checked_add(base).ok_or_else(nowhere)?;
        let header = read_at(file, at, LOCAL).map_err(|e| Fault::of_file(&e))?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(nowhere());
        }
        let variable = |at| u16_at(&header, at).map_or(0, u64::from);
        let start = at + LOCAL as u64 + variable(26) + variable(28);
        let end = start.checked_add(self.compressed).ok_or_else(nowhere)?;
        file.seek(SeekFrom::Start(start))
            .map_err(|e| Fault::of_file(&e))?;
        let stored = BufReader::with_capacity(64 * 1024, file.take(self.compressed));
        let inner: Box<dyn Read + 'f> = match self.method {
            0 => Box::new(stored),
            8 => Box::new(DeflateDecoder::new(stored)),
            9 => Box::new(Deflate64Decoder::with_buffer(stored)),
            12 => Box::new(BzDecoder::new(stored)),
            14 => lzma(stored, self.size).map_err(|e| Fault::of_decoder("zip: lzma", &e))?,
            93 => decoder(Codec::Zstandard, stored),
            95 => decoder(Codec::Xz, stored),
            method => {
                return Err(Fault::Unsupported(format!(
                    "zip: compression method {}",
                    method_name(method)
                )));
            }
        };
        let content = Content {
            inner,
            checksum: crc32fast::Hasher::new(),
            length: 0,
        };
        Ok((content, start..end))
    }

    /// What is wrong with a content that was read to its end.
    pub(super) fn verify(&self, content: Content<'_>) -> Option<Fault> {
        let checksum = self.checksum?;
        if content.length != self.size {
            return Some(Fault::damaged("zip: another size than the directory says"));
        }
        (content.checksum.finalize() != checksum)
            .then(|| Fault::damaged("zip: the checksum does not hold"))
    }
}

fn method_name(method: u16) -> String {
    match method {
        1 => "shrink".to_owned(),
        2..=5 => "reduce".to_owned(),
        6 => "implode".to_owned(),
        98 => "ppmd".to_owned(),
        other => other.to_string(),
    }
}

/// What an entry expands to, with its checksum on the way.
pub(super) struct Content<'f> {
    inner: Box<dyn Read + 'f>,
    checksum: crc32fast::Hasher,
    length: u64,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.checksum
            .update(buffer.get(..count).unwrap_or_default());
        self.length += count as u64;
        Ok(count)
    }
}

/// An archive's bytes without those of the entries that were read: in their place stand NULs, and line ends as they
/// were, so that places stay right.
pub(super) struct Remains<'f> {
    file: &'f mut dyn ReadSeek,
    /// Sorted, not overlapping.
    gone: Vec<Range<u64>>,
    next: usize,
    at: u64,
}

impl<'f> Remains<'f> {
    pub(super) fn new(file: &'f mut dyn ReadSeek, mut gone: Vec<Range<u64>>) -> io::Result<Self> {
        file.rewind()?;
        gone.sort_by_key(|range| (range.start, range.end));
        gone.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        Ok(Self {
            file,
            gone,
            next: 0,
            at: 0,
        })
    }
}

impl Read for Remains<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let end = self.at + count as u64;
        while let Some(gone) = self.gone.get(self.next).filter(|gone| gone.start < end) {
            let from = (gone.start.max(self.at) - self.at) as usize;
            let to = (gone.end.min(end) - self.at) as usize;
            for byte in buffer.get_mut(from..to).unwrap_or_default() {
                if *byte != b'\n' {
                    *byte = 0;
                }
            }
            if gone.end > end {
                break;
            }
            self.next += 1;
        }
        self.at = end;
        Ok(count)
    }
}
