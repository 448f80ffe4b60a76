//! The built-in rules, written as bytes by `build.rs` from `rules/*.toml` and read one at a time when needed.
//!
//! A hook meets a handful of them; tables of ready structures would cost every start tens of thousands of relocations.

// The table is read by no one.
#![allow(clippy::unreadable_literal)]

use std::borrow::Cow;

use super::need::Run;
use super::spec::{Boundary, Confidence, DEFAULT_RADIUS, Severity};
use super::{Guidance, List, Named, Part, PartSource, Provider, Rule, Search, Text};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));

/// The globs of rules without anchors, one a line, behind the rule's number and a space.
static FILE_RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/file-rules.txt"));

/// Number of built-in rules.
pub(super) fn count() -> usize {
    STARTS.len()
}

/// The rule of that number, which must be below [`count`].
pub(super) fn read(index: usize) -> Rule {
    let (rule, provider) = STARTS[index];
    let provider = Reader(&PACKED[provider as usize..]).provider();
    Reader(&PACKED[rule as usize..]).rule(provider)
}

/// The radius of a rule without reading any of it.
pub(super) fn radius(index: usize) -> u32 {
    RADII
        .binary_search_by_key(&index, |(rule, _)| usize::from(*rule))
        .map_or(DEFAULT_RADIUS, |at| RADII[at].1)
}

/// Of each rule whose findings are a part of another's, the two numbers, the part's first; sorted.
pub(super) fn parts_of() -> &'static [(u16, u16)] {
    PARTS_OF
}

/// The globs of the rules without anchors, each with the rule's number.
pub(super) fn file_rules() -> impl Iterator<Item = (u16, &'static str)> {
    FILE_RULES.lines().filter_map(|line| {
        let (number, glob) = line.split_once(' ')?;
        Some((number.parse().ok()?, glob))
    })
}

/// What is left to read. The bytes are our own: one that does not fit is a defect of the build, which the tests find.
struct Reader(&'static [u8]);

impl Reader {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (head, rest) = self.0.split_at(N);
        bytes.copy_from_slice(head);
        self.0 = rest;
        bytes
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn raw(&mut self) -> &'static str {
        let length = usize::from(u16::from_le_bytes(self.take()));
        let (head, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(head).unwrap_or_default()
    }

    fn text(&mut self) -> Text {
        Cow::Borrowed(self.raw())
    }

    fn option(&mut self) -> Option<Text> {
        let text = self.raw();
        (!text.is_empty()).then_some(Cow::Borrowed(text))
    }

    fn list(&mut self) -> List {
        let count = u16::from_le_bytes(self.take());
        (0..count).map(|_| self.text()).collect()
    }

    fn rule(&mut self, provider: Provider) -> Rule {
        let [severity, confidence, boundary, flags] = self.take();
        let radius = self.number();
        let entropy = f32::from_le_bytes(self.take());
        Rule {
            severity: Severity::ALL[usize::from(severity)],
            confidence: Confidence::ALL[usize::from(confidence)],
            boundary: Boundary::ALL[usize::from(boundary)],
            whole_file: flags & 4 != 0,
            generic: flags & 32 != 0,
            chosen: flags & 8 != 0,
            stored: flags & 16 != 0,
            radius,
            entropy: (!entropy.is_nan()).then_some(entropy),
            id: self.text(),
            summary: self.text(),
            search: match flags & 3 {
                2 => Search::Named(Named {
                    values: self.list(),
                    credential: self.list(),
                }),
                at_anchor => {
                    let expression = self.text();
                    Search::written(expression, at_anchor != 0, self.need())
                }
            },
            checksum: self.option(),
            literals: self.list(),
            words: self.list(),
            paths: self.list(),
            context: self.list(),
            parts: self.parts(),
            found: self.list(),
            ignored: self.list(),
            paired: self.list(),
            example_path: self.option(),
            own_guidance: self.guidance(),
            provider: Cow::Owned(provider),
        }
    }

    fn need(&mut self) -> Option<Run> {
        let length = u16::from_le_bytes(self.take());
        (length > 0).then(|| Run {
            class: std::array::from_fn(|_| u64::from_le_bytes(self.take())),
            length,
        })
    }

    fn parts(&mut self) -> Vec<Part> {
        let [count] = self.take();
        (0..count).map(|_| self.part()).collect()
    }

    fn part(&mut self) -> Part {
        let [flags] = self.take();
        Part {
            secret: flags & 2 != 0,
            shared: flags & 4 != 0,
            within: self.number(),
            name: self.text(),
            source: if flags & 1 == 0 {
                PartSource::Text(self.text())
            } else {
                PartSource::Rules(self.list())
            },
        }
    }

    fn provider(&mut self) -> Provider {
        Provider {
            id: self.text(),
            name: self.text(),
            generic: self.take() != [0],
            guidance: self.guidance(),
        }
    }

    fn guidance(&mut self) -> Guidance {
        Guidance {
            console: self.option(),
            documentation: self.option(),
            rotate: self.list(),
            revoke: self.option(),
            last_used: self.option(),
            least_privilege: self.option(),
            storage: self.option(),
            expiry: self.option(),
            checked: self.option(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_read_to_its_end() {
        let ends: Vec<usize> = STARTS
            .iter()
            .flat_map(|&(rule, provider)| [rule as usize, provider as usize])
            .chain([PACKED.len()])
            .collect();
        for (index, &(start, provider)) in STARTS.iter().enumerate() {
            let start = start as usize;
            let end = ends.iter().copied().filter(|end| *end > start).min();
            let mut reader = Reader(&PACKED[start..end.expect("an end")]);
            let provider = Reader(&PACKED[provider as usize..]).provider();
            let rule = reader.rule(provider);
            assert!(reader.0.is_empty(), "{}", rule.id);
            assert_eq!(rule.radius, radius(index));
            assert!(rule.id.starts_with(&*rule.provider.id), "{}", rule.id);
        }
    }
}
