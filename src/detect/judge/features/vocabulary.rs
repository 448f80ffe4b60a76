//! How much of a value is words that people use.
//!
//! The words (`rules/vocabulary.txt`, made by `rules/letters.py`) stand one length a line, sorted, without separators.

/// One line for each length from [`SHORTEST`] on.
const TABLE: &[u8] = include_bytes!("../../../../rules/vocabulary.txt");
const SHORTEST: usize = 3;
const LONGEST: usize = 14;
/// Where each line starts, and the end.
const STARTS: [usize; LONGEST - SHORTEST + 2] = starts();
/// Bits of a filter that answers most questions.
const BITS: usize = 1 << 16;
static FILTER: [u64; BITS / 64] = filter();

const fn starts() -> [usize; LONGEST - SHORTEST + 2] {
    let mut starts = [0; LONGEST - SHORTEST + 2];
    let (mut at, mut line) = (0, 0);
    while at < TABLE.len() {
        if TABLE[at] == b'\n' {
            line += 1;
            starts[line] = at + 1;
        }
        at += 1;
    }
    starts
}

const fn step(hash: u32, letter: u8) -> u32 {
    (hash ^ letter as u32).wrapping_mul(0x0100_0193)
}

const fn slot(hash: u32) -> usize {
    (hash ^ (hash >> 16)) as usize % BITS
}

const fn filter() -> [u64; BITS / 64] {
    let mut filter = [0; BITS / 64];
    let mut line = 0;
    while line < STARTS.len() - 1 {
        let length = line + SHORTEST;
        let mut at = STARTS[line];
        while at + length < STARTS[line + 1] {
            let (mut hash, mut letter) = (0x811c_9dc5, 0);
            while letter < length {
                hash = step(hash, TABLE[at + letter]);
                letter += 1;
            }
            filter[slot(hash) / 64] |= 1 << (slot(hash) % 64);
            at += length;
        }
        line += 1;
    }
    filter
}

fn is_known(word: &[u8]) -> bool {
    let line = word.len() - SHORTEST;
    let words = &TABLE[STARTS[line]..STARTS[line + 1] - 1];
    let (mut low, mut high) = (0, words.len() / word.len());
    while low < high {
        let middle = low.midpoint(high);
        match words[middle * word.len()..(middle + 1) * word.len()].cmp(word) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}

/// What words cover of a value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// Letters in words.
    pub(super) letters: usize,
    /// Words.
    pub(super) words: usize,
    /// Letters of the longest.
    pub(super) longest: usize,
}

/// Covers the value, in small letters, with as many letters of known words as possible. Words of three letters count
/// only where they touch the edge of a run or another word.
pub(super) fn cover(folded: &[u8]) -> Cover {
    let folded = &folded[..folded.len().min(160)];
    let mut cover = Cover::default();
    let mut at = 0;
    while at < folded.len() {
        let run = folded[at..]
            .iter()
            .take_while(|b| b.is_ascii_lowercase())
            .count();
        if run >= SHORTEST {
            cover_run(&folded[at..at + run], &mut cover);
        }
        at += run.max(1);
    }
    cover
}

fn cover_run(run: &[u8], cover: &mut Cover) {
    // Best letters covered and words used up to each place; fewer words win.
    let mut best: Vec<(usize, usize, usize)> = vec![(0, 0, 0); run.len() + 1];
    for at in 0..run.len() {
        let (letters, words, longest) = best[at];
        if (letters, std::cmp::Reverse(words)) > (best[at + 1].0, std::cmp::Reverse(best[at + 1].1))
        {
            best[at + 1] = best[at];
        }
        let mut hash = 0x811c_9dc5;
        for (index, &letter) in run[at..].iter().take(LONGEST).enumerate() {
            hash = step(hash, letter);
            let length = index + 1;
            if length < SHORTEST
                || FILTER[slot(hash) / 64] & (1 << (slot(hash) % 64)) == 0
                || (length == SHORTEST && run.len() > 6 && at != 0 && at + length != run.len())
                || !is_known(&run[at..at + length])
            {
                continue;
            }
            let end = &mut best[at + length];
            let new = (letters + length, words + 1, longest.max(length));
            if (new.0, std::cmp::Reverse(new.1)) > (end.0, std::cmp::Reverse(end.1)) {
                *end = new;
            }
        }
    }
    let (letters, words, longest) = best[run.len()];
    cover.letters += letters;
    cover.words += words;
    cover.longest = cover.longest.max(longest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(*STARTS.last().expect("an end"), TABLE.len());
        for (line, range) in STARTS.windows(2).enumerate() {
            let words = &TABLE[range[0]..range[1] - 1];
            let length = line + SHORTEST;
            assert_eq!(words.len() % length, 0);
            let words: Vec<&[u8]> = words.chunks(length).collect();
            assert!(words.is_sorted());
            assert!(words.iter().all(|word| is_known(word)));
        }
    }

    #[test]
    fn words_are_covered() {
        assert_eq!(cover(b"password").letters, 8);
        assert_eq!(cover(b"resetpassword").letters, 13);
        assert!(cover(b"xqzvkjwp").letters < 4);
        assert_eq!(cover(b""), Cover::default());
    }
}
