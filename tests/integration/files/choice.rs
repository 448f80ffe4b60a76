//! What globs, sizes and the configuration choose.

use super::*;

#[test]
fn globs_select_and_drop() {
    let scratch = Scratch::repository();
    plant(
        &scratch,
        &["a.rs", "b.txt", "src/c.rs", "src/d.txt", "src/gen/e.rs"],
    );
    let cases: [(&[&str], &[&str]); 6] = [
        (&["*.rs"], &["a.rs", "src/c.rs", "src/gen/e.rs"]),
        (&["!*.rs"], &["b.txt", "src/d.txt"]),
        (&["/*.rs"], &["a.rs"]),
        (&["src/**"], &["src/c.rs", "src/d.txt", "src/gen/e.rs"]),
        (&["*.rs", "!src/gen/**"], &["a.rs", "src/c.rs"]),
        (
            &["*.rs", "*.txt"],
            &["a.rs", "b.txt", "src/c.rs", "src/d.txt", "src/gen/e.rs"],
        ),
    ];
    for committed in [false, true] {
        if committed {
            scratch.commit("all");
        }
        for (globs, paths) in cases {
            let arguments: Vec<&str> = globs.iter().flat_map(|glob| ["-g", glob]).collect();
            let run = scan(&scratch, &arguments).expect(1);
            assert_eq!(
                run.places(),
                found_in(paths),
                "{globs:?}, committed: {committed}"
            );
        }
    }
    assert!(skipped(&scan(&scratch, &["-g", "*.rs"]), "excluded") >= 2);
}

#[test]
fn a_glob_that_drops_a_folder_drops_what_is_in_it() {
    let scratch = Scratch::repository();
    plant(&scratch, &["a", "src/gen/deep/b", "src/c"]);
    for glob in ["!gen", "!gen/", "!src/gen"] {
        assert_eq!(
            scan(&scratch, &["-g", glob]).expect(1).places(),
            found_in(&["a", "src/c"]),
            "{glob}"
        );
    }
    scratch.commit("all");
    for glob in ["!gen", "!gen/", "!src/gen"] {
        let run = scan(&scratch, &["-g", glob]).expect(1);
        assert_eq!(run.places(), found_in(&["a", "src/c"]), "{glob}");
    }
}

#[test]
fn a_bad_glob_is_an_error() {
    let run = Scratch::folder().keyward(&["scan", "-g", "a[b"]).expect(2);
    assert!(run.stderr.contains("a[b"), "{run:?}");
}

#[test]
fn max_size() {
    let scratch = Scratch::repository();
    let token = token(1);
    scratch.write("at", format!("{token}{}", " ".repeat(1000 - token.len())));
    scratch.write(
        "above",
        format!("{token}{}", " ".repeat(1001 - token.len())),
    );
    let run = scan(&scratch, &["--max-size", "1K"]).expect(1);
    assert_eq!(run.places(), found_in(&["at"]));
    assert_eq!(skipped(&run, "too-large"), 1);
    assert_eq!(scan(&scratch, &[]).places(), found_in(&["above", "at"]));
    scratch.write(".keyward.toml", "[scan]\nmax-size = \"1000\"\n");
    assert_eq!(scan(&scratch, &[]).places(), found_in(&["at"]));
    // The flag wins.
    assert_eq!(
        scan(&scratch, &["--max-size", "1001"]).places(),
        found_in(&["above", "at"])
    );
    scratch.keyward(&["scan", "--max-size", "many"]).expect(2);
}

#[test]
fn excluded_by_the_configuration() {
    let scratch = Scratch::repository();
    scratch.write(
        ".keyward.toml",
        "[scan]\nexclude = [\"/vendor/\", \"*.gen\"]\n",
    );
    plant(&scratch, &["vendor/x", "a/vendor/x", "a/b.gen", "plain"]);
    for committed in [false, true] {
        if committed {
            scratch.commit("all");
        }
        let run = scan(&scratch, &[]).expect(1);
        assert_eq!(
            run.places(),
            found_in(&["a/vendor/x", "plain"]),
            "committed: {committed}"
        );
        assert_eq!(skipped(&run, "excluded"), 2);
    }
    let all = ["a/b.gen", "a/vendor/x", "plain", "vendor/x"];
    assert_eq!(
        scan(&scratch, &["--no-config"]).expect(1).places(),
        found_in(&all)
    );
    // What is named is scanned.
    assert_eq!(
        scan(&scratch, &["a/b.gen"]).expect(1).places(),
        found_in(&["a/b.gen"])
    );
    assert_eq!(
        scan(&scratch, &["vendor"]).expect(1).places(),
        found_in(&["vendor/x"])
    );
}
