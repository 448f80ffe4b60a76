//! Shannon entropy of a value's bytes.

/// Bits per byte of the empirical distribution; 0 for the empty value, at most 8.
#[expect(
    clippy::cast_precision_loss,
    reason = "lengths far beyond any secret's are still exact to a percent"
)]
pub fn shannon(value: &[u8]) -> f32 {
    if value.is_empty() {
        return 0.0;
    }
    let mut counts = [0_u32; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    let total = value.len() as f32;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::shannon;

    #[test]
    fn known_values() {
        assert!(shannon(b"").abs() < 1e-6);
        assert!(shannon(b"aaaa").abs() < 1e-6);
        assert!((shannon(b"abab") - 1.0).abs() < 1e-6);
        assert!((shannon(b"0123456789abcdef") - 4.0).abs() < 1e-6);
    }
}
