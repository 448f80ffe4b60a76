//! What a range of commits adds, and nothing else: `--range`, `--since`, and what git tells a pre-push hook.

use super::*;

/// A repository with a commit for each of the seeds, tagged with its number.
fn numbered(seeds: impl IntoIterator<Item = u64>) -> Repository {
    let repository = Repository::new();
    for seed in seeds {
        let message = format!("commit {seed}");
        repository.add(&format!("{seed}.txt"), line(seed), &message);
        repository.git(&["tag", &format!("c{seed}")]);
    }
    repository
}

/// The seeds that a scan found, of those up to 9.
#[track_caller]
fn seeds(repository: &Repository, arguments: &[&str]) -> Vec<u64> {
    found(&complete(repository.scan(arguments)), 1..=9)
}

/// What a wrong command line or a missing revision is told.
#[track_caller]
fn refused(run: &Run, what: &str) {
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.starts_with("error: "), "{run:?}");
    assert!(run.stderr.contains(what), "{run:?}");
    assert!(!run.stderr.contains("panicked"), "{run:?}");
}

#[test]
fn a_range_holds_what_it_introduces() {
    let repository = numbered(1..=5);
    assert_eq!(seeds(&repository, &["--range", "c1..c3"]), [2, 3]);
    assert_eq!(seeds(&repository, &["--range", "HEAD~1..HEAD"]), [5]);
    assert_eq!(seeds(&repository, &["--range", "c3..main"]), [4, 5]);
    let range = format!("{}..{}", repository.id("c2"), &repository.id("c4")[..12]);
    assert_eq!(seeds(&repository, &["--range", &range]), [3, 4]);
    let run = complete(repository.scan(&["--range", "c1..c3"]));
    assert_eq!(run.json()["coverage"]["commits"], 2);
    assert_eq!(
        repository.places(&run, &token(2)),
        ["blob 2.txt:1 commit 2"]
    );
}

#[test]
fn an_empty_range_is_clean() {
    let repository = numbered(1..=3);
    for range in ["c2..c2", "HEAD..HEAD", "c3..c1", "c2...c2"] {
        let run = complete(repository.scan(&["--range", range])).expect(0);
        assert_eq!(run.json()["coverage"]["commits"], 0, "{range}");
    }
}

#[test]
fn a_range_that_cannot_be_is_refused() {
    let repository = numbered(1..=2);
    for range in ["c1..nowhere", "nowhere..c1", "nowhere...c1"] {
        refused(&repository.scan(&["--range", range]), "nowhere");
    }
    let missing = "0123456789".repeat(4);
    let range = format!("{missing}..c2");
    refused(&repository.scan(&["--range", &range]), &missing);
    refused(&repository.scan(&["--range", "c1"]), "c1");
    refused(&repository.scan(&["--since", "nowhere"]), "nowhere");
    // An end whose commit is known by name alone.
    let id = repository.id("c1");
    let object = repository
        .path()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    std::fs::remove_file(object).expect("a loose object");
    let run = repository.scan(&["--range", "c1..c2"]);
    assert_eq!(run.code, 2, "{run:?}");
    let said = format!("{}{}", run.text(), run.stderr);
    assert!(said.contains("c1") || said.contains(&id), "{said}");
}

#[test]
fn a_secret_that_was_there_before_is_not_the_ranges() {
    let repository = Repository::new();
    repository.add("a.txt", format!("first\n{}", line(1)), "one");
    repository.git(&["tag", "base"]);
    repository.git(&["mv", "a.txt", "b.txt"]);
    repository.commit("moved");
    repository.add("b.txt", format!("anew\n\n{}", line(1)), "edited");
    repository.remove("b.txt", "gone");
    repository.add("c.txt", format!("x = {}\n", token(1)), "elsewhere");
    complete(repository.scan(&["--range", "base..HEAD"])).expect(0);
    repository.add("c.txt", format!("{}{}", line(1), line(2)), "another");
    let run = complete(repository.scan(&["--range", "base..HEAD"]));
    assert_eq!(found(&run, 1..=2), [2]);
}

#[test]
fn what_comes_and_goes_within_a_range_is_reported() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.add("a.txt", line(1), "one");
    let gone = repository.remove("a.txt", "two");
    repository.add("base.txt", "something\n", "three");
    let run = complete(repository.scan(&["--range", "HEAD~3..HEAD"])).expect(1);
    assert_eq!(repository.places(&run, &token(1)), ["blob a.txt:1 one"]);
    assert_eq!(exposure(&run, &token(1))["removed_in"]["id"], gone.as_str());
    // And what a range only takes out is not.
    complete(repository.scan(&["--range", "HEAD~2..HEAD"])).expect(0);
}

#[test]
fn messages_and_names_belong_to_ranges_too() {
    let repository = Repository::new();
    repository.commit(&format!("before\n\n{}", token(1)));
    repository.git(&["tag", "base"]);
    repository.commit(&format!("within\n\n{}", token(2)));
    repository.add(&format!("key-{}.txt", token(3)), "nothing\n", "name");
    let email = format!("{}@example.com", token(4));
    repository.commit_with("author", &[("GIT_AUTHOR_EMAIL", &email)]);
    assert_eq!(seeds(&repository, &["--range", "base..HEAD"]), [2, 3, 4]);
}

#[test]
fn merges_bring_in_what_they_merge() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.branch("side");
    repository.add("1.txt", line(1), "side");
    repository.checkout("main");
    repository.add("2.txt", line(2), "before");
    repository.git(&["tag", "before"]);
    repository.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repository.add("3.txt", line(3), "evil merge");
    assert_eq!(seeds(&repository, &["--range", "before..HEAD"]), [1, 3]);
    assert_eq!(seeds(&repository, &["--range", "side..HEAD"]), [2, 3]);
    // From the merge on there is nothing new.
    complete(repository.scan(&["--range", "HEAD..side"])).expect(0);
}

/// What a pull request adds, whatever happened on its base in the meantime.
#[test]
fn three_dots_start_where_two_branches_part() {
    let repository = Repository::new();
    repository.add("1.txt", line(1), "base");
    repository.branch("topic");
    repository.add("2.txt", line(2), "topic");
    repository.checkout("main");
    repository.add("3.txt", "nothing\n", "main");
    assert_eq!(seeds(&repository, &["--range", "main...topic"]), [2]);
    assert_eq!(seeds(&repository, &["--range", "main..topic"]), [2]);
}

#[test]
fn unrelated_histories_have_nothing_in_common() {
    let repository = Repository::new();
    repository.add("1.txt", line(1), "one");
    repository.git(&["checkout", "-q", "--orphan", "other"]);
    repository.git(&["rm", "-q", "-r", "-f", "."]);
    repository.add("2.txt", line(2), "two");
    repository.add("3.txt", line(3), "three");
    for dots in ["..", "..."] {
        let range = format!("main{dots}other");
        let seeds = seeds(&repository, &["--range", &range]);
        assert!(seeds.ends_with(&[2, 3]), "{range}: {seeds:?}");
    }
    assert_eq!(seeds(&repository, &["--range", "other..main"]), [1]);
}

#[test]
fn since_takes_revisions_and_dates() {
    // Commit 1 is of the second of January at noon.
    let repository = numbered(1..=5);
    assert_eq!(seeds(&repository, &["--since", "c3"]), [4, 5]);
    assert_eq!(seeds(&repository, &["--since", "HEAD~1"]), [5]);
    assert_eq!(seeds(&repository, &["--since", &repository.id("c4")]), [5]);
    assert_eq!(seeds(&repository, &["--since", "2024-01-04"]), [3, 4, 5]);
    assert_eq!(
        seeds(&repository, &["--since", "2023-12-01"]),
        [1, 2, 3, 4, 5]
    );
    complete(repository.scan(&["--since", "2024-02-01"])).expect(0);
    complete(repository.scan(&["--since", "HEAD"])).expect(0);
}

#[test]
fn a_range_of_a_shallow_clone_may_be_whole() {
    let repository = numbered(1..=5);
    let address = format!("file://{}", repository.path().display());
    repository.git(&[
        "clone",
        "-q",
        "--depth=3",
        "--no-single-branch",
        &address,
        "../shallow",
    ]);
    let run = complete(repository.scan_in("../shallow", &["--range", "HEAD~1..HEAD"]));
    assert_eq!(found(&run, 1..=5), [5]);
    // Nobody can tell what the oldest of them brought in.
    let run = repository.scan_in("../shallow", &["--range", "HEAD~9..HEAD"]);
    refused(&run, "HEAD~9");
}

/// The null id of that repository's hash.
fn zero(repository: &Repository) -> String {
    "0".repeat(repository.id("HEAD").len())
}

/// Runs the pre-push hook on what git would write to it.
fn pre_push(repository: &Repository, input: &str, environment: &[(&str, &str)]) -> Run {
    let arguments = ["hook", "run", "pre-push", "-f", "json", "--show-secrets"];
    repository.keyward_with(&arguments, input.as_bytes(), environment)
}

#[test]
fn a_push_of_a_known_branch_is_the_range_it_adds() {
    let repository = numbered(1..=4);
    let (old, new) = (repository.id("c2"), repository.id("c4"));
    let input = format!("refs/heads/main {new} refs/heads/main {old}\n");
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, 1..=4), [3, 4]);
    let input = format!("refs/heads/main {old} refs/heads/main {old}\n");
    complete(pre_push(&repository, &input, &[])).expect(0);
    complete(pre_push(&repository, "", &[])).expect(0);
}

#[test]
fn a_push_of_a_new_branch_is_what_no_remote_has() {
    let repository = numbered(1..=4);
    let (zero, new) = (zero(&repository), repository.id("c4"));
    let input = format!("refs/heads/main {new} refs/heads/topic {zero}\n");
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, 1..=4), [1, 2, 3, 4], "no remote is known");
    repository.git(&["update-ref", "refs/remotes/origin/main", "c3"]);
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, 1..=4), [4]);
    repository.git(&["update-ref", "refs/remotes/origin/main", "c4"]);
    complete(pre_push(&repository, &input, &[])).expect(0);
}

#[test]
fn a_push_that_deletes_adds_nothing() {
    let repository = numbered(1..=2);
    let (zero, old) = (zero(&repository), repository.id("c1"));
    let input = format!("(delete) {zero} refs/heads/topic {old}\n");
    complete(pre_push(&repository, &input, &[])).expect(0);
}

#[test]
fn a_forced_push_is_compared_with_what_it_replaces() {
    let repository = numbered(1..=2);
    let replaced = repository.id("HEAD");
    repository.git(&["reset", "-q", "--hard", "c1"]);
    repository.add("3.txt", line(3), "commit 3");
    let new = repository.id("HEAD");
    let input = format!("refs/heads/main {new} refs/heads/main {replaced}\n");
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, 1..=3), [3]);

    // What somebody else pushed in the meantime was never fetched: nothing may be taken for known because of it.
    let unknown = "0123456789".repeat(4);
    let input = format!("refs/heads/main {new} refs/heads/main {unknown}\n");
    let run = pre_push(&repository, &input, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(found(&run, 1..=3).contains(&3), "{run:?}");
}

#[test]
fn a_push_of_several_references_is_scanned_whole() {
    let repository = numbered(1..=2);
    repository.branch("topic");
    repository.add("3.txt", line(3), "commit 3");
    repository.git(&["tag", "-a", "-m", &token(4), "v1", "c2"]);
    let (zero, base) = (zero(&repository), repository.id("c2"));
    let (topic, tag) = (repository.id("topic"), repository.id("v1"));
    let input = format!(
        "refs/heads/main {base} refs/heads/main {base}\n\
         refs/heads/topic {topic} refs/heads/topic {base}\n\
         refs/tags/v1 {tag} refs/tags/v1 {zero}\n\
         (delete) {zero} refs/heads/old {base}\n"
    );
    repository.git(&["update-ref", "refs/remotes/origin/main", "c2"]);
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, 1..=4), [3, 4]);
    let place = format!("tag tag/{tag}:6 -");
    assert_eq!(repository.places(&run, &token(4)), [place]);
}

#[test]
fn a_push_from_the_framework_names_both_ends() {
    let repository = numbered(1..=4);
    let (from, to) = (repository.id("c2"), repository.id("c4"));
    let environment = [
        ("PRE_COMMIT_FROM_REF", from.as_str()),
        ("PRE_COMMIT_TO_REF", &to),
    ];
    let run = complete(pre_push(&repository, "", &environment)).expect(1);
    assert_eq!(found(&run, 1..=4), [3, 4]);
    let environment = [
        ("PRE_COMMIT_FROM_REF", to.as_str()),
        ("PRE_COMMIT_TO_REF", &to),
    ];
    complete(pre_push(&repository, "", &environment)).expect(0);
    let zero = zero(&repository);
    let environment = [
        ("PRE_COMMIT_FROM_REF", zero.as_str()),
        ("PRE_COMMIT_TO_REF", &to),
    ];
    let run = complete(pre_push(&repository, "", &environment)).expect(1);
    assert_eq!(found(&run, 1..=4), [1, 2, 3, 4]);
}

#[test]
fn a_push_in_a_repository_of_sha_256() {
    let repository = Repository::with(&["--object-format=sha256"]);
    repository.add("1.txt", line(1), "one");
    let zero = zero(&repository);
    assert_eq!(zero.len(), 64);
    let new = repository.id("HEAD");
    let input = format!("refs/heads/main {new} refs/heads/main {zero}\n");
    let run = complete(pre_push(&repository, &input, &[])).expect(1);
    assert_eq!(found(&run, [1]), [1]);
    let input = format!("(delete) {zero} refs/heads/main {new}\n");
    complete(pre_push(&repository, &input, &[])).expect(0);
}

#[test]
fn what_no_git_would_write_to_a_hook_is_refused() {
    let repository = numbered(1..=2);
    let new = repository.id("HEAD");
    for input in [
        "nonsense\n".to_owned(),
        format!("refs/heads/main {new}\n"),
        format!("refs/heads/main {new} refs/heads/main 1234\n"),
        format!(
            "refs/heads/main {} refs/heads/main {new}\n",
            "0123456789".repeat(4)
        ),
    ] {
        let run = pre_push(&repository, &input, &[]);
        assert_eq!(run.code, 2, "{input}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
    }
}
