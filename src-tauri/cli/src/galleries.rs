//! Galleries of reference images.

use crate::arguments::Gallery as GalleryCommand;
use crate::output::{DONE, Output};
use crate::reports::{parse_ids, print_report};
use crate::terminal::{printable, table};
use vitrine_core::model::{Gallery, GalleryId, ImageId, ItemFailure};
use vitrine_core::{Error, Library};

/// Finds a gallery. Tries the name first, because a name may look like an id.
pub(crate) async fn find_gallery(library: &Library, name_or_id: &str) -> Result<Gallery, Error> {
    let galleries = library.galleries().await?;
    let by_name = galleries.iter().find(|gallery| gallery.name == name_or_id.trim());
    let found = by_name.or_else(|| {
        let id = GalleryId::parse(name_or_id).ok()?;
        galleries.iter().find(|gallery| gallery.id == id)
    });
    found.cloned().ok_or(Error::NotThere("there is no gallery of this name or id"))
}

pub(crate) async fn galleries(library: &Library, command: GalleryCommand, out: &Output) -> Result<u8, Error> {
    let print =
        |gallery: &Gallery| out.value(gallery, || format!("{}\t{}", gallery.id, printable(&gallery.name)));
    match command {
        GalleryCommand::List => {
            let galleries = library.galleries().await?;
            out.value(&galleries, || {
                let row = |gallery: &Gallery| {
                    vec![gallery.id.to_string(), gallery.images.to_string(), gallery.name.clone()]
                };
                table(&["ID", "IMAGES", "NAME"], galleries.iter().map(row))
            });
        }
        GalleryCommand::Create { name } => print(&library.create_gallery(&name).await?),
        GalleryCommand::Rename { gallery, name } => {
            let gallery = find_gallery(library, &gallery).await?;
            print(&library.rename_gallery(&gallery.id, &name).await?);
        }
        GalleryCommand::Delete { gallery } => {
            let gallery = find_gallery(library, &gallery).await?;
            library.delete_gallery(&gallery.id).await?;
            print(&gallery);
        }
        GalleryCommand::Add { gallery, ids } => {
            let gallery = find_gallery(library, &gallery).await?;
            let report = library.add_to_gallery(&gallery.id, parse_ids(&ids)?).await?;
            return Ok(print_report(out, "added", &report));
        }
        GalleryCommand::Take { gallery, ids } => {
            let gallery = find_gallery(library, &gallery).await?;
            return take(library, &gallery.id, parse_ids(&ids)?, out).await;
        }
    }
    Ok(DONE)
}

/// Removes images from a gallery. An image that is not in it is an error, because another image or
/// gallery was meant.
async fn take(library: &Library, gallery: &GalleryId, ids: Vec<ImageId>, out: &Output) -> Result<u8, Error> {
    let (mut members, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        match library.detail(&id).await {
            Ok(image) if image.owner_id == library.owner() && !image.galleries.contains(gallery) => {
                let error = Error::NotThere("this image is not in the gallery").to_failure();
                others.push(ItemFailure { id, error });
            }
            // If an image cannot be removed from the gallery, the library reports why.
            _ => members.push(id),
        }
    }
    let mut report = library.take_from_gallery(gallery, members).await?;
    report.failed.extend(others);
    Ok(print_report(out, "taken", &report))
}
