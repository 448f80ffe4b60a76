//! What a scan yields: findings, where they stand and what is known of them.
//!
//! Plain owned data. Secrets are held only inside [`Secret`], whose `Debug` and `Display` redact; nothing here
//! may format the value behind it.

mod part;

use std::fmt;
use std::sync::Arc;

use crate::detect::judge::model::Score;
use crate::exposure::{Exposure, HistoryPlace};
use crate::rule::{Confidence, RuleIndex, Severity, Text};

pub use crate::detect::judge::checksum::Fact;
pub use part::{Part, PartPlace, Role};

/// A credential's bytes. Printing it redacts; only [`Secret::expose`] gives them out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The value itself. For fingerprints, comparison and `--show-secrets` only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A path as the file system or git stores it: bytes, with `/` between components.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobPath(Vec<u8>);

impl BlobPath {
    /// From bytes with `/` separators.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// From a path of this system.
    pub fn from_path(path: &std::path::Path) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            Self(path.as_os_str().as_bytes().to_vec())
        }
        #[cfg(not(unix))]
        {
            Self(path.to_string_lossy().replace('\\', "/").into_bytes())
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text where it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The path as a relative URI reference (RFC 3986): every byte that is not unreserved is percent-encoded, so
    /// that paths that are not UTF-8 survive.
    pub fn to_uri(&self) -> String {
        use fmt::Write as _;
        let mut uri = String::with_capacity(self.0.len());
        for (index, &byte) in self.0.iter().enumerate() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => uri.push(char::from(byte)),
                // A colon in the first segment would read as a scheme; later ones are harmless.
                b':' if self.0[..index].contains(&b'/') => uri.push(':'),
                _ if b"-._~/!$&'()*+,;=@".contains(&byte) => uri.push(char::from(byte)),
                _ => {
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
        }
        uri
    }
}

impl fmt::Display for BlobPath {
    /// Text fit for a terminal: bytes that are not UTF-8 and characters that could steer it are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if crate::text::is_unsafe(c) || c == '\n' || c == '\t' {
                    write!(f, "{}", c.escape_default())?;
                } else {
                    write!(f, "{c}")?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// A place in a text. All numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line; `\n` ends a line, also behind `\r`; a lone `\r` does not.
    pub line: u64,
    /// Column in Unicode characters (each invalid byte counts as one).
    pub column: u64,
    /// Column in UTF-16 code units, as SARIF counts.
    pub column_utf16: u64,
}

/// How the bytes of a blob were read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Encoding {
    /// UTF-8 or any superset of ASCII: scanned as stored.
    #[default]
    Utf8,
    /// UTF-16, least significant byte first: offsets are those of the text as UTF-8.
    Utf16Le,
    /// UTF-16, most significant byte first: offsets are those of the text as UTF-8.
    Utf16Be,
}

/// Where a blob was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file on disk.
    File,
    /// The index, that is what the next commit would hold.
    Index,
    /// Standard input.
    Stdin,
    /// The repository's history. A place that is no file has a path of its own: `commit/ID`, `tag/ID`, or the full name
    /// of a reference.
    History(Arc<HistoryPlace>),
}

impl Origin {
    /// Files before history, there the earliest commit first.
    fn order(&self) -> impl Ord + '_ {
        match self {
            Self::History(place) => Some(place.commit.as_deref().map_or((1, None), |commit| {
                (0, Some((commit.authored.seconds, &commit.id)))
            })),
            Self::File | Self::Index | Self::Stdin => None,
        }
    }
}

/// One line of a blob around a secret, safe to show: every secret found in it is masked, and characters that
/// could steer a terminal are neutralised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    /// The text.
    pub text: String,
    /// Byte range of the masked secret in `text`.
    pub highlight: std::ops::Range<usize>,
}

// `Range` has no order of its own; excerpts are ordered by text alone, after everything else in a location.
impl Excerpt {
    pub(crate) fn order(&self) -> (&str, usize, usize) {
        (&self.text, self.highlight.start, self.highlight.end)
    }
}

/// Why a finding is not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suppression {
    /// What suppressed it.
    pub kind: SuppressionKind,
    /// The reason its author gave, if any.
    pub reason: Option<String>,
}

/// What suppressed a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressionKind {
    /// A marker in the scanned text.
    Inline,
    /// An entry of the ignore file.
    IgnoreFile,
    /// An `[[allow]]` table of the configuration.
    Config,
}

/// One place where a secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Path relative to the repository root, or as given outside of a repository.
    pub path: BlobPath,
    /// Where the blob was read.
    pub origin: Origin,
    /// First character of the secret.
    pub start: Position,
    /// Position just behind its last character.
    pub end: Position,
    /// Byte range of the secret in the text (see [`Encoding`]).
    pub bytes: std::ops::Range<u64>,
    /// How the blob was read.
    pub encoding: Encoding,
    /// The encodings that the secret stands under there, the outermost first; none if it stands in the clear. The place
    /// is then that of its encoded form.
    pub encodings: Vec<&'static str>,
    /// The masked line.
    pub excerpt: Excerpt,
    /// SARIF's `primaryLocationLineHash`, where it was asked for: see [`crate::detect::line_hash`].
    pub line_hash: Option<String>,
    /// Set when this place is not to be reported.
    pub suppression: Option<Suppression>,
}

impl Location {
    /// How the secret was decoded, in words: `base64, then gzip`.
    pub fn decoded(&self) -> Option<String> {
        (!self.encodings.is_empty()).then(|| self.encodings.join(", then "))
    }

    /// The stable order of places: files before history, there the earliest commit first; then path and position.
    pub fn order(&self) -> impl Ord + '_ {
        (
            place_order(&self.origin, &self.path, &self.bytes),
            self.excerpt.order(),
        )
    }
}

/// Files before history, there the earliest commit first; then path and position.
fn place_order<'p>(
    origin: &'p Origin,
    path: &'p BlobPath,
    bytes: &std::ops::Range<u64>,
) -> impl Ord + use<'p> {
    (origin.order(), path, bytes.start, bytes.end, origin)
}

/// Why a finding is believed, or doubted.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// The rule's distinctive format.
    Format,
    /// The checksum or structure holds.
    ChecksumValid,
    /// What can be decoded holds; there is no checksum, or it is not known how to compute it.
    StructureHolds,
    /// The checksum or structure does not hold, and why.
    ChecksumInvalid(&'static str),
    /// Entropy of the secret, bits per character.
    Entropy(f32),
    /// A word that the rule asks for stands near.
    Context(String),
    /// The name the value is assigned to.
    Assigned,
    /// Another part of the credential stands near: its name.
    Beside(Text),
    /// What the trained judge made of the value, its name and what stands around them.
    Judged(Score),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("the provider's own format"),
            Self::ChecksumValid => f.write_str("its checksum or structure holds"),
            Self::StructureHolds => f.write_str("what can be decoded of it holds"),
            Self::ChecksumInvalid(why) => write!(f, "but {why}"),
            Self::Entropy(bits) => write!(f, "entropy {bits:.1} bits per character"),
            Self::Context(word) => write!(f, "near the word `{word}`"),
            Self::Judged(score) => {
                let tenths = score.per_mille();
                write!(
                    f,
                    "judged a secret with {}.{} % probability",
                    tenths / 10,
                    tenths % 10
                )
            }
            Self::Beside(part) => write!(f, "beside its {part}"),
            Self::Assigned => f.write_str("assigned to a name that says so"),
        }
    }
}

/// A leaked credential: one value of one kind, wherever it stands.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleIndex,
    /// How bad the leak is: as bad as the rule says, one step less if it has expired.
    pub severity: Severity,
    /// Whether the value itself says that it is of no use any more.
    pub expired: bool,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// The value.
    pub secret: Secret,
    /// What names it in ignore files and reports; never reveals the value.
    pub fingerprint: String,
    /// Why it is believed.
    pub evidence: Vec<Evidence>,
    /// What the value says of itself.
    pub facts: Vec<Fact>,
    /// What it is of its credential.
    pub role: Role,
    /// The other parts of the credential, in the order of the rule's.
    pub parts: Vec<Part>,
    /// Where it stands; sorted, never empty.
    pub locations: Vec<Location>,
    /// Its way through the repository's history, where a history was scanned and holds it.
    pub exposure: Option<Exposure>,
}

impl Finding {
    /// Whether nothing of it is to be reported.
    pub fn is_suppressed(&self) -> bool {
        self.locations.iter().all(|l| l.suppression.is_some())
    }

    /// What the trained judge made of it, where it was asked.
    pub fn score(&self) -> Option<&Score> {
        self.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Judged(score) => Some(score),
            _ => None,
        })
    }

    /// The places to report: all if the finding is suppressed as a whole.
    pub fn shown_locations(&self) -> impl Iterator<Item = &Location> {
        let all = self.is_suppressed();
        self.locations
            .iter()
            .filter(move |l| all || l.suppression.is_none())
    }
}
