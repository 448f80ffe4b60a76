//! Expands the placeholders of examples into text of the right shape, the same on every run.
//!
//! No real-looking secret may stand in a repository, so rule files say `{alnum:36}` and tests see 36 letters and
//! digits. `rules/README.md` lists the placeholders.

use std::fmt::Write as _;

/// Fills the placeholders of `template`. `seed` makes the text reproducible; `complete` appends the checksum to the
/// text before `{checksum}`.
pub fn expand(template: &str, seed: u64, complete: &dyn Fn(&str) -> Option<String>) -> String {
    let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
    let mut text = String::with_capacity(template.len() * 2);
    expand_into(&mut text, template, &mut random, complete);
    text
}

fn expand_into(
    text: &mut String,
    template: &str,
    random: &mut Random,
    complete: &dyn Fn(&str) -> Option<String>,
) {
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some((inner, after)) = braced(rest) else {
            break;
        };
        if fill(text, inner, random, complete) {
            rest = after;
        } else {
            // Not a placeholder: the brace stands for itself, what follows may hold one.
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
}

/// Splits `{inner}after` at the brace that matches the first.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((&text[1..index], &text[index + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

fn fill(
    text: &mut String,
    inner: &str,
    random: &mut Random,
    complete: &dyn Fn(&str) -> Option<String>,
) -> bool {
    match inner {
        "uuid" => {
            let hex: Vec<char> = (0..32).map(|_| random.pick("0123456789abcdef")).collect();
            let part = |range: std::ops::Range<usize>| hex[range].iter().collect::<String>();
            let variant = random.pick("89ab");
            let _ = write!(
                text,
                "{}-{}-4{}-{variant}{}-{}",
                part(0..8),
                part(8..12),
                part(13..16),
                part(17..20),
                part(20..32)
            );
            return true;
        }
        "checksum" => {
            if let Some(suffix) = complete(text) {
                text.push_str(&suffix);
            }
            return true;
        }
        _ => {}
    }
    let Some((name, argument)) = inner.split_once(':') else {
        return false;
    };
    let encoding = match name {
        "base64of" => Some(data_encoding::BASE64),
        "base64urlof" => Some(data_encoding::BASE64URL_NOPAD),
        _ => None,
    };
    if let Some(encoding) = encoding {
        let mut plain = String::new();
        expand_into(&mut plain, argument, random, complete);
        text.push_str(&encoding.encode(plain.as_bytes()));
        return true;
    }
    let (Some(alphabet), Ok(count)) = (alphabet(name), argument.parse::<usize>()) else {
        return false;
    };
    if count > 65_536 {
        return false;
    }
    text.extend((0..count).map(|_| random.pick(alphabet)));
    true
}

fn alphabet(name: &str) -> Option<&'static str> {
    Some(match name {
        "digit" => "0123456789",
        "lower" => "abcdefghijklmnopqrstuvwxyz",
        "upper" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "alpha" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "alnum" => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "loweralnum" => "0123456789abcdefghijklmnopqrstuvwxyz",
        "upperalnum" => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "hex" => "0123456789abcdef",
        "upperhex" => "0123456789ABCDEF",
        "base32" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "base64" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "base64url" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        _ => return None,
    })
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn pick(&mut self, alphabet: &str) -> char {
        let index = (self.next() % alphabet.len() as u64) as usize;
        char::from(alphabet.as_bytes()[index])
    }
}

/// A seed for one example of one rule.
pub fn seed(rule: &str, example: usize) -> u64 {
    // FNV-1a.
    rule.bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
        .wrapping_add(example as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_expand_and_other_braces_stay() {
        let none = |_: &str| None;
        let text = expand("f() { return \"{hex:8}\" } {other:3} ${x}", 1, &none);
        assert!(
            text.starts_with("f() { return \"") && text.ends_with("\" } {other:3} ${x}"),
            "{text}"
        );
        assert_eq!(text.len(), "f() { return \"\" } {other:3} ${x}".len() + 8);
        assert_eq!(expand("{base64of:user:{digit:2}}", 1, &none).len(), 12);
        assert_eq!(
            expand("{base64urlof:{\"alg\":\"HS256\"}}", 1, &none),
            "eyJhbGciOiJIUzI1NiJ9"
        );
        assert_eq!(
            expand("a{checksum}", 1, &|head| Some(format!("<{head}>"))),
            "a<a>"
        );
        assert_eq!(expand("{alnum:9}", 7, &none), expand("{alnum:9}", 7, &none));
    }
}
