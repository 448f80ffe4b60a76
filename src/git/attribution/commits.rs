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

/// When a commit was written and when it was committed, in three quarters of the room of two [`Time`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    seconds: [i64; 2],
    offsets: [i16; 2],
}

impl Times {
    fn new(author: Time, committer: Time) -> Self {
        Self {
            seconds: [author.seconds, committer.seconds],
            offsets: [author.offset, committer.offset],
        }
    }

    fn author(self) -> Time {
        let ([seconds, _], [offset, _]) = (self.seconds, self.offsets);
        Time { seconds, offset }
    }

    fn committer(self) -> Time {
        let ([_, seconds], [_, offset]) = (self.seconds, self.offsets);
        Time { seconds, offset }
    }
}

/// A commit object that names no tree, or objects of another hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the commit names no tree, or objects of another hash")]
pub struct Malformed;

/// What is kept of one commit besides ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    times: Times,
    /// Which of the builder's ids is its own; its tree's follows, then its parents'.
    first: u32,
    parents: u32,
}

/// Collects commits, in any order: one builder a thread. There are many, so ids take no more bytes than they have.
#[derive(Debug, Default)]
pub struct CommitsBuilder {
    rows: Vec<Row>,
    /// Ids of `size` bytes.
    ids: Vec<u8>,
    /// Bytes of the first commit's id; zero before there is one.
    size: usize,
}

impl CommitsBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commit, given its raw object. A parent that is named twice counts once; a line that cannot be read is left
    /// out, except for the tree's. A commit of another hash than the first one is left out.
    pub fn add(&mut self, id: ObjectId, raw: &[u8]) -> Result<(), Malformed> {
        let mut tree = None;
        let mut author = None;
        let mut committer = None;
        let mut parents: Vec<ObjectId> = Vec::new();
        for line in raw.split(|&byte| byte == b'\n') {
            // Lines of signatures and merged tags that could be taken for these start with a space.
            if line.is_empty() {
                break;
            } else if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = tree.or_else(|| ObjectId::from_hex(hex));
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                if let Some(parent) = ObjectId::from_hex(hex)
                    && !parents.contains(&parent)
                {
                    parents.push(parent);
                }
            } else if let Some(signature) = line.strip_prefix(b"author ") {
                author = author.or_else(|| time(signature));
            } else if let Some(signature) = line.strip_prefix(b"committer ") {
                committer = committer.or_else(|| time(signature));
                // What follows is of no interest.
                break;
            }
        }
        let tree = tree.ok_or(Malformed)?;
        if self.size == 0 {
            self.size = id.as_bytes().len();
        }
        let size = self.size;
        let fits = |id: &ObjectId| id.as_bytes().len() == size;
        if !fits(&id) {
            return Ok(());
        }
        if !fits(&tree) || !parents.iter().all(fits) {
            return Err(Malformed);
        }
        self.rows.push(Row {
            times: Times::new(
                author.or(committer).unwrap_or_default(),
                committer.or(author).unwrap_or_default(),
            ),
            first: (self.ids.len() / size) as u32,
            parents: parents.len() as u32,
        });
        for id in [id, tree].iter().chain(&parents) {
            self.ids.extend_from_slice(id.as_bytes());
        }
        Ok(())
    }

    /// The ids of a commit: its own, its tree's, its parents'.
    fn ids_of(&self, row: &Row) -> impl Iterator<Item = &[u8]> {
        let ids = self.ids.chunks_exact(self.size.max(1));
        ids.skip(row.first as usize).take(2 + row.parents as usize)
    }

    /// A commit's own id.
    fn id_of(&self, row: &Row) -> &[u8] {
        self.ids_of(row).next().unwrap_or_default()
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
    times: Vec<Times>,
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
        let row = |&(builder, row): &(u32, u32)| {
            let builder = &builders[builder as usize];
            (builder, &builder.rows[row as usize])
        };
        let id = |place: &(u32, u32)| {
            let (builder, row) = row(place);
            builder.id_of(row)
        };
        order.sort_unstable_by(|one, other| id(one).cmp(id(other)).then(one.cmp(other)));
        order.dedup_by(|one, other| id(one) == id(other));
        let size = order.first().map_or(20, |place| id(place).len());
        order.retain(|place| id(place).len() == size);

        let mut ids = Vec::with_capacity(order.len() * size);
        let mut trees = Vec::with_capacity(order.len() * size);
        let mut times = Vec::with_capacity(order.len());
        for place in &order {
            let (builder, row) = row(place);
            let mut own = builder.ids_of(row);
            ids.extend_from_slice(own.next().unwrap_or_default());
            trees.extend_from_slice(own.next().unwrap_or_default());
            times.push(row.times);
        }
        let buckets = Buckets::new(order.len() as u32, |number| piece(&ids, size, number));
        let mut starts = Vec::with_capacity(order.len() + 1);
        let mut parents = Vec::new();
        let mut missing = Vec::new();
        for (number, place) in (0..).zip(&order) {
            starts.push(parents.len() as u32);
            let (builder, row) = row(place);
            for parent in builder.ids_of(row).skip(2) {
                match buckets.find(parent, |number| piece(&ids, size, number)) {
                    Some(parent) => parents.push(parent),
                    None => missing.extend(ObjectId::from_bytes(parent).map(|id| (number, id))),
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
        self.times[number as usize].author()
    }

    /// When it was committed: the author's time where the committer's cannot be read.
    pub fn committer(&self, number: u32) -> Time {
        self.times[number as usize].committer()
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
