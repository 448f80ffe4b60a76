//! Archives and compressed files: what is in them, pushed into the same scan as files.
//!
//! ```text
//!  format   what a content is, by its first bytes
//!  codec    gzip, bzip2, xz and Zstandard as streams
//!  tar      tar archives as streams
//!  zip      zip archives, which are read from their end
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
mod tar;
#[cfg(test)]
mod tests;
mod zip;

use std::io::{self, Cursor, Read, Seek};

use fault::Fault;
pub(crate) use format::{Format, HEAD};
pub use limits::Limits;
use limits::{Budget, CountedInput, Expanded};
use zip::ReadSeek;

use super::PathFilter;
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::finding::{BlobPath, Origin};
use crate::scan::Worker;

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
        // Memory gives no error.
        if let Ok(true) = open(&mut sink, options, path, &mut Cursor::new(bytes)) {
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
        if let Ok(true) = open(&mut sink, options, path, &mut Cursor::new(bytes)) {
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

/// Whether a blob is an archive of a kind that is opened or known.
fn is_archive(bytes: &[u8]) -> bool {
    Format::of(&bytes[..bytes.len().min(HEAD)]).is_some()
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

/// Opens `file` if it is an archive and gives its contents to the sink. `false` if it is none: then nothing was
/// scanned, and the file is at its start again.
pub(crate) fn open<R: Read + Seek>(
    sink: &mut dyn Sink,
    options: &Options,
    path: &BlobPath,
    file: &mut R,
) -> io::Result<bool> {
    let mut head = [0; HEAD];
    let held = fill(file, &mut head)?;
    let head = &head[..held];
    let length = file.seek(io::SeekFrom::End(0))?;
    let format = match Format::of(head) {
        None if zip::ends_file(file, length) => Some(Format::Zip),
        format => format,
    };
    file.rewind()?;
    let Some(format) = format else {
        return Ok(false);
    };
    let mut opener = Opener::new(sink, options, path);
    opener.budget.add_input(length);
    match format {
        Format::Zip => opener.zip(path, 1, file),
        Format::Tar => opener.tar(path, 1, file),
        Format::Compressed(codec) => opener.compressed(path, 1, codec, file),
        Format::Foreign(kind) => {
            opener.fault(
                path,
                &Fault::Unsupported(format!("{kind} archives are not opened")),
            );
            opener.scan(path, file);
        }
    }
    Ok(true)
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
        budget: opener.budget.clone(),
    };
    let mut head = [0; HEAD];
    let held = fill(&mut input, &mut head)?;
    let head = &head[..held];
    if Format::of(head).is_none() {
        return opener.sink.scan(path, &mut head.chain(input));
    }
    opener.content(path, 1, &mut head.chain(input));
    Ok(())
}

/// Opens one archive with everything nested in it.
struct Opener<'o> {
    sink: &'o mut dyn Sink,
    options: &'o Options,
    budget: Budget,
    /// Length of the outermost archive's path, which was not left out.
    outermost: usize,
}

impl<'o> Opener<'o> {
    fn new(sink: &'o mut dyn Sink, options: &'o Options, path: &BlobPath) -> Self {
        Self {
            sink,
            options,
            budget: Budget::new(options.limits.clone()),
            outermost: path.as_bytes().len(),
        }
    }

    /// A content of which nothing is known but its path. `depth` is that of an archive if it is one.
    fn content(&mut self, path: &BlobPath, depth: usize, content: &mut dyn Read) {
        let mut head = [0; HEAD];
        let held = match fill(content, &mut head) {
            Ok(held) => held,
            Err(error) => return self.fault(path, &Fault::of_file(&error)),
        };
        let mut whole = (&head[..held]).chain(content);
        let Some(format) = Format::of(&head[..held]) else {
            return self.scan(path, &mut whole);
        };
        let limits = self.budget.limits();
        let (deepest, nested) = (limits.depth, limits.nested);
        if depth > deepest {
            self.fault(path, &Fault::TooDeep(deepest));
            return self.scan(path, &mut whole);
        }
        match format {
            Format::Zip => {
                let mut bytes = Vec::new();
                if let Err(error) = whole.by_ref().take(nested).read_to_end(&mut bytes) {
                    return self.fault(path, &Fault::of_file(&error));
                }
                if bytes.len() as u64 == nested {
                    self.fault(path, &Fault::TooBigNested(nested));
                    return self.scan(path, &mut (&bytes[..]).chain(whole));
                }
                self.zip(path, depth, &mut Cursor::new(bytes));
            }
            Format::Tar => self.tar(path, depth, &mut whole),
            Format::Compressed(codec) => self.compressed(path, depth, codec, &mut whole),
            Format::Foreign(kind) => {
                self.fault(
                    path,
                    &Fault::Unsupported(format!("{kind} archives are not opened")),
                );
                self.scan(path, &mut whole);
            }
        }
    }

    fn compressed(
        &mut self,
        path: &BlobPath,
        depth: usize,
        codec: format::Codec,
        input: &mut dyn Read,
    ) {
        let expanded = codec::decoder(codec, input);
        let mut expanded = Expanded::new(expanded, self.budget.clone(), codec.name());
        let mut head = [0; HEAD];
        // A fault ends the reader instead of being an error of it.
        let held = fill(&mut expanded, &mut head).unwrap_or_default();
        let mut whole = (&head[..held]).chain(&mut expanded);
        let mut inner = None;
        // A compressed archive is one archive to everybody.
        if Format::of(&head[..held]) == Some(Format::Tar) {
            inner = self.tar_entries(path, depth, &mut whole);
        } else {
            let content = name::content(path);
            if self.leaves_out(&content) {
                return self.sink.skip(SkipReason::Excluded, content, String::new());
            }
            self.content(&content, depth + 1, &mut whole);
        }
        // What is wrong outside explains what is wrong inside.
        if let Some(fault) = expanded.into_fault().or(inner) {
            self.fault(path, &fault);
        }
    }

    fn tar(&mut self, path: &BlobPath, depth: usize, input: &mut dyn Read) {
        if let Some(fault) = self.tar_entries(path, depth, input) {
            self.fault(path, &fault);
        }
    }

    /// Reads the files of a tar archive; gives the last fault, which may be due to what the archive is read from.
    fn tar_entries(
        &mut self,
        path: &BlobPath,
        depth: usize,
        input: &mut dyn Read,
    ) -> Option<Fault> {
        let mut archive = tar::Reader::new(input);
        let mut last = None;
        loop {
            let item = archive.next();
            if item != tar::Item::End
                && let Some(fault) = last.take()
            {
                self.fault(path, &fault);
            }
            if self.stops() {
                return None;
            }
            match item {
                tar::Item::End => return last,
                tar::Item::Fault(fault) => last = Some(fault),
                tar::Item::Symlink => {
                    let link = path.clone();
                    self.sink.skip(SkipReason::Symlink, link, String::new());
                }
                tar::Item::File(name) => {
                    if let Err(fault) = self.budget.add_entry() {
                        return Some(fault);
                    }
                    let file = name::entry(path, &name);
                    if self.wants(&file, archive.content_size()) {
                        self.content(&file, depth + 1, &mut archive);
                    }
                }
            }
        }
    }

    fn zip(&mut self, path: &BlobPath, depth: usize, file: &mut dyn ReadSeek) {
        let length = match file.seek(io::SeekFrom::End(0)) {
            Ok(length) => length,
            Err(error) => return self.fault(path, &Fault::of_file(&error)),
        };
        let mut read = Vec::new();
        match zip::Directory::read(file, length) {
            Ok(mut directory) => {
                while let Some(entry) = directory.next() {
                    if self.stops() {
                        return;
                    }
                    match entry {
                        Ok(entry) if entry.is_folder() => {}
                        Ok(entry) => {
                            if let Err(fault) = self.budget.add_entry() {
                                return self.fault(path, &fault);
                            }
                            let entry = self.zip_entry(path, depth, file, &directory, &entry);
                            read.extend(entry);
                        }
                        Err(fault) => self.fault(path, &fault),
                    }
                }
            }
            Err(fault) => self.fault(path, &fault),
        }
        if self.stops() {
            return;
        }
        match zip::Remains::new(file, read) {
            Ok(mut remains) => self.scan(path, &mut remains),
            Err(error) => self.fault(path, &Fault::of_file(&error)),
        }
    }

    /// Reads one entry of a zip archive; where its bytes are, if nothing was wrong with them.
    fn zip_entry(
        &mut self,
        archive: &BlobPath,
        depth: usize,
        file: &mut dyn ReadSeek,
        directory: &zip::Directory,
        entry: &zip::Entry,
    ) -> Option<std::ops::Range<u64>> {
        let path = name::entry(archive, &entry.name);
        let (mut content, range) = match entry.open(file, directory) {
            // Left out is left out, also where it cannot be read.
            opened if !self.wants(&path, entry.size) => return opened.ok().map(|(_, range)| range),
            Ok(opened) => opened,
            Err(fault) => {
                self.fault(&path, &fault);
                return None;
            }
        };
        let mut expanded = Expanded::new(&mut content, self.budget.clone(), "zip");
        self.content(&path, depth + 1, &mut expanded);
        // What an archive inside leaves behind its end counts for the checksum.
        let _ = io::copy(&mut expanded, &mut io::sink());
        let over = self.budget.is_over();
        let fault = match expanded.into_fault() {
            None if over => return None,
            None => entry.verify(content),
            fault => fault,
        };
        match fault {
            Some(fault) => {
                self.fault(&path, &fault);
                None
            }
            None => Some(range),
        }
    }

    /// Whether a file in an archive is to be scanned; records why not.
    fn wants(&mut self, path: &BlobPath, size: u64) -> bool {
        let reason = if self.leaves_out(path) {
            SkipReason::Excluded
        } else if self.options.max_size.is_some_and(|limit| size > limit) {
            SkipReason::TooLarge
        } else {
            return true;
        };
        self.sink.skip(reason, path.clone(), String::new());
        false
    }

    fn leaves_out(&self, path: &BlobPath) -> bool {
        let filter = &self.options.filter;
        filter.leaves_out_inside(path.as_bytes(), self.outermost)
    }

    fn stops(&self) -> bool {
        self.budget.is_over() || self.sink.is_cancelled()
    }

    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) {
        if let Err(error) = self.sink.scan(path, content) {
            self.fault(path, &Fault::of_file(&error));
        }
    }

    fn fault(&mut self, path: &BlobPath, fault: &Fault) {
        let reason = fault.reason();
        // Once a limit ended it, everything inside ends early.
        if self.budget.is_over() && reason != SkipReason::ArchiveLimit {
            return;
        }
        self.sink.skip(reason, path.clone(), fault.to_string());
    }
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
