//! Which object directories a repository has: its own and those it borrows from.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{FaultReason, Faults, Subject};

/// More object directories than anyone has.
const MOST: usize = 1000;

/// `first` and all directories that it names in `info/alternates`, and those that these name, each once.
pub(crate) fn directories(first: &[PathBuf], faults: &Faults) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = first.iter().rev().cloned().collect();
    while let Some(directory) = open.pop() {
        let canonical = match fs::canonicalize(&directory) {
            Ok(canonical) => canonical,
            Err(error) => {
                faults.push(Subject::Path(directory), FaultReason::Io(error.to_string()));
                continue;
            }
        };
        if !canonical.is_dir() {
            let why = FaultReason::Format {
                what: "object directory",
                why: "not a folder",
            };
            faults.push(Subject::Path(directory), why);
            continue;
        }
        if !seen.insert(canonical) {
            continue;
        }
        if found.len() == MOST {
            let why = FaultReason::Format {
                what: "list of alternates",
                why: "absurdly many",
            };
            faults.push(Subject::Path(directory), why);
            break;
        }
        let mut named = alternates(&directory, faults);
        named.reverse();
        open.append(&mut named);
        found.push(directory);
    }
    found
}

/// The directories one directory names. A relative one counts from the directory that names it.
fn alternates(directory: &Path, faults: &Faults) -> Vec<PathBuf> {
    let file = directory.join("info").join("alternates");
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                faults.push(Subject::Path(file), FaultReason::Io(error.to_string()));
            }
            return Vec::new();
        }
    };
    let lines = text.split(|&byte| byte == b'\n');
    lines
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(|line| directory.join(path(&unquote(line).unwrap_or_else(|| line.to_vec()))))
        .collect()
}

/// Undoes git's quoting of unusual paths: `"..."` with the escapes of C.
fn unquote(line: &[u8]) -> Option<Vec<u8>> {
    let inner = line.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            first @ b'0'..=b'3' => {
                let octal = |digit: u8| matches!(digit, b'0'..=b'7').then(|| digit - b'0');
                octal(first)? << 6 | octal(rest.next()?)? << 3 | octal(rest.next()?)?
            }
            other => other,
        });
    }
    Some(bytes)
}

/// A path of these bytes.
#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path of these bytes, which git writes as UTF-8 here.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).trim_end_matches('\r'))
}
