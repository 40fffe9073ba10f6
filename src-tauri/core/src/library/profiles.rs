//! The artist profiles of a library, and which of them is active.

use super::{CatalogChanged, Library, LibraryEvent, OpenAs, lock};
use crate::catalog::{Catalog, CatalogError};
use crate::error::Error;
use crate::model::{self, OwnerId, Profile, UnixMs};

/// The id of a new library's first profile.
const FIRST_PROFILE: &str = "artist";
/// The longest name, in characters.
const MAX_NAME: usize = 80;

/// Returns the profile with which a library is opened, and adds it if
/// requested. A library that cannot be changed gets no new profile.
pub(super) async fn choose(catalog: &Catalog, wanted: OpenAs) -> Result<OwnerId, Error> {
    let is_writable = catalog.look_only().is_none();
    let (owner, name, may_be_added) = match wanted {
        OpenAs::Known(owner) => (owner, None, false),
        OpenAs::Added(owner) => (owner, None, true),
        OpenAs::LastUsed => {
            let last = catalog.setting("profile").await?.and_then(|id| OwnerId::parse(&id).ok());
            let owner = last.map_or_else(|| OwnerId::parse(FIRST_PROFILE), Ok)?;
            (owner, Some("Artist"), true)
        }
    };
    if catalog.profile(&owner).await?.is_none() {
        if !may_be_added {
            return Err(CatalogError::NotFound("profile").into());
        }
        if is_writable {
            catalog.ensure_profile(&owner, name, UnixMs::now()).await?;
        }
    }
    Ok(owner)
}

fn checked_name(name: &str) -> Result<String, Error> {
    model::checked_name(name, MAX_NAME).map_err(|why| Error::Invalid(format!("the name of a profile {why}")))
}

impl Library {
    /// Returns the id of the active profile.
    pub fn owner(&self) -> OwnerId {
        lock(&self.shared.owner).clone()
    }

    /// Returns all profiles, oldest first.
    pub async fn profiles(&self) -> Result<Vec<Profile>, Error> {
        Ok(self.catalog().profiles().await?)
    }

    /// Returns the active profile.
    pub async fn profile(&self) -> Result<Profile, Error> {
        Ok(self.catalog().profile(&self.owner()).await?.ok_or(CatalogError::NotFound("profile"))?)
    }

    /// Adds a profile. Its id is derived from the name.
    pub async fn add_profile(&self, name: &str) -> Result<Profile, Error> {
        let name = &checked_name(name)?;
        let taken: Vec<OwnerId> = self.profiles().await?.into_iter().map(|profile| profile.id).collect();
        let wanted = OwnerId::from_display_name(name).unwrap_or(OwnerId::parse(FIRST_PROFILE)?);
        let numbered = (2..1000).map(|number| {
            let stem: String = wanted.as_str().chars().take(28).collect();
            OwnerId::parse(&format!("{}-{number}", stem.trim_end_matches('-')))
        });
        for id in std::iter::once(Ok(wanted.clone())).chain(numbered) {
            let id = id?;
            if !taken.contains(&id) {
                return Ok(self.catalog().ensure_profile(&id, Some(name), UnixMs::now()).await?);
            }
        }
        Err(Error::Invalid("there are too many profiles of this name".into()))
    }

    /// Adds a profile with an id of the artist's choice. Fails if the id is
    /// taken.
    pub async fn add_profile_as(&self, id: &OwnerId, name: &str) -> Result<Profile, Error> {
        let name = &checked_name(name)?;
        if self.catalog().profile(id).await?.is_some() {
            return Err(Error::Invalid(format!("there is already a profile with the id {id}")));
        }
        Ok(self.catalog().ensure_profile(id, Some(name), UnixMs::now()).await?)
    }

    /// Renames a profile. Its id stays, because object keys contain it.
    pub async fn rename_profile(&self, id: &OwnerId, name: &str) -> Result<Profile, Error> {
        let name = &checked_name(name)?;
        let renamed = self.catalog().rename_profile(id, name, UnixMs::now()).await?;
        self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        Ok(renamed)
    }

    /// Switches to another profile, which stays active after a restart.
    pub async fn switch_profile(&self, id: &OwnerId) -> Result<(), Error> {
        let profile = self.catalog().profile(id).await?;
        let profile = profile.ok_or(CatalogError::NotFound("profile"))?;
        self.catalog().set_setting("profile", profile.id.to_string()).await?;
        *lock(&self.shared.owner) = profile.id;
        self.tell(LibraryEvent::Catalog(CatalogChanged::everything()));
        Ok(())
    }
}
