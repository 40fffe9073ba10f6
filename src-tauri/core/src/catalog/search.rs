//! Searches for generated images: builds queries of the full text index with their
//! conditions, and lists the models and tools to choose from. Triggers keep the index up to
//! date.

use super::listing::{Listed, PUBLIC, Span};
use super::sensitive::IS_SENSITIVE;
use super::{Catalog, CatalogError};
use crate::model::{
    Facet, Facets, ImageKind, OwnerId, Search, SearchField, SearchIs, SearchPlace, SearchSize, SearchWord,
    searchable,
};
use rusqlite::Connection;
use rusqlite::types::Value;

/// The columns in which a word without a key is searched.
const ANYWHERE: &str = "{prompt negative_prompt model filename seed}";
/// The most names that are offered for each choice.
const MAX_FACETS: u32 = 200;

fn column(field: Option<SearchField>) -> &'static str {
    match field {
        None => ANYWHERE,
        Some(SearchField::Prompt) => "prompt",
        Some(SearchField::Negative) => "negative_prompt",
        Some(SearchField::Model) => "model",
        Some(SearchField::Seed) => "seed",
        Some(SearchField::Tool) => "tool",
        Some(SearchField::File) => "filename",
    }
}

/// Writes a word in the query language of the index. Quoted text is split in the same way as
/// the indexed texts, so several words form a phrase.
fn term(word: &SearchWord) -> String {
    let text = searchable(&word.text).replace(['"', '\0'], " ");
    let star = if word.is_prefix { " *" } else { "" };
    format!("{} : \"{text}\"{star}", column(word.field))
}

/// Returns the SQL condition for a property of an image.
fn condition(is: SearchIs) -> &'static str {
    match is {
        SearchIs::Public => "i.visibility = 'public'",
        SearchIs::Unlisted => "i.visibility = 'unlisted'",
        SearchIs::Stored => "i.stored_at IS NOT NULL",
        SearchIs::Waiting => "i.stored_at IS NULL",
        SearchIs::Sensitive => IS_SENSITIVE,
        SearchIs::Portrait => "i.height > i.width",
        SearchIs::Landscape => "i.width > i.height",
        SearchIs::Square => "i.width = i.height",
        SearchIs::MadeWithReferences => "EXISTS (SELECT 1 FROM made_with m WHERE m.image_id = i.id)",
    }
}

fn terms(words: &[SearchWord], excluded: bool, between: &str) -> Option<String> {
    let terms: Vec<_> = words.iter().filter(|word| word.excluded == excluded).map(term).collect();
    if terms.is_empty() { None } else { Some(terms.join(between)) }
}

/// Returns the query that lists the results of a search, newest first.
pub(super) fn listed(owner: &OwnerId, search: &Search, within: SearchPlace, span: &Span) -> Listed {
    let mut values = Vec::new();
    let mut filters = Vec::new();
    let mut bind = |value: Value| {
        values.push(value);
        format!("?{}", values.len())
    };
    let wanted = terms(&search.words, false, " AND ");
    let unwanted = terms(&search.words, true, " OR ");
    // With words, only the index provides the order. Without words, the rows do.
    let from = if wanted.is_some() {
        "FROM generated_search CROSS JOIN search_rows s ON s.position = generated_search.rowid
         CROSS JOIN generated_images i ON i.id = s.image_id"
    } else {
        "FROM generated_images i"
    };
    match within {
        SearchPlace::History => {
            filters.push(format!("i.owner_id = {}", bind(Value::Text(owner.as_str().to_owned()))));
        }
        SearchPlace::Feed => filters.push(PUBLIC.to_owned()),
    }
    filters.push("i.removed_at IS NULL".to_owned());
    let by_words = wanted.is_some();
    match (wanted, unwanted) {
        (Some(wanted), unwanted) => {
            let query = match unwanted {
                Some(unwanted) => format!("({wanted}) NOT ({unwanted})"),
                None => wanted,
            };
            filters.push(format!("generated_search MATCH {}", bind(Value::Text(query))));
        }
        (None, Some(unwanted)) => filters.push(format!(
            "NOT EXISTS (SELECT 1 FROM generated_search
                         WHERE generated_search MATCH {}
                         AND rowid = (SELECT s.position FROM search_rows s WHERE s.image_id = i.id))",
            bind(Value::Text(unwanted))
        )),
        (None, None) => {}
    }
    for (moment, comparison) in [(search.made.from, ">="), (search.made.until, "<")] {
        if let Some(moment) = moment {
            let moment = bind(Value::Integer(moment.0));
            filters.push(if by_words {
                format!("generated_search.rowid {comparison} {moment} << 20")
            } else {
                format!("i.created_at {comparison} {moment}")
            });
        }
    }
    for (moment, comparison) in [(search.added.from, ">="), (search.added.until, "<")] {
        if let Some(moment) = moment {
            let moment = bind(Value::Integer(moment.0));
            filters.push(format!("i.added_at {comparison} {moment}"));
        }
    }
    for size in &search.sizes {
        filters.push(match size {
            SearchSize::Exactly(width, height) => format!("i.width = {width} AND i.height = {height}"),
            SearchSize::AtLeast(side) => format!("max(i.width, i.height) >= {side}"),
            SearchSize::AtMost(side) => format!("max(i.width, i.height) <= {side}"),
        });
    }
    for (is, not) in &search.is {
        filters.push(if *not { format!("NOT ({})", condition(*is)) } else { condition(*is).to_owned() });
    }
    if let Some(cursor) = &span.after {
        let (at, id) = (bind(Value::Integer(cursor.at.0)), bind(Value::Text(cursor.id.as_str().to_owned())));
        filters.push(if by_words {
            // The row of the cursor may be gone. Then the rest of the images of its moment
            // are skipped.
            format!(
                "generated_search.rowid < coalesce(
                    (SELECT position FROM search_rows WHERE image_id = {id}), {at} << 20)"
            )
        } else {
            format!("(i.created_at, i.id) < ({at}, {id})")
        });
    }
    let order = if by_words { "generated_search.rowid DESC" } else { "i.created_at DESC, i.id DESC" };
    let limit = bind(Value::Integer(span.limit));
    let clause = format!("{from} WHERE {} ORDER BY {order} LIMIT {limit}", filters.join(" AND "));
    Listed { kind: ImageKind::Generated, clause, values, at: "i.created_at" }
}

fn facets(connection: &Connection, owner: &OwnerId, column: &str) -> Result<Vec<Facet>, CatalogError> {
    let sql = format!(
        "SELECT {column}, count(*) FROM generated_images
         WHERE owner_id = ?1 AND removed_at IS NULL AND {column} IS NOT NULL
         GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT {MAX_FACETS}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map([owner], |row| Ok(Facet { name: row.get(0)?, images: row.get(1)? }))?;
    Ok(found.collect::<Result<_, _>>()?)
}

impl Catalog {
    /// Returns the models and tools of a profile's images, most used first.
    pub async fn facets(&self, owner: &OwnerId) -> Result<Facets, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            Ok(Facets {
                models: facets(connection, &owner, "model")?,
                tools: facets(connection, &owner, "tool")?,
            })
        })
        .await
    }
}
