//! All commits of a repository, compact: what of them tells which came after which. Replacements and grafts are not
//! followed: what is stored counts.

use super::buckets::Buckets;
use crate::git::ObjectId;

/// A moment as git records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// Offset from UTC in minutes.
    pub offset: i16,
}

/// A commit object that names no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the commit names no tree")]
pub struct Malformed;

/// What is kept of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    id: ObjectId,
    tree: ObjectId,
    author: Time,
    committer: Time,
    /// Where in the builder its parents start, and how many there are.
    parents: (u32, u32),
}

/// Collects commits, in any order: one builder a thread.
#[derive(Debug, Default)]
pub struct CommitsBuilder {
    rows: Vec<Row>,
    parents: Vec<ObjectId>,
}

impl CommitsBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commit, given its raw object. A parent that is named twice counts once; a line that cannot be read is left
    /// out, except for the tree's.
    pub fn add(&mut self, id: ObjectId, raw: &[u8]) -> Result<(), Malformed> {
        let mut tree = None;
        let mut author = None;
        let mut committer = None;
        let first = self.parents.len();
        for line in raw.split(|&byte| byte == b'\n') {
            // Lines of signatures and merged tags that could be taken for these start with a space.
            if line.is_empty() {
                break;
            } else if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = tree.or_else(|| ObjectId::from_hex(hex));
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                if let Some(parent) = ObjectId::from_hex(hex)
                    && !self.parents[first..].contains(&parent)
                {
                    self.parents.push(parent);
                }
            } else if let Some(signature) = line.strip_prefix(b"author ") {
                author = author.or_else(|| time(signature));
            } else if let Some(signature) = line.strip_prefix(b"committer ") {
                committer = committer.or_else(|| time(signature));
                // What follows is of no interest.
                break;
            }
        }
        let Some(tree) = tree else {
            self.parents.truncate(first);
            return Err(Malformed);
        };
        self.rows.push(Row {
            id,
            tree,
            author: author.or(committer).unwrap_or_default(),
            committer: committer.or(author).unwrap_or_default(),
            parents: (first as u32, (self.parents.len() - first) as u32),
        });
        Ok(())
    }
}

/// The time at the end of an author's line: behind the last `>`, seconds and offset.
fn time(signature: &[u8]) -> Option<Time> {
    let start = memchr::memrchr(b'>', signature).map_or(0, |end| end + 1);
    let text = std::str::from_utf8(&signature[start..]).ok()?;
    let mut words = text.split_ascii_whitespace();
    let seconds = words.next()?.parse().ok()?;
    let offset = words.next().and_then(offset).unwrap_or(0);
    Some(Time { seconds, offset })
}

/// An offset such as `+0530` in minutes. Hours beyond a day are nonsense that some tools wrote.
fn offset(text: &str) -> Option<i16> {
    let number: i32 = text.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    i16::try_from(minutes)
        .ok()
        .filter(|minutes| minutes.abs() <= 24 * 60)
}

/// All commits by number. The numbers are in the order of the ids.
#[derive(Debug)]
pub struct Commits {
    /// Ids and trees, each in one piece of `size` bytes.
    ids: Vec<u8>,
    trees: Vec<u8>,
    size: usize,
    buckets: Buckets,
    times: Vec<(Time, Time)>,
    /// Where each commit's parents start; one more at the end.
    starts: Vec<u32>,
    parents: Vec<u32>,
    /// Sorted: commits with a parent that is not there, and the parent.
    missing: Vec<(u32, ObjectId)>,
}

impl Commits {
    /// Puts together what the threads collected. A commit given twice counts once, one of another hash not at all.
    pub fn new(builders: &[CommitsBuilder]) -> Self {
        let mut order: Vec<(u32, u32)> = Vec::new();
        for (number, builder) in (0..).zip(builders) {
            order.extend((0..builder.rows.len() as u32).map(|row| (number, row)));
        }
        let row = |&(builder, row): &(u32, u32)| &builders[builder as usize].rows[row as usize];
        order.sort_unstable_by_key(|place| (row(place).id, *place));
        order.dedup_by_key(|place| row(place).id);
        let size = order
            .first()
            .map_or(20, |place| row(place).id.as_bytes().len());
        let fits = |place: &(u32, u32)| {
            row(place).id.as_bytes().len() == size && row(place).tree.as_bytes().len() == size
        };
        order.retain(fits);

        let mut ids = Vec::with_capacity(order.len() * size);
        let mut trees = Vec::with_capacity(order.len() * size);
        let mut times = Vec::with_capacity(order.len());
        for place in &order {
            let row = row(place);
            ids.extend_from_slice(row.id.as_bytes());
            trees.extend_from_slice(row.tree.as_bytes());
            times.push((row.author, row.committer));
        }
        let buckets = Buckets::new(order.len() as u32, |number| piece(&ids, size, number));
        let mut starts = Vec::with_capacity(order.len() + 1);
        let mut parents = Vec::new();
        let mut missing = Vec::new();
        for (number, place) in (0..).zip(&order) {
            starts.push(parents.len() as u32);
            let (first, count) = row(place).parents;
            let named = &builders[place.0 as usize].parents[first as usize..][..count as usize];
            for parent in named {
                match buckets.find(parent.as_bytes(), |number| piece(&ids, size, number)) {
                    Some(parent) => parents.push(parent),
                    None => missing.push((number, *parent)),
                }
            }
        }
        starts.push(parents.len() as u32);
        Self {
            ids,
            trees,
            size,
            buckets,
            times,
            starts,
            parents,
            missing,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The number of a commit.
    pub fn find(&self, id: &ObjectId) -> Option<u32> {
        self.buckets
            .find(id.as_bytes(), |number| piece(&self.ids, self.size, number))
    }

    /// The id of a commit.
    ///
    /// # Panics
    /// Like the functions below: when there is no commit of this number.
    pub fn id(&self, number: u32) -> ObjectId {
        id_at(&self.ids, self.size, number)
    }

    /// The id of a commit's tree.
    pub fn tree(&self, number: u32) -> ObjectId {
        id_at(&self.trees, self.size, number)
    }

    /// Its parents, those that are there, each once.
    pub fn parents(&self, number: u32) -> &[u32] {
        let number = number as usize;
        &self.parents[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    /// Parents that are not there, as at the end of a shallow clone.
    pub fn missing_parents(&self, number: u32) -> impl Iterator<Item = ObjectId> + '_ {
        let first = self.missing.partition_point(|&(commit, _)| commit < number);
        let missing = self.missing[first..].iter();
        missing
            .take_while(move |&&(commit, _)| commit == number)
            .map(|&(_, parent)| parent)
    }

    /// Commits of which a parent is not there, and that parent.
    pub fn all_missing_parents(&self) -> &[(u32, ObjectId)] {
        &self.missing
    }

    /// When it was written: the committer's time where the author's cannot be read.
    pub fn author(&self, number: u32) -> Time {
        self.times[number as usize].0
    }

    /// When it was committed: the author's time where the committer's cannot be read.
    pub fn committer(&self, number: u32) -> Time {
        self.times[number as usize].1
    }
}

/// The bytes of the id at a position.
#[inline]
fn piece(ids: &[u8], size: usize, number: u32) -> Option<&[u8]> {
    ids.get(number as usize * size..)?.get(..size)
}

/// The id at a position that is known to be there.
fn id_at(ids: &[u8], size: usize, number: u32) -> ObjectId {
    let id = piece(ids, size, number).and_then(ObjectId::from_bytes);
    id.expect("a commit of this number")
}
