//! From what people and git write to the ends of a range.

use gix::bstr::BStr;

use super::Range;
use crate::git::ObjectId;
use crate::source::history::is_called;
use crate::source::history::references::Names;
use crate::source::repository::{Repository, RepositoryError, chain};

/// The commits of `A..B` or `A...B`; an absent end is HEAD.
pub fn between(repository: &Repository, text: &str) -> Result<Range, RepositoryError> {
    let symmetric = text.split_once("...");
    let Some((from, to)) = symmetric.or_else(|| text.split_once("..")) else {
        return Err(RepositoryError::NoRange {
            path: repository.root(),
            text: text.to_owned(),
        });
    };
    let end = |text: &str| revision(repository, if text.is_empty() { "HEAD" } else { text });
    let (from, to) = (end(from)?, end(to)?);
    if symmetric.is_none() {
        return Ok(Range {
            include: vec![to],
            exclude: vec![from],
            since: None,
        });
    }
    let (one, other) = (gix_id(from), gix_id(to));
    let bases = repository.inner.merge_bases_many(one, &[other]);
    let bases = bases.map_err(|error| RepositoryError::Read {
        path: repository.root(),
        what: "the common ancestors of the range's ends",
        message: chain(&error),
    })?;
    Ok(Range {
        include: vec![from, to],
        exclude: bases.iter().filter_map(|id| own_id(id)).collect(),
        since: None,
    })
}

/// What the pre-commit framework says is pushed. Zeros stand for nothing, as git writes it.
pub fn framework(repository: &Repository, from: &str, to: &str) -> Result<Range, RepositoryError> {
    let zeros = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'0');
    if zeros(to) {
        return Ok(Range::default());
    }
    let tip = revision(repository, to)?;
    if zeros(from) {
        return Ok(unpushed(repository, None, vec![tip]));
    }
    Ok(Range {
        include: vec![tip],
        exclude: vec![revision(repository, from)?],
        since: None,
    })
}

/// Since a revision or a day: everything that `tips` lead to and it does not.
pub fn since(
    repository: &Repository,
    text: &str,
    tips: Vec<ObjectId>,
) -> Result<Range, RepositoryError> {
    if let Ok(id) = revision(repository, text) {
        return Ok(Range {
            include: tips,
            exclude: vec![id],
            since: None,
        });
    }
    match gix::date::parse(text, Some(jiff::Zoned::now())) {
        Ok(time) => Ok(Range {
            include: tips,
            exclude: Vec::new(),
            since: Some(time.seconds),
        }),
        Err(_) => Err(RepositoryError::NoRevision {
            path: repository.root(),
            text: text.to_owned(),
        }),
    }
}

/// What a push would send, from the lines that git writes to a `pre-push` hook: local reference, its object, remote
/// reference, its object. The remote has what its remote-tracking references lead to, and what it says it has.
pub fn push(
    repository: &Repository,
    remote: Option<&str>,
    lines: &str,
) -> Result<Range, RepositoryError> {
    let mut range = Range::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let &[_, local, _, theirs] = words.as_slice() else {
            return Err(bad_line(repository, line));
        };
        let (Some(local), Some(theirs)) = (id(local), id(theirs)) else {
            return Err(bad_line(repository, line));
        };
        // Only zeros stand for nothing: a branch that is deleted here, or that is new there.
        if !is_nothing(local) {
            range.include.push(local);
        }
        if !is_nothing(theirs) {
            range.exclude.push(theirs);
        }
    }
    if !range.include.is_empty() {
        range.exclude.append(&mut remote_tips(repository, remote));
    }
    Ok(range)
}

/// What `tip` leads to and a remote is not known to have.
pub fn unpushed(repository: &Repository, remote: Option<&str>, tips: Vec<ObjectId>) -> Range {
    Range {
        include: tips,
        exclude: remote_tips(repository, remote),
        since: None,
    }
}

/// What a push brings, from the lines that git writes to a `pre-receive` hook: old object, new object, reference.
pub fn receive(repository: &Repository, lines: &str) -> Result<Range, RepositoryError> {
    let mut range = Range::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let &[old, new, _] = words.as_slice() else {
            return Err(bad_line(repository, line));
        };
        let (Some(old), Some(new)) = (id(old), id(new)) else {
            return Err(bad_line(repository, line));
        };
        if !is_nothing(new) {
            range.include.push(new);
        }
        if !is_nothing(old) {
            range.exclude.push(old);
        }
    }
    if !range.include.is_empty() {
        let names = Names::read(repository);
        range
            .exclude
            .extend(names.references.iter().map(|r| r.target));
    }
    Ok(range)
}

/// What the local branches and HEAD point to.
pub fn local_tips(repository: &Repository) -> Vec<ObjectId> {
    let names = Names::read(repository);
    let local = names
        .references
        .iter()
        .filter(|r| r.name.starts_with(b"refs/heads/") || r.name == b"HEAD");
    local.map(|r| r.target).collect()
}

/// What all references, or those that were asked for, point to.
pub fn tips(repository: &Repository, asked: &[String]) -> Result<Vec<ObjectId>, RepositoryError> {
    let names = Names::read(repository);
    if asked.is_empty() {
        return Ok(names.references.iter().map(|r| r.target).collect());
    }
    asked
        .iter()
        .map(|asked| {
            let mut found = names.references.iter();
            let found = found.find(|r| is_called(&r.name, asked));
            found
                .map(|r| r.target)
                .ok_or_else(|| RepositoryError::NoReference {
                    path: repository.root(),
                    name: asked.clone(),
                })
        })
        .collect()
}

/// What the remote-tracking references of a remote point to, or those of all remotes.
fn remote_tips(repository: &Repository, remote: Option<&str>) -> Vec<ObjectId> {
    let prefix = match remote {
        Some(remote) => format!("refs/remotes/{remote}/"),
        None => "refs/remotes/".to_owned(),
    };
    let names = Names::read(repository);
    let theirs = names
        .references
        .iter()
        .filter(|r| r.name.starts_with(prefix.as_bytes()));
    theirs.map(|r| r.target).collect()
}

fn id(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.as_bytes())
}

fn is_nothing(id: ObjectId) -> bool {
    id.as_bytes().iter().all(|byte| *byte == 0)
}

fn bad_line(repository: &Repository, line: &str) -> RepositoryError {
    RepositoryError::HookInput {
        path: repository.root(),
        line: line.to_owned(),
    }
}

/// The commit or tag that a revision names, as git reads it (`main~2`, `v1.0`, `@{u}`).
pub fn revision(repository: &Repository, text: &str) -> Result<ObjectId, RepositoryError> {
    let found = repository.inner.rev_parse_single(BStr::new(text));
    // A name can outlive the object it stands for.
    let found = found
        .ok()
        .filter(|id| id.try_object().is_ok_and(|o| o.is_some()));
    let found = found.and_then(|id| own_id(&id));
    found.ok_or_else(|| RepositoryError::NoRevision {
        path: repository.root(),
        text: text.to_owned(),
    })
}

fn own_id(id: &gix::oid) -> Option<ObjectId> {
    ObjectId::from_bytes(id.as_bytes())
}

fn gix_id(id: ObjectId) -> gix::ObjectId {
    gix::ObjectId::from_bytes_or_panic(id.as_bytes())
}
