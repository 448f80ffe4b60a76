//! What attribution costs on a real repository: reading all trees, and answering all questions.
//!
//! `KEYWARD_BENCH_REPOSITORY=/path/to/repo.git cargo bench --bench attribution`, with a bare repository or a `.git` folder.
//! `KEYWARD_BENCH_MARKS` blobs (5000), spread evenly over all of them, count as found, each with a mark of its own;
//! `KEYWARD_BENCH_THREADS` (1) threads read. `KEYWARD_BENCH_LIST` names a file for all introductions, to compare with what
//! git says. Without a repository nothing is measured.

#![allow(missing_docs, clippy::print_stdout)]

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use keyward::git::attribution::{
    BlobMarks, Commits, CommitsBuilder, Mark, Names, Questions, Tip, attribute, read_trees,
};
use keyward::git::{
    Faults, HashKind, Kind, Kinds, Object, ObjectId, ObjectStore, Segment, Visitor, WalkOptions,
};

/// Collects commits, and ids of blobs.
#[derive(Default)]
struct Collect {
    commits: CommitsBuilder,
    blobs: Vec<ObjectId>,
}

impl Visitor for Collect {
    type State = ();

    fn object(&mut self, object: &Object<'_>, _base: Option<(&(), &[Segment])>) {
        match object.kind() {
            Kind::Commit => drop(self.commits.add(object.id(), object.bytes())),
            _ => self.blobs.push(object.id()),
        }
    }
}

/// Asks of each name as much as a scanner might.
struct LikeAScanner;

impl Names for LikeAScanner {
    fn marks(&self, name: &[u8]) -> Vec<Mark> {
        let found = name.windows(4).any(|four| four == b"AKIA");
        found.then_some(Mark(u32::MAX)).into_iter().collect()
    }
}

fn setting(name: &str, default: usize) -> usize {
    let set = std::env::var(name).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// CPU time of the process in seconds, and its own memory in MiB, as Linux tells.
fn consumed() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(") ")
        .next()
        .into_iter()
        .flat_map(|rest| rest.split(' ').skip(11).take(2))
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let own = own.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    (ticks as f64 / 100.0, own.unwrap_or(0) / 1024)
}

fn measured<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let ((cpu, memory), start) = (consumed(), Instant::now());
    let result = run();
    let (cpu_after, memory_after) = consumed();
    println!(
        "{what:<12} {:6.2} s CPU {:6.2} s wall   {memory:4} -> {memory_after:4} MiB",
        cpu_after - cpu,
        start.elapsed().as_secs_f64(),
    );
    result
}

/// The commits of all references, and that of HEAD.
fn tips_and_head(repository: &Path) -> Result<(Vec<Tip>, Option<ObjectId>), Box<dyn Error>> {
    let git = || {
        let mut git = Command::new("git");
        git.arg("-C").arg(repository);
        git
    };
    let format = "--format=%(objectname) %(*objectname)";
    let listed = git().args(["for-each-ref", format]).output()?.stdout;
    let peeled = listed.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut ids = line.rsplit(|&byte| byte == b' ');
        ObjectId::from_hex(ids.find(|id| !id.is_empty())?)
    });
    let tips = (0..).zip(peeled).map(|(tag, commit)| Tip { commit, tag });
    let head = git().args(["rev-parse", "HEAD"]).output()?.stdout;
    Ok((tips.collect(), ObjectId::from_hex(head.trim_ascii_end())))
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(repository) = std::env::var_os("KEYWARD_BENCH_REPOSITORY").map(PathBuf::from) else {
        println!("KEYWARD_BENCH_REPOSITORY is not set: nothing to measure");
        return Ok(());
    };
    let threads = setting("KEYWARD_BENCH_THREADS", 1);
    let faults = Faults::new();
    let store = ObjectStore::open(&repository.join("objects"), HashKind::Sha1, &faults);
    let options = |kinds| WalkOptions {
        kinds,
        threads,
        ..WalkOptions::default()
    };

    let commits_only = options(Kinds::only(Kind::Commit));
    let walked = measured("commits", || {
        store.walk(&commits_only, Collect::default, &faults)
    });
    let builders: Vec<CommitsBuilder> = walked
        .visitors
        .into_iter()
        .map(|visitor| visitor.commits)
        .collect();
    let commits = measured("Commits", || Commits::new(&builders));

    let walked = store.walk(&options(Kinds::BLOBS), Collect::default, &faults);
    let mut blobs: Vec<ObjectId> = walked
        .visitors
        .into_iter()
        .flat_map(|visitor| visitor.blobs)
        .collect();
    blobs.sort_unstable();
    let wanted = setting("KEYWARD_BENCH_MARKS", 5000).max(1);
    let step = (blobs.len() / wanted).max(1);
    let marked = (0..)
        .zip(blobs.iter().step_by(step))
        .map(|(mark, blob)| (*blob, Mark(mark)));
    let marks = BlobMarks::new(marked);
    println!(
        "{} commits, {} blobs, {} marked",
        commits.len(),
        blobs.len(),
        marks.len()
    );
    drop(blobs);

    let (tips, head) = tips_and_head(&repository)?;

    let all = options(Kinds::ALL);
    let trees = measured("read_trees", || {
        read_trees(&store, &marks, &LikeAScanner, &all, &faults)
    });
    let attribution = measured("attribute", || {
        let questions = Questions {
            tips: &tips,
            head,
            ..Questions::default()
        };
        attribute(&commits, &trees, &questions, &faults)
    });
    let marks = attribution.marks();
    let pairs = measured("groups_with", || {
        marks
            .iter()
            .map(|&mark| attribution.groups_with(mark).count())
            .sum::<usize>()
    });
    let introductions: usize = marks
        .iter()
        .map(|&mark| attribution.introductions(mark).len())
        .sum();
    let in_head = marks
        .iter()
        .filter(|&&mark| attribution.in_head(mark) == Some(true))
        .count();
    println!(
        "{} MiB of trees; {} marks, {introductions} introductions, {in_head} in HEAD, {} unreached; {} tips in {} groups, \
         {pairs} pairs of mark and group; {} lost tips; cut: {}; {} faults",
        trees.memory() >> 20,
        marks.len(),
        attribution.unreached().len(),
        tips.len(),
        attribution.groups().len(),
        attribution.lost_tips().len(),
        attribution.is_cut(),
        faults.count(),
    );
    if let Some(file) = std::env::var_os("KEYWARD_BENCH_LIST") {
        let mut list = Vec::new();
        for place in marks
            .iter()
            .flat_map(|&mark| attribution.introductions(mark))
        {
            write!(list, "{} {} ", commits.id(place.commit), place.object)?;
            list.extend_from_slice(attribution.path(place));
            list.push(b'\n');
        }
        std::fs::write(file, list)?;
    }
    Ok(())
}
