//! Numbers, times and counts: they stand beside names of credentials, and are none.

/// `-2146893773`, `-0x7f87`, `-1163.25`: an error, a constant or an amount.
pub(super) fn is_negative(value: &[u8]) -> bool {
    value.strip_prefix(b"-").is_some_and(|number| {
        if let Some(dot) = memchr::memchr(b'.', number) {
            let (whole, part) = (&number[..dot], &number[dot + 1..]);
            return !whole.is_empty()
                && !part.is_empty()
                && whole.iter().chain(part).all(u8::is_ascii_digit);
        }
        let digits = number.strip_prefix(b"0x").unwrap_or(number);
        !digits.is_empty()
            && digits.len() <= 16
            && number.first().is_some_and(u8::is_ascii_digit)
            && (digits.iter().all(u8::is_ascii_digit)
                || (digits.len() < number.len() && digits.iter().all(u8::is_ascii_hexdigit)))
    })
}

/// `1.1e-05`, `0.25`.
pub(super) fn is_broken_number(value: &[u8]) -> bool {
    let mut digits = 0;
    value.iter().enumerate().all(|(at, b)| match b {
        b'0'..=b'9' => {
            digits += 1;
            true
        }
        b'.' => at > 0,
        b'e' | b'E' => at > 0 && at + 1 < value.len(),
        b'+' | b'-' => matches!(value[at.saturating_sub(1)], b'e' | b'E'),
        _ => false,
    }) && digits < value.len()
        && digits <= 20
        && value
            .iter()
            .filter(|b| matches!(b, b'.' | b'e' | b'E'))
            .count()
            <= 2
}

/// `520+41*n`, `h*w*seconds*24/1024`, `t=2048`: how many tokens there will be, or are unless somebody says so.
pub(super) fn is_calculation(value: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let default = matches!(value, [name, b'=', rest @ ..]
        if name.is_ascii_alphabetic() && !rest.is_empty() && rest.iter().all(u8::is_ascii_digit));
    let product = value.windows(3).any(|three| {
        three[1] == b'*' && three[0].is_ascii_alphanumeric() && three[2].is_ascii_alphanumeric()
    });
    default
        || (product
            && value
                .split(|b| matches!(b, b'*' | b'+' | b'-' | b'/' | b'?' | b':' | b'(' | b')'))
                .all(|part| {
                    part.len() <= LONGEST
                        && part
                            .iter()
                            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
                }))
}

/// How many tokens there are, or when they were made; in an address a number may be one.
pub(super) fn is_count(value: &[u8], next: Option<u8>) -> bool {
    const MILLISECONDS: usize = 13;
    value.len() <= MILLISECONDS
        && value.iter().all(u8::is_ascii_digit)
        && matches!(next, Some(b',' | b';' | b'}' | b'\n' | b'\r'))
}

/// `5/m/user`, `10/minute`, `20/m/ip,5/m/key`: how often something may be done.
pub(super) fn is_rate(value: &[u8]) -> bool {
    value.split(|b| *b == b',').all(is_one_rate)
}

fn is_one_rate(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0
        && value
            .get(digits..)
            .and_then(|rest| rest.strip_prefix(b"/"))
            .is_some_and(|unit| {
                !unit.is_empty()
                    && unit.len() <= 16
                    && unit.iter().all(|b| b.is_ascii_lowercase() || *b == b'/')
            })
}

/// `4097u32`, `0x10UL`: a number with its type.
pub(super) fn is_typed_number(value: &[u8]) -> bool {
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

/// Versions, object ids and times: digits with dots or colons between them.
pub(super) fn is_dotted_number(value: &[u8]) -> bool {
    value
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':'))
        && value.iter().any(|b| !b.is_ascii_digit())
}

/// `2026-11-05` and what may follow, as the time or the stage of a version (`2026-11-05-preview`); `Fri Oct  9 18:04:11 2020`.
pub(super) fn is_date(value: &[u8]) -> bool {
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
pub(super) fn is_spoken_date(value: &[u8]) -> bool {
    const DAYS: &[&[u8]] = &[b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    DAYS.iter().any(|day| value.starts_with(day))
        && matches!(value.get(3), Some(b' ' | b','))
        && memchr::memchr_iter(b':', value).count() == 2
}

/// `1-0:81.7.26*255`, `2024-03-01/17`, `0x89ab/0xffff+14`: numbers with signs between them.
pub(super) fn is_number_in_parts(value: &[u8]) -> bool {
    if value.starts_with(b"0x") && memchr::memmem::find(value, b"/0x").is_some() {
        return true;
    }
    let signs = value.iter().filter(|b| !b.is_ascii_digit()).count();
    signs >= 3 && !value.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80)
}

/// `1577786112600`: a time in milliseconds, from 2014 on.
pub(super) fn is_moment(value: &[u8]) -> bool {
    value.len() == 13
        && matches!(value, [b'1', b'4'..=b'9', ..])
        && value.iter().all(u8::is_ascii_digit)
}

/// `t1-0_0_0_0_0`, `s72594_4483_1934`: how far several streams were read.
pub(super) fn is_position(value: &[u8]) -> bool {
    const LEAST: usize = 5;
    let mut parts = value.split(|b| *b == b'_');
    let first = parts.next().unwrap_or_default();
    let start = first
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    start > 0
        && first.len() - start <= 3
        && parts.clone().count() + 1 >= LEAST
        && parts
            .into_iter()
            .all(|part| !part.is_empty() && part.len() <= 8 && part.iter().all(u8::is_ascii_digit))
}
