//! One open library, the only entry point for windows and scripts. Owns the order in which
//! catalog, files, import, bucket and transfers are used; must not know who calls it.

mod actions;
mod backups;
mod caches;
mod choices;
mod clock;
mod connect;
mod duplicates;
mod edits;
mod events;
mod feed;
mod folder;
mod generation_data;
mod handing_out;
mod health;
mod imports;
mod lending;
mod log_file;
mod looks;
mod made;
mod named_sets;
mod new_link;
mod pixels;
mod presence;
mod profiles;
mod reference_links;
mod room;
mod searches;
mod selection;
mod sensitive;
mod space;
mod tending;
mod time_left;
mod transfers;
mod verify;
mod views;
mod watched_folders;
mod watching;

pub use crate::model::{ImportChoices, ImportTarget};
pub use choices::NoteChange;
pub use connect::{BucketForm, BucketSettings, BucketStatus, CredentialsKept, FormCredentials};
pub use edits::EditChange;
pub use events::{CatalogChanged, LibraryEvent};
pub use feed::{FeedPush, PublicTerms};
pub use generation_data::ReparseProgress;
pub use handing_out::{Bitmap, SaveTo};
pub use health::{RecoverFrom, Recovery, RecoveryOffer, RecoveryOutcome};
pub use imports::{ImportSummary, ImportedItem};
pub use log_file::LogFile;
pub use made::{DateChange, DatedImage};
pub use pixels::{Pixels, Variant};
pub use watching::{WatchEvent, WatchPace};

use crate::bucket::{Bucket, BucketFields, Purger};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::import::Stores;
use crate::model::{ErrorCode, Failure, KillPoints, OwnerId, Settings, UnixMs, Zone};
use crate::secrets::{MemorySecrets, SecretStore};
use crate::transfer::Controls;
use folder::Folder;
use room::KeptReserve;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::{Notify, broadcast};

/// How long temporary files and handed-out copies are kept.
const LEFT_ASIDE: Duration = Duration::from_hours(24);
/// How many events a slow listener may fall behind.
const EVENT_BACKLOG: usize = 256;

/// Reads an environment variable.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How to open a library.
#[derive(Clone)]
pub struct OpenLibrary {
    /// The library's folder. It is created if it does not exist.
    pub folder: PathBuf,
    /// The profile to work as.
    pub profile: OpenAs,
    /// Where the program's variables, such as `R2_*`, come from.
    pub environment: Environment,
    /// Where credentials are stored.
    pub secrets: Arc<dyn SecretStore>,
}

/// The profile with which a library is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenAs {
    /// The last used profile. A new library gets its first profile.
    LastUsed,
    /// This profile, which has to exist.
    Known(OwnerId),
    /// This profile, which is added if it does not exist.
    Added(OwnerId),
}

/// One open library. Clones share the same library.
#[derive(Clone)]
pub struct Library {
    shared: Arc<Shared>,
}

struct Shared {
    id: String,
    folder: Folder,
    stores: Stores,
    /// This field follows the stores, so that the reserve is made after the catalog is
    /// closed.
    _reserve: KeptReserve,
    environment: Environment,
    keyring: Arc<dyn SecretStore>,
    /// Credentials that no keyring accepts. They are lost when the program ends.
    this_run: MemorySecrets,
    owner: Mutex<OwnerId>,
    settings: Mutex<Settings>,
    /// The stored settings that could not be read at opening.
    unreadable: Vec<Failure>,
    bucket: Mutex<Option<Bucket>>,
    /// What purges caches, once it was needed.
    purger: Mutex<Option<Purger>>,
    /// What replaces Cloudflare's API in a test.
    #[cfg(any(test, feature = "internals"))]
    purge_api: Mutex<Option<String>>,
    controls: Arc<Controls>,
    events: broadcast::Sender<LibraryEvent>,
    /// Notified when the artist changed how much space to use.
    space_chosen: Notify,
    /// Notified when the watched folders changed.
    watch_changed: Notify,
    /// Held while an original is fetched because somebody opens it.
    fetching: tokio::sync::Mutex<()>,
    /// What publishing keeps in memory.
    publishing: feed::Publishing,
    deleted_sets: named_sets::DeletedSets,
}

/// Removes old handed-out copies, and temporary files that killed imports left behind. Files
/// that another process may still be writing are younger.
fn sweep(folder: &Folder, Stores { originals, thumbnails, .. }: &Stores) {
    if let Err(error) = lending::sweep(&folder.lent()) {
        tracing::warn!(%error, "could not remove lent files");
    }
    let Some(cutoff) = SystemTime::now().checked_sub(LEFT_ASIDE) else { return };
    let swept = originals.sweep_temporaries(cutoff).and_then(|_| thumbnails.sweep_temporaries(cutoff));
    if let Err(error) = swept {
        tracing::warn!(%error, "could not remove old temporary files");
    }
}

fn damaged_settings(message: &str) -> Failure {
    Failure { code: ErrorCode::RowDamaged, message: message.to_owned() }
}

fn bytes_per_second(settings: &Settings) -> u64 {
    u64::from(settings.upload_limit_kb) * 1000
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
    /// Opens or creates a library. Contacts neither the network nor the keyring.
    pub async fn open(how: OpenLibrary) -> Result<Self, Error> {
        Self::open_heard(how, KillPoints::default()).await
    }

    /// Opens a library that reports to `kill_points`.
    pub async fn open_heard(how: OpenLibrary, kill_points: KillPoints) -> Result<Self, Error> {
        let library = Self::open_as_it_is(how, kill_points).await?;
        if library.look_only().is_none() {
            library.settle_what_was_cut_short(UnixMs::now()).await?;
            // A library that cannot be changed may have an older address than the
            // environment. It is shown anyway.
            if let Err(error) = library.refresh_public_base().await {
                tracing::warn!(%error, "could not refresh the public address of the images");
            }
        }
        Ok(library)
    }

    async fn open_as_it_is(how: OpenLibrary, kill_points: KillPoints) -> Result<Self, Error> {
        let OpenLibrary { folder, profile, environment, secrets } = how;
        let (folder, stores) = tokio::task::spawn_blocking(move || {
            let folder = Folder::open(&folder)?;
            let stores = room::open_stores(&folder, &kill_points)?;
            Ok::<_, Error>((folder, stores))
        })
        .await??;
        let reserve = KeptReserve::of(&folder, &stores);
        let catalog = &stores.catalog;
        let is_writable = catalog.look_only().is_none();
        // The id is read first, so that opening writes nothing if nothing is missing.
        let id = match catalog.setting("library_id").await? {
            Some(id) => id,
            None if is_writable => {
                catalog.setting_or_insert("library_id", uuid::Uuid::now_v7().to_string()).await?
            }
            None => String::new(),
        };
        if is_writable && catalog.seen_clock(UnixMs::now()).await?.agrees_with(UnixMs::now()) {
            let (folder, stores) = (folder.clone(), stores.clone());
            tokio::task::spawn_blocking(move || sweep(&folder, &stores)).await?;
        }
        let owner = profiles::choose(catalog, profile).await?;
        let mut unreadable = Vec::new();
        let settings: Settings = match catalog.setting("settings").await? {
            Some(text) => serde_json::from_str(&text).unwrap_or_else(|error| {
                tracing::error!(%error, "the settings cannot be read");
                unreadable.push(damaged_settings(
                    "The settings cannot be read. The defaults are used until you change a setting.",
                ));
                Settings::default()
            }),
            None => Settings::default(),
        };
        if let Some(text) = catalog.setting("bucket").await?
            && let Err(error) = serde_json::from_str::<BucketFields>(&text)
        {
            tracing::error!(%error, "the bucket's settings cannot be read");
            unreadable
                .push(damaged_settings("The bucket's settings cannot be read. Connect the bucket again."));
        }
        let controls = Arc::new(Controls::default());
        controls.set_parallel(settings.parallel_transfers);
        controls.set_rate(bytes_per_second(&settings));
        controls.set_paused(catalog.transfer_wishes().await?.paused);
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        Ok(Self {
            shared: Arc::new(Shared {
                id,
                folder,
                stores,
                _reserve: reserve,
                environment,
                keyring: secrets,
                this_run: MemorySecrets::default(),
                owner: Mutex::new(owner),
                settings: Mutex::new(settings),
                unreadable,
                bucket: Mutex::new(None),
                purger: Mutex::new(None),
                #[cfg(any(test, feature = "internals"))]
                purge_api: Mutex::default(),
                controls,
                events,
                space_chosen: Notify::new(),
                watch_changed: Notify::new(),
                fetching: tokio::sync::Mutex::default(),
                publishing: feed::Publishing::default(),
                deleted_sets: named_sets::DeletedSets::default(),
            }),
        })
    }

    fn catalog(&self) -> &Catalog {
        &self.shared.stores.catalog
    }

    /// Returns the artist's time zone: that of the environment, otherwise that of the
    /// computer.
    pub(crate) fn zone(&self) -> Zone {
        (self.shared.environment)("TZ").and_then(|name| Zone::named(&name)).unwrap_or_else(Zone::here)
    }

    /// Returns what is wrong with stored settings that could not be read when the
    /// library was opened. The usual ones are used in their place.
    pub fn unreadable_settings(&self) -> Vec<Failure> {
        self.shared.unreadable.clone()
    }

    /// Returns the artist's settings.
    pub fn settings(&self) -> Settings {
        lock(&self.shared.settings).clone()
    }

    /// Saves the artist's settings.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, Error> {
        if let Some(problem) = settings.problem() {
            return Err(Error::Invalid(problem.to_owned()));
        }
        let text = serde_json::to_string(&settings).map_err(|_| Error::Internal)?;
        self.catalog().set_setting("settings", text).await?;
        self.use_settings(settings.clone());
        Ok(settings)
    }

    /// Applies settings that another process saved, such as `vitrine settings` beside the
    /// window.
    pub(crate) async fn take_settings_of_others(&self) {
        let Ok(Some(text)) = self.catalog().setting("settings").await else { return };
        match serde_json::from_str::<Settings>(&text) {
            Ok(settings) if settings != self.settings() => self.use_settings(settings),
            _ => {}
        }
    }

    fn use_settings(&self, settings: Settings) {
        self.shared.controls.set_parallel(settings.parallel_transfers);
        self.shared.controls.set_rate(bytes_per_second(&settings));
        *lock(&self.shared.settings) = settings;
        self.shared.space_chosen.notify_one();
    }

    /// Returns the library's folder, for programs that show it to its owner.
    pub fn folder(&self) -> PathBuf {
        self.shared.folder.root().to_owned()
    }
}
