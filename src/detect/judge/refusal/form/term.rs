//! Names of methods, hosts, entries and versions: short texts with a form of their own that stand where a key or a token may.

use crate::detect::judge::words;

/// Encodings, ways to prove who one is, and functions that hash.
const METHODS: &str = "\
    ascii cp1252 iso-8859-1 latin-1 latin1 utf-16 utf-16-be utf-16-le utf-16be utf-16le utf-32 utf-8 utf16 utf16le utf8 \
    cram-md5 digest-md5 gs2-krb5 mongodb-aws mongodb-cr mongodb-oidc mongodb-x509 scram-sha-1 scram-sha-1-plus scram-sha-256 \
    scram-sha-256-plus scram-sha-512 xoauth2 \
    argon2d argon2i argon2id";

/// `utf-16le`, `CRAM-MD5`, `Argon2id`: how something is encoded, proved or hashed.
pub(super) fn is_method(value: &[u8]) -> bool {
    words::is_listed(METHODS, value)
}

/// `1.3-64803f4a…`: a version and the digest of what it looks like.
pub(super) fn is_digest_of_a_version(value: &[u8]) -> bool {
    let Some(dash) = memchr::memchr(b'-', value) else {
        return false;
    };
    let (version, digest) = (&value[..dash], &value[dash + 1..]);
    version.contains(&b'.')
        && version.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && matches!(digest.len(), 32 | 40 | 64)
        && digest
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `s3.amazonaws.com`: a host that everybody may ask.
pub(super) fn is_host(value: &[u8]) -> bool {
    const ENDS: &str = "com dev io net org";
    let labels: Vec<&[u8]> = value.split(|b| *b == b'.').collect();
    labels.len() >= 3
        && labels.last().is_some_and(|end| {
            end.iter().all(u8::is_ascii_lowercase) && words::is_listed(ENDS, end)
        })
        && labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .iter()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        })
        && labels[labels.len() - 2].len() >= 4
        && words::word_letters(labels[labels.len() - 2]) * 2 >= labels[labels.len() - 2].len()
}

/// `issue-54941-raw`, `deploy-2026-06-01`: words and numbers with dashes between them, `least` or more.
pub(super) fn is_slug(value: &[u8], least: usize) -> bool {
    let parts: Vec<&[u8]> = value.split(|b| matches!(b, b'-' | b'/')).collect();
    let word = |part: &&&[u8]| part.iter().all(u8::is_ascii_lowercase);
    parts.len() >= least
        && parts.iter().all(|part| {
            !part.is_empty()
                && (part.iter().all(u8::is_ascii_digit)
                    || (part.iter().all(u8::is_ascii_lowercase)
                        && (part.len() < 4 || words::is_word(part))))
        })
        && parts.iter().filter(word).any(|part| part.len() >= 4)
}

/// `88dc28d0:window:30d`: how a store names its entries.
pub(super) fn is_name_of_an_entry(value: &[u8]) -> bool {
    const LONGEST: usize = 12;
    let parts = value.split(|b| *b == b':');
    parts.clone().count() >= 3
        && parts.clone().all(|part| {
            (1..=LONGEST).contains(&part.len()) && part.iter().all(u8::is_ascii_alphanumeric)
        })
        && parts
            .filter(|part| part.len() >= 4)
            .any(|part| part.iter().all(u8::is_ascii_lowercase) && words::is_word(part))
}

/// `t5_3x1y9%2Ft2_8q2zz%2Fa94a8f…`: which thing of which kind, one in another.
pub(super) fn is_path_of_ids(value: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let text = String::from_utf8_lossy(value).replace("%2F", "/");
    let parts: Vec<&str> = text.split('/').collect();
    let [folders @ .., _] = &parts[..] else {
        return false;
    };
    folders.len() >= 2
        && folders.iter().all(|folder| {
            folder.len() <= LONGEST
                && folder.bytes().filter(|b| *b == b'_').count() == 1
                && folder
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
}

/// `METHOD=AES-128`: a name in capitals and what it is set to; base64 has `=` only at its end.
pub(super) fn is_setting(value: &[u8]) -> bool {
    let capitals = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    capitals >= 3
        && matches!(&value[capitals..], [b'=', first, second, ..] if *first != b'=' && *second != b'=')
}

/// `UUID=6a38ee5f-…`, `LABEL=data`: which disk, as `fstab` has it.
pub(super) fn is_disk(value: &[u8]) -> bool {
    ["UUID=", "PARTUUID=", "LABEL=", "PARTLABEL="]
        .iter()
        .any(|start| value.starts_with(start.as_bytes()))
}

/// `AADSTS50076: due to …`: an error by its number, where the text goes on behind it.
pub(super) fn is_code_of_an_error(value: &[u8], next: Option<u8>) -> bool {
    let letters = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    next == Some(b':')
        && (2..=8).contains(&letters)
        && (3..=6).contains(&(value.len() - letters))
        && value[letters..].iter().all(u8::is_ascii_digit)
}

/// Hexadecimal digits that spell letters, `59454c4c…`: somebody wanted a key and wrote a sentence.
pub(super) fn is_spelled_in_hexadecimal(value: &[u8]) -> bool {
    const SHORTEST: usize = 32;
    value.len() >= SHORTEST
        && data_encoding::HEXLOWER_PERMISSIVE
            .decode(value)
            .is_ok_and(|text| text.iter().all(|b| b.is_ascii_alphabetic() || *b == b' '))
}

/// `GEZDGNBV…`, `KRSXG5CT…`: the seed of one-time passwords that counts or spells words, in base32.
pub(super) fn is_spelled_in_base32(value: &[u8]) -> bool {
    /// Characters for five bytes.
    const GROUP: usize = 8;
    const SHORTEST: usize = 16;
    let end = value.iter().take_while(|b| **b != b'=').count();
    // What stands behind the last whole group is no matter.
    let whole = &value[..end - end % GROUP];
    if whole.len() < SHORTEST || value[end..].iter().any(|b| *b != b'=') {
        return false;
    }
    data_encoding::BASE32_NOPAD
        .decode(whole)
        .is_ok_and(|text| is_counted_or_words(&text))
}

fn is_counted_or_words(text: &[u8]) -> bool {
    let counted = text
        .windows(2)
        .all(|pair| pair[1] == pair[0].wrapping_add(1) || (pair[0] == b'9' && pair[1] == b'0'));
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    counted
        || (text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_'))
            && letters * 4 >= text.len() * 3
            && words::word_letters(text) * 3 >= letters * 2)
}

/// `YSBzZWNyZXQ=`: a few words with blanks between them, in base64.
pub(super) fn is_sentence_in_base64(value: &[u8]) -> bool {
    let Ok(text) = data_encoding::BASE64.decode(value) else {
        return false;
    };
    let text = text.trim_ascii_end();
    text.contains(&b' ')
        && text.iter().all(|b| {
            b.is_ascii_alphabetic() || matches!(b, b' ' | b'\'' | b',' | b'.' | b'!' | b'?')
        })
        && text
            .split(|b| !b.is_ascii_alphabetic())
            .all(|word| word.len() <= 2 || words::is_word(word))
}
