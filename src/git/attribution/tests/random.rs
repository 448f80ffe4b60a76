//! Many small histories against the oracle.

use proptest::prelude::*;

use super::*;

const PATHS: [&str; 10] = [
    "a", "b", "d/a", "d/b", "d/e/a", "d/e/c-n1", "a/x", "f-n2/a", "f-n2/b", "d.x",
];

/// One commit: which earlier ones are its parents, how it changes their files, what its message holds.
#[derive(Debug, Clone)]
struct Step {
    parents: Vec<prop::sample::Index>,
    changes: Vec<(usize, Option<Vec<u8>>)>,
    message: u8,
    time: i64,
}

fn step() -> impl Strategy<Value = Step> {
    let parents = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let content = prop::option::weighted(0.7, prop::collection::vec(0_u8..6, 0..3));
    let changes = prop::collection::vec((0..PATHS.len(), content), 0..4);
    (parents, changes, 0_u8..12, 0_i64..8).prop_map(|(parents, changes, message, time)| Step {
        parents,
        changes,
        message,
        time,
    })
}

/// Puts a file in place of what is there; files and folders give way to each other.
fn put(files: &mut Files, path: &str, content: String) {
    let inside = format!("{path}/");
    files.retain(|other, _| !other.starts_with(&inside) && !path.starts_with(&format!("{other}/")));
    files.insert(path.to_owned(), ("100644", content));
}

/// Writes the history; a merge starts with the files of all its parents, the first one's on top.
fn write(steps: &[Step]) -> (Stream, Vec<usize>) {
    let mut stream = Stream::default();
    let mut trees: Vec<Files> = Vec::new();
    let mut tips = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let mut parents: Vec<usize> = Vec::new();
        for parent in step.parents.iter().filter(|_| number > 0) {
            // Near ones, mostly: so that there are lines and not only bushes.
            let parent = number - 1 - parent.index(number.min(4));
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let mut tree = Files::new();
        for parent in parents.iter().rev() {
            for (path, (_, content)) in &trees[*parent] {
                put(&mut tree, path, content.clone());
            }
        }
        for (path, content) in &step.changes {
            match content {
                Some(marks) => {
                    let words: Vec<String> = marks.iter().map(|mark| format!("m{mark}")).collect();
                    put(&mut tree, PATHS[*path], words.join(" "));
                }
                None => drop(tree.remove(PATHS[*path])),
            }
        }
        let message = match step.message {
            // Marks that only messages have, and ones that files have too.
            own @ 0..2 => format!("m{}", 20 + own),
            shared @ 2..4 => format!("m{shared}"),
            _ => "nothing".to_owned(),
        };
        let time = 1_600_000_000 + step.time * 60;
        stream.commit_at(&parents, &message, &tree, time);
        trees.push(tree);
        if step.message % 3 == 0 {
            tips.push(number);
        }
    }
    (stream, tips)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_git(steps in prop::collection::vec(step(), 1..14), packed: bool, sha256: bool) {
        let hash = if sha256 { HashKind::Sha256 } else { HashKind::Sha1 };
        let (stream, tips) = write(&steps);
        let repository = stream.import(hash, &tips);
        if packed {
            repack(&repository);
        }
        let expected = oracle::answers(&repository);
        for threads in [1, 4] {
            let (found, faults) = answers(&repository, threads);
            prop_assert_eq!(&found, &expected);
            prop_assert!(faults.is_empty());
        }
    }
}
