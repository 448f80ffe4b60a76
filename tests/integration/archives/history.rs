//! Archives in what git keeps.

use super::make::{encrypted_zip, gzip, tar, zip};
use super::{found_in, skipped, text};
use crate::support::{Run, Scratch, body, token};

fn git(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.keyward(&[&["git", "--archives", "-f", "json"], arguments].concat())
}

/// A tar archive of which git stores later versions as differences.
fn version(number: u64) -> Vec<u8> {
    let padding: Vec<u8> = (0..4000_u32)
        .flat_map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    let early = text(number / 3);
    let late = text(100 + number);
    tar(&[("early", &early), ("padding", &padding), ("late", &late)])
}

#[test]
fn a_deleted_archive_is_opened_and_its_commits_are_told() {
    let scratch = Scratch::repository();
    scratch.write("dist/app.zip", zip(&[("conf/x.yml", &text(1))]));
    scratch.commit("one");
    scratch.git(&["rm", "-q", "dist/app.zip"]);
    scratch.commit("two");
    let run = git(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["dist/app.zip!/conf/x.yml"]));
    let finding = &run.json()["findings"][0];
    let first = scratch.git(&["rev-parse", "HEAD~1"]);
    assert_eq!(
        finding["locations"][0]["history"]["commit"]["id"],
        first.trim(),
        "{finding}"
    );
    scratch.keyward(&["git"]).expect(0);
    let whole = scratch
        .keyward(&["scan", "--archives", "-f", "json"])
        .expect(1);
    assert_eq!(whole.places(), found_in(&["dist/app.zip!/conf/x.yml"]));
}

#[test]
fn differences_of_archives_are_scanned_as_exactly_as_wholes() {
    let scratch = Scratch::repository();
    for number in 0..12 {
        scratch.write("pack.tar", version(number));
        // The same bytes, at times as an archive and at times as what begins otherwise.
        let plain = [b"#\n".repeat(300), version(number)].concat();
        scratch.write("plain.bin", plain);
        scratch.write(
            "flips",
            if number % 2 == 0 {
                version(number)
            } else {
                version(number)[512..].to_vec()
            },
        );
        scratch.commit("next");
    }
    scratch.git(&["gc", "-q", "--aggressive"]);
    let delta = git(&scratch, &[]).expect(1).json();
    let whole = git(&scratch, &["--no-delta"]).expect(1).json();
    assert_eq!(delta["findings"], whole["findings"]);
    assert_eq!(delta["coverage"], whole["coverage"]);
    let secrets = |json: &serde_json::Value| json["findings"].as_array().map_or(0, Vec::len);
    assert_eq!(secrets(&delta), 16, "4 early ones and 12 late ones");
    let text = delta.to_string();
    for path in [
        "pack.tar!/early",
        "pack.tar!/late",
        "flips!/early",
        "plain.bin",
    ] {
        assert!(text.contains(&format!("\"{path}\"")), "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_told_by_its_path_unless_it_is_excluded() {
    let scratch = Scratch::repository();
    scratch.write(
        "old/secret.zip",
        encrypted_zip(&[("in/x", b"no text"), ("y", b"no text")]),
    );
    scratch.commit("one");
    scratch.git(&["mv", "old/secret.zip", "secret.zip"]);
    scratch.commit("two");
    scratch.git(&["rm", "-q", "secret.zip"]);
    scratch.commit("three");
    let run = git(&scratch, &[]).expect(2);
    let json = run.json();
    let incomplete = json["coverage"]["incomplete"].as_array().expect("a list");
    let subjects: Vec<&str> = incomplete
        .iter()
        .filter_map(|skip| skip["subject"].as_str())
        .collect();
    assert_eq!(
        subjects,
        [
            "old/secret.zip!/in/x",
            "old/secret.zip!/y",
            "secret.zip!/in/x",
            "secret.zip!/y"
        ]
    );
    assert_eq!(skipped(&run, "encrypted"), 4);
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(0));
    scratch.write(".keyward.toml", "[scan]\nexclude = [\"secret.zip\"]\n");
    git(&scratch, &[]).expect(0);
    git(
        &scratch,
        &["--no-config", "--glob", "!old/", "--glob", "!/secret.zip"],
    )
    .expect(0);
    git(&scratch, &["--no-config", "--range", "HEAD~1..HEAD"]).expect(0);
    git(&scratch, &["--no-config", "--range", "HEAD~2..HEAD~1"]).expect(2);
}

#[test]
fn a_range_reports_what_its_commits_put_into_archives() {
    let scratch = Scratch::repository();
    scratch.write("pack.tgz", gzip(&tar(&[("old", &text(1))])));
    scratch.commit("one");
    scratch.write(
        "pack.tgz",
        gzip(&tar(&[("moved", &text(1)), ("new", &text(2))])),
    );
    scratch.commit("two");
    let run = git(&scratch, &["--range", "HEAD~1..HEAD"]).expect(1);
    assert_eq!(run.places(), found_in(&["pack.tgz!/new"]));
    assert!(!run.text().contains(&token(2)), "secrets are masked");
    scratch
        .keyward(&["git", "--range", "HEAD~1..HEAD"])
        .expect(0);
}

#[test]
fn rules_for_files_of_a_name_find_them_inside() {
    let word = body(
        7,
        12,
        b"abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789",
    );
    let netrc = format!("machine example.org login joe password {word}\n");
    let scratch = Scratch::repository();
    scratch.write("keys.zip", zip(&[("deep/.netrc", netrc.as_bytes())]));
    scratch.commit("one");
    let plain = Scratch::folder();
    plain.write("deep/.netrc", netrc);
    let rules = |run: &Run| -> Vec<String> {
        let json = run.json();
        let findings = json["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().map(|f| f["rule"].to_string()).collect()
    };
    let unpacked = plain.keyward(&["dir", "-f", "json"]).expect(1);
    assert_eq!(rules(&git(&scratch, &[]).expect(1)), rules(&unpacked));
}
