//! The Cloudflare zone whose caches are in front of the bucket.

use super::ConfigProblem;

/// The environment variable with the id of the zone.
pub const ZONE_ID: &str = "R2_ZONE_ID";

/// The id of a zone, which is a domain at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneId(String);

impl ZoneId {
    /// Reads an id as people paste it: with spaces around it, in any case.
    ///
    /// # Errors
    /// Fails if it is not 32 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ConfigProblem> {
        let text = text.trim();
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(ConfigProblem::invalid(
            ZONE_ID,
            "is not a zone id, which has 32 hexadecimal digits",
            "Copy the Zone ID from the overview page of the domain at Cloudflare.",
        ))
    }

    /// Returns the 32 digits, in lower case.
    pub(in crate::bucket) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_id_has_32_hexadecimal_digits() {
        let id = "7E57A11C0FFEE0000DEADBEEF0012345";
        assert_eq!(ZoneId::parse(&format!(" {id}\n")).unwrap(), ZoneId(id.to_ascii_lowercase()));
        for wrong in
            ["", "7e57", "7e57a11c0ffee0000deadbeef001234g", "7e57a11c0ffee0000deadbeef00123455", "../x"]
        {
            assert!(ZoneId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
