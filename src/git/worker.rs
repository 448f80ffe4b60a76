//! One thread's part of a walk: goes down trees of deltas, holding only what is needed further down.
//!
//! Of each base the largest tree is visited last, and the base is let go before that: so at most about log2(n) bases are
//! held at once, whatever the shape of the tree. The limit on live bytes is for objects that are large themselves.

use super::fault::{FaultReason, Subject};
use super::id::{Kind, ObjectId};
use super::inflate::Inflater;
use super::limits::Allowance;
use super::loose;
use super::object::{Delta, Listed, Object, Visitor};
use super::pack::Pack;
use super::pack::delta::{self, Segment};
use super::pack::entry::HeaderKind;
use super::pack::forest::Forest;
use super::statistics::Statistics;
use super::store::{Decoded, Place, inflate_exact};
use super::walk::{Shared, Task};

/// Buffers kept for the next object, and how large one may be for that.
const SPARE_BUFFERS: usize = 8;
const SPARE_SIZE: usize = 4 << 20;
const SPARE_SEGMENTS: usize = SPARE_SIZE / size_of::<Segment>();

/// A base with deltas that are still to be visited.
struct Frame<S> {
    entry: u32,
    kind: Kind,
    /// The next of them.
    next: Option<u32>,
    /// Its bytes, unless they were dropped to save memory.
    bytes: Option<Vec<u8>>,
    /// What the visitor returned, if it got the object.
    state: Option<S>,
}

/// The pack a tree is in, and its forest.
#[derive(Clone, Copy)]
struct Ground<'w, 'd> {
    number: usize,
    pack: &'w Pack<'d>,
    forest: &'w Forest,
}

impl Ground<'_, '_> {
    /// Where the id of an entry stands.
    fn listed(&self, entry: u32) -> Listed {
        Listed {
            pack: self.number,
            position: self.forest.position(entry),
        }
    }
}

/// A thread's state.
pub(crate) struct Worker<'w, 'd, V: Visitor> {
    shared: &'w Shared<'w, 'd>,
    visitor: V,
    inflater: Inflater,
    /// Instructions of the delta at hand.
    instructions: Vec<u8>,
    segments: Vec<Segment>,
    window: Vec<u8>,
    spares: Vec<Vec<u8>>,
    stack: Vec<Frame<V::State>>,
    /// Bytes held by the stack, and how many may be.
    live: usize,
    budget: usize,
    statistics: Statistics,
}

impl<'w, 'd, V: Visitor> Worker<'w, 'd, V> {
    pub(crate) fn new(shared: &'w Shared<'w, 'd>, visitor: V, threads: usize) -> Self {
        Self {
            shared,
            visitor,
            inflater: Inflater::new(),
            instructions: Vec::new(),
            segments: Vec::new(),
            window: Vec::new(),
            spares: Vec::new(),
            stack: Vec::new(),
            live: 0,
            budget: shared.options.limits.live / threads,
            statistics: Statistics::default(),
        }
    }

    /// Whether the visitor wants no more.
    pub(crate) fn stopped(&self) -> bool {
        self.visitor.stop()
    }

    /// Ends the thread's part.
    pub(crate) fn finish(self) -> (V, Statistics) {
        (self.visitor, self.statistics)
    }

    /// Does one piece of work.
    pub(crate) fn run(&mut self, task: &Task<'_>) {
        match task {
            Task::Trees { pack, roots } => {
                let ground = Ground {
                    number: *pack,
                    pack: &self.shared.store.packs[*pack],
                    forest: &self.shared.forests[*pack],
                };
                for (root, _) in *roots {
                    self.tree(ground, *root);
                }
            }
            Task::Loose(ids) => ids.iter().for_each(|id| self.loose(id)),
            Task::Strays { pack, ids } => {
                // Those that an earlier pack holds are delivered from there.
                let earlier = |id: &ObjectId| {
                    (0..*pack).any(|pack| self.shared.store.place_in(pack, id).is_some())
                };
                let ids: Vec<_> = ids.iter().filter(|id| !earlier(id)).collect();
                for id in ids {
                    if let Some((kind, bytes)) = self.copy_elsewhere(id, *pack) {
                        self.visit_whole(id.as_bytes(), None, kind, &bytes);
                    }
                }
            }
        }
    }

    /// Visits one tree of deltas.
    fn tree(&mut self, ground: Ground<'w, 'd>, root: u32) {
        match self.root(ground, root) {
            Ok((kind, bytes)) => self.enter(ground, root, kind, bytes),
            Err(reason) => self.fail(ground, root, reason),
        }
        while let Some(frame) = self.stack.last_mut() {
            let Some(child) = frame.next else {
                self.leave();
                continue;
            };
            frame.next = ground.forest.next_sibling(child);
            if self.visitor.stop() {
                self.stack.clear();
                self.live = 0;
            } else if let Err(reason) = self.child(ground, child) {
                self.fail(ground, child, reason);
            }
        }
    }

    /// The bytes of a tree's root: whole in this pack, or a delta on something outside of it.
    fn root(&mut self, ground: Ground<'w, 'd>, root: u32) -> Result<Decoded, FaultReason> {
        let Ground {
            pack,
            forest,
            number,
        } = ground;
        if forest.is_circle(root) {
            return Err(FaultReason::Cycle);
        }
        let limits = self.shared.options.limits;
        let header = pack.header(forest.offset(root))?;
        match header.kind {
            HeaderKind::Whole(kind) => {
                let mut bytes = self.spares.pop().unwrap_or_default();
                let end = forest.end(root, pack);
                let allowance = &self.shared.allowance;
                let inflater = &mut self.inflater;
                inflate_exact(pack, &header, end, &limits, allowance, inflater, &mut bytes)?;
                self.statistics.inflated_bytes += header.size;
                bytes.truncate(header.size as usize);
                Ok((kind, bytes))
            }
            HeaderKind::OffsetDelta { base } => Err(FaultReason::UnreadableBase(Subject::Entry {
                pack: pack.path.clone(),
                offset: base,
            })),
            HeaderKind::IdDelta { base } => {
                let store = self.shared.store;
                let allowance = &self.shared.allowance;
                let inflater = &mut self.inflater;
                let (kind, below) =
                    match store.read_except(&base, Some(number), &limits, allowance, inflater) {
                        Ok(decoded) => decoded,
                        Err(FaultReason::MissingObject) => {
                            return Err(FaultReason::MissingBase(base));
                        }
                        Err(FaultReason::Allowance) => return Err(FaultReason::Allowance),
                        Err(_) => return Err(FaultReason::UnreadableBase(Subject::Object(base))),
                    };
                let len = self.parse(ground, root, below.len())?;
                allowance.spend(len as u64)?;
                let mut bytes = self.spares.pop().unwrap_or_default();
                bytes.clear();
                delta::gather(
                    &self.segments,
                    &below,
                    &self.instructions,
                    &(0..len),
                    &mut bytes,
                );
                self.statistics.applied_bytes += len as u64;
                Ok((kind, bytes))
            }
        }
    }

    /// Decompresses and checks the delta of an entry; gives the size of its result.
    fn parse(
        &mut self,
        ground: Ground<'w, 'd>,
        entry: u32,
        base_len: usize,
    ) -> Result<usize, FaultReason> {
        let Ground { pack, forest, .. } = ground;
        let limits = self.shared.options.limits;
        let header = pack.header(forest.offset(entry))?;
        let end = forest.end(entry, pack);
        // The buffer keeps its length, so that it is not cleared for each delta; a huge one is not kept.
        if self.instructions.len() > SPARE_SIZE {
            self.instructions = Vec::new();
        }
        if self.segments.capacity() > SPARE_SEGMENTS {
            self.segments = Vec::new();
        }
        inflate_exact(
            pack,
            &header,
            end,
            &limits,
            &self.shared.allowance,
            &mut self.inflater,
            &mut self.instructions,
        )?;
        self.statistics.inflated_bytes += header.size;
        let instructions = &self.instructions[..header.size as usize];
        delta::parse(instructions, base_len, &limits, &mut self.segments)
    }

    /// Visits the delta `child` on the base on top of the stack.
    fn child(&mut self, ground: Ground<'w, 'd>, child: u32) -> Result<(), FaultReason> {
        let forest = ground.forest;
        let has_children = forest.first_child(child).is_some();
        if !forest.delivers(child) && !has_children {
            return Ok(());
        }
        self.hold_top(ground)?;
        let Some(base_len) = self
            .stack
            .last()
            .and_then(|frame| frame.bytes.as_ref())
            .map(Vec::len)
        else {
            return Ok(());
        };
        let len = self.parse(ground, child, base_len)?;
        if has_children {
            self.shared.allowance.spend(len as u64)?;
        }
        let spare = self.spares.pop().unwrap_or_default();
        let window = std::mem::take(&mut self.window);
        let Some(frame) = self.stack.last() else {
            return Ok(());
        };
        let kind = frame.kind;
        let delta = Delta {
            base: frame.bytes.as_deref().unwrap_or_default(),
            instructions: &self.instructions,
            segments: &self.segments,
        };
        // An entry without a name is not delivered, only what builds on it; it needs no id that means something.
        let id = forest
            .raw_id(child, ground.pack)
            .filter(|_| forest.delivers(child));
        let shown = id.unwrap_or_default();
        let listed = Some(ground.listed(child));
        let object = Object::delta(shown, kind, len, delta)
            .listed_at(listed)
            .with_buffers(spare, window);
        let mut state = None;
        if id.is_some() {
            self.statistics.objects[kind as usize] += 1;
            self.statistics.object_bytes += len as u64;
            if let Some(base) = &frame.state {
                state = Some(self.visitor.object(&object, Some((base, &self.segments))));
            } else {
                let whole = Object::whole(shown, kind, object.bytes()).listed_at(listed);
                state = Some(self.visitor.object(&whole, None));
                self.statistics.dirty_bytes += whole.dirty_bytes();
            }
        }
        if has_children {
            object.bytes();
        }
        self.statistics.dirty_bytes += object.dirty_bytes();
        if object.was_applied() {
            self.statistics.applied_bytes += len as u64;
        }
        let (bytes, window) = object.into_buffers();
        self.window = window;
        if has_children {
            if frame.next.is_none() {
                self.leave();
            }
            self.push(ground, child, kind, bytes, state);
        } else {
            self.spare(bytes);
        }
        Ok(())
    }

    /// Delivers an object whose bytes are at hand and stacks it if there are deltas on it.
    fn enter(&mut self, ground: Ground<'w, 'd>, entry: u32, kind: Kind, bytes: Vec<u8>) {
        let forest = ground.forest;
        let mut state = None;
        if forest.delivers(entry)
            && let Some(id) = forest.raw_id(entry, ground.pack)
        {
            state = self.visit_whole(id, Some(ground.listed(entry)), kind, &bytes);
        }
        self.push(ground, entry, kind, bytes, state);
    }

    /// Shows the visitor an object of which nothing was seen before, if it wants the kind.
    fn visit_whole(
        &mut self,
        id: &[u8],
        listed: Option<Listed>,
        kind: Kind,
        bytes: &[u8],
    ) -> Option<V::State> {
        if !self.shared.options.kinds.contains(kind) {
            return None;
        }
        self.statistics.objects[kind as usize] += 1;
        self.statistics.object_bytes += bytes.len() as u64;
        let object = Object::whole(id, kind, bytes).listed_at(listed);
        let state = self.visitor.object(&object, None);
        self.statistics.dirty_bytes += object.dirty_bytes();
        Some(state)
    }

    /// Stacks a base if there are deltas on it, dropping others for it if need be.
    fn push(
        &mut self,
        ground: Ground<'w, 'd>,
        entry: u32,
        kind: Kind,
        bytes: Vec<u8>,
        state: Option<V::State>,
    ) {
        let next = ground.forest.first_child(entry);
        if next.is_none() || !self.shared.options.kinds.contains(kind) {
            self.spare(bytes);
            return;
        }
        self.live += bytes.capacity();
        self.stack.push(Frame {
            entry,
            kind,
            next,
            bytes: Some(bytes),
            state,
        });
        self.keep_within_budget();
    }

    /// Drops bases from the bottom of the stack, which are needed last, until the budget holds. The top one stays.
    fn keep_within_budget(&mut self) {
        self.statistics.live_peak = self.statistics.live_peak.max(self.live);
        let Some((_, below)) = self.stack.split_last_mut() else {
            return;
        };
        for frame in below {
            if self.live <= self.budget {
                break;
            }
            self.live -= frame.bytes.take().map_or(0, |bytes| bytes.capacity());
        }
    }

    /// Derives the bytes of the top of the stack again if they were dropped.
    fn hold_top(&mut self, ground: Ground<'w, 'd>) -> Result<(), FaultReason> {
        let Some((top, below)) = self.stack.split_last() else {
            return Ok(());
        };
        if top.bytes.is_some() {
            return Ok(());
        }
        let Ground {
            number,
            pack,
            forest,
        } = ground;
        let entry = top.entry;
        let place = Place {
            pack: number,
            offset: forest.offset(entry),
        };
        let held = |place: Place| {
            let mut frames = below.iter().rev();
            let frame = frames
                .find(|frame| place.pack == number && forest.offset(frame.entry) == place.offset)?;
            frame.bytes.as_deref().map(|bytes| (frame.kind, bytes))
        };
        let limits = &self.shared.options.limits;
        let allowance = &self.shared.allowance;
        let store = self.shared.store;
        let again = store.read_at(place, limits, allowance, &mut self.inflater, held);
        let again = again
            .ok()
            .or_else(|| self.copy_elsewhere(&forest.id(entry, pack)?, number));
        let (_, bytes) =
            again.ok_or_else(|| FaultReason::UnreadableBase(forest.subject(entry, pack)))?;
        self.statistics.rederived += 1;
        self.live += bytes.capacity();
        if let Some(top) = self.stack.last_mut() {
            top.bytes = Some(bytes);
        }
        self.keep_within_budget();
        Ok(())
    }

    /// Takes the top off the stack.
    fn leave(&mut self) {
        if let Some(bytes) = self.stack.pop().and_then(|frame| frame.bytes) {
            self.live -= bytes.capacity();
            self.spare(bytes);
        }
    }

    /// Keeps a buffer for later, unless it is large or there are enough.
    fn spare(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= SPARE_SIZE && self.spares.len() < SPARE_BUFFERS {
            self.spares.push(buffer);
        }
    }

    /// Says that an entry cannot be read, nor what builds on it, except for objects of which there is another copy: the
    /// walk goes on from these.
    fn fail(&mut self, ground: Ground<'w, 'd>, entry: u32, reason: FaultReason) {
        let Ground {
            number,
            pack,
            forest,
        } = ground;
        let mut failed = vec![(entry, reason)];
        while let Some((entry, reason)) = failed.pop() {
            let subject = forest.subject(entry, pack);
            let again = forest
                .id(entry, pack)
                .and_then(|id| self.copy_elsewhere(&id, number));
            // A copy that another pack delivers is no loss here; where it is broken itself, it is reported there.
            let own = forest.delivers(entry);
            if own || again.is_none() {
                self.shared.faults.push(subject.clone(), reason.clone());
            }
            if let Some((kind, bytes)) = again {
                self.statistics.recovered += u64::from(own);
                self.enter(ground, entry, kind, bytes);
                continue;
            }
            let below = match reason {
                FaultReason::MissingBase(_) => reason,
                _ => FaultReason::UnreadableBase(subject),
            };
            let mut child = forest.first_child(entry);
            while let Some(entry) = child {
                failed.push((entry, below.clone()));
                child = forest.next_sibling(entry);
            }
        }
    }

    /// Another copy of an object: in another pack, or loose.
    fn copy_elsewhere(&mut self, id: &ObjectId, pack: usize) -> Option<Decoded> {
        let store = self.shared.store;
        let limits = &self.shared.options.limits;
        let allowance = &self.shared.allowance;
        store
            .read_except(id, Some(pack), limits, allowance, &mut self.inflater)
            .ok()
    }

    /// Visits an object that is in no pack: the first copy that can be read.
    fn loose(&mut self, id: &ObjectId) {
        let kinds = self.shared.options.kinds;
        let limits = &self.shared.options.limits;
        let mut failed = None;
        for directory in &self.shared.store.directories {
            let allowance = Allowance::unlimited();
            let inflater = &mut self.inflater;
            let wanted = |kind| kinds.contains(kind);
            match loose::read(directory, id, limits, &allowance, inflater, wanted) {
                Ok(None) => {}
                Ok(Some((kind, bytes))) => {
                    self.statistics.inflated_bytes += bytes.len() as u64;
                    self.visit_whole(id.as_bytes(), None, kind, &bytes);
                    failed = None;
                    break;
                }
                Err(reason) => failed = failed.or(Some(reason)),
            }
        }
        if let Some(reason) = failed {
            self.shared.faults.push(Subject::Object(*id), reason);
        }
    }
}
