//! Standard input, scanned as one blob as it streams by.

use std::io::Read;

use super::archive;
use crate::finding::{BlobPath, Origin};
use crate::scan::Scan;

/// Scans a stream under the name that reports shall give it; `archives` says how it is opened if it is one.
pub fn run(scan: &Scan<'_>, name: &str, stream: impl Read, archives: Option<&archive::Options>) {
    let mut worker = scan.worker();
    let path = BlobPath::from_bytes(name);
    let result = archive::scan_stream(&mut worker, archives, &path, &Origin::Stdin, stream);
    if let Err(error) = result {
        worker.unreadable(path, &error);
    }
}
