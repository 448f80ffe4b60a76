//! Delta instructions: parsed once into checked segments, applied only when the bytes are wanted.

use std::ops::Range;

use crate::git::fault::FaultReason;
use crate::git::limits::Limits;

/// Where a segment of an object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Copied from the base, starting there.
    Copy {
        /// First byte in the base.
        base_offset: usize,
    },
    /// New bytes, which stand in the delta.
    Insert {
        /// First byte in the delta's instructions.
        delta_offset: usize,
    },
}

/// A run of an object's bytes that have one source. An object's segments are in order, without gaps, never empty, and
/// two copies that continue each other in the base are one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which bytes of the object.
    pub out: Range<usize>,
    /// Where they come from.
    pub source: Source,
}

/// The sizes that stand in front of the instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) base: u64,
    pub(crate) result: u64,
    /// Where the instructions start.
    pub(crate) start: usize,
}

/// Reads the two sizes.
pub(crate) fn sizes(delta: &[u8]) -> Result<Sizes, FaultReason> {
    let (base, start) = varint(delta, 0)?;
    let (result, start) = varint(delta, start)?;
    Ok(Sizes {
        base,
        result,
        start,
    })
}

/// Parses all instructions into `segments`, checking each against the base and the result's size; gives that size.
pub(crate) fn parse(
    delta: &[u8],
    base_len: usize,
    limits: &Limits,
    segments: &mut Vec<Segment>,
) -> Result<usize, FaultReason> {
    segments.clear();
    let sizes = sizes(delta)?;
    if sizes.base != base_len as u64 {
        return Err(FaultReason::Delta("made for a base of another size"));
    }
    if sizes.result > limits.object {
        return Err(FaultReason::TooLarge { size: sizes.result });
    }
    let result =
        usize::try_from(sizes.result).map_err(|_| FaultReason::TooLarge { size: sizes.result })?;
    let mut at = sizes.start;
    let mut out = 0_usize;
    while let Some(&opcode) = delta.get(at) {
        at += 1;
        let (source, len) = if opcode & 0x80 != 0 {
            let (base_offset, len, next) = copy(delta, opcode, at).ok_or_else(cut)?;
            at = next;
            if base_offset > base_len || len > base_len - base_offset {
                return Err(FaultReason::Delta("copies from outside of its base"));
            }
            (Source::Copy { base_offset }, len)
        } else if opcode == 0 {
            return Err(FaultReason::Delta("reserved instruction"));
        } else {
            let len = usize::from(opcode);
            let delta_offset = at;
            at += len;
            if at > delta.len() {
                return Err(cut());
            }
            (Source::Insert { delta_offset }, len)
        };
        let end = out.saturating_add(len);
        if end > result {
            return Err(FaultReason::Delta("gives more than its declared size"));
        }
        push(segments, out..end, source);
        if segments.len() > limits.segments {
            return Err(FaultReason::Delta("absurdly many instructions"));
        }
        out = end;
    }
    if out != result {
        return Err(FaultReason::Delta("gives less than its declared size"));
    }
    Ok(result)
}

/// Adds a segment, or lengthens the last one where a copy goes on.
#[inline]
fn push(segments: &mut Vec<Segment>, out: Range<usize>, source: Source) {
    if let Source::Copy { base_offset } = source
        && let Some(last) = segments.last_mut()
        && let Source::Copy {
            base_offset: before,
        } = last.source
        && before + last.out.len() == base_offset
    {
        last.out.end = out.end;
        return;
    }
    segments.push(Segment { out, source });
}

/// Applies checked segments: appends the bytes of `range` of the object to `out`.
///
/// `base` and `delta` must be those that the segments were parsed with; otherwise bytes are missing from the result.
pub(crate) fn gather(
    segments: &[Segment],
    base: &[u8],
    delta: &[u8],
    range: &Range<usize>,
    out: &mut Vec<u8>,
) {
    let first = segments.partition_point(|segment| segment.out.end <= range.start);
    for segment in &segments[first..] {
        if segment.out.start >= range.end {
            break;
        }
        let start = segment.out.start.max(range.start);
        let skipped = start - segment.out.start;
        let len = segment.out.end.min(range.end) - start;
        let (source, from) = match segment.source {
            Source::Copy { base_offset } => (base, base_offset),
            Source::Insert { delta_offset } => (delta, delta_offset),
        };
        let from = from + skipped;
        if let Some(bytes) = source.get(from..from + len) {
            out.extend_from_slice(bytes);
        }
    }
}

/// Reads a copy instruction's operands; gives offset, length and where the next instruction starts.
#[inline]
fn copy(delta: &[u8], opcode: u8, mut at: usize) -> Option<(usize, usize, usize)> {
    let mut operands = [0_usize; 7];
    for (bit, operand) in operands.iter_mut().enumerate() {
        if opcode & 1 << bit != 0 {
            *operand = usize::from(*delta.get(at)?);
            at += 1;
        }
    }
    let offset = operands[0] | operands[1] << 8 | operands[2] << 16 | operands[3] << 24;
    let len = operands[4] | operands[5] << 8 | operands[6] << 16;
    Some((offset, if len == 0 { 0x10000 } else { len }, at))
}

/// Reads a number of seven bits a byte, least significant first.
fn varint(bytes: &[u8], mut at: usize) -> Result<(u64, usize), FaultReason> {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let byte = *bytes.get(at).ok_or_else(cut)?;
        at += 1;
        if shift > 56 {
            return Err(FaultReason::Delta("absurd size"));
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value, at));
        }
        shift += 7;
    }
}

/// A delta that should go on and does not.
fn cut() -> FaultReason {
    FaultReason::Delta("cut short")
}
