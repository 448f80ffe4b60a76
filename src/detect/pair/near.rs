//! What may be parts of a credential around each match of a text, as long as the text is at hand.

use std::collections::HashMap;

use super::NearPart;
use super::frame::Frame;
use crate::detect::blob::FIRST;
use crate::detect::lines::LineCounter;
use crate::detect::{Detector, Match};
use crate::finding::{Position, Secret};

/// What stands around one match.
#[derive(Default)]
pub(in crate::detect) struct Near {
    pub(in crate::detect) parts: Vec<NearPart>,
    pub(in crate::detect) frame: Frame,
}

/// What may be parts around each match, and the frames of those that have parts or are one.
pub(in crate::detect) fn around(
    detector: &Detector,
    text: &[u8],
    base: u64,
    lines: &LineCounter,
    matches: &[Match],
) -> Vec<Near> {
    let rules = detector.rules();
    let mut all: Vec<Near> = Vec::with_capacity(matches.len());
    let mut places: Vec<usize> = Vec::new();
    // The same value stands near many a secret in a text that is full of them.
    let mut frames: HashMap<usize, Frame> = HashMap::new();
    let mut frame_at = |at: usize| {
        let frame = frames.entry(at);
        *frame.or_insert_with(|| Frame::around(text, at, base))
    };
    for found in matches {
        let (index, secret) = (found.candidate.rule, &found.candidate.secret);
        let rule = rules.get(index);
        let mut near = Near::default();
        if !rule.parts.is_empty() || rules.owners(index).next().is_some() {
            near.frame = frame_at(secret.start);
        }
        if found.decoded.is_some() {
            // Its parts are encoded too, and what stands around that is another text.
            all.push(near);
            continue;
        }
        let patterns = &detector.part_patterns;
        patterns.around(index, rule, text, secret, |number, part, value| {
            places.extend([value.start, value.end]);
            near.parts.push(NearPart {
                part: number,
                secret: part.secret,
                value: Secret::new(&text[value.clone()]),
                frame: frame_at(value.start),
                bytes: base + value.start as u64..base + value.end as u64,
                start: FIRST,
                end: FIRST,
            });
        });
        all.push(near);
    }
    places.sort_unstable();
    places.dedup();
    let mut at = lines.clone();
    let known: Vec<Position> = places.iter().map(|&p| at.position_at(text, p)).collect();
    let position = |at: u64| {
        let place = places.binary_search(&((at - base) as usize));
        place
            .ok()
            .and_then(|place| known.get(place))
            .copied()
            .unwrap_or(FIRST)
    };
    for part in all.iter_mut().flat_map(|near| &mut near.parts) {
        part.start = position(part.bytes.start);
        part.end = position(part.bytes.end);
    }
    all
}
