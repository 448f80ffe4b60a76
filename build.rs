//! Turns `rules/*.toml` into static tables, so that no TOML is parsed and no automaton built when Keyward starts.

// A build that cannot write its tables must fail: unwrapping is the shortest way to say so.
#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/rule/spec.rs"]
#[allow(dead_code, unreachable_pub)]
mod spec;

#[path = "src/rule/part.rs"]
#[allow(dead_code, unreachable_pub)]
mod part;

#[path = "src/rule/shape.rs"]
#[allow(dead_code, unreachable_pub)]
mod shape;

#[path = "src/rule/anchor.rs"]
#[allow(unreachable_pub)]
mod anchor;

#[path = "src/rule/need.rs"]
#[allow(dead_code, unreachable_pub)]
mod need;

#[path = "src/detect/judge/practice/anchor.rs"]
#[allow(unreachable_pub)]
mod practice;

#[path = "src/detect/prefilter/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod prefilter;

#[path = "src/detect/decode/anchors.rs"]
#[allow(unreachable_pub)]
mod anchors;

use part::PartSpec;
use spec::{GuidanceSpec, ProviderFile, ProviderSpec, RuleSpec};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/spec.rs");
    println!("cargo::rerun-if-changed=src/rule/part.rs");
    println!("cargo::rerun-if-changed=src/rule/shape.rs");
    println!("cargo::rerun-if-changed=src/rule/anchor.rs");
    println!("cargo::rerun-if-changed=src/rule/need.rs");
    println!("cargo::rerun-if-changed=src/detect/judge/practice/anchor.rs");
    println!("cargo::rerun-if-changed=src/detect/prefilter");
    println!("cargo::rerun-if-changed=src/detect/decode/anchors.rs");
    let files = match read_rules(Path::new("rules")) {
        Ok(files) => files,
        Err(problem) => {
            println!("cargo::error={}", problem.replace('\n', " "));
            return;
        }
    };
    let parts = match parts_of(&files) {
        Ok(parts) => parts,
        Err(problem) => {
            println!("cargo::error={problem}");
            return;
        }
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let (packed, tables) = rules_packed(&files);
    fs::write(out.join("rules.bin"), packed).expect("OUT_DIR is writable");
    fs::write(out.join("rules.rs"), tables + &parts).expect("OUT_DIR is writable");
    fs::write(out.join("file-rules.txt"), file_rules(&files)).expect("OUT_DIR is writable");
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

/// Every rule and every provider as bytes, in the order in which `src/rule/builtin.rs` reads them, and as source where
/// each starts. Bytes hold no pointers, so the system has nothing to relocate when Keyward starts.
fn rules_packed(files: &[ProviderFile]) -> (Vec<u8>, String) {
    let mut packed = Packed::default();
    let (mut starts, mut radii) = (Vec::new(), BTreeMap::new());
    for file in files {
        let provider = packed.place();
        packed.provider(&file.provider);
        for rule in &file.rule {
            let index = starts.len();
            starts.push((packed.place(), provider));
            packed.rule(rule);
            if rule.radius() != spec::DEFAULT_RADIUS {
                radii.insert(index, rule.radius());
            }
        }
    }
    let radii: Vec<(usize, u32)> = radii.into_iter().collect();
    let tables = format!(
        "/// Of each rule where it and its provider start.\nstatic STARTS: &[(u32, u32)] = &{starts:?};\n\
         /// The rules with another radius than the default, and that.\nstatic RADII: &[(u16, u32)] = &{radii:?};\n"
    );
    (packed.0, tables)
}

/// Which rule's findings are a part of another's, by their numbers, as source.
fn parts_of(files: &[ProviderFile]) -> Result<String, String> {
    let rules = || files.iter().flat_map(|file| &file.rule);
    let numbers: BTreeMap<&str, usize> = (0..)
        .zip(rules())
        .map(|(number, rule)| (rule.id.get_ref().as_str(), number))
        .collect();
    let mut pairs = BTreeSet::new();
    for (owner, rule) in rules().enumerate() {
        for part in rule.part.iter().flat_map(|part| &part.rules) {
            let Some(&part) = numbers.get(part.get_ref().as_str()) else {
                let (id, part) = (rule.id.get_ref(), part.get_ref());
                return Err(format!("{id}: no rule {part} for a part"));
            };
            pairs.insert((part, owner));
        }
    }
    let pairs: Vec<(usize, usize)> = pairs.into_iter().collect();
    Ok(format!(
        "/// The rules whose findings are a part of another's, and that.\nstatic PARTS_OF: &[(u16, u16)] = &{pairs:?};\n"
    ))
}

/// The globs of the rules without anchors, one a line, behind the rule's number.
fn file_rules(files: &[ProviderFile]) -> String {
    let mut lines = String::new();
    for (index, rule) in files.iter().flat_map(|file| &file.rule).enumerate() {
        if rule.literals.is_empty() && rule.words.is_empty() {
            for glob in &rule.paths {
                writeln!(lines, "{index} {}", glob.get_ref()).unwrap();
            }
        }
    }
    lines
}

#[derive(Default)]
struct Packed(Vec<u8>);

impl Packed {
    fn place(&self) -> u32 {
        u32::try_from(self.0.len()).expect("less than 4 GB of rules")
    }

    fn text(&mut self, value: &str) {
        let length = u16::try_from(value.len()).expect("texts of rules have less than 64 KiB");
        self.0.extend(length.to_le_bytes());
        self.0.extend(value.as_bytes());
    }

    /// An absent text is an empty one.
    fn option(&mut self, value: Option<&str>) {
        self.text(value.unwrap_or_default());
    }

    fn list<'t>(&mut self, values: impl ExactSizeIterator<Item = &'t str>) {
        let length =
            u16::try_from(values.len()).expect("lists of rules have less than 65,536 entries");
        self.0.extend(length.to_le_bytes());
        for value in values {
            self.text(value);
        }
    }

    fn rule(&mut self, rule: &RuleSpec) {
        let literals = || rule.literals.iter().map(|l| l.get_ref().as_str());
        let words = || rule.words.iter().map(|w| w.get_ref().as_str());
        let pattern = rule
            .pattern
            .as_ref()
            .map(|pattern| spec::expand_pattern(pattern.get_ref()))
            .unwrap_or_default();
        let at_anchor = anchor::starts_every_match(&pattern, literals(), words());
        self.0.push(rule.severity as u8);
        self.0.push(rule.confidence() as u8);
        self.0.push(rule.boundary as u8);
        let search = match rule.named {
            Some(_) => 2,
            None => u8::from(at_anchor),
        };
        self.0.push(
            search
                | u8::from(rule.whole_file) << 2
                | u8::from(rule.chosen) << 3
                | u8::from(rule.stored) << 4
                | u8::from(rule.generic) << 5,
        );
        self.0.extend(rule.radius().to_le_bytes());
        self.0
            .extend(rule.entropy.unwrap_or(f32::NAN).to_le_bytes());
        self.text(rule.id.get_ref());
        self.text(&rule.summary);
        match &rule.named {
            Some(named) => {
                self.list(named.value.iter().map(|v| v.get_ref().as_str()));
                self.list(named.credential.iter().map(|c| c.get_ref().as_str()));
            }
            None => {
                self.text(&pattern);
                self.need(need::Run::of_pattern(&pattern));
            }
        }
        self.option(rule.checksum.as_ref().map(|c| c.get_ref().as_str()));
        self.list(literals());
        self.list(words());
        self.list(rule.paths.iter().map(|p| p.get_ref().as_str()));
        self.list(rule.context.iter().map(String::as_str));
        self.parts(&rule.part);
        self.list(rule.examples.found.iter().map(String::as_str));
        self.list(rule.examples.ignored.iter().map(String::as_str));
        self.list(rule.examples.paired.iter().map(String::as_str));
        self.option(rule.examples.path.as_deref());
        self.guidance(&rule.guidance);
    }

    fn need(&mut self, need: Option<need::Run>) {
        let Some(need::Run { class, length }) = need else {
            self.0.extend(0_u16.to_le_bytes());
            return;
        };
        self.0.extend(length.to_le_bytes());
        for bits in class {
            self.0.extend(bits.to_le_bytes());
        }
    }

    fn parts(&mut self, parts: &[PartSpec]) {
        self.0
            .push(u8::try_from(parts.len()).expect("a rule has few parts"));
        for part in parts {
            let expression = part.expression();
            self.0.push(
                u8::from(expression.is_none())
                    | u8::from(part.is_secret()) << 1
                    | u8::from(part.shared) << 2,
            );
            self.0.extend(part.within().to_le_bytes());
            self.text(part.name.get_ref());
            match expression {
                Some(expression) => self.text(&expression),
                None => self.list(part.rules.iter().map(|rule| rule.get_ref().as_str())),
            }
        }
    }

    fn provider(&mut self, provider: &ProviderSpec) {
        self.text(provider.id.get_ref());
        self.text(&provider.name);
        self.0.push(u8::from(provider.generic));
        self.guidance(&GuidanceSpec {
            console: provider.console.clone(),
            documentation: provider.documentation.clone(),
            rotate: provider.rotate.clone(),
            revoke: Some(provider.revoke.clone()),
            last_used: provider.last_used.clone(),
            least_privilege: provider.least_privilege.clone(),
            storage: provider.storage.clone(),
            expiry: provider.expiry.clone(),
            checked: Some(provider.checked.clone()),
        });
    }

    fn guidance(&mut self, guidance: &GuidanceSpec) {
        self.option(guidance.console.as_deref());
        self.option(guidance.documentation.as_deref());
        self.list(guidance.rotate.iter().map(String::as_str));
        self.option(guidance.revoke.as_deref());
        self.option(guidance.last_used.as_deref());
        self.option(guidance.least_privilege.as_deref());
        self.option(guidance.storage.as_deref());
        self.option(guidance.expiry.as_deref());
        self.option(guidance.checked.as_deref());
    }
}

/// Literals of all rules, each once, with the rules that own it; then the prefilter's tables over them.
fn literals_source(files: &[ProviderFile]) -> Result<String, prefilter::BuildError> {
    let mut owners: BTreeMap<(Vec<u8>, bool), Vec<u16>> = BTreeMap::new();
    let rules = files.iter().flat_map(|file| &file.rule);
    for (index, rule) in rules.enumerate() {
        let index = u16::try_from(index).expect("fewer than 65,536 rules");
        assert!(index < anchors::FIRST_OWNER, "too many rules");
        for literal in &rule.literals {
            let key = (literal.get_ref().clone().into_bytes(), false);
            owners.entry(key).or_default().push(index);
        }
        for word in &rule.words {
            let key = (word.get_ref().to_ascii_lowercase().into_bytes(), true);
            owners.entry(key).or_default().push(index);
        }
    }
    for anchor in anchors::all() {
        let key = (anchor.bytes, anchor.ignore_case);
        owners.entry(key).or_default().push(anchor.owner);
    }
    for anchor in practice::ANCHORS {
        let key = (anchor.as_bytes().to_vec(), false);
        owners.entry(key).or_default().push(practice::OWNER);
    }
    let mut code = String::new();
    let mut places = Vec::new();
    let mut list: Vec<u16> = Vec::new();
    for ((bytes, _), rules) in &owners {
        let start = list.len();
        list.extend(rules);
        places.push(format!("({}, {start}, {})", bytes.len(), list.len()));
    }
    let places = places.join(", ");
    writeln!(
        code,
        "/// Of each literal the length, and where its owners stand in `OWNERS`."
    )
    .unwrap();
    writeln!(code, "static PLACES: &[Place] = &[{places}];").unwrap();
    writeln!(
        code,
        "/// The rules that own a literal, literal after literal."
    )
    .unwrap();
    writeln!(code, "static OWNERS: &[u16] = &{list:?};").unwrap();
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
