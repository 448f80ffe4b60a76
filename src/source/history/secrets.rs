//! The secrets that a history scan meets, each under a small number that the rest of the scan works with.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::finding::Secret;
use crate::rule::RuleIndex;

/// A secret of a rule.
pub(in crate::source) type Key = (RuleIndex, Secret);

/// Numbers secrets in the order in which threads meet them: which number one has differs from run to run, so nothing
/// that is reported may depend on it.
#[derive(Debug, Default)]
pub(in crate::source) struct Secrets(Mutex<HashMap<Key, u32>>);

impl Secrets {
    /// The number of a secret.
    pub(in crate::source) fn number(&self, rule: RuleIndex, value: &[u8]) -> u32 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = known.len() as u32;
        *known.entry((rule, Secret::new(value))).or_insert(next)
    }

    /// All secrets by their numbers.
    pub(in crate::source) fn list(&self) -> Vec<Key> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<_> = known.iter().collect();
        list.sort_unstable_by_key(|(_, number)| **number);
        list.into_iter().map(|(key, _)| key.clone()).collect()
    }
}
