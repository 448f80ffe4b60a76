//! The literals by which the prefilter finds escapes and manifests, so that a text without any costs nothing more.
//!
//! Built into the prefilter's tables together with the rules' own literals, hence shared with `build.rs`: nothing but
//! the standard library may be used here.

/// Owners of literals from here on are encodings and not rules.
pub(crate) const FIRST_OWNER: u16 = 0xFF00;
/// Owner of the literals of percent-encoded text.
pub(crate) const PERCENT: u16 = FIRST_OWNER;
/// Owner of the literals of string escapes.
pub(crate) const ESCAPES: u16 = FIRST_OWNER + 1;
/// Owner of the literals of Kubernetes manifests.
pub(crate) const KUBERNETES: u16 = FIRST_OWNER + 2;

/// A literal of an encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// In small letters if the case does not matter.
    pub(crate) bytes: Vec<u8>,
    /// Whether ASCII letters match in either case.
    pub(crate) ignore_case: bool,
    /// Which encoding it speaks of.
    pub(crate) owner: u16,
}

/// What encoded URLs, JSON and padding hold.
const URL_LITERALS: &[&str] = &["%3a%2f%2f", "%7b%22", "%22%3a", "%3a%22", "%3d%3d"];

/// All of them. Windows of four bytes that are rare in ordinary text, so one escape on its own is none: two that stand
/// together are, and those that only encoded URLs and JSON hold.
pub(crate) fn all() -> Vec<Anchor> {
    let mut anchors = Vec::new();
    let mut add = |bytes: String, ignore_case: bool, owner: u16| {
        anchors.push(Anchor {
            bytes: bytes.into_bytes(),
            ignore_case,
            owner,
        });
    };
    for text in URL_LITERALS {
        add((*text).to_owned(), true, PERCENT);
    }
    // Small letters that are encoded though they need not be.
    for code in 0x61..=0x7A_u8 {
        for next in 3..=7 {
            add(format!("%{code:02x}%{next}"), true, PERCENT);
        }
    }
    for next in 2..=7 {
        add(format!("\\u00{next}"), true, ESCAPES);
        add(format!("\\u{{{next}"), true, ESCAPES);
        add(format!("\\u000000{next}"), true, ESCAPES);
    }
    for code in 0x21..=0x7E_u8 {
        add(format!("\\x{code:02x}\\"), true, ESCAPES);
        add(format!("\\{code:03o}\\"), true, ESCAPES);
    }
    for text in [
        "kind: Secret",
        "kind: \"Secret\"",
        "\"kind\": \"Secret\"",
        "\"kind\":\"Secret\"",
    ] {
        add(text.to_owned(), false, KUBERNETES);
    }
    anchors
}

/// Whether one of an encoding's literals stands at the start of a text.
#[allow(dead_code)] // The build has no text to look at.
pub(crate) fn starts(owner: u16, text: &[u8]) -> bool {
    match owner {
        PERCENT => starts_percent(text),
        ESCAPES => starts_escape(text),
        _ => false,
    }
}

fn starts_percent(text: &[u8]) -> bool {
    if let [b'%', high @ (b'6' | b'7'), low, b'%', b'3'..=b'7', ..] = text {
        let low = low.to_ascii_lowercase();
        return match high {
            b'6' => matches!(low, b'1'..=b'9' | b'a'..=b'f'),
            _ => matches!(low, b'0'..=b'9' | b'a'),
        };
    }
    URL_LITERALS.iter().any(|literal| {
        text.get(..literal.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(literal.as_bytes()))
    })
}

fn starts_escape(text: &[u8]) -> bool {
    let [b'\\', rest @ ..] = text else {
        return false;
    };
    match rest {
        [b'u' | b'U', b'{' | b'0', ..] => {
            let digits = &rest[1..];
            [&b"{"[..], b"00", b"000000"].iter().any(|start| {
                let next = digits.strip_prefix(*start).and_then(|rest| rest.first());
                next.is_some_and(|next| matches!(next, b'2'..=b'7'))
            })
        }
        [b'x' | b'X', high @ b'2'..=b'7', low, b'\\', ..] => match high {
            b'2' => low.is_ascii_hexdigit() && *low != b'0',
            b'7' => low.is_ascii_hexdigit() && !matches!(low, b'f' | b'F'),
            _ => low.is_ascii_hexdigit(),
        },
        [
            a @ (b'0' | b'1'),
            b @ b'0'..=b'7',
            c @ b'0'..=b'7',
            b'\\',
            ..,
        ] => {
            let value = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
            (0x21..=0x7E).contains(&value)
        }
        _ => false,
    }
}
