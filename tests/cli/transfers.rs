//! Controlling transfers from scripts, and several programs on one library.

use crate::fixture::{CliFixture, fields, import, run, text};
use serde_json::json;
use std::time::{Duration, Instant};
use vitrine_tests::chaos::{Chaos, Fault};
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

const PATIENCE: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_the_program_until_it_is_resumed() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    assert_eq!(run(&cli, 0, &["transfers", "pause", "--json"]).await.json(), json!({"paused": true}));
    let ran = run(&cli, 1, &["push", "--json"]).await;
    assert_eq!(ran.json(), json!({"stored": 0, "deleted": 0, "parked": 0, "waiting": 1}));
    assert!(ran.stderr.contains("paused"), "{ran}");
    assert_eq!(run(&cli, 0, &["transfers", "resume", "--json"]).await.json(), json!({"paused": false}));
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["stored"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_can_be_retried_and_cancelled_by_its_number() {
    let fixture = CliFixture::new();
    let chaos = Chaos::before(s3::shared().port()).await;
    let cli = fixture.configured().with_env([("R2_ENDPOINT", chaos.endpoint())]);
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    import(&cli, &[&fixture.picture(&a_png(16, 16).seed(2), "b.png")], &[]).await;
    // The store is tested now, so that the faults hit images.
    run(&cli, 0, &["doctor"]).await;
    chaos.will(2, "PUT", Fault::Answer(400, "EntityTooLarge"));
    assert_eq!(run(&cli, 1, &["push", "--json"]).await.json()["parked"], 2);

    let parked = run(&cli, 0, &["transfers", "--json"]).await.json();
    let same = run(&cli, 0, &["transfers", "list", "--json"]).await.json();
    assert_eq!(parked, same);
    let parked = parked.as_array().unwrap();
    let names = [
        "attempts",
        "bytes_done",
        "filename",
        "id",
        "image_id",
        "is_feed_file",
        "next_attempt_at",
        "operation",
        "problem",
        "size_bytes",
        "state",
    ];
    assert_eq!(fields(&parked[0]), names);
    assert_eq!((&parked[0]["state"], &parked[0]["problem"]["code"]), (&json!("parked"), &json!("Rejected")));
    let (first, second) = (parked[0]["id"].clone(), parked[1]["id"].to_string());

    let retried = run(&cli, 0, &["transfers", "retry", &first.to_string(), "--json"]).await.json();
    assert_eq!(retried, json!({"retried": [first]}));
    let pushed = run(&cli, 1, &["push", "--json"]).await.json();
    assert_eq!((&pushed["stored"], &pushed["parked"]), (&json!(1), &json!(1)));
    run(&cli, 0, &["transfers", "retry"]).await;
    assert_eq!(run(&cli, 0, &["transfers", "--json"]).await.json()[0]["state"], "queued");
    let cancelled = run(&cli, 0, &["transfers", "cancel", &second, "--json"]).await.json();
    assert_eq!(cancelled["cancelled"].to_string(), second);
    let pushed = run(&cli, 1, &["push", "--json"]).await.json();
    assert_eq!((&pushed["stored"], &pushed["parked"]), (&json!(0), &json!(1)), "until it is retried");
    run(&cli, 0, &["transfers", "retry", &second]).await;
    assert_eq!(run(&cli, 0, &["push", "--json"]).await.json()["stored"], 1);
    assert!(run(&cli, 1, &["transfers", "cancel", &second]).await.stderr.contains("NotFound"));
    run(&cli, 2, &["transfers", "cancel"]).await;
    run(&cli, 2, &["transfers", "retry", "fox"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_push_shows_progress_and_takes_over_from_a_killed_one() {
    let fixture = CliFixture::new();
    let chaos = Chaos::before(s3::shared().port()).await;
    let cli = fixture.configured();
    let id = import(&cli, &[&fixture.picture(&a_png(1200, 1200).noise(), "a.png")], &[]).await.remove(0);
    let behind = cli.clone().with_env([("R2_ENDPOINT", chaos.endpoint())]);
    // The store is tested now, so that the faults hit the image.
    run(&behind, 0, &["doctor"]).await;
    chaos.will(9, "PUT", Fault::StallAfter(100_000));
    let stalled = behind.start(["push"]);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = run(&cli, 0, &["transfers", "--json"]).await.json();
        let done = seen[0]["bytes_done"].as_u64().unwrap();
        if seen[0]["state"] == "active" && done > 0 {
            assert!(done <= seen[0]["size_bytes"].as_u64().unwrap());
            break;
        }
        assert!(Instant::now() < deadline, "{seen}");
    }
    // The stalled program has the lock, so this one waits until the other has
    // ended.
    let waiting = run(&cli, 1, &["push", "--json", "--timeout", "2"]).await.json();
    assert_eq!((&waiting["stored"], &waiting["waiting"]), (&json!(0), &json!(1)));
    assert!(stalled.is_running());

    let next = cli.start(["push", "--json"]);
    stalled.kill();
    let report: serde_json::Value = serde_json::from_str(&next.next_line()).unwrap();
    assert_eq!(report, json!({"stored": 1, "deleted": 0, "parked": 0, "waiting": 0}));
    let url = text(&run(&cli, 0, &["url", "--json", &id]).await.json()["url"]);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
}

/// How much memory eight uploads of 100 MB may add to a program that uploads
/// nothing.
#[cfg(target_os = "linux")]
mod memory {
    use super::{CliFixture, PATIENCE, a_png, import, json, run};
    use sha2::{Digest, Sha256};
    use std::io::Write;
    use std::os::unix::fs::FileExt;
    use std::path::Path;
    use std::time::{Duration, Instant};
    use vitrine_core::Library;
    use vitrine_core::catalog::{Catalog, NewGenerated};
    use vitrine_core::model::Settings;
    use vitrine_tests::fixture::open_without_bucket;
    use vitrine_tests::process::Cli;
    use vitrine_tests::rows::{create_original, keep_originals, queue, row};

    const LARGE: u64 = 100_000_000;
    const GROWTH: u64 = 150_000_000;
    const QUEUED: u32 = 10_000;
    /// How much memory a long queue may add, in bytes.
    const GROWTH_OF_MANY: u64 = 30_000_000;

    /// Returns the peak memory of a push in bytes, and its report.
    async fn peak_of_a_push(cli: &Cli) -> (u64, serde_json::Value) {
        let push = cli.start(["push", "--json"]);
        let status = format!("/proc/{}/status", push.pid());
        let deadline = Instant::now() + PATIENCE;
        let mut peak = 0;
        loop {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(line) = line else { break };
            peak = peak.max(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024);
            assert!(Instant::now() < deadline, "the push does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (peak, serde_json::from_str(&push.next_line()).unwrap())
    }

    /// Makes a file of zeros except for its first byte. It takes no space on the
    /// disk.
    fn large_original(library: &Path, owner: &Library, number: u8) -> NewGenerated {
        let mut sha256 = Sha256::new();
        let zeros = vec![0_u8; 1_000_000];
        for piece in 0..LARGE / 1_000_000 {
            let mut piece_bytes = std::borrow::Cow::Borrowed(&zeros);
            if piece == 0 {
                piece_bytes.to_mut()[0] = number;
            }
            sha256.update(&*piece_bytes);
        }
        let sha256: [u8; 32] = sha256.finalize().into();
        let mut file = create_original(library, &sha256);
        file.write_all(&[number]).unwrap();
        file.write_all_at(&[0], LARGE - 1).unwrap();
        row(&owner.owner(), &number.to_string(), LARGE, sha256)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn eight_uploads_of_100_mb_take_less_than_150_mb_of_memory() {
        let fixture = CliFixture::new();
        let cli = fixture.configured();
        import(&cli, &[&fixture.picture(&a_png(16, 16), "small.png")], &[]).await;
        let (small, report) = peak_of_a_push(&cli).await;
        assert_eq!(report["stored"], 1);

        let library = open_without_bucket(&fixture.library()).await;
        let settings = Settings { parallel_transfers: 8, max_upload_mb: 200, ..Settings::default() };
        library.save_settings(settings).await.unwrap();
        let rows = (1..=8).map(|number| large_original(&fixture.library(), &library, number)).collect();
        let catalog = Catalog::open(&fixture.library().join("catalog.db")).unwrap();
        catalog.create_generated(rows, None, |_| Ok(())).await.unwrap();

        let (large, report) = peak_of_a_push(&cli).await;
        assert_eq!(report, json!({"stored": 8, "deleted": 0, "parked": 0, "waiting": 0}));
        assert!(large < small + GROWTH, "{large} bytes, {small} for one small picture");
        // This frees space for the other tests.
        run(
            &cli,
            0,
            &["remove", "--permanently"]
                .into_iter()
                .chain(ids(&library).await.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        )
        .await;
        run(&cli, 0, &["push"]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ten_thousand_uploads_drain_in_bounded_memory() {
        let fixture = CliFixture::new();
        let cli = fixture.configured();
        import(&cli, &[&fixture.picture(&a_png(16, 16), "small.png")], &[]).await;
        let (small, _) = peak_of_a_push(&cli).await;
        let library = open_without_bucket(&fixture.library()).await;
        let settings = Settings { parallel_transfers: 16, ..Settings::default() };
        library.save_settings(settings).await.unwrap();
        queue(&fixture.library(), &library.owner(), QUEUED).await;
        keep_originals(&fixture.library(), QUEUED);
        let listed = run(&cli, 0, &["transfers", "--json"]).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 1_000, "a list of what comes next, not of all");

        let (many, report) = peak_of_a_push(&cli).await;
        assert_eq!(report, json!({"stored": QUEUED, "deleted": 0, "parked": 0, "waiting": 0}));
        assert!(many < small + GROWTH_OF_MANY, "{many} bytes, {small} for one picture");
    }

    async fn ids(library: &Library) -> Vec<String> {
        let page = library.get_my_images(&vitrine_core::model::PageRequest::first(20)).await.unwrap();
        page.page.into_iter().map(|image| image.id.to_string()).collect()
    }
}
