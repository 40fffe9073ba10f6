//! A full disk and a read-only one, as a script experiences them.

use crate::fixture::{CliFixture, ids, import, run};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, NO_KEYRING};
use vitrine_tests::small_disk;

const INSIDE: &str = "full_disk::inside_a_full_disk";

#[test]
fn a_full_disk_allows_listing_and_deleting_and_explains_failed_imports() {
    small_disk::run_inside(INSIDE, "8m");
}

/// This part runs on a disk without a single free byte.
#[tokio::test(flavor = "multi_thread")]
async fn inside_a_full_disk() {
    let Some(disk) = small_disk::disk() else { return };
    let fixture = CliFixture::new();
    let library = disk.join("library");
    let cli = Cli::on(&library).with_env(NO_KEYRING);
    let pictures: Vec<String> =
        (0..20).map(|seed| fixture.picture(&a_png(16, 16).seed(seed), &format!("{seed}.png"))).collect();
    let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let known = import(&cli, &pictures, &[]).await;
    // This picture is larger than everything that a library can give up to
    // continue.
    let new = fixture.picture(&a_png(1500, 1500).noise().seed(99), "new.png");

    for (round, removal) in [&["remove"][..], &["remove", "--permanently"]].into_iter().enumerate() {
        small_disk::fill(&disk);
        assert_eq!(ids(&cli, &["generated"]).await.len(), 20 - round * 10);
        small_disk::fill(&disk);
        run(&cli, 0, &["stats"]).await;
        run(&cli, 0, &["show", &known[10 * round]]).await;
        run(&cli, 0, &["verify"]).await;
        small_disk::fill(&disk);
        let refused = run(&cli, 1, &["import", &new]).await;
        assert!(refused.stdout.contains("full"), "{refused}");
        small_disk::fill(&disk);
        let ids: Vec<&str> = known[10 * round..10 * round + 10].iter().map(String::as_str).collect();
        run(&cli, 0, &[removal, &ids].concat()).await;
    }
    assert!(ids(&cli, &["generated"]).await.is_empty());

    // Now there is no reserve, and nothing to give up.
    for part in ["reserve", "reserve.second", "reserve.third", "reserve.fourth"] {
        let _ = std::fs::remove_file(library.join(part));
    }
    let _ = std::fs::remove_dir_all(library.join("thumbnails"));
    small_disk::fill(&disk);
    let looked = run(&cli, 0, &["list", "trash", "--json"]).await;
    assert_eq!(looked.json()["page"].as_array().unwrap().len(), 10);
    assert!(looked.stderr.contains("The disk is full. The library is read-only."), "{looked}");
    let refused = run(&cli, 3, &["restore", &known[0]]).await;
    assert!(refused.stderr.contains("DiskFull: The disk is full."), "{refused}");

    std::fs::remove_file(disk.join("filler")).unwrap();
    small_disk::remount(&disk, "ro");
    let looked = run(&cli, 0, &["list", "trash", "--json"]).await;
    assert_eq!(looked.json()["page"].as_array().unwrap().len(), 10);
    assert!(looked.stderr.contains("it is on a read-only medium. The library is read-only."), "{looked}");
    let refused = run(&cli, 3, &["watch"]).await;
    assert!(refused.stderr.contains("LibraryUnusable: The library cannot be written"), "{refused}");
}
