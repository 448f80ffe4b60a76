//! Credential families and credential files: one sample per format, with values made at run time.
//!
//! The samples stand in `families/*.txt`: `=== path` starts a file, `»` marks a line that must be found, and
//! placeholders are those of rule files (`rules/README.md`), so that no real-looking secret stands in the repository.

use std::collections::BTreeSet;

use keyward::rule::sample;

use super::support::{Scratch, body, filled};

const FILES: &str = include_str!("families/files.txt");
const FAMILIES: &str = include_str!("families/families.txt");
const CLIENTS: &str = include_str!("families/clients.txt");
const SERVICES: &str = include_str!("families/services.txt");
const HISTORIES: &str = include_str!("families/histories.txt");
const QUIET: &str = include_str!("families/quiet.txt");

/// A sample file with the numbers of the lines that must be found.
struct Sample {
    path: String,
    content: String,
    marked: Vec<usize>,
}

/// The samples of one text, with its placeholders filled.
fn samples(text: &str, seed: u64) -> Vec<Sample> {
    text.split("=== ")
        .skip(1)
        .map(|part| {
            let filled = filled(part, seed);
            let (path, body) = filled.split_once('\n').expect("a path and a content");
            let marked = (1..)
                .zip(body.lines())
                .filter(|(_, line)| line.starts_with('»'))
                .map(|(number, _)| number)
                .collect();
            Sample {
                path: path.to_owned(),
                content: body.replace('»', ""),
                marked,
            }
        })
        .collect()
}

/// Scans the samples; `path:line` of each place that must be found, and of each that was.
fn scan(samples: &[Sample]) -> (BTreeSet<String>, BTreeSet<String>) {
    let scratch = Scratch::folder();
    let mut expected = BTreeSet::new();
    for sample in samples {
        scratch.write(&sample.path, &sample.content);
        expected.extend(
            sample
                .marked
                .iter()
                .map(|line| format!("{}:{line}", sample.path)),
        );
    }
    let code = i32::from(!expected.is_empty());
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(code);
    let found = run
        .places()
        .into_iter()
        .filter_map(|place| Some(place.split_once(' ')?.1.to_owned()))
        .collect();
    (expected, found)
}

fn expect_all(text: &str, at_least: usize) {
    let (expected, found) = scan(&samples(text, 7));
    assert!(expected.len() >= at_least, "{}", expected.len());
    let missing: Vec<&String> = expected.difference(&found).collect();
    assert!(
        missing.is_empty(),
        "{} of {} lines not found: {missing:#?}",
        missing.len(),
        expected.len()
    );
}

#[test]
fn every_risk_line_of_credential_files_is_found() {
    expect_all(FILES, 150);
}

#[test]
fn passwords_that_clients_and_exports_keep_are_found() {
    expect_all(CLIENTS, 130);
}

#[test]
fn passwords_in_service_configurations_are_found() {
    expect_all(SERVICES, 200);
}

#[test]
fn passwords_in_histories_and_devices_are_found() {
    expect_all(HISTORIES, 90);
}

#[test]
fn every_family_is_found() {
    expect_all(FAMILIES, 170);
}

#[test]
fn near_misses_stay_quiet() {
    let (_, found) = scan(&samples(QUIET, 7));
    assert_eq!(found, BTreeSet::new());
}

/// A credential file known by its path is found in the index as in the working tree, and what it holds is not, where
/// the path is another.
#[test]
fn the_path_decides_in_the_working_tree_and_in_the_index() {
    let repository = Scratch::repository();
    let key = format!("{}\n", body(3, 32, b"0123456789abcdef"));
    repository.write("config/master.key", &key);
    repository.write("notes/numbers.txt", &key);
    let expected = ["credential-file-rails-key config/master.key:1"];
    let tree = repository.keyward(&["dir", ".", "-f", "json"]).expect(1);
    assert_eq!(tree.places(), expected);
    repository.git(&["add", "."]);
    let staged = repository
        .keyward(&["git", "--staged", "-f", "json"])
        .expect(1);
    assert_eq!(staged.places(), expected);
}

/// Rules of a configuration may rest on paths, too.
#[test]
fn own_rules_may_rest_on_paths() {
    let scratch = Scratch::repository();
    scratch.write(
        ".keyward.toml",
        "[[rule]]\nid = \"acme-licence\"\nsummary = \"Acme licence\"\nseverity = \"high\"\n\
         paths = [\"**/acme/*.lic\"]\npattern = '(?m)^(?P<secret>[A-Z0-9]{12})$'\n\
         examples.path = \"acme/x.lic\"\nexamples.found = [\"{upperalnum:12}\"]\n",
    );
    let licence = body(5, 12, b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789");
    scratch.write("acme/site.LIC", &licence);
    scratch.write("site.lic", &licence);
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(1);
    assert_eq!(run.places(), ["acme-licence acme/site.LIC:1"]);
    scratch
        .keyward(&["rules", "check", ".keyward.toml"])
        .expect(0);
    let shown = scratch
        .keyward(&["rules", "show", "acme-licence"])
        .expect(0);
    assert!(shown.text().contains("**/acme/*.lic"), "{}", shown.text());
}

#[test]
fn a_glob_that_cannot_be_used_is_refused() {
    let scratch = Scratch::repository();
    for (glob, why) in [
        ("a//b", "empty"),
        ("[ab].key", "mean nothing here"),
        ("a**b", "stands between slashes"),
    ] {
        scratch.write(
            ".keyward.toml",
            format!(
                "[[rule]]\nid = \"acme-key\"\nsummary = \"Acme key\"\nseverity = \"high\"\npaths = [\"{glob}\"]\n\
                 pattern = 'x{{8}}'\n"
            ),
        );
        let run = scratch
            .keyward(&["rules", "check", ".keyward.toml"])
            .expect(2);
        assert!(run.text().contains(why), "{glob}: {}", run.text());
    }
}

/// Bytes that no text holds, the same on every run.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let every: Vec<u8> = (0..=255).collect();
    (0..length as u64)
        .map(|at| {
            every[usize::from(body(seed ^ (at << 8), 1, b"0123456789abcdef").as_bytes()[0]) * 2
                % 256]
        })
        .collect()
}

#[test]
fn key_stores_are_found_by_content() {
    let scratch = Scratch::folder();
    let join = |parts: &[&[u8]]| parts.concat();
    let noise = bytes(1, 600);
    // PKCS#12: version 3, a content of type data, a shrouded key bag.
    let pkcs12 = join(&[
        b"\x30\x82\x09\x00\x02\x01\x03\x30\x82\x08\xf0\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
        b"\xa0\x82\x04\x00\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02\xa0\x82",
        &noise,
    ]);
    let java = join(&[
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x03app\x00\x00\x01\x8e\x00\x00\x00\x00",
        b"\x00\x00\x05\x00\x30\x82\x04\xfc\x30\x0e\x06\x0a\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01\x05\x00",
        &noise,
    ]);
    let samples: &[(&str, Vec<u8>, &str)] = &[
        ("tls/server.p12", pkcs12.clone(), "keystore-pkcs12"),
        // By its content, whatever it is called.
        ("blob.bin", pkcs12, "keystore-pkcs12"),
        ("app.jks", java, "keystore-java"),
        (
            "app.bks",
            join(&[
                b"\x00\x00\x00\x02\x00\x00\x00\x14",
                &noise[..20],
                b"\x00\x00\x04\x3a\x04\x00\x03key",
                &noise,
            ]),
            "keystore-bouncy-castle",
        ),
        (
            "team.kdbx",
            join(&[b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x04\x00", &noise]),
            "keystore-keepass",
        ),
        (
            "node/wallet.dat",
            join(&[&[0; 12], b"\x62\x31\x05\x00", &noise]),
            "keystore-bitcoin-wallet",
        ),
        (
            "home/.mylogin.cnf",
            join(&[&[0; 4], &noise]),
            "keystore-mysql-login-path",
        ),
        (
            "home/.config/gcloud/credentials.db",
            join(&[b"SQLite format 3\x00", &noise]),
            "keystore-gcloud-database",
        ),
        (
            "tns/cwallet.sso",
            join(&[b"\xa1\xf8\x4e\x36\x00\x00\x00\x06", &noise]),
            "keystore-oracle-wallet",
        ),
        (
            "home/.gnupg/secring.gpg",
            join(&[b"\x95\x01\xfe\x04", &noise]),
            "keystore-pgp-secret-ring",
        ),
        (
            "home/.dbeaver/credentials-config.json",
            noise.clone(),
            "keystore-dbeaver",
        ),
    ];
    let mut expected: Vec<String> = Vec::new();
    for (path, content, rule) in samples {
        scratch.write(path, content);
        expected.push(format!("{rule} {path}:1"));
    }
    // A trust store holds certificates only.
    scratch.write(
        "cacerts.jks",
        join(&[
            b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x02ca",
            &noise,
        ]),
    );
    scratch.write("empty.kdbx", b"");
    expected.sort();
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(1);
    assert_eq!(run.places(), expected);
    // Nothing of the bytes shows.
    for finding in run.json()["findings"].as_array().expect("findings") {
        for location in finding["locations"].as_array().expect("locations") {
            assert_eq!(location["excerpt"], "********", "{location}");
        }
    }
}

/// Two stores are two findings; the same store twice is one.
#[test]
fn stores_are_told_apart() {
    let scratch = Scratch::folder();
    let store = |seed| {
        [
            b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5".as_slice(),
            &bytes(seed, 300),
        ]
        .concat()
    };
    scratch.write("a.kdbx", store(1));
    scratch.write("copy.kdbx", store(1));
    scratch.write("b.kdbx", store(2));
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(1);
    assert_eq!(
        run.json()["findings"].as_array().expect("findings").len(),
        2
    );
    assert_eq!(run.places().len(), 3);
}

/// The end of a pre-signed URL is told.
#[test]
fn signed_urls_tell_their_end() {
    let scratch = Scratch::folder();
    let url = sample::expand(
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20240304T101112Z\
         &X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={hex:64}",
        1,
        &|_| None,
    );
    scratch.write("links.md", url);
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(1);
    let text = run.text();
    assert!(text.contains("2024-03-04T11:11:12Z"), "{text}");
}

/// What has ended is one step less severe, in every report and for the exit code.
#[test]
fn expired_signatures_count_less() {
    let scratch = Scratch::folder();
    let sas = |end: &str| {
        let text = format!(
            "https://acme.blob.core.windows.net/c?sv=2022-11-02&ss=b&srt=sco&sp=rwdl&se={end}&sig={{base64url:43}}%3D"
        );
        filled(&text, 3)
    };
    let levels = |end: &str, code: i32| {
        scratch.write("links.md", sas(end));
        let scan = |format| {
            let run = scratch.keyward(&["dir", ".", "-f", format, "--fail-on", "high"]);
            run.expect(code).json()
        };
        let (json, sarif) = (scan("json"), scan("sarif"));
        let finding = &json["findings"][0];
        (
            finding["severity"].to_string(),
            finding["expired"].as_bool(),
            sarif["runs"][0]["results"][0]["level"].to_string(),
        )
    };
    let quoted = |text: &str| format!("\"{text}\"");
    assert_eq!(
        levels("2999-01-31T00:00:00Z", 1),
        (quoted("high"), Some(false), quoted("error"))
    );
    assert_eq!(
        levels("2024-01-31T00:00:00Z", 0),
        (quoted("medium"), Some(true), quoted("warning"))
    );
}
