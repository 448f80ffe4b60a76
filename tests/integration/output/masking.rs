//! No output holds a secret of any rule.

use keyward::check::complete;
use serde_json::Value;

use super::*;

/// A folder with the examples of every built-in rule: one file for each, one with all, and some with what makes
/// excerpts hard: several secrets on a line, long lines, the secret in the file's name.
fn all_examples() -> Scratch {
    let scratch = Scratch::folder();
    let mut joined = String::new();
    let mut rows = String::new();
    for (_, rule) in RuleSet::built_in().iter() {
        let templates = rule.found.iter().chain(rule.paired.iter());
        for (index, template) in templates.enumerate() {
            let text = expand(template, seed(&rule.id, index), &|head| {
                complete(rule, head)
            });
            let path = match &rule.example_path {
                Some(path) => format!("at/{}-{index}/{path}", rule.id),
                None => format!("each/{}/{index}.txt", rule.id),
            };
            scratch.write(path, format!("{text}\n"));
            let _ = writeln!(joined, "{text}");
            // Twice on a line.
            if !text.contains('\n') {
                let _ = writeln!(rows, "{text} ; {text}{}", " ".repeat(300));
            }
            scratch.write(
                format!("long/{}/{index}.txt", rule.id),
                format!("{}{text} \n", "x ".repeat(600)),
            );
        }
    }
    scratch.write("joined.txt", joined);
    scratch.write("rows.txt", rows);
    scratch.write(
        "allowed.txt",
        format!("k = {0} # keyward:allow -- it is {0}\n", token(77)),
    );
    scratch
}

fn percent_encoded(text: &str, all: bool) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "\\x{byte:02x}");
        escaped
    })
}

/// A text in all the encodings that are decoded.
fn encoded_forms(text: &str) -> String {
    let base64 = data_encoding::BASE64.encode(text.as_bytes());
    let lines: Vec<&str> = (0..base64.len())
        .step_by(64)
        .map(|at| &base64[at..(at + 64).min(base64.len())])
        .collect();
    let escapes = escaped(text);
    format!(
        "a: {base64}\nb: |\n  {}\nc: {}\nd: \"{escapes}\"\ne: {}\nf: {} \n",
        lines.join("\n  "),
        data_encoding::HEXLOWER.encode(text.as_bytes()),
        percent_encoded(text, true),
        data_encoding::BASE64.encode(base64.as_bytes()),
    )
}

/// The digits of base64 that a value determines, wherever in a text it stands.
fn base64_inside(secret: &str) -> impl Iterator<Item = String> {
    (0..3).filter_map(move |before| {
        let text = [&vec![b' '; before][..], secret.as_bytes(), b"  "].concat();
        let encoded = data_encoding::BASE64.encode(&text);
        let first = (before * 8).div_ceil(6);
        let last = (before + secret.len()) * 8 / 6;
        encoded
            .get(first..last)
            .filter(|digits| digits.len() >= 12)
            .map(str::to_owned)
    })
}

/// All the ways in which a value could be written.
fn forms(secret: &str) -> BTreeSet<String> {
    let quoted = serde_json::to_string(secret).expect("JSON");
    let json = quoted[1..quoted.len() - 1].to_owned();
    let line_breaks_kept = secret.replace('\\', "\\\\").replace('"', "\\\"");
    [
        secret.to_owned(),
        percent_encoded(secret, false),
        percent_encoded(secret, true),
        json.replace('/', "\\/"),
        json,
        line_breaks_kept,
        data_encoding::BASE64.encode(secret.as_bytes()),
        data_encoding::HEXLOWER.encode(secret.as_bytes()),
    ]
    .into()
}

fn parts_of(findings: &[Value]) -> Vec<&Value> {
    let parts = |finding: &'_ Value| finding["parts"].as_array().map_or(0, Vec::len);
    assert!(findings.iter().map(parts).sum::<usize>() > 100);
    let lists = findings.iter().filter_map(|f| f["parts"].as_array());
    lists.flatten().collect()
}

/// What must not be shown, with the rule that found it or the name of the part that it is.
fn secrets_of<'f>(findings: &'f [Value], parts: &[&'f Value]) -> BTreeSet<(&'f str, &'f str)> {
    let text = |value: &'f Value| value.as_str().expect("a text");
    let own = findings
        .iter()
        .map(|f| (text(&f["secret"]), text(&f["rule"])));
    let secret = parts.iter().filter(|part| part["secret"] == true);
    own.chain(secret.map(|part| (text(&part["value"]), text(&part["name"]))))
        .filter(|(secret, _)| secret.len() >= 8)
        .collect()
}

#[test]
fn no_report_holds_a_secret_of_any_rule() {
    let scratch = all_examples();
    let clear = scratch
        .keyward(&[
            "scan",
            "--min-confidence",
            "low",
            "-f",
            "json",
            "--show-secrets",
        ])
        .expect(1)
        .json();
    let findings = clear["findings"].as_array().expect("findings");
    let parts = parts_of(findings);
    // What a rule finds may be part of another's finding.
    let rules: BTreeSet<&str> = findings
        .iter()
        .chain(parts.iter().copied())
        .filter_map(|found| found["rule"].as_str())
        .collect();
    for (_, rule) in RuleSet::built_in().iter() {
        // A key store that starts with bytes that are no text has no example.
        assert!(
            rules.contains(rule.id.as_ref()) || (rule.whole_file && rule.found.is_empty()),
            "{} finds nothing in its examples",
            rule.id
        );
    }
    let secrets = secrets_of(findings, &parts);
    assert!(secrets.len() > rules.len(), "{} secrets", secrets.len());

    let mut texts: Vec<(String, String)> = Vec::new();
    let base = [
        "scan",
        "--min-confidence",
        "low",
        "--verbose",
        "--stats",
        "--color",
        "always",
        "-f",
    ];
    for format in FORMATS {
        let run = scratch
            .keyward(&[&base[..], &[format.name]].concat())
            .expect(1);
        assert!(
            run.text().len() > 100_000,
            "{}: a report of {} bytes",
            format.name,
            run.stdout.len()
        );
        texts.push((format!("{} on standard output", format.name), run.text()));
        texts.push((format!("standard error beside {}", format.name), run.stderr));
    }
    let files: Vec<String> = FORMATS
        .iter()
        .map(|f| format!("{}=../report-{}", f.name, f.name))
        .collect();
    let mut arguments = base[..base.len() - 1].to_vec();
    for file in &files {
        arguments.extend(["-o", file.as_str()]);
    }
    let run = scratch.keyward(&arguments).expect(1);
    texts.push(("standard error beside files".to_owned(), run.stderr));
    for name in names(&scratch.path().join("..")) {
        if name.starts_with("report-") {
            let text = fs::read_to_string(scratch.path().join("..").join(&name)).expect("file");
            assert!(text.len() > 100_000, "{name} is short");
            texts.push((name, text));
        }
    }
    assert_eq!(texts.len(), 3 * FORMATS.len() + 1);

    let written: Vec<(String, &str)> = secrets
        .iter()
        .flat_map(|(secret, rule)| forms(secret).into_iter().map(move |form| (form, *rule)))
        .collect();
    let search = refuse_leaks(&written, &texts);
    // The search itself works.
    let clear = clear.to_string();
    assert!(search.is_match(&clear));
}

/// Fails if one of the texts holds one of what is written, which come with their rules.
fn refuse_leaks(
    written: &[(String, &str)],
    texts: &[(String, String)],
) -> aho_corasick::AhoCorasick {
    let search =
        aho_corasick::AhoCorasick::new(written.iter().map(|(form, _)| form)).expect("automaton");
    let mut leaks = BTreeSet::new();
    for (name, text) in texts {
        for found in search.find_overlapping_iter(text) {
            let start = text[..found.start()].rfind('\n').map_or(0, |at| at + 1);
            let line: String = text[start..].chars().take(200).collect();
            leaks.insert(format!(
                "{}: in {name}: {line}",
                written[found.pattern().as_usize()].1
            ));
        }
    }
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.into_iter().take(30).collect::<Vec<_>>().join("\n")
    );
    search
}

/// A secret that stands under an encoding is masked there, too.
#[test]
fn no_report_holds_a_secret_in_the_encoding_it_was_found_under() {
    const SAMPLE: usize = 8;
    let scratch = Scratch::folder();
    for (_, rule) in RuleSet::built_in().iter().step_by(SAMPLE) {
        if let Some(template) = rule.found.first() {
            let text = expand(template, seed(&rule.id, 0), &|head| complete(rule, head));
            scratch.write(format!("{}.txt", rule.id), encoded_forms(&text));
        }
    }
    let encoded = data_encoding::BASE64.encode(token(78).as_bytes());
    scratch.write(
        "allowed.txt",
        format!("k = {encoded} # keyward:allow -- it is {encoded}\n"),
    );
    let base = ["scan", "--min-confidence", "low", "--verbose", "-f"];
    let clear = scratch
        .keyward(&[&base[..], &["json", "--show-secrets"]].concat())
        .expect(1)
        .json();
    let findings = clear["findings"].as_array().expect("findings");
    let decoded = findings.iter().filter(|f| {
        let locations = f["locations"].as_array().expect("locations");
        locations
            .iter()
            .any(|l| l["decoded"].as_array().is_some_and(|d| !d.is_empty()))
    });
    let written: Vec<(String, &str)> = decoded
        .flat_map(|f| {
            let secret = f["secret"].as_str().expect("secret");
            let rule = f["rule"].as_str().expect("rule");
            let hexadecimal = data_encoding::HEXLOWER.encode(secret.as_bytes());
            let forms = [secret.to_owned(), escaped(secret), hexadecimal];
            forms
                .into_iter()
                .chain([percent_encoded(secret, true)])
                .chain(base64_inside(secret))
                .filter(|form| form.len() >= 12)
                .map(move |form| (form, rule))
        })
        .collect();
    assert!(written.len() > 500, "{} forms", written.len());
    let texts: Vec<(String, String)> = FORMATS
        .iter()
        .map(|format| {
            let run = scratch.keyward(&[&base[..], &[format.name]].concat());
            (format.name.to_owned(), run.expect(1).text())
        })
        .collect();
    let search = refuse_leaks(&written, &texts);
    let clear = clear.to_string();
    assert!(search.is_match(&clear));
}
