//! Changes recipes piece by piece, so that most of what comes out still hangs together.

use crate::recipe::{DAMAGE, LIE, MOST, Piece, Recipe, SAME_ID, UNNAMED};

/// A small generator of numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// Changes a recipe somewhere. `plain` is the fuzzer's own way of changing bytes: it gets a buffer, how many of its bytes
/// are in use, and how many may be, and gives how many are.
pub fn mutate(
    recipe: &mut Recipe,
    seed: u32,
    plain: impl FnOnce(&mut [u8], usize, usize) -> usize,
) {
    let random = &mut Random(u64::from(seed) << 20 | 0x9e37_79b9);
    let count = recipe.pieces.len();
    let at = random.below(count);
    let choice = random.below(12);
    if count == 0 || (choice == 0 && count < MOST) {
        let piece = composed(random);
        recipe.pieces.insert(random.below(count + 1), piece);
        return;
    }
    let piece = &mut recipe.pieces[at];
    match choice {
        1 => {
            // Near by, near the beginning, or anything.
            piece.base = match random.below(4) {
                0 => random.below(4) as u8,
                1 => (at + random.below(3)).wrapping_sub(1) as u8,
                2 => random.below(count) as u8,
                _ => random.byte(),
            };
        }
        2 => piece.tag = piece.tag & !7 | random.below(8) as u8,
        3 => {
            piece.tag ^= [LIE, UNNAMED, DAMAGE, SAME_ID][random.below(4)];
            piece.lie = random.byte();
            piece.damage = [random.byte(), 1 << random.below(8)];
        }
        4 => {
            recipe.pieces.remove(at);
        }
        5 => recipe.pieces.swap(at, random.below(count)),
        6 if count < MOST => {
            let copy = piece.clone();
            recipe.pieces.insert(random.below(count + 1), copy);
        }
        7 => recipe.flags ^= 1 << random.below(8),
        8 | 9 if !piece.data.is_empty() => {
            // One byte, mostly near the start, where sizes and the first instructions are.
            let reach = if random.below(2) == 0 { 12 } else { usize::MAX };
            let byte = random.below(piece.data.len().min(reach));
            piece.data[byte] = match random.below(4) {
                0 => [0, 0x7f, 0x80, 0xff][random.below(4)],
                1 => piece.data[byte].wrapping_add(1),
                2 => piece.data[byte].wrapping_sub(1),
                _ => random.byte(),
            };
        }
        _ => {
            let len = piece.data.len();
            let most = (len + 64).min(usize::from(u16::MAX));
            piece.data.resize(most, 0);
            let len = plain(&mut piece.data, len, most);
            piece.data.truncate(len);
        }
    }
}

/// A delta of a few instructions that fits whatever its base is.
fn composed(random: &mut Random) -> Piece {
    let mut data = Vec::new();
    for _ in 0..=random.below(6) {
        if random.below(2) == 0 {
            let len = random.below(9);
            data.push(len as u8);
            data.extend((0..=len).map(|_| random.byte()));
        } else {
            // Some copies may reach outside of the base.
            data.push(if random.below(8) == 0 { 0xff } else { 0x80 });
            data.extend([random.byte(), random.below(2) as u8, random.byte(), 0]);
        }
    }
    Piece {
        tag: 6 + random.below(2) as u8,
        base: random.below(8) as u8,
        data,
        ..Piece::default()
    }
}
