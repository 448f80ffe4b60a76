//! Compressed files: all of their parts, and nothing behind them.

use super::*;

type Compress = fn(&[u8]) -> Vec<u8>;

const CODECS: [(&str, Compress); 4] = [
    ("gzip", gzip),
    ("bzip2", bzip2),
    ("xz", xz),
    ("zstd", zstandard),
];

/// More than any buffer on the way, and not the same everywhere.
fn long_text() -> Vec<u8> {
    (0..60_000)
        .flat_map(|n: u32| {
            format!("line {} of a long text\n", n.wrapping_mul(2_654_435_761)).into_bytes()
        })
        .collect()
}

#[test]
fn a_content_comes_out_as_it_went_in() {
    let long = long_text();
    for (name, compress) in CODECS {
        for content in [&b""[..], b"x", &long] {
            let kept = opened(&compress(content));
            assert!(kept.skips.is_empty(), "{name}: {:?}", kept.skips);
            assert_eq!(kept.files.len(), 1);
            assert!(kept.files[0].1 == content, "{name}");
            assert_eq!(kept.files[0].0, "a!/a");
        }
    }
}

#[test]
fn members_one_behind_the_other_are_one_content() {
    for (name, compress) in CODECS {
        let kept = opened(&[compress(b"first, "), compress(b""), compress(b"last")].concat());
        assert_eq!(kept.texts(), [("a!/a", "first, last".to_owned())], "{name}");
        assert!(kept.is_complete(), "{name}: {:?}", kept.skips);
    }
}

#[test]
fn what_stands_behind_the_last_member_is_told() {
    for (name, compress) in CODECS {
        let kept = opened(&[compress(b"text"), b"and more".to_vec()].concat());
        assert_eq!(kept.texts(), [("a!/a", "text".to_owned())], "{name}");
        assert_eq!(kept.faults(), [(SkipReason::DamagedArchive, "a")], "{name}");
    }
}

#[test]
fn padding_is_no_damage() {
    for compress in [gzip, xz] {
        let kept = opened(&[compress(b"text"), vec![0; 512]].concat());
        assert_eq!(
            (kept.texts(), kept.is_complete()),
            (vec![("a!/a", "text".to_owned())], true)
        );
    }
}

#[test]
fn frames_to_be_skipped_are() {
    let skipped = |kind: u8, data: &[u8]| {
        let length = u32::try_from(data.len()).expect("short").to_le_bytes();
        [&[kind, 0x2A, 0x4D, 0x18], &length[..], data].concat()
    };
    let file = [
        skipped(0x50, b"first"),
        zstandard(b"text"),
        skipped(0x5F, b""),
        zstandard(b" and text"),
        skipped(0x51, &vec![7; 100_000]),
    ];
    let kept = opened(&file.concat());
    assert_eq!(kept.texts(), [("a!/a", "text and text".to_owned())]);
    assert!(kept.is_complete());
    let cut = opened(&[zstandard(b"text"), skipped(0x50, b"first")[..10].to_vec()].concat());
    assert_eq!(cut.faults(), [(SkipReason::DamagedArchive, "a")]);
}

#[test]
fn what_was_read_before_the_damage_is_scanned() {
    let long = long_text();
    for (name, compress) in CODECS {
        let whole = compress(&long);
        let kept = opened(&whole[..whole.len() - 5]);
        assert_eq!(kept.faults(), [(SkipReason::DamagedArchive, "a")], "{name}");
        let read = &kept.files[0].1;
        assert!(long.starts_with(read), "{name}");
        assert!(read.len() > long.len() / 2, "{name}: {} bytes", read.len());
    }
}

#[test]
fn windows_that_take_too_much_memory_are_refused() {
    // A frame header with a window of 2 GiB: `zstd --long=31` makes such.
    let frame = [&[0x28, 0xB5, 0x2F, 0xFD, 0, 0xA8][..], &[0; 16]].concat();
    let kept = opened(&frame);
    assert_eq!(kept.faults(), [(SkipReason::UnsupportedArchive, "a")]);
    // xz with a dictionary of 1.5 GiB.
    let options = {
        let mut options = lzma_rust2::XzOptions::with_preset(1);
        options.lzma_options.dict_size = 1 << 20;
        options
    };
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("options");
    encoder.write_all(b"text").expect("memory");
    let mut file = encoder.finish().expect("memory");
    // Block header: size, flags, filter id, size of its properties, the dictionary; then its own checksum.
    assert_eq!(&file[14..16], [0x21, 1]);
    file[16] = 37;
    let end = 12 + (usize::from(file[12]) + 1) * 4;
    let sum = crc32fast::hash(&file[12..end - 4]).to_le_bytes();
    file[end - 4..end].copy_from_slice(&sum);
    assert_eq!(
        opened(&file).faults(),
        [(SkipReason::UnsupportedArchive, "a")]
    );
}

#[test]
fn a_compressed_tar_is_one_archive() {
    let archive = tar(&[("dir/file", b"content")]);
    for (name, compress) in CODECS {
        let kept = opened(&compress(&archive));
        assert_eq!(
            kept.texts(),
            [("a!/dir/file", "content".to_owned())],
            "{name}"
        );
        assert!(kept.is_complete());
    }
}
