//! One test per defect, named after what broke. See the index in `main.rs`.

use crate::support::{Scratch, TOKEN_RULE, token};

/// A corrupt index once ended a scan of files before it began; now the files are scanned and the scan is incomplete.
#[test]
fn a_corrupt_index_does_not_hide_the_files() {
    let scratch = Scratch::repository();
    scratch.write("config.toml", format!("key = \"{}\"\n", token(1)));
    scratch.commit("one");
    scratch.write(".git/index", b"DIRC\0\0\0\x02\0\0\0\x01 not an index");
    let run = scratch.keyward(&["scan", "-f", "json"]).expect(2);
    assert_eq!(run.places(), [format!("{TOKEN_RULE} config.toml:1")]);
    let incomplete = run.json()["coverage"]["incomplete"].clone();
    assert_eq!(
        incomplete.as_array().expect("list").len(),
        1,
        "said once: {incomplete}"
    );
    assert_eq!(incomplete[0]["subject"], ".git/index");
}

/// `-g '!folder'` dropped untracked files and kept tracked ones, in the working tree and in the index.
#[test]
fn a_dropped_folder_drops_tracked_files_too() {
    let scratch = Scratch::repository();
    scratch.write("src/gen/deep/b", token(1));
    scratch.git(&["add", "-A"]);
    for glob in ["!gen", "!gen/", "!src/gen/**"] {
        scratch.keyward(&["scan", "-g", glob]).expect(0);
        scratch.keyward(&["git", "--staged", "-g", glob]).expect(0);
    }
    scratch.keyward(&["scan", "-g", "!other"]).expect(1);
    scratch
        .keyward(&["git", "--staged", "-g", "!other"])
        .expect(1);
}

/// A tracked file was read through a link that had taken its folder's place, outside of the repository.
#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_tracked_folder_is_not_followed() {
    let scratch = Scratch::repository();
    scratch.write("folder/x", "nothing\n");
    scratch.commit("one");
    let outside = Scratch::folder();
    outside.write("x", token(1));
    std::fs::remove_dir_all(scratch.path().join("folder")).expect("removed");
    std::os::unix::fs::symlink(outside.path(), scratch.path().join("folder")).expect("link");
    scratch.keyward(&["scan"]).expect(0);
    scratch.keyward(&["scan", "-L"]).expect(1);
}

/// An excluded folder that was named on the command line looked clean without being read.
#[test]
fn an_excluded_folder_that_is_named_is_read() {
    let scratch = Scratch::repository();
    scratch.write(".keyward.toml", "[scan]\nexclude = [\"/vendor/\"]\n");
    scratch.write("vendor/deep/x", token(1));
    scratch.keyward(&["scan"]).expect(0);
    for named in ["vendor", "vendor/deep", "vendor/deep/x"] {
        scratch.keyward(&["scan", named]).expect(1);
    }
}

/// An excluded folder was counted once for itself and again for every tracked file in it.
#[test]
fn an_excluded_folder_counts_once() {
    let scratch = Scratch::repository();
    scratch.write(
        ".keyward.toml",
        "[scan]\nexclude = [\"vendor/\", \"*.min.js\"]\n",
    );
    scratch.write("vendor/a", "nothing\n");
    scratch.write("vendor/deep/b", "nothing\n");
    scratch.write("app.min.js", "nothing\n");
    scratch.commit("one");
    let json = scratch.keyward(&["scan", "-f", "json"]).expect(0).json();
    assert_eq!(json["coverage"]["skipped"]["excluded"], 2);
}

/// `prefix-{name}` in a format string was taken for a password.
#[test]
fn a_format_field_is_no_secret() {
    let scratch = Scratch::folder();
    scratch.write("a.py", "password = f\"Xk92-{user_name}-Zq81\"\n");
    scratch.keyward(&["scan"]).expect(0);
}

/// The name of a temporary file stood in the error about a report that could not be written.
#[test]
fn an_unwritable_report_is_named_as_the_user_named_it() {
    let scratch = Scratch::folder();
    let run = scratch
        .keyward(&["scan", "-o", "missing/report.json"])
        .expect(2);
    assert!(
        run.stderr
            .contains("missing/report.json: cannot write the report"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(".keyward-"), "{}", run.stderr);
}
