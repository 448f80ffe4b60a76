//! Which secrets a range brings in, and which it takes out again.
//!
//! A secret is not the range's if the commit that seems to bring it in only moves it, if an earlier commit of the range
//! takes it away before any brings it in, or if an end of the excluded side has it in the same place, as when a pushed
//! branch was rewritten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::collect::{Collector, Found, Key, Place, tree_of};
use super::diff::Differ;
use super::walk::Commit;
use crate::exposure::{CommitInfo, Exposure, PlaceKind, Reach};
use crate::git::{EntryKind, Kind, Limits, ObjectId, tree_entries};
use crate::scan::Worker;
use crate::source::history::commit_info;

/// Ends of the excluded side that are asked for a secret's place.
const ENDS: usize = 8;

/// What is known of each secret that was found.
pub(super) struct Decided {
    infos: Vec<Arc<CommitInfo>>,
    /// Of each commit, what it brings in.
    introduced: Vec<BTreeSet<Key>>,
    /// The first commit that brings it in, and the one that takes it out in the end.
    fates: BTreeMap<Key, Fate>,
    /// Trees of the excluded side.
    ends: Vec<ObjectId>,
}

#[derive(Debug, Default, Clone)]
struct Fate {
    first: Option<usize>,
    removed: Option<usize>,
}

impl Decided {
    /// Looks at all commits, the earliest first. What they replace and remove is read for this, and only now that something
    /// was found.
    pub(super) fn new(
        collector: &Collector<'_, '_>,
        worker: &mut Worker<'_, '_>,
        commits: &[Commit],
        found: &[Found],
        exclude: &[ObjectId],
    ) -> Self {
        let wanted: BTreeSet<&Key> = found
            .iter()
            .flat_map(|found| found.places.iter().flat_map(|place| &place.keys))
            .collect();
        let mut differ = Differ::new(collector.store);
        let mut introduced = vec![BTreeSet::new(); commits.len()];
        let mut fates: BTreeMap<Key, Fate> = BTreeMap::new();
        let mut before: BTreeSet<Key> = BTreeSet::new();
        for (at, found) in found.iter().enumerate().rev() {
            let mut old = found.old(collector, worker, &mut differ);
            old.retain(|key| wanted.contains(key));
            let new: BTreeSet<&Key> = found
                .places
                .iter()
                .filter(|place| place.kind != PlaceKind::Commit)
                .flat_map(|place| &place.keys)
                .collect();
            for key in &old {
                let fate = fates.entry(key.clone()).or_default();
                if fate.first.is_none() {
                    before.insert(key.clone());
                }
                if !new.contains(key) {
                    fate.removed = Some(at);
                }
            }
            for place in &found.places {
                for key in &place.keys {
                    let moved = place.kind != PlaceKind::Commit && old.contains(key);
                    if moved || before.contains(key) {
                        continue;
                    }
                    let fate = fates.entry(key.clone()).or_default();
                    fate.first.get_or_insert(at);
                    fate.removed = None;
                    introduced[at].insert(key.clone());
                }
            }
        }
        let infos = commits
            .iter()
            .map(|commit| Arc::new(commit_info(&collector.names, commit.id, &commit.raw)))
            .collect();
        let ends = exclude.iter().take(ENDS);
        let ends = ends
            .filter_map(|id| match collector.store.read(id, &Limits::default()) {
                Ok((Kind::Commit, raw)) => tree_of(&raw),
                _ => None,
            })
            .collect();
        Self {
            infos,
            introduced,
            fates,
            ends,
        }
    }

    /// Reports what the commit at a position brings in.
    pub(super) fn report(
        &self,
        collector: &Collector<'_, '_>,
        worker: &mut Worker<'_, '_>,
        at: usize,
        commit: &Commit,
        found: &Found,
    ) {
        let introduced = &self.introduced[at];
        for place in &found.places {
            let mut keys: BTreeSet<Key> = place.keys.intersection(introduced).cloned().collect();
            if keys.is_empty() {
                continue;
            }
            if place.kind == PlaceKind::Blob {
                let known = self.at_ends(collector, worker, place);
                keys.retain(|key| !known.contains(key));
            }
            collector.report(worker, place, &keys, Some((commit, &self.infos[at])));
            for (rule, secret) in keys {
                if let Some(exposure) = self.exposure(&(rule, secret.clone()), collector) {
                    worker.expose(rule, secret, exposure);
                }
            }
        }
    }

    fn exposure(&self, key: &Key, collector: &Collector<'_, '_>) -> Option<Exposure> {
        let fate = self.fates.get(key)?;
        let info = |at: usize| Arc::clone(&self.infos[at]);
        Some(Exposure {
            first_seen: fate.first.map(info),
            last_seen: None,
            removed_in: fate.removed.map(info),
            in_head: None,
            reach: Reach::Reference,
            references: Vec::new(),
            reference_count: 0,
            pushed: collector.options.pushed,
        })
    }

    /// The secrets that the excluded side's ends hold in the same place.
    fn at_ends(
        &self,
        collector: &Collector<'_, '_>,
        worker: &mut Worker<'_, '_>,
        place: &Place,
    ) -> BTreeSet<Key> {
        let mut known = BTreeSet::new();
        for tree in &self.ends {
            if let Some(blob) = blob_at(collector, *tree, &place.path)
                && let Ok((_, bytes)) = collector.store.read(&blob, &Limits::default())
            {
                known.append(&mut collector.known(worker, &place.path, &bytes));
            }
        }
        known
    }
}

impl Found {
    /// The secrets of what the commit replaces and removes. What cannot be read holds none, so that more is reported and
    /// not less.
    fn old(
        &self,
        collector: &Collector<'_, '_>,
        worker: &mut Worker<'_, '_>,
        differ: &mut Differ<'_, '_>,
    ) -> BTreeSet<Key> {
        let changes = self.difference.changes.iter();
        let mut old: BTreeSet<(ObjectId, &[u8])> = changes
            .flat_map(|change| change.old.iter().map(|old| (*old, change.path.as_slice())))
            .collect();
        for gone in &self.difference.gone {
            // Where it stood is not known: rules that rest on that find nothing, and more is reported.
            let files = differ.files(*gone).into_iter();
            old.extend(files.map(|id| (id, &b""[..])));
        }
        let mut keys = BTreeSet::new();
        for (id, path) in old {
            if let Ok((_, bytes)) = collector.store.read(&id, &Limits::default()) {
                keys.append(&mut collector.known(worker, path, &bytes));
            }
        }
        keys
    }
}

/// The blob that a tree has at a path.
fn blob_at(collector: &Collector<'_, '_>, tree: ObjectId, path: &[u8]) -> Option<ObjectId> {
    let mut at = tree;
    let mut names = path.split(|&byte| byte == b'/').peekable();
    while let Some(name) = names.next() {
        let Ok((Kind::Tree, bytes)) = collector.store.read(&at, &Limits::default()) else {
            return None;
        };
        let entries = tree_entries(&bytes, at)?;
        let entry = entries.into_iter().find(|entry| entry.name == name)?;
        let last = names.peek().is_none();
        match entry.kind {
            EntryKind::Blob if last => return Some(entry.id),
            EntryKind::Folder if !last => at = entry.id,
            _ => return None,
        }
    }
    None
}
