//! What a scan read, and what it could not: part of every report, so that "clean" never means "did not look".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::detect::judge::practice::{Kept, Practice};
use crate::finding::BlobPath;

/// Details kept per scan; more are only counted.
const DETAILS: usize = 1000;

/// Why something was not scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// Ignored by git and not tracked: a file, or a folder as a whole.
    Ignored,
    /// Excluded by the configuration or by `--glob`.
    Excluded,
    /// Larger than `--max-size`.
    TooLarge,
    /// A symbolic link, not followed.
    Symlink,
    /// A socket, pipe or device.
    SpecialFile,
    /// A submodule's entry: its repository is scanned on its own.
    Submodule,
    /// Announced with `git add --intent-to-add`: the commit would not hold it.
    IntentToAdd,
    /// An archive, scanned as bytes but not opened: nobody asked for it.
    UnopenedArchive,
    /// Could not be opened or read.
    Unreadable,
    /// Was listed but gone when it was to be read.
    Vanished,
    /// An object that the repository should hold and does not.
    MissingObject,
    /// An object or index that cannot be decoded.
    Corrupt,
    /// The repository is shallow: commits beyond this one were not fetched.
    Shallow,
    /// An archive, or something in it, whose bytes contradict each other or their checksum.
    DamagedArchive,
    /// Something in an archive that only a password opens.
    Encrypted,
    /// An archive of a kind that is not opened, or something in it that is compressed in an unknown way.
    UnsupportedArchive,
    /// An archive that holds more than one may cost.
    ArchiveLimit,
}

impl SkipReason {
    /// Whether the scan is then incomplete.
    pub fn is_incomplete(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::Vanished
                | Self::MissingObject
                | Self::Corrupt
                | Self::Shallow
                | Self::DamagedArchive
                | Self::Encrypted
                | Self::UnsupportedArchive
                | Self::ArchiveLimit
        )
    }

    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Excluded => "excluded",
            Self::TooLarge => "too-large",
            Self::Symlink => "symlink",
            Self::SpecialFile => "special-file",
            Self::Submodule => "submodule",
            Self::IntentToAdd => "intent-to-add",
            Self::UnopenedArchive => "unopened-archive",
            Self::Unreadable => "unreadable",
            Self::Vanished => "vanished",
            Self::MissingObject => "missing-object",
            Self::Corrupt => "corrupt",
            Self::Shallow => "shallow",
            Self::DamagedArchive => "damaged-archive",
            Self::Encrypted => "encrypted",
            Self::UnsupportedArchive => "unsupported-archive",
            Self::ArchiveLimit => "archive-limit",
        }
    }

    /// What to do about it; empty where nothing is wrong.
    pub fn help(self) -> &'static str {
        match self {
            Self::Unreadable => "give read access, or exclude it in .keyward.toml",
            Self::Vanished => "it changed during the scan: run again",
            Self::MissingObject => "fetch it (git fetch --refetch) or scan a full clone",
            Self::Corrupt => "check the repository with git fsck",
            Self::Shallow => {
                "fetch the whole history (git fetch --unshallow; in CI, fetch-depth: 0)"
            }
            Self::UnopenedArchive => "--archives opens them",
            Self::DamagedArchive => "make it anew, or exclude it in .keyward.toml",
            Self::Encrypted | Self::UnsupportedArchive | Self::ArchiveLimit => {
                "unpack it and scan the folder, or exclude it in .keyward.toml"
            }
            _ => "",
        }
    }
}

/// One thing that was not scanned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// Path or object.
    pub subject: BlobPath,
    /// What the system said, if anything.
    pub detail: String,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason.name())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// What a scan met that is kept as it should be: encrypted, or a reference to a secret store.
///
/// Distinct values count, each once however many files and versions hold it. So the count is that of a set: neither the
/// order of a scan nor the number of threads shows in it, and a history that is scanned by what is new in each object
/// counts the same as one that is scanned whole. It takes sixteen bytes a value, less than the value did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptWell(BTreeSet<Kept>);

impl KeptWell {
    /// Adds what a text holds.
    pub fn add(&mut self, kept: impl IntoIterator<Item = Kept>) {
        self.0.extend(kept);
    }

    /// Adds what another thread met.
    pub fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// How many values of each kind, without those that none is of.
    pub fn counts(&self) -> Vec<(Practice, u64)> {
        let mut counts: BTreeMap<Practice, u64> = BTreeMap::new();
        for kept in &self.0 {
            *counts.entry(kept.practice()).or_default() += 1;
        }
        counts.into_iter().collect()
    }
}

/// What a scan covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Blobs scanned: files, index entries, standard input.
    pub blobs: u64,
    /// Bytes scanned.
    pub bytes: u64,
    /// Commits whose messages and fields were scanned.
    pub commits: u64,
    /// Annotated tags likewise.
    pub tags: u64,
    /// References whose names were scanned.
    pub references: u64,
    /// How often each reason was met.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// What is kept as it should be.
    pub kept: KeptWell,
    /// What made the scan incomplete, the first thousand of it, sorted.
    pub incomplete: Vec<Skip>,
}

impl Coverage {
    /// Records a skip.
    pub fn skip(&mut self, skip: Skip) {
        *self.skipped.entry(skip.reason).or_default() += 1;
        if skip.reason.is_incomplete() {
            self.incomplete.push(skip);
        }
    }

    /// Adds what another thread covered.
    pub fn merge(&mut self, other: Self) {
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.commits += other.commits;
        self.tags += other.tags;
        self.references += other.references;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        self.kept.merge(other.kept);
        self.incomplete.extend(other.incomplete);
    }

    /// Sorts and bounds the details once everything is in.
    pub fn finish(&mut self) {
        self.incomplete.sort();
        self.incomplete.dedup();
        self.incomplete.truncate(DETAILS);
    }

    /// Whether everything that was to be scanned was scanned.
    pub fn is_complete(&self) -> bool {
        !self.skipped.keys().any(|reason| reason.is_incomplete())
    }
}
