//! Which files a working-tree scan reads, and which not. See the index in `main.rs`.

use std::fs;

use crate::support::{Run, Scratch, TOKEN_RULE, token};

/// The paths of all findings of a JSON run.
fn paths(run: &Run) -> Vec<String> {
    let found = run.places();
    found
        .iter()
        .map(|place| {
            let (rule, place) = place.split_once(' ').expect("rule and place");
            assert_eq!(rule, TOKEN_RULE);
            place.rsplit_once(':').expect("line").0.to_owned()
        })
        .collect()
}

fn secret(seed: u64) -> String {
    format!("key = \"{}\"\n", token(seed))
}

#[test]
fn hidden_files_are_read_and_git_itself_is_not() {
    let scratch = Scratch::repository();
    scratch.write(".env", secret(1));
    scratch.write(".github/workflows/ci.yml", secret(2));
    scratch.write(".git/description", secret(3));
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(1);
    assert_eq!(paths(&run), [".env", ".github/workflows/ci.yml"]);
}

#[test]
fn ignored_files_are_left_out_and_counted_unless_git_tracks_them() {
    let scratch = Scratch::repository();
    scratch.write("tracked.key", secret(1));
    scratch.write("deep/tracked.key", secret(2));
    scratch.commit("before the ignore file");
    scratch.write(".gitignore", "*.key\nbuild/\n");
    scratch.write("deep/.gitignore", "!kept.key\n");
    scratch.write("untracked.key", secret(3));
    scratch.write("deep/kept.key", secret(4));
    scratch.write("build/out.txt", secret(5));
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(1);
    assert_eq!(
        paths(&run),
        ["deep/kept.key", "deep/tracked.key", "tracked.key"]
    );
    let json = run.json();
    assert_eq!(
        json["coverage"]["skipped"]["ignored"], 2,
        "a file and a folder"
    );
    assert_eq!(json["summary"]["complete"], true);
    let all = scratch
        .keyward(&["scan", "-f", "json", "--no-ignore"])
        .expect(1);
    assert_eq!(paths(&all).len(), 5);
}

#[test]
fn an_ignored_file_that_is_named_is_read() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.key\n");
    scratch.write("a.key", secret(1));
    scratch.keyward(&["scan"]).expect(0);
    let run = scratch.keyward(&["scan", "a.key", "-f", "json"]).expect(1);
    assert_eq!(paths(&run), ["a.key"]);
}

#[test]
fn a_repository_inside_the_tree_tracks_its_own_files() {
    let scratch = Scratch::repository();
    scratch.write("inner/.gitignore", "*.key\n");
    scratch.write("inner/tracked.key", secret(1));
    scratch.write("inner/untracked.key", secret(2));
    scratch.git(&["init", "-q", "inner"]);
    scratch.git(&["-C", "inner", "add", "-f", "tracked.key"]);
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(1);
    assert_eq!(paths(&run), ["inner/tracked.key"]);
    assert_eq!(run.json()["coverage"]["blobs"], 2, "no file is read twice");
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_when_asked_and_loops_end() {
    let scratch = Scratch::repository();
    let outside = Scratch::folder();
    outside.write("far.txt", secret(1));
    std::os::unix::fs::symlink(outside.path(), scratch.path().join("link")).expect("link");
    std::os::unix::fs::symlink(scratch.path(), scratch.path().join("loop")).expect("loop");
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(0);
    assert_eq!(run.json()["coverage"]["skipped"]["symlink"], 2);
    let run = scratch.keyward(&["scan", "-f", "json", "-L"]).expect(1);
    assert_eq!(paths(&run), ["link/far.txt"]);
}

#[cfg(unix)]
#[test]
fn pipes_are_never_opened() {
    let scratch = Scratch::repository();
    let pipe = scratch.path().join("pipe");
    assert!(
        scratch
            .command("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo")
            .success()
    );
    for arguments in [&["scan", "-f", "json"][..], &["scan", "pipe", "-f", "json"]] {
        // Opening a pipe that nobody writes to would block for ever.
        let mut command = scratch.command("timeout");
        command
            .arg("20")
            .arg(crate::support::binary())
            .args(arguments);
        let run = scratch.run(&mut command, b"").expect(0);
        assert_eq!(run.json()["coverage"]["skipped"]["special-file"], 1);
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_survive_in_every_format() {
    use std::os::unix::ffi::OsStrExt as _;
    let scratch = Scratch::repository();
    scratch.write(
        std::ffi::OsStr::from_bytes(b"na\xffme \xc3\xa9.txt"),
        secret(1),
    );
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(1).json();
    let location = &json["findings"][0]["locations"][0];
    assert_eq!(location["path_base64"], "bmH/bWUgw6kudHh0");
    let human = scratch.keyward(&["scan"]).expect(1).text();
    assert!(human.contains("na\\xffme é.txt:1:"), "{human}");
    let sarif = scratch.keyward(&["scan", "-f", "sarif"]).expect(1).json();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "na%FFme%20%C3%A9.txt");
}

#[test]
fn globs_sizes_and_configuration_choose_files() {
    let scratch = Scratch::repository();
    scratch.write("a.rs", secret(1));
    scratch.write("b.txt", secret(2));
    scratch.write("third_party/c.rs", secret(3));
    scratch.write("big.rs", format!("{}{}", "x\n".repeat(60_000), secret(4)));
    let only = |arguments: &[&str]| {
        paths(
            &scratch
                .keyward(&[&["scan", "-f", "json"], arguments].concat())
                .expect(1),
        )
    };
    assert_eq!(
        only(&["-g", "*.rs"]),
        ["a.rs", "big.rs", "third_party/c.rs"]
    );
    assert_eq!(only(&["-g", "!*.rs"]), ["b.txt"]);
    assert_eq!(
        only(&["--max-size", "100K"]),
        ["a.rs", "b.txt", "third_party/c.rs"]
    );
    scratch.write(
        ".keyward.toml",
        "[scan]\nexclude = [\"third_party/\"]\nmax-size = \"100K\"\n",
    );
    assert_eq!(only(&[]), ["a.rs", "b.txt"]);
    let json = scratch.keyward(&["scan", "-f", "json"]).json();
    assert_eq!(json["coverage"]["skipped"]["excluded"], 1);
    assert_eq!(json["coverage"]["skipped"]["too-large"], 1);
    assert_eq!(only(&["--no-config"]).len(), 4);
}

#[test]
fn paths_are_relative_to_the_root_for_programs_and_to_the_folder_for_people() {
    let scratch = Scratch::repository();
    scratch.write("src/deep/a.txt", secret(1));
    scratch.write("b.txt", secret(2));
    let mut command = scratch.command(crate::support::binary());
    command
        .args(["scan", ".", "../b.txt", "-f", "json"])
        .current_dir(scratch.path().join("src"));
    let run = scratch.run(&mut command, b"").expect(1);
    assert_eq!(paths(&run), ["b.txt", "src/deep/a.txt"]);
    let mut command = scratch.command(crate::support::binary());
    command
        .args(["scan", ".", "../b.txt"])
        .current_dir(scratch.path().join("src"));
    let human = scratch.run(&mut command, b"").expect(1).text();
    assert!(
        human.contains("--> deep/a.txt:1:") && human.contains("--> ../b.txt:1:"),
        "{human}"
    );
}

#[test]
fn a_folder_outside_of_any_repository_is_its_own_root() {
    let scratch = Scratch::folder();
    scratch.write("tree/sub/a.txt", secret(1));
    let run = scratch.keyward(&["scan", "tree", "-f", "json"]).expect(1);
    assert_eq!(paths(&run), ["sub/a.txt"]);
    let human = scratch.keyward(&["scan", "tree"]).expect(1).text();
    assert!(human.contains("--> tree/sub/a.txt:1:"), "{human}");
}

#[test]
fn one_secret_in_three_places_is_one_finding_with_three_locations() {
    let scratch = Scratch::repository();
    for name in ["a", "b", "c"] {
        scratch.write(name, secret(1));
    }
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(1).json();
    assert_eq!(json["findings"].as_array().expect("findings").len(), 1);
    assert_eq!(
        json["findings"][0]["locations"]
            .as_array()
            .expect("locations")
            .len(),
        3
    );
}

#[test]
fn the_number_of_threads_never_shows() {
    let scratch = Scratch::repository();
    for index in 0..200 {
        scratch.write(format!("d{}/f{index}", index % 7), secret(index % 40));
    }
    let report = |threads: &str| {
        let mut json = scratch
            .keyward(&["scan", "-f", "json", "-j", threads])
            .expect(1)
            .json();
        json["scan"]["started"].take();
        json["scan"]["ended"].take();
        json
    };
    let one = report("1");
    assert_eq!(one["findings"].as_array().expect("findings").len(), 40);
    assert_eq!(one, report("4"));
}

#[test]
fn what_is_not_there_is_an_error() {
    let scratch = Scratch::folder();
    let run = scratch.keyward(&["scan", "missing"]).expect(2);
    assert!(
        run.stderr.contains("missing: no such file or folder"),
        "{}",
        run.stderr
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_makes_the_scan_incomplete() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::folder();
    scratch.write("open.txt", secret(1));
    let closed = scratch.write("closed.txt", secret(2));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("permissions");
    if fs::read(&closed).is_ok() {
        // Permissions do not bind the superuser; nothing can be shown here.
        return;
    }
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(2);
    assert_eq!(paths(&run), ["open.txt"]);
    let incomplete = &run.json()["coverage"]["incomplete"];
    assert_eq!(incomplete[0]["subject"], "closed.txt");
    assert_eq!(incomplete[0]["reason"], "unreadable");
    scratch.keyward(&["scan", "--allow-incomplete"]).expect(1);
}
