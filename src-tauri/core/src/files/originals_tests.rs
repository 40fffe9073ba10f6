//! Originals in a folder of their own: whole, in groups, in pieces, damaged, and on a full disk.

use super::*;
use std::time::Duration;
use tempfile::TempDir;

const PNG: ImageFormat = ImageFormat::Png;

fn a_library() -> (TempDir, Originals) {
    let folder = TempDir::new().unwrap();
    let originals = Originals::open(folder.path()).unwrap();
    (folder, originals)
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn left_aside(originals: &Originals) -> usize {
    fs::read_dir(&originals.incoming).unwrap().count()
}

#[test]
fn an_original_is_found_under_its_hash_and_reads_back_unaltered() {
    let (folder, originals) = a_library();
    originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
    // FIPS 180-2, appendix B.1: the hash of "abc".
    let path = "originals/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.png";
    assert_eq!(fs::read(folder.path().join(path)).unwrap(), b"abc");
    assert_eq!(originals.read(&hash(b"abc"), PNG).unwrap(), b"abc");
    assert!(originals.exists(&hash(b"abc"), PNG).unwrap());
    assert_eq!(left_aside(&originals), 0);
}

#[test]
fn a_staged_original_has_no_name_until_it_is_committed() {
    let (_folder, originals) = a_library();
    let staged = originals.stage(b"abc", &hash(b"abc"), PNG).unwrap();
    assert!(!originals.exists(&hash(b"abc"), PNG).unwrap());
    assert_eq!(left_aside(&originals), 1);
    drop(staged);
    assert_eq!(left_aside(&originals), 0);
}

#[test]
fn a_group_is_committed_together_and_may_contain_a_picture_twice() {
    let (_folder, originals) = a_library();
    let pictures: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n / 2; 100]).collect();
    let staged = pictures.iter().map(|bytes| originals.stage(bytes, &hash(bytes), PNG).unwrap()).collect();
    let outcomes = originals.commit(staged);
    assert_eq!(outcomes.len(), 40);
    assert!(outcomes.iter().all(Result::is_ok));
    for bytes in &pictures {
        assert_eq!(&originals.read(&hash(bytes), PNG).unwrap(), bytes);
    }
    assert_eq!(left_aside(&originals), 0);
}

#[test]
fn an_original_that_cannot_be_named_does_not_fail_its_group() {
    let (_folder, originals) = a_library();
    // A folder is in the place where the second one belongs.
    fs::create_dir_all(originals.path(&hash(b"two"), PNG).join("in the way")).unwrap();
    let staged =
        [b"one".as_slice(), b"two", b"three"].map(|bytes| originals.stage(bytes, &hash(bytes), PNG).unwrap());
    let outcomes = originals.commit(staged.into());
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(originals.read(&hash(b"three"), PNG).unwrap(), b"three");
    assert_eq!(left_aside(&originals), 0);
}

#[test]
fn an_existing_original_is_not_written_again() {
    let (_folder, originals) = a_library();
    originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
    let path = originals.path(&hash(b"abc"), PNG);
    let before = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn a_damaged_original_is_replaced_by_a_sound_one() {
    let (_folder, originals) = a_library();
    originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
    for damage in [b"ab".as_slice(), b"abX", b""] {
        fs::write(originals.path(&hash(b"abc"), PNG), damage).unwrap();
        originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
        assert_eq!(originals.read(&hash(b"abc"), PNG).unwrap(), b"abc");
    }
}

#[test]
fn an_original_received_in_pieces_is_kept_only_if_its_hash_is_right() {
    let (_folder, originals) = a_library();
    for (pieces, whole) in [([b"a", b"b", b"c"], true), ([b"a", b"b", b"X"], false)] {
        originals.remove(&hash(b"abc"), PNG).unwrap();
        let mut incoming = originals.receive(&hash(b"abc"), PNG).unwrap();
        for piece in pieces {
            incoming.append(piece).unwrap();
        }
        let staged = incoming.finish().unwrap();
        assert_eq!(staged.is_some(), whole);
        assert!(originals.commit(staged.into_iter().collect()).iter().all(Result::is_ok));
        assert_eq!(originals.exists(&hash(b"abc"), PNG).unwrap(), whole);
        assert_eq!(left_aside(&originals), 0);
    }
}

#[test]
fn removing_a_missing_original_succeeds() {
    let (_folder, originals) = a_library();
    originals.store(b"abc", &hash(b"abc"), PNG).unwrap();
    originals.remove(&hash(b"abc"), PNG).unwrap();
    originals.remove(&hash(b"abc"), PNG).unwrap();
    assert!(!originals.exists(&hash(b"abc"), PNG).unwrap());
}

#[test]
fn only_old_temporary_files_are_deleted() {
    let (_folder, originals) = a_library();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    for (name, written) in [(".tmp-old", 1_000), (".tmp-young", 3_000), ("not-ours", 1_000)] {
        let file = File::create(originals.incoming.join(name)).unwrap();
        file.set_modified(at(written)).unwrap();
    }
    assert_eq!(originals.sweep_temporaries(at(2_000)).unwrap(), 1);
    assert!(originals.incoming.join(".tmp-young").exists());
    assert!(originals.incoming.join("not-ours").exists());
}

/// Needs a disk of 256 kB, which only those who may mount can make. For
/// everybody else, the test on `/dev/full` in `durable` replaces it.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_loses_no_original_and_leaves_none_incomplete() {
    use crate::model::{Rejection, RejectionReason};
    let folder = TempDir::new().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else { return };
    let originals = Originals::open(folder.path()).unwrap();
    originals.store(b"first", &hash(b"first"), PNG).unwrap();
    let large = vec![7; 1_000_000];
    let error = originals.store(&large, &hash(&large), PNG).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(Rejection::for_keeping(&error).code, RejectionReason::DiskFull);
    assert!(!originals.exists(&hash(&large), PNG).unwrap());
    assert_eq!(left_aside(&originals), 0);
    assert_eq!(originals.read(&hash(b"first"), PNG).unwrap(), b"first");
    originals.store(b"second", &hash(b"second"), PNG).unwrap();
}

#[cfg(target_os = "linux")]
struct SmallDisk(PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(at);
        mount.output().is_ok_and(|done| done.status.success()).then(|| Self(at.to_owned()))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
