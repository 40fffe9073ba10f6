//! `vitrine profile`: lists, adds and renames profiles.

use crate::arguments::Profiles;
use crate::output::{DONE, Output};
use crate::terminal::{printable, table};
use vitrine_core::model::{OwnerId, Profile};
use vitrine_core::{Error, Library};

pub(crate) async fn profiles(library: &Library, command: Profiles, out: &Output) -> Result<u8, Error> {
    let print = |profile: &Profile| {
        let name = profile.name.as_deref().unwrap_or_default();
        out.value(profile, || format!("{}\t{}", profile.id, printable(name)));
    };
    match command {
        Profiles::List => {
            let profiles = library.profiles().await?;
            let row = |profile: &Profile| {
                let works = if profile.id == library.owner() { "*" } else { "" };
                vec![works.to_owned(), profile.id.to_string(), profile.name.clone().unwrap_or_default()]
            };
            out.value(&profiles, || table(&["", "ID", "NAME"], profiles.iter().map(row)));
        }
        Profiles::Create { name, id: None } => print(&library.add_profile(&name).await?),
        Profiles::Create { name, id: Some(id) } => {
            print(&library.add_profile_as(&OwnerId::parse(&id)?, &name).await?);
        }
        Profiles::Rename { id, name } => {
            print(&library.rename_profile(&OwnerId::parse(&id)?, &name).await?);
        }
    }
    Ok(DONE)
}
