//! Globs over paths, and which rules without anchors apply at a path.
//!
//! Credential files are known by their name, so nearly every path is settled by one look-up of its name and one of its
//! ending. Nothing is compiled when Keyward starts. Must not read files.

use std::borrow::Cow;
use std::collections::HashMap;

use super::RuleIndex;

/// Whether `glob` covers `path`, whose parts are separated by `/`; the case of ASCII letters does not count.
///
/// `*` and `?` stand for characters of one name, `**` for any number of folders. A glob without a slash covers files
/// of that name in every folder.
pub fn covers(glob: &str, path: &[u8]) -> bool {
    let glob = glob.as_bytes();
    let last = name_of(glob);
    if last != b"**" {
        // The name decides nearly always.
        if !covers_name(last, name_of(path)) {
            return false;
        }
        let folders = &glob[..glob.len() - last.len()];
        if folders.is_empty() || folders == b"**/" {
            return true;
        }
    }
    let globs: Vec<&[u8]> = glob.split(|b| *b == b'/').collect();
    let names: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    matches(
        &globs,
        &names,
        |glob| *glob == b"**",
        |glob, name| covers_name(glob, name),
    )
}

fn covers_name(glob: &[u8], name: &[u8]) -> bool {
    matches(
        glob,
        name,
        |b| *b == b'*',
        |glob, byte| *glob == b'?' || glob.eq_ignore_ascii_case(byte),
    )
}

/// A sequence against a pattern in which `any` stands for any run. What a run takes is only ever extended, the last run
/// first, so the work is bounded by the product of the lengths.
fn matches<P, T>(
    pattern: &[P],
    text: &[T],
    any: impl Fn(&P) -> bool,
    same: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut run: Option<(usize, usize)> = None;
    while let Some(item) = text.get(at) {
        match (pattern.get(next), run) {
            (Some(expected), _) if any(expected) => {
                next += 1;
                run = Some((next, at));
            }
            (Some(expected), _) if same(expected, item) => {
                next += 1;
                at += 1;
            }
            (_, Some((after, taken))) => {
                next = after;
                at = taken + 1;
                run = Some((after, at));
            }
            _ => return false,
        }
    }
    pattern[next..].iter().all(any)
}

/// Whether a glob that names something covers a name.
fn covers_some(glob: &[u8], name: &[u8]) -> bool {
    glob.iter().any(|byte| !b"*?".contains(byte)) && covers_name(glob, name)
}

/// A folder that a glob asks for.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'t>(&'t [u8]);

impl Folder<'_> {
    /// Whether folders of that name are meant.
    pub fn is_called(self, name: &[u8]) -> bool {
        covers_name(self.0, name)
    }
}

/// A glob's folders, with their last slash, and its name.
fn split(glob: &str) -> (&[u8], &[u8]) {
    let glob = glob.as_bytes();
    glob.split_at(glob.len() - name_of(glob).len())
}

/// The folder that files must stand in, of the folders of a glob; none where any will do.
fn folder_of(folders: &[u8]) -> Option<&[u8]> {
    let folder = name_of(folders.strip_suffix(b"/")?);
    (folder != b"**").then_some(folder)
}

fn name_of(path: &[u8]) -> &[u8] {
    let start = memchr::memrchr(b'/', path).map_or(0, |at| at + 1);
    &path[start..]
}

/// What follows the last dot of a name.
fn ending_of(name: &[u8]) -> Option<&[u8]> {
    memchr::memrchr(b'.', name).map(|at| &name[at + 1..])
}

/// Rules by the globs they have.
#[derive(Debug, Default)]
pub struct PathTable {
    /// Globs whose last part is a name, by that.
    names: HashMap<Vec<u8>, Vec<Entry>>,
    /// Globs whose last part ends in `.ending`, by the ending.
    endings: HashMap<Vec<u8>, Vec<Entry>>,
    /// Of the others those whose last part starts with something, by its first byte.
    starts: HashMap<u8, Vec<Entry>>,
    /// The rest: tried at every path.
    others: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    rule: RuleIndex,
    glob: Box<str>,
}

impl PathTable {
    /// Adds one of a rule's globs.
    pub fn add(&mut self, rule: RuleIndex, glob: &str) {
        let name = name_of(glob.as_bytes()).to_ascii_lowercase();
        let is_plain = |text: &[u8]| !text.contains(&b'*') && !text.contains(&b'?');
        let entries = match (ending_of(&name), name.first()) {
            _ if is_plain(&name) => self.names.entry(name).or_default(),
            (Some(ending), _) if is_plain(ending) => {
                self.endings.entry(ending.to_vec()).or_default()
            }
            (_, Some(first)) if is_plain(&[*first]) => self.starts.entry(*first).or_default(),
            _ => &mut self.others,
        };
        entries.push(Entry {
            rule,
            glob: glob.into(),
        });
    }

    /// The rules that have a glob which covers `path`, each once, in their order.
    pub fn rules_at(&self, path: &[u8]) -> Vec<RuleIndex> {
        self.rules(path, |glob| covers(glob, path))
    }

    /// The rules that have a glob which covers a file of that name in some folder, each once, in their order. A glob for
    /// all files of a folder does not count: it would be every file.
    pub fn rules_of_name(&self, name: &[u8]) -> Vec<RuleIndex> {
        self.rules(name, |glob| covers_some(name_of(glob.as_bytes()), name))
    }

    /// As [`rules_of_name`](Self::rules_of_name), of the globs only that ask for no folder.
    pub fn rules_of_name_anywhere(&self, name: &[u8]) -> Vec<RuleIndex> {
        self.rules(name, |glob| {
            let (folders, glob) = split(glob);
            folder_of(folders).is_none() && covers_some(glob, name)
        })
    }

    /// The folders that globs ask for of files of that name, with the rules that do.
    pub fn folders_of_name(&self, name: &[u8]) -> Vec<(RuleIndex, Folder<'_>)> {
        let entries = self.entries(name).into_iter();
        entries
            .filter_map(|entry| {
                let (folders, glob) = split(&entry.glob);
                let folder = folder_of(folders).filter(|_| covers_some(glob, name))?;
                Some((entry.rule, Folder(folder)))
            })
            .collect()
    }

    /// The rules that have a glob for files right in a folder of that name, each once, in their order.
    pub fn rules_of_folder(&self, folder: &[u8]) -> Vec<RuleIndex> {
        let named = self.names.values().chain(self.endings.values());
        let entries = named.chain(self.starts.values()).flatten();
        let mut rules: Vec<RuleIndex> = entries
            .chain(&self.others)
            .filter(|entry| {
                folder_of(split(&entry.glob).0).is_some_and(|glob| covers_name(glob, folder))
            })
            .map(|entry| entry.rule)
            .collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    fn rules(&self, path: &[u8], covers: impl Fn(&str) -> bool) -> Vec<RuleIndex> {
        let entries = self.entries(name_of(path)).into_iter();
        let mut rules: Vec<RuleIndex> = entries
            .filter(|entry| covers(&entry.glob))
            .map(|entry| entry.rule)
            .collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// What may cover files of a name.
    fn entries(&self, name: &[u8]) -> Vec<&Entry> {
        let name: Cow<'_, [u8]> = if name.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        };
        let by_name = self.names.get(name.as_ref()).into_iter().flatten();
        let ending = ending_of(&name).and_then(|ending| self.endings.get(ending));
        let start = name.first().and_then(|first| self.starts.get(first));
        by_name
            .chain(ending.into_iter().flatten())
            .chain(start.into_iter().flatten())
            .chain(&self.others)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_cover_names_and_folders() {
        for (glob, path) in [
            (".netrc", "home/me/.netrc"),
            ("**/.netrc", ".netrc"),
            ("**/.NETRC", "a/.netrc"),
            ("**/.aws/credentials", "backup/me/.aws/credentials"),
            ("*.kdbx", "a/b/Passwords.KDBX"),
            ("etc/*/my.cnf", "etc/mysql/my.cnf"),
            ("**/keystore/UTC--*", "x/keystore/UTC--2024"),
            ("**/wallets/**", "a/wallets/b/c"),
            ("a?c", "abc"),
        ] {
            assert!(covers(glob, path.as_bytes()), "{glob} {path}");
        }
        for (glob, path) in [
            ("**/.netrc", "a/x.netrc"),
            ("**/.aws/credentials", "a/aws/credentials"),
            ("etc/*/my.cnf", "a/etc/mysql/my.cnf"),
            ("etc/*/my.cnf", "etc/a/b/my.cnf"),
            ("a?c", "ac"),
            ("*.kdbx", "kdbx"),
            ("**/.netrc", ""),
        ] {
            assert!(!covers(glob, path.as_bytes()), "{glob} {path}");
        }
    }

    #[test]
    fn the_table_agrees_with_the_globs() {
        let globs = [
            "**/.netrc",
            "*.kdbx",
            "**/config/*.key",
            "UTC--*",
            "*.tfvars.json",
            "redis*.conf",
            "a*.b?c",
            "*pass*",
        ];
        let mut table = PathTable::default();
        for (index, glob) in globs.iter().enumerate() {
            table.add(RuleIndex::from_raw(index as u16), glob);
        }
        for path in [
            ".netrc",
            "a/.Netrc",
            "x.kdbx",
            "config/master.KEY",
            "config/a/b.key",
            "keystore/UTC--1",
            "prod.tfvars.json",
            "etc/Redis-6.CONF",
            "a.b.bxc",
            "x/.htpasswd",
            "src/main.rs",
            "",
            "a/",
        ] {
            let expected: Vec<usize> = (0..globs.len())
                .filter(|index| covers(globs[*index], path.as_bytes()))
                .collect();
            let found: Vec<usize> = table
                .rules_at(path.as_bytes())
                .into_iter()
                .map(RuleIndex::get)
                .collect();
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn names_and_folders_are_asked_for_apart() {
        let mut table = PathTable::default();
        let globs = [
            "**/.netrc",
            "*.kdbx",
            "**/vpn/*.conf",
            "etc/my*/*.conf",
            "**/wallets/*",
            "top/**/deep.conf",
        ];
        for (index, glob) in globs.iter().enumerate() {
            table.add(RuleIndex::from_raw(index as u16), glob);
        }
        let numbers = |rules: Vec<RuleIndex>| -> Vec<usize> {
            rules.into_iter().map(RuleIndex::get).collect()
        };
        let of_name = |name: &str| numbers(table.rules_of_name(name.as_bytes()));
        let anywhere = |name: &str| numbers(table.rules_of_name_anywhere(name.as_bytes()));
        let of_folder = |name: &str| numbers(table.rules_of_folder(name.as_bytes()));
        assert_eq!((of_name(".NETRC"), anywhere(".netrc")), (vec![0], vec![0]));
        assert_eq!((of_name("a.kdbx"), anywhere("a.KDBX")), (vec![1], vec![1]));
        assert_eq!(
            (of_name("a.conf"), anywhere("a.conf")),
            (vec![2, 3], vec![])
        );
        assert_eq!(
            (of_name("deep.conf"), anywhere("deep.conf")),
            (vec![2, 3, 5], vec![5])
        );
        assert_eq!((of_folder("VPN"), of_folder("mysql")), (vec![2], vec![3]));
        let there = |name: &str, folder: &str| {
            let folders = table.folders_of_name(name.as_bytes()).into_iter();
            numbers(
                folders
                    .filter(|(_, asked)| asked.is_called(folder.as_bytes()))
                    .map(|(rule, _)| rule)
                    .collect(),
            )
        };
        assert_eq!(there("a.conf", "VPN"), vec![2]);
        assert_eq!(there("a.conf", "wallets"), Vec::<usize>::new());
        assert_eq!(there("deep.conf", "mysql"), vec![3]);
        assert_eq!((of_folder("wallets"), of_folder("top")), (vec![4], vec![]));
    }

    /// In a history a blob's name is known before its folders, but for the last: `**/app/**/*.conf` would have every
    /// `.conf` file read.
    #[test]
    fn no_built_in_rule_has_all_files_of_an_ending_read_for_a_folder_further_up() {
        for (_, rule) in super::super::RuleSet::built_in().iter() {
            if !rule.is_file_rule() {
                continue;
            }
            for glob in rule.paths.iter() {
                let (folders, name) = split(glob);
                let all = name.starts_with(b"*.");
                let named = folders.iter().any(|b| !b"*/".contains(b));
                let last = folder_of(folders).unwrap_or_default();
                let told = last.iter().any(|b| !b"*".contains(b));
                assert!(!all || !named || told, "{}: {glob}", rule.id);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_panics(glob in "[a*?/.]{0,12}", path: Vec<u8>) {
            let _ = covers(&glob, &path);
            let mut table = PathTable::default();
            table.add(RuleIndex::from_raw(0), &glob);
            let _ = table.rules_at(&path);
            let _ = table.rules_of_folder(&path);
            let of_name = table.rules_of_name(&path);
            let anywhere = table.rules_of_name_anywhere(&path);
            let folders = table.folders_of_name(&path);
            proptest::prop_assert!(folders.iter().all(|(rule, _)| of_name.contains(rule)));
            let known = |rule| anywhere.contains(rule) || folders.iter().any(|(own, _)| own == rule);
            proptest::prop_assert!(of_name.iter().all(known));
        }
    }
}
