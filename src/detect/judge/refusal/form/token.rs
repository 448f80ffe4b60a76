//! Tokens that let nobody in: of JSON, not signed, not whole, or holding nothing but words; and starts of known formats.

/// How an object of JSON starts in base64.
const OBJECT: &[u8] = b"eyJ";

/// A token that says that nobody signed it, or whose signature is missing or too short for one. An encrypted token has more
/// than three parts.
pub(super) fn is_unsigned_token(value: &[u8]) -> bool {
    /// The shortest object that names an algorithm.
    const SHORTEST: usize = 20;
    const SHORTEST_SIGNATURE: usize = 32;
    if !value.starts_with(OBJECT) {
        return false;
    }
    let parts: Vec<&[u8]> = value.split(|b| *b == b'.').collect();
    let unsigned = match parts[..] {
        [only] => return only.len() < SHORTEST && only.iter().all(u8::is_ascii_alphanumeric),
        [_, _] => true,
        [_, _, signature] => signature.len() < SHORTEST_SIGNATURE,
        _ => false,
    };
    let Some(head) = decoded(parts[0]) else {
        return false;
    };
    says(&head, "\"none\"") || (unsigned && says(&head, "\"alg\""))
}

/// Nothing but the head of a token, which names its algorithm.
pub(in crate::detect::judge::refusal) fn is_head_of_a_token(value: &[u8]) -> bool {
    value.starts_with(OBJECT)
        && decoded(value).is_some_and(|head| head.ends_with(b"}") && says(&head, "\"alg\""))
}

/// `{"key": "value"}`, in base64: what a test has that only wants something to decode. A secret has digits, or more letters
/// at a stretch.
pub(super) fn is_object_of_words(value: &[u8]) -> bool {
    const LONGEST: usize = 88;
    const LONGEST_WORD: usize = 12;
    value.len() <= LONGEST
        && value.starts_with(OBJECT)
        && decoded(value).is_some_and(|object| {
            object.ends_with(b"}")
                && object
                    .iter()
                    .all(|b| (b.is_ascii_graphic() || *b == b' ') && !b.is_ascii_digit())
                && object
                    .split(|b| !b.is_ascii_alphabetic())
                    .all(|word| word.len() <= LONGEST_WORD)
        })
}

fn decoded(value: &[u8]) -> Option<Vec<u8>> {
    let end = value.iter().rposition(|b| *b != b'=')? + 1;
    let value = &value[..end];
    data_encoding::BASE64URL_NOPAD
        .decode(value)
        .or_else(|_| data_encoding::BASE64_NOPAD.decode(value))
        .ok()
}

fn says(object: &[u8], text: &str) -> bool {
    memchr::memmem::find(object, text.as_bytes()).is_some()
}

/// `sk-ant-oat01-staging`, `xoxb-1234-1243`, `GOCSPX-YYY`: the start of a format that everybody knows, and a word or a few
/// characters for the rest. What issuers make is longer.
pub(super) fn is_stub_of_a_token(value: &[u8]) -> bool {
    const STARTS: &[&str] = &[
        "AIza",
        "GOCSPX-",
        "dop_v1_",
        "ghp_",
        "github_pat_",
        "glpat-",
        "gsk_",
        "hf_",
        "npm_",
        "pypi-",
        "r8_",
        "sk-",
        "sk-ant-",
        "sk-ant-api03-",
        "sk-ant-oat01-",
        "sk-proj-",
        "sk_live_",
        "sk_test_",
        "whsec_",
        "xapp-",
        "xoxb-",
        "xoxp-",
    ];
    const LONGEST: usize = 10;
    STARTS
        .iter()
        .filter_map(|start| value.strip_prefix(start.as_bytes()))
        .min_by_key(|rest| rest.len())
        .is_some_and(|rest| {
            rest.len() <= LONGEST
                && rest
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}
