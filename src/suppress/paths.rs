//! Path patterns as `.gitignore` has them, matched against paths relative to the repository root.

use std::borrow::Cow;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::finding::BlobPath;

/// A list of patterns. A pattern that names a folder covers everything below it; later patterns win over earlier
/// ones; `!` in front takes out again.
#[derive(Debug, Clone)]
pub struct PathGlobs(Gitignore);

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the glob cannot be used: {reason}")]
pub struct GlobError {
    /// Which of the patterns, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Default for PathGlobs {
    /// No pattern: covers nothing.
    fn default() -> Self {
        Self(Gitignore::empty())
    }
}

impl PathGlobs {
    /// Compiles patterns.
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<Self, GlobError> {
        let mut builder = GitignoreBuilder::new("");
        let mut last = 0;
        for (index, glob) in globs.into_iter().enumerate() {
            let refuse = |reason: String| Err(GlobError { index, reason });
            last = index;
            // In a `.gitignore` these would be skipped in silence.
            if glob.trim().is_empty() || glob.trim() == "/" {
                return refuse("it is empty".to_owned());
            }
            if glob.starts_with('#') {
                return refuse("it reads as a comment: write `\\#`".to_owned());
            }
            if let Err(error) = builder.add_line(None, glob) {
                return refuse(error_text(&error));
            }
        }
        builder.build().map(Self).map_err(|error| GlobError {
            index: last,
            reason: error_text(&error),
        })
    }

    /// Whether a file is covered, itself or through one of its folders.
    pub fn covers(&self, path: &BlobPath) -> bool {
        self.matches(path, false)
    }

    /// Whether a folder, and so everything below it, is covered.
    pub fn covers_folder(&self, path: &BlobPath) -> bool {
        self.matches(path, true)
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The matcher itself, for walks that hold system paths relative to the root; `None` without patterns.
    pub fn into_gitignore(self) -> Option<Gitignore> {
        (!self.is_empty()).then_some(self.0)
    }

    fn matches(&self, path: &BlobPath, is_folder: bool) -> bool {
        let path = system_path(path.as_bytes());
        // The matcher panics on absolute paths; a path outside of a repository may be one.
        let relative: &Path = match path.strip_prefix("/") {
            Ok(relative) => relative,
            Err(_) if path.has_root() => return false,
            Err(_) => &path,
        };
        self.0
            .matched_path_or_any_parents(relative, is_folder)
            .is_ignore()
    }
}

#[cfg(unix)]
fn system_path(bytes: &[u8]) -> Cow<'_, Path> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    Cow::Borrowed(Path::new(OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn system_path(bytes: &[u8]) -> Cow<'_, Path> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(Path::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}

fn error_text(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(globs: &[&str], path: &[u8]) -> bool {
        let globs = PathGlobs::new(globs.iter().copied()).expect("globs");
        globs.covers(&BlobPath::from_bytes(path))
    }

    #[test]
    fn patterns_mean_what_they_mean_in_gitignore() {
        assert!(covers(&["vendor/"], b"a/vendor/b/c.js"));
        assert!(!covers(&["vendor/"], b"vendor"));
        assert!(covers(&["/docs/**/*.md"], b"docs/a/b.md"));
        assert!(!covers(&["/docs"], b"src/docs"));
        assert!(covers(&["*.lock"], b"deep/Cargo.lock"));
        assert!(!covers(&["*.lock", "!Cargo.lock"], b"Cargo.lock"));
        assert!(covers(&["*.lock"], b"not-utf8-\xff.lock"));
        assert!(covers(&["*.lock"], b"/absolute/a.lock"));
        assert!(!covers(&["*.lock"], b""));
        assert!(!covers(&["*.lock"], b"//"));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let refused = |glob: &str| PathGlobs::new(["ok", glob]).expect_err("refused");
        assert_eq!(refused("a{b").index, 1);
        assert!(refused("a{b").reason.contains("unclosed alternate group"));
        assert_eq!(refused("").reason, "it is empty");
        assert!(refused("# note").reason.contains("comment"));
    }

    proptest::proptest! {
        #[test]
        fn no_path_panics(path: Vec<u8>) {
            let globs = PathGlobs::new(["a/b", "*.x"]).expect("globs");
            let _ = globs.covers(&BlobPath::from_bytes(path));
        }
    }
}
