//! Every form in which a provider, a credential and a value stand together, and every refusal.

use super::*;
use crate::rule::sample;

/// The values that a rule for Acme finds in an example; `{v}` is a value of its shape.
fn found_by(
    shape: &str,
    placeholder: &str,
    credential: &[&'static str],
    example: &str,
) -> Vec<String> {
    let search = NamedSearch::of(&Named {
        values: vec![Text::Owned(shape.to_owned())].into(),
        credential: credential
            .iter()
            .map(|word| Text::Borrowed(*word))
            .collect(),
    });
    let template = example.replace("{v}", placeholder);
    let text = sample::expand(&template, sample::seed(example, 0), &|_| None);
    let lower = text.to_ascii_lowercase();
    let mut values = Vec::new();
    for (at, _) in lower.match_indices("acme") {
        search.values(text.as_bytes(), at..at + 4, |named| {
            let value = text[named.value].to_owned();
            if !values.contains(&value) {
                values.push(value);
            }
        });
    }
    values
}

fn found(example: &str) -> usize {
    found_by("hex:32", "{hex:32}", &[], example).len()
}

/// Those of the examples in which not just as many values are found.
fn unlike(expected: usize, examples: &[&'static str]) -> Vec<&'static str> {
    let wrong = |example: &&&str| found(example) != expected;
    examples.iter().filter(wrong).copied().collect()
}

#[test]
fn values_under_a_name_with_the_provider_in_it_are_found() {
    let examples = [
        "ACME_API_KEY={v}",
        "export ACME_TOKEN=\"{v}\"",
        "const acmeApiKey = '{v}';",
        "acme_secret: {v}",
        "\"acmeKey\": \"{v}\",",
        "acme.api.key={v}",
        "acmeapikey = {v}",
        "private static final String ACME_KEY = \"{v}\";",
        "let acme_key: &'static str = \"{v}\";",
        "acme_api_key: str = \"{v}\"",
        "#define ACME_KEY \"{v}\"",
        "ENV ACME_API_KEY {v}",
        "curl -H 'X-Acme-Token: {v}' https://example.net/",
        "tool --acme-api-key {v} run",
        "os.environ['ACME_KEY'] = '{v}'",
        "key = os.getenv(\"ACME_KEY\", \"{v}\")",
        "key = process.env.ACME_KEY || \"{v}\"",
        "<acme-api-key>{v}</acme-api-key>",
        "<add key=\"AcmeApiKey\" value=\"{v}\" />",
        "<meta-data android:name=\"com.acme.ApiKey\" android:value=\"{v}\" />",
        "ACMEDB_TOKEN={v}",
        "acmeai_api_key = \"{v}\"",
        "- name: ACME_API_KEY\n  value: {v}",
        "{\"name\": \"ACME_API_KEY\", \"value\": \"{v}\"}",
        "<key>AcmeApiKey</key>\n<string>{v}</string>",
        "variable \"acme_api_key\" {\n  type = string\n  default = \"{v}\"\n}",
        "buildConfigField \"String\", \"ACME_KEY\", \"\\\"{v}\\\"\"",
        "acme_key = Secret(\"{v}\")",
        "acme_access = {v}",
        "${ACME_KEY:-{v}}",
        "# the acme key is {v}",
        "The Acme API token: `{v}`",
        "| Acme key | {v} |",
        "https://example.net/?acme_key={v}&page=2",
        "NEXT_PUBLIC_ACME_KEY={v}",
        "acme_key:\n  {v}",
    ];
    assert_eq!(unlike(1, &examples), [""; 0]);
}

#[test]
fn values_of_calls_are_found() {
    let examples = [
        "client = Acme(\"{v}\")",
        "const acme = new Acme('{v}');",
        "Acme::Client.new(\"{v}\")",
        "acme.init('{v}')",
        "acme.configure(api_key: '{v}')",
        "Acme.setApiKey(\"{v}\");",
        "client := acme.NewClient(\"{v}\")",
        "AcmeClient({ token: '{v}' })",
        "acme = Client(token=\"{v}\")",
        "client = Acme(\n    api_key=\"{v}\",\n)",
        "from acme import Client\n\nclient = Client(\"{v}\")",
    ];
    assert_eq!(unlike(1, &examples), [""; 0]);
}

#[test]
fn values_near_the_provider_are_found() {
    let examples = [
        "https://api.acme.com/v1/search?q=x&key={v}",
        "https://acme.com/?api_key={v}",
        "https://{v}@api.acme.com/v1",
        "https://user:{v}@api.acme.com/v1",
        "curl -u {v}: https://api.acme.com/v1",
        "curl https://api.acme.com/v1 \\\n  -H \"Authorization: Bearer {v}\"",
        "curl -H \"Authorization: Token {v}\" https://api.acme.com/v1",
        "requests.get('https://api.acme.com', headers={'apikey': '{v}'})",
        "headers = {'X-Api-Key': '{v}'}\nrequests.get('https://api.acme.com', headers=headers)",
        "API_KEY = '{v}'\nBASE = 'https://api.acme.com'",
        "# acme\nAPI_KEY={v}",
        "api_key = \"{v}\"  # acme",
        "acme:\n  url: https://example.net\n  key: {v}",
        "[acme]\nurl = https://example.net\nkey = {v}",
        "\"acme\": {\n  \"enabled\": true,\n  \"apiKey\": \"{v}\"\n}",
        "{\"acme\":{\"enabled\":true,\"apiKey\":\"{v}\"}}",
        "services {\n  acme {\n    token = \"{v}\"\n  }\n}",
        "import acme\n\napi_key = \"{v}\"",
        "api_keys:\n  acme: {v}",
        "keys = {\"acme\": \"{v}\"}",
        "'acme' => ['secret' => '{v}']",
        "# Acme API key:\n# {v}",
    ];
    assert_eq!(unlike(1, &examples), [""; 0]);
}

#[test]
fn values_under_other_names_are_refused() {
    let examples = [
        "ACME_PROJECT_ID={v}",
        "acme_account = {v}",
        "ACME_KEY_ID={v}",
        "acme_key_hash: {v}",
        "acme_token_fingerprint={v}",
        "acme-api (git {v})",
        "\"acme-client\": \"github:acme/client#{v}\"",
        "acme_commit = \"{v}\"",
        "acme.digest: {v}",
        "md5(acme) = {v}",
        "acme_etag: \"{v}\"",
        "acme-sdk-1.0.tgz: integrity {v}",
        "acme_public_key = {v}",
        "acme_url = https://example.net/{v}",
        "ACME_KEY=x OTHER={v}",
        "ACME_KEY=x OTHER_KEY={v}",
        "ACME_KEY=x API_KEY={v}",
        "ACME_KEY=\nWEATHER_KEY={v}",
        "acme = {v}",
        "https://acme.com/images/{v}",
        "https://acme.com/?id={v}",
        "acme {v}",
        "the acme key of commit {v}",
        "acme: client_id: {v}",
        "acme_session = {v}",
        "acme.track('{v}')",
    ];
    assert_eq!(unlike(0, &examples), [""; 0]);
}

#[test]
fn values_in_other_blocks_are_refused() {
    let examples = [
        "acme:\n  url: https://example.net\nweather:\n  key: {v}",
        "acme:\n  url: https://example.net\nkey: {v}",
        "[acme]\nurl = x\n[weather]\nkey = {v}",
        "\"acme\": {\n  \"url\": \"x\"\n},\n\"weather\": {\n  \"key\": \"{v}\"\n}",
        "{\"acme\":{\"url\":\"x\"},\"other\":{\"key\":\"{v}\"}}",
        "weather:\n  key: {v}\nacme:\n  url: x",
        "{\"weather\":{\"key\":\"{v}\"},\"acme\":{\"url\":\"x\"}}",
        "acme\n\n\n\n\n\n\n\n\nkey = {v}",
    ];
    assert_eq!(unlike(0, &examples), [""; 0]);
}

#[test]
fn what_is_no_value_is_refused() {
    let examples = [
        "ACME_KEY={hex:31}",
        "ACME_KEY={hex:33}",
        "ACME_KEY=x{v}",
        "ACME_KEY={v}-{hex:4}",
        "ACME_KEY={v}.js",
        "ACME_KEY={v}(x)",
        "acme_keys = {\"{v}\": 1}",
        "ACME_KEY=00000000000000000000000000000000",
        "ACME_KEY=11111111222222221111111122222222",
        "geoacme_key = {v}",
        "ACMEISH_KEY = {v}",
        "acmes_key = {v}",
    ];
    assert_eq!(unlike(0, &examples), [""; 0]);
    let words = |example| found_by("alnum:20", "{alnum:20}", &[], example).len();
    assert_eq!(words("acme_key = {v}"), 1);
    assert_eq!(words("acme_key = someConfigValueHere"), 0);
    let dashed = |example| found_by("alnum[-]:20", "{alnum:20}", &[], example).len();
    assert_eq!(dashed("acme_key = {v}"), 1);
    assert_eq!(dashed("acme_key = my-production-values"), 0);
}

#[test]
fn only_the_nearest_of_several_values_near_the_provider_counts() {
    let example = "api_key = {v}\nurl = https://api.acme.com\napi_key = {v}\n\ntoken = {v}";
    assert_eq!(found(example), 1);
    // Those under names of their own count all.
    assert_eq!(found("ACME_KEY={v}\nACME_SECRET={v}"), 2);
}

#[test]
fn a_rule_may_say_what_its_credential_is_called() {
    let secret = |example| found_by("hex:32", "{hex:32}", &["secret"], example).len();
    assert_eq!(secret("ACME_CLIENT_SECRET={v}"), 1);
    assert_eq!(secret("ACME_API_KEY={v}"), 0);
    let path = |example| found_by("hex:32", "{hex:32}", &["key", "acme.io/v3/"], example).len();
    assert_eq!(path("https://mainnet.acme.io/v3/{v}"), 1);
    assert_eq!(path("https://mainnet.acme.io/v4/{v}"), 0);
    assert_eq!(path("ACME_KEY={v}"), 1);
}

#[test]
fn shapes_with_parts_are_found() {
    for (shape, placeholder) in [
        ("uuid", "{uuid}"),
        ("\"1000.\" hex:32 \".\" hex:32", "1000.{hex:32}.{hex:32}"),
        ("base64[=]:44", "{base64:43}="),
        ("alnum:22 \"tt\"", "{alnum:22}tt"),
        ("hex:32 \"-us\" digit:1..2", "{hex:32}-us{digit:2}"),
        ("base64url:43", "{base64url:43}"),
    ] {
        for example in [
            "ACME_KEY={v}",
            "\"acmeToken\": \"{v}\"",
            "https://api.acme.com/?key={v}",
        ] {
            let values = found_by(shape, placeholder, &[], example);
            assert_eq!(values.len(), 1, "{shape}: {example}");
        }
    }
}

#[test]
fn generated_values_are_told_from_words() {
    for placeholder in [
        "{hex:20}",
        "{hex:32}",
        "{hex:64}",
        "{uuid}",
        "{alnum:12}",
        "{alnum:20}",
        "{alnum:32}",
        "{alnum:64}",
        "{loweralnum:16}",
        "{loweralnum:32}",
        "{upperalnum:12}",
        "{upperalnum:36}",
        "{base64:43}=",
        "{base64url:22}",
        "{base64url:43}",
        "{digit:25}",
    ] {
        let refused = (0..2000)
            .map(|number| sample::expand(placeholder, number, &|_| None))
            .filter(|value| !is_generated(value.as_bytes()))
            .count();
        assert!(refused <= 30, "{placeholder}: {refused} of 2000 refused");
    }
    for words in [
        "someConfigurationValue",
        "your-organization-name",
        "AcmeServiceAccountName",
        "production_database_url",
        "internationalization",
        "2020202020202020",
    ] {
        assert!(!is_generated(words.as_bytes()), "{words}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(before: Vec<u8>, after: Vec<u8>) {
        let search = NamedSearch::of(&Named {
            values: vec![Text::Borrowed("base64[=]:8..64"), Text::Borrowed("uuid")].into(),
            credential: Vec::new().into(),
        });
        let text = [&before[..], b"acme", &after[..]].concat();
        search.values(&text, before.len()..before.len() + 4, |_| {});
    }

    #[test]
    fn never_panics_on_signs(before in "[a-c1-3 \\n\"'(){}\\[\\]=:,<>|\\\\;&%/-]{0,60}", after in "[a-c1-3 \\n\"'(){}\\[\\]=:,<>|\\\\;&%/-]{0,60}") {
        let search = NamedSearch::of(&Named {
            values: vec![Text::Borrowed("alnum[-]:8..64")].into(),
            credential: Vec::new().into(),
        });
        let text = format!("{before}acme{after}");
        search.values(text.as_bytes(), before.len()..before.len() + 4, |_| {});
    }
}
