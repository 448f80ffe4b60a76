//! Rules: what a credential looks like, how bad a leak is, and how to rotate it.
//!
//! Holds data and its loading. It must not scan: patterns are compiled and run by `detect`.

mod anchor;
mod builtin;
pub mod load;
pub mod need;
pub mod part;
pub mod paths;
pub mod sample;
mod set;
pub mod shape;
pub mod spec;

use std::borrow::Cow;

pub use set::{RuleIndex, RuleSet, RuleSetError, Selection};
pub(crate) use set::{matches_pattern, nearest};
pub use spec::{Boundary, Confidence, Severity};

/// The pattern of rules that have none: what stands at their anchors is read by `detect::binding` and judged by the
/// trained judge.
pub const BINDING: &str = "(?&binding)";
/// The pattern of rules that look for values that an encrypted file holds in the clear: see
/// `detect::judge::practice::sops`.
pub const SOPS: &str = "(?&sops)";

/// Text that is static for built-in rules and owned for a user's.
pub type Text = Cow<'static, str>;
/// A list that is static for built-in rules and owned for a user's.
pub type List = Cow<'static, [Text]>;

/// Who issues a family of credentials.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Kebab-case id.
    pub id: Text,
    /// Name as people write it.
    pub name: Text,
    /// Whether it is no vendor: its rules yield to every vendor's.
    pub generic: bool,
    /// How its credentials are rotated.
    pub guidance: Guidance,
}

/// How a credential is rotated, revoked and watched. A field is absent where nothing verified can be said.
#[derive(Debug, Clone, Default)]
pub struct Guidance {
    /// Where keys are created and revoked.
    pub console: Option<Text>,
    /// The provider's page on rotation.
    pub documentation: Option<Text>,
    /// Ordered steps, with overlap where the provider allows it.
    pub rotate: List,
    /// The immediate way to stop a leaked key.
    pub revoke: Option<Text>,
    /// Where last use is shown.
    pub last_used: Option<Text>,
    /// The credential to use instead.
    pub least_privilege: Option<Text>,
    /// Where to keep it.
    pub storage: Option<Text>,
    /// When it expires by itself.
    pub expiry: Option<Text>,
    /// Month in which the facts were checked.
    pub checked: Option<Text>,
}

/// How a rule finds its credential near an anchor.
#[derive(Debug, Clone)]
pub enum Search {
    /// By what it looks like together with its surroundings.
    Pattern {
        /// Regular expression with its shorthands expanded.
        expression: Text,
        /// Whether every match starts with an anchor: then one attempt at a hit settles it.
        at_anchor: bool,
        /// What every match holds.
        needs: Option<need::Run>,
    },
    /// By the names near it: the value has no format of its own.
    Named(Named),
    /// As whatever a name that speaks of credentials is bound to: see `detect::binding`.
    Binding,
    /// As what SOPS left in the clear in the file that its anchor is the code of.
    Sops,
}

impl Search {
    /// Whether a text holds what every match of the pattern holds: where it does not, running it is in vain.
    pub fn may_be_in(&self, text: &[u8]) -> bool {
        match self {
            Self::Pattern {
                needs: Some(run), ..
            } => run.is_in(text),
            _ => true,
        }
    }

    /// What a rule's `pattern` asks for.
    fn written(expression: Text, at_anchor: bool, needs: Option<need::Run>) -> Self {
        if expression == BINDING {
            return Self::Binding;
        }
        if expression == SOPS {
            return Self::Sops;
        }
        Self::Pattern {
            expression,
            at_anchor,
            needs,
        }
    }
}

/// A value that is known by the provider's name (the rule's anchor) and the credential's name near it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Shapes of the value, of which it has one, in the language of [`shape`].
    pub values: List,
    /// Words for the credential; empty for the usual ones.
    pub credential: List,
}

/// Another part of a credential, which stands near the secret that the rule finds.
#[derive(Debug, Clone)]
pub struct Part {
    /// A noun phrase that names it.
    pub name: Text,
    /// How it is found.
    pub source: PartSource,
    /// Whether it is secret, too, and must be masked.
    pub secret: bool,
    /// Whether several secrets may have it in common.
    pub shared: bool,
    /// Bytes that may stand between it and the secret.
    pub within: u32,
}

/// How a part of a credential is found.
#[derive(Debug, Clone)]
pub enum PartSource {
    /// By rules of its own, with these ids.
    Rules(List),
    /// By a regular expression over the text around the secret, whose group `part` it is.
    Text(Text),
}

impl Part {
    /// Whether a rule's findings are this part.
    pub fn is_found_by(&self, rule: &str) -> bool {
        match &self.source {
            PartSource::Rules(ids) => ids.iter().any(|id| id == rule),
            PartSource::Text(_) => false,
        }
    }
}

/// One credential kind.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // Each is a line of its own in rule files.
pub struct Rule {
    /// Stable, unique, kebab-case.
    pub id: Text,
    /// Who issues the credential.
    pub provider: Cow<'static, Provider>,
    /// A noun phrase that names the credential.
    pub summary: Text,
    /// How bad a leak is.
    pub severity: Severity,
    /// How sure a match is before checks.
    pub confidence: Confidence,
    /// Case-sensitive anchors.
    pub literals: List,
    /// Anchors without regard to ASCII case.
    pub words: List,
    /// Globs over paths: the rule applies only in files that one of them covers; everywhere if there is none.
    pub paths: List,
    /// Whether the file is the credential: it is reported at its first line, and no line of it is shown.
    pub whole_file: bool,
    /// Whether people choose the value, as they do passwords: what is made up is refused, and words are doubted.
    pub chosen: bool,
    /// Whether the rule yields to every vendor's though its provider is one: it knows what holds the secret and not what
    /// it is.
    pub generic: bool,
    /// Whether the value was stored to be used: words are no reason to doubt it.
    pub stored: bool,
    /// How the credential is found near an anchor.
    pub search: Search,
    /// Name of a checksum or structure check.
    pub checksum: Option<Text>,
    /// Least Shannon entropy of the secret, bits per character.
    pub entropy: Option<f32>,
    /// Words of which one must stand within the radius.
    pub context: List,
    /// Which neighbours refuse the secret.
    pub boundary: Boundary,
    /// Bytes before and after the anchor that the rule may look at.
    pub radius: u32,
    /// The other parts of the credential.
    pub parts: Vec<Part>,
    /// Texts that must yield a finding, with placeholders.
    pub found: List,
    /// Texts that must not.
    pub ignored: List,
    /// Texts that must yield a finding together with its parts.
    pub paired: List,
    /// The path that these texts are scanned under.
    pub example_path: Option<Text>,
    /// What differs from the provider's guidance.
    pub own_guidance: Guidance,
}

impl Rule {
    /// The provider's guidance with this rule's own in front.
    pub fn guidance(&self) -> Guidance {
        let own = &self.own_guidance;
        let provider = &self.provider.guidance;
        let pick =
            |own: &Option<Text>, provider: &Option<Text>| own.clone().or_else(|| provider.clone());
        Guidance {
            console: pick(&own.console, &provider.console),
            documentation: pick(&own.documentation, &provider.documentation),
            rotate: if own.rotate.is_empty() {
                provider.rotate.clone()
            } else {
                own.rotate.clone()
            },
            revoke: pick(&own.revoke, &provider.revoke),
            last_used: pick(&own.last_used, &provider.last_used),
            least_privilege: pick(&own.least_privilege, &provider.least_privilege),
            storage: pick(&own.storage, &provider.storage),
            expiry: pick(&own.expiry, &provider.expiry),
            checked: pick(&own.checked, &provider.checked),
        }
    }

    /// Whether the rule has no anchor: it is tried on the files that its `paths` cover and on nothing else.
    pub fn is_file_rule(&self) -> bool {
        self.literals.is_empty() && self.words.is_empty()
    }

    /// Whether the rule applies in the file at `path` (with `/` separators, relative to the root of the scan).
    pub fn applies(&self, path: &[u8]) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|glob| paths::covers(glob, path))
    }

    /// A rule that knows its credential by a provider's own format beats one that guesses from a name.
    /// Higher wins where candidates overlap; the id breaks ties, so that the order of files never matters.
    pub fn specificity(&self) -> u32 {
        let vendor = u32::from(!self.generic && !self.provider.generic);
        // A name near it is no format of its own, however it is written.
        let format = matches!(self.search, Search::Pattern { .. });
        let anchored = u32::from(format && !self.literals.is_empty() || !self.paths.is_empty());
        // A path says as much as a structure that holds.
        let checked = u32::from(self.checksum.is_some() || !self.paths.is_empty());
        // Whatever was written for a form knows more than what reads all bindings.
        let written = u32::from(!matches!(self.search, Search::Binding));
        let sure = u32::from(self.confidence >= Confidence::High);
        written * (WRITTEN + vendor * 8 + anchored * 4 + checked * CHECKED) + sure
    }

    /// The same of a match, which may be decoded. A structure that holds then says nothing against a rule that was written
    /// for the encoded form, which has no such structure.
    pub fn specificity_of_match(&self, decoded: bool) -> u32 {
        let specificity = self.specificity();
        if decoded {
            specificity & !CHECKED
        } else {
            specificity
        }
    }
}

/// Least [`Rule::specificity`] of a rule that was written for a form.
pub(crate) const WRITTEN: u32 = 16;

/// What a structure that holds adds to it.
const CHECKED: u32 = 2;

impl Severity {
    /// One step less, and never below low.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    /// The name in rule files, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// The name in rule files, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
