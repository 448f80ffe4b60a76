//! What the trained judge says of itself.

use super::*;

/// A password of small letters and digits, made here.
fn password() -> String {
    crate::support::body(7, 12, b"bcdfghjkmnpqrstvwxz23456789")
}

#[test]
fn scores_are_explained() {
    let scratch = Scratch::folder();
    scratch.write("app.py", format!("db_password = '{}'\n", password()));
    let plain = scratch.keyward(&["dir", "."]).expect(1).text();
    assert!(plain.contains("[generic-password]"), "{plain}");
    assert!(plain.contains("% probability"), "{plain}");
    assert!(!plain.contains("= score:"), "{plain}");
    let explained = scratch
        .keyward(&["dir", ".", "--explain-score"])
        .expect(1)
        .text();
    assert!(explained.matches("= score:").count() >= 2, "{explained}");
    let json = scratch
        .keyward(&["dir", ".", "-f", "json"])
        .expect(1)
        .json();
    let score = &json["findings"][0]["score"];
    assert!(
        score["probability"].as_f64().is_some_and(|p| p > 0.5),
        "{score}"
    );
    assert!(score["reasons"][0]["feature"].is_string(), "{score}");
}

#[test]
fn confidence_moves_along_the_curve() {
    let scratch = Scratch::folder();
    scratch.write(
        "app.py",
        format!("db_password = '{}'\nset_password('tower7')\n", password()),
    );
    let count = |level: &str| {
        let json = scratch
            .keyward(&["dir", ".", "-f", "json", "--min-confidence", level])
            .json();
        json["findings"].as_array().map_or(0, Vec::len)
    };
    assert!(count("low") >= count("medium") && count("medium") >= count("high"));
    assert!(count("low") > 0);
}

#[test]
fn a_lock_file_is_no_place_for_passwords() {
    let scratch = Scratch::folder();
    let line = format!("token = \"{}\"\n", password());
    scratch.write("settings.toml", &line);
    scratch.write("poetry.lock", &line);
    let json = scratch
        .keyward(&["dir", ".", "-f", "json"])
        .expect(1)
        .json();
    let places = json["findings"][0]["locations"].as_array().expect("places");
    assert_eq!(places.len(), 1, "{json:#}");
    assert_eq!(places[0]["path"], "settings.toml");
}
