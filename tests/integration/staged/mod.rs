//! The index against HEAD: `keyward git --staged`, and the hook that runs it.
//!
//! Here what is new in the index and what is not; in files of their own which index and files are taken (`choice`), that git
//! agrees (`oracle`), every kind of repository (`repositories`), that nothing is changed or run (`untouched`), and the
//! installed hook (`hook`).

mod choice;
mod hook;
mod oracle;
mod repositories;
mod untouched;

use std::fs;
use std::path::Path;

use crate::support::{Run, Scratch, TOKEN_RULE, binary, stripe, token};

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
