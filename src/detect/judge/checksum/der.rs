//! Just enough DER to tell which public key belongs to a private one.
//!
//! Sources: RFC 8017 (PKCS #1), RFC 5958 (PKCS #8), RFC 5915 (elliptic curves), RFC 5280 (certificates).

use super::codec::ascii;
use super::date::parse_iso;
use super::reader::Reader;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const PUBLIC_KEY: u8 = 0xa1;

/// What identifies a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Public<'a> {
    /// The modulus, without leading zeros.
    Rsa(&'a [u8]),
    /// The point on its curve.
    Curve(&'a [u8]),
}

/// A private key as far as it matters here.
#[derive(Debug)]
pub(super) struct Private<'a> {
    pub(super) public: Public<'a>,
    /// Of an RSA key with two.
    primes: Option<(&'a [u8], &'a [u8])>,
}

/// A certificate as far as it matters here.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    pub(super) public: Public<'a>,
    /// When it ends, in Unix seconds.
    pub(super) end: Option<i64>,
}

/// The next element: its tag and content.
fn element<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let tag = reader.byte()?;
    let first = reader.byte()?;
    if first < 0x80 {
        return Some((tag, reader.take(usize::from(first))?));
    }
    let bytes = reader.take(usize::from(first & 0x7f))?;
    if !(1..=4).contains(&bytes.len()) {
        return None;
    }
    let length = bytes
        .iter()
        .fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte));
    Some((tag, reader.take(length)?))
}

fn expect<'a>(reader: &mut Reader<'a>, wanted: u8) -> Option<&'a [u8]> {
    element(reader)
        .filter(|(tag, _)| *tag == wanted)
        .map(|(_, content)| content)
}

/// An integer without leading zeros.
fn integer<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    expect(reader, INTEGER).map(without_zeros)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The content of data that is one SEQUENCE and nothing else.
pub(super) fn sequence(data: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(data);
    let content = expect(&mut reader, SEQUENCE)?;
    (reader.is_empty() && !content.is_empty()).then(|| Reader::new(content))
}

/// A private key of RSA or on a curve, in PKCS #1, SEC 1 or PKCS #8 form, if it says what its public half is.
pub(super) fn private(data: &[u8]) -> Option<Private<'_>> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let mut reader = sequence(data)?;
    integer(&mut reader)?;
    let Some(algorithm) = expect(&mut reader, SEQUENCE) else {
        return plain(data);
    };
    let (_, algorithm) = element(&mut Reader::new(algorithm))?;
    let inner = expect(&mut reader, OCTET_STRING)?;
    matches!(algorithm, RSA | CURVE).then(|| plain(inner))?
}

/// The same in PKCS #1 or SEC 1 form.
fn plain(data: &[u8]) -> Option<Private<'_>> {
    let mut reader = sequence(data)?;
    let version = integer(&mut reader)?;
    let (tag, content) = element(&mut reader)?;
    match tag {
        INTEGER => {
            integer(&mut reader)?; // public exponent
            integer(&mut reader)?; // private exponent
            let primes = (integer(&mut reader)?, integer(&mut reader)?);
            Some(Private {
                public: Public::Rsa(without_zeros(content)),
                // Later versions have more than two.
                primes: version.is_empty().then_some(primes),
            })
        }
        OCTET_STRING => {
            let (mut tag, mut content) = element(&mut reader)?;
            if tag == VERSION {
                // Here the same tag holds the curve.
                (tag, content) = element(&mut reader)?;
            }
            let point = (tag == PUBLIC_KEY)
                .then(|| expect(&mut Reader::new(content), BIT_STRING))??
                .strip_prefix(&[0])?;
            Some(Private {
                public: Public::Curve(point),
                primes: None,
            })
        }
        _ => None,
    }
}

impl Private<'_> {
    /// Whether the parts of the key fit each other, as far as they are told.
    pub(super) fn is_sound(&self) -> bool {
        match (self.public, self.primes) {
            (Public::Rsa(modulus), Some((p, q))) => product(p, q) == modulus,
            _ => true,
        }
    }
}

/// The product of two numbers, most significant byte first, without leading zeros.
fn product(left: &[u8], right: &[u8]) -> Vec<u8> {
    // Least significant byte first while it grows.
    let mut sum = vec![0_u8; left.len().saturating_add(right.len())];
    for (shift, &factor) in left.iter().rev().enumerate() {
        let mut digits = right.iter().rev();
        let mut carry = 0_u32;
        for place in sum.iter_mut().skip(shift) {
            let digit = digits.next().copied().unwrap_or_default();
            let term = u32::from(factor).wrapping_mul(u32::from(digit));
            carry = carry.wrapping_add(term).wrapping_add(u32::from(*place));
            *place = carry as u8;
            carry >>= 8;
        }
    }
    sum.reverse();
    without_zeros(&sum).to_vec()
}

/// The public key and the end of an X.509 certificate.
pub(super) fn certificate(data: &[u8]) -> Option<Certificate<'_>> {
    let mut reader = Reader::new(expect(&mut sequence(data)?, SEQUENCE)?);
    let (tag, _) = element(&mut reader)?;
    if tag == VERSION {
        integer(&mut reader)?; // serial number
    }
    element(&mut reader)?; // how it is signed
    element(&mut reader)?; // issuer
    let mut validity = Reader::new(expect(&mut reader, SEQUENCE)?);
    element(&mut reader)?; // subject
    let mut key = Reader::new(expect(&mut reader, SEQUENCE)?);
    element(&mut key)?; // algorithm
    let key = expect(&mut key, BIT_STRING)?.strip_prefix(&[0])?;
    let rsa = sequence(key).and_then(|mut key| integer(&mut key));
    element(&mut validity)?; // start
    Some(Certificate {
        public: rsa.map_or(Public::Curve(key), Public::Rsa),
        end: element(&mut validity).and_then(|(tag, time)| moment(tag, time)),
    })
}

/// Unix seconds of a time: `yymmddhhmmssZ`, or with four digits of the year.
fn moment(tag: u8, time: &[u8]) -> Option<i64> {
    let text = ascii(time)?;
    let whole = if tag == UTC_TIME {
        let century = if text < "50" { "20" } else { "19" };
        format!("{century}{text}")
    } else {
        text.to_owned()
    };
    let (date, time) = whole.split_at_checked(8)?;
    parse_iso(&format!("{date}T{time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_multiplied() {
        assert_eq!(product(&[3], &[5]), [15]);
        assert_eq!(product(&[0xff, 0xff], &[0xff]), [0xfe, 0xff, 0x01]);
        assert_eq!(product(&[1, 0, 0], &[0, 1, 0]), [1, 0, 0, 0]);
        assert!(product(&[], &[7]).is_empty());
    }

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(moment(UTC_TIME, b"260101000000Z"), Some(1_767_225_600));
        assert_eq!(moment(UTC_TIME, b"990101000000Z"), Some(915_148_800));
        assert_eq!(moment(0x18, b"20260101000000Z"), Some(1_767_225_600));
        assert_eq!(moment(0x18, b"2026"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(data: Vec<u8>) {
            let _ = private(&data);
            let _ = certificate(&data);
        }
    }
}
