//! Random damage, thousands of times: no panic, no long run, and what is not touched is delivered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use super::repository::Repository;
use super::{Collect, Content, small};
use crate::git::fuzz::walk_pack_bytes;
use crate::git::{Faults, HashKind, ObjectId, fuzz_pack};

/// Rounds of each test. A longer run is a matter of the fuzzer.
const ROUNDS: u64 = 600;

/// A small generator of numbers, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// A pack of a real repository.
struct Sample {
    pack: Vec<u8>,
    index: Vec<u8>,
    oracle: Content,
    /// Start of each entry and the entry it is a delta on.
    entries: BTreeMap<usize, (ObjectId, Option<ObjectId>)>,
}

fn sample(options: &[&str]) -> Sample {
    let repository = Repository::with_history(HashKind::Sha1, 0..30);
    let mut arguments = options.to_vec();
    arguments.extend(["repack", "-q", "-a", "-d", "-f", "--depth=20"]);
    repository.git(&arguments, b"");
    let index = repository.pack_files("idx").remove(0);
    let listed = repository.git(&["verify-pack", "-v", index.to_str().expect("text")], b"");
    let listed = String::from_utf8(listed).expect("text");
    let id = |word: &str| ObjectId::from_hex(word.as_bytes()).expect("an id");
    let words = listed
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let entries = words
        .filter(|words| words.len() >= 5 && words[0].len() == 40)
        .map(|words| {
            (
                words[4].parse().expect("a number"),
                (id(words[0]), words.get(6).map(|word| id(word))),
            )
        })
        .collect();
    Sample {
        pack: fs::read(index.with_extension("pack")).expect("a pack"),
        index: fs::read(index).expect("an index"),
        oracle: repository.oracle(),
        entries,
    }
}

impl Sample {
    /// The object at a byte of the pack and all that builds on it.
    fn affected(&self, at: usize) -> BTreeSet<ObjectId> {
        let hit = self
            .entries
            .range(..=at)
            .next_back()
            .map(|(_, (id, _))| *id);
        let mut affected: BTreeSet<ObjectId> = hit.into_iter().collect();
        loop {
            let before = affected.len();
            for (id, base) in self.entries.values() {
                if base.is_some_and(|base| affected.contains(&base)) {
                    affected.insert(*id);
                }
            }
            if affected.len() == before {
                return affected;
            }
        }
    }
}

fn delivered(pack: &[u8], index: &[u8]) -> Option<(BTreeMap<ObjectId, Vec<u8>>, u64)> {
    let faults = Faults::new();
    let walked = walk_pack_bytes(
        pack,
        index,
        HashKind::Sha1,
        &small(),
        Collect::default,
        &faults,
    )
    .ok()?;
    let objects = walked
        .visitors
        .into_iter()
        .flat_map(|visitor| visitor.objects);
    Some((
        objects.map(|(id, _, bytes)| (id, bytes)).collect(),
        faults.count(),
    ))
}

#[test]
fn a_damaged_byte_costs_no_more_than_what_builds_on_it() {
    for options in [&[][..], &["-c", "repack.useDeltaBaseOffset=false"]] {
        let sample = sample(options);
        let mut random = Random(7);
        for _ in 0..ROUNDS {
            let at = 12 + random.below(sample.pack.len() - 32);
            let mut pack = sample.pack.clone();
            pack[at] ^= 1 + random.below(255) as u8;
            let affected = sample.affected(at);
            let (content, faults) = delivered(&pack, &sample.index).expect("still opens");
            for (id, (_, bytes)) in &sample.oracle {
                assert!(
                    affected.contains(id) || content.get(id) == Some(bytes),
                    "byte {at}: {id}"
                );
            }
            // Damage is noticed, or harmless as in the flags of a stream's header.
            let whole = content.len() == sample.oracle.len();
            assert!(faults > 0 || whole, "byte {at}");
        }
    }
}

#[test]
fn any_damage_ends_soon_and_without_a_panic() {
    let sample = sample(&[]);
    let mut random = Random(11);
    let mut slowest = Duration::ZERO;
    let mut opened = 0;
    for round in 0..ROUNDS * 2 {
        let mut pack = sample.pack.clone();
        let mut index = sample.index.clone();
        let bytes = if round % 2 == 0 {
            &mut pack
        } else {
            &mut index
        };
        for _ in 0..=random.below(8) {
            match random.below(6) {
                0 => {
                    let len = random.below(bytes.len());
                    // Mostly cut near the end, where there is something left to read.
                    let len = if random.below(3) == 0 {
                        len
                    } else {
                        bytes.len() - len.min(bytes.len()) / 50
                    };
                    bytes.truncate(len.max(1));
                }
                1 => {
                    let start = random.below(bytes.len());
                    let end = (start + random.below(64)).min(bytes.len());
                    let fill = [0, 0xff, 0x80][random.below(3)];
                    bytes[start..end].fill(fill);
                }
                2 => {
                    let (from, to) = (random.below(bytes.len()), random.below(bytes.len()));
                    let len = random.below(64).min(bytes.len() - from.max(to));
                    bytes.copy_within(from..from + len, to);
                }
                _ => {
                    let at = random.below(bytes.len());
                    bytes[at] = random.below(256) as u8;
                }
            }
        }
        let start = Instant::now();
        opened += u32::from(delivered(&pack, &index).is_some());
        slowest = slowest.max(start.elapsed());
    }
    assert!(opened > 500, "{opened}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
}

#[test]
fn the_fuzz_target_takes_anything() {
    let sample = sample(&[]);
    let mut input = (sample.index.len() as u32).to_le_bytes().to_vec();
    input.extend_from_slice(&sample.index);
    input.extend_from_slice(&sample.pack);
    fuzz_pack(&input);
    let mut random = Random(13);
    for _ in 0..ROUNDS {
        let mut input = input.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(input.len());
            input[at] ^= 1 << random.below(8);
        }
        fuzz_pack(&input);
    }
    fuzz_pack(b"");
    fuzz_pack(&[0xff; 40]);
}
