//! Equal lists of numbers stored once, so that a number stands for the list and lists compare in one step.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Lists of 64-bit numbers, each stored once. Numbers are given in the order of first sight, from 1; 0 is for the caller
/// to mean "nothing".
#[derive(Debug)]
pub(super) struct Interner {
    items: Vec<u64>,
    /// Where each list starts, from that of number 1 on; one more at the end.
    starts: Vec<u32>,
    /// Numbers, at the places that their hashes give; 0 is free. A power of two, at most half full.
    table: Vec<u32>,
    /// Random, so that nobody can prepare lists that collide. The numbers given do not depend on it.
    seed: u64,
}

/// A multiplier with bits set evenly.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Interner {
    pub(super) fn new() -> Self {
        Self {
            items: Vec::new(),
            starts: vec![0],
            table: vec![0; 64],
            seed: RandomState::new().build_hasher().finish(),
        }
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// The list of a number; nothing for 0 and unknown numbers.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &[u64] {
        let number = number as usize;
        if number == 0 || number >= self.starts.len() {
            return &[];
        }
        &self.items[self.starts[number - 1] as usize..self.starts[number] as usize]
    }

    /// The number of a list, less than 2³¹. 0 for what does not fit any more: that would take tens of gigabytes.
    pub(super) fn intern(&mut self, list: &[u64]) -> u32 {
        let mask = self.table.len() - 1;
        let mut place = self.hash(list) as usize & mask;
        loop {
            match self.table[place] {
                0 => break,
                number if self.get(number) == list => return number,
                _ => place = (place + 1) & mask,
            }
        }
        let Ok(end) = u32::try_from(self.items.len() + list.len()) else {
            return 0;
        };
        if self.len() == u32::MAX >> 1 {
            return 0;
        }
        self.items.extend_from_slice(list);
        self.starts.push(end);
        let number = self.len();
        self.table[place] = number;
        if number as usize * 2 > self.table.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mut table = vec![0; self.table.len() * 2];
        let mask = table.len() - 1;
        for number in 1..=self.len() {
            let mut place = self.hash(self.get(number)) as usize & mask;
            while table[place] != 0 {
                place = (place + 1) & mask;
            }
            table[place] = number;
        }
        self.table = table;
    }

    #[inline]
    fn hash(&self, list: &[u64]) -> u64 {
        let mut hash = self.seed ^ list.len() as u64;
        for &item in list {
            let product = u128::from(hash ^ item) * u128::from(FACTOR);
            hash = (product >> 64) as u64 ^ product as u64;
            hash = hash.rotate_left(23) ^ self.seed;
        }
        hash ^ hash >> 32
    }
}
