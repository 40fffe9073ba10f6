//! When a picture was made: every source in its order, with zones and daylight
//! saving, dates that an artist sets, and what happens to older libraries.

use rusqlite::Connection;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::DatedImage;
use vitrine_core::model::{
    GeneratedImage, ImageId, Made, MadeFrom, OrderBy, PageRequest, SearchPlace, UnixMs, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_bytes, references};
use vitrine_tests::pictures::{Picture, a_gif, a_jpeg, a_png, a_webp};
use vitrine_tests::rows;

const DATE_TIME_ORIGINAL: u16 = 0x9003;
const OFFSET_TIME_ORIGINAL: u16 = 0x9011;
const SUB_SEC_TIME_ORIGINAL: u16 = 0x9291;

// `date -u -d 'TZ="Europe/Berlin" 2019-07-01 12:00:00' +%s` and so on.
const SUMMER_IN_BERLIN: i64 = 1_561_975_200_000;
const WINTER_IN_BERLIN: i64 = 1_546_340_400_000;
const NOON_UTC: i64 = 1_561_982_400_000;
/// 2021-03-04 05:06:07 UTC, in seconds.
const FILE_TIME: u64 = 1_614_834_367;

fn in_berlin() -> LibraryFixture {
    let fixture = LibraryFixture::new();
    fixture.set("TZ", "Europe/Berlin");
    fixture
}

/// Writes a picture whose file was last changed in 2021.
fn old_file(folder: &Path, name: &str, picture: &Picture) {
    let path = picture.write_to(folder, name);
    touch(&path, FILE_TIME);
}

fn touch(path: &Path, seconds: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

async fn images(library: &Library) -> Vec<GeneratedImage> {
    library.get_my_images(&PageRequest::first(1000)).await.unwrap().page
}

async fn made(library: &Library, name: &str) -> (i64, MadeFrom) {
    let image = images(library).await.into_iter().find(|image| image.filename == name).unwrap();
    (image.created_at.0, image.created_from)
}

fn xmp(property: &str) -> String {
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" {property}/></rdf:RDF></x:xmpmeta>"#
    )
}

/// Returns IPTC-IIM in a profile, in the form in which `ImageMagick` writes it
/// into a PNG.
fn iptc_profile(datasets: &[(u8, &str)]) -> String {
    let records = datasets.iter().flat_map(|(dataset, text)| {
        let length = u16::try_from(text.len()).unwrap().to_be_bytes();
        [&[0x1c, 2, *dataset], length.as_slice(), text.as_bytes()].concat()
    });
    let records: Vec<u8> = records.collect();
    let length = u32::try_from(records.len()).unwrap().to_be_bytes();
    let block = [b"8BIM\x04\x04\0\0".as_slice(), &length, &records].concat();
    format!("\n8bim\n{:8}\n{}\n", block.len(), hex::encode(block))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_dated_by_its_best_source() {
    let fixture = in_berlin();
    let library = fixture.open().await;
    let inbox = fixture.inbox();
    let exif = |picture: Picture, text: &str| picture.with_exif_text(DATE_TIME_ORIGINAL, text);
    let infotext = "a fox\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 8x8, \
                    Created Date: 2019-07-01T12:00:00.1234567Z, Model: m";
    let utc = a_png(9, 9).with_text("parameters", infotext);
    let pictures: Vec<(&str, Picture, i64, MadeFrom)> = vec![
        ("civitai.png", utc, NOON_UTC + 123, MadeFrom::Metadata),
        (
            "midjourney.png",
            a_png(9, 10).with_text("Creation Time", "Mon, 01 Jul 2019 12:00:00 GMT"),
            NOON_UTC,
            MadeFrom::Metadata,
        ),
        ("summer.jpg", exif(a_jpeg(9, 9), "2019:07:01 12:00:00"), SUMMER_IN_BERLIN, MadeFrom::Exif),
        ("winter.jpg", exif(a_jpeg(9, 11), "2019:01:01 12:00:00"), WINTER_IN_BERLIN, MadeFrom::Exif),
        ("exif.png", exif(a_png(9, 12), "2019:07:01 12:00:00"), SUMMER_IN_BERLIN, MadeFrom::Exif),
        ("exif.webp", exif(a_webp(9, 12), "2019:07:01 12:00:00"), SUMMER_IN_BERLIN, MadeFrom::Exif),
        (
            "zone.jpg",
            exif(a_jpeg(9, 12), "2019:07:01 12:00:00")
                .with_exif_text(OFFSET_TIME_ORIGINAL, "+00:00")
                .with_exif_text(SUB_SEC_TIME_ORIGINAL, "2500"),
            NOON_UTC + 250,
            MadeFrom::Exif,
        ),
        (
            "xmp.png",
            a_png(9, 13)
                .with_text("XML:com.adobe.xmp", &xmp(r#"photoshop:DateCreated="2019-07-01T14:00:00+02:00""#)),
            NOON_UTC,
            MadeFrom::Xmp,
        ),
        (
            "xmp-day.png",
            a_png(9, 14).with_text("XML:com.adobe.xmp", &xmp(r#"xmp:CreateDate="2019-07-01""#)),
            SUMMER_IN_BERLIN,
            MadeFrom::Xmp,
        ),
        (
            "iptc.png",
            a_png(9, 15)
                .with_text("Raw profile type iptc", &iptc_profile(&[(55, "20190701"), (60, "120000+0000")])),
            NOON_UTC,
            MadeFrom::Iptc,
        ),
        ("2019-07-01_12-00-00.gif", a_gif(9, 9), SUMMER_IN_BERLIN, MadeFrom::FileName),
        ("PXL_20190701_120000000.png", a_png(9, 16), NOON_UTC, MadeFrom::FileName),
        ("plain.png", a_png(9, 17), 1_614_834_367_000, MadeFrom::FileTime),
        ("unset.jpg", exif(a_jpeg(9, 13), "0000:00:00 00:00:00"), 1_614_834_367_000, MadeFrom::FileTime),
        ("future.jpg", exif(a_jpeg(9, 14), "2099:01:01 00:00:00"), 1_614_834_367_000, MadeFrom::FileTime),
    ];
    for (name, picture, ..) in &pictures {
        old_file(&inbox, name, picture);
    }
    let folder = inbox.join("2019-07-01");
    std::fs::create_dir(&folder).unwrap();
    old_file(&folder, "in-a-folder.png", &a_png(9, 18));
    import(&library, vec![inbox], generated()).await;
    for (name, _, at, from) in &pictures {
        assert_eq!(made(&library, name).await, (*at, *from), "{name}");
    }
    assert_eq!(made(&library, "in-a-folder.png").await, (SUMMER_IN_BERLIN, MadeFrom::Folder));
    assert_eq!(images(&library).await.len(), pictures.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn exif_gets_its_time_zone_from_another_date_of_the_same_moment() {
    let fixture = in_berlin();
    let library = fixture.open().await;
    let picture = a_png(9, 9)
        .with_exif_text(DATE_TIME_ORIGINAL, "2019:07:01 12:00:00")
        .with_text("XML:com.adobe.xmp", &xmp(r#"exif:DateTimeOriginal="2019-07-01T12:00:00Z""#));
    old_file(&fixture.inbox(), "a.png", &picture);
    import(&library, vec![fixture.inbox()], generated()).await;
    assert_eq!(made(&library, "a.png").await, (NOON_UTC, MadeFrom::Exif));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undated_picture_gets_its_import_time_not_a_wrong_file_time() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for (name, side, seconds) in [("1980.png", 5, 315_532_800), ("2099.png", 6, 4_070_908_800)] {
        let path = a_png(side, 5).write_to(&fixture.inbox(), name);
        touch(&path, seconds);
    }
    import(&library, vec![fixture.inbox()], generated()).await;
    let pasted = import_bytes(&library, a_png(7, 5).bytes(), generated()).await;
    for image in images(&library).await {
        assert_eq!((image.created_from, image.created_at), (MadeFrom::Import, image.added_at), "{image:?}");
    }
    assert_eq!(library.detail(&pasted).await.unwrap().created_from, MadeFrom::Import);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_keeps_the_modification_time_of_its_file() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let picture = a_png(8, 8);
    old_file(&fixture.inbox(), "a.png", &picture);
    import(&library, vec![fixture.inbox()], generated()).await;
    let original = fixture.original_path(&picture.bytes()).unwrap();
    let modified = original.metadata().unwrap().modified().unwrap();
    assert_eq!(modified, SystemTime::UNIX_EPOCH + Duration::from_secs(FILE_TIME));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_feed_search_and_galleries_are_ordered_by_date_of_creation() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let gallery = library.create_gallery("Faces").await.unwrap().id;
    for (at, name) in ["fox 2020-01-01.png", "fox 2022-01-01.png", "fox 2021-01-01.png"].iter().enumerate() {
        let side = u32::try_from(at + 5).unwrap();
        let path = a_png(side, 5).write_to(&fixture.inbox(), name);
        import(&library, vec![path], generated()).await;
        let path = a_png(side, 6).write_to(&fixture.inbox(), name);
        import(&library, vec![path], references(Some(gallery.clone()))).await;
    }
    let ids: Vec<ImageId> = images(&library).await.into_iter().map(|image| image.record.id).collect();
    library.set_visibility(ids, Visibility::Public).await.unwrap();
    let views = [
        View::History,
        View::Feed,
        View::References { gallery: None },
        View::References { gallery: Some(gallery.clone()) },
        View::Search { query: "file:fox ".into(), within: SearchPlace::History },
    ];
    let order = async |library: &Library, view: &View| {
        let page = library.tiles(view, OrderBy::Made, &PageRequest::first(10)).await.unwrap().page;
        page.iter().map(|tile| tile.filename[4..8].to_owned()).collect::<Vec<_>>()
    };
    for view in &views {
        assert_eq!(order(&library, view).await, ["2022", "2021", "2020"], "{view:?}");
    }
    // The artist corrects the date of the oldest image of each kind.
    for view in [View::History, View::References { gallery: None }] {
        let oldest =
            library.tiles(&view, OrderBy::Made, &PageRequest::first(10)).await.unwrap().page.remove(2).id;
        library.set_made(vec![oldest], UnixMs(1_700_000_000_000)).await.unwrap();
    }
    for view in &views {
        assert_eq!(order(&library, view).await, ["2020", "2022", "2021"], "{view:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_in_a_search_are_days_in_the_time_zone_of_the_artist() {
    let fixture = in_berlin();
    let library = fixture.open().await;
    // Half past midnight in Berlin is still the day before in UTC.
    let picture = a_png(8, 8).with_exif_text(DATE_TIME_ORIGINAL, "2019:07:01 00:30:00");
    old_file(&fixture.inbox(), "a.png", &picture);
    import(&library, vec![fixture.inbox()], generated()).await;
    for (query, found) in [
        ("after:2019-07-01 ", 1),
        ("before:2019-07-01 ", 0),
        ("made:2019-07-01 ", 1),
        ("made:2019-06 ", 0),
        ("made:2019-07-01T00:30 ", 1),
        ("made:2018..2019 ", 1),
        ("made:2019 file:a ", 1),
        ("made:2019-06-30 file:a ", 0),
        ("added:2019 ", 0),
        ("added:>=2025 ", 1),
        ("added:>=2025 file:a ", 1),
        ("added:>=2025 made:2018 ", 0),
    ] {
        let page = library.search(query, SearchPlace::History, &PageRequest::first(10)).await.unwrap();
        assert_eq!(page.page.len(), found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_set_by_the_artist_is_saved_and_can_be_undone() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for side in 5..8 {
        old_file(&fixture.inbox(), &format!("{side}.png"), &a_png(side, 5));
    }
    import(&library, vec![fixture.inbox()], generated()).await;
    let ids: Vec<ImageId> = images(&library).await.into_iter().map(|image| image.record.id).collect();
    let at = UnixMs(1_262_304_000_000);
    let change = library.set_made(ids.clone(), at).await.unwrap();
    assert_eq!((change.report.done.len(), change.before.len()), (3, 3));
    assert!(
        images(&library)
            .await
            .iter()
            .all(|image| { (image.created_at, image.created_from) == (at, MadeFrom::Artist) })
    );
    // Reading the files again does not undo the artist's date.
    library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
    assert!(images(&library).await.iter().all(|image| image.created_from == MadeFrom::Artist));
    let undone = library.put_made(change.before).await.unwrap();
    assert!(images(&library).await.iter().all(|image| image.created_from == MadeFrom::FileTime));
    library.put_made(undone.before).await.unwrap();
    assert!(images(&library).await.iter().all(|image| image.created_at == at));
    library.revert_made(ids).await.unwrap();
    for image in images(&library).await {
        assert_eq!((image.created_at.0, image.created_from), (1_614_834_367_000, MadeFrom::FileTime));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_of_other_profiles_and_implausible_dates_are_refused() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mine = import_bytes(&library, a_png(5, 5).bytes(), generated()).await;
    let other = fixture.open_as("other").await;
    let refused = other.set_made(vec![mine.clone()], UnixMs(1_262_304_000_000)).await.unwrap();
    assert_eq!((refused.report.done.len(), refused.report.failed.len(), refused.before.len()), (0, 1, 0));
    let put =
        DatedImage { id: mine.clone(), made: Made { at: UnixMs(0), from: MadeFrom::Exif }, instead_of: None };
    assert_eq!(other.put_made(vec![put]).await.unwrap().report.failed.len(), 1);
    for at in [i64::MIN, -5_000_000_000_000, 5_000_000_000_000, i64::MAX] {
        assert!(library.set_made(vec![mine.clone()], UnixMs(at)).await.is_err(), "{at}");
        let put = DatedImage {
            id: mine.clone(),
            made: Made { at: UnixMs(at), from: MadeFrom::Artist },
            instead_of: None,
        };
        assert!(library.put_made(vec![put]).await.is_err(), "{at}");
    }
    // A photograph of a daguerreotype is accepted, and searches find it.
    library.set_made(vec![mine.clone()], UnixMs(-4_000_000_000_000)).await.unwrap();
    import_bytes(&library, a_png(6, 5).bytes(), generated()).await;
    let page = library.search("made:1843 file:picture ", SearchPlace::History, &PageRequest::first(9)).await;
    assert_eq!(page.unwrap().page.iter().map(|image| &image.id).collect::<Vec<_>>(), [&mine]);
}

/// Changes the catalog to the state left by a version that knew only the date
/// of the import.
fn forget_dates(fixture: &LibraryFixture) {
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    rows::add_functions(&catalog);
    for table in ["generated_images", "reference_images"] {
        let change = format!(
            "UPDATE {table} SET created_at = added_at, created_from = 'import', modified_at = NULL, dated = 0"
        );
        catalog.execute(&change, []).unwrap();
    }
    catalog.execute("DELETE FROM generation_sources", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_library_is_searched_for_dates_and_reports_undated_images() {
    let fixture = in_berlin();
    let library = fixture.open().await;
    let dated = a_jpeg(8, 8).with_exif_text(DATE_TIME_ORIGINAL, "2019:07:01 12:00:00");
    old_file(&fixture.inbox(), "exif.jpg", &dated);
    old_file(&fixture.inbox(), "2019-07-01_12-00-00.png", &a_png(8, 9));
    old_file(&fixture.inbox(), "none.png", &a_png(8, 10));
    old_file(&fixture.inbox(), "said.png", &a_png(8, 11));
    import(&library, vec![fixture.inbox()], generated()).await;
    let reference = a_webp(8, 8).with_exif_text(DATE_TIME_ORIGINAL, "2019:07:01 12:00:00");
    let reference = import_bytes(&library, reference.bytes(), references(None)).await;
    drop(library);
    forget_dates(&fixture);
    let library = fixture.open().await;
    assert_eq!(library.count_not_dated().await.unwrap(), 5);
    let said =
        images(&library).await.into_iter().find(|image| image.filename == "said.png").unwrap().record.id;
    library.set_made(vec![said], UnixMs(1_262_304_000_000)).await.unwrap();

    let searched = library.find_dates(CancellationToken::new(), |_| ()).await.unwrap();

    assert_eq!((searched.searched, searched.dated, searched.total), (5, 3, 5));
    assert_eq!(made(&library, "exif.jpg").await, (SUMMER_IN_BERLIN, MadeFrom::Exif));
    assert_eq!(made(&library, "2019-07-01_12-00-00.png").await, (SUMMER_IN_BERLIN, MadeFrom::FileName));
    assert_eq!(made(&library, "none.png").await.1, MadeFrom::Import);
    assert_eq!(made(&library, "said.png").await, (1_262_304_000_000, MadeFrom::Artist));
    assert_eq!(library.detail(&reference).await.unwrap().created_at.0, SUMMER_IN_BERLIN);
    assert_eq!(library.count_not_dated().await.unwrap(), 0);
    // The texts of the file are saved now, so the date can be found again.
    let exif =
        images(&library).await.into_iter().find(|image| image.filename == "exif.jpg").unwrap().record.id;
    library.set_made(vec![exif.clone()], UnixMs(0)).await.unwrap();
    library.revert_made(vec![exif]).await.unwrap();
    assert_eq!(made(&library, "exif.jpg").await, (SUMMER_IN_BERLIN, MadeFrom::Exif));
}
