//! Archives among the blobs of a history, where they are to be opened.
//!
//! Here an archive is known by its first bytes only, so that a delta that keeps these need not be put together to tell.
//! An archive is scanned whole, and so is every delta on it. What of one cannot be read is treated like a secret of its
//! own until the paths are known: what the configuration leaves out makes no scan incomplete.

use std::io::{self, Read};

use super::content::Shared;
use super::secrets::Key;
use crate::coverage::SkipReason;
use crate::detect::blob::{BlobScanner, Located};
use crate::finding::{BlobPath, Origin, Secret};
use crate::git::{Object, ObjectId};
use crate::rule::RuleIndex;
use crate::scan::Worker;
use crate::source::archive::{self, HEAD, Sink, is_archive};

/// What stands for "not all of this archive could be read". No rule finds a value with a NUL in front.
pub(super) fn unread(archive: ObjectId) -> Key {
    let value = [b"\0unread ", archive.to_string().as_bytes()].concat();
    (RuleIndex::from_raw(0), Secret::new(value))
}

/// Whether an object begins like an archive.
pub(super) fn begins_like_one(object: &Object<'_>, head: &mut Vec<u8>) -> bool {
    head.clear();
    object.copy_range(&(0..HEAD.min(object.len())), head);
    is_archive(head)
}

/// What an archive holds, its places not being known yet.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Numbers of secrets.
    pub(super) marks: Vec<u32>,
    /// Files in it that are over the size limit, and those left out by their paths.
    pub(super) too_large: u64,
    pub(super) excluded: u64,
}

/// Opens an archive.
pub(super) fn open<'d>(
    shared: &Shared<'_, 'd>,
    scanner: &mut BlobScanner<'d>,
    options: &archive::Options,
    id: ObjectId,
    bytes: &[u8],
) -> Held {
    let mut sink = MarkSink {
        shared,
        scanner,
        held: Held::default(),
        unread: false,
    };
    let path = BlobPath::from_bytes(id.to_string());
    archive::open_bytes(&mut sink, options, &path, bytes);
    let MarkSink {
        mut held, unread, ..
    } = sink;
    if unread {
        let (rule, secret) = self::unread(id);
        held.marks
            .push(shared.secrets.number(rule, secret.expose()));
    }
    held
}

/// Numbers the secrets.
struct MarkSink<'m, 's, 'd> {
    shared: &'m Shared<'s, 'd>,
    scanner: &'m mut BlobScanner<'d>,
    held: Held,
    unread: bool,
}

impl Sink for MarkSink<'_, '_, '_> {
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let found = self.scanner.scan_unplaced(path.as_bytes(), content)?;
        let sure = |l: &&Located| l.verdict.confidence >= self.shared.min_confidence;
        let sure = found.matches.iter().filter(sure);
        let secrets = self.shared.secrets;
        self.held
            .marks
            .extend(sure.map(|l| secrets.number(l.rule, l.secret.expose())));
        Ok(())
    }

    fn skip(&mut self, reason: SkipReason, _: BlobPath, _: String) {
        match reason {
            SkipReason::TooLarge => self.held.too_large += 1,
            SkipReason::Excluded => self.held.excluded += 1,
            reason => self.unread |= reason.is_incomplete(),
        }
    }

    fn is_cancelled(&self) -> bool {
        (self.shared.cancelled)()
    }
}

/// Reports the secrets that `wanted` accepts of the archive at a path, and, if `tell`, what could not be read of it.
pub(in crate::source) fn place(
    worker: &mut Worker<'_, '_>,
    options: &archive::Options,
    path: &BlobPath,
    origin: &Origin,
    bytes: &[u8],
    tell: bool,
    wanted: impl FnMut(&Located) -> bool,
) {
    let mut sink = PlaceSink {
        worker,
        origin,
        tell,
        wanted,
    };
    archive::open_bytes(&mut sink, options, path, bytes);
}

struct PlaceSink<'p, 's, 'd, W> {
    worker: &'p mut Worker<'s, 'd>,
    origin: &'p Origin,
    tell: bool,
    wanted: W,
}

impl<W: FnMut(&Located) -> bool> Sink for PlaceSink<'_, '_, '_, W> {
    fn scan(&mut self, path: &BlobPath, content: &mut dyn Read) -> io::Result<()> {
        let wanted = &mut self.wanted;
        self.worker.place_reader(path, self.origin, content, wanted)
    }

    fn skip(&mut self, reason: SkipReason, path: BlobPath, detail: String) {
        if self.tell && reason.is_incomplete() {
            self.worker.skip(reason, path, detail);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.worker.is_cancelled()
    }
}
