//! Whole-number arithmetic over the characters of a value: entropy, runs, sequences.

/// `n * log2(n)` in 256ths, for `n` up to the longest value.
const N_LOG_N: [u32; 321] = table();

const fn table() -> [u32; 321] {
    let mut table = [0; 321];
    let mut n = 2_u64;
    while n < 321 {
        table[n as usize] = (n * log2(n)) as u32;
        n += 1;
    }
    table
}

/// Logarithm to base two in 256ths, by squaring.
const fn log2(n: u64) -> u64 {
    let whole = n.ilog2() as u64;
    let mut x = (n << 32) >> whole;
    let mut fraction = 0;
    let mut bit = 0;
    while bit < 8 {
        x = ((x as u128 * x as u128) >> 32) as u64;
        fraction <<= 1;
        if x >= 2 << 32 {
            fraction |= 1;
            x >>= 1;
        }
        bit += 1;
    }
    whole * 256 + fraction
}

/// Shannon entropy in 32nds of a bit a character, and the number of different characters.
pub(super) fn entropy(value: &[u8]) -> (usize, usize) {
    let value = &value[..value.len().min(320)];
    if value.is_empty() {
        return (0, 0);
    }
    let mut counts = [0_u16; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    let mut sum = 0;
    let mut distinct = 0;
    for count in counts {
        sum += N_LOG_N[usize::from(count)];
        distinct += usize::from(count > 0);
    }
    let all = N_LOG_N[value.len()];
    ((all - sum.min(all)) as usize / value.len() / 8, distinct)
}

/// Rows of a keyboard, for values that fingers ran along.
const ROWS: &[u8] = b"`1234567890-= qwertyuiop[] asdfghjkl;' zxcvbnm,./ qwertzuiop azertyuiop";

/// The longest run of one character, and the longest in which each character follows the one before in alphabet,
/// digits or on the keyboard, either way.
pub(super) fn runs(folded: &[u8]) -> (usize, usize) {
    let follows = |a: u8, b: u8| {
        (b == a.wrapping_add(1) && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
            || (a.is_ascii_alphabetic()
                && b.is_ascii_alphabetic()
                && ROWS.windows(2).any(|pair| pair == [a, b]))
    };
    let (mut same, mut up, mut down) = (1, 1, 1);
    let (mut longest_same, mut longest_step) = (1, 1);
    for pair in folded.windows(2) {
        same = if pair[0] == pair[1] { same + 1 } else { 1 };
        up = if follows(pair[0], pair[1]) { up + 1 } else { 1 };
        down = if follows(pair[1], pair[0]) {
            down + 1
        } else {
            1
        };
        longest_same = longest_same.max(same);
        longest_step = longest_step.max(up).max(down);
    }
    (longest_same, longest_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_in_whole_numbers() {
        assert_eq!(entropy(b""), (0, 0));
        assert_eq!(entropy(b"aaaa"), (0, 1));
        assert_eq!(entropy(b"abab"), (32, 2));
        assert_eq!(entropy(b"0123456789abcdef"), (128, 16));
        assert!(entropy(&[b'x'; 1000]).0 == 0);
    }

    #[test]
    fn runs_and_sequences() {
        assert_eq!(runs(b"aaab"), (3, 2));
        assert_eq!(runs(b"qwerty"), (1, 6));
        assert_eq!(runs(b"x4321"), (1, 4));
        assert_eq!(runs(b""), (1, 1));
    }
}
