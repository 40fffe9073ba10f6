//! Generation metadata of whole files: real ones, artificial ones, and broken
//! ones.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cases;
mod containers;
mod corpus;
mod damage;
mod files;
mod graphs;
mod growth;
mod limits;
mod lookalikes;
mod sources;
mod tools;
