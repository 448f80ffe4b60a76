//! Gradient boosting of shallow trees for the logistic loss, over binned features.

// Columns are read by number throughout.
#![allow(clippy::needless_range_loop)]

use keyward::detect::judge::features::COUNT;
use keyward::detect::judge::model::{DEPTH, INNER, LEAVES};

use crate::data::Row;
use crate::human::Random;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub trees: usize,
    pub rate: f64,
    /// Shrinks leaves.
    pub lambda: f64,
    /// Least sum of hessians in a leaf.
    pub least: f64,
    /// Share of rows and of features that each tree sees, in percent.
    pub rows: usize,
    pub features: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 400,
            rate: 0.07,
            lambda: 4.0,
            least: 3.0,
            rows: 60,
            features: 35,
        }
    }
}

/// A complete tree; `means` and `leaves` are scores in logits.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub features: [u8; INNER],
    pub thresholds: [i16; INNER],
    pub means: [f64; INNER],
    pub leaves: [f64; LEAVES],
    pub gains: [f64; INNER],
}

#[derive(Debug, Clone)]
pub(crate) struct Forest {
    pub bias: f64,
    pub trees: Vec<Tree>,
}

impl Tree {
    fn score(&self, features: &[i16; COUNT]) -> f64 {
        let mut node = 0;
        for _ in 0..DEPTH {
            let right = features[usize::from(self.features[node])] > self.thresholds[node];
            node = 2 * node + 1 + usize::from(right);
        }
        self.leaves[node - INNER]
    }
}

impl Forest {
    pub(crate) fn score(&self, features: &[i16; COUNT]) -> f64 {
        self.bias
            + self
                .trees
                .iter()
                .map(|tree| tree.score(features))
                .sum::<f64>()
    }
}

/// Bins of one feature: upper edges.
fn edges(rows: &[&Row], feature: usize) -> Vec<i16> {
    const BINS: usize = 40;
    let mut values: Vec<i16> = rows
        .iter()
        .filter(|row| row.weight > 0.0)
        .map(|row| row.features[feature])
        .collect();
    values.sort_unstable();
    let mut distinct = values.clone();
    distinct.dedup();
    if distinct.len() > BINS {
        distinct = (1..BINS)
            .map(|bin| values[bin * values.len() / BINS])
            .collect();
        distinct.dedup();
    } else {
        distinct.pop();
    }
    distinct
}

struct Binned {
    edges: Vec<Vec<i16>>,
    /// Row after row.
    bins: Vec<u8>,
}

/// Trains on rows with a weight.
pub(crate) fn train(rows: &[&Row], settings: Settings) -> Forest {
    let rows: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|row| row.weight > 0.0)
        .collect();
    let edges: Vec<Vec<i16>> = (0..COUNT).map(|feature| edges(&rows, feature)).collect();
    let mut bins = Vec::with_capacity(rows.len() * COUNT);
    for row in &rows {
        for feature in 0..COUNT {
            bins.push(edges[feature].partition_point(|edge| *edge < row.features[feature]) as u8);
        }
    }
    let binned = Binned { edges, bins };
    let weight = |leak: bool| -> f64 {
        rows.iter()
            .filter(|row| row.is_leak() == leak)
            .map(|row| f64::from(row.weight))
            .sum()
    };
    let bias = (weight(true).max(1.0) / weight(false).max(1.0)).ln();
    let mut scores = vec![bias; rows.len()];
    let mut random = Random::new(7);
    let mut trees = Vec::new();
    let mut gradients = vec![(0.0, 0.0); rows.len()];
    for _ in 0..settings.trees {
        for (at, row) in rows.iter().enumerate() {
            let p = 1.0 / (1.0 + (-scores[at]).exp());
            let target = f64::from(u8::from(row.is_leak()));
            let weight = f64::from(row.weight);
            gradients[at] = ((p - target) * weight, (p * (1.0 - p)).max(1e-6) * weight);
        }
        let chosen: Vec<u32> = (0..rows.len() as u32)
            .filter(|_| random.chance(settings.rows))
            .collect();
        let features: Vec<usize> = (0..COUNT)
            .filter(|_| random.chance(settings.features))
            .collect();
        let tree = grow(&binned, &gradients, chosen, &features, settings);
        for (at, row) in rows.iter().enumerate() {
            scores[at] += tree.score(&row.features);
        }
        trees.push(tree);
    }
    Forest { bias, trees }
}

fn grow(
    binned: &Binned,
    gradients: &[(f64, f64)],
    chosen: Vec<u32>,
    features: &[usize],
    settings: Settings,
) -> Tree {
    let mut tree = Tree {
        features: [0; INNER],
        thresholds: [i16::MAX; INNER],
        means: [0.0; INNER],
        leaves: [0.0; LEAVES],
        gains: [0.0; INNER],
    };
    let mut parts: Vec<Vec<u32>> = vec![Vec::new(); INNER + LEAVES];
    parts[0] = chosen;
    for node in 0..INNER + LEAVES {
        let part = std::mem::take(&mut parts[node]);
        let (g, h) = part.iter().fold((0.0, 0.0), |(g, h), row| {
            let (dg, dh) = gradients[*row as usize];
            (g + dg, h + dh)
        });
        let mean = -settings.rate * g / (h + settings.lambda);
        if node >= INNER {
            tree.leaves[node - INNER] = mean;
            continue;
        }
        tree.means[node] = mean;
        let mut best = (1e-3, 0_usize, 0_usize);
        let mut sums = [(0.0, 0.0); 64];
        for &feature in features {
            let count = binned.edges[feature].len() + 1;
            if count < 2 {
                continue;
            }
            sums[..count].fill((0.0, 0.0));
            for &row in &part {
                let bin = binned.bins[row as usize * COUNT + feature];
                let (dg, dh) = gradients[row as usize];
                sums[usize::from(bin)].0 += dg;
                sums[usize::from(bin)].1 += dh;
            }
            let (mut left_g, mut left_h) = (0.0, 0.0);
            for bin in 0..count - 1 {
                left_g += sums[bin].0;
                left_h += sums[bin].1;
                let (right_g, right_h) = (g - left_g, h - left_h);
                if left_h < settings.least || right_h < settings.least {
                    continue;
                }
                let gain = left_g * left_g / (left_h + settings.lambda)
                    + right_g * right_g / (right_h + settings.lambda)
                    - g * g / (h + settings.lambda);
                if gain > best.0 {
                    best = (gain, feature, bin);
                }
            }
        }
        let (gain, feature, bin) = best;
        if gain > 1e-3 {
            tree.features[node] = feature as u8;
            tree.thresholds[node] = binned.edges[feature][bin];
            tree.gains[node] = gain;
            let (left, right) = part
                .into_iter()
                .partition(|row| usize::from(binned.bins[*row as usize * COUNT + feature]) <= bin);
            parts[2 * node + 1] = left;
            parts[2 * node + 2] = right;
        } else {
            parts[2 * node + 1] = part;
        }
    }
    tree
}
