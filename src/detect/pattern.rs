//! A rule's pattern as it is run.
//!
//! Most places at which a pattern is tried hold no match. A lazy automaton that reads forwards only is enough to tell that,
//! and takes a third of the memory and half of the time to make of what it takes to tell where a match starts and which
//! part of it is secret. The rest is made on the first match.

use std::fmt;
use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::util::prefilter::Prefilter;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// The largest program of a pattern, in bytes.
const PROGRAM: usize = 4 << 20;

/// Memory for the states of one automaton and thread, in bytes. States that do not fit are made anew when they are met.
const STATES: usize = 2 << 20;

/// The group of a pattern that is secret.
const SECRET: &str = "secret";

/// A pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    expression: String,
    /// Without it every place has to be searched.
    gate: Option<Gate>,
    search: OnceLock<Search>,
}

/// Tells where no match is.
struct Gate {
    automaton: DFA,
    anchored: Anchored,
    caches: Caches,
}

type Caches = Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// Tells where a match is.
#[derive(Debug)]
struct Search {
    regex: Regex,
    /// Whether a group tells which part of a match is secret. Where none does the match's ends are enough, and to find
    /// them takes a fraction of the time and memory that groups take.
    has_group: bool,
}

impl Pattern {
    /// A pattern that [`compile`] accepts. One that is `at_start` matches at the start of a text or not at all.
    pub(super) fn new(expression: &str, at_start: bool) -> Self {
        Self {
            gate: Gate::new(expression, at_start),
            expression: if at_start {
                format!("^(?:{expression})")
            } else {
                expression.to_owned()
            },
            search: OnceLock::new(),
        }
    }

    /// The leftmost match that starts at or behind `from`.
    pub(super) fn find_at(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        if self
            .gate
            .as_ref()
            .is_some_and(|gate| gate.rules_out(text, from))
        {
            return None;
        }
        let found = self.search().regex.find_at(text, from)?;
        Some(found.range())
    }

    /// What is secret of a match.
    pub(super) fn secret(&self, text: &[u8], whole: &Range<usize>) -> Range<usize> {
        let search = self.search();
        if !search.has_group {
            return whole.clone();
        }
        search
            .regex
            .captures_at(text, whole.start)
            .and_then(|groups| groups.name(SECRET).map(|secret| secret.range()))
            .unwrap_or_else(|| whole.clone())
    }

    fn search(&self) -> &Search {
        self.search.get_or_init(|| {
            // Users' patterns are compiled when they are loaded and the built-in ones by the tests.
            let regex = compile(&self.expression)
                .unwrap_or_else(|error| unreachable!("{}: {error}", self.expression));
            let has_group = regex.capture_names().flatten().any(|name| name == SECRET);
            Search { regex, has_group }
        })
    }
}

impl Gate {
    /// The gate of a pattern, unless it is larger than it is worth.
    fn new(expression: &str, at_start: bool) -> Option<Self> {
        let bytes = syntax::Config::new().unicode(false).utf8(false);
        let hir = syntax::parse_with(expression, &bytes).ok()?;
        let program = thompson::Config::new()
            .utf8(false)
            .nfa_size_limit(Some(PROGRAM))
            .which_captures(WhichCaptures::None);
        let program = thompson::Compiler::new()
            .configure(program)
            .build_from_hir(&hir)
            .ok()?;
        let prefilter = (!at_start)
            .then(|| Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir))
            .flatten();
        let automaton = Config::new()
            .specialize_start_states(prefilter.is_some())
            .prefilter(prefilter)
            .cache_capacity(STATES);
        let automaton = DFA::builder()
            .configure(automaton)
            .build_from_nfa(program)
            .ok()?;
        let own = automaton.clone();
        Some(Self {
            automaton,
            anchored: if at_start {
                Anchored::Yes
            } else {
                Anchored::No
            },
            caches: Pool::new(Box::new(move || own.create_cache())),
        })
    }

    /// Whether no match starts at or behind `from`. Where the automaton gives up it does not know.
    fn rules_out(&self, text: &[u8], from: usize) -> bool {
        let input = Input::new(text)
            .range(from..)
            .anchored(self.anchored)
            .earliest(true);
        let mut cache = self.caches.get();
        let found = self.automaton.try_search_fwd(&mut cache, &input);
        matches!(found, Ok(None))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("anchored", &self.anchored)
            .finish_non_exhaustive()
    }
}

/// Compiles a pattern as rules use it: over bytes, ASCII classes, bounded size.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(PROGRAM)
        .dfa_size_limit(STATES)
        .build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::{RuleSet, Search as RuleSearch};

    #[test]
    fn every_built_in_pattern_compiles_and_has_a_gate() {
        for (_, rule) in RuleSet::built_in().iter() {
            if let RuleSearch::Pattern {
                expression,
                at_anchor,
                ..
            } = &rule.search
            {
                if let Err(error) = compile(expression) {
                    panic!("{}: {error}", rule.id);
                }
                assert!(Gate::new(expression, *at_anchor).is_some(), "{}", rule.id);
            }
        }
    }

    proptest! {
        #[test]
        fn a_pattern_finds_what_its_expression_finds(
            text in "[a-c=\"\n -]{0,40}",
            number in 0..6_usize,
            from in 0..40_usize,
            at_start: bool,
        ) {
            let expression = [
                "ab?(?P<secret>c+)",
                "(?m)^a[^\n]*=(?P<secret>[bc]{2,3})$",
                r"(?i)b\b[ -]{1,3}\bA",
                "abc|b[ac]{2,}?=",
                r"[^a]*\z",
                "a{2,5}",
            ][number];
            let text = text.as_bytes();
            let from = from.min(text.len());
            let pattern = Pattern::new(expression, at_start);
            let whole = if at_start { format!("^(?:{expression})") } else { expression.to_owned() };
            let regex = compile(&whole).expect("a pattern");
            // What matches at the start is asked for there only.
            let from = if at_start { 0 } else { from };
            let groups = regex.captures_at(text, from);
            let expected = groups.as_ref().map(|groups| groups.get_match().range());
            let found = pattern.find_at(text, from);
            prop_assert_eq!(&found, &expected);
            if let (Some(found), Some(groups)) = (found, groups) {
                let secret = groups.name(SECRET).map_or(found.clone(), |secret| secret.range());
                prop_assert_eq!(pattern.secret(text, &found), secret);
            }
        }
    }
}
