//! The ignore file, `.keywardignore`: secrets that were looked at and may stay, with the reason.
//!
//! ```text
//! # FINGERPRINT [owner=…] [expires=YYYY-MM-DD] -- reason
//! kw1:0123456789abcdef0123456789abcdef owner=payments expires=2027-01-31 -- sandbox key, no funds behind it
//! ```
//!
//! Entries name secrets by their keyed hash: no values, paths or line numbers, so that they survive moves and give
//! nothing away.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::date::Date;
use super::fingerprint::SCHEME;
use crate::diagnostic::{Diagnostic, InvalidFile, read};
use crate::finding::{BlobPath, Finding};
use crate::text::sanitize;

/// The file's name, at the root of a repository or scanned folder.
pub const FILE_NAME: &str = ".keywardignore";
/// Larger files are refused.
const SIZE_LIMIT: u64 = 8 << 20;
/// Faults that are told at once.
const FAULTS: usize = 20;
/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;

/// A file that was read.
#[derive(Debug)]
pub struct IgnoreFile {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// Line in the file, from 1.
    pub line: u64,
    /// Names the secret.
    pub fingerprint: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// Why the secret may stay.
    pub reason: String,
    used: AtomicBool,
}

impl Entry {
    /// Whether its last day is over.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether its secret was found.
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn mark_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }
}

impl IgnoreFile {
    /// Reads the file of a repository or scanned folder; `None` if it has none.
    pub fn discover(root: &Path) -> Result<Option<Self>, InvalidFile> {
        let path = root.join(FILE_NAME);
        // A link that leads nowhere counts as there: reading it then says what is wrong.
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        read::refuse_outside(root, &path)?;
        Self::load(&path).map(Some)
    }

    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, InvalidFile> {
        Self::parse(&read::text(path, SIZE_LIMIT)?, path)
    }

    /// Reads the text of a file; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, InvalidFile> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let mut diagnostics = Vec::new();
        let mut offset = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            if diagnostics.len() == FAULTS {
                break;
            }
            let start = offset;
            offset += line.len();
            let mut fault = |fault: Fault| {
                let span = start + fault.span.start..start + fault.span.end;
                diagnostics
                    .push(Diagnostic::at(path, text, span, fault.message).with_help(fault.help));
            };
            match entry(line, number) {
                Ok(None) => {}
                Err(found) => fault(found),
                Ok(Some(entry)) => {
                    if let Some(first) = entries.get(&entry.fingerprint) {
                        let help = format!(
                            "line {} names the same secret: keep one of them",
                            first.line
                        );
                        fault(Fault::at(line, &entry.fingerprint, "duplicate entry", help));
                    } else {
                        entries.insert(entry.fingerprint.clone(), entry);
                    }
                }
            }
        }
        if diagnostics.is_empty() {
            Ok(Self {
                path: path.to_owned(),
                entries,
            })
        } else {
            Err(InvalidFile { diagnostics })
        }
    }

    /// The entry for a secret.
    pub fn entry(&self, fingerprint: &str) -> Option<&Entry> {
        self.entries.get(fingerprint)
    }

    /// All entries, by line.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_by_key(|entry| entry.line);
        entries
    }

    /// Entries whose secret was not found, by line.
    pub fn unused(&self) -> impl Iterator<Item = &Entry> {
        self.entries().into_iter().filter(|entry| !entry.is_used())
    }

    /// Entries that no longer count on that day, by line.
    pub fn expired(&self, today: Date) -> impl Iterator<Item = &Entry> {
        self.entries()
            .into_iter()
            .filter(move |entry| entry.is_expired(today))
    }

    /// The file's path, safe to show.
    pub fn shown_path(&self) -> BlobPath {
        BlobPath::from_path(&self.path)
    }
}

/// Something wrong with a line; `span` counts from its start.
struct Fault {
    span: Range<usize>,
    message: String,
    help: String,
}

impl Fault {
    fn at(line: &str, part: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            span: span_of(line, part),
            message: message.into(),
            help: help.into(),
        }
    }
}

/// Where the first occurrence of a part of a line stands.
fn span_of(line: &str, part: &str) -> Range<usize> {
    let start = line.find(part).unwrap_or(0);
    start..start + part.len()
}

/// Reads one line; `None` for comments and blank lines.
fn entry(line: &str, number: u64) -> Result<Option<Entry>, Fault> {
    let content = line.trim_start_matches('\u{feff}').trim();
    if content.is_empty() || content.starts_with('#') {
        return Ok(None);
    }
    let (head, reason) = match content.strip_suffix(" --") {
        Some(head) => (head, ""),
        None => content.split_once(" -- ").unwrap_or((content, "")),
    };
    let mut words = head.split_whitespace();
    let fingerprint = words.next().unwrap_or_default();
    check_fingerprint(line, fingerprint)?;
    let mut owner = None;
    let mut expires = None;
    for word in words {
        match word.split_once('=') {
            Some(("owner", name)) if owner.is_none() && !name.is_empty() => {
                owner = Some(name.to_owned());
            }
            Some(("expires", day)) if expires.is_none() => {
                let day = day.parse::<Date>().map_err(|error| {
                    Fault::at(
                        line,
                        word,
                        format!("`{day}` is {error}"),
                        "for example: expires=2027-01-31",
                    )
                })?;
                expires = Some(day);
            }
            Some(("owner" | "expires", _)) => {
                return Err(Fault::at(
                    line,
                    word,
                    "given twice or empty",
                    "give each of owner and expires once",
                ));
            }
            _ => {
                let help = "after the fingerprint may stand owner=NAME and expires=YYYY-MM-DD, then ` -- ` and the reason";
                return Err(Fault::at(line, word, format!("unexpected `{word}`"), help));
            }
        }
    }
    let reason = sanitize(reason.trim().as_bytes());
    if reason.is_empty() {
        let help = "say why the secret may stay: add ` -- ` and the reason";
        return Err(Fault::at(line, content, "the entry gives no reason", help));
    }
    Ok(Some(Entry {
        line: number,
        fingerprint: fingerprint.to_owned(),
        owner,
        expires,
        reason,
        used: AtomicBool::new(false),
    }))
}

fn check_fingerprint(line: &str, fingerprint: &str) -> Result<(), Fault> {
    let form = format!(
        "a fingerprint is `{SCHEME}:` and {DIGITS} hexadecimal digits in lower case, as reports show it"
    );
    let Some((scheme, digits)) = fingerprint.split_once(':') else {
        return Err(Fault::at(line, fingerprint, "not a fingerprint", form));
    };
    if scheme != SCHEME {
        let message = format!("unknown fingerprint scheme `{scheme}`");
        let help = format!("this version of Keyward knows `{SCHEME}` only");
        return Err(Fault::at(line, scheme, message, help));
    }
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digits.len() != DIGITS || !digits.bytes().all(is_digit) {
        return Err(Fault::at(line, fingerprint, "not a fingerprint", form));
    }
    Ok(())
}

/// Why an entry cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Entries without a reason are refused when the file is read.
    #[error("an ignored secret needs a reason")]
    NoReason,
    /// Owners are one word.
    #[error("the owner `{0}` is not one word")]
    Owner(String),
}

/// The line that makes the ignore file cover a finding, without a line break.
pub fn entry_line(
    finding: &Finding,
    owner: Option<&str>,
    expires: Option<Date>,
    reason: &str,
) -> Result<String, EntryError> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        return Err(EntryError::NoReason);
    }
    let mut line = finding.fingerprint.clone();
    if let Some(owner) = owner {
        if owner.is_empty() || owner.contains(char::is_whitespace) {
            return Err(EntryError::Owner(owner.to_owned()));
        }
        line.push_str(" owner=");
        line.push_str(owner);
    }
    if let Some(day) = expires {
        line.push_str(" expires=");
        line.push_str(&day.to_string());
    }
    line.push_str(" -- ");
    line.push_str(&sanitize(reason.as_bytes()));
    Ok(line)
}

/// The text of an ignore file with one more entry, before the first entry that sorts behind it, so that people who add
/// entries at the same time rarely touch the same lines.
pub fn with_entry(text: &str, line: &str) -> String {
    let mut result = String::with_capacity(text.len() + line.len() + 1);
    let mut pending = Some(line);
    for existing in text.lines() {
        if let Some(new) = pending.take_if(|new| existing.starts_with(SCHEME) && existing > *new) {
            result.push_str(new);
            result.push('\n');
        }
        result.push_str(existing);
        result.push('\n');
    }
    if let Some(new) = pending {
        result.push_str(new);
        result.push('\n');
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Secret;
    use crate::rule::{Confidence, RuleSet, Severity};

    const FIRST: &str = "kw1:00000000000000000000000000000001";
    const SECOND: &str = "kw1:00000000000000000000000000000002";

    fn parse(text: &str) -> Result<IgnoreFile, InvalidFile> {
        IgnoreFile::parse(text, Path::new(".keywardignore"))
    }

    fn refused(text: &str) -> String {
        parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn entries_comments_and_blank_lines() {
        let text = format!(
            "\u{feff}# why\r\n\r\n{FIRST} owner=payments expires=2027-01-31 -- no funds -- sandbox\r\n{SECOND} -- x"
        );
        let file = parse(&text).expect("valid");
        let entry = file.entry(FIRST).expect("entry");
        assert_eq!(entry.line, 3);
        assert_eq!(entry.owner.as_deref(), Some("payments"));
        assert_eq!(entry.reason, "no funds -- sandbox");
        let day = |text: &str| text.parse::<Date>().expect("day");
        assert!(!entry.is_expired(day("2027-01-31")));
        assert!(entry.is_expired(day("2027-02-01")));
        assert_eq!(file.expired(day("2027-02-01")).count(), 1);
        assert_eq!(file.unused().map(|e| e.line).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn an_unknown_scheme_is_an_error_with_its_line() {
        assert_eq!(
            refused("# one\nkw9:00 -- x\n"),
            "error: unknown fingerprint scheme `kw9`
 --> .keywardignore:2:1
  |
2 | kw9:00 -- x
  | ^^^
  = help: this version of Keyward knows `kw1` only"
        );
    }

    #[test]
    fn a_missing_reason_is_an_error() {
        let expected = format!(
            "error: the entry gives no reason
 --> .keywardignore:1:1
  |
1 | {FIRST}
  | {}
  = help: say why the secret may stay: add ` -- ` and the reason",
            "^".repeat(FIRST.len())
        );
        assert_eq!(refused(&format!("{FIRST}\n")), expected);
        assert!(refused(&format!("{FIRST} --\n")).contains("gives no reason"));
        assert!(refused(&format!("{FIRST} --  \n")).contains("gives no reason"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let text = format!(
            "{FIRST} -- x\n{FIRST} -- y\nvalue\nkw1:12 -- x\n{SECOND} expires=soon -- x\n{SECOND} until=soon -- x\n"
        );
        let shown = refused(&text);
        for expected in [
            "error: duplicate entry\n --> .keywardignore:2:1",
            "line 1 names the same secret",
            "error: not a fingerprint\n --> .keywardignore:3:1",
            "error: not a fingerprint\n --> .keywardignore:4:1",
            "error: `soon` is not a day of the form YYYY-MM-DD\n --> .keywardignore:5:38",
            "error: unexpected `until=soon`\n --> .keywardignore:6:38",
        ] {
            assert!(shown.contains(expected), "{expected}\nin\n{shown}");
        }
    }

    #[test]
    fn a_rendered_entry_is_read_back() {
        let finding = Finding {
            rule: RuleSet::built_in().iter().next().expect("a rule").0,
            severity: Severity::High,
            expired: false,
            confidence: Confidence::High,
            secret: Secret::new(*b"value"),
            fingerprint: FIRST.to_owned(),
            evidence: Vec::new(),
            facts: Vec::new(),
            role: crate::finding::Role::Credential,
            parts: Vec::new(),
            locations: Vec::new(),
            exposure: None,
        };
        let day = "2027-01-31".parse().ok();
        let line = entry_line(&finding, Some("payments"), day, "no\n funds").expect("line");
        assert_eq!(
            line,
            format!("{FIRST} owner=payments expires=2027-01-31 -- no funds")
        );
        let file = parse(&line).expect("valid");
        assert_eq!(
            file.entry(FIRST).map(|e| e.reason.as_str()),
            Some("no funds")
        );
        assert_eq!(
            entry_line(&finding, None, None, " "),
            Err(EntryError::NoReason)
        );
        assert_eq!(
            entry_line(&finding, Some("a b"), None, "x"),
            Err(EntryError::Owner("a b".to_owned()))
        );
    }

    #[test]
    fn entries_are_added_in_order() {
        let new = format!("{FIRST} -- new");
        assert_eq!(with_entry("", &new), format!("{new}\n"));
        assert_eq!(
            with_entry(&format!("# top\n{SECOND} -- old"), &new),
            format!("# top\n{new}\n{SECOND} -- old\n")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = parse(&text);
            let _ = parse(&format!("{FIRST} {text}"));
        }
    }
}
