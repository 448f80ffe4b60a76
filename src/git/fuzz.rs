//! Entry points that take bytes: for fuzzing, and for packs that are not in files.
//!
//! The targets that call them are in `tests/fuzz`. An input of two files is framed: a 32-bit length, least significant
//! byte first, then a file of that length, then the other one; so an unmodified pair of files makes a good seed.

use std::path::Path;
use std::sync::Arc;

use super::fault::{FaultReason, Faults};
use super::id::{HashKind, Kind, Kinds, ObjectId};
use super::inflate::Inflater;
use super::limits::{Allowance, Limits};
use super::loose;
use super::mapped::Bytes;
use super::object::{Object, Visitor};
use super::pack::Pack;
use super::pack::delta::{Segment, Source};
use super::pack::index::Index;
use super::pack::midx::MultiPackIndex;
use super::store::ObjectStore;
use super::walk::{WalkOptions, Walked};

/// Objects of a walk that are read once more by their ids, and how large they may be for that.
const COMPARED: usize = 32;
const COMPARED_SIZE: usize = 1 << 16;

/// Bytes that each of these may decode: their chains may be long.
const READ: u64 = 1 << 22;

/// Positions of an index that are looked up.
const LOOKED_UP: u32 = 1 << 10;

/// Walks one pack whose bytes, and whose index's bytes, are at hand.
pub fn walk_pack_bytes<V: Visitor>(
    pack: &[u8],
    index: &[u8],
    hash: HashKind,
    options: &WalkOptions,
    visitor: impl Fn() -> V + Sync,
    faults: &Faults,
) -> Result<Walked<V>, FaultReason> {
    let store = ObjectStore::from_bytes(pack, index, hash)?;
    Ok(store.walk(options, visitor, faults))
}

/// Walks what a fuzzer made up, an index and its pack, with small limits, and checks what must hold for any input.
///
/// The last byte, which is part of a checksum that nothing looks at, chooses among options.
///
/// # Panics
/// When one of these checks fails: that is what the fuzzer looks for. So do the other targets.
pub fn fuzz_pack(input: &[u8]) {
    let Some((index, pack)) = unframe(input) else {
        return;
    };
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        // What cannot be opened at all is a proper answer too.
        if let Ok(store) = ObjectStore::from_bytes(pack, index, hash) {
            walk_and_check(&store, input);
        }
    }
}

/// Looks up what a made-up pack index names.
///
/// # Panics
/// When an answer contradicts another.
pub fn fuzz_index(input: &[u8]) {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        if let Ok(index) = Index::parse(Bytes::Borrowed(input), hash) {
            check_index(&index);
        }
    }
}

/// Walks a pack by a made-up multi-pack-index: the input is the latter, then the pack.
///
/// # Panics
/// When one of the checks fails.
pub fn fuzz_multi_pack_index(input: &[u8]) {
    let Some((midx, pack)) = unframe(input) else {
        return;
    };
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let Ok(midx) = MultiPackIndex::parse(Bytes::Borrowed(midx), hash).map(Arc::new) else {
            continue;
        };
        for number in (0..).take(midx.names().len().min(3)) {
            let positions = midx.positions_in(number);
            let index = Index::shared(Arc::clone(&midx), positions);
            check_index(&index);
            let pack = Pack::new(Path::new("pack"), Bytes::Borrowed(pack), index, hash);
            if let Ok(pack) = pack {
                walk_and_check(&ObjectStore::of_pack(pack, hash), input);
            }
        }
    }
}

/// Decodes a made-up loose object's file.
///
/// # Panics
/// When the result is not what the header says.
pub fn fuzz_loose(input: &[u8]) {
    let limits = limits();
    let allowance = Allowance::unlimited();
    let mut inflater = Inflater::new();
    let decoded = loose::decode(input, &limits, &allowance, &mut inflater, |_| true);
    let Ok(Some((kind, bytes))) = decoded else {
        return;
    };
    assert!(bytes.len() as u64 <= limits.object);
    let mut header = [0; 32];
    let len = inflater.prefix(input, &mut header).expect("read just now");
    let stated = format!("{} ", kind.name());
    assert!(header[..len].starts_with(stated.as_bytes()));
    let unwanted = loose::decode(input, &limits, &allowance, &mut inflater, |_| false);
    assert_eq!(unwanted, Ok(None));
}

/// Splits a framed input.
fn unframe(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = input.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// Small ones.
fn limits() -> Limits {
    Limits {
        object: 1 << 20,
        live: 1 << 16,
        decoded: 1 << 26,
        chain: 1 << 8,
        segments: 1 << 16,
    }
}

/// Walks a store and reads some of what was delivered once more by its id.
fn walk_and_check(store: &ObjectStore<'_>, input: &[u8]) {
    let variant = input.last().copied().unwrap_or(0);
    let mut limits = limits();
    if variant & 1 != 0 {
        // Every base is dropped as soon as it can be, and derived again.
        limits.live = 0;
    }
    let kinds = if variant & 2 == 0 {
        Kinds::ALL
    } else {
        Kinds::BLOBS.with(Kind::Tree)
    };
    let options = WalkOptions {
        kinds,
        threads: 1,
        limits,
    };
    let faults = Faults::new();
    let walked = store.walk(&options, Checking::default, &faults);
    let objects = walked.statistics.total();
    assert!(objects <= store.packed_count());
    assert!(walked.statistics.inflated_bytes <= limits.decoded);
    // An index that is not in order may have other answers for an id than for a position.
    let index = &store.packs[0].index;
    if (1..index.count()).any(|position| index.id(position - 1) >= index.id(position)) {
        return;
    }
    limits.decoded = READ;
    for (id, kind, bytes) in walked.visitors.iter().flat_map(|visitor| &visitor.seen) {
        match store.read(id, &limits) {
            Ok((again, content)) => assert!(again == *kind && content == bytes.as_slice()),
            Err(reason) => assert!(
                matches!(
                    reason,
                    FaultReason::MissingObject | FaultReason::ChainTooLong | FaultReason::Allowance
                ),
                "{id}: {reason}"
            ),
        }
    }
}

/// Positions, ids and places agree.
fn check_index(index: &Index<'_>) {
    let count = index.count();
    for position in (0..count).take(LOOKED_UP as usize) {
        let id = index.id(position).expect("within the index");
        let id = ObjectId::from_bytes(id).expect("a hash's own size");
        let _ = index.offset(position);
        if let Some(found) = index.find(&id) {
            assert_eq!(index.id(found), Some(id.as_bytes()));
        }
    }
    assert_eq!(index.id(count), None);
    assert_eq!(index.offset(count), None);
}

/// Checks that segments, windows and bytes agree.
#[derive(Default)]
struct Checking {
    /// Some of the objects.
    seen: Vec<(ObjectId, Kind, Arc<Vec<u8>>)>,
}

impl Visitor for Checking {
    type State = Arc<Vec<u8>>;

    fn object(
        &mut self,
        object: &Object<'_>,
        base: Option<(&Self::State, &[Segment])>,
    ) -> Self::State {
        let mut windows = Vec::new();
        object.for_each_dirty(31, |window, start, dirty| {
            assert!(dirty.start <= dirty.end && dirty.end <= window.len());
            windows.push((start, window.to_vec()));
        });
        let bytes = object.bytes();
        assert_eq!(bytes.len(), object.len());
        for (start, window) in windows {
            assert_eq!(&bytes[start..start + window.len()], window);
        }
        if let Some((base, segments)) = base {
            assert_eq!(object.base_len(), Some(base.len()));
            let mut at = 0;
            for segment in segments {
                let out = segment.out.clone();
                assert!(out.start == at && out.end > at);
                at = out.end;
                if let Source::Copy { base_offset } = segment.source {
                    let copied = &base[base_offset..base_offset + out.len()];
                    assert_eq!(&bytes[out], copied);
                }
            }
            assert_eq!(at, bytes.len());
        }
        let state = Arc::new(bytes.to_vec());
        if self.seen.len() < COMPARED && state.len() <= COMPARED_SIZE {
            self.seen
                .push((object.id(), object.kind(), Arc::clone(&state)));
        }
        state
    }
}
