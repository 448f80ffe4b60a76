//! Entry points that take bytes: for fuzzing, and for packs that are not in files.
//!
//! A target for cargo-fuzz is one line: `fuzz_target!(|input: &[u8]| keyward::git::fuzz_pack(input));`. The input is a
//! 32-bit length, least significant byte first, then an index of that length, then the pack: so an unmodified pair of
//! files makes a good seed.

use super::fault::{FaultReason, Faults};
use super::id::{HashKind, ObjectId};
use super::limits::Limits;
use super::object::{Object, Visitor};
use super::pack::delta::Segment;
use super::store::ObjectStore;
use super::walk::{WalkOptions, Walked};

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

/// Walks what a fuzzer made up, with small limits, and checks what must hold for any input.
///
/// # Panics
/// When one of these checks fails: that is what the fuzzer looks for.
pub fn fuzz_pack(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk() else {
        return;
    };
    let length = u32::from_le_bytes(*length) as usize;
    let Some((index, pack)) = rest.split_at_checked(length) else {
        return;
    };
    let options = WalkOptions {
        limits: Limits {
            object: 1 << 20,
            live: 1 << 16,
            decoded: 1 << 26,
            chain: 1 << 8,
        },
        ..WalkOptions::default()
    };
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let faults = Faults::new();
        // What cannot be opened at all is a proper answer too.
        let _ = walk_pack_bytes(pack, index, hash, &options, || Checking, &faults);
    }
}

/// Checks that segments, windows and bytes agree.
struct Checking;

impl Visitor for Checking {
    type State = (ObjectId, usize);

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
            assert_eq!(object.base_len(), Some(base.1));
            let mut at = 0;
            for segment in segments {
                assert!(segment.out.start == at && segment.out.end > at);
                at = segment.out.end;
            }
            assert_eq!(at, bytes.len());
        }
        (object.id(), bytes.len())
    }
}
