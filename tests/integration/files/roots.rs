//! Where scans start, what paths are relative to, and reports that depend on nothing else.

use super::*;

#[test]
fn paths_of_a_subfolder() {
    let scratch = Scratch::repository();
    plant(&scratch, &["top", "a/b/deep", "a/near"]);

    let run = scan_from(&scratch, "a", &["-f", "json"]).expect(1);
    assert_eq!(run.places(), found_in(&["a/b/deep", "a/near"]));
    let root = scratch.path().canonicalize().expect("path");
    assert_eq!(run.json()["scan"]["root"], root.to_string_lossy().as_ref());

    let human = scan_from(&scratch, "a", &[]).expect(1).text();
    assert!(human.contains("--> b/deep:1:1\n"), "{human}");
    assert!(human.contains("--> near:1:1\n"), "{human}");

    let human = scan_from(&scratch, "a/b", &["../.."]).expect(1).text();
    for shown in [
        "--> deep:1:1\n",
        "--> ../../a/near:1:1\n",
        "--> ../../top:1:1\n",
    ] {
        assert!(human.contains(shown), "{shown}{human}");
    }
}

#[test]
fn a_path_outside_of_the_current_folder() {
    let scratch = Scratch::repository();
    let other = Scratch::folder();
    plant(&scratch, &["not-asked-for"]);
    let file = other.write("a/x", token(1));
    let folder = other.path().canonicalize().expect("path");
    let shown = folder.to_string_lossy().into_owned();

    let run = scan(&scratch, &[&shown]).expect(1);
    assert_eq!(run.places(), found_in(&["a/x"]));
    assert_eq!(run.json()["scan"]["root"], shown);
    assert_eq!(run.json()["scan"]["source"], "files");
    let human = scratch.keyward(&["scan", &shown]).expect(1).text();
    assert!(human.contains(&format!("--> {shown}/a/x:1:1\n")), "{human}");

    let human = scratch
        .keyward(&[Path::new("scan"), &file])
        .expect(1)
        .text();
    assert!(human.contains(&format!("--> {shown}/a/x:1:1\n")), "{human}");
}

#[test]
fn several_paths() {
    let scratch = Scratch::repository();
    plant(&scratch, &["a/x", "b/x", "c", "not-asked-for"]);
    assert_eq!(
        scan(&scratch, &["a", "c"]).expect(1).places(),
        found_in(&["a/x", "c"])
    );
    // What is named twice, or with a folder that it is in, is read once.
    let run = scan(&scratch, &["b/x", "b", "./b", "c", "c"]).expect(1);
    assert_eq!(run.places(), found_in(&["b/x", "c"]));
    assert_eq!(run.json()["coverage"]["blobs"], 2);
}

#[test]
fn several_repositories_at_once() {
    let scratch = Scratch::folder();
    for name in ["one", "two"] {
        scratch.git(&["init", "-q", name]);
        scratch.write(format!("{name}/.gitignore"), "*.log\n");
        plant(
            &scratch,
            &[
                &format!("{name}/tracked.log"),
                &format!("{name}/untracked.log"),
            ],
        );
        scratch.git(&["-C", name, "add", "-f", "tracked.log"]);
    }
    let run = scan(&scratch, &["one", "two"]).expect(1);
    assert_eq!(
        run.places(),
        found_in(&["one/tracked.log", "two/tracked.log"])
    );
    assert_eq!(skipped(&run, "ignored"), 2);
}

#[test]
fn a_missing_path_is_an_error() {
    let scratch = Scratch::repository();
    plant(&scratch, &["a"]);
    for arguments in [
        &["scan", "missing"][..],
        &["scan", "a", "missing"],
        &["dir", "missing"],
        &["scan", "a/missing"],
    ] {
        let run = scratch.keyward(arguments).expect(2);
        assert!(run.stdout.is_empty(), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("missing: "), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("help: "), "{arguments:?}: {run:?}");
    }
}

#[test]
fn the_number_of_threads_never_shows() {
    let scratch = Scratch::repository();
    for index in 0..120_u64 {
        let path = format!("d{}/e{}/f{index}", index % 7, index % 3);
        // Some secrets stand in several files, and some files hold several.
        scratch.write(
            path,
            format!("{}\nx\n{}\n", token(index % 40), token(1000 + index)),
        );
    }
    scratch.write(".gitignore", "d3/\n");
    scratch.git(&["add", "-f", "d3/e0/f3", "d1"]);
    let outputs: Vec<serde_json::Value> = ["-j1", "-j4", "-j4", "-j16"]
        .iter()
        .map(|threads| {
            let mut json = scan(&scratch, &[threads]).expect(1).json();
            for time in ["started", "ended"] {
                assert!(json["scan"][time].as_str().expect("time").ends_with('Z'));
                json["scan"][time] = serde_json::Value::Null;
            }
            json
        })
        .collect();
    assert!(outputs[0]["findings"].as_array().expect("findings").len() > 100);
    for other in &outputs[1..] {
        // As text: the order counts too.
        assert_eq!(other.to_string(), outputs[0].to_string());
    }
}

#[test]
fn one_secret_in_three_files_is_one_finding() {
    let scratch = Scratch::folder();
    for path in ["c", "a", "b"] {
        scratch.write(path, format!("\nkey = {}\n", token(1)));
    }
    let json = scan(&scratch, &[]).expect(1).json();
    assert_eq!(json["summary"]["findings"], 1);
    assert_eq!(json["findings"].as_array().expect("findings").len(), 1);
    let locations = json["findings"][0]["locations"]
        .as_array()
        .expect("locations");
    let paths: Vec<&str> = locations
        .iter()
        .filter_map(|location| location["path"].as_str())
        .collect();
    assert_eq!(paths, ["a", "b", "c"]);
    let human = scratch.keyward(&["scan"]).expect(1).text();
    assert!(human.contains("--> a:2:7\n"), "{human}");
    assert!(human.contains("also at: b:2:7\n"), "{human}");
    assert!(human.lines().any(|line| line.trim() == "c:2:7"), "{human}");
}
