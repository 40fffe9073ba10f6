//! What the window shows of an original agrees with its tile and with the size in the catalog, whatever the
//! engine does with EXIF, with colours, or with a file without an end.

use image::DynamicImage;
use image::metadata::Orientation;
use vitrine_core::Library;
use vitrine_core::library::{Pixels, Variant};
use vitrine_core::model::{Image, ImageId, ThumbnailSize};
use vitrine_tests::blocks::Blocks;
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes};
use vitrine_tests::pictures::{Picture, a_gif, a_jpeg, a_png, a_webp};

async fn original(library: &Library, id: &ImageId) -> Pixels {
    library.pixels(id, Variant::Original).await.unwrap()
}

async fn stored_size(library: &Library, id: &ImageId) -> (u32, u32) {
    let (width, height) = match library.get_by_id(id).await.unwrap() {
        Image::Generated(image) => (image.width, image.height),
        Image::Reference(image) => (image.width, image.height),
    };
    (width.unwrap(), height.unwrap())
}

/// Returns the picture as shown by an engine that applies EXIF orientation and by one that does not.
fn by_both_engines(pixels: &Pixels) -> [DynamicImage; 2] {
    let plain = image::load_from_memory(&pixels.bytes).unwrap();
    let mut turned = plain.clone();
    let block = pixels.bytes.windows(4).position(|bytes| bytes == b"II*\0").map(|at| &pixels.bytes[at..]);
    turned
        .apply_orientation(block.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms));
    [plain, turned]
}

/// Returns where red and blue are: the colour near each corner of the picture.
fn landmarks(picture: &DynamicImage) -> [[u8; 3]; 4] {
    let picture = picture.to_rgb8();
    let (right, bottom) = (picture.width() - 5, picture.height() - 5);
    [(4, 4), (right, 4), (4, bottom), (right, bottom)].map(|(x, y)| {
        // Rounds to the nearest of white, red and blue.
        let [red, _, blue] = picture.get_pixel(x, y).0;
        [
            if red > 128 { 255 } else { 0 },
            if red > 128 && blue > 128 { 255 } else { 0 },
            if blue > 128 { 255 } else { 0 },
        ]
    })
}

/// EXIF 2.3, tag 274: which corner of the stored picture is shown at the top left, the top right, the bottom
/// left and the bottom right.
const CORNERS: [[usize; 4]; 8] = [
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [3, 2, 1, 0],
    [2, 3, 0, 1],
    [0, 2, 1, 3],
    [2, 0, 3, 1],
    [3, 1, 2, 0],
    [1, 3, 0, 2],
];

#[tokio::test(flavor = "multi_thread")]
async fn tile_viewer_and_stored_size_agree_for_all_orientations_and_formats() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let makers: [fn(u32, u32) -> Picture; 4] = [a_png, a_jpeg, a_webp, a_gif];
    for (format, make) in makers.into_iter().enumerate() {
        for (orientation, corners) in (1_u8..).zip(CORNERS) {
            // A GIF cannot store an orientation.
            if format == 3 && orientation > 1 {
                continue;
            }
            let picture = make(640, 400).landmarks().seed(u64::from(orientation));
            let bytes = picture.with_exif_orientation(orientation).bytes();
            let what = format!("{orientation} in format {format}");
            let id = import_bytes(&library, bytes.clone(), generated()).await;
            let size = if orientation < 5 { (640, 400) } else { (400, 640) };
            assert_eq!(stored_size(&library, &id).await, size, "{what}");
            let stored = [[255, 255, 255], [255, 255, 255], [255, 0, 0], [0, 0, 255]];
            let expected = corners.map(|corner| stored[corner]);
            let tile = library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
            let tile = image::load_from_memory(&tile.bytes).unwrap();
            assert_eq!(tile.width() > tile.height(), size.0 > size.1, "{what}");
            assert_eq!(landmarks(&tile), expected, "{what}");
            let shown = original(&library, &id).await;
            if format == 1 {
                // All engines apply the orientation of a JPEG.
                assert_eq!(shown.bytes, bytes, "{what}");
                assert_eq!(landmarks(&by_both_engines(&shown)[1]), expected, "{what}");
                continue;
            }
            assert_eq!(shown.bytes == bytes, orientation == 1, "{what}");
            for picture in by_both_engines(&shown) {
                assert_eq!((picture.width(), picture.height()), size, "{what}");
                assert_eq!(landmarks(&picture), expected, "{what}");
            }
            assert_eq!(fixture.original_on_disk(&bytes).unwrap(), bytes, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_that_engines_draw_differently_are_shown_as_a_copy() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let red = [255, 0, 0, 0];
    let inks = Blocks::of(2, vec![red.to_vec(), vec![0, 255, 0, 0]]).bytes();
    let cut = |bytes: Vec<u8>, missing: usize| bytes[..bytes.len() - missing].to_vec();
    for (name, bytes) in [
        ("inks as they are", inks),
        ("a PNG without its end", cut(a_png(64, 48).landmarks().bytes(), 12)),
        ("a WebP that claims more than there is", {
            let mut bytes = a_webp(64, 48).landmarks().bytes();
            bytes[4] = bytes[4].wrapping_add(8);
            bytes
        }),
        ("a GIF without its end", cut(a_gif(64, 48).landmarks().bytes(), 1)),
    ] {
        let id = import_bytes(&library, bytes.clone(), generated()).await;
        let shown = original(&library, &id).await;
        assert_eq!(shown.content_type, "image/png", "{name}");
        let shown = image::load_from_memory(&shown.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), stored_size(&library, &id).await, "{name}");
        let tile = library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
        let tile = image::load_from_memory(&tile.bytes).unwrap().to_rgb8();
        let place = |of: &image::RgbImage| *of.get_pixel(of.width() / 4, of.height() / 2);
        let (one, other) = (place(&shown.to_rgb8()), place(&tile));
        assert!(
            one.0.iter().zip(other.0).all(|(one, other)| one.abs_diff(other) < 12),
            "{name}: {one:?} {other:?}"
        );
        assert_eq!(fixture.original_on_disk(&bytes).unwrap(), bytes, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_that_all_engines_draw_alike_are_shown_unchanged() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    for picture in
        [a_png(64, 48), a_jpeg(64, 48), a_webp(64, 48), a_gif(64, 48), a_png(64, 48).with_opacity(90)]
    {
        let id = import_bytes(&library, picture.bytes(), generated()).await;
        assert_eq!(original(&library, &id).await.bytes, picture.bytes(), "{picture:?}");
    }
}
