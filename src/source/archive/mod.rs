//! Archives and compressed files: what is in them, pushed into the same scan as files.
//!
//! ```text
//!  format   what a content is, by its first bytes
//!  codec    gzip, bzip2, xz and Zstandard as streams
//!  tar      tar archives as streams
//!  zip      zip archives, which are read from their end
//!  opener   an archive and everything nested in it
//!  worker   archives in scans of files, the index and streams
//!  name     paths of what is inside: `dist/app.jar!/config/prod.yml`
//!  limits   what one archive may cost
//!  fault    why something could not be read
//! ```
//!
//! Contents stream by; only a zip archive inside of another archive is held in memory, up to a limit. What cannot be
//! read is recorded and makes the scan incomplete, and the rest is read all the same. Nothing is ever written, and
//! names in archives only name.

mod codec;
mod fault;
mod format;
mod limits;
mod name;
mod opener;
mod tar;
#[cfg(test)]
mod tests;
mod worker;
mod zip;

use std::io::{self, Cursor, Read, Seek};

pub(crate) use format::HEAD;
use format::{Format, Head};
use limits::CountedInput;
pub use limits::Limits;
use opener::Opener;
pub(crate) use worker::{peek, scan_bytes, scan_file, scan_stream};

use super::PathFilter;
use crate::coverage::SkipReason;
use crate::finding::BlobPath;

/// What of archives is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which paths inside are left out. Of `--glob` only those that drop files: what was selected is the archive.
    pub filter: PathFilter,
    /// Larger files in archives are left out.
    pub max_size: Option<u64>,
    /// What one archive may cost.
    pub limits: Limits,
}

/// What is done with the contents of archives.
pub(crate) trait Sink {
    /// Scans a content to its end.
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()>;
    /// Records what was not scanned.
    fn skip(&mut self, reason: SkipReason, path: BlobPath, detail: String);
    /// Whether the scan was asked to stop.
    fn is_cancelled(&self) -> bool;
}

/// Opens `file` if it is an archive and gives its contents to the sink. `false` if it is none: then nothing was
/// scanned, and the file is at its start again.
pub(crate) fn open<R: Read + Seek>(
    sink: &mut dyn Sink,
    options: &Options,
    path: &BlobPath,
    file: &mut R,
) -> io::Result<bool> {
    let head = Head::read(file)?;
    let length = file.seek(io::SeekFrom::End(0))?;
    let format = match head.format() {
        None if zip::ends_file(file, length) => Some(Format::Zip),
        format => format,
    };
    file.rewind()?;
    let Some(format) = format else {
        return Ok(false);
    };
    let mut opener = Opener::new(sink, options, path);
    opener.budget().add_input(length);
    opener.file(path, format, file);
    Ok(true)
}

/// As [`open`], of an archive in memory.
pub(crate) fn open_bytes(
    sink: &mut dyn Sink,
    options: &Options,
    path: &BlobPath,
    bytes: &[u8],
) -> bool {
    // Memory gives no error.
    open(sink, options, path, &mut Cursor::new(bytes)).unwrap_or_default()
}

/// Scans a stream, which is opened if it is an archive.
pub(crate) fn open_stream(
    sink: &mut dyn Sink,
    options: &Options,
    path: &BlobPath,
    stream: impl Read,
) -> io::Result<()> {
    let mut opener = Opener::new(sink, options, path);
    let mut input = CountedInput {
        inner: stream,
        budget: opener.budget().clone(),
    };
    let head = Head::read(&mut input)?;
    opener.stream(path, &head, &mut input)
}

/// Whether a blob begins like an archive of a kind that is opened or known.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    Format::of(&bytes[..bytes.len().min(HEAD)]).is_some()
}

/// Reads until the buffer is full or the stream ends.
fn fill(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
