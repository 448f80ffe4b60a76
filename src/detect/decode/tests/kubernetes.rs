//! Manifests: the values of a `Secret` are judged by their names, as they are decoded.

use super::*;

fn encoded(value: &str) -> String {
    BASE64.encode(value.as_bytes())
}

/// The findings that were decoded, as rule and secret.
fn decoded(text: &str) -> Vec<(String, String)> {
    seen(text.as_bytes())
        .into_iter()
        .map(|found| {
            assert!(found.how.starts_with("base64"), "{found:?}");
            (found.rule, found.secret)
        })
        .collect()
}

#[test]
fn values_are_judged_by_their_names() {
    let password = expand("{lower:4}{digit:3}{upper:4}", 1);
    let value = encoded(&password);
    let expected = [("generic-password".to_owned(), password.clone())];
    for manifest in [
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  user: YWRtaW4=\n  password: {value}\n"
        ),
        // As `kubectl get secret -o yaml` sorts it.
        format!(
            "apiVersion: v1\ndata:\n  password: {value}\n  user: YWRtaW4=\nkind: Secret\nmetadata:\n  name: db\n"
        ),
        format!(
            "a: b\n---\nkind: Secret\ndata:\n    password: \"{value}\"\n---\nkind: ConfigMap\ndata:\n  password_hint: {value}\n"
        ),
        format!(
            "items:\n- apiVersion: v1\n  data:\n    password: '{value}' # rotate me\n  kind: Secret\n  metadata: {{}}\n- kind: ConfigMap\n"
        ),
        format!("data:\r\n  password: !!binary {value}\r\nkind: \"Secret\"\r\n"),
        format!(
            "{{\"apiVersion\":\"v1\",\"data\":{{\"user\":\"YWRtaW4=\",\"password\":\"{value}\"}},\"kind\":\"Secret\",\"metadata\":{{}}}}"
        ),
        format!(
            "{{\n  \"kind\": \"Secret\",\n  \"metadata\": {{\"labels\": {{\"data\": \"x\"}}}},\n  \"data\": {{\n    \"password\": \"{value}\"\n  }}\n}}\n"
        ),
        format!(
            "kind: Secret\ndata:\n  password: {}\n",
            encoded(&format!("{password}\n"))
        ),
    ] {
        assert_eq!(decoded(&manifest), expected, "{manifest}");
    }
    let found = only(format!("kind: Secret\ndata:\n  password: {value}\n"));
    assert_eq!((found.place, found.how.as_str()), (value, "base64"));
}

#[test]
fn sample_values_and_other_manifests_are_silent() {
    for value in [
        "changeme",
        "password",
        "admin",
        "<your-password>",
        "${DB_PASSWORD}",
        "xxxxxxxxxxxxxxxx",
    ] {
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  username: YWRtaW4=\n  password: {}\n",
            encoded(value)
        );
        assert_eq!(seen(manifest.as_bytes()), [], "{value}");
    }
    for manifest in [
        "kind: Secret\nmetadata:\n  name: x\n",
        "kind: Secret\ndata:\n",
        "kind: Secret\ndata: {}\n",
        "kind: SecretStore\ndata:\n  password: aGVsbG8gd29ybGQ=\n",
        "{\"kind\":\"Secret\"}",
        "{\"kind\":\"Secret\",\"data\":",
        "\"kind\":\"Secret\"",
        "data:\nkind: Secret",
    ] {
        assert_eq!(seen(manifest.as_bytes()), [], "{manifest}");
    }
}

#[test]
fn registries_credentials_are_found_two_levels_deep() {
    let password = expand("{alnum:24}", 3);
    let auth = encoded(&format!("deploy:{password}"));
    let config = format!(
        "{{\"auths\":{{\"registry.acme.internal\":{{\"username\":\"deploy\",\"auth\":\"{auth}\"}}}}}}"
    );
    let manifest = format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: {}\n",
        encoded(&config)
    );
    let secrets: Vec<String> = decoded(&manifest)
        .into_iter()
        .map(|(_, secret)| secret)
        .collect();
    assert_eq!(secrets, [auth]);
}

#[test]
fn a_manifest_is_found_where_the_rest_of_it_is_far() {
    let password = expand("{lower:4}{digit:3}{upper:4}", 4);
    let filler = "    note: nothing of interest\n".repeat(200);
    let manifest = format!(
        "data:\n  password: {}\nmetadata:\n  annotations:\n{filler}kind: Secret\n",
        encoded(&password)
    );
    assert_eq!(
        decoded(&manifest),
        [("generic-password".to_owned(), password)]
    );
}
