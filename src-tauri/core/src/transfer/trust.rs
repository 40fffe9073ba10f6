//! Which stores passed the trial of what Vitrine relies on, as the catalog
//! remembers it. Vitrine uploads to no other store.

use crate::catalog::{Catalog, CatalogError};

const TRUSTED: &str = "trusted_stores";
/// The maximum number of remembered stores, more than anybody switches between.
/// The oldest is forgotten and has another trial.
const MOST: usize = 16;

async fn trusted(catalog: &Catalog) -> Result<Vec<String>, CatalogError> {
    let text = catalog.setting(TRUSTED).await?;
    // If the list cannot be read, the stores have another trial.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Says whether the store at this place (endpoint and bucket) passed the trial.
pub async fn is_trusted(catalog: &Catalog, place: &str) -> Result<bool, CatalogError> {
    Ok(trusted(catalog).await?.iter().any(|known| known == place))
}

/// Remembers that the store at this place passed the trial.
pub async fn trust(catalog: &Catalog, place: &str) -> Result<(), CatalogError> {
    let mut known = trusted(catalog).await?;
    known.retain(|known| known != place);
    known.push(place.to_owned());
    let surplus = known.len().saturating_sub(MOST);
    known.drain(..surplus);
    write(catalog, &known).await
}

/// Forgets that the store at this place passed the trial, so that it has
/// another trial before the next upload.
pub async fn distrust(catalog: &Catalog, place: &str) -> Result<(), CatalogError> {
    let mut known = trusted(catalog).await?;
    let before = known.len();
    known.retain(|known| known != place);
    if known.len() == before { Ok(()) } else { write(catalog, &known).await }
}

async fn write(catalog: &Catalog, known: &[String]) -> Result<(), CatalogError> {
    catalog.set_setting(TRUSTED, serde_json::json!(known).to_string()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_stores_are_remembered_until_they_are_distrusted() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("catalog.db")).unwrap();
        assert!(!is_trusted(&catalog, "https://a/art").await.unwrap());
        for number in 0..20 {
            trust(&catalog, &format!("https://{number}/art")).await.unwrap();
        }
        for (number, expected) in [(0, false), (3, false), (4, true), (19, true)] {
            assert_eq!(is_trusted(&catalog, &format!("https://{number}/art")).await.unwrap(), expected);
        }
        distrust(&catalog, "https://19/art").await.unwrap();
        assert!(!is_trusted(&catalog, "https://19/art").await.unwrap());
        assert!(is_trusted(&catalog, "https://18/art").await.unwrap());
    }
}
