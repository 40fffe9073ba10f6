use super::super::{ClaimedTransfer, GenerationRow, InTrash, NewImage, NewReference, Original};
use super::*;
use crate::model::{ImageKind, Made, MadeFrom, Removal, Transfer, TransferState};

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const HASH: [u8; 32] = [1; 32];

struct Fixture {
    _folder: tempfile::TempDir,
    catalog: Catalog,
    owner: OwnerId,
    id: ImageId,
}

impl Fixture {
    /// An image that waits for its first upload.
    async fn waiting() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("catalog.db")).unwrap();
        let owner = OwnerId::parse("ana").unwrap();
        catalog.ensure_profile(&owner, None, NOW).await.unwrap();
        catalog.set_setting("public_base", "https://img.example.art".into()).await.unwrap();
        let id = ImageId::generate();
        let image = NewImage {
            id: id.clone(),
            owner_id: owner.clone(),
            r2_key: ObjectKey::generate(&owner, ImageKind::Reference, ImageFormat::Png, NOW).unwrap(),
            url: None,
            filename: "fox.png".into(),
            format: ImageFormat::Png,
            size_bytes: 3,
            width: 1,
            height: 1,
            fingerprint: None,
            made: Made { at: NOW, from: MadeFrom::Import },
            added_at: NOW,
            modified_at: None,
            notices: Vec::new(),
            sha256: HASH,
        };
        let reference =
            NewReference { image, generation: GenerationRow::default(), in_trash: InTrash::Leave };
        catalog.create_references(vec![reference], None, |_| Ok(())).await.unwrap();
        Self { _folder: folder, catalog, owner, id }
    }

    async fn stored() -> Self {
        let fixture = Self::waiting().await;
        let put = fixture.claim().await.remove(0);
        fixture.confirm(put).await;
        fixture
    }

    async fn claim(&self) -> Vec<ClaimedTransfer> {
        self.catalog.claim_transfers(NOW, NOW, 4, 4).await.unwrap()
    }

    async fn confirm(&self, transfer: ClaimedTransfer) {
        self.catalog.confirm_transfers(vec![transfer], NOW).await.unwrap();
    }

    async fn key(&self) -> ObjectKey {
        self.catalog.detail(&self.owner, &self.id).await.unwrap().record.r2_key.clone()
    }

    async fn is_stored(&self) -> bool {
        self.catalog.detail(&self.owner, &self.id).await.unwrap().stored
    }

    /// Gives the image a new link, and returns its new key.
    async fn replace(&self) -> ObjectKey {
        self.catalog.new_links(&self.owner, vec![self.id.clone()], NOW).await.unwrap().remove(0).1.unwrap();
        self.key().await
    }

    async fn remove(&self, removal: Removal) {
        self.catalog.remove(&self.owner, vec![self.id.clone()], removal, NOW).await.unwrap();
    }

    async fn restore(&self) {
        self.catalog.restore(&self.owner, vec![self.id.clone()], NOW).await.unwrap();
    }

    async fn queue(&self) -> Vec<Transfer> {
        self.catalog.transfers(10).await.unwrap()
    }
}

fn said(claimed: &[ClaimedTransfer]) -> Vec<(Operation, &ObjectKey)> {
    claimed.iter().map(|transfer| (transfer.operation, &transfer.key)).collect()
}

#[tokio::test]
async fn the_old_object_is_deleted_only_after_the_new_one_is_confirmed() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    let new = fixture.replace().await;
    let image = fixture.catalog.detail(&fixture.owner, &fixture.id).await.unwrap();
    assert_eq!(image.url.as_deref(), Some(format!("https://img.example.art/{new}").as_str()));
    assert!(!image.stored);
    assert_ne!(old, new);
    assert_eq!(new.origin().unwrap().created_at, Some(NOW));

    let put = fixture.claim().await.remove(0);
    assert_eq!((put.operation, &put.key, put.former()), (Operation::Put, &new, &[old.clone()][..]));
    assert!(fixture.claim().await.is_empty());
    fixture.confirm(put).await;
    assert!(fixture.is_stored().await);
    let claimed = fixture.claim().await;
    assert_eq!(said(&claimed), [(Operation::Delete, &old)]);
    assert!(claimed[0].original().is_none(), "the bucket has the original under the new key");
    assert!(fixture.is_stored().await);
    fixture.confirm(claimed[0].clone()).await;
    assert!(fixture.queue().await.is_empty());
}

#[tokio::test]
async fn an_image_that_was_never_uploaded_leaves_nothing_to_delete() {
    let fixture = Fixture::waiting().await;
    let new = fixture.replace().await;
    let claimed = fixture.claim().await;
    assert_eq!(said(&claimed), [(Operation::Put, &new)]);
    assert!(claimed[0].former().is_empty());
    assert_eq!(fixture.queue().await.len(), 1);
}

#[tokio::test]
async fn an_upload_that_runs_meanwhile_does_not_count_as_the_new_link() {
    let fixture = Fixture::waiting().await;
    let running = fixture.claim().await.remove(0);
    let new = fixture.replace().await;
    // The deletion is younger than the upload that still runs, so it comes after it.
    let put = fixture.claim().await;
    assert_eq!(said(&put), [(Operation::Put, &new)]);
    let old = running.key.clone();
    fixture.confirm(running).await;
    assert!(!fixture.is_stored().await);
    assert!(fixture.claim().await.is_empty());
    fixture.confirm(put[0].clone()).await;
    assert_eq!(said(&fixture.claim().await), [(Operation::Delete, &old)]);
}

#[tokio::test]
async fn an_upload_under_a_former_key_is_not_tried_again() {
    let fixture = Fixture::waiting().await;
    let old = fixture.claim().await.remove(0).key;
    let new = fixture.replace().await;
    // The program is killed here, and the next one continues.
    fixture.catalog.release_interrupted().await.unwrap();
    let put = fixture.claim().await;
    assert_eq!(said(&put), [(Operation::Put, &new)]);
    fixture.confirm(put[0].clone()).await;
    assert_eq!(said(&fixture.claim().await), [(Operation::Delete, &old)]);
    assert_eq!(fixture.queue().await.len(), 1);
}

#[tokio::test]
async fn a_second_new_link_deletes_both_former_objects() {
    let fixture = Fixture::stored().await;
    let first = fixture.key().await;
    let second = fixture.replace().await;
    let running = fixture.claim().await.remove(0);
    let third = fixture.replace().await;
    let put = fixture.claim().await;
    assert_eq!(said(&put), [(Operation::Put, &third)]);
    assert_eq!(put[0].former(), [second.clone(), first.clone()]);
    fixture.confirm(running).await;
    assert!(fixture.claim().await.is_empty(), "the first object may be the only one");
    fixture.confirm(put[0].clone()).await;
    let claimed = fixture.claim().await;
    assert_eq!(said(&claimed), [(Operation::Delete, &first), (Operation::Delete, &second)]);
}

#[tokio::test]
async fn a_second_new_link_forgets_one_that_was_never_tried() {
    let fixture = Fixture::stored().await;
    let first = fixture.key().await;
    fixture.replace().await;
    let third = fixture.replace().await;
    let put = fixture.claim().await;
    assert_eq!((said(&put), put[0].former()), (vec![(Operation::Put, &third)], &[first][..]));
    assert_eq!(fixture.queue().await.len(), 2);
}

#[tokio::test]
async fn the_trash_deletes_the_old_object_with_its_original_secured() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    fixture.replace().await;
    fixture.remove(Removal::ToTrash).await;
    let claimed = fixture.claim().await;
    assert_eq!(said(&claimed), [(Operation::Delete, &old)]);
    assert!(claimed[0].original().is_some(), "it may be the only copy");
}

#[tokio::test]
async fn a_restored_image_is_copied_from_its_old_object_again() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    let new = fixture.replace().await;
    fixture.remove(Removal::ToTrash).await;
    fixture.restore().await;
    let put = fixture.claim().await;
    assert_eq!((said(&put), put[0].former()), (vec![(Operation::Put, &new)], &[old.clone()][..]));
    fixture.catalog.release_interrupted().await.unwrap();

    // While the old object is being deleted, nothing is copied from it.
    fixture.remove(Removal::ToTrash).await;
    let deletions = fixture.claim().await;
    assert_eq!(said(&deletions), [(Operation::Delete, &old), (Operation::Delete, &new)]);
    fixture.restore().await;
    assert!(fixture.claim().await.is_empty());
    for deletion in deletions {
        fixture.confirm(deletion).await;
    }
    let put = fixture.claim().await;
    assert_eq!((said(&put), put[0].former()), (vec![(Operation::Put, &new)], &[][..]));
}

#[tokio::test]
async fn a_permanently_deleted_image_leaves_neither_object() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    let new = fixture.replace().await;
    assert_eq!(fixture.claim().await.len(), 1);
    fixture.remove(Removal::Permanent).await;
    fixture.catalog.release_interrupted().await.unwrap();
    let claimed = fixture.claim().await;
    assert_eq!(said(&claimed), [(Operation::Delete, &old), (Operation::Delete, &new)]);
    assert!(claimed.iter().all(|transfer| transfer.original().is_none()));
    assert_eq!(fixture.queue().await.len(), 2);
}

#[tokio::test]
async fn a_parked_deletion_of_an_old_object_continues_when_its_image_is_gone() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    fixture.replace().await;
    fixture.remove(Removal::ToTrash).await;
    let deletion = fixture.claim().await.remove(0);
    let park = super::super::PutBack { revision: None, id: deletion.id, not_before: None, problem: None };
    fixture.catalog.put_back_transfers(vec![park]).await.unwrap();
    assert_eq!(fixture.queue().await[0].state, TransferState::Parked);
    fixture.remove(Removal::Permanent).await;
    assert_eq!(said(&fixture.claim().await), [(Operation::Delete, &old)]);
}

#[tokio::test]
async fn an_image_in_the_trash_has_no_link_to_replace() {
    let fixture = Fixture::stored().await;
    fixture.remove(Removal::ToTrash).await;
    let before = fixture.key().await;
    let refused = fixture.catalog.new_links(&fixture.owner, vec![fixture.id.clone()], NOW).await.unwrap();
    assert!(matches!(refused[0].1, Err(CatalogError::Invalid(_))));
    assert_eq!(fixture.key().await, before);
}

#[tokio::test]
async fn a_freed_original_is_fetched_from_the_old_object_meanwhile() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    let original = Original { sha256: HASH, format: ImageFormat::Png };
    assert!(fixture.catalog.free_original(original.clone(), NOW, |_| Ok(())).await.unwrap());
    let new = fixture.replace().await;
    let from = fixture.catalog.stored_original(HASH).await.unwrap().unwrap();
    assert_eq!(from.key, old);
    assert_eq!(fixture.catalog.stored_copies(HASH).await.unwrap(), [old]);
    let row = fixture.catalog.audit_row(ImageKind::Reference, &new).await.unwrap().unwrap();
    assert!(row.freed && row.moving && !row.stored);
    // What is being moved is not freed.
    assert!(!fixture.catalog.free_original(original, NOW, |_| Ok(())).await.unwrap());
}

#[tokio::test]
async fn a_recovery_keeps_the_deletion_of_the_old_object() {
    let fixture = Fixture::stored().await;
    let old = fixture.key().await;
    let new = fixture.replace().await;
    fixture.catalog.confirm_everything_again(NOW).await.unwrap();
    let put = fixture.claim().await;
    assert_eq!((said(&put), put[0].former()), (vec![(Operation::Put, &new)], &[old.clone()][..]));
    fixture.confirm(put[0].clone()).await;
    assert_eq!(said(&fixture.claim().await), [(Operation::Delete, &old)]);
}

#[tokio::test]
async fn the_deletion_of_an_old_object_cannot_be_cancelled() {
    let fixture = Fixture::stored().await;
    fixture.replace().await;
    let queue = fixture.queue().await;
    let deletion = queue.iter().find(|transfer| transfer.operation == Operation::Delete).unwrap();
    let refused = fixture.catalog.cancel_transfer(deletion.id).await;
    assert!(matches!(refused, Err(CatalogError::Invalid(why)) if why.contains("new link")));
}
