//! Decides whether a candidate is a credential, how sure that is, and why.
//!
//! A verdict is a function of the bytes within the rule's radius (plus [`CONTEXT_MARGIN`]) around the anchor and of
//! nothing else: no clock, no path, no state. Order of the tests: cheapest first.

pub mod assignment;
pub mod boundary;
pub mod checksum;
mod documented;
pub mod entropy;
pub mod features;
pub mod model;
pub mod placeholder;
pub mod practice;
mod refusal;
pub mod trained;
mod used;
pub(crate) mod words;

use std::borrow::Cow;
use std::ops::Range;

use super::binding::Binding;
use super::{Candidate, Verdict};
use crate::finding::Evidence;
use crate::rule::{Confidence, Rule, Search};

/// Bytes beyond a rule's radius that a verdict may look at: enough for an escape before the secret.
pub const CONTEXT_MARGIN: usize = 64;

/// The verdict on a candidate; `None` when it is no credential.
pub fn judge(rule: &Rule, text: &[u8], candidate: &Candidate) -> Option<Verdict> {
    if matches!(rule.search, Search::Binding) {
        return trained::judge(text, candidate, rule.radius as usize);
    }
    let secret = &text[candidate.secret.clone()];
    if secret.is_empty()
        || !boundary::holds(rule.boundary, text, &candidate.secret)
        || practice::is_kept_well(secret) && !rule.whole_file
    {
        return None;
    }
    let visible = visible_prefix(rule, secret);
    let bits = entropy::shannon(&secret[visible.min(secret.len())..]);
    if rule.entropy.is_some_and(|least| bits < least) {
        return None;
    }
    let context = match near_word(rule, text, candidate) {
        Context::NotAsked => None,
        Context::Found(word) => Some(word),
        Context::Missing => return None,
    };
    // Files hold runs and words of all sorts; what they are is told by their first bytes.
    if !rule.whole_file && placeholder::reason(secret, visible).is_some() {
        return None;
    }
    let (named, most) = match assignment::judge(rule, text, candidate) {
        assignment::Opinion::NotAsked => {
            let named = matches!(rule.search, Search::Named(_) | Search::Sops);
            (named, Confidence::High)
        }
        assignment::Opinion::Credible => (true, Confidence::High),
        assignment::Opinion::Plausible => (true, Confidence::Medium),
        assignment::Opinion::Doubtful => (true, Confidence::Low),
        assignment::Opinion::Refused => return None,
    };
    let mut verdict = Verdict {
        confidence: rule.confidence,
        evidence: Vec::new(),
        facts: Vec::new(),
    };
    if named {
        verdict.evidence.push(Evidence::Assigned);
        if let Search::Named(_) = rule.search {
            let provider = &text[candidate.anchor.clone()];
            let provider = String::from_utf8_lossy(provider).to_ascii_lowercase();
            verdict.evidence.push(Evidence::Context(provider));
        }
    } else {
        verdict.evidence.push(Evidence::Format);
    }
    if let Some(check) = rule.checksum.as_deref().and_then(checksum::by_name) {
        match check.run(secret, &text[window(rule, text, candidate)]) {
            checksum::Outcome::Valid(facts) => {
                verdict.confidence = Confidence::High;
                verdict.evidence.push(Evidence::ChecksumValid);
                verdict.facts = facts;
            }
            checksum::Outcome::Structure(facts) => {
                verdict.evidence.push(Evidence::StructureHolds);
                verdict.facts = facts;
            }
            checksum::Outcome::Invalid(why) => {
                verdict.confidence = match check.certainty {
                    checksum::Certainty::Medium if looks_generated(secret) => {
                        rule.confidence.min(Confidence::Medium)
                    }
                    checksum::Certainty::High | checksum::Certainty::Medium => Confidence::Low,
                };
                verdict.evidence.push(Evidence::ChecksumInvalid(why));
            }
            checksum::Outcome::Unknown => {}
        }
    }
    verdict.confidence = verdict.confidence.min(most);
    if let Some(word) = context {
        verdict.evidence.push(Evidence::Context(word.to_owned()));
    }
    verdict.evidence.push(Evidence::Entropy(bits));
    Some(verdict)
}

/// The part of the text within the rule's radius.
fn window(rule: &Rule, text: &[u8], candidate: &Candidate) -> Range<usize> {
    Binding::window(text, &candidate.anchor, rule.radius as usize)
}

/// Whether a value that failed its structure check still looks generated. Without that, it is a word that happens to
/// stand where a token may: `Basic authentication`.
fn looks_generated(secret: &[u8]) -> bool {
    secret.iter().any(u8::is_ascii_digit) && words::word_letters(secret) * 2 < secret.len()
}

/// How many of the secret's first bytes are the format's own and may be shown: the rule's literal, or the first
/// line of a PEM block.
pub fn visible_prefix(rule: &Rule, secret: &[u8]) -> usize {
    if secret.starts_with(b"-----BEGIN") {
        let line = &secret[..secret.len().min(64)];
        return line[10..]
            .windows(5)
            .position(|w| w == b"-----")
            .map_or(0, |at| at + 15);
    }
    rule.literals
        .iter()
        .filter(|literal| {
            secret.starts_with(literal.as_bytes()) && literal.len() * 2 <= secret.len()
        })
        .map(|literal| literal.len())
        .max()
        .unwrap_or(0)
}

enum Context<'r> {
    NotAsked,
    Found(&'r str),
    Missing,
}

/// Looks for one of the rule's context words within its radius, outside of the secret itself.
fn near_word<'r>(rule: &'r Rule, text: &[u8], candidate: &Candidate) -> Context<'r> {
    if rule.context.is_empty() {
        return Context::NotAsked;
    }
    let Range { start, end } = window(rule, text, candidate);
    let before = fold(&text[start..candidate.secret.start.max(start)]);
    let after = fold(&text[candidate.secret.end.min(end)..end]);
    for word in rule.context.iter() {
        let word: &'r str = word;
        let folded = word.to_ascii_lowercase();
        let finder = memchr::memmem::Finder::new(folded.as_bytes());
        if finder.find(&before).is_some() || finder.find(&after).is_some() {
            return Context::Found(word);
        }
    }
    Context::Missing
}

fn fold(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}
