//! A site with pictures of many shapes, in memory and on a server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use vitrine_core::model::{OwnerId, UnixMs};
use vitrine_core::publish::render;
use vitrine_core::publish::site::{
    Detail, Entry, List, ListName, PageId, Site, SiteFile, SiteImage, SiteLink,
};
use vitrine_tests::pictures::a_jpeg;
use vitrine_tests::static_site::{ServedFile, StaticSite};

/// The ratios that people make pictures in, as width and height.
const RATIOS: [(u32, u32); 8] = [(3, 2), (2, 3), (1, 1), (16, 9), (4, 5), (21, 9), (3, 4), (9, 16)];
const PROMPTS: [&str; 4] = [
    "A quiet harbour at dawn, fishing boats in the fog, soft light, muted colours",
    "portrait of an old gardener, 85mm, natural light, shallow depth of field, film grain, looking away from the camera into the window",
    "colourful geometric paper city, isometric, studio lighting",
    "夜の港、霧の中の漁船、柔らかい光",
];
/// The index of the entry that is sensitive.
pub(crate) const SENSITIVE: usize = 5;

/// What a test publishes.
pub(crate) struct Published {
    pub(crate) site: Site,
    pub(crate) entries: Vec<Entry>,
}

/// Returns an id that is always the same for the same number.
pub(crate) fn page_id(number: usize) -> PageId {
    let mut bits = [0xa5; 16];
    bits[8..].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    PageId::new(bits)
}

fn image(path: String, (width, height): (u32, u32), longer: u32) -> SiteImage {
    let scale = |side: u32| side * longer / width.max(height);
    let (width, height) = (scale(width), scale(height));
    SiteImage { path, content_type: "image/jpeg".to_owned(), size_bytes: 1_234_567, width, height }
}

/// Returns one image of a site, newer ones for smaller numbers.
pub(crate) fn entry(number: usize) -> Entry {
    let ratio = RATIOS[number % RATIOS.len()];
    let picture = number % RATIOS.len();
    let details = [("Model", "dreamshaper_8"), ("Seed", "1234567890"), ("Steps", "30"), ("CFG", "6.5")];
    let detail = |(label, value): (&str, &str)| Detail { label: label.to_owned(), value: value.to_owned() };
    let age = i64::try_from(number).unwrap() * 3_600_000;
    Entry {
        id: page_id(number),
        created_at: UnixMs(1_772_496_000_000 - age),
        image: image(format!("c/{picture}.jpg"), ratio, 1280),
        small: image(format!("s/{picture}.jpg"), ratio, 512),
        large: image(format!("l/{picture}.jpg"), ratio, 1280),
        colour: Some([u8::try_from(number * 29 % 200).unwrap(), 110, 140]),
        prompt: Some(PROMPTS[number % PROMPTS.len()].to_owned()),
        negative_prompt: Some("blurry, low quality, text, watermark".to_owned()),
        details: details.map(detail).into(),
        sensitive: number == SENSITIVE,
        declared_ai: true,
    }
}

/// Returns the bytes of a picture. Each is made once, because that takes long.
fn jpeg(image: &SiteImage, seed: usize) -> Vec<u8> {
    static MADE: Mutex<BTreeMap<(u32, u32, usize), Vec<u8>>> = Mutex::new(BTreeMap::new());
    let size = (image.width, image.height, seed);
    let make = || a_jpeg(size.0, size.1).generated_like().seed(u64::try_from(seed).unwrap()).bytes();
    MADE.lock().unwrap_or_else(PoisonError::into_inner).entry(size).or_insert_with(make).clone()
}

/// Returns a site with `count` images.
pub(crate) fn published(count: usize) -> Published {
    let link = |label: &str, url: &str| SiteLink { label: label.to_owned(), url: url.to_owned() };
    let site = Site {
        owner: OwnerId::parse("ana").unwrap(),
        base: Some("https://pictures.example/feed/ana/".to_owned()),
        title: "Ana Marín".to_owned(),
        about: "I make pictures of places that could exist.\nMost of them start as a pencil sketch."
            .to_owned(),
        links: vec![
            link("Portfolio", "https://ana.example/work"),
            link("Mail", "mailto:ana@ana.example"),
            link("ana_draws", "not a link"),
        ],
        avatar: Some(image("avatar.jpg".to_owned(), (1, 1), 256)),
        keep_trainers_out: true,
    };
    Published { site, entries: (0..count).map(entry).collect() }
}

impl Published {
    /// Returns all files but the pictures: the newest 40 images are in the
    /// head, the others in one leaf.
    pub(crate) fn files(&self) -> Vec<SiteFile> {
        let (newest, rest) = self.entries.split_at(self.entries.len().min(40));
        let leaf = ListName::Leaf(page_id(usize::MAX));
        let older = (!rest.is_empty()).then_some(leaf);
        let head = List { name: ListName::Head, entries: newest, newer: None, older };
        let mut files = render::assets();
        files.extend(render::list(&self.site, &head).unwrap());
        if !rest.is_empty() {
            let list = List { name: leaf, entries: rest, newer: Some(ListName::Head), older: None };
            files.extend(render::list(&self.site, &list).unwrap());
        }
        files.extend(self.entries.iter().map(|entry| render::image_page(&self.site, entry).unwrap()));
        files
    }

    /// Returns everything, with the pictures.
    pub(crate) fn with_pictures(&self) -> Vec<ServedFile> {
        let mut all: Vec<ServedFile> = self
            .files()
            .into_iter()
            .map(|file| ServedFile {
                path: file.path,
                content_type: file.content_type.to_owned(),
                bytes: file.bytes,
            })
            .collect();
        let mut picture = |image: &SiteImage, seed: usize| {
            if all.iter().all(|file| file.path != image.path) {
                let (path, content_type) = (image.path.clone(), image.content_type.clone());
                all.push(ServedFile { path, content_type, bytes: jpeg(image, seed) });
            }
        };
        for (number, entry) in self.entries.iter().enumerate() {
            for image in [&entry.small, &entry.large, &entry.image] {
                picture(image, number % RATIOS.len());
            }
        }
        if let Some(avatar) = &self.site.avatar {
            picture(avatar, 99);
        }
        all
    }

    /// Puts everything on a server.
    pub(crate) async fn serve(&self) -> StaticSite {
        StaticSite::start(self.with_pictures()).await
    }
}
