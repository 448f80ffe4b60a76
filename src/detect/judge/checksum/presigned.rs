//! Pre-signed URLs: when they end. Whose key signed them stands in the URL, but is no fact: reports mask key names.

use super::codec::{ascii, base64, percent_decoded};
use super::date::{iso_date_time, parse_iso};
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// Query strings of pre-signed URLs of AWS (both versions), Google Cloud Storage and `CloudFront`.
///
/// Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>,
/// <https://cloud.google.com/storage/docs/authentication/signatures>,
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>.
pub(super) static PRE_SIGNED_URL: Check = Check {
    name: "pre-signed-url",
    certainty: Certainty::High,
    verify,
    near: None,
    complete: None,
};

fn verify(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let query = text.replace("&amp;", "&");
    let parameter = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
        value.map(|(_, value)| percent_decoded(value))
    };
    let either = |end: &str| {
        parameter(&format!("X-Amz-{end}")).or_else(|| parameter(&format!("X-Goog-{end}")))
    };
    let number = |text: String| text.parse::<i64>().ok();
    let mut facts = Vec::new();
    if let Some(signature) = either("Signature") {
        let bytes = signature.len() / 2;
        let hexadecimal = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hexadecimal || signature.len() % 2 != 0 || !matches!(bytes, 32 | 128 | 256 | 384 | 512)
        {
            return Outcome::Invalid("the signature has no known length");
        }
        let start = either("Date").and_then(|date| parse_iso(&date));
        let lifetime = either("Expires").and_then(number);
        let end = start.zip(lifetime).map(|(a, b)| a.saturating_add(b));
        facts.extend(
            end.and_then(iso_date_time)
                .map(|date| Fact::new(EXPIRES, date)),
        );
        return Outcome::Valid(facts);
    }
    let end = parameter("Expires")
        .and_then(number)
        .or_else(|| parameter("Policy").and_then(|policy| policy_end(&policy)));
    facts.extend(
        end.and_then(iso_date_time)
            .map(|date| Fact::new(EXPIRES, date)),
    );
    let signed = parameter("Signature").is_some_and(|signature| signature.len() >= 20);
    match (signed, facts.is_empty()) {
        (true, _) => Outcome::Valid(facts),
        (false, false) => Outcome::Structure(facts),
        (false, true) => Outcome::Unknown,
    }
}

/// The end of a `CloudFront` policy: base64 with `-_~` for `+=/`, of JSON.
fn policy_end(policy: &str) -> Option<i64> {
    let standard: String = policy
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '=',
            '~' => '/',
            other => other,
        })
        .collect();
    let decoded = base64(&standard)?;
    let policy: serde_json::Value = serde_json::from_slice(&decoded).ok()?;
    policy
        .pointer("/Statement/0/Condition/DateLessThan/AWS:EpochTime")?
        .as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(query: &str) -> Vec<(&'static str, String)> {
        match verify(query.as_bytes()) {
            Outcome::Valid(facts) => facts.into_iter().map(|f| (f.label, f.value)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_end_is_told() {
        let signature = "5a".repeat(32);
        let aws = format!(
            "X-Amz-Credential=KEY%2F20240304%2Feu%2Fs3%2Faws4_request&X-Amz-Date=20240304T101112Z\
             &X-Amz-Expires=3600&amp;X-Amz-Signature={signature}"
        );
        assert_eq!(
            facts(&aws),
            [("expires", "2024-03-04T11:11:12Z".to_owned())]
        );
        let short = aws.replace(&signature, "5a5a");
        assert!(matches!(verify(short.as_bytes()), Outcome::Invalid(_)));
        let front = format!("Expires=1767225600&Signature={signature}&Key-Pair-Id=K1");
        assert_eq!(
            facts(&front),
            [("expires", "2026-01-01T00:00:00Z".to_owned())]
        );
    }

    #[test]
    fn a_policy_holds_the_end() {
        let json = r#"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1767225600}}}]}"#;
        let policy = data_encoding::BASE64
            .encode(json.as_bytes())
            .replace('+', "-")
            .replace('=', "_")
            .replace('/', "~");
        assert_eq!(policy_end(&policy), Some(1_767_225_600));
        assert_eq!(policy_end("%%%"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(secret: Vec<u8>) {
            let _ = verify(&secret);
        }
    }
}
