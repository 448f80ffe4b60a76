//! Every kind of repository: where its objects and references are kept, and what of them is not there.

use std::fs;

use super::*;

#[test]
fn a_bare_clone() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.remove("a.txt", "two");
    repository.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    for run in [
        repository.scan_in("../bare.git", &[]),
        repository.scan(&["../bare.git"]),
    ] {
        let run = complete(run);
        assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);
    }
}

#[test]
fn a_folder_in_the_repository_stands_for_all_of_it() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.add("sub/deep/b.txt", line(2), "two");
    let expected = complete(repository.scan(&[]));
    for run in [
        repository.scan_in("sub/deep", &[]),
        repository.scan(&["sub"]),
        repository.scan_in(".git", &[]),
    ] {
        assert_eq!(
            complete(run).json()["findings"],
            expected.json()["findings"]
        );
    }
}

/// The head of a linked worktree holds what no branch does.
#[test]
fn a_linked_worktree() {
    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    repository.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    repository.write("../linked/b.txt", line(1));
    repository.git(&["-C", "../linked", "add", "-A"]);
    repository.git(&["-C", "../linked", "commit", "-q", "-m", "detached"]);
    for run in [repository.scan(&[]), repository.scan_in("../linked", &[])] {
        let run = complete(run);
        assert_eq!(
            repository.places(&run, &token(1)),
            ["blob b.txt:1 detached"]
        );
    }
    let run = complete(repository.scan(&["--no-unreachable"]));
    assert_eq!(found(&run, [1]), [1], "its HEAD is a reference");
}

#[test]
fn a_repository_of_sha_256() {
    let repository = Repository::with(&["--object-format=sha256"]);
    repository.add("a.txt", line(1), "one");
    let gone = repository.remove("a.txt", "two");
    repository.commit(&format!("three\n\n{}", token(2)));
    repository.git(&["tag", "-a", "-m", &token(3), "v1"]);
    repository.object("blob", line(4));
    let check = || {
        let run = complete(repository.scan(&[]));
        assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);
        assert_eq!(exposure(&run, &token(1))["removed_in"]["id"], gone.as_str());
        assert_eq!(gone.len(), 64);
        assert_eq!(found(&run, 1..=4), [1, 2, 3, 4]);
    };
    check();
    repository.git(&["repack", "-q", "-a", "-d", "-k"]);
    check();
}

#[test]
fn objects_of_alternates() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.object("blob", line(2));
    repository.git(&["clone", "-q", "--shared", ".", "../shared"]);
    repository.git(&["clone", "-q", "--shared", "../shared", "../twice"]);
    repository.write("../twice/b.txt", line(3));
    repository.git(&["-C", "../twice", "add", "-A"]);
    repository.git(&["-C", "../twice", "commit", "-q", "-m", "two"]);
    let run = complete(repository.scan_in("../twice", &[]));
    assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);
    assert_eq!(found(&run, 1..=3), [1, 2, 3]);
}

#[test]
fn alternates_that_are_gone() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.git(&["clone", "-q", "--shared", ".", "../shared"]);
    repository.write("../shared/b.txt", line(2));
    repository.git(&["-C", "../shared", "add", "-A"]);
    repository.git(&["-C", "../shared", "commit", "-q", "-m", "two"]);
    let objects = repository.path().join(".git/objects");
    fs::rename(&objects, objects.with_file_name("moved")).expect("renamed");
    let run = incomplete(repository.scan_in("../shared", &[]));
    assert_eq!(found(&run, 1..=2), [2]);
}

/// Replacement is for the eyes: what is stored, is.
#[test]
fn replaced_objects_are_scanned_as_stored() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    let secret = repository.id("HEAD:a.txt");
    let clean = repository.object("blob", "nothing\n");
    repository.git(&["replace", &secret, &clean]);
    let shown = repository.git(&["show", "HEAD:a.txt"]);
    assert_eq!(shown, "nothing");
    let run = complete(repository.scan(&[]));
    assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);

    // The other way round the secret is one of the replacement.
    let clean = repository.object("blob", "also nothing\n");
    let secret = repository.object("blob", line(2));
    repository.git(&["replace", &clean, &secret]);
    assert_eq!(found(&complete(repository.scan(&[])), 1..=2), [1, 2]);
}

/// Grafts and replaced commits bend who is whose parent; what is stored, counts.
#[test]
fn grafts_hide_nothing() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.remove("a.txt", "two");
    let three = repository.add("b.txt", "nothing\n", "three");
    fs::create_dir_all(repository.path().join(".git/info")).expect("folder");
    repository.write(".git/info/grafts", format!("{three}\n"));
    let shown = repository.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(shown, "1");
    let run = complete(repository.scan(&["--no-unreachable"]));
    assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);
    let run = complete(repository.scan(&["--branch", "main"]));
    assert_eq!(found(&run, [1]), [1]);
}

/// Where the source is, as an address: a plain path would be cloned by linking.
fn address(repository: &Repository) -> String {
    format!("file://{}", repository.path().display())
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.remove("a.txt", "two");
    let three = repository.add("b.txt", line(2), "three");
    repository.git(&[
        "clone",
        "-q",
        "--depth=1",
        &address(&repository),
        "../shallow",
    ]);
    let run = incomplete(repository.scan_in("../shallow", &[]));
    assert_eq!(found(&run, 1..=2), [2]);
    assert_eq!(repository.places(&run, &token(2)), ["blob b.txt:1 three"]);
    skipped(&run, "shallow", &three);
    assert!(run.stderr.contains("incomplete"), "{}", run.stderr);
    let run = repository
        .scan_in("../shallow", &["--allow-incomplete"])
        .expect(1);
    assert_eq!(run.json()["summary"]["complete"], false);

    // Nothing found is not clean either.
    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    repository.add("b.txt", "nothing\n", "two");
    repository.git(&[
        "clone",
        "-q",
        "--depth=1",
        &address(&repository),
        "../shallow",
    ]);
    incomplete(repository.scan_in("../shallow", &[]));
}

#[test]
fn a_partial_clone_is_not_completed_behind_ones_back() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.add("a.txt", line(2), "two");
    repository.commit(&format!("three\n\n{}", token(3)));
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    repository.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let old = repository.id("HEAD~2:a.txt");
    let arguments = [
        "clone",
        "-q",
        "--filter=blob:none",
        &address(&repository),
        "../partial",
    ];
    repository.git(&arguments);
    let objects = repository.path().join("../partial/.git/objects");
    let before = files_below(&objects);
    let run = incomplete(repository.scan_in("../partial", &[]));
    assert_eq!(
        found(&run, 1..=3),
        [2, 3],
        "what is checked out, and messages"
    );
    skipped(&run, "missing-object", &old);
    assert_eq!(files_below(&objects), before, "something was fetched");
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.display().to_string());
            }
        }
    }
    files.sort();
    files
}

#[test]
fn references_that_are_packed() {
    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    repository.branch("side");
    repository.add("b.txt", line(1), "two");
    repository.git(&["tag", "-a", "-m", &token(2), "v1"]);
    repository.git(&["branch", &format!("key-{}", token(3))]);
    repository.checkout("main");
    repository.git(&["branch", "-q", "loose"]);
    repository.git(&["pack-refs", "--all"]);
    repository.git(&["branch", "-q", "-f", "loose", "side"]);
    let run = complete(repository.scan(&["--no-unreachable"]));
    assert_eq!(found(&run, 1..=3), [1, 2, 3]);
    let exposure = exposure(&run, &token(1));
    assert_eq!(exposure["reference_count"], 4, "{exposure:#}");
    let names = exposure["references"].to_string();
    for name in ["refs/heads/loose", "refs/heads/side", "refs/tags/v1"] {
        assert!(names.contains(name), "{names}");
    }
    assert!(!names.contains(&token(3)), "{names}");
}

/// The newer store of references is read, or its being there is said: never nothing at all.
#[test]
fn references_in_tables() {
    let repository = Scratch::folder();
    let mut init = repository.command("git");
    init.args(["init", "-q", "-b", "main", "--ref-format=reftable"]);
    if repository.run(&mut init, b"").code != 0 {
        #[allow(clippy::print_stderr)] // A skip must be seen.
        {
            eprintln!("skipped: this git has no reftable");
        }
        return;
    }
    repository.write("a.txt", line(1));
    repository.commit("one");
    repository.git(&["branch", &format!("key-{}", token(2))]);
    let run = repository.keyward(SCAN);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    if run.code == 1 {
        assert_eq!(found(&complete(run), 1..=2), [1, 2]);
    } else {
        assert_eq!(run.code, 2, "{run:?}");
        let said = format!("{}{}", run.text(), run.stderr);
        assert!(said.contains("reftable"), "{said}");
    }
}

#[test]
fn submodules_are_scanned_when_asked_for() {
    let library = Repository::new();
    library.add("inner/secret.txt", line(1), "inner");
    library.remove("inner/secret.txt", "no inner");
    let inner = library.id("HEAD~1");

    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    let address = library.path().display().to_string();
    repository.git(&["submodule", "--quiet", "add", &address, "vendor/library"]);
    repository.commit("two");

    let run = complete(repository.scan(&[])).expect(0);
    assert_eq!(run.json()["coverage"]["skipped"]["submodule"], 1);
    let run = complete(repository.scan(&["--submodules"])).expect(1);
    let place = finding(&run, &token(1)).expect("a finding")["locations"][0].clone();
    assert_eq!(place["path"], "vendor/library/inner/secret.txt");
    assert_eq!(place["history"]["commit"]["id"], inner.as_str());
}

/// Several packs, loose objects beside them, and the same objects in more than one of them.
#[test]
fn many_packs_and_loose_objects() {
    let repository = Repository::new();
    for seed in 1..=6 {
        let message = format!("commit {seed}");
        repository.add(&format!("{seed}.txt"), line(seed), &message);
        if seed % 2 == 0 {
            repository.git(&["repack", "-q", "-d"]);
        }
    }
    repository.add("7.txt", line(7), "commit 7");
    let check = |packs: &str| {
        let objects = repository.git(&["count-objects", "-v"]);
        assert!(objects.contains(packs), "{objects}");
        let run = complete(repository.scan(&[]));
        for seed in 1..=7 {
            let expected = format!("blob {seed}.txt:1 commit {seed}");
            assert_eq!(repository.places(&run, &token(seed)), [expected]);
        }
        run.json()["coverage"]["blobs"].clone()
    };
    let blobs = check("packs: 3");
    repository.git(&["repack", "-q", "-a"]);
    assert_eq!(check("packs: 4"), blobs, "an object was counted twice");
}
