//! What the moment of a scan changes.

use std::time::Duration;

use super::*;
use crate::rule::{RuleSet, Severity};

/// The findings of a scan at `now` (Unix seconds) of a text.
fn findings_at(detector: &Detector, now: u64, text: &str) -> Vec<Finding> {
    let options = Options {
        min_confidence: Confidence::Medium,
        suppressions: Suppressions::default(),
        fingerprint_key: FingerprintKey::default(),
        line_hashes: false,
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(now),
    };
    let scan = Scan::new(detector, options);
    let path = BlobPath::from_bytes("src/app.py");
    scan.worker()
        .scan_bytes(&path, &Origin::File, text.as_bytes());
    scan.finish().findings
}

/// A token that ends at that second, and never if there is none.
fn token(end: Option<u64>) -> String {
    let encode = |json: String| data_encoding::BASE64URL_NOPAD.encode(json.as_bytes());
    let claims = end.map_or_else(
        || r#"{"sub":"service-7","iat":1700000000}"#.to_owned(),
        |end| format!(r#"{{"sub":"service-7","exp":{end}}}"#),
    );
    let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#.to_owned());
    let signature = "q7Zk2mXw9Lr4TbN8vYcJ".repeat(3);
    format!(
        "token = \"{header}.{}.{}\"\n",
        encode(claims),
        &signature[..43]
    )
}

#[test]
fn what_has_expired_is_one_step_less_severe() {
    const END: u64 = 1_900_000_000;
    let detector = Detector::new(RuleSet::built_in());
    let at = |now, end| {
        let found = findings_at(&detector, now, &token(end));
        let [finding] = found.as_slice() else {
            panic!("{found:?}");
        };
        (finding.severity, finding.expired)
    };
    assert_eq!(at(END - 1, Some(END)), (Severity::Medium, false));
    assert_eq!(at(END, Some(END)), (Severity::Medium, false));
    assert_eq!(at(END + 1, Some(END)), (Severity::Low, true));
    assert_eq!(at(END + 1, None), (Severity::Medium, false));
}

#[test]
fn low_is_the_least() {
    let mut severity = Severity::Critical;
    for less in [
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Low,
    ] {
        severity = severity.lowered();
        assert_eq!(severity, less);
    }
}
