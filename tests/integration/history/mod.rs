//! A repository's history: everything that git holds, whoever brought it there, and what a change adds to it.
//!
//! - `places`: one token in each place where git keeps things, and which of them a command reads.
//! - `repositories`: kinds of repositories, whole and partial.
//! - `attribution`: commits, references, what was pushed.
//! - `differential`: generated histories, read by deltas and whole.
//! - `ranges`: what a range of commits adds.
//! - `hooks`: real pushes, on both ends.
//! - `faults`: damaged repositories.

mod attribution;
mod differential;
mod faults;
mod hooks;
mod places;
mod ranges;
mod repositories;

use std::cell::Cell;
use std::ops::Deref;
use std::path::Path;

use serde_json::Value;

use crate::support::{Run, Scratch, TOKEN_RULE, aws_pair, binary, token};

/// Noon of the first of January 2024 in UTC: the day before the first commit's.
const EPOCH: u64 = 1_704_110_400;
const DAY: u64 = 86_400;

/// A repository whose commits are a day apart, the first of the second of January 2024.
struct Repository {
    scratch: Scratch,
    day: Cell<u64>,
}

impl Deref for Repository {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.scratch
    }
}

impl Repository {
    fn new() -> Self {
        Self::with(&[])
    }

    /// Made with further arguments to `git init`.
    fn with(arguments: &[&str]) -> Self {
        Self {
            scratch: Scratch::repository_with(arguments),
            day: Cell::new(0),
        }
    }

    /// Runs git with the date of today, whatever comes of it.
    fn try_git(&self, arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Run {
        let now = self.now();
        let mut command = self.command("git");
        command
            .args(arguments)
            .env("GIT_AUTHOR_DATE", &now)
            .env("GIT_COMMITTER_DATE", &now)
            .envs(environment.iter().copied());
        self.run(&mut command, input)
    }

    /// Runs git with the date of today, which must succeed; gives its output without the last line's end.
    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, &[], b"")
    }

    #[track_caller]
    fn git_with(&self, arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> String {
        let run = self.try_git(arguments, environment, input);
        assert_eq!(run.code, 0, "git {arguments:?}: {}", run.stderr);
        run.text().trim_end().to_owned()
    }

    /// Today as git takes it.
    fn now(&self) -> String {
        format!("@{} +0100", EPOCH + DAY * self.day.get())
    }

    fn tomorrow(&self) {
        self.day.set(self.day.get() + 1);
    }

    /// Commits everything a day later, and gives the commit's id.
    #[track_caller]
    fn commit(&self, message: &str) -> String {
        self.commit_with(message, &[])
    }

    /// The same with further environment variables.
    #[track_caller]
    fn commit_with(&self, message: &str, environment: &[(&str, &str)]) -> String {
        self.tomorrow();
        self.git(&["add", "-A"]);
        let arguments = [
            "commit",
            "-q",
            "--no-verify",
            "--allow-empty",
            "-m",
            message,
        ];
        self.git_with(&arguments, environment, b"");
        self.id("HEAD")
    }

    /// Writes one file and commits it.
    #[track_caller]
    fn add(&self, path: &str, content: impl AsRef<[u8]>, message: &str) -> String {
        self.write(path, content);
        self.commit(message)
    }

    /// Deletes one file and commits that.
    #[track_caller]
    fn remove(&self, path: &str, message: &str) -> String {
        std::fs::remove_file(self.path().join(path)).expect("a file");
        self.commit(message)
    }

    /// A new branch at HEAD, checked out.
    #[track_caller]
    fn branch(&self, name: &str) {
        self.git(&["checkout", "-q", "-b", name]);
    }

    #[track_caller]
    fn checkout(&self, name: &str) {
        self.git(&["checkout", "-q", name]);
    }

    /// Merges a branch a day later.
    #[track_caller]
    fn merge(&self, branches: &[&str], message: &str) -> String {
        self.tomorrow();
        let arguments = [&["merge", "-q", "--no-ff", "-m", message], branches].concat();
        self.git(&arguments);
        self.id("HEAD")
    }

    /// The id of a revision.
    #[track_caller]
    fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", "-q", revision])
    }

    /// Writes an object and gives its id.
    #[track_caller]
    fn object(&self, kind: &str, content: impl AsRef<[u8]>) -> String {
        let arguments = ["hash-object", "-w", "-t", kind, "--stdin"];
        self.git_with(&arguments, &[], content.as_ref())
    }

    /// `keyward git` with what is given, as JSON that names the secrets.
    fn scan(&self, arguments: &[&str]) -> Run {
        self.keyward(&[SCAN, arguments].concat())
    }

    /// The same in a folder below or beside this one.
    fn scan_in(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> Run {
        keyward_in(self, folder, &[SCAN, arguments].concat())
    }

    /// Where a scan found a secret: `kind path:line commit` with the commit's subject, or `kind path commit` where it stands
    /// in a name; without a commit, `-`. In the report's order.
    #[track_caller]
    fn places(&self, run: &Run, secret: &str) -> Vec<String> {
        let Some(finding) = finding(run, secret) else {
            return Vec::new();
        };
        let locations = finding["locations"].as_array().expect("locations");
        locations.iter().map(|place| self.place(place)).collect()
    }

    fn place(&self, place: &Value) -> String {
        let path = text(&place["path"]);
        let line = &place["start"]["line"];
        let history = &place["history"];
        if history.is_null() {
            return format!("{} {path}:{line}", text(&place["origin"]));
        }
        let commit = match history["commit"]["id"].as_str() {
            Some(id) => self.subject(id),
            None => "-".to_owned(),
        };
        match text(&history["kind"]) {
            kind @ ("file-name" | "reference") => format!("{kind} {path} {commit}"),
            kind => format!("{kind} {path}:{line} {commit}"),
        }
    }

    /// The first line of a commit's message.
    fn subject(&self, id: &str) -> String {
        let run = self.try_git(&["show", "-s", "--no-notes", "--format=%s", id], &[], b"");
        if run.code == 0 {
            run.text().trim_end().to_owned()
        } else {
            id.to_owned()
        }
    }
}

/// A scan of the history whose report names the secrets, so that a test knows which is which.
const SCAN: &[&str] = &["git", "-f", "json", "--show-secrets"];

/// Runs keyward in a folder below or beside the scratch folder.
fn keyward_in(scratch: &Scratch, folder: impl AsRef<Path>, arguments: &[&str]) -> Run {
    let mut command = scratch.command(binary());
    command
        .args(arguments)
        .current_dir(scratch.path().join(folder));
    scratch.run(&mut command, b"")
}

/// A line with the token of that seed.
fn line(seed: u64) -> String {
    format!("key = {}\n", token(seed))
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The finding of that secret.
#[track_caller]
fn finding(run: &Run, secret: &str) -> Option<Value> {
    let json = run.json();
    let findings = json["findings"].as_array().expect("findings");
    let mut of_it = findings
        .iter()
        .filter(|finding| finding["secret"] == secret);
    let first = of_it.next().cloned();
    assert!(
        of_it.next().is_none(),
        "one secret is one finding: {json:#}"
    );
    if let Some(finding) = &first {
        assert_eq!(finding["rule"], TOKEN_RULE);
    }
    first
}

/// What is known of that secret's way through history.
#[track_caller]
fn exposure(run: &Run, secret: &str) -> Value {
    let finding = finding(run, secret).unwrap_or_else(|| panic!("not found: {run:?}"));
    let exposure = finding["exposure"].clone();
    assert!(exposure.is_object(), "{finding:#}");
    exposure
}

/// The seeds, of those given, whose tokens were found.
fn found(run: &Run, seeds: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let seeds = seeds.into_iter();
    seeds
        .filter(|&seed| finding(run, &token(seed)).is_some())
        .collect()
}

/// Fails unless the scan was complete; the exit code says whether anything was found.
#[track_caller]
fn complete(run: Run) -> Run {
    let found = run.json()["summary"]["findings"] != 0;
    let run = run.expect(i32::from(found));
    assert_eq!(run.json()["summary"]["complete"], true, "{}", run.text());
    run
}

/// Fails unless the scan says that it is incomplete, and did not crash.
#[track_caller]
fn incomplete(run: Run) -> Run {
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let run = run.expect(2);
    let json = run.json();
    assert_eq!(json["summary"]["complete"], false, "{json:#}");
    let skips = json["coverage"]["incomplete"].as_array().expect("a list");
    assert!(!skips.is_empty(), "{json:#}");
    for skip in skips {
        assert!(!text(&skip["subject"]).is_empty(), "{skip}");
        assert!(!text(&skip["help"]).is_empty(), "{skip}");
    }
    run
}

/// Fails unless something was skipped for that reason whose subject or detail names `what`.
#[track_caller]
fn skipped(run: &Run, reason: &str, what: &str) {
    let json = run.json();
    let skips = json["coverage"]["incomplete"].as_array().expect("a list");
    let named = skips.iter().any(|skip| {
        let told = [text(&skip["subject"]), text(&skip["detail"])];
        skip["reason"] == reason && told.iter().any(|text| text.contains(what))
    });
    assert!(named, "{reason} of {what}: {:#}", json["coverage"]);
    assert!(json["coverage"]["skipped"][reason].as_u64() >= Some(1));
}

/// Fails if a run printed the token of one of the seeds.
#[track_caller]
fn masked(run: &Run, seeds: impl IntoIterator<Item = u64>) {
    for seed in seeds {
        let secret = token(seed);
        assert!(!run.text().contains(&secret), "token {seed} on stdout");
        assert!(!run.stderr.contains(&secret), "token {seed} on stderr");
    }
}
