//! The installed hook at work in real commits.

use super::*;

/// A repository with the hook in it.
#[cfg(unix)]
fn hooked() -> Scratch {
    let scratch = with_history();
    let run = scratch.keyward(&["hook", "install"]).expect(0);
    assert!(run.text().contains("installed: "), "{run:?}");
    scratch
}

#[cfg(unix)]
#[track_caller]
fn blocked(scratch: &Scratch, arguments: &[&str], secret: &str) {
    let before = scratch.git(&["rev-parse", "HEAD"]);
    let run = try_git(scratch, arguments, &[]);
    let said = format!("{}{}", run.text(), run.stderr);
    assert_ne!(run.code, 0, "{arguments:?} passed:\n{said}");
    assert_eq!(
        scratch.git(&["rev-parse", "HEAD"]),
        before,
        "{arguments:?} made a commit"
    );
    assert!(said.contains(TOKEN_RULE), "{said}");
    assert!(said.contains("SKIP=keyward"), "{said}");
    assert!(!said.contains("--no-verify"), "{said}");
    assert!(!said.contains(secret), "{said}");
}

#[cfg(unix)]
#[track_caller]
fn passes(scratch: &Scratch, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let before = scratch.git(&["rev-parse", "HEAD"]);
    let run = try_git(scratch, arguments, environment).expect(0);
    assert_ne!(
        scratch.git(&["rev-parse", "HEAD"]),
        before,
        "{arguments:?} made no commit"
    );
    format!("{}{}", run.text(), run.stderr)
}

#[cfg(unix)]
#[test]
fn the_hook_stops_a_commit_of_what_is_staged() {
    let scratch = hooked();
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "new.txt"]);
    blocked(&scratch, &["commit", "-q", "-m", "x"], &token(2));
    let said = passes(
        &scratch,
        &["commit", "-q", "-m", "x"],
        &[("SKIP", "other, keyward")],
    );
    assert!(said.contains("not scanned"), "{said}");
}

#[cfg(unix)]
#[test]
fn skipping_another_hook_does_not_skip_this_one() {
    let scratch = hooked();
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "new.txt"]);
    for value in ["", "flake8", "keyward-not", "notkeyward"] {
        let run = try_git(&scratch, &["commit", "-q", "-m", "x"], &[("SKIP", value)]);
        assert_eq!(run.code, 1, "SKIP={value}: {run:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_hook_lets_a_clean_commit_pass() {
    let scratch = hooked();
    scratch.write("new.txt", "no secret\n");
    scratch.write("untracked.txt", line(2));
    scratch.git(&["add", "new.txt"]);
    passes(&scratch, &["commit", "-q", "-m", "x"], &[]);
    scratch.write("old.txt", format!("first\n{}last words\n", line(1)));
    passes(&scratch, &["commit", "-q", "-a", "-m", "x"], &[]);
}

#[cfg(unix)]
#[test]
fn the_hook_sees_what_commit_all_adds() {
    let scratch = hooked();
    scratch.write("clean.txt", line(2));
    blocked(&scratch, &["commit", "-q", "-a", "-m", "x"], &token(2));
    passes(
        &scratch,
        &["commit", "-q", "-a", "-m", "x"],
        &[("SKIP", "keyward")],
    );
}

#[cfg(unix)]
#[test]
fn the_hook_sees_what_a_partial_commit_adds_and_nothing_else() {
    let scratch = hooked();
    scratch.write("clean.txt", line(2));
    scratch.write("sub/deep/clean.txt", "changed\n");
    blocked(
        &scratch,
        &["commit", "-q", "-m", "x", "--", "clean.txt"],
        &token(2),
    );
    scratch.git(&["add", "clean.txt"]);
    blocked(&scratch, &["commit", "-q", "-m", "x"], &token(2));
    // The secret is staged, but not in this commit.
    passes(
        &scratch,
        &["commit", "-q", "-m", "x", "--", "sub/deep/clean.txt"],
        &[],
    );
    finds(&scratch, &["clean.txt:1"]);
    // From a folder below, git still runs hooks at the top.
    let mut command = scratch.command("git");
    command
        .args(["commit", "-q", "-m", "x", "--", "../clean.txt"])
        .current_dir(scratch.path().join("sub"));
    let run = scratch.run(&mut command, b"");
    assert_eq!(run.code, 1, "{run:?}");
    passes(
        &scratch,
        &["commit", "-q", "-m", "x", "--", "clean.txt"],
        &[("SKIP", "keyward")],
    );
}

#[cfg(unix)]
#[test]
fn the_hook_works_in_a_linked_worktree() {
    let scratch = hooked();
    scratch.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    scratch.write("../linked/new.txt", line(2));
    scratch.git(&["-C", "../linked", "add", "new.txt"]);
    let run = try_git(
        &scratch,
        &["-C", "../linked", "commit", "-q", "-m", "x"],
        &[],
    );
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        format!("{}{}", run.text(), run.stderr).contains(TOKEN_RULE),
        "{run:?}"
    );
    let run = try_git(
        &scratch,
        &["-C", "../linked", "commit", "-q", "-m", "x"],
        &[("SKIP", "keyward")],
    );
    assert_eq!(run.code, 0, "{run:?}");
}
