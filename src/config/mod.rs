//! The configuration file: where it is, what it may hold, and what a scan makes of it.
//!
//! [`Config::discover`] and [`Config::load`] read the file and refuse unknown keys; [`Config::resolve`] turns it into
//! rules, suppressions and options and refuses everything that would silently do nothing. The environment and the
//! command line are the caller's: nothing here reads them.

mod model;
mod resolve;
mod size;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, InvalidFile, of_toml, read};
use crate::rule::spec::RuleSpec;
pub use resolve::Resolved;
pub use size::parse_size;

/// Why a configuration cannot be used.
pub type ConfigError = InvalidFile;

/// Where the file may be, relative to the root of a repository or scanned folder. The first that exists counts.
pub const CANDIDATES: &[&str] = &[".keyward.toml", "keyward.toml", ".config/keyward.toml"];
/// The environment variable whose value, where it is set, keys the fingerprints before anything in a file.
pub const KEY_VARIABLE: &str = "KEYWARD_FINGERPRINT_KEY";
/// Larger files are refused.
const SIZE_LIMIT: u64 = 1 << 20;

/// A configuration whose keys and types are right. The default is that of a repository without a file.
#[derive(Debug, Default)]
pub struct Config {
    path: Option<PathBuf>,
    text: String,
    file: model::ConfigFile,
}

impl Config {
    /// Reads the file of a repository or scanned folder; `None` if it has none.
    pub fn discover(root: &Path) -> Result<Option<Self>, ConfigError> {
        for candidate in CANDIDATES {
            let path = root.join(candidate);
            if path.symlink_metadata().is_ok() {
                read::refuse_outside(root, &path)?;
                return Self::load(&path).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&read::text(path, SIZE_LIMIT)?, path)
    }

    /// Reads the text of a file; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file = toml::from_str(text).map_err(|error| {
            let mut diagnostic = of_toml(path, text, &error);
            hide_key(&mut diagnostic);
            diagnostic
        })?;
        Ok(Self {
            path: Some(path.to_owned()),
            text: text.to_owned(),
            file,
        })
    }

    /// The user's own rules, as written.
    pub(crate) fn own_rules(&self) -> &[RuleSpec] {
        &self.file.rule
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Takes the line out of a diagnostic if the fingerprint key stands on it.
fn hide_key(diagnostic: &mut Diagnostic) {
    if let Some(place) = &mut diagnostic.place {
        let line = place.source.trim_start_matches(['…', ' ', '"', '\'']);
        let is_key = line
            .strip_prefix("fingerprint-key")
            .is_some_and(|rest| !rest.starts_with("-env"));
        if is_key {
            "fingerprint-key = ********".clone_into(&mut place.source);
            place.marked = 0..place.source.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text, Path::new(".keyward.toml"))
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_marked_and_the_nearest_suggested() {
        assert_eq!(
            refused("# ours\n[scan]\nexlude = [\"vendor\"]\n"),
            "error: unknown key `exlude`
 --> .keyward.toml:3:1
  |
3 | exlude = [\"vendor\"]
  | ^^^^^^
  = help: is it `exclude`?"
        );
        assert!(refused("[scann]\n").contains("help: is it `scan`?"));
        assert!(refused("[[rule]]\nid = 'x'\nsumary = ''\n").contains("help: is it `summary`?"));
        assert!(refused("[[allow]]\npath = ['x']\n").contains("help: is it `paths`?"));
    }

    #[test]
    fn wrong_types_and_values_are_marked() {
        assert_eq!(
            refused("[rules]\nmin-confidence = \"hgh\"\n"),
            "error: unknown value `hgh`
 --> .keyward.toml:2:18
  |
2 | min-confidence = \"hgh\"
  |                  ^^^^^
  = help: is it `high`?"
        );
        assert!(refused("scan = 3\n").contains("expected a table"));
        assert!(refused("[scan]\nmax-size = 10\n").contains("help: put it in quotes"));
        assert!(refused("[scan\n").contains("--> .keyward.toml:1:6"));
    }

    #[test]
    fn the_fingerprint_key_is_never_shown() {
        let shown = refused("fingerprint-key = \"do-not-show\n");
        assert!(!shown.contains("do-not-show"), "{shown}");
        assert!(shown.contains("1 | fingerprint-key = ********"), "{shown}");
    }

    #[test]
    fn the_first_candidate_counts() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path();
        assert!(Config::discover(root).expect("nothing there").is_none());
        fs::create_dir(root.join(".config")).expect("folder");
        for candidate in CANDIDATES.iter().rev() {
            fs::write(root.join(candidate), "").expect("write");
            let config = Config::discover(root).expect("valid").expect("there");
            assert_eq!(config.path(), Some(root.join(candidate).as_path()));
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(".keyward.toml");
        fs::write(&path, b"# \xff").expect("write");
        let shown = Config::discover(folder.path())
            .expect_err("refused")
            .to_string();
        assert!(
            shown.starts_with("error: is not UTF-8: line 1 holds an invalid byte\n --> "),
            "{shown}"
        );
        fs::write(&path, "#".repeat((1 << 20) + 1)).expect("write");
        let shown = Config::load(&path).expect_err("refused").to_string();
        assert!(
            shown.starts_with("error: is larger than 1048576 bytes"),
            "{shown}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_is_refused() {
        let outside = tempfile::tempdir().expect("folder");
        let root = tempfile::tempdir().expect("folder");
        fs::write(outside.path().join("private"), "private line").expect("write");
        std::os::unix::fs::symlink(
            outside.path().join("private"),
            root.path().join("keyward.toml"),
        )
        .expect("link");
        let shown = Config::discover(root.path())
            .expect_err("refused")
            .to_string();
        assert!(
            shown.contains("outside of the scanned folder") && !shown.contains("private line"),
            "{shown}"
        );
    }
}
