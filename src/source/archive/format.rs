//! What a content is, told by its first bytes and never by its name.

use std::io::{self, Read};

/// How many first bytes [`Format::of`] wants to see: a tar header.
pub(crate) const HEAD: usize = super::tar::BLOCK;

/// The first bytes of a content.
pub(super) struct Head {
    bytes: [u8; HEAD],
    length: usize,
}

impl Head {
    /// Reads them.
    pub(super) fn read(content: &mut (impl Read + ?Sized)) -> io::Result<Self> {
        let mut bytes = [0; HEAD];
        let length = super::fill(content, &mut bytes)?;
        Ok(Self { bytes, length })
    }

    /// What they tell.
    pub(super) fn format(&self) -> Option<Format> {
        Format::of(self.bytes())
    }

    /// As many as there are.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Something that can be opened, or that is known for something that cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Zip, and what is built on it: jar, war, apk, wheel, nupkg, vsix, docx.
    Zip,
    /// Tar in any of its dialects.
    Tar,
    /// One compressed stream.
    Compressed(Codec),
    /// Another kind of archive, by name.
    Foreign(&'static str),
}

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz, not the older lzma.
    Xz,
    /// Zstandard, RFC 8878.
    Zstandard,
}

impl Codec {
    /// For messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstandard => "zstd",
        }
    }
}

/// Archives that are recognised and not opened. "Clean" would be a lie for them.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"7z\xBC\xAF\x27\x1C", "7z"),
    (b"Rar!\x1A\x07", "rar"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"!<arch>\ndebian-binary", "deb"),
    (b"\xED\xAB\xEE\xDB", "rpm"),
    (b"\x1F\x9D", "compress"),
    (b"\x04\x22\x4D\x18", "lz4"),
    (b"LZIP\x01", "lzip"),
];

impl Format {
    /// The format of a content that begins with `head`.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let codec = match head {
            // Compressed by "deflate", no reserved flag set: two more bytes of magic, so to say.
            [0x1F, 0x8B, 8, flags, ..] if flags & 0xE0 == 0 => Some(Codec::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(b"\x31\x41\x59\x26\x53\x59")
                    || rest.starts_with(b"\x17\x72\x45\x38\x50\x90") =>
            {
                Some(Codec::Bzip2)
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Codec::Xz),
            // A frame, or one to be skipped in front of others.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
                Some(Codec::Zstandard)
            }
            _ => None,
        };
        if let Some(codec) = codec {
            return Some(Self::Compressed(codec));
        }
        // A file, the directory of an empty archive, or the mark of one that was split.
        if head.starts_with(b"PK\x03\x04")
            || head.starts_with(b"PK\x05\x06")
            || head.starts_with(b"PK\x07\x08PK")
        {
            return Some(Self::Zip);
        }
        if let Some((_, name)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(Self::Foreign(name));
        }
        super::tar::is_header(head).then_some(Self::Tar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_an_archive_is_text() {
        for text in [
            &b"BZh9 is how bzip2 begins"[..],
            b"PK and others",
            b"7z x archive",
            b"LZIP is a format",
            b"!<arch>\nlibfoo.a/",
            b"\x1F\x8B\x08\xFF reserved flags",
            b"",
        ] {
            assert_eq!(Format::of(text), None, "{}", text.escape_ascii());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_head_panics(head: Vec<u8>) {
            let _ = Format::of(&head);
        }
    }
}
