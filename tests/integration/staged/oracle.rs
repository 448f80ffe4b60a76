//! What is scanned of the index is what git says has changed, in repositories made up at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::*;
use crate::support::body;

/// Numbers from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 += 1;
        let digits = body(self.0, 8, b"01234567");
        usize::from_str_radix(&digits, 8).expect("octal") % limit
    }
}

/// Every staged path whose blob differs from HEAD's, as git sees it.
fn oracle(scratch: &Scratch) -> BTreeSet<String> {
    let names = scratch.git(&[
        "diff",
        "--cached",
        "--name-only",
        "--no-renames",
        "--diff-filter=d",
        "-z",
    ]);
    let raw = scratch.git(&[
        "diff",
        "--cached",
        "--raw",
        "--no-renames",
        "--diff-filter=d",
        "--abbrev=40",
        "-z",
    ]);
    let same: BTreeSet<&str> = raw
        .split(':')
        .filter_map(|entry| {
            let (meta, path) = entry.split_once('\0')?;
            let ids: Vec<&str> = meta.split(' ').collect();
            (ids.get(2) == ids.get(3)).then(|| path.trim_end_matches('\0'))
        })
        .collect();
    names
        .split('\0')
        .filter(|name| !name.is_empty() && !same.contains(name))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_is_scanned_is_what_git_says_has_changed() {
    let mut exercised = (0, 0, 0);
    for seed in 1..=6_u64 {
        let mut numbers = Numbers(seed * 10_000);
        let mut next = seed * 1_000;
        let mut fresh = || {
            next += 1;
            next
        };
        let scratch = Scratch::repository();
        let folders = ["", "a/", "a/b/", "a-b/", "a.b/", "c/d/e/"];
        let mut head: BTreeMap<String, u64> = BTreeMap::new();
        for number in 0..14 {
            let path = format!("{}f{number}", folders[numbers.below(folders.len())]);
            head.insert(path, fresh());
        }
        for (path, number) in &head {
            scratch.write(path, line(*number));
        }
        scratch.commit("start");
        let mut index = head.clone();
        let mut modes = 0;
        for step in 0..10 {
            let paths: Vec<String> = index.keys().cloned().collect();
            let path = paths[numbers.below(paths.len())].clone();
            let target = format!("{}g{step}", folders[numbers.below(folders.len())]);
            match numbers.below(6) {
                0 => {
                    let number = fresh();
                    scratch.write(&target, line(number));
                    index.insert(target, number);
                }
                1 => {
                    let number = fresh();
                    scratch.write(&path, line(number));
                    index.insert(path, number);
                }
                2 => {
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    index.remove(&path);
                }
                3 => {
                    let number = index.remove(&path).expect("there");
                    scratch.write(&target, line(number));
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    index.insert(target, number);
                }
                4 => {
                    let number = fresh();
                    index.remove(&path);
                    fs::remove_file(scratch.path().join(&path)).expect("removed");
                    let below = format!("{path}/below");
                    scratch.write(&below, line(number));
                    index.insert(below, number);
                }
                _ => {
                    scratch.git(&["add", "-A"]);
                    scratch.git(&["update-index", "--chmod=+x", &path]);
                    scratch.git(&["config", "core.fileMode", "false"]);
                    modes += 1;
                }
            }
            if step == 6 {
                // Gives the index its cache of trees, which spares whole folders.
                scratch.git(&["add", "-A"]);
                scratch.git(&["write-tree"]);
            }
        }
        scratch.git(&["add", "-A"]);
        // Dirt that the index does not know.
        scratch.write("a/untracked", line(fresh()));
        let changed = oracle(&scratch);
        let old: BTreeSet<u64> = head.values().copied().collect();
        let (moved, new): (Vec<&String>, Vec<&String>) =
            changed.iter().partition(|path| old.contains(&index[*path]));
        let expected: Vec<String> = new.iter().map(|path| at(&format!("{path}:1"))).collect();
        let run = scratch.keyward(STAGED).expect(i32::from(!new.is_empty()));
        let mut expected_sorted = expected;
        expected_sorted.sort();
        assert_eq!(run.places(), expected_sorted, "seed {seed}");
        assert_eq!(
            run.json()["coverage"]["blobs"],
            changed.len() as u64,
            "seed {seed}: {changed:?}"
        );
        exercised.0 += moved.len();
        exercised.1 += new.len();
        exercised.2 += modes;
    }
    assert!(
        exercised.0 > 2 && exercised.1 > 10 && exercised.2 > 2,
        "{exercised:?}"
    );
}
