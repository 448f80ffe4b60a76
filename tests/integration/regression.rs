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
