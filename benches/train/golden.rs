//! Candidates with the probabilities the model gives them, for the test that tables and code agree.

use keyward::detect::judge::model::{Model, per_mille};
use keyward::detect::judge::trained;
use keyward::rule::sample;

/// Lines as people write them, each with its anchor; values are generated.
const LINES: &[(&str, &str)] = &[
    ("password", "password = \"{alnum:12}\""),
    ("PASSWORD", "DB_PASSWORD={loweralnum:10}"),
    ("secret", "  \"client_secret\": \"{alnum:40}\","),
    ("token", "token: {hex:40}"),
    ("password", "password = getpass(\"Password: \")"),
    ("PASSWORD", "  \"LABEL_PASSWORD\": \"Enter your password\","),
    ("password", "password: 'hunter2'"),
    ("token", "let token = \"identifier\";"),
    ("password", "<password>{alnum:9}</password>"),
    (
        "api_key",
        "api_key = os.getenv(\"API_KEY\", \"{alnum:32}\")",
    ),
    (
        "private_key",
        "private_key_path = \"/etc/ssl/private/server.key\"",
    ),
    ("pwd: ", "pwd: \"{lower:8}\""),
    ("password", "'password' => 'Summer2019!',"),
    ("secret", "secret_name: app-database-credentials"),
];

/// Probability in thousandths, anchor and template of each, one a line.
pub(crate) fn lines(packed: &[u8]) -> String {
    let model = Model::read(packed).expect("the model just written");
    let mut text = String::new();
    for (anchor, line) in LINES {
        let expanded = sample::expand(line, 1, &|_| None);
        let at = expanded
            .find(anchor)
            .expect("the anchor stands in its line");
        let found = trained::candidate(expanded.as_bytes(), &(at..at + anchor.len()), 512);
        let probability = found.map_or("none".to_owned(), |(_, features)| {
            per_mille(model.logit(&features)).to_string()
        });
        text.push_str(&format!("{probability}\t{anchor}\t{line}\n"));
    }
    text
}
