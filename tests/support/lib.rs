//! What the integration tests share: real servers and what they are asked.

pub mod s3;
