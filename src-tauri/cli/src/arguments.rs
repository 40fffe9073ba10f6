//! The words of the command line. Stable: scripts rely on them.

use crate::output::Effect;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use vitrine_core::model::Visibility;

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
    /// Adds the profile that `--owner` names if there is none of this id.
    #[arg(long, global = true)]
    pub(crate) create_owner: bool,
    /// Prints JSON: one value, or one per line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Takes pictures in, in the natural order of their names; folders recurse.
    Import(Import),
    /// Lists images, newest first.
    List(List),
    /// Shows everything known of an image.
    Show {
        /// As `list` prints it.
        id: String,
    },
    /// Prints an image's public URL.
    Url {
        /// As `list` prints it.
        id: String,
    },
    /// Opens an image's public URL in the browser.
    Open {
        /// As `list` prints it.
        id: String,
    },
    /// Sets who can find images.
    Visibility {
        /// In the feed, or by URL only.
        visibility: VisibilityWord,
        /// As `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Removes images; they can be restored for 30 days.
    Remove {
        /// As `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
        /// For good, without a way back.
        #[arg(long)]
        permanently: bool,
    },
    /// Takes images out of the trash, under the same URL.
    Restore {
        /// As `list trash` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Named sets of references.
    #[command(subcommand)]
    Gallery(Gallery),
    /// The artists of this library.
    #[command(subcommand)]
    Profile(Profiles),
    /// Runs transfers until nothing is left that can move.
    Push {
        /// Stops after this many seconds.
        #[arg(long, value_name = "S")]
        timeout: Option<u64>,
    },
    /// Lists what waits, runs or is stuck, or steers it.
    Transfers {
        #[command(subcommand)]
        action: Option<Transfers>,
    },
    /// Checks the bucket step by step.
    Doctor,
    /// Compares catalog, originals and bucket; 0 when all is well or mended.
    Verify(Verify),
    /// Goes on with a sound catalog when the library's own is damaged.
    Recover {
        /// With the newest sound backup; without this, with an empty one.
        #[arg(long)]
        from_backup: bool,
    },
    /// Takes in new pictures of watched folders as they come, until it is
    /// interrupted; or says which folders those are.
    Watch {
        #[command(subcommand)]
        action: Option<Watch>,
    },
    /// Lists the settings, prints one, or sets it.
    Settings {
        /// As `settings` lists it.
        name: Option<String>,
        /// What it is from now on.
        value: Option<String>,
    },
    /// Sets when images were made.
    Made {
        /// 2019-06-01, or 2019-06-01T12:30, in this computer's time zone; `file`
        /// takes it back to what the file says.
        date: String,
        /// As `list` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Reads again, with this version, how and when the pictures were made.
    Reparse,
    /// Counts what is in the library.
    Stats,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Verify {
    /// Mends what can be mended without a loss.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Reads every original to its end instead of looking at its size.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Makes images of objects that belong to none.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Deletes objects that belong to no image, also those of another library
    /// in the same bucket.
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) delete_unknown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files and folders.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// What they are.
    #[arg(long = "as", value_name = "KIND", default_value = "generated")]
    pub(crate) kind: KindWord,
    /// The gallery references join; made if it is new.
    #[arg(long, value_name = "NAME")]
    pub(crate) gallery: Option<String>,
    /// Who can find generated images, also those that are here already. Without
    /// it new ones are unlisted and the others keep what they have.
    #[arg(long)]
    pub(crate) visibility: Option<VisibilityWord>,
    /// Also restores pictures that are in the trash and lie in the folders;
    /// files named by themselves come back in any case.
    #[arg(long)]
    pub(crate) restore: bool,
    /// Ends standard output with a summary; with `--json` a line that has
    /// "summary" and no "path".
    #[arg(long)]
    pub(crate) summary: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Which list.
    pub(crate) what: ListWord,
    /// Rows at most, 1 to 1000.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// The `continue_cursor` of the page before, of the same list and search.
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// Only what a search finds, of generated images or the feed: words, "a
    /// phrase", fox*, -word, model:, seed:, tool:, before:, after:, size:, is:,
    /// has:references.
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) search: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Transfers {
    /// Lists what waits, runs or is stuck.
    List,
    /// Starts no new transfers until resumed, also after a restart.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Has transfers tried at the next occasion: those named, or all.
    Retry {
        /// As `transfers` prints them.
        ids: Vec<i64>,
    },
    /// Takes back a transfer that does not run now.
    Cancel {
        /// As `transfers` prints it.
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Watch {
    /// Watches a folder and the folders in it from now on, also in the app.
    Add {
        /// For instance the folder ComfyUI writes to.
        folder: PathBuf,
        /// Passes over files and folders by name or place: "*-preview.png",
        /// temp, "grids/**".
        #[arg(long = "ignore", value_name = "PATTERN")]
        ignored: Vec<String>,
        /// Takes in what lies there already, too.
        #[arg(long)]
        existing: bool,
    },
    /// Lists the watched folders.
    List,
    /// Watches a folder no longer; it and its pictures stay.
    Remove {
        /// As `watch list` prints it, by number or by path.
        folder: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Gallery {
    /// Lists galleries.
    List,
    /// Makes an empty gallery.
    Create {
        /// Its name.
        name: String,
    },
    /// Gives a gallery another name.
    Rename {
        /// Its name or id.
        gallery: String,
        /// Its new name.
        name: String,
    },
    /// Deletes a gallery; its images stay.
    Delete {
        /// Its name or id.
        gallery: String,
    },
    /// Adds references to a gallery.
    Add {
        /// Its name or id.
        gallery: String,
        /// As `list references` prints them.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Takes references out of a gallery; they stay in the library.
    Take {
        /// Its name or id.
        gallery: String,
        /// As `list references` prints them.
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
        /// Its name.
        name: String,
        /// Its id, which `--owner` takes [default: made of the name].
        #[arg(long)]
        id: Option<String>,
    },
    /// Gives a profile another name; its id stays.
    Rename {
        /// As `profile list` prints it.
        id: String,
        /// Its new name.
        name: String,
    },
}

impl Command {
    /// Says whether a command changes the library, or may.
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::List(_)
            | Self::Show { .. }
            | Self::Url { .. }
            | Self::Open { .. }
            | Self::Gallery(Gallery::List)
            | Self::Profile(Profiles::List)
            | Self::Transfers { action: None | Some(Transfers::List) }
            | Self::Watch { action: Some(Watch::List) }
            | Self::Settings { value: None, .. }
            | Self::Doctor
            | Self::Verify(Verify { repair: false, adopt: false, delete_unknown: false, .. })
            | Self::Stats => Effect::Shows,
            _ => Effect::Changes,
        }
    }
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
    fn global_flags_are_taken_before_and_after_the_command() {
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
