//! `vitrine list`: prints one page of images.

use crate::arguments::{List, ListWord};
use crate::collections::find_collection;
use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{printable, say, table};
use vitrine_core::model::{Image, Order, OrderBy, Page, PageRequest, Search, SearchPlace, View, Zone};
use vitrine_core::{Error, Library};

pub(crate) async fn list(library: &Library, list: List, out: &Output) -> Result<u8, Error> {
    let List { what, limit, cursor, search, collection, order, reverse } = list;
    let view = match (what, &search, collection) {
        (ListWord::Generated, None, Some(name)) => {
            View::Collection { collection: find_collection(library, &name).await?.id }
        }
        (_, _, Some(_)) => {
            return Err(Error::Invalid("only generated images can be in a collection".into()));
        }
        (ListWord::Generated, Some(query), None) => found(library, query, SearchPlace::History).await?,
        (ListWord::Feed, Some(query), None) => found(library, query, SearchPlace::Feed).await?,
        (_, Some(_), None) => {
            return Err(Error::Invalid("only generated images and the feed can be searched".into()));
        }
        (ListWord::Generated, None, None) => View::History,
        (ListWord::Feed, None, None) => View::Feed,
        (ListWord::References, None, None) => View::References { gallery: None },
        (ListWord::Trash, None, None) => View::Trash,
    };
    let by = match (order, &view) {
        (Some(_), View::Trash) => {
            return Err(Error::Invalid("the trash is always ordered by when images were removed".into()));
        }
        (Some(word), _) => OrderBy::from(word),
        (None, View::Collection { .. }) => OrderBy::Manual,
        (None, View::Search { query, .. }) if !Search::parse(query, &Zone::UTC).similar.is_empty() => {
            OrderBy::Match
        }
        (None, _) => OrderBy::Made,
    };
    let order = Order { by, reversed: reverse };
    let identity = ListIdentity::of(library, what, &view, order);
    let request = PageRequest { limit, cursor: cursor.map(|cursor| identity.cursor(&cursor)).transpose()? };
    let page: Page<Image> = library.images(&view, order, &request).await?;
    let continue_cursor = page.continue_cursor.as_deref().map(|cursor| identity.name(cursor));
    let page = Page { continue_cursor, ..page };
    out.value(&page, || table(&["ID", "WHO", "UPLOAD", "SIZE", "FILE"], page.page.iter().map(row)));
    if let (false, Some(cursor)) = (out.json, &page.continue_cursor) {
        say(&format!("More with --cursor {cursor}"));
    }
    for name in &page.damaged {
        say(&format!(
            "The catalog entry of {} is damaged; `vitrine verify --repair` repairs it.",
            printable(name)
        ));
    }
    Ok(if page.damaged.is_empty() { DONE } else { SOME_FAILED })
}

/// Returns the view of a search. The result may be piped into `remove`, so no part of the query may be
/// ignored.
async fn found(library: &Library, query: &str, within: SearchPlace) -> Result<View, Error> {
    library.check_search(query).await?;
    // A query from a script is complete: its last word is not still being typed.
    Ok(View::Search { query: format!("{query} "), within })
}

fn row(image: &Image) -> Vec<String> {
    let (filename, who, width, height) = match image {
        Image::Generated(image) => {
            let visibility = image.visibility.as_str();
            let who =
                if image.sensitive { format!("{visibility}, sensitive") } else { visibility.to_owned() };
            (&image.filename, who, image.width, image.height)
        }
        Image::Reference(image) => (&image.filename, "reference".to_owned(), image.width, image.height),
    };
    let size = format!("{} x {}", width.unwrap_or(0), height.unwrap_or(0));
    let stored = if image.is_stored() { "stored" } else { "waiting" };
    vec![image.id().to_string(), who, stored.into(), size, filename.clone()]
}

/// Identifies the list that a cursor belongs to. In another list, the cursor would silently
/// skip rows.
#[derive(Debug, PartialEq, Eq)]
struct ListIdentity(String);

impl ListIdentity {
    fn of(library: &Library, what: ListWord, view: &View, order: Order) -> Self {
        let word = match what {
            ListWord::Generated => "generated",
            ListWord::References => "references",
            ListWord::Feed => "feed",
            ListWord::Trash => "trash",
        };
        let owner = library.owner();
        let among = match view {
            View::Search { query, .. } => query.trim(),
            View::Collection { collection } => collection.as_str(),
            _ => "",
        };
        let order = if order == Order::default() { String::new() } else { format!("{order:?}") };
        Self(format!("{word}-{:08x}", digest(&[owner.as_str(), among, &order])))
    }

    fn name(&self, cursor: &str) -> String {
        format!("{}.{cursor}", self.0)
    }

    fn cursor(&self, given: &str) -> Result<String, Error> {
        match given.split_once('.') {
            Some((identity, cursor)) if identity == self.0 => Ok(cursor.to_owned()),
            _ => Err(Error::Invalid(
                "this cursor does not belong to this list: use the one from the previous page of the same \
                 list, search and profile"
                    .into(),
            )),
        }
    }
}

/// Returns the FNV-1a hash, which is the same in every version
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>).
fn digest(texts: &[&str]) -> u32 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_continues_only_its_own_list() {
        let (identity, other) = (ListIdentity("generated-1".to_owned()), ListIdentity("trash-1".to_owned()));
        let named = identity.name("17.abc");
        assert_eq!(identity.cursor(&named).unwrap(), "17.abc");
        assert!(other.cursor(&named).is_err());
        assert!(identity.cursor("17.abc").is_err());
    }

    #[test]
    fn the_digest_agrees_with_the_test_vectors_of_fnv() {
        // The hashes of "foobar" and of nothing, from the authors' test vectors; the final
        // zero is ours.
        let hash = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
        };
        assert_eq!(hash(b"foobar"), 0xbf9c_f968);
        assert_eq!(digest(&["foobar"]), hash(b"foobar\0"));
        assert_ne!(digest(&["a", "b"]), digest(&["ab", ""]));
    }
}
