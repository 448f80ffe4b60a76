//! Second opinion on values that were found only because of the name they are assigned to, or the place in a URL.
//!
//! A provider's format speaks for itself; a name like `password` does not: most of what is assigned to it in code
//! is another identifier, a call, a type or a label. This module refuses those, and doubts what people write when any
//! value will do.

use super::{placeholder, used, words};
use crate::detect::Candidate;
use crate::detect::binding;
use crate::rule::Rule;

/// What the name and the shape of the value say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// The rule does not rest on a name, and the value is not obviously made up.
    NotAsked,
    /// A value that may be a secret.
    Credible,
    /// Words that may well be a password.
    Plausible,
    /// Words, or a number: as likely a label, an identifier or a made-up value as a secret.
    Doubtful,
    /// Code, a label or a path.
    Refused,
}

/// The opinion on a candidate of a rule that rests on a name.
pub fn judge(rule: &Rule, text: &[u8], candidate: &Candidate) -> Opinion {
    let value = &text[candidate.secret.clone()];
    match rule.provider.id.as_ref() {
        // Where a command hands a password over, words are judged as with any other command.
        "generic" if !(rule.chosen && rule.stored) => generic(rule, text, candidate, value),
        // A file that holds nothing else holds weak passwords too, and so does a form that programs save.
        _ if rule.is_file_rule() || (rule.stored && !rule.chosen) => stored(value),
        // `--password=PASSWORD`: how usage texts name what is to be given.
        "command-line" if value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_') => {
            Opinion::Refused
        }
        "kubernetes" if rule.id == "kubernetes-secret-manifest" => {
            in_manifest(&text[..candidate.secret.start], value)
        }
        _ if rule.chosen => {
            let before = &text[..candidate.secret.start];
            match chosen(value) {
                Opinion::Doubtful if rule.stored && used::may_be(value, before) => {
                    Opinion::Plausible
                }
                opinion => opinion,
            }
        }
        _ => Opinion::NotAsked,
    }
}

/// The opinion on what people choose, which may stand there encoded with the name of the account.
fn chosen(value: &[u8]) -> Opinion {
    match decoded_text(value) {
        Some(text) => userinfo(text.rsplit(|b| *b == b':').next().unwrap_or_default()),
        None => userinfo(value),
    }
}

/// The opinion on what stands where only values stand that are used, such as a credential file.
fn stored(value: &[u8]) -> Opinion {
    if is_dummy(value) || words::is_listed(SHIPPED, value) {
        Opinion::Doubtful
    } else {
        Opinion::NotAsked
    }
}

/// The opinion on a password that stands where only passwords stand: people write made-up ones there all the same.
fn userinfo(value: &[u8]) -> Opinion {
    if is_dummy(value) || says_what_belongs_there(value) {
        Opinion::Refused
    } else if is_wordy(&percent_decoded(value)) || !value.is_ascii() {
        Opinion::Doubtful
    } else {
        Opinion::NotAsked
    }
}

fn generic(rule: &Rule, text: &[u8], candidate: &Candidate, value: &[u8]) -> Opinion {
    let opening = text[..candidate.secret.start]
        .last()
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let quoted = opening.is_some();
    if is_dummy(value)
        || !value.is_ascii()
        || is_code(value, quoted)
        || (quoted && is_sentence(text, candidate))
        || (!quoted && is_parameter(text, candidate))
        || names_something_else(rule, text, candidate)
        || repeats_name(text, candidate, value)
    {
        Opinion::Refused
    } else if is_wordy(value)
        || is_plain_number(value)
        || is_mashed(value)
        || decoded_text(value).is_some_and(|text| is_wordy(&text))
    {
        Opinion::Doubtful
    } else {
        Opinion::Credible
    }
}

/// The opinion on a value of a manifest that stands behind `before`. Where its name says what it is, it is judged as
/// it is decoded.
fn in_manifest(before: &[u8], value: &[u8]) -> Opinion {
    let Some(decoded) = encoded_line(value) else {
        return Opinion::NotAsked;
    };
    let name = before.trim_ascii_end();
    let name = name
        .strip_suffix(b"\"")
        .or(name.strip_suffix(b"'"))
        .unwrap_or(name);
    let name = name.trim_ascii_end();
    let name = name.strip_suffix(b":").unwrap_or(name);
    let name = &name[name
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |at| at + 1)..];
    if binding::speaks_of_credentials(name) || is_sample(&decoded) || is_wordy(&decoded) {
        Opinion::Refused
    } else {
        Opinion::NotAsked
    }
}

/// The line of text that a base64 value stands for, where it is one.
pub(super) fn encoded_line(value: &[u8]) -> Option<Vec<u8>> {
    let digits = value.trim_ascii_end();
    let digits = digits.strip_suffix(b"=").unwrap_or(digits);
    let digits = digits.strip_suffix(b"=").unwrap_or(digits);
    // The first bit of ASCII is no one.
    if !matches!(digits.first(), Some(b'A'..=b'Z' | b'a'..=b'f')) {
        return None;
    }
    let mut text = data_encoding::BASE64_NOPAD.decode(digits).ok()?;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    let printable = text.iter().all(|b| matches!(b, b' '..=b'~'));
    (text.len() >= 4 && printable).then_some(text)
}

/// Whether a decoded value is one that people write when any will do.
pub(super) fn is_sample(value: &[u8]) -> bool {
    is_dummy(value) || placeholder::reason(value, 0).is_some()
}

/// What people write where a password belongs when they mean none.
const DUMMIES: &str = "\
    1234 12345 123456 1234567 12345678 123456789 1q2w3e 1q2w3e4r abc123 admin administrator \
    anonymous asdf blank credentials default empty false guest key mypass mypassword none null \
    pass passphrase passw0rd passwd password password1 password123 postgres private proxypass \
    public pwd q1w2e3 q1w2e3r4 repopwd root secret secret123 string test test123 testing \
    testing123 testpass testpassword token true undefined user username x-access-token \
    x-oauth-basic";

fn is_dummy(value: &[u8]) -> bool {
    words::is_listed(DUMMIES, value)
}

/// `db_pass`, `user-password`, `mySecret`: a password is meant, not told.
fn says_what_belongs_there(value: &[u8]) -> bool {
    const OWNERS: &str = "\
        a account admin app application database db ftp ldap mail mongo mongodb my mysql new old pg postgres proxy redis \
        root server service smtp some sql test the user username your";
    const MEANT: &str = "pass passphrase passwd password pwd pw secret token";
    let mut runs: Vec<&[u8]> = words::runs(value).collect();
    let meant = runs.pop().is_some_and(|last| words::is_listed(MEANT, last));
    meant
        && !value.iter().any(u8::is_ascii_digit)
        && !runs.is_empty()
        && runs.iter().all(|word| words::is_listed(OWNERS, word))
}

/// What programs bring along in the configuration that they install, Jetty's in the form that it obfuscates.
const SHIPPED: &str = "\
    hackme hackmemore rootpw radius unknown disable testpass foobared mystats zabbix nagios icinga \
    1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4 1u2u1wml1z7s1z7a1wnl1u2g";

/// Words that turn the name of a credential into the name of something about it when they follow.
const ABOUT: &str = "\
    advice age alg algorithm class column count date description digest enabled encoding endpoint \
    env error expiration expired expires expiry field file filename form format hash header help \
    hint icon id identifier ids input issuer kind label len length link location manager max \
    message method min mode msg name names page param parameter path pattern placeholder policy \
    prefix prompt provider ref regex regexp request required response route rule rules scheme \
    scope scopes size source state status store strategy strength suffix table template text \
    timeout title ttl type uri url validator variable version view";

/// Words that do so when they stand before.
const OTHER: &str = "\
    authenticity csrf err error has hint incorrect invalid is label lbl mandatory message missing \
    msg next no placeholder prev pub public status title tooltip txt wrong xsrf";

/// Words that do so before a password: user interfaces speak of those.
const SPOKEN: &str = "\
    change changed enter forgot forgotten hide reset show toggle update weak your";

/// `password_hint`, `tokenUrl`, `LABEL_PASSWORD`: names of something that is no secret.
fn names_something_else(rule: &Rule, text: &[u8], candidate: &Candidate) -> bool {
    const LONGEST_NAME: usize = 40;
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let anchor = &candidate.anchor;
    if candidate.secret.start < anchor.end {
        return false;
    }
    // `compass`, `bypass`: the anchor is the end of another word.
    if let [b'p', b'a', b's', b's', next, ..] = text[anchor.clone()] {
        let joined = text[..anchor.start]
            .last()
            .is_some_and(u8::is_ascii_lowercase);
        if joined && !next.is_ascii_alphabetic() {
            return true;
        }
    }
    let after = &text[anchor.end..candidate.secret.start.min(anchor.end + LONGEST_NAME)];
    let after = &after[..after.iter().position(|b| !part(b)).unwrap_or(after.len())];
    let before = &text[anchor.start.saturating_sub(LONGEST_NAME)..anchor.start];
    let before = &before[before.iter().rposition(|b| !part(b)).map_or(0, |at| at + 1)..];
    words::runs(after).any(|word| words::is_listed(ABOUT, word))
        || words::runs(before).any(|word| {
            words::is_listed(OTHER, word)
                || (rule.id == "generic-password" && words::is_listed(SPOKEN, word))
        })
}

/// Calls, member access, indexing and types: what stands unquoted in code.
fn is_code(value: &[u8], quoted: bool) -> bool {
    let has = |byte: u8| memchr::memchr(byte, value).is_some();
    if !quoted && (has(b'(') || has(b'[') || has(b'{') || has(b';') || has(b'<')) {
        return true;
    }
    let Ok(value) = std::str::from_utf8(value) else {
        return true;
    };
    if value.contains("://") || value.contains("...") {
        return true;
    }
    let value = value
        .trim_start_matches(['@', '!', '&', '*', '-', '#', '^', '~'])
        .trim_end_matches(['|', '.', '?', '!', ':']);
    let words = value.split(['.', ':', '/', '\\', '#']);
    let parts: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    // a.b.c, Some::Path, /a/path: every part reads like a name.
    if parts.len() > 1 && parts.iter().all(|part| is_identifier(part)) {
        return true;
    }
    // A name that is assigned something in its turn: `secret=secret, callback=…`.
    value.split_once('=').is_some_and(|(name, _)| {
        is_identifier(name) && words::word_letters(name.as_bytes()) * 2 > name.len()
    })
}

/// Names as people write them: letters in words, few digits and those at the end.
fn is_identifier(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    part.len() - letters.len() <= 2
        && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && letters
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'$' | b'?' | b'!'))
}

/// Whether an unquoted value is one of several in a list or a call (`f(user, password, other)`), or a type that a
/// value is still to follow (`TOKEN: Kind = 4`).
fn is_parameter(text: &[u8], candidate: &Candidate) -> bool {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let before = text[..candidate.secret.start]
        .iter()
        .rev()
        .take(16)
        .find(|b| !blank(b));
    let after = text[candidate.secret.end..]
        .iter()
        .take(8)
        .find(|b| !blank(b));
    matches!(before, Some(b',' | b'(')) || after == Some(&b'=')
}

/// Whether a quoted value goes on after a space: patterns end there, and what they found is the first word of a text.
fn is_sentence(text: &[u8], candidate: &Candidate) -> bool {
    text.get(candidate.secret.end) == Some(&b' ')
}

/// Whether the better part of a value is words; digits that count up or end a word add nothing to it.
fn is_wordy(value: &[u8]) -> bool {
    let plain = without_counting(value);
    let plain = words::without_disguise(plain);
    let counted = value.len() - plain.len();
    if plain.len() < 4 || (plain.len() < 6 && counted >= 5) {
        return true;
    }
    let letters = plain.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let signs = plain.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let in_words = words::word_letters(&plain);
    let whole = words::is_word(&plain);
    whole || (in_words * 10 >= signs * 6 && in_words * 10 >= letters * 7)
}

/// The value without leading or trailing digits that are one, two or four of them or count up.
fn without_counting(value: &[u8]) -> &[u8] {
    let digits = |run: &[u8]| {
        let counts = run
            .windows(2)
            .all(|pair| pair[1] == pair[0].wrapping_add(1));
        let same = run.windows(2).all(|pair| pair[1] == pair[0]);
        run.len() <= 2 || run.len() == 4 || counts || same
    };
    let tail = value
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let (start, end) = value.split_at(value.len() - tail);
    let value = if digits(end) { start } else { value };
    let head = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let (start, end) = value.split_at(head);
    if digits(start) { end } else { value }
}

/// Numbers of all sorts stand beside such names: lengths, codes, times.
fn is_plain_number(value: &[u8]) -> bool {
    (value.len() < 20 || value.contains(&b'.'))
        && value.iter().all(|b| {
            b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'_' | b'+' | b':' | b'^' | b'~')
        })
}

/// What fingers that rest on the middle row of a keyboard type: `sdlfkj452`.
fn is_mashed(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic());
    let home = letters.clone().filter(|b| b"asdfghjkl".contains(b)).count();
    let letters = letters.count();
    (letters >= 5 && home == letters) || (letters >= 12 && home * 5 >= letters * 4)
}

/// The text that a base64 value stands for, where it is text.
fn decoded_text(value: &[u8]) -> Option<Vec<u8>> {
    let trimmed = value.trim_ascii_end().strip_suffix(b"=").unwrap_or(value);
    let trimmed = trimmed.strip_suffix(b"=").unwrap_or(trimmed);
    let text = data_encoding::BASE64_NOPAD.decode(trimmed).ok()?;
    let printable = text.iter().all(|b| matches!(b, b' '..=b'~'));
    (text.len() >= 6 && printable).then_some(text)
}

/// `%40` and the like undone.
fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%');
        let code = digits.and_then(|pair| std::str::from_utf8(pair).ok());
        if let Some(decoded) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            plain.push(decoded);
            rest = &after[2..];
        } else {
            plain.push(byte);
            rest = after;
        }
    }
    plain
}

/// `password = "password1"`: the value only says the name again.
fn repeats_name(text: &[u8], candidate: &Candidate, value: &[u8]) -> bool {
    let anchor = text[candidate.anchor.clone()].to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    memchr::memmem::find(&value, &anchor).is_some() && value.len() < anchor.len() + 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_there_is_no_password() {
        for value in [
            "db_pass",
            "user-password",
            "mySecret",
            "DB_PASSWORD",
            "postgres_pw",
        ] {
            assert!(says_what_belongs_there(value.as_bytes()), "{value}");
        }
        for value in [
            "password",
            "db_pass9",
            "moose_pass",
            "dbpassmoose",
            "pass_db",
        ] {
            assert!(!says_what_belongs_there(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn code_is_refused() {
        assert!(is_code(b"config.password", true));
        assert!(is_code(b"get_password()", false));
        assert!(is_code(b"@user.password", false));
        assert!(is_code(b"/etc/secrets/token", true));
        assert!(is_code(b"callback_uri=", false));
        assert!(!is_code(b"kX9fQ2mPz7", true));
        assert!(!is_code(b"hunter2x9", false));
    }

    #[test]
    fn words_are_doubted() {
        for value in [
            "forgot_password",
            "resetPassword",
            "hunter2",
            "supersecret",
            "am@z1ng_p@ssw0rd#!",
            "admin123",
            "jira_123456",
            "123abc",
            "environment.md#GCM_CREDENTIAL_STORE",
        ] {
            assert!(is_wordy(value.as_bytes()), "{value}");
        }
        for value in [
            "kX9fQ2mPz7",
            "FasSqmbfwxyd",
            "hvrnaevn",
            "4fb45da9e4ab4ddeb7580d6a35503d99",
            "x7-Kq2!vLp",
        ] {
            assert!(!is_wordy(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn words_are_believed_where_values_are_stored() {
        for (value, chosen, as_stored) in [
            ("hunter-moose42", Opinion::Doubtful, Opinion::NotAsked),
            ("kX9fQ2mPz7", Opinion::NotAsked, Opinion::NotAsked),
            ("foobared", Opinion::Doubtful, Opinion::Doubtful),
            ("password1", Opinion::Refused, Opinion::Doubtful),
        ] {
            assert_eq!(userinfo(value.as_bytes()), chosen, "{value}");
            assert_eq!(stored(value.as_bytes()), as_stored, "{value}");
        }
    }

    #[test]
    fn numbers_are_doubted() {
        assert!(is_plain_number(b"3221225801"));
        assert!(is_plain_number(b"2026-11-05"));
        assert!(is_plain_number(b"^7.0.4"));
        assert!(!is_plain_number(b"28396179573564744913"));
    }

    #[test]
    fn made_up_values_are_doubted() {
        assert!(is_mashed(b"sdlfkj452"));
        assert!(!is_mashed(b"xvxzntg"));
        assert_eq!(
            decoded_text(b"bm90IG15IHJlYWwgcGFzc3dvcmQ=").as_deref(),
            Some(&b"not my real password"[..])
        );
        assert_eq!(decoded_text(b"kX9fQ2mPz7"), None);
    }

    #[test]
    fn percent_codes_are_undone() {
        assert_eq!(percent_decoded(b"p%40ss%3Aw%"), b"p@ss:w%");
        assert_eq!(percent_decoded(b"%zz%4"), b"%zz%4");
    }
}
