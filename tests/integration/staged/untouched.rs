//! A scan of the index changes nothing in the repository and runs nothing that it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::*;

/// Every file below a folder, with when it was changed and what it holds.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("folder").flatten() {
            let path = entry.path();
            let metadata = path.symlink_metadata().expect("metadata");
            let content = if metadata.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else {
                fs::read(&path).expect("content")
            };
            files.insert(path, (metadata.modified().expect("time"), content));
        }
    }
    files
}

#[test]
fn nothing_is_written_to_the_repository() {
    let scratch = with_history();
    scratch.write("new.txt", line(2));
    scratch.git(&["add", "-A"]);
    // The index's times no longer fit the files: git itself would now write the index anew.
    scratch.write(
        "old.txt",
        fs::read(scratch.path().join("old.txt")).expect("content"),
    );
    let before = snapshot(&scratch.path());
    assert!(before.len() > 20);
    finds(&scratch, &["new.txt:1"]);
    scratch
        .keyward(&["git", "--staged", "-v", "--stats"])
        .expect(1);
    scratch.keyward(&["hook", "run", "pre-commit"]).expect(1);
    scratch.keyward(&["scan"]).expect(1);
    let after = snapshot(&scratch.path());
    for (path, state) in &before {
        assert_eq!(after.get(path), Some(state), "{} changed", path.display());
    }
    assert_eq!(before.len(), after.len(), "something was added");
}

#[cfg(unix)]
#[test]
fn no_program_that_the_configuration_names_is_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = with_history();
    scratch.write(".gitattributes", "*.txt filter=x diff=x merge=x\n");
    scratch.write("new.txt", line(2));
    scratch.write("clean.txt", "changed\n");
    scratch.git(&["add", "-A"]);
    let marker = scratch.path().join("../marker");
    let script = scratch.write(
        "../hooks/evil",
        format!("#!/bin/sh\ntouch '{}'\n", marker.display()),
    );
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("permissions");
    for hook in [
        "pre-commit",
        "post-index-change",
        "post-checkout",
        "reference-transaction",
    ] {
        fs::copy(&script, scratch.path().join("../hooks").join(hook)).expect("copy");
    }
    let program = script.to_str().expect("UTF-8");
    let hooks = script.parent().and_then(Path::to_str).expect("UTF-8");
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.gitProxy",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "merge.x.driver",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "credential.helper",
        "gpg.program",
    ] {
        scratch.git(&["config", key, program]);
    }
    scratch.git(&["config", "core.hooksPath", hooks]);
    scratch.git(&["config", "filter.x.required", "true"]);
    let _ = fs::remove_file(&marker);
    finds(&scratch, &["new.txt:1"]);
    scratch.keyward(&["git", "--staged"]).expect(1);
    scratch.keyward(&["hook", "run", "pre-commit"]).expect(1);
    scratch.keyward(&["scan", "-q"]).expect(1);
    scratch.keyward(&["hook", "status"]);
    assert!(!marker.exists(), "a program was run");
    // It is there to be run: git does.
    try_git(&scratch, &["diff", "--cached"], &[]);
    assert!(marker.exists(), "the test's own program does not work");
}
