//! Tells passwords made of words from words for a password.
//!
//! In a command or a statement that sets a password, `correcthorse` is one and `new_password` only says what belongs
//! there. Who writes the latter speaks of passwords, people or examples, repeats the name of the account, or names
//! something in code.

use super::words;

/// The longest stretch before the value that a name is looked for in.
const NEAR: usize = 120;

/// Parts of what people write for a password that they do not tell, in lower case and in some of their languages.
const SPEAKING: &[&str] = &[
    "pass",
    "pwd",
    "passw",
    "secret",
    "token",
    "user",
    "login",
    "account",
    "admin",
    "test",
    "example",
    "sample",
    "demo",
    "dummy",
    "fake",
    "change",
    "your",
    "foobar",
    "default",
    "string",
    "value",
    "credential",
    "hash",
    "enter",
    "random",
    "abcd",
    "asdf",
    "qwer",
    "qaz",
    "zxcv",
    "hello",
    "kennwort",
    "geheim",
    "contras",
    "senha",
    "parol",
    "wachtwoord",
    "database",
    "server",
    "service",
    "client",
    "config",
    "param",
    "variable",
    "field",
    "column",
    "letmein",
    "welcome",
    "community",
    "oradoc",
    "something",
    "whatever",
    "anything",
    "generated",
];

/// Words that do so where they stand alone.
const SPEAKING_WORDS: &str = "\
    a an any auth bar baz bob alice foo for from here host in is it key me my name new no none null of old on or pw qux \
    root safe secure some string strong super that the this to unset var weak with yes word words text";

/// Programs, systems and one well-known account, whose name is the password before anybody sets one, and the passwords of
/// jokes that everybody tells.
const PROGRAMS: &str = "\
    ansible docker drupal gitlab grafana hunter jenkins keycloak mariadb mongo mongodb mysql nextcloud oracle postgres \
    postgresql rabbit rabbitmq raspberry redis replication sekrit sonar swordfish tiger tomcat ubuntu vagrant wordpress zabbix";

/// Whether a value that reads like words may well be a password: it stands behind `before`, where one is set or handed
/// over.
pub(super) fn may_be(value: &[u8], before: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    is_long_enough(value, letters)
        && value.iter().all(u8::is_ascii_graphic)
        && !is_composed(value)
        && !is_constant(value)
        && !speaks(value)
        && !repeats(value, before)
}

/// Shorter ones stand for nothing in tests and manuals far more often than they open anything.
fn is_long_enough(value: &[u8], letters: usize) -> bool {
    (letters >= 4 && value.len() >= 8) || (letters >= 5 && value.len() >= 6)
}

/// Whether code puts the value together when it runs, or it is a path or a call.
fn is_composed(value: &[u8]) -> bool {
    let joined = |pair: &[u8]| {
        matches!(pair[0], b'$' | b'%' | b'&') && (pair[1].is_ascii_lowercase() || pair[1] == b'_')
    };
    value.iter().any(|b| {
        matches!(
            b,
            b'(' | b'[' | b'{' | b'<' | b'>' | b'`' | b'/' | b'\\' | b'"' | b'\''
        )
    }) || value.windows(2).any(joined)
        || matches!(
            value.first(),
            Some(b'.' | b':' | b'+' | b'$' | b'-' | b'=' | b',' | b'@')
        )
        || matches!(value.last(), Some(b'+' | b'=' | b':' | b',' | b'-'))
        || is_name(value)
}

/// `config.db.name`, `Some::Thing`, `a=b`, `bidding_strategy`: words that only what joins names joins.
fn is_name(value: &[u8]) -> bool {
    let joint = |byte: &u8| matches!(byte, b'.' | b':' | b'=' | b'_');
    let plain = |byte: &u8| byte.is_ascii_alphabetic() || joint(byte);
    value.iter().any(joint) && value.iter().all(plain)
}

/// `DB_PW`: how usage texts and settings name what is to be given.
fn is_constant(value: &[u8]) -> bool {
    !value.iter().any(u8::is_ascii_lowercase)
}

/// Whether the words are about a password and not one.
fn speaks(value: &[u8]) -> bool {
    let plain = words::without_disguise(value).to_ascii_lowercase();
    let has = |text: &[u8]| {
        SPEAKING
            .iter()
            .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
    };
    has(&plain)
        || has(&value.to_ascii_lowercase())
        || words::is_listed(PROGRAMS, without_end(value))
        || words::runs(value).any(|word| words::is_listed(SPEAKING_WORDS, word))
}

/// Whether the value says again what stands before it, most often the name of the account; digits at its end count for
/// nothing.
fn repeats(value: &[u8], before: &[u8]) -> bool {
    let value = without_end(value);
    let line = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let near = &before[line.max(before.len().saturating_sub(NEAR))..];
    near.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')))
        .any(|name| without_end(name).eq_ignore_ascii_case(value))
}

/// The value up to its last letter.
fn without_end(value: &[u8]) -> &[u8] {
    let last = value.iter().rposition(u8::is_ascii_alphabetic);
    &value[..last.map_or(0, |at| at + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_a_password() {
        for value in [
            "hunter-moose42",
            "Sommer2024",
            "correcthorse",
            "purple.otter7",
            "tiger-otter",
            "Winter!2024",
            "Luna2019",
        ] {
            assert!(may_be(value.as_bytes(), b"user app "), "{value}");
        }
    }

    #[test]
    fn words_for_a_password_are_none() {
        for value in [
            "new_password",
            "MyStr0ngP@ssw0rd",
            "dbpass1",
            "DB_MAIN_PW",
            "my-db-pw",
            "config.db.main",
            "moose_horse",
            "moose",
            "abc1234",
            "foo",
            "test1234",
            ".$moose.",
            "moose$horse",
            "&moosehorse",
            "postgres",
            "Tiger123",
            "hunter2",
            "swordfish",
            "deine-moose/horse",
            "two words",
        ] {
            assert!(!may_be(value.as_bytes(), b"user app "), "{value}");
        }
    }

    #[test]
    fn an_account_is_not_its_own_password() {
        assert!(!may_be(b"moosehorse", b"create user moosehorse by '"));
        assert!(!may_be(b"Moosehorse1!", b"echo 'moosehorse7:"));
        assert!(may_be(b"moosehorse", b"moosehorse\ncreate user app by '"));
    }
}
