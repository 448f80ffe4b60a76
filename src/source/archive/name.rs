//! Paths of what is inside of archives: `dist/app.jar!/config/prod.yml`, as `jar:` addresses have it.
//!
//! Names come from the archive and only name: nothing is ever written under them. What they hold is made harmless
//! here, so that a report's path never climbs out of its archive.

use crate::finding::BlobPath;

/// Between an archive and what is in it.
const INSIDE: &[u8] = b"!/";

/// Endings of compressed files and what the file inside is called instead.
const ENDINGS: &[(&str, &str)] = &[
    (".gz", ""),
    (".gzip", ""),
    (".bz2", ""),
    (".xz", ""),
    (".zst", ""),
    (".zstd", ""),
    (".tgz", ".tar"),
    (".tbz", ".tar"),
    (".tbz2", ".tar"),
    (".txz", ".tar"),
    (".tzst", ".tar"),
    (".svgz", ".svg"),
];

/// The path of the entry called `name` in `archive`.
pub(super) fn entry(archive: &BlobPath, name: &[u8]) -> BlobPath {
    let mut path = [archive.as_bytes(), INSIDE].concat();
    let start = path.len();
    // Some tools of Windows write its own separator, against the standard.
    let foreign = memchr::memchr(b'/', name).is_none();
    let components = name.split(|&byte| byte == b'/' || (foreign && byte == b'\\'));
    for component in components.filter(|c| !c.is_empty() && *c != b".") {
        if path.len() > start {
            path.push(b'/');
        }
        match component {
            b".." => path.extend_from_slice(b"%2E%2E"),
            _ => path.extend_from_slice(component),
        }
    }
    if path.len() == start {
        path.extend_from_slice(b"unnamed");
    }
    BlobPath::from_bytes(path)
}

/// The path of the one file in a compressed `file`: its name without the ending.
pub(super) fn content(file: &BlobPath) -> BlobPath {
    let bytes = file.as_bytes();
    let name = bytes.rsplit(|&byte| byte == b'/').next().unwrap_or(bytes);
    let stem = ENDINGS.iter().find_map(|(ending, instead)| {
        let cut = name
            .len()
            .checked_sub(ending.len())
            .filter(|&cut| cut > 0)?;
        let (stem, end) = name.split_at(cut);
        end.eq_ignore_ascii_case(ending.as_bytes())
            .then(|| [stem, instead.as_bytes()].concat())
    });
    entry(file, &stem.unwrap_or_else(|| name.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry_of(name: &str) -> String {
        entry(&BlobPath::from_bytes("a/b.zip"), name.as_bytes()).to_string()
    }

    #[test]
    fn names_stay_inside_of_their_archive() {
        for (name, expected) in [
            ("config/prod.yml", "a/b.zip!/config/prod.yml"),
            ("/etc/passwd", "a/b.zip!/etc/passwd"),
            ("../../etc/passwd", "a/b.zip!/%2E%2E/%2E%2E/etc/passwd"),
            ("./a//b/./c/", "a/b.zip!/a/b/c"),
            ("dir\\file.txt", "a/b.zip!/dir/file.txt"),
            ("dir/odd\\name", "a/b.zip!/dir/odd\\name"),
            ("...", "a/b.zip!/..."),
            ("", "a/b.zip!/unnamed"),
            ("//", "a/b.zip!/unnamed"),
        ] {
            assert_eq!(entry_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_compressed_file_holds_one_file() {
        for (file, expected) in [
            ("d/dump.sql.gz", "d/dump.sql.gz!/dump.sql"),
            ("dump.SQL.BZ2", "dump.SQL.BZ2!/dump.SQL"),
            ("app.tgz", "app.tgz!/app.tar"),
            ("odd", "odd!/odd"),
            ("d/.gz", "d/.gz!/.gz"),
            ("<stdin>", "<stdin>!/<stdin>"),
            ("a.zip!/b.log.zst", "a.zip!/b.log.zst!/b.log"),
        ] {
            assert_eq!(content(&BlobPath::from_bytes(file)).to_string(), expected);
        }
    }
}
