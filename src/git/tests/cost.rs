//! Packs made to take for ever, or all memory: what is spent is bounded, and what is not done for it is a fault.

use std::cell::Cell;

use super::damage::Writer;
use super::repository::Repository;
use super::{Collect, name, small, walk};
use crate::git::fuzz::walk_pack_bytes;
use crate::git::{FaultReason, Faults, HashKind, Kind, Limits, ObjectId, ObjectStore, WalkOptions};

/// The id of a made-up object.
fn id(number: u32) -> ObjectId {
    let mut bytes = [7; 20];
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    ObjectId::from_bytes(&bytes).expect("twenty bytes")
}

/// A delta whose result is its base of `size` bytes, less than 2^24.
fn same(size: usize) -> Vec<u8> {
    let mut delta = Vec::new();
    for _ in 0..2 {
        let mut rest = size;
        while rest >= 0x80 {
            delta.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        delta.push(rest as u8);
    }
    delta.extend_from_slice(&[0xf0, size as u8, (size >> 8) as u8, (size >> 16) as u8]);
    delta
}

/// A blob of `size` bytes and so many deltas, each on the one before; gives the id of the last.
fn chain(writer: &mut Writer, size: usize, deltas: u32) -> ObjectId {
    let (mut last, _) = writer.blob(&vec![b'a'; size]);
    for number in 0..deltas {
        writer.id_delta(id(number), last, &same(size));
        last = id(number);
    }
    last
}

#[test]
fn nothing_is_decoded_once_the_allowance_is_used_up() {
    let mut writer = Writer::new();
    for byte in 0..20 {
        writer.blob(&vec![byte; 1 << 20]);
    }
    let (pack, index) = writer.finish();
    let mut options = small();
    options.limits.decoded = 3 << 20;
    let faults = Faults::new();
    let hash = HashKind::Sha1;
    let walked = walk_pack_bytes(&pack, &index, hash, &options, Collect::default, &faults);
    let statistics = walked.expect("opened").statistics;
    assert_eq!(statistics.total(), 3);
    assert_eq!(statistics.inflated_bytes, 3 << 20);
    let faults = faults.into_sorted();
    assert_eq!(faults.len(), 17);
    assert!(
        faults
            .iter()
            .all(|fault| fault.reason == FaultReason::Allowance)
    );
}

#[test]
fn what_is_decoded_on_the_way_to_an_object_counts() {
    let mut writer = Writer::new();
    let last = chain(&mut writer, 100_000, 50);
    let (pack, index) = writer.finish();
    let store = ObjectStore::from_bytes(&pack, &index, HashKind::Sha1).expect("opened");
    let mut limits = small().limits;
    limits.decoded = 4_000_000;
    assert_eq!(store.read(&last, &limits), Err(FaultReason::Allowance));
    limits.decoded = 6_000_000;
    let read = store.read(&last, &limits);
    assert_eq!(read, Ok((Kind::Blob, vec![b'a'; 100_000])));
}

#[test]
fn steps_along_a_chain_cost_even_if_they_give_nothing() {
    let mut writer = Writer::new();
    let last = chain(&mut writer, 1, 200);
    let (pack, index) = writer.finish();
    let store = ObjectStore::from_bytes(&pack, &index, HashKind::Sha1).expect("opened");
    let mut limits = small().limits;
    limits.decoded = 100_000;
    assert_eq!(store.read(&last, &limits), Err(FaultReason::Allowance));
}

#[test]
fn a_small_pack_has_a_small_allowance() {
    use crate::git::limits::Allowance;
    let unbounded = Limits {
        decoded: u64::MAX,
        ..Limits::default()
    };
    let allowance = Allowance::new(&unbounded, 1 << 20);
    assert_eq!(allowance.spend(1 << 38), Ok(()));
    assert_eq!(allowance.spend(1 << 36), Ok(()));
    assert_eq!(allowance.spend(1), Err(FaultReason::Allowance));
}

#[test]
fn kinds_of_bases_in_other_packs_are_not_looked_for_without_end() {
    let repository = Repository::new(HashKind::Sha1);
    let mut first = Writer::new();
    let last = chain(&mut first, 6, 300);
    first.install(&repository, "first");
    let mut second = Writer::new();
    let mut delta = same(6);
    delta[1] = 7;
    delta.extend_from_slice(&[1, b'b']);
    let result = name(Kind::Blob, b"aaaaaab", HashKind::Sha1);
    second.id_delta(result, last, &delta);
    second.install(&repository, "second");
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), HashKind::Sha1, &faults);
    let limits = small().limits;
    let steps = Cell::new(100);
    assert_eq!(store.kind_except(&last, 1, &limits, &steps), None);
    assert_eq!(steps.get(), 0);
    let steps = Cell::new(1000);
    let kind = store.kind_except(&last, 1, &limits, &steps);
    assert_eq!((kind, steps.get()), (Some(Kind::Blob), 1000 - 301));
    let options = WalkOptions {
        limits,
        ..WalkOptions::default()
    };
    let (content, _) = walk(&store, &options, &faults);
    assert_eq!(content.len(), 302);
    assert_eq!(content[&result], (Kind::Blob, b"aaaaaab".to_vec()));
    assert_eq!(faults.into_sorted(), []);
}
