//! Joins a source and the detector into a report.
//!
//! A source runs threads; each holds a [`Worker`] and gives it blobs. Workers filter, suppress and keep what they
//! found, and merge it into the [`Scan`] when they are dropped. The result is sorted, so that the number of threads
//! never shows.

mod found;
mod parts;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::coverage::{Coverage, Skip, SkipReason};
use crate::detect::Detector;
use crate::detect::blob::{BlobMatches, BlobScanner, Located};
use crate::detect::file_kind;
use crate::exposure::{Exposure, PlaceKind};
use crate::finding::{BlobPath, Encoding, Finding, Location, Origin, PartPlace, Secret};
use crate::rule::{Confidence, RuleIndex};
use crate::suppress::Suppressions;
use crate::suppress::fingerprint::FingerprintKey;
use found::Found;
use parts::FoundPart;

/// How a scan judges what it finds.
#[derive(Debug)]
pub struct Options {
    /// Matches below are dropped.
    pub min_confidence: Confidence,
    /// Inline markers, ignore file, allow tables.
    pub suppressions: Suppressions,
    /// Keys the fingerprints.
    pub fingerprint_key: FingerprintKey,
    /// Whether to compute [`Location::line_hash`]: the SARIF format wants it.
    pub line_hashes: bool,
    /// The moment that credentials have expired by, or not: when the scan starts.
    pub now: SystemTime,
}

/// Numbers that a progress display may read while the scan runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Blobs done; of a history, all objects.
    pub blobs: AtomicU64,
    /// How many there will be, as far as that is known; zero where it is not.
    pub total: AtomicU64,
    /// Bytes done.
    pub bytes: AtomicU64,
    /// Matches so far, before places of one secret are joined.
    pub matches: AtomicU64,
}

/// A running scan.
#[derive(Debug)]
pub struct Scan<'d> {
    detector: &'d Detector,
    options: Options,
    progress: Progress,
    cancelled: AtomicBool,
    merged: Mutex<Results>,
}

/// What a scan yielded.
#[derive(Debug)]
pub struct Outcome {
    /// Findings, suppressed ones included, worst and surest first, then by place.
    pub findings: Vec<Finding>,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// The suppressions, which now know what they were used for.
    pub suppressions: Suppressions,
}

/// A secret of a rule.
type Key = (RuleIndex, Secret);
/// How far secrets got.
type Exposures = HashMap<Key, Exposure>;

#[derive(Debug, Default)]
struct Results {
    found: HashMap<Key, Found>,
    coverage: Coverage,
    exposures: Exposures,
}

impl<'d> Scan<'d> {
    /// A scan that has not started.
    pub fn new(detector: &'d Detector, options: Options) -> Self {
        Self {
            detector,
            options,
            progress: Progress::default(),
            cancelled: AtomicBool::new(false),
            merged: Mutex::default(),
        }
    }

    /// A worker for one thread.
    pub fn worker(&self) -> Worker<'_, 'd> {
        Worker {
            scan: self,
            scanner: BlobScanner::new(self.detector).with_line_hashes(self.options.line_hashes),
            results: Results::default(),
        }
    }

    /// Numbers for a progress display.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The rules, made ready.
    pub fn detector(&self) -> &'d Detector {
        self.detector
    }

    /// Matches below are dropped.
    pub fn min_confidence(&self) -> Confidence {
        self.options.min_confidence
    }

    /// Asks the sources to stop early; what they did not read is then theirs to record.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`Scan::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Sorts and names what was found. All workers must have been dropped.
    pub fn finish(self) -> Outcome {
        let Results {
            mut found,
            mut coverage,
            mut exposures,
        } = self
            .merged
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let rules = self.detector.rules();
        let fingerprints = &self.options.fingerprint_key;
        let now = self.options.now;
        let ignored = |key: &Key| {
            let fingerprint = fingerprints.fingerprint(key.1.expose());
            self.options.suppressions.of_finding(&fingerprint).is_some()
        };
        parts::fold(&mut found, &exposures, ignored);
        let mut findings: Vec<Finding> = found
            .into_iter()
            .map(|((rule, secret), found)| {
                let fingerprint = fingerprints.fingerprint(secret.expose());
                let role = parts::role(rule, &found.locations, rules);
                let places = found.locations.into_iter();
                let mut locations: Vec<Location> = places.map(|(place, _)| place).collect();
                drop_past(&mut locations, |place| (&place.path, &place.origin));
                locations.sort_by(|a, b| a.order().cmp(&b.order()));
                locations.dedup();
                if let Some(suppression) = self.options.suppressions.of_finding(&fingerprint) {
                    for location in &mut locations {
                        location
                            .suppression
                            .get_or_insert_with(|| suppression.clone());
                    }
                }
                let exposure = exposures.remove(&(rule, secret.clone()));
                let expired = found.facts.iter().any(|fact| fact.has_expired(now));
                let severity = rules.severity(rule);
                Finding {
                    rule,
                    severity: if expired {
                        severity.lowered()
                    } else {
                        severity
                    },
                    expired,
                    confidence: found.confidence,
                    secret,
                    fingerprint,
                    evidence: found.evidence,
                    facts: found.facts,
                    role,
                    parts: parts::parts(rule, found.parts, rules, fingerprints),
                    locations,
                    exposure,
                }
            })
            .collect();
        findings.sort_by(|a, b| order(a, rules).cmp(&order(b, rules)));
        coverage.finish();
        Outcome {
            findings,
            coverage,
            suppressions: self.options.suppressions,
        }
    }
}

/// Where a file on disk holds the secret, the commits that brought it to the same path say nothing new of the place: since
/// when it is there the exposure tells.
fn drop_past<T>(places: &mut Vec<T>, of: impl Fn(&T) -> (&BlobPath, &Origin)) {
    let files: HashSet<BlobPath> = places
        .iter()
        .map(&of)
        .filter(|(_, origin)| **origin == Origin::File)
        .map(|(path, _)| path.clone())
        .collect();
    if files.is_empty() {
        return;
    }
    places.retain(|place| match of(place) {
        (path, Origin::History(place)) => place.kind != PlaceKind::Blob || !files.contains(path),
        (_, Origin::File | Origin::Index | Origin::Stdin) => true,
    });
}

/// Worst first, then surest, then by place, rule and value: total, so that reports are reproducible.
fn order<'f>(finding: &'f Finding, rules: &'f crate::rule::RuleSet) -> impl Ord + 'f {
    let first = finding.locations.first();
    (
        Reverse((finding.severity, finding.confidence)),
        first.map(|l| (&l.path, l.bytes.start)),
        &rules.get(finding.rule).id,
        &finding.secret,
    )
}

/// Scans blobs on one thread.
#[derive(Debug)]
pub struct Worker<'s, 'd> {
    scan: &'s Scan<'d>,
    scanner: BlobScanner<'d>,
    results: Results,
}

impl Worker<'_, '_> {
    /// Scans a blob that is in memory.
    pub fn scan_bytes(&mut self, path: &BlobPath, origin: &Origin, bytes: &[u8]) {
        let matches = self.scanner.scan_file(path.as_bytes(), bytes);
        self.keep(path, origin, matches);
    }

    /// Scans a stream. An error leaves the blob out and is the caller's to record.
    pub fn scan_reader(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        reader: impl Read,
    ) -> io::Result<()> {
        let matches = self.scanner.scan_file_reader(path.as_bytes(), reader)?;
        self.keep(path, origin, matches);
        Ok(())
    }

    /// Records that something was not scanned.
    pub fn skip(&mut self, reason: SkipReason, subject: BlobPath, detail: impl Into<String>) {
        self.results.coverage.skip(Skip {
            reason,
            subject,
            detail: detail.into(),
        });
    }

    /// Records that something could not be read, by what the system said.
    pub fn unreadable(&mut self, subject: BlobPath, error: &io::Error) {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => SkipReason::Vanished,
            _ => SkipReason::Unreadable,
        };
        self.skip(reason, subject, error.to_string());
    }

    /// Records `count` skips of a kind that leaves the scan complete.
    pub fn skip_many(&mut self, reason: SkipReason, count: u64) {
        if count > 0 {
            *self.results.coverage.skipped.entry(reason).or_default() += count;
        }
    }

    /// Whether a match is sure enough to be reported.
    pub fn wants(&self, located: &Located) -> bool {
        located.verdict.confidence >= self.scan.options.min_confidence
    }

    /// Whether the scan was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.scan.is_cancelled()
    }

    /// The matches of a blob without recording anything: for comparing with another version of it.
    pub fn peek(&mut self, path: &[u8], bytes: &[u8]) -> BlobMatches {
        self.scanner.scan_file(path, bytes)
    }

    /// As [`peek`](Self::peek), of a stream.
    pub fn peek_reader(&mut self, path: &[u8], reader: impl Read) -> io::Result<BlobMatches> {
        self.scanner.scan_file_reader(path, reader)
    }

    /// Keeps only the matches that `wanted` accepts.
    pub fn scan_bytes_where(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        bytes: &[u8],
        wanted: impl FnOnce(&mut Self, &mut Vec<Located>),
    ) {
        let mut matches = self.scanner.scan_file(path.as_bytes(), bytes);
        if !matches.matches.is_empty() {
            let mut located = std::mem::take(&mut matches.matches);
            wanted(self, &mut located);
            matches.matches = located;
        }
        self.keep(path, origin, matches);
    }

    /// The same of a stream. An error leaves the blob out and is the caller's to record.
    pub fn scan_reader_where(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        reader: impl Read,
        wanted: impl FnOnce(&mut Self, &mut Vec<Located>),
    ) -> io::Result<()> {
        let mut matches = self.scanner.scan_file_reader(path.as_bytes(), reader)?;
        if !matches.matches.is_empty() {
            let mut located = std::mem::take(&mut matches.matches);
            wanted(self, &mut located);
            matches.matches = located;
        }
        self.keep(path, origin, matches);
        Ok(())
    }

    /// Keeps the matches that `wanted` accepts of a text that was counted as scanned before, or never counts.
    pub fn place(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        bytes: &[u8],
        wanted: impl FnMut(&Located) -> bool,
    ) {
        let mut blob = self.scanner.scan_file(path.as_bytes(), bytes);
        blob.matches.retain(wanted);
        self.keep_matches(path, origin, blob);
    }

    /// As [`place`](Self::place), of a stream.
    pub fn place_reader(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        reader: impl Read,
        wanted: impl FnMut(&Located) -> bool,
    ) -> io::Result<()> {
        let mut blob = self.scanner.scan_file_reader(path.as_bytes(), reader)?;
        blob.matches.retain(wanted);
        self.keep_matches(path, origin, blob);
        Ok(())
    }

    /// The coverage record, for what is not counted blob by blob.
    pub fn coverage(&mut self) -> &mut Coverage {
        &mut self.results.coverage
    }

    /// Says how far a secret got. Of one that several repositories hold, the first to be told counts.
    pub fn expose(&mut self, rule: RuleIndex, secret: Secret, exposure: Exposure) {
        self.results
            .exposures
            .entry((rule, secret))
            .or_insert(exposure);
    }

    fn keep(&mut self, path: &BlobPath, origin: &Origin, blob: BlobMatches) {
        self.results.coverage.blobs += 1;
        self.results.coverage.bytes += blob.bytes;
        self.results.coverage.kept.add(blob.kept.iter().copied());
        let progress = &self.scan.progress;
        progress.blobs.fetch_add(1, Ordering::Relaxed);
        progress.bytes.fetch_add(blob.bytes, Ordering::Relaxed);
        self.keep_matches(path, origin, blob);
    }

    fn keep_matches(&mut self, path: &BlobPath, origin: &Origin, blob: BlobMatches) {
        let progress = &self.scan.progress;
        for mut located in blob.matches {
            let Some(verdict) = file_kind::adjust(path.as_bytes(), located.verdict) else {
                continue;
            };
            located.verdict = verdict;
            if located.verdict.confidence < self.scan.options.min_confidence {
                continue;
            }
            progress.matches.fetch_add(1, Ordering::Relaxed);
            self.keep_match(path, origin, blob.encoding, located);
        }
    }

    fn keep_match(
        &mut self,
        path: &BlobPath,
        origin: &Origin,
        encoding: Encoding,
        located: Located,
    ) {
        let rule = self.scan.detector.rules().get(located.rule);
        // Matches of a source that learns paths after the scan have not been asked yet.
        if !rule.applies(path.as_bytes()) {
            return;
        }
        let suppression = self
            .scan
            .options
            .suppressions
            .of_location(&rule.id, path, &located);
        let parts = located.parts.into_iter().map(|part| FoundPart {
            part: part.part,
            secret: part.secret,
            rule: part.rule,
            value: part.value,
            facts: part.facts,
            place: PartPlace {
                path: path.clone(),
                origin: origin.clone(),
                start: part.start,
                end: part.end,
                bytes: part.bytes,
            },
        });
        let parts = parts.collect();
        let location = Location {
            path: path.clone(),
            origin: origin.clone(),
            start: located.start,
            end: located.end,
            bytes: located.bytes,
            encoding,
            encodings: located.encodings,
            excerpt: located.excerpt,
            line_hash: located.line_hash,
            suppression,
        };
        let found = Found {
            confidence: located.verdict.confidence,
            evidence: located.verdict.evidence,
            facts: located.verdict.facts,
            spokesman: (location.path.clone(), location.bytes.start),
            locations: vec![(location, located.part_of)],
            parts,
        };
        self.results.add((located.rule, located.secret), found);
    }
}

impl Results {
    fn add(&mut self, key: (RuleIndex, Secret), new: Found) {
        match self.found.entry(key) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(new);
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => entry.get_mut().join(new),
        }
    }

    fn merge(&mut self, other: Self) {
        self.coverage.merge(other.coverage);
        for (key, exposure) in other.exposures {
            self.exposures.entry(key).or_insert(exposure);
        }
        for (key, found) in other.found {
            self.add(key, found);
        }
    }
}

impl Drop for Worker<'_, '_> {
    fn drop(&mut self) {
        let results = std::mem::take(&mut self.results);
        self.scan
            .merged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .merge(results);
    }
}
