//! What goes out of one image, before it goes out.

use super::copies::{NoCopy, derive_copy};
use super::site::folder_address;
use super::wanted::{Choices, shown_of, wanted_of};
use crate::error::Error;
use crate::library::actions::{bounded, report};
use crate::library::{CatalogChanged, Library, LibraryEvent};
use crate::model::{
    ActionReport, Carried, ImageId, PublicDetails, TermsBefore, TermsEdit, TermsReport, Visibility,
};
use crate::publish::site::Detail;
use crate::publish::{page_id, render};
use serde::Serialize;
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

/// What is published of one image, or would be if it were public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct PublicTerms {
    /// What the image itself says about its generation data; `None` if the profile decides.
    pub details: Option<PublicDetails>,
    /// Whether the image itself keeps place and camera; `None` if the profile decides.
    pub keep_camera: Option<bool>,
    /// Whether the image is public.
    pub is_public: bool,
    /// Whether the feed of its profile is on.
    pub is_feed_on: bool,
    /// The address of its page; `None` if it is not published.
    pub address: Option<String>,
    /// What visitors see beside the picture.
    pub shown: Vec<Detail>,
    /// What the original carries and the copy does not.
    pub removed: Vec<Carried>,
    /// What the copy carries.
    pub kept: Vec<Carried>,
    /// Whether the colours of some pixels change slightly, because a text is hidden in them.
    pub pixels_change: bool,
    /// Why no copy can be published; `None` if one can.
    pub refusal: Option<String>,
}

impl Library {
    /// Returns what is published of an image, or would be. The copy is really made, so this takes as long as a
    /// decoded picture.
    pub async fn public_terms(&self, id: &ImageId) -> Result<PublicTerms, Error> {
        let owner = self.owner();
        let settings = self.feed_settings_of(&owner).await?;
        let row = self.catalog().image_for_feed(&owner, id).await?;
        let row = row.ok_or(Error::NotThere("there is no such generated image"))?;
        let file = self.catalog().image_file(id).await?.ok_or(Error::NotThere("there is no such image"))?;
        let visibility = self.catalog().visibility_of(id).await?;
        let choices = Choices::of(&row, &settings);
        let shown = shown_of(&row, choices.details)?;
        let named = [("Prompt", shown.prompt), ("Negative prompt", shown.negative_prompt)];
        let texts = named
            .into_iter()
            .filter_map(|(label, value)| Some(Detail { label: label.to_owned(), value: value? }));
        let values = texts.chain(shown.details).collect();
        let wanted = wanted_of(&row, &settings);
        let is_listed = self.catalog().has_feed_page(id).await?;
        let base = self.public_base().await?;
        let address = base
            .filter(|_| is_listed)
            .map(|base| format!("{}{}", folder_address(&base, &owner), render::image_path(page_id(id))));
        let mut terms = PublicTerms {
            details: row.details,
            keep_camera: row.keep_camera,
            is_public: visibility == Some(Visibility::Public),
            is_feed_on: settings.is_on,
            address,
            shown: values,
            removed: Vec::new(),
            kept: Vec::new(),
            pixels_change: false,
            refusal: None,
        };
        // A copy that was published says what it has, without making it again.
        if let Some(files) = self.files_of_copy(id, wanted.terms).await? {
            (terms.removed, terms.kept) = (files.removed, files.kept);
            return Ok(terms);
        }
        self.open_original(&file, false).await?;
        let (stores, limits) = (self.shared.stores.clone(), self.limits_of_copy(&row));
        let made = tokio::task::spawn_blocking(move || {
            derive_copy(&row, &settings, &stores, &limits, &CancellationToken::new())
        });
        match made.await? {
            Ok(copy) => {
                (terms.removed, terms.kept) = (copy.removed, copy.kept);
                terms.pixels_change = copy.pixels_changed;
            }
            Err(NoCopy::Refused(reason) | NoCopy::Hindered(reason)) => terms.refusal = Some(reason),
        }
        Ok(terms)
    }

    /// Sets what the public copies of images show, and returns what each said before.
    ///
    /// # Errors
    /// Fails for more than 100,000 images, and on a library that can only be viewed.
    pub async fn set_public_terms(
        &self,
        mut ids: Vec<ImageId>,
        edit: TermsEdit,
    ) -> Result<TermsReport, Error> {
        self.require_writable()?;
        // An image that is listed twice would have the new choices before the second time.
        let mut listed = HashSet::new();
        ids.retain(|id| listed.insert(id.clone()));
        let outcomes = self.catalog().set_public_terms(&self.owner(), bounded(ids)?, edit).await?;
        let (ActionReport { done, failed }, terms) = report(outcomes);
        let mut before: Vec<TermsBefore> = Vec::new();
        for (id, terms) in done.iter().zip(terms) {
            match before.iter_mut().find(|group| group.terms == terms) {
                Some(group) => group.ids.push(id.clone()),
                None => before.push(TermsBefore { terms, ids: vec![id.clone()] }),
            }
        }
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(done.clone())));
        Ok(TermsReport { done, failed, before })
    }
}
