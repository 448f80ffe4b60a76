//! Visits every object once: plans the work, spreads it over threads, gathers the results.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::fault::Faults;
use super::id::{Kind, Kinds, ObjectId};
use super::limits::{Allowance, Limits};
use super::loose;
use super::object::Visitor;
use super::pack::Pack;
use super::pack::forest::{Forest, Outline, Surroundings};
use super::statistics::Statistics;
use super::store::ObjectStore;
use super::worker::Worker;

/// Trees at least this heavy, in compressed bytes, are handed out one by one, the heaviest first.
const HEAVY: u32 = 1 << 20;

/// Lighter trees are handed out in runs of about this weight, in the order in which they stand in the pack.
const RUN: u64 = 256 << 10;

/// Headers read for each pack, and some more for each of its entries, to learn the kinds of bases outside of it. Without a
/// bound, many deltas on a long chain in another pack would take the square of their number.
const STEPS: u64 = 1 << 20;

/// Loose objects handed out at once.
const LOOSE_RUN: usize = 64;

/// What a walk visits and what it may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkOptions {
    /// Which objects the visitor gets. The others are not even decompressed.
    pub kinds: Kinds,
    /// Threads to use; zero means one.
    pub threads: usize,
    /// Bounds.
    pub limits: Limits,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            kinds: Kinds::ALL,
            threads: 1,
            limits: Limits::default(),
        }
    }
}

/// What a walk leaves behind.
#[derive(Debug)]
pub struct Walked<V> {
    /// The visitors, one a thread. Which objects each saw differs from run to run.
    pub visitors: Vec<V>,
    /// Counts of all threads.
    pub statistics: Statistics,
}

/// What all threads share.
pub(crate) struct Shared<'w, 'd> {
    pub(crate) store: &'w ObjectStore<'d>,
    pub(crate) forests: Vec<Forest>,
    pub(crate) options: WalkOptions,
    pub(crate) faults: &'w Faults,
    /// Bytes that may still be decoded.
    pub(crate) allowance: Allowance,
}

/// A piece of work.
pub(crate) enum Task<'t> {
    /// Trees of one pack.
    Trees {
        pack: usize,
        roots: &'t [(u32, u32)],
    },
    /// Objects that are in no pack.
    Loose(&'t [ObjectId]),
    /// Objects that are not where the pack's index says.
    Strays { pack: usize, ids: &'t [ObjectId] },
}

impl ObjectStore<'_> {
    /// Visits every object of the wanted kinds once, bases before the deltas on them, with one visitor a thread.
    ///
    /// Objects in several places are delivered from one of them. What cannot be read goes to `faults`, and the walk goes
    /// on. The order is not stable across runs with several threads.
    pub fn walk<V: Visitor>(
        &self,
        options: &WalkOptions,
        visitor: impl Fn() -> V + Sync,
        faults: &Faults,
    ) -> Walked<V> {
        self.walk_below(None, options, visitor, faults)
    }

    /// As [`walk`](Self::walk), but visits only `bottoms` (sorted) and what is stored as deltas on them. Where one of
    /// them is not at the bottom of its chain of deltas, or is not in its place, everything is visited.
    pub(super) fn walk_below<V: Visitor>(
        &self,
        bottoms: Option<&[ObjectId]>,
        options: &WalkOptions,
        visitor: impl Fn() -> V + Sync,
        faults: &Faults,
    ) -> Walked<V> {
        let mut shared = Shared {
            store: self,
            forests: self.forests(options, faults),
            options: *options,
            faults,
            allowance: Allowance::new(&options.limits, self.packed_bytes()),
        };
        let mut roots = Vec::new();
        for forest in &mut shared.forests {
            let mut own = std::mem::take(&mut forest.roots);
            // Heavy trees to the front; the sort is stable, so the light ones stay in order.
            own.sort_by_key(|&(_, weight)| {
                std::cmp::Reverse(if weight < HEAVY { 0 } else { weight })
            });
            roots.push(own);
        }
        let mut loose = self.loose_only(faults);
        if let Some(bottoms) = bottoms {
            self.keep_below(bottoms, &shared.forests, &mut roots, &mut loose);
        }
        let tasks = plan(&shared.forests, &roots, &loose);
        let next = AtomicUsize::new(0);
        let threads = options.threads.max(1);
        let work = || {
            let mut worker = Worker::new(&shared, visitor(), threads);
            while !worker.stopped()
                && let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed))
            {
                worker.run(task);
            }
            worker.finish()
        };
        let mut walked = Walked {
            visitors: Vec::with_capacity(threads),
            statistics: Statistics::default(),
        };
        let parts = thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut parts = vec![work()];
            for other in others {
                match other.join() {
                    Ok(part) => parts.push(part),
                    // Only a visitor can panic; that is for its author to see.
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        });
        for (visitor, statistics) in parts {
            walked.visitors.push(visitor);
            walked.statistics.add(&statistics);
        }
        walked
    }

    /// Keeps the roots and loose objects that are `bottoms`, or all if one of these is neither.
    fn keep_below(
        &self,
        bottoms: &[ObjectId],
        forests: &[Forest],
        roots: &mut Vec<Vec<(u32, u32)>>,
        loose: &mut Vec<ObjectId>,
    ) {
        let mut met = vec![false; bottoms.len()];
        let mut is_bottom = |id: &[u8]| {
            let found = bottoms.binary_search_by(|bottom| bottom.as_bytes().cmp(id));
            found.is_ok_and(|position| {
                met[position] = true;
                true
            })
        };
        let mut kept = Vec::with_capacity(roots.len());
        for ((forest, pack), roots) in forests.iter().zip(&self.packs).zip(&*roots) {
            let below = roots
                .iter()
                .filter(|(root, _)| forest.raw_id(*root, pack).is_some_and(&mut is_bottom));
            kept.push(below.copied().collect());
        }
        let kept_loose: Vec<ObjectId> = loose
            .iter()
            .filter(|id| is_bottom(id.as_bytes()))
            .copied()
            .collect();
        if met.iter().all(|met| *met) {
            *roots = kept;
            *loose = kept_loose;
        }
    }

    /// Lets go what walks have in common, 20 bytes an object. Another walk would have to read it again, and would say again
    /// what of it cannot be read.
    pub fn forget_deltas(&self) {
        self.packs.iter().for_each(Pack::forget_outline);
    }

    /// The forest of each pack.
    fn forests(&self, options: &WalkOptions, faults: &Faults) -> Vec<Forest> {
        let mut forests = Vec::with_capacity(self.packs.len());
        for (number, pack) in self.packs.iter().enumerate() {
            let around = Around {
                store: self,
                pack: number,
                limits: &options.limits,
                steps: Cell::new(STEPS + 4 * u64::from(pack.index.count())),
            };
            let outline = pack.outline(|| Outline::read(pack, &around, faults));
            forests.push(Forest::new(outline, pack, options.kinds, &around));
        }
        forests
    }

    /// Ids of the loose objects that no pack holds, each once.
    fn loose_only(&self, faults: &Faults) -> Vec<ObjectId> {
        let mut ids = Vec::new();
        for directory in &self.directories {
            ids.append(&mut loose::list(directory, self.hash, faults));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.places(id, None).next().is_none());
        ids
    }
}

/// All work, the heaviest pieces first.
fn plan<'t>(
    forests: &'t [Forest],
    roots: &'t [Vec<(u32, u32)>],
    loose: &'t [ObjectId],
) -> Vec<Task<'t>> {
    let mut heavy = Vec::new();
    let mut light = Vec::new();
    for (pack, roots) in roots.iter().enumerate() {
        let (large, small) = roots.split_at(roots.partition_point(|&(_, weight)| weight >= HEAVY));
        heavy.extend(large.chunks(1).map(|roots| Task::Trees { pack, roots }));
        let mut start = 0;
        let mut weight = 0;
        for (end, root) in (1..).zip(small) {
            weight += u64::from(root.1);
            if weight >= RUN || end == small.len() {
                let roots = &small[start..end];
                light.push(Task::Trees { pack, roots });
                start = end;
                weight = 0;
            }
        }
    }
    heavy.sort_by_key(|task| match task {
        Task::Trees { roots, .. } => std::cmp::Reverse(roots.iter().map(|root| root.1).max()),
        _ => std::cmp::Reverse(None),
    });
    let loose = loose.chunks(LOOSE_RUN).map(Task::Loose);
    let strays = forests.iter().enumerate().flat_map(|(pack, forest)| {
        let runs = forest.strays().chunks(LOOSE_RUN);
        runs.map(move |ids| Task::Strays { pack, ids })
    });
    heavy
        .into_iter()
        .chain(light)
        .chain(loose)
        .chain(strays)
        .collect()
}

/// What lies around one pack of the store.
struct Around<'w, 'd> {
    store: &'w ObjectStore<'d>,
    pack: usize,
    limits: &'w Limits,
    /// Headers that may still be read to learn kinds.
    steps: Cell<u64>,
}

impl Surroundings for Around<'_, '_> {
    fn kind(&self, id: &ObjectId) -> Option<Kind> {
        self.store
            .kind_except(id, self.pack, self.limits, &self.steps)
    }

    fn elsewhere(&self) -> Option<impl Fn(&ObjectId) -> bool> {
        let earlier = 0..self.pack;
        (self.pack > 0).then_some(move |id: &ObjectId| {
            earlier
                .clone()
                .any(|pack| self.store.place_in(pack, id).is_some())
        })
    }
}
