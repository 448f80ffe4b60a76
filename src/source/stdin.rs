//! Standard input, scanned as one blob as it streams by.

use std::io::Read;

use crate::finding::{BlobPath, Origin};
use crate::scan::Scan;

/// Scans a stream under the name that reports shall give it.
pub fn run(scan: &Scan<'_>, name: &str, stream: impl Read) {
    let mut worker = scan.worker();
    let path = BlobPath::from_bytes(name);
    if let Err(error) = worker.scan_reader(&path, &Origin::Stdin, stream) {
        worker.unreadable(path, &error);
    }
}
