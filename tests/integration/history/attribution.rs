//! Who brought a secret where, who took it out, and how far it got.

use serde_json::json;

use super::*;

/// The subject of a commit of an exposure; `-` without one.
#[track_caller]
fn named(repository: &Repository, commit: &Value) -> String {
    match commit["id"].as_str() {
        Some(id) => repository.subject(id),
        None => "-".to_owned(),
    }
}

/// `first last removed` of a secret's way, and whether HEAD holds it.
#[track_caller]
fn way(repository: &Repository, secret: &str) -> (String, Value) {
    let run = complete(repository.scan(&[]));
    let exposure = exposure(&run, secret);
    let names = ["first_seen", "last_seen", "removed_in"]
        .map(|member| named(repository, &exposure[member]));
    (names.join(" "), exposure["in_head"].clone())
}

#[track_caller]
fn places(repository: &Repository, seed: u64) -> Vec<String> {
    repository.places(&complete(repository.scan(&[])), &token(seed))
}

#[test]
fn a_secret_comes_and_goes() {
    let repository = Repository::new();
    repository.add("b.txt", "nothing\n", "zero");
    repository.add("a.txt", format!("\n{}", line(1)), "one");
    assert_eq!(
        way(&repository, &token(1)),
        ("one one -".into(), json!(true))
    );
    repository.add("b.txt", "something\n", "two");
    assert_eq!(
        way(&repository, &token(1)),
        ("one two -".into(), json!(true))
    );
    repository.add("a.txt", "nothing\n", "three");
    repository.add("b.txt", "nothing\n", "four");
    assert_eq!(
        way(&repository, &token(1)),
        ("one two three".into(), json!(false))
    );
    assert_eq!(places(&repository, 1), ["blob a.txt:2 one"]);
    repository.add("a.txt", line(1), "five");
    assert_eq!(
        way(&repository, &token(1)),
        ("one five -".into(), json!(true))
    );
    assert_eq!(
        places(&repository, 1),
        ["blob a.txt:2 one", "blob a.txt:1 five"]
    );
    repository.remove("a.txt", "six");
    assert_eq!(
        way(&repository, &token(1)),
        ("one five six".into(), json!(false))
    );
}

#[test]
fn a_commit_is_named_with_author_and_date() {
    let repository = Repository::new();
    let environment = [
        ("GIT_AUTHOR_NAME", "Grüße & Co"),
        ("GIT_AUTHOR_EMAIL", "someone@example.com"),
        ("GIT_AUTHOR_DATE", "1709337600 -0930"),
    ];
    repository.write("a.txt", line(1));
    let id = repository.commit_with("one", &environment);
    let run = complete(repository.scan(&[]));
    let expected = json!({
        "id": id,
        "author": "Grüße & Co",
        "email": "someone@example.com",
        "authored": "2024-03-01T14:30:00-09:30",
    });
    let finding = finding(&run, &token(1)).expect("a finding");
    let place = &finding["locations"][0];
    assert_eq!(place["origin"], "history");
    assert_eq!(place["history"]["commit"], expected);
    assert_eq!(
        place["history"]["object"],
        repository.id("HEAD:a.txt").as_str()
    );
    assert_eq!(finding["exposure"]["first_seen"], expected);

    let human = repository.keyward(&["git"]).expect(1).text();
    let arrow = format!(
        "--> a.txt:1:7 (commit {} by Grüße & Co on 2024-03-01)",
        &id[..10]
    );
    assert!(human.contains(&arrow), "{human}");
    assert!(human.contains("in history since 2024-03-01 ("), "{human}");
    assert!(human.contains("git commit --amend"), "{human}");
}

#[test]
fn edits_around_a_secret_bring_nothing_in() {
    let repository = Repository::new();
    repository.add("a.txt", format!("first\n{}last\n", line(1)), "one");
    repository.add("a.txt", format!("\n\nfirst\n{}last\n", line(1)), "two");
    repository.add(
        "a.txt",
        format!("other = {}\n{}", token(1), line(2)),
        "three",
    );
    assert_eq!(places(&repository, 1), ["blob a.txt:2 one"]);
    assert_eq!(places(&repository, 2), ["blob a.txt:2 three"]);
    assert_eq!(
        way(&repository, &token(1)),
        ("one three -".into(), json!(true))
    );
}

#[test]
fn a_merge_brings_in_what_no_parent_had() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.branch("side");
    repository.add("side.txt", line(1), "side");
    repository.checkout("main");
    repository.add("main.txt", line(2), "main");
    repository.merge(&["side"], "merge");
    assert_eq!(places(&repository, 1), ["blob side.txt:1 side"]);
    assert_eq!(places(&repository, 2), ["blob main.txt:1 main"]);
    assert_eq!(
        way(&repository, &token(1)),
        ("side merge -".into(), json!(true))
    );

    // Both sides hold it, the result too: nobody brought it in anew.
    repository.branch("again");
    repository.add("both.txt", format!("{}theirs\n", line(3)), "theirs");
    repository.checkout("main");
    repository.add("both.txt", format!("{}ours\n", line(3)), "ours");
    // Without a conflict, whose text git would keep, too.
    repository.git(&["merge", "-q", "-s", "ours", "--no-commit", "again"]);
    repository.add("both.txt", format!("{}both\n", line(3)), "merged");
    assert_eq!(
        places(&repository, 3),
        ["blob both.txt:1 theirs", "blob both.txt:1 ours"]
    );
}

#[test]
fn a_merge_takes_out_what_a_parent_had() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.branch("side");
    repository.add("side.txt", line(1), "side");
    repository.checkout("main");
    repository.add("main.txt", "nothing\n", "main");
    repository.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repository.remove("side.txt", "merge");
    assert_eq!(
        repository.git(&["rev-list", "--count", "--merges", "HEAD"]),
        "1"
    );
    repository.git(&["branch", "-q", "-D", "side"]);
    assert_eq!(
        way(&repository, &token(1)),
        ("side side merge".into(), json!(false))
    );
    assert_eq!(places(&repository, 1), ["blob side.txt:1 side"]);
}

#[test]
fn an_octopus_has_many_parents() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    for seed in 1..=3 {
        repository.git(&["checkout", "-q", "-b", &format!("arm{seed}"), "main"]);
        repository.add(&format!("{seed}.txt"), line(seed), &format!("arm {seed}"));
    }
    repository.checkout("main");
    repository.merge(&["arm1", "arm2", "arm3"], "octopus");
    assert_eq!(
        repository
            .git(&["show", "-s", "--format=%p"])
            .split(' ')
            .count(),
        4
    );
    for seed in 1..=3 {
        let expected = format!("blob {seed}.txt:1 arm {seed}");
        assert_eq!(places(&repository, seed), [expected]);
    }
}

#[test]
fn a_cherry_pick_brings_it_in_again() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.branch("side");
    let picked = repository.add("a.txt", line(1), "picked");
    repository.checkout("main");
    repository.add("b.txt", "nothing\n", "other");
    repository.tomorrow();
    repository.git(&["cherry-pick", "--no-commit", &picked]);
    repository.commit("again");
    assert_eq!(
        places(&repository, 1),
        ["blob a.txt:1 picked", "blob a.txt:1 again"]
    );
    let run = complete(repository.scan(&[]));
    let exposure = exposure(&run, &token(1));
    assert_eq!(
        exposure["references"],
        json!(["refs/heads/main", "refs/heads/side"])
    );
}

#[test]
fn reverts_take_out_and_bring_in() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    let one = repository.add("a.txt", line(1), "one");
    repository.tomorrow();
    repository.git(&["revert", "--no-edit", &one]);
    let reverted = "Revert \"one\"";
    let expected = format!("one one {reverted}");
    assert_eq!(way(&repository, &token(1)), (expected, json!(false)));
    repository.tomorrow();
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let again = repository.subject("HEAD");
    assert_ne!(again, reverted);
    let expected = format!("one {again} -");
    assert_eq!(way(&repository, &token(1)), (expected, json!(true)));
    let expected = [
        "blob a.txt:1 one".to_owned(),
        format!("blob a.txt:1 {again}"),
    ];
    assert_eq!(places(&repository, 1), expected);
}

#[test]
fn a_rename_is_another_place_and_takes_nothing_out() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.write("sub/keep", "");
    repository.git(&["mv", "a.txt", "sub/b.txt"]);
    repository.commit("two");
    assert_eq!(
        places(&repository, 1),
        ["blob a.txt:1 one", "blob sub/b.txt:1 two"]
    );
    assert_eq!(
        way(&repository, &token(1)),
        ("one two -".into(), json!(true))
    );
    repository.git(&["mv", "sub", "other"]);
    repository.commit("three");
    assert_eq!(
        places(&repository, 1),
        [
            "blob a.txt:1 one",
            "blob sub/b.txt:1 two",
            "blob other/b.txt:1 three"
        ]
    );
    repository.remove("other/b.txt", "four");
    assert_eq!(
        way(&repository, &token(1)),
        ("one three four".into(), json!(false))
    );
}

#[test]
fn one_secret_in_two_files_and_two_branches_is_one_finding() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.branch("side");
    repository.write("a.txt", line(1));
    repository.add("b.txt", format!("\n\n{}{}", line(1), line(1)), "side");
    repository.checkout("main");
    repository.add("c.txt", line(1), "main");
    let run = complete(repository.scan(&[]));
    assert_eq!(run.json()["summary"]["findings"], 1);
    assert_eq!(
        repository.places(&run, &token(1)),
        [
            "blob a.txt:1 side",
            "blob b.txt:3 side",
            "blob b.txt:4 side",
            "blob c.txt:1 main"
        ]
    );
    repository.remove("c.txt", "gone");
    // The other branch still has it, but HEAD has not.
    let (way, in_head) = way(&repository, &token(1));
    assert_eq!((way.as_str(), in_head), ("side main gone", json!(false)));
}

#[test]
fn references_that_lead_to_it_are_named() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.git(&["tag", "before"]);
    repository.add("a.txt", line(1), "one");
    repository.git(&["tag", "light"]);
    repository.git(&["tag", "-a", "-m", "heavy", "heavy"]);
    repository.remove("a.txt", "two");
    repository.branch("side");
    repository.git(&["update-ref", "refs/custom/x", "HEAD"]);
    let references = |seed| {
        let exposure = exposure(&complete(repository.scan(&[])), &token(seed));
        (
            exposure["references"].clone(),
            exposure["reference_count"].clone(),
        )
    };
    let expected = json!([
        "refs/custom/x",
        "refs/heads/main",
        "refs/heads/side",
        "refs/tags/heavy",
        "refs/tags/light",
    ]);
    assert_eq!(references(1), (expected, json!(5)));

    // Only so many are named.
    let head = repository.id("HEAD");
    let lines: Vec<String> = (0..30)
        .map(|number| format!("create refs/heads/many/{number:02} {head}\n"))
        .collect();
    repository.git_with(&["update-ref", "--stdin"], &[], lines.concat().as_bytes());
    let (names, count) = references(1);
    assert_eq!(count, 35);
    assert_eq!(names.as_array().map(Vec::len), Some(20));
    assert_eq!(names[19], "refs/heads/many/17");
}

#[test]
fn what_only_the_reflog_or_nothing_keeps_has_no_reference() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.add("a.txt", line(1), "undone");
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let read = || exposure(&complete(repository.scan(&[])), &token(1));
    let exposure = read();
    assert_eq!(exposure["reach"], "reflog");
    assert_eq!(exposure["references"], json!([]));
    assert_eq!(exposure["reference_count"], 0);
    assert_eq!(exposure["in_head"], false);
    assert_eq!(exposure["pushed"], false);
    assert_eq!(named(&repository, &exposure["first_seen"]), "undone");

    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    let exposure = read();
    assert_eq!(exposure["reach"], "dangling");
    assert_eq!(named(&repository, &exposure["first_seen"]), "undone");

    // As its advice says.
    let human = repository.keyward(&["git"]).expect(1).text();
    assert!(human.contains("git gc --prune=now"), "{human}");
    repository.git(&["gc", "-q", "--prune=now"]);
    complete(repository.scan(&[])).expect(0);
}

#[test]
fn the_advice_for_the_reflog_works() {
    let repository = Repository::new();
    repository.add("base.txt", "nothing\n", "base");
    repository.add("a.txt", line(1), "undone");
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let human = repository.keyward(&["git"]).expect(1).text();
    assert!(
        human.contains("git reflog expire --expire-unreachable=now --all"),
        "{human}"
    );
    repository.git(&["reflog", "expire", "--expire-unreachable=now", "--all"]);
    repository.git(&["gc", "-q", "--prune=now"]);
    complete(repository.scan(&[])).expect(0);
}

#[test]
fn what_was_pushed_is_told_from_what_was_not() {
    let origin = Repository::new();
    origin.add("a.txt", line(1), "pushed");
    origin.remove("a.txt", "gone");
    let repository = Repository::new();
    let address = origin.path().display().to_string();
    repository.git(&["remote", "add", "origin", &address]);
    // Newer versions of git follow the remote's HEAD, too.
    repository.git(&["config", "remote.origin.followRemoteHEAD", "never"]);
    repository.git(&["fetch", "-q"]);
    repository.git(&["reset", "-q", "--hard", "origin/main"]);
    repository.day.set(10);
    repository.add("b.txt", line(2), "local");
    repository.git(&["tag", "local"]);
    repository.object("blob", line(3));

    let run = complete(repository.scan(&[]));
    let pushed = exposure(&run, &token(1));
    assert_eq!(pushed["pushed"], true);
    assert_eq!(
        pushed["references"],
        json!([
            "refs/heads/main",
            "refs/remotes/origin/main",
            "refs/tags/local"
        ])
    );
    assert_eq!(exposure(&run, &token(2))["pushed"], false);
    assert_eq!(exposure(&run, &token(3))["pushed"], false);

    let human = repository.keyward(&["git"]).expect(1).text();
    assert!(human.contains("= fix: rotate it first: "), "{human}");
    assert!(
        human.contains("= fix: take it out of the last commit"),
        "{human}"
    );

    repository.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    let run = complete(repository.scan(&[]));
    assert_eq!(exposure(&run, &token(2))["pushed"], true);
}

#[test]
fn what_a_bare_repository_serves_counts_as_pushed() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let run = complete(repository.scan_in("../bare.git", &[]));
    assert_eq!(exposure(&run, &token(1))["pushed"], true);
}

#[test]
fn a_detached_head_is_a_head() {
    let repository = Repository::new();
    repository.add("a.txt", line(1), "one");
    repository.remove("a.txt", "two");
    repository.git(&["checkout", "-q", "--detach", "HEAD~1"]);
    let exposure = exposure(&complete(repository.scan(&[])), &token(1));
    assert_eq!(exposure["in_head"], true);
    assert_eq!(exposure["removed_in"], Value::Null);
}

/// A clock that goes wrong changes the order of places, not which they are.
#[test]
fn clocks_go_wrong() {
    let repository = Repository::new();
    repository.write("a.txt", line(1));
    repository.commit_with("one", &[("GIT_AUTHOR_DATE", "1800000000 +0000")]);
    repository.git(&["mv", "a.txt", "b.txt"]);
    repository.commit_with("two", &[("GIT_AUTHOR_DATE", "1000000000 +0000")]);
    assert_eq!(
        places(&repository, 1),
        ["blob b.txt:1 two", "blob a.txt:1 one"]
    );
    let (way, _) = way(&repository, &token(1));
    assert_eq!(way, "two one -");
}
