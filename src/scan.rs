//! Joins a source and the detector into a report.
//!
//! A source runs threads; each holds a [`Worker`] and gives it blobs. Workers filter, suppress and keep what they
//! found, and merge it into the [`Scan`] when they are dropped. The result is sorted, so that the number of threads
//! never shows.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::coverage::{Coverage, Skip, SkipReason};
use crate::detect::Detector;
use crate::detect::blob::{BlobMatches, BlobScanner, Located};
use crate::detect::file_kind;
use crate::exposure::{Exposure, PlaceKind};
use crate::finding::{BlobPath, Encoding, Evidence, Fact, Finding, Location, Origin, Secret};
use crate::rule::{Confidence, RuleIndex};
use crate::suppress::Suppressions;
use crate::suppress::fingerprint::FingerprintKey;

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

#[derive(Debug, Default)]
struct Results {
    found: HashMap<(RuleIndex, Secret), Found>,
    coverage: Coverage,
    exposures: HashMap<(RuleIndex, Secret), Exposure>,
}

/// One secret of one rule while the scan runs.
#[derive(Debug)]
struct Found {
    confidence: Confidence,
    evidence: Vec<Evidence>,
    facts: Vec<Fact>,
    locations: Vec<Location>,
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
            found,
            mut coverage,
            mut exposures,
        } = self
            .merged
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let rules = self.detector.rules();
        let mut findings: Vec<Finding> = found
            .into_iter()
            .map(|((rule, secret), found)| {
                let fingerprint = self.options.fingerprint_key.fingerprint(secret.expose());
                let mut locations = found.locations;
                drop_past_of_files(&mut locations);
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
                Finding {
                    rule,
                    severity: rules.severity(rule),
                    confidence: found.confidence,
                    secret,
                    fingerprint,
                    evidence: found.evidence,
                    facts: found.facts,
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
fn drop_past_of_files(locations: &mut Vec<Location>) {
    let files: HashSet<BlobPath> = locations
        .iter()
        .filter(|location| location.origin == Origin::File)
        .map(|location| location.path.clone())
        .collect();
    if files.is_empty() {
        return;
    }
    locations.retain(|location| match &location.origin {
        Origin::History(place) => place.kind != PlaceKind::Blob || !files.contains(&location.path),
        Origin::File | Origin::Index | Origin::Stdin => true,
    });
}

/// Worst first, then surest, then by place, rule and value: total, so that reports are reproducible.
fn order<'f>(finding: &'f Finding, rules: &'f crate::rule::RuleSet) -> impl Ord + 'f {
    let first = finding.locations.first();
    (
        std::cmp::Reverse((finding.severity, finding.confidence)),
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
        let location = Location {
            path: path.clone(),
            origin: origin.clone(),
            start: located.start,
            end: located.end,
            bytes: located.bytes,
            encoding,
            excerpt: located.excerpt,
            line_hash: located.line_hash,
            suppression,
        };
        let found = Found {
            confidence: located.verdict.confidence,
            evidence: located.verdict.evidence,
            facts: located.verdict.facts,
            locations: vec![location],
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

impl Found {
    /// Adds the places of another; the surest place speaks for all, the first of them where two are as sure.
    fn join(&mut self, other: Self) {
        let place = |found: &Self| {
            found
                .locations
                .iter()
                .map(|l| (l.path.clone(), l.bytes.start))
                .min()
        };
        let surer = (other.confidence, std::cmp::Reverse(place(&other)))
            > (self.confidence, std::cmp::Reverse(place(self)));
        if surer {
            self.confidence = other.confidence;
            self.evidence = other.evidence;
            self.facts = other.facts;
        }
        self.locations.extend(other.locations);
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
