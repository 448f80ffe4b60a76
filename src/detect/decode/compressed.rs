//! What gzip and zlib have in common: a header, then a deflate stream that is read no further than there is room.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::map::Map;
use super::{GROWTH, Layer, SLACK};

/// Whether these are the first bytes of something compressed.
pub(super) fn has_magic(head: &[u8]) -> bool {
    super::gzip::has_magic(head) || super::zlib::has_magic(head)
}

/// Decompresses the deflate stream at `start`: as much of it as there is, fits, and is sound.
pub(super) fn inflate(bytes: &[u8], start: usize, room: usize) -> Option<Layer> {
    let input = bytes.get(start..)?;
    let room = room.min(input.len() * GROWTH + SLACK);
    let mut out = Vec::new();
    let mut inflate = Inflate::new(false, 15);
    loop {
        let (read, written) = (inflate.total_in() as usize, inflate.total_out() as usize);
        if written == out.len() {
            if written == room {
                break;
            }
            out.resize((out.len() * 2).max(input.len() * 4 + SLACK).min(room), 0);
        }
        let rest = input.get(read..).unwrap_or_default();
        let status = inflate.decompress(rest, &mut out[written..], InflateFlush::NoFlush);
        let moved = inflate.total_in() as usize > read || inflate.total_out() as usize > written;
        match status {
            Ok(Status::Ok | Status::BufError) if moved => {}
            _ => break,
        }
    }
    out.truncate(inflate.total_out() as usize);
    (!out.is_empty()).then(|| Layer::new(out, Map::Whole(0..bytes.len())))
}
