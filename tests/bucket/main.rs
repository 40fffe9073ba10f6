//! The bucket against a real S3 server, and the keyring against a real one.

mod doctor;
mod keyring;
mod objects;
mod scene;
