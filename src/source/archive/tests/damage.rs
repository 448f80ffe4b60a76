//! Archives changed at random: nothing panics, and what cannot be read is told.

use proptest::prelude::*;

use super::*;

/// What the archives hold.
const FILES: [(&str, &[u8]); 3] = [
    (
        "a.txt",
        b"the first of the contents, the first of the contents",
    ),
    ("dir/b.txt", b"second"),
    ("c", b"third and last, third and last, third and last"),
];

/// Archives whose damage can be told from their own checksums.
fn checked(kind: usize) -> Vec<u8> {
    let tar = tar(&FILES);
    match kind {
        0 => zip(&FILES),
        1 => {
            let methods = [12, 93, 95];
            let entries = FILES.iter().zip(methods);
            let entries: Vec<ZipEntry> = entries
                .map(|((name, content), method)| ZipEntry::new(name, method, content))
                .collect();
            zip_around(b"", &entries, b"")
        }
        2 => gzip(&tar),
        3 => bzip2(&tar),
        4 => xz(&tar),
        5 => tar,
        6 => gzip(&zip(&FILES)),
        _ => zstandard(&tar),
    }
}

/// The contents, whatever they are called.
fn contents(kept: &Kept) -> Vec<&[u8]> {
    let files = kept.files.iter();
    files.map(|(_, bytes)| bytes.as_slice()).collect()
}

proptest! {

    /// One changed byte. If nothing is told, then every content was read as it is (only names and times may differ).
    #[test]
    fn a_changed_byte_is_harmless_or_told(kind in 0_usize..5, at: prop::sample::Index, by in 1_u8..) {
        let mut archive = checked(kind);
        let at = at.index(archive.len());
        archive[at] ^= by;
        if let Some(kept) = opened_with(&archive, Limits::default())
            && kept.is_complete()
        {
            let contents = contents(&kept);
            for (_, content) in FILES {
                prop_assert!(contents.contains(&content), "kind {kind}: byte {at} by {by}: {kept:?}");
            }
        }
    }

    /// A cut archive is never complete.
    #[test]
    fn a_cut_archive_is_told(kind in 0_usize..8, at: prop::sample::Index) {
        let archive = checked(kind);
        let cut = &archive[..at.index(archive.len())];
        if let Some(kept) = opened_with(cut, Limits::default()) {
            let all = FILES.iter().all(|(_, content)| contents(&kept).contains(content));
            prop_assert!(all || !kept.is_complete(), "kind {kind}: {} bytes", cut.len());
        }
    }

    /// Many changes: nothing panics, and the cost stays bounded.
    #[test]
    fn many_changes_do_not_panic(
        kind in 0_usize..8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        insert in prop::collection::vec(any::<u8>(), 0..40),
        place: prop::sample::Index,
    ) {
        let mut archive = checked(kind);
        for (at, byte) in changes {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        let place = place.index(archive.len());
        archive.splice(place..place, insert);
        let limits = Limits { expanded: 64 << 20, ratio_from: 4 << 20, ..Limits::default() };
        opened_with(&archive, limits);
    }

    /// Anything behind the first bytes of an archive.
    #[test]
    fn hostile_bytes_do_not_panic(kind in 0_usize..8, keep in 0_usize..600, rest: Vec<u8>) {
        let mut archive = checked(kind);
        archive.truncate(keep);
        archive.extend(rest);
        opened_with(&archive, Limits::default());
    }
}
