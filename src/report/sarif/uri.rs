//! Addresses in a SARIF log: percent-encoded, and never with credentials or a user in them.

use std::fmt::Write as _;

use crate::finding::BlobPath;

/// An absolute path as a `file:` address.
pub(super) fn file(path: &BlobPath) -> String {
    match path.as_bytes() {
        [b'/', b'/', b'?', b'/', rest @ ..] => file(&BlobPath::from_bytes(rest)),
        [b'/', ..] => format!("file://{}", path.to_uri()),
        [drive, b':', rest @ ..] if drive.is_ascii_alphabetic() => {
            let rest = BlobPath::from_bytes(rest).to_uri();
            format!(
                "file:///{}:/{}",
                char::from(*drive),
                rest.trim_start_matches('/')
            )
        }
        _ => format!("file:///{}", path.to_uri()),
    }
}

/// Whether a path is absolute, whatever the system it comes from.
pub(super) fn is_absolute(path: &BlobPath) -> bool {
    matches!(path.as_bytes(), [b'/', ..] | [b'A'..=b'Z' | b'a'..=b'z', b':', b'/', ..])
}

/// A git remote as an address: `host:path` becomes `ssh://host/path`, a folder a `file:` address. `None` where it
/// cannot be told.
pub(super) fn remote(remote: &str) -> Option<String> {
    let path = BlobPath::from_bytes(remote);
    if is_absolute(&path) {
        return Some(file(&path));
    }
    if let Some((scheme, rest)) = remote.split_once("://") {
        let named = !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = host(authority);
        let whole = named && (!host.is_empty() || scheme == "file");
        return whole.then(|| format!("{scheme}://{}{}", encode(host), encode(path)));
    }
    let (authority, path) = remote.split_once(':')?;
    let host = host(authority);
    let whole = !host.is_empty() && !host.contains('/') && !path.is_empty();
    whole.then(|| {
        format!(
            "ssh://{}/{}",
            encode(host),
            encode(path.trim_start_matches('/'))
        )
    })
}

/// Without the user, and a password if it were there against all care.
fn host(authority: &str) -> &str {
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// Encodes what no address may hold and leaves what is encoded already.
fn encode(text: &str) -> String {
    let mut uri = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_lose_their_user() {
        let cases = [
            (
                "https://example.com/a/b.git",
                Some("https://example.com/a/b.git"),
            ),
            (
                "https://user:word@example.com/a b",
                Some("https://example.com/a%20b"),
            ),
            (
                "https://example.com/@scope/b",
                Some("https://example.com/@scope/b"),
            ),
            ("git@example.com:a/b.git", Some("ssh://example.com/a/b.git")),
            (
                "ssh://git@example.com:2222/a",
                Some("ssh://example.com:2222/a"),
            ),
            ("/srv/git/a b.git", Some("file:///srv/git/a%20b.git")),
            ("file:///srv/a", Some("file:///srv/a")),
            ("../a", None),
            ("", None),
        ];
        for (given, expected) in cases {
            assert_eq!(remote(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn folders_of_every_system() {
        let of = |path: &str| file(&BlobPath::from_bytes(path));
        assert_eq!(of("/a/ü b"), "file:///a/%C3%BC%20b");
        assert_eq!(of("C:/a b"), "file:///C:/a%20b");
        assert_eq!(of("//?/C:/a"), "file:///C:/a");
    }
}
