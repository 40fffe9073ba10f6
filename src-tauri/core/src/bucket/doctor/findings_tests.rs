use super::*;
use crate::bucket::BucketFields;
use crate::model::CheckOutcome;

fn config_with(changes: &[(&str, &str)]) -> BucketConfig {
    let env = |name: &str| {
        let given = changes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let value = given.or(match name {
            "R2_ACCOUNT_ID" => Some("abc"),
            "R2_ACCESS_KEY_ID" => Some("0123456789abcdef0123456789abcdef"),
            "R2_SECRET_ACCESS_KEY" => Some("sesame"),
            "R2_BUCKET_NAME" => Some("art"),
            "R2_PUBLIC_URL" => Some("https://art.example.com"),
            _ => None,
        });
        value.map(str::to_owned)
    };
    BucketConfig::resolve(&env, &BucketFields::default(), None).unwrap()
}

fn refusal(status: u16, code: &str) -> BucketError {
    BucketError::from_failure(RequestFailure::Answered { status, code: Some(code.to_owned()) })
}

fn advice(finding: &Finding) -> &str {
    finding.advice.as_deref().unwrap_or_default()
}

#[test]
fn a_missing_r2_bucket_may_be_in_another_jurisdiction() {
    let problem = refusal(404, "NoSuchBucket");
    assert_eq!(credentials(Some(&problem), None).outcome, CheckOutcome::Passed);
    let finding = bucket(&config_with(&[]), Some(&problem));
    assert_eq!(finding.outcome, CheckOutcome::Failed);
    assert!(advice(&finding).contains("jurisdiction"));
}

#[test]
fn a_token_that_cannot_write_is_named_at_the_put() {
    let finding = put(Err(&refusal(403, "AccessDenied")));
    assert_eq!(finding.outcome, CheckOutcome::Failed);
    assert!(advice(&finding).contains("Object Read & Write"));
}

#[test]
fn a_wrong_clock_is_blamed_before_the_keys() {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(489_972);
    let offset = ClockOffset::between(noon, noon - Duration::from_mins(20)).unwrap();
    assert_eq!(offset.sentence(), "This computer's clock is 20 minutes behind.");
    let ahead = ClockOffset::between(noon, noon + Duration::from_hours(1)).unwrap();
    assert_eq!(ahead.sentence(), "This computer's clock is 60 minutes ahead.");
    assert_eq!(ClockOffset::between(noon, noon + Duration::from_mins(1)), None);

    for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch"] {
        let finding = credentials(Some(&refusal(403, code)), Some(offset));
        assert_eq!(finding.outcome, CheckOutcome::Failed);
        assert!(advice(&finding).contains("clock"), "{code}");
    }
    let reachable = Ok(Answer::default());
    assert_eq!(endpoint(&config_with(&[]), &reachable, Some(offset)).outcome, CheckOutcome::Warned);
}

#[test]
fn an_r2_dev_address_works_with_a_warning() {
    let config = config_with(&[("R2_PUBLIC_URL", "https://pub-123.r2.dev")]);
    assert_eq!(public_read(&config, Verdict::Same).outcome, CheckOutcome::Warned);
    let refused = public_read(&config, Verdict::Denied(401));
    assert!(advice(&refused).contains("public development URL"));
}

#[test]
fn an_unknown_r2_account_appears_as_a_failed_handshake() {
    let finding = endpoint(&config_with(&[]), &Err(Silence::NotSecure), None);
    assert_eq!(finding.outcome, CheckOutcome::Failed);
    assert!(advice(&finding).contains("account id"));
}

#[test]
fn a_pasted_token_value_is_recognised_by_its_length() {
    let config = config_with(&[("R2_ACCESS_KEY_ID", "too-short")]);
    assert_eq!(configuration(&Ok(config)).outcome, CheckOutcome::Warned);
    assert_eq!(configuration(&Ok(config_with(&[]))).outcome, CheckOutcome::Passed);
}

#[test]
fn missing_values_are_named_and_wrong_values_are_explained() {
    let missing = configuration(&Err(ConfigProblem::Missing(vec!["R2_BUCKET_NAME"])));
    assert_eq!(missing.message, "Not configured: R2_BUCKET_NAME missing.");
    assert!(missing.advice.is_some());
}
