//! The other parts of a leaked credential, and what it means to find one of them alone.

use std::ops::Range;

use super::{BlobPath, Fact, Location, Origin, Position, Secret, place_order};
use crate::rule::{RuleIndex, Text};

/// What a finding is of its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// What opens the door, with or without further parts.
    Credential,
    /// A part that is no secret, such as a key's id; the secret that goes with it was not found near it.
    IdAlone,
    /// Such a part beside its secret, which is not among the findings: it was there before, or is not believed enough.
    IdBesideSecret,
}

impl Role {
    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::IdAlone => "id-alone",
            Self::IdBesideSecret => "id-beside-secret",
        }
    }

    /// What people should know of it; nothing where the finding is the credential.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Credential => None,
            Self::IdAlone => {
                Some("the id alone: the secret that goes with it was not found near it")
            }
            Self::IdBesideSecret => Some(
                "the id alone: the secret that goes with it stands near it, but is not among the findings",
            ),
        }
    }
}

/// One place where a part stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPlace {
    /// See [`Location::path`].
    pub path: BlobPath,
    /// Where the blob was read.
    pub origin: Origin,
    /// First character of the part.
    pub start: Position,
    /// Position just behind its last character.
    pub end: Position,
    /// Byte range in the text.
    pub bytes: Range<u64>,
}

impl PartPlace {
    /// The place that a location is.
    pub fn of(location: &Location) -> Self {
        Self {
            path: location.path.clone(),
            origin: location.origin.clone(),
            start: location.start,
            end: location.end,
            bytes: location.bytes.clone(),
        }
    }

    /// The stable order of places: that of [`Location::order`].
    pub fn order(&self) -> impl Ord + '_ {
        place_order(&self.origin, &self.path, &self.bytes)
    }
}

/// Another part of a finding's credential.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is: `access key id`.
    pub name: Text,
    /// The rule that found it, if one did.
    pub rule: Option<RuleIndex>,
    /// Whether it is secret itself.
    pub secret: bool,
    /// Its value.
    pub value: Secret,
    /// The value as reports may show it: in full if it is no secret, masked otherwise. Not yet sanitised.
    pub shown: String,
    /// What names it in ignore files where a rule found it: it was or may become a finding of its own.
    pub fingerprint: Option<String>,
    /// What the value says of itself.
    pub facts: Vec<Fact>,
    /// Where it stands; sorted, never empty.
    pub places: Vec<PartPlace>,
}

impl Part {
    /// The place to show: one in the text of `location`, the nearest to it, or else the first.
    pub fn place_near(&self, location: &Location) -> Option<&PartPlace> {
        let beside =
            |place: &&PartPlace| place.path == location.path && place.origin == location.origin;
        self.places
            .iter()
            .filter(beside)
            .min_by_key(|place| place.bytes.start.abs_diff(location.bytes.start))
            .or(self.places.first())
    }
}
