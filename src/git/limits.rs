//! How much a hostile repository may cost.

/// Bounds on what a walk decodes and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest object decoded, in bytes.
    pub object: u64,
    /// Bytes of decoded delta bases held by all threads together. Over it, the base that is needed last is dropped and
    /// derived again later. The object at hand and its base are always held, whatever their size.
    pub live: usize,
    /// Bytes decoded by the whole walk: what bounds the time that a small pack of absurd deltas can take.
    pub decoded: u64,
    /// Deltas on top of each other that a single look-up follows (git itself writes at most 4095).
    pub chain: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            object: 2 << 30,
            live: 64 << 20,
            decoded: 1 << 44,
            chain: 1 << 16,
        }
    }
}
