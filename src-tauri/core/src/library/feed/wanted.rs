//! What belongs on a profile's feed, and under which terms.

use crate::catalog::PublicRow;
use crate::error::Error;
use crate::library::Library;
use crate::metadata::GenerationData;
use crate::model::{FeedChoices, FeedSettings, OwnerId, PublicDetails, SensitiveImages};
use crate::public_copy::STRIPPER;
use crate::publish::plan::Wanted;
use crate::publish::{Print, Printer, Shown, page_id, shown};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What belongs on a feed.
#[derive(Debug, Clone)]
pub(super) struct WantedImages {
    /// The images, newest first.
    pub(super) images: Arc<[Wanted]>,
    /// What they show, and how many are left out.
    pub(super) counts: Counts,
    /// Rows that cannot be read.
    pub(super) damaged: u32,
}

/// How many images of a feed show what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// What the images on the feed show.
    pub(super) shown: FeedChoices,
    /// Sensitive images that are left out.
    pub(super) left_out: u32,
}

impl Counts {
    fn add(&mut self, choices: Option<Choices>) {
        let Some(choices) = choices else {
            self.left_out += 1;
            return;
        };
        match choices.details {
            PublicDetails::Show => self.shown.show += 1,
            PublicDetails::Prompt => self.shown.prompt += 1,
            PublicDetails::Hide => self.shown.hide += 1,
        }
        self.shown.keep_camera += u32::from(choices.keep_camera);
    }
}

/// How an image is published, from the settings of the profile and its own.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choices {
    pub(super) details: PublicDetails,
    pub(super) keep_camera: bool,
    pub(super) keep_credentials: bool,
    pub(super) clear_hidden: bool,
    pub(super) declare_ai: bool,
}

impl Choices {
    pub(super) fn of(row: &PublicRow, settings: &FeedSettings) -> Self {
        Self {
            details: row.details.unwrap_or(settings.details),
            keep_camera: row.keep_camera.unwrap_or(settings.keep_camera),
            keep_credentials: settings.keep_credentials,
            clear_hidden: settings.clear_hidden,
            declare_ai: settings.declare_ai && row.has_tool,
        }
    }
}

/// Returns what the public sees of an image.
pub(super) fn shown_of(row: &PublicRow, details: PublicDetails) -> Result<Shown, Error> {
    let params: Map<String, Value> = match &row.params {
        Some(packed) if details == PublicDetails::Show => packed.unpack()?,
        _ => Map::new(),
    };
    let mut data = GenerationData::from_params(&params);
    data.prompt = Some(row.prompt.clone()).filter(|prompt| !prompt.is_empty());
    data.negative_prompt = row.negative_prompt.clone().filter(|prompt| !prompt.is_empty());
    data.model = Some(row.model.clone()).filter(|model| model != "unknown");
    data.seed.clone_from(&row.seed);
    Ok(shown(data, details))
}

/// Returns a digest of the data that is shown, without unpacking it.
fn text_print(row: &PublicRow, choices: Choices) -> Print {
    let mut printer = Printer::new("text")
        .number(row.created_at.0)
        .flag(row.is_sensitive)
        .flag(choices.declare_ai)
        .text(Some(choices.details.as_str()));
    if choices.details != PublicDetails::Hide {
        printer = printer.text(Some(&row.prompt));
    }
    if choices.details == PublicDetails::Show {
        printer = printer
            .text(row.negative_prompt.as_deref())
            .text(Some(&row.model))
            .text(row.seed.as_deref())
            .bytes(row.params.as_ref().map(crate::catalog::Packed::bytes).unwrap_or_default());
    }
    printer.finish()
}

/// Returns a digest of everything that a copy is made from.
fn copy_terms(row: &PublicRow, choices: Choices, text: Print) -> Print {
    Printer::new("copy")
        .number(i64::from(STRIPPER))
        .bytes(&row.sha256)
        .bytes(&text)
        .flag(choices.keep_camera)
        .flag(choices.keep_credentials)
        .flag(choices.clear_hidden)
        .finish()
}

/// Returns an image as the plan knows it.
pub(super) fn wanted_of(row: &PublicRow, settings: &FeedSettings) -> Wanted {
    let choices = Choices::of(row, settings);
    let text = text_print(row, choices);
    let terms = copy_terms(row, choices, text);
    Wanted { page: page_id(&row.id), image: row.id.clone(), terms, text }
}

/// Says whether an image is left out although it is public.
pub(super) fn is_left_out(row: &PublicRow, settings: &FeedSettings) -> bool {
    row.is_sensitive && settings.sensitive == SensitiveImages::LeaveOut
}

impl Library {
    /// Returns what belongs on a feed at a revision, from the last step if that has read it.
    pub(super) async fn wanted_at(
        &self,
        revision: i64,
        owner: &OwnerId,
        settings: &FeedSettings,
    ) -> Result<WantedImages, Error> {
        let known = {
            let known = self.shared.publishing.known();
            known.get(owner).filter(|known| known.revision == revision).map(|known| known.wanted.clone())
        };
        match known {
            Some(wanted) => Ok(wanted),
            None => self.wanted_images(owner, settings).await,
        }
    }

    /// Returns what belongs on a feed, newest first.
    pub(super) async fn wanted_images(
        &self,
        owner: &OwnerId,
        settings: &FeedSettings,
    ) -> Result<WantedImages, Error> {
        let settings = settings.clone();
        let select = move |row: PublicRow| {
            let found = (wanted_of(&row, &settings), Choices::of(&row, &settings));
            Some((!is_left_out(&row, &settings)).then_some(found))
        };
        let (found, damaged) = self.catalog().public_images(owner, select).await?;
        let (mut images, mut counts) = (Vec::with_capacity(found.len()), Counts::default());
        for found in found {
            counts.add(found.as_ref().map(|(_, choices)| *choices));
            images.extend(found.map(|(wanted, _)| wanted));
        }
        Ok(WantedImages { images: images.into(), counts, damaged })
    }
}
