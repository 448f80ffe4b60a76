//! Compressed streams as readers: every member, stream and frame of a file, and nothing behind them unnoticed.
//!
//! The readers give an error for damage and for bytes that belong to no member, and must not be read after one.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::format::Codec;

/// Compressed bytes read at once.
const BUFFER: usize = 64 * 1024;
/// What a decompressor may take for the window that it looks back into. The strongest presets of xz and zstd need 64
/// and 128 MiB.
const WINDOW: u64 = 128 << 20;

/// A reader of what `input` expands to.
pub(super) fn decoder<'r>(codec: Codec, input: impl Read + 'r) -> Box<dyn Read + 'r> {
    let input = BufReader::with_capacity(BUFFER, input);
    match codec {
        Codec::Gzip => Box::new(Gzip::new(input)),
        Codec::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        // One more MiB for what is not the window.
        Codec::Xz => Box::new(XzReader::new_mem_limit(
            input,
            true,
            (WINDOW >> 10) as u32 + 1024,
        )),
        Codec::Zstandard => Box::new(Zstandard::new(input)),
    }
}

/// A reader of what the LZMA stream of a zip entry expands to: a version, the length of the properties, and these stand
/// in front of it (APPNOTE 5.8.8).
pub(super) fn lzma<'r>(mut input: impl Read + 'r, size: u64) -> io::Result<Box<dyn Read + 'r>> {
    let mut head = [0; 9];
    input.read_exact(&mut head)?;
    let [_, _, 5, 0, properties, window @ ..] = head else {
        return Err(Error::new(ErrorKind::InvalidData, "unknown properties"));
    };
    let window = u32::from_le_bytes(window);
    if u64::from(window) > WINDOW {
        return Err(Error::new(ErrorKind::OutOfMemory, "the window is too big"));
    }
    let reader = LzmaReader::new_with_props(input, size, properties, window, None)?;
    Ok(Box::new(reader))
}

fn trailing(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidData,
        format!("bytes behind the last {what}"),
    )
}

/// The members of a gzip file, one after the other. Zeros behind the last one are padding, as on tapes.
struct Gzip<R: BufRead> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gzip<R> {
    fn new(input: R) -> Self {
        Self {
            member: Some(GzDecoder::new(input)),
        }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(ended) = self.member.take() else {
                break;
            };
            let mut input = ended.into_inner();
            match skip_zeros(&mut input)? {
                None => break,
                Some(0x1F) => self.member = Some(GzDecoder::new(input)),
                Some(_) => return Err(trailing("member")),
            }
        }
        Ok(0)
    }
}

/// Passes zeros; gives the first other byte without taking it.
fn skip_zeros(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let held = input.fill_buf()?;
        let zeros = held.iter().take_while(|&&byte| byte == 0).count();
        let next = held.get(zeros).copied();
        let ended = held.is_empty();
        input.consume(zeros);
        if ended || next.is_some() {
            return Ok(next);
        }
    }
}

/// The frames of a Zstandard file; those that are to be skipped are.
struct Zstandard<R> {
    input: R,
    frame: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstandard<R> {
    fn new(input: R) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(WINDOW);
        Self {
            input,
            frame,
            in_frame: false,
        }
    }

    /// Starts the next frame; `false` at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.input) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error @ FrameDecoderError::WindowSizeTooBig { .. }) => {
                    return Err(Error::new(ErrorKind::OutOfMemory, error));
                }
                Err(error) => return Err(Error::new(ErrorKind::InvalidData, error)),
            }
        }
        Ok(false)
    }

    /// What follows the last byte of a frame.
    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        let stored = self.frame.get_checksum_from_data();
        if stored.is_some() && stored != self.frame.get_calculated_checksum() {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "the checksum does not hold",
            ));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Zstandard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.in_frame && !self.next_frame()? {
                return Ok(0);
            }
            // One block at a time, so that no more than the window and a block is held.
            if self.frame.can_collect() == 0 && !self.frame.is_finished() {
                self.frame
                    .decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
            }
            let count = self.frame.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            if self.frame.is_finished() {
                self.end_frame()?;
            }
        }
    }
}
