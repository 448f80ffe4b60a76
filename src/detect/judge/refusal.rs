//! What the trained judge is not asked about: names, values and places that can be told to be no secret by themselves.
//!
//! Everything here is a class of things that stand in healthy code, each with the reason why nothing that is secret looks
//! like it. None of it knows a file or a project.

use super::{placeholder, practice, words};
use crate::detect::binding::{Binding, Kind, Link, Quote};

/// `public_key`, `keyFingerprint`, `token_type`: names of what may be known; `authenticity_token`, `Sec-WebSocket-Key`: of what says
/// nothing once its page or connection is closed.
pub(super) fn of_name(name: &[u8], kind: Kind) -> bool {
    use std::sync::OnceLock;

    use aho_corasick::{AhoCorasick, AhoCorasickKind};
    static AUTOMATON: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let automaton = AUTOMATON.get_or_init(|| {
        AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(PUBLIC_NAMES)
            .ok()
    });
    let folded = name.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&folded, word.as_bytes()).is_some();
    automaton.as_ref().is_some_and(|a| a.is_match(&folded))
        || (kind == Kind::Key && finds_an_entry(name))
        || (has("pub")
            && (has("public") || has("pubkey") || has("pub_key"))
            && has("key")
            && !has("private")
            && !has("secret"))
}

/// Parts of names, in lower case.
const PUBLIC_NAMES: &[&str] = &[
    "fingerprint",
    "authenticity",
    "csrf",
    "xsrf",
    "websocket",
    "token_type",
    "tokentype",
    // Where the next page of a list starts, and what makes a request that is sent twice count once.
    "nexttoken",
    "next_token",
    "pagetoken",
    "page_token",
    "paginationtoken",
    "pagination_token",
    "continuationtoken",
    "continuation_token",
    "clientrequesttoken",
    "client_request_token",
    "idempotency",
    // What cuts text into tokens, and which credential or token is meant.
    "tokeniz",
    "credentialid",
    "credential_id",
    "credentialsid",
    "credentials_id",
    "accessorid",
    "accessor_id",
    "keyspec",
    "key_spec",
    // Who signed a request, where and for what: its address and headers say so openly.
    "amz-credential",
    "goog-credential",
];

/// Whether a value can be told to be no secret by its form alone.
pub(super) fn of_value(value: &[u8], binding: &Binding, next: Option<u8>) -> bool {
    if practice::is_kept_well(value)
        || placeholder::is_reference(value)
        || placeholder::is_public(value)
    {
        return true;
    }
    if is_other_script(value)
        || is_scope_of_a_signature(value)
        || placeholder::is_drawn_out(value)
        || (binding.kind == Kind::Key
            && (is_bytes_written_out(value)
                || is_identifier(value)
                || is_file(value)
                || is_number_in_parts(value)))
        || is_escaped_for_an_address(value)
        || is_expression_for_values(value)
        || is_mark(value)
        || is_masked(value)
        || is_marked_as_example(value)
        || is_binary(value)
        || is_image_by_digest(value)
    {
        return true;
    }
    if is_hash(value)
        || is_dotted_number(value)
        || is_date(value)
        || is_address(value)
        || is_quoted_from_a_standard(value)
    {
        return true;
    }
    // Keys that another rule reads whole, public ones, and values that were cut short.
    if value.starts_with(b"-----BEGIN")
        || value.starts_with(b"ssh-")
        || memchr::memmem::find(value, b"...").is_some()
    {
        return true;
    }
    // Files, keys among them, that a name speaks of.
    if [&b"~/"[..], b"./", b"../"]
        .iter()
        .any(|start| value.starts_with(start))
        || memchr::memmem::find(value, b"/.ssh/").is_some()
    {
        return true;
    }
    // ASP.NET's word for a key that it makes itself.
    if value.len() >= 12 && value[..12].eq_ignore_ascii_case(b"AutoGenerate") {
        return true;
    }
    // A single character over and over, and what has hardly any letters or digits.
    let first = value[0];
    if value.iter().all(|b| *b == first) {
        return true;
    }
    let telling = value
        .iter()
        .filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80)
        .count();
    if telling * 3 < value.len() && telling < 4 {
        return true;
    }
    if binding.quote == Quote::None
        && (is_code(value, binding)
            || is_variable(value, next)
            || is_constant(value, next)
            || is_expression(value, next)
            || is_typed_number(value))
    {
        return true;
    }
    // Keys are long: most things that are named so are names themselves.
    binding.kind == Kind::Key && value.len() < 14
}

/// Words in front of `key` that make it one by which an entry is found: whoever knows it has nothing.
const LOOKUPS: &str = "\
    attribute business cache cached column config context dedup dict display event field foreign group hash hot i18n icon \
    index item label lang limit locale lookup map mapping menu message meta metadata name object partition path primary \
    property query range registry result route row session sort state storage store string style table tag template text \
    title translation";

/// `cache_key`, `translationKey`: the key of an entry, not of a lock.
fn finds_an_entry(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let last = words.pop().unwrap_or_default();
    let is = |word: &[u8], text: &str| word.eq_ignore_ascii_case(text.as_bytes());
    if words
        .iter()
        .any(|word| is(word, "cache") || is(word, "cached"))
    {
        return true;
    }
    last.eq_ignore_ascii_case(b"key")
        && words.last().is_some_and(|before| {
            LOOKUPS
                .split_ascii_whitespace()
                .any(|word| before.eq_ignore_ascii_case(word.as_bytes()))
        })
}

/// What name and value say together: a UUID that is named one names an interface or an object, hexadecimal digits that are
/// named a key of PGP are its fingerprint, and `pass "…"` in a sentence tells somebody to hand something over.
pub(super) fn of_both(name: &[u8], value: &[u8], binding: &Binding) -> bool {
    let last = words::runs(name).last().unwrap_or_default();
    let named = last.eq_ignore_ascii_case(b"guid") || last.eq_ignore_ascii_case(b"uuid");
    let spoken = name.eq_ignore_ascii_case(b"pass") && binding.link == Link::Space;
    let of_pgp = words::runs(name)
        .any(|word| word.eq_ignore_ascii_case(b"gpg") || word.eq_ignore_ascii_case(b"pgp"));
    spoken
        || (named && is_uuid(value))
        || (of_pgp && value.len() <= 40 && value.iter().all(u8::is_ascii_hexdigit))
        || (is_short_word(value) && is_api_key(name))
}

/// Nobody issues keys for an interface that are as short as a word: the name of a field, rather.
fn is_short_word(value: &[u8]) -> bool {
    const LONGEST: usize = 10;
    value.len() <= LONGEST
        && value.iter().all(u8::is_ascii_alphanumeric)
        && value.iter().filter(|b| b.is_ascii_alphabetic()).count() * 4 >= value.len() * 3
}

/// Whether a name ends in `api_key`, however it is written.
fn is_api_key(name: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = words::runs(name).collect();
    let is = |word: Option<&[u8]>, text: &str| {
        word.is_some_and(|w| w.eq_ignore_ascii_case(text.as_bytes()))
    };
    let last = words.pop();
    is(last, "apikey") || (is(last, "key") && is(words.pop(), "api"))
}

/// What stands before the name: the token in the address of a badge is there to be shown.
pub(super) fn of_place(before: &[u8]) -> bool {
    const LONGEST_ADDRESS: usize = 160;
    let near = &before[before.len().saturating_sub(LONGEST_ADDRESS)..];
    let start = near
        .iter()
        .rposition(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'(' | b'<'))
        .map_or(0, |at| at + 1);
    let address = &near[start..];
    let has = |text: &str| memchr::memmem::find(address, text.as_bytes()).is_some();
    has("://") && has("badge") && has("?")
}

fn is_uuid(value: &[u8]) -> bool {
    let value = value
        .strip_prefix(b"{")
        .and_then(|inner| inner.strip_suffix(b"}"))
        .unwrap_or(value);
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Letters of other scripts as JSON and programs escape them, `\u5bc6`: a text for people. What is escaped for the sake of
/// HTML, `\u003c`, is another matter.
fn is_other_script(value: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', value).any(|at| {
        value
            .get(at + 1..at + 6)
            .and_then(|escape| escape.strip_prefix(b"u"))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .is_some_and(|unit| unit >= 0xa0)
    })
}

/// `AKID/20150830/us-east-1/s3/aws4_request`: the scope of a signature and the name of the algorithm, beside which the
/// identifier of the key stands.
fn is_scope_of_a_signature(value: &[u8]) -> bool {
    value.starts_with(b"AWS4-")
        || (value.len() > 20 && memchr::memmem::find(value, b"aws4_request").is_some())
}

/// `\x1f\x8b`: bytes one by one under a name that says only `key` are the vectors of a test.
fn is_bytes_written_out(value: &[u8]) -> bool {
    let escapes = memchr::memmem::find_iter(value, b"\\x").count();
    escapes >= 4 && escapes * 8 >= value.len()
}

/// Words with few digits, as identifiers, labels and paths are made: `soil_humidity_4`, `applicationSummaries`.
fn is_identifier(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let joined = value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b' '));
    joined && letters > 0 && digits * 2 <= letters && words::word_letters(value) * 10 >= letters * 7
}

/// `app/2026-stage.war`: where a file is kept.
fn is_file(value: &[u8]) -> bool {
    let extension = value.rsplit(|b| *b == b'.').next().unwrap_or_default();
    value.contains(&b'/')
        && extension.len() < value.len()
        && matches!(extension.len(), 2..=5)
        && extension.iter().all(u8::is_ascii_lowercase)
}

/// `%F0%9F%92%A9`: hardly anything but escapes, as tests of addresses have it.
fn is_escaped_for_an_address(value: &[u8]) -> bool {
    let escapes = memchr::memchr_iter(b'%', value)
        .filter(|at| {
            value
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        })
        .count();
    escapes >= 2 && escapes * 9 >= value.len() * 2
}

/// `MAX_TOKENS`, where a program goes on behind it: a constant.
fn is_constant(value: &[u8], next: Option<u8>) -> bool {
    matches!(next, Some(b',' | b';' | b')'))
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && value.contains(&b'_')
        && value
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// Indexing, and members of what a pointer leads to: `params[-1]`, `device->name`.
fn is_expression(value: &[u8], next: Option<u8>) -> bool {
    let has = |text: &str| memchr::memmem::find(value, text.as_bytes()).is_some();
    (value.contains(&b'[') && (next == Some(b']') || has("]=") || has("](") || has("].")))
        || has("]=")
        || (value.ends_with(b"-") && next == Some(b'>'))
        || has("->")
}

/// `4097u32`, `0x10UL`: a number with its type.
fn is_typed_number(value: &[u8]) -> bool {
    const TYPES: &[&[u8]] = &[
        b"u8", b"u16", b"u32", b"u64", b"u128", b"usize", b"i8", b"i16", b"i32", b"i64", b"i128",
        b"isize", b"f32", b"f64", b"u", b"U", b"l", b"L", b"ul", b"UL", b"ull", b"ULL", b"ll",
        b"LL",
    ];
    let value = value.strip_prefix(b"-").unwrap_or(value);
    let length = value
        .iter()
        .take_while(|b| b.is_ascii_digit() || **b == b'_')
        .count();
    let (number, kind) = value.split_at(length);
    !number.is_empty() && TYPES.contains(&kind)
}

/// Values of the OAuth, HTTP and AWS documents that code and its documentation quote, as FNV-1a hashes: the values
/// themselves would look like secrets here.
const QUOTED: &[u64] = &[
    0x03b3_433f_2c47_d86f,
    0x0586_33e2_ffe8_cd27,
    0x0ab5_0e41_2ab9_81a4,
    0x105e_4dd7_63a8_12bc,
    0x1a7b_78be_56f3_054d,
    0x273f_5e02_3867_ba98,
    0x3030_ced2_0b49_810a,
    0x30aa_8188_bb02_3e35,
    0x36ec_79cf_e49d_42fa,
    0x3be9_55b1_8f32_adbe,
    0x3c0d_8e9d_b0e6_bea8,
    0x3e6e_0ba1_e1bb_8300,
    0x4f45_9807_254f_1ee7,
    0x55e6_407f_d6ee_a643,
    0x5711_6b3e_04f3_b229,
    0x60bc_a9a8_e7e7_80a0,
    0x7699_c294_beeb_ad32,
    0x76f0_7e1e_430f_318e,
    0x846b_2a1e_2fad_7fcb,
    0x9617_ea56_85ae_57ea,
    0x9bb9_3d89_924c_f35d,
    0xa877_7a0a_30d2_e126,
    0xbac1_05aa_c64c_be2d,
    0xbb65_956c_4b8b_34bf,
    0xc84e_0513_0ba0_1136,
    0xd7ba_4d0f_b3bb_1efd,
    0xd9ad_86ad_3724_159b,
    0xdc8d_8ca0_6454_72e9,
    0xecc1_a447_4851_bc28,
    0xee04_25ac_21b0_3b65,
    0xf40e_2e02_6c9a_c885,
];

fn is_quoted_from_a_standard(value: &[u8]) -> bool {
    let hash = value.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    QUOTED.binary_search(&hash).is_ok()
}

/// Versions, object ids and times: digits with dots or colons between them.
fn is_dotted_number(value: &[u8]) -> bool {
    value
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':'))
        && value.iter().any(|b| !b.is_ascii_digit())
}

/// `2026-11-05` and what may follow, as the time or the stage of a version (`2026-11-05-preview`); `Fri Oct  9 18:04:11 2020`.
fn is_date(value: &[u8]) -> bool {
    if is_spoken_date(value) {
        return true;
    }
    value.len() >= 10
        && value
            .iter()
            .take(10)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
        && (value.iter().all(|b| {
            b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'+' | b'T' | b'Z' | b' ')
        }) || value[10..]
            .strip_prefix(b"-")
            .is_some_and(|stage| stage.iter().all(u8::is_ascii_lowercase)))
}

/// The day of the week, then a time.
fn is_spoken_date(value: &[u8]) -> bool {
    const DAYS: &[&[u8]] = &[b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    DAYS.iter().any(|day| value.starts_with(day))
        && matches!(value.get(3), Some(b' ' | b','))
        && memchr::memchr_iter(b':', value).count() == 2
}

/// `[A-Za-z0-9]{16}`: what a value must look like.
fn is_expression_for_values(value: &[u8]) -> bool {
    value.contains(&b'[')
        && value.contains(&b']')
        && ["[a-z", "[a-f", "[A-Z", "[A-F", "[0-9", "[^"]
            .iter()
            .any(|class| memchr::memmem::find(value, class.as_bytes()).is_some())
}

/// `<|end|>`: a mark in a text for a language model.
fn is_mark(value: &[u8]) -> bool {
    value.starts_with(b"<|") && value.ends_with(b"|>")
}

/// `IQoJ********`: what programs show of a secret so that nobody learns it.
fn is_masked(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"****").is_some()
}

/// `AKIA…EXAMPLE`, `…KEYEXAMPLE`: how AWS marks the values of its documentation.
fn is_marked_as_example(value: &[u8]) -> bool {
    value.len() >= 16 && memchr::memmem::find(value, b"EXAMPLE").is_some()
}

/// Bytes that stand in no text.
fn is_binary(value: &[u8]) -> bool {
    let controls = |b: &u8| b.is_ascii_control() && !b.is_ascii_whitespace() && *b != 0x1B;
    value.iter().any(controls)
}

/// `1-0:81.7.26*255`, `2024-03-01/17`: numbers with signs between them.
fn is_number_in_parts(value: &[u8]) -> bool {
    let signs = value.iter().filter(|b| !b.is_ascii_digit()).count();
    signs >= 3 && !value.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80)
}

/// `bookworm@sha256:…`: a container image, and what else is named by its digest.
fn is_image_by_digest(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"@sha256:").is_some()
}

/// An address that holds no user and password of its own.
fn is_address(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"://").is_some() && !value.contains(&b'@')
}

/// What a password was hashed to: other rules report those.
fn is_hash(value: &[u8]) -> bool {
    let start = |text: &str| value.starts_with(text.as_bytes());
    let hex_behind = |text: &str, length: usize| {
        value
            .strip_prefix(text.as_bytes())
            .is_some_and(|hash| hash.len() == length && hash.iter().all(u8::is_ascii_hexdigit))
    };
    // MySQL's and PostgreSQL's.
    if hex_behind("*", 40) || hex_behind("md5", 32) || start("SCRAM-SHA-256$") {
        return true;
    }
    (start("$") && value.len() > 20 && value[1..].iter().take(12).any(|b| *b == b'$'))
        || [
            "pbkdf2", "argon2", "scrypt:", "bcrypt", "{SSHA", "{SHA", "{MD5", "{CRYPT", "sha256:",
            "sha512:", "sha256$", "sha1$", "md5:",
        ]
        .iter()
        .any(|text| start(text))
}

/// Whether a bare value is words that a program goes on behind: the name of a variable or a type.
fn is_variable(value: &[u8], next: Option<u8>) -> bool {
    // `Length256`: a type may end in a number.
    let digits = value
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let value = &value[..value.len() - digits.min(4)];
    matches!(next, Some(b',' | b';' | b')'))
        && value
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | b'.'))
        && words::word_letters(value) * 4 >= value.len() * 3
}

/// Whether a bare value is a name, a type or a literal of a program.
fn is_code(value: &[u8], binding: &Binding) -> bool {
    const LITERALS: &[&[u8]] = &[
        b"null",
        b"none",
        b"true",
        b"false",
        b"undefined",
        b"self",
        b"string",
        b"this",
    ];
    if LITERALS
        .iter()
        .any(|literal| value.eq_ignore_ascii_case(literal))
    {
        return true;
    }
    let first = value[0];
    if matches!(
        first,
        b'*' | b'&' | b'@' | b'!' | b':' | b'-' | b'/' | b'$' | b'%' | b'[' | b'.' | b'~'
    ) && value.len() < 200
    {
        // A bare sign in front is an operator, a reference, an option or a path.
        return first != b'!' && first != b'-' && first != b'@'
            || value[1..]
                .iter()
                .all(|b| b.is_ascii_alphabetic() || *b == b'_');
    }
    // 0x4f: a constant.
    if value.len() <= 10 && (value.starts_with(b"0x") || value.starts_with(b"0X")) {
        return true;
    }
    let letters = value
        .iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.'));
    letters
        && value.contains(&b'.')
        && matches!(
            binding.link,
            Link::Equals | Link::Colon | Link::Compare | Link::Arrow | Link::Comma
        )
}

#[cfg(test)]
mod tests;
