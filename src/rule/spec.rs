//! The rule file format: what a provider's TOML file and a user's `[[rule]]` tables may hold.
//!
//! Shared word for word with `build.rs`, so it must not refer to anything in the crate but `part` and `shape`, must not
//! compile patterns and must not know the detector. `rules/README.md` documents the format for people.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::part::{MAX_PARTS, PartSpec};
use super::shape::Shape;

/// Bytes before and after an anchor that a rule may look at unless it says otherwise.
pub const DEFAULT_RADIUS: u32 = 512;
/// The largest radius a rule may ask for. It bounds the memory of a streaming scan.
pub const MAX_RADIUS: u32 = 16 * 1024;
/// Shorter anchors cost more than they find: every one of them slows every scan.
pub const MIN_ANCHOR: usize = 4;
/// Longer anchors add nothing to the prefilter's selectivity.
pub const MAX_ANCHOR: usize = 64;

/// A provider's file: who issues the credentials, how they are rotated, and one rule per kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFile {
    /// The provider and its guidance.
    pub provider: ProviderSpec,
    /// The credential kinds.
    #[serde(default)]
    pub rule: Vec<RuleSpec>,
}

/// The `[provider]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSpec {
    /// Kebab-case id, equal to the file's name.
    pub id: Spanned<String>,
    /// Name as people write it.
    pub name: String,
    /// Whether it is no vendor: its rules yield to every vendor's.
    #[serde(default)]
    pub generic: bool,
    /// Where keys are created and revoked.
    pub console: Option<String>,
    /// The provider's page on rotation, or else on its keys.
    pub documentation: Option<String>,
    /// Ordered steps, with overlap where the provider allows it.
    pub rotate: Vec<String>,
    /// The immediate way to stop a leaked key.
    pub revoke: String,
    /// Where last use is shown.
    pub last_used: Option<String>,
    /// The credential to use instead.
    pub least_privilege: Option<String>,
    /// Where to keep it.
    pub storage: Option<String>,
    /// When it expires by itself.
    pub expiry: Option<String>,
    /// Month in which the facts were checked, `YYYY-MM`.
    pub checked: String,
}

/// A `[rule.guidance]` table: what differs from the provider's guidance for one credential kind.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuidanceSpec {
    /// See [`ProviderSpec::console`].
    pub console: Option<String>,
    /// See [`ProviderSpec::documentation`].
    pub documentation: Option<String>,
    /// See [`ProviderSpec::rotate`]. An empty list inherits.
    #[serde(default)]
    pub rotate: Vec<String>,
    /// See [`ProviderSpec::revoke`].
    pub revoke: Option<String>,
    /// See [`ProviderSpec::last_used`].
    pub last_used: Option<String>,
    /// See [`ProviderSpec::least_privilege`].
    pub least_privilege: Option<String>,
    /// See [`ProviderSpec::storage`].
    pub storage: Option<String>,
    /// See [`ProviderSpec::expiry`].
    pub expiry: Option<String>,
    /// See [`ProviderSpec::checked`].
    pub checked: Option<String>,
}

/// How bad a leak of the credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Test keys, public-ish values.
    Low,
    /// Limited or short-lived.
    Medium,
    /// Significant access.
    High,
    /// Control of an account or of production.
    Critical,
}

/// How sure the detector is that a finding is a live-shaped credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Looks alike, but evidence speaks against it.
    Low,
    /// Believed from its context.
    Medium,
    /// A distinctive format, or a checksum that holds.
    High,
}

/// Which neighbours of a secret refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Neither side may continue the token.
    #[default]
    Word,
    /// Only the left side is checked.
    Left,
    /// Only the right side is checked.
    Right,
    /// The pattern delimits itself.
    None,
}

/// One credential kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // Each is a line of its own in rule files.
pub struct RuleSpec {
    /// Stable, unique, kebab-case.
    pub id: Spanned<String>,
    /// A noun phrase that names the credential.
    pub summary: String,
    /// How bad a leak is.
    pub severity: Severity,
    /// How sure a match is before checks; see [`RuleSpec::confidence`].
    pub confidence: Option<Confidence>,
    /// Case-sensitive anchors.
    #[serde(default)]
    pub literals: Vec<Spanned<String>>,
    /// Anchors without regard to ASCII case.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// Globs over paths: the rule applies only in files that one of them covers.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Whether the file is the credential: it is reported at its first line, and no line of it is shown.
    #[serde(default)]
    pub whole_file: bool,
    /// Whether people choose the value, as they do passwords: see `detect::judge::assignment`.
    #[serde(default)]
    pub chosen: bool,
    /// Whether the rule yields to every vendor's though its provider is one.
    #[serde(default)]
    pub generic: bool,
    /// Whether a program or its user stored the value to use it: words are no reason to doubt it.
    #[serde(default)]
    pub stored: bool,
    /// Regular expression, with the shorthands of [`expand_pattern`].
    pub pattern: Option<Spanned<String>>,
    /// Instead of a pattern: what the value looks like that stands near the provider's name.
    pub named: Option<NamedSpec>,
    /// Name of a checksum or structure check.
    pub checksum: Option<Spanned<String>>,
    /// Least Shannon entropy of the secret, bits per character.
    pub entropy: Option<f32>,
    /// Words of which one must stand within the radius.
    #[serde(default)]
    pub context: Vec<String>,
    /// Which neighbours refuse the secret.
    #[serde(default)]
    pub boundary: Boundary,
    /// Bytes around the anchor that the rule may look at.
    pub radius: Option<Spanned<u32>>,
    /// The other parts of the credential.
    #[serde(default)]
    pub part: Vec<PartSpec>,
    /// What the rule must and must not find.
    #[serde(default)]
    pub examples: ExamplesSpec,
    /// What differs from the provider's guidance.
    #[serde(default)]
    pub guidance: GuidanceSpec,
}

/// A value without a format of its own: a credential only because the provider's name (the rule's anchor) and the
/// credential's name stand near it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedSpec {
    /// Shapes of the value, of which it has one; see [`Shape::parse`].
    pub value: Vec<Spanned<String>>,
    /// Words for the credential, instead of the usual ones; with a `/` in it, an end of the URL before the value.
    #[serde(default)]
    pub credential: Vec<Spanned<String>>,
}

/// A rule's examples, with placeholders.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamplesSpec {
    /// Texts that must yield a finding of the rule.
    #[serde(default)]
    pub found: Vec<String>,
    /// Texts that must not.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// Texts that must yield a finding of the rule together with its parts.
    #[serde(default)]
    pub paired: Vec<String>,
    /// The path that the texts are scanned under.
    pub path: Option<String>,
}

/// Something wrong in a rule file, with the bytes it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Byte range in the file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Problem {
    fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl RuleSpec {
    /// What can be said against the rule without compiling its pattern.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let id = self.id.get_ref();
        if !is_kebab_case(id) {
            found.push(Problem::new(
                self.id.span(),
                format!("rule id `{}` is not kebab-case", id.escape_debug()),
                "use lower-case letters, digits and single dashes, starting with a letter",
            ));
        }
        if self.literals.is_empty() && self.words.is_empty() && self.paths.is_empty() {
            found.push(Problem::new(
                self.id.span(),
                "the rule has no anchor",
                "give `literals` (case-sensitive) or `words` (any case) that stand in every match, or the `paths` of \
                 the files that hold nothing else",
            ));
        }
        for glob in &self.paths {
            if let Some(problem) = glob_problem(glob.get_ref()) {
                found.push(Problem::new(
                    glob.span(),
                    format!("the glob cannot be used: {problem}"),
                    "`*` and `?` stand for characters of one name, `**` for any folders; `**/.netrc`, `*.kdbx`",
                ));
            }
        }
        self.search_problems(&mut found);
        for anchor in self.literals.iter().chain(&self.words) {
            let length = anchor.get_ref().len();
            if !(MIN_ANCHOR..=MAX_ANCHOR).contains(&length) {
                found.push(Problem::new(
                    anchor.span(),
                    format!("an anchor of {length} bytes"),
                    format!("anchors have {MIN_ANCHOR} to {MAX_ANCHOR} bytes; shorter ones slow every scan"),
                ));
            }
        }
        for word in &self.words {
            if !word.get_ref().is_ascii() {
                found.push(Problem::new(
                    word.span(),
                    "a word that is not ASCII",
                    "case is folded for ASCII only: move it to `literals`",
                ));
            }
        }
        if let Some(radius) = &self.radius
            && (*radius.get_ref() == 0 || *radius.get_ref() > MAX_RADIUS)
        {
            found.push(Problem::new(
                radius.span(),
                format!("radius {} is out of bounds", radius.get_ref()),
                format!("1 to {MAX_RADIUS} bytes"),
            ));
        }
        for part in &self.part {
            found.extend(part.problems());
            for rule in part.rules.iter().filter(|rule| rule.get_ref() == id) {
                found.push(Problem::new(
                    rule.span(),
                    "the rule is a part of itself",
                    "name the rules that find the other parts",
                ));
            }
        }
        if let Some(part) = self.part.get(MAX_PARTS) {
            found.push(Problem::new(
                part.name.span(),
                format!("more than {MAX_PARTS} parts"),
                "name those that a responder needs",
            ));
        }
        found
    }
}

/// What is wrong with a glob of `paths`.
fn glob_problem(glob: &str) -> Option<&'static str> {
    let mut names = glob.split('/');
    if glob.is_empty() || names.any(str::is_empty) {
        return Some("a name in it is empty");
    }
    if glob.contains(['[', ']', '{', '}', '\\', '!']) {
        return Some("it holds one of `[]{}!\\`, which mean nothing here");
    }
    let joined = |name: &str| name.contains("**") && name != "**";
    glob.split('/')
        .any(joined)
        .then_some("`**` stands between slashes, or it is `*`")
}

impl RuleSpec {
    /// How sure a match is before checks: what is known by the names near it alone is believed less.
    pub fn confidence(&self) -> Confidence {
        self.confidence.unwrap_or(match self.named {
            Some(_) => Confidence::Medium,
            None => Confidence::High,
        })
    }

    /// How far from an anchor the rule may look.
    pub fn radius(&self) -> u32 {
        self.radius
            .as_ref()
            .map_or(DEFAULT_RADIUS, |r| *r.get_ref())
    }

    fn search_problems(&self, found: &mut Vec<Problem>) {
        let Some(named) = &self.named else {
            if self.pattern.is_none() {
                found.push(Problem::new(
                    self.id.span(),
                    "the rule does not say what to look for",
                    "give a `pattern`, or `named` with the shape of the value",
                ));
            }
            return;
        };
        if let Some(pattern) = &self.pattern {
            found.push(Problem::new(
                pattern.span(),
                "a rule with both `pattern` and `named`",
                "keep the one that describes the credential better",
            ));
        }
        if named.value.is_empty() {
            found.push(Problem::new(
                self.id.span(),
                "`named` without a value",
                "give at least one shape, such as `value = [\"hex:32\"]`",
            ));
        }
        for value in &named.value {
            let help = "shapes are `class:length`, `class:from..to`, `uuid` and texts in double quotes, one after \
                        the other";
            match Shape::parse(value.get_ref()) {
                Err(why) => found.push(Problem::new(value.span(), why, help)),
                Ok(shape) if shape.most() > self.radius() as usize => found.push(Problem::new(
                    value.span(),
                    "values longer than the rule's radius",
                    "raise `radius`, or lower the length",
                )),
                Ok(_) => {}
            }
        }
        for word in &named.credential {
            let letters = word.get_ref().bytes().all(|b| b.is_ascii_lowercase());
            if word.get_ref().is_empty() || !(letters || word.get_ref().contains('/')) {
                found.push(Problem::new(
                    word.span(),
                    format!("`{}` is no word", word.get_ref().escape_debug()),
                    "words are lower-case letters; an end of a URL holds a `/`",
                ));
            }
        }
    }
}

/// Lower-case letters, digits and single dashes, starting with a letter.
pub fn is_kebab_case(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && !id.contains("--")
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What `(?&name)` stands for: the rest of an identifier.
const NAME: &str = r"[0-9A-Za-z_.\-]{0,32}";
/// What `(?&assign)` stands for: everything that code, configuration, headers and options put between a name
/// and its value.
const ASSIGN: &str = concat!(
    r#"(?:\\{0,3}["'`])?[\])}]{0,2}[ \t]{0,16}"#,
    // `: &str =`, `: String =`, `string =`: the type of what the name is bound to.
    r"(?:(?::[ \t]{0,2}&?(?:'static )?|[ \t])(?:str|[Ss]tring)[?!]?[ \t]{0,2}=|=>|:=|==|->|=|:|,|\(|[ \t])",
    r#"[ \t]{0,16}(?:[A-Za-z]{0,8}[(\[{]{1,2}[ \t]{0,4})?(?:[bBrRuU@$]{0,2}(?:\\{0,3}["'`]){1,3})?"#,
);

/// Replaces the shorthands `(?&name)` and `(?&assign)` by what they stand for.
pub fn expand_pattern(pattern: &str) -> String {
    pattern
        .replace("(?&name)", NAME)
        .replace("(?&assign)", ASSIGN)
}

impl Severity {
    /// In the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];
}

impl Confidence {
    /// In the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];
}

impl Boundary {
    /// In the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Word, Self::Left, Self::Right, Self::None];
}
