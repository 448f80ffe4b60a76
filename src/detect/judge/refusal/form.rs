//! Values that are no secret by their form alone.

mod code;
mod encoded;
mod number;
mod term;
mod token;

use super::super::{placeholder, practice};
use crate::detect::binding::{Binding, Kind, Link, Quote, SHORTEST_VALUE};
use code::{
    is_between_literals, is_code, is_constant, is_expression, is_expression_for_values, is_file,
    is_identifier, is_import, is_item, is_migration, is_name_in_parts, is_name_of_a_type,
    is_named_constant, is_place_of_a_file, is_type, is_variable, is_variable_of_a_credential,
};
use encoded::{
    is_bytes_with_blanks, is_digest_in_hexadecimal, is_locked_by_rsa, is_text_in_base64,
    is_word_for_it_in_base64,
};
use number::{
    is_broken_number, is_calculation, is_count, is_date, is_dotted_number, is_moment, is_negative,
    is_number_in_parts, is_position, is_rate, is_typed_number,
};
use term::{
    is_code_of_an_error, is_digest_of_a_version, is_disk, is_host, is_method, is_name_of_an_entry,
    is_path_of_ids, is_sentence_in_base64, is_setting, is_slug, is_spelled_in_base32,
    is_spelled_in_hexadecimal,
};
pub(super) use token::is_head_of_a_token;
use token::{is_object_of_words, is_stub_of_a_token, is_unsigned_token};

/// Whether a value can be told to be no secret by its form alone.
pub(in crate::detect::judge) fn of_value(
    value: &[u8],
    binding: &Binding,
    next: Option<u8>,
) -> bool {
    if practice::is_kept_well(value)
        || placeholder::is_reference(value)
        || placeholder::is_public(value.strip_prefix(b"nostr:").unwrap_or(value))
    {
        return true;
    }
    if is_other_script(value)
        || is_scope_of_a_signature(value)
        || placeholder::is_drawn_out(value)
        || of_kind(value, binding)
        || is_escaped_for_an_address(value)
        || is_expression_for_values(value)
        || is_mark(value)
        || is_masked(value)
        || is_locked_by_salt(value)
        || is_marked_as_example(value)
        || is_stub_of_a_token(value)
        || is_binary(value)
        || is_image_by_digest(value)
        || is_method(value)
        || is_digest_of_a_version(value)
        || is_ended_early(value, binding)
        || is_few_bytes(value)
        || is_place_on_windows(value)
        || is_between_literals(value)
    {
        return true;
    }
    if is_hash(value)
        || is_dotted_number(value)
        || is_negative(value)
        || is_broken_number(value)
        || is_rate(value)
        || is_network_address(value)
        || is_migration(value)
        || is_unsigned_token(value)
        || is_colour(value)
        || is_name_of_a_type(value)
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
    if binding.link == Link::Comma && is_named_constant(value) {
        return true;
    }
    if binding.quote == Quote::None && of_bare(value, binding, next) {
        return true;
    }
    // Keys are long: most things that are named so are names themselves.
    binding.kind == Kind::Key && value.len() < 14
}

/// Whether nothing of the kind that the name speaks of has the form.
fn of_kind(value: &[u8], binding: &Binding) -> bool {
    // Nobody chooses these: they are generated.
    let generated = || {
        placeholder::holds_a_word(value)
            || placeholder::is_repeated(value)
            || placeholder::is_from_the_home_row(value)
            || is_moment(value)
            || is_host(value)
            || is_object_of_words(value)
            || is_spelled_in_base32(value)
            || is_sentence_in_base64(value)
            || is_text_in_base64(value)
    };
    match binding.kind {
        Kind::Key => {
            is_bytes_written_out(value)
                || is_identifier(value)
                || is_file(value)
                || is_name_in_parts(value)
                || is_item(value)
                || is_point(value)
                || is_place_of_a_file(value)
                || is_number_in_parts(value)
                || is_name_of_an_entry(value)
                || is_path_of_ids(value)
                || is_setting(value)
                || is_spelled_in_hexadecimal(value)
                || is_address_of_a_chain(value)
                || is_slug(value, 3)
                || generated()
        }
        Kind::Token => {
            is_bytes_written_out(value)
                || is_account(value)
                || is_disk(value)
                || is_position(value)
                || is_slug(value, 5)
                || generated()
        }
        Kind::Secret => is_text_written_out(value) || is_file_of_a_key(value) || generated(),
        Kind::Password => {
            is_the_word_itself(value)
                || is_word_for_it_in_base64(value)
                || is_locked_by_rsa(value)
                || is_digest_in_hexadecimal(value)
                || is_bytes_with_blanks(value)
        }
        Kind::Option => false,
    }
}

/// Whether a value without quotes is a part of a program.
fn of_bare(value: &[u8], binding: &Binding, next: Option<u8>) -> bool {
    is_code(value, binding)
        || is_type(value, next)
        || is_import(value)
        || (binding.kind == Kind::Token
            && (is_count(value, next)
                || is_calculation(value)
                || is_code_of_an_error(value, next)
                || is_word_before_an_entity(value)))
        || is_comment(value, binding)
        || is_variable_of_a_credential(value, binding, next)
        || memchr::memmem::find(value, b"??").is_some()
        || is_variable(value, next)
        || is_constant(value, next)
        || is_expression(value, next)
        || is_typed_number(value)
}

pub(super) fn is_uuid(value: &[u8]) -> bool {
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
    }) || value.starts_with(b"\\U0001")
}

/// `AKID/20150830/us-east-1/s3/aws4_request`: the scope of a signature and the name of the algorithm, beside which the
/// identifier of the key stands.
fn is_scope_of_a_signature(value: &[u8]) -> bool {
    value.starts_with(b"AWS4-")
        || (value.len() > 20 && memchr::memmem::find(value, b"aws4_request").is_some())
}

/// `\x1f\x8b`: bytes one by one under a name that says only `key` are the vectors of a test.
pub(super) fn is_bytes_written_out(value: &[u8]) -> bool {
    let escapes = memchr::memmem::find_iter(value, b"\\x").count();
    escapes >= 4 && escapes * 8 >= value.len()
}

/// `b"\x02"`: bytes one by one, and hardly any of them.
fn is_few_bytes(value: &[u8]) -> bool {
    value.len() < 4 * SHORTEST_VALUE
        && value.chunks(4).all(|escape| {
            escape.len() == 4
                && escape.starts_with(b"\\x")
                && escape[2..].iter().all(u8::is_ascii_hexdigit)
        })
}

/// `abcd\u0000`, `pass\x00word`, `(key, "LABEL\x00")`: nobody types the character that ends texts, and what a function is
/// given with it is a name.
fn is_ended_early(value: &[u8], binding: &Binding) -> bool {
    let Some(at) = memchr::memmem::find(value, b"\\x00") else {
        return binding.kind == Kind::Password && memchr::memmem::find(value, b"\\u0000").is_some();
    };
    let last = at + 4 == value.len();
    match binding.kind {
        Kind::Password => !last,
        Kind::Secret | Kind::Key => {
            last && binding.link == Link::Comma
                && value[..at]
                    .iter()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        }
        _ => false,
    }
}

/// `C:\windows\system32`: a folder, the working one rather than a password.
fn is_place_on_windows(value: &[u8]) -> bool {
    matches!(value, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
}

/// `not in ["password"]: #0002`: a comment that says which change or which question it belongs to.
fn is_comment(value: &[u8], binding: &Binding) -> bool {
    binding.link == Link::Colon
        && value
            .strip_prefix(b"#")
            .is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// `hotp&#x60;`: a word of a sentence that is written for a page.
fn is_word_before_an_entity(value: &[u8]) -> bool {
    memchr::memchr(b'&', value).is_some_and(|at| {
        matches!(
            &value[at..],
            b"&#x60" | b"&#x27" | b"&#39" | b"&quot" | b"&apos" | b"&lt"
        ) && value[..at].iter().all(u8::is_ascii_lowercase)
    })
}

/// `0xaf88…5831`: where an account or a contract of a chain is found. Its key is longer.
fn is_address_of_a_chain(value: &[u8]) -> bool {
    value
        .strip_prefix(b"0x")
        .is_some_and(|digits| digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// `x25519.sec.asc`: a key's file, and no folder in front that base64 may have.
fn is_file_of_a_key(value: &[u8]) -> bool {
    !value.contains(&b'/') && is_file(value)
}

/// What a password is called in languages other than English: labels of pages, and as a password as good as `password`.
const WORDS_FOR_IT: &str = "\
    adgangskode contrasena contraseña fjalëkalimi geslo haslo hasło heslo jelszava jelszó katalaluan kennwort lozinka \
    lykilorð lösenord parola parole parool pasahitza pasfhocal pasvorto passord passwort paaswod salasana sandi senha \
    slaptažodis şifre wachtwoord wachtwurd wagwoord zaporka пароль парола лозинка 密码 密碼 パスワード 비밀번호";

fn is_the_word_itself(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let word = text.trim_end_matches(['.', ':', '*']).to_lowercase();
    WORDS_FOR_IT.split_whitespace().any(|known| known == word)
}

/// `0xaf88…5831`, `1017143896…`: accounts, contracts and tokens of a chain, which everybody may know.
fn is_account(value: &[u8]) -> bool {
    const LONG: usize = 30;
    let hexadecimal = value
        .strip_prefix(b"0x")
        .is_some_and(|digits| digits.len() >= LONG && digits.iter().all(u8::is_ascii_hexdigit));
    hexadecimal || (value.len() >= LONG && value.iter().all(u8::is_ascii_digit))
}

/// `\x65\x78\x70`: printable characters one by one are a word that a program wants in no character set but one.
fn is_text_written_out(value: &[u8]) -> bool {
    const LENGTH: usize = 4;
    value.len() >= 4 * LENGTH
        && value.len().is_multiple_of(LENGTH)
        && value.chunks_exact(LENGTH).all(|escape| {
            escape.starts_with(b"\\x")
                && matches!(escape[2], b'2'..=b'7')
                && escape[3].is_ascii_hexdigit()
        })
}

/// `02…`, `04…`: a point of a curve as it is written down, which makes a key a public one.
fn is_point(value: &[u8]) -> bool {
    let compressed = value.len() == 66 && matches!(&value[..2], b"02" | b"03");
    let whole = value.len() == 130 && value.starts_with(b"04");
    (compressed || whole) && value.iter().all(u8::is_ascii_hexdigit)
}

/// `rgba(255,231,130,0.4)`: tokens of a design.
fn is_colour(value: &[u8]) -> bool {
    ["rgb(", "rgba(", "hsl(", "hsla("]
        .iter()
        .any(|start| value.starts_with(start.as_bytes()))
}

/// `2001:db8::1`.
fn is_network_address(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"::").is_some()
        && value
            .iter()
            .all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'/'))
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

/// `<|end|>`: a mark in a text for a language model.
fn is_mark(value: &[u8]) -> bool {
    value.starts_with(b"<|") && value.ends_with(b"|>")
}

/// `IQoJ********`: what programs show of a secret so that nobody learns it.
fn is_masked(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"****").is_some() || value.ends_with("…".as_bytes())
}

/// `NACL[…]`: what Salt's own encryption has locked.
fn is_locked_by_salt(value: &[u8]) -> bool {
    value.starts_with(b"NACL[") && value.ends_with(b"]")
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

/// `bookworm@sha256:…`: a container image, and what else is named by its digest.
fn is_image_by_digest(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"@sha256:").is_some()
}

/// An address that holds no user and password of its own.
fn is_address(value: &[u8]) -> bool {
    value.starts_with(b"urn:")
        || (memchr::memmem::find(value, b"://").is_some() && !value.contains(&b'@'))
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
    // However a list orders what belongs to it.
    if memchr::memmem::find(value, b"$argon2").is_some() {
        return true;
    }
    (start("$") && value.len() > 20 && value[1..].iter().take(16).any(|b| *b == b'$'))
        || [
            "pbkdf2", "argon2", "scrypt:", "bcrypt", "{SSHA", "{SHA", "{MD5", "{CRYPT", "sha1:",
            "sha256:", "sha512:", "sha256$", "sha1$", "md5:", "md5$", "$1$", "$2a$", "$2b$",
            "$2y$", "$5$", "$6$",
        ]
        .iter()
        .any(|text| start(text))
}
