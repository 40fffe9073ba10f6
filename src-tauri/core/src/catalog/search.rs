//! Searches for generated images: builds queries of the full text index with their
//! conditions, and lists the models and tools to choose from. Triggers keep the index up to
//! date.

use super::listing::{Key, Listed, PUBLIC, Span, bound};
use super::sensitive::IS_SENSITIVE;
use super::{Catalog, CatalogError, fingerprints};
use crate::model::{
    Cursor, Facet, Facets, ImageKind, Order, OrderBy, OwnerId, Search, SearchField, SearchImage, SearchIs,
    SearchPlace, SearchSize, SearchWord, searchable,
};
use rusqlite::Connection;
use rusqlite::types::Value;

/// The columns in which a word without a key is searched, besides the model. Negative prompts are often
/// the same for all images, so words in them say little.
const ANYWHERE: &str = "{prompt filename note seed}";
/// The number of bits in which the fingerprints of two pictures differ, as cursors keep it.
const DISTANCE: &str = "CAST(near.value AS REAL)";
/// Up to how many rows behind the beginning of a page are looked through together for unwanted words. Tests reach the
/// end of both with few rows.
const NEAR: [u32; 2] = if cfg!(test) { [6, 20] } else { [4_096, 65_536] };
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
    Looks,
    /// The index, whose rows are in the order in which the pictures were made.
    Index,
    /// How well they match.
    Rank,
    /// A value of the rows.
    Row(Key),
}

/// The conditions of a query, and the values of its parameters.
#[derive(Default)]
struct Conditions {
    values: Vec<Value>,
    all: Vec<String>,
}

impl Conditions {
    /// Adds a parameter, and returns its name.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    fn bind_text(&mut self, text: &str) -> String {
        self.bind(Value::Text(text.to_owned()))
    }

    fn require(&mut self, condition: impl Into<String>) {
        self.all.push(condition.into());
    }

    fn require_place(&mut self, owner: &OwnerId, within: SearchPlace) {
        match within {
            SearchPlace::History => {
                let owner = self.bind_text(owner.as_str());
                self.require(format!("i.owner_id = {owner}"));
            }
            SearchPlace::Feed => self.require(PUBLIC),
        }
        self.require("i.removed_at IS NULL");
    }

    fn require_words(&mut self, wanted: String, unwanted: Option<String>) {
        let query = match unwanted {
            Some(unwanted) => format!("({wanted}) NOT ({unwanted})"),
            None => wanted,
        };
        let query = self.bind(Value::Text(query));
        self.require(format!("generated_search MATCH {query}"));
    }

    /// Requires that rows, whose position is `s.position`, have none of these words.
    fn require_without(
        &mut self,
        unwanted: String,
        span: &Span,
        ordered: &Ordered,
    ) -> Result<(), CatalogError> {
        let unwanted = self.bind(Value::Text(unwanted));
        let found = format!("SELECT rowid FROM generated_search WHERE generated_search MATCH {unwanted}");
        let without = format!("s.position NOT IN ({found})");
        // Positions are in the order in which the pictures were made.
        let by_age = matches!(ordered, Ordered::Row(key) if key.is_made());
        if by_age && span.limit >= 0 {
            // SQLite collects a list when the first row is compared with it. A page rarely reaches the second
            // one, and hardly ever the third.
            let (behind, within) = if span.order.reversed { ("ASC", "<=") } else { ("DESC", ">=") };
            let start = match &span.after {
                Some(cursor) if span.order.reversed => {
                    format!(">= {} << 20", self.bind(bound(cursor, span.order)?))
                }
                Some(cursor) => format!("< ({} + 1) << 20", self.bind(bound(cursor, span.order)?)),
                // A first page has no bound. A comparison that is always true keeps the query the same.
                None if span.order.reversed => format!(">= {}", self.bind(Value::Integer(i64::MIN))),
                None => format!("<= {}", self.bind(Value::Integer(i64::MAX))),
            };
            let near = NEAR.map(|rows| {
                let end = format!(
                    "(SELECT position FROM search_rows WHERE position {start}
                      ORDER BY position {behind} LIMIT 1 OFFSET {rows})"
                );
                format!(
                    "WHEN s.position {within} {end}
                     THEN s.position NOT IN ({found} AND rowid {start} AND rowid {within} {end})"
                )
            });
            self.require(format!("CASE {} ELSE {without} END", near.join(" ")));
        } else {
            self.require(without);
        }
        Ok(())
    }

    /// `by_words` says whether the rows come from the index of words.
    fn require_moments(&mut self, search: &Search, by_words: bool, order: OrderBy) {
        for (moment, comparison) in [(search.made.from, ">="), (search.made.until, "<")] {
            if let Some(moment) = moment {
                let moment = self.bind(Value::Integer(moment.0));
                self.require(if by_words {
                    format!("generated_search.rowid {comparison} {moment} << 20")
                } else {
                    format!("i.created_at {comparison} {moment}")
                });
            }
        }
        for (moment, comparison) in [(search.added.from, ">="), (search.added.until, "<")] {
            if let Some(moment) = moment {
                let moment = self.bind(Value::Integer(moment.0));
                // The plus keeps SQLite from using the index by import, whose rows would have to be sorted.
                let plus = if order == OrderBy::Added { "" } else { "+" };
                self.require(format!("{plus}i.added_at {comparison} {moment}"));
            }
        }
    }

    /// `by_words` says whether the rows come from the index of words, which has the artist's choices beside it.
    fn require_states(&mut self, search: &Search, by_words: bool) {
        for size in &search.sizes {
            self.require(match size {
                SearchSize::Exactly(width, height) => format!("i.width = {width} AND i.height = {height}"),
                SearchSize::AtLeast(side) => format!("max(i.width, i.height) >= {side}"),
                SearchSize::AtMost(side) => format!("max(i.width, i.height) <= {side}"),
            });
        }
        for (is, not) in &search.is {
            let state =
                if by_words && *is == SearchIs::Favourite { "s.favourite = 1" } else { condition(*is) };
            self.require(if *not { format!("NOT ({state})") } else { state.to_owned() });
        }
        for range in &search.ratings {
            let not = if range.excluded { "NOT " } else { "" };
            let (least, most) = (range.least, range.most);
            if by_words {
                self.require(format!("s.rating {not}BETWEEN {least} AND {most}"));
                continue;
            }
            // The first condition lets SQLite use the index of the rated images, and the plus keeps it from
            // using the one by rating, whose rows would have to be sorted.
            let rated = if range.least > 0 && !range.excluded { "i.rating <> 0 AND " } else { "" };
            self.require(format!("{rated}{not}(+i.rating BETWEEN {least} AND {most})"));
        }
    }

    /// Requires that images, whose ids are in the column `id`, are in collections and made with galleries.
    fn require_sets(&mut self, search: &Search, id: &str) {
        for (names, from, sets, set) in [
            (
                &search.collections,
                format!("collection_images m WHERE m.image_id = {id}"),
                "collections",
                "m.collection_id",
            ),
            (
                &search.galleries,
                format!(
                    "made_with w JOIN gallery_images m ON m.image_id = w.reference_id WHERE w.image_id = {id}"
                ),
                "galleries",
                "m.gallery_id",
            ),
        ] {
            for name in names {
                let not = if name.excluded { "NOT " } else { "" };
                let (exact, text) = (self.bind_text(&name.text), self.bind_text(&name.text.to_lowercase()));
                // The names are compared once, and not for each image. One that is written in the same way comes
                // before those with other capital letters.
                self.require(format!(
                    "{not}EXISTS (SELECT 1 FROM {from} AND {set}
                                  IN (SELECT named.id FROM {sets} named WHERE lower_case(named.name) = {text}
                                      AND (named.name = {exact} OR NOT EXISTS
                                           (SELECT 1 FROM {sets} other
                                            WHERE other.owner_id = named.owner_id AND other.name = {exact}))))"
                ));
            }
        }
    }

    /// Requires that images look like others, or were made with them.
    fn require_images<'a>(
        &mut self,
        connection: &Connection,
        similar: impl Iterator<Item = &'a SearchImage>,
        references: &[SearchImage],
    ) -> Result<(), CatalogError> {
        for SearchImage { id, excluded } in similar {
            let not = if *excluded { "NOT " } else { "" };
            let alike = self.bind(Value::Text(fingerprints::near(connection, id)?));
            self.require(format!(
                "i.sha256 {not}IN (SELECT f.sha256 FROM json_each({alike}) near
                                   JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER))"
            ));
        }
        for SearchImage { id, excluded } in references {
            let not = if *excluded { "NOT " } else { "" };
            let id = self.bind_text(id.as_str());
            self.require(format!("i.id {not}IN (SELECT image_id FROM made_with WHERE reference_id = {id})"));
        }
        Ok(())
    }

    /// Requires that images come after a cursor.
    fn require_behind(
        &mut self,
        cursor: &Cursor,
        ordered: &Ordered,
        order: Order,
    ) -> Result<(), CatalogError> {
        let (key, id) = (self.bind(bound(cursor, order)?), self.bind_text(cursor.id.as_str()));
        let behind = if order.reversed { ">" } else { "<" };
        // The row of the cursor may be gone. Then the rest of the images of its moment are skipped.
        let position = "(SELECT position FROM search_rows WHERE image_id = ";
        self.require(match ordered {
            Ordered::Index => {
                let end = if order.reversed { format!("({key} + 1) << 20") } else { format!("{key} << 20") };
                format!("generated_search.rowid {behind} coalesce({position}{id}), {end})")
            }
            Ordered::Rank => {
                let worse = if order.reversed { "<" } else { ">" };
                format!(
                    "(generated_search.rank {worse} {key} OR (generated_search.rank = {key}
                      AND generated_search.rowid {behind} coalesce({position}{id}), 0)))"
                )
            }
            Ordered::Looks => {
                let further = if order.reversed { "<" } else { ">" };
                format!("({DISTANCE} {further} {key} OR ({DISTANCE} = {key} AND i.id {behind} {id}))")
            }
            Ordered::Row(by) => format!("({}, i.id) {} ({key}, {id})", by.value, by.behind()),
        });
        Ok(())
    }
}

/// Returns the query that lists the results of a search in the order of `span`.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    search: &Search,
    within: SearchPlace,
    span: &Span,
) -> Result<Listed, CatalogError> {
    let mut conditions = Conditions::default();
    let wanted = terms(&search.words, false, " AND ");
    let unwanted = terms(&search.words, true, " OR ");
    let by_words = wanted.is_some();
    // With words, only the index provides the order. Without words, the rows do.
    let mut similar = search.similar.iter();
    let alike = match similar.as_slice().first() {
        // Only the pictures that look alike are read, and how much they do can order them.
        Some(first) if !by_words && !first.excluded => {
            similar.next();
            Some(conditions.bind(Value::Text(fingerprints::near(connection, &first.id)?)))
        }
        _ => None,
    };
    // Without `INDEXED BY`, SQLite may look for each row among all that are favourites or rated.
    let from = if let Some(alike) = &alike {
        format!(
            "FROM json_each({alike}) near CROSS JOIN fingerprints f ON f.number = CAST(near.key AS INTEGER)
             CROSS JOIN generated_images i INDEXED BY generated_images_by_hash ON i.sha256 = f.sha256"
        )
    } else if by_words {
        "FROM generated_search CROSS JOIN search_rows s ON s.position = generated_search.rowid
         CROSS JOIN generated_images i INDEXED BY sqlite_autoindex_generated_images_1 ON i.id = s.image_id"
            .to_owned()
    } else {
        "FROM generated_images i".to_owned()
    };
    let order = span.order;
    let ordered = match order.by {
        OrderBy::Match if alike.is_some() => Ordered::Looks,
        OrderBy::Match if by_words => Ordered::Rank,
        OrderBy::Made | OrderBy::Manual if by_words => Ordered::Index,
        _ => Ordered::Row(Key::of(order)),
    };
    conditions.require_place(owner, within);
    let from = match (wanted, unwanted) {
        (Some(wanted), unwanted) => {
            conditions.require_words(wanted, unwanted);
            from
        }
        (None, Some(unwanted)) => {
            conditions.require_without(unwanted, span, &ordered)?;
            format!("{from} CROSS JOIN search_rows s ON s.image_id = i.id")
        }
        (None, None) => from,
    };
    conditions.require_moments(search, by_words, span.order.by);
    conditions.require_states(search, by_words);
    // What the index of words found is checked before its row is read.
    conditions.require_sets(search, if by_words { "s.image_id" } else { "i.id" });
    conditions.require_images(connection, similar, &search.references)?;
    if let Some(cursor) = &span.after {
        conditions.require_behind(cursor, &ordered, order)?;
    }
    let (newest, best) = if order.reversed { ("ASC", "DESC") } else { ("DESC", "ASC") };
    let (key, sorted) = match ordered {
        Ordered::Index => ("i.created_at".to_owned(), format!("generated_search.rowid {newest}")),
        Ordered::Rank => (
            "generated_search.rank".to_owned(),
            format!("generated_search.rank {best}, generated_search.rowid {newest}"),
        ),
        Ordered::Looks => (DISTANCE.to_owned(), format!("{DISTANCE} {best}, i.id {newest}")),
        Ordered::Row(by) => {
            let sorted = format!("{0} {1}, i.id {1}", by.value, by.direction());
            (by.value, sorted)
        }
    };
    let limit = conditions.bind(Value::Integer(span.limit));
    let clause = format!("{from} WHERE {} ORDER BY {sorted} LIMIT {limit}", conditions.all.join(" AND "));
    Ok(Listed { kind: ImageKind::Generated, clause, values: conditions.values, key })
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

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
