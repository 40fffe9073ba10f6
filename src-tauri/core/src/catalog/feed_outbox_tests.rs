use super::*;
use crate::catalog::{ClaimedObject, ClaimedTransfer, NewCopy, PutBack};
use crate::model::TransferProblem;

const NOW: UnixMs = UnixMs(1_000_000);

fn owner() -> OwnerId {
    OwnerId::parse("ana").unwrap()
}

fn key(path: &str) -> ObjectKey {
    ObjectKey::parse(&format!("feed/ana/{path}")).unwrap()
}

fn a_list() -> FeedPut {
    FeedPut {
        key: key("index.html"),
        role: FeedRole::List,
        image: None,
        terms: None,
        print: [1; 16],
        name: "index.html".into(),
        content_type: "text/html".into(),
        cache_control: "no-cache".into(),
        size_bytes: 3,
        sha256: [1; 32],
        md5: [1; 16],
    }
}

fn a_copy_file(image: &ImageId, terms: u8, path: &str) -> FeedPut {
    FeedPut {
        key: key(path),
        role: FeedRole::Copy,
        image: Some(image.clone()),
        terms: Some([terms; 16]),
        ..a_list()
    }
}

fn a_copy(image: &ImageId, terms: u8, paths: [&str; 2]) -> NewCopy {
    let [one, other] = paths;
    let files = format!(r#"{{"image":{{"path":"{one}"}},"small":{{"path":"{other}"}}}}"#);
    NewCopy { image: image.clone(), terms: [terms; 16], result: Ok(files) }
}

fn a_catalog(folder: &std::path::Path) -> Catalog {
    Catalog::open(&folder.join("catalog.db")).unwrap()
}

impl Catalog {
    async fn queue_puts(&self, puts: Vec<FeedPut>) {
        let revision = self.feed_revision(&owner()).await.unwrap();
        assert!(self.queue_feed_puts(&owner(), revision, puts, NOW).await.unwrap());
    }

    async fn claim_one(&self) -> ClaimedTransfer {
        let mut claimed = self.claim_transfers(NOW, NOW, 1, 1).await.unwrap();
        assert_eq!(claimed.len(), 1);
        claimed.remove(0)
    }

    async fn is_waiting(&self) -> bool {
        self.is_feed_busy(&owner()).await.unwrap()
    }
}

fn failed(claimed: &ClaimedTransfer) -> Vec<PutBack> {
    let ClaimedObject::FeedFile { file: Some(file), .. } = &claimed.object else {
        panic!("not the upload of a feed file: {claimed:?}");
    };
    vec![PutBack { id: claimed.id, not_before: Some(NOW), problem: None, revision: Some(file.revision) }]
}

#[tokio::test]
async fn an_upload_that_failed_is_repeated_only_if_nothing_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    catalog.queue_puts(vec![a_list()]).await;
    let claimed = catalog.claim_one().await;
    catalog.put_back_transfers(failed(&claimed)).await.unwrap();
    assert!(catalog.is_waiting().await);

    let claimed = catalog.claim_one().await;
    catalog.set_feed_settings(&owner(), "{}".into()).await.unwrap();
    assert!(catalog.is_waiting().await, "a running upload cannot be taken back");
    catalog.put_back_transfers(failed(&claimed)).await.unwrap();
    assert!(!catalog.is_waiting().await);
    let files = catalog.feed_files(&owner()).await.unwrap();
    assert_eq!(files[0].print, None, "it may have arrived");
}

#[tokio::test]
async fn an_upload_of_a_killed_program_is_planned_again() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    catalog.queue_puts(vec![a_list()]).await;
    catalog.claim_one().await;
    catalog.release_interrupted().await.unwrap();
    assert!(!catalog.is_waiting().await);
    assert_eq!(catalog.feed_files(&owner()).await.unwrap()[0].print, None);
    // A deletion is repeated.
    catalog.queue_feed_deletions(&owner(), vec![key("index.html")], NOW).await.unwrap();
    catalog.claim_one().await;
    catalog.release_interrupted().await.unwrap();
    assert!(catalog.is_waiting().await);
}

#[tokio::test]
async fn a_parked_deletion_does_not_hold_up_a_new_upload() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    catalog.queue_puts(vec![a_list()]).await;
    let claimed = catalog.claim_one().await;
    catalog.confirm_transfers(vec![claimed], NOW).await.unwrap();
    catalog.queue_feed_deletions(&owner(), vec![key("index.html")], UnixMs(0)).await.unwrap();
    let deletion = catalog.claim_one().await;
    let parked = PutBack { id: deletion.id, not_before: None, problem: None, revision: None };
    catalog.put_back_transfers(vec![parked]).await.unwrap();
    let file = catalog.feed_files(&owner()).await.unwrap().remove(0);
    assert!(file.stays && !file.is_parked);
    catalog.queue_puts(vec![a_list()]).await;
    let file = catalog.feed_files(&owner()).await.unwrap().remove(0);
    assert!(!file.stays);
}

#[tokio::test]
async fn an_object_of_two_copies_stays_until_both_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    let image = ImageId::generate();
    let copies = vec![
        a_copy(&image, 1, ["m/one.png", "t/same.jpg"]),
        a_copy(&image, 2, ["m/other.png", "t/same.jpg"]),
    ];
    catalog.keep_copies(&owner(), copies).await.unwrap();
    let files = [(1, "m/one.png"), (2, "m/other.png"), (2, "t/same.jpg")];
    catalog.queue_puts(files.map(|(terms, path)| a_copy_file(&image, terms, path)).into()).await;
    let unwanted = async || {
        let mut keys = catalog.unwanted_feed_files(&owner(), 10).await.unwrap();
        keys.sort_unstable();
        keys
    };
    catalog.drop_copies(vec![(image.clone(), [2; 16])]).await.unwrap();
    assert_eq!(unwanted().await, [key("m/other.png")]);
    catalog.drop_copies(vec![(image.clone(), [1; 16])]).await.unwrap();
    assert_eq!(unwanted().await, [key("m/one.png"), key("m/other.png"), key("t/same.jpg")]);
}

#[tokio::test]
async fn a_deletion_looks_first_unless_the_bucket_confirmed_a_file_that_nobody_else_can_name() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    let image = ImageId::generate();
    let page = FeedPut { key: key("i/a.html"), role: FeedRole::Page, image: Some(image.clone()), ..a_list() };
    let style = FeedPut { key: key("style-1.css"), role: FeedRole::Style, ..a_list() };
    let all = [a_list(), a_copy_file(&image, 1, "m/one.png"), page, style];
    let keys: Vec<ObjectKey> = all.iter().map(|put| put.key.clone()).collect();
    for (is_confirmed, expected) in [(false, vec![]), (true, vec![key("i/a.html"), key("m/one.png")])] {
        catalog.queue_puts(all.to_vec()).await;
        let claimed = catalog.claim_transfers(NOW, NOW, 10, 10).await.unwrap();
        // The image is not public, so its files are not sent. That they were confirmed is pretended.
        assert_eq!(claimed.len(), 2);
        catalog.confirm_transfers(claimed, NOW).await.unwrap();
        let written = if is_confirmed { "1" } else { "NULL" };
        let sql = format!("UPDATE feed_files SET written_at = {written}");
        catalog.write(move |connection| Ok(connection.execute(&sql, [])?)).await.unwrap();
        catalog.queue_feed_deletions(&owner(), keys.clone(), NOW.plus_ms(WRITE_EVERY_MS)).await.unwrap();
        let later = NOW.plus_ms(10_000);
        let claimed = catalog.claim_transfers(later, later, 10, 10).await.unwrap();
        let mut certain: Vec<ObjectKey> = claimed
            .iter()
            .filter(|transfer| matches!(transfer.object, ClaimedObject::FeedFile { looks_first: false, .. }))
            .map(|transfer| transfer.key.clone())
            .collect();
        certain.sort_unstable();
        assert_eq!((claimed.len(), certain), (4, expected));
        catalog.confirm_transfers(claimed, later).await.unwrap();
    }
}

#[tokio::test]
async fn a_deletion_that_left_an_object_is_over_and_named_until_the_settings_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = a_catalog(folder.path());
    catalog.queue_puts(vec![a_list()]).await;
    let refused = catalog.claim_one().await;
    let code = TransferProblemCode::OtherLibrary;
    let problem = TransferProblem { code, message: "Another library.".into() };
    let parked = PutBack { id: refused.id, not_before: None, problem: Some(problem), revision: None };
    catalog.put_back_transfers(vec![parked]).await.unwrap();
    assert!(catalog.is_feed_refused(&owner(), code, None).await.unwrap());

    catalog.queue_feed_deletions(&owner(), vec![key("index.html")], NOW).await.unwrap();
    assert!(!catalog.is_feed_refused(&owner(), code, None).await.unwrap());
    let deletion = catalog.claim_one().await;
    catalog.end_deletions_left(vec![(deletion, "Not ours.".into())]).await.unwrap();
    assert!(!catalog.is_waiting().await);
    assert!(catalog.feed_files(&owner()).await.unwrap().is_empty());
    let left = catalog.feed_left(&owner()).await.unwrap();
    assert_eq!((left.len(), left[0].filename.as_str()), (1, "index.html"));
    catalog.set_feed_settings(&owner(), "{}".into()).await.unwrap();
    assert!(catalog.feed_left(&owner()).await.unwrap().is_empty());
}
