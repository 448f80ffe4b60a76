//! Loose objects: one compressed file each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{FaultReason, Faults, Subject};
use super::id::{HashKind, Kind, ObjectId};
use super::inflate::Inflater;
use super::limits::{Allowance, Limits};

/// More than the longest header: a kind's name, a space, twenty digits and a zero byte.
const HEADER: usize = 32;

/// Files much larger than any object they may hold are not even read.
const OVERHEAD: u64 = 1 << 20;

/// The loose objects of an object directory, in the order of the file system.
pub(crate) fn list(directory: &Path, hash: HashKind, faults: &Faults) -> Vec<ObjectId> {
    let mut found = Vec::new();
    for first in 0..=255_u8 {
        let name = format!("{first:02x}");
        let folder = directory.join(&name);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    faults.push(Subject::Path(folder), FaultReason::Io(error.to_string()));
                }
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    // Other names are temporary files of a git that is at work, or was.
                    let id = entry.file_name().to_str().and_then(|rest| {
                        let hex = format!("{name}{rest}");
                        ObjectId::from_hex(hex.as_bytes())
                    });
                    found.extend(id.filter(|id| id.as_bytes().len() == hash.size()));
                }
                Err(error) => {
                    faults.push(
                        Subject::Path(folder.clone()),
                        FaultReason::Io(error.to_string()),
                    );
                }
            }
        }
    }
    found
}

/// Where an object would be.
pub(crate) fn path(directory: &Path, id: &ObjectId) -> PathBuf {
    let hex = id.to_string();
    directory.join(&hex[..2]).join(&hex[2..])
}

/// Reads a loose object if `wanted` says so of its kind. `None` when there is no such file, or it is not wanted.
pub(crate) fn read(
    directory: &Path,
    id: &ObjectId,
    limits: &Limits,
    allowance: &Allowance,
    inflater: &mut Inflater,
    wanted: impl Fn(Kind) -> bool,
) -> Result<Option<(Kind, Vec<u8>)>, FaultReason> {
    match file(&path(directory, id), limits)? {
        Some(file) => decode(&file, limits, allowance, inflater, wanted),
        None => Ok(None),
    }
}

/// Decodes the bytes of a loose object's file if `wanted` says so of its kind.
pub(crate) fn decode(
    file: &[u8],
    limits: &Limits,
    allowance: &Allowance,
    inflater: &mut Inflater,
    wanted: impl Fn(Kind) -> bool,
) -> Result<Option<(Kind, Vec<u8>)>, FaultReason> {
    let (kind, size, header) = header(file, inflater)?;
    if !wanted(kind) {
        return Ok(None);
    }
    if size > limits.object {
        return Err(FaultReason::TooLarge { size });
    }
    allowance.spend(size)?;
    let mut bytes = Vec::new();
    let whole = size + header as u64;
    inflater
        .exact(file, file.len() as u64, whole, &mut bytes)
        .map_err(|reason| match reason {
            FaultReason::SizeLie { .. } => FaultReason::SizeLie { declared: size },
            other => other,
        })?;
    bytes.truncate(whole as usize);
    bytes.drain(..header);
    Ok(Some((kind, bytes)))
}

/// The kind of a loose object.
pub(crate) fn kind(
    directory: &Path,
    id: &ObjectId,
    limits: &Limits,
    inflater: &mut Inflater,
) -> Option<Kind> {
    let file = file(&path(directory, id), limits).ok()??;
    header(&file, inflater).ok().map(|(kind, ..)| kind)
}

/// The file's bytes; `None` when it is not there.
fn file(path: &Path, limits: &Limits) -> Result<Option<Vec<u8>>, FaultReason> {
    let size = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Err(FaultReason::Loose("not a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FaultReason::Io(error.to_string())),
    };
    if size
        > limits
            .object
            .saturating_add(limits.object / 1000)
            .saturating_add(OVERHEAD)
    {
        return Err(FaultReason::TooLarge { size });
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FaultReason::Io(error.to_string())),
    }
}

/// Kind and size as the header states them, and the header's own length.
fn header(file: &[u8], inflater: &mut Inflater) -> Result<(Kind, u64, usize), FaultReason> {
    let mut start = [0; HEADER];
    let len = inflater.prefix(file, &mut start)?;
    let text = start[..len]
        .split(|&byte| byte == 0)
        .next()
        .filter(|text| text.len() < len)
        .ok_or(FaultReason::Loose("no header"))?;
    let space = memchr::memchr(b' ', text).ok_or(FaultReason::Loose("no header"))?;
    let kind = Kind::from_name(&text[..space]).ok_or(FaultReason::Loose("unknown type"))?;
    let digits = &text[space + 1..];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(FaultReason::Loose("no size"));
    }
    let size = digits
        .iter()
        .try_fold(0_u64, |size, digit| {
            size.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
        .filter(|&size| size < u64::MAX - HEADER as u64)
        .ok_or(FaultReason::Loose("absurd size"))?;
    Ok((kind, size, text.len() + 1))
}
