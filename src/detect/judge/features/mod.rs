//! What the trained judge looks at: a candidate as a row of small whole numbers.
//!
//! Every feature is a function of the window around the anchor, computed without floating point, so that a verdict is
//! the same on every machine. The trainer uses this very code. Adding, removing or changing a feature changes
//! [`version`], and a model that was trained on another version is refused by the tests.

mod context;
mod digest;
mod name;
mod search;
mod value;
mod vocabulary;

use crate::detect::binding::Binding;

macro_rules! features {
    ($($feature:ident $text:literal,)*) => {
        /// One feature.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs)] // Their texts say what they are.
        pub enum Feature { $($feature,)* }

        /// What each feature is, for people, in the order of their numbers.
        pub const TEXTS: &[&str] = &[$($text,)*];
        const NAMES: &[&str] = &[$(stringify!($feature),)*];
    };
}

features! {
    Kind "the kind of credential the name speaks of",
    NameWords "the number of words in the name",
    NameLength "the length of the name",
    CredentialLast "whether the credential word ends the name",
    WordsAfter "the words behind the credential word",
    SaysAbout "whether the name is of something about a credential",
    SaysOther "whether the name is of something else",
    SaysSpoken "whether the name is of a text for users",
    SaysTest "whether the name speaks of tests",
    SaysPublic "whether the name is of something public",
    SaysStored "whether the name is of something hashed or encrypted",
    SaysStrong "whether the name says that the key is secret",
    SaysPassword "whether the name says password",
    SaysSecret "whether the name says secret",
    SaysToken "whether the name says token",
    SaysKey "whether the name says key",
    SaysPass "whether the name says pass or pwd",
    SaysApi "whether the name says API",
    SaysAccess "whether the name says access or auth",
    SaysUser "whether the name says user, admin, root or client",
    SaysDatabase "whether the name is of a database",
    SaysNext "whether the name is of a page or continuation",
    NameCase "how the name is written",
    NameDotted "the dots in the name",
    NameQuoted "whether the name is quoted",
    Link "what joins name and value",
    LinkSpaced "the blanks around the operator",
    Quote "how the value is quoted",
    Length "the length of the value",
    Upper "the share of capitals",
    Lower "the share of small letters",
    Digits "the share of digits",
    Signs "the share of other characters",
    Foreign "the share of characters outside of ASCII",
    Blanks "the blanks in the value",
    Classes "the kinds of characters",
    Switches "the changes between kinds of characters",
    Entropy "the entropy",
    Distinct "the share of different characters",
    LongestLetters "the longest run of letters",
    LongestDigits "the longest run of digits",
    TrailingDigits "the digits at the end",
    Run "the longest repetition of one character",
    Sequence "the longest run through alphabet, digits or keyboard",
    Pronounceable "the share of letters that read like words",
    Surprise "how surprising the letters are",
    SurprisePlain "how surprising the letters are, disguise undone",
    Known "the share of letters in known words",
    KnownWords "the known words",
    LongestKnown "the longest known word",
    Dummy "whether the value is a known dummy",
    DummyWord "a word of made-up values",
    CredentialWord "a word for credentials in the value",
    Hexadecimal "whether the value is hexadecimal",
    Base64 "how well the value fits base64",
    Number "whether the value is a number",
    Uuid "whether the value is a UUID",
    UsualSize "whether the value has the length of a key",
    Identifier "whether the value is written like an identifier",
    Separated "the words joined by dashes, underscores or dots",
    Path "whether the value is a path or address",
    Reference "signs of a reference or template",
    Sentence "whether the value is a sentence",
    DecodesToText "whether the value is text in base64",
    Mashed "whether the value is typed along a keyboard row",
    RepeatsName "how much of the value the name says",
    StartsUpper "whether the value starts with a capital",
    Vowels "the share of vowels among the letters",
    FollowedBy "what follows the value",
    Comment "whether the line is a comment",
    LineStart "whether the name starts its line",
    LineLength "the length of the line",
    LineWords "the words on the line",
    InCall "whether it is an argument of a call",
    Again "how often the value stands there again",
    SameAsOther "whether the value is also bound to another name",
    NearUser "whether user, login or mail stand near",
    NearHost "whether host, address, port or database stand near",
    NearSecret "the credential words nearby",
    NearTest "whether words of tests stand near",
    NearExample "whether words of examples stand near",
    NearInterface "whether words of user interfaces stand near",
    NearHash "whether words of digests stand near",
    NearCode "the signs of code nearby",
    NearForeign "the share of characters outside of ASCII nearby",
    NearSentences "the share of quoted texts nearby that hold blanks",
    NearRandom "the share of quoted texts nearby that look generated",
    NearQuoted "the quoted texts nearby",
    NearParse "whether words of syntax and parsing stand near",
}

/// Number of features.
pub const COUNT: usize = NAMES.len();

/// A candidate as the judge sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features([i16; COUNT]);

impl Features {
    /// The features of a binding in its window.
    pub fn of(window: &[u8], binding: &Binding) -> Self {
        let mut sheet = Self([0; COUNT]);
        name::fill(&mut sheet, window, binding);
        value::fill(&mut sheet, window, binding);
        context::fill(&mut sheet, window, binding);
        sheet
    }

    /// The numbers, in the order of [`TEXTS`].
    pub fn values(&self) -> &[i16; COUNT] {
        &self.0
    }

    fn set(&mut self, feature: Feature, value: impl TryInto<i16>) {
        self.0[feature as usize] = value.try_into().unwrap_or(i16::MAX);
    }

    fn flag(&mut self, feature: Feature, value: bool) {
        self.0[feature as usize] = i16::from(value);
    }
}

/// A number for the list of features, as it stands in the model's head. What a feature means is versioned by hand.
pub fn version() -> u32 {
    /// Raise it when a feature is computed differently.
    const MEANING: u32 = 1;
    let mut hash = 0x811c_9dc5_u32 ^ MEANING;
    for byte in NAMES.iter().flat_map(|name| name.bytes().chain([b','])) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// `part` of `whole` in 64ths.
fn share(part: usize, whole: usize) -> usize {
    (part * 64).checked_div(whole).unwrap_or(0)
}

/// Whether the word, in any case, is one of a list of words in small letters.
fn is_listed(list: &[&str], word: &[u8]) -> bool {
    list.iter()
        .any(|listed| word.eq_ignore_ascii_case(listed.as_bytes()))
}

#[cfg(test)]
mod tests;
