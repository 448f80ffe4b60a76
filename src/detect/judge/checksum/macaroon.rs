//! Tokens that decode to binary records: macaroons and protocol buffers.

use serde_json::Value;

use super::codec::{ascii, base64, shown};
use super::date::iso_date_time;
use super::reader::Reader;
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// `PyPI` API tokens: a version 2 macaroon for pypi.org or test.pypi.org.
///
/// Source: <https://github.com/pypi/warehouse>, `warehouse/macaroons/`, and libmacaroons' `doc/format.txt`. Tokens
/// of other indexes stay unknown.
pub(super) static PYPI: Check = Check {
    name: "pypi-macaroon",
    certainty: Certainty::High,
    verify: |secret| match ascii(secret).and_then(|text| text.strip_prefix("pypi-")) {
        None => Outcome::Unknown,
        Some(body) => match base64(body) {
            None => Outcome::Invalid("not base64"),
            Some(bytes) => macaroon(&bytes).unwrap_or(Outcome::Invalid("not a macaroon")),
        },
    },
    near: None,
    complete: None,
};

/// Vault service tokens: a protocol buffer of version, HMAC and token.
///
/// Source: <https://github.com/hashicorp/vault>, `vault/tokens/token.proto`. Only the form that begins with a
/// version 1 and a 32-byte HMAC is judged.
pub(super) static VAULT: Check = Check {
    name: "vault-token",
    certainty: Certainty::Medium,
    verify: |secret| match ascii(secret).and_then(|text| text.strip_prefix("hvs.")) {
        Some(body) if body.starts_with("CAESI") => {
            match base64(body).and_then(|bytes| signed_token(&bytes)) {
                Some(()) => Outcome::Valid(Vec::new()),
                None => Outcome::Invalid("does not decode to a signed token"),
            }
        }
        _ => Outcome::Unknown,
    },
    near: None,
    complete: None,
};

/// Fly.io tokens: a list of macaroons, each base64 of a `MessagePack` array of four.
///
/// Source: <https://github.com/superfly/macaroon>. Medium: not reproduced on a token of every age.
pub(super) static FLY: Check = Check {
    name: "fly-macaroon",
    certainty: Certainty::Medium,
    verify: |secret| {
        let Some(text) = ascii(secret) else {
            return Outcome::Unknown;
        };
        let is_macaroon = |token: &str| {
            let body = ["fm1r_", "fm1a_", "fm2_"]
                .into_iter()
                .find_map(|prefix| token.strip_prefix(prefix));
            // An array of four, whose first is an array, too.
            body.and_then(base64)
                .is_some_and(|bytes| matches!(bytes.as_slice(), [0x94, 0x90..=0x9f, _, ..]))
        };
        if text.split(',').all(is_macaroon) {
            Outcome::Valid(Vec::new())
        } else {
            Outcome::Invalid("does not decode to macaroons")
        }
    },
    near: None,
    complete: None,
};

fn signed_token(bytes: &[u8]) -> Option<()> {
    let mut reader = Reader::new(bytes);
    reader.expect(0x08)?;
    reader.expect(1)?;
    reader.expect(0x12)?;
    let hmac = reader.counted()?;
    reader.expect(0x1a)?;
    let token = reader.counted()?;
    (hmac.len() == 32 && !token.is_empty() && reader.is_empty()).then_some(())
}

/// Fields of a macaroon: 0 ends a section; the others come with a length.
const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const VERIFIER: u8 = 4;
const SIGNATURE: u8 = 6;

/// `None` for bytes that are no macaroon.
fn macaroon(bytes: &[u8]) -> Option<Outcome> {
    let mut reader = Reader::new(bytes);
    reader.expect(2)?;
    reader.expect(LOCATION)?;
    let location = ascii(reader.counted()?)?;
    if !matches!(location, "pypi.org" | "test.pypi.org") {
        return Some(Outcome::Unknown);
    }
    reader.expect(IDENTIFIER)?;
    reader.counted()?;
    reader.expect(END)?;
    let mut facts = vec![Fact::new("index", location)];
    loop {
        let mut field = reader.byte()?;
        if field == END {
            break;
        }
        // A caveat: location (optional), identifier, verification id (optional), end.
        if field == LOCATION {
            reader.counted()?;
            field = reader.byte()?;
        }
        if field != IDENTIFIER {
            return None;
        }
        facts.extend(caveat(reader.counted()?));
        let mut field = reader.byte()?;
        if field == VERIFIER {
            reader.counted()?;
            field = reader.byte()?;
        }
        if field != END {
            return None;
        }
    }
    reader.expect(SIGNATURE)?;
    let signature = reader.counted()?;
    (signature.len() == 32 && reader.is_empty()).then_some(Outcome::Valid(facts))
}

/// What a caveat limits the token to: older ones are objects, newer ones arrays that begin with their kind. User
/// ids are left out.
fn caveat(text: &[u8]) -> Option<Fact> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let names = |list: &Value| {
        let names: Vec<&str> = list.as_array()?.iter().filter_map(Value::as_str).collect();
        shown(&names.join(", "))
    };
    if let Some(permissions) = value.get("permissions") {
        if permissions.as_str() == Some("user") {
            return Some(Fact::new("permissions", "all projects of the account"));
        }
        return names(permissions.get("projects")?).map(|names| Fact::new("projects", names));
    }
    match value.get(0)?.as_i64()? {
        0 => Some(Fact::new(EXPIRES, iso_date_time(value.get(1)?.as_i64()?)?)),
        1 => names(value.get(1)?).map(|names| Fact::new("projects", names)),
        3 => Some(Fact::new("permissions", "all projects of the account")),
        _ => None,
    }
}
