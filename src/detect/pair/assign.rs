//! Which part goes with which secret, where several of both stand near each other.
//!
//! Ids and secrets are written down in one order: the first id with the first secret. So they are paired without crossing
//! each other, and as near as that allows; of all ways to do so the one with the least sum of distances. A part is given
//! to one secret only, unless its rule says that many may share it.

use std::ops::Range;

use super::frame::{Apart, Frame};
use crate::rule::Part;

/// A secret or a part in a text.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) bytes: Range<u64>,
    pub(super) frame: Frame,
}

/// What it costs that a block ends between the two: more than any distance within one.
const OTHER_BLOCK: u64 = 4096;
/// What it costs that the part stands behind the secret: ids are mostly written first.
const BEHIND: u64 = 64;
/// What it costs to leave a secret without its part: more than any pair, less than two that leave their blocks.
const ALONE: u64 = 4096 + 2048 + BEHIND + 1;
/// More pairs than this are not weighed against each other: each secret takes the nearest part that is left.
const MOST_PAIRS: usize = 1 << 16;

/// The pairs of secret and part, by their places in the lists, which are sorted by place.
pub(super) fn assign(secrets: &[Item], parts: &[Item], rule: &Part) -> Vec<(usize, usize)> {
    let within = u64::from(rule.within);
    if rule.shared {
        return (0..secrets.len())
            .filter_map(|secret| {
                let near = near(&secrets[secret], parts, within);
                let best = near
                    .filter_map(|part| Some((cost(&secrets[secret], &parts[part], within)?, part)))
                    .min()?;
                Some((secret, best.1))
            })
            .collect();
    }
    let mut pairs = Vec::new();
    for (own, near) in runs(secrets, parts, within) {
        let (first, second) = (own.start, near.start);
        let (own, near) = (&secrets[own], &parts[near]);
        let found = if own.len().saturating_mul(near.len()) <= MOST_PAIRS {
            weighed(own, near, within)
        } else {
            in_turn(own, near, within)
        };
        pairs.extend(found.into_iter().map(|(a, b)| (first + a, second + b)));
    }
    pairs
}

/// What a pair costs; `None` where the two cannot belong together.
fn cost(secret: &Item, part: &Item, within: u64) -> Option<u64> {
    let (earlier, later, behind) = if part.bytes.end <= secret.bytes.start {
        (part, secret, 0)
    } else if secret.bytes.end <= part.bytes.start {
        (secret, part, BEHIND)
    } else {
        return None;
    };
    let gap = later.bytes.start - earlier.bytes.end;
    if gap > within {
        return None;
    }
    match later.frame.apart_from(earlier.bytes.end) {
        Apart::SameBlock => Some(gap + behind),
        Apart::OtherBlock => Some(gap + behind + OTHER_BLOCK),
        Apart::OtherSection => None,
    }
}

/// The parts that may be near enough to a secret.
fn near(secret: &Item, parts: &[Item], within: u64) -> Range<usize> {
    let from = secret.bytes.start.saturating_sub(within);
    let to = secret.bytes.end.saturating_add(within);
    let start = parts.partition_point(|part| part.bytes.end < from);
    let end = parts.partition_point(|part| part.bytes.start <= to);
    start..end.max(start)
}

/// Cuts both lists where nothing is near enough to be paired across.
fn runs(secrets: &[Item], parts: &[Item], within: u64) -> Vec<(Range<usize>, Range<usize>)> {
    let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        let near = near(secret, parts, within);
        match runs.last_mut() {
            Some((own, last)) if near.start < last.end => {
                own.end = index + 1;
                last.end = last.end.max(near.end);
            }
            _ => runs.push((index..index + 1, near)),
        }
    }
    runs
}

/// The cheapest pairs that do not cross each other.
fn weighed(secrets: &[Item], parts: &[Item], within: u64) -> Vec<(usize, usize)> {
    let width = parts.len() + 1;
    // The least cost of the secrets from one on with the parts from another on, row by row from the end.
    let mut least = vec![0_u64; (secrets.len() + 1) * width];
    let pair = |secret: usize, part: usize| cost(&secrets[secret], &parts[part], within);
    for secret in (0..secrets.len()).rev() {
        for part in (0..width).rev() {
            let at = secret * width + part;
            let mut best = least[at + width] + ALONE;
            if part + 1 < width {
                best = best.min(least[at + 1]);
                if let Some(cost) = pair(secret, part) {
                    best = best.min(least[at + width + 1] + cost);
                }
            }
            least[at] = best;
        }
    }
    let (mut secret, mut part) = (0, 0);
    let mut pairs = Vec::new();
    while secret < secrets.len() && part < parts.len() {
        let at = secret * width + part;
        if pair(secret, part).is_some_and(|cost| least[at + width + 1] + cost == least[at]) {
            pairs.push((secret, part));
            secret += 1;
            part += 1;
        } else if least[at + 1] == least[at] {
            part += 1;
        } else {
            secret += 1;
        }
    }
    pairs
}

/// Each secret with the nearest part that no secret before it took.
fn in_turn(secrets: &[Item], parts: &[Item], within: u64) -> Vec<(usize, usize)> {
    let mut free = 0;
    let mut pairs = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        let near = near(secret, parts, within);
        let best = (near.start.max(free)..near.end)
            .filter_map(|part| Some((cost(secret, &parts[part], within)?, part)))
            .min();
        if let Some((_, part)) = best {
            pairs.push((index, part));
            free = part + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::PartSource;

    fn part(shared: bool) -> Part {
        Part {
            name: "id".into(),
            source: PartSource::Text("x".into()),
            secret: false,
            shared,
            within: 512,
        }
    }

    /// The items of a text: `a`, `b`… are parts, `A`, `B`… secrets; each is a byte.
    fn pairs(text: &str, shared: bool) -> String {
        let items = |wanted: fn(&u8) -> bool| -> Vec<(char, Item)> {
            let bytes = text.bytes().enumerate().filter(|(_, b)| wanted(b));
            bytes
                .map(|(at, byte)| {
                    let item = Item {
                        bytes: at as u64..at as u64 + 1,
                        frame: Frame::around(text.as_bytes(), at, 0),
                    };
                    (char::from(byte), item)
                })
                .collect()
        };
        let secrets = items(u8::is_ascii_uppercase);
        let parts = items(u8::is_ascii_lowercase);
        let only = |items: &[(char, Item)]| -> Vec<Item> {
            items.iter().map(|(_, item)| item.clone()).collect()
        };
        let found = assign(&only(&secrets), &only(&parts), &part(shared));
        found
            .iter()
            .map(|(secret, part)| format!("{}{}", parts[*part].0, secrets[*secret].0))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn in_the_order_in_which_they_are_written() {
        assert_eq!(pairs("a=======\nA===\nb=======\nB===\n", false), "aA bB");
        assert_eq!(pairs("A=======\na===\nB=======\nb===\n", false), "aA bB");
        assert_eq!(pairs("a\nb\nA\nB\n", false), "aA bB");
    }

    #[test]
    fn the_same_block_before_what_is_merely_near() {
        assert_eq!(pairs("a\n\nA========\nb\n\nB\n", false), "bA");
        assert_eq!(pairs("a\n\nA\n", false), "aA");
        assert_eq!(pairs("{a}, {A}, {b}, {B}", false), "aA bB");
    }

    #[test]
    fn one_part_for_one_secret_unless_they_share_it() {
        assert_eq!(pairs("a\nA\nB\n", false), "aA");
        assert_eq!(pairs("a\nA\nB\n", true), "aA aB");
        assert_eq!(pairs("A\nB\n", false), "");
    }

    #[test]
    fn no_further_than_the_rule_allows() {
        let gap = |bytes: usize| format!("a{}A", "=".repeat(bytes));
        assert_eq!(pairs(&gap(512), false), "aA");
        assert_eq!(pairs(&gap(513), false), "");
    }

    #[test]
    fn many_of_both_cost_no_more_than_few() {
        let text = "a=\nA=\n".repeat(20_000);
        assert_eq!(pairs(&text, false).split(' ').count(), 20_000);
    }
}
