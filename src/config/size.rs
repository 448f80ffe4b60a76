//! Sizes as people write them: `500K`, `10MB`, `1GiB`, or a number of bytes.

/// The number of bytes; `None` for what is no size, and for 0, which would leave everything out. `K`, `M` and `G` are
/// powers of 1000, `KiB`, `MiB` and `GiB` of 1024; in any case, and a space before them may stand.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(factor)?;
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let read = ["1", "1b", "10MB", "10 mb", "3KiB", "2GiB", "500K", "1g"].map(parse_size);
        let expected = [
            1,
            1,
            10_000_000,
            10_000_000,
            3072,
            2 << 30,
            500_000,
            1_000_000_000,
        ]
        .map(Some);
        assert_eq!(read, expected);
        for text in [
            "",
            "0",
            "0MB",
            "MB",
            "-1",
            "1.5MB",
            "10T",
            "10 M B",
            "99999999999GB",
            "1e3",
            "١MB",
        ] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
