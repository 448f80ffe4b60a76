//! The object database: all packs, all places of loose objects, and single objects by id.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::alternates;
use super::fault::{FaultReason, Faults, Subject};
use super::id::{HashKind, Kind, ObjectId};
use super::inflate::Inflater;
use super::limits::{Allowance, Limits, STEP};
use super::loose;
use super::mapped::Bytes;
use super::pack::Pack;
use super::pack::delta;
use super::pack::entry::{Header, HeaderKind};
use super::pack::index::Index;
use super::pack::midx::MultiPackIndex;

/// An object database. Reads only; packs that appear after it was opened are not seen.
#[derive(Debug)]
pub struct ObjectStore<'d> {
    pub(crate) hash: HashKind,
    /// The largest first, so that looking for copies of an object in earlier packs is cheap.
    pub(crate) packs: Vec<Pack<'d>>,
    pub(crate) directories: Vec<PathBuf>,
}

/// Where a packed object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) pack: usize,
    pub(crate) offset: u64,
}

/// An object in memory.
pub(crate) type Decoded = (Kind, Vec<u8>);

impl ObjectStore<'static> {
    /// Opens an object directory (`.git/objects`) and its alternates. What cannot be opened becomes a fault.
    pub fn open(directory: &Path, hash: HashKind, faults: &Faults) -> Self {
        Self::open_all(&[directory.to_owned()], hash, faults)
    }

    /// Opens several object directories as one database, each with its alternates: as a hook must, whose environment
    /// names a quarantine directory and the repository's own.
    pub fn open_all(directories: &[PathBuf], hash: HashKind, faults: &Faults) -> Self {
        let directories = alternates::directories(directories, faults);
        let mut packs = Vec::new();
        for directory in &directories {
            open_packs(&directory.join("pack"), hash, faults, &mut packs);
        }
        packs.sort_by_key(|pack| std::cmp::Reverse(pack.index.count()));
        Self {
            hash,
            packs,
            directories,
        }
    }
}

impl<'d> ObjectStore<'d> {
    /// A database of one pack whose bytes are at hand.
    pub(crate) fn from_bytes(
        pack: &'d [u8],
        index: &'d [u8],
        hash: HashKind,
    ) -> Result<Self, FaultReason> {
        let index = Index::parse(Bytes::Borrowed(index), hash)?;
        let pack = Pack::new(Path::new("pack"), Bytes::Borrowed(pack), index, hash)?;
        Ok(Self::of_pack(pack, hash))
    }

    /// A database of one pack.
    pub(crate) fn of_pack(pack: Pack<'d>, hash: HashKind) -> Self {
        Self {
            hash,
            packs: vec![pack],
            directories: Vec::new(),
        }
    }

    /// Objects that the packs' indexes name, copies included: for a progress bar.
    pub fn packed_count(&self) -> u64 {
        self.packs
            .iter()
            .map(|pack| u64::from(pack.index.count()))
            .sum()
    }

    /// Size of the packs.
    pub(crate) fn packed_bytes(&self) -> u64 {
        self.packs.iter().map(Pack::end).sum()
    }

    /// Whether the object is there, as far as can be told without decoding it.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.places(id, None).next().is_some()
            || self
                .directories
                .iter()
                .any(|directory| loose::path(directory, id).is_file())
    }

    /// One object by its id. The walk is far quicker for many.
    pub fn read(&self, id: &ObjectId, limits: &Limits) -> Result<(Kind, Vec<u8>), FaultReason> {
        let allowance = Allowance::new(limits, self.packed_bytes());
        self.read_except(id, None, limits, &allowance, &mut Inflater::new())
    }

    /// One object by its id, not from one of the packs: every copy is tried. The first reason of failure counts.
    pub(crate) fn read_except(
        &self,
        id: &ObjectId,
        except: Option<usize>,
        limits: &Limits,
        allowance: &Allowance,
        inflater: &mut Inflater,
    ) -> Result<Decoded, FaultReason> {
        let mut first = None;
        for place in self.places(id, except) {
            match self.read_at(place, limits, allowance, inflater, |_| None) {
                Ok(decoded) => return Ok(decoded),
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        for directory in &self.directories {
            match loose::read(directory, id, limits, allowance, inflater, |_| true) {
                Ok(Some(decoded)) => return Ok(decoded),
                Ok(None) => {}
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        Err(first.unwrap_or(FaultReason::MissingObject))
    }

    /// The object at a place, put together from the bottom of its chain, or from the nearest entry below it of which
    /// `held` has the bytes.
    pub(crate) fn read_at<'h>(
        &self,
        place: Place,
        limits: &Limits,
        allowance: &Allowance,
        inflater: &mut Inflater,
        held: impl Fn(Place) -> Option<(Kind, &'h [u8])>,
    ) -> Result<Decoded, FaultReason> {
        let mut chain = Vec::new();
        let mut at = place;
        let (kind, mut bytes) = loop {
            if let Some((kind, bytes)) = held(at) {
                allowance.spend(bytes.len() as u64)?;
                break (kind, bytes.to_vec());
            }
            allowance.spend(STEP)?;
            let pack = self.packs.get(at.pack).ok_or(FaultReason::MissingObject)?;
            let header = pack.header(at.offset)?;
            let base = match header.kind {
                HeaderKind::Whole(kind) => {
                    let mut bytes = Vec::new();
                    inflate_exact(pack, &header, 0, limits, allowance, inflater, &mut bytes)?;
                    bytes.truncate(header.size as usize);
                    break (kind, bytes);
                }
                HeaderKind::OffsetDelta { base } => Place {
                    pack: at.pack,
                    offset: base,
                },
                HeaderKind::IdDelta { base } => {
                    chain.push((at.pack, header));
                    if let Some(inside) = self.place_in(at.pack, &base) {
                        at = inside;
                    } else if let Some(outside) = self.places(&base, Some(at.pack)).next() {
                        at = outside;
                    } else {
                        break self.read_loose(&base, limits, allowance, inflater)?;
                    }
                    check_chain(chain.len(), limits)?;
                    continue;
                }
            };
            chain.push((at.pack, header));
            check_chain(chain.len(), limits)?;
            at = base;
        };
        let mut instructions = Vec::new();
        let mut segments = Vec::new();
        let mut result = Vec::new();
        for (pack, header) in chain.into_iter().rev() {
            inflate_exact(
                &self.packs[pack],
                &header,
                0,
                limits,
                allowance,
                inflater,
                &mut instructions,
            )?;
            let delta = &instructions[..header.size as usize];
            let len = delta::parse(delta, bytes.len(), limits, &mut segments)?;
            allowance.spend(len as u64)?;
            result.clear();
            result.reserve(len);
            delta::gather(&segments, &bytes, delta, &(0..len), &mut result);
            std::mem::swap(&mut bytes, &mut result);
        }
        Ok((kind, bytes))
    }

    /// The kind of an object, from headers alone: not from more than `steps`, from which they are taken.
    pub(crate) fn kind_except(
        &self,
        id: &ObjectId,
        except: usize,
        limits: &Limits,
        steps: &Cell<u64>,
    ) -> Option<Kind> {
        for place in self.places(id, Some(except)) {
            let mut at = place;
            for _ in 0..=limits.chain {
                steps.set(steps.get().checked_sub(1)?);
                let pack = self.packs.get(at.pack)?;
                match pack.header(at.offset).ok()?.kind {
                    HeaderKind::Whole(kind) => return Some(kind),
                    HeaderKind::OffsetDelta { base } => at.offset = base,
                    HeaderKind::IdDelta { base } => {
                        let inside = self.place_in(at.pack, &base);
                        match inside.or_else(|| self.places(&base, Some(at.pack)).next()) {
                            Some(next) => at = next,
                            None => return self.loose_kind(&base, limits),
                        }
                    }
                }
            }
        }
        self.loose_kind(id, limits)
    }

    /// Where an object is packed, one pack left out.
    pub(crate) fn places<'i>(
        &'i self,
        id: &'i ObjectId,
        except: Option<usize>,
    ) -> impl Iterator<Item = Place> + use<'i, 'd> {
        (0..self.packs.len())
            .filter(move |&pack| Some(pack) != except)
            .filter_map(move |pack| self.place_in(pack, id))
    }

    /// Where one pack holds an object.
    pub(crate) fn place_in(&self, pack: usize, id: &ObjectId) -> Option<Place> {
        let found = self.packs.get(pack)?;
        let offset = found.index.offset(found.index.find(id)?)?;
        found.holds(offset).then_some(Place { pack, offset })
    }

    fn read_loose(
        &self,
        id: &ObjectId,
        limits: &Limits,
        allowance: &Allowance,
        inflater: &mut Inflater,
    ) -> Result<Decoded, FaultReason> {
        for directory in &self.directories {
            let read = loose::read(directory, id, limits, allowance, inflater, |_| true)?;
            if let Some(decoded) = read {
                return Ok(decoded);
            }
        }
        Err(FaultReason::MissingBase(*id))
    }

    fn loose_kind(&self, id: &ObjectId, limits: &Limits) -> Option<Kind> {
        let mut inflater = Inflater::new();
        self.directories
            .iter()
            .find_map(|directory| loose::kind(directory, id, limits, &mut inflater))
    }
}

/// Decompresses an entry's data. `end` is where the next entry starts, or zero when that is not known.
pub(crate) fn inflate_exact(
    pack: &Pack<'_>,
    header: &Header,
    end: u64,
    limits: &Limits,
    allowance: &Allowance,
    inflater: &mut Inflater,
    out: &mut Vec<u8>,
) -> Result<(), FaultReason> {
    if header.size > limits.object {
        return Err(FaultReason::TooLarge { size: header.size });
    }
    allowance.spend(header.size)?;
    let plausible = end.saturating_sub(header.data);
    inflater.exact(pack.compressed(header.data), plausible, header.size, out)
}

/// Refuses chains without an end.
fn check_chain(len: usize, limits: &Limits) -> Result<(), FaultReason> {
    if len > limits.chain {
        return Err(FaultReason::ChainTooLong);
    }
    Ok(())
}

/// Opens the packs of one directory.
fn open_packs(directory: &Path, hash: HashKind, faults: &Faults, packs: &mut Vec<Pack<'static>>) {
    let fault = |path: &Path, reason| faults.push(Subject::Path(path.to_owned()), reason);
    let io = |error: std::io::Error| FaultReason::Io(error.to_string());
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return fault(directory, io(error)),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        match entry {
            Ok(entry) => names.insert(entry.path()),
            Err(error) => {
                fault(directory, io(error));
                continue;
            }
        };
    }
    let midx = names
        .get(&directory.join("multi-pack-index"))
        .and_then(|path| {
            let parsed = Bytes::map(path)
                .map_err(io)
                .and_then(|bytes| MultiPackIndex::parse(bytes, hash));
            parsed.map_err(|reason| fault(path, reason)).ok()
        })
        .map(Arc::new);
    for path in &names {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("idx") if !names.contains(&path.with_extension("pack")) => {
                let why = "its pack is not there";
                fault(
                    path,
                    FaultReason::Format {
                        what: "pack index",
                        why,
                    },
                );
            }
            Some("pack") => match open_pack(path, midx.as_ref(), hash, faults) {
                Ok(pack) => packs.push(pack),
                Err(reason) => fault(path, reason),
            },
            _ => {}
        }
    }
}

/// Opens one pack with its own index, or else with what the multi-pack-index says of it.
fn open_pack(
    path: &Path,
    midx: Option<&Arc<MultiPackIndex<'static>>>,
    hash: HashKind,
    faults: &Faults,
) -> Result<Pack<'static>, FaultReason> {
    let own = path.with_extension("idx");
    let index = match Bytes::map(&own) {
        Ok(bytes) => Index::parse(bytes, hash),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(FaultReason::NoIndex),
        Err(error) => Err(FaultReason::Io(error.to_string())),
    };
    let index = index.or_else(|reason| {
        let name = own.file_name().and_then(|name| name.to_str());
        let row = midx.and_then(|midx| {
            midx.names()
                .iter()
                .position(|covered| Some(covered.as_str()) == name)
        });
        match (midx, row) {
            (Some(midx), Some(row)) => {
                if reason != FaultReason::NoIndex {
                    faults.push(Subject::Path(own.clone()), reason);
                }
                Ok(Index::shared(
                    Arc::clone(midx),
                    midx.positions_in(row as u32),
                ))
            }
            _ => Err(reason),
        }
    })?;
    let data = Bytes::map(path).map_err(|error| FaultReason::Io(error.to_string()))?;
    Pack::new(path, data, index, hash)
}
