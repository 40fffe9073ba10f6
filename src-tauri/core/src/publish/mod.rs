//! The published feed: the public images of a profile as static files in the bucket. [`site`] has the words for it,
//! [`render`] writes the files, [`layout`] cuts the images into lists, and [`plan`] says what to upload or delete next.
//!
//! Pure: nothing here knows files, the catalog, the bucket or the clock.

pub mod layout;
pub mod plan;
mod print;
pub mod render;
mod shown;
pub mod site;

pub use crate::model::Print;
pub use print::Printer;
pub use shown::{Shown, shown};

use crate::model::ImageId;
use site::PageId;

/// Returns the id of an image on its site. It is always the same, and gives nothing away about the image.
pub fn page_id(image: &ImageId) -> PageId {
    PageId::new(Printer::new("page of an image").bytes(image.as_str().as_bytes()).finish())
}
