//! Vectors of the checks that decode instead of summing up.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};

use super::super::Outcome;
use super::{encoded, facts, invalid, structure, verify};

#[test]
fn json_tokens() {
    let cloud = format!(
        "{}{}",
        "glc_",
        encoded(r#"{"o":"123","n":"name","k":"key","m":{"r":"eu"}}"#)
    );
    let expected = [
        ("Grafana organization", "123"),
        ("key name", "name"),
        ("region", "eu"),
    ];
    assert_eq!(
        facts("grafana-json", &cloud),
        expected.map(|(label, value)| (label, value.to_owned()))
    );
    let older = encoded(r#"{"k":"key","n":"name","id":7}"#);
    assert_eq!(
        facts("grafana-json", &older).first(),
        Some(&("Grafana organization", "7".to_owned()))
    );
    assert!(invalid("grafana-json", &encoded(r#"{"alg":"x"}"#)));
    assert!(invalid("grafana-json", "glc_AAAA"));
    let data =
        encoded(r#"{"iat":1700000000.5,"url":"u","region_url":"https://eu.example","org":"acme"}"#);
    let sentry = format!(
        "{}{}_{}",
        "sntrys_",
        data,
        BASE64.encode(&[1; 32]).trim_end_matches('=')
    );
    assert_eq!(
        facts("sentry-json", &sentry).last(),
        Some(&("issued", "2023-11-14".to_owned()))
    );
    assert!(invalid(
        "sentry-json",
        sentry.get(..sentry.len() - 4).unwrap_or_default()
    ));
    let ops = format!(
        "{}{}",
        "ops_",
        encoded(r#"{"signInAddress":"my.1password.com","secretKey":"A3"}"#)
    );
    assert_eq!(
        facts("onepassword-json", &ops),
        [("1Password account", "my.1password.com".to_owned())]
    );
    assert!(invalid(
        "onepassword-json",
        &format!("{}{}", "ops_", encoded("{}"))
    ));
    let mapbox = format!("{}{}.abc", "sk.", encoded(r#"{"u":"acme","a":"id"}"#));
    assert_eq!(
        facts("mapbox-json", &mapbox).last(),
        Some(&("Mapbox account", "acme".to_owned()))
    );
    assert!(invalid("mapbox-json", "sk.eyJ.abc"));
    let city = format!(
        "{}.{}.{}",
        BASE64.encode(br#"{"typ": "TCV2"}"#),
        "aWQ",
        "MDAwMA"
    );
    assert_eq!(facts("teamcity", &city), []);
    assert!(invalid(
        "teamcity",
        &format!("{}.a.b", encoded(r#"{"typ":"JWT"}"#))
    ));
}

fn token(header: &str, claims: &str, signature: usize) -> String {
    format!(
        "{}.{}.{}",
        encoded(header),
        encoded(claims),
        "s".repeat(signature)
    )
}

#[test]
fn web_tokens() {
    let hs256 = r#"{"alg":"HS256","typ":"JWT"}"#;
    let claims = r#"{"iss":"supabase","ref":"abc","role":"service_role","sub":"who","iat":1700000000,"exp":1893456000}"#;
    let found = facts("jwt", &token(hs256, claims, 43));
    let expected = [
        ("algorithm", "HS256"),
        ("issuer", "supabase"),
        ("issued", "2023-11-14"),
        ("expires", "2030-01-01T00:00:00Z"),
        ("Supabase project", "abc"),
        ("role", "service_role"),
    ];
    assert_eq!(
        found,
        expected.map(|(label, value)| (label, value.to_owned()))
    );
    // A cluster may have any issuer: what the token says is told, and nothing is proven.
    assert_eq!(
        structure("kubernetes-jwt", &token(hs256, claims, 43)),
        found
    );
    assert!(invalid("jwt", &token(hs256, claims, 42)));
    assert!(invalid("jwt", &token(hs256, "no json", 43)));
    assert!(invalid("jwt", &token("no json", claims, 43)));
    assert_eq!(
        facts("jwt", &token(r#"{"alg":"none"}"#, "{}", 0)),
        [("algorithm", "none".to_owned())]
    );
    assert_eq!(verify("jwt", "eyJ.eyJ"), Outcome::Unknown);
    assert_eq!(
        structure("jwt", &token(r#"{"typ":"JWT"}"#, r#"{"iss":"me"}"#, 9)),
        [("issuer", "me".to_owned())]
    );
    let rs256 = r#"{"alg":"RS256","kid":"k"}"#;
    for claims in [
        r#"{"kubernetes.io":{"namespace":"ns","serviceaccount":{"name":"robot"}}}"#,
        r#"{"kubernetes.io/serviceaccount/namespace":"ns","kubernetes.io/serviceaccount/service-account.name":"robot"}"#,
    ] {
        let found = facts("kubernetes-jwt", &token(rs256, claims, 342));
        assert!(found.contains(&("Kubernetes namespace", "ns".to_owned())));
        assert!(found.contains(&("Kubernetes service account", "robot".to_owned())));
    }
}

/// A PEM block with lines of 64 characters.
pub(super) fn pem(label: &str, headers: &str, data: &[u8]) -> String {
    let body = BASE64.encode(data);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .filter_map(|line| str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// The ways in which a block of lines stands in files.
fn embeddings(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let prefixed = |prefix: &str| {
        format!(
            "{}\n{prefix}{}",
            lines[0],
            lines[1..].join(&format!("\n{prefix}"))
        )
    };
    vec![
        text.to_owned(),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\\n"),
        text.replace('\n', "\\\\n"),
        text.replace('\n', "\\r\\n"),
        text.replace('\n', "\\n\" +\n    \""),
        text.replace('\n', "\\n',\n  '"),
        prefixed("    "),
        prefixed("\t# "),
        prefixed("+"),
        lines.join(" "),
        text.replace('/', "\\/"),
        text.replace('=', "\\u003d").replace('\n', "\\u000a"),
    ]
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len())
        .expect("short")
        .to_be_bytes()
        .to_vec();
    out.extend(bytes);
    out
}

fn openssh(cipher: &str, private: &[u8]) -> Vec<u8> {
    let kind = string(b"ssh-ed25519");
    let parts = [
        string(cipher.as_bytes()),
        string(b"none"),
        string(b""),
        vec![0, 0, 0, 1],
        string(&kind),
        string(private),
    ];
    [b"openssh-key-v1\0".to_vec(), parts.concat()].concat()
}

#[test]
fn openssh_keys() {
    const LABEL: &str = concat!("OPENSSH ", "PRIVATE KEY");
    let plain = pem(LABEL, "", &openssh("none", &[7; 104]));
    for text in embeddings(&plain) {
        let expected = [
            ("encrypted", "no".to_owned()),
            ("key type", "ssh-ed25519".to_owned()),
        ];
        assert_eq!(facts("openssh-key", &text), expected, "{text}");
        facts("pem-key", &text);
    }
    let locked = pem(
        LABEL,
        "",
        &openssh("aes256-ctr", &(0..96).collect::<Vec<u8>>()),
    );
    assert_eq!(
        facts("openssh-key", &locked).first(),
        Some(&("encrypted", "yes".to_owned()))
    );
    let unequal: Vec<u8> = (0..96).collect();
    assert!(invalid(
        "openssh-key",
        &pem(LABEL, "", &openssh("none", &unequal))
    ));
    let whole = openssh("none", &[7; 104]);
    assert!(invalid(
        "openssh-key",
        &pem(LABEL, "", whole.get(..100).unwrap_or_default())
    ));
    assert!(invalid("openssh-key", &pem(LABEL, "", b"something else")));
    assert!(invalid("openssh-key", &plain.replace("AAAA", "...")));
    assert_eq!(
        verify("openssh-key", plain.get(..100).unwrap_or_default()),
        Outcome::Unknown
    );
    assert_eq!(
        verify("openssh-key", &plain.replace("AAAA", "${X}")),
        Outcome::Unknown
    );
}

#[test]
fn pem_keys() {
    const RSA: &str = concat!("RSA ", "PRIVATE KEY");
    let der = [vec![0x30, 0x82, 1, 0x2c], (0..=255).collect(), vec![9; 44]].concat();
    for text in embeddings(&pem(RSA, "", &der)) {
        assert_eq!(
            facts("pem-key", &text).last(),
            Some(&("encrypted", "no".to_owned())),
            "{text}"
        );
        assert_eq!(verify("openssh-key", &text), Outcome::Unknown);
    }
    assert!(invalid(
        "pem-key",
        &pem(RSA, "", der.get(..299).unwrap_or_default())
    ));
    assert!(invalid("pem-key", &pem(RSA, "", b"")));
    assert!(invalid(
        "pem-key",
        &pem(RSA, "", &der).replace("END RSA", "END EC")
    ));
    let headers =
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n";
    let found = facts("pem-key", &pem(RSA, headers, &[5; 64]));
    assert_eq!(found.last(), Some(&("cipher", "AES-128-CBC".to_owned())));
    let found = facts(
        "pem-key",
        &pem(concat!("ENCRYPTED ", "PRIVATE KEY"), "", &der),
    );
    assert_eq!(found.last(), Some(&("encrypted", "yes".to_owned())));
    assert_eq!(
        verify("pem-key", &pem("CERTIFICATE", "", &der)),
        Outcome::Unknown
    );
}

#[test]
fn putty_keys() {
    // The codes were computed apart from this program.
    let codes = [("2", CODE2), ("3", CODE3)];
    for (version, code) in codes {
        let text = format!(
            "{}{version}: ssh-ed25519\nEncryption: none\nComment: test key\nPublic-Lines: 1\n{}\nPrivate-Lines: 1\n{}\n\
             Private-MAC: {code}\n",
            "PuTTY-User-Key-File-",
            BASE64.encode(b"public blob!"),
            BASE64.encode(b"private blob"),
        );
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\\n"),
            text.replace('\n', "\n+"),
        ] {
            assert_eq!(
                facts("putty-key", text.trim_end_matches('+')).first(),
                Some(&("encrypted", "no".to_owned()))
            );
        }
        assert!(invalid("putty-key", &text.replace("test key", "best key")));
        assert!(invalid(
            "putty-key",
            &text.replace("Public-Lines: 1", "Public-Lines: 9")
        ));
        assert_eq!(
            verify("putty-key", text.get(..80).unwrap_or_default()),
            Outcome::Unknown
        );
        let locked = text.replace("Encryption: none", "Encryption: aes256-cbc");
        assert_eq!(
            facts("putty-key", &locked).get(1),
            Some(&("cipher", "aes256-cbc".to_owned()))
        );
    }
}

const CODE2: &str = "7f16fe091a5c72a3eea472b85eb240903bbc861b";
const CODE3: &str = "c2cb9400b75e218a37a155eeea1c95caebc0319da624c0f20350c5157950087c";

#[test]
fn shared_access_signatures() {
    let sig = BASE64
        .encode(&[251; 32])
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let expected = [
        ("expires", "2030-01-01T00:00:00Z".to_owned()),
        ("permissions", "rwdl".to_owned()),
    ];
    for text in [
        format!("sv=2022-11-02&se=2030-01-01T00%3A00%3A00Z&sp=rwdl&sig={sig}"),
        format!("https://a.blob.example/c?sig={sig}&se=2030-01-01&sp=rwdl"),
        format!("SharedAccessSignature sr=x&amp;sig={sig}&amp;se=1893456000&amp;sp=rwdl"),
        format!(
            "SharedAccessSignature=sig={sig}&se=2030-01-01T00:00Z&sp=rwdl;BlobEndpoint=https://x"
        ),
    ] {
        assert_eq!(facts("azure-sas", &text), expected, "{text}");
    }
    assert!(invalid("azure-sas", "sv=1&sig=YOUR_SIGNATURE"));
    assert_eq!(verify("azure-sas", "sv=1&se=2"), Outcome::Unknown);
}

#[test]
fn decoded_texts() {
    let auth = |text: &[u8]| BASE64.encode(text);
    assert_eq!(facts("docker-auth", &auth(b"user:password")), []);
    assert!(invalid("docker-auth", &auth(b"user:")));
    assert!(invalid("docker-auth", &auth(b"\x01\x02:\x03")));
    let alone = auth(b"key-of-an-api:");
    assert_eq!(facts("basic-auth", &format!("Basic {alone}")), []);
    assert!(invalid("basic-auth", &auth(b"user:")));
    assert!(invalid("basic-auth", &auth(b"no colon")));
    let id = auth(b"123456789012345678");
    let expected = [
        ("Discord application", "123456789012345678"),
        ("created", "2015-12-07"),
    ];
    let expected = expected.map(|(label, value)| (label, value.to_owned()));
    assert_eq!(
        facts("discord-bot", &format!("{id}.AAAAAA.{}", "x".repeat(38))),
        expected
    );
    assert!(invalid("discord-bot", "abcdefgh.AAAAAA.xxx"));
    let bitbucket = format!(
        "{}{}",
        "BBDC-",
        auth(&[b"123456789012:".as_slice(), &[200; 20]].concat())
    );
    assert_eq!(facts("bitbucket-dc", &bitbucket), []);
    assert!(invalid(
        "bitbucket-dc",
        &format!("{}{}", "BBDC-", "a".repeat(44))
    ));
    let id = BASE32_NOPAD.encode(b"v4abcdefghij").to_lowercase();
    let nuget = format!("{id}{}", BASE32_NOPAD.encode(&[77; 16]).to_lowercase());
    assert_eq!(facts("nuget", &nuget), []);
    assert!(invalid(
        "nuget",
        &format!("{}b", nuget.get(..45).unwrap_or_default())
    ));
    let reference = |text: &str| BASE64.encode(text.as_bytes());
    assert_eq!(
        facts("jfrog-reference", &reference("reftkn:01:0:abcdef")),
        []
    );
    let expected = [("expires", "2030-01-01T00:00:00Z".to_owned())];
    assert_eq!(
        facts("jfrog-reference", &reference("reftkn:01:1893456000:abcdef")),
        expected
    );
    assert!(invalid("jfrog-reference", &reference("reftkn:01")));
    let body = BASE64URL_NOPAD.encode(&[3; 32]);
    for prefix in ["CFPAT-", "tgp_v1_", "fo1_", "sha256~"] {
        assert_eq!(facts("base64-32-bytes", &format!("{prefix}{body}")), []);
        let odd = format!("{prefix}{}B", body.get(..42).unwrap_or_default());
        assert!(invalid("base64-32-bytes", &odd));
    }
    assert!(invalid(
        "jfrog-api-key",
        &format!("{}{}", "AKCp", "x".repeat(40))
    ));
    assert_eq!(
        facts("jfrog-api-key", &format!("{}{}", "AKCp", "x".repeat(69))),
        []
    );
}
