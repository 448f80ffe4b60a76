//! What the rules that the judge does not serve find in the corpus.

use keyward::detect::Detector;
use keyward::detect::blob::BlobScanner;
use keyward::rule::{Confidence, RuleSet, Search};

use crate::data::Corpus;

/// Path, first and last line.
type Found = (String, usize, usize);

/// Path, first and last line of each finding.
pub(crate) fn findings(corpus: &Corpus) -> Result<Vec<Found>, Box<dyn std::error::Error>> {
    let detector = Detector::new(RuleSet::built_in());
    let mut scanner = BlobScanner::new(&detector);
    let mut found = Vec::new();
    for path in corpus.paths() {
        let bytes = std::fs::read(corpus.root.join(path))?;
        for located in scanner.scan_bytes(&bytes).matches {
            let own = matches!(detector.rules().get(located.rule).search, Search::Binding);
            if !own && located.verdict.confidence >= Confidence::Medium {
                found.push((
                    path.clone(),
                    located.start.line as usize,
                    located.end.line as usize,
                ));
            }
        }
    }
    Ok(found)
}
