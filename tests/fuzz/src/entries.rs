//! Packs put together from a recipe, so that what is fuzzed is the forest and the deltas rather than zlib: the recipe
//! holds entries uncompressed, and this module compresses them, writes the index, and knows by an evaluation of its own
//! what a walk must deliver.

use crate::git::{Kind, ObjectId};
use crate::recipe::{DAMAGE, LIE, MOST, Piece, Reader, Recipe, SAME_ID, UNNAMED};

/// The largest object; larger ones must be refused.
pub const LIMIT: usize = 1 << 16;

/// What a walk must make of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Delivered with this content.
    Delivered(Kind, Vec<u8>),
    /// Not delivered.
    Refused,
    /// Either, as its stream was damaged, or its id is not its own.
    Open,
}

/// A finished pack.
pub struct Pack {
    /// Whether ids are SHA-256's.
    pub sha256: bool,
    pub pack: Vec<u8>,
    pub index: Vec<u8>,
    /// Each entry that the index names.
    pub expected: Vec<(ObjectId, Expected)>,
}

/// What an entry is built on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Nothing(Kind),
    Entry(usize),
    Missing,
}

/// An entry as the recipe has it.
struct Entry {
    base: Base,
    offset: u64,
    named: bool,
    open: bool,
    lies: bool,
    same_id: bool,
    by_id: bool,
    data: Vec<u8>,
}

impl Pack {
    /// Builds the pack.
    pub fn new(recipe: &Recipe) -> Option<Self> {
        let flags = recipe.flags;
        let sha256 = flags & 1 != 0;
        let level = if flags & 4 != 0 { 1 } else { 0 };
        let id_size = if sha256 { 32 } else { 20 };
        let mut pack = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
        let mut entries = Vec::new();
        for piece in &recipe.pieces {
            let entry = append(&mut pack, piece, &entries, level, id_size);
            entries.push(entry);
        }
        let count = u32::try_from(entries.len()).ok()?;
        pack[8..12].copy_from_slice(&count.to_be_bytes());
        pack.resize(pack.len() + id_size, 0);
        let contents = evaluate(&entries);
        let mut named = Vec::new();
        let mut expected = Vec::new();
        for (number, (entry, content)) in entries.iter().zip(contents).enumerate() {
            if entry.named {
                let id = id(name_of(&entries, number), id_size);
                named.push((id, entry.offset));
                expected.push((id, content));
            }
        }
        named.sort();
        let index = index(&named, flags & 2 != 0, id_size);
        Some(Self {
            sha256,
            pack,
            index,
            expected,
        })
    }
}

/// Appends one entry to the pack.
fn append(
    pack: &mut Vec<u8>,
    piece: &Piece,
    before: &[Entry],
    level: i32,
    id_size: usize,
) -> Entry {
    let shape = piece.shape();
    let by_id = piece.by_id();
    let offset = pack.len() as u64;
    let number = usize::from(piece.base);
    let back = number % before.len().max(1) + 1;
    let base = match shape {
        0..=3 => Base::Nothing(Kind::ALL[usize::from(shape)]),
        _ if by_id && number < MOST => Base::Entry(number),
        _ if by_id => Base::Missing,
        _ => match before.len().checked_sub(back) {
            Some(number) => Base::Entry(number),
            None => Base::Missing,
        },
    };
    let lie = if piece.tag & LIE != 0 { piece.lie } else { 0 };
    let mut data = piece.data.clone();
    if piece.is_composed() {
        let known = match base {
            Base::Entry(number) if number < before.len() => plain(before, number),
            _ => None,
        };
        data = compose(&data, known.map_or(0, |base| base.len()));
    }
    let declared = data.len() + usize::from(lie);
    header(
        pack,
        if shape < 4 {
            shape + 1
        } else {
            6 + u8::from(by_id)
        },
        declared,
    );
    if shape >= 4 {
        match base {
            Base::Entry(number) if by_id => {
                let name = if number < before.len() {
                    name_of(before, number)
                } else {
                    number
                };
                pack.extend_from_slice(id(name, id_size).as_bytes());
            }
            Base::Entry(number) => distance(pack, offset - before[number].offset),
            _ if by_id => pack.extend_from_slice(&vec![0xee; id_size]),
            // Before the first entry: never valid.
            _ => distance(pack, 1),
        }
    }
    let start = pack.len();
    let mut out = vec![0; zlib_rs::compress_bound(data.len()) + 64];
    let (compressed, code) =
        zlib_rs::compress_slice(&mut out, &data, zlib_rs::DeflateConfig::new(level));
    assert_eq!(code, zlib_rs::ReturnCode::Ok);
    pack.extend_from_slice(compressed);
    let damaged = piece.tag & DAMAGE != 0 && piece.damage[1] != 0;
    if damaged {
        let len = pack.len() - start;
        pack[start + usize::from(piece.damage[0]) % len] ^= piece.damage[1];
    }
    Entry {
        base,
        offset,
        named: piece.tag & UNNAMED == 0,
        open: damaged,
        lies: lie != 0,
        same_id: piece.tag & SAME_ID != 0 && !before.is_empty(),
        by_id,
        data,
    }
}

/// The entry whose id an entry has: its own, unless it borrows that of the one before.
fn name_of(entries: &[Entry], mut number: usize) -> usize {
    while entries[number].same_id {
        number -= 1;
    }
    number
}

/// The id of an entry: spread over the whole range, for the fan-out table's sake.
fn id(number: usize, size: usize) -> ObjectId {
    let mut bytes = vec![number as u8; size];
    bytes[0] = (number as u8).wrapping_mul(151);
    ObjectId::from_bytes(&bytes).expect("a hash's own size")
}

/// An entry's header: type and size.
fn header(pack: &mut Vec<u8>, kind: u8, size: usize) {
    let mut byte = kind << 4 | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    pack.push(byte);
}

/// How far back the base of an offset delta is.
fn distance(pack: &mut Vec<u8>, mut distance: u64) {
    let mut bytes = vec![(distance & 0x7f) as u8];
    while distance > 0x7f {
        distance = (distance >> 7) - 1;
        bytes.push((distance & 0x7f) as u8 | 0x80);
    }
    pack.extend(bytes.iter().rev());
}

/// Composes a delta that fits a base of this size. A byte below 128 inserts so many and one more of the bytes that
/// follow; another one copies: two bytes say where from and two how much, both brought within the base, except by 0xff,
/// whose copy may reach outside.
fn compose(instructions: &[u8], base: usize) -> Vec<u8> {
    let mut reader = Reader(instructions);
    let mut body = Vec::new();
    let mut result = 0;
    while let Some(operation) = reader.byte() {
        if operation < 0x80 {
            let inserted = reader.bytes(usize::from(operation) + 1).to_vec();
            if inserted.len() > 127 || inserted.is_empty() || result + inserted.len() > LIMIT {
                break;
            }
            body.push(inserted.len() as u8);
            body.extend_from_slice(&inserted);
            result += inserted.len();
            continue;
        }
        let (Some(from), Some(len)) = (reader.number(), reader.number()) else {
            break;
        };
        let (from, len) = if operation == 0xff {
            (from, len)
        } else {
            let from = from % (base + 1);
            (from, len % (base - from + 1))
        };
        if len == 0 || result + len > LIMIT {
            break;
        }
        let mut operands = Vec::new();
        let mut opcode = 0x80;
        for (bit, byte) in [from, from >> 8, from >> 16, 0, len, len >> 8, len >> 16]
            .into_iter()
            .enumerate()
        {
            if byte & 0xff != 0 {
                opcode |= 1 << bit;
                operands.push(byte as u8);
            }
        }
        // A length of 0x10000 is written as none at all.
        if len == 0x10000 {
            opcode &= 0x8f;
            operands.truncate((opcode & 0x0f_u8).count_ones() as usize);
        }
        body.push(opcode);
        body.extend_from_slice(&operands);
        result += len;
    }
    let mut delta = Vec::new();
    for mut number in [base, result] {
        while number > 0x7f {
            delta.push(number as u8 | 0x80);
            number >>= 7;
        }
        delta.push(number as u8);
    }
    delta.extend(body);
    delta
}

/// What each entry holds: a reading as plain as can be, without regard to the reader under test.
fn evaluate(entries: &[Entry]) -> Vec<Expected> {
    (0..entries.len())
        .map(|number| content(entries, number))
        .collect()
}

/// One entry's content, from the bottom of its chain.
fn content(entries: &[Entry], number: usize) -> Expected {
    let mut chain: Vec<usize> = Vec::new();
    let mut at = number;
    let mut open = false;
    let kind = loop {
        let Some(entry) = entries.get(at) else {
            break None;
        };
        // An id that two entries have may lead to either; that holds where a chain comes back to itself, too.
        let shared = entry.same_id || entries.get(at + 1).is_some_and(|next| next.same_id);
        let by_id = chain.last().is_some_and(|&above| entries[above].by_id);
        open |= entry.open || (shared && (by_id || chain.is_empty()));
        if chain.contains(&at) || (by_id && !entry.named && !shared) {
            break None;
        }
        chain.push(at);
        match entry.base {
            Base::Nothing(kind) => break Some(kind),
            Base::Entry(base) => at = base,
            Base::Missing => break None,
        }
    };
    let lies = |&at: &usize| entries[at].lies || entries[at].data.len() > LIMIT;
    match kind {
        _ if open => Expected::Open,
        Some(kind) if !chain.iter().any(lies) => match build(entries, &chain) {
            Some(bytes) => Expected::Delivered(kind, bytes),
            None => Expected::Refused,
        },
        _ => Expected::Refused,
    }
}

/// Applies a chain's deltas, the last of which is its bottom.
fn build(entries: &[Entry], chain: &[usize]) -> Option<Vec<u8>> {
    let (bottom, deltas) = chain.split_last()?;
    let mut deltas = deltas.iter().rev();
    let whole = entries[*bottom].data.clone();
    deltas.try_fold(whole, |base, &delta| apply(&entries[delta].data, &base))
}

/// The content of an entry among those that are laid down already.
fn plain(entries: &[Entry], number: usize) -> Option<Vec<u8>> {
    match content(entries, number) {
        Expected::Delivered(_, bytes) => Some(bytes),
        _ => None,
    }
}

/// Applies a delta by the book.
fn apply(delta: &[u8], base: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(delta);
    let mut size = || {
        let mut value = 0_u128;
        for place in 0..9 {
            let byte = reader.byte()?;
            value |= u128::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    let (from, to) = (size()?, size()?);
    if from != base.len() as u128 || to > LIMIT as u128 {
        return None;
    }
    let mut result = Vec::new();
    while let Some(opcode) = reader.byte() {
        if opcode & 0x80 == 0 {
            if opcode == 0 {
                return None;
            }
            for _ in 0..opcode {
                result.push(reader.byte()?);
            }
        } else {
            let mut operand = |bits: std::ops::Range<u8>| {
                let mut value = 0;
                for (place, bit) in bits.enumerate() {
                    if opcode & 1 << bit != 0 {
                        value |= usize::from(reader.byte()?) << (8 * place);
                    }
                }
                Some(value)
            };
            let (offset, len) = (operand(0..4)?, operand(4..7)?);
            let len = if len == 0 { 0x10000 } else { len };
            result.extend_from_slice(base.get(offset..offset.checked_add(len)?)?);
        }
        if result.len() as u128 > to {
            return None;
        }
    }
    (result.len() as u128 == to).then_some(result)
}

/// The index of version 1 or 2.
fn index(named: &[(ObjectId, u64)], first_version: bool, id_size: usize) -> Vec<u8> {
    let mut index = Vec::new();
    if !first_version {
        index.extend_from_slice(b"\xfftOc\0\0\0\x02");
    }
    for first in 0..=255_u8 {
        let below = named
            .iter()
            .filter(|(id, _)| id.as_bytes()[0] <= first)
            .count();
        index.extend_from_slice(&(below as u32).to_be_bytes());
    }
    if first_version {
        for (id, offset) in named {
            index.extend_from_slice(&(*offset as u32).to_be_bytes());
            index.extend_from_slice(id.as_bytes());
        }
    } else {
        named
            .iter()
            .for_each(|(id, _)| index.extend_from_slice(id.as_bytes()));
        index.resize(index.len() + 4 * named.len(), 0);
        for (_, offset) in named {
            index.extend_from_slice(&(*offset as u32).to_be_bytes());
        }
    }
    index.resize(index.len() + 2 * id_size, 0);
    index
}
