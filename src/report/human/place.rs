//! A place as the terminal format names it: `path:line:column`, and for history the commit that brought the secret there.
//!
//! What comes from the repository leaves here neutralised.

use super::excerpt::width;
use crate::exposure::{CommitInfo, HistoryPlace, PlaceKind};
use crate::finding::{Location, Origin};
use crate::report::{PathPrefix, exposure, time};
use crate::text::sanitize;

/// Columns that an author's name may take.
const AUTHOR: usize = 40;

/// The place. A path of the history is shown as git knows it, whatever folder the caller stands in: `git show
/// COMMIT:PATH` takes it so.
pub(super) fn shown(place: &Location, prefix: &PathPrefix) -> String {
    match &place.origin {
        Origin::History(history) => in_history(place, history),
        Origin::File | Origin::Index | Origin::Stdin => {
            positioned(&prefix.apply(&place.path), place)
        }
    }
}

/// Whether the secret stands in a name, where lines mean nothing.
pub(super) fn is_name(place: &Location) -> bool {
    match &place.origin {
        Origin::History(history) => {
            matches!(history.kind, PlaceKind::FileName | PlaceKind::Reference)
        }
        Origin::File | Origin::Index | Origin::Stdin => false,
    }
}

fn in_history(place: &Location, history: &HistoryPlace) -> String {
    let path = if is_name(place) {
        place.path.to_string()
    } else {
        positioned(&place.path.to_string(), place)
    };
    let remarks: Vec<String> = [
        is_name(place).then(|| "the name itself".to_owned()),
        origin(history),
    ]
    .into_iter()
    .flatten()
    .collect();
    if remarks.is_empty() {
        path
    } else {
        format!("{path} ({})", remarks.join(", "))
    }
}

fn positioned(path: &str, place: &Location) -> String {
    format!("{path}:{}:{}", place.start.line, place.start.column)
}

/// Who brought it there. The path of a commit says its id already, that of a tag or a reference that it is none.
fn origin(history: &HistoryPlace) -> Option<String> {
    match (&history.commit, history.kind) {
        (Some(commit), PlaceKind::Commit) => Some(by(commit)),
        (Some(commit), _) => {
            let id = sanitize(exposure::short(&commit.id).as_bytes());
            Some(format!("commit {id} {}", by(commit)))
        }
        (None, PlaceKind::Blob | PlaceKind::FileName) => Some("in no known commit".to_owned()),
        (None, PlaceKind::Commit | PlaceKind::Tag | PlaceKind::Reference) => None,
    }
}

fn by(commit: &CommitInfo) -> String {
    let author = bounded(&sanitize(commit.author.as_bytes()));
    let day = time::authored_day(commit.authored);
    if author.is_empty() {
        format!("on {day}")
    } else {
        format!("by {author} on {day}")
    }
}

/// The name cut to what a line has room for.
fn bounded(author: &str) -> String {
    if width(author) <= AUTHOR {
        return author.to_owned();
    }
    let mut taken = String::new();
    for c in author.chars() {
        taken.push(c);
        if width(&taken) > AUTHOR - 1 {
            taken.pop();
            break;
        }
    }
    taken.push('…');
    taken
}
