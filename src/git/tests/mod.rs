//! Tests of the object store.
//!
//! - `repository`: makes repositories with git itself
//! - `oracle`: every object that git lists is delivered once, with git's bytes, in every arrangement of packs
//! - `deltas`: segments, dirty windows and bytes agree, on made-up deltas and against a naive reading
//! - `hostile`: damaged packs and indexes: no panic, no long run, the rest is delivered
//! - `damage`: particular damages and what is said of each
//! - `cost`: packs made to take for ever, or all memory

mod cost;
mod damage;
mod deltas;
mod hostile;
mod oracle;
pub(super) mod repository;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Faults, HashKind, Kind, Limits, Object, ObjectId, ObjectStore, Segment, Source, Visitor,
    WalkOptions,
};

/// Everything a walk delivered.
pub(crate) type Content = BTreeMap<ObjectId, (Kind, Vec<u8>)>;

/// Collects all objects and checks what must hold for each.
#[derive(Default)]
pub(super) struct Collect {
    objects: Vec<(ObjectId, Kind, Vec<u8>)>,
    deltas: usize,
    lazily: bool,
}

impl Visitor for Collect {
    type State = Arc<Vec<u8>>;

    fn object(
        &mut self,
        object: &Object<'_>,
        base: Option<(&Self::State, &[Segment])>,
    ) -> Self::State {
        let margin = 3;
        let mut windows = Vec::new();
        let mut look = |window: &[u8], start: usize, dirty: std::ops::Range<usize>| {
            windows.push((window.to_vec(), start, dirty));
        };
        if self.lazily {
            object.for_each_dirty(margin, &mut look);
        }
        let bytes = object.bytes().to_vec();
        if !self.lazily {
            object.for_each_dirty(margin, &mut look);
        }
        self.lazily = !self.lazily;
        assert_eq!(bytes.len(), object.len());
        let mut clean_from = 0;
        let mut clean = Vec::new();
        for (window, start, dirty) in windows {
            assert_eq!(window, bytes[start..start + window.len()]);
            let dirty = start + dirty.start..start + dirty.end;
            clean.push(clean_from..dirty.start);
            clean_from = dirty.end;
        }
        clean.push(clean_from..bytes.len());
        if let Some((base, segments)) = base {
            self.deltas += 1;
            assert_eq!(object.base_len(), Some(base.len()));
            for range in clean.into_iter().filter(|range| !range.is_empty()) {
                // A clean stretch lies in one copy.
                let within = |segment: &&Segment| {
                    segment.out.start <= range.start && range.end <= segment.out.end
                };
                let segment = segments.iter().find(within).expect("one segment");
                let Source::Copy { base_offset } = segment.source else {
                    panic!("an insert is not clean")
                };
                let from = base_offset + range.start - segment.out.start;
                assert_eq!(base[from..from + range.len()], bytes[range]);
            }
        } else {
            assert!(clean.iter().all(std::ops::Range::is_empty) || bytes.is_empty());
        }
        self.objects
            .push((object.id(), object.kind(), bytes.clone()));
        Arc::new(bytes)
    }
}

/// What a walk delivers, each object at most once.
pub(super) fn walk(
    store: &ObjectStore<'_>,
    options: &WalkOptions,
    faults: &Faults,
) -> (Content, usize) {
    let walked = store.walk(options, Collect::default, faults);
    let mut content = Content::new();
    let mut deltas = 0;
    for visitor in walked.visitors {
        deltas += visitor.deltas;
        for (id, kind, bytes) in visitor.objects {
            let before = content.insert(id, (kind, bytes));
            assert!(before.is_none(), "{id} twice");
        }
    }
    assert_eq!(walked.statistics.total(), content.len() as u64);
    (content, deltas)
}

/// Small limits, for hostile input.
pub(super) fn small() -> WalkOptions {
    WalkOptions {
        limits: Limits {
            object: 1 << 20,
            live: 1 << 14,
            decoded: 1 << 26,
            chain: 1 << 10,
            segments: 1 << 20,
        },
        ..WalkOptions::default()
    }
}

/// The id of an object, computed.
pub(super) fn name(kind: Kind, bytes: &[u8], hash: HashKind) -> ObjectId {
    use sha1::Digest;
    let header = format!("{} {}\0", kind.name(), bytes.len());
    let id = match hash {
        HashKind::Sha1 => ObjectId::from_bytes(
            &sha1::Sha1::new()
                .chain_update(header)
                .chain_update(bytes)
                .finalize(),
        ),
        HashKind::Sha256 => ObjectId::from_bytes(
            &sha2::Sha256::new()
                .chain_update(header)
                .chain_update(bytes)
                .finalize(),
        ),
    };
    id.expect("a hash's own size")
}
