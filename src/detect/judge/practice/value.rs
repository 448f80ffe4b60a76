//! What the form of a value says of how it is kept.

use super::Practice;

/// A value that is no secret in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Kept well, and counted where it is met.
    Counted(Practice),
    /// Kept well; an anchor of its own leads to it too, and it is counted there.
    Anchored(Practice),
    /// Leads elsewhere, though not to a secret store: a file, the environment, another part of a template.
    Indirect,
}

/// How a value is kept; `None` for what may be a secret in the clear.
pub fn form(value: &[u8]) -> Option<Form> {
    // Most values are passwords and keys: what they hold, and their length, tells that they are none of these.
    let telling = |byte: &u8| {
        matches!(
            byte,
            b':' | b'[' | b'(' | b'{' | b'!' | b'$' | b'-' | b'/' | b'\0'
        )
    };
    if value.len() < 44 && !value.iter().any(telling) {
        return None;
    }
    encrypted(value)
        .or_else(|| reference(value))
        .or_else(|| is_indirect(value).then_some(Form::Indirect))
}

fn encrypted(value: &[u8]) -> Option<Form> {
    let starts = |text: &str| value.starts_with(text.as_bytes());
    let inside = |start: &str, end: &str| {
        value
            .strip_prefix(start.as_bytes())
            .and_then(|rest| rest.strip_suffix(end.as_bytes()))
    };
    let after = |start: &str| value.strip_prefix(start.as_bytes());
    // A bare value may have been cut at the comma.
    if starts("ENC[AES256_GCM") {
        return Some(Form::Anchored(Practice::Sops));
    }
    if starts("ENC[PKCS7") || starts("ENC[GPG") {
        return Some(Form::Anchored(Practice::Eyaml));
    }
    // eyaml's plugins: `ENC[NAME,…]`.
    if inside("ENC[", "]").is_some_and(|body| body.contains(&b',')) {
        return Some(Form::Counted(Practice::Eyaml));
    }
    if inside("ENC(", ")").is_some_and(|body| body.len() >= 4 && !body.contains(&b' ')) {
        return Some(Form::Anchored(Practice::Jasypt));
    }
    if starts("$ANSIBLE_VAULT;") || value == b"!vault" || starts("!vault |") {
        return Some(Form::Anchored(Practice::AnsibleVault));
    }
    if let Some(body) = after("encrypted:").filter(|body| body.len() >= 60 && is_base64(body)) {
        let anchored = body.starts_with(b"B");
        return Some(if anchored {
            Form::Anchored(Practice::Dotenvx)
        } else {
            Form::Counted(Practice::Dotenvx)
        });
    }
    if starts("\0GITCRYPT\0") {
        return Some(Form::Anchored(Practice::GitCrypt));
    }
    if starts("-----BEGIN AGE ENCRYPTED") || starts("age-encryption.org/v1") {
        return Some(Form::Anchored(Practice::Age));
    }
    if starts("-----BEGIN PGP MESSAGE") {
        return Some(Form::Anchored(Practice::Pgp));
    }
    if starts("-----BEGIN ENCRYPTED PRIVATE KEY")
        || starts("LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRV")
    {
        return Some(Form::Anchored(Practice::EncryptedKey));
    }
    // The length of a session key under an RSA key of the cluster, 512 bytes, then that: 684 characters and more.
    if value.len() >= 300
        && value.starts_with(b"Ag")
        && matches!(value[2], b'A'..=b'D')
        && is_base64(value)
    {
        return Some(Form::Anchored(Practice::SealedSecret));
    }
    if after("{cipher}")
        .is_some_and(|body| body.len() >= 16 && body.iter().all(|b| is_base64_byte(*b)))
    {
        return Some(Form::Anchored(Practice::ManagedKey));
    }
    // "Salted__" and eight bytes of salt, in base64.
    if starts("U2FsdGVkX1") && value.len() >= 44 && is_base64(value) {
        return Some(Form::Counted(Practice::OpenSsl));
    }
    // Vault's transit engine, and what AWS KMS gives.
    let transit = after("vault:v").is_some_and(|body| {
        let digits = body.iter().take_while(|b| b.is_ascii_digit()).count();
        digits > 0 && body.get(digits) == Some(&b':') && is_base64(&body[digits + 1..])
    });
    let kms = (starts("AQICAH") || starts("kms:AQICAH"))
        && value.len() >= 100
        && is_base64(after("kms:").unwrap_or(value));
    (transit || kms).then_some(Form::Counted(Practice::ManagedKey))
}

/// Schemes of references to secret stores, each with what must follow.
const SCHEMES: &[(&str, Follows)] = &[
    ("vault:", Follows::Path),
    ("vault://", Follows::Path),
    ("secretref:", Follows::Name),
    ("keyvault:", Follows::Name),
    ("keyvaultref:", Follows::Name),
    ("akv://", Follows::Path),
    ("awssm:", Follows::Name),
    ("aws-sm://", Follows::Name),
    ("awssm://", Follows::Name),
    ("awsssm://", Follows::Name),
    ("ssm:", Follows::Path),
    ("ssm://", Follows::Path),
    ("gcp:secretmanager", Follows::Anything),
    ("gcpsm:", Follows::Name),
    ("gcpsecretmanager:", Follows::Name),
    ("sm://", Follows::Name),
    ("doppler:", Follows::Name),
    ("bws:", Follows::Name),
    ("pass:", Follows::Path),
    ("gopass:", Follows::Path),
    ("lpass:", Follows::Name),
    ("keyring:", Follows::Name),
    ("keychain:", Follows::Name),
    ("conjur:", Follows::Name),
    ("infisical:", Follows::Name),
    ("berglas://", Follows::Path),
    ("secretsmanager:", Follows::Name),
];

/// What must stand behind a scheme.
#[derive(Debug, Clone, Copy)]
enum Follows {
    /// Anything.
    Anything,
    /// A name: letters, digits and what joins them.
    Name,
    /// A name with a slash in it: without one it may be a password with a colon.
    Path,
}

impl Follows {
    fn accepts(self, rest: &[u8]) -> bool {
        match self {
            Self::Anything => true,
            Self::Name => is_name(rest),
            Self::Path => is_name(rest) && rest.contains(&b'/'),
        }
    }
}

fn reference(value: &[u8]) -> Option<Form> {
    let starts = |text: &str| value.starts_with(text.as_bytes());
    let has = |text: &str| memchr::memmem::find(value, text.as_bytes()).is_some();
    if starts("op://")
        || starts("@Microsoft.KeyVault(")
        || starts("{{resolve:secretsmanager:")
        || starts("{{resolve:ssm-secure:")
        || (starts("arn:aws") && has(":secretsmanager:"))
        || starts("${{ secrets.")
        || starts("${{secrets.")
    {
        return Some(Form::Anchored(Practice::Reference));
    }
    let named = (starts("arn:aws") && (has(":ssm:") || has(":kms:")))
        || (starts("projects/") && has("/secrets/"))
        || (starts("gcp:projects/") && has("/secrets/"))
        || (starts("ref+") && has("://"))
        || (starts("secret://") && value.len() > 12)
        || (starts("https://") && has(".vault.azure.net/secrets/"))
        || SCHEMES.iter().any(|(scheme, follows)| {
            value
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
                && follows.accepts(&value[scheme.len()..])
        });
    named.then_some(Form::Counted(Practice::Reference))
}

/// Templates, the environment, files, parts of a `CloudFormation` template, public keys of age.
fn is_indirect(value: &[u8]) -> bool {
    let after = |start: &str| value.strip_prefix(start.as_bytes());
    let starts = |text: &str| value.starts_with(text.as_bytes());
    if starts("${{") || starts("{{") {
        return true;
    }
    if [
        "!secret",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!ImportValue",
        "!env",
        "!reference",
        "!include",
    ]
    .iter()
    .any(|tag| after(tag).is_some_and(|rest| rest.is_empty() || rest[0].is_ascii_whitespace()))
    {
        return true;
    }
    if after("env:").is_some_and(is_name) || after("arn:").is_some_and(|rest| rest.contains(&b':'))
    {
        return true;
    }
    if after("file:")
        .is_some_and(|rest| is_name(rest) && rest.iter().any(|b| matches!(b, b'/' | b'.')))
    {
        return true;
    }
    after("age1").is_some_and(|rest| {
        rest.len() >= 58
            && rest
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// A name, a path, an address: no sign that passwords are made of.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'_' | b'-'
                        | b'.'
                        | b'/'
                        | b':'
                        | b'#'
                        | b'@'
                        | b'?'
                        | b'='
                        | b'&'
                        | b'+'
                        | b'~'
                        | b'%'
                        | b','
                )
        })
}

pub(super) fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Base64 of one of the two alphabets, padding at the end only.
pub(super) fn is_base64(text: &[u8]) -> bool {
    let body = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    !body.is_empty() && body.iter().all(|b| is_base64_byte(*b) && *b != b'=')
}
