//! Zip archives of every kind, and entries that cannot be read.

use super::*;

#[test]
fn every_method_and_form_of_header() {
    let text = "a text that repeats itself, repeats itself, repeats itself".repeat(50);
    for method in [0, 8, 12, 93, 95] {
        for (streamed, wide) in [(false, false), (true, false), (false, true)] {
            let mut entry = ZipEntry::new("dir/file", method, text.as_bytes());
            (entry.streamed, entry.wide) = (streamed, wide);
            let archive = zip_around(b"", &[entry, ZipEntry::new("next", 8, b"short")], b"");
            let kept = opened(&archive);
            let expected = [
                ("a!/dir/file", text.clone()),
                ("a!/next", "short".to_owned()),
            ];
            assert_eq!(kept.texts(), expected, "method {method} {streamed} {wide}");
            assert_eq!(kept.skips, [], "method {method} {streamed} {wide}");
        }
    }
}

#[test]
fn two_entries_of_one_name_are_both_read() {
    let kept = opened(&zip(&[("x", b"one"), ("x", b"two")]));
    assert_eq!(
        kept.texts(),
        [("a!/x", "one".to_owned()), ("a!/x", "two".to_owned())]
    );
}

#[test]
fn folders_are_no_files_but_what_only_looks_like_one_is() {
    let kept = opened(&zip(&[("dir/", b""), ("odd/", b"content")]));
    assert_eq!(kept.texts(), [("a!/odd", "content".to_owned())]);
    assert!(kept.is_complete());
}

#[test]
fn what_belongs_to_no_entry_is_scanned_as_it_stands() {
    let entry = ZipEntry::new("x", 0, b"stored\ncontent");
    let archive = zip_around(b"#!/bin/sh\necho in front\n", &[entry], b"a comment");
    let kept = opened(&archive);
    assert_eq!(kept.texts(), [("a!/x", "stored\\ncontent".to_owned())]);
    let remains = &kept.remains;
    assert_eq!(remains.len(), archive.len());
    let holds = |text: &[u8]| memchr::memmem::find(remains, text).is_some();
    assert!(holds(b"echo in front") && holds(b"a comment"));
    assert!(
        !holds(b"stored") && !holds(b"content"),
        "what an entry shows is not shown twice"
    );
    let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(lines(remains), lines(&archive), "lines stay where they are");
}

#[test]
fn encrypted_entries_are_told_and_the_rest_is_read() {
    let mut entries = Vec::new();
    for (name, flags, method) in [
        ("zipcrypto", 1, 8),
        ("aes", 1, 99),
        ("strong", 1 | 1 << 6, 8),
    ] {
        let mut entry = ZipEntry::new(name, method, b"nobody can tell");
        entry.flags = flags;
        entries.push(entry);
    }
    entries.push(ZipEntry::new("plain", 8, b"open"));
    let kept = opened(&zip_around(b"", &entries, b""));
    assert_eq!(kept.texts(), [("a!/plain", "open".to_owned())]);
    let encrypted = |path| (SkipReason::Encrypted, path);
    assert_eq!(
        kept.faults(),
        ["a!/zipcrypto", "a!/aes", "a!/strong"].map(encrypted)
    );
}

#[test]
fn unknown_methods_are_told_by_name() {
    let kept = opened(&zip_around(b"", &[ZipEntry::new("x", 98, b"?")], b""));
    assert_eq!(kept.faults(), [(SkipReason::UnsupportedArchive, "a!/x")]);
    assert!(kept.skips[0].2.contains("ppmd"), "{:?}", kept.skips);
}

#[test]
fn a_wrong_checksum_or_size_is_told_after_the_scan() {
    for change in [
        (|entry: &mut ZipEntry| entry.checksum ^= 1) as fn(&mut ZipEntry),
        |entry| entry.size += 1,
        |entry| entry.size -= 1,
    ] {
        let mut entry = ZipEntry::new("x", 8, b"content");
        change(&mut entry);
        let kept = opened(&zip_around(b"", &[entry], b""));
        assert_eq!(kept.texts(), [("a!/x", "content".to_owned())]);
        assert_eq!(kept.faults(), [(SkipReason::DamagedArchive, "a!/x")]);
    }
}

#[test]
fn entries_that_are_not_counted_are_told() {
    let mut archive = zip(&[("x", b"one"), ("y", b"two")]);
    let end = archive.len() - 22;
    archive[end + 8] = 1;
    archive[end + 10] = 1;
    let kept = opened(&archive);
    assert_eq!(kept.paths(), ["a!/x", "a!/y"]);
    assert_eq!(kept.faults(), [(SkipReason::DamagedArchive, "a")]);
}

#[test]
fn of_a_cut_archive_all_that_is_left_is_read() {
    let long = "a text that goes on, ".repeat(500);
    for streamed in [false, true] {
        let entries = [
            ("one", 8, "first"),
            ("two", 0, "second"),
            ("dir/", 8, ""),
            ("three", 8, &long),
        ];
        let mut entries =
            entries.map(|(name, method, text)| ZipEntry::new(name, method, text.as_bytes()));
        for entry in &mut entries {
            entry.streamed = streamed && entry.method == 8;
        }
        let whole = zip_around(b"", &entries, b"");
        let directory = memchr::memmem::find(&whole, b"PK\x01\x02").expect("a directory");
        for (length, last) in [
            (whole.len() - 10, true),
            (directory, true),
            (directory - 40, false),
        ] {
            let kept = opened(&whole[..length]);
            let faults = kept.faults();
            assert_eq!(
                faults[0],
                (SkipReason::DamagedArchive, "a"),
                "{streamed} {length}"
            );
            assert_eq!(faults.len(), if last { 1 } else { 2 }, "{faults:?}");
            let texts = kept.texts();
            assert_eq!(texts[0], ("a!/one", "first".to_owned()));
            assert_eq!(texts[1], ("a!/two", "second".to_owned()));
            assert_eq!(texts[2].0, "a!/three");
            assert_eq!(texts[2].1 == long, last, "{streamed} {length}");
            assert_eq!(texts.len(), 3);
        }
    }
}

#[test]
fn an_empty_archive_is_complete() {
    let kept = opened(&zip(&[]));
    assert_eq!((kept.paths(), kept.is_complete()), (vec![], true));
}
