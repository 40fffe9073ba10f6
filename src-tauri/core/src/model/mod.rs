//! The words of the product as plain types. Owns no behaviour beyond their own
//! validity; must not know storage, network or interface.

mod ids;
mod kind;
mod time;

pub use ids::{GalleryId, ImageId, InvalidId, ObjectKey, OwnerId};
pub use kind::{ImageFormat, ImageKind, Visibility};
pub use time::UnixMs;
