//! Archives in scans of files, the index and streams: what is inside goes to the worker that the archive would go to.

use std::io::{self, Read, Seek};

use super::format::{Format, HEAD};
use super::{Options, Sink, is_archive, open, open_bytes, open_stream};
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::finding::{BlobPath, Origin};
use crate::scan::Worker;

/// Scans with a worker.
struct WorkerSink<'w, 's, 'd, K> {
    worker: &'w mut Worker<'s, 'd>,
    /// Where the archive was read.
    origin: &'w Origin,
    /// Drops what is not to be reported.
    keep: K,
}

impl<'s, 'd, K> Sink for WorkerSink<'_, 's, 'd, K>
where
    K: FnMut(&mut Worker<'s, 'd>, &mut Vec<Located>),
{
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let keep = &mut self.keep;
        self.worker
            .scan_reader_where(path, self.origin, content, keep)
    }

    fn skip(&mut self, reason: SkipReason, path: BlobPath, detail: String) {
        self.worker.skip(reason, path, detail);
    }

    fn is_cancelled(&self) -> bool {
        self.worker.is_cancelled()
    }
}

/// Scans a file, or what is in it if it is an archive and they are to be opened. `keep` drops what is not to be
/// reported. An error leaves the file out and is the caller's to record.
pub(crate) fn scan_file<'s, 'd, R: Read + Seek>(
    worker: &mut Worker<'s, 'd>,
    options: Option<&Options>,
    path: &BlobPath,
    origin: &Origin,
    file: &mut R,
    keep: impl FnMut(&mut Worker<'s, 'd>, &mut Vec<Located>),
) -> io::Result<()> {
    if let Some(options) = options {
        let mut sink = WorkerSink {
            worker,
            origin,
            keep,
        };
        if !open(&mut sink, options, path, file)? {
            sink.scan(path, file)?;
        }
        return Ok(());
    }
    scan_unopened(worker, path, origin, file, keep)
}

/// Scans a stream, or what is in it if it is an archive and they are to be opened. An error leaves it out and is the
/// caller's to record.
pub(crate) fn scan_stream(
    worker: &mut Worker<'_, '_>,
    options: Option<&Options>,
    path: &BlobPath,
    origin: &Origin,
    stream: impl Read,
) -> io::Result<()> {
    let keep = |_: &mut Worker<'_, '_>, _: &mut Vec<Located>| {};
    match options {
        Some(options) => {
            let mut sink = WorkerSink {
                worker,
                origin,
                keep,
            };
            open_stream(&mut sink, options, path, stream)
        }
        None => scan_unopened(worker, path, origin, stream, keep),
    }
}

/// As [`scan_file`], of a blob in memory.
pub(crate) fn scan_bytes<'s, 'd>(
    worker: &mut Worker<'s, 'd>,
    options: Option<&Options>,
    path: &BlobPath,
    origin: &Origin,
    bytes: &[u8],
    mut keep: impl FnMut(&mut Worker<'s, 'd>, &mut Vec<Located>),
) {
    if let Some(options) = options {
        let mut sink = WorkerSink {
            worker,
            origin,
            keep: &mut keep,
        };
        if open_bytes(&mut sink, options, path, bytes) {
            return;
        }
    } else if is_archive(bytes) {
        worker.skip_many(SkipReason::UnopenedArchive, 1);
    }
    worker.scan_bytes_where(path, origin, bytes, keep);
}

/// Everything that [`scan_bytes`] would find, without recording anything: for comparing with another version.
pub(crate) fn peek(
    worker: &mut Worker<'_, '_>,
    options: Option<&Options>,
    path: &BlobPath,
    bytes: &[u8],
    mut found: impl FnMut(Located),
) {
    if let Some(options) = options {
        let mut sink = PeekSink {
            worker,
            found: &mut found,
        };
        if open_bytes(&mut sink, options, path, bytes) {
            return;
        }
    }
    let matches = worker.peek(path.as_bytes(), bytes).matches;
    matches.into_iter().for_each(found);
}

/// Gives out what is found and records nothing.
struct PeekSink<'w, 's, 'd, F> {
    worker: &'w mut Worker<'s, 'd>,
    found: F,
}

impl<F: FnMut(Located)> Sink for PeekSink<'_, '_, '_, F> {
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let found = self.worker.peek_reader(path.as_bytes(), content)?;
        found.matches.into_iter().for_each(&mut self.found);
        Ok(())
    }

    fn skip(&mut self, _: SkipReason, _: BlobPath, _: String) {}

    fn is_cancelled(&self) -> bool {
        self.worker.is_cancelled()
    }
}

/// Scans a blob as bytes and counts it should it be an archive.
fn scan_unopened<'s, 'd>(
    worker: &mut Worker<'s, 'd>,
    path: &BlobPath,
    origin: &Origin,
    reader: impl Read,
    keep: impl FnOnce(&mut Worker<'s, 'd>, &mut Vec<Located>),
) -> io::Result<()> {
    let mut reader = Noticed {
        inner: reader,
        head: [0; HEAD],
        held: 0,
    };
    worker.scan_reader_where(path, origin, &mut reader, keep)?;
    if Format::of(&reader.head[..reader.held]).is_some() {
        worker.skip_many(SkipReason::UnopenedArchive, 1);
    }
    Ok(())
}

/// Remembers the first bytes that are read.
struct Noticed<R> {
    inner: R,
    head: [u8; HEAD],
    held: usize,
}

impl<R: Read> Read for Noticed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if self.held < HEAD {
            let more = count.min(HEAD - self.held);
            self.head[self.held..self.held + more].copy_from_slice(&buffer[..more]);
            self.held += more;
        }
        Ok(count)
    }
}
