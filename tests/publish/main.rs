//! What is published in place of an original.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod copies;
