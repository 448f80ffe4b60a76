//! Recognises what is kept as it should be: encrypted by a tool, or only a reference to a secret store.
//!
//! Such a value in a repository is good practice and never a leak: it is counted and not reported. What undoes it is
//! reported by rules: the key that decrypts it, and values that were left in the clear beside encrypted ones ([`sops`]).
//!
//! ```text
//!  value   a value that a rule or a name led to: what its own form says
//!  place   an anchor of its own (see anchor): counted even where no name speaks of a credential
//! ```
//!
//! Every test here looks at the value's own form, or at the bytes within [`REACH`] of an anchor. A form is told by more
//! than a word that a password may start with.

pub mod anchor;
mod place;
pub mod sops;
mod value;

use std::hash::{DefaultHasher, Hash, Hasher};

pub use place::{REACH, at};
pub use value::{Form, form};

/// How a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Practice {
    /// Named by a reference to a secret store.
    Reference,
    /// A value that SOPS encrypted.
    Sops,
    /// A text that Ansible Vault encrypted.
    AnsibleVault,
    /// A manifest of Sealed Secrets.
    SealedSecret,
    /// A value that hiera-eyaml encrypted.
    Eyaml,
    /// A value that Jasypt encrypted.
    Jasypt,
    /// A value that dotenvx encrypted.
    Dotenvx,
    /// A file that git-crypt encrypted.
    GitCrypt,
    /// A text or file encrypted with age.
    Age,
    /// A message encrypted with `OpenPGP`.
    Pgp,
    /// A credentials file of Rails.
    RailsCredentials,
    /// A private key under a passphrase.
    EncryptedKey,
    /// A value that `openssl enc` or a program that writes its form encrypted with a passphrase.
    OpenSsl,
    /// A value encrypted by a key management service or a configuration server.
    ManagedKey,
}

impl Practice {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 14] = [
        Self::Reference,
        Self::Sops,
        Self::AnsibleVault,
        Self::SealedSecret,
        Self::Eyaml,
        Self::Jasypt,
        Self::Dotenvx,
        Self::GitCrypt,
        Self::Age,
        Self::Pgp,
        Self::RailsCredentials,
        Self::EncryptedKey,
        Self::OpenSsl,
        Self::ManagedKey,
    ];

    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Sops => "sops",
            Self::AnsibleVault => "ansible-vault",
            Self::SealedSecret => "sealed-secrets",
            Self::Eyaml => "eyaml",
            Self::Jasypt => "jasypt",
            Self::Dotenvx => "dotenvx",
            Self::GitCrypt => "git-crypt",
            Self::Age => "age",
            Self::Pgp => "pgp",
            Self::RailsCredentials => "rails-credentials",
            Self::EncryptedKey => "encrypted-key",
            Self::OpenSsl => "openssl-enc",
            Self::ManagedKey => "managed-key",
        }
    }

    /// One of them and several of them, for people.
    pub fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Reference => ("reference to a secret store", "references to secret stores"),
            Self::Sops => ("SOPS value", "SOPS values"),
            Self::AnsibleVault => ("Ansible Vault text", "Ansible Vault texts"),
            Self::SealedSecret => ("sealed secret", "sealed secrets"),
            Self::Eyaml => ("eyaml value", "eyaml values"),
            Self::Jasypt => ("Jasypt value", "Jasypt values"),
            Self::Dotenvx => ("dotenvx value", "dotenvx values"),
            Self::GitCrypt => ("git-crypt file", "git-crypt files"),
            Self::Age => ("text encrypted with age", "texts encrypted with age"),
            Self::Pgp => ("OpenPGP message", "OpenPGP messages"),
            Self::RailsCredentials => ("Rails credentials file", "Rails credentials files"),
            Self::EncryptedKey => (
                "private key under a passphrase",
                "private keys under a passphrase",
            ),
            Self::OpenSsl => (
                "value encrypted by openssl enc",
                "values encrypted by openssl enc",
            ),
            Self::ManagedKey => (
                "value encrypted by a key service",
                "values encrypted by a key service",
            ),
        }
    }
}

/// Something kept well that a scan met. Two of one kind and value are equal: what is counted are distinct values, so that
/// neither the order of a scan nor how often it meets a copy shows in the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kept {
    practice: Practice,
    digest: u64,
}

impl Kept {
    /// A value of that kind. Nothing of it can be read from the result.
    pub fn new(practice: Practice, value: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self {
            practice,
            digest: hasher.finish(),
        }
    }

    /// How it is kept.
    pub fn practice(self) -> Practice {
        self.practice
    }
}

/// Whether a value is encrypted by a tool, or names a place where the secret is kept, or only leads to one.
pub fn is_kept_well(value: &[u8]) -> bool {
    form(value).is_some()
}

/// What a value that a rule or a name led to adds to the count: nothing where its own anchor leads to it too.
pub fn kept(value: &[u8]) -> Option<Kept> {
    match form(value)? {
        Form::Counted(practice) => Some(Kept::new(practice, value)),
        Form::Anchored(_) | Form::Indirect => None,
    }
}

/// A credentials file of Rails, which only its path and its whole form tell: `text--iv--tag`, each in base64.
pub fn file(path: &[u8], bytes: &[u8]) -> Option<Kept> {
    if !path.ends_with(b".yml.enc") || bytes.len() > 1024 * 1024 {
        return None;
    }
    let text = bytes.trim_ascii();
    let mut parts = text.rsplitn(3, |byte| *byte == b'-').peekable();
    // `--` splits off an empty part between two others.
    let parts: Option<[&[u8]; 3]> = (|| {
        let tag = parts.next()?;
        let nothing = parts.next()?;
        let rest = parts.next()?;
        let at = rest.windows(2).rposition(|pair| pair == b"--")?;
        (nothing.is_empty()).then_some([&rest[..at], &rest[at + 2..], tag])
    })();
    let [body, iv, tag] = parts?;
    let base64 = |text: &[u8]| value::is_base64(text);
    (body.len() >= 16
        && iv.len() == 16
        && tag.len() == 24
        && base64(body)
        && base64(iv)
        && base64(tag))
    .then(|| Kept::new(Practice::RailsCredentials, text))
}

#[cfg(test)]
mod tests;
