//! Every arrangement of objects that git can make: what is delivered is what git lists.

use std::fs;

use super::repository::Repository;
use super::{Content, name, walk};
use crate::git::{Faults, HashKind, Kind, Kinds, Limits, ObjectStore, WalkOptions};

const BOTH: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

/// Walks with one and with three threads, with and without room for bases; gives the number of deltas.
fn check(repository: &Repository) -> usize {
    let oracle = repository.oracle();
    let mut most = 0;
    for (threads, live) in [(1, 64 << 20), (3, 64 << 20), (1, 0), (2, 20_000)] {
        let limits = Limits {
            live,
            ..Limits::default()
        };
        let options = WalkOptions {
            threads,
            limits,
            ..WalkOptions::default()
        };
        let faults = Faults::new();
        let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
        let (content, deltas) = walk(&store, &options, &faults);
        assert_eq!(faults.into_sorted(), []);
        assert_same(&content, &oracle);
        most = most.max(deltas);
    }
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
    for (id, (kind, bytes)) in oracle.iter().step_by(7) {
        assert_eq!(
            store.read(id, &Limits::default()).as_ref(),
            Ok(&(*kind, bytes.clone()))
        );
        assert!(store.contains(id));
        assert_eq!(name(*kind, bytes, repository.hash), *id);
    }
    most
}

fn assert_same(content: &Content, oracle: &Content) {
    assert!(
        content.keys().eq(oracle.keys()),
        "{} of {}",
        content.len(),
        oracle.len()
    );
    for (id, object) in oracle {
        assert_eq!(content.get(id), Some(object), "{id}");
    }
}

#[test]
fn one_pack_of_offset_deltas() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..130);
        repository.git(&["gc", "-q", "--aggressive", "--prune=now"], b"");
        assert!(check(&repository) > 40);
    }
}

#[test]
fn deep_chains() {
    let repository = Repository::with_history(HashKind::Sha1, 0..130);
    repository.git(
        &[
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
            "--depth=50",
            "--window=30",
        ],
        b"",
    );
    assert!(check(&repository) > 40);
    repository.git(
        &[
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
            "--depth=4000",
            "--window=100",
        ],
        b"",
    );
    assert!(check(&repository) > 40);
}

#[test]
fn deltas_that_name_their_base() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..80);
        let repack = |setting| {
            let wide = ["repack", "-q", "-a", "-d", "-f", "--window=80"];
            repository.git(&[&["-c", setting][..], &wide[..]].concat(), b"");
            fs::metadata(&repository.pack_files("pack")[0])
                .expect("a pack")
                .len()
        };
        // An id takes more room than an offset: that tells that git did as asked.
        let offsets = repack("repack.useDeltaBaseOffset=true");
        assert!(repack("repack.useDeltaBaseOffset=false") > offsets + 1000);
        assert!(check(&repository) > 60);
    }
}

#[test]
fn index_of_version_one() {
    let repository = Repository::with_history(HashKind::Sha1, 0..60);
    repository.git(
        &[
            "-c",
            "pack.indexVersion=1",
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
        ],
        b"",
    );
    let index = fs::read(&repository.pack_files("idx")[0]).expect("an index");
    assert_ne!(&index[..4], b"\xfftOc");
    assert!(check(&repository) > 40);
}

#[test]
fn wide_offsets() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..40);
        repository.git(&["repack", "-q", "-a", "-d", "-f"], b"");
        let index = repository.pack_files("idx").remove(0);
        fs::remove_file(&index).expect("removed");
        let pack = repository.pack_files("pack").remove(0);
        let pack = pack.to_str().expect("text");
        // From this offset on, offsets are written with eight bytes.
        repository.git(&["index-pack", "--index-version=2,0x800", pack], b"");
        assert!(check(&repository) > 40);
    }
}

#[test]
fn several_packs_loose_objects_and_copies_of_both() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..60);
        repository.git(&["repack", "-q", "-a", "-d", "-f"], b"");
        repository.import(30..90);
        repository.import(200..240);
        // The same object packed and loose, and loose alone.
        let packed = repository.oracle();
        for (_, (kind, bytes)) in packed
            .iter()
            .filter(|(_, (kind, _))| *kind == Kind::Blob)
            .take(5)
        {
            assert_eq!(*kind, Kind::Blob);
            repository.git(&["hash-object", "-w", "--stdin"], bytes);
        }
        repository.git(&["hash-object", "-w", "--stdin"], b"only loose");
        repository.git(&["hash-object", "-w", "--stdin"], b"");
        assert!(repository.pack_files("pack").len() >= 3);
        check(&repository);
    }
}

#[test]
fn loose_objects_alone() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..10);
        for pack in repository.pack_files("pack") {
            let bytes = fs::read(&pack).expect("a pack");
            fs::rename(&pack, pack.with_extension("gone")).expect("renamed");
            fs::rename(pack.with_extension("idx"), pack.with_extension("nil")).expect("renamed");
            repository.git(&["unpack-objects", "-q"], &bytes);
        }
        let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        repository.git(&["hash-object", "-w", "--stdin"], &large);
        assert_eq!(check(&repository), 0);
    }
}

#[test]
fn multi_pack_index_alone() {
    for hash in BOTH {
        let repository = Repository::with_history(hash, 0..60);
        repository.git(&["repack", "-q", "-a", "-d", "-f"], b"");
        // Copies: the multi-pack-index names each once, and the other pack's deltas build on entries without a name.
        repository.import(20..90);
        repository.git(&["multi-pack-index", "write"], b"");
        let oracle = repository.oracle();
        for index in repository.pack_files("idx") {
            fs::remove_file(index).expect("removed");
        }
        let faults = Faults::new();
        let store = ObjectStore::open(&repository.objects(), hash, &faults);
        let (content, _) = walk(&store, &WalkOptions::default(), &faults);
        assert_eq!(faults.into_sorted(), []);
        assert_same(&content, &oracle);
    }
}

#[test]
fn multi_pack_index_and_bitmaps_beside_indexes() {
    let repository = Repository::with_history(HashKind::Sha1, 0..40);
    repository.import(100..140);
    repository.git(&["multi-pack-index", "write"], b"");
    check(&repository);
    repository.git(&["repack", "-q", "-a", "-d", "-b"], b"");
    check(&repository);
}

#[test]
fn cruft_and_kept_packs() {
    let repository = Repository::with_history(HashKind::Sha1, 0..60);
    repository.git(&["update-ref", "-d", "refs/heads/v0"], b"");
    repository.git(&["repack", "-q", "-d", "--cruft"], b"");
    assert_eq!(repository.pack_files("mtimes").len(), 1);
    let kept = repository
        .pack_files("pack")
        .remove(0)
        .with_extension("keep");
    fs::write(kept, b"").expect("written");
    check(&repository);
}

#[test]
fn alternates_in_a_circle_with_relative_paths() {
    for hash in BOTH {
        let far = Repository::with_history(hash, 0..30);
        let near = Repository::with_history(hash, 20..60);
        far.git(&["hash-object", "-w", "--stdin"], b"loose and far");
        let up = "../../";
        let far_name = far
            .folder
            .path()
            .file_name()
            .and_then(|name| name.to_str())
            .expect("text");
        let text = format!("# a comment\n\n{up}{far_name}/objects\n");
        fs::write(near.objects().join("info/alternates"), text).expect("written");
        let text = format!("{}\n", near.objects().display());
        fs::write(far.objects().join("info/alternates"), text).expect("written");
        check(&near);
    }
}

#[test]
fn quoted_alternates() {
    let far = Repository::with_history(HashKind::Sha1, 0..20);
    let near = Repository::new(HashKind::Sha1);
    let odd = near.folder.path().join("odd\tname");
    std::os::unix::fs::symlink(far.objects(), odd).expect("linked");
    fs::write(
        near.objects().join("info/alternates"),
        b"\"../odd\\tname\"\n",
    )
    .expect("written");
    check(&near);
}

#[test]
fn only_the_wanted_kinds() {
    let repository = Repository::with_history(HashKind::Sha1, 0..50);
    repository.git(&["gc", "-q", "--aggressive"], b"");
    repository.git(&["hash-object", "-w", "--stdin"], b"loose");
    let oracle = repository.oracle();
    for kinds in [
        Kinds::BLOBS,
        Kinds::only(Kind::Commit).with(Kind::Tag),
        Kinds::only(Kind::Tree),
    ] {
        let faults = Faults::new();
        let store = ObjectStore::open(&repository.objects(), HashKind::Sha1, &faults);
        let options = WalkOptions {
            kinds,
            ..WalkOptions::default()
        };
        let (content, _) = walk(&store, &options, &faults);
        let wanted: Content = oracle
            .clone()
            .into_iter()
            .filter(|(_, (kind, _))| kinds.contains(*kind))
            .collect();
        assert!(!wanted.is_empty());
        assert_same(&content, &wanted);
    }
}
