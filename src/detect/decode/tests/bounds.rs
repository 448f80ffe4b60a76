//! Noise is not decoded, bombs are bounded, and nothing is decoded many times.

use super::*;

#[test]
fn noise_is_not_decoded() {
    // Digests, images and keys, as base64 and hexadecimal.
    let mut state = 7_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(200_000)
    .collect();
    let text = [BASE64.encode(&noise), HEXLOWER.encode(&noise)].join("\n");
    let mut runs = 0;
    runs::scan(text.as_bytes(), 0..text.len(), |_| runs += 1);
    assert_eq!(runs, 0);
    for line in noise.chunks(32) {
        for text in [BASE64.encode(line), HEXLOWER.encode(line)] {
            runs::scan(text.as_bytes(), 0..text.len(), |_| runs += 1);
        }
    }
    assert_eq!(runs, 0);
    for text in [
        "a/long/path/to/some/file/in/a/folder/of/the/project",
        "internationalization_of_the_user_interface_component",
        "SomeVeryLongClassNameInAnObjectOrientedLanguageFactory",
        "--------------------------------------------------------",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "00000000000000000000000000000000000000000000000000000000",
    ] {
        runs::scan(text.as_bytes(), 0..text.len(), |start| {
            panic!("{text} at {start}")
        });
    }
}

#[test]
fn bombs_are_bounded() {
    let bomb = gzip(&vec![b'a'; 40 << 20]);
    let encoded = BASE64.encode(&bomb);
    let (matched, layer) = (
        seen(encoded.as_bytes()),
        base64::decode(encoded.as_bytes(), 0, MOST).expect("a layer"),
    );
    assert!(matched.is_empty());
    let inflated = gzip::decode(&layer.bytes, 0, MOST).expect("a stream");
    assert!(inflated.bytes.len() <= (layer.bytes.len() * GROWTH + SLACK).min(MOST));
    // What it holds in front of the limit is scanned.
    let mut text = format!("token = {}\n", token(11)).into_bytes();
    text.resize(4 << 20, b' ');
    assert_eq!(only(BASE64.encode(&gzip(&text))).secret, token(11));
    // Bombs in bombs.
    let twice = gzip(BASE64.encode(&gzip(&vec![b'b'; 8 << 20])).as_bytes());
    assert!(seen(BASE64.encode(&twice).as_bytes()).is_empty());
}

/// What all starts of runs and anchors of a text lead to is not much more than the text.
#[test]
fn nothing_is_decoded_many_times() {
    let noise = "\u{1}~\u{2}".repeat(16);
    let lines = |heads: &[&[u8]]| {
        let lines = heads.iter().cycle().take(1500);
        let lines = lines.map(|head| BASE64.encode(&[head, noise.as_bytes()].concat()[..48]));
        lines.collect::<Vec<String>>().join("\n")
    };
    let text = b"some words of a text, and of one more.";
    for hostile in [
        lines(&[text, b""]),
        lines(&[text, text, b""]),
        lines(&[&[0x1F, 0x8B, 8], b""]),
        lines(&[&[0x78, 0x9C], b""]),
        lines(&[&[0x1F, 0x8B, 8], &[0x78, 0x9C]]),
        lines(&[&[0x1F, 0x8B, 8], text, b"", b""]),
        "\\x41\\x42 ".repeat(9000),
        format!("{}\\x41\\x42", "x".repeat(200)).repeat(500),
        format!("{}\\x41\\x42", "x".repeat(300)).repeat(300),
        "%3A%2F%2F".repeat(9000),
        "kind: Secret\ndata:\n  a: aGVsbG8=\n".repeat(3000),
        "kind: Secret\n".repeat(3000) + "data:\n  a: aGVsbG8=\n",
        "data:\n  a: aGVsbG8=\n".repeat(3000) + &"kind: Secret\n".repeat(3000),
        "{\"kind\":\"Secret\",\"data\":{\"a\":\"aGVsbG8=\"}".repeat(2000),
        "{\"kind\":\"Secret\",".repeat(2000) + "\"data\":{\"a\":\"aGVsbG8=\"}",
    ] {
        let mut decoded = 0;
        DETECTOR.hits(hostile.as_bytes(), 0..hostile.len(), |hit| {
            for codec in CODECS {
                let here = match codec.at {
                    Place::Run => hit.literal == RUN,
                    Place::Anchor(owner) => {
                        hit.literal != RUN
                            && DETECTOR
                                .matcher
                                .literals()
                                .get(hit.literal)
                                .1
                                .contains(&owner)
                    }
                    Place::Bytes => false,
                };
                if here && let Some(layer) = (codec.decode)(hostile.as_bytes(), hit.start, MOST) {
                    decoded += layer.bytes.len();
                }
            }
        });
        let shown: String = hostile.chars().take(200).collect();
        assert!(
            decoded <= 4 * hostile.len(),
            "{decoded} of {}: {shown}",
            hostile.len()
        );
    }
}

#[test]
fn of_a_long_run_the_start_is_decoded() {
    let text = |filler: usize| {
        format!(
            "{}\ntoken = {}\n{}",
            "a b ".repeat(filler),
            token(12),
            "c d ".repeat(20_000)
        )
    };
    let encoded = BASE64.encode(text(100).as_bytes());
    assert!(encoded.len() > MAX_RUN);
    assert_eq!(only(&encoded).secret, token(12));
    assert!(seen(BASE64.encode(text(20_000).as_bytes()).as_bytes()).is_empty());
}
