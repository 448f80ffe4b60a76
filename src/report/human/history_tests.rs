//! What a terminal shows of a repository's history, byte for byte.

use std::sync::Arc;

use crate::exposure::{CommitInfo, HistoryPlace, Moment, PlaceKind, Reach};
use crate::finding::{Location, Origin};
use crate::report::fixture::{Fixture, PLAIN, commit, id, in_history, inline, location, secret};
use crate::report::{PathPrefix, Style};

const VERBOSE: Style = Style {
    verbose: true,
    ..PLAIN
};

#[test]
fn a_finding_that_was_pushed() {
    let written = Fixture::with_history().written("human", PLAIN);
    let expected = r#"critical: Acme API key [acme-api-key]
  --> src/app.py:12:10 (commit aaaaaaaaaa by A. Author on 2025-04-10)
   |
12 | token = "acme_********"
   |          ^^^^^^^^^^^^^
   |
   = also at: src/new.py:3:10 (commit bbbbbbbbbb by A. Author on 2025-04-11)
   = exposure: in history since 2025-04-10 (266 days), removed in cccccccccc, still reachable from 2 branches and 1 tag, pushed
   = believed: the provider's own format; its checksum or structure holds
   = fix: rotate it first: Create a second key.
   = then: rewriting the history comes second and does not undo the leak: whoever fetched it keeps it
   = help: keyward explain acme-api-key
   = fingerprint: kw1:00112233445566778899aabbccddeeff

1 secret found (1 critical); scanned 160,769 commits, 292,555 blobs, 5.8 GB in 420 ms
"#;
    assert_eq!(written, expected);
}

#[test]
fn a_finding_that_was_not_pushed() {
    let mut fixture = Fixture::with_history();
    fixture.info.revision = Some(id('a'));
    let finding = &mut fixture.findings[0];
    finding.locations.truncate(1);
    let exposure = finding.exposure.as_mut().expect("one");
    exposure.pushed = Some(false);
    exposure.removed_in = None;
    exposure.in_head = Some(true);
    exposure.references.truncate(1);
    exposure.reference_count = 1;
    fixture.coverage.commits = 1;
    fixture.coverage.blobs = 1;
    let written = fixture.written("human", PLAIN);
    let expected = "
   = exposure: in history since 2025-04-10 (266 days), still in HEAD, reachable from 1 branch, not pushed
   = believed: the provider's own format; its checksum or structure holds
   = fix: take it out of the last commit before you push: git commit --amend
   = then: rotate it if it may have left this machine
   = help: keyward explain acme-api-key
";
    assert!(written.contains(expected), "{written}");
    let last = "scanned 1 commit, 1 blob, 5.8 GB in 420 ms\n";
    assert!(written.ends_with(last), "{written}");
}

/// The line with the arrow for a place at `path`.
fn arrow(path: &str, kind: PlaceKind, by: Option<Arc<CommitInfo>>) -> String {
    let mut fixture = Fixture::with_history();
    // Paths of the history are git's, wherever the caller stands.
    fixture.info.display_prefix = PathPrefix {
        strip: "src/".to_owned(),
        add: "../".to_owned(),
    };
    let place = location(path, 7, "acme_********", 0..13);
    fixture.findings[0].locations = vec![in_history(place, kind, by)];
    let written = fixture.written("human", PLAIN);
    let arrow = written
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "));
    arrow.expect("an arrow").to_owned()
}

#[test]
fn places_of_every_kind() {
    let a = || Some(commit('a'));
    assert_eq!(
        arrow("src/a.py", PlaceKind::Blob, a()),
        "src/a.py:7:1 (commit aaaaaaaaaa by A. Author on 2025-04-10)"
    );
    assert_eq!(
        arrow("blob/eeee", PlaceKind::Blob, None),
        "blob/eeee:7:1 (in no known commit)"
    );
    assert_eq!(
        arrow("commit/aaaa", PlaceKind::Commit, a()),
        "commit/aaaa:7:1 (by A. Author on 2025-04-10)"
    );
    assert_eq!(arrow("tag/eeee", PlaceKind::Tag, None), "tag/eeee:7:1");
    assert_eq!(
        arrow("src/acme_********.py", PlaceKind::FileName, a()),
        "src/acme_********.py (the name itself, commit aaaaaaaaaa by A. Author on 2025-04-10)"
    );
    assert_eq!(
        arrow("refs/heads/acme_********", PlaceKind::Reference, None),
        "refs/heads/acme_******** (the name itself)"
    );
}

#[test]
fn a_name_has_no_line_number() {
    let mut fixture = Fixture::with_history();
    let place = location(
        "refs/heads/acme_********",
        1,
        "refs/heads/acme_********",
        11..24,
    );
    fixture.findings[0].locations = vec![in_history(place, PlaceKind::Reference, None)];
    let written = fixture.written("human", PLAIN);
    let expected = " --> refs/heads/acme_******** (the name itself)
  |
  | refs/heads/acme_********
  |            ^^^^^^^^^^^^^
  |
";
    assert!(written.contains(expected), "{written}");
}

#[test]
fn long_and_missing_names_of_authors() {
    let author = |name: String| {
        let mut by = (*commit('a')).clone();
        by.author = name;
        arrow("a", PlaceKind::Commit, Some(Arc::new(by)))
    };
    assert_eq!(author(String::new()), "a:7:1 (on 2025-04-10)");
    let long = author("界".repeat(50));
    assert_eq!(
        long,
        format!("a:7:1 (by {}… on 2025-04-10)", "界".repeat(19))
    );
}

#[test]
fn many_places_are_counted() {
    let mut fixture = Fixture::with_history();
    let place = fixture.findings[0].locations[1].clone();
    fixture.findings[0].locations = vec![place; 50];
    let written = fixture.written("human", PLAIN);
    let shown = written
        .matches("src/new.py:3:10 (commit bbbbbbbbbb")
        .count();
    assert_eq!(shown, 6, "{written}");
    assert!(written.contains("             and 44 more\n"), "{written}");
}

#[test]
fn references_are_named_when_asked_for() {
    let mut fixture = Fixture::with_history();
    let exposure = fixture.findings[0].exposure.as_mut().expect("one");
    exposure.reference_count = 1003;
    let expected = "   = references: refs/heads/main
                 refs/heads/next
                 refs/tags/v1
                 and 1,000 more
";
    let written = fixture.written("human", VERBOSE);
    assert!(written.contains(expected), "{written}");
    assert!(!fixture.written("human", PLAIN).contains("= references"));

    fixture.findings[0].locations.iter_mut().for_each(|place| {
        place.suppression = Some(inline("made up"));
    });
    let written = fixture.written("human", VERBOSE);
    assert!(
        written.contains("= exposure: in history since 2025-04-10"),
        "{written}"
    );
}

#[test]
fn no_text_of_the_history_steers_a_terminal() {
    let hostile = "a\u{1b}]0;\u{7}\u{9b}2J\u{202e}\u{7f}\r\n\u{200b}b";
    let by = Arc::new(CommitInfo {
        authored: Moment {
            seconds: i64::MAX,
            offset: i16::MAX,
        },
        id: hostile.to_owned(),
        author: hostile.to_owned(),
        email: hostile.to_owned(),
    });
    let places: Vec<Location> = [
        PlaceKind::Blob,
        PlaceKind::Commit,
        PlaceKind::Tag,
        PlaceKind::FileName,
        PlaceKind::Reference,
    ]
    .into_iter()
    .map(|kind| {
        let mut place = location(hostile, 1, "x = ****", 4..8);
        place.origin = Origin::History(Arc::new(HistoryPlace {
            commit: Some(by.clone()),
            kind,
            object: hostile.to_owned(),
        }));
        place
    })
    .collect();
    for pushed in [Some(true), Some(false)] {
        for reach in [Reach::Reference, Reach::Reflog, Reach::Dangling] {
            let mut fixture = Fixture::with_history();
            let finding = &mut fixture.findings[0];
            finding.locations.clone_from(&places);
            let exposure = finding.exposure.as_mut().expect("one");
            exposure.first_seen = Some(by.clone());
            exposure.removed_in = Some(by.clone());
            exposure.references = vec![hostile.to_owned()];
            exposure.pushed = pushed;
            exposure.reach = reach;
            let written = fixture.written("human", VERBOSE);
            assert!(!written.chars().any(crate::text::is_unsafe), "{written}");
            assert!(!written.contains("]0;\n"), "{written}");
            assert!(!written.contains(&secret()));
        }
    }
}
