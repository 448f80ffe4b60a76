//! Writes a forest as the bytes that the judge reads.

use keyward::detect::judge::features::{self, COUNT, TEXTS};
use keyward::detect::judge::model::{INNER, MAGIC, ONE};

use crate::boost::Forest;

fn fixed(logit: f64) -> i16 {
    (logit * f64::from(ONE)).round() as i16
}

pub(crate) fn pack(forest: &Forest, thresholds: [f64; 3]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(features::version().to_le_bytes());
    bytes.extend(i32::from(fixed(forest.bias)).to_le_bytes());
    bytes.extend((forest.trees.len() as u32).to_le_bytes());
    for threshold in thresholds {
        bytes.extend(i32::from(fixed(threshold)).to_le_bytes());
    }
    for tree in &forest.trees {
        for node in 0..INNER {
            bytes.push(tree.features[node]);
            bytes.extend(tree.thresholds[node].to_le_bytes());
            bytes.extend(fixed(tree.means[node]).to_le_bytes());
        }
        for leaf in tree.leaves {
            bytes.extend(fixed(leaf).to_le_bytes());
        }
    }
    bytes
}

/// Which features the trees rest on.
pub(crate) fn importance(forest: &Forest) -> String {
    let mut gains = [0.0; COUNT];
    for tree in &forest.trees {
        for node in 0..INNER {
            gains[usize::from(tree.features[node])] += tree.gains[node];
        }
    }
    let total: f64 = gains.iter().sum();
    let mut order: Vec<usize> = (0..COUNT).collect();
    order.sort_by(|a, b| gains[*b].total_cmp(&gains[*a]));
    order
        .into_iter()
        .map(|feature| format!("{:5.1}% {}", 100.0 * gains[feature] / total, TEXTS[feature]))
        .collect::<Vec<_>>()
        .join("\n")
}
