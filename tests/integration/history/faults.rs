//! Repositories that are damaged: the rest is found, what is not read is said, nothing is called clean, nothing crashes.

use std::fs;
use std::path::PathBuf;

use super::*;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

/// A repository with a token in a file of each commit. The files are so unlike that git makes no deltas of them.
fn with_tokens() -> Repository {
    let repository = Repository::new();
    for seed in SEEDS {
        let filler = crate::support::body(seed + 100, 400, b"abcdefghijklmnopqrstuvwxyz \n");
        let content = format!("{filler}\n{}{filler}", line(seed));
        repository.add(&format!("{seed}.txt"), content, &format!("commit {seed}"));
    }
    repository
}

/// The same in one pack; gives the pack's path.
fn packed() -> (Repository, PathBuf) {
    let repository = with_tokens();
    repository.git(&["repack", "-q", "-a", "-d", "--window=0"]);
    let folder = repository.path().join(".git/objects/pack");
    let mut files = fs::read_dir(folder).expect("packs").flatten();
    let pack = files.find(|entry| entry.path().extension().is_some_and(|e| e == "pack"));
    let pack = pack.expect("a pack").path();
    // git makes packs read-only.
    writable(&pack);
    writable(&pack.with_extension("idx"));
    (repository, pack)
}

#[allow(clippy::permissions_set_readonly_false)] // A scratch file that the test damages.
fn writable(path: &Path) {
    let mut permissions = fs::metadata(path).expect("a file").permissions();
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).expect("mode");
}

/// Where each object of a pack starts: offset to id, and the object's kind.
fn entries(repository: &Repository, pack: &Path) -> Vec<(usize, String, String)> {
    let path = pack.with_extension("idx");
    let listed = repository.git(&["verify-pack", "-v", path.to_str().expect("text")]);
    let mut entries: Vec<(usize, String, String)> = listed
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [id, kind @ ("blob" | "tree" | "commit"), _, _, offset] = words[..] else {
                return None;
            };
            Some((offset.parse().ok()?, id.to_owned(), kind.to_owned()))
        })
        .collect();
    entries.sort();
    entries
}

/// The loose file of an object.
fn loose(repository: &Repository, id: &str) -> PathBuf {
    let path = repository.path().join(".git/objects");
    path.join(&id[..2]).join(&id[2..])
}

#[test]
fn a_flipped_bit_in_a_pack_costs_one_object() {
    let (repository, pack) = packed();
    let id = repository.id("HEAD:3.txt");
    let entries = entries(&repository, &pack);
    let position = entries
        .iter()
        .position(|entry| entry.1 == id)
        .expect("an entry");
    let mut bytes = fs::read(&pack).expect("pack");
    let middle = usize::midpoint(entries[position].0, entries[position + 1].0);
    bytes[middle] ^= 0x10;
    fs::write(&pack, bytes).expect("written");
    let run = incomplete(repository.scan(&[]));
    assert_eq!(found(&run, SEEDS), [1, 2, 4, 5, 6, 7, 8]);
    skipped(&run, "corrupt", &id);
    let place = repository.places(&run, &token(4));
    assert!(place[0].starts_with("blob 4.txt:"), "{place:?}");
    assert!(place[0].ends_with(" commit 4"), "{place:?}");
}

#[test]
fn a_truncated_pack_gives_what_is_left_of_it() {
    let (repository, pack) = packed();
    let entries = entries(&repository, &pack);
    let blobs: Vec<&(usize, String, String)> =
        entries.iter().filter(|entry| entry.2 == "blob").collect();
    let cut = blobs[5].0 + 20;
    let ids: Vec<String> = SEEDS
        .map(|seed| repository.id(&format!("HEAD:{seed}.txt")))
        .collect();
    let bytes = fs::read(&pack).expect("pack");
    fs::write(&pack, &bytes[..cut]).expect("written");
    let run = incomplete(repository.scan(&[]));
    for (seed, id) in SEEDS.zip(&ids) {
        let entry = entries.iter().find(|entry| entry.1 == *id);
        let offset = entry.expect("an entry").0;
        let found = finding(&run, &token(seed)).is_some();
        assert_eq!(
            found,
            offset < blobs[5].0,
            "token {seed} at {offset} of {cut}"
        );
    }
    assert_eq!(found(&run, SEEDS).len(), 5);
    for length in [0, 1, 11, 12, 13, 40, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&pack, &bytes[..length]).expect("written");
        incomplete(repository.scan(&[]));
    }
}

/// Whatever bit flips: all is found, or the scan says that it is incomplete. Never less, and never a crash.
#[test]
fn no_flipped_bit_makes_a_false_clean() {
    let (repository, pack) = packed();
    let whole = fs::read(&pack).expect("pack");
    let index = pack.with_extension("idx");
    let whole_index = fs::read(&index).expect("index");
    let check = |what: String| {
        let run = repository.scan(&[]);
        assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
        match run.code {
            1 => assert_eq!(found(&run, SEEDS).len(), 8, "{what}"),
            2 => {}
            code => panic!("{what}: exit {code}"),
        }
    };
    let steps = 16;
    for step in 0..steps {
        let mut bytes = whole.clone();
        let at = step * (whole.len() - 1) / (steps - 1);
        bytes[at] ^= 1 << (step % 8);
        fs::write(&pack, bytes).expect("written");
        check(format!("bit {} of byte {at} of the pack", step % 8));
    }
    fs::write(&pack, &whole).expect("written");
    for step in 0..steps {
        let mut bytes = whole_index.clone();
        let at = step * (whole_index.len() - 1) / (steps - 1);
        bytes[at] ^= 1 << (step % 8);
        fs::write(&index, bytes).expect("written");
        check(format!("bit {} of byte {at} of the index", step % 8));
    }
}

#[test]
fn a_pack_without_its_index_is_named() {
    let (repository, pack) = packed();
    repository.add("loose.txt", line(9), "loose");
    fs::remove_file(pack.with_extension("idx")).expect("removed");
    let run = incomplete(repository.scan(&[]));
    assert_eq!(found(&run, [9]), [9]);
    let name = pack.file_stem().expect("a name").to_str().expect("text");
    let told = run.json()["coverage"]["incomplete"].to_string();
    assert!(told.contains(name), "{told}");
}

#[test]
fn an_index_that_is_garbage_is_named() {
    let (repository, pack) = packed();
    repository.add("loose.txt", line(9), "loose");
    let name = pack.file_stem().expect("a name").to_str().expect("text");
    for garbage in [
        &b""[..],
        b"not an index",
        b"\xfftOc\0\0\0\x02",
        &[0xFF; 2000],
    ] {
        fs::write(pack.with_extension("idx"), garbage).expect("written");
        let run = incomplete(repository.scan(&[]));
        assert_eq!(found(&run, [9]), [9]);
        let told = run.json()["coverage"]["incomplete"].to_string();
        assert!(told.contains(name), "{told}");
    }
}

#[test]
fn missing_objects_of_every_kind_are_named() {
    for (revision, lost) in [
        ("HEAD:3.txt", &[3][..]),
        ("HEAD~2^{tree}", &[]),
        ("HEAD~2", &[]),
        ("HEAD", &[]),
    ] {
        let repository = with_tokens();
        let id = repository.id(revision);
        fs::remove_file(loose(&repository, &id)).expect("a loose object");
        let run = incomplete(repository.scan(&[]));
        skipped(&run, "missing-object", &id);
        // The contents are there: nothing of them is lost with a commit or a tree.
        let left: Vec<u64> = SEEDS.filter(|seed| !lost.contains(seed)).collect();
        assert_eq!(found(&run, SEEDS), left, "{revision}");
        let run = repository.scan(&["--allow-incomplete"]).expect(1);
        assert_eq!(run.json()["summary"]["complete"], false);
    }
}

/// Of a blob that is missing, one tree says so in its own bytes and another by a copy from that one: which of them is
/// reached decides whether anything is missing.
#[test]
fn missing_blobs_are_told_by_reached_trees_even_where_these_copy_their_entries() {
    let repository = Repository::new();
    for number in 0..200 {
        repository.write(format!("{number:03}.txt"), format!("{number}\n"));
    }
    repository.git(&["add", "."]);
    repository.commit("many files");
    let kept = repository.id("HEAD:100.txt");
    repository.git(&["checkout", "-q", "-b", "dropped"]);
    // Longer than the other trees, so that git stores the others as deltas on it.
    repository.add("zz.txt", "only here\n", "one more");
    let dropped = repository.id("HEAD:zz.txt");
    let bottom = repository.id("HEAD^{tree}");
    repository.git(&["checkout", "-q", "-"]);
    repository.git(&["branch", "-q", "-D", "dropped"]);
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    let objects = repository.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objecttype) %(objectname)",
    ]);
    let trees: Vec<&str> = objects
        .lines()
        .filter_map(|line| line.strip_prefix("tree "))
        .collect();
    let folder = repository.path().join(".git/objects/pack/pack");
    let arguments = ["pack-objects", "-q", folder.to_str().expect("text")];
    let name = repository.git_with(&arguments, &[], trees.join("\n").as_bytes());
    for tree in &trees {
        fs::remove_file(loose(&repository, tree)).expect("a loose tree");
    }
    let index = repository
        .path()
        .join(format!(".git/objects/pack/pack-{}.idx", name.trim()));
    let listed = repository.git(&["verify-pack", "-v", index.to_str().expect("text")]);
    assert!(
        listed.lines().any(|line| line.ends_with(&bottom)),
        "git made no delta on the longest tree: {listed}"
    );

    complete(repository.scan(&[]));
    fs::remove_file(loose(&repository, &dropped)).expect("a loose blob");
    complete(repository.scan(&[]));
    fs::remove_file(loose(&repository, &kept)).expect("a loose blob");
    let run = incomplete(repository.scan(&[]));
    skipped(&run, "missing-object", &kept);
    let told = run.json()["coverage"]["incomplete"].to_string();
    assert!(!told.contains(&dropped), "{told}");
}

#[test]
fn loose_objects_that_are_damaged_are_named() {
    let repository = with_tokens();
    let id = repository.id("HEAD:3.txt");
    let path = loose(&repository, &id);
    writable(&path);
    let whole = fs::read(&path).expect("object");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for bytes in [&b""[..], b"not zlib", &whole[..whole.len() / 2], &flipped] {
        fs::write(&path, bytes).expect("written");
        let run = incomplete(repository.scan(&[]));
        assert_eq!(found(&run, SEEDS), [1, 2, 4, 5, 6, 7, 8]);
        skipped(&run, "corrupt", &id);
    }
}

#[test]
fn references_that_are_garbage_are_named() {
    let repository = with_tokens();
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    for (name, content) in [
        ("refs/heads/broken", "not an id\n".to_owned()),
        ("refs/heads/empty", String::new()),
        ("refs/tags/lost", format!("{}\n", "0123456789".repeat(4))),
        ("refs/heads/loop", "ref: refs/heads/loop\n".to_owned()),
    ] {
        let path = repository.write(format!(".git/{name}"), content);
        let run = incomplete(repository.scan(&[]));
        assert_eq!(found(&run, SEEDS).len(), 8, "{name}");
        let told = run.json()["coverage"]["incomplete"].to_string();
        assert!(
            told.contains(name) || told.contains("0123456789"),
            "{name}: {told}"
        );
        fs::remove_file(path).expect("removed");
    }
    complete(repository.scan(&[]));
}

#[test]
fn packed_references_that_are_garbage_are_named() {
    let repository = with_tokens();
    repository.git(&["branch", "side"]);
    repository.git(&["pack-refs", "--all"]);
    let path = repository.path().join(".git/packed-refs");
    let whole = fs::read_to_string(&path).expect("packed-refs");
    for garbage in ["garbage\n", "\0\0\0\n", "0123 refs/heads/x\n"] {
        fs::write(&path, format!("{whole}{garbage}")).expect("written");
        let run = incomplete(repository.scan(&[]));
        assert_eq!(found(&run, SEEDS).len(), 8, "{garbage:?}");
        let told = run.json()["coverage"]["incomplete"].to_string();
        assert!(told.contains("packed-refs"), "{told}");
    }
}

#[test]
fn a_history_that_is_damaged_is_never_clean() {
    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    repository.add("a.txt", "nothing at all\n", "two");
    complete(repository.scan(&[])).expect(0);
    let id = repository.id("HEAD~1:a.txt");
    fs::remove_file(loose(&repository, &id)).expect("a loose object");
    let run = incomplete(repository.scan(&[]));
    assert_eq!(run.json()["summary"]["findings"], 0);
    let run = repository.keyward(&["git"]).expect(2);
    let text = run.text();
    assert!(
        text.contains("incomplete: no secrets found in what was scanned"),
        "{text}"
    );
    assert!(text.contains(&id), "{text}");
}

/// What git keeps to be fast may be wrong: it is rubbish, but no reason to find less.
#[test]
fn helpers_of_git_that_are_garbage_cost_nothing() {
    let (repository, _) = packed();
    repository.git(&["multi-pack-index", "write", "--bitmap"]);
    repository.git(&["commit-graph", "write", "--reachable"]);
    for name in ["pack/multi-pack-index", "info/commit-graph"] {
        let path = repository.path().join(".git/objects").join(name);
        writable(&path);
        let whole = fs::read(&path).expect("a file");
        for garbage in [b"garbage".to_vec(), whole[..whole.len() / 2].to_vec()] {
            fs::write(&path, garbage).expect("written");
            let run = repository.scan(&[]);
            assert!(matches!(run.code, 1 | 2), "{run:?}");
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
            assert_eq!(found(&run, SEEDS).len(), 8, "{name}");
        }
        fs::write(&path, whole).expect("written");
    }
}

/// A reference that may not be read, and a repository of somebody else.
#[cfg(unix)]
mod another_user {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOBODY: [&str; 6] = [
        "setpriv",
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
    ];

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
    }

    /// A copy of the command where everybody may run it, and the words that make it run as another user; `None` where that
    /// is not possible, which is said.
    fn as_nobody(repository: &Repository) -> Option<PathBuf> {
        let above = repository.path().parent().expect("a folder").to_owned();
        mode(&above, 0o755);
        let probe = repository
            .command(NOBODY[0])
            .args(&NOBODY[1..])
            .arg("true")
            .output();
        if !probe.is_ok_and(|output| output.status.success()) {
            #[allow(clippy::print_stderr)] // A skip must be seen.
            {
                eprintln!("skipped: there is no way to become another user");
            }
            return None;
        }
        let copy = above.join("keyward");
        fs::copy(binary(), &copy).expect("copy");
        mode(&copy, 0o755);
        Some(copy)
    }

    fn run_as_nobody(repository: &Repository, program: &Path, trusted: bool) -> Run {
        let mut command = repository.command(NOBODY[0]);
        command.args(&NOBODY[1..]).arg(program).args(SCAN);
        if trusted {
            let path = repository.path();
            // Only the user's own configuration may say so.
            fs::write(
                path.with_file_name("home").join(".gitconfig"),
                format!("[safe]\n\tdirectory = {}\n", path.display()),
            )
            .expect("configuration");
        }
        repository.run(&mut command, b"")
    }

    #[test]
    fn a_repository_of_another_user_is_read_when_it_is_trusted() {
        let repository = Repository::new();
        repository.add("a.txt", line(1), "one");
        let Some(program) = as_nobody(&repository) else {
            return;
        };
        let run = run_as_nobody(&repository, &program, false);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("safe.directory"), "{run:?}");
        assert!(run.stdout.is_empty(), "{run:?}");
        let run = complete(run_as_nobody(&repository, &program, true));
        assert_eq!(found(&run, [1]), [1]);
    }

    #[test]
    fn what_may_not_be_read_is_named() {
        let repository = with_tokens();
        repository.branch("locked");
        repository.checkout("main");
        let Some(program) = as_nobody(&repository) else {
            return;
        };
        let reference = repository.path().join(".git/refs/heads/locked");
        mode(&reference, 0);
        let run = incomplete(run_as_nobody(&repository, &program, true));
        assert_eq!(found(&run, SEEDS).len(), 8);
        let told = run.json()["coverage"]["incomplete"].to_string();
        assert!(told.contains("refs/heads/locked"), "{told}");
        mode(&reference, 0o644);

        let id = repository.id("HEAD:3.txt");
        mode(&loose(&repository, &id), 0);
        let run = incomplete(run_as_nobody(&repository, &program, true));
        assert_eq!(found(&run, SEEDS), [1, 2, 4, 5, 6, 7, 8]);
        let told = run.json()["coverage"]["incomplete"].to_string();
        assert!(told.contains(&id) || told.contains(&id[2..]), "{told}");
    }
}
