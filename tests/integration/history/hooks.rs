//! The hooks at work in real pushes, on both ends, and what a working copy has that nobody else does.

#[cfg(unix)]
use std::fs;

use super::*;

/// Puts a hook that runs keyward into a repository's folder of hooks.
#[cfg(unix)]
fn hook(folder: &Path, name: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let keyward = binary();
    let keyward = keyward.to_str().expect("a path that is text");
    let script = format!("#!/bin/sh\nexec '{keyward}' hook run {name}\n");
    fs::create_dir_all(folder).expect("folder");
    let path = folder.join(name);
    fs::write(&path, script).expect("hook");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
}

/// A repository with a commit on a bare remote `origin`.
fn with_remote() -> Repository {
    let repository = Repository::new();
    repository.add("base.txt", line(1), "base");
    repository.git(&["clone", "-q", "--bare", ".", "../origin.git"]);
    repository.git(&["remote", "add", "origin", "../origin.git"]);
    repository.git(&["fetch", "-q", "origin"]);
    repository
}

/// The id of a reference of the remote; nothing without one.
#[cfg(unix)]
fn at_origin(repository: &Repository, reference: &str) -> String {
    let arguments = [
        "-C",
        "../origin.git",
        "rev-parse",
        "-q",
        "--verify",
        reference,
    ];
    let run = repository.try_git(&arguments, &[], b"");
    run.text().trim_end().to_owned()
}

/// Pushes, which must fail with a report of that token and change nothing.
#[cfg(unix)]
#[track_caller]
fn stopped(repository: &Repository, arguments: &[&str], seed: u64) {
    let references = || repository.git(&["-C", "../origin.git", "for-each-ref"]);
    let before = references();
    let run = repository.try_git(&[&["push", "origin"], arguments].concat(), &[], b"");
    let said = format!("{}{}", run.text(), run.stderr);
    assert_ne!(run.code, 0, "{arguments:?} passed:\n{said}");
    assert!(said.contains(TOKEN_RULE), "{said}");
    assert!(!said.contains("--no-verify"), "{said}");
    masked(&run, [seed]);
    assert_eq!(references(), before, "{arguments:?} changed the remote");
}

#[cfg(unix)]
#[track_caller]
fn passes(repository: &Repository, arguments: &[&str]) -> String {
    let run = repository.try_git(&[&["push", "origin"], arguments].concat(), &[], b"");
    let said = format!("{}{}", run.text(), run.stderr);
    assert_eq!(run.code, 0, "{arguments:?} failed:\n{said}");
    said
}

#[cfg(unix)]
#[test]
fn the_hook_stops_a_push_of_a_secret() {
    let repository = with_remote();
    hook(&repository.path().join(".git/hooks"), "pre-push");
    repository.add("clean.txt", "nothing\n", "clean");
    passes(&repository, &["main"]);
    assert_eq!(at_origin(&repository, "main"), repository.id("main"));

    repository.add("secret.txt", line(2), "secret");
    stopped(&repository, &["main"], 2);
    // Taken out in a further commit it would be pushed all the same.
    repository.remove("secret.txt", "gone");
    stopped(&repository, &["main"], 2);
    repository.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repository.commit("without");
    passes(&repository, &["main"]);
    assert_eq!(at_origin(&repository, "main"), repository.id("main"));
}

#[cfg(unix)]
#[test]
fn the_hook_stops_new_branches_tags_and_forced_pushes() {
    let repository = with_remote();
    hook(&repository.path().join(".git/hooks"), "pre-push");
    // What the remote has is nothing new on another branch.
    passes(&repository, &["main:refs/heads/copy"]);
    passes(&repository, &[":refs/heads/copy"]);

    repository.branch("topic");
    repository.add("secret.txt", line(2), "secret");
    stopped(&repository, &["topic"], 2);
    stopped(&repository, &["topic:main", "--force"], 2);
    stopped(&repository, &["--all"], 2);
    repository.checkout("main");
    passes(&repository, &["main"]);
    repository.git(&["tag", "-a", "-m", &token(3), "v1"]);
    stopped(&repository, &["v1"], 3);
    repository.git(&[
        "commit",
        "-q",
        "--amend",
        "--allow-empty",
        "-m",
        "base again",
    ]);
    passes(&repository, &["main", "--force"]);
}

/// The objects of a push that is refused stay in quarantine, and never reach the repository.
#[cfg(unix)]
#[test]
fn a_server_refuses_a_push_of_a_secret() {
    let repository = with_remote();
    let origin = repository.path().join("../origin.git");
    hook(&origin.join("hooks"), "pre-receive");
    repository.add("clean.txt", "nothing\n", "clean");
    passes(&repository, &["main"]);

    repository.add("secret.txt", line(2), "secret");
    let secret = repository.id("HEAD:secret.txt");
    stopped(&repository, &["main"], 2);
    let kept = repository.try_git(
        &["-C", "../origin.git", "cat-file", "-e", &secret],
        &[],
        b"",
    );
    assert_ne!(kept.code, 0, "the secret is kept");
    repository.remove("secret.txt", "gone");
    stopped(&repository, &["main"], 2);
    stopped(&repository, &["main:refs/heads/new"], 2);
    stopped(&repository, &["main:main", "HEAD~2:refs/heads/other"], 2);

    repository.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repository.commit("without");
    passes(&repository, &["main"]);
    passes(&repository, &["main:refs/heads/copy"]);
    passes(&repository, &[":refs/heads/copy"]);
    repository.git(&["tag", "-a", "-m", &token(3), "v1"]);
    stopped(&repository, &["v1"], 3);
    repository.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "again"]);
    passes(&repository, &["main", "--force"]);
}

#[cfg(unix)]
#[test]
fn a_server_refuses_the_first_push_of_a_secret() {
    let repository = Repository::new();
    repository.add("secret.txt", line(1), "secret");
    repository.remove("secret.txt", "gone");
    repository.git(&["init", "-q", "--bare", "../origin.git"]);
    repository.git(&["remote", "add", "origin", "../origin.git"]);
    let origin = repository.path().join("../origin.git");
    hook(&origin.join("hooks"), "pre-receive");
    stopped(&repository, &["main"], 1);
    assert_eq!(at_origin(&repository, "refs/heads/main"), "");
    repository.git(&["checkout", "-q", "--orphan", "clean"]);
    repository.add("clean.txt", "nothing\n", "clean");
    passes(&repository, &["clean"]);
}

/// Large pushes are kept as packs, small ones unpacked: both in quarantine.
#[cfg(unix)]
#[test]
fn a_server_reads_packs_and_loose_objects_in_quarantine() {
    for limit in ["1", "1000"] {
        let repository = with_remote();
        let origin = repository.path().join("../origin.git");
        repository.git(&[
            "-C",
            "../origin.git",
            "config",
            "receive.unpackLimit",
            limit,
        ]);
        hook(&origin.join("hooks"), "pre-receive");
        // A delta against what the server has already.
        let text = |last: &str| format!("{}{last}", "a line that stays the same\n".repeat(50));
        repository.add("long.txt", text(""), "long");
        passes(&repository, &["main"]);
        repository.add("long.txt", text(&line(2)), "secret");
        stopped(&repository, &["main"], 2);
    }
}

/// `keyward changes`: all that a working copy has and its remotes have not.
#[test]
fn changes_are_what_nobody_else_has() {
    let repository = with_remote();
    repository.write(".gitignore", "ignored.txt\n");
    repository.add("mixed.txt", "nothing\n", "clean");
    repository.git(&["push", "-q", "origin", "main"]);
    let changes = || {
        let arguments = ["changes", "-f", "json", "--show-secrets"];
        complete(repository.keyward(&arguments))
    };
    changes().expect(0);

    repository.add("unpushed.txt", line(2), "unpushed");
    repository.remove("unpushed.txt", "gone");
    repository.write("staged.txt", line(3));
    repository.git(&["add", "staged.txt"]);
    repository.write("staged.txt", "nothing\n");
    repository.write("mixed.txt", line(4));
    repository.write("untracked.txt", line(5));
    repository.write("ignored.txt", line(6));
    let run = changes().expect(1);
    assert_eq!(found(&run, 1..=6), [2, 3, 4, 5]);
    assert_eq!(
        repository.places(&run, &token(2)),
        ["blob unpushed.txt:1 unpushed"]
    );
    assert_eq!(repository.places(&run, &token(3)), ["index staged.txt:1"]);
    assert_eq!(repository.places(&run, &token(4)), ["file mixed.txt:1"]);
    assert_eq!(repository.places(&run, &token(5)), ["file untracked.txt:1"]);
    let run = repository.keyward(&["changes"]).expect(1);
    masked(&run, 1..=6);
}

#[test]
fn without_a_remote_every_commit_is_a_change() {
    let repository = Repository::new();
    let changes = || {
        let arguments = ["changes", "-f", "json", "--show-secrets"];
        complete(repository.keyward(&arguments))
    };
    changes().expect(0);
    repository.write("untracked.txt", line(1));
    assert_eq!(found(&changes(), 1..=2), [1]);
    repository.commit("one");
    repository.write("untracked.txt", line(2));
    assert_eq!(found(&changes(), 1..=2), [1, 2]);
}
