//! Recognises values that are kept as they should be: encrypted for a tool, or a reference to a secret store.
//!
//! Such a value in a repository is good practice and never a leak. Every test here looks at the value's own form.

/// How values start that a tool has encrypted, or that say where the secret is kept.
const STARTS: &[&str] = &[
    // Encrypted: SOPS, Ansible, Jasypt and eyaml, dotenvx, git-crypt, age and PGP, sealed for a cluster, KMS.
    "ENC[",
    "ENC(",
    "$ANSIBLE_VAULT",
    "encrypted:",
    "\0GITCRYPT",
    "age1",
    "-----BEGIN AGE ENCRYPTED",
    "-----BEGIN PGP MESSAGE",
    "{cipher}",
    "{xor}",
    "DEC::",
    "kms:",
    "AQICAH",
    // References.
    "op://",
    "vault:",
    "vault://",
    "ref+",
    "secretref:",
    "keyvault:",
    "awssm:",
    "ssm:",
    "gcp:secretmanager",
    "gcpsm:",
    "doppler:",
    "bws:",
    "pass:",
    "keyring:",
    "env:",
    "file:",
    "arn:",
    "projects/",
    "${{",
    "{{",
    "@Microsoft.KeyVault",
    "{{resolve:",
    "!vault",
    "!secret",
    "!Ref",
    "!Sub",
    "!GetAtt",
    "secretKeyRef",
    "lpass:",
    "akv://",
    "gopass:",
    "keychain:",
    "sops:",
];

/// Whether a value is encrypted by a tool or refers to a secret store.
pub fn is_kept_well(value: &[u8]) -> bool {
    STARTS.iter().any(|start| {
        value
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
    }) && !is_short_pass(value)
}

/// `pass:` with a path is a password store; the passphrase of openssl is given in the same way, but to an option.
fn is_short_pass(value: &[u8]) -> bool {
    value.starts_with(b"pass:") && !value.contains(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_practice_is_recognised() {
        for value in [
            "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
            "ENC(q8W+x/==)",
            "encrypted:BDb7",
            "op://vault/item/field",
            "vault:secret/data/app#password",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "projects/1/secrets/db/versions/latest",
            "${{ secrets.TOKEN }}",
            "@Microsoft.KeyVault(SecretUri=x)",
            "pass:mail/work",
        ] {
            assert!(is_kept_well(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn others_are_not() {
        for value in ["hunter2", "vaulted9", "encryptedX", "pass:word", ""] {
            assert!(!is_kept_well(value.as_bytes()), "{value}");
        }
    }
}
