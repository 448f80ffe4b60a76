//! Keys with what stands near them, and keys in containers.

use data_encoding::BASE64;

use super::super::{Fact, Outcome};
use super::structures::pem;
use super::{complete, facts, invalid, near, structure, verify};

/// An element in DER with less than 64 KiB of content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a short element");
    let [high, low] = length.to_be_bytes();
    [&[tag, 0x82, high, low], content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    // What begins with a set bit would be negative.
    der(2, &[&[0], number].concat())
}

/// A certificate of a key that ends with the year 2030.
fn certificate(key: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[&der(6, &[42, 3])]);
    let validity = sequence(&[&der(0x17, b"200101000000Z"), &der(0x17, b"301231235959Z")]);
    let key = sequence(&[&algorithm, &der(3, &[&[0], key].concat())]);
    let body = sequence(&[
        &der(0xa0, &integer(&[2])),
        &integer(&[77]),
        &algorithm,
        &sequence(&[&der(12, b"issuer")]),
        &validity,
        &sequence(&[&der(12, b"subject")]),
        &key,
    ]);
    sequence(&[&body, &algorithm, &der(3, &[0; 33])])
}

fn in_pkcs8(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[
        &integer(&[]),
        &sequence(&[&der(6, algorithm)]),
        &der(4, key),
    ])
}

/// The primes are as small as can be: they are read as numbers of any size.
fn rsa(modulus: &[u8]) -> Vec<u8> {
    let numbers: [&[u8]; 6] = [&[], modulus, &[3], &[7], &[0xfb], &[0xf1]];
    sequence(&numbers.map(integer).each_ref().map(Vec::as_slice))
}

const MODULUS: &[u8] = &[0xec, 0x4b];
const POINT: &[u8] = &[4, 11, 22, 33, 44];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

#[test]
fn a_certificate_is_told_to_belong_to_its_key() {
    let public_rsa = sequence(&[&integer(MODULUS), &integer(&[3])]);
    let point = der(3, &[&[0], POINT].concat());
    let curve = sequence(&[
        &integer(&[1]),
        &der(4, &[9; 32]),
        &der(0xa0, &der(6, &[42, 1])),
        &der(0xa1, &point),
    ]);
    let keys = [
        (
            concat!("RSA PRIVATE ", "KEY"),
            rsa(MODULUS),
            &public_rsa[..],
        ),
        (
            concat!("PRIVATE ", "KEY"),
            in_pkcs8(RSA, &rsa(MODULUS)),
            &public_rsa,
        ),
        (concat!("EC PRIVATE ", "KEY"), curve.clone(), POINT),
        (concat!("PRIVATE ", "KEY"), in_pkcs8(CURVE, &curve), POINT),
    ];
    let other = pem("CERTIFICATE", "", &certificate(&[4, 1, 2, 3, 4]));
    for (label, data, public) in keys {
        let key = pem(label, "", &data);
        let own = pem("CERTIFICATE", "", &certificate(public));
        let told = |text: &str| match near("pem-key", &key, text) {
            Outcome::Valid(facts) => facts
                .into_iter()
                .map(|Fact { label, value }| format!("{label}: {value}"))
                .skip(2)
                .collect::<Vec<_>>(),
            other => panic!("{label}: {other:?}"),
        };
        let expected = [
            "certificate: stands near, and belongs to this key",
            "end of the certificate: 2030-12-31",
        ];
        assert_eq!(told(&format!("é\n{other}\n{own}{key}")), expected);
        assert_eq!(
            told(&format!("{key}\n{own}").replace('\n', "\\n")),
            expected
        );
        assert_eq!(told(&format!("{key}\n{other}")), [""; 0]);
        assert_eq!(told(&key), [""; 0]);
    }
}

#[test]
fn a_modulus_that_is_no_product_is_no_key() {
    for (label, data) in [
        (concat!("RSA PRIVATE ", "KEY"), rsa(&[0xec, 0x4c])),
        (
            concat!("PRIVATE ", "KEY"),
            in_pkcs8(RSA, &rsa(&[0xec, 0x4c])),
        ),
    ] {
        assert!(invalid("pem-key", &pem(label, "", &data)));
        assert!(invalid("encoded-key", &BASE64.encode(&data)));
    }
}

#[test]
fn keys_in_base64_are_opened() {
    let key = pem(concat!("RSA PRIVATE ", "KEY"), "", &rsa(MODULUS));
    let encoded = BASE64.encode(key.as_bytes());
    assert_eq!(
        facts("encoded-key", &encoded).last(),
        Some(&("encrypted", "no".to_owned()))
    );
    let (first, second) = encoded.split_at(76);
    facts("encoded-key", &format!("{first}\n    {second}"));
    assert_eq!(facts("encoded-key", &BASE64.encode(&rsa(MODULUS))), []);
    assert_eq!(verify("encoded-key", first), Outcome::Unknown);
    assert!(invalid("encoded-key", &BASE64.encode(b"0\x820123")));
}

#[test]
fn service_account_files() {
    let data = [vec![0x30, 0x82, 1, 0], vec![9; 256]].concat();
    let key = pem(concat!("PRIVATE ", "KEY"), "", &data).replace('\n', "\\n");
    let file = format!(
        r#"{{ "type": "service_account", "project_id": "acme-1", "private_key_id": "{}",
           "private_key": "{key}", "client_email": "robot@acme-1.iam.gserviceaccount.com" }}"#,
        "0123456789".repeat(4),
    );
    let told = |key: &str, file: &str| match near("gcp-service-account", key, file) {
        Outcome::Valid(facts) => facts
            .into_iter()
            .map(|fact| fact.value)
            .skip(2)
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let expected = ["acme-1", "acme-1.iam.gserviceaccount.com"];
    assert_eq!(told(&key, &file), expected);
    assert_eq!(told(&key, &format!("{{}} {file} {{}}")), expected);
    let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    assert_eq!(told(&quote(&key), &quote(&file)), expected);
    let damaged = file.replace("0123456789", "placeholder");
    assert!(matches!(
        near("gcp-service-account", &key, &damaged),
        Outcome::Invalid(_)
    ));
    for alone in [&key, "nothing"] {
        assert!(matches!(
            near("gcp-service-account", &key, alone),
            Outcome::Structure(_)
        ));
    }
}

#[test]
fn armored_keys() {
    let block = |body: &str| {
        let label = concat!("PGP PRIVATE KEY ", "BLOCK");
        format!("-----BEGIN {label}-----\nVersion: 1\n\n{body}\n-----END {label}-----")
    };
    // The check value of the CRC of RFC 9580 over "123456789" is 21cf02.
    assert_eq!(super::super::codec::crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    let data = BASE64.encode(&[0x95; 90]);
    let head = block(&format!("{data}\n"));
    let head = head.split("\n-----END").next().expect("a head");
    let sum = complete("openpgp-crc24", head).expect("completes");
    for text in [
        block(&format!("{data}\n{sum}")),
        block(&format!("{data}\n{sum}")).replace('\n', "\\n"),
        block(&format!("{data}\n{sum}")).replace('\n', "\n    "),
    ] {
        assert_eq!(
            facts("openpgp-crc24", &text),
            [("format", "OpenPGP".to_owned())]
        );
    }
    structure("openpgp-crc24", &block(&data));
    for damaged in [
        block(&format!("{data}\n=aaaa")),
        block(&format!("{}\n{sum}", data.replace("lZWVlZWV", "lZWVlZWW"))),
        block(&BASE64.encode(&[0x99; 90])),
        block(&BASE64.encode(&[0x15; 90])),
    ] {
        assert!(invalid("openpgp-crc24", &damaged), "{damaged}");
    }
}

#[test]
fn keys_whose_last_characters_are_bound() {
    let token =
        |id: &str, key: &str| format!("{}.{}{id}.{}{key}", "SG", "a".repeat(21), "b".repeat(42));
    facts("sendgrid-key", &token("Q", "k"));
    assert!(invalid("sendgrid-key", &token("B", "k")));
    assert!(invalid("sendgrid-key", &token("Q", "l")));
    let groq = |middle: &str| format!("{}_{}{middle}{}", "gsk", "a".repeat(20), "b".repeat(24));
    facts("groq-key", &groq("WGdyb3FY"));
    assert!(invalid("groq-key", &groq("WGdyb3FZ")));
    let mut key = [7_u8; 32];
    (key[0], key[31]) = (0xf8, 0x7f);
    facts("wireguard-key", &BASE64.encode(&key));
    key[31] = 0xff;
    assert!(invalid("wireguard-key", &BASE64.encode(&key)));
}

#[test]
fn fly_tokens() {
    let token = |first: u8| {
        let bytes = [vec![first, 0x93, 0xc4, 0x10], vec![1; 90]].concat();
        format!("{}_{}", "fm2", BASE64.encode(&bytes))
    };
    facts("fly-macaroon", &format!("{},{}", token(0x94), token(0x94)));
    assert!(invalid(
        "fly-macaroon",
        &format!("{},{}", token(0x94), token(0x93))
    ));
}
