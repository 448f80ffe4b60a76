//! Trains the judge of generic secrets and measures it.
//!
//! ```text
//! cargo run --profile ci --example train -- --corpus DIR [--clean DIR]... [--write]
//! ```
//!
//! `--corpus` names a folder with `corpus.py` (`unpack DIR`, `rows`): labelled lines, one repository per first path
//! component. `--clean` names trees of healthy source text whose candidates count as no secrets. Validation is by
//! repository, each judged by models that saw none of its lines. `--noise` names healthy trees that are not
//! trained on: what the model would report of them is printed. `--show N` prints the worst mistakes. `--write` writes `rules/judge.model`,
//! `rules/judge.golden` and `rules/judge.metrics`. The same inputs give the same bytes.

#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout
)]

mod boost;
mod data;
mod golden;
mod human;
mod measure;
mod others;
mod pack;
mod texts;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse()?;
    let corpus = data::Corpus::load(&options.corpus, &options.work)?;
    let anchors = data::Anchors::of_rules("rules/generic.toml")?;
    let mut rows = corpus.rows(&anchors);
    let others = others::findings(&corpus)?;
    let clean = data::clean_rows(&options.clean, &anchors)?;
    println!("{} labelled candidates, {} clean", rows.len(), clean.len());
    if let Some(path) = &options.dump {
        data::dump(path, &rows, &clean)?;
    }
    let folds = measure::folds(&rows);
    let scores = measure::cross_validate(&rows, &clean, &folds);
    let report = measure::report(&corpus, &rows, &others, &folds, &scores);
    print!("{report}");
    if options.show > 0 {
        measure::show_mistakes(&corpus, &rows, &others, &scores, options.show);
    }
    rows.extend(clean);
    let model = boost::train(&rows.iter().collect::<Vec<_>>(), boost::Settings::default());
    println!("{}", pack::importance(&model));
    measure::show_noise(&model, &data::clean_rows(&options.noise, &anchors)?);
    if options.write {
        let packed = pack::pack(&model, measure::THRESHOLDS);
        std::fs::write("rules/judge.model", &packed)?;
        std::fs::write("rules/judge.metrics", &report)?;
        std::fs::write("rules/judge.golden", golden::lines(&packed))?;
        println!("model of {} bytes written", packed.len());
    }
    Ok(())
}

struct Options {
    corpus: PathBuf,
    work: PathBuf,
    clean: Vec<PathBuf>,
    noise: Vec<PathBuf>,
    dump: Option<PathBuf>,
    show: usize,
    write: bool,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let mut options = Self {
            corpus: PathBuf::new(),
            work: std::env::temp_dir().join("keyward-train"),
            clean: Vec::new(),
            noise: Vec::new(),
            dump: None,
            show: 0,
            write: false,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--corpus" => options.corpus = value()?.into(),
                "--clean" => options.clean.push(value()?.into()),
                "--noise" => options.noise.push(value()?.into()),
                "--dump" => options.dump = Some(value()?.into()),
                "--show" => options.show = value()?.parse().map_err(|_| "--show wants a number")?,
                "--write" => options.write = true,
                _ => return Err(format!("unknown argument {argument}")),
            }
        }
        if options.corpus.as_os_str().is_empty() {
            return Err("--corpus DIR is missing".into());
        }
        Ok(options)
    }
}
