//! Amazon Web Services: what key ids, Bedrock keys and session tokens say about themselves.

use super::codec::{ascii, base32, base64, percent_decoded, shown};
use super::date::{iso_date_time, parse_iso};
use super::reader::Reader;
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// Access key ids: the account id within.
///
/// Source: <https://awsteele.com/blog/2020/09/26/aws-access-key-format.html>. Ids issued before about 2019 hold no
/// account, so nothing is ever refused for it; without an account there is nothing to check.
pub(super) static ACCESS_KEY_ID: Check = Check {
    name: "aws-access-key-id",
    certainty: Certainty::Medium,
    verify: |secret| {
        let id = ascii(secret).filter(|text| text.len() == 20);
        id.and_then(account_of).map_or(Outcome::Unknown, |account| {
            Outcome::Valid(vec![Fact::new("AWS account", account)])
        })
    },
    near: None,
    complete: None,
};

/// Bedrock API keys: base64 of a name with the account (`ABSK...`) or of a presigned request.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html> and published descriptions of the
/// decoded text.
pub(super) static BEDROCK: Check = Check {
    name: "aws-bedrock",
    certainty: Certainty::High,
    verify: bedrock,
    near: None,
    complete: None,
};

/// Session tokens of the security token service: base64 of a binary that names its origin.
///
/// Source: the beginnings that all published tokens share; region and account are found where public write-ups
/// describe them and left out where they are not.
pub(super) static SESSION_TOKEN: Check = Check {
    name: "aws-session-token",
    certainty: Certainty::High,
    verify: session_token,
    near: None,
    complete: None,
};

/// The account id in an access key id of the newer kind.
fn account_of(id: &str) -> Option<String> {
    const LARGEST: u64 = 999_999_999_999;
    let body = id.get(4..).filter(|body| {
        body.bytes()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    })?;
    let bytes = base32(body)?;
    let head = bytes.first_chunk::<6>()?;
    let number = head
        .iter()
        .fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte));
    // The top bit marks ids that hold an account; the older ones begin with I or J and lack it.
    let marked = number >> 47 == 1;
    let account = (number & 0x7fff_ffff_ff80) >> 7;
    (marked && (1..=LARGEST).contains(&account)).then(|| format!("{account:012}"))
}

fn bedrock(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    if let Some(body) = text.strip_prefix("bedrock-api-key-") {
        bedrock_short(body)
    } else if let Some(body) = text.strip_prefix("ABSK") {
        bedrock_long(body)
    } else {
        Outcome::Unknown
    }
}

/// `BedrockAPIKey-` id `-at-` account `:` secret
fn bedrock_long(body: &str) -> Outcome {
    let decoded = base64(body).unwrap_or_default();
    let parts = ascii(&decoded)
        .and_then(|text| text.strip_prefix("BedrockAPIKey-"))
        .and_then(|text| text.split_once(':'))
        .and_then(|(name, key)| Some((name.rsplit_once("-at-")?.1, key)));
    match parts {
        Some((account, key)) if is_account(account) && !key.is_empty() => {
            Outcome::Valid(vec![Fact::new("AWS account", account)])
        }
        _ => Outcome::Invalid("does not decode to a Bedrock key name and secret"),
    }
}

/// `bedrock.amazonaws.com/?Action=...` with the parameters of a presigned request
fn bedrock_short(body: &str) -> Outcome {
    let decoded = base64(body).unwrap_or_default();
    let Some(query) = ascii(&decoded).and_then(|text| text.strip_prefix("bedrock.amazonaws.com/?"))
    else {
        return Outcome::Invalid("does not decode to a presigned Bedrock request");
    };
    let parameter = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
        value.map(|(_, value)| percent_decoded(value))
    };
    let mut facts = Vec::new();
    if let Some(credential) = parameter("X-Amz-Credential") {
        // Key id / date / region / service / aws4_request
        let mut parts = credential.split('/');
        let account = parts
            .next()
            .filter(|id| id.len() == 20)
            .and_then(account_of);
        facts.extend(account.map(|id| Fact::new("AWS account", id)));
        facts.extend(
            parts
                .nth(1)
                .filter(|name| is_region(name))
                .map(|name| Fact::new("AWS region", name)),
        );
    }
    let start = parameter("X-Amz-Date").and_then(|date| parse_iso(&date));
    let lifetime = parameter("X-Amz-Expires").and_then(|seconds| seconds.parse::<i64>().ok());
    if let (Some(start), Some(lifetime)) = (start, lifetime) {
        let end = start.checked_add(lifetime).and_then(iso_date_time);
        facts.extend(end.map(|date| Fact::new(EXPIRES, date)));
    }
    Outcome::Valid(facts)
}

fn session_token(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let begins = |start: &str| text.starts_with(start);
    if !(begins("IQoJb3JpZ2lu") || begins("FwoGZXIvYXdz") || begins("FQoGZXIvYXdz")) {
        return Outcome::Unknown;
    }
    // A pattern may have caught a character too many; the rest still decodes.
    let whole = text.trim_end_matches('=');
    let Some(bytes) = base64(whole).or_else(|| base64(whole.get(..whole.len().checked_sub(1)?)?))
    else {
        return Outcome::Invalid("not base64");
    };
    let mut facts = Vec::new();
    facts.extend(token_account(&bytes).map(|id| Fact::new("AWS account", id)));
    facts.extend(token_region(&bytes).map(|name| Fact::new("AWS region", name)));
    Outcome::Valid(facts)
}

/// A 12-digit string field (tag 3) followed by another 12-byte field (tag 4).
fn token_account(bytes: &[u8]) -> Option<String> {
    let field = bytes.windows(16).find(|window| {
        matches!(window, [0x1a, 12, digits @ .., 0x22, 12] if digits.iter().all(u8::is_ascii_digit))
    })?;
    field.get(2..14).and_then(ascii).and_then(shown)
}

/// The string field (tag 3) after the origin (tag 1) and a number (tag 2).
fn token_region(bytes: &[u8]) -> Option<String> {
    let mut reader = Reader::new(bytes);
    reader.byte()?;
    reader.expect(0x0a)?;
    reader.counted()?;
    reader.expect(0x10)?;
    reader.varint()?;
    reader.expect(0x1a)?;
    ascii(reader.counted()?)
        .filter(|name| is_region(name))
        .and_then(shown)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `eu-central-1`.
fn is_region(text: &str) -> bool {
    let known = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    known
        && (8..=20).contains(&text.len())
        && text.contains('-')
        && text.ends_with(|c: char| c.is_ascii_digit())
}
