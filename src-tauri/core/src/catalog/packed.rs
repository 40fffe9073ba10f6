//! Large JSON values, compressed with DEFLATE.

use super::CatalogError;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};

/// The longest text that is unpacked, in bytes. A ComfyUI graph is far smaller.
const MAX_TEXT: u64 = 64 << 20;

/// JSON as the catalog stores it. Packing takes time, so it happens before a
/// row waits for the single writer thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Packs a value.
    pub fn of(value: &impl Serialize) -> Result<Self, CatalogError> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let text = serde_json::to_vec(value).map_err(|error| CatalogError::Invalid(error.to_string()))?;
        encoder.write_all(&text)?;
        Ok(Self(encoder.finish()?))
    }

    pub(super) fn from_column(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the packed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the packed size in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Unpacks the value. Fails if the text is damaged or too long.
    pub fn unpack<T: DeserializeOwned>(&self) -> Result<T, CatalogError> {
        let mut text = Vec::new();
        DeflateDecoder::new(self.bytes()).take(MAX_TEXT).read_to_end(&mut text)?;
        serde_json::from_slice(&text)
            .map_err(|_| CatalogError::Invalid("stored parameters cannot be read".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    #[test]
    fn packed_values_come_back_with_every_digit() {
        let params: Map<String, Value> =
            serde_json::from_str(r#"{"tool":"comfyui","steps":30,"seed":18446744073709551615}"#).unwrap();
        assert_eq!(Packed::of(&params).unwrap().unpack::<Map<String, Value>>().unwrap(), params);
    }

    #[test]
    fn unreadable_bytes_are_an_error() {
        assert!(Packed::from_column(b"no".to_vec()).unpack::<Value>().is_err());
    }
}
