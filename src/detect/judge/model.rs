//! The trained judge: boosted trees over [`super::features`], and what they say of a candidate.
//!
//! The model (`rules/judge.model`, written by `cargo run --example train`) is read where it lies. All arithmetic is in
//! whole numbers: a score is a sum of leaves in 256ths of a logit, and the same everywhere.

use super::features::{self, COUNT, Features};

static MODEL: &[u8] = include_bytes!("../../../rules/judge.model");

/// First bytes of a model.
pub const MAGIC: &[u8; 4] = b"kwj1";
/// Depth of every tree.
pub const DEPTH: usize = 4;
/// Inner nodes of a tree.
pub const INNER: usize = (1 << DEPTH) - 1;
/// Leaves of a tree.
pub const LEAVES: usize = 1 << DEPTH;
/// Bytes of the head: magic, version of the features, bias, number of trees, three thresholds.
pub const HEAD: usize = 4 + 4 + 4 + 4 + 3 * 4;
/// Bytes of an inner node: feature, threshold, mean score of what reaches it.
const NODE: usize = 1 + 2 + 2;
/// Bytes of a tree.
pub const TREE: usize = INNER * NODE + LEAVES * 2;
/// A logit of one.
pub const ONE: i32 = 256;

/// A model in its packed form.
#[derive(Debug, Clone, Copy)]
pub struct Model<'m> {
    bytes: &'m [u8],
}

/// How many features an explanation names.
const REASONS: usize = 4;

/// The opinion of the model on one candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Sum of the trees, in 256ths of a logit.
    pub logit: i32,
    /// The features that decided: which, its value, what it added.
    pub reasons: Vec<Reason>,
}

impl Score {
    /// The probability, in thousandths.
    pub fn per_mille(&self) -> u16 {
        per_mille(self.logit)
    }
}

impl Reason {
    /// What the feature is, for people.
    pub fn text(&self) -> &'static str {
        features::TEXTS
            .get(self.feature)
            .copied()
            .unwrap_or_default()
    }

    /// What it added, in logits.
    pub fn logits(&self) -> f32 {
        self.weight as f32 / ONE as f32
    }
}

/// What one feature added to a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Its number in [`features::TEXTS`].
    pub feature: usize,
    /// Its value.
    pub value: i16,
    /// What it added, in 256ths of a logit.
    pub weight: i32,
}

impl Model<'static> {
    /// The model that is built in.
    pub fn built_in() -> Self {
        Self { bytes: MODEL }
    }
}

impl<'m> Model<'m> {
    /// A model in its packed form; `None` if it is none, or was trained on other features.
    pub fn read(bytes: &'m [u8]) -> Option<Self> {
        let model = Self { bytes };
        let sound = bytes.get(..4)? == MAGIC
            && model.number(4) == features::version()
            && bytes.len() == HEAD + model.trees() * TREE
            && (0..model.trees()).all(|tree| {
                (0..INNER).all(|node| usize::from(bytes[HEAD + tree * TREE + node * NODE]) < COUNT)
            });
        sound.then_some(model)
    }

    /// The score from which on a candidate has low, medium and high confidence.
    pub fn thresholds(self) -> [i32; 3] {
        [16, 20, 24].map(|at| self.number(at).cast_signed())
    }

    /// The score.
    pub fn logit(self, features: &Features) -> i32 {
        let values = features.values();
        let trees = self.bytes.get(HEAD..).unwrap_or_default();
        trees.chunks_exact(TREE).fold(self.bias(), |sum, tree| {
            let mut node = 0;
            for _ in 0..DEPTH {
                node = child(tree, node, values);
            }
            sum + i32::from(short(tree, INNER * NODE + (node - INNER) * 2))
        })
    }

    /// The score with the features that decided, those that weigh most first.
    pub fn explain(self, features: &Features) -> Score {
        let values = features.values();
        let mut weights = [0_i32; COUNT];
        let mut logit = self.bias();
        for tree in self
            .bytes
            .get(HEAD..)
            .unwrap_or_default()
            .chunks_exact(TREE)
        {
            let mut node = 0;
            let mut mean = i32::from(short(tree, 3));
            logit += mean;
            while node < INNER {
                let feature = usize::from(tree[node * NODE]);
                node = child(tree, node, values);
                let next = if node < INNER {
                    short(tree, node * NODE + 3)
                } else {
                    short(tree, INNER * NODE + (node - INNER) * 2)
                };
                weights[feature] += i32::from(next) - mean;
                logit += i32::from(next) - mean;
                mean = i32::from(next);
            }
        }
        let mut reasons: Vec<Reason> = (0..COUNT)
            .map(|feature| Reason {
                feature,
                value: values[feature],
                weight: weights[feature],
            })
            .filter(|reason| reason.weight != 0)
            .collect();
        reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.weight.abs()), reason.feature));
        reasons.truncate(REASONS);
        Score { logit, reasons }
    }

    fn trees(self) -> usize {
        self.number(12) as usize
    }

    fn bias(self) -> i32 {
        self.number(8).cast_signed()
    }

    fn number(self, at: usize) -> u32 {
        let bytes = self.bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
        u32::from_le_bytes(bytes.unwrap_or_default())
    }
}

fn short(tree: &[u8], at: usize) -> i16 {
    i16::from_le_bytes([tree[at], tree[at + 1]])
}

fn child(tree: &[u8], node: usize, values: &[i16; COUNT]) -> usize {
    let at = node * NODE;
    let value = values.get(usize::from(tree[at])).copied().unwrap_or(0);
    2 * node + 1 + usize::from(value > short(tree, at + 1))
}

/// The probability that a score stands for, in thousandths.
pub fn per_mille(logit: i32) -> u16 {
    // exp(-1/64) in 2^-30: a step of 4/256 of a logit.
    const STEP: u64 = 1_057_093_949;
    let steps = (logit.unsigned_abs() / 4).min(64 * 20);
    let odds = (0..steps).fold(1_u64 << 30, |odds, _| (odds * STEP) >> 30);
    // The less probable side has odds : 1.
    let small = (odds * 1000 + (1 << 29)) / ((1 << 30) + odds);
    let small = small as u16;
    if logit < 0 { small } else { 1000 - small }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_fits_the_features() {
        assert!(
            Model::read(MODEL).is_some(),
            "train the judge again: see rules/README.md"
        );
        let [low, medium, high] = Model::built_in().thresholds();
        assert!(low < medium && medium < high);
    }

    #[test]
    fn probabilities() {
        assert_eq!(per_mille(0), 500);
        assert_eq!(per_mille(ONE), 731);
        assert_eq!(per_mille(-ONE), 269);
        assert_eq!(per_mille(i32::MIN), 0);
        assert_eq!(per_mille(i32::MAX), 1000);
    }
}
