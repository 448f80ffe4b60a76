//! What stands where a secret is kept as it should be, whatever the name beside it is.
//!
//! The prefilter looks for these beside the rules' own anchors; `build.rs` reads this file too. Like those they are
//! rare in ordinary text.

/// Case-sensitive anchors; see [`super::place`] for what must stand around each.
pub const ANCHORS: &[&str] = &[
    "ENC[AES256_GCM,data:",
    "ENC[PKCS7,",
    "ENC[GPG,",
    "$ANSIBLE_VAULT;",
    "=ENC(",
    "= ENC(",
    ": ENC(",
    "\"ENC(",
    "'ENC(",
    "{cipher}",
    "encryptedData:",
    "encrypted:B",
    "\0GITCRYPT\0",
    "-----BEGIN AGE ENCRYPTED FILE-----",
    "age-encryption.org/v1",
    "-----BEGIN PGP MESSAGE-----",
    "ENCRYPTED PRIVATE KEY-----",
    "Proc-Type: 4,ENCRYPTED",
    "Encryption: aes256-cbc",
    "b3BlbnNzaC1rZXktdjEAAAAACm",
    "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRV",
    "op://",
    "@Microsoft.KeyVault(",
    "{{resolve:secretsmanager:",
    "{{resolve:ssm-secure:",
    ":secretsmanager:",
    "{{ secrets.",
    "{{secrets.",
    "secretKeyRef",
];

/// What the prefilter's tables call the owner of these anchors, where the number of a rule stands otherwise.
pub const OWNER: u16 = u16::MAX;
