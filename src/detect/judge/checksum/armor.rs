//! `OpenPGP` in ASCII armor.

use data_encoding::BASE64;

use super::codec::{base64, crc24};
use super::crc32::MISMATCH;
use super::pem::{unescaped, unpatched};
use super::{Certainty, Check, Fact, Outcome};

/// `OpenPGP` private key blocks: the armor's checksum, where there is one, and the first packet.
///
/// Source: RFC 9580, sections 4.2 and 6.1. Medium, because the checksum is optional and readers are told to accept a
/// block whose checksum does not fit.
pub(super) static OPENPGP: Check = Check {
    name: "openpgp-crc24",
    certainty: Certainty::Medium,
    verify: |secret| str::from_utf8(secret).map_or(Outcome::Unknown, armor),
    near: None,
    complete: Some(|head| {
        let data = body(&unescaped(head))?.data?;
        Some(format!("={}", BASE64.encode(&crc24(&data))))
    }),
};

const BEGIN: &str = "PGP PRIVATE KEY BLOCK-----";
const END: &str = "-----END ";
/// Packet types.
const SECRET_KEY: u8 = 5;

struct Body {
    /// The decoded packets; `None` if they are no base64.
    data: Option<Vec<u8>>,
    sum: Option<String>,
}

fn armor(text: &str) -> Outcome {
    let text = unpatched(&unescaped(text));
    // Without an END line the text may just have been cut by the pattern.
    let Some((block, _)) = text.split_once(END) else {
        return Outcome::Unknown;
    };
    let Some(Body { data, sum }) = body(block) else {
        return Outcome::Unknown;
    };
    let Some(data) = data.filter(|data| !data.is_empty()) else {
        return Outcome::Invalid("the body is not base64");
    };
    let first = data.first().copied().unwrap_or_default();
    // The older form of packet headers keeps the type in four bits, the newer in six.
    let kind = match first >> 6 {
        0b10 => first >> 2 & 0x0f,
        0b11 => first & 0x3f,
        _ => return Outcome::Invalid("the body does not begin with a packet"),
    };
    if kind != SECRET_KEY {
        return Outcome::Invalid("the first packet is not a secret key");
    }
    let facts = vec![Fact::new("format", "OpenPGP")];
    match sum.map(|sum| base64(&sum)) {
        Some(Some(sum)) if sum == crc24(&data) => Outcome::Valid(facts),
        Some(_) => Outcome::Invalid(MISMATCH),
        None => Outcome::Structure(facts),
    }
}

/// What stands behind the BEGIN line.
fn body(text: &str) -> Option<Body> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (mut packed, mut sum) = (String::new(), None);
    for line in rest.lines() {
        let line = line.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
        if line.contains(':') {
            continue;
        }
        match line.strip_prefix('=') {
            // Padding alone on its line is shorter.
            Some(rest) if rest.len() == 4 && !packed.is_empty() => sum = Some(rest.to_owned()),
            _ => packed.push_str(line),
        }
    }
    Some(Body {
        data: base64(&packed),
        sum,
    })
}
