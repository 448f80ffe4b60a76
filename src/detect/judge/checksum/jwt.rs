//! JSON web tokens: what they are signed with, who issued them, when they expire.
//!
//! Source: RFC 7515 and RFC 7519. Signatures are not verified, that needs the key. Subject and audience are left
//! out of the facts because they often name a person.

use serde_json::{Map, Value};

use super::codec::{ascii, base64url_alphabet, shown};
use super::date::{iso_date, iso_date_time};
use super::json::{object, seconds, shown_field};
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// Any signed (or, with `alg` "none", unsigned) token of three parts. Encrypted tokens have five and stay unknown.
pub(super) static JWT: Check = Check {
    name: "jwt",
    certainty: Certainty::High,
    verify: jwt,
    near: None,
    complete: None,
};

/// Kubernetes service account tokens: a JWT whose issuer or claims are those of Kubernetes.
///
/// Source: <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/>. Other sound tokens
/// have the structure alone, because a cluster may be configured with any issuer.
pub(super) static KUBERNETES: Check = Check {
    name: "kubernetes-jwt",
    certainty: Certainty::High,
    verify: |secret| match jwt(secret) {
        Outcome::Valid(facts) if facts.iter().any(|fact| fact.label == NAMESPACE) => {
            Outcome::Valid(facts)
        }
        Outcome::Valid(facts) => Outcome::Structure(facts),
        other => other,
    },
    near: None,
    complete: None,
};

const NAMESPACE: &str = "Kubernetes namespace";

fn jwt(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let parts: Vec<&str> = text
        .split('.')
        .map(|part| part.trim_end_matches('='))
        .collect();
    let [header, payload, signature] = parts.as_slice() else {
        return Outcome::Unknown;
    };
    if !parts.iter().all(|part| base64url_alphabet(part)) {
        return Outcome::Invalid("a part is not base64url");
    }
    let Some(header) = object(header) else {
        return Outcome::Invalid("the header is not a JSON object");
    };
    let Some(claims) = object(payload) else {
        return Outcome::Invalid("the payload is not a JSON object");
    };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else {
        return Outcome::Structure(claim_facts(&claims));
    };
    if !signature_fits(algorithm, signature.len()) {
        return Outcome::Invalid("the signature's length does not fit the algorithm");
    }
    let mut facts = Vec::new();
    facts.extend(shown(algorithm).map(|name| Fact::new("algorithm", name)));
    facts.extend(claim_facts(&claims));
    Outcome::Valid(facts)
}

/// Whether a signature of so many characters can come from this algorithm. Unknown algorithms fit any length. For
/// elliptic curves and RSA only a minimum holds: some libraries write DER, and RSA keys vary.
fn signature_fits(algorithm: &str, length: usize) -> bool {
    match algorithm {
        "HS256" => length == 43,
        "HS384" => length == 64,
        "HS512" => length == 86,
        "ES256" | "ES256K" | "EdDSA" | "Ed25519" => length >= 86,
        "ES384" => length >= 128,
        "ES512" => length >= 176,
        // 1024 bits is the smallest key still found.
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => length >= 171,
        _ => true,
    }
}

fn claim_facts(claims: &Map<String, Value>) -> Vec<Fact> {
    let issuer = shown_field(claims, "iss");
    let mut pairs = vec![
        ("issuer", issuer.clone()),
        ("issued", seconds(claims, "iat").and_then(iso_date)),
        (EXPIRES, seconds(claims, "exp").and_then(iso_date_time)),
    ];
    if issuer.as_deref() == Some("supabase") {
        pairs.push(("Supabase project", shown_field(claims, "ref")));
        pairs.push(("role", shown_field(claims, "role")));
    }
    // Legacy tokens have flat claims, bound ones an object.
    if let Some(bound) = claims.get("kubernetes.io").and_then(Value::as_object) {
        let account = bound.get("serviceaccount").and_then(Value::as_object);
        pairs.push((NAMESPACE, shown_field(bound, "namespace")));
        pairs.push((
            "Kubernetes service account",
            account.and_then(|account| shown_field(account, "name")),
        ));
    } else {
        pairs.push((
            NAMESPACE,
            shown_field(claims, "kubernetes.io/serviceaccount/namespace"),
        ));
        let account = shown_field(claims, "kubernetes.io/serviceaccount/service-account.name");
        pairs.push(("Kubernetes service account", account));
    }
    pairs
        .into_iter()
        .filter_map(|(label, value)| Some(Fact::new(label, value?)))
        .collect()
}
