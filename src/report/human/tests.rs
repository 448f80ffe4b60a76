//! What a terminal shows, byte for byte, and what it must never show.

use crate::finding::{BlobPath, Evidence, Secret, Suppression, SuppressionKind};
use crate::report::fixture::{Fixture, PLAIN, inline, location, secret};
use crate::report::{Notice, NoticeLevel, PathPrefix, Style};
use crate::rule::{Confidence, Severity};

const VERBOSE: Style = Style {
    explain_score: false,
    verbose: true,
    quiet: false,
    ..PLAIN
};
const COVERED: &str = "scanned 1,234 files, 5.3 MB in 420 ms";

#[test]
fn a_finding() {
    let written = Fixture::with_finding().written("human", PLAIN);
    let expected = r#"critical: Acme API key [acme-api-key]
  --> src/app.py:12:10
   |
12 | token = "acme_********"
   |          ^^^^^^^^^^^^^
   |
   = believed: the provider's own format; its checksum or structure holds
   = fix: Create a second key.
   = help: keyward explain acme-api-key
   = fingerprint: kw1:00112233445566778899aabbccddeeff

1 secret found (1 critical); scanned 1,234 files, 5.3 MB in 420 ms
"#;
    assert_eq!(written, expected);
    assert_eq!(written, Fixture::with_finding().written("human", PLAIN));
}

#[test]
fn everything_a_finding_may_say() {
    let mut fixture = Fixture::clean();
    let places = (1..=8)
        .map(|line| location("sub/a.py", line, "key = ****", 6..10))
        .collect();
    let finding = fixture.add(places);
    finding.severity = Severity::Medium;
    finding.expired = true;
    finding.confidence = Confidence::Low;
    finding.evidence = vec![Evidence::Context("acme".to_owned())];
    fixture.add_fact("expires", "2025-12-31T23:59:59Z");
    fixture.add_fact("expires", "2026-01-02T00:00:00Z");
    fixture.info.display_prefix = PathPrefix {
        strip: "sub/".to_owned(),
        add: "../".to_owned(),
    };
    fixture.info.show_secrets = true;
    let expected = r"medium: Acme API key [acme-api-key]
 --> a.py:1:7
  |
1 | key = ****
  |       ^^^^
  |
  = also at: a.py:2:7
             a.py:3:7
             a.py:4:7
             a.py:5:7
             a.py:6:7
             and 2 more
  = believed: near the word `acme`
  = confidence: low
  = fact: expires: 2025-12-31T23:59:59Z (expired)
  = fact: expires: 2026-01-02T00:00:00Z
  = severity: one step lower, because it has expired
  = value: SECRET
  = fix: Create a second key.
  = help: keyward explain acme-api-key
  = fingerprint: kw1:00112233445566778899aabbccddeeff

1 secret found (1 medium); scanned 1,234 files, 5.3 MB in 420 ms
";
    assert_eq!(
        fixture.written("human", PLAIN),
        expected.replace("SECRET", &secret())
    );
}

#[test]
fn a_clean_scan_is_one_line() {
    assert_eq!(
        Fixture::clean().written("human", PLAIN),
        format!("no secrets found; {COVERED}\n")
    );
}

#[test]
fn an_incomplete_scan_is_loud() {
    let mut fixture = Fixture::clean();
    for number in 0..13 {
        fixture.add_unreadable(&format!("locked/{number:02}"));
    }
    let written = fixture.written("human", PLAIN);
    let expected = "\
incomplete: 13 things were not scanned, and may hold secrets that this report misses
  --> locked/00: unreadable (permission denied)
  --> locked/01: unreadable (permission denied)
";
    assert!(written.starts_with(expected), "{written}");
    let expected = "  --> locked/09: unreadable (permission denied)
   = help: unreadable: give read access, or exclude it in .keyward.toml
   = and 3 more

incomplete: no secrets found in what was scanned; scanned 1,234 files, 5.3 MB in 420 ms; skipped 13 unreadable
";
    assert!(written.ends_with(expected), "{written}");
}

#[test]
fn suppressed_findings_show_only_when_asked_for() {
    let mut fixture = Fixture::clean();
    let mut place = location("a.py", 1, "key = ****", 6..10);
    place.suppression = Some(inline("a\u{1b}[2J sample"));
    fixture.add(vec![place.clone()]);
    place.suppression = Some(Suppression {
        kind: SuppressionKind::IgnoreFile,
        reason: None,
    });
    fixture.add(vec![place]);
    let last = format!("no secrets found, 2 suppressed; {COVERED}\n");
    assert_eq!(fixture.written("human", PLAIN), last);

    let written = fixture.written("human", VERBOSE);
    let expected = r"suppressed critical: Acme API key [acme-api-key]
 --> a.py:1:7
  |
1 | key = ****
  |       ^^^^
  |
  = suppressed by: a marker in the text: a\u{1b}[2J sample
  = fingerprint: kw1:00112233445566778899aabbccddeeff

";
    assert!(written.starts_with(expected), "{written}");
    assert!(written.contains("= suppressed by: the ignore file, without a reason\n"));
    assert!(written.ends_with(&last));
}

#[test]
fn the_commit_hook_says_how_to_go_on() {
    let mut fixture = Fixture::with_finding();
    fixture.info.source = "index";
    fixture.coverage.blobs = 1;
    let written = fixture.written("human", PLAIN);
    let expected = "
The staged changes hold secrets. What to do:
  1. Take the secret out of the commit; rotate it if it ever left this machine (keyward explain acme-api-key).
  2. If it is no secret, ignore it and say why: `keyward:allow acme-api-key -- reason` on its line, or its \
fingerprint in .keywardignore.
  3. To commit once without this check: SKIP=keyward git commit

1 secret found (1 critical); scanned 1 staged file, 5.3 MB in 420 ms
";
    assert!(written.ends_with(expected), "{written}");
    assert!(!written.contains("--no-verify"));

    fixture.findings.clear();
    assert_eq!(fixture.written("human", PLAIN).lines().count(), 1);
}

#[test]
fn nothing_in_it_steers_a_terminal() {
    let hostile = "a\u{1b}]0;\u{7}\u{9b}2J\u{202e}\u{7f}\r\n\u{200b}b\u{feff}";
    let mut fixture = Fixture::clean();
    let places = ["1", "2"].map(|name| location(&format!("{name}{hostile}"), 1, "x = ****", 4..8));
    let finding = fixture.add(places.to_vec());
    finding.evidence = vec![Evidence::Context(hostile.to_owned())];
    finding.secret = Secret::new(hostile.as_bytes());
    fixture.add_fact("account", hostile);
    fixture.add_unreadable(hostile);
    fixture.coverage.incomplete[0].detail = hostile.to_owned();
    fixture.info.show_secrets = true;
    fixture.info.notices.push(Notice {
        level: NoticeLevel::Warning,
        message: hostile.to_owned(),
    });
    let written = fixture.written("human", VERBOSE);
    assert!(!written.chars().any(crate::text::is_unsafe), "{written}");
    let lines = written.lines().count();
    fixture.findings[0].locations[1].path = BlobPath::from_bytes("plain");
    assert_eq!(fixture.written("human", VERBOSE).lines().count(), lines);
}

#[test]
fn the_secret_stands_there_only_when_asked_for() {
    let mut fixture = Fixture::with_finding();
    let mut place = location("b.py", 1, "key = ****", 6..10);
    place.suppression = Some(inline("sample"));
    fixture.add(vec![place]);
    for color in [false, true] {
        let style = Style { color, ..VERBOSE };
        fixture.info.show_secrets = false;
        assert!(!fixture.written("human", style).contains(&secret()));
        fixture.info.show_secrets = true;
        assert_eq!(
            fixture.written("human", style).matches(&secret()).count(),
            2
        );
    }
}

#[test]
fn colours_change_nothing_but_escapes() {
    let mut fixture = Fixture::with_finding();
    fixture.add_unreadable("locked");
    fixture.info.source = "index";
    let colored = fixture.written(
        "human",
        Style {
            color: true,
            ..PLAIN
        },
    );
    assert!(
        colored.starts_with("\u{1b}[1m\u{1b}[91mcritical"),
        "{colored:?}"
    );
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, fixture.written("human", PLAIN));
    assert!(!fixture.written("human", PLAIN).contains('\u{1b}'));
}

#[test]
fn a_narrow_terminal_gets_short_lines() {
    let mut fixture = Fixture::clean();
    let text = format!("{} = acme_********  # {}", "x".repeat(60), "y ".repeat(30));
    fixture.add(vec![location("a.py", 7, &text, 63..76)]);
    let style = Style {
        width: Some(40),
        ..PLAIN
    };
    let written = fixture.written("human", style);
    let expected = "critical: Acme API key [acme-api-key]
 --> a.py:7:64
  |
7 | …xxxxxxxxxx = acme_********  # y y …
  |               ^^^^^^^^^^^^^
  |
  = believed: the provider's own format;
              its checksum or structure
              holds
";
    assert!(written.starts_with(expected), "{written}");
}

#[test]
fn remarks_for_information_wait_for_verbose() {
    let mut fixture = Fixture::clean();
    for (level, message) in [
        (NoticeLevel::Note, "first"),
        (NoticeLevel::Warning, "second"),
    ] {
        fixture.info.notices.push(Notice {
            level,
            message: message.to_owned(),
        });
    }
    assert!(
        fixture
            .written("human", PLAIN)
            .starts_with("warning: second\nno secrets")
    );
    assert!(
        fixture
            .written("human", VERBOSE)
            .starts_with("note: first\nwarning: second\nno secrets")
    );
}

#[test]
fn how_a_secret_was_decoded() {
    let mut fixture = Fixture::clean();
    let mut place = location("values.yaml", 3, "release: ********", 9..17);
    place.encodings = vec!["base64", "gzip"];
    fixture.add(vec![place]);
    let written = fixture.written("human", PLAIN);
    assert!(
        written.contains("\n  = decoded: from base64, then gzip\n"),
        "{written}"
    );
}
