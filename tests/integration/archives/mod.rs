//! What is in archives and compressed files, wherever these are read.

mod history;
mod make;

use make::{bzip2, encrypted_zip, gzip, tar, xz, zip, zstandard};

use crate::support::{Run, Scratch, TOKEN_RULE, token};

/// A text with a token on its second line.
fn text(seed: u64) -> Vec<u8> {
    format!("# settings\nkey = \"{}\"\n", token(seed)).into_bytes()
}

/// What `places` gives for tokens on the second lines of these files.
fn found_in(paths: &[&str]) -> Vec<String> {
    let mut places: Vec<String> = paths
        .iter()
        .map(|path| format!("{TOKEN_RULE} {path}:2"))
        .collect();
    places.sort();
    places
}

/// Scans the files of the folder with archives opened.
fn dir(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.keyward(&[&["dir", "--archives", "-f", "json"], arguments].concat())
}

fn skipped(run: &Run, reason: &str) -> u64 {
    let count = &run.json()["coverage"]["skipped"][reason];
    count.as_u64().unwrap_or(0)
}

#[test]
fn every_kind_of_archive_is_opened() {
    let scratch = Scratch::folder();
    scratch.write("app.jar", zip(&[("BOOT-INF/config.yml", &text(1))]));
    scratch.write("pack.tar", tar(&[("etc/app.conf", &text(2))]));
    scratch.write("pack.tgz", gzip(&tar(&[("etc/app.conf", &text(3))])));
    scratch.write("dump.sql.gz", gzip(&text(4)));
    scratch.write("dump.sql.bz2", bzip2(&text(5)));
    scratch.write("dump.sql.xz", xz(&text(6)));
    scratch.write("dump.sql.zst", zstandard(&text(7)));
    let nested = tar(&[("lib/app.jar", &zip(&[("x.properties", &text(8))]))]);
    scratch.write("deep/image.tar.xz", xz(&nested));
    // The name says nothing: the content does.
    scratch.write("innocent.txt", zip(&[("x", &text(9))]));
    let run = dir(&scratch, &[]).expect(1);
    assert_eq!(
        run.places(),
        found_in(&[
            "app.jar!/BOOT-INF/config.yml",
            "pack.tar!/etc/app.conf",
            "pack.tgz!/etc/app.conf",
            "dump.sql.gz!/dump.sql",
            "dump.sql.bz2!/dump.sql",
            "dump.sql.xz!/dump.sql",
            "dump.sql.zst!/dump.sql",
            "deep/image.tar.xz!/lib/app.jar!/x.properties",
            "innocent.txt!/x",
        ])
    );
}

#[test]
fn unless_asked_archives_are_counted_and_scanned_as_bytes() {
    let scratch = Scratch::folder();
    scratch.write("app.jar", zip(&[("x", &text(1))]));
    scratch.write("pack.tar", tar(&[("plain", &text(2))]));
    let run = scratch.keyward(&["dir", "-f", "json"]).expect(1);
    assert_eq!(run.places().len(), 1, "a tar archive is not compressed");
    assert_eq!(skipped(&run, "unopened-archive"), 2);
    let human = scratch.keyward(&["dir"]).expect(1).text();
    assert!(
        human.ends_with("; skipped 2 unopened archive (--archives opens them)\n"),
        "{human}"
    );
    let stdin = scratch.keyward_with(&["stdin", "-f", "json"], &zip(&[("x", &text(3))]), &[]);
    assert_eq!(skipped(&stdin.expect(0), "unopened-archive"), 1);
}

#[test]
fn what_cannot_be_read_makes_the_scan_incomplete() {
    let good = zip(&[("x", &text(1))]);
    let cut = |mut bytes: Vec<u8>, by: usize| {
        bytes.truncate(bytes.len() - by);
        bytes
    };
    for (reason, subject, content) in [
        ("encrypted", "a!/x", encrypted_zip(&[("x", b"no text")])),
        ("damaged-archive", "a", cut(good, 8)),
        ("damaged-archive", "a", cut(gzip(&text(1)), 4)),
        ("damaged-archive", "a", cut(tar(&[("x", &text(1))]), 1024)),
        (
            "unsupported-archive",
            "a",
            b"Rar!\x1A\x07\x01\x00 and more".to_vec(),
        ),
        (
            "damaged-archive",
            "a!/in.gz",
            tar(&[("in.gz", &cut(gzip(&text(1)), 4))]),
        ),
    ] {
        let scratch = Scratch::folder();
        scratch.write("a", content);
        scratch.write("plain", text(2));
        let run = dir(&scratch, &[]).expect(2);
        let incomplete = &run.json()["coverage"]["incomplete"];
        assert_eq!(incomplete.as_array().map(Vec::len), Some(1), "{incomplete}");
        assert_eq!(incomplete[0]["reason"], reason);
        assert_eq!(incomplete[0]["subject"], subject);
        assert_ne!(incomplete[0]["help"], "");
        assert!(
            run.places().contains(&found_in(&["plain"])[0]),
            "the rest is scanned"
        );
        dir(&scratch, &["--allow-incomplete"]).expect(1);
    }
}

#[test]
fn path_rules_count_inside() {
    let scratch = Scratch::folder();
    let files: [(&str, &[u8]); 3] = [
        ("conf/app.yml", &text(1)),
        ("test/data.yml", &text(2)),
        ("notes.md", &text(3)),
    ];
    scratch.write("dist/app.zip", zip(&files));
    scratch.write("dist/other.tar", tar(&[("app.yml", &text(4))]));
    let all = [
        "dist/app.zip!/conf/app.yml",
        "dist/app.zip!/notes.md",
        "dist/app.zip!/test/data.yml",
        "dist/other.tar!/app.yml",
    ];
    assert_eq!(dir(&scratch, &[]).expect(1).places(), found_in(&all));
    // What drops files drops them inside too; what selects has selected the archive.
    let dropped = dir(&scratch, &["--glob", "!*.yml"]).expect(1);
    assert_eq!(dropped.places(), found_in(&[all[1]]));
    assert_eq!(skipped(&dropped, "excluded"), 3);
    let selected = dir(&scratch, &["--glob", "*.zip"]).expect(1);
    assert_eq!(selected.places(), found_in(&all[..3]));
    scratch.write(
        ".keyward.toml",
        "[scan]\nexclude = [\"test/\", \"other.tar\"]\n\n[[allow]]\npaths = [\"/dist/app.zip!/conf/\"]\nreason = \"agreed\"\n",
    );
    let configured = dir(&scratch, &[]).expect(1);
    assert_eq!(configured.places(), found_in(&[all[1]]));
    // What is named is read; what its archive leaves out is not.
    let named = dir(&scratch, &["dist/other.tar", "dist/app.zip"]).expect(1);
    assert_eq!(named.places(), found_in(&[all[1], all[3]]));
}

#[test]
fn large_files_inside_are_left_out() {
    let scratch = Scratch::folder();
    let long = [text(1), vec![b' '; 20_000]].concat();
    scratch.write("a.zip", zip(&[("long", &long), ("short", &text(2))]));
    let run = dir(&scratch, &["--max-size", "10K"]).expect(1);
    assert_eq!(run.places(), found_in(&["a.zip!/short"]));
    assert_eq!(skipped(&run, "too-large"), 1);
}

#[test]
fn the_configuration_opens_archives_but_not_in_hooks() {
    let scratch = Scratch::repository();
    scratch.write(".keyward.toml", "[scan]\narchives = true\n");
    scratch.write("a.zip", zip(&[("x", &text(1))]));
    scratch.git(&["add", "-A"]);
    let expected = found_in(&["a.zip!/x"]);
    for arguments in [
        &["dir", "-f", "json"][..],
        &["scan", "-f", "json"],
        &["git", "--staged", "-f", "json"],
        &["changes", "-f", "json"],
        &["hook", "run", "pre-commit", "--archives", "-f", "json"],
    ] {
        let run = scratch.keyward(arguments).expect(1);
        assert!(
            run.places().contains(&expected[0]),
            "{arguments:?}: {:?}",
            run.places()
        );
    }
    let hook = scratch
        .keyward(&["hook", "run", "pre-commit", "-f", "json"])
        .expect(0);
    assert_eq!(skipped(&hook, "unopened-archive"), 1);
    let framework = ["scan", "--no-history", "a.zip", "-f", "json"];
    let framework = scratch.keyward_with(&framework, b"", &[("PRE_COMMIT", "1")]);
    assert_eq!(skipped(&framework.expect(0), "unopened-archive"), 1);
    let plain = scratch
        .keyward(&["dir", "--no-config", "-f", "json"])
        .expect(0);
    assert_eq!(skipped(&plain, "unopened-archive"), 1);
}

#[test]
fn only_what_is_new_in_a_staged_archive_is_reported() {
    let scratch = Scratch::repository();
    scratch.write("a.zip", zip(&[("old", &text(1))]));
    scratch.commit("one");
    scratch.write("a.zip", zip(&[("moved", &text(1)), ("new", &text(2))]));
    for command in [
        &["git", "--staged", "--archives", "-f", "json"][..],
        &["changes", "--archives", "-f", "json"],
    ] {
        if command[0] == "changes" {
            scratch.git(&["reset", "-q"]);
        } else {
            scratch.git(&["add", "-A"]);
        }
        let places = scratch.keyward(command).expect(1).places();
        assert!(places.contains(&found_in(&["a.zip!/new"])[0]), "{places:?}");
        let moved = places.iter().any(|place| place.contains("moved"));
        assert!(!moved, "{places:?}");
    }
}

#[test]
fn standard_input_is_opened_as_it_streams_by() {
    let scratch = Scratch::folder();
    let archive = gzip(&tar(&[
        ("etc/app.conf", &text(1)),
        ("in.zip", &zip(&[("x", &text(2))])),
    ]));
    let run = scratch.keyward_with(&["stdin", "--archives", "-f", "json"], &archive, &[]);
    let inside = found_in(&["<stdin>!/etc/app.conf", "<stdin>!/in.zip!/x"]);
    assert_eq!(run.expect(1).places(), inside);
    let named = [
        "scan",
        "-",
        "--archives",
        "--stdin-name",
        "b.log.gz",
        "-f",
        "json",
    ];
    let run = scratch.keyward_with(&named, &gzip(&text(3)), &[]);
    assert_eq!(run.expect(1).places(), found_in(&["b.log.gz!/b.log"]));
    let plain = scratch.keyward_with(&["stdin", "--archives", "-f", "json"], &text(4), &[]);
    assert_eq!(plain.expect(1).places(), found_in(&["<stdin>"]));
}

#[test]
fn addresses_stay_in_their_archive() {
    let scratch = Scratch::repository();
    let files: [(&str, &[u8]); 3] = [
        ("../../etc/shadow", &text(1)),
        ("/root/a b#c?.txt", &text(2)),
        ("x\ny", &text(3)),
    ];
    scratch.write("a.zip", zip(&files));
    let run = scratch
        .keyward(&["scan", "--archives", "-f", "sarif"])
        .expect(1);
    let sarif = run.json();
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let mut addresses: Vec<&str> = results
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            place["artifactLocation"]["uri"]
                .as_str()
                .expect("an address")
        })
        .collect();
    addresses.sort_unstable();
    assert_eq!(
        addresses,
        [
            "a.zip!/%252E%252E/%252E%252E/etc/shadow",
            "a.zip!/root/a%20b%23c%3F.txt",
            "a.zip!/x%0Ay",
        ]
    );
    let human = scratch.keyward(&["scan", "--archives"]).expect(1).text();
    assert!(human.contains("--> a.zip!/x\\ny:2:8"), "{human}");
}

#[test]
fn other_encodings_and_whole_file_rules_count_inside() {
    let scratch = Scratch::folder();
    let wide = String::from_utf8(text(1)).expect("text");
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    scratch.write(
        "a.zip",
        zip(&[("wide.txt", &[&b"\xFF\xFE"[..], &wide].concat())]),
    );
    assert_eq!(
        dir(&scratch, &[]).expect(1).places(),
        found_in(&["a.zip!/wide.txt"])
    );
}

#[test]
fn threads_do_not_show() {
    let scratch = Scratch::folder();
    for n in 0..20 {
        let files = [("x", text(n)), ("y", text(n % 3))];
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, text)| (*name, &text[..]))
            .collect();
        scratch.write(format!("{n}.zip"), zip(&files));
    }
    let one = dir(&scratch, &["-j", "1"]).expect(1).json();
    let many = dir(&scratch, &["-j", "8"]).expect(1).json();
    assert_eq!(one["findings"], many["findings"]);
    assert_eq!(one["coverage"], many["coverage"]);
}
