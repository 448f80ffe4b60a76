//! What is encoded is found where it stands, and how it was decoded is said; noise and bombs cost little.

mod bounds;
mod kubernetes;

use std::fmt::Write as _;
use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;

use super::*;
use crate::detect::blob::BlobScanner;
use crate::rule::RuleSet;
use crate::rule::sample;

pub(super) static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(RuleSet::built_in()));

const TOKEN_RULE: &str = "digitalocean-personal-access-token";

/// A text made of placeholders.
fn expand(template: &str, seed: u64) -> String {
    sample::expand(template, seed, &|_| None)
}

fn token(seed: u64) -> String {
    expand("dop_v1_{hex:64}", seed)
}

/// A finding: rule, secret, what stands in its place, and how it was decoded.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    rule: String,
    secret: String,
    place: String,
    how: String,
}

fn seen(text: &[u8]) -> Vec<Seen> {
    let found = BlobScanner::new(&DETECTOR).scan_bytes(text).matches;
    found
        .into_iter()
        .map(|l| Seen {
            rule: DETECTOR.rules().get(l.rule).id.to_string(),
            secret: String::from_utf8_lossy(l.secret.expose()).into_owned(),
            place: String::from_utf8_lossy(&text[l.bytes.start as usize..l.bytes.end as usize])
                .into_owned(),
            how: l.encodings.join(" "),
        })
        .collect()
}

/// The only finding of a text.
#[track_caller]
fn only(text: impl AsRef<[u8]>) -> Seen {
    let mut all = seen(text.as_ref());
    assert_eq!(
        all.len(),
        1,
        "{}: {all:?}",
        String::from_utf8_lossy(text.as_ref())
    );
    all.remove(0)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(deflated(bytes));
    out.extend([0; 8]);
    out
}

/// A deflate stream that matches of the same byte make short.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = zlib_rs::Deflate::new(6, false, 15);
    let mut out = vec![0; bytes.len() + 1024];
    let status = deflate.compress(bytes, &mut out, zlib_rs::DeflateFlush::Finish);
    assert_eq!(status, Ok(zlib_rs::Status::StreamEnd));
    out.truncate(deflate.total_out() as usize);
    out
}

#[test]
fn base64_on_one_line() {
    let text = format!("url=https://api.internal/v1\ntoken={}\n", token(1));
    for encoded in [
        BASE64.encode(text.as_bytes()),
        BASE64URL_NOPAD.encode(text.as_bytes()),
    ] {
        let line = format!("blob: \"{encoded}\"\n");
        let found = only(&line);
        assert_eq!(
            (found.rule.as_str(), found.how.as_str()),
            (TOKEN_RULE, "base64")
        );
        assert_eq!(found.secret, token(1));
        // The groups that hold the secret and nothing else.
        let at = encoded.find(&found.place).expect("the place");
        assert_eq!(at % 4, 0);
        let decoded =
            BASE64URL_NOPAD.decode(found.place.replace('/', "_").replace('+', "-").as_bytes());
        let decoded = String::from_utf8(decoded.expect("groups")).expect("text");
        assert!(
            decoded.contains(&token(1)) && decoded.len() < token(1).len() + 6,
            "{decoded}"
        );
    }
}

#[test]
fn base64_wrapped_over_lines() {
    let text = format!(
        "first = 1\nname = \"a file of a project\"\ntoken = \"{}\"\nlast = 2\n",
        token(2)
    );
    let encoded = BASE64.encode(text.as_bytes());
    let lines = |width: usize, first: &str, between: &str, last: &str| {
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(width)
            .map(|line| std::str::from_utf8(line).expect("digits"))
            .collect();
        format!("{first}{}{last}", lines.join(between))
    };
    for wrapped in [
        lines(64, "", "\n", "\n"),
        lines(76, "", "\r\n", "\r\n"),
        lines(64, "data: |\n  ", "\n  ", "\nnext: x\n"),
        lines(76, "{\"data\": \"", "\\n", "\\n\"}"),
        lines(76, "{\"data\": \"", "\\r\\n", "\"}"),
        lines(60, "x = \"", "\" +\n    \"", "\";"),
        lines(60, "x = ('", "'\n     '", "')"),
        lines(64, "x = \"", "\\\n", "\""),
        lines(64, "# ", "\n# ", "\n"),
        lines(64, "\\n", "\\n", "\\n"),
    ] {
        let found = only(&wrapped);
        assert_eq!(
            (
                found.rule.as_str(),
                found.secret.as_str(),
                found.how.as_str()
            ),
            (TOKEN_RULE, token(2).as_str(), "base64"),
            "{wrapped}"
        );
    }
}

#[test]
fn lines_that_are_no_whole_are_decoded_one_by_one() {
    let encoded = |seed| BASE64.encode(format!("{} ", token(seed)).as_bytes());
    let text = format!("{}\n{}\n{}\n", encoded(1), encoded(2), encoded(3));
    let all = seen(text.as_bytes());
    let secrets: Vec<&str> = all.iter().map(|found| found.secret.as_str()).collect();
    assert_eq!(secrets, [token(1), token(2), token(3)]);
    let bare = BASE64.encode(expand("AKIAQ{base32:15},{alnum:30}", 1).as_bytes());
    assert!(bare.len().is_multiple_of(4));
}

#[test]
fn hexadecimal_text() {
    for encoded in [
        HEXLOWER.encode(token(3).as_bytes()),
        HEXUPPER.encode(token(3).as_bytes()),
    ] {
        for text in [
            format!("x = '{encoded}'"),
            format!("x = 0x{encoded};"),
            format!("\"a\\n{encoded}\""),
        ] {
            let found = only(&text);
            assert_eq!(
                (found.secret, found.place),
                (token(3), encoded.clone()),
                "{text}"
            );
            assert_eq!(found.how, "hex");
        }
    }
}

#[test]
fn percent_encoded_text() {
    let password = expand("{alnum:16}", 4);
    let dsn = format!("postgres%3A%2F%2Fapp%3A{password}%40db.acme.internal%2Fapp");
    let found = only(format!("see https://acme.internal/?dsn={dsn}&x=1\n"));
    assert_eq!(
        (found.secret.as_str(), found.how.as_str()),
        (password.as_str(), "percent")
    );
    assert_eq!(found.place, password);
    let all = token(4).bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02x}");
        all
    });
    let found = only(format!("q={all}\n"));
    assert_eq!(
        (found.secret, found.place, found.how.as_str()),
        (token(4), all, "percent")
    );
}

#[test]
fn string_escapes() {
    let write = |form: fn(char) -> String| token(5).chars().map(form).collect::<String>();
    for encoded in [
        write(|c| format!("\\u{:04x}", u32::from(c))),
        write(|c| format!("\\u{:04X}", u32::from(c))),
        write(|c| format!("\\x{:02x}", u32::from(c))),
        write(|c| format!("\\{:03o}", u32::from(c))),
        write(|c| format!("\\u{{{:x}}}", u32::from(c))),
        write(|c| format!("\\U{:08x}", u32::from(c))),
    ] {
        let found = only(format!("key = \"{encoded}\"\n"));
        assert_eq!(found.secret, token(5), "{encoded}");
        assert_eq!(
            (found.place, found.how.as_str()),
            (encoded, "string escapes")
        );
    }
    let password = expand("{alnum:18}", 5);
    let found = only(format!(
        "x = \"{{\\u0022user\\u0022: \\u0022app\\u0022, \\u0022db_password\\u0022: \\u0022{password}\\u0022}}\""
    ));
    assert_eq!(
        (found.secret.as_str(), found.rule.as_str()),
        (password.as_str(), "generic-password")
    );
    assert_eq!(found.place, password);
}

#[test]
fn compressed_text_in_base64() {
    let text = format!(
        "a text that is long enough\ntoken = {}\nother = {}\n",
        token(6),
        token(7)
    );
    let zlib = [&[0x78, 0x9C][..], &deflated(text.as_bytes())].concat();
    for (bytes, how) in [
        (gzip(text.as_bytes()), "base64 gzip"),
        (zlib, "base64 zlib"),
    ] {
        let encoded = BASE64.encode(&bytes);
        let all = seen(format!("release: {encoded}\n").as_bytes());
        assert_eq!(all.len(), 2, "{all:?}");
        let mut secrets = [token(6), token(7)];
        secrets.sort();
        for (found, secret) in all.iter().zip(secrets) {
            assert_eq!((found.how.as_str(), &found.secret), (how, &secret));
            assert_eq!(
                found.place.trim_end_matches('='),
                encoded.trim_end_matches('=')
            );
        }
    }
}

#[test]
fn commands_in_utf_16() {
    let command = format!("$env:TOKEN = '{}'; ./deploy.ps1", token(8));
    let units: Vec<u8> = command.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = only(format!(
        "powershell -EncodedCommand {}\n",
        BASE64.encode(&units)
    ));
    assert_eq!(
        (found.secret, found.how.as_str()),
        (token(8), "base64 utf-16")
    );
    assert!(found.place.len() < token(8).len() * 8 / 3 + 8);
}

#[test]
fn nested_encodings() {
    let mut text = format!("token = {}", token(9));
    let mut how = Vec::new();
    for depth in 1..=DEPTH + 1 {
        text = if depth % 2 == 0 {
            how.insert(0, "hex");
            HEXLOWER.encode(text.as_bytes())
        } else {
            how.insert(0, "base64");
            BASE64.encode(format!("a: {text}").as_bytes())
        };
        let all = seen(format!("x: {text}\n").as_bytes());
        if depth <= DEPTH {
            assert_eq!(all.len(), 1, "{depth}: {all:?}");
            assert_eq!((&all[0].secret, &all[0].how), (&token(9), &how.join(" ")));
        } else {
            assert!(all.is_empty());
        }
    }
}

#[test]
fn what_stands_there_in_the_clear_is_found_once() {
    let url = format!("https://x.internal/%7B%22token%22%3A%22{}%22%7D", token(10));
    let found = only(&url);
    assert_eq!((found.secret, found.how.as_str()), (token(10), ""));
    let basic = BASE64.encode(expand("deploy:{alnum:20}", 10).as_bytes());
    let found = only(format!("Authorization: Basic {basic}\n"));
    assert_eq!((found.secret, found.how.as_str()), (basic, ""));
}

#[test]
fn literals_and_what_recognises_them_agree() {
    for anchor in anchors::all() {
        if anchor.owner == anchors::KUBERNETES {
            continue;
        }
        assert!(anchors::starts(anchor.owner, &anchor.bytes), "{anchor:?}");
        assert!(
            anchors::starts(anchor.owner, &anchor.bytes.to_ascii_uppercase()),
            "{anchor:?}"
        );
    }
}

/// Text of which every start of an anchor and hexadecimal digits are likely.
fn escapes_strategy() -> impl Strategy<Value = String> {
    "(%|\\\\u|\\\\x|\\\\|[0-9a-f{]|%3[aA]|%2[fF]){1,8}"
}

/// Pieces of encoded and other text, close to one another.
pub(super) fn piece() -> impl Strategy<Value = String> {
    let separators = prop::sample::select(vec![
        "\n",
        "\n  ",
        " ",
        "\"",
        "\\n",
        "=",
        ": ",
        "/",
        "-",
        "kind: Secret\n",
        "data:\n",
        "  password: ",
        "H4sI",
        "%3A%2F%2F",
        "\\u0022",
        "\\x61\\x62",
        "---\n",
        "eJ",
        "\"kind\":\"Secret\"",
        "{",
        "}",
    ]);
    let wrapped = (0_u64..50, 40_usize..90).prop_map(|(seed, width)| {
        let text = format!("some words before it\ntoken = {}\n", token(seed));
        let encoded = BASE64.encode(text.as_bytes());
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(width)
            .map(|l| std::str::from_utf8(l).unwrap_or_default())
            .collect();
        lines.join("\n")
    });
    prop_oneof![
        4 => separators.prop_map(str::to_owned),
        2 => (0_u64..50).prop_map(|seed| BASE64.encode(format!("x = {}", token(seed)).as_bytes())),
        2 => (0_u64..50).prop_map(|seed| HEXLOWER.encode(token(seed).as_bytes())),
        1 => (0_u64..50).prop_map(|seed| BASE64.encode(&gzip(token(seed).as_bytes()))),
        1 => wrapped,
        2 => "[A-Za-z0-9+/]{1,40}",
        1 => "[ -~\n]{0,40}",
        1 => escapes_strategy(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn anchors_are_recognised_where_the_prefilter_finds_them(text in prop::collection::vec(escapes_strategy(), 1..6)) {
        let text = text.concat().into_bytes();
        let mut found = Vec::new();
        DETECTOR.hits(&text, 0..text.len(), |hit| {
            if hit.literal != RUN {
                let owners = DETECTOR.matcher.literals().get(hit.literal).1;
                found.extend(owners.iter().filter(|o| [anchors::PERCENT, anchors::ESCAPES].contains(o)).map(|o| (hit.start, *o)));
            }
        });
        found.sort_unstable();
        found.dedup();
        let mut expected = Vec::new();
        for at in 0..text.len() {
            for owner in [anchors::PERCENT, anchors::ESCAPES] {
                if anchors::starts(owner, &text[at..]) {
                    expected.push((at, owner));
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    /// A run is found whatever part of the text is scanned, and nothing else is.
    #[test]
    fn runs_do_not_depend_on_the_part_that_is_scanned(pieces in prop::collection::vec(piece(), 0..10), cuts in prop::collection::vec(0_usize..4000, 0..4)) {
        let text = pieces.concat().into_bytes();
        let mut whole = Vec::new();
        runs::scan(&text, 0..text.len(), |start| whole.push(start));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let mut parts = Vec::new();
        for pair in cuts.windows(2) {
            runs::scan(&text, pair[0]..pair[1], |start| parts.push(start));
        }
        prop_assert_eq!(&whole, &parts);
        // Seen byte by byte.
        let naive: Vec<usize> = (0..text.len()).filter(|start| runs::starts_at(&text, *start)).collect();
        prop_assert_eq!(&whole, &naive);
        let digits = |range: std::ops::Range<usize>| text.get(range).is_some_and(|run| run.iter().all(|b| base64::is_digit(*b)));
        for start in whole {
            prop_assert!(digits(start..start + runs::SHORTEST) && (start == 0 || !digits(start - 1..start)));
        }
    }

    #[test]
    fn never_panics(text: Vec<u8>, at: usize) {
        let at = at % (text.len() + 1);
        for codec in CODECS {
            let _ = (codec.decode)(&text, at, 1000);
        }
    }

    #[test]
    fn never_panics_on_pieces(pieces in prop::collection::vec(piece(), 0..10)) {
        let text = pieces.concat().into_bytes();
        for codec in CODECS {
            for at in 0..text.len().min(600) {
                if let Some(layer) = (codec.decode)(&text, at, 1000) {
                    prop_assert!(layer.bytes.len() <= 1000);
                    let place = layer.map.encoded(&(0..layer.bytes.len()));
                    prop_assert!(place.start <= place.end && place.end <= text.len() + 3);
                }
            }
        }
    }

    /// All that is found is a function of the bytes within the reach of its anchor.
    #[test]
    fn matches_depend_on_what_is_within_reach(pieces in prop::collection::vec(piece(), 0..10), filler in 0_usize..3) {
        let filler = "x y z\n".repeat([0, 1000, 14_000][filler]);
        let text = format!("{filler}{}{filler}", pieces.concat()).into_bytes();
        let mut hits = Vec::new();
        DETECTOR.hits(&text, 0..text.len(), |hit| hits.push(hit));
        for hit in hits {
            let reach = DETECTOR.reach(hit.literal);
            let part = hit.start.saturating_sub(reach.before)..(hit.start + reach.behind).min(text.len());
            let (mut whole, mut near) = (Vec::new(), Vec::new());
            let kept = |m: &Match, text: &[u8], base: usize| {
                let secret = &m.candidate.secret;
                (m.candidate.rule, secret.start + base, secret.end + base, Secret::new(m.value(text)))
            };
            DETECTOR.matches_at(&text, hit, |m| whole.push(kept(&m, &text, 0)));
            let inside = Hit { start: hit.start - part.start, ..hit };
            DETECTOR.matches_at(&text[part.clone()], inside, |m| near.push(kept(&m, &text[part.clone()], part.start)));
            prop_assert_eq!(whole, near);
        }
    }
}
