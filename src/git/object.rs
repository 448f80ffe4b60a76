//! What a visitor gets to see of an object: its bytes when it asks for them, and what is new in it.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use super::id::{Kind, ObjectId};
use super::pack::delta::{Segment, Source, gather};

/// Receives every object of a walk. Each thread has its own.
pub trait Visitor: Send {
    /// What it wants to remember of an object while the deltas on it are visited.
    type State: Send + Sync;

    /// Sees one object.
    ///
    /// When the object is a delta whose base was seen before, `base` holds what this visitor returned for the base, and
    /// the object's bytes as segments that are copied from the base or new. Otherwise all of the object is new.
    fn object(
        &mut self,
        object: &Object<'_>,
        base: Option<(&Self::State, &[Segment])>,
    ) -> Self::State;

    /// Whether the walk should end early. Asked often.
    fn stop(&self) -> bool {
        false
    }
}

/// One object, lent to the visitor. A delta is not applied until [`Object::bytes`] is called.
pub struct Object<'w> {
    /// As it stands in the index: looking there costs something, and most visitors need few ids.
    id: &'w [u8],
    listed: Option<Listed>,
    kind: Kind,
    len: usize,
    content: Content<'w>,
    /// The bytes of a delta once they were asked for.
    applied: OnceCell<Vec<u8>>,
    /// A buffer to put them into.
    spare: Cell<Vec<u8>>,
    /// A buffer for windows.
    window: Cell<Vec<u8>>,
    dirty_bytes: Cell<u64>,
}

/// Where an object's id stands: which index of the store, and the position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) pack: usize,
    pub(crate) position: u32,
}

#[derive(Clone, Copy)]
enum Content<'w> {
    Whole(&'w [u8]),
    Delta(Delta<'w>),
}

/// A checked delta with all it refers to.
#[derive(Clone, Copy)]
pub(crate) struct Delta<'w> {
    pub(crate) base: &'w [u8],
    pub(crate) instructions: &'w [u8],
    pub(crate) segments: &'w [Segment],
}

impl<'w> Object<'w> {
    /// An object whose bytes are at hand.
    pub(crate) fn whole(id: &'w [u8], kind: Kind, bytes: &'w [u8]) -> Self {
        Self::new(id, kind, bytes.len(), Content::Whole(bytes))
    }

    /// A delta that is not applied yet.
    pub(crate) fn delta(id: &'w [u8], kind: Kind, len: usize, delta: Delta<'w>) -> Self {
        Self::new(id, kind, len, Content::Delta(delta))
    }

    fn new(id: &'w [u8], kind: Kind, len: usize, content: Content<'w>) -> Self {
        Self {
            id,
            listed: None,
            kind,
            len,
            content,
            applied: OnceCell::new(),
            spare: Cell::default(),
            window: Cell::default(),
            dirty_bytes: Cell::default(),
        }
    }

    /// Lends buffers whose memory is used again: one for the bytes, one for windows.
    pub(crate) fn with_buffers(self, spare: Vec<u8>, window: Vec<u8>) -> Self {
        self.spare.set(spare);
        self.window.set(window);
        self
    }

    /// Says where the id stands.
    pub(crate) fn listed_at(self, listed: Option<Listed>) -> Self {
        Self { listed, ..self }
    }

    /// Where the id stands, for an object of a pack.
    pub(crate) fn listed(&self) -> Option<Listed> {
        self.listed
    }

    /// How many bytes its name has, known without reading it.
    pub(crate) fn id_len(&self) -> usize {
        self.id.len()
    }

    /// Its name.
    pub fn id(&self) -> ObjectId {
        ObjectId::from_bytes(self.id).unwrap_or(ObjectId::NOTHING)
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its size, known without applying a delta.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether [`Object::bytes`] costs something the first time.
    pub fn is_delta(&self) -> bool {
        matches!(self.content, Content::Delta(_))
    }

    /// The size of the delta's base; nothing for a whole object.
    pub fn base_len(&self) -> Option<usize> {
        match self.content {
            Content::Whole(_) => None,
            Content::Delta(delta) => Some(delta.base.len()),
        }
    }

    /// All its bytes. A delta is applied the first time.
    pub fn bytes(&self) -> &[u8] {
        match self.content {
            Content::Whole(bytes) => bytes,
            Content::Delta(delta) => self.applied.get_or_init(|| {
                let mut bytes = self.spare.take();
                bytes.clear();
                bytes.reserve(self.len);
                gather(
                    delta.segments,
                    delta.base,
                    delta.instructions,
                    &(0..self.len),
                    &mut bytes,
                );
                bytes
            }),
        }
    }

    /// Some of its bytes, appended to `out`, without applying the rest of a delta. What lies outside of the object is
    /// left out.
    pub fn copy_range(&self, range: &Range<usize>, out: &mut Vec<u8>) {
        let range = range.start.min(self.len)..range.end.min(self.len);
        if range.is_empty() {
            return;
        }
        match (self.content, self.applied.get()) {
            (Content::Whole(bytes), _) => out.extend_from_slice(&bytes[range]),
            (Content::Delta(_), Some(bytes)) => out.extend_from_slice(&bytes[range]),
            (Content::Delta(delta), None) => {
                out.reserve(range.len());
                gather(delta.segments, delta.base, delta.instructions, &range, out);
            }
        }
    }

    /// Where the object may hold what its base does not: see [`dirty_ranges`]. All of it, for a whole object.
    pub fn dirty_ranges(&self, margin: usize) -> impl Iterator<Item = Range<usize>> + use<'w> {
        let (all, delta) = match self.content {
            Content::Whole(_) => (Some(0..self.len), None),
            Content::Delta(delta) => (
                None,
                Some(dirty_ranges(delta.segments, delta.base.len(), margin)),
            ),
        };
        all.into_iter().chain(delta.into_iter().flatten())
    }

    /// Calls `look` with a window of bytes for each dirty range: the range itself and up to `margin` bytes of context
    /// on both sides. Its arguments are the window's bytes, where in the object the window starts, and the dirty range
    /// counted from the window's start. No delta is applied for it: only the windows are put together.
    ///
    /// A place `start..end` found in a window is new when it holds a dirty byte or spans a join, that is, when
    /// `start < dirty.end && end > dirty.start`. Every other place is inherited from the base, where it was found already
    /// (if it is no longer than `margin + 1`, all of it is in the window).
    pub fn for_each_dirty(&self, margin: usize, mut look: impl FnMut(&[u8], usize, Range<usize>)) {
        let mut buffer = self.window.take();
        let mut total = 0;
        for dirty in self.dirty_ranges(margin) {
            let start = dirty.start.saturating_sub(margin);
            let end = dirty.end.saturating_add(margin).min(self.len);
            let inside = dirty.start - start..dirty.end - start;
            total += (end - start) as u64;
            let ready = match (self.content, self.applied.get()) {
                (Content::Whole(bytes), _) => bytes.get(start..end),
                (_, Some(bytes)) => bytes.get(start..end),
                _ => None,
            };
            if let Some(bytes) = ready {
                look(bytes, start, inside);
            } else {
                buffer.clear();
                self.copy_range(&(start..end), &mut buffer);
                look(&buffer, start, inside);
            }
        }
        self.dirty_bytes.set(self.dirty_bytes.get() + total);
        self.window.set(buffer);
    }

    /// Bytes of the windows handed out so far.
    pub(crate) fn dirty_bytes(&self) -> u64 {
        self.dirty_bytes.get()
    }

    /// Whether a delta was applied.
    pub(crate) fn was_applied(&self) -> bool {
        self.applied.get().is_some()
    }

    /// Gives the buffers back: the first holds the applied bytes if there are any.
    pub(crate) fn into_buffers(self) -> (Vec<u8>, Vec<u8>) {
        let spare = self.spare.take();
        (
            self.applied.into_inner().unwrap_or(spare),
            self.window.take(),
        )
    }
}

/// Where an object may hold what its base does not: inserted bytes, and the joins where two copies meet that are apart
/// in the base (empty ranges). The object's first and last byte are joins too when they are not the base's.
///
/// Ranges are in order. Those with at most twice `margin` bytes between them are one, so that windows with that margin
/// do not overlap; what is between them then counts as dirty.
pub fn dirty_ranges(segments: &[Segment], base_len: usize, margin: usize) -> DirtyRanges<'_> {
    DirtyRanges {
        segments,
        next: 0,
        base_len,
        gap: margin.saturating_mul(2),
        pending: None,
    }
}

/// See [`dirty_ranges`].
#[derive(Debug, Clone)]
pub struct DirtyRanges<'s> {
    segments: &'s [Segment],
    next: usize,
    base_len: usize,
    gap: usize,
    pending: Option<Range<usize>>,
}

impl DirtyRanges<'_> {
    /// The next place before merging. The last copy's end is looked at once all segments were.
    fn place(&mut self) -> Option<Range<usize>> {
        while let Some(segment) = self.segments.get(self.next) {
            let first = self.next == 0;
            let after_copy = self
                .next
                .checked_sub(1)
                .is_some_and(|before| matches!(self.segments[before].source, Source::Copy { .. }));
            self.next += 1;
            let start = segment.out.start;
            match segment.source {
                Source::Insert { .. } => return Some(segment.out.clone()),
                Source::Copy { base_offset } if after_copy || (first && base_offset != 0) => {
                    return Some(start..start);
                }
                Source::Copy { .. } => {}
            }
        }
        if self.next == self.segments.len() {
            self.next += 1;
            if let Some(last) = self.segments.last()
                && let Source::Copy { base_offset } = last.source
                && base_offset + last.out.len() != self.base_len
            {
                return Some(last.out.end..last.out.end);
            }
        }
        None
    }
}

impl Iterator for DirtyRanges<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut merged = self.pending.take().or_else(|| self.place())?;
        while let Some(place) = self.place() {
            if place.start - merged.end <= self.gap {
                merged.end = place.end;
            } else {
                self.pending = Some(place);
                break;
            }
        }
        Some(merged)
    }
}
