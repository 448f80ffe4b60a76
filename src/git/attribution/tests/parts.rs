//! Commits, sets and marks by themselves.

use proptest::prelude::*;

use super::super::sets::{Set, Sets};
use super::*;
use crate::git::attribution::Time;

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes(&[byte; 20]).expect("an id")
}

fn one(raw: &str) -> Commits {
    let mut builder = CommitsBuilder::new();
    builder.add(id(9), raw.as_bytes()).expect("a commit");
    Commits::new(&[builder])
}

#[test]
fn commit_headers() {
    let (tree, other) = (id(1), id(2));
    let commits = one(&format!(
        "tree {tree}\nparent {other}\nparent {other}\nauthor A U <a@b> 1600000000 +0530\n\
         committer C <c@d> 1600000100 -0800\n\
         mergetag object {other}\n type commit\n tree {other}\n parent {tree}\n tagger T <t@u> 5 +0000\n\
         gpgsig -----BEGIN\n author X <x@y> 1 +0000\n\n -----END\nencoding ISO-8859-1\n\ntree {other}\n"
    ));
    assert_eq!(commits.tree(0), tree);
    assert_eq!(commits.id(0), id(9));
    assert_eq!(commits.all_missing_parents(), [(0, other)]);
    let (author, committer) = (commits.author(0), commits.committer(0));
    assert_eq!((author.seconds, author.offset), (1_600_000_000, 330));
    assert_eq!((committer.seconds, committer.offset), (1_600_000_100, -480));
}

#[test]
fn odd_times() {
    let time = |author: &str, committer: &str| {
        let tree = id(1);
        let commits = one(&format!(
            "tree {tree}\nauthor {author}\ncommitter {committer}\n\n"
        ));
        let Time { seconds, offset } = commits.author(0);
        (seconds, offset)
    };
    let good = "C <c@d> 77 +0100";
    assert_eq!(time("A <a> b> -5 +0000", good), (-5, 0));
    assert_eq!(time("A <a@b> 12", good), (12, 0));
    assert_eq!(time("A <a@b> 12 nonsense", good), (12, 0));
    assert_eq!(time("A <a@b> 12 +518000", good), (12, 0));
    assert_eq!(time("A <a@b> 12 --7", good), (12, 0));
    assert_eq!(time("A <a@b> 99999999999999999999 +0000", good), (77, 60));
    assert_eq!(time("A", good), (77, 60));
    assert_eq!(time("A <a@b>", "nobody"), (0, 0));
    let raw = [
        &b"tree "[..],
        id(1).to_string().as_bytes(),
        b"\nauthor \xff <\xfe> \xfd +0000\n",
    ]
    .concat();
    assert!(CommitsBuilder::new().add(id(9), &raw).is_ok());
}

#[test]
fn commits_without_a_tree_are_refused() {
    let mut builder = CommitsBuilder::new();
    for raw in [
        "",
        "parent 1\n",
        "tree 12\n\n",
        "\ntree 0101010101010101010101010101010101010101\n",
    ] {
        assert!(builder.add(id(9), raw.as_bytes()).is_err(), "{raw:?}");
    }
    assert!(Commits::new(&[builder]).is_empty());
}

#[test]
fn commits_of_several_threads_in_one_order() {
    let raw = |parents: &[u8]| {
        let mut raw = format!("tree {}\n", id(1));
        for &parent in parents {
            let _ = writeln!(raw, "parent {}", id(parent));
        }
        raw
    };
    let (mut one, mut other) = (CommitsBuilder::new(), CommitsBuilder::new());
    one.add(id(30), raw(&[10, 20]).as_bytes())
        .expect("a commit");
    other
        .add(id(20), raw(&[10, 5]).as_bytes())
        .expect("a commit");
    other.add(id(10), raw(&[]).as_bytes()).expect("a commit");
    one.add(id(10), raw(&[]).as_bytes()).expect("a commit");
    // One of the other hash does not belong here.
    let long = ObjectId::from_bytes(&[40; 32]).expect("an id");
    one.add(long, raw(&[]).as_bytes()).expect("a commit");
    let commits = Commits::new(&[one, other]);
    let ids: Vec<_> = (0..commits.len() as u32)
        .map(|number| commits.id(number))
        .collect();
    assert_eq!(ids, [id(10), id(20), id(30)]);
    assert_eq!(commits.parents(2), [0, 1]);
    assert_eq!(commits.parents(1), [0]);
    assert_eq!(commits.all_missing_parents(), [(1, id(5))]);
}

#[test]
fn marks_of_blobs() {
    let pairs = [
        (id(3), Mark(7)),
        (id(200), Mark(1)),
        (id(3), Mark(2)),
        (id(3), Mark(7)),
    ];
    let marks = BlobMarks::new(pairs);
    assert_eq!(marks.len(), 2);
    assert_eq!(marks.marks(&id(3)), [Mark(2), Mark(7)]);
    assert_eq!(marks.marks(&id(200)), [Mark(1)]);
    for byte in (0..=255).filter(|&byte| byte != 3 && byte != 200) {
        assert!(marks.marks(&id(byte)).is_empty());
    }
    assert!(BlobMarks::new([]).marks(&id(3)).is_empty());
}

proptest! {
    #[test]
    fn sets_are_sets(
        members in 1_u32..70_000,
        left in prop::collection::btree_set(0_u32..70_000, 0..60),
        right in prop::collection::btree_set(0_u32..70_000, 0..60),
        shared in prop::collection::btree_set(0_u32..70_000, 0..60),
    ) {
        let cut = |set: &BTreeSet<u32>| -> BTreeSet<u32> {
            set.union(&shared).map(|member| member % members).collect()
        };
        let (left, right) = (cut(&left), cut(&right));
        let mut sets = Sets::new(members);
        let mut make = |set: &BTreeSet<u32>| {
            sets.of_sorted(&set.iter().copied().collect::<Vec<_>>())
        };
        let (a, b) = (make(&left), make(&right));
        let both = make(&left.union(&right).copied().collect());
        prop_assert_eq!(a == b, left == right);
        prop_assert_eq!(sets.union(a, b), both);
        prop_assert_eq!(sets.union(b, a), both);
        prop_assert_eq!(sets.union(a, Set::EMPTY), a);
        for member in left.union(&right).flat_map(|&member| [member, (member + 1) % members]) {
            prop_assert_eq!(sets.contains(a, member), left.contains(&member));
            prop_assert_eq!(sets.contains(both, member), left.contains(&member) || right.contains(&member));
        }
        let mut only = Vec::new();
        sets.difference(a, b, &mut |member| only.push(member));
        prop_assert_eq!(only, left.difference(&right).copied().collect::<Vec<_>>());
        let mut values = vec![0; sets.len() + 1];
        values[a.0 as usize] = 5;
        values[b.0 as usize] = values[b.0 as usize].max(3);
        let largest = sets.spread_largest(&mut values, members as usize);
        for (member, value) in (0..).zip(largest) {
            let expected = if left.contains(&member) { 5 } else if right.contains(&member) { 3 } else { 0 };
            prop_assert_eq!(value, expected);
        }
    }
}
