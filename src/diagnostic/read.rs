//! Reads a text file that a person wrote. Anything that is not one is an error with the path.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::{Diagnostic, InvalidFile};

/// The text of a file of at most `limit` bytes.
pub fn text(path: &Path, limit: u64) -> Result<String, InvalidFile> {
    let unreadable =
        |error: std::io::Error| Diagnostic::of_file(path, format!("cannot be read: {error}"));
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Diagnostic::of_file(path, "is not a file").into());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let message = format!("is larger than {limit} bytes");
        return Err(Diagnostic::of_file(path, message).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = memchr::memchr_iter(b'\n', &error.as_bytes()[..at]).count() + 1;
        Diagnostic::of_file(
            path,
            format!("is not UTF-8: line {line} holds an invalid byte"),
        )
        .with_help("store the file as UTF-8")
        .into()
    })
}

/// A repository under scan may come from a stranger: a file in it that Keyward reads for itself must not be a link to
/// a file of this machine, of which a message would then show a line.
pub fn refuse_outside(root: &Path, path: &Path) -> Result<(), InvalidFile> {
    let (Ok(root), Ok(target)) = (root.canonicalize(), path.canonicalize()) else {
        return Ok(()); // Reading it says what is wrong.
    };
    if target.starts_with(root) {
        return Ok(());
    }
    Err(
        Diagnostic::of_file(path, "is a link to a file outside of the scanned folder")
            .with_help("put the file itself there, or name it on the command line")
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("file");
        let message = |path: &Path| text(path, 8).map_err(|e| e.diagnostics[0].message.clone());
        assert!(message(&path).is_err_and(|m| m.starts_with("cannot be read: ")));
        assert_eq!(message(folder.path()), Err("is not a file".to_owned()));
        fs::write(&path, "12345678").expect("write");
        assert_eq!(message(&path), Ok("12345678".to_owned()));
        fs::write(&path, "123456789").expect("write");
        assert_eq!(message(&path), Err("is larger than 8 bytes".to_owned()));
        fs::write(&path, b"a\nb\xff").expect("write");
        assert_eq!(
            message(&path),
            Err("is not UTF-8: line 2 holds an invalid byte".to_owned())
        );
    }
}
