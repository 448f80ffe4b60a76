//! Scans one blob, whole or as a stream, in bounded memory, and locates what it finds.
//!
//! A stream is read into one buffer; each round scans the anchors that have the detector's margin around them and
//! keeps that margin for the next. Whole and streamed scans therefore find the same.

use std::io::{self, Read};
use std::ops::Range;

use super::encoding::{self, Utf16Reader};
use super::judge::practice::{self, Kept};
use super::lines::{LINE_WINDOW, LineCounter, LineWindow, MASK};
use super::overlap::distinct;
use super::pair::frame::Frame;
use super::pair::{self, LinkedPart, NearPart, Owner, near};
use super::{Detector, Found, Match, Reach, Verdict, judge, line_hash};
use crate::finding::{Encoding, Excerpt, Position, Secret};
use crate::rule::RuleIndex;

/// New bytes per round of a stream: fits a core's second-level cache together with the tables.
const ROUND: usize = 256 * 1024;

/// Where a file that is a credential itself is reported.
pub(super) const FIRST: Position = Position {
    line: 1,
    column: 1,
    column_utf16: 1,
};

/// A match with its place and what its line says.
#[derive(Debug, Clone)]
pub struct Located {
    /// The rule.
    pub rule: RuleIndex,
    /// How sure, and why.
    pub verdict: Verdict,
    /// The value.
    pub secret: Secret,
    /// Byte range of the secret in the blob's text.
    pub bytes: Range<u64>,
    /// Length of the whole match: the more a rule explains around a secret, the more specific it is.
    pub explained: u64,
    /// First character.
    pub start: Position,
    /// Just behind the last character.
    pub end: Position,
    /// The lines around it; raw text, never to be shown.
    pub window: LineWindow,
    /// The masked line; filled when the blob has been read.
    pub excerpt: Excerpt,
    /// SARIF's `primaryLocationLineHash`, where the whole text was at hand.
    pub line_hash: Option<String>,
    /// The encodings it was found under, the outermost first; none for what stands there in the clear.
    pub encodings: Vec<&'static str>,
    /// See [`Claim::group`].
    pub group: Option<u64>,
    /// The other parts of the credential; filled when the blob has been read.
    pub parts: Vec<LinkedPart>,
    /// The secrets that this is a part of, likewise.
    pub part_of: Vec<Owner>,
    /// What may be among the parts, until then.
    pub(super) near: Vec<NearPart>,
    /// What is around it in the text, where parts are concerned.
    pub(super) frame: Frame,
}

impl Located {
    /// What encodes it, as far as that stands on its lines.
    pub(crate) fn encoded(&self) -> Option<&[u8]> {
        self.group?;
        let start = self.bytes.start.checked_sub(self.window.offset)? as usize;
        let end = self.bytes.end.checked_sub(self.window.offset)? as usize;
        self.window.text.get(start..end.min(self.window.text.len()))
    }
}

/// What one blob holds.
#[derive(Debug, Default)]
pub struct BlobMatches {
    /// The matches that stand, sorted by place.
    pub matches: Vec<Located>,
    /// Bytes read.
    pub bytes: u64,
    /// How they were read.
    pub encoding: Encoding,
    /// What is kept as it should be; the same value may be there more than once.
    pub kept: Vec<Kept>,
}

/// Scans blobs one after the other with one buffer. One per thread.
#[derive(Debug)]
pub struct BlobScanner<'d> {
    detector: &'d Detector,
    buffer: Vec<u8>,
    line_hashes: bool,
}

impl<'d> BlobScanner<'d> {
    /// A scanner without a buffer: it is made when the first stream needs it.
    pub fn new(detector: &'d Detector) -> Self {
        Self {
            detector,
            buffer: Vec::new(),
            line_hashes: false,
        }
    }

    /// Whether to fill in [`Located::line_hash`]: it reads a blob with matches a second time.
    #[must_use]
    pub fn with_line_hashes(mut self, on: bool) -> Self {
        self.line_hashes = on;
        self
    }

    /// Scans a blob that is in memory and whose path is not known: rules that rest on it find nothing, and matches of
    /// rules that apply at some paths only are there for [`Detector::settle`] to drop.
    pub fn scan_bytes(&mut self, bytes: &[u8]) -> BlobMatches {
        self.scan(File::default(), bytes)
    }

    /// Scans the content of the file at `path` (with `/` separators, relative to the root of the scan).
    pub fn scan_file(&mut self, path: &[u8], bytes: &[u8]) -> BlobMatches {
        let rules = self.detector.file_rules(path);
        self.scan(File::at(path, &rules), bytes)
    }

    /// Scans the content of a file of which only the name is known: what `rules` find among it, see
    /// [`Detector::file_rules_of_name`].
    pub fn scan_named(&mut self, rules: &[RuleIndex], bytes: &[u8]) -> BlobMatches {
        // The others matter only for what stands of these, and most files of such names hold nothing.
        if encoding::detect(bytes).0 == Encoding::Utf8 {
            let mut any = false;
            self.detector.file_matches(rules, bytes, |_| any = true);
            if !any {
                return BlobMatches {
                    bytes: bytes.len() as u64,
                    ..BlobMatches::default()
                };
            }
        }
        let file = File { path: None, rules };
        let mut found = self.scan(file, bytes);
        found.matches.retain(|l| rules.contains(&l.rule));
        found
    }

    fn scan(&mut self, file: File<'_>, bytes: &[u8]) -> BlobMatches {
        let (encoding, mark) = encoding::detect(bytes);
        if encoding != Encoding::Utf8 {
            let mut matches = self
                .scan_decoded(file, &mut Utf16Reader::new(&bytes[mark..], encoding))
                .unwrap_or_default();
            self.hash_lines(bytes, &mut matches.matches);
            matches.bytes = bytes.len() as u64;
            matches.encoding = encoding;
            return matches;
        }
        let mut found = BlobMatches::default();
        self.locate(
            file.rules,
            bytes,
            0..bytes.len(),
            0,
            &LineCounter::at_start(bytes),
            &mut found,
        );
        self.hash_lines(bytes, &mut found.matches);
        found.kept.extend(file.kept(bytes));
        BlobMatches {
            matches: self.finish(file, found.matches),
            bytes: bytes.len() as u64,
            encoding,
            kept: found.kept,
        }
    }

    /// Scans a stream to its end. As [`scan_bytes`](Self::scan_bytes), without a path.
    pub fn scan_reader(&mut self, mut reader: impl Read) -> io::Result<BlobMatches> {
        self.scan_stream(File::default(), &mut reader)
    }

    /// Scans the content of the file at `path` to its end.
    pub fn scan_file_reader(
        &mut self,
        path: &[u8],
        mut reader: impl Read,
    ) -> io::Result<BlobMatches> {
        let rules = self.detector.file_rules(path);
        self.scan_stream(File::at(path, &rules), &mut reader)
    }

    /// Scans a stream of which only the last part of its path is known: with the rules that rest on it, and with
    /// matches of rules that apply at some paths only, for [`Detector::settle`] to drop.
    pub fn scan_unplaced(&mut self, path: &[u8], mut reader: impl Read) -> io::Result<BlobMatches> {
        let rules = &self.detector.file_rules(path);
        self.scan_stream(File { path: None, rules }, &mut reader)
    }

    fn scan_stream(&mut self, file: File<'_>, reader: &mut dyn Read) -> io::Result<BlobMatches> {
        let mut buffer = self.take_buffer();
        let result = self.scan_from(file, reader, &mut buffer);
        self.buffer = buffer;
        result
    }

    fn scan_from(
        &mut self,
        file: File<'_>,
        reader: &mut dyn Read,
        buffer: &mut [u8],
    ) -> io::Result<BlobMatches> {
        let held = fill(reader, buffer)?;
        let (encoding, mark) = encoding::detect(&buffer[..held]);
        if encoding == Encoding::Utf8 {
            return self.rounds(file, reader, buffer, held, true);
        }
        let mut counted = Counted {
            inner: (&buffer[mark..held]).chain(reader),
            bytes: mark as u64,
        };
        let mut matches = self.scan_decoded(file, &mut Utf16Reader::new(&mut counted, encoding))?;
        matches.bytes = counted.bytes;
        matches.encoding = encoding;
        Ok(matches)
    }

    /// Scans text that is not the blob's own bytes but decoded from them.
    fn scan_decoded(&mut self, file: File<'_>, reader: &mut dyn Read) -> io::Result<BlobMatches> {
        let mut buffer = self.take_buffer();
        let result = fill(reader, &mut buffer)
            .and_then(|held| self.rounds(file, reader, &mut buffer, held, false));
        self.buffer = buffer;
        result
    }

    /// How much text is kept before and behind what a round scans. A line window looks further than a pattern may, so
    /// it must serve both.
    fn margin(&self) -> Reach {
        let margin = self.detector.margin();
        Reach {
            before: margin.before.max(2 * LINE_WINDOW),
            behind: margin.behind + 2 * LINE_WINDOW,
        }
    }

    fn take_buffer(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.buffer);
        if buffer.is_empty() {
            let margin = self.margin();
            buffer.resize(ROUND + margin.before + margin.behind, 0);
        }
        buffer
    }

    /// Scans the `held` bytes in the buffer and what the reader still has. `as_stored`: these are the blob's own
    /// bytes, not a decoded form of them.
    fn rounds(
        &self,
        file: File<'_>,
        reader: &mut dyn Read,
        buffer: &mut [u8],
        mut held: usize,
        as_stored: bool,
    ) -> io::Result<BlobMatches> {
        let margin = self.margin();
        let mut found = BlobMatches::default();
        let mut base = 0_u64;
        let mut core_start = 0;
        let mut lines = LineCounter::at_start(&buffer[..held]);
        loop {
            let ended = held < buffer.len();
            let text = &buffer[..held];
            let core_end = if ended { held } else { held - margin.behind };
            // The first round holds at least what these rules look at.
            let rules = if base == 0 && core_start == 0 {
                file.rules
            } else {
                &[]
            };
            let core = core_start..core_end;
            self.locate(rules, text, core, base, &lines, &mut found);
            if ended {
                if as_stored && base == 0 {
                    self.hash_lines(text, &mut found.matches);
                    found.kept.extend(file.kept(text));
                }
                return Ok(BlobMatches {
                    matches: self.finish(file, found.matches),
                    bytes: base + held as u64,
                    encoding: Encoding::Utf8,
                    kept: found.kept,
                });
            }
            let keep = super::lines::character_start(text, core_end.saturating_sub(margin.before));
            lines.rebase(text, keep);
            buffer.copy_within(keep..held, 0);
            held -= keep;
            core_start = core_end - keep;
            base += keep as u64;
            held += fill(reader, &mut buffer[held..])?;
        }
    }

    /// Appends the matches whose anchors start within `core`, in the order of their place, what is kept well there, and
    /// the matches of `file_rules` in the file that starts with `text`.
    fn locate(
        &self,
        file_rules: &[RuleIndex],
        text: &[u8],
        core: Range<usize>,
        base: u64,
        lines: &LineCounter,
        into: &mut BlobMatches,
    ) {
        let mut matches: Vec<Match> = Vec::new();
        self.detector.everything(text, core, |found| match found {
            Found::Match(found) => matches.push(found),
            Found::Kept(kept) => into.kept.push(kept),
        });
        self.detector
            .file_matches(file_rules, text, |m| matches.push(m));
        if matches.is_empty() {
            return;
        }
        distinct(&mut matches, text);
        let near = near::around(self.detector, text, base, lines, &matches);
        // A match may reach behind the start of the next, so ends are counted by a copy of the counter.
        let mut at = lines.clone();
        for (found, near) in matches.into_iter().zip(near) {
            let value = Secret::new(found.value(text));
            let group = found.group().map(|anchor| base + anchor as u64);
            let secret = found.candidate.secret;
            let (start, end) = if self.is_whole_file(found.candidate.rule) {
                (FIRST, FIRST)
            } else {
                let start = at.position_at(text, secret.start);
                (start, at.clone().position_at(text, secret.end))
            };
            into.matches.push(Located {
                rule: found.candidate.rule,
                verdict: found.verdict,
                secret: value,
                bytes: base + secret.start as u64..base + secret.end as u64,
                explained: found.candidate.whole.len() as u64,
                start,
                end,
                window: LineWindow::around(text, &secret, base),
                excerpt: Excerpt::default(),
                line_hash: None,
                encodings: found.decoded.map(|d| d.encodings).unwrap_or_default(),
                group,
                parts: Vec::new(),
                part_of: Vec::new(),
                near: near.parts,
                frame: near.frame,
            });
        }
    }

    fn is_whole_file(&self, rule: RuleIndex) -> bool {
        self.detector.rules().get(rule).whole_file
    }

    /// Fills in the hashes of the lines that matches start on, where they were asked for. `blob` is the whole of it as
    /// stored, because that is what GitHub hashes.
    fn hash_lines(&self, blob: &[u8], located: &mut [Located]) {
        if !self.line_hashes || located.is_empty() {
            return;
        }
        located.sort_by_key(|l| l.start.line);
        let lines: Vec<u64> = located.iter().map(|l| l.start.line).collect();
        let hashes = line_hash::line_hashes(blob, &lines);
        for (located, hash) in located.iter_mut().zip(hashes) {
            located.line_hash = hash;
        }
    }

    /// Masks the excerpts, with every match in view, then lets the most specific rule win.
    fn finish(&self, file: File<'_>, mut located: Vec<Located>) -> Vec<Located> {
        if located.is_empty() {
            return located;
        }
        located.sort_by_key(|l| (l.bytes.start, l.bytes.end));
        let longest = located
            .iter()
            .map(|l| l.bytes.end - l.bytes.start)
            .max()
            .unwrap_or(0);
        let excerpts: Vec<Excerpt> = located
            .iter()
            .map(|this| {
                if self.is_whole_file(this.rule) {
                    return Excerpt {
                        text: MASK.to_owned(),
                        highlight: 0..MASK.len(),
                    };
                }
                let window_end = this.window.offset + this.window.text.len() as u64;
                let from =
                    located.partition_point(|l| l.bytes.start + longest < this.window.offset);
                let to = located.partition_point(|l| l.bytes.start < window_end);
                let near = &located[from..to];
                let parts = || near.iter().flat_map(|l| &l.near).filter(|part| part.secret);
                let mut secrets: Vec<Range<u64>> = near.iter().map(|l| l.bytes.clone()).collect();
                secrets.extend(parts().map(|part| part.bytes.clone()));
                let mut values: Vec<&[u8]> = near.iter().map(|l| l.secret.expose()).collect();
                values.extend(near.iter().filter_map(Located::encoded));
                values.extend(parts().map(|part| part.value.expose()));
                values.sort_unstable();
                values.dedup();
                let rule = self.detector.rules().get(this.rule);
                let visible = match this.group {
                    Some(_) => 0,
                    None => judge::visible_prefix(rule, this.secret.expose()),
                };
                this.window.excerpt(&this.bytes, visible, &secrets, &values)
            })
            .collect();
        for (located, excerpt) in located.iter_mut().zip(excerpts) {
            located.excerpt = excerpt;
        }
        let located = self.detector.resolve_without_path(located);
        let mut settled = match file.path {
            Some(path) => self.detector.settle(path, located),
            None => located,
        };
        pair::link(self.detector.rules(), &mut settled);
        settled
    }
}

/// What is known of the file that a blob is the content of.
#[derive(Clone, Copy, Default)]
struct File<'f> {
    path: Option<&'f [u8]>,
    /// The rules without anchors that apply there.
    rules: &'f [RuleIndex],
}

impl<'f> File<'f> {
    fn at(path: &'f [u8], rules: &'f [RuleIndex]) -> Self {
        Self {
            path: Some(path),
            rules,
        }
    }

    /// What the file is as a whole, if that is kept well.
    fn kept(self, text: &[u8]) -> Option<Kept> {
        practice::file(self.path?, text)
    }
}

/// Reads until the buffer is full or the stream ends.
fn fill(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}
