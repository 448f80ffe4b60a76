use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::coverage::{Coverage, Skip, SkipReason};
use crate::detect::Detector;
use crate::finding::{Origin, Suppression, SuppressionKind};
use crate::report::{Notice, PathPrefix, ScanInfo};
use crate::rule::{Confidence, RuleSet, sample};
use crate::scan::{Options, Outcome, Scan};
use crate::suppress::Suppressions;
use crate::suppress::fingerprint::FingerprintKey;

/// Texts with secrets of several providers, built from the rules' own examples.
fn samples(rules: &RuleSet) -> Vec<(String, String)> {
    let wanted = ["openai", "stripe", "slack", "private-key", "database-url"];
    let mut texts = Vec::new();
    for (_, rule) in rules.iter() {
        if wanted.contains(&rule.provider.id.as_ref()) {
            for (number, example) in rule.found.iter().enumerate() {
                let text = sample::expand(example, sample::seed(&rule.id, number), &|_| None);
                texts.push((
                    format!("src/{} {number}.txt", rule.id),
                    format!("é\n{text}\n"),
                ));
            }
        }
    }
    texts
}

fn scan(detector: &Detector, texts: &[(Vec<u8>, String)]) -> Outcome {
    let options = Options {
        min_confidence: Confidence::Low,
        suppressions: Suppressions::default(),
        fingerprint_key: FingerprintKey::default(),
        line_hashes: true,
        now: SystemTime::UNIX_EPOCH,
    };
    let scan = Scan::new(detector, options);
    let mut worker = scan.worker();
    for (path, text) in texts {
        worker.scan_bytes(
            &BlobPath::from_bytes(path.clone()),
            &Origin::File,
            text.as_bytes(),
        );
    }
    drop(worker);
    scan.finish()
}

fn everything(detector: &Detector) -> Outcome {
    let texts: Vec<_> = samples(detector.rules())
        .into_iter()
        .map(|(path, text)| (path.into_bytes(), text))
        .collect();
    scan(detector, &texts)
}

/// One finding in each of `paths`.
fn at_paths(detector: &Detector, paths: &[&[u8]]) -> Outcome {
    let (_, text) = samples(detector.rules()).swap_remove(0);
    let texts: Vec<_> = paths
        .iter()
        .map(|path| (path.to_vec(), text.clone()))
        .collect();
    scan(detector, &texts)
}

fn info() -> ScanInfo {
    ScanInfo {
        source: "working-tree",
        root: "/srv/a b".into(),
        in_repository: true,
        display_prefix: PathPrefix::default(),
        revision: Some("12".repeat(20)),
        branch: Some("main".to_owned()),
        remote: Some("git@example.com:team/app.git".to_owned()),
        started: UNIX_EPOCH,
        ended: UNIX_EPOCH + Duration::from_secs(60),
        notices: vec![Notice {
            level: NoticeLevel::Note,
            message: "a remark".to_owned(),
        }],
        // Even then.
        show_secrets: true,
    }
}

fn written(detector: &Detector, findings: &[Finding], coverage: &Coverage) -> String {
    let info = info();
    let report = Report {
        rules: detector.rules(),
        findings,
        coverage,
        info: &info,
    };
    let style = Style {
        explain_score: false,
        color: true,
        width: Some(80),
        verbose: true,
        quiet: false,
    };
    let mut out = Vec::new();
    write(&report, &style, &mut out).expect("a buffer takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn parsed(detector: &Detector, outcome: &Outcome) -> Value {
    let text = written(detector, &outcome.findings, &outcome.coverage);
    serde_json::from_str::<Value>(&text).expect("JSON")["runs"][0].clone()
}

#[test]
fn no_secret_and_no_user_is_written() {
    let detector = Detector::new(RuleSet::built_in());
    let outcome = everything(&detector);
    assert!(
        outcome.findings.len() > 10,
        "{} findings",
        outcome.findings.len()
    );
    let text = written(&detector, &outcome.findings, &outcome.coverage);
    for finding in &outcome.findings {
        let secret = String::from_utf8_lossy(finding.secret.expose()).into_owned();
        // Line ends of a key are escaped in JSON: its lines must not appear either.
        for line in secret
            .lines()
            .filter(|line| line.len() > 7 && !line.starts_with('-'))
        {
            let rule = &detector.rules().get(finding.rule).id;
            assert!(!text.contains(line.trim()), "a secret of {rule} is written");
        }
    }
    assert!(!text.contains("git@"), "the user of the remote is written");
}

#[test]
fn results_are_in_report_order_and_rules_sorted() {
    let detector = Detector::new(RuleSet::built_in());
    let outcome = everything(&detector);
    let first = written(&detector, &outcome.findings, &outcome.coverage);
    let again = everything(&detector);
    assert_eq!(first, written(&detector, &again.findings, &again.coverage));
    let run = parsed(&detector, &outcome);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), outcome.findings.len());
    for (result, finding) in results.iter().zip(&outcome.findings) {
        let id = detector.rules().get(finding.rule).id.as_ref();
        assert_eq!(result["ruleId"], id);
        let index = result["ruleIndex"].as_u64().expect("index") as usize;
        assert_eq!(rules[index]["id"], id);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
}

#[test]
fn rules_carry_what_code_scanning_asks_for() {
    let rules = RuleSet::built_in();
    for (index, rule) in rules.iter() {
        let descriptor = serde_json::to_value(rule::descriptor(rule, rules.severity(index)));
        let descriptor = descriptor.expect("JSON");
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = descriptor[text]["text"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{}", rule.id);
        }
        let full = descriptor["fullDescription"]["text"]
            .as_str()
            .expect("text");
        assert!(
            full.encode_utf16().count() <= MAX_DESCRIPTION,
            "{}",
            rule.id
        );
        assert!(descriptor["help"]["markdown"].is_string(), "{}", rule.id);
        let score = descriptor["properties"]["security-severity"]
            .as_str()
            .expect("a string");
        assert!(score.parse::<f32>().is_ok(), "{}", rule.id);
        assert_eq!(descriptor["properties"]["tags"][0], "security");
        assert_eq!(descriptor["properties"]["tags"][1], "external/cwe/cwe-798");
    }
}

#[test]
fn an_empty_scan_is_a_whole_log() {
    let detector = Detector::new(RuleSet::built_in());
    let text = written(&detector, &[], &Coverage::default());
    let log: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["$schema"], SCHEMA);
    let run = &log["runs"][0];
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["tool"]["driver"]["rules"], json!([]));
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "keyward/working-tree/");
    assert_eq!(run["originalUriBaseIds"][ROOT]["uri"], "file:///srv/a%20b/");
    let provenance = &run["versionControlProvenance"][0];
    assert_eq!(
        provenance["repositoryUri"],
        "ssh://example.com/team/app.git"
    );
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["endTimeUtc"], "1970-01-01T00:01:00Z");
}

#[test]
fn an_incomplete_scan_is_not_successful() {
    let detector = Detector::new(RuleSet::built_in());
    let mut coverage = Coverage::default();
    for number in 0..150 {
        coverage.skip(Skip {
            reason: SkipReason::Unreadable,
            subject: BlobPath::from_bytes(format!("folder/{number}")),
            detail: "permission denied".to_owned(),
        });
    }
    coverage.finish();
    let run: Value = serde_json::from_str(&written(&detector, &[], &coverage)).expect("JSON");
    let invocation = &run["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = invocation["toolExecutionNotifications"]
        .as_array()
        .expect("a list");
    let errors: Vec<&Value> = notifications
        .iter()
        .filter(|n| n["level"] == "error")
        .collect();
    assert_eq!(errors.len(), MAX_NOTIFICATIONS + 1);
    let summary = errors[MAX_NOTIFICATIONS]["message"]["text"]
        .as_str()
        .expect("text");
    assert!(summary.contains("150"), "{summary}");
}

#[test]
fn paths_of_every_kind() {
    let detector = Detector::new(RuleSet::built_in());
    let outcome = at_paths(&detector, &[b"/else where/a", b"a \xff[1].txt", b"b:c"]);
    let run = parsed(&detector, &outcome);
    let artifacts: Vec<&Value> = run["results"][0]["locations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|location| &location["physicalLocation"]["artifactLocation"])
        .collect();
    assert_eq!(*artifacts[0], json!({ "uri": "file:///else%20where/a" }));
    let relative = |uri: &str| json!({ "uri": uri, "uriBaseId": ROOT });
    assert_eq!(*artifacts[1], relative("a%20%FF%5B1%5D.txt"));
    assert_eq!(*artifacts[2], relative("b%3Ac"));
}

#[test]
fn suppressions_stand_at_all_results_or_at_none() {
    let detector = Detector::new(RuleSet::built_in());
    let mut outcome = everything(&detector);
    assert!(
        parsed(&detector, &outcome)["results"][0]
            .get("suppressions")
            .is_none()
    );
    for location in &mut outcome.findings[0].locations {
        location.suppression = Some(Suppression {
            kind: SuppressionKind::Inline,
            reason: Some("a test value".to_owned()),
        });
    }
    let run = parsed(&detector, &outcome);
    let expected = json!([{
        "kind": "inSource",
        "status": "accepted",
        "justification": "a test value",
    }]);
    assert_eq!(run["results"][0]["suppressions"], expected);
    assert_eq!(run["results"][1]["suppressions"], json!([]));
}

#[test]
fn limits_are_kept_and_told() {
    let detector = Detector::new(RuleSet::built_in());
    let mut outcome = everything(&detector);
    let place = outcome.findings[0].locations[0].clone();
    outcome.findings[0].locations = vec![place; MAX_LOCATIONS + 5];
    let info = info();
    let report = Report {
        rules: detector.rules(),
        findings: &outcome.findings,
        coverage: &outcome.coverage,
        info: &info,
    };
    let run = serde_json::to_value(log(&report, 3)).expect("JSON")["runs"][0].clone();
    assert_eq!(run["results"].as_array().map(Vec::len), Some(3));
    let locations = run["results"][0]["locations"].as_array().map(Vec::len);
    assert_eq!(locations, Some(MAX_LOCATIONS));
    assert_eq!(run["results"][0]["properties"]["places"], MAX_LOCATIONS + 5);
    let told = run["invocations"][0]["toolExecutionNotifications"].as_array();
    let kinds: Vec<&str> = told
        .expect("a list")
        .iter()
        .filter_map(|notification| notification["descriptor"]["id"].as_str())
        .collect();
    let expected = [
        "keyward/result-limit",
        "keyward/location-limit",
        "keyward/notice",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn streams_have_the_line_hashes_of_whole_texts() {
    let detector = Detector::new(RuleSet::built_in());
    let (_, text) = samples(detector.rules()).swap_remove(0);
    let hash = |text: &str, on: bool| {
        let options = |line_hashes| Options {
            min_confidence: Confidence::Low,
            suppressions: Suppressions::default(),
            fingerprint_key: FingerprintKey::default(),
            line_hashes,
            now: SystemTime::UNIX_EPOCH,
        };
        let scan = Scan::new(&detector, options(on));
        let mut worker = scan.worker();
        let path = BlobPath::from_bytes("a");
        worker
            .scan_reader(&path, &Origin::File, text.as_bytes())
            .expect("a slice can be read");
        drop(worker);
        scan.finish().findings[0].locations[0].line_hash.clone()
    };
    let whole = at_paths(&detector, &[b"a"]).findings[0].locations[0]
        .line_hash
        .clone();
    assert!(whole.is_some());
    assert_eq!(hash(&text, true), whole);
    assert_eq!(hash(&text, false), None);
    // Of a text that does not fit into one buffer, the lines that are gone are not hashed.
    let long = "filler line\n".repeat(100_000) + &text;
    assert_eq!(hash(&long, true), None);
}

#[test]
fn how_a_secret_was_decoded() {
    let detector = Detector::new(RuleSet::built_in());
    let text = sample::expand("x: {base64of:token = dop_v1_{hex:64} }\n", 1, &|_| None);
    let outcome = scan(&detector, &[(b"values.yaml".to_vec(), text)]);
    let result = &parsed(&detector, &outcome)["results"][0];
    let text = result["message"]["text"].as_str().expect("a message");
    assert!(text.contains(" It was decoded from base64."), "{text}");
    let properties = &result["locations"][0]["properties"];
    assert_eq!(properties["decoded"], serde_json::json!(["base64"]));
}
