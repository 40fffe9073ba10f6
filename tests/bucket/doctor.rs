//! The doctor finds each way in which a bucket can be wrong, and says what to
//! do.

use crate::fixture::{bucket, config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vitrine_core::bucket::doctor::check;
use vitrine_core::model::{CheckOutcome, CheckStep, CheckStepName};
use vitrine_tests::s3;

async fn check_with(changes: &[(&str, &str)]) -> Vec<CheckStep> {
    let mut reported = Vec::new();
    let steps =
        check(config(changes), std::sync::Arc::default(), &mut |step| reported.push(step.clone())).await;
    assert_eq!(steps, reported);
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), CheckStepName::ALL);
    steps
}

fn outcome(steps: &[CheckStep], name: CheckStepName) -> CheckOutcome {
    steps.iter().find(|step| step.step == name).unwrap().outcome
}

/// Asserts that the check failed at this step, skipped the later steps, and
/// gave advice. Returns the message and the advice.
fn failed_at(steps: &[CheckStep], name: CheckStepName) -> String {
    let at = steps.iter().position(|step| step.step == name).unwrap();
    for step in &steps[..at] {
        assert_eq!(step.outcome, CheckOutcome::Passed, "{steps:#?}");
    }
    assert_eq!(steps[at].outcome, CheckOutcome::Failed, "{steps:#?}");
    for step in &steps[at + 1..] {
        assert_eq!(step.outcome, CheckOutcome::Skipped, "{steps:#?}");
    }
    format!("{} {}", steps[at].message, steps[at].advice.as_deref().expect("advice"))
}

/// Asserts that only the public read failed and that the probe was deleted.
/// Returns the message and the advice.
fn failed_at_public_read(steps: &[CheckStep]) -> String {
    for step in steps {
        let expected = match step.step {
            CheckStepName::PublicRead => CheckOutcome::Failed,
            _ => CheckOutcome::Passed,
        };
        assert_eq!(step.outcome, expected, "{steps:#?}");
    }
    let step = &steps[5];
    format!("{} {}", step.message, step.advice.as_deref().expect("advice"))
}

/// Serves the same HTTP answer to everybody, and returns the server's address.
async fn web_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0_u8; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_good_bucket_passes_every_step_and_keeps_no_probe() {
    let steps = check_with(&[]).await;
    for step in &steps {
        assert_eq!(step.outcome, CheckOutcome::Passed, "{step:?}");
    }
}

#[tokio::test]
async fn the_probe_is_deleted_even_when_nobody_can_read_it() {
    // The tests of this binary share the bucket's prefix, so this test looks at
    // its own probe only. The probe's key is in the request that the server
    // receives.
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0_u8; 4096];
            let size = stream.read(&mut request).await.unwrap_or_default();
            let _ = sender.send(String::from_utf8_lossy(&request[..size]).into_owned());
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &address)]).await);
    let request = requests.recv().await.unwrap();
    let key = request.split(' ').nth(1).unwrap().trim_start_matches('/');
    assert!(key.starts_with("generated/doctor-probe/"), "{key}");
    assert!(!request.to_lowercase().contains("authorization"), "{request}");
    let key = vitrine_core::model::ObjectKey::parse(key).unwrap();
    assert!(!bucket().image_exists(&key).await.unwrap());
}

#[tokio::test]
async fn a_missing_setting_is_named() {
    let said = failed_at(&check_with(&[("R2_BUCKET_NAME", "")]).await, CheckStepName::Configuration);
    assert!(said.contains("R2_BUCKET_NAME"), "{said}");
}

#[tokio::test]
async fn a_closed_port_fails_at_the_endpoint() {
    let said = failed_at(&check_with(&[("R2_ENDPOINT", &closed_port())]).await, CheckStepName::Endpoint);
    assert!(said.contains("refused"), "{said}");
}

#[tokio::test]
async fn an_unknown_host_name_fails_at_the_endpoint() {
    let changes = [("R2_ENDPOINT", "https://no-such-host.invalid")];
    failed_at(&check_with(&changes).await, CheckStepName::Endpoint);
}

#[tokio::test]
async fn a_web_page_instead_of_s3_fails_at_the_credentials() {
    let page = web_server(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
    )
    .await;
    let steps = check_with(&[("R2_ENDPOINT", &page)]).await;
    assert_eq!(outcome(&steps, CheckStepName::Endpoint), CheckOutcome::Passed);
    assert!(steps.iter().any(|step| step.outcome == CheckOutcome::Failed), "{steps:#?}");
}

#[tokio::test]
async fn a_wrong_secret_fails_at_the_credentials_and_shows_no_secret() {
    let wrong = s3::random_hex(32);
    let steps = check_with(&[("R2_SECRET_ACCESS_KEY", &wrong)]).await;
    let said = failed_at(&steps, CheckStepName::Credentials);
    assert!(said.contains("secret"), "{said}");
    let shown = format!("{steps:?}");
    assert!(!shown.contains(&wrong) && !shown.contains(&s3::shared().keys.access_key_id), "{shown}");
}

#[tokio::test]
async fn an_unknown_key_fails_at_the_credentials() {
    let steps = check_with(&[("R2_ACCESS_KEY_ID", &s3::random_hex(16))]).await;
    failed_at(&steps, CheckStepName::Credentials);
}

#[tokio::test]
async fn a_missing_bucket_fails_at_the_bucket() {
    let said = failed_at(&check_with(&[("R2_BUCKET_NAME", "no-such-bucket")]).await, CheckStepName::Bucket);
    assert!(said.contains("no-such-bucket"), "{said}");
}

#[tokio::test]
async fn keys_without_write_fail_at_the_put() {
    let reader = &s3::shared().readonly_keys;
    let changes = [
        ("R2_ACCESS_KEY_ID", reader.access_key_id.as_str()),
        ("R2_SECRET_ACCESS_KEY", reader.secret_access_key.as_str()),
    ];
    let said = failed_at(&check_with(&changes).await, CheckStepName::Put);
    assert!(said.contains("Object Read & Write"), "{said}");
}

#[tokio::test]
async fn a_public_url_of_something_else_fails_at_the_public_read() {
    let elsewhere = format!("{}/elsewhere", s3::shared().endpoint());
    failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &elsewhere)]).await);
    let said = failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &closed_port())]).await);
    assert!(said.contains("refused"), "{said}");
}

#[tokio::test]
async fn a_public_url_on_the_endpoint_of_r2_is_recognised() {
    let url = "https://abc.r2.cloudflarestorage.com/art";
    let said = failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", url)]).await);
    assert!(said.contains("Custom Domains"), "{said}");
}

#[tokio::test]
async fn a_bucket_name_in_the_public_url_is_found_by_trying_without_it() {
    let doubled = format!("{}/{}", s3::shared().public_base(), s3::BUCKET);
    let said = failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &doubled)]).await);
    assert!(said.contains(&format!("Change it to {}:", s3::shared().public_base())), "{said}");
}

#[tokio::test]
async fn a_web_page_instead_of_the_picture_is_recognised() {
    let page = web_server(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
    )
    .await;
    let said = failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &page)]).await);
    assert!(said.contains("web page"), "{said}");
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let login = web_server(
        "HTTP/1.1 302 Found\r\nLocation: https://login.example.com/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await;
    let said = failed_at_public_read(&check_with(&[("R2_PUBLIC_URL", &login)]).await);
    assert!(said.contains("login.example.com"), "{said}");
}
