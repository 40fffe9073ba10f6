//! Collections of generated images.

use crate::arguments::Collection as CollectionCommand;
use crate::output::{DONE, Output};
use crate::reports::{parse_ids, print_report};
use crate::terminal::{printable, table};
use vitrine_core::model::{Collection, CollectionId, ItemFailure};
use vitrine_core::{Error, Library};

/// Finds a collection. Tries the name first, because a name may look like an id.
pub(crate) async fn find_collection(library: &Library, name_or_id: &str) -> Result<Collection, Error> {
    let collections = library.collections().await?;
    let by_name = collections.iter().find(|collection| collection.name == name_or_id.trim());
    let found = by_name.or_else(|| {
        let id = CollectionId::parse(name_or_id).ok()?;
        collections.iter().find(|collection| collection.id == id)
    });
    found.cloned().ok_or(Error::NotThere("there is no collection of this name or id"))
}

pub(crate) async fn collections(
    library: &Library,
    command: CollectionCommand,
    out: &Output,
) -> Result<u8, Error> {
    let print = |collection: &Collection| {
        out.value(collection, || format!("{}\t{}", collection.id, printable(&collection.name)));
    };
    match command {
        CollectionCommand::List => {
            let collections = library.collections().await?;
            out.value(&collections, || {
                let row = |collection: &Collection| {
                    vec![collection.id.to_string(), collection.images.to_string(), collection.name.clone()]
                };
                table(&["ID", "IMAGES", "NAME"], collections.iter().map(row))
            });
        }
        CollectionCommand::Create { name } => print(&library.create_collection(&name).await?),
        CollectionCommand::Rename { collection, name } => {
            let collection = find_collection(library, &collection).await?;
            print(&library.rename_collection(&collection.id, &name).await?);
        }
        CollectionCommand::Delete { collection } => {
            let collection = find_collection(library, &collection).await?;
            library.delete_collection(&collection.id).await?;
            print(&collection);
        }
        CollectionCommand::Add { collection, ids } => {
            let collection = find_collection(library, &collection).await?;
            let report = library.add_to_collection(&collection.id, parse_ids(&ids)?).await?;
            return Ok(print_report(out, "added", &report));
        }
        CollectionCommand::Take { collection, ids } => {
            let collection = find_collection(library, &collection).await?;
            return take(library, &collection.id, &ids, out).await;
        }
    }
    Ok(DONE)
}

/// Removes images from a collection. An image that is not in it is an error, because another image or
/// collection was meant.
async fn take(
    library: &Library,
    collection: &CollectionId,
    ids: &[String],
    out: &Output,
) -> Result<u8, Error> {
    let ids = parse_ids(ids)?;
    let places = library.places_in_collection(collection, ids.clone()).await?;
    let members: Vec<_> = places.into_iter().flat_map(|placed| placed.images).collect();
    let others = ids.into_iter().filter(|id| !members.contains(id)).map(|id| ItemFailure {
        id,
        error: Error::NotThere("this image is not in the collection").to_failure(),
    });
    let others: Vec<ItemFailure> = others.collect();
    let mut report = library.take_from_collection(collection, members).await?;
    report.failed.extend(others);
    Ok(print_report(out, "taken", &report))
}
