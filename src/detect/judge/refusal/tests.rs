use crate::detect::judge::trained::candidate;
use crate::rule::sample;

/// Whether what stands at the anchor in a filled template is refused, or bound to nothing.
fn refused(template: &str, anchor: &str) -> bool {
    let text = sample::expand(template, 3, &|_| None);
    let at = text.find(anchor).expect("the anchor");
    candidate(text.as_bytes(), &(at..at + anchor.len()), 512).is_none()
}

#[test]
fn classes_of_healthy_code() {
    for (template, anchor) in [
        // Entries and pages.
        ("cache_key = '{hex:40}'", "key ="),
        ("translation_key=\"{alnum:20}\"", "key="),
        ("\"nextToken\": \"{alnum:40}\"", "Token"),
        ("\"clientRequestToken\": \"{uuid}\"", "Token"),
        (
            "AutoTokenizer.from_pretrained(\"acme/model-7B-{digit:4}\")",
            "Token",
        ),
        ("\"credentialsId\": \"{uuid}\"", "credential"),
        // Names, labels, files.
        ("\"result_key\": \"applicationSummaries\"", "key\":"),
        ("key=\"soil_humidity_sensor_10\"", "key="),
        ("\"S3Key\": \"my-app/5026-{digit:9}.war\"", "Key\":"),
        ("#define PASSWORD_SETTINGS_GUID \"{uuid}\"", "PASS"),
        ("GPG_KEY={upperhex:40}", "KEY="),
        // Numbers, constants and expressions.
        ("const OPTION_PASSWORD: u32 = 4097u32;", "PASS"),
        ("wl->sleep_auth = PSM_ILLEGAL_{digit:3};", "auth = "),
        ("password = params[-1]", "pass"),
        ("clk_enable(lpass->sfr0_clk{digit:3});", "pass"),
        ("apiKey: SensitiveString2048;", "apiKey"),
        // Texts for people.
        ("\"password\": \"\\u5bc6\\u7801{digit:4}\"", "pass"),
        ("pass \"noauto={digit:4}\" to the module", "pass"),
        ("\"lastPassTime\": \"Fri Oct  9 18:04:11 2020\"", "Pass"),
        ("AuthorizationClient('2018-01-01-preview')", "Auth"),
        ("API_KEY = re.compile('^[a-zA-Z0-9]{16}$')", "API_KEY"),
        ("audio_token=\"<|unused_200053|>\"", "token"),
        ("session token={alnum:12}********", "token"),
        ("key=\"1-0:81.7.{digit:2}*255\"", "key="),
        ("api_key=\"epv{digit:1}Total\"", "api_key"),
        ("secret = '{alnum:20}EXAMPLE{upper:3}'", "secret"),
        ("X-Amz-Credential=akid%2F20161107%2F{lower:8}", "Credential"),
        ("key: 8-bookworm@sha256:{hex:64}", "key:"),
        ("var token = '%[a-f0-9]{2}'", "token"),
        ("secret = \"{alnum:12}\u{1}{alnum:8}\"", "secret"),
        ("password: '*{upperhex:40}'", "pass"),
        // What is made up, public or only a part.
        (
            ".key = \"\\x06\\xa9\\x21\\x40\\x36\\xb8\\xa1\\x5b\"",
            "key =",
        ),
        ("key = \"000102030405060708090a0b0c0d0e0f\"", "key ="),
        ("key = \"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b\"", "key ="),
        ("key: \"AAAAC3NzaC1lZDI1NTE5AAAA{base64:44}\"", "key:"),
        (
            "Credential=AKID/20150830/us-east-1/s3/aws4_request",
            "Credential",
        ),
        (
            "![](https://ci.acme.dev/graph/badge.svg?token={alnum:10})",
            "token",
        ),
        ("\"password\": \"%F0%9F%92%A9\"", "pass"),
    ] {
        assert!(refused(template, anchor), "{template}");
    }
}

#[test]
fn what_is_a_little_like_them_is_not_refused() {
    for (template, anchor) in [
        ("master_key = '{hex:40}'", "key ="),
        ("\"refreshToken\": \"{alnum:40}\"", "Token"),
        ("https://api.acme.dev/v1/items?token={alnum:30}", "token"),
        ("\"password\": \"\\u003c{alnum:10}\"", "pass"),
        ("password = '{alnum:8}%2F{alnum:4}'", "pass"),
        ("set pass '{alnum:12}'\npassword = '{alnum:12}'", "password"),
        (
            "secret = \"\\x06\\xa9\\x21\\x40\\x36\\xb8\\xa1\\x5b\"",
            "secret",
        ),
        ("key = \"{hex:32}\"", "key ="),
        ("api_key = \"{lower:14}{digit:2}\"", "api_key"),
        ("password = \"epv{digit:1}Total\"", "pass"),
        ("password: MyPass_{digit:4}", "pass"),
    ] {
        assert!(!refused(template, anchor), "{template}");
    }
}

proptest::proptest! {
    #[test]
    fn random_values_are_not_refused(value in "[0-9A-Za-z]{24,40}") {
        for name in ["password", "api_key", "secret", "token"] {
            let text = format!("{name} = \"{value}\"");
            proptest::prop_assert!(candidate(text.as_bytes(), &(0..name.len()), 512).is_some(), "{}", text);
        }
    }
}
