//! Where git looks for hooks: `core.hooksPath`, linked worktrees, bare repositories.

use super::*;

#[test]
fn hooks_path_relative_absolute_and_home() {
    let fixture = Fixture::new();
    let elsewhere = fixture.base().join("shared hooks");
    let absolute = elsewhere.to_str().unwrap().to_owned();
    for (value, folder) in [
        (".githooks", fixture.top().join(".githooks")),
        (absolute.as_str(), elsewhere.clone()),
    ] {
        fixture.git(&["config", "core.hooksPath", value]);
        // From a folder below: what is relative is relative to the top.
        let below = fixture.top().join("below");
        fs::create_dir_all(&below).unwrap();
        let repository = Repository::discover(&below).unwrap();
        let installed = install(&repository, &fixture.binary()).unwrap();
        assert_eq!(installed.hook, folder.join("pre-commit"));
        let (_, output) = run(fixture.commit().current_dir(&below));
        assert!(output.contains("scanned"), "{value}: {output}");
        let note = if value == ".githooks" {
            Note::FolderInWorktree(folder.clone())
        } else {
            Note::SharedFolder(folder.clone())
        };
        assert_eq!(installed.notes, [note]);
        uninstall(&repository).unwrap();
    }
    // The folder of whoever runs the tests is only named, never touched.
    fixture.git(&["config", "core.hooksPath", "~/some/hooks"]);
    if let Some(home) = std::env::home_dir() {
        assert_eq!(
            fixture.repository().hooks().unwrap(),
            home.join("some/hooks")
        );
    }
    fixture.git(&["config", "core.hooksPath", "~no-such-user-here/hooks"]);
    let error = fixture.repository().hooks().unwrap_err();
    assert!(error.to_string().contains("core.hooksPath"), "{error}");
}

#[test]
fn a_hook_where_git_does_not_look_is_told() {
    let fixture = Fixture::new();
    fixture.install();
    fixture.git(&["config", "core.hooksPath", "/dev/null"]);
    let elsewhere = State::Elsewhere {
        installed: fixture.hook(),
    };
    assert_eq!(fixture.state(), elsewhere);
    let error = install(&fixture.repository(), &fixture.binary()).unwrap_err();
    assert!(matches!(error, HookError::NotAFolder { .. }), "{error}");
}

#[test]
fn linked_worktrees_share_the_hook() {
    let fixture = Fixture::new();
    fixture.git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
    fixture.git(&["worktree", "add", "--quiet", "../linked"]);
    let linked = fixture.base().join("linked");
    let repository = Repository::discover(&linked).unwrap();
    let installed = install(&repository, &fixture.binary()).unwrap();
    assert_eq!(installed.hook, fixture.hook());
    assert_eq!(installed.notes, []);
    let mut commit = fixture.git_in(&linked, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    assert!(run(&mut commit).1.contains("scanned"));
    assert!(run(&mut fixture.commit()).1.contains("scanned"));

    // A relative path is relative to each worktree's own top.
    fixture.git(&["config", "core.hooksPath", "hooks"]);
    let repository = Repository::discover(&linked).unwrap();
    assert_eq!(repository.hooks().unwrap(), linked.join("hooks"));
}

#[test]
fn a_bare_repository_is_refused() {
    let fixture = Fixture::new();
    fixture.git(&["init", "--quiet", "--bare", "../bare.git"]);
    let repository = Repository::discover(&fixture.base().join("bare.git")).unwrap();
    let error = install(&repository, &fixture.binary()).unwrap_err();
    assert!(matches!(error, HookError::Bare { .. }), "{error}");
}
