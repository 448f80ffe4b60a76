//! Tokens that are, or hold, a JSON object.

use serde_json::{Map, Value};

use super::codec::{ascii, base64, base64url_alphabet, shown};
use super::date::{iso_date, iso_date_time};
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

const NO_JSON: &str = "does not decode to a JSON object";
const NO_FIELDS: &str = "the decoded object lacks the fields of such a token";

type Object = Map<String, Value>;

/// Grafana Cloud policy tokens (`glc_`: organization, name, key, metadata) and the older API keys (key, name, id).
///
/// Source: Grafana's published examples, decoded.
pub(super) static GRAFANA: Check = Check {
    name: "grafana-json",
    certainty: Certainty::High,
    verify: grafana,
    near: None,
    complete: None,
};

/// Sentry organization tokens: base64 of where they belong, `_`, base64 of 32 bytes.
///
/// Source: <https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md>.
pub(super) static SENTRY: Check = Check {
    name: "sentry-json",
    certainty: Certainty::High,
    verify: sentry,
    near: None,
    complete: None,
};

/// 1Password service account tokens: base64url of the account's sign-in data.
///
/// Source: <https://developer.1password.com/docs/service-accounts/> and published examples, decoded.
pub(super) static ONEPASSWORD: Check = Check {
    name: "onepassword-json",
    certainty: Certainty::High,
    verify: onepassword,
    near: None,
    complete: None,
};

/// Mapbox access tokens: kind, base64url of user and token id, signature.
///
/// Source: <https://docs.mapbox.com/api/accounts/tokens/#token-format>.
pub(super) static MAPBOX: Check = Check {
    name: "mapbox-json",
    certainty: Certainty::High,
    verify: mapbox,
    near: None,
    complete: None,
};

/// `TeamCity` access tokens: base64 of `{"typ": "TCV2"}`, then two more parts.
///
/// Source: published examples, decoded.
pub(super) static TEAMCITY: Check = Check {
    name: "teamcity",
    certainty: Certainty::High,
    verify: teamcity,
    near: None,
    complete: None,
};

/// The JSON object in base64 text.
pub(super) fn object(text: &str) -> Option<Object> {
    match serde_json::from_slice(&base64(text)?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// A text field, if it is fit for a report.
pub(super) fn shown_field(object: &Object, key: &str) -> Option<String> {
    shown(object.get(key)?.as_str()?)
}

/// Seconds since 1970 in a field: an integer, or a fraction as some libraries write it.
pub(super) fn seconds(object: &Object, key: &str) -> Option<i64> {
    let value = object.get(key)?;
    // The cast saturates, and dates out of range are refused later.
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

fn has_texts(object: &Object, keys: &[&str]) -> bool {
    keys.iter().all(|key| {
        object
            .get(*key)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    })
}

fn facts(pairs: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Vec<Fact> {
    pairs
        .into_iter()
        .filter_map(|(label, value)| Some(Fact::new(label, value?)))
        .collect()
}

fn grafana(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let (body, cloud) = match text.strip_prefix("glc_") {
        Some(body) => (body, true),
        None if text.starts_with("eyJ") => (text, false),
        None => return Outcome::Unknown,
    };
    let Some(object) = object(body) else {
        return Outcome::Invalid(NO_JSON);
    };
    let number = |key: &str| {
        let value = object.get(key)?;
        value
            .as_str()
            .and_then(shown)
            .or_else(|| value.as_u64().map(|number| number.to_string()))
    };
    // Keys of Grafana Cloud from before its policies have the older fields.
    let organization = number("o").filter(|_| cloud).or_else(|| number("id"));
    if !has_texts(&object, &["k", "n"]) || organization.is_none() {
        return Outcome::Invalid(NO_FIELDS);
    }
    let region = object
        .get("m")
        .and_then(|m| m.get("r"))
        .and_then(Value::as_str)
        .and_then(shown);
    Outcome::Valid(facts([
        ("Grafana organization", organization),
        ("key name", shown_field(&object, "n")),
        ("region", region),
    ]))
}

fn sentry(secret: &[u8]) -> Outcome {
    let Some(body) = ascii(secret).and_then(|text| text.strip_prefix("sntrys_")) else {
        return Outcome::Unknown;
    };
    // The standard alphabet has no underscore, so the last one separates.
    let Some((data, key)) = body.rsplit_once('_') else {
        return Outcome::Invalid("the part after the second underscore is missing");
    };
    let Some(object) = object(data) else {
        return Outcome::Invalid(NO_JSON);
    };
    if !has_texts(&object, &["org"]) {
        return Outcome::Invalid(NO_FIELDS);
    }
    if base64(key).is_none_or(|bytes| bytes.len() != 32) {
        return Outcome::Invalid("the key part is not 32 bytes in base64");
    }
    Outcome::Valid(facts([
        ("Sentry organization", shown_field(&object, "org")),
        ("region", shown_field(&object, "region_url")),
        ("issued", seconds(&object, "iat").and_then(iso_date)),
    ]))
}

fn onepassword(secret: &[u8]) -> Outcome {
    let Some(body) = ascii(secret).and_then(|text| text.strip_prefix("ops_")) else {
        return Outcome::Unknown;
    };
    let Some(object) = object(body) else {
        return Outcome::Invalid(NO_JSON);
    };
    // Not every field of the published examples, so that a later version of the format still passes.
    if !has_texts(&object, &["signInAddress", "secretKey"]) {
        return Outcome::Invalid(NO_FIELDS);
    }
    Outcome::Valid(facts([(
        "1Password account",
        shown_field(&object, "signInAddress"),
    )]))
}

fn mapbox(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let parts: Vec<&str> = text.split('.').collect();
    let (kind, data) = match parts.as_slice() {
        ["pk", data, _] => ("public", data),
        ["sk", data, _] => ("secret", data),
        ["tk", data, _] => ("temporary", data),
        _ => return Outcome::Unknown,
    };
    let Some(object) = object(data) else {
        return Outcome::Invalid(NO_JSON);
    };
    // Temporary tokens do not always carry an id.
    let wanted: &[&str] = if kind == "temporary" {
        &["u"]
    } else {
        &["u", "a"]
    };
    if !has_texts(&object, wanted) {
        return Outcome::Invalid(NO_FIELDS);
    }
    Outcome::Valid(facts([
        ("kind", Some(kind.to_owned())),
        ("Mapbox account", shown_field(&object, "u")),
        (EXPIRES, seconds(&object, "exp").and_then(iso_date_time)),
    ]))
}

fn teamcity(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let parts: Vec<&str> = text.split('.').collect();
    let [head, id, key] = parts.as_slice() else {
        return Outcome::Unknown;
    };
    let version = object(head).and_then(|object| Some(object.get("typ")?.as_str()? == "TCV2"));
    match version {
        None => Outcome::Invalid(NO_JSON),
        Some(true)
            if [id, key]
                .iter()
                .all(|part| !part.is_empty() && base64url_alphabet(part)) =>
        {
            Outcome::Valid(Vec::new())
        }
        Some(_) => Outcome::Invalid(NO_FIELDS),
    }
}
