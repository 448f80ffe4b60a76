//! Jupyter notebooks: code and output as texts in JSON, images as base64.

use serde_json::{Value, json};

use crate::support::{Scratch, TOKEN_RULE, body, stripe, token};

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A notebook with one cell.
fn notebook(source: &[String], outputs: &Value) -> Value {
    json!({
        "cells": [{
            "cell_type": "code",
            "execution_count": 1,
            "id": "a1b2c3d4",
            "metadata": {},
            "outputs": outputs,
            "source": source,
        }],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

/// As Jupyter writes it.
fn pretty(notebook: &Value) -> String {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, format);
    serde::Serialize::serialize(notebook, &mut serializer).expect("JSON");
    text.push(b'\n');
    String::from_utf8(text).expect("text")
}

/// Line and column of every finding, with the text that stands there in the file.
fn found(notebook: &str) -> Vec<(String, String)> {
    let scratch = Scratch::folder();
    scratch.write("a.ipynb", notebook);
    let run = scratch.keyward(&["dir", "-f", "json", "--show-secrets"]);
    let json = run.json();
    let lines: Vec<&str> = notebook.split('\n').collect();
    let mut found = Vec::new();
    for finding in json["findings"].as_array().expect("findings") {
        for place in finding["locations"].as_array().expect("locations") {
            let number = |key: &str| {
                let number = place["start"][key].as_u64().expect("a number");
                usize::try_from(number).expect("small") - 1
            };
            let secret = finding["secret"].as_str().expect("a secret");
            let text: String = lines[number("line")]
                .chars()
                .skip(number("column"))
                .take(secret.chars().count())
                .collect();
            assert_eq!(text, secret, "the place is that of the secret in the file");
            found.push((finding["rule"].as_str().expect("rule").to_owned(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn code_in_cells_is_judged_as_code() {
    let word = |seed| {
        body(
            seed,
            14,
            b"abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789",
        )
    };
    let source = [
        format!("client = Client(token=\"{}\")\n", token(1)),
        format!("stripe.api_key = '{}'\n", stripe(2)),
        format!("db_password = \"{}\"\n", word(3)),
        format!("grüße = 1; os.environ['DB_PASSWORD'] = '{}'\n", word(4)),
        format!(
            "connect(user=\"joe\", password=\"{}\", port=5432)\n",
            word(5)
        ),
        format!("conn = \"postgres://joe:{}@db.internal.net/app\"", word(6)),
    ];
    let mut expected = vec![
        (TOKEN_RULE.to_owned(), token(1)),
        ("stripe-live-secret-key".to_owned(), stripe(2)),
        ("generic-password".to_owned(), word(3)),
        ("generic-password".to_owned(), word(4)),
        ("generic-password".to_owned(), word(5)),
        ("database-url-postgres".to_owned(), word(6)),
    ];
    expected.sort();
    let notebook = notebook(&source, &json!([]));
    assert_eq!(found(&pretty(&notebook)), expected);
    // Without line ends everything stands on one line.
    assert_eq!(found(&notebook.to_string()), expected);
}

#[test]
fn printed_output_is_scanned() {
    let outputs = json!([
        {"name": "stdout", "output_type": "stream", "text": ["connected\n", format!("token: {}\n", token(1))]},
        {"data": {"text/plain": [format!("'{}'", stripe(2))]}, "execution_count": 1, "metadata": {},
         "output_type": "execute_result"},
        {"ename": "E", "evalue": "x", "output_type": "error",
         "traceback": [format!("\u{1b}[0;31mE\u{1b}[0m: bad key \u{1b}[0;34m{}\u{1b}[0m", token(3))]},
    ]);
    let mut expected = [token(1), token(3)]
        .map(|token| (TOKEN_RULE.to_owned(), token))
        .to_vec();
    expected.push(("stripe-live-secret-key".to_owned(), stripe(2)));
    expected.sort();
    let text = pretty(&notebook(&["run()".to_owned()], &outputs));
    assert_eq!(found(&text), expected);
}

#[test]
fn images_raise_nothing() {
    let image = |seed| body(seed, 400_000, BASE64);
    let lines = image(9);
    let lines: Vec<&str> = lines
        .as_bytes()
        .chunks(76)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let wrapped = lines.join("\n");
    let outputs: Vec<Value> = (0..8)
        .map(|seed| json!({"data": {"image/png": image(seed), "text/plain": ["<Figure size 640x480>"]},
                           "metadata": {}, "output_type": "display_data"}))
        .chain([json!({"data": {"image/jpeg": wrapped}, "metadata": {}, "output_type": "display_data"}),
                json!({"data": {"text/html": [format!("<img src=\"data:image/png;base64,{}\">", image(10))]},
                       "metadata": {}, "output_type": "display_data"})])
        .collect();
    let mut notebook = notebook(&["token = plot(key)".to_owned()], &json!(outputs));
    notebook["cells"][0]["attachments"] = json!({"key.png": {"image/png": image(11)}});
    let scratch = Scratch::folder();
    scratch.write("a.ipynb", pretty(&notebook));
    scratch.write("b.ipynb", notebook.to_string());
    let run = scratch
        .keyward(&["dir", "-f", "json", "--min-confidence", "low"])
        .expect(0);
    assert_eq!(run.places(), [""; 0]);
}

#[test]
fn a_marker_in_a_cell_counts() {
    let source = [
        format!("key = \"{}\"  # keyward:allow -- made up\n", token(1)),
        format!("key = \"{}\"\n", token(2)),
    ];
    let text = pretty(&notebook(&source, &json!([])));
    let scratch = Scratch::folder();
    scratch.write("a.ipynb", text);
    let places = scratch.keyward(&["dir", "-f", "json"]).expect(1).places();
    assert_eq!(places.len(), 1);
}
