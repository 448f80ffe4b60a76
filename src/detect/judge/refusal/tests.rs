mod pairs;

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
    ] {
        assert!(refused(template, anchor), "{template}");
    }
}

#[test]
fn what_belongs_to_a_test_a_protocol_or_a_vocabulary() {
    for (template, anchor) in [
        (
            "let key = \"{hex:32}\";\nlet nonce = \"{hex:24}\";\nlet expected_output = \"{hex:32}\";",
            "key =",
        ),
        ("Key = {hex:64}\nInput = {hex:40}\nMAC = {hex:32}", "Key ="),
        (
            "'secret': '{hex:64}', 'iv': '{hex:24}', 'ct': '{hex:64}'",
            "secret'",
        ),
        ("key: {hex:32}\nkey: {hex:32}\nkey: {hex:32}\n", "key: "),
        (
            "{\"type\": \"http-01\", \"token\": \"{base64:43}\"}",
            "token\":",
        ),
        (
            "key_authorization='{alnum:12}.{base64:43}'",
            "authorization=",
        ),
        ("\"the\":18382,\"passwd\":18383,\"dev\":18384", "passwd"),
        ("choices=[\"password\", \"radius\", \"otp\"]", "password"),
        (
            "<property key=\"mcu16-{alnum:3}-level\" value=\"\"/>",
            "key=",
        ),
        ("h(\"div\",{key:\"{hex:40}\",class:t})", "key:"),
        ("\"type_key\": \"Shape.{hex:40}\"", "key\":"),
        ("(\"password\", '{hex:32}')", "password"),
        ("Encryption-Key-Sha256: {base64:43}=", "Key-"),
        ("ENCRYPTION_KEY2_ID = '{uuid}'", "KEY2"),
        ("\"ClientToken\": \"{alnum:16}\"", "Token"),
        ("Release GPG key: {upperhex:40}", "key:"),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:db-{alnum:6}\"",
            "secret:",
        ),
        ("Authorization: Basic bG9naW46cGFzcw==", "Authorization"),
        ("token = \"eyJhbGciOiJub25lIn0.{base64:40}.\"", "token"),
        ("check(\"x\",\"pass\"),next(\"{alnum:8}\")", "pass"),
        ("token1 = self.create_user(\"{alnum:8}\")", "token1"),
        ("token.endswith(b\".{alnum:12}\")", "token"),
        ("key = \"02{hex:64}\"", "key ="),
        ("\"verifyKey\": \"x{digit:5}.pub.asc\"", "Key\""),
        ("key=\"pm25_count_cm3\"", "key="),
        ("\"burnToken\": \"0x{hex:40}\"", "Token\""),
        ("\"cost_per_token\": 1.54e-05,", "token\""),
        ("E_AUTH: Final = -2018574313", "AUTH"),
        ("'change_password': '5/m/user'", "password"),
        ("token = '2001:db8::9abc'", "token"),
        ("key: 'zyxel.aam{digit:4}.net.if.name[{#INDEX}]'", "key:"),
        ("password=Kennwort", "password"),
        ("\"tokenId\": \"{digit:77}\"", "tokenId"),
        ("password: doPbkdf2,", "password"),
        ("key: number, password: Uint8Array | string", "password"),
        ("\"password\": \"Contraseña:\"", "password"),
        ("'userPassword' => 'urn:oid:2.5.4.35',", "Password"),
        (
            "\"a\": \"Ynlogge slagge\",\n\"password\": \"Wachterwurd\",\n\"b\": \"Jo namme\",\n\"c\": \"Net fûn hjir\"",
            "password",
        ),
        ("('authtoken', '0002_auto_20160226_1747')", "authtoken"),
        ("auth: poly1305::Context, length: usize", "auth:"),
        ("emailAuthorization: zod_1.z", "Authorization"),
        (
            "tokens.darkColor.highlight = 'rgba(255,231,130,0.4)'",
            "token",
        ),
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
        ("key = \"{hex:32}\"\niv = \"{hex:32}\"", "key ="),
        ("api_key = \"{hex:32}\"\nmessage: x\ninput: y", "api_key"),
        ("client_token: {alnum:24}", "token"),
        ("secret_id = '{uuid}'", "secret_id"),
        (
            "\"user\": \"app\",\n\"password\": \"Wachterwurd\",\n\"host\": \"db\"",
            "password",
        ),
        ("key: '{alnum:24}.{alnum:24}.{alnum:24}'", "key:"),
        ("?action=dev&token={digit:10}&lang=en", "token"),
        ("[\"password\", \"{alnum:12}\"]", "password"),
        ("Authorization: Basic {base64:40}", "Authorization"),
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
