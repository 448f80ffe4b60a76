//! How far each secret got: from the attribution's numbers to what reports say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::Names;
use super::references::Names as References;
use crate::exposure::{CommitInfo, Exposure, Moment, REFERENCES, Reach};
use crate::git::attribution::{Attribution, Commits, CommitsBuilder, Mark, Time};
use crate::git::{Limits, ObjectId, ObjectStore};

/// Everything that tells where a secret went.
pub(super) struct Exposures<'e> {
    pub(super) known: Known<'e>,
    infos: Mutex<HashMap<u32, Arc<CommitInfo>>>,
    groups: Vec<Reached>,
}

/// What that is worked out from.
#[derive(Clone, Copy)]
pub(super) struct Known<'e> {
    pub(super) store: &'e ObjectStore<'e>,
    pub(super) commits: &'e Commits,
    /// What annotated tags point to.
    pub(super) tags: &'e HashMap<ObjectId, ObjectId>,
    pub(super) references: &'e References,
    pub(super) attribution: &'e Attribution,
    pub(super) names: &'e Names<'e, 'e>,
    /// Whether others fetch from the repository.
    pub(super) bare: bool,
    /// Blobs of the index, and where they stand in it.
    pub(super) staged: &'e HashMap<ObjectId, Vec<u8>>,
}

/// What tips have in common from whose history the same is reached.
#[derive(Debug, Clone, Default)]
struct Reached {
    /// Positions of references, in order, the first few.
    references: Vec<u32>,
    count: u64,
    remote: bool,
    logged: bool,
}

impl Reached {
    fn add(&mut self, position: u32, references: &References) {
        match references.references.get(position as usize) {
            Some(reference) => {
                self.count += 1;
                self.remote |= reference.is_remote();
                if self.references.len() < REFERENCES {
                    self.references.push(position);
                }
            }
            None => self.logged = true,
        }
    }

    fn join(&mut self, other: &Self) {
        self.references.extend_from_slice(&other.references);
        self.count += other.count;
        self.remote |= other.remote;
        self.logged |= other.logged;
    }
}

impl<'e> Exposures<'e> {
    pub(super) fn new(known: Known<'e>) -> Self {
        let groups = known.attribution.groups().iter();
        let groups = groups
            .map(|group| {
                let mut reached = Reached::default();
                for &tag in &group.tags {
                    reached.add(tag, known.references);
                }
                reached
            })
            .collect();
        Self {
            known,
            infos: Mutex::default(),
            groups,
        }
    }

    /// How far a secret got. `holders` are positions of references that hold it otherwise than through a commit: in their
    /// name, or by pointing to a tag or blob with it; `staged` says whether the index does.
    pub(super) fn exposure(&self, mark: Mark, holders: &[u32], staged: bool) -> Exposure {
        let mut reached = Reached::default();
        for group in self.known.attribution.groups_with(mark) {
            reached.join(&self.groups[group]);
        }
        for &holder in holders {
            // Through commits it may be among them; then it was counted.
            if !reached.references.contains(&holder) {
                reached.add(holder, self.known.references);
            }
        }
        reached.references.sort_unstable();
        reached.references.truncate(REFERENCES);
        let reach = if reached.count > 0 {
            Reach::Reference
        } else if staged {
            Reach::Index
        } else if reached.logged {
            Reach::Reflog
        } else {
            Reach::Dangling
        };
        let attribution = self.known.attribution;
        Exposure {
            first_seen: attribution.first(mark).map(|commit| self.info(commit)),
            last_seen: attribution.last_seen(mark).map(|commit| self.info(commit)),
            removed_in: attribution.removed_in(mark).map(|commit| self.info(commit)),
            in_head: attribution.in_head(mark),
            reach,
            references: reached
                .references
                .iter()
                .filter_map(|&at| self.known.references.references.get(at as usize))
                .map(|r| text(&self.known.names.masked_reference(&r.name)))
                .collect(),
            reference_count: reached.count,
            pushed: Some(reached.remote || (self.known.bare && reach == Reach::Reference)),
        }
    }

    /// What reports say of a commit.
    pub(super) fn info(&self, commit: u32) -> Arc<CommitInfo> {
        let lock = || self.infos.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(info) = lock().get(&commit) {
            return Arc::clone(info);
        }
        let id = self.known.commits.id(commit);
        // A commit that was read once and cannot be read again has no author to name.
        let raw = self.known.store.read(&id, &Limits::default());
        let raw = raw.map(|(_, raw)| raw).unwrap_or_default();
        let mut info = commit_info(self.known.names, id, &raw);
        let Time { seconds, offset } = self.known.commits.author(commit);
        info.authored = Moment { seconds, offset };
        let info = Arc::new(info);
        lock().insert(commit, Arc::clone(&info));
        info
    }

    /// Positions of the references that point to an object, or to a tag of it.
    pub(super) fn holders(&self, object: ObjectId) -> Vec<u32> {
        let references = (0..).zip(&self.known.references.references);
        references
            .filter(|(_, reference)| {
                let mut at = Some(&reference.target);
                // As for tips: a circle of tags ends.
                for _ in 0..=self.known.tags.len() {
                    match at {
                        Some(&id) if id == object => return true,
                        Some(id) => at = self.known.tags.get(id),
                        None => break,
                    }
                }
                false
            })
            .map(|(position, _)| position)
            .collect()
    }
}

/// What reports say of a commit, from its object.
pub(in crate::source) fn commit_info(
    names: &Names<'_, '_>,
    id: ObjectId,
    raw: &[u8],
) -> CommitInfo {
    let (author, email) = author(raw);
    let mut builder = CommitsBuilder::new();
    let time = match builder.add(id, raw) {
        Ok(()) => Commits::new(&[builder]).author(0),
        Err(_) => Time::default(),
    };
    CommitInfo {
        authored: Moment {
            seconds: time.seconds,
            offset: time.offset,
        },
        id: id.to_string(),
        author: text(&names.masked_text(author)),
        email: text(&names.masked_text(email)),
    }
}

/// Name and address of a commit's author.
fn author(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut lines = raw.split(|&byte| byte == b'\n');
    let header = lines
        .by_ref()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(b"author "));
    let Some(author) = header else {
        return (b"", b"");
    };
    let Some(start) = memchr::memchr(b'<', author) else {
        return (author.trim_ascii(), b"");
    };
    let (name, rest) = author.split_at(start);
    let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
    (name.trim_ascii(), &rest[1..end.max(1)])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
