//! Publishing from the command line.

use crate::fixture::{CliFixture, run};
use vitrine_tests::s3;

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_at_the_address_of_another_library_is_not_published_and_says_why() {
    let env = s3::shared().env_of_a_bucket_of_its_own();
    let (first, second) = (CliFixture::new(), CliFixture::new());
    let (ana, bob) =
        (first.unconfigured().with_env(env.clone()), second.unconfigured().with_env(env.clone()));
    run(&ana, 0, &["feed", "publish", "--timeout", "60"]).await;

    let ran = run(&bob, 1, &["feed", "publish", "--timeout", "60"]).await;
    let why = "not published: Another library publishes its feed at this address.";
    assert!(ran.stdout.contains(why), "{ran}");
    assert!(ran.stderr.contains("index.html: Another library"), "{ran}");
    assert!(run(&bob, 1, &["feed", "status"]).await.stdout.contains(why));

    let ran = run(&bob, 0, &["feed", "unpublish", "--timeout", "60"]).await;
    assert!(ran.stdout.contains("0 removed"), "{ran}");
    let left = "index.html: left in the bucket. Another library publishes this file.";
    assert!(ran.stderr.contains(left), "{ran}");
    let status = run(&bob, 0, &["feed", "status", "--json"]).await.json();
    assert_eq!(status["left_in_bucket"][0]["reason"], "Another library publishes this file.");
    assert!(run(&ana, 0, &["feed", "publish"]).await.stdout.contains("published"));
    run(&ana, 0, &["verify"]).await;
}
