//! Identifiers, types, expressions, files: what a program's text has where a value may stand.

use crate::detect::binding::{Binding, Link};
use crate::detect::judge::words;

/// Words with few digits, as identifiers, labels and paths are made: `soil_humidity_4`, `applicationSummaries`.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let joined = value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b' '));
    joined && letters > 0 && digits * 2 <= letters && words::word_letters(value) * 10 >= letters * 7
}

/// `app/2026-stage.war`, `server.pub.asc`: where a file is kept.
pub(super) fn is_file(value: &[u8]) -> bool {
    const OF_KEYS: &[&[u8]] = &[
        b"asc", b"cer", b"cert", b"crt", b"der", b"gpg", b"jks", b"jwk", b"key", b"p12", b"pem",
        b"pfx", b"ppk", b"pub",
    ];
    let extension = value.rsplit(|b| *b == b'.').next().unwrap_or_default();
    if extension.len() == value.len() {
        return false;
    }
    OF_KEYS.contains(&extension)
        || (value.contains(&b'/')
            && matches!(extension.len(), 2..=5)
            && extension.iter().all(u8::is_ascii_lowercase))
}

/// `pm25_count_cm3`: short words and numbers of an identifier.
pub(super) fn is_name_in_parts(value: &[u8]) -> bool {
    const LONGEST: usize = 32;
    const LONGEST_PART: usize = 10;
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    value.len() <= LONGEST
        && value.contains(&b'_')
        && letters > digits
        && letters + digits + value.iter().filter(|b| **b == b'_').count() == value.len()
        && value
            .split(|b| *b == b'_')
            .all(|part| part.len() <= LONGEST_PART)
        && value.split(|b| *b == b'_').any(words::is_word)
}

/// `net.aam1212.if.in[{#INDEX}]`, `fas3220.inventory[version]`: what a monitor measures, and other names of several parts with
/// dots between them.
pub(super) fn is_item(value: &[u8]) -> bool {
    const LONGEST_PART: usize = 16;
    let name = value.split(|b| *b == b'[').next().unwrap_or_default();
    let letters = name.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = name.iter().filter(|b| b.is_ascii_digit()).count();
    let mut parts = name.split(|b| *b == b'.');
    let measured = name.len() < value.len() && value.ends_with(b"]");
    let named = letters > digits && parts.clone().count() >= 3 && parts.clone().any(words::is_word);
    (measured || named)
        && parts.all(|part| {
            !part.is_empty()
                && part.len() <= LONGEST_PART
                && part
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
}

/// `rte_images/xq1z9`: a folder's name in front tells a path.
pub(super) fn is_place_of_a_file(value: &[u8]) -> bool {
    memchr::memchr(b'/', value).is_some_and(|slash| {
        let folder = &value[..slash];
        folder.contains(&b'_')
            && folder.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
            && words::word_letters(folder) * 4 >= folder.len() * 3
    })
}

/// `"boolean"`: what a schema says of a field.
pub(super) fn is_name_of_a_type(value: &[u8]) -> bool {
    ["boolean", "integer", "number", "object", "string"]
        .iter()
        .any(|name| value == name.as_bytes())
}

/// `zod_1.object`: a module under the name that a compiler gave it.
pub(super) fn is_import(value: &[u8]) -> bool {
    let Some(dot) = memchr::memchr(b'.', value) else {
        return false;
    };
    let module = &value[..dot];
    let digits = module
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    matches!(digits, 1..=2)
        && module[..module.len() - digits].ends_with(b"_")
        && value[dot + 1..]
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_'))
}

/// `0002_auto_20160226_1747`: a step that changes a database, by its number.
pub(super) fn is_migration(value: &[u8]) -> bool {
    value.len() > 8
        && value[0] == b'0'
        && value[..4].iter().all(u8::is_ascii_digit)
        && value[4] == b'_'
        && value[5..]
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
        && words::word_letters(&value[5..]) >= 4
}

/// `"MYSQL_NATIVE_PASSWORD","POSTGRES_MD5"`: the next of a list of constants.
pub(super) fn is_named_constant(value: &[u8]) -> bool {
    value.contains(&b'_')
        && value
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && words::word_letters(value) * 2 >= value.len()
}

/// `Ed25519KeypairPickle,`, `poly1305::Context,`: a type, where a program goes on behind it.
pub(super) fn is_type(value: &[u8], next: Option<u8>) -> bool {
    let named = value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'));
    let path = memchr::memmem::find(value, b"::").is_some();
    let humps = words::humps(value);
    // `Uint8Array | string`
    let array = named && value[0].is_ascii_uppercase() && value.ends_with(b"Array");
    // `doPbkdf2,`
    let camel = value[0].is_ascii_lowercase()
        && humps >= 1
        && value.iter().filter(|b| b.is_ascii_digit()).count() <= 2;
    array
        || matches!(next, Some(b',' | b';' | b')'))
            && named
            && (path || camel || (value[0].is_ascii_uppercase() && humps >= 2))
            && words::word_letters(value) * 2 >= value.len()
}

/// `MAX_TOKENS`, where a program goes on behind it: a constant.
pub(super) fn is_constant(value: &[u8], next: Option<u8>) -> bool {
    matches!(next, Some(b',' | b';' | b')'))
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && value.contains(&b'_')
        && value
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// Indexing, and members of what a pointer leads to: `params[-1]`, `device->name`.
pub(super) fn is_expression(value: &[u8], next: Option<u8>) -> bool {
    let has = |text: &str| memchr::memmem::find(value, text.as_bytes()).is_some();
    (value.contains(&b'[') && (next == Some(b']') || has("]=") || has("](") || has("].")))
        || has("]=")
        || (value.ends_with(b"-") && next == Some(b'>'))
        || has("->")
}

/// `[A-Za-z0-9]{16}`, `Chrome/72.+?Mobile`: what a value must look like.
pub(super) fn is_expression_for_values(value: &[u8]) -> bool {
    let has = |text: &str| memchr::memmem::find(value, text.as_bytes()).is_some();
    if has("\\s*")
        || has("[\\x")
        || has("(%r")
        || has(".+?")
        || has(".*?")
        || has("(.*)")
        || (value.starts_with(b".*") && memchr::memmem::find_iter(value, b".*").count() > 1)
    {
        return true;
    }
    value.contains(&b'[')
        && value.contains(&b']')
        && ["[a-z", "[a-f", "[A-Z", "[A-F", "[0-9", "[1-9", "[^"]
            .iter()
            .any(|class| memchr::memmem::find(value, class.as_bytes()).is_some())
}

/// Whether a bare value is words that a program goes on behind: the name of a variable or a type.
pub(super) fn is_variable(value: &[u8], next: Option<u8>) -> bool {
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

/// `{"db_password": vault_md5}`, `user["password"] = scram_pw`, `password=md5_pw,`: where the name stands in quotes or an
/// argument ends, a bare identifier is a variable; at least when it is of several words, or named as the credential is.
pub(super) fn is_variable_of_a_credential(
    value: &[u8],
    binding: &Binding,
    next: Option<u8>,
) -> bool {
    let identifier = value.first().is_some_and(u8::is_ascii_lowercase)
        && value
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
    let mut parts = value.split(|b| *b == b'_');
    let (Some(last), Some(_)) = (parts.next_back(), parts.next()) else {
        return false;
    };
    let spoken = words::is_listed("key pass password pw pwd secret token", last);
    let quoted = binding.quoted_name
        && (binding.link == Link::Equals || (binding.link == Link::Colon && next == Some(b'}')));
    let argument = spoken && matches!(next, Some(b',' | b')'));
    identifier
        && (quoted || argument)
        && (spoken || value.split(|b| *b == b'_').any(words::is_word))
}

/// What stands between two literals of a program that has no blanks: `],size:256}},layers:[{id:`.
pub(super) fn is_between_literals(value: &[u8]) -> bool {
    const TELLING: &[&[u8]] = &[
        b"}},", b":[{", b":{", b"}],", b"]}", b"]:", b"){", b"];", b"});",
    ];
    matches!(value.first(), Some(b']' | b'}' | b')' | b','))
        && TELLING
            .iter()
            .filter(|text| memchr::memmem::find(value, text).is_some())
            .count()
            >= 2
}

/// Whether a bare value is a name, a type or a literal of a program.
pub(super) fn is_code(value: &[u8], binding: &Binding) -> bool {
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
    // `self.tok1`: a member.
    if let Some(member) = value
        .strip_prefix(b"self.")
        .or_else(|| value.strip_prefix(b"this."))
    {
        return member
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
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
