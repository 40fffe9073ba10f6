//! `vitrine watch`: imports new pictures from other programs' folders.

use crate::arguments::Watch;
use crate::import::print_file;
use crate::output::{DONE, Lost, Output};
use crate::terminal::{printable, say, table};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{WatchEvent, WatchPace};
use vitrine_core::model::WatchedFolder;
use vitrine_core::{Error, Library};

/// Watches until it is interrupted, or manages the watched folders.
pub(crate) async fn watch(
    library: &Library,
    action: Option<Watch>,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    match action {
        None if library.look_only().is_some() => library.require_writable()?,
        None => watch_now(library, out, cancel).await?,
        Some(Watch::List) => {
            let folders = library.watched_folders().await?;
            out.value(&folders, || table(&["ID", "STATE", "IGNORES", "FOLDER"], folders.iter().map(row)));
        }
        Some(Watch::Add { folder, ignored, existing }) => {
            let known = library.watched_folders().await?;
            let mut added = library.watch_folder(folder, ignored.clone()).await?;
            if known.iter().any(|known| known.id == added.id) {
                say("This folder is already being watched.");
            }
            if !ignored.is_empty() && ignored != added.ignored {
                library.set_watch_ignored(added.id, ignored.clone()).await?;
                added.ignored = ignored;
            }
            if existing {
                library.settle_watch_offer(added.id, true).await?;
            } else if added.offered > 0 {
                say(&format!(
                    "{} pictures are already there; repeat the command with --existing to import them.",
                    added.offered
                ));
            }
            out.value(&added, || format!("watched\t{}\t{}", added.id, printable(&added.path)));
        }
        Some(Watch::Remove { folder }) => {
            let folders = library.watched_folders().await?;
            let path = std::fs::canonicalize(&folder).ok();
            let is_meant = |known: &&WatchedFolder| {
                known.id.to_string() == folder
                    || known.path == folder
                    || path.as_ref().is_some_and(|path| path.to_str() == Some(known.path.as_str()))
            };
            let Some(found) = folders.iter().find(is_meant) else {
                return Err(Error::NotThere("no such folder is watched; `vitrine watch list` lists them"));
            };
            library.unwatch_folder(found.id).await?;
            out.value(&json!({ "removed": found.id }), || format!("removed\t{}", found.id));
        }
    }
    Ok(DONE)
}

async fn watch_now(library: &Library, out: &Output, cancel: CancellationToken) -> Result<(), Error> {
    if library.watched_folders().await?.is_empty() {
        return Err(Error::NotThere("no folder is watched; add one with `vitrine watch add DIR`"));
    }
    let (lines, stop) = (out.clone(), cancel.clone());
    let tell = move |event: WatchEvent<'_>| match event {
        WatchEvent::Elsewhere => {
            say("Another program, perhaps the app, is watching these folders. Waiting until it ends.");
        }
        WatchEvent::Watching(1) => say("Watching 1 folder; press Ctrl-C to stop."),
        WatchEvent::Watching(folders) => say(&format!("Watching {folders} folders; press Ctrl-C to stop.")),
        WatchEvent::File(file) => {
            print_file(&lines, file);
            // The reader of the output is gone, so watching ends; a full disk may have space
            // again, so it does not end watching.
            if lines.lost() == Some(Lost::Closed) {
                stop.cancel();
            }
        }
    };
    library.watch_folders(WatchPace::default(), cancel, tell).await;
    Ok(())
}

fn row(folder: &WatchedFolder) -> Vec<String> {
    let state = match (folder.is_there, folder.offered) {
        (false, _) => "not there".to_owned(),
        (true, 0) => "watched".to_owned(),
        (true, offered) => format!("{offered} not imported"),
    };
    vec![folder.id.to_string(), state, folder.ignored.join(" "), folder.path.clone()]
}
