//! Forms that are bound by more than an operator beside the name, and what is a little like them.

use super::value;

/// A text in which the name at the anchor is bound to `x1y2z3`, and the anchor.
const BOUND: &[(&str, &str)] = &[
    ("password <- \"x1y2z3\"", "password"),
    ("Dim password As String = \"x1y2z3\"", "password"),
    ("Const API_KEY As String = \"x1y2z3\"", "API_KEY"),
    ("(setf *password* \"x1y2z3\")", "password"),
    ("password = [[x1y2z3]]", "password"),
    ("let password = #\"x1y2z3\"#", "password"),
    ("password = r#\"x1y2z3\"#", "password"),
    ("setx TOKEN x1y2z3", "TOKEN"),
    ("setenv PASSWORD x1y2z3\n", "PASSWORD"),
    // Defaults.
    ("process.env.JWT_SECRET || 'x1y2z3'", "SECRET"),
    ("env.API_KEY ?? \"x1y2z3\"", "API_KEY"),
    ("System.getenv(\"PASSWORD\") ?: \"x1y2z3\"", "PASSWORD"),
    ("os.environ.get('PASSWORD') or 'x1y2z3'", "PASSWORD"),
    ("System.get_env(\"PASS\") || \"x1y2z3\"", "PASS"),
    (
        "env::var(\"PASSWORD\").unwrap_or(\"x1y2z3\".into())",
        "PASSWORD",
    ),
    (
        "env::var(\"PASSWORD\").unwrap_or_else(|_| \"x1y2z3\".into())",
        "PASSWORD",
    ),
    (
        "add_argument(\"--password\", default=\"x1y2z3\")",
        "-password",
    ),
    (
        "add_argument(\n    '--password',\n    help='of the user',\n    default='x1y2z3')",
        "-password",
    ),
    (
        "fromEnvironment('API_KEY', defaultValue: 'x1y2z3')",
        "API_KEY",
    ),
    (
        "variable \"db_password\" {\n  type    = string\n  default = \"x1y2z3\"\n}",
        "password",
    ),
    // Blocks, anchors and tags of YAML.
    ("token: >-\n  x1y2z3\n", "token"),
    ("  token: |\r\n    x1y2z3\r\n  next: y", "token"),
    ("password: &admin x1y2z3", "password"),
    ("password: !!str x1y2z3", "password"),
    // Elements, attributes and tables.
    ("<entry key=\"db.password\">x1y2z3</entry>", "password"),
    (
        "<string name=\"api_key\" translatable=\"false\">x1y2z3</string>",
        "api_key",
    ),
    ("<key>ApiSecret</key>\n\t<string>x1y2z3</string>", "Secret"),
    ("<name>password</name> <value>x1y2z3</value>", "password"),
    (
        "| user | password | mail |\n|---|:---:|---|\n| joe | x1y2z3 | no |",
        "password",
    ),
    // Arguments.
    ("strcpy(config.passwd, \"x1y2z3\");", "passwd"),
    (
        "env.put(Context.SECURITY_CREDENTIALS, \"x1y2z3\");",
        "CREDENTIAL",
    ),
    (
        "easy_setopt(curl, CURLOPT_PASSWORD, \"x1y2z3\");",
        "PASSWORD",
    ),
    (
        "INSERT INTO users (name, password) VALUES ('joe', 'x1y2z3');",
        "password",
    ),
    (
        "insert into `users`\n (`id`, `password`, `on`)\nvalues\n (7, 'x1y2z3', now())",
        "password",
    ),
    ("defaults.set(\"x1y2z3\", forKey: \"password\")", "password"),
    (
        "setValue(\"x1y2z3\", forHTTPHeaderField: \"X-Api-Key\")",
        "Api-Key",
    ),
    ("basic_auth \"joe\", \"x1y2z3\"", "basic_auth"),
    ("basic_auth(\"joe\", Some(\"x1y2z3\"))", "basic_auth"),
    ("USER, PASSWORD = 'joe', 'x1y2z3'", "PASSWORD"),
    ("pass, name := \"x1y2z3\", \"joe\"", "pass"),
    (
        "snprintf(password, sizeof(password), \"x1y2z3\");",
        "password",
    ),
    ("fill_in \"Password\", with: \"x1y2z3\"", "Password"),
    (
        "find(By.ID, \"password\").send_keys(\"x1y2z3\")",
        "password",
    ),
    ("cy.get('[name=password]').type('x1y2z3')", "password"),
    // Declarations and settings.
    (
        "public string Password { get; set; } = \"x1y2z3\";",
        "Password",
    ),
    ("const std::string kToken{\"x1y2z3\"};", "Token"),
    ("password!: string = \"x1y2z3\";", "password"),
    ("password: str = Field(default=\"x1y2z3\")", "password"),
    (
        "password: str = Field(\"x1y2z3\", description=\"d\")",
        "password",
    ),
    ("Set-Variable -Name ApiKey -Value \"x1y2z3\"", "ApiKey"),
    (
        "<property name=\"password\"><value>x1y2z3</value></property>",
        "password",
    ),
    (
        "<setting name=\"Password\" serializeAs=\"String\">\n  <value>x1y2z3</value>",
        "Password",
    ),
    (
        "<param-name>password</param-name>\n<param-value>x1y2z3</param-value>",
        "password",
    ),
    ("<input type=\"password\" value=\"x1y2z3\">", "password"),
    // Texts.
    ("- **Password:** `x1y2z3`", "Password"),
    ("Your password is: `x1y2z3`", "password"),
    ("The password is `x1y2z3`.", "password"),
    ("the **password** is now set to \"x1y2z3\"", "password"),
    ("Use the token `x1y2z3` for it.", "token"),
    ("And I enter \"x1y2z3\" as password", "password"),
    ("${PASSWORD}    x1y2z3\n", "PASSWORD"),
];

/// Texts in which it is bound to nothing.
const NOT_BOUND: &[(&str, &str)] = &[
    ("if (user < password) return \"x1y2z3\"", "password"),
    ("password as string", "password"),
    ("fn check(password: &mut String) {}", "password"),
    ("token: >\n  x1y2z3\n  and more\n", "token"),
    ("token: >\nx1y2z3\n", "token"),
    ("\"password\": is \"x1y2z3\"", "password"),
    ("\"my_password\" is \"x1y2z3\"", "password"),
    ("hash(password, \"x1y2z3\")", "password"),
    ("check(\"password\"); other(default=\"x1y2z3\")", "password"),
    (
        "opt '--token TOKEN', required: true\nopt '--region', default: 'x1y2z3'",
        "TOKEN",
    ),
    (
        "output \"db_password\" {\n  default = \"x1y2z3\"\n}",
        "password",
    ),
    (
        "variable \"db_password\" {\n}\nvariable \"b\" {\n  default = \"x1y2z3\"\n}",
        "password",
    ),
    ("<key>ApiSecret</key> <key>x1y2z3</key>", "Secret"),
    ("<a title=\"password\">x1y2z3</a>", "password"),
    (
        "INSERT INTO users (name, password) VALUES ('x1y2z3', ?);",
        "password",
    ),
    (
        "INSERT INTO users (name, password) SELECT 'a', 'x1y2z3'",
        "password",
    ),
    ("| user | password |\n| joe | x1y2z3 |", "password"),
    ("echo ${PASSWORD}    x1y2z3\n", "PASSWORD"),
    ("KEY `x1y2z3` (`id`)", "KEY"),
    ("user, password = x, 'x1y2z3'", "password"),
    ("f(user, password); a = 'x1y2z3'", "password"),
    ("string Password { get { return \"x1y2z3\"; } }", "Password"),
    ("if (token{\"x1y2z3\", 1}.ok())", "token"),
    ("pass x1y2z3\n", "pass"),
    ("password x1y2z3.Type\n", "password"),
    (
        "<input type=\"text\" id=\"password\"><a value=\"x1y2z3\">",
        "password",
    ),
];

#[test]
fn what_is_bound() {
    for (text, anchor) in BOUND {
        assert_eq!(value(text, anchor).as_deref(), Some("x1y2z3"), "{text}");
    }
}

#[test]
fn what_is_a_little_like_it() {
    for (text, anchor) in NOT_BOUND {
        assert_eq!(value(text, anchor), None, "{text}");
    }
}

#[test]
fn settings_on_a_line_of_their_own() {
    for text in ["requirepass x1#y2z3\n", "server a\n  password x1#y2z3\n"] {
        assert_eq!(value(text, "pass").as_deref(), Some("x1#y2z3"), "{text}");
    }
    for text in ["see password x1#y2z3\n", "password x1#y2z3 more\n"] {
        assert_eq!(value(text, "pass"), None, "{text}");
    }
}

#[test]
fn sentences_that_tell_a_value() {
    for text in [
        "The password is `x1y2z3w4`.",
        "the password is: x1y2Z3w4",
        "The password for staging is x1y2Z3w4.",
        "the password of the build server is \"x1y2z3w4\"",
    ] {
        let found = value(text, "password").map(|value| value.to_ascii_lowercase());
        assert_eq!(found.as_deref(), Some("x1y2z3w4"), "{text}");
    }
    for text in [
        "The password is base64-encoded.",
        "The password is required2 to be long.",
        "The password is Base64-Encoded.",
        "The password is `required`.",
        "The password is \"bcpb\" followed by the number",
        "The password for x(y) is `x1y2z3w4`.",
        "The password isn't x1y2Z3w4",
    ] {
        assert_eq!(value(text, "password"), None, "{text}");
    }
}
