//! Thumbnails show the colours that a colour-managed viewer shows. Arithmetic gives those colours for every
//! way a file can state them. For real files, another program gives them (`cases`).
#![expect(clippy::print_stdout, reason = "the table is what is measured")]

mod cases;
mod files;
mod profiles;
mod spaces;

use files::{ACROSS, Carrier, PATCHES, Said, file};
use image::DynamicImage;
use profiles::Profile;
use spaces::{
    ADOBE_RGB, BT2020_D65, Curve, D50, DISPLAY_P3, P3_D65, PROPHOTO, SRGB, difference, from_xyz, lab_of_xyz,
    under_d50, under_d65, xyz_of_lab,
};
use vitrine_core::Library;
use vitrine_core::library::Variant;
use vitrine_core::model::ThumbnailSize;
use vitrine_tests::blocks::{Blocks, CELL};
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes};

/// The largest average difference over a picture at which people still call colours the same.
const MOST: f64 = 2.0;

/// The exponents of Adobe RGB and `ProPhoto` as profiles store them, in 256ths.
const ADOBE: Curve = Curve::Gamma(563.0 / 256.0);
const ROMM: Curve = Curve::Gamma(461.0 / 256.0);
const LINEAR: Curve = Curve::Gamma(1.0);

/// Imports a picture and returns its thumbnail.
async fn thumbnail(library: &Library, bytes: Vec<u8>) -> DynamicImage {
    let id = import_bytes(library, bytes, generated()).await;
    let pixels = library.pixels(&id, Variant::Thumbnail(ThumbnailSize::Medium)).await.unwrap();
    image::load_from_memory(&pixels.bytes).unwrap()
}

/// Returns the average colour of an area, which is given in fractions of the picture. Translucent pixels
/// count less, and an entirely transparent area counts as grey.
fn average(picture: &DynamicImage, [left, top, right, bottom]: [f64; 4]) -> [f64; 3] {
    let picture = picture.to_rgba8();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (mut sums, mut weight) = ([0.0; 3], 0.0);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let (x, y) = ((f64::from(x) + 0.5) / width, (f64::from(y) + 0.5) / height);
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            let alpha = f64::from(pixel.0[3]);
            weight += alpha;
            (0..3).for_each(|channel| sums[channel] += f64::from(pixel.0[channel]) / 255.0 * alpha);
        }
    }
    if weight > 0.0 { sums.map(|sum| sum / weight) } else { [128.0 / 255.0; 3] }
}

/// Returns the colour in the middle of each cell of a grid.
fn cells(picture: &DynamicImage, across: usize, down: usize) -> Vec<[f64; 3]> {
    let share = |index: usize, of: usize, part: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a few cells")]
        let share = (index as f64 + part) / of as f64;
        share
    };
    let places = (0..across * down).map(|index| (index % across, index / across));
    places
        .map(|(x, y)| {
            let area =
                [share(x, across, 0.3), share(y, down, 0.3), share(x, across, 0.7), share(y, down, 0.7)];
            average(picture, area)
        })
        .collect()
}

fn mean_difference(shown: &[[f64; 3]], expected: &[[f64; 3]]) -> f64 {
    assert_eq!(shown.len(), expected.len());
    let sum: f64 = shown.iter().zip(expected).map(|(shown, expected)| difference(*shown, *expected)).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few patches")]
    let mean = sum / shown.len() as f64;
    mean
}

/// A file to be made, and what it shows.
struct Row {
    name: String,
    carrier: Carrier,
    said: Said,
    expected: Vec<[f64; 3]>,
}

fn row(name: &str, carrier: Carrier, said: &Said, shown: impl Fn([f64; 3]) -> [f64; 3]) -> Row {
    let of = |patch: [u8; 3]| if carrier.is_grey() { [patch[1]; 3] } else { patch };
    let expected =
        PATCHES.iter().map(|patch| shown(of(*patch).map(|value| f64::from(value) / 255.0))).collect();
    Row { name: format!("{name}, {carrier:?}"), carrier, said: said.clone(), expected }
}

/// Imports the made files, prints the difference of each thumbnail, and checks it.
async fn compare(rows: Vec<Row>) {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut wrong = Vec::new();
    for row in rows {
        // Once at full size, and once scaled down.
        for side in [40, 110] {
            let picture = thumbnail(&library, file(row.carrier, side, &row.said)).await;
            let shown = cells(&picture, ACROSS, PATCHES.len() / ACROSS);
            let mean = mean_difference(&shown, &row.expected);
            let line = format!("{:6.2}  {}, {} px", mean, row.name, side * ACROSS);
            println!("{line}");
            if mean >= MOST {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "differences of {MOST} or more:\n{}", wrong.join("\n"));
}

const COLOURED: [Carrier; 7] = [
    Carrier::Png,
    Carrier::DeepPng,
    Carrier::PalettePng,
    Carrier::ClearPng,
    Carrier::Jpeg,
    Carrier::WebP,
    Carrier::ClearWebP,
];

#[tokio::test(flavor = "multi_thread")]
async fn matrix_profiles_are_applied_in_every_format_that_has_them() {
    let mut rows = Vec::new();
    for (name, matrix, curve) in [
        ("sRGB", SRGB, Curve::Srgb),
        ("Display P3", DISPLAY_P3, Curve::Srgb),
        ("Adobe RGB", ADOBE_RGB, ADOBE),
        ("ProPhoto", PROPHOTO, ROMM),
        ("linear sRGB", SRGB, LINEAR),
        ("linear P3", DISPLAY_P3, LINEAR),
    ] {
        let said = Said::by_profile(Profile::by_matrix(&matrix, curve).bytes());
        let shown = |rgb| under_d50(&matrix, curve, rgb);
        rows.extend(COLOURED.iter().map(|carrier| row(name, *carrier, &said, shown)));
        // Linear light in eight bits has too few dark steps for separate greys.
        rows.extend(
            [Carrier::GreyPng, Carrier::GreyJpeg].iter().map(|carrier| row(name, *carrier, &said, shown)),
        );
    }
    compare(rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_of_any_length_are_applied() {
    let mut rows = Vec::new();
    for count in [60_000, 70_000, 200_000, 1_500_000] {
        let profile = Profile::by_matrix(&PROPHOTO, ROMM).with_private_bytes(count).version_4();
        let said = Said::by_profile(profile.bytes());
        for carrier in [Carrier::Png, Carrier::Jpeg, Carrier::WebP] {
            rows.push(row(&format!("ProPhoto and {count} bytes"), carrier, &said, |rgb| {
                under_d50(&PROPHOTO, ROMM, rgb)
            }));
        }
    }
    compare(rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grey_profiles_are_applied() {
    let mut rows = Vec::new();
    for (name, curve) in [("grey 1.8", ROMM), ("linear grey", LINEAR), ("grey sRGB", Curve::Srgb)] {
        let said = Said::by_profile(Profile::of_greys(curve, false).bytes());
        let shown = |rgb: [f64; 3]| rgb.map(|value| spaces::signal(curve.light(value)));
        rows.extend(
            [Carrier::GreyPng, Carrier::GreyJpeg].iter().map(|carrier| row(name, *carrier, &said, shown)),
        );
        // The profile says nothing about colours.
        rows.push(row(name, Carrier::Png, &said, |rgb| rgb));
    }
    let said = Said::by_profile(Profile::of_greys(LINEAR, true).bytes());
    let shown =
        |rgb: [f64; 3]| rgb.map(|value| spaces::signal(xyz_of_lab([value * 100.0, 0.0, 0.0], D50)[1]));
    rows.push(row("grey by lightness", Carrier::GreyPng, &said, shown));
    compare(rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn table_profiles_are_applied() {
    let lab = |rgb: &[f64]| {
        let light = [rgb[0], rgb[1], rgb[2]].map(|value| ADOBE.light(value));
        lab_of_xyz(ADOBE_RGB.map(|row| row.iter().zip(light).map(|(share, light)| share * light).sum()), D50)
    };
    // Sixteen steps, so that every patch lies on one of them.
    let said = Said::by_profile(Profile::by_table(*b"RGB ", 16, lab).bytes());
    let shown = |rgb| under_d50(&ADOBE_RGB, ADOBE, rgb);
    compare(COLOURED.iter().map(|carrier| row("Adobe RGB by a table", *carrier, &said, shown)).collect())
        .await;
}

fn gamma(value: u32) -> ([u8; 4], Vec<u8>) {
    (*b"gAMA", value.to_be_bytes().to_vec())
}

fn chromaticities(points: [u32; 8]) -> ([u8; 4], Vec<u8>) {
    (*b"cHRM", points.iter().flat_map(|point| point.to_be_bytes()).collect())
}

const P3_POINTS: [u32; 8] = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];
const PROPHOTO_POINTS: [u32; 8] = [34_567, 35_850, 73_470, 26_530, 15_960, 84_040, 3_660, 10];

#[tokio::test(flavor = "multi_thread")]
async fn gamma_and_chromaticities_of_a_png_are_applied() {
    let mut rows = Vec::new();
    let pngs = [Carrier::Png, Carrier::DeepPng, Carrier::PalettePng, Carrier::ClearPng];
    for (name, value, exponent) in
        [("gAMA 1.0", 100_000, 1.0), ("gAMA 0.55556", 55_556, 1.8), ("gAMA 0.45455", 45_455, 2.2)]
    {
        let curve = Curve::Gamma(exponent);
        let grey = |rgb: [f64; 3]| rgb.map(|value| spaces::signal(curve.light(value)));
        let said = Said::by_chunks(&[gamma(value)]);
        rows.extend(pngs.iter().chain(&[Carrier::GreyPng]).map(|carrier| row(name, *carrier, &said, grey)));
        let said = Said::by_chunks(&[gamma(value), chromaticities(P3_POINTS)]);
        let name = format!("{name} and cHRM of P3");
        rows.extend(
            pngs.iter().map(|carrier| row(&name, *carrier, &said, |rgb| under_d65(&P3_D65, curve, rgb))),
        );
    }
    let said = Said::by_chunks(&[chromaticities(P3_POINTS)]);
    rows.push(row("cHRM of P3", Carrier::Png, &said, |rgb| under_d65(&P3_D65, Curve::Srgb, rgb)));
    let said = Said::by_chunks(&[gamma(55_556), chromaticities(PROPHOTO_POINTS)]);
    let shown = |rgb| under_d50(&PROPHOTO, Curve::Gamma(1.8), rgb);
    rows.push(row("gAMA and cHRM under another white", Carrier::Png, &said, shown));
    compare(rows).await;
}

fn code(points: [u8; 4]) -> ([u8; 4], Vec<u8>) {
    (*b"cICP", points.to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_code_points_of_a_png_are_applied() {
    let mut rows = Vec::new();
    for (name, points, matrix, curve) in [
        ("cICP of Display P3", [12, 13, 0, 1], P3_D65, Curve::Srgb),
        ("cICP of BT.2020", [9, 14, 0, 1], BT2020_D65, Curve::Bt709),
        ("cICP of linear BT.2020", [9, 8, 0, 1], BT2020_D65, LINEAR),
        ("cICP of P3 with gamma 2.2", [12, 4, 0, 1], P3_D65, Curve::Gamma(2.2)),
    ] {
        let said = Said::by_chunks(&[code(points)]);
        for carrier in [Carrier::Png, Carrier::DeepPng, Carrier::ClearPng] {
            rows.push(row(name, carrier, &said, |rgb| under_d65(&matrix, curve, rgb)));
        }
    }
    compare(rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_colour_statement_that_the_standard_puts_first_is_applied() {
    let same = |rgb: [f64; 3]| rgb;
    let prophoto = Profile::by_matrix(&PROPHOTO, ROMM).bytes();
    let srgb_chunk = (*b"sRGB", vec![0]);
    let with = |profile: Option<&Vec<u8>>, chunks: &[([u8; 4], Vec<u8>)]| Said {
        profile: profile.cloned(),
        ..Said::by_chunks(chunks)
    };
    let in_p3 = |rgb| under_d65(&P3_D65, Curve::Srgb, rgb);
    let in_prophoto = |rgb| under_d50(&PROPHOTO, ROMM, rgb);
    let light = |rgb: [f64; 3]| rgb.map(spaces::signal);
    let broken = vec![7; 300];
    let profile_and = |chunks: &[_]| with(Some(&prophoto), chunks);
    compare(vec![
        row("cICP before iCCP", Carrier::Png, &profile_and(&[code([12, 13, 0, 1])]), in_p3),
        row("iCCP before sRGB", Carrier::Png, &profile_and(std::slice::from_ref(&srgb_chunk)), in_prophoto),
        row("iCCP before gAMA", Carrier::Png, &profile_and(&[gamma(100_000)]), in_prophoto),
        row("sRGB before gAMA", Carrier::Png, &with(None, &[gamma(100_000), srgb_chunk]), same),
        row("gAMA where iCCP is broken", Carrier::Png, &with(Some(&broken), &[gamma(100_000)]), light),
        row("iCCP where cICP is unknown", Carrier::Png, &profile_and(&[code([99, 99, 0, 1])]), in_prophoto),
        row("a gamma of zero", Carrier::Png, &with(None, &[gamma(0)]), same),
        row("chromaticities on a line", Carrier::Png, &with(None, &[chromaticities([31_270; 8])]), same),
        row("a broken profile", Carrier::Jpeg, &with(Some(&broken), &[]), same),
        row("no statement", Carrier::Jpeg, &with(None, &[]), same),
    ])
    .await;
}

/// Returns a camera's little-endian TIFF block with `ColorSpace` and the index of interoperability rules.
fn camera(space: u16, rules: [u8; 4]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let space = u32::from(space).to_le_bytes();
    let mut block = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    // There is one entry at 8, two at 26, and one at 56.
    block.extend([&[1, 0][..], &entry(0x8769, 4, 1, [26, 0, 0, 0]), &[0; 4]].concat());
    block.extend(
        [&[2, 0][..], &entry(0xa001, 3, 1, space), &entry(0xa005, 4, 1, [56, 0, 0, 0]), &[0; 4]].concat(),
    );
    block.extend([&[1, 0][..], &entry(0x0001, 2, 4, rules), &[0; 4]].concat());
    block
}

#[tokio::test(flavor = "multi_thread")]
async fn adobe_rgb_in_exif_is_applied_unless_there_is_a_profile() {
    let said =
        |space, rules: &[u8; 4]| Said { segments: vec![(0xe1, camera(space, *rules))], ..Said::default() };
    let p3 = Profile::by_matrix(&DISPLAY_P3, Curve::Srgb).bytes();
    let both = Said { profile: Some(p3), ..said(0xffff, b"R03\0") };
    compare(vec![
        row("EXIF of Adobe RGB", Carrier::Jpeg, &said(0xffff, b"R03\0"), |rgb| {
            under_d50(&ADOBE_RGB, ADOBE, rgb)
        }),
        row("EXIF of sRGB", Carrier::Jpeg, &said(1, b"R98\0"), |rgb| rgb),
        row("EXIF of no known space", Carrier::Jpeg, &said(0xffff, b"R98\0"), |rgb| rgb),
        row("EXIF of Adobe RGB, and a profile", Carrier::Jpeg, &both, |rgb| {
            under_d50(&DISPLAY_P3, Curve::Srgb, rgb)
        }),
    ])
    .await;
}

/// Light up to 92 candela is not compressed (ITU-R BT.2390 for a peak of 1,000 and white at 203), so its
/// fraction of white is shown. Brighter light is compressed below white and stays in order.
#[tokio::test(flavor = "multi_thread")]
async fn light_brighter_than_white_is_compressed_and_the_rest_stays() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    // SMPTE ST 2084. ITU-R BT.2408 has these values for 100, 203 and 1,000 candela.
    let signal = |light: f64| {
        let power = (light / 10_000.0_f64).powf(2610.0 / 16_384.0);
        let quotient = (3424.0 / 4096.0 + 2413.0 / 128.0 * power) / (1.0 + 2392.0 / 128.0 * power);
        quotient.powf(2523.0 / 32.0)
    };
    for (light, code) in [(100.0, 0.508), (203.0, 0.581), (1000.0, 0.752)] {
        assert!((signal(light) - code).abs() < 0.001);
    }
    let shown = |code: u8| Said::by_chunks(&[self::code([9, code, 0, 1])]);
    let picture = thumbnail(&library, file(Carrier::Png, 40, &shown(16))).await;
    let greys: Vec<f64> = cells(&picture, ACROSS, 4)[..6].iter().map(|rgb| rgb[1]).collect();
    assert!(greys.is_sorted() && greys[0] < 0.01 && (greys[5] - 1.0).abs() < 0.01, "{greys:?}");
    // The grey values 34 and 85 have 0.6 and 14 candela.
    for (grey, code) in [(greys[1], 34.0), (greys[2], 85.0)] {
        let expected =
            (0..100_000).map(f64::from).find(|light| signal(light / 100.0) >= code / 255.0).unwrap() / 100.0;
        assert!((grey - spaces::signal(expected / 203.0)).abs() < 0.01, "{code}: {grey}");
    }
    let hlg = thumbnail(&library, file(Carrier::DeepPng, 40, &shown(18))).await;
    let greys: Vec<f64> = cells(&hlg, ACROSS, 4)[..6].iter().map(|rgb| rgb[1]).collect();
    assert!(greys.is_sorted() && greys[0] < 0.01 && greys[3] > 0.5 && greys[5] > 0.99, "{greys:?}");
}

/// Returns the colour that viewers without a press profile show: each ink covers its share of the paper.
fn overprint(inks: &[u8]) -> [f64; 3] {
    let left = |ink: u8| 1.0 - f64::from(ink) / 255.0;
    [0, 1, 2].map(|ink| left(inks[ink]) * left(inks[3]))
}

fn inks() -> Vec<Vec<u8>> {
    let mut cells: Vec<Vec<u8>> =
        (0_u8..16).map(|bits| (0..4).map(|ink| 255 * (bits >> ink & 1)).collect()).collect();
    cells.extend([vec![128, 0, 0, 0], vec![0, 128, 0, 0], vec![0, 0, 128, 0], vec![0, 0, 0, 128]]);
    cells
}

fn with_profile(picture: Blocks, profile: &[u8]) -> Blocks {
    picture.segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", profile].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn cmyk_is_converted_with_or_without_a_profile_and_inverted_or_not() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let turned: Vec<Vec<u8>> = inks().iter().map(|cell| cell.iter().map(|ink| 255 - ink).collect()).collect();
    // Lightness falls with each ink, and colours lie between those of the corners.
    let lab = |inks: &[f64]| {
        let [cyan, magenta, yellow, black] = [inks[0], inks[1], inks[2], inks[3]];
        let left = (1.0 - 0.3 * cyan) * (1.0 - 0.4 * magenta) * (1.0 - 0.1 * yellow);
        let chroma = 1.0 - black;
        let (a, b) = (50.0 * magenta - 30.0 * cyan, 60.0 * yellow - 40.0 * cyan);
        // All inks together are black, and are shown as black.
        [100.0 * left * (1.0 - black), a * chroma, b * chroma]
    };
    let profile = Profile::by_table(*b"CMYK", 2, lab).bytes();
    let by_profile = |inks: &[u8]| {
        let inks: Vec<f64> = inks.iter().map(|ink| f64::from(*ink) / 255.0).collect();
        from_xyz(xyz_of_lab(lab(&inks), D50))
    };
    // Luma and chroma of the inverted inks by JFIF's formula. These values are well inside the cube.
    let luma = vec![
        vec![200, 128, 128, 255],
        vec![90, 128, 128, 255],
        vec![150, 100, 160, 255],
        vec![150, 128, 128, 100],
    ];
    let of_luma = |cell: &Vec<u8>| {
        let [y, cb, cr] = [0, 1, 2].map(|at| f64::from(cell[at]));
        let rgb = [
            y + 1.402 * (cr - 128.0),
            y - 0.344_14 * (cb - 128.0) - 0.714_14 * (cr - 128.0),
            y + 1.772 * (cb - 128.0),
        ];
        // The luma and chroma in the file are the inverted inks, inverted once more.
        rgb.map(|value| (1.0 - value / 255.0) * f64::from(cell[3]) / 255.0)
    };
    let mut wrong = Vec::new();
    for (name, picture, expected) in [
        (
            "CMYK of Adobe",
            Blocks::of(4, turned.clone()).adobe(0),
            inks().iter().map(|inks| overprint(inks)).collect(),
        ),
        (
            "CMYK without Adobe's marker",
            Blocks::of(4, turned.clone()),
            inks().iter().map(|inks| overprint(inks)).collect(),
        ),
        (
            "CMYK of Adobe with a profile",
            with_profile(Blocks::of(4, turned), &profile).adobe(0),
            inks().iter().map(|inks| by_profile(inks)).collect::<Vec<_>>(),
        ),
        ("YCCK", Blocks::of(2, luma.clone()).adobe(2), luma.iter().map(of_luma).collect()),
    ] {
        let rows = expected.len() / if name == "YCCK" { 2 } else { 4 };
        let shown = whole_cells(&thumbnail(&library, picture.bytes()).await, expected.len() / rows, rows);
        let mean = mean_difference(&shown, &expected);
        println!("{mean:6.2}  {name}");
        if mean >= MOST {
            wrong.push(format!("{name}: {mean}: {shown:?} for {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the colours of the cells of `Blocks`, which is some pixels short of whole cells.
fn whole_cells(picture: &DynamicImage, across: usize, down: usize) -> Vec<[f64; 3]> {
    #[expect(clippy::cast_precision_loss, reason = "a few cells")]
    let share = |index: usize, part: f64, of: usize, short: f64| {
        (index as f64 + part) * CELL as f64 / (of as f64 * CELL as f64 - short)
    };
    let places = (0..across * down).map(|index| (index % across, index / across));
    let areas = places.map(|(x, y)| {
        [
            share(x, 0.3, across, 5.0),
            share(y, 0.3, down, 3.0),
            share(x, 0.7, across, 5.0),
            share(y, 0.7, down, 3.0),
        ]
    });
    areas.map(|area| average(picture, area)).collect()
}

/// Returns cells of luma and chroma inside the cube of colours.
fn luma_and_chroma() -> Vec<Vec<u8>> {
    let cells: [[u8; 3]; 12] = [
        [76, 85, 250],
        [150, 60, 40],
        [40, 240, 110],
        [128, 128, 128],
        [200, 100, 150],
        [60, 140, 120],
        [180, 30, 140],
        [110, 170, 90],
        [235, 128, 128],
        [20, 128, 128],
        [140, 120, 190],
        [90, 100, 100],
    ];
    cells.iter().map(|cell| cell.to_vec()).collect()
}

/// Converts luma and chroma to RGB (JFIF 1.02).
fn rgb_of(cell: &[u8]) -> [f64; 3] {
    let [y, cb, cr] = [0, 1, 2].map(|at| f64::from(cell[at]));
    let rgb = [
        y + 1.402 * (cr - 128.0),
        y - 0.344_14 * (cb - 128.0) - 0.714_14 * (cr - 128.0),
        y + 1.772 * (cb - 128.0),
    ];
    rgb.map(|value| (value / 255.0).clamp(0.0, 1.0))
}

#[tokio::test(flavor = "multi_thread")]
async fn jpegs_of_any_scans_sampling_and_restarts_are_decoded_correctly() {
    const SAMPLINGS: [[(u8, u8); 3]; 19] = [
        [(1, 1), (1, 1), (1, 1)],
        [(2, 1), (1, 1), (1, 1)],
        [(1, 2), (1, 1), (1, 1)],
        [(2, 2), (1, 1), (1, 1)],
        [(4, 1), (1, 1), (1, 1)],
        [(1, 4), (1, 1), (1, 1)],
        [(4, 2), (1, 1), (1, 1)],
        [(2, 4), (1, 1), (1, 1)],
        [(3, 1), (1, 1), (1, 1)],
        [(1, 3), (1, 1), (1, 1)],
        [(3, 2), (1, 1), (1, 1)],
        [(1, 1), (2, 1), (1, 1)],
        [(1, 1), (2, 2), (2, 2)],
        [(2, 2), (2, 1), (2, 1)],
        [(2, 2), (1, 2), (1, 2)],
        [(2, 2), (2, 1), (1, 2)],
        [(2, 2), (2, 2), (1, 1)],
        [(2, 1), (2, 1), (1, 1)],
        [(2, 2), (1, 1), (2, 1)],
    ];
    const SCANS: [(&str, &[&[usize]]); 7] = [
        ("one scan", &[&[0, 1, 2]]),
        ("luma, chroma", &[&[0], &[1, 2]]),
        ("three scans", &[&[0], &[1], &[2]]),
        ("luma and blue, red", &[&[0, 1], &[2]]),
        ("chroma, luma", &[&[1, 2], &[0]]),
        ("blue, luma, red", &[&[1], &[0], &[2]]),
        ("red, blue and luma", &[&[2], &[0, 1]]),
    ];
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let expected: Vec<[f64; 3]> = luma_and_chroma().iter().map(|cell| rgb_of(cell)).collect();
    let mut wrong = Vec::new();
    for sampling in SAMPLINGS {
        for (scans, order) in SCANS {
            let most =
                order.iter().map(|scan| scan.iter().map(|at| sampling[*at].0 * sampling[*at].1).sum::<u8>());
            if most.max().unwrap() > 10 {
                continue;
            }
            for (restart, frame) in [(0, 0xc0), (1, 0xc0), (7, 0xc1), (0, 0xc2), (3, 0xc2)] {
                // In this test, the direct coefficients of a progressive picture are in a single scan.
                if frame == 0xc2 && order.len() > 1 {
                    continue;
                }
                let picture = Blocks::of(4, luma_and_chroma()).sampling(&sampling).scans(order);
                let bytes = picture.restart(restart).frame(frame, 8).bytes();
                let shown = whole_cells(&thumbnail(&library, bytes).await, 4, 3);
                let mean = mean_difference(&shown, &expected);
                if mean >= MOST {
                    wrong
                        .push(format!("{mean:.1} {sampling:?}, {scans}, restart {restart}, frame {frame:x}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn components_of_a_jpeg_are_interpreted_as_in_libjpeg() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let cells = luma_and_chroma();
    let as_luma: Vec<[f64; 3]> = cells.iter().map(|cell| rgb_of(cell)).collect();
    let as_rgb: Vec<[f64; 3]> =
        cells.iter().map(|cell| [0, 1, 2].map(|at| f64::from(cell[at]) / 255.0)).collect();
    let jfif = |picture: Blocks| picture.segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    let plain = || Blocks::of(4, cells.clone());
    for (name, picture, expected) in [
        ("nothing said", plain(), &as_luma),
        ("JFIF", jfif(plain()), &as_luma),
        ("Adobe says RGB", plain().adobe(0), &as_rgb),
        ("Adobe says luma and chroma", plain().adobe(1), &as_luma),
        ("JFIF before Adobe", jfif(plain().adobe(0)), &as_luma),
        ("named R, G, B", plain().ids(b"RGB"), &as_rgb),
        ("numbered from zero", plain().ids(&[0, 1, 2]), &as_luma),
        ("JFIF, named R, G, B", jfif(plain().ids(b"RGB")), &as_luma),
    ] {
        let shown = whole_cells(&thumbnail(&library, picture.bytes()).await, 4, 3);
        let mean = mean_difference(&shown, expected);
        assert!(mean < MOST, "{name}: {mean}");
    }
    let greys: Vec<Vec<u8>> = (0_u8..12).map(|step| vec![step * 20]).collect();
    let expected: Vec<[f64; 3]> = greys.iter().map(|grey| [f64::from(grey[0]) / 255.0; 3]).collect();
    for sampling in [(1, 1), (2, 2), (1, 2), (4, 1)] {
        let picture = Blocks::of(4, greys.clone()).sampling(&[sampling]);
        let shown = whole_cells(&thumbnail(&library, picture.bytes()).await, 4, 3);
        assert!(mean_difference(&shown, &expected) < MOST, "{sampling:?}");
    }
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % most
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_profile_never_prevents_an_import() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let lab = |inks: &[f64]| [100.0 * inks[0], 20.0 * inks[1], 0.0];
    let profiles = [
        Profile::by_matrix(&PROPHOTO, ROMM).bytes(),
        Profile::by_matrix(&DISPLAY_P3, Curve::Srgb).version_4().bytes(),
        Profile::by_table(*b"RGB ", 4, lab).bytes(),
        Profile::by_table(*b"CMYK", 2, lab).bytes(),
        Profile::of_greys(ROMM, true).bytes(),
    ];
    let mut random = Random(0x1357_9bdf_2468_ace1);
    let mut broken: Vec<Vec<u8>> = Vec::new();
    for profile in &profiles {
        broken.extend([0, 4, 128, 131, 132, 200].map(|end| profile[..end.min(profile.len())].to_vec()));
        for _ in 0..40 {
            let mut bytes = profile.clone();
            for _ in 0..=random.below(6) {
                // The header, the tags and the heads of tables matter most.
                let at = random.below(bytes.len().min(600));
                bytes[at] =
                    [0, 1, 0x7f, 0x80, 0xff, u8::try_from(random.below(256)).unwrap()][random.below(6)];
            }
            broken.push(bytes);
        }
    }
    // A table that claims four billion entries, and tag counts that overflow.
    broken.push(Profile::by_matrix(&SRGB, LINEAR).with_tag(*b"A2B0", b"mft2\0\0\0\0\x04\x03\xff\0").bytes());
    let mut many = profiles[0].clone();
    many[128..132].fill(0xff);
    broken.push(many);
    let carriers =
        [Carrier::Png, Carrier::Jpeg, Carrier::WebP, Carrier::ClearPng, Carrier::GreyPng, Carrier::DeepPng];
    broken.sort();
    broken.dedup();
    for (index, profile) in broken.into_iter().enumerate() {
        let carrier = carriers[index % carriers.len()];
        let picture = thumbnail(&library, file(carrier, 4, &Said::by_profile(profile))).await;
        assert_eq!((picture.width(), picture.height()), (24, 16), "{index}");
    }
    // Deflated, 300 MB of zeros take 300 kB.
    let endless = vec![0; 300 << 20];
    let picture = thumbnail(&library, file(Carrier::Png, 4, &Said::by_profile(endless))).await;
    assert_eq!(picture.width(), 24);
}

/// Returns the folder of the case files; `None` in a checkout of the project alone. The files are not ours to
/// commit.
fn shared_images() -> Option<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/images");
    if !folder.is_dir() {
        println!("NOT COMPARED: the case files are not here");
        return None;
    }
    Some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn real_files_look_as_in_other_programs() {
    let Some(folder) = shared_images() else { return };
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut wrong = Vec::new();
    for (name, expected) in cases::CASES {
        let picture = thumbnail(&library, std::fs::read(folder.join(name)).unwrap()).await;
        let expected = expected.map(|cell| cell.map(|value| f64::from(value) / 255.0));
        let mean = mean_difference(&cells(&picture, 6, 4), &expected);
        println!("{mean:6.2}  {name}");
        if mean >= MOST {
            wrong.push(format!("{name}: {mean}"));
        }
    }
    // This file was made for a bright screen. Its grey patch stays between black and white.
    let bright = thumbnail(&library, std::fs::read(folder.join("png-gamma/cicp_pq2020.png")).unwrap()).await;
    let [white, grey] = [[0.02, 0.02, 0.14, 0.1], [0.76, 0.9, 0.86, 0.98]].map(|area| average(&bright, area));
    assert!(white[1] > 0.97 && (0.5..0.9).contains(&grey[1]), "{white:?} {grey:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Compares pixel by pixel what is shown at original size.
async fn native_difference(library: &Library, bytes: Vec<u8>, curve: Curve) -> f64 {
    let original = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let shown = thumbnail(library, bytes).await.to_rgb8();
    assert_eq!(shown.dimensions(), original.dimensions());
    let value = |value: u8| f64::from(value) / 255.0;
    let expected: Vec<[f64; 3]> = original
        .pixels()
        .map(|pixel| pixel.0.map(|sample| spaces::signal(curve.light(value(sample)))))
        .collect();
    let shown: Vec<[f64; 3]> = shown.pixels().map(|pixel| pixel.0.map(value)).collect();
    mean_difference(&shown, &expected)
}

#[tokio::test(flavor = "multi_thread")]
async fn pixel_art_and_lines_of_one_pixel_keep_their_colours() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let encoded = |picture: image::RgbImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    // Lines of one pixel, red on blue; then a sprite of four colours; then a gradient of many colours with
    // lines.
    let lines = image::RgbImage::from_fn(200, 120, |x, y| {
        image::Rgb(if (x + y) % 7 == 0 { [255, 0, 0] } else { [0, 0, 255] })
    });
    let sprite = image::RgbImage::from_fn(32, 32, |x, y| {
        image::Rgb(
            [[255, 0, 255], [0, 255, 0], [255, 128, 0], [20, 20, 60]]
                [usize::try_from((x * x + y * 3) % 4).unwrap()],
        )
    });
    let many = image::RgbImage::from_fn(256, 256, |x, y| {
        let (x8, y8) = (u8::try_from(x).unwrap(), u8::try_from(y).unwrap());
        image::Rgb(if x % 16 == 0 || y % 16 == 0 { [255, y8, 0] } else { [x8 / 2, y8 / 2, 200] })
    });
    for (name, picture) in [("lines", lines), ("sprite", sprite), ("gradient", many)] {
        let mean = native_difference(&library, encoded(picture), Curve::Srgb).await;
        println!("{mean:6.2}  {name}");
        assert!(mean < MOST, "{name}: {mean}");
    }
    let Some(folder) = shared_images() else { return };
    for (name, curve) in [
        ("imagedraw_polygon_1px_high.png", Curve::Srgb),
        ("pal4.png", Curve::Srgb),
        ("s05n3p02.png", LINEAR),
        ("sprite64.png", Curve::Srgb),
    ] {
        let bytes = std::fs::read(folder.join("small-chroma").join(name)).unwrap();
        let mean = native_difference(&library, bytes, curve).await;
        println!("{mean:6.2}  {name}");
        assert!(mean < MOST, "{name}: {mean}");
    }
}

/// Coloured lines of one pixel in a picture that is hardly scaled, as in screenshots of drawings.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_scaled_down_keep_their_sharp_colours() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let picture = image::RgbImage::from_fn(1024, 1024, |x, _| {
        image::Rgb([[230, 30, 30], [30, 30, 230]][usize::try_from(x / 2 % 2).unwrap()])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let shown = thumbnail(&library, bytes.into_inner()).await.to_rgb8();
    // Two pixels become one. Red and blue columns alternate, and each keeps nearly its own colour.
    let reds = shown.pixels().filter(|pixel| pixel.0[0] > 180 && pixel.0[2] < 80).count();
    let blues = shown.pixels().filter(|pixel| pixel.0[2] > 180 && pixel.0[0] < 80).count();
    assert!(reds + blues > 512 * 512 * 9 / 10, "{reds} {blues}");
}
