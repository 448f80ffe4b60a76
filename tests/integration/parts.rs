//! Ids and the secrets that they go with: one finding for both, an id alone, suppressed pairs. See the index in `main.rs`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Scratch, aws_id, aws_pair, aws_secret, body};

const ID: &str = "aws-access-key-id";
const SECRET: &str = "aws-secret-access-key";

/// The findings of a scan of everything in the folder.
fn findings(scratch: &Scratch, arguments: &[&str]) -> Vec<Value> {
    let json = scratch
        .keyward(&[arguments, &["-f", "json"]].concat())
        .json();
    json["findings"].as_array().expect("findings").clone()
}

/// `rule role name=shown@path:line,…` of each finding.
fn described(findings: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    findings
        .iter()
        .map(|finding| {
            let mut line = format!("{} {}", text(&finding["rule"]), text(&finding["role"]));
            for part in finding["parts"].as_array().expect("parts") {
                let places: Vec<String> = part["locations"]
                    .as_array()
                    .expect("locations")
                    .iter()
                    .map(|place| format!("{}:{}", text(&place["path"]), place["start"]["line"]))
                    .collect();
                let (name, shown) = (text(&part["name"]), text(&part["shown"]));
                let _ = write!(line, " {name}={shown}@{}", places.join(","));
            }
            line
        })
        .collect()
}

fn scanned(files: &[(&str, &str)]) -> Vec<String> {
    let scratch = Scratch::folder();
    for (path, content) in files {
        scratch.write(path, content);
    }
    described(&findings(&scratch, &["dir"]))
}

#[test]
fn a_pair_is_one_finding_and_an_id_alone_says_so() {
    let alone = format!("aws_access_key_id = {}\n", aws_id(1));
    assert_eq!(scanned(&[("a", &alone)]), [format!("{ID} id-alone")]);
    let pair = aws_pair(1, 2);
    let id = aws_id(1);
    let expected = format!("{SECRET} credential access key id={id}@a:1");
    assert_eq!(scanned(&[("a", &pair)]), [expected]);
    let secret = format!("aws_secret_access_key = {}\n", aws_secret(2));
    assert_eq!(scanned(&[("a", &secret)]), [format!("{SECRET} credential")]);
}

#[test]
fn the_secret_of_a_pair_is_surer_and_tells_the_account() {
    let scratch = Scratch::folder();
    scratch.write("a", aws_pair(1, 2));
    let pair = &findings(&scratch, &["dir"])[0];
    assert_eq!(pair["severity"], "critical");
    assert_eq!(pair["confidence"], "high");
    let account = &pair["parts"][0]["facts"]["AWS account"];
    assert!(
        account.as_str().is_some_and(|digits| digits.len() == 12),
        "{pair}"
    );
    scratch.write("a", format!("aws_secret_access_key = {}\n", aws_secret(2)));
    let alone = &findings(&scratch, &["dir"])[0];
    assert_eq!(alone["confidence"], "medium");
    assert_eq!(alone["fingerprint"], pair["fingerprint"]);
    scratch.write("a", aws_id(1));
    assert_eq!(findings(&scratch, &["dir"])[0]["severity"], "low");
}

#[test]
fn each_secret_gets_its_own_id() {
    let (a, b) = (aws_id(1), aws_id(2));
    let text = format!("[one]\n{}\n[two]\n{}", aws_pair(1, 11), aws_pair(2, 12));
    assert_eq!(
        scanned(&[("a", &text)]),
        [
            format!("{SECRET} credential access key id={a}@a:2"),
            format!("{SECRET} credential access key id={b}@a:6"),
        ]
    );
    // Another section's id is none of it.
    let text = format!(
        "[one]\naws_access_key_id = {a}\n[two]\naws_secret_access_key = {}\n",
        aws_secret(11)
    );
    assert_eq!(
        scanned(&[("a", &text)]),
        [format!("{SECRET} credential"), format!("{ID} id-alone")]
    );
}

#[test]
fn an_id_that_is_paired_anywhere_is_no_finding_elsewhere() {
    let id = aws_id(1);
    let files = [
        ("docs/setup.md", id.as_str()),
        ("env", &aws_pair(1, 2)),
        ("zoo/notes", &id),
    ];
    let expected =
        format!("{SECRET} credential access key id={id}@docs/setup.md:1,env:1,zoo/notes:1");
    assert_eq!(scanned(&files), [expected]);
}

#[test]
fn three_parts_are_one_finding_and_secret_ones_stay_masked() {
    let token = format!(
        "IQoJb3JpZ2lu{}",
        body(3, 300, b"abcdefghijklmnopqrstuvwxyzABCDEFGH")
    );
    let id = aws_id(1).replace("AKIA", "ASIA");
    let text = format!(
        "{{\"AccessKeyId\": \"{id}\", \"SecretAccessKey\": \"{}\", \"SessionToken\": \"{token}\"}}\n",
        aws_secret(2)
    );
    let expected = format!(
        "{SECRET} credential access key id={id}@a:1 session token=IQoJb3JpZ2lu********@a:1"
    );
    assert_eq!(scanned(&[("a", &text)]), [expected]);
    // Where the token stands alone, too, it is a finding of its own: nothing that is secret gets lost.
    let alone = format!("aws_session_token = {token}\n");
    let found = scanned(&[("a", &text), ("b", &alone)]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .any(|f| f.starts_with("aws-session-token credential")),
        "{found:?}"
    );
}

#[test]
fn no_format_shows_a_part_that_is_secret() {
    let scratch = Scratch::folder();
    let secret = body(
        5,
        27,
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678",
    );
    let key = body(6, 15, b"0123456789");
    let text = format!("cloudinary_api_key = {key}; CLOUDINARY_API_SECRET = {secret}\n");
    scratch.write("a", text);
    let found = described(&findings(&scratch, &["dir"]));
    assert!(
        found.iter().any(|f| f.contains("API secret=********")),
        "{found:?}"
    );
    for format in ["human", "json", "jsonl", "sarif"] {
        let run = scratch.keyward(&["dir", "-v", "-f", format]);
        assert!(!run.text().contains(&secret), "{format}: {}", run.text());
    }
}

#[test]
fn an_ignored_pair_does_not_come_back_as_its_id() {
    let scratch = Scratch::folder();
    scratch.write("env", aws_pair(1, 2));
    scratch.write("docs.md", aws_id(1));
    let pair = findings(&scratch, &["scan"])[0].clone();
    let fingerprint = pair["fingerprint"].as_str().expect("fingerprint");
    scratch.write(".keywardignore", format!("{fingerprint} -- rotated\n"));
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(0);
    assert_eq!(run.json()["summary"]["findings"], 0);
    assert_eq!(run.json()["summary"]["suppressed"], 1);
    // Nor where a marker suppresses it.
    scratch.write(".keywardignore", "");
    let marked = aws_pair(1, 2).replace(
        "aws_secret",
        "# keyward:allow-next-line -- test\naws_secret",
    );
    scratch.write("env", marked);
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(0);
    assert_eq!(run.json()["summary"]["suppressed"], 1);
}

#[test]
fn an_ignored_id_is_still_of_use_when_its_secret_turns_up() {
    let scratch = Scratch::folder();
    scratch.write("docs.md", aws_id(1));
    let id = findings(&scratch, &["scan"])[0].clone();
    let fingerprint = id["fingerprint"].as_str().expect("fingerprint");
    scratch.write(".keywardignore", format!("{fingerprint} -- no secret\n"));
    assert_eq!(scratch.keyward(&["scan"]).code, 0);
    scratch.write("env", aws_pair(1, 2));
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(1);
    let json = run.json();
    assert_eq!(
        described(json["findings"].as_array().expect("findings")).len(),
        1
    );
    assert_eq!(json["findings"][0]["parts"][0]["fingerprint"], fingerprint);
    assert!(!run.stderr.contains("suppresses nothing"), "{}", run.stderr);
}

#[test]
fn a_staged_secret_is_paired_with_an_id_that_was_there() {
    let scratch = Scratch::repository();
    let id = aws_id(1);
    scratch.write("env", format!("aws_access_key_id = {id}\n"));
    scratch.commit("the id");
    scratch.write("env", aws_pair(1, 2));
    scratch.git(&["add", "-A"]);
    let staged = described(&findings(&scratch, &["git", "--staged"]));
    assert_eq!(
        staged,
        [format!("{SECRET} credential access key id={id}@env:1")]
    );
    // And the other way round: the new id is none alone, though its secret is not new.
    scratch.write(
        "env",
        format!("aws_secret_access_key = {}\n", aws_secret(2)),
    );
    scratch.commit("the secret");
    scratch.write("env", aws_pair(1, 2));
    scratch.git(&["add", "-A"]);
    let staged = described(&findings(&scratch, &["git", "--staged"]));
    assert_eq!(staged, [format!("{ID} id-beside-secret")]);
}

#[test]
fn a_history_pairs_what_came_in_apart() {
    for (first, second) in [(0, 1), (1, 0)] {
        let scratch = Scratch::repository();
        let pair = aws_pair(1, 2);
        let lines: Vec<&str> = pair.lines().collect();
        scratch.write("env", lines[first]);
        scratch.commit("one half");
        scratch.write("env", format!("{}\n{}\n", lines[first], lines[second]));
        scratch.commit("the other half");
        scratch.write("env", "nothing\n");
        scratch.commit("gone");
        let found = findings(&scratch, &["git"]);
        let (id, shown) = (aws_id(1), described(&found));
        assert_eq!(shown.len(), 1, "{shown:?}");
        let start = format!("{SECRET} credential access key id={id}@env:");
        assert!(shown[0].starts_with(&start), "{shown:?}");
        assert_eq!(findings(&scratch, &["git", "--no-delta"]), found);
        assert_eq!(findings(&scratch, &["git", "-j", "1"]), found);
    }
}

#[test]
fn only_sure_findings_include_a_secret_whose_id_makes_it_sure() {
    let scratch = Scratch::repository();
    scratch.write("env", aws_pair(1, 2));
    scratch.commit("a pair");
    let id = aws_id(1);
    let expected = [format!("{SECRET} credential access key id={id}@env:1")];
    for source in ["dir", "git"] {
        let found = findings(&scratch, &[source, "--min-confidence", "high"]);
        assert_eq!(described(&found), expected, "{source}");
    }
    // Without the secret, which is not sure enough here, the id is reported for itself.
    let far = ".\n".repeat(400);
    let text = format!("{id}\n{far}aws_secret_access_key = {}\n", aws_secret(2));
    scratch.write("env", text);
    let found = findings(&scratch, &["dir", "--min-confidence", "high"]);
    assert_eq!(described(&found), [format!("{ID} id-alone")]);
}

#[test]
fn streams_pair_as_files_do() {
    let scratch = Scratch::folder();
    let text = format!("{}{}", "x = 1\n".repeat(60_000), aws_pair(1, 2));
    let run = scratch.keyward_with(&["stdin", "-f", "json"], text.as_bytes(), &[]);
    let found = run.json()["findings"].as_array().expect("findings").clone();
    let id = aws_id(1);
    let (name, line) = (
        found[0]["locations"][0]["path"].as_str().expect("path"),
        60_001,
    );
    assert_eq!(
        described(&found),
        [format!(
            "{SECRET} credential access key id={id}@{name}:{line}"
        )]
    );
}

#[test]
fn people_and_code_scanning_are_told_of_parts() {
    let scratch = Scratch::folder();
    scratch.write("env", aws_pair(1, 2));
    scratch.write("docs.md", aws_id(9));
    let id = aws_id(1);
    let human = scratch.keyward(&["dir"]).text();
    assert!(
        human.contains(&format!("= with: access key id {id} (AWS account ")),
        "{human}"
    );
    assert!(human.contains(") at line 1\n"), "{human}");
    assert!(
        human.contains("= note: the id alone: the secret that goes with it was not found near it"),
        "{human}"
    );
    let sarif = scratch.keyward(&["dir", "-f", "sarif"]).json();
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("results")
        .clone();
    let pair = results
        .iter()
        .find(|r| r["ruleId"] == SECRET)
        .expect("the pair");
    let message = pair["message"]["text"].as_str().expect("message");
    assert!(
        message.contains(&format!("It goes with the access key id '{id}'.")),
        "{message}"
    );
    let related = &pair["relatedLocations"][0];
    assert_eq!(related["id"], 1);
    assert_eq!(related["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(related["message"]["text"], format!("access key id '{id}'"));
    let alone = results.iter().find(|r| r["ruleId"] == ID).expect("the id");
    assert_eq!(alone["properties"]["role"], "id-alone");
    assert!(alone["relatedLocations"].is_null());
}

#[test]
fn users_give_their_own_credentials_parts() {
    let scratch = Scratch::repository();
    let rules = "[[rule]]\nid = \"acme-secret\"\nsummary = \"Acme secret\"\nseverity = \"high\"\nliterals = [\"acmes_\"]\n\
                 pattern = 'acmes_[0-9a-z]{20}'\n\n[[rule.part]]\nname = \"client id\"\nnames = [\"client_id\"]\nvalue = '[0-9]{8}'\n\n\
                 [[rule.part]]\nname = \"key id\"\nrules = [\"aws-access-key-id\"]\nsecret = false\n\n\
                 [rule.examples]\npaired = [\"clientId: {digit:8}\\nAKIAQ{base32:15}\\nacmes_{loweralnum:20}\"]\n";
    scratch.write(".keyward.toml", rules);
    let (secret, id) = (body(1, 20, b"abcdefghij0123456789"), aws_id(4));
    scratch.write("a", format!("CLIENT_ID=40712395\n{id}\nacmes_{secret}\n"));
    let found = described(&findings(&scratch, &["scan", "--no-history"]));
    assert_eq!(
        found,
        [format!(
            "acme-secret credential client id=40712395@a:1 key id={id}@a:2"
        )]
    );
    scratch
        .keyward(&["rules", "check", ".keyward.toml"])
        .expect(0);
    scratch.write(
        ".keyward.toml",
        rules.replace("aws-access-key-id", "aws-acces-key-id"),
    );
    let run = scratch.keyward(&["scan", "--no-history"]).expect(2);
    let help = "no rule `aws-acces-key-id`";
    assert!(
        run.stderr.contains(help) && run.stderr.contains("is it `aws-access-key-id`?"),
        "{}",
        run.stderr
    );
    scratch.write(".keyward.toml", rules.replace("names =", "nams ="));
    let run = scratch.keyward(&["scan", "--no-history"]).expect(2);
    assert!(
        run.stderr.contains("nams") && run.stderr.contains('^'),
        "{}",
        run.stderr
    );
}
