//! How far a secret got, in words, and what to do first because of it: what the formats for people share.
//!
//! Says nothing that differs from one scan to the next but the number of days, which the caller asks for. Names of
//! references and authors are not among the words, so they need no neutralising; ids are taken as hexadecimal digits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::SystemTime;

use super::{Report, time};
use crate::exposure::{Exposure, HistoryPlace, PlaceKind, Reach};
use crate::finding::{Finding, Origin};

/// Digits of an id that people are shown: git finds the commit by them in the largest repositories.
const SHORT_ID: usize = 10;

/// What is said behind the advice to rotate.
pub(super) const REWRITING: &str =
    "rewriting the history comes second and does not undo the leak: whoever fetched it keeps it";
/// What is said behind the advice to take a secret out.
pub(super) const IN_DOUBT: &str = "rotate it if it may have left this machine";

/// The start of an id, as git abbreviates it.
pub(super) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// `in history since 2024-03-02 (264 days), removed in abc1234567, still reachable from 3 branches, pushed`. Without
/// `now` no days are counted.
pub(super) fn words(exposure: &Exposure, now: Option<SystemTime>) -> String {
    let mut text = "in history".to_owned();
    if let Some(first) = &exposure.first_seen {
        let _ = write!(text, " since {}", time::authored_day(first.authored));
        let days = now.and_then(|now| time::days_since(first.authored, now));
        if let Some(days) = days {
            let _ = write!(text, " ({})", count_of_days(days));
        }
    }
    let removed = exposure.removed_in.as_deref();
    if exposure.in_head == Some(true) {
        text.push_str(", still in HEAD");
    } else if let Some(commit) = removed {
        let _ = write!(text, ", removed in {}", short(&commit.id));
    }
    match exposure.reach {
        Reach::Reference => {
            let still = if removed.is_some() { "still " } else { "" };
            if let Some(from) = references(exposure) {
                let _ = write!(text, ", {still}reachable from {from}");
            }
        }
        Reach::Index => text.push_str(", staged but in no commit"),
        Reach::Reflog => text.push_str(", reachable from the reflog alone"),
        Reach::Dangling => text.push_str(", reachable from nothing, until git collects garbage"),
    }
    text.push_str(match exposure.pushed {
        Some(true) => ", pushed",
        Some(false) => ", not pushed",
        None => "",
    });
    text
}

fn count_of_days(days: u64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        _ => format!("{} days", super::grouped(days)),
    }
}

/// `3 branches, 1 tag and the stash`; of more references than are named, their number. HEAD counts only where no branch
/// does: it mostly stands on one.
fn references(exposure: &Exposure) -> Option<String> {
    let total = exposure.reference_count;
    if total == 0 {
        return None;
    }
    if total != exposure.references.len() as u64 {
        return Some(format!("{} references", super::grouped(total)));
    }
    let mut counts = BTreeMap::<_, usize>::new();
    for name in &exposure.references {
        *counts.entry(ReferenceKind::of(name)).or_default() += 1;
    }
    if counts.contains_key(&ReferenceKind::Branch) {
        counts.remove(&ReferenceKind::Head);
    }
    let mut texts: Vec<String> = counts
        .into_iter()
        .map(|(kind, count)| kind.counted(count))
        .collect();
    let last = texts.pop()?;
    Some(if texts.is_empty() {
        last
    } else {
        format!("{} and {last}", texts.join(", "))
    })
}

/// What a reference is, by its full name, in the order of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ReferenceKind {
    Branch,
    Remote,
    Tag,
    Note,
    Stash,
    Head,
    Other,
}

impl ReferenceKind {
    fn of(name: &str) -> Self {
        const FOLDERS: [(&str, ReferenceKind); 4] = [
            ("refs/heads/", ReferenceKind::Branch),
            ("refs/remotes/", ReferenceKind::Remote),
            ("refs/tags/", ReferenceKind::Tag),
            ("refs/notes/", ReferenceKind::Note),
        ];
        if name == "refs/stash" {
            return Self::Stash;
        }
        if name == "HEAD" || (name.starts_with("worktrees/") && name.ends_with("/HEAD")) {
            return Self::Head;
        }
        let folder = FOLDERS.iter().find(|(folder, _)| name.starts_with(folder));
        folder.map_or(Self::Other, |(_, kind)| *kind)
    }

    fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Branch => ("branch", "branches"),
            Self::Remote => ("remote-tracking branch", "remote-tracking branches"),
            Self::Tag => ("tag", "tags"),
            Self::Note => ("notes reference", "notes references"),
            Self::Stash => return "the stash".to_owned(),
            Self::Head if count == 1 => return "HEAD".to_owned(),
            Self::Head => return format!("HEAD of {count} working trees"),
            Self::Other => ("other reference", "other references"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// What to do first about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    /// Others may have it: rotate it, as its rule says.
    Rotate,
    /// Nobody has fetched it: how to take it out before somebody does.
    TakeOut(String),
}

/// What to do first about a secret that the history holds; `None` if it does not.
pub(super) fn advice(report: &Report<'_>, finding: &Finding) -> Option<Advice> {
    let exposure = finding.exposure.as_ref()?;
    if exposure.pushed != Some(false) {
        return Some(Advice::Rotate);
    }
    let how = match exposure.reach {
        Reach::Dangling => {
            "delete what git no longer reaches: git gc --prune=now (nothing of it can be restored then)".to_owned()
        }
        Reach::Index => {
            "take it out of the index before you commit: git restore --staged, or git rm --cached".to_owned()
        }
        Reach::Reflog => "make git forget it: git reflog expire --expire-unreachable=now --all, then git gc --prune=now \
                          (all that only reflogs hold goes, older stashes included)"
            .to_owned(),
        Reach::Reference => take_out(report, finding, exposure),
    };
    Some(Advice::TakeOut(how))
}

/// How to take a secret out of references that were not pushed.
fn take_out(report: &Report<'_>, finding: &Finding, exposure: &Exposure) -> String {
    let places: Vec<&HistoryPlace> = finding
        .locations
        .iter()
        .filter_map(|place| match &place.origin {
            Origin::History(place) => Some(place.as_ref()),
            Origin::File | Origin::Index | Origin::Stdin => None,
        })
        .collect();
    let what: BTreeSet<PlaceKind> = places.iter().map(|place| place.kind).collect();
    match Vec::from_iter(what).as_slice() {
        [PlaceKind::Reference] => return "rename that reference before you push it".to_owned(),
        [PlaceKind::Tag] => {
            return "make that tag anew before you push it: git tag --force --annotate".to_owned();
        }
        _ => {}
    }
    let kinds: BTreeSet<ReferenceKind> = exposure
        .references
        .iter()
        .map(|name| ReferenceKind::of(name))
        .collect();
    match Vec::from_iter(kinds).as_slice() {
        [ReferenceKind::Stash] => {
            return "drop the stash that holds it: git stash list, git stash drop".to_owned();
        }
        [ReferenceKind::Note] => {
            return "keep the notes that hold it from being pushed, or make them anew: git notes"
                .to_owned();
        }
        _ => {}
    }
    let mut commits: BTreeSet<&str> = places
        .iter()
        .filter_map(|place| place.commit.as_deref())
        .map(|commit| commit.id.as_str())
        .collect();
    // Of what a file on disk holds, the history's places need not be listed.
    if commits.is_empty() {
        commits.extend(exposure.first_seen.iter().map(|first| first.id.as_str()));
    }
    let branches = exposure
        .references
        .iter()
        .filter(|name| ReferenceKind::of(name) == ReferenceKind::Branch)
        .count();
    let branches = match branches {
        0 | 1 => String::new(),
        _ if exposure.reference_count > exposure.references.len() as u64 => {
            ", for each of its branches".to_owned()
        }
        count => format!(", for each of {count} branches"),
    };
    let last = report.info.revision.as_deref();
    if let (1, Some(only)) = (commits.len(), commits.first())
        && last == Some(*only)
    {
        return format!(
            "take it out of the last commit before you push: git commit --amend{branches}"
        );
    }
    match &exposure.first_seen {
        Some(first) => {
            let id = short(&first.id);
            format!(
                "take it out of commit {id} and what follows before you push: git rebase --interactive {id}^ \
                 (--root for the first commit){branches}"
            )
        }
        None => format!(
            "take it out of the commits that hold it before you push: git rebase --interactive{branches}"
        ),
    }
}

#[cfg(test)]
mod tests;
