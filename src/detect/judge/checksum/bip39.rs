//! Seed phrases: words of a fixed list, of which the last holds bits of a hash.

use sha2::{Digest, Sha256};

use super::crc32::MISMATCH;
use super::{Certainty, Check, Outcome};

/// The English list in the order of its numbers: BIP 39,
/// <https://github.com/bitcoin/bips/blob/master/bip-0039/english.txt>. The order is alphabetical.
const WORDS: &str = include_str!("bip39.txt");
/// Bits of a word's number.
const WORD: usize = 11;

/// BIP39 phrases of 12 to 24 words.
///
/// Source: <https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki>. Medium, because lists of other languages
/// exist, of which some words have Latin letters, and Electrum's phrases use the English list with another checksum.
pub(super) static BIP39: Check = Check {
    name: "bip39",
    certainty: Certainty::Medium,
    verify: |secret| str::from_utf8(secret).map_or(Outcome::Unknown, verify),
    near: None,
    complete: None,
};

fn verify(phrase: &str) -> Outcome {
    let words: Vec<&str> = phrase.split_ascii_whitespace().collect();
    if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
        return Outcome::Invalid("no seed phrase has so many words");
    }
    let list: Vec<&str> = WORDS.lines().collect();
    let Some(numbers) = words
        .iter()
        .map(|word| list.binary_search(word).ok())
        .collect::<Option<Vec<usize>>>()
    else {
        return Outcome::Invalid("a word is not in the list of seed phrases");
    };
    let bits: Vec<bool> = numbers
        .iter()
        .flat_map(|number| (0..WORD).rev().map(move |bit| number >> bit & 1 == 1))
        .collect();
    // One bit in 33 is of the sum.
    let Some((entropy, sum)) = bits.split_at_checked(bits.len() / 33 * 32) else {
        return Outcome::Unknown;
    };
    let (bytes, _) = entropy.as_chunks::<8>();
    let byte = |bits: &[bool; 8]| {
        bits.iter()
            .fold(0_u8, |byte, &bit| byte << 1 | u8::from(bit))
    };
    let bytes: Vec<u8> = bytes.iter().map(byte).collect();
    let hash = Sha256::digest(&bytes);
    let first = hash.first().copied().unwrap_or_default();
    let fits = sum
        .iter()
        .enumerate()
        .all(|(place, &bit)| (first >> (7 - place)) & 1 == u8::from(bit));
    if fits {
        Outcome::Valid(Vec::new())
    } else {
        Outcome::Invalid(MISMATCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_in_order() {
        let list: Vec<&str> = WORDS.lines().collect();
        assert_eq!(list.len(), 1 << WORD);
        assert!(list.is_sorted());
    }

    /// Vectors of BIP39 itself: the entropies 7f.. and 80.., 16, 24 and 32 bytes of them.
    #[test]
    fn published_phrases_hold() {
        let winner = "legal winner thank year wave sausage worth useful ";
        let letter = "letter advice cage absurd amount doctor acoustic avoid ";
        for phrase in [
            format!("{winner}legal winner thank yellow"),
            format!("{winner}legal winner thank year wave sausage worth useful legal will"),
            format!("{winner}{winner}legal winner thank year wave sausage worth title"),
            format!("{letter}letter advice cage above"),
            format!("{letter}letter advice cage absurd amount doctor acoustic avoid letter always"),
            format!("{letter}{letter}letter advice cage absurd amount doctor acoustic bless"),
        ] {
            assert_eq!(verify(&phrase), Outcome::Valid(Vec::new()), "{phrase}");
        }
    }

    #[test]
    fn others_do_not() {
        let winner = "legal winner thank year wave sausage worth useful legal winner thank ";
        for last in ["year", "", "yellow yellow", "yellows"] {
            let outcome = verify(&format!("{winner}{last}"));
            assert!(matches!(outcome, Outcome::Invalid(_)), "{last}");
        }
    }
}
