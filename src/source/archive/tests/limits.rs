//! Bombs: archives that would cost more than they may.

use super::*;

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits {
        ratio_from: 1 << 20,
        ..Limits::default()
    };
    change(&mut limits);
    limits
}

fn zeros(size: usize) -> Vec<u8> {
    vec![0; size]
}

#[test]
fn a_suspicious_ratio_ends_it() {
    for compress in [gzip, bzip2, xz, zstandard] {
        let bomb = compress(&zeros(8 << 20));
        let kept = opened_with(&bomb, limits(|_| {})).expect("an archive");
        assert_eq!(kept.faults(), [(SkipReason::ArchiveLimit, "a")]);
        assert!(
            kept.files[0].1.len() < 4 << 20,
            "{} bytes",
            kept.files[0].1.len()
        );
    }
}

#[test]
fn the_limits_hold_for_all_that_is_nested_together() {
    let bomb = gzip(&zeros(1 << 20));
    let many: Vec<(String, &[u8])> = (0..40).map(|n| (format!("{n}.gz"), &bomb[..])).collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bomb)| (name.as_str(), *bomb))
        .collect();
    for archive in [zip(&many), tar(&many), gzip(&tar(&many))] {
        let limits = limits(|limits| limits.expanded = 10 << 20);
        let kept = opened_with(&archive, limits).expect("an archive");
        let total: usize = kept.files.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(total <= 11 << 20, "{total} bytes");
        let faults = kept.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, SkipReason::ArchiveLimit);
    }
}

#[test]
fn entries_that_share_their_bytes_are_a_bomb_too() {
    // One stored content, a thousand entries that point to it.
    let content = zeros(1 << 20);
    let one = ZipEntry::new("x", 8, &content);
    let single = zip_around(b"", std::slice::from_ref(&one), b"");
    let directory = single.len() - 22 - 47;
    let record = single[directory..directory + 47].to_vec();
    let mut bomb = single[..directory].to_vec();
    bomb.extend(record.repeat(1000));
    let mut end = single[single.len() - 22..].to_vec();
    end[8..10].copy_from_slice(&1000_u16.to_le_bytes());
    end[10..12].copy_from_slice(&1000_u16.to_le_bytes());
    end[12..16].copy_from_slice(&47_000_u32.to_le_bytes());
    bomb.extend(end);
    let kept = opened_with(&bomb, limits(|_| {})).expect("an archive");
    assert_eq!(kept.faults().len(), 1);
    assert_eq!(kept.faults()[0].0, SkipReason::ArchiveLimit);
    assert!(kept.files.len() < 100);
}

#[test]
fn depth_is_bounded() {
    for wrap in [
        (|content: &[u8]| gzip(content)) as fn(&[u8]) -> Vec<u8>,
        |content| zip(&[("x", content)]),
        |content| tar(&[("x", content)]),
    ] {
        let mut deep = b"the innermost".to_vec();
        for _ in 0..12 {
            deep = wrap(&deep);
        }
        let kept = opened_with(&deep, limits(|limits| limits.depth = 5)).expect("an archive");
        let faults = kept.faults();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].0, SkipReason::ArchiveLimit);
        assert_eq!(faults[0].1.matches("!/").count(), 5);
        let kept = opened_with(&deep, limits(|limits| limits.depth = 12)).expect("an archive");
        assert!(kept.is_complete());
        assert!(
            kept.files
                .iter()
                .any(|(_, bytes)| bytes == b"the innermost")
        );
    }
}

#[test]
fn the_number_of_files_is_bounded() {
    let files: Vec<(&str, &[u8])> = vec![("x", b"y"); 50];
    for archive in [zip(&files), tar(&files)] {
        let kept = opened_with(&archive, limits(|limits| limits.entries = 20)).expect("an archive");
        assert_eq!(kept.files.len(), 20);
        assert_eq!(kept.faults(), [(SkipReason::ArchiveLimit, "a")]);
    }
}

#[test]
fn a_nested_zip_that_is_too_big_is_scanned_as_bytes() {
    let inner = zip_around(b"", &[ZipEntry::new("x", 0, &[b'x'; 5000])], b"");
    let archive = tar(&[("in.zip", &inner), ("next", b"text")]);
    let kept = opened_with(&archive, limits(|limits| limits.nested = 4096)).expect("an archive");
    assert_eq!(kept.faults(), [(SkipReason::ArchiveLimit, "a!/in.zip")]);
    assert_eq!(kept.paths(), ["a!/in.zip", "a!/next"]);
    assert_eq!(kept.files[0].1, inner);
}

#[test]
fn zips_in_zips_share_the_memory() {
    let stored = |content: &[u8]| zip_around(b"", &[ZipEntry::new("x", 0, content)], b"");
    let deep = stored(&stored(&stored(&stored(&[b'x'; 5000]))));
    for (nested, depth) in [(20_000, 4), (12_000, 3), (4000, 1)] {
        let kept = opened_with(&deep, limits(|limits| limits.nested = nested)).expect("an archive");
        assert_eq!(kept.is_complete(), depth == 4, "{nested}");
        let deepest = kept
            .paths()
            .iter()
            .map(|path| path.matches("!/").count())
            .max();
        assert_eq!(deepest, Some(depth), "{nested}");
    }
}
