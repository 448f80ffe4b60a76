//! Scanning deltas finds what scanning whole objects finds.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::content::{ContentScanner, Method, Shared};
use super::secrets::{Key, Secrets};
use crate::detect::Detector;
use crate::git::{Faults, HashKind, Kind, Kinds, ObjectId, ObjectStore, WalkOptions};
use crate::rule::{Confidence, RuleSet};
use crate::scan::Progress;

fn scan(objects: &Path, method: Method, threads: usize) -> BTreeMap<ObjectId, Vec<Key>> {
    let detector = Detector::new(RuleSet::built_in());
    let secrets = Secrets::default();
    let shared = Shared {
        detector: &detector,
        secrets: &secrets,
        progress: &Progress::default(),
        cancelled: &|| false,
        method,
        min_confidence: Confidence::Low,
        max_size: None,
    };
    let faults = Faults::new();
    let store = ObjectStore::open(objects, HashKind::Sha1, &faults);
    let options = WalkOptions {
        kinds: Kinds::BLOBS.with(Kind::Commit).with(Kind::Tag),
        threads,
        ..WalkOptions::default()
    };
    let clock = Instant::now();
    let mut walked = store.walk(&options, || ContentScanner::new(&shared), &faults);
    eprintln!("{method:?}: {:?} {:?}", clock.elapsed(), walked.statistics);
    let marked: Vec<_> = walked
        .visitors
        .iter_mut()
        .flat_map(|visitor| std::mem::take(&mut visitor.marked))
        .collect();
    drop(walked);
    let keys = secrets.list();
    marked
        .into_iter()
        .map(|marked| {
            let mut held: Vec<Key> = marked
                .marks
                .iter()
                .map(|&m| keys[m as usize].clone())
                .collect();
            held.sort();
            (marked.id, held)
        })
        .collect()
}

#[test]
#[ignore = "needs a repository: KEYWARD_TEST_OBJECTS=…/.git/objects"]
fn a_real_repository_gives_the_same_both_ways() {
    let objects = std::env::var_os("KEYWARD_TEST_OBJECTS").expect("KEYWARD_TEST_OBJECTS");
    let delta = scan(Path::new(&objects), Method::Delta, 1);
    eprintln!("{} objects with secrets", delta.len());
    if std::env::var_os("KEYWARD_TEST_DELTA_ONLY").is_none() {
        let whole = scan(Path::new(&objects), Method::Whole, 2);
        assert_eq!(delta.len(), whole.len());
        assert!(delta == whole, "different findings");
    }
}
