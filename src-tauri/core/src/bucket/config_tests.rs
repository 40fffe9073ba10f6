use super::*;
use std::collections::HashMap;

const COMPLETE: [(&str, &str); 5] = [
    ("R2_ACCOUNT_ID", "0123456789abcdef0123456789abcdef"),
    ("R2_ACCESS_KEY_ID", "akid"),
    ("R2_SECRET_ACCESS_KEY", "sesame"),
    ("R2_BUCKET_NAME", "art"),
    ("R2_PUBLIC_URL", "https://art.example.com"),
];

fn resolve_with(changes: &[(&str, &str)], fields: &BucketFields) -> Result<BucketConfig, ConfigProblem> {
    let mut values: HashMap<&str, &str> = COMPLETE.into_iter().collect();
    values.extend(changes.iter().copied());
    BucketConfig::resolve(&|name| values.get(name).map(|value| (*value).to_owned()), fields, None)
}

fn resolve(changes: &[(&str, &str)]) -> Result<BucketConfig, ConfigProblem> {
    resolve_with(changes, &BucketFields::default())
}

fn endpoint(changes: &[(&str, &str)]) -> String {
    resolve(changes).unwrap().endpoint().to_string()
}

#[test]
fn an_empty_configuration_names_every_missing_value() {
    let problem = BucketConfig::resolve(&|_| None, &BucketFields::default(), None).unwrap_err();
    let names: Vec<&str> = COMPLETE.iter().map(|(name, _)| *name).collect();
    assert_eq!(problem, ConfigProblem::Missing(names));
}

#[test]
fn one_missing_value_is_an_error_that_names_it() {
    for (name, _) in COMPLETE {
        assert_eq!(resolve(&[(name, "  ")]), Err(ConfigProblem::Missing(vec![name])), "{name}");
    }
    let problem = resolve(&[("R2_BUCKET_NAME", "")]).unwrap_err();
    assert_eq!(problem.to_string(), "not configured: R2_BUCKET_NAME missing");
}

#[test]
fn the_environment_wins_over_settings_field_by_field() {
    let fields = BucketFields {
        endpoint: "https://s3.example.org".into(),
        bucket: "other".into(),
        public_url: "https://other.example.com".into(),
        ..BucketFields::default()
    };
    let kept = Credentials {
        access_key_id: Secret::new("kept-id"),
        secret_access_key: Secret::new("kept-secret"),
        session_token: None,
    };
    let env = |name: &str| {
        [("R2_BUCKET_NAME", "art"), ("R2_ACCESS_KEY_ID", "env-id")]
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let config = BucketConfig::resolve(&env, &fields, Some(&kept)).unwrap();
    assert_eq!(config.bucket(), "art");
    assert_eq!(config.endpoint().as_str(), "https://s3.example.org/");
    assert_eq!(config.public_base().as_str(), "https://other.example.com/");
    assert_eq!(config.access_key_id.expose(), "env-id");
    assert_eq!(config.secret_access_key.expose(), "kept-secret");
}

#[test]
fn each_jurisdiction_has_its_own_endpoint() {
    let id = "0123456789abcdef0123456789abcdef";
    for (jurisdiction, host) in [
        (Jurisdiction::Default, format!("https://{id}.r2.cloudflarestorage.com/")),
        (Jurisdiction::Eu, format!("https://{id}.eu.r2.cloudflarestorage.com/")),
        (Jurisdiction::Fedramp, format!("https://{id}.fedramp.r2.cloudflarestorage.com/")),
    ] {
        let fields = BucketFields { jurisdiction, ..BucketFields::default() };
        assert_eq!(resolve_with(&[], &fields).unwrap().endpoint().as_str(), host);
    }
}

#[test]
fn pasted_endpoints_are_understood() {
    for pasted in [
        "https://abc.r2.cloudflarestorage.com",
        "  abc.r2.cloudflarestorage.com/ ",
        "\"https://abc.r2.cloudflarestorage.com/art\"",
        "https://abc.r2.cloudflarestorage.com/art/",
        "https://art.abc.r2.cloudflarestorage.com",
    ] {
        assert_eq!(endpoint(&[("R2_ENDPOINT", pasted)]), "https://abc.r2.cloudflarestorage.com/", "{pasted}");
        assert_eq!(
            endpoint(&[("R2_ACCOUNT_ID", pasted)]),
            "https://abc.r2.cloudflarestorage.com/",
            "{pasted}"
        );
    }
    assert_eq!(endpoint(&[("R2_ENDPOINT", "127.0.0.1:8333")]), "http://127.0.0.1:8333/");
    assert_eq!(endpoint(&[("R2_ENDPOINT", "http://localhost:1/s3/art")]), "http://localhost:1/s3");
    // The bucket is only recognised as a whole segment.
    assert_eq!(endpoint(&[("R2_ENDPOINT", "https://s3.example.org/smart")]), "https://s3.example.org/smart");
}

#[test]
fn plain_http_is_allowed_only_for_this_computer() {
    for local in ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"] {
        assert!(resolve(&[("R2_ENDPOINT", local), ("R2_PUBLIC_URL", local)]).is_ok(), "{local}");
    }
    for remote in ["http://s3.example.org", "http://10.0.0.1", "http://localhost.example.org", "ftp://a.b"] {
        for field in ["R2_ENDPOINT", "R2_PUBLIC_URL"] {
            let problem = resolve(&[(field, remote)]).unwrap_err();
            assert!(
                matches!(problem, ConfigProblem::Invalid { field: named, .. } if named == field),
                "{remote}"
            );
        }
    }
}

#[test]
fn an_address_with_a_password_or_query_is_refused_without_quoting_it() {
    for bad in ["https://ana:hunter2@s3.example.org", "https://s3.example.org/?token=hunter2"] {
        let problem = resolve(&[("R2_ENDPOINT", bad)]).unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("hunter2"), "{problem:?}");
    }
}

#[test]
fn invalid_values_are_refused_with_the_name_of_their_field() {
    for (field, bad) in [
        ("R2_ACCOUNT_ID", "not an id"),
        ("R2_ENDPOINT", "https://"),
        ("R2_BUCKET_NAME", "my bucket"),
        ("R2_BUCKET_NAME", "art/generated"),
        ("R2_PUBLIC_URL", "https://exa mple"),
    ] {
        let problem = resolve(&[(field, bad)]).unwrap_err();
        assert!(matches!(problem, ConfigProblem::Invalid { field: named, .. } if named == field), "{bad}");
    }
}

#[test]
fn debug_shows_no_credentials() {
    let shown = format!("{:?}", resolve(&[]).unwrap());
    assert!(!shown.contains("akid") && !shown.contains("sesame"), "{shown}");
}

#[test]
fn settings_with_missing_fields_can_still_be_read() {
    let fields: BucketFields = serde_json::from_str(r#"{"bucket":"art","jurisdiction":"eu"}"#).unwrap();
    assert_eq!((fields.bucket.as_str(), fields.jurisdiction), ("art", Jurisdiction::Eu));
}

#[test]
fn a_key_with_impossible_characters_is_refused() {
    for (name, odd) in [
        ("R2_ACCESS_KEY_ID", "AK\u{1}X"),
        ("R2_ACCESS_KEY_ID", "AK\nX"),
        ("R2_ACCESS_KEY_ID", "AK X"),
        ("R2_ACCESS_KEY_ID", "schl\u{fc}ssel"),
        ("R2_SECRET_ACCESS_KEY", "hunter\u{7}2"),
    ] {
        let problem = resolve(&[(name, odd)]).unwrap_err();
        assert!(matches!(problem, ConfigProblem::Invalid { field, .. } if field == name), "{problem:?}");
        assert!(!problem.to_string().contains(odd));
    }
    assert!(resolve(&[("R2_SECRET_ACCESS_KEY", "p\u{e4}ss word/+=")]).is_ok());
}
