//! What the integration and end-to-end tests share.

pub mod pictures;
pub mod process;
pub mod s3;
