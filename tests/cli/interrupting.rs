//! Ctrl-C, and the signal that asks a program to end, in the middle of an import.

use crate::fixture::{CliFixture, ids, run};
use vitrine_tests::pictures::a_png;

/// Importing these files takes some seconds, and the first is done long before
/// the last.
const FILES: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_reports_how_far_it_came_and_keeps_that() {
    for signal in ["INT", "TERM"] {
        let fixture = CliFixture::new();
        let cli = fixture.unconfigured();
        for seed in 0..FILES {
            fixture.picture(&a_png(200, 200).noise().seed(seed), &format!("{seed}.png"));
        }
        let running = cli.start(["import", "--json", "--summary", fixture.inbox().to_str().unwrap()]);
        let first: serde_json::Value = serde_json::from_str(&running.next_line()).unwrap();
        assert_eq!(first["outcome"], "imported");
        let (code, mut lines) = running.end_with(signal);
        assert_eq!(code, 1, "{signal}");
        let summary: serde_json::Value = serde_json::from_str(&lines.pop().unwrap()).unwrap();
        let summary = &summary["summary"];
        let told = lines.len() as u64 + 1;
        assert_eq!(summary["interrupted"], true, "{summary}");
        assert_eq!(summary["done"], told, "{summary}");
        assert!(summary["total"] == FILES || summary["total"].is_null(), "{summary}");
        assert!((1..FILES).contains(&told), "it was through before it was asked to end");
        // The files it reported are in the library, and the next import handles
        // the rest.
        assert_eq!(ids(&cli, &["generated", "--limit", "1000"]).await.len() as u64, told);
        let rest = run(&cli, 0, &["import", fixture.inbox().to_str().unwrap()]).await;
        assert!(rest.stderr.contains(&format!("{} imported, {told} already here", FILES - told)), "{rest}");
    }
}
