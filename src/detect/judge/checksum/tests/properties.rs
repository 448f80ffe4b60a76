//! What holds for any text: no check panics, and whatever a check completes passes it.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;

use super::super::{Outcome, all};
use super::{assert_sealed, complete, verify};

/// What tokens of each check begin with, so that random rests get past the first test.
const BEGINNINGS: &[&str] = &[
    "ghp_",
    "npm_",
    "glpat-",
    "cfk_",
    "glsa_",
    "zpka_",
    "cflt",
    "ATATT3",
    "ATBB",
    "AKIA",
    "ABSK",
    "bedrock-api-key-",
    "IQoJb3JpZ2lu",
    "AGE-SECRET-KEY-1",
    "nsec1",
    "suiprivkey1",
    "SU",
    "SA",
    "K",
    "5",
    "xprv",
    "pypi-",
    "pypi-AgEIcHlwaS5vcmc",
    "hvs.",
    "hvs.CAESI",
    "glc_",
    "eyJ",
    "sntrys_",
    "ops_",
    "cmVmdGtu",
    "AKCp",
    "sk.",
    "eyJhbGciOiJub25lIn0.",
    concat!("-----BEGIN ", "OPENSSH PRIVATE KEY-----\n"),
    concat!("-----BEGIN ", "RSA PRIVATE KEY-----\\n"),
    "PuTTY-User-Key-File-2: x\n",
    "Basic ",
    "sig=",
    "?se=1&sig=",
    "BBDC-",
    "oy2",
    "{\"type\":\"service_account\",",
];

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for check in all() {
            let _ = (check.verify)(&bytes);
        }
    }

    #[test]
    fn arbitrary_rests_never_panic(rest in "[A-Za-z0-9+/=_.~ :\\\\-]{0,120}", any in "\\PC{0,40}") {
        for beginning in BEGINNINGS {
            for text in [format!("{beginning}{rest}"), format!("{beginning}{any}"), format!("{beginning}{rest}{any}")] {
                for check in all() {
                    let _ = (check.verify)(text.as_bytes());
                    if let Some(tail) = check.complete.and_then(|complete| complete(&text)) {
                        let whole = format!("{text}{tail}");
                        prop_assert!(
                            matches!((check.verify)(whole.as_bytes()), Outcome::Valid(_)),
                            "{}: {whole}", check.name,
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn packed_binaries_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let body = BASE64.encode(&[b"openssh-key-v1\0".as_slice(), &bytes].concat());
        let text = format!("-----BEGIN {0}-----\n{body}\n-----END {0}-----", "OPENSSH PRIVATE KEY");
        let _ = verify("openssh-key", &text);
        let token = BASE64URL_NOPAD.encode(&[b"\x02\x01\x08pypi.org".as_slice(), &bytes].concat());
        let _ = verify("pypi-macaroon", &format!("pypi-{token}"));
    }

    #[test]
    fn completed_tokens_are_sealed(body in "[A-Za-z0-9]{76}") {
        let cut = |count: usize| body.get(..count).unwrap_or_default();
        for (name, head) in [
            ("github-crc32", format!("{}{}", "ghp_", cut(30))),
            ("cloudflare-crc32", format!("{}{}", "cfut_", cut(40))),
            ("grafana-crc32", format!("{}{}", "glsa_", cut(32))),
            ("zuplo-crc32", format!("{}{}", "zpka_", cut(32))),
            ("confluent-crc32", format!("{}{}", "cflt", cut(54))),
            ("atlassian-crc32", format!("{}{}=", "ATATT3", cut(60))),
            ("atlassian-crc32", format!("{}{}", "ATBB", cut(24))),
            ("gitlab-routable", format!("{}{}.01.0w", "glpat-", cut(32))),
            ("age-bech32", "AGE-SECRET-KEY-1".to_owned()),
        ] {
            let tail = complete(name, &head).expect("completes");
            assert_sealed(name, &format!("{head}{tail}"), 4);
        }
    }
}
