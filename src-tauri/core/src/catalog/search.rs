//! Searches for generated images: builds queries of the full text index with their
//! conditions, and lists the models and tools to choose from. Triggers keep the index up to
//! date.

use super::listing::{Key, Listed, PUBLIC, Span, bound};
use super::sensitive::IS_SENSITIVE;
use super::{Catalog, CatalogError, fingerprints};
use crate::model::{
    Facet, Facets, ImageKind, OrderBy, OwnerId, Search, SearchField, SearchImage, SearchIs, SearchPlace,
    SearchSize, SearchWord, searchable,
};
use rusqlite::Connection;
use rusqlite::types::Value;

/// The columns in which a word without a key is searched, besides the model. Negative prompts are often
/// the same for all images, so words in them say little.
const ANYWHERE: &str = "{prompt filename note seed}";
/// The number of bits in which the fingerprints of two pictures differ, as cursors keep it.
const DISTANCE: &str = "CAST(near.value AS REAL)";
/// The most names that are offered for each choice.
const MAX_FACETS: u32 = 200;

fn column(field: SearchField) -> &'static str {
    match field {
        SearchField::Prompt => "prompt",
        SearchField::Negative => "negative_prompt",
        SearchField::Model => "model",
        SearchField::Seed => "seed",
        SearchField::Tool => "tool",
        SearchField::File => "filename",
        SearchField::Note => "note",
    }
}

/// Writes a word in the query language of the index. Quoted text is split in the same way as
/// the indexed texts, so several words form a phrase. A model is also found by the start of its
/// name: `flux` finds `flux1-dev`.
fn term(word: &SearchWord) -> String {
    let text = searchable(&word.text).replace(['"', '\0'], " ");
    let star = if word.is_prefix { " *" } else { "" };
    match word.field {
        None => format!("({ANYWHERE} : \"{text}\"{star} OR model : \"{text}\" *)"),
        Some(SearchField::Model) => format!("model : \"{text}\" *"),
        Some(field) => format!("{} : \"{text}\"{star}", column(field)),
    }
}

/// Returns the SQL condition for a property of an image.
fn condition(is: SearchIs) -> &'static str {
    match is {
        SearchIs::Public => "i.visibility = 'public'",
        SearchIs::Unlisted => "i.visibility = 'unlisted'",
        SearchIs::Stored => "i.stored_at IS NOT NULL",
        SearchIs::Waiting => "i.stored_at IS NULL",
        SearchIs::Sensitive => IS_SENSITIVE,
        SearchIs::Favourite => "i.favourite = 1",
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

/// What orders the results of a search.
enum Ordered {
    /// How much they look like an image.
    ByLooks,
    /// The index, whose rows are in the order in which the pictures were made.
    ByIndex,
    /// How well they match.
    ByRank,
    /// A value of the rows.
    ByRow(Key),
}

/// Returns the query that lists the results of a search in the order of `span`.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    search: &Search,
    within: SearchPlace,
    span: &Span,
) -> Result<Listed, CatalogError> {
    let mut values = Vec::new();
    let mut filters = Vec::new();
    let mut bind = |value: Value| {
        values.push(value);
        format!("?{}", values.len())
    };
    let wanted = terms(&search.words, false, " AND ");
    let unwanted = terms(&search.words, true, " OR ");
    // With words, only the index provides the order. Without words, the rows do.
    let mut similar = search.similar.iter();
    let alike = match similar.as_slice().first() {
        // Only the pictures that look alike are read, and how much they do can order them.
        Some(first) if wanted.is_none() && !first.excluded => {
            similar.next();
            Some(bind(Value::Text(fingerprints::near(connection, &first.id)?)))
        }
        _ => None,
    };
    let from = if let Some(alike) = &alike {
        format!(
            "FROM json_each({alike}) near CROSS JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER)
             CROSS JOIN generated_images i ON i.sha256 = f.sha256"
        )
    } else if wanted.is_some() {
        "FROM generated_search CROSS JOIN search_rows s ON s.position = generated_search.rowid
         CROSS JOIN generated_images i ON i.id = s.image_id"
            .to_owned()
    } else {
        "FROM generated_images i".to_owned()
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
            // The plus keeps SQLite from using the index by import, whose rows would have to be sorted.
            let plus = if span.order.by == OrderBy::Added { "" } else { "+" };
            filters.push(format!("{plus}i.added_at {comparison} {moment}"));
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
    for range in &search.ratings {
        let not = if range.excluded { "NOT " } else { "" };
        // The first condition lets SQLite use the index of the rated images, and the plus keeps it from
        // using the one by rating, whose rows would have to be sorted.
        let rated = if range.least > 0 && !range.excluded { "i.rating <> 0 AND " } else { "" };
        filters.push(format!("{rated}{not}(+i.rating BETWEEN {} AND {})", range.least, range.most));
    }
    for (names, from) in [
        (
            &search.collections,
            "collection_images m JOIN collections c ON c.id = m.collection_id WHERE m.image_id = i.id",
        ),
        (
            &search.galleries,
            "made_with w JOIN gallery_images m ON m.image_id = w.reference_id
             JOIN galleries c ON c.id = m.gallery_id WHERE w.image_id = i.id",
        ),
    ] {
        for name in names {
            let not = if name.excluded { "NOT " } else { "" };
            let text = bind(Value::Text(name.text.to_lowercase()));
            filters.push(format!("{not}EXISTS (SELECT 1 FROM {from} AND lower_case(c.name) = {text})"));
        }
    }
    for SearchImage { id, excluded } in similar {
        let not = if *excluded { "NOT " } else { "" };
        let alike = bind(Value::Text(fingerprints::near(connection, id)?));
        filters.push(format!(
            "i.sha256 {not}IN (SELECT f.sha256 FROM json_each({alike}) near
                               JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER))"
        ));
    }
    for SearchImage { id, excluded } in &search.references {
        let not = if *excluded { "NOT " } else { "" };
        let id = bind(Value::Text(id.as_str().to_owned()));
        filters.push(format!("i.id {not}IN (SELECT image_id FROM made_with WHERE reference_id = {id})"));
    }
    let order = span.order;
    let ordered = match order.by {
        OrderBy::Match if alike.is_some() => Ordered::ByLooks,
        OrderBy::Match if by_words => Ordered::ByRank,
        OrderBy::Made | OrderBy::Manual if by_words => Ordered::ByIndex,
        _ => Ordered::ByRow(Key::of(order)),
    };
    let (newest, best) = if order.reversed { ("ASC", "DESC") } else { ("DESC", "ASC") };
    if let Some(cursor) = &span.after {
        let (key, id) = (bind(bound(cursor, order)?), bind(Value::Text(cursor.id.as_str().to_owned())));
        let older = if order.reversed { ">" } else { "<" };
        // The row of the cursor may be gone. Then the rest of the images of its moment are skipped.
        let position = "(SELECT position FROM search_rows WHERE image_id = ";
        filters.push(match &ordered {
            Ordered::ByIndex => {
                let end = if order.reversed { format!("({key} + 1) << 20") } else { format!("{key} << 20") };
                format!("generated_search.rowid {older} coalesce({position}{id}), {end})")
            }
            Ordered::ByRank => {
                let worse = if order.reversed { "<" } else { ">" };
                format!(
                    "(generated_search.rank {worse} {key} OR (generated_search.rank = {key}
                      AND generated_search.rowid {older} coalesce({position}{id}), 0)))"
                )
            }
            Ordered::ByLooks => {
                let (further, earlier) = if order.reversed { ("<", ">") } else { (">", "<") };
                format!("({DISTANCE} {further} {key} OR ({DISTANCE} = {key} AND i.id {earlier} {id}))")
            }
            Ordered::ByRow(by) => format!("({}, i.id) {} ({key}, {id})", by.value, by.behind()),
        });
    }
    let (key, sorted) = match ordered {
        Ordered::ByIndex => ("i.created_at".to_owned(), format!("generated_search.rowid {newest}")),
        Ordered::ByRank => (
            "generated_search.rank".to_owned(),
            format!("generated_search.rank {best}, generated_search.rowid {newest}"),
        ),
        Ordered::ByLooks => (DISTANCE.to_owned(), format!("{DISTANCE} {best}, i.id {newest}")),
        Ordered::ByRow(by) => {
            let sorted = format!("{0} {1}, i.id {1}", by.value, by.direction());
            (by.value, sorted)
        }
    };
    let limit = bind(Value::Integer(span.limit));
    let clause = format!("{from} WHERE {} ORDER BY {sorted} LIMIT {limit}", filters.join(" AND "));
    Ok(Listed { kind: ImageKind::Generated, clause, values, key })
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
