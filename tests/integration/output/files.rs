//! Reports in files: whole or not at all.

use super::*;

#[test]
fn a_report_in_a_file_leaves_standard_output_empty() {
    let scratch = leaky();
    let run = scratch
        .keyward(&["scan", "-f", "json", "-o", "../report.json"])
        .expect(1);
    assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
    let written = json_file(&scratch.path().join("../report.json"));
    assert_eq!(written["findings"][0]["rule"], TOKEN_RULE);
    assert_eq!(names(&scratch.path()), ["a.txt"]);
    // `-` is standard output.
    assert_eq!(
        scratch
            .keyward(&["scan", "-f", "json", "-o", "-"])
            .expect(1)
            .json()["findings"][0]["rule"],
        TOKEN_RULE
    );
}

#[test]
fn several_reports_come_from_one_run() {
    let scratch = leaky();
    let run = scratch
        .keyward(&[
            "scan",
            "-o",
            "json=../r.json",
            "-o",
            "sarif=../r.sarif",
            "-o",
            "jsonl=../r=1.jsonl",
            "-o",
            "human=../r.txt",
        ])
        .expect(1);
    let file = |name: &str| fs::read_to_string(scratch.path().join("..").join(name)).expect("file");
    assert!(run.text().contains("1 secret found"), "{run:?}");
    assert_eq!(
        json_file(&scratch.path().join("../r.json"))["summary"]["findings"],
        1
    );
    assert_eq!(
        json_file(&scratch.path().join("../r.sarif"))["version"],
        "2.1.0"
    );
    assert_eq!(
        json_file(&scratch.path().join("../r.sarif"))["runs"][0]["results"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(file("r=1.jsonl").lines().count(), 2);
    assert!(file("r.txt").contains("1 secret found"));
    // With a plain FILE too, nothing is left for standard output.
    let run = scratch
        .keyward(&[
            "scan",
            "-f",
            "json",
            "-o",
            "../main.json",
            "-o",
            "human=../r.txt",
        ])
        .expect(1);
    assert!(run.stdout.is_empty(), "{run:?}");
    assert_eq!(
        json_file(&scratch.path().join("../main.json"))["summary"]["findings"],
        1
    );
}

#[test]
fn an_output_that_makes_no_sense_is_refused_before_the_scan() {
    let scratch = leaky();
    let refused = |arguments: &[&str], said: &[&str]| {
        let run = scratch.keyward(&[&["scan"], arguments].concat()).expect(2);
        assert!(run.stdout.is_empty(), "{run:?}");
        for text in said {
            assert!(run.stderr.contains(text), "{text}: {run:?}");
        }
        assert_eq!(
            names(&scratch.path()),
            ["a.txt"],
            "{arguments:?} wrote a file"
        );
    };
    refused(
        &["-o", "xml=r.xml"],
        &["unknown format `xml`", "human, json, jsonl, sarif"],
    );
    refused(
        &["-o", "json=r.json", "-o", "sarif=r.json"],
        &["two reports go to r.json"],
    );
    refused(
        &["-o", "r.json", "-o", "r.json"],
        &["two reports go to r.json"],
    );
    refused(
        &["-o", "json=-", "-o", "-"],
        &["two reports go to standard output"],
    );
    refused(&["-f", "xml"], &["xml", "sarif"]);
}

#[test]
fn the_same_file_by_another_name_is_refused_too() {
    let scratch = leaky();
    let run = scratch.keyward(&["scan", "-o", "json=../r.out", "-o", "sarif=.././r.out"]);
    assert!(run.expect(2).stderr.contains("two reports go to"));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let scratch = leaky();
    let run = scratch.keyward(&["scan", "-o", "/nonexistent/x"]).expect(2);
    assert!(
        run.stderr
            .starts_with("error: /nonexistent/x: cannot write the report: "),
        "{run:?}"
    );
    assert!(run.stderr.contains("help: "), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 2, "{run:?}");
    assert!(!run.stderr.contains(".keyward-"), "{run:?}");
    scratch.write("folder/x", "");
    let run = scratch.keyward(&["scan", "-o", "folder"]).expect(2);
    assert!(
        run.stderr
            .starts_with("error: folder: cannot write the report: "),
        "{run:?}"
    );
    assert_eq!(names(&scratch.path()), ["a.txt", "folder"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_failed_write_leaves_the_old_report_and_nothing_else() {
    let scratch = leaky();
    let folder = scratch.path().join("../reports");
    fs::create_dir(&folder).expect("folder");
    let report = folder.join("r.json");
    fs::write(&report, "the old report").expect("write");
    // Files may not grow beyond one block of 512 bytes: the write fails midway.
    let mut command = scratch.command("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(binary())
        .args(["scan", "-f", "json", "-o"])
        .arg(&report);
    let run = scratch.run(&mut command, b"").expect(2);
    assert!(
        run.stderr.contains("r.json: cannot write the report: "),
        "{run:?}"
    );
    assert_eq!(fs::read_to_string(&report).expect("file"), "the old report");
    assert_eq!(names(&folder), ["r.json"]);
    // Without the limit it is replaced.
    scratch
        .keyward(&["scan", "-f", "json", "-o", report.to_str().expect("UTF-8")])
        .expect(1);
    assert_eq!(json_file(&report)["summary"]["findings"], 1);
    assert_eq!(names(&folder), ["r.json"]);
}

#[cfg(unix)]
#[test]
fn a_report_written_through_a_link_replaces_its_target() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = leaky();
    let folder = scratch.path().join("../reports");
    fs::create_dir(&folder).expect("folder");
    fs::write(folder.join("target.json"), "old").expect("write");
    std::os::unix::fs::symlink("target.json", folder.join("link.json")).expect("link");
    scratch
        .keyward(&["scan", "-f", "json", "-o", "../reports/link.json"])
        .expect(1);
    assert!(folder.join("link.json").is_symlink());
    assert!(!folder.join("target.json").is_symlink());
    assert_eq!(
        json_file(&folder.join("target.json"))["summary"]["findings"],
        1
    );
    assert_eq!(names(&folder), ["link.json", "target.json"]);
    // Readable as any new file, and not only to its owner as a temporary one.
    scratch
        .keyward(&["scan", "-f", "json", "-o", "../reports/new.json"])
        .expect(1);
    fs::write(folder.join("plain"), "").expect("write");
    let mode = |name: &str| {
        fs::metadata(folder.join(name))
            .expect("metadata")
            .permissions()
            .mode()
    };
    assert_eq!(mode("new.json"), mode("plain"));
}

#[cfg(unix)]
#[test]
fn devices_are_written_to_and_not_replaced() {
    let scratch = leaky();
    let run = scratch
        .keyward(&["scan", "-f", "json", "-o", "/dev/stdout"])
        .expect(1);
    assert_eq!(run.json()["summary"]["findings"], 1);
    let run = scratch.keyward(&["scan", "-o", "/dev/null"]).expect(1);
    assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let scratch = Scratch::folder();
    // More than a pipe holds.
    let mut text = String::new();
    for number in 0..2_000 {
        let _ = writeln!(text, "key = {}", token(number));
    }
    scratch.write("many.txt", text);
    for arguments in [
        &["scan"][..],
        &["scan", "-f", "json"],
        &["scan", "-f", "jsonl"],
        &["scan", "-f", "sarif"],
        &["rules", "list", "--format", "json"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let mut child = scratch
            .command(binary())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.is_empty(), "{arguments:?}: {said}");
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{arguments:?}: {:?}",
            output.status
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let scratch = leaky();
    let full = fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let mut command = scratch.command(binary());
    let output = command
        .args(["scan"])
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("run");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("error: cannot write to standard output: "),
        "{said}"
    );
}
