//! The bytes of a file of the object database: mapped, or borrowed from a caller that already has them.
//!
//! The only unsafe code of the crate stands here.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// Read-only bytes.
#[derive(Debug)]
pub(crate) enum Bytes<'d> {
    /// A mapped file.
    Mapped(Mmap),
    /// Someone else's.
    Borrowed(&'d [u8]),
}

impl Bytes<'_> {
    /// Maps a file. An empty one gives no bytes: it cannot be mapped everywhere.
    #[allow(unsafe_code)]
    pub(crate) fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if metadata.len() == 0 {
            return Ok(Self::Borrowed(&[]));
        }
        // SAFETY: the mapping is read only and private to this value. Rust asks that the bytes do not change under it.
        // git never writes to a pack or an index once it has its final name: it writes a new file and unlinks the
        // old one, which leaves the mapping whole. All that reads these bytes checks each number as it uses it and
        // never reads one twice relying on the same answer for memory safety, so a file changed against
        // git's rules gives wrong bytes, not undefined accesses. A file cut short meanwhile ends the process with a
        // bus error, as it does in git itself.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self::Mapped(map))
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Borrowed(bytes) => bytes,
        }
    }
}
