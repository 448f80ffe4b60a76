//! Decompression of one zlib stream into a buffer whose size is known beforehand.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::fault::FaultReason;

/// No deflate stream grows by more than this factor: a match of 258 bytes takes at least two bits.
const GROWTH: u64 = 1032;

/// What a declared size may be at most beyond [`GROWTH`], for streams of a few bytes.
const SLACK: u64 = 1032;

/// Room beyond the declared size: the decoder's quick path ends where less than a longest match and some still fit.
const MARGIN: usize = 320;

/// First step when a declared size is not believed.
const STEP: usize = 64 << 10;

/// A decompressor, kept for many streams.
pub(crate) struct Inflater {
    inflate: Inflate,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self {
            inflate: Inflate::new(true, 15),
        }
    }

    /// Decompresses the stream at the start of `input` into `out`, which afterwards holds exactly `size` bytes in front.
    /// It is longer, and never cut, so that a buffer used again is not cleared again.
    ///
    /// `plausible` is the number of compressed bytes that the stream should have; when that cannot give `size` bytes,
    /// the buffer grows only as far as data really comes.
    pub(crate) fn exact(
        &mut self,
        input: &[u8],
        plausible: u64,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), FaultReason> {
        let declared = size;
        let lie = || FaultReason::SizeLie { declared };
        let size = usize::try_from(size).map_err(|_| lie())?;
        let all = size.checked_add(MARGIN).ok_or_else(lie)?;
        let believed = declared <= plausible.saturating_mul(GROWTH).saturating_add(SLACK);
        let mut room = if believed { all } else { all.min(STEP) };
        self.inflate.reset(true);
        loop {
            if out.len() < room {
                out.resize(room, 0);
            }
            let read = usize::try_from(self.inflate.total_in()).map_err(|_| lie())?;
            let written = usize::try_from(self.inflate.total_out()).map_err(|_| lie())?;
            let flush = if room == all {
                InflateFlush::Finish
            } else {
                InflateFlush::NoFlush
            };
            let rest = input.get(read..).ok_or(FaultReason::Compression)?;
            let status = self
                .inflate
                .decompress(rest, &mut out[written..room], flush)
                .map_err(|_| FaultReason::Compression)?;
            let total = self.inflate.total_out();
            match status {
                Status::StreamEnd if total == declared => return Ok(()),
                Status::StreamEnd => return Err(lie()),
                Status::Ok | Status::BufError if total > declared => return Err(lie()),
                Status::Ok | Status::BufError => {}
            }
            let moved = self.inflate.total_in() > read as u64 || total > written as u64;
            if total == room as u64 {
                room = room.saturating_mul(2).min(all);
            } else if !moved {
                return Err(FaultReason::Compression);
            }
        }
    }

    /// Decompresses as much of the stream as fits into `out`; gives the number of bytes. For headers.
    pub(crate) fn prefix(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize, FaultReason> {
        self.inflate.reset(true);
        self.inflate
            .decompress(input, out, InflateFlush::NoFlush)
            .map_err(|_| FaultReason::Compression)?;
        usize::try_from(self.inflate.total_out()).map_err(|_| FaultReason::Compression)
    }
}
