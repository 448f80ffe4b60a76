//! Which files a working-tree scan reads, and which not.

mod choice;
mod roots;

use std::fs;
use std::path::Path;

use crate::support::{Run, Scratch, TOKEN_RULE, binary, token};

/// What `places` gives for tokens on the first lines of these files.
fn found_in(paths: &[&str]) -> Vec<String> {
    let mut places: Vec<String> = paths
        .iter()
        .map(|path| format!("{TOKEN_RULE} {path}:1"))
        .collect();
    places.sort();
    places
}

/// Scans the files of the folder with these arguments, reporting JSON.
fn scan(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.keyward(&[&["scan", "--no-history", "-f", "json"], arguments].concat())
}

/// Scans as [`scan`] does, from a folder below.
fn scan_from(scratch: &Scratch, folder: &str, arguments: &[&str]) -> Run {
    let mut command = scratch.command(binary());
    command
        .arg("scan")
        .args(arguments)
        .current_dir(scratch.path().join(folder));
    scratch.run(&mut command, b"")
}

/// How often something was left out for that reason.
fn skipped(run: &Run, reason: &str) -> u64 {
    run.json()["coverage"]["skipped"][reason]
        .as_u64()
        .unwrap_or(0)
}

/// Writes a token of its own into each file.
fn plant(scratch: &Scratch, paths: &[&str]) {
    for (seed, path) in paths.iter().enumerate() {
        scratch.write(path, format!("{}\n", token(seed as u64 + 1)));
    }
}

/// Runs a command that could hang, and fails after half a minute if it does.
#[cfg(unix)]
#[track_caller]
fn run_within_time(scratch: &Scratch, arguments: &[&str]) -> Run {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let mut child = scratch
        .command(binary())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(fs::File::create(scratch.path().with_file_name("stdout")).expect("stdout"))
        .stderr(fs::File::create(scratch.path().with_file_name("stderr")).expect("stderr"))
        .spawn()
        .expect("the command starts");
    let deadline = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = child.try_wait().expect("status") {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().expect("killed");
            child.wait().expect("ended");
            panic!("{arguments:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Run {
        code: status.code().unwrap_or(-1),
        stdout: fs::read(scratch.path().with_file_name("stdout")).expect("stdout"),
        stderr: fs::read_to_string(scratch.path().with_file_name("stderr")).expect("stderr"),
    }
}

#[test]
fn hidden_files_are_read() {
    for scratch in [Scratch::repository(), Scratch::folder()] {
        let paths = [".env", ".github/workflows/x.yml", "a/.b/.c"];
        plant(&scratch, &paths);
        assert_eq!(scan(&scratch, &[]).expect(1).places(), found_in(&paths));
    }
}

#[test]
fn tracked_files_are_read_although_ignored() {
    let scratch = Scratch::repository();
    plant(&scratch, &["x.log", "build/deep/x", "plain"]);
    scratch.commit("before the rules");
    scratch.write(".gitignore", "*.log\nbuild/\n");
    plant(
        &scratch,
        &["x.log", "build/deep/x", "plain", "y.log", "build/deep/y"],
    );
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["build/deep/x", "plain", "x.log"]));
    // The folder `build` and `y.log`.
    assert_eq!(skipped(&run, "ignored"), 2);
    assert_eq!(run.json()["coverage"]["blobs"], 4);
}

#[test]
fn ignored_files_are_left_out_and_counted() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.log\n!keep.log\n/target\n");
    plant(
        &scratch,
        &["a.log", "b/c.log", "keep.log", "target/x", "b/target"],
    );
    scratch.write(".git/info/exclude", "*.tmp\n");
    scratch.write("d.tmp", token(9));
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["b/target", "keep.log"]));
    // a.log, b/c.log, target as a whole, d.tmp.
    assert_eq!(skipped(&run, "ignored"), 4);
    assert_eq!(run.json()["summary"]["complete"], true);
}

#[test]
fn nothing_ignored_is_nothing_counted() {
    let scratch = Scratch::repository();
    plant(&scratch, &["a", "b/c"]);
    assert_eq!(
        scan(&scratch, &[]).expect(1).json()["coverage"]["skipped"],
        serde_json::json!({})
    );
}

#[test]
fn nested_gitignore() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.key\n");
    scratch.write("a/.gitignore", "local\n!*.key\n");
    plant(
        &scratch,
        &[
            "local",
            "x.key",
            "a/local",
            "a/x.key",
            "a/b/local",
            "c/x.key",
        ],
    );
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["a/x.key", "local"]));
    assert_eq!(skipped(&run, "ignored"), 4);
    // The same from below: rules above the scanned folder hold as well.
    assert_eq!(
        scan(&scratch, &["c"]).expect(0).places(),
        Vec::<String>::new()
    );
    assert_eq!(
        scan(&scratch, &["a/b"]).expect(0).places(),
        Vec::<String>::new()
    );
}

#[test]
fn gitignore_means_nothing_outside_of_a_repository() {
    let scratch = Scratch::folder();
    scratch.write(".gitignore", "*.log\n");
    plant(&scratch, &["a.log"]);
    assert_eq!(scan(&scratch, &[]).expect(1).places(), found_in(&["a.log"]));
}

#[test]
fn other_ignore_files_hide_nothing() {
    let scratch = Scratch::repository();
    scratch.write(".ignore", "*\n");
    scratch.write(".rgignore", "*\n");
    plant(&scratch, &["a"]);
    assert_eq!(scan(&scratch, &[]).expect(1).places(), found_in(&["a"]));
}

#[test]
fn no_ignore() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.log\n/target\n");
    plant(&scratch, &["a.log", "target/x", ".git/x"]);
    scan(&scratch, &[]).expect(0);
    let run = scan(&scratch, &["--no-ignore"]).expect(1);
    assert_eq!(run.places(), found_in(&["a.log", "target/x"]));
    assert_eq!(skipped(&run, "ignored"), 0);
}

#[test]
fn the_git_folder_is_never_read() {
    let scratch = Scratch::repository();
    plant(
        &scratch,
        &[".git/x", ".git/hooks/pre-push", "nested/.git/x", "plain"],
    );
    for arguments in [
        &[][..],
        &["--no-ignore"],
        &["-L"],
        &["-g", "**"],
        &["nested", "plain"],
    ] {
        assert_eq!(
            scan(&scratch, arguments).expect(1).places(),
            found_in(&["plain"]),
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_followed_on_request_only() {
    use std::os::unix::fs::symlink;

    let scratch = Scratch::folder();
    plant(&scratch, &["a/real", "../home/folder/x", "../home/y"]);
    symlink("..", scratch.path().join("a/loop")).expect("link");
    symlink("../../home/folder", scratch.path().join("a/link")).expect("link");
    symlink("../home/y", scratch.path().join("file")).expect("link");
    symlink("nowhere", scratch.path().join("a/dangling")).expect("link");

    let run = run_within_time(&scratch, &["scan", "-f", "json"]).expect(1);
    assert_eq!(run.places(), found_in(&["a/real"]));
    assert_eq!(skipped(&run, "symlink"), 4);

    fs::remove_file(scratch.path().join("a/dangling")).expect("removed");
    let run = run_within_time(&scratch, &["scan", "-f", "json", "-L"]).expect(1);
    assert_eq!(run.places(), found_in(&["a/link/x", "a/real", "file"]));
    // The loop.
    assert_eq!(skipped(&run, "symlink"), 1);
}

#[cfg(unix)]
#[test]
fn a_link_named_on_the_command_line_is_scanned() {
    let scratch = Scratch::folder();
    plant(&scratch, &["real/x"]);
    std::os::unix::fs::symlink("real", scratch.path().join("link")).expect("link");
    assert_eq!(
        scan(&scratch, &["link"]).expect(1).json()["summary"]["findings"],
        1
    );
}

/// A tracked file of a folder that is a link now is no file of the working tree: git calls it deleted.
#[cfg(unix)]
#[test]
fn tracked_files_are_not_looked_for_behind_links() {
    let scratch = Scratch::repository();
    plant(&scratch, &["plain"]);
    scratch.write("folder/x", "nothing");
    scratch.commit("a folder");
    fs::remove_dir_all(scratch.path().join("folder")).expect("removed");
    scratch.write("../home/folder/x", token(7));
    std::os::unix::fs::symlink("../home/folder", scratch.path().join("folder")).expect("link");
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(skipped(&run, "symlink"), 1);
    assert!(run.places().contains(&found_in(&["plain"])[0]), "{run:?}");
    assert_eq!(run.places(), found_in(&["plain"]));
}

#[cfg(unix)]
#[test]
fn pipes_are_never_opened() {
    let scratch = Scratch::repository();
    plant(&scratch, &["a"]);
    let made = scratch.run(scratch.command("mkfifo").args(["pipe", "other"]), b"");
    assert_eq!(made.code, 0, "{made:?}");
    std::os::unix::fs::symlink("pipe", scratch.path().join("link")).expect("link");
    // Both could be tracked as files.
    scratch.write("was-file", "nothing");
    scratch.commit("files");
    fs::remove_file(scratch.path().join("was-file")).expect("removed");
    fs::rename(
        scratch.path().join("other"),
        scratch.path().join("was-file"),
    )
    .expect("renamed");

    let run = run_within_time(&scratch, &["scan", "-f", "json"]).expect(1);
    assert_eq!(run.places(), found_in(&["a"]));
    assert_eq!(
        (skipped(&run, "special-file"), skipped(&run, "symlink")),
        (2, 1)
    );
    let run = run_within_time(&scratch, &["scan", "-f", "json", "-L"]).expect(1);
    assert_eq!(skipped(&run, "special-file"), 3);
    let run = run_within_time(&scratch, &["scan", "-f", "json", "pipe"]).expect(0);
    assert_eq!(skipped(&run, "special-file"), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn file_names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt as _;

    let bytes = b"caf\xE9/na\xFFme b.txt";
    for scratch in [Scratch::folder(), Scratch::repository()] {
        scratch.write(
            std::ffi::OsStr::from_bytes(bytes),
            format!("\n{}\n", token(1)),
        );

        let location = scan(&scratch, &[]).expect(1).json()["findings"][0]["locations"][0].clone();
        assert_eq!(location["path"], "caf\u{FFFD}/na\u{FFFD}me b.txt");
        assert_eq!(location["path_base64"], data_encoding::BASE64.encode(bytes));

        let human = scratch.keyward(&["scan"]).expect(1).text();
        assert!(
            human.contains("--> caf\\xe9/na\\xffme b.txt:2:1\n"),
            "{human}"
        );

        let sarif = scratch.keyward(&["scan", "-f", "sarif"]).expect(1).json();
        let artifact =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], "caf%E9/na%FFme%20b.txt");
    }
}

#[test]
fn embedded_repositories_know_their_own_tracked_files() {
    let scratch = Scratch::repository();
    plant(&scratch, &["plain"]);
    scratch.git(&["init", "-q", "-b", "main", "inner"]);
    scratch.write("inner/.gitignore", "*.log\n");
    plant(
        &scratch,
        &["plain", "inner/tracked.log", "inner/untracked.log"],
    );
    scratch.git(&["-C", "inner", "add", "-f", "tracked.log"]);
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["inner/tracked.log", "plain"]));
    assert_eq!(skipped(&run, "ignored"), 1);
}

#[test]
fn submodules_know_their_own_tracked_files() {
    let origin = Scratch::repository();
    plant(&origin, &["tracked.log", "a"]);
    origin.commit("files");
    origin.write(".gitignore", "*.log\n");
    origin.commit("rules");

    let scratch = Scratch::repository();
    let url = origin.path().to_string_lossy().into_owned();
    scratch.git(&["submodule", "--quiet", "add", &url, "sub"]);
    scratch.write("sub/untracked.log", token(9));
    let run = scan(&scratch, &[]).expect(1);
    assert_eq!(run.places(), found_in(&["sub/a", "sub/tracked.log"]));
    assert_eq!(skipped(&run, "ignored"), 1);
    // From inside, the submodule is the repository.
    let run = scan_from(&scratch, "sub", &["-f", "json"]).expect(1);
    assert_eq!(run.places(), found_in(&["a", "tracked.log"]));
}

#[test]
fn ignored_files_named_on_the_command_line_are_scanned() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.log\nbuild/\n");
    plant(&scratch, &["x.log", "y.log", "build/x"]);
    scan(&scratch, &[]).expect(0);
    assert_eq!(
        scan(&scratch, &["x.log"]).expect(1).places(),
        found_in(&["x.log"])
    );
    assert_eq!(
        scan(&scratch, &["build/x", "y.log"]).expect(1).places(),
        found_in(&["build/x", "y.log"])
    );
    assert_eq!(
        scan(&scratch, &["build"]).expect(1).places(),
        found_in(&["build/x"])
    );
}

/// The words before a command that make it run without the right to read everything; `None` where that is not
/// possible, which is said on standard error.
#[cfg(unix)]
fn as_nobody(scratch: &Scratch, locked: &Path) -> Option<Vec<&'static str>> {
    if fs::File::open(locked).is_err() {
        return Some(Vec::new());
    }
    let words = vec![
        "setpriv",
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
    ];
    let probe = scratch
        .command(words[0])
        .args(&words[1..])
        .arg("true")
        .output();
    if probe.is_ok_and(|output| output.status.success()) {
        return Some(words);
    }
    #[allow(clippy::print_stderr)] // A skip must be seen.
    {
        eprintln!("skipped: this user reads everything, and there is no setpriv to become another");
    }
    None
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_makes_the_scan_incomplete() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
    };
    let scratch = Scratch::folder();
    plant(&scratch, &["file/locked", "folder/locked/x", "readable/x"]);
    let file = scratch.path().join("file/locked");
    let folder = scratch.path().join("folder/locked");
    let above = scratch.path();
    mode(above.parent().expect("parent"), 0o755);
    mode(&file, 0);
    let Some(words) = as_nobody(&scratch, &file) else {
        return;
    };
    // Someone else may not be let into the folder that the command was built in.
    let copy = above.with_file_name("keyward");
    // By another process: a program that any process has open for writing cannot be run.
    let run = scratch.run(scratch.command("cp").arg(binary()).arg(&copy), b"");
    assert_eq!(run.code, 0, "{run:?}");
    let run = |arguments: &[&str]| {
        let program = copy.to_str().expect("path");
        let words = [&words[..], &[program], arguments].concat();
        scratch.run(scratch.command(words[0]).args(&words[1..]), b"")
    };
    mode(&folder, 0);

    for (path, subject) in [("file", "locked"), ("folder", "locked")] {
        // Incomplete beats clean.
        let result = run(&["scan", "-f", "json", path]).expect(2);
        let json = result.json();
        assert_eq!(json["summary"]["complete"], false, "{json:#}");
        assert_eq!(json["summary"]["findings"], 0, "{json:#}");
        assert_eq!(skipped(&result, "unreadable"), 1, "{json:#}");
        assert_eq!(
            json["coverage"]["incomplete"][0]["subject"], subject,
            "{json:#}"
        );
        assert_eq!(json["coverage"]["incomplete"][0]["reason"], "unreadable");
        assert!(result.stderr.contains("incomplete"), "{result:?}");
        let human = run(&["scan", path]).expect(2).text();
        assert!(human.contains("incomplete"), "{human}");
        assert!(human.contains(&format!("{path}/locked")), "{human}");
        run(&["scan", "--allow-incomplete", path]).expect(0);
    }
    // Incomplete beats findings, which are reported all the same.
    let result = run(&["scan", "-f", "json"]).expect(2);
    assert_eq!(result.places(), found_in(&["readable/x"]));
    assert_eq!(skipped(&result, "unreadable"), 2);
    run(&["scan", "--allow-incomplete"]).expect(1);
    // Named on the command line.
    run(&["scan", "file/locked"]).expect(2);
    mode(&folder, 0o755);
}

#[test]
fn a_folder_outside_of_any_repository_is_its_own_root() {
    let scratch = Scratch::folder();
    scratch.write("tree/sub/a.txt", format!("key = \"{}\"\n", token(1)));
    let run = scratch.keyward(&["scan", "tree", "-f", "json"]).expect(1);
    assert_eq!(run.places(), [format!("{TOKEN_RULE} sub/a.txt:1")]);
    let human = scratch.keyward(&["scan", "tree"]).expect(1).text();
    assert!(human.contains("--> tree/sub/a.txt:1:"), "{human}");
}
