//! Tokens that end in a CRC-32 (IEEE 802.3, as in zlib) of what stands before.
//!
//! The vendors differ in what goes into the sum and how it is written; each check says so.

use data_encoding::BASE64_NOPAD;

use super::codec::{alphanumeric, ascii, base62_text};
use super::{Certainty, Check, Outcome};

/// Why a token is refused when the sums differ.
pub(super) const MISMATCH: &str = "the checksum does not match";

/// GitHub short tokens and npm tokens: 6 base-62 digits over the 30 characters after the prefix.
///
/// Sources: <https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/> and
/// <https://github.blog/2021-09-23-announcing-npms-new-access-token-format/>. The long forms of `ghs_` (with a
/// JWT) and `ghr_` carry no such sum and stay unknown.
pub(super) static GITHUB: Check = Check {
    name: "github-crc32",
    certainty: Certainty::High,
    verify: |secret| {
        judge(secret, github_body, 30, 36, |data| {
            base62_text(crc32fast::hash(data.as_bytes()), 6)
        })
    },
    near: None,
    complete: Some(|head| {
        let body = github_body(head)?;
        (body.len() == 30).then(|| base62_text(crc32fast::hash(body.as_bytes()), 6))
    }),
};

/// Cloudflare tokens: 8 hexadecimal digits over the 40 characters after the prefix.
///
/// Source: <https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/> (which names no
/// algorithm; reproduced on a published test token).
pub(super) static CLOUDFLARE: Check = Check {
    name: "cloudflare-crc32",
    certainty: Certainty::High,
    verify: |secret| judge(secret, cloudflare_body, 40, 48, |data| hex(data.as_bytes())),
    near: None,
    complete: Some(|head| {
        let body = cloudflare_body(head)?;
        (body.len() == 40).then(|| hex(body.as_bytes()))
    }),
};

/// Grafana service account tokens: `_` and 8 hexadecimal digits, byte-swapped, over prefix and body.
///
/// Source: <https://grafana.com/docs/grafana/latest/administration/service-accounts/>, reproduced on published
/// examples.
pub(super) static GRAFANA: Check = Check {
    name: "grafana-crc32",
    certainty: Certainty::High,
    verify: |secret| {
        judge(secret, grafana_whole, 37, 46, |data| {
            format!("_{}", swapped_hex(data.as_bytes()))
        })
    },
    near: None,
    complete: Some(|head| {
        let whole = grafana_whole(head)?;
        (whole.len() == 37).then(|| format!("_{}", swapped_hex(whole.as_bytes())))
    }),
};

/// Zuplo API keys: `_` and 8 hexadecimal digits over the 32 characters after the prefix.
///
/// Source: <https://zuplo.com/blog/api-key-authentication>, reproduced on published examples.
pub(super) static ZUPLO: Check = Check {
    name: "zuplo-crc32",
    certainty: Certainty::High,
    verify: |secret| {
        judge(secret, zuplo_body, 32, 41, |data| {
            format!("_{}", hex(data.as_bytes()))
        })
    },
    near: None,
    complete: Some(|head| {
        let body = zuplo_body(head)?;
        (body.len() == 32).then(|| format!("_{}", hex(body.as_bytes())))
    }),
};

/// Confluent Cloud secrets: 6 base64 characters of the sum's little-endian bytes over the 54 before.
///
/// Source: Confluent Cloud's API key documentation, reproduced on a published example. Whether the prefix takes
/// part was settled there: it does not.
pub(super) static CONFLUENT: Check = Check {
    name: "confluent-crc32",
    certainty: Certainty::High,
    verify: |secret| {
        judge(secret, confluent_body, 54, 60, |data| {
            swapped_base64(data.as_bytes())
        })
    },
    near: None,
    complete: Some(|head| {
        let body = confluent_body(head)?;
        (body.len() == 54).then(|| swapped_base64(body.as_bytes()))
    }),
};

/// Atlassian API tokens and app passwords: 8 upper-case hexadecimal digits over all that stands before.
///
/// Source: `CredSweeper`, `filters/value_atlassian_token_check.py`; the vendor publishes nothing, hence medium.
pub(super) static ATLASSIAN: Check = Check {
    name: "atlassian-crc32",
    certainty: Certainty::Medium,
    verify: atlassian,
    near: None,
    complete: Some(|head| {
        let head = atlassian_plain(head);
        atlassian_head(&head).then(|| hex(head.as_bytes()).to_ascii_uppercase())
    }),
};

/// Compares the end of a token of known length with the sum of its beginning. `strip` removes what does not count
/// and refuses other forms; `data` and `whole` are the lengths of what is left, without and with the sum.
fn judge(
    secret: &[u8],
    strip: fn(&str) -> Option<&str>,
    data: usize,
    whole: usize,
    sum: impl Fn(&str) -> String,
) -> Outcome {
    let parts = ascii(secret)
        .and_then(strip)
        .filter(|rest| rest.len() == whole)
        .and_then(|rest| rest.split_at_checked(data));
    match parts {
        None => Outcome::Unknown,
        Some((data, found)) if sum(data) == found => Outcome::Valid(Vec::new()),
        Some(_) => Outcome::Invalid(MISMATCH),
    }
}

fn after_prefix<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))
}

fn github_body(text: &str) -> Option<&str> {
    after_prefix(text, &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"])
        .filter(|body| alphanumeric(body))
}

fn cloudflare_body(text: &str) -> Option<&str> {
    after_prefix(text, &["cfut_", "cfat_", "cfk_"]).filter(|body| alphanumeric(body))
}

fn grafana_whole(text: &str) -> Option<&str> {
    (text.starts_with("glsa_") && text.is_ascii()).then_some(text)
}

fn zuplo_body(text: &str) -> Option<&str> {
    text.strip_prefix("zpka_").filter(|body| body.is_ascii())
}

fn confluent_body(text: &str) -> Option<&str> {
    text.strip_prefix("cflt").filter(|body| body.is_ascii())
}

/// Eight hexadecimal digits, most significant first.
fn hex(data: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(data))
}

/// Eight hexadecimal digits, least significant byte first.
fn swapped_hex(data: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(data).swap_bytes())
}

fn swapped_base64(data: &[u8]) -> String {
    BASE64_NOPAD.encode(&crc32fast::hash(data).to_le_bytes())
}

fn atlassian(secret: &[u8]) -> Outcome {
    let Some(text) = ascii(secret).map(atlassian_plain) else {
        return Outcome::Unknown;
    };
    let parts = text
        .len()
        .checked_sub(8)
        .and_then(|data| text.split_at_checked(data));
    match parts {
        Some((head, found)) if atlassian_head(head) => {
            if hex(head.as_bytes()).to_ascii_uppercase() == found {
                Outcome::Valid(Vec::new())
            } else {
                Outcome::Invalid(MISMATCH)
            }
        }
        _ => Outcome::Unknown,
    }
}

/// The token as issued: shells and property files escape the `=` inside, URLs percent-encode it.
fn atlassian_plain(text: &str) -> String {
    text.replace("\\=", "=")
        .replace("%3D", "=")
        .replace("%3d", "=")
}

/// Whether this is all of a token but its checksum.
fn atlassian_head(head: &str) -> bool {
    let api = head.starts_with("ATATT3") || head.starts_with("ATCTT3");
    head.is_ascii()
        && ((api && head.ends_with('=')) || (head.starts_with("ATBB") && head.len() == 28))
}
