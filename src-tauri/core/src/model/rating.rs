//! The rating of an image.

use serde::{Deserialize, Serialize};

/// A rating from 1 to 5 stars; 0 means that the image has none.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
)]
#[serde(try_from = "u8", into = "u8")]
#[specta(type = u8)]
pub struct Rating(u8);

/// The number is not a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rating is a number from 0 to 5")]
pub struct InvalidRating;

impl Rating {
    /// The highest rating.
    pub const MAX: u8 = 5;

    /// Returns the number of stars.
    pub fn stars(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Rating {
    type Error = InvalidRating;

    fn try_from(stars: u8) -> Result<Self, InvalidRating> {
        if stars <= Self::MAX { Ok(Self(stars)) } else { Err(InvalidRating) }
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_has_at_most_five_stars() {
        assert_eq!(Rating::try_from(5).map(Rating::stars), Ok(5));
        assert_eq!(Rating::try_from(6), Err(InvalidRating));
    }
}
