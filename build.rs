//! Turns `rules/*.toml` into static tables, so that no TOML is parsed and no automaton built when Keyward starts.

#![allow(missing_docs, clippy::pedantic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/rule/spec.rs"]
#[allow(dead_code, unreachable_pub)]
mod spec;

#[path = "src/detect/prefilter/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod prefilter;

use spec::{GuidanceSpec, ProviderFile, ProviderSpec, RuleSpec};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/spec.rs");
    println!("cargo::rerun-if-changed=src/detect/prefilter");
    let files = match read_rules(Path::new("rules")) {
        Ok(files) => files,
        Err(problem) => {
            println!("cargo::error={}", problem.replace('\n', " "));
            return;
        }
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("rules.rs"), rules_source(&files)).expect("OUT_DIR is writable");
    let literals = match literals_source(&files) {
        Ok(source) => source,
        Err(problem) => {
            println!("cargo::error={problem}");
            return;
        }
    };
    fs::write(out.join("literals.rs"), literals).expect("OUT_DIR is writable");
}

/// The provider files in the order of their names, checked for what would break the tables.
fn read_rules(folder: &Path) -> Result<Vec<ProviderFile>, String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    let mut files = Vec::new();
    let mut ids = BTreeSet::new();
    for path in paths {
        let shown = path.display();
        let text = fs::read_to_string(&path).map_err(|e| format!("{shown}: {e}"))?;
        let file: ProviderFile = toml::from_str(&text).map_err(|e| format!("{shown}: {e}"))?;
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        if file.provider.id.get_ref() != stem {
            return Err(format!("{shown}: provider id differs from the file's name"));
        }
        for rule in &file.rule {
            if let Some(problem) = rule.problems().first() {
                return Err(format!(
                    "{shown}: {}: {}",
                    rule.id.get_ref(),
                    problem.message
                ));
            }
            if !ids.insert(rule.id.get_ref().clone()) {
                return Err(format!("{shown}: rule id {} is taken", rule.id.get_ref()));
            }
        }
        files.push(file);
    }
    Ok(files)
}

fn rules_source(files: &[ProviderFile]) -> String {
    let mut code = String::new();
    for (index, file) in files.iter().enumerate() {
        let provider = provider_source(&file.provider);
        writeln!(code, "static PROVIDER_{index}: Provider = {provider};").unwrap();
    }
    writeln!(
        code,
        "/// Every built-in rule, by provider file and by place in it."
    )
    .unwrap();
    writeln!(code, "pub(super) static RULES: &[Rule] = &[").unwrap();
    for (index, file) in files.iter().enumerate() {
        for rule in &file.rule {
            writeln!(code, "{},", rule_source(index, rule)).unwrap();
        }
    }
    writeln!(code, "];").unwrap();
    code
}

fn provider_source(provider: &ProviderSpec) -> String {
    let guidance = GuidanceSpec {
        console: provider.console.clone(),
        documentation: Some(provider.documentation.clone()),
        rotate: provider.rotate.clone(),
        revoke: Some(provider.revoke.clone()),
        last_used: Some(provider.last_used.clone()),
        least_privilege: Some(provider.least_privilege.clone()),
        storage: provider.storage.clone(),
        expiry: provider.expiry.clone(),
        checked: Some(provider.checked.clone()),
    };
    format!(
        "Provider {{ id: {}, name: {}, guidance: {} }}",
        text(provider.id.get_ref()),
        text(&provider.name),
        guidance_source(&guidance)
    )
}

fn guidance_source(guidance: &GuidanceSpec) -> String {
    format!(
        "Guidance {{ console: {}, documentation: {}, rotate: {}, revoke: {}, last_used: {}, least_privilege: {}, \
         storage: {}, expiry: {}, checked: {} }}",
        option(guidance.console.as_deref()),
        option(guidance.documentation.as_deref()),
        list(guidance.rotate.iter()),
        option(guidance.revoke.as_deref()),
        option(guidance.last_used.as_deref()),
        option(guidance.least_privilege.as_deref()),
        option(guidance.storage.as_deref()),
        option(guidance.expiry.as_deref()),
        option(guidance.checked.as_deref()),
    )
}

fn rule_source(provider: usize, rule: &RuleSpec) -> String {
    format!(
        "Rule {{ id: {}, provider: Cow::Borrowed(&PROVIDER_{provider}), summary: {}, severity: Severity::{:?}, \
         confidence: Confidence::{:?}, literals: {}, words: {}, pattern: {}, checksum: {}, entropy: {}, context: {}, \
         boundary: Boundary::{:?}, radius: {}, found: {}, ignored: {}, own_guidance: {} }}",
        text(rule.id.get_ref()),
        text(&rule.summary),
        rule.severity,
        rule.confidence.unwrap_or(spec::Confidence::High),
        list(rule.literals.iter().map(|l| l.get_ref())),
        list(rule.words.iter().map(|l| l.get_ref())),
        text(&spec::expand_pattern(rule.pattern.get_ref())),
        option(rule.checksum.as_ref().map(|c| c.get_ref().as_str())),
        rule.entropy
            .map_or_else(|| "None".into(), |e| format!("Some({e:?}_f32)")),
        list(rule.context.iter()),
        rule.boundary,
        rule.radius
            .as_ref()
            .map_or(spec::DEFAULT_RADIUS, |r| *r.get_ref()),
        list(rule.examples.found.iter()),
        list(rule.examples.ignored.iter()),
        guidance_source(&rule.guidance),
    )
}

/// Literals of all rules, each once, with the rules that own it; then the prefilter's tables over them.
fn literals_source(files: &[ProviderFile]) -> Result<String, prefilter::BuildError> {
    let mut owners: BTreeMap<(Vec<u8>, bool), Vec<u16>> = BTreeMap::new();
    let rules = files.iter().flat_map(|file| &file.rule);
    for (index, rule) in rules.enumerate() {
        let index = u16::try_from(index).expect("fewer than 65,536 rules");
        for literal in &rule.literals {
            let key = (literal.get_ref().clone().into_bytes(), false);
            owners.entry(key).or_default().push(index);
        }
        for word in &rule.words {
            let key = (word.get_ref().to_ascii_lowercase().into_bytes(), true);
            owners.entry(key).or_default().push(index);
        }
    }
    let mut code = String::new();
    writeln!(
        code,
        "/// The length of each literal and the rules that own it."
    )
    .unwrap();
    writeln!(code, "pub(super) static OWNERS: &[Owners<'static>] = &[").unwrap();
    for ((bytes, _), rules) in &owners {
        writeln!(
            code,
            "Owners {{ length: {}, rules: Cow::Borrowed(&{rules:?}) }},",
            bytes.len()
        )
        .unwrap();
    }
    writeln!(code, "];").unwrap();
    let literals: Vec<prefilter::Literal<'_>> = owners
        .keys()
        .map(|(bytes, ignore_case)| prefilter::Literal {
            bytes,
            ignore_case: *ignore_case,
        })
        .collect();
    writeln!(
        code,
        "/// The prefilter's tables over them.\n#[allow(unreachable_pub)]"
    )
    .unwrap();
    code.push_str(&prefilter::Tables::build(&literals)?.to_rust_source("TABLES"));
    Ok(code)
}

fn text(value: &str) -> String {
    format!("Cow::Borrowed({value:?})")
}

fn option(value: Option<&str>) -> String {
    value.map_or_else(|| "None".into(), |v| format!("Some({})", text(v)))
}

fn list<T: AsRef<str>>(values: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = values.map(|v| text(v.as_ref())).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}
