//! The published feed: the public images of a profile as static files in the
//! bucket. [`site`] has the words for it, and [`render`] writes the files.

pub mod render;
pub mod site;
