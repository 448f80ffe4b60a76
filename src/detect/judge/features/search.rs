//! Counts which words of several lists stand in a text, in one pass and without regard to case.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Most words that all lists hold together.
const MOST: usize = 128;

/// Lists of words, made ready on first use.
pub(super) struct WordLists<const N: usize> {
    lists: [&'static [&'static str]; N],
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl<const N: usize> WordLists<N> {
    pub(super) const fn new(lists: [&'static [&'static str]; N]) -> Self {
        Self {
            lists,
            automaton: OnceLock::new(),
        }
    }

    /// Of each list the number of its words that stand in the text.
    pub(super) fn count(&self, text: &[u8]) -> [usize; N] {
        let mut counts = [0; N];
        let Some(automaton) = self.automaton.get_or_init(|| self.build()) else {
            return counts;
        };
        let mut seen = [false; MOST];
        for found in automaton.find_overlapping_iter(text) {
            if let Some(seen) = seen.get_mut(found.pattern().as_usize()) {
                *seen = true;
            }
        }
        let mut seen = seen.iter();
        for (count, list) in counts.iter_mut().zip(self.lists) {
            *count = seen.by_ref().take(list.len()).filter(|seen| **seen).count();
        }
        counts
    }

    fn build(&self) -> Option<AhoCorasick> {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(self.lists.iter().copied().flatten())
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_counts_once() {
        static LISTS: WordLists<2> = WordLists::new([&["one", "on"], &["two"]]);
        assert_eq!(LISTS.count(b"One one TWO"), [2, 1]);
        assert_eq!(LISTS.count(b"on"), [1, 0]);
        assert_eq!(LISTS.count(b""), [0, 0]);
    }
}
