//! The rules of one scan: the built-in ones, the user's, and which of them are on.
//!
//! Must not read all built-in rules to begin with: a hook starts with this and meets a handful of them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::paths::PathTable;
use super::{PartSource, Rule, Severity, builtin};

/// Most rules: the numbers above name encodings among the owners of literals.
const MOST: usize = crate::detect::FIRST_ENCODING as usize - 1;

/// A rule's place in its [`RuleSet`]. Stable within a scan only: reports use ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(u16);

impl RuleIndex {
    /// The index as a number.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    pub(crate) fn from_raw(index: u16) -> Self {
        Self(index)
    }
}

/// Why a rule set could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RuleSetError {
    /// An id or pattern of a selection names no rule.
    #[error("no rule `{asked}`{}", similar.as_ref().map(|s| format!("; is it `{s}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        asked: String,
        /// The nearest id.
        similar: Option<String>,
    },
    /// Two rules have the same id.
    #[error("rule id `{0}` is taken by another rule")]
    Duplicate(String),
    /// More rules than an index can hold.
    #[error("more than 65,279 rules")]
    TooMany,
    /// A selection that leaves nothing to look for would make every scan clean.
    #[error("the selection leaves no rule enabled")]
    NothingEnabled,
}

/// Which rules are on. Entries are ids, or `*` patterns over ids (`aws-*`).
#[derive(Debug, Default, Clone)]
pub struct Selection {
    /// If not empty, only these.
    pub only: Vec<String>,
    /// Never these.
    pub disabled: Vec<String>,
}

/// The rules of a scan.
#[derive(Debug)]
pub struct RuleSet {
    /// Built-in rules, each read when it is first asked for.
    built_in: Vec<OnceLock<Box<Rule>>>,
    custom: Vec<Rule>,
    enabled: Vec<bool>,
    severity: Vec<Option<Severity>>,
    /// The rules whose findings are a part of another's, and that; sorted.
    parts_of: Cow<'static, [(u16, u16)]>,
}

impl RuleSet {
    /// All built-in rules, all on.
    pub fn built_in() -> Self {
        Self::of(Vec::new())
    }

    fn of(custom: Vec<Rule>) -> Self {
        let total = builtin::count() + custom.len();
        Self {
            built_in: std::iter::repeat_with(OnceLock::new)
                .take(builtin::count())
                .collect(),
            custom,
            enabled: vec![true; total],
            severity: vec![None; total],
            parts_of: Cow::Borrowed(builtin::parts_of()),
        }
    }

    /// Finds the parts of the rules that are on anew: a user's rules may be parts, have parts, and take the place of
    /// built-in ones. Reads all rules.
    fn join_parts(&mut self) {
        let enabled = || self.iter().filter(|(index, _)| self.is_enabled(*index));
        let numbers: HashMap<&str, u16> = enabled()
            .map(|(index, rule)| (rule.id.as_ref(), index.0))
            .collect();
        let mut pairs = BTreeSet::new();
        for (owner, rule) in enabled() {
            for part in &rule.parts {
                if let PartSource::Rules(ids) = &part.source {
                    let known = ids.iter().filter_map(|id| numbers.get(id.as_ref()));
                    pairs.extend(known.map(|&part| (part, owner.0)));
                }
            }
        }
        self.parts_of = pairs.into_iter().collect();
    }

    /// The rules that are on of whose credentials this rule's findings are a part.
    pub fn owners(&self, part: RuleIndex) -> impl Iterator<Item = RuleIndex> {
        let start = self.parts_of.partition_point(|pair| pair.0 < part.0);
        self.parts_of[start..]
            .iter()
            .take_while(move |pair| pair.0 == part.0)
            .map(|pair| RuleIndex(pair.1))
            .filter(|owner| self.is_enabled(*owner))
    }

    /// The rules that are on for whose credentials this rule finds what is no secret: an id, which alone opens nothing.
    pub fn secrets_of(&self, id: RuleIndex) -> impl Iterator<Item = &Rule> {
        let found_by = self.get(id).id.as_ref();
        self.owners(id)
            .map(|owner| self.get(owner))
            .filter(move |owner| {
                let mut own = owner.parts.iter().filter(|part| part.is_found_by(found_by));
                own.any(|part| !part.secret)
            })
    }

    /// The built-in rules and a user's.
    pub fn with_custom(custom: Vec<Rule>) -> Result<Self, RuleSetError> {
        if builtin::count() + custom.len() > MOST {
            return Err(RuleSetError::TooMany);
        }
        let mut rules = Self::of(custom);
        if !rules.custom.is_empty() {
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            for (_, rule) in rules.iter() {
                if !seen.insert(&rule.id) {
                    return Err(RuleSetError::Duplicate(rule.id.to_string()));
                }
            }
            rules.join_parts();
        }
        Ok(rules)
    }

    /// The built-in rules and others, which replace the built-in ones of the same id: for checking rule files.
    pub fn with_replacements(rules: Vec<Rule>) -> Result<Self, RuleSetError> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for rule in &rules {
            if !seen.insert(rule.id.to_string()) {
                return Err(RuleSetError::Duplicate(rule.id.to_string()));
            }
        }
        if builtin::count() + rules.len() > MOST {
            return Err(RuleSetError::TooMany);
        }
        let mut set = Self::of(rules);
        for index in 0..builtin::count() {
            set.enabled[index] = !seen.contains(set.built_in_rule(index).id.as_ref());
        }
        set.join_parts();
        Ok(set)
    }

    /// Turns rules on and off. Every entry must name at least one rule.
    pub fn select(&mut self, selection: &Selection) -> Result<(), RuleSetError> {
        if !selection.only.is_empty() {
            let mut only = vec![false; self.len()];
            for asked in &selection.only {
                for index in self.matching(asked)? {
                    only[index.get()] = true;
                }
            }
            for (on, wanted) in self.enabled.iter_mut().zip(only) {
                *on &= wanted;
            }
        }
        for asked in &selection.disabled {
            for index in self.matching(asked)? {
                self.enabled[index.get()] = false;
            }
        }
        if self.enabled.iter().any(|on| *on) {
            Ok(())
        } else {
            Err(RuleSetError::NothingEnabled)
        }
    }

    /// Overrides the severity of the rules that `asked` names.
    pub fn set_severity(&mut self, asked: &str, severity: Severity) -> Result<(), RuleSetError> {
        for index in self.matching(asked)? {
            self.severity[index.get()] = Some(severity);
        }
        Ok(())
    }

    /// The rules that an id or `*` pattern names; an error that suggests the nearest id if there is none.
    pub fn matching(&self, asked: &str) -> Result<Vec<RuleIndex>, RuleSetError> {
        let found: Vec<RuleIndex> = self
            .iter()
            .filter(|(_, rule)| matches_pattern(asked, &rule.id))
            .map(|(index, _)| index)
            .collect();
        if found.is_empty() {
            let ids = self.iter().map(|(_, rule)| rule.id.as_ref());
            return Err(RuleSetError::Unknown {
                asked: asked.to_owned(),
                similar: nearest(asked, ids).map(str::to_owned),
            });
        }
        Ok(found)
    }

    /// Number of rules, on or off.
    pub fn len(&self) -> usize {
        self.built_in.len() + self.custom.len()
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The user's rules.
    pub fn custom(&self) -> &[Rule] {
        &self.custom
    }

    /// Number of built-in rules; a user's rules follow them.
    pub fn built_in_len() -> usize {
        builtin::count()
    }

    fn built_in_rule(&self, index: usize) -> &Rule {
        self.built_in[index].get_or_init(|| Box::new(builtin::read(index)))
    }

    /// The largest radius of the rules that are on.
    pub fn largest_radius(&self) -> u32 {
        let built_in = (0..self.built_in.len())
            .filter(|index| self.enabled[*index])
            .map(builtin::radius);
        let custom = self.custom.iter().map(|rule| rule.radius);
        built_in.chain(custom).max().unwrap_or(0)
    }

    /// A rule's radius, without reading the rest of it.
    pub fn radius(&self, index: RuleIndex) -> u32 {
        match index.get().checked_sub(self.built_in.len()) {
            None => builtin::radius(index.get()),
            Some(own) => self.custom[own].radius,
        }
    }

    /// A rule.
    pub fn get(&self, index: RuleIndex) -> &Rule {
        let index = index.get();
        match index.checked_sub(self.built_in.len()) {
            None => self.built_in_rule(index),
            Some(own) => &self.custom[own],
        }
    }

    /// Whether a rule is on.
    pub fn is_enabled(&self, index: RuleIndex) -> bool {
        self.enabled[index.get()]
    }

    /// A rule's severity, with the user's override.
    pub fn severity(&self, index: RuleIndex) -> Severity {
        self.severity[index.get()].unwrap_or(self.get(index).severity)
    }

    /// Every rule in the order of the tables.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIndex, &Rule)> {
        (0..self.len()).map(|index| {
            let index = RuleIndex(index as u16);
            (index, self.get(index))
        })
    }

    /// The rules without anchors by the paths they apply at.
    pub fn file_rules(&self) -> PathTable {
        let mut table = PathTable::default();
        for (index, glob) in builtin::file_rules() {
            table.add(RuleIndex(index), glob);
        }
        let first = self.built_in.len();
        for (number, rule) in self.custom.iter().enumerate() {
            if rule.is_file_rule() {
                for glob in rule.paths.iter() {
                    table.add(RuleIndex((first + number) as u16), glob);
                }
            }
        }
        table
    }

    /// The rule of that id.
    pub fn find(&self, id: &str) -> Option<RuleIndex> {
        self.iter()
            .find(|(_, rule)| rule.id == id)
            .map(|(index, _)| index)
    }
}

/// `*` stands for any characters; everything else for itself. Takes each part where it first stands, which is enough,
/// so that a pattern from a scanned file cannot make it slow.
pub(crate) fn matches_pattern(pattern: &str, id: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else {
        return pattern == id;
    };
    let Some(mut tail) = id.strip_prefix(head) else {
        return false;
    };
    while let Some((part, more)) = rest.split_once('*') {
        let Some(at) = tail.find(part) else {
            return false;
        };
        tail = &tail[at + part.len()..];
        rest = more;
    }
    tail.ends_with(rest)
}

/// The candidate with the least edit distance, if it is near enough to be meant.
pub(crate) fn nearest<'a>(
    asked: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // Nothing that is meant is that long, and comparing takes time.
    let candidates = candidates.filter(|_| asked.len() <= 128);
    candidates
        .map(|candidate| (edit_distance(asked, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| distance * 3 <= candidate.len().max(asked.len()))
        .map(|(_, candidate)| candidate)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_patterns() {
        assert!(matches_pattern("aws-*", "aws-access-key-id"));
        assert!(matches_pattern("*-key", "acme-api-key"));
        assert!(matches_pattern("a*b*c", "axxbyyc"));
        assert!(!matches_pattern("aws-*", "google-api-key"));
        assert!(!matches_pattern("aws", "aws-access-key-id"));
    }

    #[test]
    fn an_id_knows_its_secrets_and_is_of_low_severity() {
        let rules = RuleSet::built_in();
        let id = rules.find("aws-access-key-id").expect("the id");
        let secrets: Vec<&str> = rules.secrets_of(id).map(|rule| rule.id.as_ref()).collect();
        assert!(secrets.contains(&"aws-secret-access-key"), "{secrets:?}");
        let secret = rules.find("aws-secret-access-key").expect("the secret");
        assert_eq!(rules.secrets_of(secret).count(), 0);
        // A session token is part of the same credential, but no id.
        let token = rules.find("aws-session-token").expect("the token");
        assert!(rules.owners(token).any(|owner| owner == secret));
        assert_eq!(rules.secrets_of(token).count(), 0);
        for (index, rule) in rules.iter() {
            let is_id = rules.secrets_of(index).next().is_some();
            assert!(!is_id || rule.severity == Severity::Low, "{}", rule.id);
        }
    }

    #[test]
    fn what_is_off_owns_nothing() {
        let mut rules = RuleSet::built_in();
        let id = rules.find("exoscale-api-key").expect("the id");
        assert_eq!(rules.owners(id).count(), 1);
        let disabled = vec!["exoscale-api-secret".to_owned()];
        let selection = Selection {
            disabled,
            ..Selection::default()
        };
        rules.select(&selection).expect("a selection");
        assert_eq!(rules.owners(id).count(), 0);
    }

    #[test]
    fn the_nearest_id_is_suggested_only_when_near() {
        let ids = ["github-token", "gitlab-token"];
        assert_eq!(
            nearest("github-tokn", ids.into_iter()),
            Some("github-token")
        );
        assert_eq!(nearest("zzz", ids.into_iter()), None);
    }
}
