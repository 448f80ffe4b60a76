//! Archives, as small as they can be.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

/// A gzip file.
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A bzip2 file.
pub(super) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A Zstandard file.
pub(super) fn zstandard(content: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(content, level)
}

/// An xz file.
pub(super) fn xz(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("options");
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A tar archive with its end mark.
pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in files {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// A zip archive of deflated files.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(0, files)
}

/// A zip archive whose entries say that they are encrypted.
pub(super) fn encrypted_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(1, files)
}

fn zip_with(flags: u16, files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).expect("memory");
        let data = encoder.finish().expect("memory");
        let mut numbers = flags.to_le_bytes().to_vec();
        numbers.extend([8, 0, 0, 0, 0, 0]);
        numbers.extend(crc32fast::hash(content).to_le_bytes());
        for size in [data.len(), content.len()] {
            numbers.extend(u32::try_from(size).expect("small").to_le_bytes());
        }
        numbers.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
        numbers.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend(&numbers);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(archive.len()).expect("small").to_le_bytes());
        directory.extend(name.as_bytes());
        archive.extend(b"PK\x03\x04\x14\0");
        archive.extend(&numbers);
        archive.extend(name.as_bytes());
        archive.extend(&data);
    }
    let start = archive.len();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        archive.extend(u16::try_from(files.len()).expect("few").to_le_bytes());
    }
    for number in [directory.len(), start] {
        archive.extend(u32::try_from(number).expect("small").to_le_bytes());
    }
    archive.extend([0, 0]);
    archive
}
