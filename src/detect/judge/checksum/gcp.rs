//! Google Cloud's service account keys: a JSON file around a private key.

use super::codec::shown;
use super::pem::pem_text;
use super::{Certainty, Check, Fact, Outcome};

/// The private key of a service account, with the other members of the object that it stands in.
///
/// Source: <https://cloud.google.com/iam/docs/keys-create-delete>. The file may also stand as a string in other JSON
/// or in code. Without the other members only the key can be checked.
pub(super) static SERVICE_ACCOUNT: Check = Check {
    name: "gcp-service-account",
    certainty: Certainty::High,
    verify: |secret| str::from_utf8(secret).map_or(Outcome::Unknown, pem_text),
    near: Some(near),
    complete: None,
};

fn near(secret: &[u8], around: &[u8]) -> Outcome {
    let key = (SERVICE_ACCOUNT.verify)(secret);
    let Outcome::Valid(mut facts) = key else {
        return key;
    };
    let Some(object) = object(secret, around) else {
        return Outcome::Structure(facts);
    };
    let Some(id) = member(&object, "private_key_id") else {
        return Outcome::Structure(facts);
    };
    if id.len() != 40 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Outcome::Invalid("the private key id is not 40 hexadecimal digits");
    }
    let mail = member(&object, "client_email").and_then(|mail| mail.rsplit_once('@'));
    let project = member(&object, "project_id").and_then(shown);
    facts.extend(project.map(|id| Fact::new("GCP project", id)));
    facts.extend(
        mail.and_then(|(_, domain)| shown(domain))
            .map(|domain| Fact::new("client e-mail domain", domain)),
    );
    Outcome::Valid(facts)
}

/// The text between the braces around the secret, with escaped quotes made plain. The object has no objects inside.
fn object(secret: &[u8], around: &[u8]) -> Option<String> {
    let start = memchr::memmem::find(around, secret)?;
    let (before, rest) = around.split_at_checked(start)?;
    let after = rest.get(secret.len()..)?;
    let open = memchr::memrchr(b'{', before)?;
    let close = memchr::memchr(b'}', after)?;
    let text = [before.get(open..)?, after.get(..close)?].concat();
    Some(String::from_utf8_lossy(&text).replace("\\\"", "\""))
}

/// The text of a member.
fn member<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = object.split_once(&format!("\"{name}\""))?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    value
        .strip_prefix('"')?
        .split_once('"')
        .map(|(text, _)| text)
}
