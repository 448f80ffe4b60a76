//! Tar archives in their dialects, and what is wrong with them.

use super::*;

fn archive(items: &[Vec<u8>]) -> Vec<u8> {
    [items.concat(), vec![0; 1024]].concat()
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut data = String::new();
    for (key, value) in records {
        let body = format!(" {key}={value}\n");
        // The length counts its own digits.
        let length = (1..5)
            .map(|digits| body.len() + digits)
            .find(|length| length.to_string().len() + body.len() == *length)
            .expect("a length");
        data += &length.to_string();
        data += &body;
    }
    tar_item("pax", b'x', data.as_bytes())
}

#[test]
fn long_names_of_every_dialect() {
    let long = "folder/".repeat(60) + "file";
    let mut prefixed = tar_header(b"file", b'0', 4);
    prefixed[345..351].copy_from_slice(b"folder");
    seal(&mut prefixed);
    let prefixed = [&prefixed[..], b"ustr", &[0; 508]].concat();
    let kept = opened(&archive(&[
        tar_item("ignored", b'L', format!("{long}\0").as_bytes()),
        tar_item("short", b'0', b"gnu"),
        pax(&[("path", &long), ("mtime", "1.5")]),
        tar_item("short", b'0', b"pax"),
        prefixed,
        tar_item("plain", b'0', b"none"),
    ]));
    let long = format!("a!/{long}");
    assert_eq!(
        kept.texts(),
        [
            (long.as_str(), "gnu".to_owned()),
            (long.as_str(), "pax".to_owned()),
            ("a!/folder/file", "ustr".to_owned()),
            ("a!/plain", "none".to_owned()),
        ]
    );
    assert_eq!(kept.skips, []);
}

#[test]
fn links_and_devices_have_no_content() {
    let kept = opened(&archive(&[
        tar_item("dir/", b'5', b""),
        tar_item("old-dir/", 0, b""),
        tar_item("link", b'2', b""),
        tar_item("hard", b'1', b""),
        tar_item("device", b'3', b""),
        tar_item("pipe", b'6', b""),
        tar_item("g", b'g', b"20 comment=harmless\n"),
        tar_item("K", b'K', b"where the link leads to\0"),
        tar_item("contiguous", b'7', b"a file"),
        tar_item("unknown", b'Z', b"to be read as one"),
    ]));
    assert_eq!(kept.paths(), ["a!/contiguous", "a!/unknown"]);
    assert!(kept.is_complete());
    assert_eq!(kept.skips.len(), 1, "the symbolic link");
}

#[test]
fn sizes_in_every_notation() {
    let mut binary = tar_header(b"binary", b'0', 0);
    binary[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    seal(&mut binary);
    let mut blank = tar_header(b"blank", b'0', 0);
    blank[124..136].copy_from_slice(b"         3  ");
    seal(&mut blank);
    let content = [&b"abc"[..], &[0; 509]].concat();
    let mut extended = tar_header(b"extended", b'0', 0);
    extended[124..136].copy_from_slice(b"00000000000\0");
    seal(&mut extended);
    let kept = opened(&archive(&[
        [&binary[..], &content].concat(),
        [&blank[..], &content].concat(),
        pax(&[("size", "3")]),
        [&extended[..], &content].concat(),
    ]));
    let abc = || "abc".to_owned();
    assert_eq!(
        kept.texts(),
        [
            ("a!/binary", abc()),
            ("a!/blank", abc()),
            ("a!/extended", abc())
        ]
    );
    assert!(kept.is_complete());
}

#[test]
fn sparse_files_are_read_without_their_holes() {
    let mut old = tar_header(b"old", b'S', 6);
    old[482] = 1;
    seal(&mut old);
    let mut more = [[0; 512], [0; 512]];
    more[0][504] = 1;
    let content = |bytes: &[u8]| {
        let mut content = bytes.to_vec();
        content.resize(content.len().next_multiple_of(512), 0);
        content
    };
    let mut map = b"2\n0\n3\n1048576\n3\n".to_vec();
    map.resize(512, 0);
    map.extend(b"newer\n");
    let kept = opened(&archive(&[
        [&old[..], &more.concat(), &content(b"older\n")].concat(),
        pax(&[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.name", "real/name"),
        ]),
        tar_item("GNUSparseFile.0/name", b'0', &map),
        tar_item("plain", b'0', b"text"),
    ]));
    assert_eq!(
        kept.texts(),
        [
            ("a!/old", "older\\n".to_owned()),
            ("a!/real/name", "newer\\n".to_owned()),
            ("a!/plain", "text".to_owned()),
        ]
    );
    assert_eq!(kept.skips, []);
}

#[test]
fn a_damaged_header_costs_its_file_only() {
    let mut bad = tar_item("bad", b'0', b"lost");
    bad[0] ^= 0x20;
    let kept = opened(&archive(&[
        tar_item("first", b'0', b"one"),
        bad,
        tar_item("last", b'0', b"two"),
    ]));
    assert_eq!(kept.paths(), ["a!/first", "a!/last"]);
    assert_eq!(kept.faults(), [(SkipReason::DamagedArchive, "a")]);
}

#[test]
fn a_missing_end_is_told() {
    let whole = tar(&[("x", b"content"), ("y", &[7; 2000])]);
    for length in [whole.len() - 1024, whole.len() - 1030, 1600, 1024, 700] {
        let kept = opened(&whole[..length]);
        assert_eq!(
            kept.faults(),
            [(SkipReason::DamagedArchive, "a")],
            "{length} bytes"
        );
        assert_eq!(kept.paths()[0], "a!/x");
    }
}

#[test]
fn an_archive_appended_to_another_is_read_too() {
    let both = [tar(&[("x", b"one")]), vec![0; 8192], tar(&[("y", b"two")])].concat();
    let kept = opened(&both);
    assert_eq!(
        (kept.paths(), kept.is_complete()),
        (vec!["a!/x", "a!/y"], true)
    );
    let trailing = [tar(&[("x", b"one")]), b"something else".repeat(100)].concat();
    assert_eq!(
        opened(&trailing).faults(),
        [(SkipReason::DamagedArchive, "a")]
    );
}

#[test]
fn endless_names_are_refused() {
    let mut header = tar_header(b"long", b'L', 0);
    header[124..136].copy_from_slice(b"77777777777\0");
    seal(&mut header);
    let kept = opened(&[&header[..], &[b'x'; 4096]].concat());
    assert!(!kept.is_complete());
    assert_eq!(kept.paths(), [""; 0]);
}
