//! Offline checks of credential formats: checksums, encodings and structures that the issuer built in.
//!
//! A rule names a check; the judge asks it whether the text that the rule's pattern caught can be a credential
//! at all, and what it says about itself (account, expiry, permissions). Every check is a pure function of the
//! bytes. It must not open files or sockets, read a clock, panic, or put any part of the secret into a fact or a
//! reason: both end up in reports. Where a form is not covered a check answers [`Outcome::Unknown`], because a
//! wrong [`Outcome::Invalid`] hides a leak, while a wrong `Unknown` only leaves the decision to the other judges.

mod armor;
mod aws;
mod azure;
mod base58;
mod bech32;
mod bip39;
mod codec;
mod crc16;
mod crc32;
mod date;
mod der;
mod gcp;
mod gitlab;
mod json;
mod jwt;
mod macaroon;
mod marvin;
mod pem;
mod presigned;
mod putty;
mod reader;
mod supabase;
mod text;

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The label of the moment that ends a credential's life: always an ISO date-time in UTC.
const EXPIRES: &str = "expires";

/// A decoded, non-secret statement about a credential, e.g. account id, issuer, expiry, permissions.
///
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// What the value is, in lower case unless it is a proper name.
    pub label: &'static str,
    /// The value, fit for a report.
    pub value: String,
}

impl Fact {
    fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
        }
    }

    /// Whether this says when the credential ends, and that was before `now`.
    pub fn has_expired(&self, now: SystemTime) -> bool {
        let end = (self.label == EXPIRES)
            .then(|| date::parse_iso(&self.value))
            .flatten()
            .and_then(|seconds| u64::try_from(seconds).ok())
            .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        end.is_some_and(|end| end < now)
    }
}

/// What a check found out about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The text has the form of the credential.
    Valid(Vec<Fact>),
    /// What can be decoded has the form of the credential, but the rest could not be told from chance: a sum that is not
    /// reproduced, say. The facts can be shown all the same; they are no reason to be surer.
    Structure(Vec<Fact>),
    /// It cannot be the credential; the reason is fit for a report and never holds any part of the secret.
    Invalid(&'static str),
    /// A form that the check does not cover: says nothing.
    Unknown,
}

/// How far a mismatch can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Published and reproduced: a mismatch is no credential.
    High,
    /// Described but not reproduced: a mismatch only lowers confidence.
    Medium,
}

/// Checks a secret with the text around it.
pub type Near = fn(secret: &[u8], around: &[u8]) -> Outcome;

/// One offline check.
pub struct Check {
    /// The name by which rules refer to it.
    pub name: &'static str,
    /// How far its [`Outcome::Invalid`] can be trusted.
    pub certainty: Certainty,
    /// Checks the whole token, prefix included.
    pub verify: fn(&[u8]) -> Outcome,
    /// Checks it with the text around it, for checks that have more to say then.
    pub near: Option<Near>,
    /// Returns what is missing to make `head` (the token up to its checksum) pass.
    pub complete: Option<fn(&str) -> Option<String>>,
}

impl Check {
    /// What the check finds out about a secret that stands in a text.
    pub fn run(&self, secret: &[u8], around: &[u8]) -> Outcome {
        match self.near {
            Some(near) => near(secret, around),
            None => (self.verify)(secret),
        }
    }
}

/// Every check, sorted by name, so that [`by_name`] can search by halves.
static ALL: &[&Check] = &[
    &bech32::AGE,
    &crc32::ATLASSIAN,
    &aws::ACCESS_KEY_ID,
    &aws::BEDROCK,
    &aws::SESSION_TOKEN,
    &azure::DEVOPS_PAT,
    &marvin::AZURE_MARVIN,
    &azure::SAS,
    &text::BASE64_32_BYTES,
    &text::BASIC_AUTH,
    &bip39::BIP39,
    &text::BITBUCKET_DC,
    &crc32::CLOUDFLARE,
    &crc32::CONFLUENT,
    &text::DISCORD_BOT,
    &text::DOCKER_AUTH,
    &pem::ENCODED_KEY,
    &macaroon::FLY,
    &gcp::SERVICE_ACCOUNT,
    &crc32::GITHUB,
    &gitlab::ROUTABLE,
    &crc32::GRAFANA,
    &json::GRAFANA,
    &text::GROQ,
    &base58::JFROG_API_KEY,
    &text::JFROG_REFERENCE,
    &jwt::JWT,
    &jwt::KUBERNETES,
    &json::MAPBOX,
    &crc16::NKEY,
    &bech32::NOSTR,
    &text::NUGET,
    &json::ONEPASSWORD,
    &armor::OPENPGP,
    &pem::OPENSSH,
    &pem::PEM,
    &presigned::PRE_SIGNED_URL,
    &putty::PUTTY,
    &macaroon::PYPI,
    &text::SENDGRID,
    &json::SENTRY,
    &crc16::STELLAR,
    &bech32::SUI,
    &supabase::SECRET_KEY,
    &json::TEAMCITY,
    &macaroon::VAULT,
    &base58::WIF,
    &text::WIREGUARD,
    &base58::XPRV,
    &crc32::ZUPLO,
];

/// All checks, sorted by name.
pub fn all() -> &'static [&'static Check] {
    ALL
}

/// The check with this name.
pub fn by_name(name: &str) -> Option<&'static Check> {
    let place = ALL.binary_search_by(|check| check.name.cmp(name)).ok()?;
    ALL.get(place).copied()
}
