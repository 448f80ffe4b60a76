//! What a name says of the value under it: a credential, something about one, or something else.
//!
//! Names are read word by word (`ACME_API_KEY`, `acmeApiKey`, `the acme key is`). Must not look at values.

use std::ops::Range;

use crate::detect::judge::words;
use crate::rule::Text;

/// Words for a credential.
const STRONG: &str = "\
    apikey apikeys apitoken auth authkey authorization authtoken bearer credential credentials dsn jwt key keys licence \
    license pass passcode passphrase passwd password passwords pat pwd secret secrets token tokens";

/// Ends of joined words for a credential, when what stands before is common: `appkey`, `clientsecret`.
const ENDS: &[&str] = &[
    "auth",
    "credential",
    "credentials",
    "key",
    "keys",
    "passwd",
    "password",
    "secret",
    "secrets",
    "token",
    "tokens",
];

/// Words that go with a credential and may stand for it where the provider's name is part of the same name.
const WEAK: &str = "access api client login";

/// Words that turn the name of a credential into the name of something else when they follow it.
const ABOUT: &str = "\
    account algorithm at bucket cert certificate channel checksum class collection commit content count created crc \
    customer database date deployment description device digest domain email encoding endpoint error etag event expiration \
    expires expiry file filename fingerprint folder form format guid hash header host hostname id identifier ids image \
    index instance integrity issuer item job label length level limit list mail manager md message method mode model \
    name node nonce order org organisation organization page parameter path pattern policy prefix product \
    project provider ref region release request resource response rev revision role salt schema scope scopes sha \
    sig signature size source state status sum table tag task team template tenant thumbprint time timestamp title ttl \
    type uid updated uri url user username uuid ver version workspace zone";

/// Words that do so wherever they stand.
const SPOILED: &str = "\
    authenticity cache checksum commit continuation correlation csrf dedupe digest etag fingerprint foreign hash \
    idempotency index integrity lookup nonce object partition primary pub public publishable pubkey revision row salt \
    sha sort span trace translation unique xsrf";

/// Words that say nothing of whose the value is.
const COMMON: &str = "\
    a account admin an and android app application apps are as assert attr authenticate backend base basic be below bot build cfg char \
    class client cloud code com config configuration connection console const consumer core conf current custom data db \
    def default demo deploy dev developer development devel echo eg else enc encryption end env environ environment example \
    export final first flask for from frontend full func function general get getenv global go has header headers here \
    http https if in init inline input install integration internal io is it js json kwargs legacy let live local main \
    manage master member mock module more mut my name new next no node non not now of old on opt option options or org os our \
    own owner page param params partner personal php please plain plugin pre pref preview private process prod production \
    project props protected proxy public py python query r read readonly real refresh remote req request rest root runtime \
    sample sandbox sdk second secure self send server service session set setting settings setup shared should signing site \
    so staging static str string subscription super sys system team temp tenant test testing text that the their then this to tmp \
    ts type txt un unit url us use used user using val value values var variable vars via was web webhook will with work \
    worker workspace write www x xml yaml yml you your";

/// Words of calls that take a credential: `new Acme("…")`, `acme.init("…")`.
const CALLS: &str = "\
    api auth authenticate bearer build builder client config configure connect connection create default from get getenv init \
    initialise initialize instance login make new sdk service session set setup start use with wrapper";

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// They are independent of one another.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Opinion {
    /// A word for a credential, with nothing behind it that makes it something else.
    pub(super) credential: bool,
    /// A word that goes with a credential: `api`, `client`.
    pub(super) weak: bool,
    /// It names something else about or beside a credential: an id, a hash, a URL.
    pub(super) refused: bool,
    /// It has words of its own, so the value may be another provider's.
    pub(super) foreign: bool,
    /// Such words follow the credential's.
    pub(super) led_away: bool,
    /// All its words are those of a call that takes a credential.
    pub(super) call: bool,
}

impl Opinion {
    /// Says nothing: `value`, `default`, or no name at all.
    pub(super) fn says_nothing(self) -> bool {
        !self.credential && !self.weak && !self.refused && !self.foreign
    }
}

/// The words for a credential: a rule's own, or the usual ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vocabulary<'r>(pub(super) &'r [Text]);

impl Vocabulary<'_> {
    /// Reads a name. `own` is where the provider's name stands in it.
    pub(super) fn read(self, name: &[u8], own: Option<Range<usize>>) -> Opinion {
        let own = own.unwrap_or(name.len()..name.len());
        let mut reading = Reading::default();
        for word in words::runs(&name[..own.start]) {
            self.take(&mut reading, word);
        }
        for word in words::runs(&name[own.clone()]) {
            // The anchor may hold the credential's name: `box_token`, `hcp_client_secret`.
            if self.names(&word.to_ascii_lowercase(), true) {
                reading.credential();
            }
        }
        for word in words::runs(&name[own.end..]) {
            self.take(&mut reading, word);
        }
        Opinion {
            credential: reading.credential && !reading.about && !reading.spoiled,
            weak: reading.weak,
            refused: reading.about || reading.spoiled,
            foreign: reading.foreign,
            led_away: reading.led_away,
            call: !reading.no_call,
        }
    }

    fn take(self, reading: &mut Reading, word: &[u8]) {
        let word = word.to_ascii_lowercase();
        // Builds put into a browser what is named so: `NEXT_PUBLIC_ACME_KEY`.
        let public = word == b"public" && reading.bundled;
        // Where a list goes on: `nextPageToken`.
        reading.spoiled |= reading.bundled && has("cursor page token", &word);
        reading.bundled = has("expo gatsby next nuxt", &word);
        if self.names(&word, false) {
            reading.credential();
            return;
        }
        reading.no_call |= word.len() > 2 && !has(CALLS, &word);
        let common = word.len() < 3 || has(COMMON, &word) || public;
        if has(SPOILED, &word) && !public {
            reading.spoiled = true;
        } else if has(WEAK, &word) {
            reading.weak = true;
        } else if has(ABOUT, &word) && (reading.credential || reading.weak) {
            reading.about = true;
        } else if !common {
            reading.foreign = true;
            reading.led_away |= reading.credential;
        }
    }

    /// Whether the word, in small letters, stands for a credential. `any`: whatever it is joined to.
    fn names(self, word: &[u8], any: bool) -> bool {
        let joined = |end: &str| {
            word.strip_suffix(end.as_bytes())
                .is_some_and(|head| any || head.is_empty() || has(COMMON, head) || has(WEAK, head))
        };
        if self.0.is_empty() {
            has(STRONG, word) || ENDS.iter().any(|end| joined(end))
        } else {
            self.0.iter().any(|end| joined(end))
        }
    }
}

/// What was read so far.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Reading {
    credential: bool,
    weak: bool,
    about: bool,
    spoiled: bool,
    foreign: bool,
    led_away: bool,
    no_call: bool,
    bundled: bool,
}

impl Reading {
    /// The last word decides what the name is for: an `account_key` is a key, a `key_account` an account.
    fn credential(&mut self) {
        self.credential = true;
        self.about = false;
        self.led_away = false;
    }
}

fn has(list: &str, word: &[u8]) -> bool {
    list.split_ascii_whitespace()
        .any(|listed| listed.as_bytes() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Opinion {
        let at = name.to_ascii_lowercase().find("acme");
        Vocabulary(&[]).read(name.as_bytes(), at.map(|at| at..at + 4))
    }

    #[test]
    fn names_of_credentials() {
        for name in [
            "ACME_API_KEY",
            "acmeApiKey",
            "acme-token",
            "acmeapikey",
            "AcmeClientSecret",
            "x-acme-authorization",
            "acme_account_key",
            "user_auth_token",
            "const API_KEY",
            "api_key: str",
            "NEXT_PUBLIC_ACME_KEY",
            "acme.appkey",
            "my acme api key is",
        ] {
            let opinion = read(name);
            assert!(
                opinion.credential && !opinion.refused && !opinion.foreign,
                "{name}: {opinion:?}"
            );
        }
    }

    #[test]
    fn names_of_something_else() {
        for name in [
            "ACME_KEY_ID",
            "acmeTokenHash",
            "acme_secret_name",
            "acme_public_key",
            "acme_project_id",
            "acme.commit",
            "sha256",
            "integrity",
            "acme_auth_domain",
            "acme_api_version",
            "acme_csrf_token",
            "acme cache key",
            "monkey",
            "acme_user",
        ] {
            assert!(!read(name).credential, "{name}: {:?}", read(name));
        }
        assert!(read("OTHER_API_KEY").foreign);
        assert!(read("api_key of the commit").refused);
        assert!(read("acme_api_version").refused);
    }

    #[test]
    fn a_rule_may_have_its_own_words() {
        let own = [Text::Borrowed("secret")];
        let read = |name: &str| Vocabulary(&own).read(name.as_bytes(), None).credential;
        assert!(read("client_secret"));
        assert!(read("clientsecret"));
        assert!(!read("api_key"));
    }

    #[test]
    fn an_anchor_may_hold_the_words() {
        let opinion = Vocabulary(&[]).read(b"segmentkey", Some(0..10));
        assert!(opinion.credential);
    }
}
