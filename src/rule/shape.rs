//! The little language in which rules describe a value: `hex:32`, `alnum[-_]:20..64`, `"1000." hex:32 "." hex:32`.
//!
//! Shared word for word with `build.rs`, which refuses what does not parse, so it must not refer to anything else in
//! the crate. It describes and matches one value at one place; where to look is the detector's business.

/// The longest value a shape may describe.
pub const MAX_VALUE: usize = 4096;

/// The form of a value: parts that follow one another without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Vec<u8>),
    Run {
        class: Class,
        least: usize,
        most: usize,
    },
}

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class([u64; 4]);

impl Class {
    const EMPTY: Self = Self([0; 4]);

    fn named(name: &str) -> Option<Self> {
        let mut class = Self::EMPTY;
        let ranges: &[(u8, u8)] = match name {
            "digit" => &[(b'0', b'9')],
            "lower" => &[(b'a', b'z')],
            "upper" => &[(b'A', b'Z')],
            "alpha" => &[(b'a', b'z'), (b'A', b'Z')],
            "alnum" | "base64" | "base64url" => &[(b'0', b'9'), (b'a', b'z'), (b'A', b'Z')],
            "loweralnum" => &[(b'0', b'9'), (b'a', b'z')],
            "upperalnum" => &[(b'0', b'9'), (b'A', b'Z')],
            "hex" => &[(b'0', b'9'), (b'a', b'f'), (b'A', b'F')],
            "lowerhex" => &[(b'0', b'9'), (b'a', b'f')],
            "upperhex" => &[(b'0', b'9'), (b'A', b'F')],
            "base32" => &[(b'2', b'7'), (b'A', b'Z')],
            "base58" => &[
                (b'1', b'9'),
                (b'A', b'H'),
                (b'J', b'N'),
                (b'P', b'Z'),
                (b'a', b'k'),
                (b'm', b'z'),
            ],
            // Without quotes, brackets, backslash, comma and semicolon: they delimit values.
            "sign" => &[
                (b'!', b'!'),
                (b'#', b'&'),
                (b'*', b'+'),
                (b'-', b':'),
                (b'=', b'='),
                (b'?', b'Z'),
                (b'^', b'_'),
                (b'a', b'z'),
                (b'~', b'~'),
            ],
            _ => return None,
        };
        for &(first, last) in ranges {
            (first..=last).for_each(|byte| class.insert(byte));
        }
        match name {
            "base64" => b"+/".iter().for_each(|byte| class.insert(*byte)),
            "base64url" => b"-_".iter().for_each(|byte| class.insert(*byte)),
            _ => {}
        }
        Some(class)
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// Whether the byte is in the set.
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }
}

impl Shape {
    /// Reads a description; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        if rest == "uuid" {
            rest = r#"hex:8 "-" hex:4 "-" hex:4 "-" hex:4 "-" hex:12"#;
        }
        while !rest.is_empty() {
            let (part, after) = if let Some(quoted) = rest.strip_prefix('"') {
                let (literal, after) = quoted
                    .split_once('"')
                    .ok_or_else(|| "a quote that is not closed".to_owned())?;
                if literal.is_empty() || !literal.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err("an empty text, or one that is not printable ASCII".to_owned());
                }
                (Part::Text(literal.as_bytes().to_vec()), after)
            } else {
                let (run, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
                (parse_run(run)?, after)
            };
            parts.push(part);
            rest = after.trim_start();
        }
        let shape = Self { parts };
        shape.check()?;
        Ok(shape)
    }

    fn check(&self) -> Result<(), String> {
        let longest: usize = self.parts.iter().map(|part| part.bounds().1).sum();
        if longest > MAX_VALUE {
            return Err(format!("values of more than {MAX_VALUE} bytes"));
        }
        if self.least() < MIN_VALUE {
            return Err(format!("values of less than {MIN_VALUE} bytes"));
        }
        for pair in self.parts.windows(2) {
            if let [Part::Run { class, least, most }, next] = pair
                && least < most
                && next.first(class)
            {
                return Err(
                    "a part of variable length before one that may start with the same character"
                        .to_owned(),
                );
            }
        }
        Ok(())
    }

    /// Length of the shortest value.
    pub fn least(&self) -> usize {
        self.parts.iter().map(|part| part.bounds().0).sum()
    }

    /// Length of the longest value.
    pub fn most(&self) -> usize {
        self.parts.iter().map(|part| part.bounds().1).sum()
    }

    /// Every byte that a value may hold.
    pub fn bytes(&self) -> Class {
        let mut all = Class::EMPTY;
        for part in &self.parts {
            match part {
                Part::Text(text) => text.iter().for_each(|byte| all.insert(*byte)),
                Part::Run { class, .. } => all.add(class),
            }
        }
        all
    }

    /// Where the value ends that starts at `at`, if one does. A part of variable length takes all it can.
    pub fn end_of(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        for part in &self.parts {
            let rest = text.get(at..)?;
            at += match part {
                Part::Text(literal) => rest.starts_with(literal).then_some(literal.len())?,
                Part::Run { class, least, most } => {
                    let run = rest
                        .iter()
                        .take(*most)
                        .take_while(|b| class.has(**b))
                        .count();
                    (run >= *least).then_some(run)?
                }
            };
        }
        Some(at)
    }
}

/// Shorter values cannot be told from anything else.
const MIN_VALUE: usize = 8;

impl Part {
    fn bounds(&self) -> (usize, usize) {
        match self {
            Self::Text(text) => (text.len(), text.len()),
            Self::Run { least, most, .. } => (*least, *most),
        }
    }

    /// Whether the part may start with a byte of `class`.
    fn first(&self, other: &Class) -> bool {
        match self {
            Self::Text(text) => text.first().is_some_and(|byte| other.has(*byte)),
            Self::Run { class, .. } => class.0.iter().zip(other.0).any(|(a, b)| a & b != 0),
        }
    }
}

/// `class:N`, `class:N..M`, either with further characters in brackets behind the class.
fn parse_run(text: &str) -> Result<Part, String> {
    let unclear = || format!("`{text}` is neither `class:length` nor a text in double quotes");
    // The characters in brackets may hold a colon.
    let (name, lengths) = text.rsplit_once(':').ok_or_else(unclear)?;
    let (name, extra) = match name.split_once('[') {
        Some((name, extra)) => (name, extra.strip_suffix(']').ok_or_else(unclear)?),
        None => (name, ""),
    };
    let mut class = Class::named(name).ok_or_else(|| format!("no character class `{name}`"))?;
    if !extra.bytes().all(|byte| byte.is_ascii_punctuation()) {
        return Err("characters in brackets are ASCII signs".to_owned());
    }
    extra.bytes().for_each(|byte| class.insert(byte));
    let number = |digits: &str| {
        digits
            .parse::<usize>()
            .map_err(|_| format!("`{lengths}` is not a length or a range of lengths"))
    };
    let (least, most) = match lengths.split_once("..") {
        Some((least, most)) => (number(least)?, number(most)?),
        None => (number(lengths)?, number(lengths)?),
    };
    if least > most || most == 0 || most > MAX_VALUE {
        return Err(format!(
            "lengths are 1 to {MAX_VALUE}, the smaller one first"
        ));
    }
    Ok(Part::Run { class, least, most })
}

#[cfg(test)]
mod tests {
    use super::Shape;

    fn matched(shape: &str, text: &str) -> Option<usize> {
        Shape::parse(shape)
            .expect("a shape")
            .end_of(text.as_bytes(), 0)
    }

    #[test]
    fn values_are_matched_part_by_part() {
        assert_eq!(matched("hex:8", "0123abcdXYZ"), Some(8));
        assert_eq!(matched("hex:8", "0123abcg"), None);
        assert_eq!(matched("alnum:8..12", "0123456789abcdef"), Some(12));
        assert_eq!(matched("alnum:8..12", "0123456-"), None);
        assert_eq!(
            matched("uuid", "01234567-89ab-cdef-0123-456789abcdef"),
            Some(36)
        );
        assert_eq!(
            matched(r#""1000." hex:4 "." hex:4..6"#, "1000.abcd.012345"),
            Some(16)
        );
        assert_eq!(matched("alnum[-.]:8", "ab-cd.ef"), Some(8));
        assert_eq!(matched("base64[=]:8", "ab+/cd=="), Some(8));
        assert_eq!(matched("digit[:]:8", "12:34:56"), Some(8));
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for (shape, why) in [
            ("hex", "neither"),
            ("hexes:32", "no character class `hexes`"),
            ("hex:many", "not a length"),
            ("hex:9..8", "the smaller one first"),
            ("hex:0..0", "the smaller one first"),
            ("hex:4", "less than 8"),
            ("hex:4000 hex:4000", "more than 4096"),
            ("hex:9999", "1 to 4096"),
            ("\"abc", "not closed"),
            ("\"\" hex:32", "an empty text"),
            ("hex[ab]:32", "ASCII signs"),
            ("alnum:8..9 \"a\" alnum:8", "variable length"),
            ("alnum:8..9 hex:8", "variable length"),
            ("", "less than 8"),
        ] {
            let error = Shape::parse(shape).expect_err(shape);
            assert!(error.contains(why), "{shape}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(description: String, text: Vec<u8>, at: usize) {
            if let Ok(shape) = Shape::parse(&description) {
                let _ = shape.end_of(&text, at);
            }
            let fixed = Shape::parse("base64url[.=]:8..64").expect("a shape");
            if let Some(end) = fixed.end_of(&text, at) {
                proptest::prop_assert!(end <= text.len());
            }
        }
    }
}
