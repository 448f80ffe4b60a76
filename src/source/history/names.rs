//! Secrets in names: of files and folders, and of references.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::secrets::Secrets;
use crate::detect::Detector;
use crate::detect::blob::{BlobScanner, Located};
use crate::exposure::MASK;
use crate::git::attribution::{self, Mark, Wanted};
use crate::rule::Confidence;

/// Looks for secrets in names and remembers how to show those that hold any.
pub(in crate::source) struct Names<'s, 'd> {
    detector: &'d Detector,
    secrets: &'s Secrets,
    min_confidence: Confidence,
    /// Names that hold secrets, and the same with these masked.
    masked: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

impl<'s, 'd> Names<'s, 'd> {
    pub(in crate::source) fn new(
        detector: &'d Detector,
        secrets: &'s Secrets,
        min_confidence: Confidence,
    ) -> Self {
        Self {
            detector,
            secrets,
            min_confidence,
            masked: Mutex::default(),
        }
    }

    /// The secrets in a name.
    pub(in crate::source) fn secrets_in(&self, name: &[u8]) -> Vec<u32> {
        let found = self.matches(name);
        if found.is_empty() {
            return Vec::new();
        }
        self.masked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_vec(), mask(name, &found));
        found
            .iter()
            .map(|l| self.secrets.number(l.rule, l.secret.expose()))
            .collect()
    }

    /// What would be reported of a text, as the scan of a file would find it.
    fn matches(&self, text: &[u8]) -> Vec<Located> {
        let mut any = false;
        self.detector.hits(text, 0..text.len(), |_| any = true);
        if !any {
            return Vec::new();
        }
        let mut found = BlobScanner::new(self.detector).scan_bytes(text).matches;
        let rules = self.detector.rules();
        found.retain(|l| {
            l.verdict.confidence >= self.min_confidence && rules.get(l.rule).paths.is_empty()
        });
        found
    }

    /// A text of the repository with the secrets in it masked.
    pub(in crate::source) fn masked_text(&self, text: &[u8]) -> Vec<u8> {
        mask(text, &self.matches(text))
    }

    /// A path with the secrets in its components masked. All its names must have been looked at before.
    pub(in crate::source) fn masked_path(&self, path: &[u8]) -> Vec<u8> {
        let masked = self.masked.lock().unwrap_or_else(PoisonError::into_inner);
        if masked.is_empty() {
            return path.to_vec();
        }
        let names = path.split(|&byte| byte == b'/');
        let shown: Vec<&[u8]> = names
            .map(|name| masked.get(name).map_or(name, Vec::as_slice))
            .collect();
        shown.join(&b'/')
    }

    /// The name of a reference with the secrets in it masked.
    pub(in crate::source) fn masked_reference(&self, name: &[u8]) -> Vec<u8> {
        let masked = self.masked.lock().unwrap_or_else(PoisonError::into_inner);
        masked.get(name).map_or(name, Vec::as_slice).to_vec()
    }
}

impl attribution::Names for Names<'_, '_> {
    fn marks(&self, name: &[u8]) -> Vec<Mark> {
        self.secrets_in(name).into_iter().map(Mark).collect()
    }

    fn wants(&self, name: &[u8]) -> Wanted {
        if self.detector.file_rules_of_name(name).is_empty() {
            Wanted::Nowhere
        } else if self.detector.has_file_rules_anywhere(name) {
            Wanted::Everywhere
        } else {
            Wanted::InFolders
        }
    }

    fn wants_in(&self, folder: &[u8]) -> bool {
        self.detector.has_file_rules_in(folder)
    }

    fn wants_there(&self, name: &[u8]) -> attribution::InFolder<'_> {
        let folders = self.detector.folders_of_file_rules(name);
        Box::new(move |folder| folders.iter().any(|asked| asked.is_called(folder)))
    }
}

fn mask(text: &[u8], found: &[Located]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(text.len());
    let mut at = 0;
    for located in found {
        let (start, end) = (located.bytes.start as usize, located.bytes.end as usize);
        masked.extend_from_slice(text.get(at..start).unwrap_or_default());
        masked.extend_from_slice(MASK.as_bytes());
        at = end.max(at);
    }
    masked.extend_from_slice(text.get(at..).unwrap_or_default());
    masked
}
