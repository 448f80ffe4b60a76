//! All trees of a repository, reduced to what leads to marks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::edges::{AllEdges, Edges, Target};
use super::marks::{BlobMarks, Mark, Names, Wanted};
use super::numbers::Numbers;
use super::reader::{Leaf, Reader};
use crate::git::{Faults, Kind, Kinds, ObjectId, ObjectStore, WalkOptions};

/// Folders that are remembered while looking for those that hold wanted files.
const RECENT: usize = 1 << 10;

/// Rounds through all edges to learn which trees lead to some: more than folders are nested in earnest.
const ROUNDS: usize = 64;

/// What one pass over all trees leaves behind: of each tree the entries that lead to other trees or to marks.
#[derive(Debug)]
pub struct Trees<'w> {
    numbers: Numbers<'w>,
    marks: &'w BlobMarks,
    edges: AllEdges,
    /// Trees whose edges are those of another one, and the number of that.
    same: Vec<(u32, u32)>,
    /// Names in order.
    names: Vec<Box<[u8]>>,
    /// Marks of the names that carry any.
    name_marks: BTreeMap<u32, Vec<Mark>>,
    /// Leaves beyond the blobs with marks.
    leaves: Vec<Leaf>,
    /// Trees that are not in the store, in order. Their numbers follow those of the store.
    missing: Vec<ObjectId>,
    /// Sorted name and leaf of blobs to be listed.
    wanted: Vec<(u32, u32)>,
    /// Blobs that are not in the store, in order.
    missing_blobs: Vec<ObjectId>,
    /// Numbers of the trees that are at the bottom of the deltas which name those; in order.
    missing_named_below: Vec<u32>,
    /// Names of submodules, how many.
    submodules: usize,
    /// Marks that a leaf has under one name alone, by leaf and name.
    added: BTreeMap<(u32, u32), Vec<Mark>>,
}

/// Reads all trees of a store once, with as many threads as the options say; their kinds are of no account.
///
/// Kept are edges to other trees, to blobs with marks, and to entries whose name matters. What cannot be read goes to
/// `faults` and counts as holding nothing. The result is the same whatever the number of threads.
pub fn read_trees<'w>(
    store: &'w ObjectStore<'w>,
    marks: &'w BlobMarks,
    names: &impl Names,
    options: &WalkOptions,
    faults: &Faults,
) -> Trees<'w> {
    let numbers = Numbers::new(store);
    let options = WalkOptions {
        kinds: Kinds::only(Kind::Tree),
        ..*options
    };
    let reader = || Reader::new(&numbers, marks, names, faults);
    let mut readers = store.walk(&options, reader, faults).visitors;

    let (sorted_names, name_numbers) = merge_names(&mut readers);
    let mut name_marks = BTreeMap::new();
    for (reader, numbers) in readers.iter_mut().zip(&name_numbers) {
        for (info, &number) in reader.infos.iter_mut().zip(numbers) {
            if info.used && !info.marks.is_empty() {
                name_marks.insert(number, std::mem::take(&mut info.marks));
            }
        }
    }
    let (leaves, leaf_numbers) = merge(readers.iter_mut().map(|reader| &mut reader.leaves));
    let (missing, missing_numbers) = merge(readers.iter_mut().map(|reader| &mut reader.missing));
    let (first_leaf, first_missing) = (marks.len() as u32, numbers.len());
    let (mut missing_blobs, mut missing_named_below): (Vec<ObjectId>, Vec<u32>) = readers
        .iter_mut()
        .flat_map(|reader| std::mem::take(&mut reader.named).missing(&numbers))
        .unzip();
    missing_blobs.sort_unstable();
    missing_blobs.dedup();
    missing_named_below.sort_unstable();
    missing_named_below.dedup();
    let submodules: BTreeSet<Box<[u8]>> = readers
        .iter_mut()
        .flat_map(|reader| std::mem::take(&mut reader.submodules))
        .collect();
    let mut edges = AllEdges::new(first_missing);
    let mut wanted = Vec::new();
    let mut same = Vec::new();
    for (number, reader) in readers.into_iter().enumerate() {
        let leaf = |old: u32| match old.checked_sub(first_leaf) {
            None => old,
            Some(own) => first_leaf + leaf_numbers[number][own as usize],
        };
        let tree = |old: u32| match old.checked_sub(first_missing) {
            None => old,
            Some(own) => first_missing + missing_numbers[number][own as usize],
        };
        let name = |old: u32| name_numbers[number][old as usize];
        let old = reader.wanted.iter();
        wanted.extend(old.map(|&(own, target)| (name(own), leaf(target))));
        edges.take(reader.edges, name, |target| match target {
            Target::Tree(old) => Target::Tree(tree(old)),
            Target::Leaf(old) => Target::Leaf(leaf(old)),
        });
        for (alike, tree) in reader.same {
            if edges.same(alike, tree) {
                same.push((alike, tree));
            }
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    Trees {
        numbers,
        marks,
        edges,
        same,
        names: sorted_names,
        name_marks,
        leaves,
        missing,
        wanted,
        missing_blobs,
        missing_named_below,
        submodules: submodules.len(),
        added: BTreeMap::new(),
    }
}

impl Trees<'_> {
    /// Blobs that trees name and the store lacks, in order.
    pub fn missing_blobs(&self) -> &[ObjectId] {
        &self.missing_blobs
    }

    /// Trees, in order, such that all trees that name [`missing_blobs`](Self::missing_blobs) are among them and what is
    /// stored as deltas on them. `None` where one of them cannot be named.
    pub(super) fn missing_named_below(&self) -> Option<Vec<ObjectId>> {
        let bottoms = self.missing_named_below.iter();
        let mut bottoms: Vec<ObjectId> = bottoms
            .map(|&tree| self.numbers.id(tree))
            .collect::<Option<_>>()?;
        bottoms.sort_unstable();
        Some(bottoms)
    }

    /// How many different names submodules have.
    pub fn submodules(&self) -> usize {
        self.submodules
    }

    /// Blobs with a name that [`Names::wants`] wants, in folders where it does: each name and blob once, in order.
    pub fn wanted(&self, names: &impl Names) -> Vec<(Vec<u8>, ObjectId)> {
        let mut limited: Vec<u32> = self.wanted.iter().map(|&(name, _)| name).collect();
        limited.dedup();
        limited.retain(|&name| names.wants(self.name(name)) == Wanted::InFolders);
        let there = self.leaves_in_folders(&limited, names);
        self.wanted
            .iter()
            .filter(|wanted| {
                limited.binary_search(&wanted.0).is_err() || there.binary_search(wanted).is_ok()
            })
            .map(|&(name, leaf)| (self.name(name).to_vec(), self.leaf_id(leaf)))
            .collect()
    }

    /// Name and leaf of the blobs of some names, in order, that stand right in a folder where they are wanted.
    fn leaves_in_folders(&self, limited: &[u32], names: &impl Names) -> Vec<(u32, u32)> {
        let folders: Vec<u32> = (0..)
            .zip(&self.names)
            .filter(|(_, folder)| !limited.is_empty() && names.wants_in(folder))
            .map(|(folder, _)| folder)
            .collect();
        let mut pairs = HashSet::new();
        for &name in limited {
            let is_wanted = names.wants_there(self.name(name));
            let there = folders
                .iter()
                .filter(|folder| is_wanted(self.name(**folder)));
            pairs.extend(there.map(|&folder| (folder, name)));
        }
        let mut is_folder = vec![false; self.names.len()];
        for &(folder, _) in &pairs {
            is_folder[folder as usize] = true;
        }
        let mut trees = Vec::new();
        // Nearly every commit names the same few of them again.
        let mut recent = [(u32::MAX, u32::MAX); RECENT];
        self.edges.each(|_, edges| {
            for edge in edges.iter().filter(|edge| is_folder[edge.name as usize]) {
                if let Target::Tree(tree) = edge.target() {
                    let slot = &mut recent[tree as usize % RECENT];
                    if *slot != (tree, edge.name) {
                        *slot = (tree, edge.name);
                        trees.push(*slot);
                    }
                }
            }
        });
        trees.sort_unstable();
        trees.dedup();
        let mut found = Vec::new();
        for (tree, folder) in trees {
            found.extend(
                self.edges(tree)
                    .iter()
                    .filter_map(|edge| match edge.target() {
                        Target::Leaf(leaf) if pairs.contains(&(folder, edge.name)) => {
                            Some((edge.name, leaf))
                        }
                        _ => None,
                    }),
            );
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// At least the trees that are, or lead to, one of `trees`; by number. All of them where folders are nested too deep to
    /// tell soon.
    pub(super) fn leading_to(&self, trees: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut leads = vec![false; self.end()];
        for tree in trees {
            if let Some(place) = leads.get_mut(tree as usize) {
                *place = true;
            }
        }
        // Each round goes up one folder at least, and reads the edges as they lie in memory: quicker than following them.
        for _ in 0..ROUNDS {
            let mut more = false;
            self.edges.each(|tree, edges| {
                if !leads[tree as usize] {
                    let found = edges.iter().any(|edge| match edge.target() {
                        Target::Tree(below) => leads[below as usize],
                        Target::Leaf(_) => false,
                    });
                    leads[tree as usize] = found;
                    more |= found;
                }
            });
            for &(alike, tree) in &self.same {
                if leads[tree as usize] && !leads[alike as usize] {
                    leads[alike as usize] = true;
                    more = true;
                }
            }
            if !more {
                return leads;
            }
        }
        leads.fill(true);
        leads
    }

    /// Gives a wanted blob more marks where it stands under this name. Whether it was a wanted one.
    pub fn mark(&mut self, name: &[u8], blob: &ObjectId, marks: &[Mark]) -> bool {
        let Ok(name) = self.names.binary_search_by(|other| (**other).cmp(name)) else {
            return false;
        };
        let leaf = self.marks.find(blob.as_bytes()).or_else(|| {
            let leaf = Leaf {
                id: *blob,
                submodule: false,
            };
            let position = self.leaves.binary_search(&leaf).ok()?;
            Some(self.marks.len() + position)
        });
        let Some(place) = leaf.map(|leaf| (name as u32, leaf as u32)) else {
            return false;
        };
        if self.wanted.binary_search(&place).is_err() {
            return false;
        }
        let known = self.added.entry((place.1, place.0)).or_default();
        known.extend_from_slice(marks);
        known.sort_unstable();
        known.dedup();
        true
    }

    /// Bytes that it takes in memory, the store's own left out.
    pub fn memory(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 16).sum();
        self.edges.memory()
            + self.same.len() * 8
            + self.numbers.len() as usize * 4
            + names
            + self.leaves.len() * size_of::<Leaf>()
            + self.wanted.len() * 8
    }

    /// The kept entries of a tree.
    pub(super) fn edges(&self, tree: u32) -> Edges<'_> {
        self.edges.of(tree)
    }

    /// The number of a tree.
    pub(super) fn find(&self, id: &ObjectId) -> Option<u32> {
        self.numbers.find(id.as_bytes())
    }

    /// One more than the largest number of a tree, those that are not there included.
    pub(super) fn end(&self) -> usize {
        self.numbers.len() as usize + self.missing.len()
    }

    /// Which tree that is not in the store has this number.
    pub(super) fn missing(&self, tree: u32) -> Option<ObjectId> {
        let position = tree.checked_sub(self.numbers.len())?;
        self.missing.get(position as usize).copied()
    }

    /// The id of a tree.
    pub(super) fn tree_id(&self, tree: u32) -> Option<ObjectId> {
        self.numbers.id(tree).or_else(|| self.missing(tree))
    }

    /// The name of a number.
    pub(super) fn name(&self, name: u32) -> &[u8] {
        self.names.get(name as usize).map_or(&[], |name| name)
    }

    /// How many names there are.
    pub(super) fn names(&self) -> usize {
        self.names.len()
    }

    /// Names that carry marks.
    pub(super) fn name_marks(&self) -> &BTreeMap<u32, Vec<Mark>> {
        &self.name_marks
    }

    /// Marks that a leaf has under one name alone, by leaf and name.
    pub(super) fn added(&self) -> &BTreeMap<(u32, u32), Vec<Mark>> {
        &self.added
    }

    /// The blobs with marks: leaves with the first numbers.
    pub(super) fn blobs(&self) -> &BlobMarks {
        self.marks
    }

    /// How many leaves there are.
    pub(super) fn leaves(&self) -> usize {
        self.marks.len() + self.leaves.len()
    }

    /// Marks of a leaf under any name, sorted.
    pub(super) fn leaf_marks(&self, leaf: u32) -> Vec<Mark> {
        let mut marks = self.marks.marks_at(leaf as usize).to_vec();
        let added = self.added.range((leaf, 0)..=(leaf, u32::MAX));
        marks.extend(added.flat_map(|(_, marks)| marks));
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The object of a leaf.
    pub(super) fn leaf_id(&self, leaf: u32) -> ObjectId {
        let leaf = leaf as usize;
        match leaf.checked_sub(self.marks.len()) {
            None => self.marks.ids()[leaf],
            Some(own) => self.leaves[own].id,
        }
    }
}

/// The names that edges bear, in order, and the number of each reader's own names among them.
fn merge_names<N>(readers: &mut [Reader<'_, N>]) -> (Vec<Box<[u8]>>, Vec<Vec<u32>>) {
    let mut numbers: Vec<_> = readers
        .iter()
        .map(|reader| vec![0; reader.infos.len()])
        .collect();
    let mut all = Vec::new();
    for (number, reader) in readers.iter_mut().enumerate() {
        for (name, own) in std::mem::take(&mut reader.names) {
            if reader.infos[own as usize].used {
                all.push((name, number, own));
            }
        }
    }
    all.sort_unstable();
    let mut names: Vec<Box<[u8]>> = Vec::new();
    for (name, number, own) in all {
        if names.last() != Some(&name) {
            names.push(name);
        }
        numbers[number][own as usize] = names.len() as u32 - 1;
    }
    (names, numbers)
}

/// What several readers numbered on their own, in order, and the number of each one's own among all.
fn merge<'r, K: Ord + Copy + 'r>(
    own: impl Iterator<Item = &'r mut HashMap<K, u32>>,
) -> (Vec<K>, Vec<Vec<u32>>) {
    let maps: Vec<HashMap<K, u32>> = own.map(std::mem::take).collect();
    let mut all: Vec<K> = maps.iter().flat_map(HashMap::keys).copied().collect();
    all.sort_unstable();
    all.dedup();
    let mut numbers = Vec::with_capacity(maps.len());
    for map in &maps {
        let first = map.values().min().copied().unwrap_or(0);
        let mut own = vec![0; map.len()];
        for (key, &number) in map {
            if let (Some(place), Ok(position)) = (
                own.get_mut((number - first) as usize),
                all.binary_search(key),
            ) {
                *place = position as u32;
            }
        }
        numbers.push(own);
    }
    (all, numbers)
}
