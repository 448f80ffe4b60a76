//! What `--help` says, and what a wrong command line is told. Snapshots: `SNAPSHOTS=overwrite cargo test`.

use crate::support::{Run, Scratch};

/// Compares what the command prints on a terminal 100 columns wide with a snapshot.
macro_rules! snapshot {
    ($path:literal, $($argument:literal),+) => {
        snapbox::assert_data_eq!(run(&[$($argument),+]).expect(0).text(), snapbox::file![$path].raw())
    };
}

fn run(arguments: &[&str]) -> Run {
    Scratch::folder().keyward_with(arguments, b"", &[("COLUMNS", "100")])
}

/// The names below `Commands:` of a command's help.
fn subcommands(of: &[&str]) -> Vec<String> {
    let help = run(&[of, &["--help"]].concat()).expect(0).text();
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_of_the_command() {
    snapshot!("../snapshots/help/keyward.txt", "--help");
}

#[test]
fn help_of_the_scans() {
    snapshot!("../snapshots/help/scan.txt", "scan", "--help");
    snapshot!("../snapshots/help/scan-short.txt", "scan", "-h");
    snapshot!("../snapshots/help/dir.txt", "dir", "--help");
    snapshot!("../snapshots/help/git.txt", "git", "--help");
    snapshot!("../snapshots/help/changes.txt", "changes", "--help");
    snapshot!("../snapshots/help/stdin.txt", "stdin", "--help");
}

#[test]
fn help_of_the_rules() {
    snapshot!("../snapshots/help/rules.txt", "rules", "--help");
    snapshot!(
        "../snapshots/help/rules-list.txt",
        "rules",
        "list",
        "--help"
    );
    snapshot!(
        "../snapshots/help/rules-show.txt",
        "rules",
        "show",
        "--help"
    );
    snapshot!(
        "../snapshots/help/rules-check.txt",
        "rules",
        "check",
        "--help"
    );
    snapshot!("../snapshots/help/explain.txt", "explain", "--help");
}

#[test]
fn help_of_the_hooks() {
    snapshot!("../snapshots/help/hook.txt", "hook", "--help");
    snapshot!(
        "../snapshots/help/hook-install.txt",
        "hook",
        "install",
        "--help"
    );
    snapshot!(
        "../snapshots/help/hook-uninstall.txt",
        "hook",
        "uninstall",
        "--help"
    );
    snapshot!(
        "../snapshots/help/hook-status.txt",
        "hook",
        "status",
        "--help"
    );
    snapshot!("../snapshots/help/hook-run.txt", "hook", "run", "--help");
}

#[test]
fn help_of_the_rest() {
    snapshot!("../snapshots/help/completions.txt", "completions", "--help");
    snapshot!("../snapshots/help/man.txt", "man", "--help");
}

/// A new subcommand needs a snapshot, and a removed one leaves none behind.
#[test]
fn every_subcommand_has_a_snapshot() {
    let mut expected = vec!["keyward".to_owned(), "scan-short".to_owned()];
    for name in subcommands(&[]) {
        for below in subcommands(&[&name]) {
            expected.push(format!("{name}-{below}"));
        }
        expected.push(name);
    }
    expected.sort();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/help");
    let mut present: Vec<String> = std::fs::read_dir(folder)
        .expect("snapshots")
        .map(|entry| entry.expect("entry").path())
        .map(|path| {
            path.file_stem()
                .expect("name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    present.sort();
    assert_eq!(present, expected);
}

#[test]
fn help_has_no_line_wider_than_the_terminal() {
    for width in [60, 100] {
        let columns = width.to_string();
        let run =
            Scratch::folder().keyward_with(&["scan", "--help"], b"", &[("COLUMNS", &columns)]);
        let text = run.expect(0).text();
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_missing_command_is_a_usage_error() {
    let run = run(&[]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.is_empty(), "{run:?}");
    assert!(run.stderr.contains("Usage: keyward"), "{run:?}");
}

#[test]
fn misspelt_subcommands_are_corrected() {
    for (arguments, right) in [
        (&["scna"][..], "'scan'"),
        (&["explian", "x"], "'explain'"),
        (&["rules", "lst"], "'list'"),
        (&["hook", "instal"], "'install'"),
    ] {
        let run = run(arguments).expect(2);
        assert!(run.stdout.is_empty(), "{arguments:?}: {run:?}");
        assert!(
            run.stderr.contains("similar subcommand"),
            "{arguments:?}: {run:?}"
        );
        assert!(run.stderr.contains(right), "{arguments:?}: {run:?}");
    }
}

#[test]
fn misspelt_flags_and_values_are_corrected() {
    for (arguments, right) in [
        (&["scan", "--fromat", "json"][..], "'--format'"),
        (&["scan", "--no-ignroe"], "'--no-ignore'"),
        (&["git", "--stagd"], "'--staged'"),
        (&["rules", "list", "--no-confg"], "'--no-config'"),
        (&["scan", "-f", "jsn"], "'json'"),
        (&["hook", "run", "pre-comit"], "'pre-commit'"),
    ] {
        let run = run(arguments).expect(2);
        assert!(run.stdout.is_empty(), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("similar"), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(right), "{arguments:?}: {run:?}");
    }
}

#[test]
fn completions_know_the_subcommands() {
    let mut scripts = Vec::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]).expect(0).text();
        for word in subcommands(&[])
            .iter()
            .map(String::as_str)
            .chain(["uninstall", "no-ignore"])
        {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(
            !scripts.contains(&script),
            "{shell}: the script of another shell"
        );
        scripts.push(script);
    }
}

#[test]
fn the_manual_names_every_subcommand() {
    let page = run(&["man"]).expect(0).text().replace("\\-", "-");
    let names = subcommands(&[]);
    assert!(names.len() >= 9, "{names:?}");
    let titles: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with(".TH "))
        .collect();
    assert_eq!(titles.len(), 1 + names.len(), "{titles:?}");
    for name in &names {
        assert!(page.contains(&format!("keyward-{name}(1)")), "{name}");
        assert!(
            titles
                .iter()
                .any(|title| title.contains(&format!("keyward-{name} "))),
            "{name}: {titles:?}"
        );
        for below in subcommands(&[name]) {
            assert!(
                page.contains(&format!("{name}-{below}(1)")),
                "{name} {below}"
            );
        }
    }
}

#[test]
fn version() {
    for flag in ["--version", "-V"] {
        assert_eq!(
            run(&[flag]).expect(0).text(),
            concat!("keyward ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}
