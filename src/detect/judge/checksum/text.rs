//! Tokens whose decoded text has a telling form, and those of which only the encoding can be tested.

use super::codec::{ascii, base64, base64url_alphabet};
use super::date::{iso_date, iso_date_time};
use super::{Certainty, Check, EXPIRES, Fact, Outcome};

/// Docker registry logins (`auth` in `config.json`): base64 of user, colon and password.
///
/// Source: <https://docs.docker.com/reference/cli/docker/login/>.
pub(super) static DOCKER_AUTH: Check = Check {
    name: "docker-auth",
    certainty: Certainty::Medium,
    verify: |secret| {
        credentials(secret, |user, password| {
            !user.is_empty() && !password.is_empty()
        })
    },
    near: None,
    complete: None,
};

/// Characters that a key has at least which stands for an account and its password.
const KEY_ALONE: usize = 12;

/// Basic authentication headers: base64 of text with a colon; one side may be empty, the password only behind what is long
/// enough to be an API key.
///
/// Source: RFC 7617.
pub(super) static BASIC_AUTH: Check = Check {
    name: "basic-auth",
    certainty: Certainty::High,
    verify: |secret| {
        credentials(secret, |user, password| {
            !password.is_empty() || user.len() >= KEY_ALONE
        })
    },
    near: None,
    complete: None,
};

/// Bitbucket Data Center access tokens: base64 of a number, colon and random bytes.
///
/// Source: `CredSweeper`, not confirmed by the vendor; Jira and Confluence use the same form without the prefix.
pub(super) static BITBUCKET_DC: Check = Check {
    name: "bitbucket-dc",
    certainty: Certainty::Medium,
    verify: |secret| match ascii(secret).map(|text| text.strip_prefix("BBDC-").unwrap_or(text)) {
        Some(body) if body.len() == 44 && !body.contains(['-', '_']) => {
            let digits = base64(body).map(|bytes| {
                let digits = bytes
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                digits >= 4
                    && bytes.get(digits) == Some(&b':')
                    && bytes.len() > digits.saturating_add(1)
            });
            if digits == Some(true) {
                Outcome::Valid(Vec::new())
            } else {
                Outcome::Invalid("does not decode to a number and random bytes")
            }
        }
        _ => Outcome::Unknown,
    },
    near: None,
    complete: None,
};

/// `NuGet` API keys: lower-case base32 of an id that begins with "v4", and of 16 random bytes.
///
/// Source: <https://github.com/NuGet/NuGetGallery>, `ApiKeyV4.cs`.
pub(super) static NUGET: Check = Check {
    name: "nuget",
    certainty: Certainty::High,
    verify: nuget,
    near: None,
    complete: None,
};

/// The last characters that 32 bytes may have in base64.
const ENDS_32_BYTES: &str = "AEIMQUYcgkosw048";

/// Tokens that end in 43 base64url characters for 32 bytes: the last one can only be one of 16.
///
/// Fits Contentful, Together, Fly.io's `fo1_` and `OpenShift`. Derived from published tokens, hence medium.
pub(super) static BASE64_32_BYTES: Check = Check {
    name: "base64-32-bytes",
    certainty: Certainty::Medium,
    verify: |secret| {
        let text = ascii(secret).map(|text| text.trim_end_matches('='));
        let Some(body) = text.and_then(|text| text.get(text.len().checked_sub(43)?..)) else {
            return Outcome::Unknown;
        };
        if !base64url_alphabet(body) {
            return Outcome::Invalid("not base64url");
        }
        if body.ends_with(|c| ENDS_32_BYTES.contains(c)) {
            Outcome::Valid(Vec::new())
        } else {
            Outcome::Invalid("the last character cannot end 32 bytes")
        }
    },
    near: None,
    complete: None,
};

/// `SendGrid` API keys: 16 and 32 bytes in base64url, so the last character of each part is one of few.
///
/// Derived from real keys, not described by the vendor, hence medium.
pub(super) static SENDGRID: Check = Check {
    name: "sendgrid-key",
    certainty: Certainty::Medium,
    verify: |secret| {
        let parts = ascii(secret)
            .and_then(|text| text.strip_prefix("SG."))
            .and_then(|text| text.split_once('.'));
        match parts {
            Some((id, key)) if id.len() == 22 && key.len() == 43 => {
                let fits = base64url_alphabet(id)
                    && base64url_alphabet(key)
                    && id.ends_with(['A', 'Q', 'g', 'w'])
                    && key.ends_with(|c| ENDS_32_BYTES.contains(c));
                if fits {
                    Outcome::Valid(Vec::new())
                } else {
                    Outcome::Invalid("the parts cannot be 16 and 32 bytes in base64")
                }
            }
            _ => Outcome::Unknown,
        }
    },
    near: None,
    complete: None,
};

/// Groq API keys: 20 characters, the same 8 in each (base64 of `XgroqX`), 24 more.
///
/// Derived from published descriptions, hence medium.
pub(super) static GROQ: Check = Check {
    name: "groq-key",
    certainty: Certainty::Medium,
    verify: |secret| {
        let body = ascii(secret).and_then(|text| text.strip_prefix("gsk_"));
        match body.filter(|body| body.len() == 52) {
            None => Outcome::Unknown,
            Some(body) if body.get(20..28) == Some("WGdyb3FY") => Outcome::Valid(Vec::new()),
            Some(_) => Outcome::Invalid("what every key has in its middle is missing"),
        }
    },
    near: None,
    complete: None,
};

/// `WireGuard` private keys: base64 of 32 bytes, of which five bits are fixed as on every key of the curve.
///
/// Source: RFC 7748, section 5; `wg genkey` writes them so. Medium, because `wg` takes any 32 bytes.
pub(super) static WIREGUARD: Check = Check {
    name: "wireguard-key",
    certainty: Certainty::Medium,
    verify: |secret| match ascii(secret).and_then(base64).as_deref() {
        Some([first, .., last]) if secret.len() == 44 => {
            if first.trailing_zeros() >= 3 && last & 0xc0 == 0x40 {
                Outcome::Valid(Vec::new())
            } else {
                Outcome::Invalid("its bits are not those of a generated key")
            }
        }
        _ => Outcome::Unknown,
    },
    near: None,
    complete: None,
};

/// `JFrog` reference tokens: base64 of `reftkn:`, a number, the expiry (0 for none) and random characters.
///
/// Source: <https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens>, examples decoded.
pub(super) static JFROG_REFERENCE: Check = Check {
    name: "jfrog-reference",
    certainty: Certainty::High,
    verify: jfrog_reference,
    near: None,
    complete: None,
};

/// Discord bot tokens: base64 of the application's id, a time stamp, an authentication code.
///
/// Source: <https://discord.com/developers/docs/reference#snowflakes>; the id tells when it was created.
pub(super) static DISCORD_BOT: Check = Check {
    name: "discord-bot",
    certainty: Certainty::High,
    verify: discord,
    near: None,
    complete: None,
};

fn credentials(secret: &[u8], accept: fn(&str, &str) -> bool) -> Outcome {
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let body = text.strip_prefix("Basic ").unwrap_or(text).trim();
    let decoded = base64(body).unwrap_or_default();
    // Docker itself drops trailing zero bytes.
    let plain = str::from_utf8(&decoded).map(|text| text.trim_end_matches(['\0', '\n', '\r']));
    match plain
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
        .and_then(|text| text.split_once(':'))
    {
        Some((user, password)) if accept(user, password) => Outcome::Valid(Vec::new()),
        _ => Outcome::Invalid("does not decode to a user and a password"),
    }
}

fn nuget(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret).filter(|text| text.len() == 46 && text.starts_with("oy2"))
    else {
        return Outcome::Unknown;
    };
    let base32 = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte));
    // Each part ends in bits that are zero: 12 bytes in 20 characters, 16 bytes in 26.
    let place = |at: usize, set: &str| {
        text.as_bytes()
            .get(at)
            .is_some_and(|&byte| set.contains(char::from(byte)))
    };
    if base32 && place(3, "abcdefghijklmnop") && place(19, "aq") && place(45, "aeimquy4") {
        Outcome::Valid(Vec::new())
    } else {
        Outcome::Invalid("does not decode to a key id and password")
    }
}

fn jfrog_reference(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret).filter(|text| text.starts_with("cmVmdGtu")) else {
        return Outcome::Unknown;
    };
    let decoded = base64(text).unwrap_or_default();
    let parts: Vec<&str> = ascii(&decoded)
        .map(|text| text.split(':').collect())
        .unwrap_or_default();
    let (number, expiry) = match parts.as_slice() {
        ["reftkn", number, expiry, key] if !key.is_empty() => {
            (number.parse::<u64>().ok(), expiry.parse::<i64>().ok())
        }
        _ => (None, None),
    };
    match (number, expiry) {
        (Some(_), Some(0)) => Outcome::Valid(Vec::new()),
        (Some(_), Some(expiry)) => Outcome::Valid(
            iso_date_time(expiry)
                .map(|date| Fact::new(EXPIRES, date))
                .into_iter()
                .collect(),
        ),
        _ => Outcome::Invalid("does not decode to a reference token"),
    }
}

fn discord(secret: &[u8]) -> Outcome {
    /// Discord counts milliseconds from the start of 2015.
    const EPOCH: u64 = 1_420_070_400_000;
    let Some(text) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let parts: Vec<&str> = text.split('.').collect();
    let [id, _, _] = parts.as_slice() else {
        return Outcome::Unknown;
    };
    let decoded = base64(id).unwrap_or_default();
    let digits = ascii(&decoded).filter(|text| {
        (17..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let Some(number) = digits.and_then(|text| text.parse::<u64>().ok()) else {
        return Outcome::Invalid("the first part does not decode to an id");
    };
    let seconds = (number >> 22).saturating_add(EPOCH) / 1000;
    let mut facts = vec![Fact::new("Discord application", number.to_string())];
    let created = i64::try_from(seconds).ok().and_then(iso_date);
    facts.extend(created.map(|date| Fact::new("created", date)));
    Outcome::Valid(facts)
}
