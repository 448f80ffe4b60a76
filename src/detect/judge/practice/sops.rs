//! Values that a file encrypted with SOPS holds in the clear although its own settings say that they are encrypted.
//!
//! SOPS keeps the shape of a file and encrypts its values, then adds a block with the data keys, a code over all values
//! (`mac`) and the settings that say which values are left as they are (documentation of SOPS, "Encrypting only parts of
//! a file"). Whoever adds a line with an editor instead of `sops edit` leaves its value in the clear.
//!
//! The code over the file is the anchor. The data stands before it; as much of that is read as the rule's radius allows.
//! YAML, JSON, INI and dotenv files are read by their lines and how far these are indented, as SOPS writes them.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::is_kept_well;

/// Most values that are told of one file: what stands in the clear as a whole is one mistake.
const MOST: usize = 12;

/// Longest expression of a setting that is believed.
const LONGEST_SETTING: usize = 1024;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// Names are followed by a colon, structure shows in the indentation: YAML, and JSON as SOPS writes it.
    Indented,
    /// `NAME=value`, and the settings are names that start with `sops_`.
    Dotenv,
    /// `name = value` in sections, of which `[sops]` is one.
    Sections,
}

/// The values in the clear in the file that the code at `anchor` is over. Only `text` is looked at; `cut` says that the
/// file starts before it.
pub fn in_the_clear(
    text: &[u8],
    anchor: &Range<usize>,
    cut: bool,
    found: impl FnMut(Range<usize>),
) {
    let Some((syntax, mut data, block)) = parts(text, anchor) else {
        return;
    };
    if cut {
        // Half a line may look like another.
        data.start = memchr::memchr(b'\n', &text[data.clone()]).map_or(data.end, |at| at + 1);
    }
    let Some(settings) = Settings::read(&text[block], syntax) else {
        return;
    };
    let mut clear = Vec::new();
    let mut encrypted = false;
    let mut tell = |path: &[&[u8]], value: Range<usize>| {
        let bytes = &text[value.clone()];
        encrypted |= bytes.starts_with(b"ENC[AES256_GCM,");
        if clear.len() < MOST && settings.encrypts(path) && speaks(bytes) {
            clear.push(value);
        }
    };
    let read = match syntax {
        Syntax::Indented => indented(text, data, &mut tell),
        Syntax::Dotenv | Syntax::Sections => assigned(text, data, &mut tell),
    };
    // A page that shows such a file has lines that SOPS does not write.
    if read.is_some() && encrypted {
        clear.into_iter().for_each(found);
    }
}

/// How the file is written, where its data stands, and the block that SOPS added.
fn parts(text: &[u8], anchor: &Range<usize>) -> Option<(Syntax, Range<usize>, Range<usize>)> {
    let name = &text[anchor.clone()];
    if name.starts_with(b"sops_mac") {
        // All of the settings have names of their own, and stand anywhere.
        return Some((Syntax::Dotenv, 0..text.len(), 0..text.len()));
    }
    if name.starts_with(b"mac =") {
        let start = header(text, anchor.start, |line| line == b"[sops]")?;
        return Some((Syntax::Sections, 0..start, start..text.len()));
    }
    let start = header(text, anchor.start, |line| {
        // In YAML it is not indented: what is shows a file inside of another.
        line == b"sops:" || line.trim_ascii_start() == b"\"sops\": {"
    })?;
    Some((Syntax::Indented, 0..start, start..text.len()))
}

/// Where the line starts that opens the block of SOPS: the last such one before the code.
fn header(text: &[u8], before: usize, opens: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut end = before;
    loop {
        let start = memchr::memrchr(b'\n', &text[..end]).map_or(0, |at| at + 1);
        if opens(text[start..end].trim_ascii_end()) {
            return Some(start);
        }
        if start == 0 {
            return None;
        }
        end = start - 1;
    }
}

/// What a file's settings say of which values are encrypted.
#[derive(Debug, Default)]
struct Settings {
    unencrypted_suffix: Option<Vec<u8>>,
    encrypted_suffix: Option<Vec<u8>>,
    unencrypted: Option<Regex>,
    encrypted: Option<Regex>,
}

impl Settings {
    /// Reads them from the block; `None` where comments in the data decide, or an expression makes no sense.
    fn read(block: &[u8], syntax: Syntax) -> Option<Self> {
        let mut settings = Self::default();
        for line in block.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii().trim_ascii_end();
            let line = line.strip_suffix(b",").unwrap_or(line);
            let line = if syntax == Syntax::Dotenv {
                let Some(rest) = line.strip_prefix(b"sops_") else {
                    continue;
                };
                rest
            } else {
                line
            };
            let Some(at) = line.iter().position(|b| matches!(b, b':' | b'=')) else {
                continue;
            };
            let name = line[..at].trim_ascii();
            let name = name
                .strip_prefix(b"\"")
                .and_then(|n| n.strip_suffix(b"\""))
                .unwrap_or(name);
            let value = unquoted(line[at + 1..].trim_ascii());
            if value.is_empty() {
                continue;
            }
            match name {
                b"unencrypted_suffix" => settings.unencrypted_suffix = Some(value),
                b"encrypted_suffix" => settings.encrypted_suffix = Some(value),
                b"unencrypted_regex" => settings.unencrypted = Some(expression(&value)?),
                b"encrypted_regex" => settings.encrypted = Some(expression(&value)?),
                b"unencrypted_comment_regex" | b"encrypted_comment_regex" => return None,
                _ => {}
            }
        }
        Some(settings)
    }

    /// Whether SOPS encrypts the value at that path: a name on it decides for all below.
    fn encrypts(&self, path: &[&[u8]]) -> bool {
        let any = |test: &dyn Fn(&[u8]) -> bool| path.iter().any(|name| test(name));
        let mut encrypts = true;
        if let Some(suffix) = &self.unencrypted_suffix {
            encrypts &= !any(&|name| name.ends_with(suffix));
        }
        if let Some(suffix) = &self.encrypted_suffix {
            encrypts = any(&|name| name.ends_with(suffix));
        }
        if let Some(expression) = &self.unencrypted {
            encrypts &= !any(&|name| expression.is_match(name));
        }
        if let Some(expression) = &self.encrypted {
            encrypts = any(&|name| expression.is_match(name));
        }
        encrypts
    }
}

fn expression(text: &[u8]) -> Option<Regex> {
    let text = std::str::from_utf8(text).ok()?;
    if text.len() > LONGEST_SETTING {
        return None;
    }
    RegexBuilder::new(text).size_limit(256 * 1024).build().ok()
}

/// The text of a scalar in quotes; escapes of the double ones are undone as far as expressions need them.
fn unquoted(value: &[u8]) -> Vec<u8> {
    match value {
        [b'\'', inner @ .., b'\''] => inner.to_vec(),
        [b'"', inner @ .., b'"'] => {
            let mut text = Vec::with_capacity(inner.len());
            let mut escaped = false;
            for &byte in inner {
                if byte == b'\\' && !escaped {
                    escaped = true;
                    continue;
                }
                escaped = false;
                text.push(byte);
            }
            text
        }
        plain => plain.to_vec(),
    }
}

/// Whether a value in the clear says anything: not a switch, a number, a reference, or what SOPS never encrypts.
fn speaks(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"true", b"false", b"null", b"none", b"yes", b"no", b"on", b"off",
    ];
    value.len() >= 4
        && !WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        && !value
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':' | b'-'))
        && !is_kept_well(value)
}

/// What is done with a value: the names above it, and where it stands.
type Tell<'f, 't> = &'f mut dyn FnMut(&[&'t [u8]], Range<usize>);

/// Values of YAML, and of JSON with one member a line.
fn indented<'t>(text: &'t [u8], data: Range<usize>, tell: Tell<'_, 't>) -> Option<()> {
    // Names that the current line is below, and how far each is indented.
    let mut above: Vec<(usize, &[u8])> = Vec::new();
    let mut path: Vec<&[u8]> = Vec::new();
    // Indentation of the name whose block of text is being read, and where that starts.
    let mut block: Option<(usize, Option<Range<usize>>)> = None;
    let mut start = data.start;
    while start < data.end {
        let end = memchr::memchr(b'\n', &text[start..data.end]).map_or(data.end, |at| start + at);
        let line = &text[start..end];
        let mut at = start
            + line
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count();
        let next = end + 1;
        let content = text[at..end].trim_ascii_end();
        let mut depth = at - start;
        start = next;
        if content.is_empty() || content == b"---" {
            continue;
        }
        if let Some((of, first)) = &mut block {
            if depth > *of {
                first.get_or_insert(at..at + content.len());
                continue;
            }
            if let Some(first) = first.take() {
                tell(&path, first);
            }
            block = None;
        }
        if content.starts_with(b"#") {
            continue;
        }
        // `- name: value`: the name is below the dash.
        let mut item = false;
        while text[at..end].starts_with(b"- ") {
            item = true;
            let blanks = text[at + 1..end].iter().take_while(|b| **b == b' ').count();
            at += 1 + blanks;
            depth += 1 + blanks;
        }
        above.retain(|(indent, _)| *indent < depth);
        let content = text[at..end].trim_ascii_end();
        path.clear();
        path.extend(above.iter().map(|(_, name)| *name));
        match name_of(content) {
            Some((name, length)) => {
                let value = at + length..at + content.len();
                path.push(name);
                above.push((depth, name));
                if let Some(value) = scalar(text, value.clone()) {
                    if matches!(text[value.clone()].first(), Some(b'|' | b'>')) {
                        block = Some((depth, None));
                    } else {
                        tell(&path, value);
                    }
                }
            }
            None if item || content.starts_with(b"\"") => {
                if let Some(value) = scalar(text, at..at + content.len()) {
                    tell(&path, value);
                }
            }
            None if content
                .iter()
                .all(|b| matches!(b, b'{' | b'}' | b'[' | b']' | b',')) => {}
            None => return None,
        }
    }
    if let Some((_, Some(first))) = block {
        tell(&path, first);
    }
    Some(())
}

/// The name that a line starts with, and how many bytes it takes with the colon and the blanks behind.
fn name_of(line: &[u8]) -> Option<(&[u8], usize)> {
    let (name, rest) = if let Some(inner) = line.strip_prefix(b"\"") {
        let end = memchr::memchr(b'"', inner)?;
        (&inner[..end], end + 2)
    } else {
        let end = line.windows(2).position(|pair| pair == b": ");
        let end = end.or_else(|| line.ends_with(b":").then(|| line.len() - 1))?;
        (&line[..end], end)
    };
    let behind = line.get(rest..)?.strip_prefix(b":")?;
    let blanks = behind
        .iter()
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    if name.is_empty() || !(blanks > 0 || behind.is_empty()) {
        return None;
    }
    let name = name
        .strip_prefix(b"'")
        .and_then(|n| n.strip_suffix(b"'"))
        .unwrap_or(name);
    Some((name, rest + 1 + blanks))
}

/// The text of a scalar without quotes and comma; `None` where structure opens or nothing stands.
fn scalar(text: &[u8], mut value: Range<usize>) -> Option<Range<usize>> {
    if text[value.clone()].ends_with(b",") {
        value.end -= 1;
    }
    let bytes = &text[value.clone()];
    match bytes {
        [b'"', .., b'"'] | [b'\'', .., b'\''] if bytes.len() > 2 => {
            Some(value.start + 1..value.end - 1)
        }
        [] | [b'{' | b'[' | b'"' | b'\'' | b'&' | b'*' | b'!', ..] => None,
        _ => Some(value),
    }
}

/// Values of `name = value` lines; the sections of an INI file are names above.
fn assigned<'t>(text: &'t [u8], data: Range<usize>, tell: Tell<'_, 't>) -> Option<()> {
    let mut section: &[u8] = b"";
    let mut start = data.start;
    while start < data.end {
        let end = memchr::memchr(b'\n', &text[start..data.end]).map_or(data.end, |at| start + at);
        let line = &text[start..end];
        let at = start;
        start = end + 1;
        let trimmed = line.trim_ascii();
        if let [b'[', name @ .., b']'] = trimmed {
            section = name;
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with(b"#") || trimmed.starts_with(b";") {
            continue;
        }
        let sign = memchr::memchr(b'=', line)?;
        let name = line[..sign].trim_ascii();
        if name.is_empty() || name.starts_with(b"sops_") {
            continue;
        }
        let value = &line[sign + 1..];
        let from = at + sign + 1 + (value.len() - value.trim_ascii_start().len());
        let to = from + value.trim_ascii().len();
        if let Some(value) = scalar(text, from..to) {
            let path = [section, name];
            let path = if section.is_empty() {
                &path[1..]
            } else {
                &path[..]
            };
            tell(path, value);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ENC[AES256_GCM,data:";

    /// The values in the clear in a text, as texts.
    fn clear(text: &str) -> Vec<String> {
        let anchor = ["sops_mac=ENC", "\"mac\": \"ENC", "mac: ENC", "mac = ENC"]
            .iter()
            .find_map(|anchor| text.find(anchor).map(|at| at..at + anchor.len()))
            .expect("the code");
        let mut found = Vec::new();
        in_the_clear(text.as_bytes(), &anchor, false, |value| {
            found.push(text[value].to_owned());
        });
        found
    }

    fn yaml(data: &str, settings: &str) -> String {
        format!(
            "{data}sops:\n    age:\n        - recipient: age1x\n          enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n    \
             lastmodified: \"2026-01-01T00:00:00Z\"\n    mac: {KEY}m,iv:i,tag:t,type:str]\n{settings}    version: 3.9.0\n"
        )
    }

    #[test]
    fn what_was_added_to_a_file_in_yaml_is_found() {
        let data = format!(
            "#{KEY}c,iv:i,tag:t,type:comment]\ndatabase:\n    user: {KEY}u,iv:i,tag:t,type:str]\n    password: orange-tractor\n\
             list:\n    - {KEY}l,iv:i,tag:t,type:str]\n    - green-wagon\n    - name: {KEY}l,iv:i,tag:t,type:str]\n      \
             value: blue-kettle\nnote_unencrypted: this is read by all\ntree_unencrypted:\n    below: this too\n\
             text: |\n    first line\n    second: line\non: true\ncount: 12\nempty: \"\"\nquoted: \"red, lamp\"\n"
        );
        assert_eq!(
            clear(&yaml(&data, "    unencrypted_suffix: _unencrypted\n")),
            [
                "orange-tractor",
                "green-wagon",
                "blue-kettle",
                "first line",
                "red, lamp"
            ]
        );
    }

    #[test]
    fn a_file_that_is_encrypted_has_none() {
        let data =
            format!("a: {KEY}u,iv:i,tag:t,type:str]\nb:\n    - c: {KEY}u,iv:i,tag:t,type:str]\n");
        assert_eq!(clear(&yaml(&data, "")), [""; 0]);
    }

    #[test]
    fn settings_say_what_is_left_as_it_is() {
        let data = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n    name: application\nstringData:\n    one: {KEY}u,iv:i,tag:t,type:str]\n    \
             two: purple-engine\n"
        );
        let found = |settings: &str| clear(&yaml(&data, settings));
        assert_eq!(
            found("    encrypted_regex: ^(data|stringData)$\n"),
            ["purple-engine"]
        );
        assert_eq!(
            found("    unencrypted_regex: ^(apiVersion|kind|metadata)$\n"),
            ["purple-engine"]
        );
        assert_eq!(found("    encrypted_suffix: Data\n"), ["purple-engine"]);
        assert_eq!(found("    encrypted_suffix: _secret\n"), [""; 0]);
        assert_eq!(found("    encrypted_comment_regex: sops\n"), [""; 0]);
        assert_eq!(found("    encrypted_regex: '('\n"), [""; 0]);
        assert_eq!(found("").len(), 3);
    }

    #[test]
    fn json_dotenv_and_ini() {
        let json = format!(
            "{{\n\t\"a\": \"{KEY}x,iv:i,tag:t,type:str]\",\n\t\"b\": {{\n\t\t\"c\": \"orange-tractor\",\n\t\t\"d\": [\n\t\t\t\
             \"green-wagon\"\n\t\t]\n\t}},\n\t\"e_unencrypted\": \"open-to-all\",\n\t\"sops\": {{\n\t\t\"mac\": \"{KEY}m,iv:i,tag:t,\
             type:str]\",\n\t\t\"unencrypted_suffix\": \"_unencrypted\",\n\t\t\"version\": \"3.9.0\"\n\t}}\n}}\n"
        );
        assert_eq!(clear(&json), ["orange-tractor", "green-wagon"]);
        let dotenv = format!(
            "A={KEY}x,iv:i,tag:t,type:str]\n#note\nB=orange-tractor\nC_unencrypted=open-to-all\nsops_mac={KEY}m,iv:i,tag:t,type:str]\n\
             sops_unencrypted_suffix=_unencrypted\nsops_version=3.9.0\n"
        );
        assert_eq!(clear(&dotenv), ["orange-tractor"]);
        let ini = format!(
            "[one]\na = {KEY}x,iv:i,tag:t,type:str]\nb = orange-tractor\n\n[two_unencrypted]\nc = open-to-all\n\n[sops]\n\
             mac = {KEY}m,iv:i,tag:t,type:str]\nunencrypted_suffix = _unencrypted\n"
        );
        assert_eq!(clear(&ini), ["orange-tractor"]);
    }

    #[test]
    fn a_page_that_shows_such_a_file_is_none() {
        let data = format!("a: {KEY}u,iv:i,tag:t,type:str]\nb: orange-tractor\n");
        let file = yaml(&data, "");
        assert_eq!(clear(&file), ["orange-tractor"]);
        assert_eq!(
            clear(&format!("How it looks:\n\nA file of ours.\n\n{file}")),
            [""; 0]
        );
        let indented = file.replace('\n', "\n    ");
        assert_eq!(clear(&format!("title: page\n    {indented}")), [""; 0]);
        // Nothing in it is encrypted.
        assert_eq!(clear(&yaml("b: orange-tractor\n", "")), [""; 0]);
    }

    #[test]
    fn without_the_block_nothing_is_said() {
        assert_eq!(
            clear(&format!("a: orange-tractor\nmac: {KEY}x]\n")),
            [""; 0]
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(data in "[ -~\n\t]{0,300}", settings in "[ -~\n]{0,80}") {
            for text in [yaml(&data, &settings), format!("{data}\nsops_mac=ENC{settings}"), format!("{data}\n[sops]\nmac = ENC{settings}")] {
                let _ = clear(&text);
            }
        }
    }
}
