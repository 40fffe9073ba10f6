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

/// Fails if one of the names that a search contains does not exist. Case does not matter, as in the search.
fn require_names(
    wanted: &[SearchName],
    names: impl Iterator<Item = String>,
    what: &str,
) -> Result<(), Error> {
    let names: HashSet<String> = names.map(|name| name.to_lowercase()).collect();
    match wanted.iter().find(|wanted| !names.contains(&wanted.text.to_lowercase())) {
        Some(missing) => Err(Error::Invalid(format!("There is no {what} named {}.", missing.text))),
        None => Ok(()),
    }
}

impl Library {
    /// Returns what was not understood in a query, in plain words.
    pub fn explain_search(query: &str) -> Vec<String> {
        // Whether a date exists does not depend on the time zone.
        Search::parse(query, &Zone::UTC).problems
    }

    /// Fails if any part of a query was not understood, or if it names a collection, a gallery or an image that does
    /// not exist. This is for callers that act on the results: without a misspelled exclusion, they would act on too
    /// many images.
    pub async fn check_search(&self, query: &str) -> Result<(), Error> {
        let problems = Search::misunderstood(query);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems.join(" ")));
        }
        let search = Search::parse(query, &Zone::UTC);
        let collections = self.collections().await?.into_iter().map(|set| set.name);
        require_names(&search.collections, collections, "collection")?;
        let galleries = self.galleries().await?.into_iter().map(|set| set.name);
        require_names(&search.galleries, galleries, "gallery")?;
        let ids: Vec<_> =
            search.similar.iter().chain(&search.references).map(|image| image.id.clone()).collect();
        let known: HashSet<_> = self
            .catalog()
            .tiles_of(&self.owner(), ids.clone())
            .await?
            .into_iter()
            .map(|tile| tile.id)
            .collect();
        match ids.iter().find(|id| !known.contains(*id)) {
            Some(id) => Err(Error::Invalid(format!("There is no image {id}."))),
            None => Ok(()),
        }
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
