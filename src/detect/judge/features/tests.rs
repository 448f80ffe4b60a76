use super::*;

fn features(text: &str, anchor: &str) -> Features {
    let at = text.find(anchor).expect("the anchor");
    let binding = Binding::at(text.as_bytes(), at..at + anchor.len()).expect("a binding");
    Features::of(text.as_bytes(), &binding)
}

fn value(text: &str, anchor: &str, feature: Feature) -> i16 {
    features(text, anchor).values()[feature as usize]
}

#[test]
fn names_tell_what_they_are_of() {
    assert_eq!(
        value("password_hint = 'abcd'", "password", Feature::SaysAbout),
        1
    );
    assert_eq!(
        value("LABEL_PASSWORD = 'abcd'", "PASSWORD", Feature::SaysOther),
        1
    );
    assert_eq!(
        value("dbPassword = 'abcd'", "Password", Feature::CredentialLast),
        1
    );
    assert_eq!(
        value("dbPassword = 'abcd'", "Password", Feature::SaysDatabase),
        1
    );
}

#[test]
fn values_are_measured() {
    let of = |value_text: &str, feature| {
        value(&format!("password = '{value_text}'"), "password", feature)
    };
    assert_eq!(of("abcdabcd", Feature::Length), 8);
    assert_eq!(of("hunter22", Feature::TrailingDigits), 2);
    assert_eq!(of("ABCD", Feature::Upper), 64);
    assert_eq!(of("aaaa1111", Feature::Run), 4);
    assert_eq!(of("qwertyui", Feature::Sequence), 8);
    assert!(of("wordpassword", Feature::Known) > 60);
    assert!(of("xqzvkjwpbt", Feature::Surprise) > of("sunshine", Feature::Surprise));
    assert_eq!(of("/etc/passwd", Feature::Path), 3);
    assert_eq!(of("password", Feature::RepeatsName), 65);
}

#[test]
fn neighbours_are_seen() {
    let text = "username = 'joe'\npassword = 'abcd'\n";
    assert_eq!(value(text, "password", Feature::NearUser), 1);
    let text = "login = 'abcd'\npassword = 'abcd'\n";
    assert_eq!(value(text, "password", Feature::SameAsOther), 1);
    assert_eq!(
        value("# password = 'abcd'", "password", Feature::Comment),
        1
    );
}

#[test]
fn every_feature_has_its_own_text() {
    let mut texts = TEXTS.to_vec();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), COUNT);
}
