//! The document of `json`, byte for byte, and what must never stand in it.

use serde_json::{Value, json};

use crate::exposure::{Exposure, Moment, PlaceKind, Reach};
use crate::finding::{BlobPath, Encoding, Origin, Secret};
use crate::report::fixture::{Fixture, PLAIN, commit, id, in_history, inline, location, secret};
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
      "expired": false,
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
      "role": "credential",
      "parts": [],
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
      "exposure": null,
      "locations": [
        {
          "path": "src/app.py",
          "origin": "file",
          "history": null,
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
          "decoded": [],
          "excerpt": "token = \"acme_********\"",
          "suppression": null
        }
      ]
    }
  ],
  "coverage": {
    "blobs": 1234,
    "bytes": 5300000,
    "commits": 0,
    "tags": 0,
    "references": 0,
    "skipped": {},
    "kept_well": {},
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
    place.encodings = vec!["base64", "hex"];
    fixture.add(vec![place]);
    let document = parsed(&fixture);
    let place = &document["findings"][0]["locations"][0];
    assert_eq!(place["path"], "caf\u{fffd}");
    assert_eq!(place["path_base64"], "Y2Fm6Q==");
    assert_eq!(place["origin"], "index");
    assert_eq!(place["encoding"], "utf-16le");
    assert_eq!(place["decoded"], serde_json::json!(["base64", "hex"]));
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

/// A commit of the fixture as an object.
fn commit_object(digit: char, authored: &str) -> Value {
    json!({
        "id": id(digit),
        "author": "A. Author",
        "email": "author@example.com",
        "authored": authored,
    })
}

#[test]
fn a_finding_of_the_history() {
    let document = parsed(&Fixture::with_history());
    let finding = &document["findings"][0];
    let first = commit_object('a', "2025-04-10T01:30:00+01:30");
    let last = commit_object('b', "2025-04-11T01:30:00+01:30");
    let expected = json!({
        "first_seen": first,
        "last_seen": last,
        "removed_in": commit_object('c', "2025-04-12T01:30:00+01:30"),
        "in_head": false,
        "reach": "reference",
        "references": ["refs/heads/main", "refs/heads/next", "refs/tags/v1"],
        "reference_count": 3,
        "pushed": true,
    });
    assert_eq!(finding["exposure"], expected);
    let place = &finding["locations"][1];
    assert_eq!(place["origin"], "history");
    assert_eq!(place["path"], "src/new.py");
    assert_eq!(place["start"]["line"], 3);
    let expected = json!({ "kind": "blob", "object": id('e'), "commit": last });
    assert_eq!(place["history"], expected);
    let coverage = &document["coverage"];
    assert_eq!(coverage["commits"], 160_769);
    assert_eq!(coverage["tags"], 12);
    assert_eq!(coverage["references"], 34);
}

#[test]
fn what_is_not_known_of_a_history_is_null() {
    let mut fixture = Fixture::clean();
    let places = [
        PlaceKind::Blob,
        PlaceKind::Commit,
        PlaceKind::Tag,
        PlaceKind::FileName,
        PlaceKind::Reference,
    ]
    .map(|kind| in_history(location("x", 1, "acme_****", 0..9), kind, None));
    fixture.add(places.to_vec()).exposure = Some(Exposure {
        first_seen: None,
        last_seen: None,
        removed_in: None,
        in_head: None,
        reach: Reach::Dangling,
        references: Vec::new(),
        reference_count: 0,
        pushed: None,
    });
    let document = parsed(&fixture);
    let finding = &document["findings"][0];
    for member in ["first_seen", "last_seen", "removed_in", "in_head", "pushed"] {
        assert_eq!(
            finding["exposure"].get(member),
            Some(&Value::Null),
            "{member}"
        );
    }
    assert_eq!(finding["exposure"]["reach"], "dangling");
    let kinds: Vec<&Value> = finding["locations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|place| {
            assert_eq!(place["history"].get("commit"), Some(&Value::Null));
            &place["history"]["kind"]
        })
        .collect();
    assert_eq!(kinds, ["blob", "commit", "tag", "file-name", "reference"]);
}

#[test]
fn no_text_of_the_history_steers_a_terminal() {
    let hostile = "a\u{1b}]0;\u{7}\u{202e}\u{7f}\r\n\u{200b}b";
    let mut fixture = Fixture::clean();
    let mut author = (*commit('a')).clone();
    author.author = hostile.to_owned();
    author.email = hostile.to_owned();
    author.authored = Moment {
        seconds: i64::MIN,
        offset: i16::MIN,
    };
    let author = std::sync::Arc::new(author);
    let place = location(hostile, 1, "x = ****", 4..8);
    let place = in_history(place, PlaceKind::Blob, Some(author.clone()));
    fixture.add(vec![place]).exposure = Some(Exposure {
        first_seen: Some(author),
        references: vec![hostile.to_owned()],
        ..Fixture::with_history().findings[0]
            .exposure
            .clone()
            .expect("one")
    });
    for format in ["json", "jsonl"] {
        let written = fixture.written(format, PLAIN);
        assert!(!written.chars().any(crate::text::is_unsafe), "{written}");
        assert!(!written.contains(&secret()));
    }
    let finding = &parsed(&fixture)["findings"][0];
    assert_eq!(finding["exposure"]["first_seen"]["author"], hostile);
    assert_eq!(finding["exposure"]["references"][0], hostile);
    assert_eq!(
        finding["locations"][0]["history"]["commit"]["email"],
        hostile
    );
}
