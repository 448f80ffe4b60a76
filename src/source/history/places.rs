//! The places to report: each object with a secret is read once more, to say where in it the secret stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::archives;
use super::content::Marked;
use super::exposures::Exposures;
use super::secrets::Key;
use super::{Options, peeled};
use crate::coverage::SkipReason;
use crate::detect::blob::Located;
use crate::exposure::{HistoryPlace, PlaceKind};
use crate::finding::{BlobPath, Origin, Secret};
use crate::git::attribution::{Introduced, Mark};
use crate::git::{Kind, Limits, ObjectId};
use crate::rule::RuleIndex;
use crate::scan::{Scan, Worker};
use crate::source::archive::{self, is_archive};

/// One text to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// What to read, or what a name belongs to.
    object: ObjectId,
    /// As stored; masked when it is reported.
    path: Vec<u8>,
    kind: PlaceKind,
    commit: Option<u32>,
}

/// All of them.
pub(super) struct Places<'p> {
    exposures: &'p Exposures<'p>,
    prefix: &'p [u8],
    archives: Option<&'p archive::Options>,
    /// With the secrets to report there.
    marks: BTreeMap<Place, Vec<u32>>,
    /// Places left out by their paths.
    excluded: u64,
}

impl<'p> Places<'p> {
    /// Collects the places that the options ask for. `named` are the secrets in the names of references, in the order of
    /// [`super::references::Names::all_names`].
    pub(super) fn new(
        exposures: &'p Exposures<'p>,
        marked: &[Marked],
        named: &[Vec<u32>],
        options: &'p Options,
    ) -> Self {
        let mut places = Self {
            exposures,
            prefix: &options.prefix,
            archives: options.archives.as_ref(),
            marks: BTreeMap::new(),
            excluded: 0,
        };
        let selected = selected(exposures, options);
        let has = |commit: u32| {
            selected
                .as_ref()
                .is_none_or(|selected| selected[commit as usize])
        };
        places.add_introductions(&has, options);
        if options.references.is_empty() {
            places.add_unreached(options);
            places.add_tags(marked, options);
            places.add_references(named);
        }
        places
    }

    fn add(&mut self, place: Place, mark: u32) {
        let known = self.marks.entry(place).or_default();
        if !known.contains(&mark) {
            known.push(mark);
        }
    }

    fn add_introductions(&mut self, has: &impl Fn(u32) -> bool, options: &Options) {
        let attribution = self.exposures.known.attribution;
        for &mark in attribution.marks() {
            for introduction in attribution.introductions(mark) {
                if !has(introduction.commit) {
                    continue;
                }
                let path = attribution.path(introduction);
                let (kind, path) = match introduction.how {
                    Introduced::Commit => (
                        PlaceKind::Commit,
                        format!("commit/{}", introduction.object).into_bytes(),
                    ),
                    _ if options.leaves_out(path) => {
                        self.excluded += 1;
                        continue;
                    }
                    Introduced::Content => (PlaceKind::Blob, path.to_vec()),
                    Introduced::Name => (PlaceKind::FileName, path.to_vec()),
                };
                let place = Place {
                    object: introduction.object,
                    path,
                    kind,
                    commit: Some(introduction.commit),
                };
                self.add(place, mark.0);
            }
        }
    }

    /// What no commit leads to. An object that a reference or a tag points to is not lost.
    fn add_unreached(&mut self, options: &Options) {
        let pointed: BTreeSet<ObjectId> = self
            .exposures
            .known
            .references
            .references
            .iter()
            .map(|reference| peeled(reference.target, self.exposures.known.tags))
            .collect();
        let attribution = self.exposures.known.attribution;
        for lost in attribution.unreached() {
            // Leftovers of a merge or of an index: the secret is reported where commits hold it.
            if attribution.first(lost.mark).is_some() {
                continue;
            }
            let tree = lost.place.as_ref().map(|(tree, _)| *tree);
            let held = pointed.contains(&lost.object) || tree.is_some_and(|t| pointed.contains(&t));
            let staged = self.exposures.known.staged.contains_key(&lost.object);
            if !options.unreachable && !held && !staged {
                continue;
            }
            let path = match (self.exposures.known.staged.get(&lost.object), &lost.place) {
                (Some(path), _) => path.clone(),
                (None, Some((_, path))) => path.to_vec(),
                (None, None) => format!("blob/{}", lost.object).into_bytes(),
            };
            if options.leaves_out(&path) {
                self.excluded += 1;
                continue;
            }
            let kind = match lost.how {
                Introduced::Content => PlaceKind::Blob,
                Introduced::Name => PlaceKind::FileName,
                Introduced::Commit => PlaceKind::Commit,
            };
            let place = Place {
                object: lost.object,
                path,
                kind,
                commit: None,
            };
            self.add(place, lost.mark.0);
        }
    }

    fn add_tags(&mut self, marked: &[Marked], options: &Options) {
        for tag in marked.iter().filter(|marked| marked.kind == Kind::Tag) {
            if !options.unreachable && self.exposures.holders(tag.id).is_empty() {
                continue;
            }
            let place = Place {
                object: tag.id,
                path: format!("tag/{}", tag.id).into_bytes(),
                kind: PlaceKind::Tag,
                commit: None,
            };
            for &mark in &*tag.marks {
                self.add(place.clone(), mark);
            }
        }
    }

    fn add_references(&mut self, named: &[Vec<u32>]) {
        let references = self.exposures.known.references;
        for (position, marks) in named.iter().enumerate() {
            let (name, object) = match references.references.get(position) {
                Some(reference) => (&reference.name, reference.target),
                // A symbolic reference's name has no object of its own.
                None => (
                    &references.symbolic[position - references.references.len()],
                    ObjectId::NOTHING,
                ),
            };
            for &mark in marks {
                let place = Place {
                    object,
                    path: name.clone(),
                    kind: PlaceKind::Reference,
                    commit: None,
                };
                self.add(place, mark);
            }
        }
    }

    /// Reads the objects again and reports what is found in each place, and how far each secret got.
    pub(super) fn report(&self, scan: &Scan<'_>, keys: &[Key], threads: usize) {
        let places: Vec<(&Place, &Vec<u32>)> = self.marks.iter().collect();
        // Places of one object stand together, so that it is read once.
        let runs: Vec<&[(&Place, &Vec<u32>)]> =
            places.chunk_by(|a, b| a.0.object == b.0.object).collect();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..threads.min(runs.len()).max(1) {
                scope.spawn(|| {
                    let mut worker = scan.worker();
                    while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed))
                        && !worker.is_cancelled()
                    {
                        self.report_object(&mut worker, run, keys);
                    }
                });
            }
        });
        let mut worker = scan.worker();
        worker.skip_many(SkipReason::Excluded, self.excluded);
        let staged: BTreeSet<u32> = self
            .marks
            .iter()
            .filter(|(place, _)| self.exposures.known.staged.contains_key(&place.object))
            .flat_map(|(_, marks)| marks.iter().copied())
            .collect();
        for (mark, holders) in self.holders() {
            if let Some((rule, secret)) = keys.get(mark as usize) {
                let staged = staged.contains(&mark);
                let exposure = self.exposures.exposure(Mark(mark), &holders, staged);
                worker.expose(*rule, secret.clone(), exposure);
            }
        }
    }

    fn report_object(
        &self,
        worker: &mut Worker<'_, '_>,
        run: &[(&Place, &Vec<u32>)],
        keys: &[Key],
    ) {
        let mut content: Option<Vec<u8>> = None;
        let mut told = BTreeSet::new();
        for (place, marks) in run {
            let text: &[u8] = match place.kind {
                PlaceKind::FileName => {
                    let start = memchr::memrchr(b'/', &place.path).map_or(0, |slash| slash + 1);
                    &place.path[start..]
                }
                PlaceKind::Reference => &place.path,
                PlaceKind::Blob | PlaceKind::Commit | PlaceKind::Tag => {
                    if content.is_none() {
                        match self
                            .exposures
                            .known
                            .store
                            .read(&place.object, &Limits::default())
                        {
                            Ok((_, bytes)) => content = Some(bytes),
                            Err(reason) => {
                                let subject = BlobPath::from_bytes(place.object.to_string());
                                worker.skip(SkipReason::Corrupt, subject, reason.to_string());
                                return;
                            }
                        }
                    }
                    content.as_deref().unwrap_or_default()
                }
            };
            let origin = Origin::History(Arc::new(HistoryPlace {
                commit: place.commit.map(|commit| self.exposures.info(commit)),
                kind: place.kind,
                object: place.object.to_string(),
            }));
            let path = self.shown_path(place);
            let has = |key: (RuleIndex, &Secret)| {
                let marked = marks.iter().filter_map(|&mark| keys.get(mark as usize));
                marked
                    .into_iter()
                    .any(|(rule, secret)| (*rule, secret) == key)
            };
            let wanted = |located: &Located| has((located.rule, &located.secret));
            match self.archives {
                Some(options) if place.kind == PlaceKind::Blob && is_archive(text) => {
                    let (rule, unread) = archives::unread(place.object);
                    // Once for each path, whatever commits brought it there.
                    let first = told.insert(&place.path);
                    let tell = first && has((rule, &unread));
                    archives::place(worker, options, &path, &origin, text, tell, wanted);
                }
                _ => worker.place(&path, &origin, text, wanted),
            }
        }
    }

    fn shown_path(&self, place: &Place) -> BlobPath {
        let names = self.exposures.known.names;
        let path = match place.kind {
            PlaceKind::Reference => names.masked_reference(&place.path),
            PlaceKind::Commit | PlaceKind::Tag => place.path.clone(),
            PlaceKind::Blob | PlaceKind::FileName => names.masked_path(&place.path),
        };
        BlobPath::from_bytes([self.prefix, &path].concat())
    }

    /// The secrets to report, and which references hold each otherwise than through commits.
    fn holders(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut by_object: HashMap<ObjectId, Vec<u32>> = HashMap::new();
        let mut holders: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (place, marks) in &self.marks {
            let references = match (place.kind, place.commit) {
                (_, Some(_)) => Vec::new(),
                (PlaceKind::Reference, None) => {
                    let named = (0..).zip(&self.exposures.known.references.references);
                    let own = named.filter(|(_, reference)| reference.name == place.path);
                    own.map(|(position, _)| position).collect()
                }
                (_, None) => by_object
                    .entry(place.object)
                    .or_insert_with(|| self.exposures.holders(place.object))
                    .clone(),
            };
            for &mark in marks {
                let known = holders.entry(mark).or_default();
                known.extend_from_slice(&references);
                known.sort_unstable();
                known.dedup();
            }
        }
        holders
    }
}

/// The commits whose introductions are reported, by number; `None` for all.
fn selected(exposures: &Exposures<'_>, options: &Options) -> Option<Vec<bool>> {
    if options.references.is_empty() && options.unreachable {
        return None;
    }
    let commits = exposures.known.commits;
    let mut selected = vec![false; commits.len()];
    let references = exposures.known.references.references.iter();
    let mut stack: Vec<u32> = references
        .filter(|reference| options.wants(&reference.name))
        .filter_map(|reference| commits.find(&peeled(reference.target, exposures.known.tags)))
        .collect();
    while let Some(commit) = stack.pop() {
        if !std::mem::replace(&mut selected[commit as usize], true) {
            stack.extend_from_slice(commits.parents(commit));
        }
    }
    Some(selected)
}
