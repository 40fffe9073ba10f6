//! Searching: checks queries, runs them, lists the models and tools to choose
//! from, and manages saved searches.

use super::Library;
use super::actions::bounded;
use crate::error::Error;
use crate::model::{
    self, Facets, GeneratedImage, Order, Page, PageRequest, SavedSearch, Search, SearchName, SearchPlace,
    View, Zone,
};

use std::collections::HashSet;

/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The longest query that can be saved, in bytes.
const MAX_QUERY: usize = 2_000;

/// Describes the names in a search that do not exist. Case does not matter, as in the search. One that the artist
/// may still be typing can be the start of a name.
fn missing_names(
    wanted: &[SearchName],
    names: impl Iterator<Item = String>,
    what: &str,
    is_typing: bool,
) -> Vec<String> {
    let names: HashSet<String> = names.map(|name| name.to_lowercase()).collect();
    let exists = |wanted: &str| {
        names.contains(wanted) || (is_typing && names.iter().any(|name| name.starts_with(wanted)))
    };
    let missing = wanted.iter().filter(|wanted| !exists(&wanted.text.to_lowercase()));
    missing.map(|missing| format!("There is no {what} named {}.", missing.text)).collect()
}

impl Library {
    /// Returns what was not understood in a query, and which collections, galleries and images do not exist, in plain
    /// words. What may still be being typed is not among it.
    pub async fn explain_search(&self, query: &str) -> Result<Vec<String>, Error> {
        // Whether a date exists does not depend on the time zone.
        let search = Search::parse(query, &Zone::UTC);
        let is_typing = !query.ends_with(|end: char| end.is_whitespace() || end == '"');
        let missing = self.missing_in(&search, is_typing).await?;
        Ok(search.problems.into_iter().chain(missing).collect())
    }

    /// Fails if any part of a query was not understood, or if it names a collection, a gallery or an image that does
    /// not exist. This is for callers that act on the results: without a misspelled exclusion, they would act on too
    /// many images.
    pub async fn check_search(&self, query: &str) -> Result<(), Error> {
        let search = Search::parse(query, &Zone::UTC);
        let mut problems = Search::misunderstood(query);
        problems.extend(self.missing_in(&search, false).await?);
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems.join(" "))) }
    }

    async fn missing_in(&self, search: &Search, is_typing: bool) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        if !search.collections.is_empty() {
            let names = self.collections().await?.into_iter().map(|set| set.name);
            missing.extend(missing_names(&search.collections, names, "collection", is_typing));
        }
        if !search.galleries.is_empty() {
            let names = self.galleries().await?.into_iter().map(|set| set.name);
            missing.extend(missing_names(&search.galleries, names, "gallery", is_typing));
        }
        let similar = search.similar.iter().map(|image| (&image.id, true));
        let references = search.references.iter().map(|image| (&image.id, false));
        for (id, is_compared) in similar.chain(references) {
            if !self.is_visible(id).await? {
                missing.push(format!("There is no image {id}."));
            } else if is_compared && let Err(Error::NotThere(why)) = self.require_comparable(id).await {
                missing.push(format!("Nothing can look like {id}: {why}."));
            }
        }
        Ok(missing)
    }

    /// Returns one page of a query's results, newest first.
    pub async fn search(
        &self,
        query: &str,
        within: SearchPlace,
        request: &PageRequest,
    ) -> Result<Page<GeneratedImage>, Error> {
        self.page(&View::Search { query: query.to_owned(), within }, Order::default(), request).await
    }

    /// Returns the models and tools of the profile's images, most used first.
    pub async fn facets(&self) -> Result<Facets, Error> {
        Ok(self.catalog().facets(&self.owner()).await?)
    }

    /// Returns the profile's saved searches in their order.
    pub async fn saved_searches(&self) -> Result<Vec<SavedSearch>, Error> {
        Ok(self.catalog().saved_searches(&self.owner()).await?)
    }

    /// Saves a search under its name, replacing an earlier one of that name.
    /// Returns all saved searches.
    pub async fn save_search(&self, search: SavedSearch) -> Result<Vec<SavedSearch>, Error> {
        let SavedSearch { name, query } = search;
        let (name, query) = (checked_name(&name)?, query.trim().to_owned());
        if query.is_empty() || query.len() > MAX_QUERY {
            return Err(Error::Invalid("this search is empty or too long to save".into()));
        }
        self.catalog().save_search(&self.owner(), SavedSearch { name, query }).await?;
        self.saved_searches().await
    }

    /// Renames a saved search. Returns all saved searches.
    pub async fn rename_search(&self, name: &str, to: &str) -> Result<Vec<SavedSearch>, Error> {
        self.catalog().rename_search(&self.owner(), name, &checked_name(to)?).await?;
        self.saved_searches().await
    }

    /// Puts the saved searches into this order. Those that are not named come last. Returns all
    /// saved searches.
    pub async fn arrange_searches(&self, names: Vec<String>) -> Result<Vec<SavedSearch>, Error> {
        self.catalog().arrange_searches(&self.owner(), bounded(names)?).await?;
        self.saved_searches().await
    }

    /// Deletes a saved search. Returns those that remain.
    pub async fn forget_search(&self, name: &str) -> Result<Vec<SavedSearch>, Error> {
        self.catalog().forget_search(&self.owner(), name).await?;
        self.saved_searches().await
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    model::checked_name(name, MAX_NAME)
        .map_err(|why| Error::Invalid(format!("the name of a saved search {why}")))
}
