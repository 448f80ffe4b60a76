//! Tests of the attribution.
//!
//! - `oracle`: the same answers from git itself, commit by commit
//! - `histories`: made-up histories: merges, renames, submodules, dangling commits, and what must come out
//! - `random`: many small histories against the oracle
//! - `damage`: trees and commits that are missing, broken or hostile
//! - `parts`: commits, sets and marks by themselves

mod damage;
mod histories;
mod oracle;
mod parts;
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{
    Attribution, BlobMarks, Bounds, Commits, CommitsBuilder, Introduced, Mark, Names, Questions,
    Tip, Wanted, attribute, read_trees,
};
use crate::git::tests::repository::Repository;
use crate::git::{
    Faults, HashKind, Kind, Kinds, Limits, Object, ObjectId, ObjectStore, Segment, Visitor,
    WalkOptions,
};

const BOTH: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

/// Everything that is asked, in a form that compares.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answers {
    introductions: BTreeSet<(Mark, ObjectId, Vec<u8>, ObjectId, Introduced)>,
    lives: BTreeMap<Mark, Life>,
    in_head: BTreeMap<Mark, bool>,
    references: BTreeMap<Mark, Vec<String>>,
    unreached: BTreeSet<(Mark, ObjectId, Introduced)>,
}

/// The first commit with a mark, the last, and the one that took it out.
type Life = (Option<ObjectId>, Option<ObjectId>, Option<ObjectId>);

/// Words of a text that start with `m` are marks.
fn marks_in(text: &[u8]) -> Vec<Mark> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric());
    let digits = words.filter_map(|word| std::str::from_utf8(word).ok()?.strip_prefix('m'));
    digits
        .filter_map(|digits| digits.parse().ok().map(Mark))
        .collect()
}

/// Words of a name that start with `n` are marks: from 1000 on.
fn marks_of_name(name: &[u8]) -> Vec<Mark> {
    let words = name.split(|byte| !byte.is_ascii_alphanumeric());
    let digits = words.filter_map(|word| std::str::from_utf8(word).ok()?.strip_prefix('n'));
    let numbers = digits.filter_map(|digits| digits.parse::<u32>().ok());
    numbers.map(|number| Mark(1000 + number)).collect()
}

struct InNames;

impl Names for InNames {
    fn marks(&self, name: &[u8]) -> Vec<Mark> {
        marks_of_name(name)
    }

    fn wants(&self, name: &[u8]) -> Wanted {
        match name {
            b"some" | b"another" => Wanted::InFolders,
            _ if name.starts_with(b"wanted") => Wanted::Everywhere,
            _ => Wanted::Nowhere,
        }
    }

    fn wants_in(&self, folder: &[u8]) -> bool {
        matches!(folder, b"in" | b"apart")
    }

    fn wants_there(&self, name: &[u8]) -> super::InFolder<'_> {
        let some = name == b"some";
        Box::new(move |folder| some == (folder == b"in"))
    }
}

/// Collects commits, and marks of blobs and commits.
#[derive(Default)]
struct Collect {
    commits: CommitsBuilder,
    blobs: Vec<(ObjectId, Mark)>,
    messages: Vec<(ObjectId, Mark)>,
}

impl Visitor for Collect {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _base: Option<(&(), &[Segment])>) {
        let id = object.id();
        let found = marks_in(object.bytes()).into_iter().map(|mark| (id, mark));
        match object.kind() {
            Kind::Commit => {
                let _ = self.commits.add(id, object.bytes());
                self.messages.extend(found);
            }
            Kind::Blob => self.blobs.extend(found),
            _ => {}
        }
    }
}

/// What a scan knows before trees are read.
struct Scanned {
    commits: Commits,
    blobs: BlobMarks,
    messages: Vec<(ObjectId, Mark)>,
}

fn scan(store: &ObjectStore<'_>, options: &WalkOptions, faults: &Faults) -> Scanned {
    let kinds = Kinds::BLOBS.with(Kind::Commit);
    let walked = store.walk(&WalkOptions { kinds, ..*options }, Collect::default, faults);
    let mut builders = Vec::new();
    let mut blobs = Vec::new();
    let mut messages = Vec::new();
    for mut visitor in walked.visitors {
        builders.push(visitor.commits);
        blobs.append(&mut visitor.blobs);
        messages.append(&mut visitor.messages);
    }
    Scanned {
        commits: Commits::new(&builders),
        blobs: BlobMarks::new(blobs),
        messages,
    }
}

/// References and what commit they lead to, by name; tags are their positions.
fn references(repository: &Repository) -> Vec<(String, ObjectId)> {
    let format = "--format=%(refname) %(objectname)";
    let listed = repository.git(&["for-each-ref", format], b"");
    let listed = String::from_utf8(listed).expect("text");
    let pair = |line: &str| {
        let (name, id) = line.split_once(' ').expect("two words");
        (
            name.to_owned(),
            ObjectId::from_hex(id.as_bytes()).expect("an id"),
        )
    };
    listed.lines().map(pair).collect()
}

/// The commit that HEAD leads to, if there is one.
fn head(repository: &Repository) -> Option<ObjectId> {
    let format = "--format=%(refname) %(objectname) %(HEAD)";
    let listed = repository.git(&["for-each-ref", format], b"");
    let listed = String::from_utf8(listed).expect("text");
    let line = listed.lines().find(|line| line.ends_with(" *"))?;
    ObjectId::from_hex(line.split(' ').nth(1)?.as_bytes())
}

/// All answers, and the faults met.
fn answers(repository: &Repository, threads: usize) -> (Answers, Vec<String>) {
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.objects(), repository.hash, &faults);
    let options = WalkOptions {
        threads,
        ..WalkOptions::default()
    };
    let scanned = scan(&store, &options, &faults);
    let trees = read_trees(&store, &scanned.blobs, &InNames, &options, &faults);
    let references = references(repository);
    let tips = (0..).zip(&references);
    let tips: Vec<Tip> = tips
        .map(|(tag, &(_, commit))| Tip { commit, tag })
        .collect();
    let questions = Questions {
        tips: &tips,
        head: head(repository),
        commit_marks: &scanned.messages,
        bounds: Bounds::default(),
    };
    let attribution = attribute(&scanned.commits, &trees, &questions, &faults);
    assert!(!attribution.is_cut());
    let named = |mark| {
        let tags = attribution.tips(mark).into_iter();
        tags.map(|tag| references[tag as usize].0.clone())
            .collect::<Vec<_>>()
    };
    let answers = comparable(&scanned.commits, &attribution, named);
    let faults = faults
        .into_sorted()
        .iter()
        .map(ToString::to_string)
        .collect();
    (answers, faults)
}

fn comparable(
    commits: &Commits,
    attribution: &Attribution,
    references: impl Fn(Mark) -> Vec<String>,
) -> Answers {
    let mut answers = Answers::default();
    for &mark in attribution.marks() {
        for place in attribution.introductions(mark) {
            assert_eq!(place.mark, mark);
            let path = attribution.path(place).to_vec();
            let commit = commits.id(place.commit);
            let entry = (mark, commit, path, place.object, place.how);
            assert!(answers.introductions.insert(entry), "listed twice");
        }
        let id = |number: Option<u32>| number.map(|number| commits.id(number));
        let life = (
            id(attribution.first(mark)),
            id(attribution.last_seen(mark)),
            id(attribution.removed_in(mark)),
        );
        answers.lives.insert(mark, life);
        if let Some(in_head) = attribution.in_head(mark) {
            answers.in_head.insert(mark, in_head);
        }
        answers.references.insert(mark, references(mark));
    }
    let unreached = attribution.unreached().iter();
    answers.unreached = unreached
        .map(|lost| (lost.mark, lost.object, lost.how))
        .collect();
    answers
}

/// Writes a history for `git fast-import`. Each commit is given whole: all its files.
#[derive(Default)]
struct Stream {
    text: String,
    commits: usize,
}

/// Files by path: mode and content, or the id of a submodule's commit.
type Files = BTreeMap<String, (&'static str, String)>;

impl Stream {
    /// Adds a commit on a branch of its own, `refs/heads/bNUMBER`, a minute after the one before; gives its number.
    fn commit(&mut self, parents: &[usize], message: &str, files: &Files) -> usize {
        let time = 1_600_000_000 + i64::try_from(self.commits).expect("few") * 60;
        self.commit_at(parents, message, files, time)
    }

    fn commit_at(&mut self, parents: &[usize], message: &str, files: &Files, time: i64) -> usize {
        let number = self.commits;
        self.commits += 1;
        let text = &mut self.text;
        let _ = writeln!(text, "reset refs/heads/b{number}");
        let _ = writeln!(text, "commit refs/heads/b{number}\nmark :{}", number + 1);
        let _ = writeln!(text, "author A <a@b.example> {time} +0200");
        let _ = writeln!(text, "committer C <c@d.example> {} +0000", time + 5);
        let _ = writeln!(text, "data {}\n{message}", message.len());
        for (position, parent) in parents.iter().enumerate() {
            let command = if position == 0 { "from" } else { "merge" };
            let _ = writeln!(text, "{command} :{}", parent + 1);
        }
        let _ = writeln!(text, "deleteall");
        for (path, (mode, content)) in files {
            if *mode == "160000" {
                let _ = writeln!(text, "M {mode} {content} {path}");
            } else {
                let _ = writeln!(
                    text,
                    "M {mode} inline {path}\ndata {}\n{content}",
                    content.len()
                );
            }
        }
        let _ = writeln!(text);
        number
    }

    /// Makes a repository of it, with branches only for these commits; the rest is reached through them or dangling.
    fn import(&self, hash: HashKind, keep: &[usize]) -> Repository {
        let repository = Repository::new(hash);
        repository.git(&["fast-import", "--quiet", "--force"], self.text.as_bytes());
        let mut updates = String::new();
        for number in (0..self.commits).filter(|number| !keep.contains(number)) {
            let _ = writeln!(updates, "delete refs/heads/b{number}");
        }
        repository.git(&["update-ref", "--stdin"], updates.as_bytes());
        if let Some(first) = keep.first() {
            let branch = format!("refs/heads/b{first}");
            repository.git(&["symbolic-ref", "HEAD", &branch], b"");
        }
        repository
    }
}

/// Regular files.
fn files(list: &[(&str, &str)]) -> Files {
    let each = list.iter();
    each.map(|&(path, content)| (path.to_owned(), ("100644", content.to_owned())))
        .collect()
}

/// Packs all objects anew, dangling ones too, so that trees are deltas.
fn repack(repository: &Repository) {
    repository.git(
        &[
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
            "-k",
            "--window=50",
            "--depth=40",
        ],
        b"",
    );
}
