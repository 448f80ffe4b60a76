//! Finds encoded text, decodes it, and has what it says scanned like any other text.
//!
//! ```text
//!  text ──runs, anchors──► codec ──Layer──► all rules ──Match──► mapped to where it stands encoded
//!                            ▲                 │
//!                            └── nested, ◄─────┘
//!                            at most DEPTH deep
//! ```
//!
//! What leads to an encoding is found like a rule's literal: it is a literal of the prefilter ([`anchors`]) or the start of
//! a run ([`runs`]), a function of a few bytes. What is decoded from there is a function of the bytes within
//! its codec's reach of it. So whole, streamed and incremental scans find the same.
//!
//! Costs are bounded: of a run the first [`MAX_RUN`] bytes are decoded, and all that one run leads to is no more than
//! [`MOST`] bytes and [`GROWTH`] times its own length. What is beyond was still scanned as it is stored. Only text is
//! scanned. Must not keep state.
//!
//! To add an encoding: a file with a function that gives a [`Layer`], and a row of [`CODECS`].

pub(crate) mod anchors;
mod base64;
mod compressed;
mod escaped;
mod escapes;
mod gzip;
mod hexadecimal;
mod kubernetes;
mod map;
mod percent;
pub(crate) mod runs;
#[cfg(test)]
mod tests;
mod text;
mod utf16;
mod zlib;

use std::ops::Range;

use super::overlap::{Claim, distinct, resolve};
use super::{Candidate, Detector, Hit, Match, Reach};
use crate::finding::Secret;
use map::Map;

/// Of a run as much is decoded.
const MAX_RUN: usize = 64 * 1024;
/// Bytes that all levels of one run decode to at most.
const MOST: usize = 1 << 20;
/// How many times its own length that may be, beyond [`SLACK`] bytes.
const GROWTH: usize = 24;
const SLACK: usize = 1024;
/// Encodings inside of one another at most.
const DEPTH: usize = 5;

/// Bytes that the longest escape may have beyond what is decoded, and the like.
const BEYOND: usize = 64;

/// The number of a hit that is no literal but the start of a run.
pub(crate) const RUN: u32 = u32::MAX;

/// Decoded bytes, and where they stand encoded.
#[derive(Debug, PartialEq, Eq)]
struct Layer {
    bytes: Vec<u8>,
    map: Map,
}

impl Layer {
    fn new(bytes: Vec<u8>, map: Map) -> Self {
        Self { bytes, map }
    }
}

/// One encoding.
struct Codec {
    /// What reports call it.
    name: &'static str,
    /// Where it is looked for.
    at: Place,
    /// How far from its start or anchor what it decodes may depend on the text.
    reach: Reach,
    /// Decodes what starts, or has its anchor, at an offset, into no more than so many bytes.
    decode: fn(&[u8], usize, usize) -> Option<Layer>,
}

/// Where an encoding is looked for.
#[derive(PartialEq, Eq)]
enum Place {
    /// At the start of a run.
    Run,
    /// At the literals of that owner.
    Anchor(u16),
    /// In decoded bytes that are no text.
    Bytes,
}

const RUNS: Reach = Reach {
    before: base64::BEFORE,
    behind: MAX_RUN + BEYOND,
};
const NOWHERE: Reach = Reach {
    before: 0,
    behind: 0,
};

static CODECS: &[Codec] = &[
    Codec {
        name: "hex",
        at: Place::Run,
        reach: RUNS,
        decode: hexadecimal::decode,
    },
    Codec {
        name: "base64",
        at: Place::Run,
        reach: RUNS,
        decode: base64::decode,
    },
    Codec {
        name: "percent",
        at: Place::Anchor(anchors::PERCENT),
        reach: escaped::REACH,
        decode: percent::decode,
    },
    Codec {
        name: "string escapes",
        at: Place::Anchor(anchors::ESCAPES),
        reach: escaped::REACH,
        decode: escapes::decode,
    },
    Codec {
        name: "base64",
        at: Place::Anchor(anchors::KUBERNETES),
        reach: kubernetes::REACH,
        decode: kubernetes::decode,
    },
    Codec {
        name: "gzip",
        at: Place::Bytes,
        reach: NOWHERE,
        decode: gzip::decode,
    },
    Codec {
        name: "zlib",
        at: Place::Bytes,
        reach: NOWHERE,
        decode: zlib::decode,
    },
    Codec {
        name: "utf-16",
        at: Place::Bytes,
        reach: NOWHERE,
        decode: utf16::decode,
    },
];

/// How far from any start or anchor the decoded may depend on the text.
pub(super) fn reach() -> Reach {
    CODECS
        .iter()
        .map(|codec| codec.reach)
        .fold(NOWHERE, Reach::join)
}

/// How far from the start of a run.
pub(super) fn reach_of_runs() -> Reach {
    RUNS
}

/// How far from an anchor of that owner.
pub(super) fn reach_of(owner: u16) -> Reach {
    CODECS
        .iter()
        .filter(|codec| codec.at == Place::Anchor(owner))
        .map(|codec| codec.reach)
        .fold(NOWHERE, Reach::join)
}

/// A value as it is decoded. The match's ranges are those of what encodes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The value.
    pub value: Secret,
    /// The encodings it was found under, the outermost first.
    pub encodings: Vec<&'static str>,
}

/// How much more may be decoded.
#[derive(Debug)]
pub(super) struct Nesting {
    depth: usize,
    left: usize,
}

impl Nesting {
    /// In the text itself.
    pub(super) fn none() -> Self {
        Self {
            depth: 0,
            left: MOST,
        }
    }
}

/// Calls `found` for what is encoded at a hit: the start of a run, or a literal that encodings own.
pub(super) fn at_hit(
    detector: &Detector,
    text: &[u8],
    hit: Hit,
    owners: &[u16],
    nesting: &mut Nesting,
    found: &mut dyn FnMut(Match),
) {
    if nesting.depth == DEPTH {
        return;
    }
    let wanted = |codec: &&Codec| match codec.at {
        Place::Run => hit.literal == RUN,
        Place::Anchor(owner) => owners.contains(&owner),
        Place::Bytes => false,
    };
    for codec in CODECS.iter().filter(wanted) {
        let outermost = nesting.depth == 0;
        if outermost {
            nesting.left = MOST;
        }
        let Some(layer) = (codec.decode)(text, hit.start, nesting.left) else {
            continue;
        };
        if outermost {
            let own = layer.bytes.len() * GROWTH + SLACK;
            nesting.left = nesting.left.min(own);
        }
        nesting.depth += 1;
        let matches = open(detector, &layer, nesting);
        nesting.depth -= 1;
        for inner in matches {
            found(encoded(codec, &layer, hit, inner));
        }
        // What is hexadecimal text is nothing else.
        break;
    }
}

/// A match in decoded bytes as one in the text that encodes them.
fn encoded(codec: &Codec, layer: &Layer, hit: Hit, inner: Match) -> Match {
    let Candidate {
        rule,
        whole,
        secret,
        ..
    } = inner.candidate;
    let value = match inner.decoded {
        None => Secret::new(&layer.bytes[secret.clone()]),
        Some(ref decoded) => decoded.value.clone(),
    };
    let mut encodings = vec![codec.name];
    encodings.extend(inner.decoded.into_iter().flat_map(|d| d.encodings));
    Match {
        candidate: Candidate {
            rule,
            anchor: hit.start..hit.start,
            whole: layer.map.encoded(&whole),
            secret: layer.map.encoded(&secret),
        },
        verdict: inner.verdict,
        decoded: Some(Box::new(Decoded { value, encodings })),
    }
}

/// What decoded bytes hold.
fn open(detector: &Detector, layer: &Layer, nesting: &mut Nesting) -> Vec<Match> {
    let bytes = &layer.bytes;
    if nesting.left < bytes.len() {
        return Vec::new();
    }
    nesting.left -= bytes.len();
    if text::prefix(bytes) == bytes.len() {
        let found = scan(detector, bytes, nesting);
        if found.is_empty()
            && let Map::Groups(lines) = &layer.map
            && lines.len() > 1
            && nesting.left >= bytes.len()
        {
            nesting.left -= bytes.len();
            return line_by_line(detector, bytes, lines, nesting);
        }
        return found;
    }
    if nesting.depth == DEPTH {
        return Vec::new();
    }
    for codec in CODECS.iter().filter(|codec| codec.at == Place::Bytes) {
        let Some(inner) = (codec.decode)(bytes, 0, nesting.left) else {
            continue;
        };
        nesting.depth += 1;
        let found = open(detector, &inner, nesting);
        nesting.depth -= 1;
        let hit = Hit {
            literal: RUN,
            start: 0,
        };
        return found
            .into_iter()
            .map(|found| encoded(codec, &inner, hit, found))
            .collect();
    }
    Vec::new()
}

/// Lines of the same length that were taken for one run may each hold something of its own.
fn line_by_line(
    detector: &Detector,
    bytes: &[u8],
    lines: &[map::Line],
    nesting: &mut Nesting,
) -> Vec<Match> {
    let start = |index: usize| {
        let line = lines.get(index);
        line.map_or(bytes.len(), |line| line.before / 4 * 3)
            .min(bytes.len())
    };
    let mut all = Vec::new();
    for index in 0..lines.len() {
        let line = start(index)..start(index + 1);
        let shift = |range: Range<usize>| range.start + line.start..range.end + line.start;
        for mut found in scan(detector, &bytes[line.clone()], nesting) {
            found.candidate.whole = shift(found.candidate.whole);
            found.candidate.secret = shift(found.candidate.secret);
            all.push(found);
        }
    }
    all
}

/// What a decoded text holds. Rules that ask for a path have nothing to say of it.
fn scan(detector: &Detector, text: &[u8], nesting: &mut Nesting) -> Vec<Match> {
    let mut hits = Vec::new();
    detector.hits(text, 0..text.len(), |hit| hits.push(hit));
    let mut matches = Vec::new();
    for hit in hits {
        detector.nested_matches_at(text, hit, nesting, &mut |found| {
            if detector.rules().get(found.candidate.rule).paths.is_empty() {
                matches.push(found);
            }
        });
    }
    distinct(&mut matches, text);
    resolve(&mut matches, |m| Claim::of(detector.rules(), m));
    matches
}
