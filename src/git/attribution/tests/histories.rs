//! Made-up histories, compared with what git says, and with what must come out.

use super::*;

/// Compares with git: loose arrangement of packs, packed anew, and on several threads.
fn check(repository: &Repository) -> Answers {
    let expected = oracle::answers(repository);
    let (found, faults) = answers(repository, 1);
    assert_eq!(found, expected);
    assert!(faults.is_empty(), "{faults:?}");
    repack(repository);
    for threads in [1, 4] {
        assert_eq!(
            answers(repository, threads).0,
            expected,
            "{threads} threads"
        );
    }
    found
}

/// Commits that bring a mark in, and where, by the numbers of the branches.
fn brought(repository: &Repository, answers: &Answers, mark: u32) -> Vec<(usize, String)> {
    let places = answers
        .introductions
        .iter()
        .filter(|place| place.0 == Mark(mark));
    let mut brought: Vec<_> = places
        .map(|(_, commit, path, ..)| {
            (
                number(repository, *commit),
                String::from_utf8_lossy(path).into_owned(),
            )
        })
        .collect();
    brought.sort();
    brought
}

/// The number of a commit, told by its time.
fn number(repository: &Repository, commit: ObjectId) -> usize {
    let shown = repository.git(&["log", "-1", "--format=%at", &commit.to_string()], b"");
    let time: usize = String::from_utf8_lossy(&shown)
        .trim()
        .parse()
        .expect("a time");
    (time - 1_600_000_000) / 60
}

fn at(list: &[(usize, &str)]) -> Vec<(usize, String)> {
    list.iter()
        .map(|&(commit, path)| (commit, path.to_owned()))
        .collect()
}

#[test]
fn line_of_changes() {
    for hash in BOTH {
        let mut stream = Stream::default();
        let c0 = stream.commit(&[], "start", &files(&[("a", "text"), ("d/b", "m1")]));
        // Edited, still there.
        let c1 = stream.commit(&[c0], "edit", &files(&[("a", "text"), ("d/b", "m1 more")]));
        // Renamed: a new place.
        let c2 = stream.commit(
            &[c1],
            "rename",
            &files(&[("a", "text"), ("e/f/c", "m1 more")]),
        );
        let c3 = stream.commit(&[c2], "remove", &files(&[("a", "text")]));
        let c4 = stream.commit(&[c3], "again", &files(&[("a", "m2"), ("d/b", "m1")]));
        let c5 = stream.commit(&[c4], "remove again", &files(&[("a", "m2 x")]));
        let repository = stream.import(hash, &[c5]);
        let answers = check(&repository);
        let places = at(&[(c0, "d/b"), (c2, "e/f/c"), (c4, "d/b")]);
        assert_eq!(brought(&repository, &answers, 1), places);
        assert_eq!(brought(&repository, &answers, 2), at(&[(c4, "a")]));
        let (first, last, removed) = answers.lives[&Mark(1)];
        let numbers = [first, last, removed].map(|id| id.map(|id| number(&repository, id)));
        assert_eq!(numbers, [Some(c0), Some(c4), Some(c5)]);
        assert_eq!(answers.lives[&Mark(2)].2, None);
        assert_eq!(
            answers.in_head,
            BTreeMap::from([(Mark(1), false), (Mark(2), true)])
        );
    }
}

#[test]
fn merges() {
    for hash in BOTH {
        let mut stream = Stream::default();
        let base = stream.commit(&[], "base", &files(&[("a", "text")]));
        let left = stream.commit(&[base], "left", &files(&[("a", "text"), ("l", "m1")]));
        let right = stream.commit(&[base], "right", &files(&[("a", "text"), ("d/r", "m2")]));
        // An evil merge: brings in a secret that neither side has, and moves another.
        let both = files(&[("a", "m3"), ("l", "m1"), ("d/r", "m2"), ("d/s", "m1")]);
        let merge = stream.commit(&[left, right], "merge", &both);
        // Criss-cross: the same parents the other way round, settled differently.
        let other = files(&[("a", "text"), ("l", "m1 m2"), ("d/r", "m2")]);
        let cross = stream.commit(&[right, left], "cross", &other);
        let third = stream.commit(&[base], "third", &files(&[("a", "m3 m4")]));
        let octopus = files(&[("a", "m3 m4"), ("l", "m1 m2"), ("d/r", "m2"), ("o", "m5")]);
        let octopus = stream.commit(&[merge, cross, third], "octopus", &octopus);
        let root = stream.commit(&[], "another root", &files(&[("l", "m1"), ("z", "m6")]));
        let joined = files(&[("z", "m6"), ("l", "m1")]);
        let joined = stream.commit(&[octopus, root], "joined", &joined);
        let repository = stream.import(hash, &[joined, cross, third]);
        let answers = check(&repository);
        let found = |mark| brought(&repository, &answers, mark);
        assert_eq!(found(1), at(&[(left, "l"), (merge, "d/s"), (root, "l")]));
        assert_eq!(found(2), at(&[(right, "d/r"), (cross, "l")]));
        assert_eq!(found(3), at(&[(merge, "a"), (third, "a")]));
        assert_eq!(found(4), at(&[(third, "a")]));
        assert_eq!(found(5), at(&[(octopus, "o")]));
        assert_eq!(
            answers.references[&Mark(5)],
            [format!("refs/heads/b{joined}")]
        );
        assert_eq!(answers.references[&Mark(4)].len(), 2);
        assert_eq!(
            answers.lives[&Mark(5)].2.map(|id| number(&repository, id)),
            Some(joined)
        );
    }
}

#[test]
fn files_and_folders_that_change_places() {
    let mut stream = Stream::default();
    let c0 = stream.commit(&[], "file", &files(&[("x", "m1"), ("y-n1", "")]));
    let c1 = stream.commit(&[c0], "folder", &files(&[("x/x", "m1"), ("y-n1/z", "m2")]));
    let c2 = stream.commit(&[c1], "file", &files(&[("x", "m1"), ("y-n1", "m2")]));
    let c3 = stream.commit(
        &[c2],
        "prefix",
        &files(&[("x", "m1"), ("x.y", "m1"), ("x-/a", "m1")]),
    );
    let repository = stream.import(HashKind::Sha1, &[c3]);
    let answers = check(&repository);
    let found = |mark| brought(&repository, &answers, mark);
    let places = at(&[(c0, "x"), (c1, "x/x"), (c2, "x"), (c3, "x-/a"), (c3, "x.y")]);
    assert_eq!(found(1), places);
    assert_eq!(found(2), at(&[(c1, "y-n1/z"), (c2, "y-n1")]));
    // The name stays, whatever bears it.
    assert_eq!(found(1001), at(&[(c0, "y-n1")]));
}

#[test]
fn names_links_and_submodules() {
    for hash in BOTH {
        let mut stream = Stream::default();
        let module = "1".repeat(hash.size() * 2);
        let mut tree = files(&[("dir-n1/file", "text"), ("d/key-n2.txt", "m2 text")]);
        tree.insert("d/link".into(), ("120000", "m7".into()));
        tree.insert("d/run".into(), ("100755", "m8".into()));
        tree.insert("d/module".into(), ("160000", module.clone()));
        tree.insert("d/module-n3".into(), ("160000", module));
        let c0 = stream.commit(&[], "names m9", &tree);
        tree.remove("d/key-n2.txt");
        let c1 = stream.commit(&[c0], "fewer", &tree);
        let repository = stream.import(hash, &[c1]);
        let answers = check(&repository);
        let found = |mark| brought(&repository, &answers, mark);
        assert_eq!(found(1001), at(&[(c0, "dir-n1")]));
        assert_eq!(found(1002), at(&[(c0, "d/key-n2.txt")]));
        assert_eq!(found(1003), at(&[(c0, "d/module-n3")]));
        assert_eq!(found(7), at(&[(c0, "d/link")]));
        assert_eq!(found(9), at(&[(c0, "")]));
        assert_eq!(
            answers.lives[&Mark(1002)]
                .2
                .map(|id| number(&repository, id)),
            Some(c1)
        );
    }
}

#[test]
fn dangling_commits_trees_and_blobs() {
    for hash in BOTH {
        let mut stream = Stream::default();
        let c0 = stream.commit(&[], "kept", &files(&[("a", "m1")]));
        let lost = stream.commit(&[c0], "lost m5", &files(&[("a", "m1"), ("b", "m2")]));
        let more = stream.commit(&[lost], "lost too", &files(&[("b", "m2 m3")]));
        let repository = stream.import(hash, &[c0]);
        let blob = |text: &[u8]| {
            let id = repository.git(&["hash-object", "-w", "--stdin"], text);
            String::from_utf8(id).expect("an id").trim().to_owned()
        };
        blob(b"m4 alone");
        let listed = format!("100644 blob {}\tnamed-n4\n", blob(b"m6"));
        let below = repository.git(&["mktree"], listed.as_bytes());
        let below = String::from_utf8_lossy(&below).trim().to_owned();
        let top = repository.git(
            &["mktree"],
            format!("040000 tree {below}\tdir\n").as_bytes(),
        );
        let top = ObjectId::from_hex(top.trim_ascii_end()).expect("an id");

        let mut expected = oracle::answers(&repository);
        let (found, faults) = answers(&repository, 2);
        assert!(faults.is_empty(), "{faults:?}");
        // git lists no trees that no commit leads to.
        let in_name = |lost: &&(Mark, ObjectId, Introduced)| lost.2 == Introduced::Name;
        expected
            .unreached
            .extend(found.unreached.iter().filter(in_name));
        let nothing = (None, None, None);
        expected.lives.insert(Mark(1004), nothing);
        expected.in_head.insert(Mark(1004), false);
        expected.references.insert(Mark(1004), Vec::new());
        assert_eq!(found, expected);
        let lost_marks: Vec<u32> = found.unreached.iter().map(|lost| lost.0.0).collect();
        assert_eq!(lost_marks, [4, 6, 1004]);
        assert_eq!(brought(&repository, &found, 3), at(&[(more, "b")]));
        assert_eq!(brought(&repository, &found, 5), at(&[(lost, "")]));
        assert!(found.references[&Mark(2)].is_empty());

        let faults = Faults::new();
        let store = ObjectStore::open(&repository.objects(), hash, &faults);
        let options = WalkOptions::default();
        let scanned = scan(&store, &options, &faults);
        let trees = read_trees(&store, &scanned.blobs, &InNames, &options, &faults);
        let unknown = ObjectId::from_bytes(&vec![7; hash.size()]).expect("an id");
        let questions = Questions {
            commit_marks: &[(unknown, Mark(77))],
            tips: &[Tip {
                commit: unknown,
                tag: 9,
            }],
            ..Questions::default()
        };
        let attribution = attribute(&scanned.commits, &trees, &questions, &faults);
        let places: Vec<_> = attribution
            .unreached()
            .iter()
            .map(|lost| (lost.mark.0, lost.place.clone()))
            .collect();
        let place = Some((top, b"dir/named-n4".to_vec().into_boxed_slice()));
        assert_eq!(
            places,
            [(4, None), (6, place.clone()), (77, None), (1004, place)]
        );
        assert_eq!(attribution.lost_tips(), [9]);
        assert_eq!(attribution.in_head(Mark(1)), None);
    }
}

#[test]
fn wanted_names_get_marks_later() {
    let mut stream = Stream::default();
    let c0 = stream.commit(
        &[],
        "one",
        &files(&[("wanted.txt", "text"), ("other", "text")]),
    );
    let tree = files(&[
        ("wanted.txt", "text m1"),
        ("d/wanted.txt", "text"),
        ("other", "text"),
        // Of one blob, under a name that is wanted in some folders only.
        ("in/some", "in a folder"),
        ("out/some", "elsewhere"),
        ("some", "at the top"),
        ("in/deeper/some", "deeper"),
        // Each name has folders of its own.
        ("apart/some", "where the other one is wanted"),
        ("in/another", "where some is wanted"),
        ("apart/another", "apart"),
    ]);
    let c1 = stream.commit(&[c0], "two", &tree);
    let repository = stream.import(HashKind::Sha1, &[c1]);
    repack(&repository);
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), HashKind::Sha1, &faults);
    let options = WalkOptions::default();
    let scanned = scan(&store, &options, &faults);
    let mut trees = read_trees(&store, &scanned.blobs, &InNames, &options, &faults);
    let wanted = trees.wanted(&InNames);
    let (some, others): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|(name, _)| name == b"some");
    let [(_, in_folder)] = &some[..] else {
        panic!("not the one in the folder alone: {some:?}");
    };
    let read = store.read(in_folder, &Limits::default());
    assert_eq!(read.expect("a blob").1, b"in a folder");
    let (another, wanted): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(name, _)| name == b"another");
    let [(_, apart)] = &another[..] else {
        panic!("not the one that stands apart alone: {another:?}");
    };
    let read = store.read(apart, &Limits::default());
    assert_eq!(read.expect("a blob").1, b"apart");
    assert_eq!(wanted.len(), 2);
    for (name, id) in &wanted {
        assert_eq!(name, b"wanted.txt");
        assert!(trees.mark(name, id, &[Mark(50)]));
        assert!(!trees.mark(b"other", id, &[Mark(51)]));
    }
    let questions = Questions::default();
    let attribution = attribute(&scanned.commits, &trees, &questions, &faults);
    let answers = comparable(&scanned.commits, &attribution, |_| Vec::new());
    let places = at(&[(c0, "wanted.txt"), (c1, "d/wanted.txt")]);
    assert_eq!(brought(&repository, &answers, 50), places);
    assert_eq!(brought(&repository, &answers, 1), at(&[(c1, "wanted.txt")]));
    assert_eq!(attribution.marks(), [Mark(1), Mark(50)]);
}

/// Counts objects that are stored as deltas.
#[derive(Default)]
struct Deltas(usize);

impl Visitor for Deltas {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _base: Option<(&(), &[Segment])>) {
        self.0 += usize::from(object.is_delta());
    }
}

#[test]
fn large_folders_stored_as_deltas() {
    for hash in BOTH {
        let mut stream = Stream::default();
        let mut tree = Files::new();
        for file in 0..40 {
            let content = if file % 4 == 0 {
                format!("m{file}")
            } else {
                format!("{file}")
            };
            tree.insert(format!("folder/file{file}"), ("100644", content.clone()));
            tree.insert(format!("folder/folder{}/f", file % 7), ("100644", content));
        }
        let mut last = stream.commit(&[], "many", &tree);
        for step in 0..24_usize {
            let file = step * 29 % 40;
            match step % 4 {
                0 => drop(tree.remove(&format!("folder/file{file}"))),
                1 => {
                    let name = format!("folder/file{file}-{step}");
                    tree.insert(name, ("100644", format!("m{}", step + 100)));
                }
                2 => {
                    let name = format!("folder/folder{}/f{step}", step % 7);
                    tree.insert(name, ("100644", format!("m{}", step % 40)));
                }
                _ => {
                    let name = format!("folder/file{file}");
                    tree.insert(name, ("100755", format!("changed m{file}")));
                }
            }
            last = stream.commit(&[last], "step", &tree);
        }
        let repository = stream.import(hash, &[last]);
        check(&repository);

        let faults = Faults::new();
        let store = ObjectStore::open(&repository.objects(), hash, &faults);
        let options = WalkOptions {
            kinds: Kinds::only(Kind::Tree),
            ..WalkOptions::default()
        };
        let walked = store.walk(&options, Deltas::default, &faults);
        assert!(walked.visitors[0].0 > 20, "{} deltas", walked.visitors[0].0);
    }
}
