//! Files that other programs open are imported: files without their end, and files that state a wrong size.
//! They are stored unchanged and marked. Cut files are refused, and so are files that no program opens, each
//! for its real reason.
#![expect(clippy::print_stdout, reason = "says that there is nothing to compare")]

use std::path::{Path, PathBuf};
use vitrine_core::Library;
use vitrine_core::model::{Outcome, RejectionReason};
use vitrine_tests::animated::{a_moving_gif, a_moving_webp};
use vitrine_tests::blocks::Blocks;
use vitrine_tests::fixture::{LibraryFixture, generated, import};
use vitrine_tests::pictures::{a_gif, a_jpeg, a_png, a_webp};

/// A file and its outcome.
struct Tried {
    name: String,
    outcome: Outcome,
    reason: Option<String>,
    code: Option<RejectionReason>,
}

/// Imports files by their names, in order.
async fn tried(library: &Library, inbox: &Path, files: &[(&str, Vec<u8>)]) -> Vec<Tried> {
    let mut tried = Vec::new();
    for (name, bytes) in files {
        let path = inbox.join(name);
        std::fs::write(&path, bytes).unwrap();
        let file = import(library, vec![path], generated()).await.files.remove(0);
        tried.push(Tried {
            name: (*name).to_owned(),
            outcome: file.outcome,
            reason: file.reason,
            code: file.code,
        });
    }
    tried
}

fn cut(bytes: &[u8], missing: usize) -> Vec<u8> {
    bytes[..bytes.len() - missing].to_vec()
}

fn with_riff_size(size: impl Fn(u32) -> u32) -> Vec<u8> {
    let mut bytes = a_webp(80, 60).seed(u64::from(size(1000))).bytes();
    let stated = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
    bytes[4..8].copy_from_slice(&size(stated).to_le_bytes());
    bytes
}

/// Returns a GIF whose screen has this size.
fn with_screen(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = a_gif(80, 60).seed(u64::from(width)).bytes();
    bytes[6..8].copy_from_slice(&width.to_le_bytes());
    bytes[8..10].copy_from_slice(&height.to_le_bytes());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn files_without_their_end_or_with_wrong_sizes_are_imported_unchanged() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (png, jpeg, gif) = (a_png(90, 70).bytes(), a_jpeg(90, 70).bytes(), a_gif(90, 70).bytes());
    // The picture has restart markers, because blocks without detail are zeros, and many of those at the end
    // were never written.
    let greys = (0..12).map(|grey| vec![grey * 20]).collect();
    let progressive = Blocks::of(4, greys).frame(0xc2, 8).restart(64).bytes();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    // These cuts remove IEND, the checksum of the pixels, and that of their stream.
    files.extend([1, 4, 8, 12, 16, 20].map(|missing| (format!("minus-{missing}.png"), cut(&png, missing))));
    files.extend([1, 2].map(|missing| (format!("minus-{missing}.jpg"), cut(&jpeg, missing))));
    files.push(("progressive.jpg".into(), cut(&progressive, 2)));
    files.extend([1, 2].map(|missing| (format!("minus-{missing}.gif"), cut(&gif, missing))));
    let moving = a_moving_gif(60, [[255, 0, 0], [0, 0, 255]]);
    files.extend([1, 2].map(|missing| (format!("moving-minus-{missing}.gif"), cut(&moving, missing))));
    for change in [1_i32, -1, 8, -8, 2, -2, 1_000_000] {
        files.push((format!("riff{change}.webp"), with_riff_size(|size| size.wrapping_add_signed(change))));
    }
    files.push(("riff-empty.webp".into(), with_riff_size(|_| 0)));
    files.push(("riff-full.webp".into(), with_riff_size(|_| u32::MAX)));
    files.push(("screen-zero.gif".into(), with_screen(0, 0)));
    files.push(("screen-small.gif".into(), with_screen(10, 60)));
    files.push(("garbage.gif".into(), [cut(&gif, 1), b"GIF89a and more".to_vec()].concat()));
    // The pixels are followed by half a text.
    files.push(("half-a-text.png".into(), [cut(&png, 12), b"\0\0\x01\0tEXtComment\0half".to_vec()].concat()));
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    for (tried, (_, bytes)) in tried(&library, &fixture.inbox(), &files).await.iter().zip(&files) {
        assert_eq!(tried.outcome, Outcome::Imported, "{}: {:?}", tried.name, tried.reason);
        assert_eq!(fixture.original_on_disk(bytes).as_ref(), Some(bytes), "{}", tried.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gain_map_or_other_data_behind_a_picture_is_ignored() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let small = a_jpeg(30, 20).bytes();
    // An index of the pictures in a file, in APP2 (CIPA DC-007).
    let index = b"\xff\xe2\0\x58MPF\0II*\0\x08\0\0\0".to_vec();
    let index = [index.clone(), vec![0; 0x5a - index.len()]].concat();
    let picture = a_jpeg(90, 70).bytes();
    let ultra = [&picture[..2], &index, &picture[2..], &small].concat();
    let files = [
        ("gain-map.jpg", ultra.clone()),
        ("gain-map-cut.jpg", cut(&ultra, small.len() / 2)),
        ("zip.png", [a_png(90, 70).bytes(), b"PK\x03\x04".to_vec()].concat()),
        ("text.gif", [a_gif(90, 70).bytes(), b"workflow".to_vec()].concat()),
        ("zeros.webp", [a_webp(90, 70).bytes(), vec![0; 1000]].concat()),
    ];
    for tried in tried(&library, &fixture.inbox(), &files).await {
        assert_eq!(tried.outcome, Outcome::Imported, "{}: {:?}", tried.name, tried.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_parts_without_pixels_do_not_prevent_an_import() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (png, jpeg) = (a_png(90, 70).bytes(), a_jpeg(90, 70).bytes());
    // Behind the header of 25 bytes, which stands behind eight of signature.
    let with_chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let mut check = flate2::Crc::new();
        check.update(kind);
        check.update(data);
        [&png[..33], &length, kind, data, &check.sum().to_be_bytes(), &png[33..]].concat()
    };
    let with_segment =
        |marker: u8, length: u16| [&jpeg[..2], &[0xff, marker], &length.to_be_bytes(), &jpeg[2..]].concat();
    let files = [
        ("cicp-matrix.png", with_chunk(b"cICP", &[1, 13, 5, 1])),
        ("cicp-range.png", with_chunk(b"cICP", &[1, 13, 0, 2])),
        ("cicp-short.png", with_chunk(b"cICP", &[1])),
        ("frame-of-nothing.png", with_chunk(b"fcTL", &[0; 26])),
        ("gamma-zero.png", with_chunk(b"gAMA", &[0; 4])),
        ("light-short.png", with_chunk(b"mDCV", &[7])),
        ("app5-of-nothing.jpg", with_segment(0xe5, 0)),
        ("app13-of-one.jpg", with_segment(0xed, 1)),
        ("comment-of-nothing.jpg", with_segment(0xfe, 0)),
    ];
    for tried in tried(&library, &fixture.inbox(), &files).await {
        assert_eq!(tried.outcome, Outcome::Imported, "{}: {:?}", tried.name, tried.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_picture_is_refused_with_the_share_that_is_there() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    // Every row takes the same space, and headers are short in comparison.
    let part = |bytes: Vec<u8>, percent: usize| bytes[..bytes.len() * percent / 100].to_vec();
    let noise =
        [a_png(300, 300), a_jpeg(300, 300), a_webp(300, 300), a_gif(300, 300)].map(|one| one.noise().bytes());
    let mut files = Vec::new();
    for (bytes, extension) in noise.into_iter().zip(["png", "jpg", "webp", "gif"]) {
        for percent in [25, 60, 90] {
            files.push((format!("{percent}.{extension}"), part(bytes.clone(), percent)));
        }
    }
    let named: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    for tried in tried(&library, &fixture.inbox(), &named).await {
        assert_eq!(tried.code, Some(RejectionReason::Truncated), "{}", tried.name);
        let reason = tried.reason.unwrap();
        let said: u32 = reason.strip_prefix("About ").unwrap().split(' ').next().unwrap().parse().unwrap();
        let percent: u32 = tried.name.split('.').next().unwrap().parse().unwrap();
        assert!(said.abs_diff(percent) <= 3, "{}: {reason}", tried.name);
    }
    let jpeg = a_jpeg(300, 300).bytes();
    let start = jpeg.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let half = part(jpeg.clone(), 50);
    for (name, bytes) in [
        // Space that a download reserved and never filled.
        ("reserved.jpg", [half.clone(), vec![0; jpeg.len() - half.len()]].concat()),
        ("head.jpg", jpeg[..start + 14].to_vec()),
        ("head.png", a_png(300, 300).bytes()[..60].to_vec()),
        ("moving.gif", part(a_moving_gif(200, [[255, 0, 0], [0, 0, 255]]), 70)),
        ("moving.webp", part(a_moving_webp(200, [[255, 0, 0], [0, 0, 255]]), 70)),
    ] {
        let tried = tried(&library, &fixture.inbox(), &[(name, bytes)]).await.remove(0);
        assert_eq!(tried.code, Some(RejectionReason::Truncated), "{name}: {:?}", tried.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_kind_of_picture_is_named() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let jpeg =
        |marker: u8, precision: u8| Blocks::of(2, vec![vec![9, 9, 9]; 4]).frame(marker, precision).bytes();
    let five = Blocks::of(2, vec![vec![9; 5]; 4]).bytes();
    let files = [
        ("arithmetic.jpg", jpeg(0xc9, 8), "arithmetic-coded JPEG"),
        ("arithmetic-progressive.jpg", jpeg(0xca, 8), "arithmetic-coded JPEG"),
        ("12-bit.jpg", jpeg(0xc1, 12), "12 bits"),
        ("lossless.jpg", jpeg(0xc3, 8), "lossless JPEG"),
        ("hierarchical.jpg", jpeg(0xc5, 8), "hierarchical JPEG"),
        ("five.jpg", five, "5 channels"),
        ("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec(), "AVIF pictures are not supported yet"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "HEIC pictures are not supported yet"),
        ("a.jxl", b"\xff\x0a\xfa\x1f".to_vec(), "JPEG XL pictures are not supported yet"),
        ("a.tif", b"II*\0\x08\0\0\0".to_vec(), "TIFF pictures are not supported yet"),
        ("a.psd", b"8BPS\0\x01".to_vec(), "Photoshop files are not supported yet"),
        ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp41".to_vec(), "Videos are not supported yet"),
    ];
    for (name, bytes, words) in files {
        let tried = tried(&library, &fixture.inbox(), &[(name, bytes)]).await.remove(0);
        assert_eq!(tried.code, Some(RejectionReason::UnsupportedFormat), "{name}");
        let reason = tried.reason.unwrap();
        assert!(reason.contains(words) && reason.contains("PNG"), "{name}: {reason}");
    }
    let large = tried(
        &library,
        &fixture.inbox(),
        &[("large.png", {
            let mut bytes = a_png(8, 8).bytes();
            bytes.resize(50_000_001, 0);
            bytes
        })],
    )
    .await
    .remove(0);
    assert_eq!(large.code, Some(RejectionReason::TooLarge));
    assert!(large.reason.unwrap().contains("vitrine settings max_upload_mb 51"));
}

/// Returns the folder of the case files; `None` in a checkout of the project alone. The files are not ours to
/// commit.
fn shared_images() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/images");
    if !folder.is_dir() {
        println!("NOT COMPARED: the case files are not here");
        return None;
    }
    Some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn real_files_that_open_elsewhere_are_imported() {
    let Some(folder) = shared_images() else { return };
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for (name, outcome) in [
        ("jpg_minus_10.jpg", Outcome::Imported),
        ("jpg_minus_2.jpg", Outcome::Imported),
        ("png_minus_1.png", Outcome::Imported),
        ("png_minus_12.png", Outcome::Imported),
        ("riff_size_plus1.webp", Outcome::Imported),
        ("riff_size_plus8.webp", Outcome::Imported),
        ("screen_zero.gif", Outcome::Imported),
        ("test_extents_transparency.gif", Outcome::Imported),
        // This file ends right after its head, without a single block of its picture.
        ("ultrahdr.jpg", Outcome::Rejected),
    ] {
        let path = folder.join("opens-elsewhere").join(name);
        let bytes = std::fs::read(&path).unwrap();
        let file = import(&library, vec![path], generated()).await.files.remove(0);
        assert_eq!(file.outcome, outcome, "{name}: {:?}", file.reason);
        let kept = fixture.original_on_disk(&bytes);
        assert_eq!(kept, (outcome == Outcome::Imported).then_some(bytes), "{name}");
    }
    for (name, words) in [("monkey12.jpg", "12 bits"), ("s600x400_2x2_arith.jpg", "arithmetic-coded")] {
        let path = folder.join("arithmetic-and-12bit").join(name);
        let file = import(&library, vec![path], generated()).await.files.remove(0);
        assert!(file.reason.unwrap().contains(words), "{name}");
    }
}
