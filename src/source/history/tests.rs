//! Scanning deltas finds what scanning whole objects finds: on made-up deltas, and on a real repository if one is named.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::content::{ContentScanner, Method, Shared};
use super::secrets::{Key, Secrets};
use crate::detect::Detector;
use crate::git::{
    Delta, Faults, HashKind, Kind, Kinds, Object, ObjectId, ObjectStore, Segment, Source,
    Visitor as _, WalkOptions,
};
use crate::rule::{Confidence, RuleSet};
use crate::scan::Progress;

/// Where a text is taken from: a piece of the base, or a new one.
#[derive(Debug, Clone)]
enum Part {
    Copy(usize, usize),
    Insert(Vec<u8>),
}

/// Text in which literals, whole secrets and pieces of them stand close to one another and to all sorts of ends.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let hex = proptest::collection::vec(prop::sample::select(b"0123456789abcdef".to_vec()), 1..70);
    let filler = prop_oneof![
        4 => filler_of(0..12),
        2 => filler_of(0..120),
        1 => filler_of(300..900),
        // Further than any encoded run reaches.
        1 => Just(b"x y z\n".repeat(11_100)),
    ];
    let fixed = prop::sample::select(vec![
        &b"dop_v1_"[..],
        b"password = \"",
        b"\"\n",
        b"\n",
        b"sk_live_",
        b"AKIA",
        b"secret_key: ",
        b"token=",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----END RSA PRIVATE KEY-----\n",
        b"Authorization: Basic ",
        b"postgres://user:",
        b"@host/db",
        b"x",
        b"-",
        b"DATABASE_",
        b"example",
        b"publicKey = ",
        b"digest: ",
        b"\0",
        b"\xff\xfe",
        b"github",
        b"honeycomb_key=",
        b"kind: Secret\n",
        b"---\n",
        b"data:\n",
        b"  password: ",
        b"\\u0022",
        b"\\n",
        b"%3A%2F%2F",
        b"=",
    ]);
    let token = hex_of(64).prop_map(|hex| [b"dop_v1_", hex.as_slice()].concat());
    let assigned = hex_of(24).prop_map(|hex| [b"api_key = '", hex.as_slice(), b"'\n"].concat());
    prop_oneof![
        3 => hex,
        3 => filler,
        4 => fixed.prop_map(<[u8]>::to_vec),
        2 => token,
        2 => assigned,
        4 => encoded(),
    ]
}

/// Secrets in base64, on one line or wrapped, in hexadecimal and in escapes; cut into pieces now and then.
fn encoded() -> impl Strategy<Value = Vec<u8>> {
    let token = || hex_of(64).prop_map(|hex| [b"k = dop_v1_", hex.as_slice(), b"\n"].concat());
    let long = (0_usize..600, hex_of(64)).prop_map(|(words, hex)| {
        [
            b"some words ".repeat(words),
            b"dop_v1_".to_vec(),
            hex,
            b" and more".to_vec(),
        ]
        .concat()
    });
    let wrapped =
        (hex_of(64), prop::sample::select(vec![60_usize, 64, 76])).prop_map(|(hex, width)| {
            let text = [
                b"a line of some length, then the token: dop_v1_",
                hex.as_slice(),
                b" and some more words",
            ]
            .concat();
            let encoded = data_encoding::BASE64.encode(&text);
            let lines: Vec<&[u8]> = encoded.as_bytes().chunks(width).collect();
            lines.join(&b"\n"[..])
        });
    let base64 = |text: Vec<u8>| data_encoding::BASE64.encode(&text).into_bytes();
    let password = "[a-z]{3}[A-Z0-9]{9}"
        .prop_map(|text| data_encoding::BASE64.encode(text.as_bytes()).into_bytes());
    let escaped = hex_of(64).prop_map(|hex| {
        let text = [b"dop_v1_", hex.as_slice()].concat();
        text.iter()
            .flat_map(|byte| format!("\\x{byte:02x}").into_bytes())
            .collect::<Vec<u8>>()
    });
    prop_oneof![
        2 => token().prop_map(base64),
        1 => token().prop_map(|text| data_encoding::HEXLOWER.encode(&text).into_bytes()),
        1 => long.prop_map(base64),
        2 => wrapped,
        1 => password,
        1 => escaped,
        2 => "[A-Za-z0-9+/]{1,30}".prop_map(String::into_bytes),
    ]
}

fn filler_of(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop::sample::select(b"etaoin shrdlu\n=\"".to_vec()), length)
}

fn hex_of(length: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop::sample::select(b"0123456789abcdef".to_vec()), length)
}

/// Edits of a text that is made of pieces: where, in thousandths, how many are taken out there, and which are put in. What
/// changes is thus often right beside a literal or a secret.
type Edit = (usize, usize, Vec<Vec<u8>>);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let inserted = proptest::collection::vec(piece(), 0..3);
    proptest::collection::vec((0_usize..1000, 0_usize..3, inserted), 0..4)
}

/// The parts of the text after the edits, and its pieces.
fn edited(base: &[Vec<u8>], edits: &[Edit]) -> (Vec<Part>, Vec<Vec<u8>>) {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| edit.0);
    let (mut parts, mut pieces) = (Vec::new(), Vec::new());
    let (mut at, mut offset) = (0, 0);
    for (place, out, inserted) in edits {
        let place = (base.len() * place / 1000).max(at);
        copy(&base[at..place], &mut offset, &mut parts, &mut pieces);
        parts.extend(inserted.iter().cloned().map(Part::Insert));
        pieces.extend(inserted);
        at = (place + out).min(base.len());
        offset += base[place..at].iter().map(Vec::len).sum::<usize>();
    }
    copy(&base[at..], &mut offset, &mut parts, &mut pieces);
    (parts, pieces)
}

fn copy(run: &[Vec<u8>], offset: &mut usize, parts: &mut Vec<Part>, pieces: &mut Vec<Vec<u8>>) {
    let length = run.iter().map(Vec::len).sum();
    parts.push(Part::Copy(*offset, length));
    *offset += length;
    pieces.extend_from_slice(run);
}

/// The delta of these parts on a base: its new bytes, its segments, and the whole text.
fn made_up(base: &[u8], parts: &[Part]) -> (Vec<u8>, Vec<Segment>, Vec<u8>) {
    let (mut instructions, mut segments, mut whole) =
        (Vec::new(), Vec::<Segment>::new(), Vec::new());
    for part in parts {
        let start = whole.len();
        let source = match part {
            Part::Copy(from, len) => {
                let from = (*from).min(base.len());
                let end = (from + len).min(base.len());
                whole.extend_from_slice(&base[from..end]);
                Source::Copy { base_offset: from }
            }
            Part::Insert(bytes) => {
                let delta_offset = instructions.len();
                instructions.extend_from_slice(bytes);
                whole.extend_from_slice(bytes);
                Source::Insert { delta_offset }
            }
        };
        let continues = segments.last().is_some_and(|last| {
            matches!((last.source, source), (Source::Copy { base_offset: before }, Source::Copy { base_offset })
                if before + last.out.len() == base_offset)
        });
        let out = start..whole.len();
        match segments.last_mut() {
            Some(last) if continues => last.out.end = out.end,
            _ if out.is_empty() => {}
            _ => segments.push(Segment { out, source }),
        }
    }
    (instructions, segments, whole)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A chain of deltas: literals, matches and secrets of each are those of the whole text.
    #[test]
    fn made_up_deltas_give_the_same_as_whole_texts(first in proptest::collection::vec(piece(), 0..24),
        chain in proptest::collection::vec(edits(), 1..4)) {
        let detector = Detector::new(RuleSet::built_in());
        let (secrets, progress) = (Secrets::default(), Progress::default());
        let shared = Shared {
            detector: &detector,
            secrets: &secrets,
            progress: &progress,
            cancelled: &|| false,
            method: Method::Delta,
            min_confidence: Confidence::Medium,
            max_size: None,
            archives: None,
        };
        let mut scanner = ContentScanner::new(&shared);
        let id = &[1; 20];
        let mut pieces = first;
        let mut base = pieces.concat();
        let mut state = scanner.object(&Object::whole(id, Kind::Blob, &base), None);
        for edits in &chain {
            let (parts, after) = edited(&pieces, edits);
            let (instructions, segments, whole) = made_up(&base, &parts);
            prop_assert_eq!(&whole, &after.concat());
            let delta = Delta { base: &base, instructions: &instructions, segments: &segments };
            let object = Object::delta(id, Kind::Blob, whole.len(), delta);
            let by_delta = scanner.object(&object, Some((&state, &segments)));
            let by_whole = scanner.object(&Object::whole(id, Kind::Blob, &whole), None);
            prop_assert_eq!(by_delta.described(), by_whole.described());
            state = by_delta;
            base = whole;
            pieces = after;
        }
    }
}

/// The secrets of all objects of a real object database.
fn scan(objects: &Path, method: Method, threads: usize) -> BTreeMap<ObjectId, Vec<Key>> {
    let detector = Detector::new(RuleSet::built_in());
    let secrets = Secrets::default();
    let shared = Shared {
        detector: &detector,
        secrets: &secrets,
        progress: &Progress::default(),
        cancelled: &|| false,
        method,
        min_confidence: Confidence::Low,
        max_size: None,
        archives: None,
    };
    let faults = Faults::new();
    let store = ObjectStore::open(objects, HashKind::Sha1, &faults);
    let options = WalkOptions {
        kinds: Kinds::BLOBS.with(Kind::Commit).with(Kind::Tag),
        threads,
        ..WalkOptions::default()
    };
    let mut walked = store.walk(&options, || ContentScanner::new(&shared), &faults);
    let marked: Vec<_> = walked
        .visitors
        .iter_mut()
        .flat_map(|visitor| std::mem::take(&mut visitor.marked))
        .collect();
    let keys = secrets.list();
    marked
        .into_iter()
        .map(|marked| {
            let marks = marked.marks.iter();
            let mut held: Vec<Key> = marks.map(|&mark| keys[mark as usize].clone()).collect();
            held.sort();
            (marked.id, held)
        })
        .collect()
}

#[test]
#[ignore = "needs a repository: KEYWARD_TEST_OBJECTS=…/.git/objects"]
fn a_real_repository_gives_the_same_both_ways() {
    let objects = std::env::var_os("KEYWARD_TEST_OBJECTS").expect("KEYWARD_TEST_OBJECTS");
    let delta = scan(Path::new(&objects), Method::Delta, 1);
    let whole = scan(Path::new(&objects), Method::Whole, 2);
    assert!(!delta.is_empty());
    assert_eq!(delta.len(), whole.len());
    assert!(delta == whole, "different findings");
}
