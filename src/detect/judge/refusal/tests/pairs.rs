//! For each class what is refused, and beside it what is a little like it and is not.

use super::refused;

/// A class: what it refuses, and what it leaves to the model.
type Class = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const NAMES: &[Class] = &[
    (
        "cursors and counts",
        &[
            ("{'StartingToken': '{alnum:16}'}", "Token'"),
            ("\"input_token\": [\"{alnum:12}\"]", "token\""),
        ],
        &[("\"refresh_token\": \"{alnum:24}\"", "token\"")],
    ),
    (
        "sellers, currencies and terms",
        &[
            ("\"merchant_token\": \"M{upper:12}\"", "token\""),
            (
                "Crypto_Token__: \"crtok-{loweralnum:6}-{loweralnum:4}-{loweralnum:4}-{loweralnum:4}\"",
                "Token",
            ),
            ("\"termToken\": \"term-token-{alnum:24}\"", "Token\""),
        ],
        &[
            ("\"merchant_token\": \"{alnum:40}\"", "token\""),
            ("crypto_token = '{digit:6}:{alnum:35}'", "token ="),
            ("longTermToken: '{alnum:32}'", "Token:"),
        ],
    ),
    (
        "about a token",
        &[
            ("?token-time={digit:10}&token-hash={alnum:43}", "token-hash"),
            ("JWT_CATEGORY_SESSION_TOKEN = 'cl_{alnum:12}'", "TOKEN ="),
            ("password_complexity_checker='{lower:8}'", "password"),
            ("'grant.id_token.sub => {uuid}'", "token.sub"),
            ("grant.access_token.signature = '{hex:40}'", "token.sig"),
            ("\"apiTokenId\": \"{alnum:20}\"", "TokenId"),
            ("'secret_id_accessor': '{uuid}'", "secret_id"),
            ("file.pass_result.stat.checksum == '{hex:40}'", "pass"),
        ],
        &[
            ("session_token = 'cl_{alnum:24}'", "token ="),
            ("token_id = '{alnum:24}'", "token_id"),
            ("secret_id = '{uuid}'", "secret_id"),
            ("checksum_key = '{alnum:32}'", "key ="),
        ],
    ),
    (
        "entries",
        &[
            (
                "\"last_run_key\": \"{lower:4}:{digit:10}.{digit:7}\"",
                "key\"",
            ),
            ("thread_key: 'deploy-2026-06-01'", "key:"),
            ("_IMAGE_MD5_KEY: '{hex:32}'", "KEY:"),
            ("\"alias/aws/secretsmanager\": \"{uuid}\"", "secrets"),
        ],
        &[("HMAC_MD5_KEY: '{hex:32}'", "KEY:")],
    ),
    (
        "whose it is and where",
        &[
            ("linkKey: '{uuid}'", "Key:"),
            ("\"sender_key\": \"{base64:43}\"", "key\""),
            ("api_key_id: {hex:14}/{hex:14}/{hex:14}", "api_key"),
            ("\"VerificationToken\": \"{base64:43}=\"", "Token\""),
            ("find_secret('rbd', '{lower:6}{digit:2}')", "secret("),
            ("get_password('mail', '{lower:6}{digit:2}')", "password("),
        ],
        &[
            ("linkKey: '{hex:32}'", "Key:"),
            ("verification_token = '{alnum:24}'", "token ="),
            ("set_password('mail', '{alnum:12}')", "password("),
            ("get_token('admin', '{alnum:12}')", "token("),
        ],
    ),
    (
        "addresses that are shown",
        &[
            (
                "https://img.shields.io/codecov/c/acme?label=cov&token={alnum:10}",
                "token=",
            ),
            (
                "https://docs.google.com/spreadsheet/ccc?key={alnum:44}",
                "key=",
            ),
        ],
        &[(
            "https://api.acme.dev/spreadsheet?token={alnum:44}",
            "token=",
        )],
    ),
];

const VALUES: &[Class] = &[
    (
        "tokens that let nobody in",
        &[
            ("token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9'", "token ="),
            (
                "token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{base64url:40}.fake'",
                "token =",
            ),
            ("token: 'eyJhbGci{alnum:2}'", "token:"),
            ("token = 'eyJmb28iOiAiYmFyIn0='", "token ="),
            ("access_token='eyJrZXkiOiAidmFsdWUifQ=='", "token="),
        ],
        &[
            (
                "token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{base64url:40}.{base64url:43}'",
                "token =",
            ),
            (
                "token = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..{base64url:16}.{base64url:40}.{base64url:22}'",
                "token =",
            ),
            (
                "token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9' '.{base64url:40}'",
                "token =",
            ),
            ("secret: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9'", "secret:"),
        ],
    ),
    (
        "spelled words",
        &[
            ("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY", "secret="),
            ("otpkey: 'KRSXG5CTMVRXEZLUGE======'", "key:"),
            ("clientSecret: 'YSBzZWNyZXQ='", "Secret"),
            ("key: 'SGVsbG8gZnJvbSB0aGUgY2xvdWQ='", "key:"),
        ],
        &[
            ("secret=NB{upper:22}3T", "secret="),
            ("password: 'SGVsbG8gZnJvbSB0aGUgY2xvdWQ='", "password"),
            ("clientSecret: '{alnum:11}='", "Secret"),
        ],
    ),
    (
        "methods, hosts and versions",
        &[
            ("new_password.encode('utf-16le')", "password"),
            ("auth = ['CRAM-MD5']", "auth ="),
            ("Passwords: Argon2id; and salted", "Passwords"),
            ("access_key: s3.amazonaws.com", "access_key"),
            ("'AuthToken': '1.3-{hex:32}'", "Token'"),
            ("fetching token: AADSTS{digit:5}: due to", "token:"),
            ("KEY:METHOD=AES-{digit:3},URI", "KEY:"),
            ("blkid token='UUID={uuid}'", "token="),
        ],
        &[
            ("password = 'utf-16le{digit:3}'", "password"),
            ("access_key: {alnum:12}.{alnum:12}.{alnum:4}", "access_key"),
            ("token: {upper:6}{digit:5}{alnum:20}", "token:"),
        ],
    ),
    (
        "names of things",
        &[
            ("key = 'issue-{digit:5}-raw'", "key ="),
            ("key: 'fas{digit:4}.inventory[version]'", "key:"),
            ("key: 'queue.v2[10m,{digit:6}]'", "key:"),
            (
                "tokenId: 'out-as-leader-before-2027-{digit:13}/yes'",
                "tokenId",
            ),
            (
                "s3_key=t5_{loweralnum:5}%2Ft2_{loweralnum:5}%2F{hex:40}",
                "key=",
            ),
            ("spend:key:{hex:8}:window:30d", "key:"),
            ("key = '59454c4c4f57205355424d4152494e45'", "key ="),
            ("\"key\": \"0x{hex:40}\"", "key\""),
            ("\"decryptKey\": \"x{digit:5}.sec.asc\"", "Key\""),
        ],
        &[
            ("token = '{alnum:8}-{alnum:12}-{alnum:12}'", "token ="),
            ("s3_key={alnum:20}%2F{alnum:19}", "key="),
            ("\"key\": \"0x{hex:64}\"", "key\""),
        ],
    ),
    (
        "numbers",
        &[
            ("\"reset_password\": \"20/m/ip,5/m/key\"", "password"),
            ("let token = parse(\"-{digit:4}.{digit:8}\")", "token ="),
            ("maxTokens:t={digit:4},", "Tokens"),
            ("n_tokens:{digit:3}+41*n,", "tokens"),
            ("'FileToken': '15{digit:11}'", "Token'"),
            ("token = 't1-0_0_0_0_0_0'", "token ="),
        ],
        &[("token = '{digit:4}_{alnum:24}'", "token =")],
    ),
    (
        "bytes",
        &[
            ("password = 'ab{alnum:4}\\x00{alnum:4}'", "password"),
            ("\"password\": \"{alnum:8}\\u0000\"", "password"),
            ("password = b'\\x00\\xff'", "password"),
            ("kdf(s['SessionKey'], b'SMB2AES\\x00')", "SessionKey"),
            ("(b\"password\", b'\\x12\\x34\\x56\\x78\\x78')", "password"),
        ],
        &[
            ("password = '{alnum:12}\\x00'", "password"),
            ("password = b'\\xe6\\xa8\\x99\\xe6\\xa8\\x99'", "password"),
        ],
    ),
    (
        "bits of programs",
        &[
            ("a = {'md5_password': vault_md5}", "password"),
            ("user[\"password\"] = scram_pw\n", "password"),
            ("rolepassword=md5_pw,", "password"),
            ("access_token=self.tok2\n", "token="),
            ("api_key=`],size:256}},layers:[{id:`plot", "api_key"),
            ("{key:`.*Kit.*(15.4).*Safari`,", "key:"),
            ("in ['password']: #{digit:4}", "password"),
            ("password = r'C:\\\\windows\\\\sys{digit:2}'", "password"),
            ("password = 'md5{0}'.format(x)", "password"),
            ("&#x60;token:hotp&#x60; (custom)", "token:"),
        ],
        &[
            ("password=scram_pw\n", "password"),
            ("password: '#{alnum:10}'", "password"),
            ("password = ']{alnum:10}'", "password"),
        ],
    ),
    (
        "texts in base64",
        &[
            ("client_secret: 'cHJpdmF0ZUtleQo='", "secret:"),
            ("password: 'bXlfcGFzc3dvcmQ='", "password:"),
            ("token: 'QVdTNC1BQUEKWApYClg='", "token:"),
            (
                "token1: '9.{uuid}.YmluYXJ5:d2h5IGhlbGxvIHRoZXJlCg=='",
                "token1:",
            ),
        ],
        &[
            ("client_secret: '{base64:43}='", "secret:"),
            ("password: 'Y29ycmVjdCBob3JzZSBiYXR0ZXJ5'", "password:"),
        ],
    ),
    (
        "starts, digests and bytes",
        &[
            ("password: '0x{hex:32}'", "password:"),
            (
                "password: '{hex:2} {hex:2} {hex:2} {hex:2} {hex:2} {hex:2} {hex:2}'",
                "password:",
            ),
            ("\"local_key\": \"{hex:40}\"", "key\""),
        ],
        &[
            ("token: 'sk-{alnum:24}'", "token:"),
            ("secret: '0x{hex:32}'", "secret:"),
            ("\"local_key\": \"{alnum:16}\"", "key\""),
        ],
    ),
    (
        "stand-ins",
        &[
            ("refresh_token: 'sdlfkj{digit:3}'", "token:"),
            ("secret: 'RT-LEAK-CANARY-{hex:6}'", "secret:"),
            ("secret: 'J9f8e7d6c5b4a3f2e1d0c{digit:2}'", "secret:"),
            (
                "update_token = '1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d'",
                "token =",
            ),
            (
                "jwt_token: 'oooo{lower:4}ooooooooooo{lower:3}oooooo'",
                "token:",
            ),
            ("key = '8slRzzty6dKM8slRzzty6dKM'", "key ="),
            ("api_key: asldkgfaklsdfjsjasl{digit:3}", "api_key"),
            ("client_secret=revoked{alnum:24}", "secret="),
            ("a-secret: 'NACL[{base64:60}]'", "secret:"),
            ("'key': '0x89ab{digit:4}/0xffff{digit:4}+14'", "key'"),
            ("\"PasswordData\": \"{base64:76}\"", "Password"),
            ("api_key = 'foobarbaz{digit:3}'", "api_key"),
            ("secret = 'obfuscated{digit:2}'", "secret"),
            ("access_token: 'sk-ant-oat01-{lower:7}'", "token:"),
            (
                "Authorization: Bearer xoxb-{digit:4}-{digit:4}",
                "Authorization",
            ),
            ("client_secret = 'GOCSPX-{upper:3}'", "secret"),
        ],
        &[
            ("password = 'FooBar{digit:3}'", "password"),
            ("access_token: 'sk-{alnum:24}'", "token:"),
            ("./run --password FooBar{digit:3}", "-password"),
            ("password = 'asldkgfaklsdfj{digit:3}'", "password"),
            ("password = 'a1b2c3d4e5f6'", "password"),
            ("api_key: {lower:14}{digit:12}", "api_key"),
        ],
    ),
];

const NEIGHBOURS: &[Class] = &[
    (
        "what a page shows and how a test ended",
        &[
            (
                "$labels['username'] = 'Nomi hiba';\n$labels['password'] = 'Parol{lower:4}';\n$labels['server'] = 'Ange server';\n$labels['login'] = 'Wara tou';",
                "password",
            ),
            ("echo \"PASS: ip6gre{lower:3}\"", "PASS"),
        ],
        &[
            (
                "$options['username'] = 'app';\n$options['password'] = 'Parol{lower:4}';\n",
                "password",
            ),
            ("\"PASS: {lower:8}{digit:3}\"", "PASS"),
        ],
    ),
    (
        "numbers of a list",
        &[(
            "PROXY_PORT = 10{digit:3}\nTLS_PASSWORD: Final = 10{digit:3}\nTLS_TYPE: Final = 10{digit:3}\nTLS_USER_NAME = 10{digit:3}",
            "PASSWORD",
        )],
        &[(
            "DB_USER = app\nDB_PASSWORD = {digit:5}\nDB_PORT = 5432",
            "PASSWORD",
        )],
    ),
    (
        "entries by their numbers",
        &[(
            "'uni':b'ATTk58{digit:4}',\n'unicodePwd':b'ATTk58{digit:4}',\n'pek':b'ATTk58{digit:4}',",
            "Pwd",
        )],
        &[(
            "a(password='test{digit:5}')\nb('test{digit:5}')\nc('test{digit:5}')",
            "password",
        )],
    ),
    (
        "what a hash is tested with",
        &[
            (
                "(\"a\", \"{alnum:24}\"),\n(\"passphrase\", \"{alnum:24}\"),\n(\"b c\", \"{alnum:24}\"),",
                "passphrase",
            ),
            ("(\"NEWPASSWORD\", u(\"{hex:32}\"))", "PASSWORD"),
            (
                "\"passwd\": \"{alnum:10}\", \"iters\": 4, \"salt\": \"{alnum:8}\", \"pwhash\": \"{hex:40}\"",
                "passwd",
            ),
            (
                "Nonce = {hex:32}\nV = {hex:64}\nKey = {hex:64}\nEntropyInputReseed = {hex:64}",
                "Key =",
            ),
            ("assert scrypt.derive(password) == '{alnum:24}'", "password"),
        ],
        &[
            (
                "(\"user\", \"{alnum:9}\"),\n(\"password\", \"{alnum:24}\"),\n(\"mail\", \"{alnum:12}\"),",
                "password",
            ),
            (
                "\"passwd\": \"{alnum:10}\", \"salt\": \"{alnum:8}\", \"user\": \"app\"",
                "passwd",
            ),
            ("if (password == '{alnum:12}')", "password"),
        ],
    ),
    (
        "words of a list",
        &[
            (
                "[\"enable\", \"password\", \"ftc-ftm\", \"ftc-mail\"]",
                "password",
            ),
            (
                "('plain','password','kerberos_v{digit:1}','kerberos')",
                "password",
            ),
            ("array('password','kerberos_v{digit:1}','otp')", "password"),
            (
                "\"a\",\"withCredentials\",\"isRfcReservedName\",\"b\"",
                "Credentials",
            ),
        ],
        &[(
            "(\"password\", \"{lower:6}-{lower:6}{digit:2}\")",
            "password",
        )],
    ),
    (
        "choices, names and variables",
        &[
            (
                "{kind:e?\"reset_password\":\"{lower:8}{digit:2}\"}",
                "password",
            ),
            ("credential = {'x5t#S{digit:3}': digest}", "credential"),
            ("let signing_keys = client{digit:2}\n", "signing_key"),
        ],
        &[
            (
                "{kind:e,\"reset_password\":\"{lower:8}{digit:2}\"}",
                "password",
            ),
            ("signing_key = {alnum:32}\n", "signing_key"),
        ],
    ),
    (
        "what is said of them",
        &[
            ("type: sha256_hash\n  password: {hex:64}\n", "password:"),
            (
                "\"verify_keys\": {\"ed25519:auto\": {\"key\": \"{base64:43}\"}}",
                "key\": \"",
            ),
            ("f\"spend:key:{hex:64}\"", "key:"),
            ("connect to 127.0.0.1:15432:esp:pass:espdb7 now", "pass:"),
            ("\"at-sign in the password: pw-at-after-1\"", "password:"),
            ("host.create_secret('vault', 'vaultdev')", "secret("),
        ],
        &[
            ("type: plain\n  password: {hex:64}\n", "password:"),
            ("encryption_key = '{hex:32}'\nassert blob.md5_hash", "key ="),
            (
                "password: {hex:32}\npassword: {hex:32}\npassword: {hex:32}",
                "password:",
            ),
            ("\"ed25519:auto\"\n# private key: {base64:43}\n", "key:"),
            ("host.create_secret('vault', 'vault{alnum:20}')", "secret("),
            ("the password: {alnum:6}-{alnum:8}", "password:"),
        ],
    ),
    (
        "cut short",
        &[("Session key: {upperhex:39}...\n", "key:")],
        &[("Session key: {upperhex:64}\n", "key:")],
    ),
];

#[test]
fn classes_and_what_is_a_little_like_them() {
    let mut wrong = Vec::new();
    for (class, found, ignored) in [NAMES, VALUES, NEIGHBOURS].into_iter().flatten() {
        for (list, expected) in [(found, true), (ignored, false)] {
            for (template, anchor) in *list {
                if refused(template, anchor) != expected {
                    wrong.push(format!("{class}: {template} (refused: {})", !expected));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
