//! Trees and commits that are missing, broken or hostile.

use std::time::{Duration, Instant};

use super::*;

/// What a test looks at: all answers, the faults, and whether something was cut.
fn run(repository: &Repository, bounds: Bounds) -> (Answers, Vec<String>, bool) {
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
    let options = WalkOptions::default();
    let scanned = scan(&store, &options, &faults);
    let trees = read_trees(&store, &scanned.blobs, &InNames, &options, &faults);
    let questions = Questions {
        commit_marks: &scanned.messages,
        bounds,
        ..Questions::default()
    };
    let attribution = attribute(&scanned.commits, &trees, &questions, &faults);
    let answers = comparable(&scanned.commits, &attribution, |_| Vec::new());
    let faults = faults
        .into_sorted()
        .iter()
        .map(ToString::to_string)
        .collect();
    (answers, faults, attribution.is_cut())
}

fn places(answers: &Answers) -> Vec<(u32, String)> {
    let places = answers.introductions.iter();
    places
        .map(|(mark, _, path, ..)| (mark.0, String::from_utf8_lossy(path).into_owned()))
        .collect()
}

fn at(list: &[(u32, &str)]) -> Vec<(u32, String)> {
    list.iter()
        .map(|&(mark, path)| (mark, path.to_owned()))
        .collect()
}

/// Runs git for one id.
fn id(repository: &Repository, arguments: &[&str], input: &[u8]) -> String {
    String::from_utf8(repository.git(arguments, input))
        .expect("an id")
        .trim()
        .to_owned()
}

fn blob(repository: &Repository, text: &str) -> String {
    id(
        repository,
        &["hash-object", "-w", "--stdin"],
        text.as_bytes(),
    )
}

/// A tree of these entries, written as they are.
fn tree(repository: &Repository, entries: &[(&str, &str, &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        let id = ObjectId::from_hex(id.as_bytes()).expect("an id");
        bytes.extend_from_slice(id.as_bytes());
    }
    raw_tree(repository, &bytes)
}

fn raw_tree(repository: &Repository, bytes: &[u8]) -> String {
    id(
        repository,
        &["hash-object", "-t", "tree", "--literally", "-w", "--stdin"],
        bytes,
    )
}

fn commit(repository: &Repository, tree: &str, parents: &[&str]) -> String {
    let mut arguments = vec!["commit-tree", tree, "-m", "message"];
    for parent in parents {
        arguments.extend(["-p", *parent]);
    }
    id(repository, &arguments, b"")
}

fn file(repository: &Repository, id: &str) -> std::path::PathBuf {
    repository.objects().join(&id[..2]).join(&id[2..])
}

#[test]
fn missing_trees_are_faults_and_hold_nothing() {
    for hash in BOTH {
        let repository = Repository::new(hash);
        let secret = blob(&repository, "m1");
        let lost = tree(&repository, &[("100644", "b", &secret)]);
        let kept = tree(&repository, &[("100644", "c", &secret)]);
        let root = tree(&repository, &[("40000", "d", &lost), ("40000", "e", &kept)]);
        let lost_root = tree(&repository, &[("100644", "x", &secret)]);
        let first = commit(&repository, &root, &[]);
        commit(&repository, &lost_root, &[&first]);
        std::fs::remove_file(file(&repository, &lost)).expect("removed");
        std::fs::remove_file(file(&repository, &lost_root)).expect("removed");
        let (answers, faults, cut) = run(&repository, Bounds::default());
        assert_eq!(places(&answers), at(&[(1, "e/c")]));
        let mut expected = [lost, lost_root].map(|id| format!("{id}: missing object"));
        expected.sort();
        assert_eq!(faults, expected);
        assert!(!cut);
    }
}

#[test]
fn broken_trees_hold_what_stands_before_the_break() {
    let repository = Repository::new(HashKind::Sha1);
    let secret = blob(&repository, "m1");
    let unreadable = tree(&repository, &[("100644", "never", &secret)]);
    let mut bytes = b"100644 a\0".to_vec();
    bytes.extend_from_slice(
        ObjectId::from_hex(secret.as_bytes())
            .expect("an id")
            .as_bytes(),
    );
    bytes.extend_from_slice(b"100644 cut short\0 ...");
    let cut_short = raw_tree(&repository, &bytes);
    let entries = [
        ("40000", "d", &*cut_short),
        ("40000", "e", &unreadable),
        ("100644", "f", &secret),
    ];
    let root = tree(&repository, &entries);
    commit(&repository, &root, &[]);
    let path = file(&repository, &unreadable);
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&path, b"no zlib stream").expect("written");
    let (answers, faults, _) = run(&repository, Bounds::default());
    assert_eq!(places(&answers), at(&[(1, "d/a"), (1, "f")]));
    assert!(faults.contains(&format!(
        "{cut_short}: not a tree: an entry is cut short or has no mode"
    )));
    assert!(faults.iter().any(|fault| fault.starts_with(&unreadable)));
}

#[test]
fn modes_are_octal_numbers_up_to_the_space() {
    let repository = Repository::new(HashKind::Sha1);
    let secret = blob(&repository, "m1");
    let below = tree(
        &repository,
        &[
            ("0100644", "a", &secret),
            ("100664", "b", &secret),
            ("0", "c", &secret),
        ],
    );
    let module = ("160000", "m", &*secret);
    let root = tree(
        &repository,
        &[("040000", "d", &below), module, ("120000", "s", &secret)],
    );
    commit(&repository, &root, &[]);
    let (answers, faults, _) = run(&repository, Bounds::default());
    assert_eq!(
        places(&answers),
        at(&[(1, "d/a"), (1, "d/b"), (1, "d/c"), (1, "s")])
    );
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn names_given_twice() {
    let repository = Repository::new(HashKind::Sha1);
    let (one, two) = (blob(&repository, "m1"), blob(&repository, "m2"));
    let below = tree(&repository, &[("100644", "b", &two)]);
    let root = tree(
        &repository,
        &[
            ("100644", "a", &one),
            ("100644", "a", &two),
            ("40000", "a", &below),
        ],
    );
    let first = commit(&repository, &root, &[]);
    let root = tree(&repository, &[("100644", "a", &two), ("100644", "a", &two)]);
    commit(&repository, &root, &[&first]);
    let (answers, ..) = run(&repository, Bounds::default());
    assert_eq!(places(&answers), at(&[(1, "a"), (2, "a"), (2, "a/b")]));
}

#[test]
fn shallow_history() {
    let repository = Repository::new(HashKind::Sha1);
    let secret = blob(&repository, "m1");
    let root = tree(&repository, &[("100644", "a", &secret)]);
    let gone = commit(&repository, &root, &[]);
    let boundary = commit(&repository, &root, &[&gone]);
    std::fs::remove_file(file(&repository, &gone)).expect("removed");
    let (answers, faults, _) = run(&repository, Bounds::default());
    assert_eq!(places(&answers), at(&[(1, "a")]));
    assert!(faults.is_empty(), "{faults:?}");

    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), HashKind::Sha1, &faults);
    let commits = scan(&store, &WalkOptions::default(), &faults).commits;
    let gone = ObjectId::from_hex(gone.as_bytes()).expect("an id");
    let boundary = ObjectId::from_hex(boundary.as_bytes()).expect("an id");
    let number = commits.find(&boundary).expect("it is there");
    assert_eq!(commits.all_missing_parents(), [(number, gone)]);
    assert_eq!(commits.missing_parents(number).collect::<Vec<_>>(), [gone]);
    assert!(commits.parents(number).is_empty());
    assert_eq!(commits.find(&gone), None);
}

/// Trees that name one another many times over: more paths than anyone can list.
#[test]
fn paths_without_number() {
    let repository = Repository::new(HashKind::Sha1);
    let bomb = |text: &str| {
        let mut below = tree(&repository, &[("100644", "f", &blob(&repository, text))]);
        for _ in 0..40 {
            below = tree(
                &repository,
                &[("40000", "a", &below), ("40000", "b", &below)],
            );
        }
        below
    };
    let first = commit(&repository, &bomb("m1"), &[]);
    // Another mark is gone below all these paths: nothing is brought in, and that has to be found out.
    let second = commit(&repository, &bomb("m1 m2"), &[&first]);
    commit(&repository, &bomb("m1"), &[&second]);
    let bounds = Bounds {
        steps: 100_000,
        introductions: 1000,
        path_bytes: 50_000,
        ..Bounds::default()
    };
    let start = Instant::now();
    let (answers, faults, cut) = run(&repository, bounds);
    assert!(cut);
    assert!(faults.is_empty());
    assert!((100..=1000).contains(&answers.introductions.len()));
    assert!(start.elapsed() < Duration::from_secs(20));
    // What needs no paths is still right.
    assert!(answers.lives[&Mark(2)].1.is_some() && answers.lives[&Mark(2)].2.is_some());
}

#[test]
fn folders_in_folders_in_folders() {
    let depth = 5000;
    let mut stream = Stream::default();
    let deep = "d/".repeat(depth) + "f";
    let only = stream.commit(&[], "deep", &files(&[(&deep, "m1"), ("d/g", "m2")]));
    let repository = stream.import(HashKind::Sha1, &[only]);
    let (answers, faults, cut) = run(&repository, Bounds::default());
    assert_eq!(places(&answers), at(&[(2, "d/g")]));
    assert!(cut && faults.is_empty());
    let bounds = Bounds {
        depth: depth + 1,
        ..Bounds::default()
    };
    let (answers, _, cut) = run(&repository, bounds);
    assert_eq!(places(&answers), at(&[(1, &deep), (2, "d/g")]));
    assert!(!cut);
}

/// Ids that are not the hashes of what is stored under them can make circles.
#[test]
fn circles() {
    let repository = Repository::new(HashKind::Sha1);
    let (this, that, own) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
    let secret = blob(&repository, "m1");
    let rename = |from: &str, to: &str| {
        let to = file(&repository, to);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        std::fs::rename(file(&repository, from), to).expect("renamed");
    };
    rename(
        &tree(
            &repository,
            &[("40000", "d", &that), ("100644", "f", &secret)],
        ),
        &this,
    );
    rename(
        &tree(
            &repository,
            &[("40000", "e", &this), ("100644", "g", &secret)],
        ),
        &that,
    );
    let root = tree(&repository, &[("40000", "c", &this)]);
    let text = format!(
        "tree {root}\nparent {own}\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n\nm9\n"
    );
    let arguments = [
        "hash-object",
        "-t",
        "commit",
        "--literally",
        "-w",
        "--stdin",
    ];
    rename(&id(&repository, &arguments, text.as_bytes()), &own);
    let (answers, faults, cut) = run(&repository, Bounds::default());
    assert!(faults.is_empty(), "{faults:?}");
    // The commit is its own parent: it brings in nothing but its message.
    assert_eq!(places(&answers), at(&[(9, "")]));
    assert!(!cut);
    assert_eq!(
        answers.lives[&Mark(1)].1.map(|id| id.to_string()),
        Some(own)
    );

    let first = commit(&repository, &root, &[]);
    let (answers, ..) = run(&repository, Bounds::default());
    assert_eq!(places(&answers), at(&[(1, "c/d/g"), (1, "c/f"), (9, "")]));
    assert_eq!(
        answers.lives[&Mark(1)].0.map(|id| id.to_string()),
        Some(first)
    );
}
