//! Measures how common each anchor of the built-in rules is in source text, and fails where one is too common.
//!
//! ```text
//! cargo run --profile ci --example anchors -- [--list N] TREE…
//! ```
//!
//! Anchors are the prefilter's food: each hit costs a search of every rule that owns the anchor, so a common word
//! among them slows every scan. Hits are counted per MB of each tree; what counts is the mean over the trees, so that no
//! language and no tree that says one word all the time outweighs the others. Limits and exceptions stand in
//! `exceptions.toml` beside this file. An exception that is not needed any more fails too. `.ci/anchors` fetches the
//! trees.

#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use keyward::detect::Detector;
use keyward::detect::judge::practice::anchor::ANCHORS;
use keyward::rule::RuleSet;
use serde::Deserialize;

/// Fewer bytes say nothing of how common a word is.
const LEAST_BYTES: u64 = 50_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    /// Most hits per MB of any other anchor.
    limit: f64,
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// Why these are worth what they cost.
    reason: String,
    /// Most hits per MB of each.
    limit: f64,
    anchors: Vec<String>,
}

/// One anchor over all trees.
#[derive(Default)]
struct Measured {
    rules: BTreeSet<String>,
    /// Hits per MB of each tree.
    rates: Vec<f64>,
}

impl Measured {
    fn mean(&self) -> f64 {
        self.rates.iter().sum::<f64>() / self.rates.len() as f64
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut list, mut trees) = (0, Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => list = arguments.next().ok_or("--list N")?.parse()?,
            tree => trees.push(PathBuf::from(tree)),
        }
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/anchors/exceptions.toml");
    let exceptions: Exceptions = toml::from_str(&fs::read_to_string(place)?)?;
    let (bytes, measured) = measure(&trees)?;
    println!(
        "{} anchors over {:.0} MB in {} trees: {:.0} hits a MB",
        measured.len(),
        bytes as f64 / 1e6,
        trees.len(),
        measured.values().map(Measured::mean).sum::<f64>()
    );
    if bytes < LEAST_BYTES {
        return Err(format!("{bytes} bytes say too little: give {LEAST_BYTES} or more").into());
    }
    let mut ranked: Vec<_> = measured.iter().collect();
    ranked.sort_by(|a, b| b.1.mean().total_cmp(&a.1.mean()));
    for (anchor, one) in ranked.iter().take(list) {
        println!("{}", line(anchor, one));
    }
    let faults = faults(&exceptions, &measured);
    for fault in &faults {
        println!("{fault}");
    }
    Ok(ExitCode::from(u8::from(!faults.is_empty())))
}

fn line(anchor: &str, one: &Measured) -> String {
    let rules: Vec<&str> = one.rules.iter().map(String::as_str).take(4).collect();
    let rates: Vec<String> = one.rates.iter().map(|rate| format!("{rate:.1}")).collect();
    format!(
        "{:8.2} a MB ({}) {anchor:?}: {}{}",
        one.mean(),
        rates.join(" "),
        rules.join(", "),
        if one.rules.len() > 4 { ", …" } else { "" }
    )
}

fn faults(exceptions: &Exceptions, measured: &BTreeMap<String, Measured>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut limits: BTreeMap<&str, f64> = BTreeMap::new();
    for group in &exceptions.group {
        if group.reason.trim().is_empty() {
            faults.push("a group of exceptions without a reason".to_owned());
        }
        for anchor in &group.anchors {
            match measured.get(anchor) {
                None => faults.push(format!("exception {anchor:?}: no rule has that anchor")),
                // Well below, so that a new version of a tree is no reason to touch the list.
                Some(one) if one.mean() < exceptions.limit / 2.0 => faults.push(format!(
                    "exception {anchor:?} is not needed: {:.2} a MB",
                    one.mean()
                )),
                Some(_) => {}
            }
            if limits.insert(anchor, group.limit).is_some() {
                faults.push(format!("exception {anchor:?} stands twice"));
            }
        }
    }
    for (anchor, one) in measured {
        let limit = limits
            .get(anchor.as_str())
            .copied()
            .unwrap_or(exceptions.limit);
        if one.mean() > limit {
            faults.push(format!("too common (limit {limit}): {}", line(anchor, one)));
        }
    }
    faults
}

/// The bytes of all trees, and each anchor (words in lower case) with its hits per MB of each.
fn measure(trees: &[PathBuf]) -> Result<(u64, BTreeMap<String, Measured>), Box<dyn Error>> {
    let detector = Detector::new(RuleSet::built_in());
    let mut measured: BTreeMap<String, Measured> = BTreeMap::new();
    for (_, rule) in detector.rules().iter() {
        let words = rule.words.iter().map(|word| word.to_ascii_lowercase());
        for anchor in rule.literals.iter().map(|l| l.to_string()).chain(words) {
            let entry = measured.entry(anchor).or_default();
            entry.rules.insert(rule.id.to_string());
        }
    }
    for anchor in ANCHORS {
        let entry = measured.entry((*anchor).to_owned()).or_default();
        entry.rules.insert("what is kept well".to_owned());
    }
    let mut all = 0;
    for tree in trees {
        let mut files = Vec::new();
        collect(tree, &mut files)?;
        files.sort();
        let mut bytes = 0_u64;
        let mut hits: BTreeMap<String, u64> = BTreeMap::new();
        let mut count: BTreeMap<u32, (u64, Vec<u8>)> = BTreeMap::new();
        for file in files {
            let text = fs::read(&file)?;
            bytes += text.len() as u64;
            detector.hits(&text, 0..text.len(), |hit| {
                let end = hit.start + detector.literal_length(hit.literal);
                let first = || (0, text[hit.start..end].to_vec());
                count.entry(hit.literal).or_insert_with(first).0 += 1;
            });
        }
        for (number, text) in count.into_values() {
            let text = String::from_utf8_lossy(&text).into_owned();
            // As it is written in a rule: a literal stands for itself, a word for all cases.
            let anchor = match measured.contains_key(&text) {
                true => text,
                false => text.to_ascii_lowercase(),
            };
            *hits.entry(anchor).or_default() += number;
        }
        for (anchor, one) in &mut measured {
            let number = hits.get(anchor).copied().unwrap_or_default();
            one.rates.push(number as f64 * 1e6 / bytes.max(1) as f64);
        }
        all += bytes;
    }
    Ok((all, measured))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
