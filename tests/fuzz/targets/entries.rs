//! Packs of made-up entries, see `keyward_fuzz::entries`: what is delivered is what a plain reading says.

#![no_main]

use std::collections::HashMap;

use keyward_fuzz::entries::{Expected, LIMIT, Pack};
use keyward_fuzz::git::{
    Faults, HashKind, Kind, Limits, Object, ObjectId, Segment, Visitor, WalkOptions, fuzz_pack,
    walk_pack_bytes,
};
use keyward_fuzz::mutate::mutate;
use keyward_fuzz::recipe::Recipe;
use libfuzzer_sys::fuzzer_mutate;

#[derive(Default)]
struct Collect(Vec<(ObjectId, Kind, Vec<u8>)>);

impl Visitor for Collect {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _: Option<(&(), &[Segment])>) {
        self.0
            .push((object.id(), object.kind(), object.bytes().to_vec()));
    }
}

// Mostly piece by piece; now and then the bytes as they come.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let recipe = Recipe::parse(&data[..size]).filter(|_| !seed.is_multiple_of(16));
    let Some(mut recipe) = recipe else {
        return fuzzer_mutate(data, size, max_size);
    };
    mutate(&mut recipe, seed, fuzzer_mutate);
    let changed = recipe.write();
    if changed.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(recipe) = Recipe::parse(input) else {
        return;
    };
    let Some(pack) = Pack::new(&recipe) else {
        return;
    };
    let mut framed = (pack.index.len() as u32).to_le_bytes().to_vec();
    framed.extend_from_slice(&pack.index);
    framed.extend_from_slice(&pack.pack);
    // Chooses among the options of that target.
    *framed.last_mut().expect("a length") = recipe.flags >> 4;
    fuzz_pack(&framed);

    let hash = if pack.sha256 {
        HashKind::Sha256
    } else {
        HashKind::Sha1
    };
    let limits = Limits {
        object: LIMIT as u64,
        live: if recipe.flags & 8 == 0 { 1 << 17 } else { 0 },
        decoded: 1 << 40,
        chain: 1 << 8,
        segments: 1 << 16,
    };
    let options = WalkOptions {
        limits,
        ..WalkOptions::default()
    };
    let faults = Faults::new();
    let walked = walk_pack_bytes(
        &pack.pack,
        &pack.index,
        hash,
        &options,
        Collect::default,
        &faults,
    )
    .expect("well made");
    let mut delivered = HashMap::new();
    for (id, kind, bytes) in walked.visitors.into_iter().flat_map(|visitor| visitor.0) {
        assert!(delivered.insert(id, (kind, bytes)).is_none(), "{id} twice");
    }
    let mut refused = 0;
    for (id, expected) in &pack.expected {
        match expected {
            Expected::Delivered(kind, bytes) => {
                let found = delivered
                    .get(id)
                    .map(|(kind, bytes)| (*kind, bytes.as_slice()));
                assert_eq!(found, Some((*kind, bytes.as_slice())), "{id}");
            }
            Expected::Refused => {
                refused += 1;
                assert_eq!(delivered.get(id), None, "{id}");
            }
            Expected::Open => {}
        }
    }
    assert!(
        faults.count() >= refused,
        "what is not delivered is a fault"
    );
});
