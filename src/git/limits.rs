//! How much a hostile repository may cost.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::FaultReason;

/// Bounds on what a walk decodes and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest object decoded, in bytes.
    pub object: u64,
    /// Bytes of decoded delta bases held by all threads together. Over it, the base that is needed last is dropped and
    /// derived again later. The object at hand and its base are always held, whatever their size.
    pub live: usize,
    /// Bytes decoded by the whole walk, or for one look-up: what bounds the time that a small pack of absurd deltas can
    /// take. What is decoded only on the way to something else counts too. However much this is, packs are not decoded
    /// into more than 256 GiB and 65,536 times their size.
    pub decoded: u64,
    /// Deltas on top of each other that a single look-up follows (git itself writes at most 4095).
    pub chain: usize,
    /// Segments of one object, 32 bytes each in memory: a delta of a few megabytes, compressed, can ask for a billion.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            object: 2 << 30,
            live: 64 << 20,
            decoded: 1 << 44,
            chain: 1 << 16,
            segments: 1 << 24,
        }
    }
}

/// Decoded bytes that any packs may give, and how many times their own size beyond that. Histories of one large file
/// that changes a little come to some thousand times.
const DECODED: u64 = 1 << 38;
const GROWTH: u64 = 1 << 16;

/// What a step along a chain of deltas costs, whatever it gives: such steps can be many and empty.
pub(crate) const STEP: u64 = 1 << 12;

/// The bytes that may still be decoded. Work is paid for before it is done: once nothing is left, nothing is done.
#[derive(Debug)]
pub(crate) struct Allowance(AtomicU64);

impl Allowance {
    /// What the limits allow for packs of so many bytes.
    pub(crate) fn new(limits: &Limits, packed: u64) -> Self {
        let most = DECODED.saturating_add(packed.saturating_mul(GROWTH));
        Self(AtomicU64::new(limits.decoded.min(most)))
    }

    /// For what is decoded once and costs no more than its size allows.
    pub(crate) fn unlimited() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    /// Takes so many bytes, or refuses.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), FaultReason> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .map(|_| ())
            .map_err(|_| FaultReason::Allowance)
    }
}
