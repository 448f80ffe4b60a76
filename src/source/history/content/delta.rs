//! The scan of a delta: what is new in it, and what of its base's matches holds in it.

use std::ops::Range;

use super::{ContentScanner, Held, Placed, State};
use crate::detect::Reach;
use crate::detect::encoding::SAMPLE;
use crate::git::{Object, Segment, Source};

/// A copied run of bytes: where it is in the object and in its base, and which of the two it reaches an end of.
struct Copied {
    out: Range<usize>,
    base: usize,
    from_start: bool,
    to_end: bool,
}

impl Copied {
    /// Whether everything within `reach` of `start` was copied together, or ends where base and object both do.
    fn holds(&self, start: usize, reach: Reach) -> bool {
        (self.from_start || start >= self.out.start + reach.before)
            && (self.to_end || start + reach.behind <= self.out.end)
    }
}

impl ContentScanner<'_, '_> {
    /// Scans what a delta adds to its base, and takes over the rest.
    pub(super) fn delta(
        &mut self,
        object: &Object<'_>,
        base: &State,
        segments: &[Segment],
    ) -> State {
        self.find_new(object);
        let base_len = object.base_len().unwrap_or_default();
        let mut state = State {
            as_stored: true,
            hits: Vec::with_capacity(base.hits.len() + self.fresh.len()),
            ..State::default()
        };
        self.again.clear();
        let mut fresh = 0;
        let mut dirty = 0;
        for segment in segments {
            let Source::Copy { base_offset } = segment.source else {
                continue;
            };
            let copied = Copied {
                out: segment.out.clone(),
                base: base_offset,
                from_start: segment.out.start == 0 && base_offset == 0,
                to_end: segment.out.end == object.len()
                    && base_offset + segment.out.len() == base_len,
            };
            let first = base
                .hits
                .partition_point(|hit| (hit.start as usize) < base_offset);
            let mut held = base
                .matches
                .partition_point(|m| base.hits.get(first).is_none_or(|first| m.hit < *first));
            for &hit in &base.hits[first..] {
                let start = hit.start as usize;
                let end = start + self.shared.detector.literal_length(hit.literal);
                if start >= base_offset + copied.out.len() {
                    break;
                }
                let own = held;
                while base.matches.get(held).is_some_and(|m| m.hit == hit) {
                    held += 1;
                }
                if end > base_offset + copied.out.len() {
                    continue;
                }
                // A run is told by what stands in front of it, too.
                let before = self.shared.detector.bytes_before(hit.literal);
                if start < base_offset + before && !copied.from_start {
                    continue;
                }
                let here = start - copied.base + copied.out.start;
                let there = end - copied.base + copied.out.start;
                while self.dirty.get(dirty).is_some_and(|d| d.end < here) {
                    dirty += 1;
                }
                let touched = self.dirty[dirty..]
                    .iter()
                    .take_while(|d| d.start < there)
                    .any(|d| d.end + before > here);
                if touched {
                    continue;
                }
                let moved = Placed {
                    start: here as u32,
                    ..hit
                };
                while let Some(new) = self.fresh.get(fresh).filter(|new| **new < moved) {
                    state.hits.push(*new);
                    self.again.push(*new);
                    fresh += 1;
                }
                state.hits.push(moved);
                if !copied.holds(here, self.shared.detector.reach(hit.literal)) {
                    self.again.push(moved);
                } else if own < held {
                    let shift = |at: u32| (at as usize - copied.base + copied.out.start) as u32;
                    let taken = base.matches[own..held].iter().map(|m| Held {
                        hit: moved,
                        secret: shift(m.secret.start)..shift(m.secret.end),
                        ..m.clone()
                    });
                    state.matches.extend(taken);
                }
            }
        }
        let rest = &self.fresh[fresh..];
        state.hits.extend_from_slice(rest);
        self.again.extend_from_slice(rest);
        let inherited = state.matches.len();
        self.run_again(object, &mut state.matches);
        state.marks = if state.matches.len() == inherited && inherited == base.matches.len() {
            base.marks.clone()
        } else {
            state.matches.sort_by_key(|m| m.hit);
            self.marks(&state.matches)
        };
        state
    }

    /// Fills `dirty` with what is new in a delta and `fresh` with the literals there.
    fn find_new(&mut self, object: &Object<'_>) {
        let mut fresh = std::mem::take(&mut self.fresh);
        let mut dirty_ranges = std::mem::take(&mut self.dirty);
        fresh.clear();
        dirty_ranges.clear();
        let detector = self.shared.detector;
        object.for_each_dirty(self.margin, |window, start, dirty| {
            // What starts a run may be the last new byte in front of it.
            let core = dirty.start.saturating_sub(self.margin)..dirty.end + 1;
            detector.hits(window, core, |hit| {
                let end = hit.start + detector.literal_length(hit.literal);
                let before = detector.bytes_before(hit.literal);
                if hit.start < dirty.end + before && end > dirty.start {
                    fresh.extend(self.placed(start, hit));
                }
            });
            dirty_ranges.push(start + dirty.start..start + dirty.end);
        });
        fresh.sort_unstable();
        self.fresh = fresh;
        self.dirty = dirty_ranges;
    }

    /// Runs the rules at the literals in `again`, putting together the bytes around each run of them only.
    fn run_again(&mut self, object: &Object<'_>, matches: &mut Vec<Held>) {
        let again = std::mem::take(&mut self.again);
        let mut window = std::mem::take(&mut self.window);
        let detector = self.shared.detector;
        let around = |hit: &Placed| {
            let (start, reach) = (hit.start as usize, detector.reach(hit.literal));
            start.saturating_sub(reach.before)..(start + reach.behind).min(object.len())
        };
        let mut rest = &again[..];
        while let Some(first) = rest.first() {
            let mut range = around(first);
            let mut count = 1;
            while let Some(next) = rest.get(count).map(around) {
                if next.start > range.end {
                    break;
                }
                range = range.start.min(next.start)..range.end.max(next.end);
                count += 1;
            }
            let (run, later) = rest.split_at(count);
            window.clear();
            object.copy_range(&range, &mut window);
            for &hit in run {
                self.run_rules(hit, range.start, &window, matches);
            }
            rest = later;
        }
        self.again = again;
        self.window = window;
    }

    /// Whether the first bytes of a delta, by which its encoding is judged, are those of its base.
    pub(super) fn same_head(segments: &[Segment]) -> bool {
        segments.first().is_some_and(|first| {
            first.source == Source::Copy { base_offset: 0 } && first.out.len() >= SAMPLE
        })
    }
}
