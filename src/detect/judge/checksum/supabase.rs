//! Supabase's newer API keys, whose sum depends on the project.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::codec::ascii;
use super::{Certainty, Check, Fact, Outcome};

/// Secret keys: 22 characters, `_`, the first 8 of base64url of a SHA-256 over project, `|` and what stands before.
///
/// Source: reproduced on published publishable keys, which have the same form; hence medium. The project is the first
/// label of the host that the key is for, so only a key near its URL can be checked, and one near other URLs may
/// still be good for its own.
pub(super) static SECRET_KEY: Check = Check {
    name: "supabase-secret-key",
    certainty: Certainty::Medium,
    verify: |_| Outcome::Unknown,
    near: Some(near),
    complete: None,
};

const SUM: usize = 8;
/// Letters of a project's reference.
const REFERENCE: usize = 20;

fn near(secret: &[u8], around: &[u8]) -> Outcome {
    // The sum may hold underscores, too.
    let parts = ascii(secret).and_then(|key| key.split_at_checked(key.len().checked_sub(SUM)?));
    let Some((head, found)) = parts.and_then(|(head, sum)| Some((head.strip_suffix('_')?, sum)))
    else {
        return Outcome::Unknown;
    };
    let project = memchr::memmem::find_iter(around, b".supabase.")
        .filter_map(|dot| around.get(dot.checked_sub(REFERENCE)?..dot))
        .filter(|label| label.iter().all(u8::is_ascii_lowercase))
        .filter_map(ascii)
        .find(|project| sum(project, head) == found);
    project.map_or(Outcome::Unknown, |project| {
        Outcome::Valid(vec![Fact::new("Supabase project", project)])
    })
}

fn sum(project: &str, head: &str) -> String {
    let hash = Sha256::digest(format!("{project}|{head}"));
    let mut text = BASE64URL_NOPAD.encode(&hash);
    text.truncate(SUM);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_depends_on_the_project() {
        let key = format!("{}{}", "sb_secret_", "Test_Vector-NotReal000_g_RRR-gv");
        let at = |around: &str| near(key.as_bytes(), around.as_bytes());
        let project = "abcdefghijklmnopqrst";
        assert_eq!(
            at(&format!(
                "a https://zbcdefghijklmnopqrst.supabase.co https://{project}.supabase.co"
            )),
            Outcome::Valid(vec![Fact::new("Supabase project", project)])
        );
        for other in [
            "",
            ".supabase.co",
            "https://bbcdefghijklmnopqrst.supabase.co",
        ] {
            assert_eq!(at(other), Outcome::Unknown, "{other}");
        }
    }
}
