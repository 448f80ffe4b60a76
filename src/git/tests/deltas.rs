//! Delta instructions: segments, windows and bytes against a naive reading.

use proptest::prelude::*;

use super::{name, small};
use crate::git::object::Delta;
use crate::git::pack::delta::parse;
use crate::git::{FaultReason, HashKind, Kind, Limits, Object, Segment, Source, dirty_ranges};

/// One instruction, before it is written.
#[derive(Debug, Clone)]
enum Step {
    Copy(usize, usize),
    Insert(Vec<u8>),
}

fn varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a delta; gives it and its result.
fn write(base: &[u8], steps: &[Step]) -> (Vec<u8>, Vec<u8>) {
    let mut result = Vec::new();
    let mut instructions = Vec::new();
    for step in steps {
        match step {
            Step::Copy(start, len) => {
                let start = start % base.len();
                let len = 1 + len % (base.len() - start);
                result.extend_from_slice(&base[start..start + len]);
                let operands = [
                    start as u8,
                    (start >> 8) as u8,
                    0,
                    0,
                    len as u8,
                    (len >> 8) as u8,
                    0,
                ];
                let mut opcode = 0x80;
                let mut present = Vec::new();
                for (bit, operand) in operands.into_iter().enumerate() {
                    if operand != 0 {
                        opcode |= 1 << bit;
                        present.push(operand);
                    }
                }
                instructions.push(opcode);
                instructions.append(&mut present);
            }
            Step::Insert(bytes) => {
                result.extend_from_slice(bytes);
                instructions.push(bytes.len() as u8);
                instructions.extend_from_slice(bytes);
            }
        }
    }
    let mut delta = Vec::new();
    varint(base.len(), &mut delta);
    varint(result.len(), &mut delta);
    delta.extend_from_slice(&instructions);
    (delta, result)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (any::<usize>(), 0_usize..300).prop_map(|(start, len)| Step::Copy(start, len)),
        prop::collection::vec(b'A'..=b'D', 1..40).prop_map(Step::Insert),
    ]
}

/// All places of a pattern.
fn places(text: &[u8], pattern: &[u8]) -> Vec<usize> {
    (0..text.len().saturating_sub(pattern.len() - 1))
        .filter(|&start| text[start..].starts_with(pattern))
        .collect()
}

proptest! {
    #[test]
    fn segments_windows_and_bytes_agree(
        base in prop::collection::vec(b'a'..=b'd', 1..600),
        steps in prop::collection::vec(step(), 0..30),
        margin in 0_usize..70,
    ) {
        let (delta, result) = write(&base, &steps);
        let mut segments = Vec::new();
        let len = parse(&delta, base.len(), &small().limits, &mut segments).expect("well formed");
        prop_assert_eq!(len, result.len());
        let id = name(Kind::Blob, b"", HashKind::Sha1);
        let lend = Delta { base: &base, instructions: &delta, segments: &segments };
        let object = Object::delta(id.as_bytes(), Kind::Blob, len, lend);
        let mut covered = Vec::new();
        object.for_each_dirty(margin, |window, start, dirty| {
            assert_eq!(window, &result[start..start + window.len()]);
            assert!(start == 0 || dirty.start == margin);
            covered.push((start, start + window.len(), start + dirty.start..start + dirty.end));
        });
        // Windows do not overlap, so nothing is looked at twice.
        prop_assert!(covered.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        let ranges: Vec<_> = dirty_ranges(&segments, base.len(), margin).collect();
        prop_assert!(ranges.iter().eq(covered.iter().map(|(_, _, range)| range)));
        // Each byte is in a dirty range or its segment copies it.
        for (at, byte) in result.iter().enumerate() {
            let dirty = ranges.iter().any(|range| range.contains(&at));
            let segment = segments.iter().find(|segment| segment.out.contains(&at)).expect("covered");
            match segment.source {
                Source::Copy { base_offset } => {
                    prop_assert_eq!(base[base_offset + at - segment.out.start], *byte);
                }
                Source::Insert { delta_offset } => {
                    prop_assert!(dirty);
                    prop_assert_eq!(delta[delta_offset + at - segment.out.start], *byte);
                }
            }
        }
        prop_assert_eq!(object.bytes(), &result[..]);
        let mut part = Vec::new();
        object.copy_range(&(len / 3..len), &mut part);
        prop_assert_eq!(&part[..], &result[len / 3..]);
    }

    /// What the windows are for: places of a literal, found in windows or inherited, are all places, each once.
    #[test]
    fn literals_found_in_windows_or_inherited_are_all(
        base in prop::collection::vec(b'a'..=b'b', 1..400),
        steps in prop::collection::vec(prop_oneof![
            (any::<usize>(), 0_usize..200).prop_map(|(start, len)| Step::Copy(start, len)),
            prop::collection::vec(b'a'..=b'b', 1..9).prop_map(Step::Insert),
        ], 0..30),
        pattern in prop::collection::vec(b'a'..=b'b', 1..8),
        more in 0_usize..5,
    ) {
        let (delta, result) = write(&base, &steps);
        let mut segments = Vec::new();
        let len = parse(&delta, base.len(), &small().limits, &mut segments).expect("well formed");
        let id = name(Kind::Blob, b"", HashKind::Sha1);
        let object = Object::delta(id.as_bytes(), Kind::Blob, len, Delta { base: &base, instructions: &delta, segments: &segments });
        let margin = pattern.len() - 1 + more;
        let mut found = Vec::new();
        object.for_each_dirty(margin, |window, start, dirty| {
            let new = |at: &usize| *at < dirty.end && at + pattern.len() > dirty.start;
            found.extend(places(window, &pattern).into_iter().filter(new).map(|at| start + at));
        });
        let dirty: Vec<_> = object.dirty_ranges(margin).collect();
        let in_base = places(&base, &pattern);
        for Segment { out, source } in &segments {
            if let Source::Copy { base_offset } = source {
                let last = base_offset + out.len();
                let kept = in_base.iter().filter(|&&at| at >= *base_offset && at + pattern.len() <= last);
                let mapped = kept.map(|at| at - base_offset + out.start);
                let clean = |at: &usize| !dirty.iter().any(|range| *at < range.end && at + pattern.len() > range.start);
                found.extend(mapped.filter(clean));
            }
        }
        found.sort_unstable();
        prop_assert_eq!(found, places(&result, &pattern));
    }

    #[test]
    fn any_bytes_are_a_delta_or_an_error(delta in prop::collection::vec(any::<u8>(), 0..200), base in 0_usize..300) {
        let mut segments = Vec::new();
        let _ = parse(&delta, base, &small().limits, &mut segments);
    }
}

/// Objects of a hundred bytes at most, of three segments at most.
fn hundred() -> Limits {
    Limits {
        object: 100,
        segments: 3,
        ..Limits::default()
    }
}

#[test]
fn each_fault_of_a_delta_is_told() {
    let parsed = |delta: &[u8]| parse(delta, 10, &hundred(), &mut Vec::new()).expect_err("broken");
    let told = |why| FaultReason::Delta(why);
    assert_eq!(parsed(&[]), told("cut short"));
    assert_eq!(parsed(&[9, 0]), told("made for a base of another size"));
    assert_eq!(parsed(&[10, 101]), FaultReason::TooLarge { size: 101 });
    assert_eq!(parsed(&[10, 1]), told("gives less than its declared size"));
    assert_eq!(
        parsed(&[10, 1, 2, 0, 0]),
        told("gives more than its declared size")
    );
    assert_eq!(parsed(&[10, 1, 2, 0]), told("cut short"));
    assert_eq!(parsed(&[10, 1, 0]), told("reserved instruction"));
    assert_eq!(
        parsed(&[10, 4, 0x91, 7, 4]),
        told("copies from outside of its base")
    );
    assert_eq!(parsed(&[10, 4, 0x91, 7]), told("cut short"));
    assert_eq!(
        parsed(&[10, 4, 0x80]),
        told("copies from outside of its base")
    );
    assert_eq!(parsed(&[0x80; 12]), told("absurd size"));
    assert_eq!(
        parsed(&[10, 4, 0x90, 1, 0x90, 1, 0x90, 1, 0x90, 1]),
        told("absurdly many instructions")
    );
}

#[test]
fn copies_that_continue_each_other_are_no_join() {
    let delta = [10, 10, 0x90, 4, 0x91, 4, 6];
    let mut segments = Vec::new();
    assert_eq!(parse(&delta, 10, &hundred(), &mut segments), Ok(10));
    assert_eq!(
        segments,
        [Segment {
            out: 0..10,
            source: Source::Copy { base_offset: 0 }
        }]
    );
    assert_eq!(dirty_ranges(&segments, 10, 5).count(), 0);
    // The same bytes, but the base goes on: the end of the object is a join.
    assert!(dirty_ranges(&segments, 11, 5).eq(std::iter::once(10..10)));
}
