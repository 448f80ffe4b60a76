//! Features of the name.

use super::{Feature, Features, is_listed};
use crate::detect::binding::{Binding, Kind};
use crate::detect::judge::words;

/// Words that turn the name of a credential into the name of something about it when they follow.
const ABOUT: &[&str] = &[
    "advice",
    "age",
    "alg",
    "algorithm",
    "arn",
    "attribute",
    "class",
    "column",
    "count",
    "date",
    "days",
    "description",
    "digest",
    "dir",
    "enabled",
    "encoding",
    "endpoint",
    "env",
    "error",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "fingerprint",
    "form",
    "format",
    "func",
    "function",
    "handler",
    "hash",
    "header",
    "help",
    "hint",
    "icon",
    "id",
    "identifier",
    "ids",
    "index",
    "info",
    "input",
    "issuer",
    "kind",
    "label",
    "len",
    "length",
    "link",
    "location",
    "manager",
    "max",
    "message",
    "method",
    "min",
    "mode",
    "msg",
    "name",
    "names",
    "page",
    "param",
    "parameter",
    "parser",
    "path",
    "pattern",
    "placeholder",
    "policy",
    "prefix",
    "prompt",
    "provider",
    "ref",
    "reference",
    "regex",
    "regexp",
    "request",
    "required",
    "reset",
    "response",
    "route",
    "rule",
    "rules",
    "scheme",
    "scope",
    "scopes",
    "service",
    "size",
    "source",
    "state",
    "status",
    "store",
    "strategy",
    "strength",
    "suffix",
    "table",
    "template",
    "text",
    "timeout",
    "title",
    "ttl",
    "type",
    "uri",
    "url",
    "validation",
    "validator",
    "variable",
    "version",
    "view",
    "words",
];
/// Words that do so when they stand before.
const OTHER: &[&str] = &[
    "advice",
    "authenticity",
    "bad",
    "btn",
    "button",
    "bypass",
    "caption",
    "csrf",
    "err",
    "error",
    "foreign",
    "has",
    "hint",
    "hot",
    "incorrect",
    "invalid",
    "is",
    "keyboard",
    "label",
    "lbl",
    "mandatory",
    "menu",
    "message",
    "missing",
    "monkey",
    "msg",
    "needs",
    "no",
    "notification",
    "partition",
    "placeholder",
    "prev",
    "primary",
    "shortcut",
    "section",
    "show",
    "sort",
    "status",
    "syntax",
    "title",
    "tooltip",
    "text",
    "toast",
    "txt",
    "unknown",
    "use",
    "wrong",
    "xsrf",
];
const SPOKEN: &[&str] = &[
    "change",
    "changed",
    "choose",
    "confirm",
    "confirmation",
    "create",
    "enter",
    "forgot",
    "forgotten",
    "hide",
    "new",
    "old",
    "repeat",
    "reset",
    "show",
    "toggle",
    "update",
    "weak",
    "your",
];
const TEST: &[&str] = &[
    "actual", "assert", "be", "dummy", "eq", "equal", "equals", "example", "expect", "expected",
    "fake", "mock", "sample", "should", "stub", "test", "to", "want",
];
const PUBLIC: &[&str] = &["pub", "public", "site", "sitekey", "publishable"];
const STORED: &[&str] = &[
    "bcrypt",
    "cipher",
    "crypted",
    "digest",
    "encrypted",
    "hash",
    "hashed",
    "md5",
    "salt",
    "scrypt",
    "sha",
    "signature",
];
const STRONG: &[&str] = &[
    "access",
    "aes",
    "api",
    "app",
    "auth",
    "client",
    "consumer",
    "cookie",
    "deploy",
    "encryption",
    "hmac",
    "jwt",
    "master",
    "private",
    "secret",
    "session",
    "shared",
    "signing",
    "storage",
    "webhook",
];
const USER: &[&str] = &[
    "admin", "client", "customer", "login", "owner", "root", "sa", "user",
];
const DATABASE: &[&str] = &[
    "database",
    "datasource",
    "db",
    "jdbc",
    "maria",
    "mongo",
    "mssql",
    "mysql",
    "oracle",
    "pg",
    "postgres",
    "rabbitmq",
    "redis",
    "sql",
];
const NEXT: &[&str] = &["continuation", "cursor", "lexer", "next", "page", "sync"];
/// The credential words themselves, for telling what stands behind them.
const CREDENTIAL: &[&str] = &[
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "keys",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
];

pub(super) fn fill(sheet: &mut Features, window: &[u8], binding: &Binding) {
    let name = &window[binding.name.clone()];
    let mut count = 0_usize;
    let mut credential = None;
    let mut about = 0_usize;
    let flags = [
        (Feature::SaysOther, OTHER),
        (Feature::SaysSpoken, SPOKEN),
        (Feature::SaysTest, TEST),
        (Feature::SaysPublic, PUBLIC),
        (Feature::SaysStored, STORED),
        (Feature::SaysStrong, STRONG),
        (Feature::SaysUser, USER),
        (Feature::SaysDatabase, DATABASE),
        (Feature::SaysNext, NEXT),
    ];
    for word in words::runs(name) {
        count += 1;
        let is_credential = is_listed(CREDENTIAL, word) || ends_in_credential(word);
        if is_credential {
            credential = Some(count);
        } else if credential.is_some() && is_listed(ABOUT, word) {
            about += 1;
        }
        for (feature, list) in flags {
            if is_listed(list, word) {
                sheet.flag(feature, true);
            }
        }
    }
    let folded = name.to_ascii_lowercase();
    let says = |text: &str| memchr::memmem::find(&folded, text.as_bytes()).is_some();
    sheet.set(
        Feature::Kind,
        match binding.kind {
            Kind::Password => 0_i16,
            Kind::Option => 1,
            Kind::Secret => 2,
            Kind::Token => 3,
            Kind::Key => 4,
        },
    );
    sheet.set(Feature::NameWords, count.min(12));
    sheet.set(Feature::NameLength, name.len().min(64));
    let behind = count - credential.unwrap_or(0);
    sheet.flag(Feature::CredentialLast, credential.is_some() && behind == 0);
    sheet.set(Feature::WordsAfter, behind.min(6));
    sheet.set(Feature::SaysAbout, about.min(3));
    sheet.flag(Feature::SaysPassword, says("passw") || says("passphrase"));
    sheet.flag(Feature::SaysSecret, says("secret"));
    sheet.flag(Feature::SaysToken, says("token"));
    sheet.flag(Feature::SaysKey, says("key"));
    sheet.flag(Feature::SaysPass, says("pass") || says("pwd"));
    sheet.flag(Feature::SaysApi, says("api"));
    sheet.flag(Feature::SaysAccess, says("access") || says("auth"));
    let upper = name.iter().any(u8::is_ascii_uppercase);
    let lower = name.iter().any(u8::is_ascii_lowercase);
    let joined = name.iter().any(|b| matches!(b, b'_' | b'-'));
    sheet.set(
        Feature::NameCase,
        match (upper, lower) {
            (true, false) => 3_i16,
            (true, true) => 2,
            _ => i16::from(joined),
        },
    );
    let dots = name.iter().filter(|b| **b == b'.').count();
    sheet.set(Feature::NameDotted, dots.min(4));
    sheet.flag(Feature::NameQuoted, binding.quoted_name);
}

/// `dbpassword`, `mytoken`: written as one word.
fn ends_in_credential(word: &[u8]) -> bool {
    ["password", "passwd", "passphrase", "secret", "token", "pwd"]
        .iter()
        .any(|end| {
            word.len() > end.len()
                && word[word.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
        })
}
