//! Opens an archive and everything nested in it, in the order in which it is stored.

use std::io::{self, Cursor, Read};
use std::ops::Range;

use super::fault::Fault;
use super::format::{Codec, Format, Head};
use super::limits::{Budget, Expanded};
use super::zip::ReadSeek;
use super::{Options, Sink, codec, name, tar, zip};
use crate::coverage::SkipReason;
use crate::finding::BlobPath;

/// Opens one archive with everything nested in it.
pub(super) struct Opener<'o> {
    sink: &'o mut dyn Sink,
    options: &'o Options,
    budget: Budget,
    /// Length of the outermost archive's path, which was not left out.
    outermost: usize,
    /// Bytes of zip archives that are held in memory now, one inside of the other.
    held: u64,
}

impl<'o> Opener<'o> {
    pub(super) fn new(sink: &'o mut dyn Sink, options: &'o Options, path: &BlobPath) -> Self {
        Self {
            sink,
            options,
            budget: Budget::new(options.limits.clone()),
            outermost: path.as_bytes().len(),
            held: 0,
        }
    }

    /// What the archive has cost so far.
    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// An archive that can be read anywhere.
    pub(super) fn file(&mut self, path: &BlobPath, format: Format, file: &mut dyn ReadSeek) {
        match format {
            Format::Zip => self.zip(path, 1, file),
            Format::Tar => self.tar(path, 1, file),
            Format::Compressed(codec) => self.compressed(path, 1, codec, file),
            Format::Foreign(kind) => self.foreign(path, kind, file),
        }
    }

    /// A stream of which the first bytes were read. An error of one that is no archive is the caller's to record.
    pub(super) fn stream(
        &mut self,
        path: &BlobPath,
        head: &Head,
        rest: &mut dyn Read,
    ) -> io::Result<()> {
        if head.format().is_none() {
            return self.sink.scan(path, &mut head.bytes().chain(rest));
        }
        self.content(path, 1, &mut head.bytes().chain(rest));
        Ok(())
    }

    /// A content of which nothing is known but its path. `depth` is that of an archive if it is one.
    fn content(&mut self, path: &BlobPath, depth: usize, content: &mut dyn Read) {
        let head = match Head::read(content) {
            Ok(head) => head,
            Err(error) => return self.fault(path, &Fault::of_file(&error)),
        };
        let mut whole = head.bytes().chain(content);
        let Some(format) = head.format() else {
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
                let room = nested.saturating_sub(self.held);
                let mut bytes = Vec::new();
                if let Err(error) = whole.by_ref().take(room).read_to_end(&mut bytes) {
                    return self.fault(path, &Fault::of_file(&error));
                }
                let length = bytes.len() as u64;
                if length == room {
                    self.fault(path, &Fault::TooBigNested(nested));
                    return self.scan(path, &mut (&bytes[..]).chain(whole));
                }
                self.held += length;
                self.zip(path, depth, &mut Cursor::new(bytes));
                self.held -= length;
            }
            Format::Tar => self.tar(path, depth, &mut whole),
            Format::Compressed(codec) => self.compressed(path, depth, codec, &mut whole),
            Format::Foreign(kind) => self.foreign(path, kind, &mut whole),
        }
    }

    /// An archive of a kind that is only known by name.
    fn foreign(&mut self, path: &BlobPath, kind: &str, content: &mut dyn Read) {
        let message = format!("{kind} archives are not opened");
        self.fault(path, &Fault::Unsupported(message));
        self.scan(path, content);
    }

    fn compressed(&mut self, path: &BlobPath, depth: usize, codec: Codec, input: &mut dyn Read) {
        let expanded = codec::decoder(codec, input);
        let mut expanded = Expanded::new(expanded, self.budget.clone(), codec.name());
        let head = match Head::read(&mut expanded) {
            Ok(head) => head,
            // A fault ends the reader instead of being an error of it.
            Err(error) => return self.fault(path, &Fault::of_file(&error)),
        };
        let mut whole = head.bytes().chain(&mut expanded);
        let mut inner = None;
        // A compressed archive is one archive to everybody.
        if head.format() == Some(Format::Tar) {
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
                            let entry = self.zip_entry(path, depth, file, directory.base(), &entry);
                            read.extend(entry);
                        }
                        Err(fault) => self.fault(path, &fault),
                    }
                }
            }
            Err(fault) => {
                self.fault(path, &fault);
                self.zip_without_directory(path, depth, file, &mut read);
            }
        }
        if self.stops() {
            return;
        }
        match zip::Remains::new(file, read) {
            Ok(mut remains) => self.scan(path, &mut remains),
            Err(error) => self.fault(path, &Fault::of_file(&error)),
        }
    }

    /// Reads the entries of an archive that lost its directory, as one that was cut.
    fn zip_without_directory(
        &mut self,
        path: &BlobPath,
        depth: usize,
        file: &mut dyn ReadSeek,
        read: &mut Vec<Range<u64>>,
    ) {
        let mut from = 0;
        while !self.stops()
            && let Ok(Some((entry, next))) = zip::local_entry(file, from)
        {
            from = next;
            // What is stored without saying how long it is ends nowhere; it is scanned as bytes.
            if entry.is_folder() || entry.is_endless() {
                continue;
            }
            if let Err(fault) = self.budget.add_entry() {
                return self.fault(path, &fault);
            }
            if let Some(range) = self.zip_entry(path, depth, file, 0, &entry) {
                from = from.max(range.end);
                read.push(range);
            }
        }
    }

    /// Reads one entry of a zip archive; where its bytes are, if nothing was wrong with them.
    fn zip_entry(
        &mut self,
        archive: &BlobPath,
        depth: usize,
        file: &mut dyn ReadSeek,
        base: u64,
        entry: &zip::Entry,
    ) -> Option<Range<u64>> {
        let path = name::entry(archive, &entry.name);
        let (mut content, range) = match entry.open(file, base) {
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
            None => entry.is_sized().then_some(range),
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
