//! Reads pages, single images and counts.

use super::Library;
use crate::catalog::Projection;
use crate::error::Error;
use crate::model::{
    Counts, GeneratedImage, Image, ImageDetail, ImageId, Order, OrderBy, Page, PageRequest, ReferenceImage,
    Tile, UploadState, View,
};

impl Library {
    /// Returns one page of a view, with the projection `P` of each image.
    pub(super) async fn page<P: Projection>(
        &self,
        view: &View,
        order: Order,
        request: &PageRequest,
    ) -> Result<Page<P>, Error> {
        Ok(self.catalog().page(&self.owner(), view.parsed(&self.zone()), order, request).await?)
    }

    /// Returns one page of a view in this order.
    pub async fn images(
        &self,
        view: &View,
        order: Order,
        request: &PageRequest,
    ) -> Result<Page<Image>, Error> {
        self.page(view, order, request).await
    }

    /// Returns one page of the profile's generated images, newest first.
    pub async fn get_my_images(&self, request: &PageRequest) -> Result<Page<GeneratedImage>, Error> {
        self.page(&View::History, Order::default(), request).await
    }

    /// Returns one page of the public images of all profiles, newest first.
    pub async fn get_public_feed(&self, request: &PageRequest) -> Result<Page<GeneratedImage>, Error> {
        self.page(&View::Feed, Order::default(), request).await
    }

    /// Returns one page of the profile's references, newest first.
    pub async fn get_my_references(&self, request: &PageRequest) -> Result<Page<ReferenceImage>, Error> {
        self.page(&View::References { gallery: None }, Order::default(), request).await
    }

    /// Returns one page of the profile's trash, last removed first.
    pub async fn get_trash(&self, request: &PageRequest) -> Result<Page<Image>, Error> {
        self.page(&View::Trash, Order::default(), request).await
    }

    /// Returns an image of either kind.
    pub async fn get_by_id(&self, id: &ImageId) -> Result<Image, Error> {
        Ok(self.catalog().image(id).await?)
    }

    /// Returns the public URL of an image for a browser to open. It is always a
    /// web address, whatever the catalog contains.
    pub async fn web_link(&self, id: &ImageId) -> Result<String, Error> {
        let image = self.get_by_id(id).await?;
        let url = image.url().ok_or(Error::NotThere("no bucket is connected, so there is no link yet"))?;
        match url::Url::parse(url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(parsed.into()),
            _ => Err(Error::Invalid("only web addresses can be opened".into())),
        }
    }

    /// Returns the public URLs of these images. Images without a URL are left
    /// out.
    pub async fn links(&self, ids: Vec<ImageId>) -> Result<Vec<(ImageId, String)>, Error> {
        Ok(self.catalog().links(ids).await?)
    }

    /// Returns one page of a view in this order, as tiles of a grid.
    pub async fn tiles(&self, view: &View, by: OrderBy, request: &PageRequest) -> Result<Page<Tile>, Error> {
        let page = self.page::<Tile>(view, by.into(), request).await?;
        let known = self.knows_a_bucket().await?;
        Ok(page.map(|tile| Tile { upload: shown(tile.upload, known), ..tile }))
    }

    /// Returns all images of a view in this order, packed in the format that
    /// `catalog/view_index.rs` describes. Asks `is_wanted` repeatedly, and
    /// returns `None` once it returns `false`.
    pub async fn view_index(
        &self,
        view: &View,
        by: OrderBy,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.catalog().view_index(&self.owner(), view.parsed(&self.zone()), by, is_wanted).await?)
    }

    /// Returns the tiles of those images that the profile may see. Fails for
    /// more than 1,000 images.
    pub async fn tiles_of(&self, ids: Vec<ImageId>) -> Result<Vec<Tile>, Error> {
        if ids.len() > 1000 {
            return Err(Error::Invalid("at most 1,000 images can be requested at once".into()));
        }
        let known = self.knows_a_bucket().await?;
        let tiles = self.catalog().tiles_of(&self.owner(), ids).await?;
        Ok(tiles.into_iter().map(|tile| Tile { upload: shown(tile.upload, known), ..tile }).collect())
    }

    /// Returns everything known about one image. Of another profile's image, what that profile chose and noted is
    /// left out.
    pub async fn detail(&self, id: &ImageId) -> Result<ImageDetail, Error> {
        let mut detail = self.catalog().detail(&self.owner(), id).await?;
        detail.upload = shown(detail.upload, self.knows_a_bucket().await?);
        Ok(detail)
    }

    /// Returns how many images each view shows.
    pub async fn counts(&self) -> Result<Counts, Error> {
        Ok(self.catalog().counts(&self.owner()).await?)
    }
}

/// Returns the upload state to show. An image is not waiting if no bucket is
/// connected.
fn shown(state: UploadState, knows_a_bucket: bool) -> UploadState {
    match state {
        UploadState::Waiting if !knows_a_bucket => UploadState::Local,
        other => other,
    }
}
