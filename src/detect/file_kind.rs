//! What a file's path says about the values in it: the step after the judge, for callers that know the path.
//!
//! The judge itself must not know paths, so that a verdict can be handed on where content is copied. This is a pure
//! function of the path and the verdict, applied when both are known. It touches only what the trained judge scored.

use super::Verdict;
use super::judge::{model, trained};
use crate::finding::Evidence;

/// Kinds of files in which names and values mean something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Texts of a user interface in some language.
    Translation,
    /// What a package manager wrote: versions and checksums.
    Lock,
    /// Code that a tool has packed.
    Minified,
    /// Anything else.
    Other,
}

/// Parts of paths of translations, and of their file names.
const TRANSLATIONS: &[&str] = &[
    "i18n",
    "locale",
    "locales",
    "lang",
    "langs",
    "language",
    "languages",
    "translations",
    "l10n",
    "messages",
];
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "cargo.lock",
    "poetry.lock",
    "pipfile.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
    "packages.lock.json",
    "podfile.lock",
    "pubspec.lock",
    "mix.lock",
    "flake.lock",
    "uv.lock",
    "bun.lock",
    "deno.lock",
    "gradle.lockfile",
];

impl FileKind {
    /// The kind of the file at `path`.
    pub fn of(path: &[u8]) -> Self {
        let path = path.to_ascii_lowercase();
        let mut parts = path.rsplit(|b| matches!(b, b'/' | b'\\'));
        let name = parts.next().unwrap_or_default();
        if LOCKS.iter().any(|lock| name == lock.as_bytes()) {
            return Self::Lock;
        }
        if memchr::memmem::find(name, b".min.").is_some()
            || name.ends_with(b".map")
            || name.ends_with(b".bundle.js")
        {
            return Self::Minified;
        }
        let extension = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
        let spoken = [
            &b"po"[..],
            b"pot",
            b"xlf",
            b"xliff",
            b"strings",
            b"resx",
            b"arb",
            b"ftl",
        ]
        .contains(&extension);
        let listed = |part: &[u8]| TRANSLATIONS.iter().any(|word| part == word.as_bytes());
        let stem = name.split(|b| *b == b'.').next().unwrap_or_default();
        if spoken || listed(stem) || parts.any(|part| listed(part) || part.ends_with(b".lproj")) {
            Self::Translation
        } else {
            Self::Other
        }
    }

    /// What the kind adds to a score.
    fn shift(self) -> i32 {
        match self {
            Self::Translation | Self::Lock => -4 * model::ONE,
            Self::Minified => -model::ONE,
            Self::Other => 0,
        }
    }
}

/// The verdict with the file's kind taken into account; `None` if nothing is left of it.
pub fn adjust(path: &[u8], mut verdict: Verdict) -> Option<Verdict> {
    let score = verdict
        .evidence
        .iter_mut()
        .find_map(|evidence| match evidence {
            Evidence::Judged(score) => Some(score),
            _ => None,
        });
    let Some(score) = score else {
        return Some(verdict);
    };
    let shift = FileKind::of(path).shift();
    if shift != 0 {
        score.logit += shift;
        verdict.confidence = trained::confidence(score.logit)?;
    }
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::judge::model::Score;
    use crate::rule::Confidence;

    #[test]
    fn kinds_of_files() {
        for (path, kind) in [
            ("web/i18n/de.json", FileKind::Translation),
            ("res/de.lproj/Main.strings", FileKind::Translation),
            ("po/de.po", FileKind::Translation),
            ("src/messages.properties", FileKind::Translation),
            ("a/Cargo.lock", FileKind::Lock),
            ("js/app.min.js", FileKind::Minified),
            ("src/language.rs.d/main.rs", FileKind::Other),
            ("config/.env", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(path.as_bytes()), kind, "{path}");
        }
    }

    #[test]
    fn only_scores_are_shifted() {
        let scored = |logit| Verdict {
            confidence: Confidence::High,
            evidence: vec![Evidence::Judged(Score {
                logit,
                reasons: Vec::new(),
            })],
            facts: Vec::new(),
        };
        let kept = adjust(b"src/main.rs", scored(3 * model::ONE)).expect("kept");
        assert_eq!(kept.confidence, Confidence::High);
        let lesser = adjust(b"i18n/de.json", scored(3 * model::ONE)).expect("kept");
        assert!(lesser.confidence < Confidence::High);
        assert_eq!(adjust(b"yarn.lock", scored(0)), None);
        let format = Verdict {
            evidence: vec![Evidence::Format],
            ..scored(0)
        };
        assert_eq!(adjust(b"yarn.lock", format.clone()), Some(format));
    }
}
