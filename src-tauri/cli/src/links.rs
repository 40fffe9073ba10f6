//! Public URLs: printing them, opening them and replacing them.

use crate::output::{DONE, Output};
use crate::reports::{parse_ids, print_report};
use crate::terminal::say;
use serde_json::json;
use vitrine_core::model::{ActionReport, ImageId};
use vitrine_core::{Error, Library};

pub(crate) async fn url(library: &Library, id: &str, out: &Output) -> Result<u8, Error> {
    library.named_public_base()?;
    let (id, url) = known_url(library, id).await?;
    out.value(&json!({ "id": id, "url": url }), || url.clone());
    Ok(DONE)
}

pub(crate) async fn open(library: &Library, id: &str) -> Result<u8, Error> {
    library.named_public_base()?;
    let (id, _) = known_url(library, id).await?;
    open_in_browser(&library.web_link(&id).await?)?;
    Ok(DONE)
}

async fn known_url(library: &Library, id: &str) -> Result<(ImageId, String), Error> {
    let id = ImageId::parse(id)?;
    let image = library.get_by_id(&id).await?;
    let url =
        image.url().ok_or(Error::NotThere("no bucket is connected, so there is no URL yet"))?.to_owned();
    if !image.is_stored() {
        say("This image is not uploaded yet; the URL works after `vitrine push`.");
    }
    Ok((id, url))
}

/// Gives images new links, and prints each one. The old link works until the next push has stored the image
/// under the new one.
pub(crate) async fn new_links(library: &Library, ids: &[String], out: &Output) -> Result<u8, Error> {
    library.named_public_base()?;
    let ActionReport { done, failed } = library.new_links(parse_ids(ids)?).await?;
    for id in &done {
        let image = library.get_by_id(id).await?;
        let url = image.url();
        out.value(&json!({ "id": id, "outcome": "new_link", "url": url }), || {
            url.map_or_else(|| format!("no URL yet\t{id}"), str::to_owned)
        });
    }
    if !done.is_empty() {
        say("The old links stop working, and the new ones work, after `vitrine push`.");
    }
    let report = ActionReport { done: Vec::new(), failed };
    Ok(print_report(out, "new_link", &report))
}

fn open_in_browser(url: &str) -> Result<(), Error> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    std::process::Command::new(program)
        .arg(url)
        .spawn()
        .map(|_| ())
        .map_err(|error| Error::Invalid(format!("{program} cannot be started: {error}")))
}
