//! What places say of one secret, joined so that the order in which threads bring them never shows.

use std::cmp::Reverse;

use super::parts::FoundPart;
use crate::detect::pair::Owner;
use crate::finding::{BlobPath, Evidence, Fact, Location};
use crate::rule::Confidence;

/// One secret of one rule while the scan runs.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) confidence: Confidence,
    pub(super) evidence: Vec<Evidence>,
    pub(super) facts: Vec<Fact>,
    /// Of which place the first two are told.
    pub(super) spokesman: (BlobPath, u64),
    /// Each with the secrets that this is a part of there.
    pub(super) locations: Vec<(Location, Vec<Owner>)>,
    pub(super) parts: Vec<FoundPart>,
}

impl Found {
    /// Adds the places of another. The facts of the place that tells most are kept; of the rest the surest place speaks for
    /// all, the first of them where two are as sure, and where versions of one file say different things of it, the one that
    /// says more.
    pub(super) fn join(&mut self, other: Self) {
        let known = (self.confidence, Reverse(&self.spokesman));
        let surer = (other.confidence, Reverse(&other.spokesman)).cmp(&known);
        let surer = surer.then_with(|| described(&other.evidence).cmp(&described(&self.evidence)));
        if surer.is_gt() {
            self.confidence = other.confidence;
            self.evidence = other.evidence;
            self.spokesman = other.spokesman;
        }
        // A place may tell more than the value does: a certificate stands beside a key.
        if (other.facts.len(), &other.facts) > (self.facts.len(), &self.facts) {
            self.facts = other.facts;
        }
        self.locations.extend(other.locations);
        self.parts.extend(other.parts);
    }
}

/// Evidence in an order of its own: the more there is, the later.
fn described(evidence: &[Evidence]) -> (usize, Vec<String>) {
    let texts = evidence.iter().map(ToString::to_string).collect();
    (evidence.len(), texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(confidence: Confidence, place: u64, evidence: Vec<Evidence>) -> Found {
        Found {
            confidence,
            evidence,
            facts: Vec::new(),
            spokesman: (BlobPath::from_bytes("a"), place),
            locations: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// What is told of places that are joined in that order.
    fn told(all: &[Found; 4], order: [usize; 4]) -> (Confidence, u64, usize) {
        let again = |at: usize| {
            let this: &Found = &all[at];
            found(this.confidence, this.spokesman.1, this.evidence.clone())
        };
        let mut first = again(order[0]);
        for next in &order[1..] {
            first.join(again(*next));
        }
        (first.confidence, first.spokesman.1, first.evidence.len())
    }

    #[test]
    fn the_order_of_joining_never_shows() {
        let beside = Evidence::Beside("id".into());
        let all = [
            found(Confidence::High, 5, vec![Evidence::Format]),
            found(Confidence::Medium, 1, vec![Evidence::Assigned]),
            found(Confidence::High, 3, vec![Evidence::Format]),
            found(Confidence::High, 3, vec![Evidence::Format, beside]),
        ];
        for a in 0..4 {
            for b in (0..4).filter(|b| *b != a) {
                for c in (0..4).filter(|c| ![a, b].contains(c)) {
                    let order = [a, b, c, 6 - a - b - c];
                    assert_eq!(told(&all, order), (Confidence::High, 3, 2), "{order:?}");
                }
            }
        }
    }
}
