//! What a log says of a repository's history.

use serde_json::{Value, json};

use crate::exposure::PlaceKind;
use crate::finding::BlobPath;
use crate::report::fixture::{Fixture, PLAIN, commit, id, in_history, location, secret};

fn run(fixture: &Fixture) -> Value {
    let log: Value = serde_json::from_str(&fixture.written("sarif", PLAIN)).expect("JSON");
    log["runs"][0].clone()
}

#[test]
fn a_finding_of_the_history() {
    let run = run(&Fixture::with_history());
    let result = &run["results"][0];
    assert_eq!(
        result["message"]["text"],
        "Acme API key 'acme_********' (confidence high: the provider's own format, its checksum or structure holds). \
         It stands in 2 places. In history since 2025-04-10, removed in cccccccccc, still reachable from 2 branches and \
         1 tag, pushed. First step: Create a second key. Rewriting the history comes second and does not undo the leak: \
         whoever fetched it keeps it."
    );
    let properties = &result["properties"];
    assert_eq!(properties["origin"], "history");
    assert_eq!(properties["commit"], id('a'));
    assert_eq!(properties["authored"], "2025-04-10T01:30:00+01:30");
    let exposure = json!({
        "firstSeen": { "commit": id('a'), "authored": "2025-04-10T01:30:00+01:30" },
        "lastSeen": { "commit": id('b'), "authored": "2025-04-11T01:30:00+01:30" },
        "removedIn": { "commit": id('c'), "authored": "2025-04-12T01:30:00+01:30" },
        "inHead": false,
        "reach": "reference",
        "references": ["refs/heads/main", "refs/heads/next", "refs/tags/v1"],
        "referenceCount": 3,
        "pushed": true,
    });
    assert_eq!(properties["exposure"], exposure);

    let second = &result["locations"][1];
    assert_eq!(
        second["physicalLocation"]["artifactLocation"],
        json!({ "uri": "src/new.py", "uriBaseId": "%SRCROOT%" })
    );
    assert_eq!(second["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(
        second["properties"],
        json!({
            "origin": "history",
            "kind": "blob",
            "object": id('e'),
            "commit": id('b'),
            "authored": "2025-04-11T01:30:00+01:30",
        })
    );
    let coverage = &run["invocations"][0]["properties"]["coverage"];
    assert_eq!(coverage["commits"], 160_769);
    assert_eq!(coverage["tags"], 12);
    assert_eq!(coverage["references"], 34);
}

#[test]
fn a_place_of_the_history_has_a_hash_of_its_own() {
    let mut fixture = Fixture::with_history();
    let hash = |fixture: &Fixture| {
        run(fixture)["results"][0]["partialFingerprints"]["primaryLocationLineHash"].clone()
    };
    assert_eq!(hash(&fixture), "0011223344556677:1");
    fixture.findings[0].locations[0].line_hash = Some("a1b2:1".to_owned());
    assert_eq!(hash(&fixture), "a1b2:1");
    // A file's hash is the upload's to compute.
    assert_eq!(hash(&Fixture::with_finding()), Value::Null);
}

#[test]
fn nothing_of_who_wrote_it_and_no_secret() {
    let mut fixture = Fixture::with_history();
    fixture.info.show_secrets = true;
    let written = fixture.written("sarif", PLAIN);
    for unwanted in ["author@example.com", "A. Author", &secret()] {
        assert!(!written.contains(unwanted), "{written}");
    }
}

#[test]
fn places_that_are_no_files() {
    let mut fixture = Fixture::with_history();
    let name = "acme_********";
    let kinds = [
        (
            format!("commit/{}", id('a')),
            PlaceKind::Commit,
            Some(commit('a')),
        ),
        (format!("tag/{}", id('e')), PlaceKind::Tag, None),
        (format!("blob/{}", id('e')), PlaceKind::Blob, None),
        (
            format!("src/{name} é.py"),
            PlaceKind::FileName,
            Some(commit('a')),
        ),
        (format!("refs/heads/{name}"), PlaceKind::Reference, None),
    ];
    fixture.findings[0].locations = kinds
        .into_iter()
        .map(|(path, kind, by)| in_history(location(&path, 7, name, 0..13), kind, by))
        .collect();
    let result = run(&fixture)["results"][0].clone();
    let place = |index: usize| &result["locations"][index]["physicalLocation"];
    let relative = |uri: String| json!({ "uri": uri });
    assert_eq!(
        place(0)["artifactLocation"],
        relative(format!("commit/{}", id('a')))
    );
    assert_eq!(
        place(1)["artifactLocation"],
        relative(format!("tag/{}", id('e')))
    );
    assert_eq!(
        place(2)["artifactLocation"],
        relative(format!("blob/{}", id('e')))
    );
    assert_eq!(
        place(3)["artifactLocation"],
        json!({ "uri": "src/acme_********%20%C3%A9.py", "uriBaseId": "%SRCROOT%" })
    );
    assert_eq!(
        place(4)["artifactLocation"],
        relative("refs/heads/acme_********".to_owned())
    );
    for index in 0..3 {
        assert_eq!(place(index)["region"]["startLine"], 7);
    }
    for index in 3..5 {
        assert_eq!(place(index).get("region"), None);
        assert_eq!(place(index).get("contextRegion"), None);
        let said = &result["locations"][index]["message"]["text"];
        assert_eq!(said, "The secret stands in the name itself.");
    }
}

#[test]
fn forged_paths_stay_relative() {
    let mut fixture = Fixture::with_history();
    for (path, uri) in [
        ("//host/a", "host/a"),
        ("/etc/a", "etc/a"),
        ("C:/a", "C%3A/a"),
    ] {
        fixture.findings[0].locations[0].path = BlobPath::from_bytes(path);
        let result = run(&fixture)["results"][0].clone();
        let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], uri);
    }
}

#[test]
fn what_was_not_pushed_is_taken_out_first() {
    let mut fixture = Fixture::with_history();
    let exposure = fixture.findings[0].exposure.as_mut().expect("one");
    exposure.pushed = Some(false);
    let text = run(&fixture)["results"][0]["message"]["text"].to_string();
    let first = text.split_once("First step: ").expect("a first step").1;
    assert!(
        first.starts_with("Take it out of commit aaaaaaaaaa"),
        "{text}"
    );
    assert!(
        first.contains(". Rotate it if it may have left this machine."),
        "{text}"
    );
}

#[test]
fn hostile_names_are_neutralised() {
    let mut fixture = Fixture::with_history();
    let exposure = fixture.findings[0].exposure.as_mut().expect("one");
    exposure.references = vec!["refs/heads/\u{202e}a\u{1b}[2J".to_owned()];
    let written = fixture.written("sarif", PLAIN);
    assert!(!written.chars().any(crate::text::is_unsafe), "{written}");
    assert!(
        written.contains(r"refs/heads/\\u{202e}a\\u{1b}[2J"),
        "{written}"
    );
}
