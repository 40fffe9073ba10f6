//! Digests that say whether something has to be published again.

use crate::model::Print;
use sha2::{Digest, Sha256};

/// Collects values for a digest. Each value is written with its length, so that two different lists of values never
/// look the same.
#[derive(Clone)]
pub struct Printer(Sha256);

impl Printer {
    /// Begins the digest of a kind of thing.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).bytes(kind.as_bytes())
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a text, or that there is none.
    #[must_use]
    pub fn text(self, text: Option<&str>) -> Self {
        let flagged = self.flag(text.is_some());
        match text {
            Some(text) => flagged.bytes(text.as_bytes()),
            None => flagged,
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: i64) -> Self {
        self.0.update(number.to_le_bytes());
        self
    }

    /// Adds a choice of two.
    #[must_use]
    pub fn flag(self, flag: bool) -> Self {
        self.number(i64::from(flag))
    }

    /// Returns the digest.
    pub fn finish(self) -> Print {
        let digest: [u8; 32] = self.0.finalize().into();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_values_have_different_digests() {
        let print =
            |one: &str, other: Option<&str>| Printer::new("test").bytes(one.as_bytes()).text(other).finish();
        assert_eq!(print("ab", Some("c")), print("ab", Some("c")));
        for (one, other) in [("a", Some("bc")), ("ab", None), ("ab", Some(""))] {
            assert_ne!(print(one, other), print("ab", Some("c")));
        }
    }
}
