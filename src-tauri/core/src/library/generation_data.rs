//! How pictures were made: what was read, and reading it again.

use super::{CatalogChanged, Library, LibraryEvent};
use crate::error::Error;
use crate::import::read_again;
use crate::metadata::{self, GenerationData, RawText, RawTexts, to_a1111_text};
use crate::model::{Image, ImageId, RawNode};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

/// The number of images that are read again in one transaction.
const BATCH: u32 = 200;

/// The progress of reading everything again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReparseProgress {
    /// The number of images that were read again.
    pub read: u32,
    /// The number of images to read.
    pub total: u32,
}

impl Library {
    /// Returns the texts that a picture contained. Those in JSON become trees.
    pub async fn raw_metadata(&self, id: &ImageId) -> Result<Vec<RawNode>, Error> {
        let texts = self.texts(id).await?;
        Ok(tokio::task::spawn_blocking(move || metadata::raw_trees(&texts.list)).await?)
    }

    pub(super) async fn texts(&self, id: &ImageId) -> Result<RawTexts, Error> {
        match self.catalog().sources(id).await? {
            Some(packed) => Ok(tokio::task::spawn_blocking(move || packed.unpack()).await??),
            None => Ok(RawTexts::default()),
        }
    }

    /// Returns how a picture was made as the parameter text of AUTOMATIC1111,
    /// including the artist's edits.
    pub async fn parameters_text(&self, id: &ImageId) -> Result<String, Error> {
        let texts = self.texts(id).await?;
        let mut info =
            metadata::interpret(&texts).info.unwrap_or_else(|| GenerationData::new(metadata::Tool::SdWebui));
        if let Image::Generated(image) = self.catalog().image(id).await? {
            info.prompt = Some(image.prompt).filter(|prompt| !prompt.is_empty());
            info.negative_prompt = image.negative_prompt;
            info.model = Some(image.model).filter(|model| model != "unknown");
            info.seed = image.seed;
        }
        Ok(to_a1111_text(&info))
    }

    /// Returns the graph with which a picture was made, as JSON that ComfyUI
    /// opens; `None` if there is none.
    pub async fn workflow(&self, id: &ImageId) -> Result<Option<String>, Error> {
        let texts = self.texts(id).await?;
        let texts: Vec<_> = texts.list.iter().map(RawText::decode).collect();
        let of = |key: &str| texts.iter().find(|text| text.key.eq_ignore_ascii_case(key));
        Ok(of("workflow").or_else(|| of("prompt")).map(|text| text.text.clone().into_owned()))
    }

    /// Reads the saved texts again that a different version of the reader read,
    /// for the images of all profiles. The artist's edits stay. It can be
    /// stopped and started again.
    pub async fn reparse(
        &self,
        cancel: CancellationToken,
        mut progress: impl FnMut(ReparseProgress) + Send,
    ) -> Result<ReparseProgress, Error> {
        let total = self.catalog().count_not_read_by(metadata::READER).await?;
        let mut now = ReparseProgress { read: 0, total };
        let mut after = None;
        while !cancel.is_cancelled() {
            let batch = self.catalog().sources_not_read_by(metadata::READER, after.clone(), BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.id.clone());
            let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            let stop = cancel.clone();
            let read = move || {
                let again =
                    |kept: crate::catalog::KeptSources| Some((kept.id, read_again(&kept.sources, &stop)?));
                batch.into_iter().filter_map(again).collect::<Vec<_>>()
            };
            let read = tokio::task::spawn_blocking(read).await?;
            if cancel.is_cancelled() {
                break;
            }
            self.catalog().read_again(read).await?;
            now.read += count;
            progress(now);
        }
        if now.read > 0 {
            self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        }
        Ok(now)
    }
}
