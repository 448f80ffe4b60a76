//! Every kind and state of repository and index.

use std::fs;

use super::*;

#[test]
fn a_linked_worktree_has_its_own_index() {
    let scratch = with_history();
    scratch.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    scratch.write("../linked/sub/new.txt", line(2));
    scratch.git(&["-C", "../linked", "add", "-A"]);
    check(
        keyward_in(&scratch, "../linked", STAGED),
        &["sub/new.txt:1"],
    );
    check(
        keyward_in(&scratch, "../linked/sub", STAGED),
        &["sub/new.txt:1"],
    );
    check(
        scratch.keyward(&["git", "../linked", "--staged", "-f", "json"]),
        &["sub/new.txt:1"],
    );
    finds(&scratch, &[]);
}

#[test]
fn a_bare_repository_has_nothing_staged_and_says_so() {
    let scratch = with_history();
    scratch.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let run = keyward_in(&scratch, "../bare.git", &["git", "--staged"]);
    let run = run.expect(2);
    assert!(
        run.stderr.starts_with("error: ") && run.stderr.contains("bare"),
        "{run:?}"
    );
    let run = keyward_in(&scratch, "../bare.git", &["hook", "install"]).expect(2);
    assert!(
        run.stderr.starts_with("error: ") && run.stderr.contains("bare"),
        "{run:?}"
    );
}

#[test]
fn sha_256_repositories_are_read() {
    let scratch = Scratch::repository_with(&["--object-format=sha256"]);
    scratch.write("old.txt", line(1));
    scratch.write("sub/clean.txt", "clean\n");
    scratch.commit("start");
    finds(&scratch, &[]);
    scratch.write("sub/new.txt", line(2));
    scratch.write("old.txt", format!("more\n{}", line(1)));
    scratch.git(&["add", "-A"]);
    let run = finds(&scratch, &["sub/new.txt:1"]);
    assert_eq!(
        run.json()["scan"]["revision"].as_str().map(str::len),
        Some(64)
    );
}

#[test]
fn a_damaged_index_is_an_error_that_names_it() {
    let scratch = with_history();
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "-A"]);
    let path = scratch.path().join(".git/index");
    let whole = fs::read(&path).expect("index");
    let cut = whole[..whole.len() / 2].to_vec();
    let mut flipped = whole.clone();
    flipped[20] ^= 0x40;
    let mut version = whole.clone();
    version[7] = 9;
    for (name, bytes) in [
        ("garbage", b"not an index at all".to_vec()),
        ("empty", Vec::new()),
        ("cut", cut),
        ("version", version),
        ("flipped", flipped),
    ] {
        fs::write(&path, bytes).expect("write");
        let run = scratch.keyward(STAGED);
        assert_eq!(run.code, 2, "{name}: {run:?}");
        assert!(run.stderr.contains("index"), "{name}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{name}: {run:?}");
    }
    fs::write(&path, whole).expect("write");
    finds(&scratch, &["new.txt:1"]);
}

/// Deletes the loose object of a staged file.
fn lose_object(scratch: &Scratch, path: &str) -> String {
    let id = scratch
        .git(&["rev-parse", &format!(":{path}")])
        .trim()
        .to_owned();
    let file = scratch
        .path()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    fs::remove_file(&file).expect("a loose object");
    id
}

#[test]
fn a_missing_object_makes_the_scan_incomplete() {
    let scratch = with_history();
    scratch.write("a-lost.txt", line(2));
    scratch.write("b-here.txt", line(3));
    scratch.git(&["add", "-A"]);
    let id = lose_object(&scratch, "a-lost.txt");
    let incomplete = |run: &Run| {
        let json = run.json();
        let list = json["coverage"]["incomplete"]
            .as_array()
            .expect("list")
            .clone();
        assert_eq!(list.len(), 1, "{json}");
        assert_eq!(list[0]["subject"], "a-lost.txt");
        assert_eq!(list[0]["reason"], "missing-object");
        assert!(
            list[0]["detail"].as_str().expect("text").contains(&id),
            "{json}"
        );
        assert_eq!(json["summary"]["complete"], false);
    };
    let run = scratch.keyward(STAGED).expect(2);
    incomplete(&run);
    assert_eq!(run.places(), [at("b-here.txt:1")]);
    assert!(
        run.stderr.contains("incomplete") && run.stderr.contains("a-lost.txt"),
        "{run:?}"
    );

    let allowed = [STAGED, &["--allow-incomplete"]].concat();
    let run = scratch.keyward(&allowed).expect(1);
    incomplete(&run);
    scratch.git(&["rm", "-q", "--cached", "b-here.txt"]);
    scratch.keyward(STAGED).expect(2);
    let run = scratch.keyward(&allowed).expect(0);
    incomplete(&run);
}

#[test]
fn a_damaged_object_makes_the_scan_incomplete() {
    let scratch = with_history();
    scratch.write("damaged.txt", line(2));
    scratch.write("here.txt", line(3));
    scratch.git(&["add", "-A"]);
    let id = lose_object(&scratch, "damaged.txt");
    let file = scratch
        .path()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    fs::write(file, b"not zlib").expect("write");
    let run = scratch.keyward(STAGED).expect(2);
    assert_eq!(run.places(), [at("here.txt:1")]);
    assert_eq!(
        run.json()["coverage"]["incomplete"][0]["subject"],
        "damaged.txt"
    );
    assert_eq!(run.json()["coverage"]["incomplete"][0]["reason"], "corrupt");
}

#[test]
fn both_sides_of_a_conflict_are_scanned_and_its_base_is_not() {
    let scratch = Scratch::repository();
    scratch.write("file.txt", format!("base\n{}", line(1)));
    scratch.commit("base");
    scratch.git(&["checkout", "-q", "-b", "side"]);
    scratch.write("file.txt", format!("theirs\n\n{}", line(2)));
    scratch.commit("theirs");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.write("file.txt", format!("ours\n{}", line(3)));
    scratch.commit("ours");
    assert_eq!(try_git(&scratch, &["merge", "side"], &[]).code, 1);
    assert_eq!(scratch.git(&["ls-files", "-u"]).lines().count(), 3);
    // Ours is in HEAD; the base's secret is in neither side.
    finds(&scratch, &["file.txt:3"]);
    scratch.write("file.txt", format!("both\n{}{}", line(3), line(4)));
    scratch.git(&["add", "file.txt"]);
    finds(&scratch, &["file.txt:3"]);
}

/// A repository with folders `in` and `out`, the latter outside of a cone with a sparse index.
fn sparse() -> Scratch {
    let scratch = Scratch::repository();
    scratch.write("in/clean.txt", "clean\n");
    scratch.write("out/clean.txt", "clean\n");
    scratch.commit("start");
    scratch.write("out/deep/old.txt", line(1));
    scratch.commit("old");
    scratch.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(
        scratch
            .git(&["ls-files", "--sparse"])
            .lines()
            .any(|path| path == "out/")
    );
    scratch
}

#[test]
fn a_sparse_index_is_read() {
    let scratch = sparse();
    finds(&scratch, &[]);
    scratch.write("in/new.txt", line(2));
    scratch.git(&["add", "in/new.txt"]);
    finds(&scratch, &["in/new.txt:1"]);
}

#[test]
fn a_folder_that_the_sparse_index_holds_as_one_entry_is_compared() {
    let scratch = sparse();
    scratch.git(&["reset", "-q", "--soft", "HEAD~1"]);
    assert!(
        scratch
            .git(&["ls-files", "--sparse"])
            .lines()
            .any(|path| path == "out/")
    );
    let run = finds(&scratch, &["out/deep/old.txt:1"]);
    assert_eq!(run.json()["coverage"]["blobs"], 1);
}

#[test]
fn a_split_index_is_read() {
    let scratch = with_history();
    for number in 0..50 {
        scratch.write(format!("many/{number}.txt"), format!("{number}\n"));
    }
    scratch.commit("many");
    scratch.git(&["config", "splitIndex.maxPercentChange", "100"]);
    scratch.git(&["update-index", "--split-index"]);
    finds(&scratch, &[]);
    scratch.write("new.txt", line(2));
    scratch.write("many/7.txt", line(3));
    scratch.git(&["rm", "-q", "many/8.txt"]);
    scratch.git(&["add", "new.txt", "many/7.txt"]);
    let shared = fs::read_dir(scratch.path().join(".git"))
        .expect("folder")
        .flatten();
    assert!(
        shared.into_iter().any(|entry| entry
            .file_name()
            .to_string_lossy()
            .starts_with("sharedindex.")),
        "the index is not split"
    );
    let run = finds(&scratch, &["many/7.txt:1", "new.txt:1"]);
    assert_eq!(run.json()["coverage"]["blobs"], 2);
}

#[test]
fn index_version_4_is_read() {
    let scratch = with_history();
    scratch.git(&["update-index", "--index-version", "4"]);
    scratch.write("sub/deep/new.txt", line(2));
    scratch.write("sub/deeper/new.txt", line(3));
    scratch.git(&["add", "-A"]);
    let index = fs::read(scratch.path().join(".git/index")).expect("index");
    assert_eq!(index[..8], *b"DIRC\0\0\0\x04");
    finds(&scratch, &["sub/deep/new.txt:1", "sub/deeper/new.txt:1"]);
}
