use super::*;
use crate::catalog::ClaimedTransfer;
use crate::catalog::{NewCopy, PutBack};

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
    let crate::catalog::ClaimedObject::FeedFile { file: Some(file) } = &claimed.object else {
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
