//! Cross-validation by repository, and what it says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::boost::{self, Settings};
use crate::data::{Corpus, Label, Row};

/// Scores in logits from which on confidence is low, medium and high.
pub(crate) const THRESHOLDS: [f64; 3] = [-1.4, 0.25, 2.2];
const FOLDS: usize = 6;

/// The fold of each row, by its repository: large repositories first, each into the smallest fold.
pub(crate) fn folds(rows: &[Row]) -> BTreeMap<String, usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry(&row.repository).or_default() += 1 + 3 * usize::from(row.label == Label::Leak);
    }
    let mut order: Vec<(&str, usize)> = sizes.into_iter().collect();
    order.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), *name));
    let mut full = [0; FOLDS];
    let mut folds = BTreeMap::new();
    for (name, size) in order {
        let fold = (0..FOLDS).min_by_key(|fold| full[*fold]).unwrap();
        full[fold] += size;
        folds.insert(name.to_owned(), fold);
    }
    folds
}

/// The score of every row by a model that saw nothing of its repository.
pub(crate) fn cross_validate(
    rows: &[Row],
    clean: &[Row],
    folds: &BTreeMap<String, usize>,
) -> Vec<f64> {
    let mut scores = vec![0.0; rows.len()];
    let models: Vec<boost::Forest> = std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..FOLDS)
            .map(|fold| {
                scope.spawn(move || {
                    let seen: Vec<&Row> = rows
                        .iter()
                        .filter(|row| folds[&row.repository] != fold)
                        .chain(clean)
                        .collect();
                    boost::train(&seen, Settings::default())
                })
            })
            .collect();
        jobs.into_iter().map(|job| job.join().unwrap()).collect()
    });
    for (row, score) in rows.iter().zip(&mut scores) {
        *score = models[folds[&row.repository]].score(&row.features);
    }
    scores
}

/// Spans found and spans falsely reported.
#[derive(Default)]
struct Outcome {
    hit: BTreeSet<usize>,
    wrong: BTreeSet<usize>,
    loose: usize,
}

fn outcome(
    corpus: &Corpus,
    rows: &[Row],
    others: &[(String, usize, usize)],
    scores: &[f64],
    threshold: f64,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut lines: BTreeSet<(&str, usize)> = BTreeSet::new();
    let found = rows
        .iter()
        .zip(scores)
        .filter(|(row, score)| row.label != Label::Human && **score >= threshold)
        .map(|(row, _)| (row.path.as_str(), row.line, row.last_line));
    for (path, first, last) in found.chain(others.iter().map(|(p, f, l)| (p.as_str(), *f, *l))) {
        let touched = corpus.touched(path, first, last);
        let (right, rest): (Vec<usize>, Vec<usize>) = touched
            .into_iter()
            .partition(|span| corpus.spans[*span].truth == 'T');
        if !right.is_empty() {
            outcome.hit.extend(right);
        } else if !rest.is_empty() {
            outcome.wrong.extend(rest);
        } else {
            lines.insert((path, first));
        }
    }
    outcome.loose = lines.len();
    outcome
}

fn rates(hit: usize, wanted: usize, wrong: usize) -> (f64, f64, f64) {
    let precision = hit as f64 / (hit + wrong).max(1) as f64;
    let recall = hit as f64 / wanted.max(1) as f64;
    (
        precision,
        recall,
        2.0 * precision * recall / (precision + recall).max(1e-9),
    )
}

/// The figures as text.
pub(crate) fn report(
    corpus: &Corpus,
    rows: &[Row],
    others: &[(String, usize, usize)],
    folds: &BTreeMap<String, usize>,
    scores: &[f64],
) -> String {
    let mut text = String::new();
    let core: BTreeSet<usize> = (0..corpus.spans.len())
        .filter(|span| corpus.spans[*span].is_core())
        .collect();
    let mut reachable: BTreeSet<usize> =
        outcome(corpus, rows, others, &vec![9.0; rows.len()], 0.0).hit;
    reachable.retain(|span| core.contains(span));
    writeln!(
        text,
        "leaks {}; with a candidate {}",
        core.len(),
        reachable.len()
    )
    .unwrap();
    let fold_of = |span: &usize| {
        let path = &corpus.spans[*span].path;
        folds
            .get(path.split('/').next().unwrap())
            .copied()
            .unwrap_or(0)
    };
    for (name, threshold) in ["low", "medium", "high"].iter().zip(THRESHOLDS) {
        let all = outcome(corpus, rows, others, scores, threshold);
        let (p, r, f) = rates(
            all.hit.intersection(&core).count(),
            core.len(),
            all.wrong.len(),
        );
        let mut by_fold = Vec::new();
        for fold in 0..FOLDS {
            let wanted = core.iter().filter(|span| fold_of(span) == fold).count();
            let hit = all
                .hit
                .iter()
                .filter(|span| core.contains(span) && fold_of(span) == fold)
                .count();
            let wrong = all
                .wrong
                .iter()
                .filter(|span| fold_of(span) == fold)
                .count();
            by_fold.push(rates(hit, wanted, wrong));
        }
        let mean = |pick: fn(&(f64, f64, f64)) -> f64| {
            let values: Vec<f64> = by_fold.iter().map(pick).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
                / (values.len() - 1) as f64)
                .sqrt();
            format!("{mean:.3} ± {spread:.3}")
        };
        writeln!(
            text,
            "{name:7} pooled P {p:.3} R {r:.3} F1 {f:.3}; by fold P {} R {} F1 {}; unlabelled {}",
            mean(|v| v.0),
            mean(|v| v.1),
            mean(|v| v.2),
            all.loose
        )
        .unwrap();
        let human: Vec<f64> = rows
            .iter()
            .zip(scores)
            .filter(|(row, _)| row.label == Label::Human)
            .map(|(_, s)| *s)
            .collect();
        let found = human.iter().filter(|s| **s >= threshold).count();
        writeln!(
            text,
            "        values that people choose: {found} of {} found",
            human.len()
        )
        .unwrap();
        if *name == "medium" {
            let worst: Vec<String> = by_fold
                .iter()
                .map(|(p, r, f)| format!("{p:.2}/{r:.2}/{f:.2}"))
                .collect();
            writeln!(text, "        folds P/R/F1: {}", worst.join("  ")).unwrap();
            categories(&mut text, corpus, &core, &all);
        }
    }
    text.push_str("curve (threshold in logits: P R F1)\n");
    for step in -12..=14 {
        let threshold = f64::from(step) * 0.25;
        let all = outcome(corpus, rows, others, scores, threshold);
        let (p, r, f) = rates(
            all.hit.intersection(&core).count(),
            core.len(),
            all.wrong.len(),
        );
        writeln!(text, "  {threshold:+.2}: {p:.3} {r:.3} {f:.3}").unwrap();
    }
    text
}

fn categories(text: &mut String, corpus: &Corpus, core: &BTreeSet<usize>, all: &Outcome) {
    let mut counts: HashMap<&str, [usize; 3]> = HashMap::new();
    let mut count = |spans: Vec<usize>, at: usize| {
        for span in spans {
            for category in &corpus.spans[span].categories {
                counts.entry(category).or_default()[at] += 1;
            }
        }
    };
    count(core.iter().copied().collect(), 0);
    count(all.hit.intersection(core).copied().collect(), 1);
    count(all.wrong.iter().copied().collect(), 2);
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by_key(|(name, counts)| (std::cmp::Reverse(counts[0]), *name));
    for (category, [wanted, hit, wrong]) in order.into_iter().take(14) {
        let (p, r, f) = rates(hit, wanted, wrong);
        writeln!(text, "        {category:20} {wanted:5} found {hit:5} false {wrong:4} P {p:.3} R {r:.3} F1 {f:.3}").unwrap();
    }
}

/// Prints the worst mistakes, for looking at.
pub(crate) fn show_mistakes(
    corpus: &Corpus,
    rows: &[Row],
    others: &[(String, usize, usize)],
    scores: &[f64],
    count: usize,
) {
    let reachable = outcome(corpus, rows, others, &vec![9.0; rows.len()], 0.0).hit;
    for (at, span) in corpus
        .spans
        .iter()
        .enumerate()
        .filter(|(at, span)| span.is_core() && !reachable.contains(at))
    {
        let text = std::fs::read_to_string(corpus.root.join(&span.path)).unwrap_or_default();
        let line: String = text
            .lines()
            .nth(span.first - 1)
            .unwrap_or_default()
            .trim()
            .chars()
            .take(170)
            .collect();
        println!(
            "no candidate {at} {} {}:{} | {line}",
            span.categories.join(","),
            span.path,
            span.first
        );
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let threshold = THRESHOLDS[1];
    for (title, label, high) in [
        ("false", Label::Other, true),
        ("missed", Label::Leak, false),
        ("missed human", Label::Human, false),
        ("unlabelled", Label::Unlabelled, true),
    ] {
        let mut wrong: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| rows[*at].label == label && (scores[*at] >= threshold) == high)
            .collect();
        if !high {
            wrong.reverse();
        }
        println!("{title}: {}", wrong.len());
        let stride = (wrong.len() / count.max(1)).max(1);
        for at in wrong.into_iter().step_by(stride) {
            println!(
                "  {:+.2} {:?} {}:{} | {}",
                scores[at],
                rows[at].kind,
                &rows[at].path[rows[at].path.len().saturating_sub(30)..],
                rows[at].line,
                rows[at].text
            );
        }
    }
}

/// Prints what a model would report of healthy trees.
pub(crate) fn show_noise(model: &boost::Forest, rows: &[Row]) {
    let mut found: Vec<(f64, &Row)> = rows
        .iter()
        .map(|row| (model.score(&row.features), row))
        .filter(|(score, _)| *score >= THRESHOLDS[1])
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("noise: {} of {} candidates", found.len(), rows.len());
    for (score, row) in found {
        println!(
            "  {score:+.2} {:?} {}:{} | {}",
            row.kind, row.path, row.line, row.text
        );
    }
}
