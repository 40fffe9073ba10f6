//! The commands and options of the command line. They are stable, because
//! scripts rely on them.

use crate::output::Effect;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use vitrine_core::model::{OrderBy, Visibility};

/// Keeps AI artists' pictures safe, and gives them permanent links.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The library's folder [default: `VITRINE_LIBRARY`, else the same as the
    /// app's].
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) library: Option<PathBuf>,
    /// The profile to work as [default: the one used last].
    #[arg(long, value_name = "ID", global = true)]
    pub(crate) owner: Option<String>,
    /// Adds the profile that `--owner` names, if it does not exist.
    #[arg(long, global = true)]
    pub(crate) create_owner: bool,
    /// The AWS profile whose keys are used for the bucket, instead of any others.
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) aws_profile: Option<String>,
    /// The Cloudflare zone whose caches are purged. The token comes from `R2_PURGE_TOKEN` or the keyring.
    #[arg(long, value_name = "ID", global = true)]
    pub(crate) zone_id: Option<String>,
    /// Prints JSON: one value, or one per line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Imports pictures, in the natural order of their names; folders recurse.
    Import(Import),
    /// Lists images.
    List(List),
    /// Lists the generated images that look most like an image, the most similar
    /// first, with the distance: 0 looks the same.
    Similar {
        /// The id, as `list` prints it.
        id: String,
        /// The maximum number of rows, 1 to 1000.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Shows everything that is known about an image.
    Show {
        /// The id, as `list` prints it.
        id: String,
    },
    /// Prints an image's public URL.
    Url {
        /// The id, as `list` prints it.
        id: String,
    },
    /// Gives images new public URLs; the old ones stop working.
    NewLink {
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Opens an image's public URL in the browser.
    Open {
        /// The id, as `list` prints it.
        id: String,
    },
    /// Sets who can find images.
    Visibility {
        /// In the feed, or by URL only.
        visibility: VisibilityWord,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Marks images as sensitive, or takes the mark away.
    Sensitive {
        /// Whether they are sensitive.
        state: StateWord,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Rates images with 1 to 5 stars; 0 removes the rating.
    Rate {
        /// The number of stars.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=5))]
        stars: u8,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Makes images favourites, or ordinary images again.
    Favourite {
        /// Whether they are favourites.
        state: StateWord,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Sets the note of an image; an empty text removes it.
    Note {
        /// The id, as `list` prints it.
        id: String,
        /// The text of the note.
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Removes images; they can be restored for 30 days.
    Remove {
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
        /// Deletes them permanently; they cannot be restored.
        #[arg(long)]
        permanently: bool,
    },
    /// Restores images from the trash, under the same URL.
    Restore {
        /// The ids, as `list trash` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Manages collections, which are named sets of generated images.
    #[command(subcommand)]
    Collection(Collection),
    /// Manages galleries, which are named sets of references.
    #[command(subcommand)]
    Gallery(Gallery),
    /// Manages the artists of this library.
    #[command(subcommand)]
    Profile(Profiles),
    /// Runs transfers until none can make progress.
    Push {
        /// Stops after this many seconds.
        #[arg(long, value_name = "S")]
        timeout: Option<u64>,
    },
    /// Publishes the public images of the profile as a web page and feeds.
    #[command(subcommand)]
    Feed(Feed),
    /// Lists the transfers that wait, run or are stuck, or controls them.
    Transfers {
        #[command(subcommand)]
        action: Option<Transfers>,
    },
    /// Checks the bucket step by step.
    Doctor,
    /// Compares catalog, originals and bucket; exits with 0 if all is well or
    /// repaired.
    Verify(Verify),
    /// Replaces a damaged catalog with a sound one.
    Recover {
        /// Uses the newest sound backup; without this, an empty catalog.
        #[arg(long)]
        from_backup: bool,
    },
    /// Imports new pictures from watched folders as they appear, until it is
    /// interrupted; or manages those folders.
    Watch {
        #[command(subcommand)]
        action: Option<Watch>,
    },
    /// Lists the settings, prints one, or sets it.
    Settings {
        /// The name, as `settings` lists it.
        name: Option<String>,
        /// The new value.
        value: Option<String>,
    },
    /// Sets when an image was made.
    Date {
        /// The id, as `list` prints it.
        id: String,
        /// 2019-06-01 or 2019-06-01T12:30, in this computer's time zone; `file`
        /// goes back to the date from the file.
        #[arg(value_name = "WHEN")]
        date: String,
    },
    /// Sets when images were made.
    Made {
        /// 2019-06-01 or 2019-06-01T12:30, in this computer's time zone; `file`
        /// goes back to the date from the file.
        date: String,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Reads the generation data, dates and looks of all pictures again, with this
    /// version.
    Reparse,
    /// Counts what is in the library.
    Stats,
    /// Prints the script with which a shell completes the arguments of `vitrine`.
    Completions {
        /// The shell that will read it.
        shell: Shell,
    },
    /// Writes the manual pages, one for each command.
    Manual {
        /// The folder for the pages, which must exist.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Verify {
    /// Repairs what can be repaired without loss.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Reads every original completely instead of only checking its size.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Makes images from objects that belong to none.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Deletes objects that belong to no image, even those of another library in
    /// the same bucket.
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) delete_unknown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files and folders to import.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// What the pictures are.
    #[arg(long = "as", value_name = "KIND", default_value = "generated")]
    pub(crate) kind: KindWord,
    /// The gallery to add references to; it is created if it does not exist.
    #[arg(long, value_name = "NAME")]
    pub(crate) gallery: Option<String>,
    /// Who can find generated images, including those that exist already.
    /// Without it, new ones are unlisted and the others keep theirs.
    #[arg(long)]
    pub(crate) visibility: Option<VisibilityWord>,
    /// Also restores pictures from the trash that are found in the folders;
    /// files named individually are restored in any case.
    #[arg(long)]
    pub(crate) restore: bool,
    /// Ends standard output with a summary; with `--json`, a line that has
    /// "summary" and no "path".
    #[arg(long)]
    pub(crate) summary: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The list to print.
    pub(crate) what: ListWord,
    /// The maximum number of rows, 1 to 1000.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// The `continue_cursor` of the previous page of the same list and search.
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// Lists only generated images or images of the feed that match a search:
    /// words, "a phrase", fox*, -word, negative:, model:, seed:, tool:, note:,
    /// before:, after:, size:, rating:, collection:, gallery:,
    /// similar:, reference:, is:, has:references.
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) search: Option<String>,
    /// Lists only the images of this collection, in the order in which the artist
    /// put them. With `generated` only.
    #[arg(long, value_name = "NAME", conflicts_with = "search")]
    pub(crate) collection: Option<String>,
    /// The order: newest, latest import, name, largest file or best rating first.
    /// The trash is always ordered by when images were removed.
    #[arg(long)]
    pub(crate) order: Option<OrderWord>,
    /// Reverses the order.
    #[arg(long)]
    pub(crate) reverse: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Transfers {
    /// Lists the transfers that wait, run or are stuck.
    List,
    /// Starts no new transfers until resumed, even after a restart.
    Pause,
    /// Continues after a pause.
    Resume,
    /// Tries transfers again at the next opportunity: those named, or all.
    Retry {
        /// The ids, as `transfers` prints them.
        ids: Vec<i64>,
    },
    /// Cancels a transfer that is not running now.
    Cancel {
        /// The id, as `transfers` prints it.
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Watch {
    /// Watches a folder and the folders in it from now on, in the app as well.
    Add {
        /// For example, the folder ComfyUI writes to.
        folder: PathBuf,
        /// Ignores files and folders by name or path: "*-preview.png", temp,
        /// "grids/**".
        #[arg(long = "ignore", value_name = "PATTERN")]
        ignored: Vec<String>,
        /// Also imports existing pictures.
        #[arg(long)]
        existing: bool,
    },
    /// Lists the watched folders.
    List,
    /// Stops watching a folder; the folder and its pictures stay.
    Remove {
        /// The number or the path, as `watch list` prints it.
        folder: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Gallery {
    /// Lists galleries.
    List,
    /// Creates an empty gallery.
    Create {
        /// The name of the new gallery.
        name: String,
    },
    /// Renames a gallery.
    Rename {
        /// The name or the id of the gallery.
        gallery: String,
        /// The new name.
        name: String,
    },
    /// Deletes a gallery; its images stay.
    Delete {
        /// The name or the id of the gallery.
        gallery: String,
    },
    /// Adds references to a gallery.
    Add {
        /// The name or the id of the gallery.
        gallery: String,
        /// The ids, as `list references` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Removes references from a gallery; they stay in the library.
    Take {
        /// The name or the id of the gallery.
        gallery: String,
        /// The ids, as `list references` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Collection {
    /// Lists collections.
    List,
    /// Creates an empty collection.
    Create {
        /// The name of the new collection.
        name: String,
    },
    /// Renames a collection.
    Rename {
        /// The name or the id of the collection.
        collection: String,
        /// The new name.
        name: String,
    },
    /// Deletes a collection; its images stay.
    Delete {
        /// The name or the id of the collection.
        collection: String,
    },
    /// Adds generated images to the end of a collection.
    Add {
        /// The name or the id of the collection.
        collection: String,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Removes images from a collection; they stay in the library.
    Take {
        /// The name or the id of the collection.
        collection: String,
        /// The ids, as `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profiles {
    /// Lists profiles.
    List,
    /// Adds a profile.
    Create {
        /// The name of the new profile.
        name: String,
        /// The id of the new profile, for `--owner` [default: derived from the name].
        #[arg(long)]
        id: Option<String>,
    },
    /// Renames a profile; its id stays.
    Rename {
        /// The id, as `profile list` prints it.
        id: String,
        /// The new name.
        name: String,
    },
}

impl Command {
    /// Says whether a command changes, or may change, the library.
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::List(_)
            | Self::Similar { .. }
            | Self::Show { .. }
            | Self::Url { .. }
            | Self::Open { .. }
            | Self::Collection(Collection::List)
            | Self::Gallery(Gallery::List)
            | Self::Profile(Profiles::List)
            | Self::Transfers { action: None | Some(Transfers::List) }
            | Self::Watch { action: Some(Watch::List) }
            | Self::Settings { value: None, .. }
            | Self::Feed(Feed::Status | Feed::Settings { file: None })
            | Self::Doctor
            | Self::Verify(Verify { repair: false, adopt: false, delete_unknown: false, .. })
            | Self::Stats
            | Self::Completions { .. } => Effect::Shows,
            _ => Effect::Changes,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    /// Writes the whole page with its pictures into a folder, for any static host. Needs no bucket.
    Build {
        /// An empty folder, a new one, or one that was written before.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The address at which the folder will be. Without it, all links are relative.
        #[arg(long, value_name = "URL")]
        base: Option<String>,
    },
    /// Switches the feed on and publishes it in the bucket.
    Publish {
        /// Stops after this many seconds.
        #[arg(long, value_name = "S")]
        timeout: Option<u64>,
    },
    /// Says how far the feed is published.
    Status,
    /// Switches the feed off and removes it from the bucket.
    Unpublish {
        /// Stops after this many seconds.
        #[arg(long, value_name = "S")]
        timeout: Option<u64>,
    },
    /// Prints the settings of the feed as JSON, or saves those in a file.
    Settings {
        /// A JSON object; settings that it does not have stay as they are.
        file: Option<PathBuf>,
    },
    /// Sets the picture of the artist on the page. Without a file, removes it.
    Avatar {
        /// A picture.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindWord {
    Generated,
    Reference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VisibilityWord {
    Public,
    Unlisted,
}

impl From<VisibilityWord> for Visibility {
    fn from(word: VisibilityWord) -> Self {
        match word {
            VisibilityWord::Public => Self::Public,
            VisibilityWord::Unlisted => Self::Unlisted,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateWord {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderWord {
    Made,
    Added,
    Name,
    Size,
    Rating,
}

impl From<OrderWord> for OrderBy {
    fn from(word: OrderWord) -> Self {
        match word {
            OrderWord::Made => Self::Made,
            OrderWord::Added => Self::Added,
            OrderWord::Name => Self::Name,
            OrderWord::Size => Self::Size,
            OrderWord::Rating => Self::Rating,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListWord {
    Generated,
    References,
    Feed,
    Trash,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_work_before_and_after_the_command() {
        let before =
            Arguments::try_parse_from(["vitrine", "--json", "--owner", "ana", "list", "feed"]).unwrap();
        let after =
            Arguments::try_parse_from(["vitrine", "list", "feed", "--owner", "ana", "--json"]).unwrap();
        for arguments in [before, after] {
            assert!(arguments.global.json);
            assert_eq!(arguments.global.owner.as_deref(), Some("ana"));
        }
    }
}
