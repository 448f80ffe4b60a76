//! Values that standards and manuals print, and constants that are the same everywhere: whoever writes one shows how
//! something is done, or must use just that one. None of them opens anything.
//!
//! Only what is published as such belongs here, with its source.

/// Whole values. Case does not matter: nobody is given one of them in other letters.
const PRINTED: &[(&str, &[&str])] = &[
    (
        "RFC 5849 and the first OAuth",
        &[
            "dpf43f3p2l4k3l03",
            "kd94hf93k423kf44",
            "hh5s93j4hdidpola",
            "hdhd0244k9j7ao03",
            "hfdp7dh39dks9884",
            "nnch734d00sl2jdk",
            "pfkkdhi9sl3r4s00",
            "9djdj82h48djs9d2",
            "kkk9d7dh3k39sjv7",
            "j49sk3j29djd",
            "dh893hdasih9",
        ],
    ),
    (
        "RFC 6749",
        &[
            "2YotnFZFEjr1zCsicMWpAA",
            "tGzv3JOkF0XG5Qx2TlKWIA",
            "SplxlOBeZQQYbYS6WxSbIA",
            "7Fjfp0ZBr1KtDRbnfVdmIw",
            "gX1fBat3bV",
            "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
            "A3ddj3w",
        ],
    ),
    (
        "RFC 6750 and the drafts of MAC tokens",
        &[
            "mF_9.B5f-4.1JqM",
            "vF9dft4qmT",
            "jd93dh9dh39D",
            "h480djs93hd8",
            "489dks293j39",
            "adijq39jdlaska9asud",
        ],
    ),
    (
        "OpenID Connect Core 1.0",
        &["SlAV32hkKG", "8xLOxBtZp8", "n-0S6_WzA2Mj"],
    ),
    (
        "RFC 2617 and RFC 7617",
        &["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "dGVzdDoxMjPCow=="],
    ),
    (
        "RFC 6455, section 1.3",
        &[
            "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            "dGhlIHNhbXBsZSBub25jZQ==",
        ],
    ),
    (
        "RFC 4226, appendix D, in base32, and the key URI of authenticator apps",
        &[
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "JBSWY3DPEHPK3PXP",
            "HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ",
        ],
    ),
];

/// How the keys start that Microsoft's emulators of Azure Storage and of Cosmos DB have, on every machine.
const EMULATORS: &[&str] = &["Eby8vdM02xNOcqFlqUwJ", "C2y6yDjf5/R+ob0N8A7C"];

/// Whether a value is printed in a standard or a manual, or the same everywhere.
pub(super) fn is_documented(value: &[u8]) -> bool {
    PRINTED
        .iter()
        .flat_map(|(_, values)| *values)
        .any(|printed| value.eq_ignore_ascii_case(printed.as_bytes()))
        || EMULATORS
            .iter()
            .any(|start| value.starts_with(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_standards_are_documented() {
        for value in [
            "2YotnFZFEjr1zCsicMWpAA",
            "258eafa5-e914-47da-95ca-c5ab0dc85b11",
            "JBSWY3DPEHPK3PXP",
        ] {
            assert!(is_documented(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_only_holds_one_is_not() {
        for value in ["", "2YotnFZFEjr1zCsicMWpA", "x JBSWY3DPEHPK3PXP", "hunter2"] {
            assert!(!is_documented(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn none_is_printed_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (_, values) in PRINTED {
            for value in *values {
                assert!(seen.insert(value.to_ascii_lowercase()), "{value}");
            }
        }
    }
}
