//! One token in each place where git keeps things: all are found, and said to be where they are.

use super::*;

/// What is planted: the seed of the token, where the report must say it is, and from where it can be reached.
type Planted = (u64, String, &'static str);

const REFERENCE: &str = "reference";
const REFLOG: &str = "reflog";
const DANGLING: &str = "dangling";

/// A repository with everything in it.
struct Everything {
    repository: Repository,
    planted: Vec<Planted>,
}

impl Everything {
    fn new() -> Self {
        let mut everything = Self {
            repository: Repository::new(),
            planted: Vec::new(),
        };
        everything
            .repository
            .add("tracked.txt", "nothing\n", "start");
        everything.contents();
        everything.names();
        everything.merges();
        everything.commits();
        everything.tags();
        everything.notes_and_stashes();
        everything.unreachable();
        everything
    }

    fn plant(&mut self, seed: u64, place: impl Into<String>, reach: &'static str) {
        self.planted.push((seed, place.into(), reach));
    }

    /// Contents of files, whatever they look like.
    fn contents(&mut self) {
        let repository = &self.repository;
        repository.add("deleted.txt", line(1), "one");
        repository.remove("deleted.txt", "gone");

        let units = |seed| line(seed).encode_utf16().collect::<Vec<u16>>();
        let mut little = vec![0xFF, 0xFE];
        little.extend(units(2).iter().flat_map(|unit| unit.to_le_bytes()));
        repository.write("little.txt", little);
        let mut big = vec![0xFE, 0xFF];
        big.extend(units(3).iter().flat_map(|unit| unit.to_be_bytes()));
        repository.write("big.txt", big);
        repository.write(".gitattributes", "*.bin binary -diff\n");
        repository.write("data.bin", line(4));
        repository.write("deep/er/and deeper/ü.txt", format!("\n\n{}", line(5)));
        repository.commit("kinds");
        for path in ["little.txt", "big.txt", "data.bin"] {
            repository.git(&["rm", "-q", path]);
        }
        repository.git(&["rm", "-q", "-r", "deep"]);
        repository.commit("no kinds");

        self.plant(1, "blob deleted.txt:1 one", REFERENCE);
        self.plant(2, "blob little.txt:1 kinds", REFERENCE);
        self.plant(3, "blob big.txt:1 kinds", REFERENCE);
        self.plant(4, "blob data.bin:1 kinds", REFERENCE);
        self.plant(5, "blob deep/er/and deeper/ü.txt:3 kinds", REFERENCE);
        #[cfg(unix)]
        {
            let link = self.repository.path().join("link");
            std::os::unix::fs::symlink(token(6), link).expect("a link");
            self.repository.commit("link");
            self.repository.remove("link", "no link");
            self.plant(6, "blob link:1 link", REFERENCE);
        }
    }

    /// Names of files, folders and references. Where the name is, the secret is masked.
    fn names(&mut self) {
        let repository = &self.repository;
        let file = format!("names/key-{}.txt", token(11));
        let folder = format!("names/dir-{}/x", token(12));
        repository.write(&file, "nothing\n");
        repository.write(&folder, "nothing\n");
        repository.commit("names");
        repository.git(&["rm", "-q", "-r", "names"]);
        repository.commit("no names");
        repository.git(&["branch", &format!("key/{}", token(13))]);
        repository.git(&["tag", &format!("key-{}", token(14))]);

        self.plant(11, "file-name names/key-MASKED.txt names", REFERENCE);
        self.plant(12, "file-name names/dir-MASKED names", REFERENCE);
        self.plant(13, "reference refs/heads/key/MASKED -", REFERENCE);
        self.plant(14, "reference refs/tags/key-MASKED -", REFERENCE);
    }

    /// Text that no side of a merge has.
    fn merges(&mut self) {
        let repository = &self.repository;
        repository.add("both.txt", "base\n", "base");
        repository.branch("side");
        repository.add("both.txt", "theirs\n", "theirs");
        repository.checkout("main");
        repository.add("both.txt", "ours\n", "ours");
        let run = repository.try_git(&["merge", "-q", "side"], &[], b"");
        assert_eq!(run.code, 1, "{run:?}");
        repository.add(
            "both.txt",
            format!("ours\ntheirs\n{}", line(21)),
            "resolution",
        );
        repository.branch("quiet");
        repository.add("quiet.txt", "nothing\n", "quiet");
        repository.checkout("main");
        repository.add("loud.txt", "nothing\n", "loud");
        repository.git(&["merge", "-q", "--no-ff", "--no-commit", "quiet"]);
        repository.add("evil.txt", line(22), "evil merge");
        repository.remove("evil.txt", "no evil");
        repository.add("both.txt", "ours\ntheirs\n", "no resolution");

        self.plant(21, "blob both.txt:3 resolution", REFERENCE);
        self.plant(22, "blob evil.txt:1 evil merge", REFERENCE);
    }

    /// Fields of commits. The line is that of the raw object, which starts with tree, parent, author and committer.
    fn commits(&mut self) {
        let repository = &self.repository;
        let message = format!("message\n\nsee\n{}", token(31));
        let message = repository.commit(&message);
        let author = format!("Author {}", token(32));
        let author = repository.commit_with("author", &[("GIT_AUTHOR_NAME", &author)]);
        let email = format!("{}@example.com", token(33));
        let email = repository.commit_with("email", &[("GIT_COMMITTER_EMAIL", &email)]);
        let subject = repository.commit(&format!("subject {}", token(34)));
        // The names of stashes repeat the subject that they start from.
        repository.commit("no subject");
        // A header that git knows nothing of.
        let raw = repository.git(&["cat-file", "commit", &subject]);
        let (head, body) = raw.split_once("\n\n").expect("a message");
        let body = body.replace(&token(34), "header");
        let raw = format!("{head}\nx-note {}\n\n{body}\n", token(35));
        let header = repository.object("commit", raw);
        repository.git(&["update-ref", "refs/heads/header", &header]);

        self.plant(31, format!("commit commit/{message}:9 message"), REFERENCE);
        self.plant(32, format!("commit commit/{author}:3 author"), REFERENCE);
        self.plant(33, format!("commit commit/{email}:4 email"), REFERENCE);
        let place = format!("commit commit/{subject}:6 subject {}", token(34));
        self.plant(34, place, REFERENCE);
        let place = format!("commit commit/{header}:5 subject header");
        self.plant(35, place, REFERENCE);
    }

    /// Annotated tags, tags of tags, and tags of what is no commit.
    fn tags(&mut self) {
        let repository = &self.repository;
        repository.git(&["tag", "-a", "-m", &token(41), "inner"]);
        let message = format!("outer\n\n{}", token(42));
        repository.git(&["tag", "-a", "-m", &message, "outer", "inner"]);
        let blob = repository.object("blob", line(43));
        repository.git(&["tag", "of-a-blob", &blob]);
        let inner = repository.id("refs/tags/inner");
        let outer = repository.id("refs/tags/outer");

        self.plant(41, format!("tag tag/{inner}:6 -"), REFERENCE);
        self.plant(42, format!("tag tag/{outer}:8 -"), REFERENCE);
        self.plant(43, format!("blob blob/{blob}:1 -"), REFERENCE);
    }

    fn notes_and_stashes(&mut self) {
        let repository = &self.repository;
        let head = repository.id("HEAD");
        repository.tomorrow();
        repository.git(&["notes", "add", "-m", &token(51)]);
        repository.git(&["notes", "--ref", "other", "add", "-m", "nothing"]);
        let stash = |seed: u64, name: &str| {
            repository.tomorrow();
            repository.write("tracked.txt", line(seed));
            repository.git(&["stash", "push", "-q", "-m", name]);
        };
        stash(52, "first");
        stash(53, "second");
        repository.tomorrow();
        repository.write("untracked.txt", line(54));
        repository.git(&["stash", "push", "-q", "-u", "-m", "third"]);
        let untracked = repository.git(&["show", "-s", "--format=%s", "stash@{0}^3"]);

        let place = format!("blob {head}:1 Notes added by 'git notes add'");
        self.plant(51, place, REFERENCE);
        // git keeps all stashes but the last in the reflog alone.
        self.plant(52, "blob tracked.txt:1 On main: first", REFLOG);
        self.plant(53, "blob tracked.txt:1 On main: second", REFLOG);
        self.plant(54, format!("blob untracked.txt:1 {untracked}"), REFERENCE);
    }

    /// What was amended, undone or never named.
    fn unreachable(&mut self) {
        let repository = &self.repository;
        repository.add("amended.txt", line(61), "before");
        repository.write("amended.txt", "nothing\n");
        repository.git(&["commit", "-q", "-a", "--amend", "-m", "after"]);
        repository.add("undone.txt", line(62), "undone");
        repository.git(&["reset", "-q", "--hard", "HEAD~1"]);

        let blob = repository.object("blob", line(63));
        repository.tomorrow();
        let tree = repository.git_with(
            &["mktree"],
            &[],
            format!("100644 blob {blob}\tlost.txt\n").as_bytes(),
        );
        repository.git(&["commit-tree", "-m", "lost", &tree]);
        let alone = repository.object("blob", line(64));
        let blob = repository.object("blob", line(65));
        let listed = format!("100644 blob {blob}\tin-a-tree.txt\n");
        repository.git_with(&["mktree"], &[], listed.as_bytes());
        let head = repository.id("HEAD");
        let tag = format!(
            "object {head}\ntype commit\ntag lost\ntagger A. Author <author@example.com> 1704110400 +0100\n\n{}\n",
            token(66)
        );
        let tag = repository.object("tag", tag);

        self.plant(61, "blob amended.txt:1 before", REFLOG);
        self.plant(62, "blob undone.txt:1 undone", REFLOG);
        self.plant(63, "blob lost.txt:1 lost", DANGLING);
        self.plant(64, format!("blob blob/{alone}:1 -"), DANGLING);
        self.plant(65, "blob in-a-tree.txt:1 -", DANGLING);
        self.plant(66, format!("tag tag/{tag}:6 -"), DANGLING);
    }

    /// Fails with all that is not found where it should be.
    #[track_caller]
    fn check(&self, run: &Run) {
        let mut wrong = Vec::new();
        for (seed, place, reach) in &self.planted {
            let secret = token(*seed);
            let places: Vec<String> = self
                .repository
                .places(run, &secret)
                .iter()
                .map(|place| unmasked(place))
                .collect();
            if places != [place.as_str()] {
                wrong.push(format!("{seed}: wanted {place}, got {places:?}"));
                continue;
            }
            let exposure = exposure(run, &secret);
            if exposure["reach"] != *reach {
                wrong.push(format!("{seed}: wanted {reach}, got {exposure}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}\n{}", run.stderr);
        assert_eq!(run.json()["summary"]["findings"], self.planted.len());
    }
}

/// The place with `MASKED` for what stands for a secret, a known start of the format included.
fn unmasked(place: &str) -> String {
    place
        .replace("dop_v1_********", "MASKED")
        .replace("********", "MASKED")
}

#[test]
fn everything_that_git_keeps_is_found() {
    let everything = Everything::new();
    let run = complete(everything.repository.scan(&[]));
    everything.check(&run);
}

#[test]
fn everything_is_found_in_packs_too() {
    let everything = Everything::new();
    let repository = &everything.repository;
    // Unreachable objects and all, in two packs.
    repository.git(&["repack", "-q", "-d"]);
    repository.git(&[
        "repack",
        "-q",
        "-a",
        "-d",
        "-k",
        "--depth=50",
        "--window=50",
    ]);
    repository.git(&["pack-refs", "--all"]);
    let objects = repository.git(&["count-objects", "-v"]);
    assert!(objects.contains("count: 0\n"), "{objects}");
    everything.check(&complete(repository.scan(&[])));
    everything.check(&complete(repository.scan(&["--no-delta"])));

    repository.git(&["multi-pack-index", "write"]);
    repository.git(&["commit-graph", "write", "--reachable"]);
    everything.check(&complete(repository.scan(&[])));
}

#[test]
fn no_format_prints_what_it_finds_anywhere() {
    let everything = Everything::new();
    let seeds = || everything.planted.iter().map(|(seed, ..)| *seed);
    for format in ["human", "json", "jsonl", "sarif"] {
        let arguments = ["git", "-f", format];
        let run = everything.repository.keyward(&arguments).expect(1);
        masked(&run, seeds());
        assert!(run.text().contains(TOKEN_RULE), "{}", run.text());
    }
    let run = everything.repository.keyward(&["git", "-v", "--stats"]);
    masked(&run.expect(1), seeds());
}

#[test]
fn what_nothing_reaches_can_be_left_out() {
    let everything = Everything::new();
    let run = complete(everything.repository.scan(&["--no-unreachable"]));
    for (seed, place, reach) in &everything.planted {
        let found = finding(&run, &token(*seed)).is_some();
        assert_eq!(found, *reach == REFERENCE, "{seed}: {place}");
    }
}

#[test]
fn a_branch_is_scanned_on_its_own() {
    let repository = Repository::new();
    repository.add("base.txt", line(1), "base");
    repository.branch("side");
    repository.add("side.txt", line(2), "side");
    repository.checkout("main");
    repository.branch("other");
    repository.add("other.txt", line(3), "other");
    repository.checkout("main");
    repository.add("main.txt", line(4), "main");
    repository.object("blob", line(5));

    let seeds = |arguments: &[&str]| found(&complete(repository.scan(arguments)), 1..=5);
    assert_eq!(seeds(&["--branch", "side"]), [1, 2]);
    assert_eq!(seeds(&["--branch", "side", "--branch", "other"]), [1, 2, 3]);
    assert_eq!(seeds(&["--all"]), [1, 2, 3, 4, 5]);
    assert_eq!(seeds(&[]), [1, 2, 3, 4, 5]);
    assert_eq!(seeds(&["--all", "--no-unreachable"]), [1, 2, 3, 4]);
    let run = repository.scan(&["--branch", "nowhere"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("nowhere"), "{run:?}");
}

#[test]
fn a_clean_history_is_clean() {
    let repository = Repository::new();
    repository.add("a.txt", "nothing\n", "one");
    repository.add("b.txt", "nothing at all\n", "two");
    repository.git(&["tag", "-a", "-m", "first", "v1"]);
    let run = repository.scan(&[]).expect(0);
    let coverage = &run.json()["coverage"];
    assert_eq!(coverage["commits"], 2);
    assert_eq!(coverage["tags"], 1);
    assert_eq!(coverage["references"], 2);
    assert_eq!(coverage["blobs"], 2);
    assert_eq!(
        coverage["bytes"].as_u64().map(|bytes| bytes >= 23),
        Some(true)
    );
    let run = repository.keyward(&["git"]).expect(0);
    let last = run.text().lines().last().map(str::to_owned);
    let last = last.expect("a line");
    assert!(
        last.starts_with("no secrets found; scanned 2 commits, 2 blobs, "),
        "{last}"
    );
}

#[test]
fn a_repository_without_a_commit_is_clean() {
    let repository = Repository::new();
    complete(repository.scan(&[])).expect(0);
    // What was only staged is an object all the same.
    repository.write("staged.txt", line(1));
    repository.git(&["add", "-A"]);
    assert_eq!(found(&complete(repository.scan(&[])), [1]), [1]);
}

#[test]
fn what_is_no_repository_is_an_error() {
    let scratch = Scratch::folder();
    let run = scratch.keyward(&["git"]).expect(2);
    assert!(run.stderr.starts_with("error: "), "{run:?}");
    scratch.keyward(&["git", "missing"]).expect(2);
}

#[test]
fn a_scan_at_the_top_reads_the_history_too() {
    let repository = Repository::new();
    repository.add("old.txt", line(1), "old");
    repository.remove("old.txt", "gone");
    repository.add("sub/both.txt", format!("\n{}", line(2)), "both");
    repository.write("sub/both.txt", line(2));
    repository.write("new.txt", line(3));
    let scan = |arguments: &[&str]| {
        let common = ["-f", "json", "--show-secrets"];
        let run = complete(repository.keyward(&[arguments, &common].concat()));
        [1, 2, 3].map(|seed| repository.places(&run, &token(seed)))
    };
    let nothing: [&str; 0] = [];
    let [one, two, three] = scan(&["scan"]);
    assert_eq!(one, ["blob old.txt:1 old"]);
    // Where a file on disk holds it, how it came there is told by the exposure alone.
    assert_eq!(two, ["file sub/both.txt:1"]);
    assert_eq!(three, ["file new.txt:1"]);

    for arguments in [&["scan", "--no-history"][..], &["dir"]] {
        let [one, two, three] = scan(arguments);
        assert_eq!(one, nothing, "{arguments:?}");
        assert_eq!(two, ["file sub/both.txt:1"], "{arguments:?}");
        assert_eq!(three, ["file new.txt:1"], "{arguments:?}");
    }
    let [one, two, three] = scan(&["scan", "sub"]);
    assert_eq!(one, nothing);
    assert_eq!(two, ["file sub/both.txt:1"]);
    assert_eq!(three, nothing);
}
