use super::*;
use crate::rule::sample;

/// A template with its placeholders filled.
fn filled(template: &str) -> Vec<u8> {
    sample::expand(template, 7, &|_| None).into_bytes()
}

#[test]
fn values_that_are_kept_well() {
    use Form::{Anchored, Counted, Indirect};
    for (template, expected) in [
        (
            "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
            Anchored(Practice::Sops),
        ),
        ("ENC[PKCS7,{base64:40}]", Anchored(Practice::Eyaml)),
        ("ENC[KMS,{base64:40}]", Counted(Practice::Eyaml)),
        ("ENC(q8W+x/==)", Anchored(Practice::Jasypt)),
        (
            "$ANSIBLE_VAULT;1.1;AES256",
            Anchored(Practice::AnsibleVault),
        ),
        ("!vault", Anchored(Practice::AnsibleVault)),
        ("encrypted:B{base64:100}=", Anchored(Practice::Dotenvx)),
        ("encrypted:A{base64:100}=", Counted(Practice::Dotenvx)),
        ("AgB{base64:700}==", Anchored(Practice::SealedSecret)),
        (
            "-----BEGIN AGE ENCRYPTED FILE-----",
            Anchored(Practice::Age),
        ),
        ("-----BEGIN PGP MESSAGE-----", Anchored(Practice::Pgp)),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            Anchored(Practice::EncryptedKey),
        ),
        ("{cipher}{hex:64}", Anchored(Practice::ManagedKey)),
        ("vault:v1:{base64:60}", Counted(Practice::ManagedKey)),
        ("U2FsdGVkX1{base64:33}=", Counted(Practice::OpenSsl)),
        ("AQICAH{base64:160}==", Counted(Practice::ManagedKey)),
        ("op://vault/item/field", Anchored(Practice::Reference)),
        (
            "vault:secret/data/app#password",
            Counted(Practice::Reference),
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            Anchored(Practice::Reference),
        ),
        (
            "arn:aws-us-gov:ssm:eu-west-1:1:parameter/x",
            Counted(Practice::Reference),
        ),
        (
            "projects/1/secrets/db/versions/latest",
            Counted(Practice::Reference),
        ),
        ("${{ secrets.TOKEN }}", Anchored(Practice::Reference)),
        (
            "@Microsoft.KeyVault(SecretUri=x)",
            Anchored(Practice::Reference),
        ),
        (
            "https://team.vault.azure.net/secrets/db",
            Counted(Practice::Reference),
        ),
        ("keyvault:db-password", Counted(Practice::Reference)),
        ("secretref:db-password", Counted(Practice::Reference)),
        ("pass:mail/work", Counted(Practice::Reference)),
        (
            "ref+vault://secret/app#/password",
            Counted(Practice::Reference),
        ),
        ("env:DB_PASSWORD", Indirect),
        ("file:/run/secrets/db", Indirect),
        ("arn:aws:iam::1:role/x", Indirect),
        ("!Ref DatabasePassword", Indirect),
        ("{{ password }}", Indirect),
        ("age1{loweralnum:58}", Indirect),
    ] {
        assert_eq!(form(&filled(template)), Some(expected), "{template}");
    }
}

#[test]
fn passwords_that_look_a_little_like_it_are_not() {
    for template in [
        "hunter2",
        "vaulted9",
        "vault:orange",
        "encryptedX",
        "encrypted:{alnum:12}",
        "pass:word",
        "age1{alnum:12}",
        "AQICAH{alnum:14}",
        "env:pass word",
        "file:{alnum:8}",
        "ENC(",
        "ENC[x]",
        "{xor}{base64:20}",
        "projects/{alnum:20}",
        "AgB{base64:40}",
        "!secretive",
        "{alnum:32}",
        "",
    ] {
        assert_eq!(form(&filled(template)), None, "{template}");
    }
}

/// What the anchors in a text lead to, as kinds in the order of their anchors.
fn kinds(text: &[u8]) -> Vec<&'static str> {
    let mut kept = Vec::new();
    for anchor in anchor::ANCHORS {
        for at in memchr::memmem::find_iter(text, anchor.as_bytes()) {
            kept.extend(super::at(text, &(at..at + anchor.len())));
        }
    }
    kept.into_iter()
        .map(|kept| kept.practice().name())
        .collect()
}

#[test]
fn places_that_are_kept_well() {
    for (template, expected) in [
        (
            "user: ENC[AES256_GCM,data:{base64:8},iv:{base64:43}=,tag:{base64:22}==,type:str]\nlist:\n    - \
             ENC[AES256_GCM,data:{base64:9},iv:{base64:43}=,tag:{base64:22}==,type:str]\n",
            vec!["sops", "sops"],
        ),
        ("db::password: ENC[PKCS7,{base64:400}]", vec!["eyaml"]),
        (
            "$ANSIBLE_VAULT;1.1;AES256\n{hex:80}\n{hex:80}\n",
            vec!["ansible-vault"],
        ),
        (
            "password: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;prod\n  {hex:80}\n  {hex:40}\n",
            vec!["ansible-vault"],
        ),
        (
            "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB{base64:700}\n    user: AgC{base64:700}\n",
            vec!["sealed-secrets"],
        ),
        ("db.password=ENC({base64:44})", vec!["jasypt"]),
        ("password: '{cipher}{hex:64}'", vec!["managed-key"]),
        ("HELLO=\"encrypted:B{base64:110}=\"", vec!["dotenvx"]),
        ("\0GITCRYPT\0{alnum:40}", vec!["git-crypt"]),
        (
            "-----BEGIN AGE ENCRYPTED FILE-----\n{base64:64}\n",
            vec!["age"],
        ),
        (
            "age-encryption.org/v1\n-> X25519 {base64:43}\n",
            vec!["age"],
        ),
        (
            "-----BEGIN PGP MESSAGE-----\nVersion: GnuPG v2\n\n{base64:64}\n",
            vec!["pgp"],
        ),
        (
            "-----BEGIN PGP MESSAGE-----\\n\\n{base64:64}\\n",
            vec!["pgp"],
        ),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{base64:64}\n",
            vec!["encrypted-key"],
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{upperhex:32}\n\n{base64:64}\n",
            vec!["encrypted-key"],
        ),
        (
            "PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: aes256-cbc\nComment: key\nPublic-Lines: 2\n{base64:64}\n",
            vec!["encrypted-key"],
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACm{base64:44}\n{base64:70}\n",
            vec!["encrypted-key"],
        ),
        ("password: op://prod/db/password", vec!["reference"]),
        (
            "PASSWORD=@Microsoft.KeyVault(SecretUri=https://a.vault.azure.net/secrets/b)",
            vec!["reference"],
        ),
        (
            "MasterUserPassword: '{{resolve:secretsmanager:db:SecretString:password}}'",
            vec!["reference"],
        ),
        (
            "valueFrom: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
            vec!["reference"],
        ),
        ("token: ${{ secrets.NPM_TOKEN }}", vec!["reference"]),
        (
            "valueFrom:\n  secretKeyRef:\n    name: db\n    key: password\n",
            vec!["reference"],
        ),
        (
            "{\"secretKeyRef\": {\"name\": \"db\", \"key\": \"password\"}}",
            vec!["reference"],
        ),
    ] {
        assert_eq!(kinds(&filled(template)), expected, "{template}");
    }
}

#[test]
fn what_is_only_spoken_of_is_not_counted() {
    for template in [
        "A file that starts with $ANSIBLE_VAULT;1.1;AES256 is encrypted.",
        "if header == \"-----BEGIN PGP MESSAGE-----\" {",
        "const ENCRYPTED: &str = \"-----BEGIN ENCRYPTED PRIVATE KEY-----\";",
        "if pem.contains(\"Proc-Type: 4,ENCRYPTED\") {",
        "fetch(\"loop://a/b\")",
        "see op://",
        "#define NAME(x) = ENC(x, 12)",
        "prefix = \"encrypted:B\"",
        "type SecretKeySelector struct { secretKeyRef string }",
        "sops:\n    mac: ENC[AES256_GCM,data:{base64:90},iv:{base64:43}=,tag:{base64:22}==,type:str]\n",
        "sops_mac=ENC[AES256_GCM,data:{base64:90},iv:{base64:43}=,tag:{base64:22}==,type:str]\n",
        "          enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n            {base64:64}\n",
        "encryptedData:\n  password: {base64:24}\n",
        "arn:aws:secretsmanager:*:*:*",
    ] {
        assert_eq!(kinds(&filled(template)), [""; 0], "{template}");
    }
}

#[test]
fn credentials_files_of_rails() {
    let text = filled("{base64:222}==--{base64:16}--{base64:22}==\n");
    let path = b"config/credentials/production.yml.enc";
    let practice = |path: &[u8], text: &[u8]| file(path, text).map(Kept::practice);
    assert_eq!(practice(path, &text), Some(Practice::RailsCredentials));
    assert_eq!(practice(b"config/credentials.yml", &text), None);
    assert_eq!(practice(path, &text[..200]), None);
    assert_eq!(practice(path, b"secret_key_base: in the clear"), None);
    assert_eq!(practice(path, b""), None);
}

#[test]
fn distinct_values_are_told_apart_and_equal_ones_are_not() {
    let one = Kept::new(Practice::Sops, b"one");
    assert_eq!(one, Kept::new(Practice::Sops, b"one"));
    assert_ne!(one, Kept::new(Practice::Sops, b"two"));
    assert_ne!(one, Kept::new(Practice::Eyaml, b"one"));
}

#[test]
fn every_kind_has_a_name_and_nouns_of_its_own() {
    let names: std::collections::BTreeSet<&str> = Practice::ALL
        .iter()
        .map(|practice| practice.name())
        .collect();
    assert_eq!(names.len(), Practice::ALL.len());
    for practice in Practice::ALL {
        assert_ne!(practice.nouns().0, practice.nouns().1);
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(value: Vec<u8>, behind: Vec<u8>, which in 0..anchor::ANCHORS.len()) {
        let _ = form(&value);
        let _ = file(b"a.yml.enc", &value);
        let anchor = anchor::ANCHORS[which];
        let text = [&value[..], anchor.as_bytes(), &behind].concat();
        let _ = super::at(&text, &(value.len()..value.len() + anchor.len()));
    }

    #[test]
    fn only_what_is_within_reach_counts(before in "[ -~\n]{0,700}", behind in "[ -~\n]{0,700}", which in 0..anchor::ANCHORS.len()) {
        let anchor = anchor::ANCHORS[which];
        let text = format!("{before}{anchor}{behind}").into_bytes();
        let at = before.len()..before.len() + anchor.len();
        let (start, end) = (at.start.saturating_sub(REACH), (at.end + REACH).min(text.len()));
        let near = at.start - start..at.end - start;
        proptest::prop_assert_eq!(super::at(&text, &at), super::at(&text[start..end], &near));
    }

    #[test]
    fn random_tokens_are_no_form(value in "[0-9A-Za-z+/_-]{16,80}") {
        proptest::prop_assert_eq!(form(value.as_bytes()), None);
    }
}
