//! The prefilter against aho-corasick, and the edges.

use super::{Hit, Literal, Tables};
use aho_corasick::{AhoCorasick, MatchKind};
use proptest::prelude::*;
use std::ops::Range;

fn found(tables: &Tables<'_>, hay: &[u8], range: Range<usize>) -> Vec<Hit> {
    let mut hits = Vec::new();
    tables.scan_range(hay, range, |hit| hits.push(hit));
    hits.sort_unstable();
    hits
}

fn expected(literals: &[(Vec<u8>, bool)], hay: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for ignore_case in [false, true] {
        let (ids, texts): (Vec<_>, Vec<_>) = literals
            .iter()
            .enumerate()
            .filter(|(_, l)| l.1 == ignore_case)
            .map(|(id, l)| (id, &l.0))
            .unzip();
        let ac = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(ignore_case)
            .build(texts)
            .expect("the literals are small");
        hits.extend(ac.find_overlapping_iter(hay).map(|m| Hit {
            literal: ids[m.pattern().as_usize()] as u32,
            start: m.start(),
        }));
    }
    hits.sort_unstable();
    hits
}

fn tables(literals: &[(Vec<u8>, bool)]) -> Tables<'static> {
    let literals: Vec<_> = literals
        .iter()
        .map(|(b, i)| Literal {
            bytes: b,
            ignore_case: *i,
        })
        .collect();
    Tables::build(&literals).expect("the lengths are in bounds")
}

/// Few symbols, so that texts and literals meet; the pairs that folding confuses among them.
fn symbol() -> impl Strategy<Value = u8> {
    prop_oneof![
        8 => prop::sample::select(&b"abAB"[..]),
        2 => prop::sample::select(&b"_\x7f@`[{-\r0\x00\xe1\xc1 "[..]),
        1 => any::<u8>(),
    ]
}

fn literals() -> impl Strategy<Value = Vec<(Vec<u8>, bool)>> {
    let literal = prop_oneof![
        6 => prop::collection::vec(symbol(), 4..10),
        1 => prop::collection::vec(symbol(), 10..=64),
    ];
    prop::collection::vec((literal, any::<bool>()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 500 } else { 20_000 }))]

    /// Literals are strewn into the text, so that long ones are met too.
    #[test]
    fn equals_aho_corasick(
        literals in literals(),
        parts in prop::collection::vec(
            (prop::collection::vec(symbol(), 0..50), any::<prop::sample::Index>(), 0..64usize),
            0..8,
        ),
        cut in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let mut hay = Vec::new();
        for (noise, which, len) in parts {
            hay.extend(noise);
            if !literals.is_empty() {
                let text = &which.get(&literals).0;
                hay.extend(&text[..if len < 4 { len } else { text.len() }]);
            }
        }
        let tables = tables(&literals);
        let want = expected(&literals, &hay);
        prop_assert_eq!(&found(&tables, &hay, 0..hay.len()), &want);

        let (a, b) = (cut.0.index(hay.len() + 1), cut.1.index(hay.len() + 1));
        let range = a.min(b)..a.max(b);
        let inside: Vec<_> = want.into_iter().filter(|h| range.contains(&h.start)).collect();
        prop_assert_eq!(found(&tables, &hay, range), inside);
    }
}

fn set(literals: &[(&str, bool)]) -> Tables<'static> {
    tables(
        &literals
            .iter()
            .map(|(l, i)| (l.as_bytes().to_vec(), *i))
            .collect::<Vec<_>>(),
    )
}

#[test]
fn found_at_every_place_of_texts_of_every_length() {
    let literals = [("ghp_", false), ("glpat-", false), ("Secret", true)];
    let tables = set(&literals);
    // Lengths around the 1024 bytes of a chunk, and texts with nothing around the literal.
    for len in (4..40).chain(1018..1040).chain(2040..2060) {
        for (id, (literal, _)) in literals.iter().enumerate() {
            for start in (0..=len).filter(|s| s + literal.len() <= len && (*s < 9 || len - s < 19))
            {
                let mut hay = vec![b'.'; len];
                hay[start..start + literal.len()].copy_from_slice(literal.as_bytes());
                let want = [Hit {
                    literal: id as u32,
                    start,
                }];
                assert_eq!(
                    found(&tables, &hay, 0..len),
                    want,
                    "{literal} at {start} of {len}"
                );
                assert_eq!(found(&tables, &hay, start..start + 1), want);
                assert_eq!(found(&tables, &hay, start + 1..len), []);
                assert_eq!(
                    found(&tables, &hay[..start + literal.len() - 1], 0..len),
                    []
                );
            }
        }
    }
}

#[test]
fn texts_and_ranges_without_room() {
    let tables = set(&[("ghp_", false)]);
    for hay in [&b""[..], b"g", b"gh", b"ghp", b"hp_"] {
        assert_eq!(found(&tables, hay, 0..hay.len()), []);
    }
    assert_eq!(found(&tables, b"ghp_", 4..9), []);
    assert_eq!(found(&tables, b"ghp_", 9..usize::MAX), []);
    assert_eq!(found(&tables, b"ghp_", 0..usize::MAX).len(), 1);
    assert_eq!(found(&set(&[]), b"ghp_ghp_", 0..8), []);
}

#[test]
fn case_is_ascii_and_only_where_asked() {
    let tables = set(&[("API_", false), ("api_", true)]);
    let ids = |hay: &str| {
        found(&tables, hay.as_bytes(), 0..4)
            .iter()
            .map(|h| h.literal)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("API_"), [0, 1]);
    assert_eq!(ids("aPi_"), [1]);
    // `_ | 0x20` is DEL.
    assert_eq!(ids("api\x7f"), [0_u32; 0]);
}

#[test]
fn bad_literals_are_refused() {
    let build = |bytes: &[u8]| {
        Tables::build(&[Literal {
            bytes,
            ignore_case: false,
        }])
        .err()
    };
    assert_eq!(build(b"abc"), Some(super::BuildError::Length(0)));
    assert_eq!(build(&[b'a'; 65]), Some(super::BuildError::Length(0)));
    assert_eq!(build(&[b'a'; 64]), None);
}

#[test]
fn literals_sharing_everything_are_all_found() {
    let literals: Vec<_> = (4..=64).map(|n| (vec![b'a'; n], n % 2 == 0)).collect();
    let hay = vec![b'a'; 3000];
    assert_eq!(
        found(&tables(&literals), &hay, 0..hay.len()),
        expected(&literals, &hay)
    );
}

#[test]
fn source_names_all_parts() {
    let tables = set(&[("ghp_", false), ("quote\"\\\0", true)]);
    let source = tables.to_rust_source("BUILT_IN");
    assert!(source.starts_with("pub static BUILT_IN: Tables<'static> = Tables::from_parts(&["));
    assert_eq!(source.matches("Entry::new(").count(), 5);
    assert!(source.contains(r#"quote\"\\\x00"#));
}

/// Folding turns `_` into DEL; the filter had only that.
#[test]
fn word_with_underscore_in_second_place_of_its_window() {
    let tables = set(&[("q_q_q_q", true)]);
    for start in 0..2 {
        let hay = format!("{:.<start$}Q_q_Q_q", "");
        assert_eq!(
            found(&tables, hay.as_bytes(), 0..hay.len()),
            [Hit { literal: 0, start }]
        );
    }
}
