//! Why an archive, or an entry of one, could not be read to its end.

use std::io;

use crate::coverage::SkipReason;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Its bytes contradict each other or their checksum.
    #[error("{0}")]
    Damaged(String),
    /// It could not be read from where it is stored.
    #[error("{0}")]
    Unreadable(String),
    /// Nobody but the owner of a password can read it.
    #[error("encrypted")]
    Encrypted,
    /// A method or format that is not known here.
    #[error("{0}")]
    Unsupported(String),
    /// More bytes than the limit.
    #[error("expands to more than {} MB", .0 / 1_000_000)]
    TooBig(u64),
    /// A suspicious ratio.
    #[error("expands to more than {0} times its size")]
    Ratio(u64),
    /// More entries than the limit.
    #[error("holds more than {0} files")]
    TooMany(u64),
    /// More levels than the limit.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// A zip archive, in a stream or another archive, that does not fit into memory.
    #[error("a zip archive of more than {} MB that is no file of its own", .0 / 1_000_000)]
    TooBigNested(u64),
}

impl Fault {
    pub(super) fn damaged(message: impl Into<String>) -> Self {
        Self::Damaged(message.into())
    }

    /// What a decompressor said.
    pub(super) fn of_decoder(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged(format!("{what}: ends early")),
            io::ErrorKind::OutOfMemory => Self::Unsupported(format!("{what}: {error}")),
            _ => Self::Damaged(format!("{what}: {error}")),
        }
    }

    /// What the system said where the archive is stored.
    pub(super) fn of_file(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::damaged("ends early"),
            _ => Self::Unreadable(error.to_string()),
        }
    }

    /// How the coverage record names it.
    pub(super) fn reason(&self) -> SkipReason {
        match self {
            Self::Damaged(_) => SkipReason::DamagedArchive,
            Self::Unreadable(_) => SkipReason::Unreadable,
            Self::Encrypted => SkipReason::Encrypted,
            Self::Unsupported(_) => SkipReason::UnsupportedArchive,
            Self::TooBig(_)
            | Self::Ratio(_)
            | Self::TooMany(_)
            | Self::TooDeep(_)
            | Self::TooBigNested(_) => SkipReason::ArchiveLimit,
        }
    }
}
