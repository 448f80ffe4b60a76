//! Vectors of all checks. They are put together at run time, so that no string here looks like a credential.

use super::{Fact, Outcome, all, by_name};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

mod keys;
mod properties;
mod structures;

fn verify(name: &str, text: &str) -> Outcome {
    (by_name(name).expect("the check exists").verify)(text.as_bytes())
}

fn complete(name: &str, head: &str) -> Option<String> {
    by_name(name)
        .expect("the check exists")
        .complete
        .expect("the check completes")(head)
}

fn facts(name: &str, text: &str) -> Vec<(&'static str, String)> {
    match verify(name, text) {
        Outcome::Valid(facts) => pairs(facts),
        other => panic!("{name}: {other:?}"),
    }
}

/// The facts of a text of which the structure alone holds.
fn structure(name: &str, text: &str) -> Vec<(&'static str, String)> {
    match verify(name, text) {
        Outcome::Structure(facts) => pairs(facts),
        other => panic!("{name}: {other:?}"),
    }
}

/// What a check says of a secret in a text.
fn near(name: &str, secret: &str, around: &str) -> Outcome {
    let check = by_name(name).expect("the check exists");
    check.run(secret.as_bytes(), around.as_bytes())
}

fn pairs(facts: Vec<Fact>) -> Vec<(&'static str, String)> {
    facts
        .into_iter()
        .map(|Fact { label, value }| (label, value))
        .collect()
}

fn invalid(name: &str, text: &str) -> bool {
    matches!(verify(name, text), Outcome::Invalid(_))
}

/// Every text that differs from this one in one character.
fn mutations(text: &str) -> impl Iterator<Item = String> {
    text.char_indices().map(|(at, c)| {
        let other = match c {
            'a' => 'b',
            'A' => 'C',
            '2' => '3',
            c if c.is_ascii_lowercase() => 'a',
            c if c.is_ascii_uppercase() => 'A',
            _ => '2',
        };
        let tail = text.get(at + 1..).unwrap_or_default();
        format!("{}{other}{tail}", text.get(..at).unwrap_or_default())
    })
}

/// Valid, and no longer so after any change of one character at or after `from`.
fn assert_sealed(name: &str, text: &str, from: usize) {
    facts(name, text);
    for mutated in mutations(text).skip(from).filter(|mutated| mutated != text) {
        assert!(
            !matches!(verify(name, &mutated), Outcome::Valid(_)),
            "{name}: {mutated}"
        );
    }
}

const BODY30: &str = concat!("Test0Vector0Not0A0Real", "0Secret0");

#[test]
fn names_are_sorted_and_found() {
    assert!(all().is_sorted_by(|a, b| a.name < b.name));
    for check in all() {
        assert_eq!(
            by_name(check.name).map(|found| found.name),
            Some(check.name)
        );
    }
    assert!(by_name("").is_none() && by_name("none").is_none());
}

#[test]
fn every_check_is_named_by_a_rule() {
    let rules = crate::rule::RuleSet::built_in();
    let named: Vec<&str> = rules
        .iter()
        .filter_map(|(_, rule)| rule.checksum.as_deref())
        .collect();
    for check in all() {
        assert!(named.contains(&check.name), "{}", check.name);
    }
}

#[test]
fn crc32_vectors() {
    for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"] {
        assert_sealed("github-crc32", &format!("{prefix}{BODY30}{}", "33W7lG"), 4);
        assert_sealed(
            "github-crc32",
            &format!("{prefix}{}{}", "Test0Vector0Padding00000000169", "00fALB"),
            4,
        );
        assert_eq!(
            verify("github-crc32", &format!("{prefix}{BODY30}")),
            Outcome::Unknown
        );
    }
    assert_eq!(
        verify("github-crc32", &format!("{}{}", "ghr_", "a".repeat(76))),
        Outcome::Unknown
    );
    assert_eq!(
        verify(
            "github-crc32",
            &format!("{}{}.eyJ9", "ghs_1_eyJ", "a".repeat(26))
        ),
        Outcome::Unknown
    );
    assert_sealed(
        "cloudflare-crc32",
        &format!("{}{BODY30}{}{}", "cfk_", "x222222222", "318a2b4a"),
        4,
    );
    assert_sealed(
        "grafana-crc32",
        &format!("{}{BODY30}{}_{}", "glsa_", "22", "67969cd0"),
        0,
    );
    assert_sealed(
        "zuplo-crc32",
        &format!("{}{}_{}", "zpka_", "0123456789abcdef".repeat(2), "7759b50e"),
        0,
    );
    assert_sealed(
        "confluent-crc32",
        &format!("{}{}{}{}", "cflt", SECRET24, "x".repeat(30), "a/ot3Q"),
        0,
    );
    assert_sealed(
        "atlassian-crc32",
        &format!("{}{}{}", "ATBB", SECRET24, "4A122F90"),
        0,
    );
    let body = format!("{}{}", "ATCTT3xFfGN0", format!("{SECRET24}-_").repeat(4));
    for equals in ["=", "\\=", "%3D"] {
        facts("atlassian-crc32", &format!("{body}{equals}{}", "05C1D5A0"));
    }
    assert!(invalid(
        "atlassian-crc32",
        &format!("{body}={}", "05C1D5A1")
    ));
}

const SECRET24: &str = "TestVectorNotARealSecret";

#[test]
fn gitlab_vectors() {
    let payload = concat!("AAECAwQFBgcICQoL", "DA0OD286MQp1OjIH");
    let token = format!("{}{payload}{}{}{}", "glpat-", ".01.", "0w", "0v26tqw");
    assert_sealed("gitlab-routable", &token, 0);
    let expected = [
        ("GitLab organization", "1".to_owned()),
        ("GitLab user", "2".to_owned()),
    ];
    assert_eq!(facts("gitlab-routable", &token), expected);
    assert_eq!(
        verify(
            "gitlab-routable",
            &format!("{}{}", "glpat-", "a".repeat(20))
        ),
        Outcome::Unknown
    );
    // The first layout: text, random bytes, their number; no version.
    let payload = BASE64URL_NOPAD.encode(b"o:1\nu:z0123456789abcdef\x10");
    let head = format!("{}{payload}.0{}", "glpat-", char::from(b'w'));
    let token = format!(
        "{head}{}",
        complete("gitlab-routable", &head).expect("completes")
    );
    assert_eq!(
        facts("gitlab-routable", &token).last(),
        Some(&("GitLab user", "35".to_owned()))
    );
    // A length field that exceeds the text is refused although the sum is right.
    let head = format!("{}{payload}.zz", "glpat-");
    assert_eq!(complete("gitlab-routable", &head), None);
    let sum = super::codec::base36_text(crc32fast::hash(head.as_bytes()), 7);
    assert!(invalid("gitlab-routable", &format!("{head}{sum}")));
}

#[test]
fn azure_devops_vectors() {
    for (token, kind) in [
        (
            concat!("aaatoaqdaqc3cyiga4eascqlbq", "gq4dyqcejhaeyuculbogazdinq"),
            "user token",
        ),
        (
            concat!("aaa4oaqdaqcrd4iga4eascqlbq", "gq4dyqcejhgeyuculbogazdinq"),
            "application token",
        ),
    ] {
        assert_eq!(
            facts("azure-devops-pat", token),
            [("kind", kind.to_owned())]
        );
        // The last character holds unused bits, so it may change.
        assert!(
            mutations(token)
                .take(51)
                .all(|mutated| invalid("azure-devops-pat", &mutated))
        );
    }
    let head = format!(
        "{}{}{}{}",
        "a1".repeat(26),
        "JQQJ99BC",
        "0".repeat(16),
        "AZDO"
    );
    let token = format!(
        "{head}{}",
        complete("azure-devops-pat", &head).expect("completes")
    );
    assert_eq!(
        facts("azure-devops-pat", &token).last(),
        Some(&("created", "2025-03".to_owned()))
    );
    assert!(matches!(verify("azure-marvin", &token), Outcome::Valid(_)));
    // A sum that does not fit leaves what the fixed places say.
    let expected = [
        ("kind", "key".to_owned()),
        ("provider", "AZDO".to_owned()),
        ("created", "2025-03".to_owned()),
    ];
    for name in ["azure-devops-pat", "azure-marvin"] {
        assert_eq!(structure(name, &format!("{head}0000")), expected);
    }
    assert!(invalid(
        "azure-devops-pat",
        &token.replace("JQQJ99BC", "JQQJ99BZ")
    ));
}

#[test]
fn marvin_vectors() {
    let kind = |text: &str| {
        facts("azure-marvin", text)
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    let storage = format!("{}{}{}", "a".repeat(76), "+ASt", "5mnCaw==");
    assert_eq!(kind(&storage), ["Azure Storage", "full access"]);
    assert_sealed("azure-marvin", storage.trim_end_matches('='), 0);
    assert_eq!(
        kind(&format!("{}{}{}", "a".repeat(42), "AzSe", "CjhzCu")),
        ["Azure AI Search", "query"]
    );
    assert_eq!(
        kind(&format!("{}{}{}", "d".repeat(44), "AzFu", "182vhA==")),
        ["Azure Functions", "system"]
    );
    let own: Vec<u8> = (0..57).collect();
    facts(
        "azure-marvin",
        &format!("{}{}{}", BASE64.encode(&own), "+ASt", "Y5ep4A=="),
    );
    for (marker, at) in [
        ("+ASt", 76),
        ("ACDb", 76),
        ("+ABa", 76),
        ("+AMC", 76),
        ("APIM", 76),
        ("+ASb", 33),
        ("+AEh", 33),
        ("+ARm", 33),
        ("AIoT", 33),
        ("AzCa", 33),
        ("AzSe", 42),
        ("+ACR", 42),
        ("AzFu", 44),
    ] {
        for fill in ["aB3x", "Zq90", "77Pm", "FFzz"] {
            let head = format!("{}{marker}", fill.repeat(19).get(..at).unwrap_or_default());
            let token = format!(
                "{head}{}",
                complete("azure-marvin", &head).expect("completes")
            );
            facts("azure-marvin", &token);
            assert_sealed("azure-marvin", token.trim_end_matches('='), 0);
        }
    }
    // Where the text of a Redis key may have been changed after the fact, a mismatch says nothing.
    let redis = format!("{}{}{}", "P".repeat(33), "AzCa", "Axxxxx=");
    assert_eq!(
        structure("azure-marvin", &redis),
        [("kind", "Azure Cache for Redis".to_owned())]
    );
    assert!(invalid(
        "azure-marvin",
        &format!("{}{}{}", "a".repeat(33), "AzCa", "Axxxxx=")
    ));
    let cask = format!("{}{}{}", "a".repeat(43), "AQJJQABAA", "TEST12345678");
    assert_eq!(kind(&cask), ["CASK key", "TEST"]);
}

#[test]
fn aws_vectors() {
    let account = |id: &str| facts("aws-access-key-id", id);
    assert_eq!(
        account(concat!("ASIA", "QNZGKIQY56JQ7WML")),
        [("AWS account", "029608264753".to_owned())]
    );
    assert_eq!(
        account(concat!("AKIA", "RZPUZDIKAAAAAAAA")),
        [("AWS account", "123456789012".to_owned())]
    );
    assert_eq!(
        verify("aws-access-key-id", concat!("AKIA", "IOSFODNN7EXAMPLE")),
        Outcome::Unknown
    );
    let long = BASE64.encode(b"BedrockAPIKey-abcd-at-123456789012:c2VjcmV0");
    assert_eq!(
        facts("aws-bedrock", &format!("ABSK{long}")),
        [("AWS account", "123456789012".to_owned())]
    );
    assert!(invalid("aws-bedrock", &format!("ABSK{}", "a".repeat(40))));
    let query = format!(
        "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential={}%2F20250102%2Feu-west-1%2Fbedrock\
         %2Faws4_request&X-Amz-Date=20250102T030405Z&X-Amz-Expires=43200&Version=1",
        concat!("ASIA", "RZPUZDIKAAAAAAAA"),
    );
    let expected = [
        ("AWS account", "123456789012".to_owned()),
        ("AWS region", "eu-west-1".to_owned()),
        ("expires", "2025-01-02T15:04:05Z".to_owned()),
    ];
    let token = format!("bedrock-api-key-{}", BASE64.encode(query.as_bytes()));
    assert_eq!(facts("aws-bedrock", &token), expected);
    let token = BASE64.encode(
        b"!\n\x09origin_ec\x10\x01\x1a\x09us-east-1\x22\x04abcd\x1a\x0c123456789012\x22\x0c",
    );
    assert_eq!(
        facts("aws-session-token", &token),
        [
            ("AWS account", "123456789012".to_owned()),
            ("AWS region", "us-east-1".to_owned())
        ],
    );
    assert!(invalid("aws-session-token", "IQoJb3JpZ2lu!!!"));
    assert_eq!(verify("aws-session-token", "abc"), Outcome::Unknown);
}

#[test]
fn encodings_with_checksums() {
    let age = concat!(
        "QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS",
        "23V9CCRYDPK8QARC0SWRYDWG"
    );
    assert_sealed("age-bech32", &format!("{}{age}", "AGE-SECRET-KEY-1"), 16);
    assert!(invalid(
        "age-bech32",
        &format!("{}{}", "AGE-SECRET-KEY-1", age.to_lowercase())
    ));
    let nkey = format!(
        "SU{}{}",
        concat!("AAAAICAMCAKBQHBAEQUCYMBUHA6EARC", "IJRIFIWC4MBSGQ3"),
        "DQOR4H776Y"
    );
    assert_eq!(facts("nkey-crc16", &nkey), [("role", "user".to_owned())]);
    assert_sealed("nkey-crc16", &nkey, 0);
    let stellar = concat!(
        "SAAACAQDAQCQMBYIBEFAWDANBYHR",
        "AEISCMKBKFQXDAMRUGY4DUPB6NKI"
    );
    assert_sealed("stellar-crc16", stellar, 0);
    // The private key 01 02 .. 20, not compressed and compressed, and an extended key around it.
    assert_sealed(
        "wif-base58check",
        concat!("5HpjKrb7dH5kKQQzmbjB87Mxo", "va7mek5bXUTWfndcX6tBoqUwzm"),
        0,
    );
    assert_sealed(
        "wif-base58check",
        concat!("KwFfpDsaF7yxCELuyrH9gP5XL", "7TAt5b9HPWC1xCQbmrxvhJgMQHb"),
        0,
    );
    let extended = concat!(
        "xprv9s21ZrQH143K24MoUenttLtWQNeeDZvsczTUeCMmb85Mn2qb",
        "bmZbpre8QqQH8wmA4GoUD2xSkMuhS1ZpWEdfVghKKi9zEKeNYi1LLmTE6Ra",
    );
    assert_eq!(
        facts("xprv-base58check", extended),
        [("network", "main".to_owned())]
    );
    assert_sealed("xprv-base58check", extended, 0);
}

#[test]
fn encodings_are_completed() {
    for (name, head) in [
        ("age-bech32", "AGE-SECRET-KEY-1"),
        (
            "age-bech32",
            "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        ),
        ("nostr-bech32", "nsec1"),
        ("nostr-bech32", "nsec1qpzry9x8"),
        ("sui-bech32", "suiprivkey1"),
        ("sui-bech32", "suiprivkey1qpzry9x8"),
        ("nkey-crc16", "SUA"),
        ("nkey-crc16", "SOABCDEFGHIJ"),
        ("stellar-crc16", "SB"),
        ("stellar-crc16", "SCABCDEFGHIJ234567"),
        ("wif-base58check", "5J"),
        ("wif-base58check", "Ky"),
        ("wif-base58check", "L1abcdefghijkmnopqrstuvwxyz"),
        ("xprv-base58check", "xprv"),
        ("xprv-base58check", "zprv"),
        ("xprv-base58check", "tprv"),
        (
            "azure-devops-pat",
            &"abcdefghijklmnopqrstuvwxyz234567".repeat(2).as_str()[..44],
        ),
    ] {
        let tail = complete(name, head).expect(name);
        assert_sealed(
            name,
            &format!("{head}{tail}"),
            if name == "azure-devops-pat" { 52 } else { 0 },
        );
    }
    for (name, head) in [
        ("stellar-crc16", "SZ"),
        ("nkey-crc16", "SUZ"),
        ("wif-base58check", "K0"),
        ("age-bech32", "x"),
    ] {
        assert_eq!(complete(name, head), None, "{name} {head}");
    }
}

#[test]
fn macaroons() {
    let caveats: [&[u8]; 3] = [
        br#"{"version":1,"permissions":{"projects":["one","two"]}}"#,
        b"[0, 1893456000, 0]",
        br#"{"version":1,"permissions":"user"}"#,
    ];
    let mut bytes = b"\x02\x01\x08pypi.org\x02\x02id\x00".to_vec();
    for caveat in caveats {
        bytes.extend([2, u8::try_from(caveat.len()).expect("short")]);
        bytes.extend(caveat);
        bytes.push(0);
    }
    bytes.extend(b"\x00\x06\x20");
    bytes.extend([7; 32]);
    let token = format!("pypi-{}", BASE64URL_NOPAD.encode(&bytes));
    let labels: Vec<_> = facts("pypi-macaroon", &token);
    assert_eq!(labels.get(1), Some(&("projects", "one, two".to_owned())));
    assert_eq!(
        labels.get(2),
        Some(&("expires", "2030-01-01T00:00:00Z".to_owned()))
    );
    assert_eq!(labels.len(), 4);
    bytes.pop();
    assert!(invalid(
        "pypi-macaroon",
        &format!("pypi-{}", BASE64URL_NOPAD.encode(&bytes))
    ));
    let mut vault = vec![0x08, 1, 0x12, 32];
    vault.extend([9; 32]);
    vault.extend(b"\x1a\x04abcd");
    let token = format!("{}{}", "hvs.", BASE64URL_NOPAD.encode(&vault));
    facts("vault-token", &token);
    assert!(invalid(
        "vault-token",
        token.get(..token.len() - 4).unwrap_or_default()
    ));
    assert_eq!(verify("vault-token", "hvs.abcdefgh"), Outcome::Unknown);
}

fn encoded(json: &str) -> String {
    BASE64_NOPAD
        .encode(json.as_bytes())
        .replace('+', "-")
        .replace('/', "_")
}
