//! What the integration and end-to-end tests share.

pub mod animated;
pub mod blocks;
pub mod browser;
pub mod chaos;
pub mod claims;
pub mod cloudflare;
pub mod desktop;
pub mod drag;
pub mod feed_files;
pub mod fixture;
pub mod folders;
pub mod hostile;
pub mod pictures;
pub mod process;
pub mod random;
pub mod rows;
pub mod s3;
pub mod scenes;
pub mod small_disk;
pub mod static_site;
pub mod stores;
pub mod window;
