//! The index against HEAD, in every kind of repository: `keyward git --staged`, and the hook that runs it.

mod hook;
mod repositories;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::support::{Run, Scratch, TOKEN_RULE, binary, body, stripe, token};

const STAGED: &[&str] = &["git", "--staged", "-f", "json"];

/// What `places` gives for a token at `path:line`.
fn at(place: &str) -> String {
    format!("{TOKEN_RULE} {place}")
}

fn line(seed: u64) -> String {
    format!("key = {}\n", token(seed))
}

/// Scans the index, which must give exactly tokens at these places, and a complete scan.
#[track_caller]
fn finds(scratch: &Scratch, places: &[&str]) -> Run {
    check(scratch.keyward(STAGED), places)
}

#[track_caller]
fn check(run: Run, places: &[&str]) -> Run {
    let run = run.expect(i32::from(!places.is_empty()));
    let expected: Vec<String> = places.iter().map(|place| at(place)).collect();
    assert_eq!(run.places(), expected, "{}", run.text());
    assert_eq!(run.json()["summary"]["complete"], true);
    run
}

#[track_caller]
fn skipped(run: &Run, reason: &str, count: u64) {
    assert_eq!(
        run.json()["coverage"]["skipped"][reason],
        count,
        "{}",
        run.text()
    );
}

/// Runs git, which may fail.
fn try_git(scratch: &Scratch, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = scratch.command("git");
    command.args(arguments).envs(environment.iter().copied());
    scratch.run(&mut command, b"")
}

/// Runs keyward in a folder below or beside the scratch folder.
fn keyward_in(scratch: &Scratch, folder: impl AsRef<Path>, arguments: &[&str]) -> Run {
    let mut command = scratch.command(binary());
    command
        .args(arguments)
        .current_dir(scratch.path().join(folder));
    scratch.run(&mut command, b"")
}

/// A repository with one commit that holds `old.txt` with an old secret, and clean files.
fn with_history() -> Scratch {
    let scratch = Scratch::repository();
    scratch.write("old.txt", format!("first\n{}last\n", line(1)));
    scratch.write("clean.txt", "nothing here\n");
    scratch.write("sub/deep/clean.txt", "nor here\n");
    scratch.commit("start");
    scratch
}

#[test]
fn before_the_first_commit_everything_staged_is_new() {
    let scratch = Scratch::repository();
    finds(&scratch, &[]);
    scratch.write("a.txt", line(1));
    scratch.write("sub/b.txt", format!("\n{}", line(2)));
    finds(&scratch, &[]);
    scratch.git(&["add", "a.txt", "sub"]);
    let run = finds(&scratch, &["a.txt:1", "sub/b.txt:2"]);
    let json = run.json();
    assert_eq!(json["scan"]["source"], "index");
    assert_eq!(json["scan"]["revision"], serde_json::Value::Null);
    assert_eq!(json["coverage"]["blobs"], 2);
    assert_eq!(json["findings"][0]["locations"][0]["origin"], "index");
}

#[test]
fn the_index_counts_and_not_the_working_tree() {
    let scratch = with_history();
    scratch.write("clean.txt", line(2));
    scratch.git(&["add", "clean.txt"]);
    scratch.write("clean.txt", "nothing here\n");
    finds(&scratch, &["clean.txt:1"]);
    fs::remove_file(scratch.path().join("clean.txt")).expect("removed");
    finds(&scratch, &["clean.txt:1"]);

    scratch.git(&["reset", "-q", "--hard"]);
    scratch.write("clean.txt", line(3));
    scratch.write("untracked.txt", line(4));
    let run = finds(&scratch, &[]);
    assert_eq!(run.json()["coverage"]["blobs"], 0);
}

#[test]
fn a_rename_adds_nothing_but_what_is_new_in_it() {
    let scratch = with_history();
    scratch.git(&["mv", "old.txt", "sub/new.txt"]);
    finds(&scratch, &[]);
    scratch.write(
        "sub/new.txt",
        format!("first\n{}{}last\n", line(1), line(2)),
    );
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["sub/new.txt:3"]);
}

#[test]
fn a_change_of_mode_adds_nothing() {
    let scratch = with_history();
    scratch.git(&["update-index", "--chmod=+x", "old.txt"]);
    assert_eq!(
        scratch.git(&["diff", "--cached", "--name-only"]),
        "old.txt\n"
    );
    let run = finds(&scratch, &[]);
    assert_eq!(run.json()["coverage"]["blobs"], 0);
}

#[test]
fn what_is_only_announced_is_counted_and_not_scanned() {
    let scratch = with_history();
    scratch.write("later.txt", line(2));
    scratch.git(&["add", "--intent-to-add", "later.txt"]);
    skipped(&finds(&scratch, &[]), "intent-to-add", 1);
    scratch.git(&["add", "later.txt"]);
    let run = finds(&scratch, &["later.txt:1"]);
    skipped_none(&run, "intent-to-add");
}

#[track_caller]
fn skipped_none(run: &Run, reason: &str) {
    assert!(
        run.json()["coverage"]["skipped"].get(reason).is_none(),
        "{}",
        run.text()
    );
}

#[test]
fn a_submodule_is_counted_where_it_is_added() {
    let scratch = with_history();
    let head = scratch.git(&["rev-parse", "HEAD"]);
    let entry = format!("160000,{},library", head.trim());
    scratch.git(&["update-index", "--add", "--cacheinfo", &entry]);
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "new.txt"]);
    skipped(&finds(&scratch, &["new.txt:1"]), "submodule", 1);
    scratch.git(&["commit", "-q", "--no-verify", "-m", "submodule"]);
    skipped_none(&finds(&scratch, &[]), "submodule");
    // A file that takes the place of a submodule is a new file.
    scratch.git(&["rm", "-q", "--cached", "library"]);
    scratch.write("library", line(3));
    scratch.git(&["add", "library"]);
    finds(&scratch, &["library:1"]);
}

#[test]
fn removing_a_secret_adds_none() {
    let scratch = with_history();
    scratch.git(&["rm", "-q", "old.txt"]);
    finds(&scratch, &[]);
    scratch.write("old.txt/now-a-folder.txt", line(2));
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["old.txt/now-a-folder.txt:1"]);
}

#[test]
fn a_secret_that_moves_between_files_is_not_new() {
    let scratch = with_history();
    scratch.write("old.txt", "first\nlast\n");
    scratch.write("sub/settings.txt", format!("moved: {}\n", token(1)));
    scratch.git(&["add", "-A"]);
    finds(&scratch, &[]);
    // With only the new half of the move staged, the commit would add a copy.
    scratch.git(&["reset", "-q", "old.txt"]);
    finds(&scratch, &["sub/settings.txt:1"]);
}

#[test]
fn only_what_a_modified_file_gains_is_reported() {
    let scratch = with_history();
    scratch.write("old.txt", format!("another\nfirst line\n{}last\n", line(1)));
    scratch.git(&["add", "-A"]);
    finds(&scratch, &[]);
    // On a line that is worded anew, the old secret is still old.
    scratch.write(
        "old.txt",
        format!("first\nrenamed_key: {}\nlast\n", token(1)),
    );
    scratch.git(&["add", "-A"]);
    finds(&scratch, &[]);
    scratch.write("old.txt", format!("{}first\n{}last\n", line(2), line(1)));
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["old.txt:1"]);
    // Both on one line: still only the new one.
    scratch.write(
        "old.txt",
        format!("first\nkeys = {} {}\nlast\n", token(1), token(2)),
    );
    scratch.git(&["add", "-A"]);
    let run = finds(&scratch, &["old.txt:2"]);
    assert_eq!(run.json()["summary"]["findings"], 1);
    assert!(
        !run.text().contains(&token(1)),
        "the old secret stands unmasked beside the new one"
    );
    assert!(!run.text().contains(&token(2)));
}

#[test]
fn a_second_copy_of_an_old_secret_is_reported() {
    let scratch = with_history();
    scratch.write(
        "old.txt",
        format!("first\n{}last\nagain = {}\n", line(1), token(1)),
    );
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["old.txt:4"]);
    // Above the old one too, and where both lines are alike.
    scratch.write(
        "old.txt",
        format!("again = {}\nfirst\n{}last\n", token(1), line(1)),
    );
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["old.txt:1"]);
    scratch.write("old.txt", format!("first\n{}last\n{}", line(1), line(1)));
    scratch.git(&["add", "-A"]);
    finds(&scratch, &["old.txt:4"]);
}

#[test]
fn the_index_that_the_environment_names_is_scanned() {
    let scratch = with_history();
    let other = scratch.path().join("other.index");
    fs::copy(scratch.path().join(".git/index"), &other).expect("copy");
    scratch.write("new.txt", line(2));
    let absolute = other.to_str().expect("UTF-8");
    for name in [absolute, "other.index"] {
        let environment = [("GIT_INDEX_FILE", name)];
        check(scratch.keyward_with(STAGED, b"", &environment), &[]);
        assert_eq!(try_git(&scratch, &["add", "new.txt"], &environment).code, 0);
        check(
            scratch.keyward_with(STAGED, b"", &environment),
            &["new.txt:1"],
        );
        finds(&scratch, &[]);
        assert_eq!(
            try_git(&scratch, &["rm", "-q", "--cached", "new.txt"], &environment).code,
            0
        );
    }
}

#[test]
fn a_relative_index_is_found_from_a_subfolder_as_git_finds_it() {
    let scratch = with_history();
    fs::copy(
        scratch.path().join(".git/index"),
        scratch.path().join("other.index"),
    )
    .expect("copy");
    scratch.write("new.txt", line(2));
    let environment = [("GIT_INDEX_FILE", "other.index")];
    assert_eq!(try_git(&scratch, &["add", "new.txt"], &environment).code, 0);
    let in_folder = |program: &Path, arguments: &[&str]| {
        let mut command = scratch.command(program);
        command
            .args(arguments)
            .envs(environment)
            .current_dir(scratch.path().join("sub"));
        scratch.run(&mut command, b"")
    };
    let oracle = in_folder(Path::new("git"), &["diff", "--cached", "--name-only"]).expect(0);
    assert_eq!(oracle.text(), "new.txt\n");
    let run = in_folder(&binary(), STAGED);
    check(run, &["new.txt:1"]);
}

#[test]
fn outside_of_a_repository_there_is_nothing_to_scan() {
    let scratch = Scratch::folder();
    scratch.write("a.txt", line(1));
    let run = scratch.keyward(STAGED).expect(2);
    assert!(run.stdout.is_empty(), "{run:?}");
    assert!(
        run.stderr.contains("not a git repository") && run.stderr.contains("keyward dir"),
        "{run:?}"
    );
    let run = scratch.keyward(&["git", "--staged", "nowhere"]).expect(2);
    assert!(
        run.stderr.contains("nowhere: no such file or folder"),
        "{run:?}"
    );
}

#[test]
fn a_folder_of_the_repository_stands_for_the_whole() {
    let scratch = with_history();
    scratch.write("new.txt", line(2));
    scratch.write("sub/new.txt", line(3));
    scratch.git(&["add", "-A"]);
    let both = &["new.txt:1", "sub/new.txt:1"];
    check(keyward_in(&scratch, "sub", STAGED), both);
    check(
        keyward_in(
            &scratch,
            "sub/deep",
            &["git", "..", "--staged", "-f", "json"],
        ),
        both,
    );
    check(
        scratch.keyward(&["git", "sub", "--staged", "-f", "json"]),
        both,
    );
    let text = keyward_in(&scratch, "sub", &["git", "--staged"])
        .expect(1)
        .text();
    assert!(text.contains("--> ../new.txt:1:7"), "{text}");
    assert!(text.contains("--> new.txt:1:7"), "{text}");
}

#[test]
fn globs_choose_among_the_staged_files() {
    let scratch = with_history();
    scratch.write("new.txt", line(2));
    scratch.write("sub/new.env", line(3));
    scratch.write("sub/deep/new.env", line(4));
    scratch.git(&["add", "-A"]);
    let with = |globs: &[&str], places: &[&str], left_out: u64| {
        let arguments: Vec<&str> = STAGED
            .iter()
            .copied()
            .chain(globs.iter().flat_map(|g| ["-g", g]))
            .collect();
        let run = check(scratch.keyward(&arguments), places);
        skipped(&run, "excluded", left_out);
    };
    with(&["*.env"], &["sub/deep/new.env:1", "sub/new.env:1"], 1);
    with(&["!*.env"], &["new.txt:1"], 2);
    with(&["sub/**", "!**/deep/**"], &["sub/new.env:1"], 2);
    with(&["none"], &[], 3);
    let run = scratch
        .keyward(&[STAGED, &["-g", "a[b"]].concat())
        .expect(2);
    assert!(run.stderr.contains("a[b"), "{run:?}");
}

#[test]
fn large_and_excluded_files_are_left_out_and_counted() {
    let scratch = with_history();
    scratch.write("big.txt", format!("{}{}", line(2), "x\n".repeat(2000)));
    scratch.write("small.txt", line(3));
    scratch.write("vendor/a/b.txt", line(4));
    scratch.write(".keyward.toml", "[scan]\nexclude = [\"vendor/\"]\n");
    scratch.git(&["add", "-A"]);
    let run = check(
        scratch.keyward(&[STAGED, &["--max-size", "1K"]].concat()),
        &["small.txt:1"],
    );
    skipped(&run, "too-large", 1);
    skipped(&run, "excluded", 1);
    finds(&scratch, &["big.txt:1", "small.txt:1"]);
}

/// Every file below a folder, with when it was changed and what it holds.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("folder").flatten() {
            let path = entry.path();
            let metadata = path.symlink_metadata().expect("metadata");
            let content = if metadata.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else {
                fs::read(&path).expect("content")
            };
            files.insert(path, (metadata.modified().expect("time"), content));
        }
    }
    files
}

#[test]
fn nothing_is_written_to_the_repository() {
    let scratch = with_history();
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "-A"]);
    // The index's times no longer fit the files: git itself would now write the index anew.
    scratch.write(
        "old.txt",
        fs::read(scratch.path().join("old.txt")).expect("content"),
    );
    let before = snapshot(&scratch.path());
    assert!(before.len() > 20);
    finds(&scratch, &["new.txt:1"]);
    scratch
        .keyward(&["git", "--staged", "-v", "--stats"])
        .expect(1);
    scratch.keyward(&["hook", "run", "pre-commit"]).expect(1);
    scratch.keyward(&["scan"]).expect(1);
    let after = snapshot(&scratch.path());
    for (path, state) in &before {
        assert_eq!(after.get(path), Some(state), "{} changed", path.display());
    }
    assert_eq!(before.len(), after.len(), "something was added");
}

#[cfg(unix)]
#[test]
fn no_program_that_the_configuration_names_is_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = with_history();
    scratch.write(".gitattributes", "*.txt filter=x diff=x merge=x\n");
    scratch.write("new.txt", line(2));
    scratch.write("clean.txt", "changed\n");
    scratch.git(&["add", "-A"]);
    let marker = scratch.path().join("../marker");
    let script = scratch.write(
        "../hooks/evil",
        format!("#!/bin/sh\ntouch '{}'\n", marker.display()),
    );
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("permissions");
    for hook in [
        "pre-commit",
        "post-index-change",
        "post-checkout",
        "reference-transaction",
    ] {
        fs::copy(&script, scratch.path().join("../hooks").join(hook)).expect("copy");
    }
    let program = script.to_str().expect("UTF-8");
    let hooks = script.parent().and_then(Path::to_str).expect("UTF-8");
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.gitProxy",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "merge.x.driver",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "credential.helper",
        "gpg.program",
    ] {
        scratch.git(&["config", key, program]);
    }
    scratch.git(&["config", "core.hooksPath", hooks]);
    scratch.git(&["config", "filter.x.required", "true"]);
    let _ = fs::remove_file(&marker);
    finds(&scratch, &["new.txt:1"]);
    scratch.keyward(&["git", "--staged"]).expect(1);
    scratch.keyward(&["hook", "run", "pre-commit"]).expect(1);
    scratch.keyward(&["scan", "-q"]).expect(1);
    scratch.keyward(&["hook", "status"]);
    assert!(!marker.exists(), "a program was run");
    // It is there to be run: git does.
    try_git(&scratch, &["diff", "--cached"], &[]);
    assert!(marker.exists(), "the test's own program does not work");
}

#[cfg(unix)]
#[test]
fn links_are_scanned_as_what_they_hold_and_odd_names_are_kept() {
    let scratch = with_history();
    std::os::unix::fs::symlink("/nowhere/at-all", scratch.path().join("link")).expect("link");
    scratch.write("spaced name\ttab\".txt", line(2));
    scratch.write("ünï/\u{1f511}.txt", line(3));
    scratch.git(&["add", "-A"]);
    let run = finds(
        &scratch,
        &["spaced name\ttab\".txt:1", "ünï/\u{1f511}.txt:1"],
    );
    assert_eq!(run.json()["coverage"]["blobs"], 3);
    let text = scratch.keyward(&["git", "--staged"]).expect(1).text();
    assert!(
        !text.contains('\t'),
        "a path reached the terminal unescaped: {text}"
    );
}

#[test]
fn other_rules_find_in_the_index_too() {
    let scratch = with_history();
    scratch.write("pay.py", format!("pay = '{}'\n", stripe(1)));
    scratch.git(&["add", "-A"]);
    let run = scratch.keyward(STAGED).expect(1);
    assert_eq!(run.places(), ["stripe-live-secret-key pay.py:1"]);
}

/// Numbers from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 += 1;
        let digits = body(self.0, 8, b"01234567");
        usize::from_str_radix(&digits, 8).expect("octal") % limit
    }
}

/// Every staged path whose blob differs from HEAD's, as git sees it.
fn oracle(scratch: &Scratch) -> BTreeSet<String> {
    let names = scratch.git(&[
        "diff",
        "--cached",
        "--name-only",
        "--no-renames",
        "--diff-filter=d",
        "-z",
    ]);
    let raw = scratch.git(&[
        "diff",
        "--cached",
        "--raw",
        "--no-renames",
        "--diff-filter=d",
        "--abbrev=40",
        "-z",
    ]);
    let same: BTreeSet<&str> = raw
        .split(':')
        .filter_map(|entry| {
            let (meta, path) = entry.split_once('\0')?;
            let ids: Vec<&str> = meta.split(' ').collect();
            (ids.get(2) == ids.get(3)).then(|| path.trim_end_matches('\0'))
        })
        .collect();
    names
        .split('\0')
        .filter(|name| !name.is_empty() && !same.contains(name))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_is_scanned_is_what_git_says_has_changed() {
    let mut exercised = (0, 0, 0);
    for seed in 1..=6_u64 {
        let mut numbers = Numbers(seed * 10_000);
        let mut next = seed * 1_000;
        let mut fresh = || {
            next += 1;
            next
        };
        let scratch = Scratch::repository();
        let folders = ["", "a/", "a/b/", "a-b/", "a.b/", "c/d/e/"];
        let mut head: BTreeMap<String, u64> = BTreeMap::new();
        for number in 0..14 {
            let path = format!("{}f{number}", folders[numbers.below(folders.len())]);
            head.insert(path, fresh());
        }
        for (path, number) in &head {
            scratch.write(path, line(*number));
        }
        scratch.commit("start");
        let mut index = head.clone();
        let mut modes = 0;
        for step in 0..10 {
            let paths: Vec<String> = index.keys().cloned().collect();
            let path = paths[numbers.below(paths.len())].clone();
            let target = format!("{}g{step}", folders[numbers.below(folders.len())]);
            match numbers.below(6) {
                0 => {
                    let number = fresh();
                    scratch.write(&target, line(number));
                    index.insert(target, number);
                }
                1 => {
                    let number = fresh();
                    scratch.write(&path, line(number));
                    index.insert(path, number);
                }
                2 => {
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    index.remove(&path);
                }
                3 => {
                    let number = index.remove(&path).expect("there");
                    scratch.write(&target, line(number));
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    index.insert(target, number);
                }
                4 => {
                    let number = fresh();
                    index.remove(&path);
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    let below = format!("{path}/below");
                    scratch.write(&below, line(number));
                    index.insert(below, number);
                }
                _ => {
                    scratch.git(&["add", "-A"]);
                    scratch.git(&["update-index", "--chmod=+x", &path]);
                    scratch.git(&["config", "core.fileMode", "false"]);
                    modes += 1;
                }
            }
            if step == 6 {
                // Gives the index its cache of trees, which spares whole folders.
                scratch.git(&["add", "-A"]);
                scratch.git(&["write-tree"]);
            }
        }
        scratch.git(&["add", "-A"]);
        // Dirt that the index does not know.
        scratch.write("a/untracked", line(fresh()));
        let changed = oracle(&scratch);
        let old: BTreeSet<u64> = head.values().copied().collect();
        let (moved, new): (Vec<&String>, Vec<&String>) =
            changed.iter().partition(|path| old.contains(&index[*path]));
        let expected: Vec<String> = new.iter().map(|path| at(&format!("{path}:1"))).collect();
        let run = scratch.keyward(STAGED).expect(i32::from(!new.is_empty()));
        let mut expected_sorted = expected;
        expected_sorted.sort();
        assert_eq!(run.places(), expected_sorted, "seed {seed}");
        assert_eq!(
            run.json()["coverage"]["blobs"],
            changed.len() as u64,
            "seed {seed}: {changed:?}"
        );
        exercised.0 += moved.len();
        exercised.1 += new.len();
        exercised.2 += modes;
    }
    assert!(
        exercised.0 > 2 && exercised.1 > 10 && exercised.2 > 2,
        "{exercised:?}"
    );
}
