//! Formats, files, exit codes, masking.

mod files;
mod masking;
mod score;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use keyward::report::FORMATS;
use keyward::rule::RuleSet;
use keyward::rule::sample::{expand, seed};

use crate::support::{Run, Scratch, TOKEN_RULE, binary, stripe, token};

const STRIPE_RULE: &str = "stripe-live-secret-key";

/// A folder with one token in `a.txt`.
fn leaky() -> Scratch {
    let scratch = Scratch::folder();
    scratch.write("a.txt", format!("key = {}\n", token(1)));
    scratch
}

/// A folder whose scan is incomplete although it holds a token: a repository whose staged blob is lost.
fn incomplete() -> Scratch {
    let scratch = Scratch::repository();
    scratch.write("found.txt", format!("key = {}\n", token(1)));
    scratch.write("lost.txt", "lost\n");
    scratch.git(&["add", "-A"]);
    let id = scratch.git(&["rev-parse", ":lost.txt"]);
    let id = id.trim();
    fs::remove_file(
        scratch
            .path()
            .join(".git/objects")
            .join(&id[..2])
            .join(&id[2..]),
    )
    .expect("object");
    scratch
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("folder").flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn json_file(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("file")).expect("JSON")
}

#[test]
fn exit_codes_tell_clean_from_findings_from_errors() {
    let scratch = leaky();
    scratch.write("clean/b.txt", "nothing\n");
    scratch.keyward(&["scan", "clean"]).expect(0);
    scratch.keyward(&["scan"]).expect(1);
    let run = scratch.keyward(&["scan", "nowhere"]).expect(2);
    assert!(
        run.stderr
            .starts_with("error: nowhere: no such file or folder"),
        "{run:?}"
    );
    assert!(run.stdout.is_empty());
    scratch.keyward(&["scan", "--no-such-flag"]).expect(2);
}

#[test]
fn the_exit_code_for_findings_can_be_chosen() {
    let scratch = leaky();
    scratch.write("clean/b.txt", "nothing\n");
    scratch.keyward(&["scan", "--exit-code", "7"]).expect(7);
    scratch.keyward(&["scan", "--exit-code", "0"]).expect(0);
    scratch
        .keyward(&["scan", "--exit-code", "7", "clean"])
        .expect(0);
    scratch
        .keyward(&["scan", "--exit-code", "7", "nowhere"])
        .expect(2);
    scratch.keyward(&["scan", "--exit-code", "256"]).expect(2);
    let staged = incomplete();
    staged
        .keyward(&["git", "--staged", "--exit-code", "7"])
        .expect(2);
    staged
        .keyward(&["git", "--staged", "--exit-code", "7", "--allow-incomplete"])
        .expect(7);
}

#[test]
fn only_findings_of_the_chosen_severity_fail() {
    let scratch = leaky();
    scratch.write(
        ".keyward.toml",
        format!("[severity]\n{TOKEN_RULE} = \"medium\"\n"),
    );
    for (level, code) in [("low", 1), ("medium", 1), ("high", 0), ("critical", 0)] {
        let run = scratch
            .keyward(&["scan", "-f", "json", "--fail-on", level])
            .expect(code);
        assert_eq!(
            run.json()["summary"]["by_severity"]["medium"],
            1,
            "the finding is reported all the same"
        );
    }
}

#[test]
fn incomplete_beats_findings_and_they_are_written_all_the_same() {
    let scratch = incomplete();
    for format in ["human", "json", "jsonl", "sarif"] {
        let run = scratch
            .keyward(&["git", "--staged", "-f", format])
            .expect(2);
        assert!(run.text().contains("found.txt"), "{format}: {run:?}");
        assert!(
            format!("{}{}", run.text(), run.stderr).contains("lost.txt"),
            "{format}: {run:?}"
        );
    }
    let run = scratch.keyward(&["git", "--staged", "-q"]).expect(2);
    assert!(
        run.text().contains("incomplete") && run.text().contains("found.txt"),
        "{run:?}"
    );
    scratch
        .keyward(&["git", "--staged", "-f", "json", "-o", "../report.json"])
        .expect(2);
    assert_eq!(
        json_file(&scratch.path().join("../report.json"))["summary"]["findings"],
        1
    );
}

#[test]
fn secrets_appear_only_when_asked_for() {
    let scratch = leaky();
    let secret = token(1);
    for format in ["human", "json", "jsonl", "sarif"] {
        let text = scratch
            .keyward(&["scan", "-v", "-f", format])
            .expect(1)
            .text();
        assert!(!text.contains(&secret), "{format}: {text}");
        let text = scratch
            .keyward(&["scan", "-f", format, "--show-secrets"])
            .expect(1)
            .text();
        assert_eq!(
            text.contains(&secret),
            format != "sarif",
            "{format}: {text}"
        );
    }
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(1).json();
    assert!(json["findings"][0].get("secret").is_none());
    let json = scratch
        .keyward(&["scan", "-f", "json", "--show-secrets"])
        .expect(1)
        .json();
    assert_eq!(json["findings"][0]["secret"], secret);
    assert!(
        !json["findings"][0]["locations"]
            .to_string()
            .contains(&secret),
        "it stands outside of `secret` too"
    );
    // In any file as well.
    scratch
        .keyward(&[
            "scan",
            "-o",
            "json=../r.json",
            "-o",
            "sarif=../r.sarif",
            "-o",
            "../r.txt",
        ])
        .expect(1);
    for name in ["r.json", "r.sarif", "r.txt"] {
        let text = fs::read_to_string(scratch.path().join("..").join(name)).expect("file");
        assert!(
            text.contains("a.txt") && !text.contains(&secret),
            "{name}: {text}"
        );
    }
}

#[test]
fn quiet_prints_findings_only() {
    let scratch = leaky();
    scratch.write("clean/b.txt", "nothing\n");
    let run = scratch.keyward(&["scan", "-q", "clean"]).expect(0);
    assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
    let quiet = scratch.keyward(&["scan", "-q"]).expect(1);
    assert!(
        quiet.text().contains(TOKEN_RULE) && quiet.text().contains("a.txt:1:7"),
        "{quiet:?}"
    );
    assert!(!quiet.text().contains("scanned"), "{quiet:?}");
    assert!(quiet.stderr.is_empty(), "{quiet:?}");
    assert!(
        scratch
            .keyward(&["scan"])
            .expect(1)
            .text()
            .contains("1 secret found")
    );
    scratch.keyward(&["scan", "-q", "-v"]).expect(2);
}

#[test]
fn verbose_prints_what_is_suppressed_and_the_configuration() {
    let scratch = Scratch::folder();
    scratch.write(
        "a.txt",
        format!("key = {} # keyward:allow -- revoked in May\n", token(1)),
    );
    scratch.write(".keyward.toml", "[scan]\nmax-size = \"1MB\"\n");
    let plain = scratch.keyward(&["scan"]).expect(0).text();
    assert!(
        !plain.contains("a.txt") && plain.contains("1 suppressed"),
        "{plain}"
    );
    let verbose = scratch.keyward(&["scan", "-v"]).expect(0).text();
    for text in [
        "a.txt:1:7",
        "revoked in May",
        "suppressed",
        "configuration: ",
        ".keyward.toml",
    ] {
        assert!(verbose.contains(text), "{text}: {verbose}");
    }
    assert!(!verbose.contains(&token(1)), "{verbose}");
}

#[test]
fn statistics_go_to_standard_error() {
    let scratch = leaky();
    let run = scratch
        .keyward(&["scan", "-f", "json", "--stats"])
        .expect(1);
    assert_eq!(run.json()["summary"]["findings"], 1);
    assert!(
        run.stderr.starts_with("stats: 1 blobs, ") && run.stderr.lines().count() == 1,
        "{run:?}"
    );
    assert!(
        scratch
            .keyward(&["scan", "-f", "json"])
            .expect(1)
            .stderr
            .is_empty()
    );
}

#[test]
fn colours_come_when_asked_for_and_never_in_files() {
    let scratch = leaky();
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let run = scratch
            .keyward_with(&[&["scan"], arguments].concat(), b"", environment)
            .expect(1);
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
        run.stdout.contains(&0x1b)
    };
    assert!(colored(&["--color", "always"], &[]));
    assert!(
        colored(&["--color", "always"], &[("NO_COLOR", "1")]),
        "the flag is the stronger wish"
    );
    assert!(!colored(&["--color", "never"], &[]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[]), "standard output is no terminal");
    assert!(!colored(&[], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    for format in ["json", "jsonl", "sarif"] {
        assert!(
            !colored(&["--color", "always", "-f", format], &[]),
            "{format}"
        );
    }
    scratch
        .keyward(&["scan", "--color", "always", "-o", "../r.txt"])
        .expect(1);
    let written = fs::read_to_string(scratch.path().join("../r.txt")).expect("file");
    assert!(
        written.contains(TOKEN_RULE) && !written.contains('\u{1b}'),
        "{written}"
    );
}

/// A report without its times.
fn timeless(run: &Run) -> String {
    let text = run.text();
    let lines = text
        .lines()
        .filter(|line| !line.contains("\"started\"") && !line.contains("\"ended\""));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_order_is_the_same_in_every_run() {
    let scratch = Scratch::folder();
    for number in 0..60_u64 {
        let name = format!("{}/{number}.txt", number % 7);
        scratch.write(
            name,
            format!(
                "a = {}\nb = {}\nc = {}\n",
                token(number % 9),
                stripe(number),
                token(number)
            ),
        );
    }
    let run = |threads: &str| {
        scratch
            .keyward(&["scan", "-f", "json", "-j", threads])
            .expect(1)
    };
    let first = run("1");
    let findings = first.json()["findings"]
        .as_array()
        .expect("findings")
        .clone();
    assert_eq!(findings.len(), 120);
    for _ in 0..3 {
        assert_eq!(timeless(&run("8")), timeless(&first));
    }
    // Worst first, and places in order.
    let ranks: Vec<usize> = findings
        .iter()
        .map(|f| {
            ["critical", "high", "medium", "low"]
                .iter()
                .position(|s| f["severity"] == *s)
                .expect("severity")
        })
        .collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
    for finding in &findings {
        let places: Vec<(String, u64)> = finding["locations"]
            .as_array()
            .expect("locations")
            .iter()
            .map(|l| {
                (
                    l["path"].as_str().expect("path").to_owned(),
                    l["start"]["line"].as_u64().expect("line"),
                )
            })
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn every_format_tells_of_the_same_findings() {
    let scratch = leaky();
    scratch.write("b.py", format!("pay = '{}'\n", stripe(1)));
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(1).json();
    let expected: BTreeSet<&str> = json["findings"]
        .as_array()
        .expect("list")
        .iter()
        .filter_map(|f| f["fingerprint"].as_str())
        .collect();
    assert_eq!(expected.len(), 2);
    for format in FORMATS {
        let text = scratch
            .keyward(&["scan", "-f", format.name])
            .expect(1)
            .text();
        for rule in [TOKEN_RULE, STRIPE_RULE] {
            assert!(text.contains(rule), "{}: {text}", format.name);
        }
        for fingerprint in &expected {
            let digits = fingerprint
                .split_once(':')
                .map_or(*fingerprint, |(_, digits)| digits);
            assert!(text.contains(digits), "{}: {text}", format.name);
        }
        assert!(text.ends_with('\n'));
    }
    let lines = scratch.keyward(&["scan", "-f", "jsonl"]).expect(1).text();
    let parsed: Vec<serde_json::Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert_eq!(
        parsed
            .iter()
            .map(|l| l["type"].as_str().expect("type"))
            .collect::<Vec<_>>(),
        ["finding", "finding", "summary"]
    );
}
