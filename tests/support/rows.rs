//! Images in a catalog that were never decoded: thousands of them are there in
//! a moment.

use md5::{Digest, Md5};
use sha2::Sha256;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use vitrine_core::catalog::{Catalog, Generation, NewGenerated, NewImage};
use vitrine_core::model::{ImageFormat, ImageId, ImageKind, ObjectKey, OwnerId, UnixMs, Visibility};

use crate::process::must;

/// Returns the row of an original of that size and those hashes.
///
/// # Panics
/// When the owner can have no key.
pub fn row(owner: &OwnerId, name: &str, size_bytes: u64, sha256: [u8; 32], md5: [u8; 16]) -> NewGenerated {
    let created_at = UnixMs::now();
    let key = ObjectKey::generate(owner, ImageKind::Generated, ImageFormat::Png, created_at);
    NewGenerated {
        image: NewImage {
            id: ImageId::generate(),
            owner_id: owner.clone(),
            r2_key: must(key, "making a key"),
            url: None,
            filename: format!("{name}.png"),
            format: ImageFormat::Png,
            size_bytes,
            width: 1,
            height: 1,
            created_at,
            sha256,
            md5,
        },
        visibility: Visibility::Unlisted,
        generation: Generation::default(),
        restores: true,
    }
}

/// Returns what the original of a numbered row holds.
pub fn content(number: u32) -> Vec<u8> {
    format!("picture {number}").into_bytes()
}

/// Queues the upload of that many images in a library.
///
/// # Panics
/// When the catalog does not take them.
pub async fn queue(library: &Path, owner: &OwnerId, count: u32) -> Vec<ImageId> {
    let one = |number| {
        let bytes = content(number);
        let (sha256, md5) = (Sha256::digest(&bytes).into(), Md5::digest(&bytes).into());
        row(owner, &number.to_string(), bytes.len() as u64, sha256, md5)
    };
    let rows: Vec<_> = (0..count).map(one).collect();
    let ids = rows.iter().map(|row| row.image.id.clone()).collect();
    let catalog = must(Catalog::open(&library.join("catalog.db")), "opening the catalog");
    must(catalog.create_generated(rows, |_| Ok(())).await, "queueing uploads");
    ids
}

/// Keeps the originals of the first rows that [`queue`] makes.
///
/// # Panics
/// When they cannot be written.
pub fn keep_originals(library: &Path, count: u32) {
    for number in 0..count {
        let bytes = content(number);
        let mut file = create_original(library, &Sha256::digest(&bytes).into());
        must(file.write_all(&bytes), "writing an original");
    }
}

/// Creates the file of an original.
///
/// # Panics
/// When it cannot.
pub fn create_original(library: &Path, sha256: &[u8; 32]) -> File {
    let name = hex::encode(sha256);
    let folder = library.join("originals").join(&name[..2]);
    must(std::fs::create_dir_all(&folder), "making a folder of originals");
    must(File::create(folder.join(format!("{name}.png"))), "creating an original")
}
