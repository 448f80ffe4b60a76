//! The verdict of the trained judge on a binding: refusals that need no model first, then the model.

use std::ops::Range;

use super::features::Features;
use super::model::Model;
use super::{assignment, entropy, placeholder, practice, words};
use crate::detect::binding::{Binding, Kind, Link, Quote};
use crate::detect::{Candidate, Verdict};
use crate::finding::Evidence;
use crate::rule::Confidence;

/// The verdict on a candidate that was found by its name.
pub(super) fn judge(text: &[u8], candidate: &Candidate, radius: usize) -> Option<Verdict> {
    let (binding, features) = self::candidate(text, &candidate.anchor, radius)?;
    let score = Model::built_in().logit(&features);
    let confidence = confidence(score)?;
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
    if names_public(&text[binding.name.clone()])
        || is_refused(value, &binding, next)
        || is_judged_decoded(&text[window.clone()], &binding, value)
    {
        return None;
    }
    let features = Features::of(&text[window.clone()], &binding.clone().within(window.start));
    Some((binding, features))
}

/// `public_key`, `keyFingerprint`, `token_type`: names of what may be known; `authenticity_token`, `Sec-WebSocket-Key`: of what says
/// nothing once its page or connection is closed.
fn names_public(name: &[u8]) -> bool {
    let folded = name.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&folded, word.as_bytes()).is_some();
    [
        "fingerprint",
        "authenticity",
        "csrf",
        "xsrf",
        "websocket",
        "token_type",
        "tokentype",
    ]
    .iter()
    .any(|word| has(word))
        || ((has("public") || has("pubkey") || has("pub_key"))
            && has("key")
            && !has("private")
            && !has("secret"))
}

/// Whether a value can be told to be no secret by its form alone.
fn is_refused(value: &[u8], binding: &Binding, next: Option<u8>) -> bool {
    if practice::is_kept_well(value)
        || placeholder::is_reference(value)
        || placeholder::is_public(value)
    {
        return true;
    }
    if is_hash(value)
        || is_dotted_number(value)
        || is_date(value)
        || is_address(value)
        || is_quoted_from_a_standard(value)
    {
        return true;
    }
    // Keys that another rule reads whole, public ones, and values that were cut short.
    if value.starts_with(b"-----BEGIN")
        || value.starts_with(b"ssh-")
        || memchr::memmem::find(value, b"...").is_some()
    {
        return true;
    }
    // Files, keys among them, that a name speaks of.
    if [&b"~/"[..], b"./", b"../"]
        .iter()
        .any(|start| value.starts_with(start))
        || memchr::memmem::find(value, b"/.ssh/").is_some()
    {
        return true;
    }
    // ASP.NET's word for a key that it makes itself.
    if value.len() >= 12 && value[..12].eq_ignore_ascii_case(b"AutoGenerate") {
        return true;
    }
    // A single character over and over, and what has hardly any letters or digits.
    let first = value[0];
    if value.iter().all(|b| *b == first) {
        return true;
    }
    let telling = value
        .iter()
        .filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80)
        .count();
    if telling * 3 < value.len() && telling < 4 {
        return true;
    }
    if binding.quote == Quote::None && (is_code(value, binding) || is_variable(value, next)) {
        return true;
    }
    // Keys are long: most things that are named so are names themselves.
    binding.kind == Kind::Key && value.len() < 14
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
    in_manifest || (value.len() >= 8 && assignment::is_sample(&decoded))
}

/// Values of the OAuth, HTTP and AWS documents that code and its documentation quote, as FNV-1a hashes: the values
/// themselves would look like secrets here.
const QUOTED: &[u64] = &[
    0x03b3_433f_2c47_d86f,
    0x0586_33e2_ffe8_cd27,
    0x0ab5_0e41_2ab9_81a4,
    0x105e_4dd7_63a8_12bc,
    0x1a7b_78be_56f3_054d,
    0x273f_5e02_3867_ba98,
    0x3030_ced2_0b49_810a,
    0x30aa_8188_bb02_3e35,
    0x36ec_79cf_e49d_42fa,
    0x3be9_55b1_8f32_adbe,
    0x3c0d_8e9d_b0e6_bea8,
    0x3e6e_0ba1_e1bb_8300,
    0x4f45_9807_254f_1ee7,
    0x55e6_407f_d6ee_a643,
    0x5711_6b3e_04f3_b229,
    0x60bc_a9a8_e7e7_80a0,
    0x7699_c294_beeb_ad32,
    0x76f0_7e1e_430f_318e,
    0x846b_2a1e_2fad_7fcb,
    0x9617_ea56_85ae_57ea,
    0x9bb9_3d89_924c_f35d,
    0xa877_7a0a_30d2_e126,
    0xbac1_05aa_c64c_be2d,
    0xbb65_956c_4b8b_34bf,
    0xc84e_0513_0ba0_1136,
    0xd7ba_4d0f_b3bb_1efd,
    0xd9ad_86ad_3724_159b,
    0xdc8d_8ca0_6454_72e9,
    0xecc1_a447_4851_bc28,
    0xee04_25ac_21b0_3b65,
    0xf40e_2e02_6c9a_c885,
];

fn is_quoted_from_a_standard(value: &[u8]) -> bool {
    let hash = value.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    QUOTED.binary_search(&hash).is_ok()
}

/// Versions, object ids and times: digits with dots or colons between them.
fn is_dotted_number(value: &[u8]) -> bool {
    value
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':'))
        && value.iter().any(|b| !b.is_ascii_digit())
}

/// `2026-11-05` and what may follow: a date.
fn is_date(value: &[u8]) -> bool {
    value.len() >= 10
        && value
            .iter()
            .take(10)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
        && value.iter().all(|b| {
            b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'+' | b'T' | b'Z' | b' ')
        })
}

/// An address that holds no user and password of its own.
fn is_address(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"://").is_some() && !value.contains(&b'@')
}

/// What a password was hashed to: other rules report those.
fn is_hash(value: &[u8]) -> bool {
    let start = |text: &str| value.starts_with(text.as_bytes());
    (start("$") && value.len() > 20 && value[1..].iter().take(12).any(|b| *b == b'$'))
        || [
            "pbkdf2", "argon2", "scrypt:", "bcrypt", "{SSHA", "{SHA", "{MD5", "{CRYPT", "sha256:",
            "sha512:", "sha256$", "sha1$", "md5:",
        ]
        .iter()
        .any(|text| start(text))
}

/// Whether a bare value is words that a program goes on behind: the name of a variable or a type.
fn is_variable(value: &[u8], next: Option<u8>) -> bool {
    matches!(next, Some(b',' | b';' | b')'))
        && value
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | b'.'))
        && words::word_letters(value) * 4 >= value.len() * 3
}

/// Whether a bare value is a name, a type or a literal of a program.
fn is_code(value: &[u8], binding: &Binding) -> bool {
    const LITERALS: &[&[u8]] = &[
        b"null",
        b"none",
        b"true",
        b"false",
        b"undefined",
        b"self",
        b"string",
        b"this",
    ];
    if LITERALS
        .iter()
        .any(|literal| value.eq_ignore_ascii_case(literal))
    {
        return true;
    }
    let first = value[0];
    if matches!(
        first,
        b'*' | b'&' | b'@' | b'!' | b':' | b'-' | b'/' | b'$' | b'%' | b'[' | b'.' | b'~'
    ) && value.len() < 200
    {
        // A bare sign in front is an operator, a reference, an option or a path.
        return first != b'!' && first != b'-' && first != b'@'
            || value[1..]
                .iter()
                .all(|b| b.is_ascii_alphabetic() || *b == b'_');
    }
    // 0x4f: a constant.
    if value.len() <= 10 && (value.starts_with(b"0x") || value.starts_with(b"0X")) {
        return true;
    }
    let letters = value
        .iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.'));
    letters
        && value.contains(&b'.')
        && matches!(
            binding.link,
            Link::Equals | Link::Colon | Link::Compare | Link::Arrow | Link::Comma
        )
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
