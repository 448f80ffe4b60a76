mod rare;

use super::*;

/// Kind, link and value of the binding at the anchor.
fn bound(text: &str, anchor: &str) -> Option<(Kind, Link, String)> {
    let at = text.find(anchor).expect("the anchor");
    let binding = Binding::at(text.as_bytes(), at..at + anchor.len())?;
    let value = String::from_utf8_lossy(&text.as_bytes()[binding.value.clone()]).into_owned();
    Some((binding.kind, binding.link, value))
}

fn value(text: &str, anchor: &str) -> Option<String> {
    bound(text, anchor).map(|(_, _, value)| value)
}

#[test]
fn assignments_of_all_languages() {
    for text in [
        "password = 'x1y2z3'",
        "String dbPassword = \"x1y2z3\";",
        "let password: &str = \"x1y2z3\";",
        "val password: String = \"x1y2z3\"",
        "password string = \"x1y2z3\"",
        "char password[] = \"x1y2z3\";",
        "char password[32] = \"x1y2z3\";",
        "password := `x1y2z3`",
        "$password = 'x1y2z3';",
        "'password' => 'x1y2z3',",
        "\"password\": \"x1y2z3\",",
        "{\\\"password\\\": \\\"x1y2z3\\\"}",
        "{&quot;password&quot;: &quot;x1y2z3&quot;}",
        "password: x1y2z3",
        "DB_PASSWORD=x1y2z3",
        "password=x1y2z3&user=joe",
        "config['password'] = \"x1y2z3\"",
        "config[:password] = \"x1y2z3\"",
        "password = Some(\"x1y2z3\")",
        "password = b\"x1y2z3\"",
        "set(:password, 'x1y2z3')",
        "setPassword(\"x1y2z3\")",
        "<password>x1y2z3</password>",
        "<add key=\"Password\" value=\"x1y2z3\"/>",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"x1y2z3\"}",
        "- name: \"DB_PASSWORD\"\n  value: x1y2z3",
        "| password | x1y2z3 |",
        "**password**: x1y2z3",
        "CREATE USER joe PASSWORD 'x1y2z3'",
        "GRANT ALL TO joe IDENTIFIED BY 'x1y2z3'",
        "password = os.getenv(\"DB_PASSWORD\", \"x1y2z3\")",
        "password: process.env.PASSWORD || 'x1y2z3'",
        "password = ENV['PASSWORD'] || 'x1y2z3'",
        "$password = getenv('PASSWORD') ?: 'x1y2z3';",
        "password: ${DB_PASSWORD:-x1y2z3}",
        "password: \"${DB_PASSWORD:x1y2z3}\"",
        "if password == \"x1y2z3\":",
        "-Djavax.net.ssl.trustStorePassword=x1y2z3 -jar",
    ] {
        let anchor = ["password", "Password", "PASSWORD", "IDENTIFIED BY"]
            .iter()
            .filter_map(|anchor| text.find(anchor).map(|at| (at, *anchor)))
            .min()
            .expect("an anchor");
        let anchor = if text.contains("IDENTIFIED") {
            "IDENTIFIED BY"
        } else {
            anchor.1
        };
        assert_eq!(value(text, anchor).as_deref(), Some("x1y2z3"), "{text}");
    }
}

/// As in the cells of a notebook: a line of code in a JSON string, and in a string of that once more.
#[test]
fn code_in_strings() {
    for (code, inside) in [
        (r#"password = "x1y2z3""#, "x1y2z3"),
        (r"password = 'x1y2z3'", "x1y2z3"),
        (r#"password = "x1\"y2\"z3""#, r#"x1\"y2\"z3"#),
        (r#"password = "x1y2z3\\""#, r"x1y2z3\\"),
        (r#"password = "x1\ny2""#, r"x1\ny2"),
        (r#"user(password="x1y2z3", x="y")"#, "x1y2z3"),
    ] {
        let quoted = |text: &str| serde_json::to_string(text).expect("JSON");
        let escaped = |text: &str| quoted(text).trim_matches('"').to_owned();
        let line = quoted(&format!("{code}\n"));
        assert_eq!(value(&line, "password"), Some(escaped(inside)), "{line}");
        let (line, inside) = (quoted(&line), escaped(&escaped(inside)));
        assert_eq!(value(&line, "password"), Some(inside), "{line}");
    }
}

#[test]
fn what_binds_nothing() {
    for text in [
        "The password is kept in the vault.",
        "password = getpass(\"Password: \")",
        "password = get_password(user)",
        "password::Hash",
        "if (password) {",
        "password = os.environ['PASSWORD']",
        "<password/>",
        "password = \"\"",
    ] {
        assert_eq!(value(text, "password"), None, "{text}");
    }
}

#[test]
fn kinds_follow_the_last_credential_word() {
    for (text, anchor, kind) in [
        ("password_token = 'x1y2z3'", "token", Kind::Token),
        ("token_password = 'x1y2z3'", "pass", Kind::Password),
        ("apiKey: 'x1y2z3'", "apiKey", Kind::Secret),
        ("cache_key: 'x1y2z3'", "key: ", Kind::Key),
        ("tool --password x1y2z3", "password", Kind::Option),
        ("[\"--token\", \"x1y2z3\"]", "token", Kind::Option),
        ("client.secret=x1y2z3", "secret", Kind::Secret),
        ("Authorization: ApiKey x1y2z3", "Authorization", Kind::Token),
    ] {
        let found = bound(text, anchor).expect(text);
        assert_eq!((found.0, found.2.as_str()), (kind, "x1y2z3"), "{text}");
    }
    assert_eq!(value("compass = 'x1y2z3'", "pass"), None);
    assert_eq!(value("bypass: 'x1y2z3'", "pass"), None);
}

#[test]
fn second_arguments() {
    assert_eq!(
        bound("client.login(\"joe\", \"x1y2z3\")", "login("),
        Some((Kind::Password, Link::Second, "x1y2z3".to_owned()))
    );
    assert_eq!(value("login(\"joe\")", "login("), None);
}

#[test]
fn other_alphabets() {
    assert_eq!(
        value("пароль: 'x1y2z3'", "пароль").as_deref(),
        Some("x1y2z3")
    );
    assert_eq!(
        value("password: 'schlüssel'", "password").as_deref(),
        Some("schlüssel")
    );
}

proptest::proptest! {
    #[test]
    fn never_panics(before: Vec<u8>, after: Vec<u8>) {
        let mut text = before.clone();
        text.extend(b"password");
        text.extend(&after);
        let at = before.len();
        if let Some(binding) = Binding::at(&text, at..at + 8) {
            proptest::prop_assert!(binding.value.end <= text.len());
            proptest::prop_assert!(binding.name.start <= at && at < binding.name.end);
        }
    }

    #[test]
    fn never_panics_on_code(text in "[a-z'\"=:(){}\\[\\]<>|,$\\\\& \n-]{0,60}") {
        let text = format!("{text}password{text}");
        let at = text.rfind("password").unwrap_or(0);
        let _ = Binding::at(text.as_bytes(), at..at + 8);
    }
}
