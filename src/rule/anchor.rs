//! Whether a pattern can match nowhere but at its rule's anchors.
//!
//! Shared word for word with `build.rs`, which answers for the built-in rules, so it must not refer to anything else
//! in the crate.

use regex_syntax::hir::literal::Extractor;

/// Whether every match of `pattern` begins with one of the anchors, so that one attempt at a hit settles it. Judged by
/// the literal prefixes that regex-syntax extracts; `false` where they say too little.
pub(super) fn starts_every_match<'a>(
    pattern: &str,
    literals: impl Iterator<Item = &'a str>,
    words: impl Iterator<Item = &'a str>,
) -> bool {
    // Case folding multiplies the prefixes beyond the extractor's limits. Without the flag it sees those of the pattern
    // as it is written, which is in small letters, and only anchors of any case answer for them.
    let (pattern, folds) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern);
    let Ok(hir) = parsed else {
        return false;
    };
    let mut extractor = Extractor::new();
    extractor.limit_total(1024).limit_class(16);
    let prefixes = extractor.extract(&hir);
    let Some(prefixes) = prefixes.literals() else {
        return false;
    };
    let exact: Vec<&[u8]> = literals.map(str::as_bytes).collect();
    let folded: Vec<Vec<u8>> = words
        .map(|word| word.to_ascii_lowercase().into_bytes())
        .collect();
    !prefixes.is_empty()
        && prefixes.iter().all(|prefix| {
            let prefix = prefix.as_bytes();
            let lower = prefix.to_ascii_lowercase();
            (!folds && exact.iter().any(|anchor| prefix.starts_with(anchor)))
                || folded.iter().any(|anchor| lower.starts_with(anchor))
        })
}
