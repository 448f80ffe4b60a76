//! What is kept well is counted and not reported; the keys that undo it, and what was left in the clear, are reported.

use serde_json::{Value, json};

use crate::support::{Scratch, filled};

/// A file for each way to keep secrets well.
const WELL: &[(&str, &str)] = &[
    (
        "deploy/app.yaml",
        "password: op://prod/db/password\ntoken: vault:secret/data/app#token\nenv:\n  - name: DB_PASSWORD\n    valueFrom:\n      \
         secretKeyRef:\n        name: db\n        key: password\n",
    ),
    (
        ".github/workflows/ci.yml",
        "env:\n  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}\n",
    ),
    (
        "secrets.enc.yaml",
        "db_password: ENC[AES256_GCM,data:{base64:12},iv:{base64:43}=,tag:{base64:22}==,type:str]\nuser: \
         ENC[AES256_GCM,data:{base64:8},iv:{base64:43}=,tag:{base64:22}==,type:str]\nsops:\n    mac: \
         ENC[AES256_GCM,data:{base64:80},iv:{base64:43}=,tag:{base64:22}==,type:str]\n    version: 3.9.0\n",
    ),
    (
        "group_vars/all.yml",
        "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {hex:80}\n  {hex:80}\n",
    ),
    (
        "sealed.yaml",
        "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB{base64:700}==\n",
    ),
    ("hiera.yaml", "db::password: ENC[PKCS7,{base64:400}]\n"),
    (
        "application.properties",
        "spring.datasource.password=ENC({base64:44})\n",
    ),
    (".env", "DB_PASSWORD=\"encrypted:B{base64:110}=\"\n"),
    (
        "backup.age",
        "-----BEGIN AGE ENCRYPTED FILE-----\n{base64:64}\n{base64:64}\n-----END AGE ENCRYPTED FILE-----\n",
    ),
    (
        "mail.asc",
        "-----BEGIN PGP MESSAGE-----\n\n{base64:64}\n{base64:64}\n=abcd\n-----END PGP MESSAGE-----\n",
    ),
    (
        "config/credentials.yml.enc",
        "{base64:222}==--{base64:16}--{base64:22}==",
    ),
    (
        "tls/server.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg{base64:10}AICCAAw\n{base64:64}\n\
         -----END ENCRYPTED PRIVATE KEY-----\n",
    ),
    (
        "config.properties",
        "spring.cloud.password={cipher}{hex:96}\n",
    ),
];

fn write_all(scratch: &Scratch) {
    for (path, template) in WELL {
        scratch.write(path, filled(template, 5));
    }
    scratch.write("secret.bin", b"\0GITCRYPT\0twelve bytes and more of them");
}

/// What the record must say of these files.
fn expected() -> Value {
    json!({
        "reference": 4, "sops": 2, "ansible-vault": 1, "sealed-secrets": 1, "eyaml": 1, "jasypt": 1, "dotenvx": 1,
        "git-crypt": 1, "age": 1, "pgp": 1, "rails-credentials": 1, "encrypted-key": 1, "managed-key": 1,
    })
}

/// What is counted in a run, which must find nothing at all.
#[track_caller]
fn counted(scratch: &Scratch, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--min-confidence", "low", "-f", "json"]].concat();
    let run = scratch.keyward(&arguments).expect(0);
    run.json()["coverage"]["kept_well"].clone()
}

#[test]
fn what_is_kept_well_is_counted_and_not_reported() {
    let scratch = Scratch::folder();
    write_all(&scratch);
    assert_eq!(counted(&scratch, &["dir", "."]), expected());
    // Copies count once.
    for (path, template) in WELL {
        scratch.write(format!("copy/{path}"), filled(template, 5));
    }
    for threads in ["1", "3"] {
        assert_eq!(
            counted(&scratch, &["dir", ".", "--threads", threads]),
            expected()
        );
    }
}

#[test]
fn every_source_and_method_counts_the_same() {
    let scratch = Scratch::repository();
    scratch.write("README", "nothing\n");
    scratch.commit("one");
    write_all(&scratch);
    scratch.git(&["add", "-A"]);
    assert_eq!(counted(&scratch, &["git", "--staged"]), expected());
    scratch.commit("two");
    assert_eq!(
        counted(&scratch, &["git", "--range", "HEAD~1..HEAD"]),
        expected()
    );
    // Edited, so that the pack stores differences.
    for round in 0..4 {
        for (path, template) in WELL
            .iter()
            .filter(|(path, _)| *path != "config/credentials.yml.enc")
        {
            let text = filled(template, 5);
            scratch.write(path, format!("# {round}\n{text}# end {round}\n"));
        }
        scratch.commit("edited");
    }
    scratch.git(&["gc", "-q", "--aggressive"]);
    // A file's path tells of Rails, and objects have none.
    let mut history = expected();
    history
        .as_object_mut()
        .expect("an object")
        .remove("rails-credentials");
    for arguments in [
        &["git"][..],
        &["git", "--no-delta"],
        &["git", "--threads", "1"],
    ] {
        assert_eq!(counted(&scratch, arguments), history, "{arguments:?}");
    }
    assert_eq!(counted(&scratch, &["scan"]), expected());
}

#[test]
fn standard_input_and_other_encodings() {
    let scratch = Scratch::folder();
    let text = filled(WELL[2].1, 5);
    let run = scratch
        .keyward_with(&["stdin", "-f", "json"], text.as_bytes(), &[])
        .expect(0);
    assert_eq!(run.json()["coverage"]["kept_well"], json!({ "sops": 2 }));
    let wide: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    scratch.write("wide.yaml", wide);
    assert_eq!(counted(&scratch, &["dir", "."]), json!({ "sops": 2 }));
}

#[test]
fn people_and_code_scanning_are_told() {
    let scratch = Scratch::folder();
    scratch.write(
        "one.yaml",
        "password: op://prod/db/password\nother_password: op://prod/db/other\n",
    );
    scratch.write("two.yaml", filled(WELL[5].1, 5));
    let line = "kept well: 2 references to secret stores, 1 eyaml value\n";
    assert!(
        scratch
            .keyward(&["dir", ".", "-v"])
            .expect(0)
            .text()
            .contains(line)
    );
    assert!(
        !scratch
            .keyward(&["dir", "."])
            .expect(0)
            .text()
            .contains("kept well")
    );
    let log = scratch
        .keyward(&["dir", ".", "-f", "sarif"])
        .expect(0)
        .json();
    let kept = &log["runs"][0]["invocations"][0]["properties"]["coverage"]["keptWell"];
    assert_eq!(*kept, json!({ "reference": 2, "eyaml": 1 }));
    let lines = scratch
        .keyward(&["dir", ".", "-f", "jsonl"])
        .expect(0)
        .text();
    let last: Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(
        last["coverage"]["kept_well"],
        json!({ "reference": 2, "eyaml": 1 })
    );
}

#[test]
fn the_keys_that_undo_it_are_reported() {
    let scratch = Scratch::folder();
    let files = [
        ("keys.txt", "AGE-SECRET-KEY-1{checksum}\n"),
        (".vault_pass.txt", "{alnum:20}\n"),
        (".env.keys", "DOTENV_PRIVATE_KEY_PRODUCTION=\"{hex:64}\"\n"),
        ("config/master.key", "{hex:32}"),
        (
            "keys/private_key.pkcs7.pem",
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA{base64:42}\n-----END PRIVATE KEY-----\n",
        ),
        (
            "sealed-key.yaml",
            "data:\n  tls.key: {base64of:-----BEGIN PRIVATE KEY-----\n{base64:64}\n{base64:64}\n}\nmetadata:\n  labels:\n    \
             sealedsecrets.bitnami.com/sealed-secrets-key: active\n",
        ),
    ];
    for (path, template) in files {
        scratch.write(path, filled(template, 9));
    }
    scratch.write(
        "git-crypt-key",
        filled("\0GITCRYPTKEY\0\0\0\u{2}{alnum:80}", 9),
    );
    // One value of three was added with an editor.
    scratch.write(
        "half.yaml",
        filled(WELL[2].1, 9).replace("user:", "pin: orange-tractor\nuser:"),
    );
    let run = scratch.keyward(&["dir", ".", "-f", "json"]).expect(1);
    assert_eq!(
        run.places(),
        [
            "age-secret-key keys.txt:1",
            "ansible-vault-password-file .vault_pass.txt:1",
            "credential-file-rails-key config/master.key:1",
            "dotenvx-private-key .env.keys:1",
            "eyaml-private-key keys/private_key.pkcs7.pem:1",
            "git-crypt-key git-crypt-key:1",
            "sealed-secrets-controller-key sealed-key.yaml:2",
            "sops-value-in-clear half.yaml:2",
        ]
    );
    assert_eq!(run.json()["coverage"]["kept_well"], json!({ "sops": 2 }));
}
