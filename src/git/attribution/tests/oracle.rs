//! The same answers from git itself, the slow way: every commit's whole tree is listed and compared.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answers, head, marks_in, marks_of_name, references};
use crate::git::attribution::{Introduced, Mark};
use crate::git::tests::repository::Repository;
use crate::git::{Kind, ObjectId};

/// What a commit's tree holds: path, mark, and whether the name or the content has it; and the object there.
type Held = BTreeMap<(Vec<u8>, Mark, Introduced), ObjectId>;

#[derive(Debug)]
struct Commit {
    parents: Vec<ObjectId>,
    /// Author's and committer's time.
    times: (i64, i64),
    held: Held,
    own: BTreeSet<Mark>,
}

impl Commit {
    fn holds(&self, mark: Mark) -> bool {
        self.held.keys().any(|(_, other, _)| *other == mark)
    }
}

/// All answers.
pub(super) fn answers(repository: &Repository) -> Answers {
    let objects = repository.oracle();
    let mut marks_of = BTreeMap::new();
    let mut commits = BTreeMap::new();
    for (id, (kind, bytes)) in &objects {
        match kind {
            Kind::Blob => drop(marks_of.insert(*id, marks_in(bytes))),
            Kind::Commit => {
                let commit = commit(repository, *id, marks_in(bytes).into_iter().collect());
                commits.insert(*id, commit);
            }
            _ => {}
        }
    }
    for (id, commit) in &mut commits {
        commit.held = held(repository, *id, &marks_of);
    }

    let mut answers = Answers::default();
    let mut marks: BTreeSet<Mark> = marks_of.values().flatten().copied().collect();
    let mut reached: BTreeSet<ObjectId> = BTreeSet::new();
    for (id, commit) in &commits {
        marks.extend(&commit.own);
        marks.extend(commit.held.keys().map(|(_, mark, _)| *mark));
        reached.extend(commit.held.values());
        let parents = commit
            .parents
            .iter()
            .filter_map(|parent| commits.get(parent));
        let before: Vec<&Commit> = parents.collect();
        for (place, object) in &commit.held {
            if before.iter().all(|parent| !parent.held.contains_key(place)) {
                let (path, mark, how) = place.clone();
                answers
                    .introductions
                    .insert((mark, *id, path, *object, how));
            }
        }
        for &mark in &commit.own {
            answers
                .introductions
                .insert((mark, *id, Vec::new(), *id, Introduced::Commit));
        }
    }
    let head = head(repository);
    let names: Vec<String> = references(repository)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for &mark in &marks {
        let time = |id: &ObjectId| (commits[id].times, *id);
        let brought = answers.introductions.iter().filter(|place| place.0 == mark);
        let first = brought.map(|place| place.1).min_by_key(time);
        let holding = commits
            .iter()
            .filter(|(_, commit)| commit.holds(mark) || commit.own.contains(&mark));
        let holding: Vec<ObjectId> = holding.map(|(id, _)| *id).collect();
        let last = holding.iter().copied().max_by_key(time);
        let mut removed = commits
            .iter()
            .filter(|(_, commit)| {
                let mut parents = commit
                    .parents
                    .iter()
                    .filter_map(|parent| commits.get(parent));
                !commit.holds(mark) && parents.any(|parent| parent.holds(mark))
            })
            .map(|(id, _)| *id)
            .max_by_key(time);
        if let Some(head) = head {
            let in_head = commits[&head].holds(mark);
            answers.in_head.insert(mark, in_head);
            removed = removed.filter(|_| !in_head);
        }
        answers.lives.insert(mark, (first, last, removed));
        let containing = containing(repository, &holding);
        let containing = names.iter().filter(|name| containing.contains(*name));
        answers
            .references
            .insert(mark, containing.cloned().collect());
    }
    for (id, marks) in marks_of {
        if !reached.contains(&id) {
            answers.unreached.extend(
                marks
                    .into_iter()
                    .map(|mark| (mark, id, Introduced::Content)),
            );
        }
    }
    answers
}

/// Parents and times, as git shows them.
fn commit(repository: &Repository, id: ObjectId, own: BTreeSet<Mark>) -> Commit {
    let format = "--format=%at %ct %P";
    let shown = repository.git(&["log", "-1", format, &id.to_string()], b"");
    let shown = String::from_utf8(shown).expect("text");
    let mut words = shown.split_ascii_whitespace();
    let mut time = || words.next().expect("a time").parse().expect("a number");
    let times = (time(), time());
    let parents = words.map(|hex| ObjectId::from_hex(hex.as_bytes()).expect("an id"));
    Commit {
        parents: parents.collect(),
        times,
        held: Held::new(),
        own,
    }
}

/// What a commit's tree holds, as `git ls-tree` lists it.
fn held(repository: &Repository, id: ObjectId, marks_of: &BTreeMap<ObjectId, Vec<Mark>>) -> Held {
    let listed = repository.git(
        &["ls-tree", "-r", "-t", "-z", "--full-tree", &id.to_string()],
        b"",
    );
    let mut held = Held::new();
    for line in listed
        .split(|&byte| byte == 0)
        .filter(|line| !line.is_empty())
    {
        let tab = line.iter().position(|&byte| byte == b'\t').expect("a tab");
        let (facts, path) = (&line[..tab], &line[tab + 1..]);
        let facts = std::str::from_utf8(facts).expect("text");
        let [_, kind, object] = facts.split(' ').collect::<Vec<_>>()[..] else {
            panic!("three facts: {facts}")
        };
        let object = ObjectId::from_hex(object.as_bytes()).expect("an id");
        let name = path.rsplit(|&byte| byte == b'/').next().expect("a name");
        for mark in marks_of_name(name) {
            held.insert((path.to_vec(), mark, Introduced::Name), object);
        }
        if kind == "blob" {
            for &mark in marks_of.get(&object).into_iter().flatten() {
                held.insert((path.to_vec(), mark, Introduced::Content), object);
            }
        }
    }
    held
}

/// References whose history holds one of the commits.
fn containing(repository: &Repository, commits: &[ObjectId]) -> BTreeSet<String> {
    if commits.is_empty() {
        return BTreeSet::new();
    }
    let mut arguments = vec!["for-each-ref".to_owned(), "--format=%(refname)".to_owned()];
    arguments.extend(commits.iter().map(|commit| format!("--contains={commit}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let listed = String::from_utf8(repository.git(&arguments, b"")).expect("text");
    listed.lines().map(str::to_owned).collect()
}
