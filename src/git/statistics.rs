//! What a walk did, in numbers.

use super::id::Kind;

/// Counts of one walk, or of one thread's part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Objects delivered, by kind in the order of [`Kind::ALL`].
    pub objects: [u64; 4],
    /// Size of the objects delivered, whether or not their bytes were asked for.
    pub object_bytes: u64,
    /// Bytes inflated: whole objects and delta instructions.
    pub inflated_bytes: u64,
    /// Bytes put together by applying deltas.
    pub applied_bytes: u64,
    /// Bytes of the windows handed out as dirty.
    pub dirty_bytes: u64,
    /// Delta bases dropped for the sake of memory and derived again.
    pub rederived: u64,
    /// Objects that another copy delivered after one could not be read.
    pub recovered: u64,
    /// The most bytes of delta bases that one thread held at once.
    pub live_peak: usize,
}

impl Statistics {
    /// Objects of `kind` delivered.
    pub fn count(&self, kind: Kind) -> u64 {
        self.objects[kind as usize]
    }

    /// Objects delivered.
    pub fn total(&self) -> u64 {
        self.objects.iter().sum()
    }

    /// Adds another thread's part.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.objects.iter_mut().zip(other.objects) {
            *mine += theirs;
        }
        self.object_bytes += other.object_bytes;
        self.inflated_bytes += other.inflated_bytes;
        self.applied_bytes += other.applied_bytes;
        self.dirty_bytes += other.dirty_bytes;
        self.rederived += other.rederived;
        self.recovered += other.recovered;
        self.live_peak = self.live_peak.max(other.live_peak);
    }
}
