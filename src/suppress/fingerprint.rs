//! The name of a secret in ignore files, baselines and reports: a keyed hash of its bytes.
//!
//! Keyed, because the value may be a weak password that a plain hash would give away. Only the value goes in: no
//! path, line, rule, author or time, so that a fingerprint survives moves, rebases and renamed rules.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Version of the scheme; stands in front of every fingerprint, so that the scheme can change.
pub const SCHEME: &str = "kw1";

/// The key of a repository's fingerprints.
#[derive(Clone)]
pub struct FingerprintKey(Vec<u8>);

impl std::fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FingerprintKey([redacted])")
    }
}

impl Default for FingerprintKey {
    /// The public key, used where none is configured: it names a value but does not hide a weak one.
    fn default() -> Self {
        Self(b"keyward/fingerprint/1".to_vec())
    }
}

impl FingerprintKey {
    /// A key of one's own.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self(key.into())
    }

    /// `kw1:` and 32 hexadecimal digits.
    pub fn fingerprint(&self, secret: &[u8]) -> String {
        // HMAC takes keys of any length, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(secret);
        let digest = mac.finalize().into_bytes();
        format!("{SCHEME}:{}", data_encoding::HEXLOWER.encode(&digest[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_separate_fingerprints() {
        let public = FingerprintKey::default();
        let own = FingerprintKey::new("team");
        assert_eq!(public.fingerprint(b"value"), public.fingerprint(b"value"));
        assert_ne!(public.fingerprint(b"value"), own.fingerprint(b"value"));
        assert!(public.fingerprint(b"value").starts_with("kw1:"));
        assert_eq!(public.fingerprint(b"value").len(), 4 + 32);
    }
}
