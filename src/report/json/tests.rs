//! The document of `json`, byte for byte, and what must never stand in it.

use serde_json::Value;

use crate::finding::{BlobPath, Encoding, Origin, Secret};
use crate::report::fixture::{Fixture, PLAIN, inline, location, secret};
use crate::report::time::iso8601;
use crate::report::{Notice, NoticeLevel};

fn parsed(fixture: &Fixture) -> Value {
    serde_json::from_str(&fixture.written("json", PLAIN)).expect("JSON")
}

/// What is written for the finding of the fixture with three facts.
const DOCUMENT: &str = r#"{
  "schema_version": "1",
  "tool": {
    "name": "keyward",
    "version": "VERSION"
  },
  "scan": {
    "source": "working-tree",
    "root": "/project",
    "revision": "0123abcd",
    "branch": "main",
    "remote": null,
    "started": "STARTED",
    "ended": "ENDED"
  },
  "summary": {
    "findings": 1,
    "suppressed": 0,
    "by_severity": {
      "critical": 1,
      "high": 0,
      "medium": 0,
      "low": 0
    },
    "complete": true
  },
  "findings": [
    {
      "rule": "acme-api-key",
      "summary": "Acme API key",
      "provider": "acme",
      "severity": "critical",
      "confidence": "high",
      "fingerprint": "kw1:00112233445566778899aabbccddeeff",
      "evidence": [
        "the provider's own format",
        "its checksum or structure holds"
      ],
      "facts": {
        "account": "1234",
        "scope": "read, write"
      },
      "guidance": {
        "console": "https://acme.example/keys",
        "documentation": "https://docs.acme.example/keys",
        "rotate": [
          "Create a second key.",
          "Deploy it."
        ],
        "revoke": "Delete the key.",
        "last_used": null,
        "least_privilege": "A key for one project.",
        "storage": null,
        "expiry": null,
        "checked": "2026-11"
      },
      "suppression": null,
      "locations": [
        {
          "path": "src/app.py",
          "origin": "file",
          "start": {
            "line": 12,
            "column": 10,
            "column_utf16": 10
          },
          "end": {
            "line": 12,
            "column": 29,
            "column_utf16": 29
          },
          "bytes": {
            "start": 100,
            "end": 119
          },
          "encoding": "utf-8",
          "excerpt": "token = \"acme_********\"",
          "suppression": null
        }
      ]
    }
  ],
  "coverage": {
    "blobs": 1234,
    "bytes": 5300000,
    "skipped": {},
    "incomplete": []
  },
  "notices": []
}
"#;

#[test]
fn the_whole_document() {
    let mut fixture = Fixture::with_finding();
    fixture.add_fact("account", "1234");
    fixture.add_fact("scope", "read");
    fixture.add_fact("scope", "write");
    let expected = DOCUMENT
        .replace("VERSION", env!("CARGO_PKG_VERSION"))
        .replace("STARTED", &iso8601(fixture.info.started))
        .replace("ENDED", &iso8601(fixture.info.ended));
    assert_eq!(fixture.written("json", PLAIN), expected);
    assert_eq!(fixture.written("json", PLAIN), expected);
}

#[test]
fn the_secret_stands_there_only_when_asked_for() {
    let mut fixture = Fixture::with_finding();
    assert!(!fixture.written("json", PLAIN).contains(&secret()));

    fixture.info.show_secrets = true;
    assert_eq!(parsed(&fixture)["findings"][0]["secret"], secret());
    assert!(
        parsed(&fixture)["findings"][0]
            .get("secret_base64")
            .is_none()
    );

    fixture.findings[0].secret = Secret::new(&b"k\xff"[..]);
    assert_eq!(parsed(&fixture)["findings"][0]["secret"], "k\u{fffd}");
    assert_eq!(parsed(&fixture)["findings"][0]["secret_base64"], "a/8=");
}

#[test]
fn nothing_in_it_steers_a_terminal_and_nothing_is_lost() {
    let hostile = "a\u{1b}]0;\u{7}\u{9b}2J\u{202e}\u{e0041}\u{7f}\r\n\u{200b}b";
    let mut fixture = Fixture::clean();
    let mut place = location(hostile, 1, "x = ****", 4..8);
    place.suppression = Some(inline(hostile));
    fixture.add(vec![place]);
    fixture.add_fact("account", hostile);
    fixture.add_unreadable(hostile);
    fixture.info.branch = Some(hostile.to_owned());
    fixture.info.notices.push(Notice {
        level: NoticeLevel::Warning,
        message: hostile.to_owned(),
    });
    for format in ["json", "jsonl"] {
        let written = fixture.written(format, PLAIN);
        assert!(!written.chars().any(crate::text::is_unsafe), "{written}");
    }
    let document = parsed(&fixture);
    for text in [
        &document["scan"]["branch"],
        &document["findings"][0]["facts"]["account"],
        &document["findings"][0]["suppression"]["reason"],
        &document["findings"][0]["locations"][0]["path"],
        &document["coverage"]["incomplete"][0]["subject"],
        &document["notices"][0]["message"],
    ] {
        assert_eq!(text, hostile);
    }
}

#[test]
fn suppressed_findings_are_counted_apart() {
    let mut fixture = Fixture::with_finding();
    let mut place = location("tests/sample.py", 3, "key = ****", 6..10);
    place.suppression = Some(inline("made up"));
    fixture.add(vec![place]);
    let document = parsed(&fixture);
    assert_eq!(document["summary"]["findings"], 1);
    assert_eq!(document["summary"]["suppressed"], 1);
    assert_eq!(document["summary"]["by_severity"]["critical"], 1);
    assert_eq!(document["findings"][0]["suppression"], Value::Null);
    assert_eq!(document["findings"][1]["suppression"]["kind"], "inline");
    assert_eq!(
        document["findings"][1]["locations"][0]["suppression"]["reason"],
        "made up"
    );
}

#[test]
fn what_is_not_text_is_given_exactly() {
    let mut fixture = Fixture::clean();
    let mut place = location("", 1, "key = ****", 6..10);
    place.path = BlobPath::from_bytes(&b"caf\xe9"[..]);
    place.origin = Origin::Index;
    place.encoding = Encoding::Utf16Le;
    fixture.add(vec![place]);
    let document = parsed(&fixture);
    let place = &document["findings"][0]["locations"][0];
    assert_eq!(place["path"], "caf\u{fffd}");
    assert_eq!(place["path_base64"], "Y2Fm6Q==");
    assert_eq!(place["origin"], "index");
    assert_eq!(place["encoding"], "utf-16le");
}

#[test]
fn an_incomplete_scan_says_so() {
    let mut fixture = Fixture::clean();
    fixture.add_unreadable("locked");
    let document = parsed(&fixture);
    assert_eq!(document["summary"]["complete"], false);
    assert_eq!(document["coverage"]["skipped"]["unreadable"], 1);
    assert_eq!(
        document["coverage"]["incomplete"][0]["reason"],
        "unreadable"
    );
    assert_ne!(document["coverage"]["incomplete"][0]["help"], "");
}
