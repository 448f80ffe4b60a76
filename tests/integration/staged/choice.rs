//! Which index is scanned, from where, and which of its files.

use std::fs;

use super::*;

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
