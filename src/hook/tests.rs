//! The hook with a real git: every test makes a repository in a temporary folder, and a script stands in for the
//! binary, telling that it ran and ending as it is told.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod places;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::*;

/// A repository with a stand-in for the binary beside it.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::create_dir(fixture.top()).unwrap();
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        // A repository's template may bring sample hooks; the tests want to see every file there is.
        let _ = fs::remove_dir_all(fixture.top().join(".git/hooks"));
        fixture.binary_exits(0);
        fixture
    }

    fn base(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn top(&self) -> PathBuf {
        self.base().join("it's a repo")
    }

    fn hook(&self) -> PathBuf {
        self.top().join(".git/hooks/pre-commit")
    }

    fn earlier(&self) -> PathBuf {
        self.top().join(".git/hooks/pre-commit.before-keyward")
    }

    fn binary(&self) -> PathBuf {
        self.base().join("stand in").join("keyward")
    }

    fn binary_exits(&self, code: u8) {
        let script = format!("#!/bin/sh\necho \"scanned: $*\" >&2\nexit {code}\n");
        write(&self.binary(), script.as_bytes(), 0o755);
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") || name == "SKIP" {
                command.env_remove(name);
            }
        }
        command
            .current_dir(folder)
            .env("HOME", self.base())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    fn git(&self, arguments: &[&str]) -> Output {
        let output = settled(&mut self.git_in(&self.top(), arguments));
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            text(&output)
        );
        output
    }

    fn git_in(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.command("git", folder);
        command
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments);
        command
    }

    fn commit(&self) -> Command {
        self.git_in(
            &self.top(),
            &["commit", "--quiet", "--allow-empty", "-m", "x"],
        )
    }

    fn repository(&self) -> Repository {
        Repository::discover(&self.top()).expect("a repository")
    }

    fn install(&self) -> Installed {
        install(&self.repository(), &self.binary()).expect("installed")
    }

    fn state(&self) -> State {
        status(&self.repository(), None).expect("a status").state
    }
}

fn write(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// Runs a command to its end. A program that was just written may be held open by a child that another test's thread is
/// about to start: then it is busy for a moment.
fn settled(command: &mut Command) -> Output {
    for _ in 0..100 {
        match command.output() {
            Ok(output) if !text(&output).contains("Text file busy") => return output,
            Err(error) if error.kind() != std::io::ErrorKind::ExecutableFileBusy => {
                panic!("{command:?}: {error}")
            }
            _ => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
    panic!("{command:?}: busy for two seconds")
}

fn run(command: &mut Command) -> (bool, String) {
    let output = settled(command);
    (output.status.success(), text(&output))
}

#[test]
fn an_installed_hook_runs_the_binary_and_its_exit_code_decides() {
    let fixture = Fixture::new();
    let installed = fixture.install();
    assert_eq!(installed.before, Before::Nothing);
    assert_eq!(installed.hook, fixture.hook());
    assert_eq!(installed.notes, []);
    assert_eq!(mode(&fixture.hook()), 0o755);
    let entries = fs::read_dir(fixture.top().join(".git/hooks"))
        .unwrap()
        .count();
    assert_eq!(entries, 1, "nothing but the hook is left in the folder");

    let (passed, output) = run(&mut fixture.commit());
    assert!(passed, "{output}");
    assert!(output.contains("scanned: hook run pre-commit"), "{output}");

    fixture.binary_exits(1);
    let (passed, output) = run(&mut fixture.commit());
    assert!(!passed, "{output}");
}

#[test]
fn the_earlier_hook_runs_first_with_its_arguments_and_environment() {
    let fixture = Fixture::new();
    write(
        &fixture.hook(),
        b"#!/bin/sh\necho \"earlier: $# $1 $MARK ${GIT_INDEX_FILE:+index}\" >&2\n",
        0o755,
    );
    let installed = fixture.install();
    assert_eq!(installed.before, Before::Another);
    let earlier = installed.earlier.unwrap();
    assert_eq!(
        (earlier.path, earlier.executable),
        (fixture.earlier(), true)
    );

    let (passed, output) = run(fixture.commit().env("MARK", "kept"));
    assert!(passed, "{output}");
    let first = output.find("earlier: 0  kept index").expect(&output);
    assert!(first < output.find("scanned:").expect(&output));

    let mut direct = fixture.command("./.git/hooks/pre-commit", &fixture.top());
    let (_, output) = run(direct.arg("one"));
    assert!(output.contains("earlier: 1 one"), "{output}");
    // From its own folder, where no slash is in its name.
    let mut direct = fixture.command("sh", &fixture.top().join(".git/hooks"));
    let (_, output) = run(direct.arg("pre-commit"));
    assert!(
        output.contains("earlier: 0") && output.contains("scanned:"),
        "{output}"
    );
}

#[test]
fn a_failing_earlier_hook_stops_the_commit_with_its_code() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\nexit 7\n", 0o755);
    fixture.install();
    let (passed, output) = run(&mut fixture.commit());
    assert!(!passed && !output.contains("scanned:"), "{output}");
    let direct = settled(&mut fixture.command("./.git/hooks/pre-commit", &fixture.top()));
    assert_eq!(direct.status.code(), Some(7));
}

#[test]
fn installing_twice_changes_nothing_and_chains_nothing() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\necho earlier >&2\n", 0o755);
    fixture.install();
    let first = fs::read(fixture.hook()).unwrap();
    assert_eq!(fixture.install().before, Before::Same);
    assert_eq!(fs::read(fixture.hook()).unwrap(), first);
    let (_, output) = run(&mut fixture.commit());
    assert_eq!(output.matches("earlier").count(), 1, "{output}");
    assert_eq!(output.matches("scanned").count(), 1, "{output}");
}

#[test]
fn installing_again_refreshes_the_binary_and_the_mode() {
    let fixture = Fixture::new();
    install(&fixture.repository(), Path::new("/nowhere/keyward")).unwrap();
    assert_eq!(fixture.install().before, Before::Older);
    fs::set_permissions(fixture.hook(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(fixture.state(), State::NotExecutable);
    assert_eq!(fixture.install().before, Before::Older);
    assert_eq!(mode(&fixture.hook()), 0o755);
    assert!(!fixture.earlier().exists());
}

#[test]
fn uninstalling_restores_byte_for_byte_with_mode() {
    let fixture = Fixture::new();
    let content = b"#!/bin/sh\r\n# not \xff UTF-8\n";
    write(&fixture.hook(), content, 0o750);
    fixture.install();
    let uninstalled = uninstall(&fixture.repository()).unwrap();
    assert!(uninstalled.restored);
    assert_eq!(fs::read(fixture.hook()).unwrap(), content);
    assert_eq!(mode(&fixture.hook()), 0o750);
    assert!(!fixture.earlier().exists());
}

#[test]
fn uninstalling_leaves_nothing_where_nothing_was() {
    let fixture = Fixture::new();
    fixture.install();
    assert!(!uninstall(&fixture.repository()).unwrap().restored);
    assert_eq!(
        fs::read_dir(fixture.top().join(".git/hooks"))
            .unwrap()
            .count(),
        0
    );
    let again = uninstall(&fixture.repository()).unwrap_err();
    assert!(matches!(again, HookError::NotInstalled { .. }), "{again}");
}

#[test]
fn uninstalling_refuses_what_is_not_ours() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\nmake lint\n", 0o755);
    let error = uninstall(&fixture.repository()).unwrap_err();
    assert!(matches!(error, HookError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read(fixture.hook()).unwrap(), b"#!/bin/sh\nmake lint\n");
}

#[test]
fn a_hook_written_over_ours_is_told_and_kept() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\necho first\n", 0o755);
    fixture.install();
    write(&fixture.hook(), b"#!/bin/sh\necho second\n", 0o755);
    let replaced = State::Other {
        manager: None,
        replaced: true,
    };
    assert_eq!(fixture.state(), replaced);
    let error = uninstall(&fixture.repository()).unwrap_err();
    assert!(matches!(error, HookError::Changed { .. }), "{error}");
    let error = install(&fixture.repository(), &fixture.binary()).unwrap_err();
    assert!(matches!(error, HookError::TwoEarlier { .. }), "{error}");
    // A tool that only wrote its own hook again is no conflict.
    write(&fixture.hook(), b"#!/bin/sh\necho first\n", 0o755);
    assert_eq!(fixture.install().before, Before::Another);
    assert_eq!(
        fs::read(fixture.earlier()).unwrap(),
        b"#!/bin/sh\necho first\n"
    );
}

#[test]
fn an_edited_hook_whose_marker_is_gone_is_told() {
    let fixture = Fixture::new();
    fixture.install();
    let script = String::from_utf8(fs::read(fixture.hook()).unwrap()).unwrap();
    write(
        &fixture.hook(),
        script.replace("# keyward-hook 1\n", "").as_bytes(),
        0o755,
    );
    let error = uninstall(&fixture.repository()).unwrap_err();
    assert!(matches!(error, HookError::Changed { .. }), "{error}");
}

#[test]
fn an_edited_hook_whose_marker_remains_is_outdated() {
    let fixture = Fixture::new();
    fixture.install();
    let mut script = fs::read(fixture.hook()).unwrap();
    script.extend_from_slice(b"# more\n");
    fs::write(fixture.hook(), script).unwrap();
    let outdated = State::Installed {
        binary: Binary::Recorded(fixture.binary()),
        outdated: true,
    };
    assert_eq!(fixture.state(), outdated);
}

#[test]
fn an_earlier_hook_that_is_not_executable_is_kept_but_does_not_run() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\nexit 1\n", 0o644);
    let installed = fixture.install();
    assert!(!installed.earlier.unwrap().executable);
    assert_eq!(
        installed.notes,
        [Note::EarlierNotExecutable(fixture.earlier())]
    );
    let (passed, output) = run(&mut fixture.commit());
    assert!(passed && output.contains("scanned:"), "{output}");
    uninstall(&fixture.repository()).unwrap();
    assert_eq!(mode(&fixture.hook()), 0o644);
}

#[test]
fn links_stay_links() {
    let fixture = Fixture::new();
    let target = fixture.top().join("checks/lint");
    write(&target, b"#!/bin/sh\necho earlier >&2\n", 0o755);
    fs::create_dir_all(fixture.hook().parent().unwrap()).unwrap();
    symlink("../../checks/lint", fixture.hook()).unwrap();
    fixture.install();
    let (_, output) = run(&mut fixture.commit());
    assert!(
        output.contains("earlier") && output.contains("scanned"),
        "{output}"
    );
    uninstall(&fixture.repository()).unwrap();
    assert_eq!(
        fs::read_link(fixture.hook()).unwrap(),
        Path::new("../../checks/lint")
    );
    assert_eq!(fs::read(&target).unwrap(), b"#!/bin/sh\necho earlier >&2\n");

    // A link to nothing is kept too.
    fs::remove_file(&target).unwrap();
    fixture.install();
    let (passed, output) = run(&mut fixture.commit());
    assert!(passed, "{output}");
    uninstall(&fixture.repository()).unwrap();
    assert!(fixture.hook().is_symlink());
}

#[test]
fn a_folder_in_the_hooks_place_is_refused() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.hook()).unwrap();
    let error = install(&fixture.repository(), &fixture.binary()).unwrap_err();
    assert!(matches!(error, HookError::NotAFile { .. }), "{error}");
}

#[test]
fn other_tools_hooks_are_named_and_chained_unless_they_ask_their_name() {
    let fixture = Fixture::new();
    write(
        &fixture.hook(),
        b"#!/bin/sh\n# File generated by pre-commit: x\n",
        0o755,
    );
    let state = fixture.state();
    assert!(matches!(
        state,
        State::Other {
            manager: Some(Manager {
                name: "pre-commit",
                ..
            }),
            replaced: false
        }
    ));
    let installed = fixture.install();
    assert!(
        installed.notes[0]
            .to_string()
            .contains(".pre-commit-config.yaml")
    );
    uninstall(&fixture.repository()).unwrap();

    let husky = b"#!/usr/bin/env sh\n. \"${0%/*}/h\"";
    write(&fixture.hook(), husky, 0o755);
    let error = install(&fixture.repository(), &fixture.binary()).unwrap_err();
    assert!(error.to_string().contains(".husky/pre-commit"), "{error}");
    assert_eq!(fs::read(fixture.hook()).unwrap(), husky);

    write(
        &fixture.hook(),
        b"#!/bin/sh\nexec \"checks/$(basename \"$0\")\"\n",
        0o755,
    );
    let notes = fixture.install().notes;
    assert_eq!(notes, [Note::EarlierAsksItsName(fixture.earlier())]);
}

#[test]
fn skip_leaves_out_the_scan_and_nothing_else() {
    let fixture = Fixture::new();
    write(&fixture.hook(), b"#!/bin/sh\necho earlier >&2\n", 0o755);
    fixture.install();
    fixture.binary_exits(1);
    for skip in ["keyward", "lint,keyward", "lint, keyward ,x"] {
        let (passed, output) = run(fixture.commit().env("SKIP", skip));
        assert!(passed, "{skip}: {output}");
        assert!(
            output.contains("keyward: skipped") && output.contains("earlier"),
            "{output}"
        );
    }
    for skip in ["", "keyward-push", "lint", "*", "lint keyward"] {
        let (passed, output) = run(fixture.commit().env("SKIP", skip));
        assert!(!passed && output.contains("scanned"), "{skip}: {output}");
    }
}

#[test]
fn a_binary_that_moved_is_found_on_path_and_a_missing_one_stops_the_commit() {
    let fixture = Fixture::new();
    install(&fixture.repository(), &fixture.base().join("gone/keyward")).unwrap();
    let direct = || fixture.command("./.git/hooks/pre-commit", &fixture.top());
    let output = settled(direct().env("PATH", "/usr/bin:/bin"));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("SKIP=keyward"), "{}", text(&output));
    let missing = State::Installed {
        binary: Binary::Missing,
        outdated: false,
    };
    assert_eq!(fixture.state(), missing);

    let search = format!(
        "/usr/bin:/bin:{}",
        fixture.binary().parent().unwrap().display()
    );
    let (passed, output) = run(direct().env("PATH", &search));
    assert!(passed && output.contains("scanned:"), "{output}");
    let found = status(&fixture.repository(), Some(search.as_ref()))
        .unwrap()
        .state;
    let on_path = State::Installed {
        binary: Binary::OnPath(fixture.binary()),
        outdated: false,
    };
    assert_eq!(found, on_path);
}

#[test]
fn the_script_copied_by_hand_works_and_is_ours() {
    let fixture = Fixture::new();
    write(
        &fixture.hook(),
        include_bytes!("../../hooks/pre-commit"),
        0o755,
    );
    // Even under the name that it would chain to.
    write(
        &fixture.earlier(),
        include_bytes!("../../hooks/pre-commit"),
        0o755,
    );
    let search = format!(
        "{}:/usr/bin:/bin",
        fixture.binary().parent().unwrap().display()
    );
    let mut direct = fixture.command("./.git/hooks/pre-commit", &fixture.top());
    let (passed, output) = run(direct.env("PATH", &search));
    assert!(passed && output.contains("scanned:"), "{output}");
    let found = status(&fixture.repository(), Some(search.as_ref()))
        .unwrap()
        .state;
    let on_path = State::Installed {
        binary: Binary::OnPath(fixture.binary()),
        outdated: false,
    };
    assert_eq!(found, on_path);
}
