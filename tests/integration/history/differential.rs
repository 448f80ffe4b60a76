//! The scan that follows deltas and the one that reads every object whole must agree, and find what was planted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;

/// Numbers that look random, from a seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// A word of lower-case letters, too short to be taken for anything.
    fn word(&mut self) -> String {
        let letters = 3 + self.below(6);
        (0..letters)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}

/// A history that is made up line by line.
struct Generated {
    /// What `git fast-import` reads.
    stream: Vec<u8>,
    /// The commit that first held each token, by seed.
    first: BTreeMap<u64, String>,
}

const COMMITS: usize = 400;

/// Edits near tokens: lines go, come, are cut in two and joined, files are renamed and copied, branches part and meet.
fn generate(seed: u64) -> Generated {
    let mut random = Random(seed);
    let mut branches: Vec<BTreeMap<String, Vec<String>>> = vec![BTreeMap::new()];
    let mut tips: Vec<Option<usize>> = vec![None];
    let mut first = BTreeMap::new();
    let mut stream = Vec::new();
    let mut next_token = 0;
    let mut pending: Vec<u64> = Vec::new();
    for number in 1..=COMMITS {
        let branch = random.below(branches.len());
        let mut parents: Vec<usize> = tips[branch].into_iter().collect();
        if branches.len() < 4 && number > 20 && random.below(20) == 0 {
            // A branch of its own goes on from here.
            branches.push(branches[branch].clone());
            tips.push(tips[branch]);
        } else if branches.len() > 1 && random.below(15) == 0 {
            let other = random.below(branches.len());
            if other != branch && tips[other] != tips[branch] {
                parents.extend(tips[other]);
                for (path, lines) in branches[other].clone() {
                    branches[branch].entry(path).or_insert(lines);
                }
            }
        }
        let files = &mut branches[branch];
        for _ in 0..=random.below(3) {
            pending.extend(edit(&mut random, files, &mut next_token));
        }
        // One edit may undo the last.
        pending.retain(|&seed| {
            let held = holds(files, &token(seed));
            if held {
                first.insert(seed, format!("commit {number}"));
            }
            !held
        });
        tips[branch] = Some(number);
        write_commit(&mut stream, number, branch, &parents, files);
    }
    Generated { stream, first }
}

/// Whether a line holds the token whole, and as a word.
fn holds(files: &BTreeMap<String, Vec<String>>, token: &str) -> bool {
    let mut lines = files.values().flatten();
    lines.any(|line| {
        line.split_once(token).is_some_and(|(before, after)| {
            let starts = before.is_empty() || before.ends_with(' ');
            starts && (after.is_empty() || after.starts_with(';'))
        })
    })
}

/// One edit of one file; gives the token that it added.
fn edit(
    random: &mut Random,
    files: &mut BTreeMap<String, Vec<String>>,
    next: &mut u64,
) -> Option<u64> {
    if files.len() < 6 {
        let lines = (0..20 + random.below(40)).map(|_| random.word()).collect();
        files.insert(format!("src/{}.txt", random.word()), lines);
    }
    let names: Vec<String> = files.keys().cloned().collect();
    let name = &names[random.below(names.len())];
    let kind = random.below(10);
    if kind == 0 {
        let lines = files.remove(name)?;
        files.insert(
            format!("src/{}/{}.txt", random.word(), random.word()),
            lines,
        );
        return None;
    }
    if kind == 1 {
        let lines = files.get(name)?.clone();
        files.insert(format!("copy/{}.txt", random.word()), lines);
        return None;
    }
    let lines = files.get_mut(name)?;
    let at = random.below(lines.len() + 1);
    match kind {
        2 | 3 => {
            *next += 1;
            let (before, after) = (random.word(), random.word());
            lines.insert(at, format!("{before} = {}; {after}", token(*next)));
            return Some(*next);
        }
        4 if at < lines.len() => {
            lines.remove(at);
        }
        5 if at < lines.len() => {
            // Beside a token or in it: half a token is none.
            let cut = random.below(lines[at].len() + 1);
            let rest = lines[at].split_off(cut);
            lines.insert(at + 1, rest);
        }
        // Half a pair, which may come to stand beside its other half, or go from there.
        9 if random.below(2) == 0 => {
            let pair = aws_pair(random.below(6) as u64, random.below(6) as u64);
            let half = pair.lines().nth(random.below(2))?;
            lines.insert(at, half.to_owned());
        }
        6 if at + 1 < lines.len() => {
            let rest = lines.remove(at + 1);
            lines[at].push_str(&rest);
        }
        7 if at < lines.len() => {
            let _ = write!(lines[at], " # {}", random.word());
        }
        8 if at < lines.len() => {
            let text = format!("{} {}", random.word(), lines[at]);
            lines[at] = text;
        }
        _ => lines.insert(at, random.word()),
    }
    None
}

fn write_commit(
    stream: &mut Vec<u8>,
    number: usize,
    branch: usize,
    parents: &[usize],
    files: &BTreeMap<String, Vec<String>>,
) {
    let mut text = String::new();
    let time = EPOCH + 3600 * number as u64;
    let message = format!("commit {number}");
    let _ = writeln!(text, "commit refs/heads/branch{branch}\nmark :{number}");
    let _ = writeln!(text, "author A. Author <author@example.com> {time} +0000");
    let _ = writeln!(
        text,
        "committer A. Author <author@example.com> {time} +0000"
    );
    let _ = writeln!(text, "data {}\n{message}", message.len());
    for (position, parent) in parents.iter().enumerate() {
        let word = if position == 0 { "from" } else { "merge" };
        let _ = writeln!(text, "{word} :{parent}");
    }
    text.push_str("deleteall\n");
    for (path, lines) in files {
        let content = lines.join("\n");
        let _ = writeln!(
            text,
            "M 100644 inline {path}\ndata {}\n{content}",
            content.len()
        );
    }
    stream.extend_from_slice(text.as_bytes());
}

/// A repository with that history in one pack of long chains.
fn imported(seed: u64) -> (Repository, Generated) {
    let generated = generate(seed);
    let repository = Repository::new();
    repository.git_with(&["fast-import", "--quiet"], &[], &generated.stream);
    repository.git(&[
        "repack",
        "-q",
        "-a",
        "-d",
        "-f",
        "--depth=50",
        "--window=50",
    ]);
    repository.git(&["symbolic-ref", "HEAD", "refs/heads/branch0"]);
    let count = repository.git(&["rev-list", "--all", "--count"]);
    assert_eq!(count, COMMITS.to_string());
    (repository, generated)
}

#[test]
fn deltas_change_nothing() {
    for seed in [0x1357, 0x2468_ACE0, 0xFEDC_BA98_7654] {
        let (repository, generated) = imported(seed);
        let by_delta = complete(repository.scan(&[])).json();
        let whole = complete(repository.scan(&["--no-delta"])).json();
        assert_eq!(by_delta["findings"], whole["findings"], "seed {seed:#x}");
        assert_eq!(by_delta["coverage"], whole["coverage"], "seed {seed:#x}");
        assert_eq!(by_delta["coverage"]["commits"], COMMITS);
        assert_eq!(tokens(&by_delta).len(), generated.first.len());
        let findings = by_delta["findings"].as_array().expect("findings");
        let paired = |finding: &&Value| finding["parts"] != Value::Array(Vec::new());
        assert!(findings.iter().filter(paired).count() > 1, "seed {seed:#x}");
    }
}

/// The findings that are tokens, by their secrets. Halves of tokens may be taken for something else.
fn tokens(report: &Value) -> BTreeMap<String, Value> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .filter(|finding| finding["rule"] == TOKEN_RULE)
        .map(|finding| (text(&finding["secret"]).to_owned(), finding.clone()))
        .collect()
}

/// Not only do they agree: each token is found, in the commit that was the first to hold it.
#[test]
fn every_token_of_a_long_history_is_found_where_it_came_in() {
    let (repository, generated) = imported(0x0BAD_5EED);
    assert!(generated.first.len() > 50, "{}", generated.first.len());
    let by_secret = tokens(&complete(repository.scan(&[])).json());
    let log = repository.git(&["log", "--all", "--format=%H %s"]);
    let subjects: BTreeMap<&str, &str> = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    for (seed, expected) in &generated.first {
        let finding = by_secret.get(&token(*seed));
        let finding = finding.unwrap_or_else(|| panic!("token {seed} of {expected} is not found"));
        let id = text(&finding["exposure"]["first_seen"]["id"]);
        assert_eq!(subjects.get(id), Some(&expected.as_str()), "token {seed}");
    }
    assert_eq!(by_secret.len(), generated.first.len());
}

#[test]
fn loose_objects_and_packs_give_the_same() {
    let (repository, _) = imported(0x600D_CAFE);
    let packed = complete(repository.scan(&[])).json();
    repository.git(&["clone", "-q", "--mirror", ".", "../loose.git"]);
    let packs = repository.path().join("../loose.git/objects/pack");
    for entry in std::fs::read_dir(&packs).expect("packs") {
        let path = entry.expect("entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "pack")
        {
            let pack = std::fs::read(&path).expect("pack");
            std::fs::remove_dir_all(&packs).expect("removed");
            repository.git_with(&["-C", "../loose.git", "unpack-objects", "-q"], &[], &pack);
            break;
        }
    }
    let objects = repository.git(&["-C", "../loose.git", "count-objects", "-v"]);
    assert!(objects.contains("packs: 0"), "{objects}");
    let loose = complete(repository.scan_in("../loose.git", &[])).json();
    // A bare repository serves what it has; all else is the same.
    let without_reach = |findings: &Value| {
        let mut findings = findings.clone();
        for finding in findings.as_array_mut().expect("findings") {
            finding["exposure"]["pushed"] = Value::Null;
        }
        findings
    };
    assert_eq!(
        without_reach(&loose["findings"]),
        without_reach(&packed["findings"])
    );
    assert_eq!(loose["coverage"], packed["coverage"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (repository, _) = imported(0x7EA5);
    let one = complete(repository.scan(&["-j", "1"])).json();
    for threads in ["2", "5"] {
        let more = complete(repository.scan(&["-j", threads])).json();
        assert_eq!(more["findings"], one["findings"], "{threads} threads");
        assert_eq!(more["coverage"], one["coverage"], "{threads} threads");
    }
}

/// What is encoded is found in every commit that has it, in the index and on disk, by deltas and without them.
#[test]
fn encoded_secrets_are_found_both_ways() {
    let scratch = Scratch::repository();
    let encoded = data_encoding::BASE64.encode(format!("k = {}\n", token(301)).as_bytes());
    let filler = |commit: usize| {
        (0..400).fold(String::new(), |mut text, line| {
            let _ = writeln!(
                text,
                "line {line} {}",
                if line == commit * 40 { commit } else { 0 }
            );
            text
        })
    };
    for commit in 0..6 {
        let before = if commit == 1 { "x" } else { "" };
        let line = format!("blob: {before}{encoded}\n");
        let line = if commit == 0 { "" } else { &line };
        scratch.write("a.txt", format!("{}{line}{}", filler(commit), filler(0)));
        scratch.commit("a change");
    }
    scratch.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    let runs = [
        &["git", "-f", "json"][..],
        &["git", "-f", "json", "--no-delta"],
    ]
    .map(|arguments| scratch.keyward(arguments).expect(1).json());
    for json in &runs {
        let finding = &json["findings"][0];
        assert_eq!(finding["rule"], TOKEN_RULE);
        let place = &finding["locations"][0];
        assert_eq!(place["decoded"], serde_json::json!(["base64"]));
        assert_eq!(place["start"]["line"], 401);
    }
    assert_eq!(runs[0]["findings"], runs[1]["findings"]);
}
