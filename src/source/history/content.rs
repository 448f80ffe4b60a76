//! Which secrets each object of a repository holds: every object once, and of a delta only what is new.
//!
//! A literal that a delta copies from its base was found there already, so only inserted bytes and the joins between
//! copies pass the prefilter. What the rules say at a literal depends on the bytes within its reach and on nothing else
//! (see [`Detector::reach`]): where all of these are copied together, the base's matches are taken over, elsewhere the
//! rules run again. The result is that of scanning every object whole, which [`Method::Whole`] does.
//!
//! Must not know paths, commits or references.

mod delta;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::archives;
use super::secrets::Secrets;
use crate::coverage::KeptWell;
use crate::detect::blob::BlobScanner;
use crate::detect::encoding::{self, SAMPLE};
use crate::detect::overlap::{Claim, distinct, resolve};
use crate::detect::{Detector, Found, Hit, Match, Reach, pair};
use crate::finding::Encoding;
use crate::git::attribution::CommitsBuilder;
use crate::git::{Kind, Object, ObjectId, Segment, Visitor};
use crate::rule::{Confidence, RuleIndex};
use crate::scan::Progress;
use crate::source::archive;

/// How objects are scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Of a delta only what is new.
    #[default]
    Delta,
    /// Each object whole: slower, for comparing.
    Whole,
}

/// The secrets of one object.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    /// Sorted numbers of [`Secrets`]; not empty.
    pub(super) marks: Arc<[u32]>,
}

/// What all threads share.
pub(super) struct Shared<'s, 'd> {
    pub(super) detector: &'d Detector,
    pub(super) secrets: &'s Secrets,
    pub(super) progress: &'s Progress,
    pub(super) cancelled: &'s (dyn Fn() -> bool + Sync),
    pub(super) method: Method,
    /// Matches below are of no interest.
    pub(super) min_confidence: Confidence,
    /// Larger blobs are left out.
    pub(super) max_size: Option<u64>,
    /// How archives are opened, if they are.
    pub(super) archives: Option<&'s archive::Options>,
}

/// What the scan of a base leaves for the deltas on it.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether the object was scanned as it is stored, so that `hits` are all its literals.
    as_stored: bool,
    /// Sorted.
    hits: Vec<Placed>,
    /// In the order of the hits they belong to.
    matches: Vec<Held>,
    marks: Option<Arc<[u32]>>,
}

#[cfg(test)]
impl State {
    /// What must be the same however an object is scanned: literals, matches, and what is reported.
    pub(super) fn described(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let mut matches: Vec<_> = self
            .matches
            .iter()
            .map(|m| {
                (
                    m.hit,
                    m.rule,
                    m.confidence,
                    m.secret.start,
                    m.secret.end,
                    m.explained,
                    m.mark,
                )
            })
            .collect();
        matches.sort_unstable();
        (
            self.as_stored,
            self.hits.clone(),
            matches,
            self.marks.clone(),
        )
    }
}

/// A literal and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    start: u32,
    literal: u32,
}

/// A match in small numbers.
#[derive(Debug, Clone)]
struct Held {
    hit: Placed,
    rule: RuleIndex,
    confidence: Confidence,
    secret: Range<u32>,
    /// Length of the whole match.
    explained: u32,
    mark: u32,
    /// Whether it was found in what its hit encodes.
    decoded: bool,
}

/// Scans objects on one thread.
pub(super) struct ContentScanner<'s, 'd> {
    shared: &'s Shared<'s, 'd>,
    scanner: BlobScanner<'d>,
    /// Bytes on both sides of new ones in which a literal may start or end.
    margin: usize,
    /// Objects with secrets.
    pub(super) marked: Vec<Marked>,
    /// Commits in short.
    pub(super) commits: CommitsBuilder,
    /// Annotated tags and what they point to.
    pub(super) tags: Vec<(ObjectId, ObjectId)>,
    /// Commits that name no tree.
    pub(super) malformed: Vec<ObjectId>,
    /// Blobs over the size limit, files in archives among them.
    pub(super) too_large: u64,
    /// Files in archives that are left out by their paths.
    pub(super) excluded: u64,
    /// What is kept well. A delta adds what is new in it: what it copies was counted in its base.
    pub(super) kept: KeptWell,
    dirty: Vec<Range<usize>>,
    fresh: Vec<Placed>,
    again: Vec<Placed>,
    window: Vec<u8>,
    found: Vec<Match>,
    unreported: (u64, u64),
}

impl<'s, 'd> ContentScanner<'s, 'd> {
    pub(super) fn new(shared: &'s Shared<'s, 'd>) -> Self {
        Self {
            shared,
            scanner: BlobScanner::new(shared.detector),
            margin: shared.detector.longest_hit().max(1) - 1,
            marked: Vec::new(),
            commits: CommitsBuilder::new(),
            tags: Vec::new(),
            malformed: Vec::new(),
            too_large: 0,
            excluded: 0,
            kept: KeptWell::default(),
            dirty: Vec::new(),
            fresh: Vec::new(),
            again: Vec::new(),
            window: Vec::new(),
            found: Vec::new(),
            unreported: (0, 0),
        }
    }

    /// The literal at `hit`, if any rule that is on wants it.
    fn placed(&self, start: usize, hit: Hit) -> Option<Placed> {
        (self.shared.detector.reach(hit.literal) != Reach::default()).then(|| Placed {
            start: (start + hit.start) as u32,
            literal: hit.literal,
        })
    }

    /// Scans all of an object.
    fn whole(&mut self, bytes: &[u8]) -> State {
        if encoding::detect(&bytes[..bytes.len().min(SAMPLE)]).0 != Encoding::Utf8 {
            return self.decoded(bytes);
        }
        let mut hits = std::mem::take(&mut self.fresh);
        hits.clear();
        let detector = self.shared.detector;
        detector.hits(bytes, 0..bytes.len(), |hit| {
            hits.extend(self.placed(0, hit));
        });
        hits.sort_unstable();
        let mut matches = Vec::new();
        for &hit in &hits {
            self.run_rules(hit, 0, bytes, &mut matches);
        }
        let state = State {
            as_stored: true,
            hits: hits.clone(),
            marks: self.marks(&matches),
            matches,
        };
        self.fresh = hits;
        state
    }

    /// Scans an object whose text has to be decoded first.
    fn decoded(&mut self, bytes: &[u8]) -> State {
        let found = self.scanner.scan_bytes(bytes);
        self.kept.add(found.kept);
        let marks = found
            .matches
            .iter()
            .filter(|located| located.verdict.confidence >= self.shared.min_confidence)
            .map(|l| self.shared.secrets.number(l.rule, l.secret.expose()));
        State {
            marks: sorted(marks.collect()),
            ..State::default()
        }
    }

    /// Runs the rules of a literal; `text` starts at `base` of the object and holds all within the literal's reach.
    fn run_rules(&mut self, hit: Placed, base: usize, text: &[u8], matches: &mut Vec<Held>) {
        let shared = self.shared;
        let at = Hit {
            literal: hit.literal,
            start: hit.start as usize - base,
        };
        self.found.clear();
        shared
            .detector
            .everything_at(text, at, |found| match found {
                Found::Match(found) => self.found.push(found),
                Found::Kept(kept) => self.kept.add([kept]),
            });
        if self.found.is_empty() {
            return;
        }
        distinct(&mut self.found, text);
        for found in &self.found {
            let Match {
                candidate, verdict, ..
            } = found;
            let secret = &candidate.secret;
            matches.push(Held {
                hit,
                rule: candidate.rule,
                confidence: verdict.confidence,
                secret: (base + secret.start) as u32..(base + secret.end) as u32,
                explained: candidate.whole.len() as u32,
                mark: shared.secrets.number(candidate.rule, found.value(text)),
                decoded: found.decoded.is_some(),
            });
        }
    }

    /// The secrets that stand once overlaps are resolved.
    fn marks(&self, matches: &[Held]) -> Option<Arc<[u32]>> {
        if matches.is_empty() {
            return None;
        }
        let rules = self.shared.detector.rules();
        // Where a rule applies is asked once the paths are known: until then it takes no other's place.
        let (limited, mut standing): (Vec<&Held>, Vec<&Held>) = matches
            .iter()
            .partition(|m| !rules.get(m.rule).paths.is_empty());
        resolve(&mut standing, |m| Claim {
            specificity: rules.get(m.rule).specificity_of_match(m.decoded),
            confidence: m.confidence,
            secret: u64::from(m.secret.start)..u64::from(m.secret.end),
            explained: u64::from(m.explained),
            rule: m.rule,
            group: m.decoded.then_some(u64::from(m.hit.start)),
        });
        let sure = standing
            .into_iter()
            .chain(limited)
            // What else stands in the object is seen when its places are reported: until then it may still be surer.
            .filter(|m| {
                let best = pair::at_best(rules.get(m.rule), m.confidence);
                best >= self.shared.min_confidence
            });
        sorted(sure.map(|m| m.mark).collect())
    }

    fn scan(&mut self, object: &Object<'_>, base: Option<(&State, &[Segment])>) -> State {
        let too_large = |limit| object.len() as u64 > limit;
        if object.kind() == Kind::Blob && self.shared.max_size.is_some_and(too_large) {
            self.too_large += 1;
            return State::default();
        }
        if let Some(options) = self.shared.archives
            && object.kind() == Kind::Blob
            && archives::begins_like_one(object, &mut self.window)
        {
            return self.archive(object, options);
        }
        if self.shared.method == Method::Delta
            && let Some((base, segments)) = base
            && base.as_stored
        {
            let as_stored = Self::same_head(segments) || {
                let mut head = std::mem::take(&mut self.window);
                head.clear();
                object.copy_range(&(0..SAMPLE), &mut head);
                let (encoding, _) = encoding::detect(&head);
                self.window = head;
                encoding == Encoding::Utf8
            };
            if as_stored {
                return self.delta(object, base, segments);
            }
        }
        self.whole(object.bytes())
    }

    /// Opens an archive. The deltas on it are scanned whole: nothing of its state is of use to them.
    fn archive(&mut self, object: &Object<'_>, options: &archive::Options) -> State {
        let (shared, bytes) = (self.shared, object.bytes());
        let held = archives::open(shared, &mut self.scanner, options, object.id(), bytes);
        self.too_large += held.too_large;
        self.excluded += held.excluded;
        State {
            marks: sorted(held.marks),
            ..State::default()
        }
    }

    /// Tells the progress display now and then.
    fn count(&mut self, bytes: u64) {
        const OFTEN: u64 = 64;
        self.unreported.0 += 1;
        self.unreported.1 += bytes;
        if self.unreported.0 == OFTEN {
            self.report();
        }
    }

    fn report(&mut self) {
        let (objects, bytes) = std::mem::take(&mut self.unreported);
        let progress = self.shared.progress;
        progress.blobs.fetch_add(objects, Ordering::Relaxed);
        progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Visitor for ContentScanner<'_, '_> {
    type State = State;

    fn object(&mut self, object: &Object<'_>, base: Option<(&State, &[Segment])>) -> State {
        let state = self.scan(object, base);
        if let Some(marks) = &state.marks {
            self.marked.push(Marked {
                id: object.id(),
                kind: object.kind(),
                marks: Arc::clone(marks),
            });
        }
        match object.kind() {
            Kind::Commit => {
                if self.commits.add(object.id(), object.bytes()).is_err() {
                    self.malformed.push(object.id());
                }
            }
            Kind::Tag => match tagged(object.bytes()) {
                Some(target) => self.tags.push((object.id(), target)),
                None => self.malformed.push(object.id()),
            },
            Kind::Blob | Kind::Tree => {}
        }
        self.count(object.len() as u64);
        state
    }

    fn stop(&self) -> bool {
        (self.shared.cancelled)()
    }
}

impl Drop for ContentScanner<'_, '_> {
    fn drop(&mut self) {
        self.report();
    }
}

/// What an annotated tag points to.
pub(in crate::source) fn tagged(tag: &[u8]) -> Option<ObjectId> {
    let line = tag.split(|&byte| byte == b'\n').next()?;
    ObjectId::from_hex(line.strip_prefix(b"object ")?)
}

fn sorted(mut marks: Vec<u32>) -> Option<Arc<[u32]>> {
    marks.sort_unstable();
    marks.dedup();
    (!marks.is_empty()).then(|| marks.into())
}
