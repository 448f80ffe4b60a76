//! The verdict of the trained judge on a binding: refusals that need no model first, then the model.

use std::ops::Range;

use super::features::Features;
use super::model::Model;
use super::{assignment, documented, entropy, refusal};
use crate::detect::binding::{Binding, Kind, Link};
use crate::detect::{Candidate, Verdict};
use crate::finding::Evidence;
use crate::rule::Confidence;

/// The verdict on a candidate that was found by its name.
pub(super) fn judge(text: &[u8], candidate: &Candidate, radius: usize) -> Option<Verdict> {
    let (binding, features) = self::candidate(text, &candidate.anchor, radius)?;
    let score = Model::built_in().logit(&features);
    let confidence = confidence(score)?;
    // Asked last, because hardly any value is one.
    if documented::is_documented(&text[binding.value.clone()]) {
        return None;
    }
    let score = Model::built_in().explain(&features);
    Some(Verdict {
        confidence,
        evidence: vec![
            Evidence::Assigned,
            Evidence::Judged(score),
            Evidence::Entropy(entropy::shannon(&text[binding.value])),
        ],
        facts: Vec::new(),
    })
}

/// The confidence that a score stands for; `None` below the least.
pub fn confidence(score: i32) -> Option<Confidence> {
    let [low, medium, high] = Model::built_in().thresholds();
    match score {
        score if score >= high => Some(Confidence::High),
        score if score >= medium => Some(Confidence::Medium),
        score if score >= low => Some(Confidence::Low),
        _ => None,
    }
}

/// A binding whose value may be a secret, with its features; `None` for what is refused without asking the model:
/// references, code, and what tools have encrypted. Only `radius` bytes around the anchor are looked at.
pub fn candidate(text: &[u8], anchor: &Range<usize>, radius: usize) -> Option<(Binding, Features)> {
    let binding = Binding::near(text, anchor, radius)?;
    let value = &text[binding.value.clone()];
    let window = Binding::window(text, anchor, radius);
    let next = text[..window.end].get(binding.value.end).copied();
    let name = &text[binding.name.clone()];
    if refusal::of_name(name, binding.kind)
        || refusal::of_value(value, &binding, next)
        || refusal::of_both(name, value, &binding)
        || refusal::of_place(&text[window.start..binding.name.start], value)
        || is_judged_decoded(&text[window.clone()], &binding, value)
    {
        return None;
    }
    let inside = binding.clone().within(window.start);
    if refusal::of_neighbours(&text[window.clone()], &inside) {
        return None;
    }
    let features = Features::of(&text[window], &inside);
    Some((binding, features))
}

/// Whether a value is base64 that is judged as it is decoded, or that stands for a sample value.
fn is_judged_decoded(window: &[u8], binding: &Binding, value: &[u8]) -> bool {
    let Some(decoded) = assignment::encoded_line(value) else {
        return false;
    };
    let has = |text: &[u8]| memchr::memmem::find(window, text).is_some();
    let in_manifest = binding.link == Link::Colon
        && (has(b"kind: Secret") || has(b"\"kind\": \"Secret\"") || has(b"\"kind\":\"Secret\""))
        && !has(b"stringData");
    in_manifest
        || (value.len() >= 8 && assignment::is_sample(&decoded))
        || (binding.kind == Kind::Token && is_sample_login(&decoded))
}

/// `user:password`, as the header of basic authentication holds it.
fn is_sample_login(decoded: &[u8]) -> bool {
    memchr::memchr(b':', decoded).is_some_and(|colon| {
        let password = &decoded[colon + 1..];
        password.is_empty() || assignment::is_sample(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::judge::model::per_mille;
    use crate::rule::sample;

    /// What the trainer wrote beside the model: a probability in thousandths, an anchor and a template a line.
    const GOLDEN: &str = include_str!("../../../rules/judge.golden");

    #[test]
    fn the_model_says_what_it_said_when_it_was_trained() {
        assert!(GOLDEN.lines().count() > 10);
        for line in GOLDEN.lines() {
            let mut fields = line.splitn(3, '\t');
            let mut field = || fields.next().expect("three fields");
            let (probability, anchor, template) = (field(), field(), field());
            let text = sample::expand(template, 1, &|_| None);
            let at = text.find(anchor).expect("the anchor");
            let found = candidate(text.as_bytes(), &(at..at + anchor.len()), 512);
            let says = found.map_or("none".to_owned(), |(_, features)| {
                per_mille(Model::built_in().logit(&features)).to_string()
            });
            assert_eq!(
                says, probability,
                "{template}: train the judge again (rules/README.md)"
            );
        }
    }

    #[test]
    fn references_code_and_good_practice_are_refused() {
        let refused = |text: &str| {
            let at = text.find("password").expect("the anchor");
            candidate(text.as_bytes(), &(at..at + 8), 512).is_none()
        };
        for text in [
            "fn check(password: &str) -> bool {",
            "password: ${DB_PASSWORD}",
            "password: vault:secret/data/app#password",
            "password: ENC[AES256_GCM,data:x1y2z3]",
            "password = settings.database.password",
            "open(user, password = value, other)",
            "password: null",
            "password = '1.302.4'",
            "password = '2026-11-05T07:32:00Z'",
            "password_url = 'https://id.internal.net/reset'",
            "password: '********'",
        ] {
            assert!(refused(text), "{text}");
        }
        assert!(!refused("password: 'x1y2z3'"));
        assert!(!refused("password: monkey77"));
    }

    #[test]
    fn explanations_add_up() {
        let text = b"db_password = 'x7Kq2vLpW9'";
        let (_, features) = candidate(text, &(3..11), 512).expect("a candidate");
        let model = Model::built_in();
        let score = model.explain(&features);
        assert_eq!(score.logit, model.logit(&features));
        assert!(!score.reasons.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: Vec<u8>, start in 0_usize..64) {
            let end = (start + 4).min(text.len());
            if start < end {
                let _ = candidate(&text, &(start..end), 512);
            }
        }

        #[test]
        fn only_the_window_counts(head in "[ -~\n]{0,700}", tail in "[ -~\n]{0,700}", value in "[!-~]{4,24}") {
            let middle = format!("\nuser: app\npassword: {value}\nhost: db\n");
            let text = format!("{head}{middle}{tail}");
            let at = head.len() + middle.find("password").expect("the anchor");
            let window = Binding::window(text.as_bytes(), &(at..at + 8), 512);
            let whole = candidate(text.as_bytes(), &(at..at + 8), 512).map(|(_, features)| features);
            let inside = at - window.start;
            let part = candidate(&text.as_bytes()[window], &(inside..inside + 8), 512).map(|(_, features)| features);
            proptest::prop_assert_eq!(whole, part);
        }
    }
}
