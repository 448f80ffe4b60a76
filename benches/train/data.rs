//! Candidates with labels, from the corpus and from healthy trees.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use aho_corasick::AhoCorasick;
use keyward::detect::binding::{Binding, Kind};
use keyward::detect::judge::features::{COUNT, TEXTS};
use keyward::detect::judge::trained;

use crate::{human, texts};

/// Bytes around an anchor that the rules may look at.
const RADIUS: usize = 512;

/// The prefilter words of the rules that the judge serves.
pub(crate) struct Anchors {
    automaton: AhoCorasick,
    owners: Vec<String>,
}

impl Anchors {
    pub(crate) fn of_rules(path: &str) -> Result<Self, Box<dyn Error>> {
        let file: toml::Table = toml::from_str(&std::fs::read_to_string(path)?)?;
        let (mut words, mut owners) = (Vec::new(), Vec::new());
        for rule in file["rule"].as_array().ok_or("no rules")? {
            if rule["pattern"].as_str() != Some(keyward::rule::BINDING) {
                continue;
            }
            for list in ["words", "literals"] {
                for word in rule
                    .get(list)
                    .and_then(toml::Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    words.push(word.as_str().ok_or("a word")?.to_owned());
                    owners.push(rule["id"].as_str().ok_or("an id")?.to_owned());
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)?;
        Ok(Self { automaton, owners })
    }

    /// Every candidate of a text, each once, as the detector would find it.
    pub(crate) fn candidates(&self, text: &[u8]) -> Vec<(Binding, [i16; COUNT])> {
        let mut found: BTreeMap<usize, (Binding, [i16; COUNT])> = BTreeMap::new();
        for hit in self.automaton.find_overlapping_iter(text) {
            let anchor = hit.start()..hit.end();
            let Some((binding, features)) = trained::candidate(text, &anchor, RADIUS) else {
                continue;
            };
            if binding.kind.rule() == self.owners[hit.pattern().as_usize()] {
                found
                    .entry(binding.value.start)
                    .or_insert((binding, *features.values()));
            }
        }
        found.into_values().collect()
    }
}

/// What a row is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// A leaked credential.
    Leak,
    /// Labelled as something else.
    Other,
    /// A line nobody labelled.
    Unlabelled,
    /// A true span, but only of an identifier or public value: neither helps nor hurts.
    Neutral,
    /// A leak whose value was replaced by one that a person could have chosen.
    Human,
    /// From a healthy tree.
    Clean,
}

/// One candidate.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub features: [i16; COUNT],
    pub label: Label,
    pub weight: f32,
    pub repository: String,
    pub path: String,
    pub line: usize,
    pub last_line: usize,
    pub kind: Kind,
    pub text: String,
}

impl Row {
    pub(crate) fn is_leak(&self) -> bool {
        matches!(self.label, Label::Leak | Label::Human)
    }
}

/// A labelled span.
pub(crate) struct Span {
    pub path: String,
    pub first: usize,
    pub truth: char,
    pub categories: Vec<String>,
}

const NOT_SECRET: &[&str] = &[
    "UUID",
    "AWS S3 Bucket",
    "Firebase Domain",
    "Tencent WeChat API App ID",
    "Nonce",
    "Salt",
];

impl Span {
    pub(crate) fn is_core(&self) -> bool {
        self.truth == 'T'
            && !self
                .categories
                .iter()
                .all(|c| NOT_SECRET.contains(&c.as_str()))
    }
}

pub(crate) struct Corpus {
    pub root: PathBuf,
    pub spans: Vec<Span>,
    by_line: HashMap<(String, usize), Vec<usize>>,
    paths: Vec<String>,
}

impl Corpus {
    pub(crate) fn load(folder: &Path, work: &Path) -> Result<Self, Box<dyn Error>> {
        let script = folder.join("corpus.py");
        let root = work.join("corpus");
        let status = Command::new("python3")
            .arg(&script)
            .arg("unpack")
            .arg(&root)
            .status()?;
        if !status.success() {
            return Err("corpus.py unpack failed".into());
        }
        let rows = Command::new("python3").arg(&script).arg("rows").output()?;
        let mut spans = Vec::new();
        let mut by_line: HashMap<(String, usize), Vec<usize>> = HashMap::new();
        for line in String::from_utf8(rows.stdout)?.lines() {
            let (path, first, last, truth, categories): (String, usize, usize, char, Vec<String>) =
                serde_json::from_str(line)?;
            for at in first..=last {
                by_line
                    .entry((path.clone(), at))
                    .or_default()
                    .push(spans.len());
            }
            spans.push(Span {
                path,
                first,
                truth,
                categories,
            });
        }
        let mut paths: Vec<String> = spans.iter().map(|span| span.path.clone()).collect();
        paths.sort();
        paths.dedup();
        Ok(Self {
            root,
            spans,
            by_line,
            paths,
        })
    }

    pub(crate) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The spans that lines touch.
    pub(crate) fn touched(&self, path: &str, first: usize, last: usize) -> Vec<usize> {
        let mut found: Vec<usize> = (first..=last.min(first + 400))
            .filter_map(|line| self.by_line.get(&(path.to_owned(), line)))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn label(&self, touched: &[usize]) -> Label {
        if touched.is_empty() {
            return Label::Unlabelled;
        }
        let spans = || touched.iter().map(|span| &self.spans[*span]);
        if spans().any(Span::is_core) {
            Label::Leak
        } else if spans().any(|span| span.truth == 'T') {
            Label::Neutral
        } else {
            Label::Other
        }
    }

    /// Every candidate with its label, and for some leaks a twin whose value a person could have chosen.
    pub(crate) fn rows(&self, anchors: &Anchors) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut random = human::Random::new(1);
        for path in &self.paths {
            let text = std::fs::read(self.root.join(path)).unwrap();
            let starts = line_starts(&text);
            for (binding, features) in anchors.candidates(&text) {
                let line = line_of(&starts, binding.value.start);
                let last_line = line_of(&starts, binding.value.end);
                let touched = self.touched(path, line, last_line);
                let label = self.label(&touched);
                let row = Row {
                    features,
                    label,
                    weight: 1.0,
                    repository: path.split('/').next().unwrap().to_owned(),
                    path: path.clone(),
                    line,
                    last_line,
                    kind: binding.kind,
                    text: shown(&text, &binding),
                };
                if label == Label::Leak
                    && let Some(value) = human::twin(&text[binding.value.clone()], &mut random)
                    && let Some((features, shown)) = with_value(anchors, &text, &binding, &value)
                {
                    rows.push(Row {
                        features,
                        label: Label::Human,
                        text: shown,
                        ..row.clone()
                    });
                }
                rows.push(row);
            }
        }
        weigh(&mut rows);
        rows
    }
}

/// The features of a candidate with another value in its place.
fn with_value(
    anchors: &Anchors,
    text: &[u8],
    binding: &Binding,
    value: &[u8],
) -> Option<([i16; COUNT], String)> {
    let start = binding
        .name
        .start
        .min(binding.value.start)
        .saturating_sub(2 * RADIUS);
    let end = (binding.value.end + 2 * RADIUS).min(text.len());
    let old = &text[binding.value.clone()];
    // Also where it stands again, as a person would have copied it.
    let mut changed = Vec::new();
    let mut at = start;
    while at < end {
        if text[at..end].starts_with(old) {
            changed.extend(value);
            at += old.len();
        } else {
            changed.push(text[at]);
            at += 1;
        }
    }
    let wanted = memchr_count(&text[start..binding.value.start], old);
    let place = binding.value.start - start + wanted * value.len() - wanted * old.len();
    anchors
        .candidates(&changed)
        .into_iter()
        .find(|(b, _)| b.value.start == place)
        .map(|(b, f)| {
            let shown = shown(&changed, &b);
            (f, shown)
        })
}

fn memchr_count(text: &[u8], needle: &[u8]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at + needle.len() <= text.len() {
        if text[at..].starts_with(needle) {
            count += 1;
            at += needle.len();
        } else {
            at += 1;
        }
    }
    count
}

/// Large repositories and lines that say the same count less.
fn weigh(rows: &mut [Row]) {
    let mut same: HashMap<(String, [i16; COUNT]), usize> = HashMap::new();
    for row in rows.iter() {
        *same
            .entry((row.repository.clone(), row.features))
            .or_default() += 1;
    }
    let mut sizes: HashMap<(String, bool), f32> = HashMap::new();
    for row in rows.iter_mut() {
        let copies = same[&(row.repository.clone(), row.features)] as f32;
        row.weight = 1.0 / copies.sqrt();
        row.weight *= match row.label {
            Label::Leak | Label::Other => 1.0,
            Label::Unlabelled => 0.3,
            Label::Human => 0.35,
            Label::Neutral => 0.0,
            Label::Clean => unreachable!("clean rows are weighed where they are made"),
        };
        *sizes
            .entry((row.repository.clone(), row.is_leak()))
            .or_default() += row.weight;
    }
    for row in rows.iter_mut() {
        let size = sizes[&(row.repository.clone(), row.is_leak())];
        row.weight *= (20.0 / size.max(1.0)).powf(0.35).min(2.0);
    }
}

fn shown(text: &[u8], binding: &Binding) -> String {
    let start = binding.name.start.min(binding.value.start);
    let end = binding.value.end.max(binding.name.end);
    let start = start.saturating_sub(12);
    let end = (end + 16).min(text.len());
    String::from_utf8_lossy(&text[start..end]).replace('\n', "⏎")
}

fn line_starts(text: &[u8]) -> Vec<usize> {
    std::iter::once(0)
        .chain(
            text.iter()
                .enumerate()
                .filter(|(_, b)| **b == b'\n')
                .map(|(at, _)| at + 1),
        )
        .collect()
}

fn line_of(starts: &[usize], at: usize) -> usize {
    starts.partition_point(|start| *start <= at)
}

/// Candidates of healthy trees. What stands in tests and examples is left out: it is no evidence either way.
pub(crate) fn clean_rows(
    folders: &[PathBuf],
    anchors: &Anchors,
) -> Result<Vec<Row>, Box<dyn Error>> {
    /// Candidates that count as one repository's worth.
    const WEIGHT: f32 = 2000.0;
    /// What the texts of user interfaces count.
    const SPOKEN: f32 = 500.0;
    let mut rows: Vec<Row> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for folder in folders {
        let mut files: Vec<PathBuf> = ignore::WalkBuilder::new(folder)
            .standard_filters(false)
            .build()
            .filter_map(|entry| Some(entry.ok()?.into_path()))
            .filter(|path| path.is_file() && !path.is_symlink())
            .collect();
        files.sort();
        for path in files {
            let name = path.strip_prefix(folder)?.to_string_lossy().to_lowercase();
            if ["test", "example", "spec", "fixture", "bench"]
                .iter()
                .any(|word| name.contains(word))
            {
                continue;
            }
            let text = std::fs::read(&path)?;
            if text.len() > 4 << 20 {
                continue;
            }
            for (binding, features) in anchors.candidates(&text) {
                if seen.insert((features, text[binding.value.clone()].to_vec())) {
                    rows.push(Row {
                        features,
                        label: Label::Clean,
                        weight: 1.0,
                        repository: String::new(),
                        path: path.display().to_string(),
                        line: line_of(&line_starts(&text), binding.value.start),
                        last_line: 0,
                        kind: binding.kind,
                        text: shown(&text, &binding),
                    });
                }
            }
        }
    }
    let weight = (WEIGHT / rows.len().max(1) as f32).min(1.0);
    for row in &mut rows {
        row.weight = weight;
    }
    let mut spoken: Vec<Row> = Vec::new();
    for (path, text) in texts::files(folders) {
        for (binding, features) in anchors.candidates(&text) {
            if seen.insert((features, text[binding.value.clone()].to_vec())) {
                spoken.push(Row {
                    features,
                    label: Label::Clean,
                    weight: 1.0,
                    repository: String::new(),
                    path: path.clone(),
                    line: 0,
                    last_line: 0,
                    kind: binding.kind,
                    text: shown(&text, &binding),
                });
            }
        }
    }
    let weight = (SPOKEN / spoken.len().max(1) as f32).min(1.0);
    for row in &mut spoken {
        row.weight = weight;
    }
    rows.append(&mut spoken);
    Ok(rows)
}

/// Writes all rows as JSON lines, for looking at.
pub(crate) fn dump(path: &Path, rows: &[Row], clean: &[Row]) -> Result<(), Box<dyn Error>> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for row in rows.iter().chain(clean) {
        let features: serde_json::Map<String, serde_json::Value> = TEXTS
            .iter()
            .zip(row.features)
            .map(|(text, value)| ((*text).to_owned(), value.into()))
            .collect();
        let object = serde_json::json!({
            "label": format!("{:?}", row.label), "weight": row.weight, "path": row.path, "line": row.line,
            "text": row.text, "features": features,
        });
        writeln!(file, "{object}")?;
    }
    Ok(())
}
