//! Particular damages, and what is said of each. Packs are written by hand where git would refuse to.

use std::fs;

use super::repository::Repository;
use super::{Content, name, small, walk};
use crate::git::fuzz::walk_pack_bytes;
use crate::git::{
    Fault, FaultReason, Faults, HashKind, Kind, Kinds, ObjectId, ObjectStore, Subject, WalkOptions,
};

/// A pack and its index, written entry by entry.
pub(super) struct Writer {
    pub(super) pack: Vec<u8>,
    objects: Vec<(ObjectId, u64)>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            pack: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            objects: Vec::new(),
        }
    }

    /// Adds an entry: type number, what stands between header and data, declared size, data to compress. Gives its place.
    pub(super) fn entry(
        &mut self,
        id: ObjectId,
        kind: u8,
        base: &[u8],
        size: usize,
        data: &[u8],
    ) -> u64 {
        let offset = self.pack.len() as u64;
        let mut byte = kind << 4 | (size & 15) as u8;
        let mut rest = size >> 4;
        while rest > 0 {
            self.pack.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.pack.push(byte);
        self.pack.extend_from_slice(base);
        let mut out = vec![0; zlib_rs::compress_bound(data.len())];
        let (compressed, _) =
            zlib_rs::compress_slice(&mut out, data, zlib_rs::DeflateConfig::default());
        self.pack.extend_from_slice(compressed);
        self.objects.push((id, offset));
        offset
    }

    /// A blob as it is.
    pub(super) fn blob(&mut self, bytes: &[u8]) -> (ObjectId, u64) {
        let id = name(Kind::Blob, bytes, HashKind::Sha1);
        (id, self.entry(id, 3, b"", bytes.len(), bytes))
    }

    /// A delta that names its base.
    pub(super) fn id_delta(&mut self, id: ObjectId, base: ObjectId, delta: &[u8]) {
        self.entry(id, 7, base.as_bytes(), delta.len(), delta);
    }

    /// A delta that points back less than 128 bytes.
    fn offset_delta(&mut self, id: ObjectId, base: u64, delta: &[u8]) {
        let back = self.pack.len() as u64 - base;
        assert!(back < 128);
        self.entry(id, 6, &[back as u8], delta.len(), delta);
    }

    /// Pack and index.
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        let count = self.objects.len() as u32;
        self.pack[8..12].copy_from_slice(&count.to_be_bytes());
        self.pack.extend_from_slice(&[0; 20]);
        self.objects.sort();
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255_u8 {
            let below = self
                .objects
                .iter()
                .filter(|(id, _)| id.as_bytes()[0] <= first);
            index.extend_from_slice(&(below.count() as u32).to_be_bytes());
        }
        for (id, _) in &self.objects {
            index.extend_from_slice(id.as_bytes());
        }
        index.resize(index.len() + 4 * self.objects.len(), 0);
        for (_, offset) in &self.objects {
            index.extend_from_slice(&(*offset as u32).to_be_bytes());
        }
        index.resize(index.len() + 40, 0);
        (self.pack, index)
    }

    /// Puts both files into a repository's pack folder.
    pub(super) fn install(self, repository: &Repository, stem: &str) {
        let (pack, index) = self.finish();
        let folder = repository.objects().join("pack");
        fs::write(folder.join(format!("pack-{stem}.pack")), pack).expect("written");
        fs::write(folder.join(format!("pack-{stem}.idx")), index).expect("written");
    }

    /// Walks it alone.
    fn walk(self) -> (Content, Vec<Fault>) {
        let (pack, index) = self.finish();
        let faults = Faults::new();
        let collect = super::Collect::default;
        let walked = walk_pack_bytes(&pack, &index, HashKind::Sha1, &small(), collect, &faults)
            .expect("opened");
        let objects = walked
            .visitors
            .into_iter()
            .flat_map(|visitor| visitor.objects);
        let content = objects
            .map(|(id, kind, bytes)| (id, (kind, bytes)))
            .collect();
        (content, faults.into_sorted())
    }
}

/// A delta that copies all of a base of `base` bytes and appends one byte.
fn append(base: u8, byte: u8) -> Vec<u8> {
    vec![base, base + 1, 0x90, base, 1, byte]
}

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes(&[byte; 20]).expect("twenty bytes")
}

fn fault(what: ObjectId, reason: FaultReason) -> Fault {
    Fault {
        what: Subject::Object(what),
        reason,
    }
}

/// Walks a repository; the faults are sorted.
fn walk_repository(repository: &Repository) -> (Content, Vec<Fault>) {
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
    let (content, _) = walk(&store, &WalkOptions::default(), &faults);
    (content, faults.into_sorted())
}

#[test]
fn a_circle_of_deltas_is_a_fault_and_the_rest_is_delivered() {
    let mut writer = Writer::new();
    let (whole, _) = writer.blob(b"whole");
    writer.id_delta(id(1), id(2), &append(5, b'x'));
    writer.id_delta(id(2), id(3), &append(5, b'x'));
    writer.id_delta(id(3), id(1), &append(5, b'x'));
    writer.id_delta(id(4), id(4), &append(5, b'x'));
    writer.id_delta(id(5), id(1), &append(6, b'x'));
    let (content, faults) = writer.walk();
    assert!(content.keys().eq([&whole]));
    assert_eq!(faults.len(), 5);
    assert_eq!(
        faults
            .iter()
            .filter(|fault| fault.reason == FaultReason::Cycle)
            .count(),
        2
    );
}

#[test]
fn all_that_builds_on_a_missing_base_is_named() {
    let mut writer = Writer::new();
    let (whole, _) = writer.blob(b"whole");
    writer.id_delta(id(1), id(9), &append(5, b'x'));
    writer.id_delta(id(2), id(1), &append(6, b'x'));
    writer.id_delta(id(3), id(2), &append(7, b'x'));
    let (content, faults) = writer.walk();
    assert!(content.keys().eq([&whole]));
    let missing = FaultReason::MissingBase(id(9));
    assert_eq!(
        faults,
        [1, 2, 3].map(|byte| fault(id(byte), missing.clone()))
    );
}

#[test]
fn a_base_in_another_pack_or_loose_is_found() {
    let repository = Repository::new(HashKind::Sha1);
    repository.git(&["hash-object", "-w", "--stdin"], b"loose");
    let loose = name(Kind::Blob, b"loose", HashKind::Sha1);
    let mut first = Writer::new();
    let (packed, _) = first.blob(b"packed");
    first.install(&repository, "first");
    let mut second = Writer::new();
    let a = name(Kind::Blob, b"packed!", HashKind::Sha1);
    let b = name(Kind::Blob, b"packed!!", HashKind::Sha1);
    let c = name(Kind::Blob, b"loose!", HashKind::Sha1);
    second.id_delta(a, packed, &append(6, b'!'));
    second.id_delta(b, a, &append(7, b'!'));
    second.id_delta(c, loose, &append(5, b'!'));
    second.install(&repository, "second");
    let (content, faults) = walk_repository(&repository);
    assert_eq!(faults, []);
    assert_eq!(content.len(), 5);
    assert_eq!(content[&b], (Kind::Blob, b"packed!!".to_vec()));
    assert_eq!(content[&c], (Kind::Blob, b"loose!".to_vec()));
}

#[test]
fn circles_across_packs_end() {
    let repository = Repository::new(HashKind::Sha1);
    let mut first = Writer::new();
    first.id_delta(id(1), id(2), &append(5, b'x'));
    first.install(&repository, "first");
    let mut second = Writer::new();
    second.id_delta(id(2), id(1), &append(5, b'x'));
    second.install(&repository, "second");
    let (content, faults) = walk_repository(&repository);
    assert_eq!(content.len(), 0);
    assert_eq!(faults.len(), 2);
}

#[test]
fn sizes_that_lie() {
    let mut writer = Writer::new();
    let (whole, _) = writer.blob(b"whole");
    writer.entry(id(1), 3, b"", 4, b"longer");
    writer.entry(id(2), 3, b"", 9, b"short");
    writer.entry(id(3), 3, b"", 1 << 19, b"far too short");
    writer.entry(id(4), 3, b"", 1 << 40, b"absurd");
    writer.entry(id(5), 5, b"", 1, b"x");
    writer.entry(id(6), 3, b"", 0, b"x");
    let empty = name(Kind::Blob, b"", HashKind::Sha1);
    writer.entry(empty, 3, b"", 0, b"");
    let (content, faults) = writer.walk();
    assert!(content.contains_key(&whole) && content.contains_key(&empty) && content.len() == 2);
    let lie = |declared| FaultReason::SizeLie { declared };
    let expected = [
        fault(id(1), lie(4)),
        fault(id(2), lie(9)),
        fault(id(3), lie(1 << 19)),
        fault(id(4), FaultReason::TooLarge { size: 1 << 40 }),
        fault(id(5), FaultReason::EntryHeader("unknown type")),
        fault(id(6), lie(0)),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_bomb_of_deltas_spends_the_allowance_only() {
    let mut writer = Writer::new();
    let (mut base, _) = writer.blob(&[b'a'; 100]);
    let mut size = 100_usize;
    // Each level doubles its base.
    for level in 1..40 {
        let mut delta = Vec::new();
        for mut number in [size, size * 2] {
            while number >= 0x80 {
                delta.push(number as u8 | 0x80);
                number >>= 7;
            }
            delta.push(number as u8);
        }
        for _ in 0..2 {
            delta.extend_from_slice(&[0xf0, size as u8, (size >> 8) as u8, (size >> 16) as u8]);
        }
        writer.id_delta(id(level), base, &delta);
        base = id(level);
        size = (size * 2) & 0xff_ffff;
    }
    let (content, faults) = writer.walk();
    assert!(content.len() > 10 && content.values().all(|(_, bytes)| bytes.len() <= 1 << 20));
    assert!(matches!(faults[0].reason, FaultReason::TooLarge { .. }));
    assert_eq!(content.len() + faults.len(), 40);
}

#[test]
fn what_builds_on_a_broken_delta_is_named() {
    let mut writer = Writer::new();
    let (whole, at) = writer.blob(b"whole");
    let broken = writer.pack.len() as u64;
    writer.offset_delta(id(1), at, &[5, 6, 0x90, 9, 1, b'x']);
    writer.offset_delta(id(2), broken, &append(6, b'x'));
    let good = name(Kind::Blob, b"wholex", HashKind::Sha1);
    writer.offset_delta(good, at, &append(5, b'x'));
    let (content, faults) = writer.walk();
    assert!(content.contains_key(&whole) && content.contains_key(&good) && content.len() == 2);
    let expected = [
        fault(id(1), FaultReason::Delta("copies from outside of its base")),
        fault(id(2), FaultReason::UnreadableBase(Subject::Object(id(1)))),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_broken_copy_is_replaced_by_a_good_one() {
    let repository = Repository::with_history(HashKind::Sha1, 0..40);
    repository.git(&["repack", "-q", "-a", "-d", "-f"], b"");
    let oracle = repository.oracle();
    let pack = repository.pack_files("pack").remove(0);
    let good = fs::read(&pack).expect("a pack");
    let index = fs::read(pack.with_extension("idx")).expect("an index");
    let folder = repository.objects().join("pack");
    fs::write(folder.join("pack-copy.pack"), &good).expect("written");
    fs::write(folder.join("pack-copy.idx"), index).expect("written");
    fs::remove_file(&pack).expect("removed");
    for step in 1..30 {
        let mut broken = good.clone();
        let at = 12 + step * (good.len() - 40) / 30;
        broken[at] ^= 0x55;
        fs::write(&pack, broken).expect("written");
        let (content, faults) = walk_repository(&repository);
        assert!(content == oracle, "step {step}");
        assert!(!faults.is_empty(), "step {step}");
        fs::remove_file(&pack).expect("removed");
    }
}

#[test]
fn an_offset_outside_of_the_pack_costs_one_object() {
    let mut writer = Writer::new();
    writer.blob(b"one");
    writer.blob(b"two");
    let (pack, mut index) = writer.finish();
    let offset = index.len() - 40 - 4;
    index[offset..offset + 4].copy_from_slice(&0x00ff_ffff_u32.to_be_bytes());
    let faults = Faults::new();
    let walked = walk_pack_bytes(
        &pack,
        &index,
        HashKind::Sha1,
        &small(),
        super::Collect::default,
        &faults,
    );
    assert_eq!(walked.expect("opened").statistics.total(), 1);
    assert_eq!(
        faults.into_sorted()[0].reason,
        FaultReason::OffsetOutside(0x00ff_ffff)
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let repository = Repository::with_history(HashKind::Sha1, 0..10);
    let folder = repository.objects().join("pack");
    fs::write(folder.join("pack-a.pack"), b"PACK").expect("written");
    fs::write(folder.join("pack-b.idx"), b"").expect("written");
    fs::write(
        folder.join("pack-c.pack"),
        b"not a pack, but long enough to look into it",
    )
    .expect("written");
    fs::write(folder.join("pack-c.idx"), b"\xfftOc").expect("written");
    fs::create_dir_all(repository.objects().join("ab")).expect("made");
    let loose = repository.objects().join("ab").join("0".repeat(38));
    fs::write(loose, b"not compressed").expect("written");
    fs::write(
        repository.objects().join("info/alternates"),
        b"/nowhere/at/all\n",
    )
    .expect("written");
    let (content, faults) = walk_repository(&repository);
    assert!(content == repository_without(&content, &repository));
    assert_eq!(faults.len(), 5, "{faults:?}");
    for (part, reason) in [
        ("pack-a.pack", "no index"),
        ("pack-b.idx", "not there"),
        ("pack-c.pack", "unknown version"),
        ("nowhere", "cannot be read"),
        ("ab00", "compressed"),
    ] {
        let said = |fault: &Fault| {
            fault.what.to_string().contains(part) && fault.reason.to_string().contains(reason)
        };
        assert!(faults.iter().any(said), "{part}: {faults:?}");
    }
}

/// What the good pack of a repository holds: found by looking up each object in it.
fn repository_without(content: &Content, repository: &Repository) -> Content {
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
    assert_eq!(store.packed_count(), content.len() as u64);
    let read = |id: &ObjectId| store.read(id, &small().limits).expect("read");
    content.keys().map(|id| (*id, read(id))).collect()
}

#[test]
fn unwanted_kinds_are_not_even_looked_at() {
    let mut writer = Writer::new();
    writer.entry(id(1), 2, b"", 4, b"longer");
    let (pack, index) = writer.finish();
    let options = WalkOptions {
        kinds: Kinds::BLOBS,
        ..small()
    };
    let faults = Faults::new();
    let _ = walk_pack_bytes(
        &pack,
        &index,
        HashKind::Sha1,
        &options,
        super::Collect::default,
        &faults,
    );
    assert_eq!(faults.count(), 0);
}
