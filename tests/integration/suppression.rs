//! Inline markers, ignore file, allow tables, custom rules and configuration errors. See the index in `main.rs`.

use keyward::rule::RuleSet;

use crate::support::{Scratch, TOKEN_RULE, stripe, token};

/// Scans one file of that content and tells how many findings are reported and how many suppressed.
fn counts(content: &str, arguments: &[&str]) -> (u64, u64) {
    let scratch = Scratch::folder();
    scratch.write("file.txt", content);
    let json = scratch
        .keyward(&[&["scan", "-f", "json"], arguments].concat())
        .json();
    let count = |name: &str| json["summary"][name].as_u64().expect("count");
    (count("findings"), count("suppressed"))
}

fn fingerprint(scratch: &Scratch) -> String {
    let json = scratch.keyward(&["scan", "-f", "json"]).json();
    json["findings"][0]["fingerprint"]
        .as_str()
        .expect("fingerprint")
        .to_owned()
}

#[test]
fn every_marker_on_the_line_suppresses() {
    for marker in [
        "keyward:allow",
        &format!("keyward:allow {TOKEN_RULE}"),
        &format!("keyward:allow {TOKEN_RULE} -- shown in the tutorial"),
        "keyward:allow digitalocean-* -- all of them",
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "pragma: allowlist secret",
    ] {
        let line = format!("key = \"{}\" # {marker}\n", token(1));
        assert_eq!(counts(&line, &[]), (0, 1), "{marker}");
        assert_eq!(counts(&line, &["--no-inline-ignore"]), (1, 0), "{marker}");
    }
}

#[test]
fn markers_for_the_next_line_stand_before_it() {
    for marker in [
        "keyward:allow-next-line",
        "pragma: allowlist nextline secret",
    ] {
        let text = format!("# {marker}\nkey = \"{}\"\n", token(1));
        assert_eq!(counts(&text, &[]), (0, 1), "{marker}");
        let later = format!("# {marker}\n\nkey = \"{}\"\n", token(1));
        assert_eq!(counts(&later, &[]), (1, 0), "{marker}");
    }
}

#[test]
fn a_marker_for_another_rule_does_not_count() {
    let line = format!(
        "key = \"{}\" # keyward:allow stripe-live-secret-key -- wrong\n",
        token(1)
    );
    assert_eq!(counts(&line, &[]), (1, 0));
}

#[test]
fn one_marked_place_does_not_hide_another() {
    let text = format!("a = \"{0}\" # keyward:allow\nb = \"{0}\"\n", token(1));
    assert_eq!(counts(&text, &[]), (1, 0));
}

#[test]
fn an_ignored_fingerprint_suppresses_wherever_the_value_goes() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", token(1));
    let entry = format!("{} owner=team -- test account\n", fingerprint(&scratch));
    scratch.write(".keywardignore", &entry);
    scratch.write("sub/moved.txt", format!("\n\n  {}\n", token(1)));
    let run = scratch.keyward(&["scan", "-v"]).expect(0);
    assert!(run.text().contains("test account"), "{}", run.text());
    scratch.keyward(&["scan", "--no-config"]).expect(1);
    scratch.write("other.txt", token(2));
    scratch.keyward(&["scan"]).expect(1);
}

#[test]
fn an_entry_of_no_use_is_reported_by_a_scan_of_everything() {
    let scratch = Scratch::folder();
    scratch.write("a/clean.txt", "nothing\n");
    scratch.write(
        ".keywardignore",
        format!("kw1:{} -- gone since\n", "0123456789abcdef".repeat(2)),
    );
    let whole = scratch.keyward(&["scan"]).expect(0).text();
    assert!(
        whole.contains(".keywardignore:1: the entry suppresses nothing"),
        "{whole}"
    );
    let part = scratch.keyward(&["scan", "-g", "*.md"]).expect(0).text();
    assert!(!part.contains("suppresses nothing"), "{part}");
}

#[test]
fn an_expired_entry_warns_and_no_longer_suppresses() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", token(1));
    let fingerprint = fingerprint(&scratch);
    scratch.write(
        ".keywardignore",
        format!("{fingerprint} expires=2020-01-31 -- for a while\n"),
    );
    let run = scratch.keyward(&["scan"]).expect(1).text();
    assert!(run.contains("expired on 2020-01-31"), "{run}");
    scratch.write(
        ".keywardignore",
        format!("{fingerprint} expires=2999-01-31 -- for long\n"),
    );
    scratch.keyward(&["scan"]).expect(0);
}

#[test]
fn a_malformed_ignore_file_is_an_error_with_its_place() {
    let scratch = Scratch::folder();
    for (content, place) in [
        ("# comment\nkw1:0123 -- short\n", ":2:"),
        (
            "kw9:0123456789abcdef0123456789abcdef -- unknown scheme\n",
            ":1:",
        ),
        ("kw1:0123456789abcdef0123456789abcdef\n", ":1:"),
    ] {
        scratch.write(".keywardignore", content);
        let run = scratch.keyward(&["scan"]).expect(2);
        assert!(
            run.stderr.contains(&format!(".keywardignore{place}")),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains('^'), "{}", run.stderr);
    }
}

#[test]
fn allow_tables_cover_paths_rules_and_values() {
    let scratch = Scratch::folder();
    scratch.write("src/a.txt", token(1));
    scratch.write("fixtures/b.txt", token(2));
    scratch.write("fixtures/c.txt", stripe(3));
    let reported = |config: &str| {
        scratch.write(".keyward.toml", config);
        scratch.keyward(&["scan", "-f", "json"]).places()
    };
    let table = |conditions: &str| format!("[[allow]]\n{conditions}\nreason = \"made up\"\n");
    assert_eq!(reported("").len(), 3);
    assert_eq!(
        reported(&table("paths = [\"fixtures/\"]")),
        [format!("{TOKEN_RULE} src/a.txt:1")]
    );
    assert_eq!(
        reported(&table("rules = [\"digitalocean-*\"]")),
        ["stripe-live-secret-key fixtures/c.txt:1"]
    );
    assert_eq!(
        reported(&table(
            "rules = [\"digitalocean-*\"]\npaths = [\"fixtures/\"]"
        )),
        [
            format!("{TOKEN_RULE} src/a.txt:1"),
            "stripe-live-secret-key fixtures/c.txt:1".to_owned()
        ]
    );
    let value = table(&format!("value = '^{}$'", token(2)));
    assert_eq!(reported(&value).len(), 2);
    let run = {
        scratch.write(".keyward.toml", "[[allow]]\npaths = [\"x\"]\n");
        scratch.keyward(&["scan"]).expect(2)
    };
    assert!(run.stderr.contains("reason"), "{}", run.stderr);
}

#[test]
fn configuration_errors_point_at_the_line_and_suggest() {
    let scratch = Scratch::folder();
    for (content, parts) in [
        (
            "\n[severty]\n",
            &[
                ".keyward.toml:2:2",
                "[severty]",
                "^^^^^^^",
                "is it `severity`?",
            ][..],
        ),
        (
            "[rules]\ndisable = [\"stripe-live-secret-kee\"]\n",
            &[":2:12", "stripe-live-secret-key"],
        ),
        ("[scan]\nmax-size = \"ten\"\n", &[":2:12", "10MB"]),
        (
            "[severity]\n\"stripe-live-secret-key\" = \"hihg\"\n",
            &[":2:", "high"],
        ),
        (
            "[[rule]]\nid = \"acme-key\"\nsummary = \"x\"\nseverity = \"low\"\nliterals = [\"acme_\"]\npattern = 'acme_[0-9'\n",
            &[":6:", "^"],
        ),
        (
            "[[rule]]\nid = \"acme-key\"\nsummary = \"x\"\nseverity = \"low\"\npattern = 'acme_[0-9]{9}'\n",
            &[":2:", "anchor"],
        ),
        ("not toml", &[":1:"]),
    ] {
        scratch.write(".keyward.toml", content);
        let run = scratch.keyward(&["scan"]).expect(2);
        for part in parts {
            assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
        }
        scratch.keyward(&["scan", "--no-config"]).expect(0);
    }
}

#[test]
fn rules_of_the_configuration_are_used_and_checked() {
    let scratch = Scratch::folder();
    let config = "[[rule]]\nid = \"acme-api-key\"\nsummary = \"Acme API key\"\nseverity = \"medium\"\nliterals = [\"acme_\"]\n\
                  pattern = 'acme_[0-9a-f]{32}'\n[rule.examples]\nfound = ['k = \"acme_{hex:32}\"', 'x acme_{hex:32}']\n\
                  ignored = ['acme_{hex:12}', 'acme_your_key']\n";
    scratch.write("acme.toml", config);
    let value = crate::support::body(7, 32, b"0123456789abcdef");
    scratch.write("a.txt", format!("key: acme_{value}\nother: {}\n", token(1)));
    let run = scratch
        .keyward(&["scan", "-c", "acme.toml", "-f", "json"])
        .expect(1);
    assert_eq!(
        run.places(),
        [
            "acme-api-key a.txt:1".to_owned(),
            format!("{TOKEN_RULE} a.txt:2")
        ]
    );
    let run = scratch.keyward(&["rules", "check", "acme.toml"]).expect(0);
    assert!(
        run.text().contains("ok: 1 rules, 4 examples"),
        "{}",
        run.text()
    );
    scratch.write("acme.toml", config.replace("{hex:12}", "{hex:32}"));
    let run = scratch.keyward(&["rules", "check", "acme.toml"]).expect(2);
    assert!(run.text().contains("acme.toml:9:"), "{}", run.text());
}

#[test]
fn rules_are_chosen_by_id_and_pattern() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", format!("{}\n{}\n", token(1), stripe(2)));
    let count = |arguments: &[&str]| {
        scratch
            .keyward(&[&["scan", "-f", "json"], arguments].concat())
            .places()
            .len()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--enable-rule", "stripe-*"]), 1);
    assert_eq!(count(&["--disable-rule", "stripe-*"]), 1);
    let run = scratch
        .keyward(&["scan", "--enable-rule", "stripe-live-secret-kee"])
        .expect(2);
    assert!(
        run.stderr.contains("is it `stripe-live-secret-key`?"),
        "{}",
        run.stderr
    );
    let run = scratch
        .keyward(&["scan", "--enable-rule", "stripe-*", "--disable-rule", "*"])
        .expect(2);
    assert!(run.stderr.contains("no rule enabled"), "{}", run.stderr);
}

#[test]
fn a_severity_of_the_configuration_counts_for_the_exit_code() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", token(1));
    scratch
        .keyward(&["scan", "--fail-on", "critical"])
        .expect(1);
    scratch.write(
        ".keyward.toml",
        format!("[severity]\n\"{TOKEN_RULE}\" = \"low\"\n"),
    );
    let run = scratch
        .keyward(&["scan", "--fail-on", "medium", "-f", "json"])
        .expect(0);
    assert_eq!(run.json()["findings"][0]["severity"], "low");
    let shown = scratch
        .keyward(&["rules", "show", TOKEN_RULE])
        .expect(0)
        .text();
    assert!(shown.contains("severity    low"), "{shown}");
    let explained = scratch.keyward(&["explain", TOKEN_RULE]).expect(0).text();
    assert!(explained.contains("Severity low"), "{explained}");
}

#[test]
fn a_key_of_ones_own_changes_every_fingerprint() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", token(1));
    let public = fingerprint(&scratch);
    let run = scratch.keyward_with(
        &["scan", "-f", "json"],
        b"",
        &[("KEYWARD_FINGERPRINT_KEY", "our own")],
    );
    assert_ne!(run.json()["findings"][0]["fingerprint"], public.as_str());
}

#[test]
fn rules_are_listed_shown_and_explained() {
    let scratch = Scratch::folder();
    let list = scratch
        .keyward(&["rules", "list", "-f", "json"])
        .expect(0)
        .json();
    assert_eq!(
        list.as_array().expect("list").len(),
        RuleSet::built_in().len()
    );
    let table = scratch
        .keyward(&["rules", "list", "-f", "markdown"])
        .expect(0)
        .text();
    assert_eq!(table.lines().count(), RuleSet::built_in().len() + 2);
    let shown = scratch
        .keyward(&["rules", "show", TOKEN_RULE])
        .expect(0)
        .text();
    assert!(shown.contains("dop_v1_"), "{shown}");
    let explained = scratch.keyward(&["explain", TOKEN_RULE]).expect(0).text();
    for part in [
        "Revoke now",
        "Rotate",
        "Last use",
        "Least privilege",
        "https://",
    ] {
        assert!(explained.contains(part), "{part}\n{explained}");
    }
    let run = scratch
        .keyward(&["explain", "digitalocean-personal-acces-token"])
        .expect(2);
    assert!(run.stderr.contains(TOKEN_RULE), "{}", run.stderr);
}
