//! `vitrine feed`: builds, publishes and takes back the published feed of a profile.

use crate::arguments::Feed;
use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{printable, say};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::FeedPush;
use vitrine_core::model::{FeedActivity, FeedProblem, FeedStatus};
use vitrine_core::{Error, Library};

/// The largest file with settings, in bytes. All settings at their limits are smaller.
const LARGEST_SETTINGS: u64 = 2_000_000;

pub(crate) async fn feed(
    library: &Library,
    command: Feed,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    match command {
        Feed::Build { folder, base } => build(library, folder, base, out, cancel).await,
        Feed::Publish { timeout } => {
            library.set_feed_on(true).await?;
            carry_out(library, true, timeout, out, cancel).await
        }
        Feed::Unpublish { timeout } => {
            library.set_feed_on(false).await?;
            carry_out(library, false, timeout, out, cancel).await
        }
        Feed::Status => {
            let status = library.feed_status().await?;
            out.value(&status, || in_words(&status));
            mention(&status.problems, status.problem_count);
            mention_left(&status);
            Ok(if status.problem_count == 0 { DONE } else { SOME_FAILED })
        }
        Feed::Settings { file: None } => {
            let settings = library.feed_settings().await?;
            let text = serde_json::to_string_pretty(&settings).map_err(|_| Error::Internal)?;
            out.value(&settings, || text.clone());
            Ok(DONE)
        }
        Feed::Settings { file: Some(file) } => {
            let text = settings_file(&file)?;
            let now = library.feed_settings().await?;
            let settings = library.save_feed_settings(merged(&now, &text)?).await?;
            out.value(&settings, || "saved".to_owned());
            Ok(DONE)
        }
        Feed::Avatar { file } => {
            match file {
                Some(file) => library.set_feed_avatar_from(file).await?,
                None => library.remove_feed_avatar().await?,
            }
            let has_one = library.feed_avatar().await?.is_some();
            out.value(&json!({ "avatar": has_one }), || if has_one { "saved" } else { "removed" }.to_owned());
            Ok(DONE)
        }
    }
}

/// Returns the text of a file with settings. Reads no pipe, because nobody may ever write into it, and no device,
/// because it may never end.
fn settings_file(file: &Path) -> Result<String, Error> {
    let unreadable =
        |error: std::io::Error| Error::Invalid(format!("the file with the settings cannot be read: {error}"));
    let refused = |why: &str| Error::Invalid(format!("the file with the settings {why}"));
    // Checked before opening, because opening a pipe would wait for its other end.
    let found = std::fs::metadata(file).map_err(unreadable)?;
    if found.is_dir() {
        return Err(refused("is a folder"));
    }
    if !found.is_file() {
        return Err(refused("is not a regular file"));
    }
    let mut text = Vec::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(LARGEST_SETTINGS + 1).read_to_end(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > LARGEST_SETTINGS {
        return Err(refused("is larger than 2 MB"));
    }
    String::from_utf8(text).map_err(|_| refused("is not a text in UTF-8"))
}

/// Returns settings in which the fields of a JSON object have replaced those of the present ones. An unknown field is
/// an error, because it is a typing mistake, and so is one that is there twice.
fn merged(
    now: &vitrine_core::model::FeedSettings,
    text: &str,
) -> Result<vitrine_core::model::FeedSettings, Error> {
    let invalid =
        |error: &dyn std::fmt::Display| Error::Invalid(format!("these are no settings of a feed: {error}"));
    // This finds fields that are there twice, which a map would not.
    serde_json::from_str::<vitrine_core::model::FeedSettings>(text).map_err(|error| invalid(&error))?;
    let given: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let mut value = serde_json::to_value(now).map_err(|_| Error::Internal)?;
    let fields = value.as_object_mut().ok_or(Error::Internal)?;
    for (name, given) in &given {
        match fields.get_mut(name) {
            Some(field) => *field = given.clone(),
            None => return Err(Error::Invalid(format!("there is no setting {name} of a feed"))),
        }
    }
    let merged = serde_json::from_value(value).map_err(|error| invalid(&error))?;
    let read = serde_json::to_value(&merged).map_err(|_| Error::Internal)?;
    for (name, given) in &given {
        if let Some(unknown) = not_read(given, read.get(name)) {
            return Err(Error::Invalid(format!(
                "there is no field {unknown} in the setting {name} of a feed"
            )));
        }
    }
    Ok(merged)
}

/// Returns the name of a field inside a setting that was not read, because no such field exists.
fn not_read<'a>(given: &'a serde_json::Value, read: Option<&serde_json::Value>) -> Option<&'a str> {
    use serde_json::Value::{Array, Object};
    match (given, read) {
        (Object(given), Some(Object(read))) => given.iter().find_map(|(name, value)| match read.get(name) {
            Some(read) => not_read(value, Some(read)),
            None => Some(name.as_str()),
        }),
        (Array(given), Some(Array(read))) => {
            given.iter().zip(read).find_map(|(given, read)| not_read(given, Some(read)))
        }
        _ => None,
    }
}

async fn build(
    library: &Library,
    folder: std::path::PathBuf,
    base: Option<String>,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    let bar = out.progress_bar("{bar:32} {pos}/{len} {eta}");
    let moving = bar.clone();
    let built = library
        .build_feed(folder, base, cancel, move |done, total| {
            moving.set_length(u64::from(total));
            moving.set_position(u64::from(done));
        })
        .await?;
    bar.finish_and_clear();
    out.value(&built, || {
        format!(
            "{} images, {} files, {} bytes, {} left out",
            built.images, built.files, built.size_bytes.0, built.left_out
        )
    });
    let count = u32::try_from(built.problems.len()).unwrap_or(u32::MAX);
    mention(&built.problems, count);
    Ok(if count == 0 { DONE } else { SOME_FAILED })
}

/// Publishes or takes back, and says how far it came.
async fn carry_out(
    library: &Library,
    wanted_on: bool,
    timeout: Option<u64>,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    let FeedPush { transfers, is_complete } =
        library.publish_feed(timeout.map(Duration::from_secs), cancel).await?;
    let status = library.feed_status().await?;
    let value = json!({
        "published": transfers.published, "withdrawn": transfers.withdrawn, "parked": transfers.parked,
        "waiting": transfers.waiting, "is_complete": is_complete, "status": status,
    });
    out.value(&value, || {
        format!(
            "{} files published, {} removed\n{}",
            transfers.published,
            transfers.withdrawn,
            in_words(&status)
        )
    });
    mention(&status.problems, status.problem_count);
    mention_left(&status);
    if status.is_on != wanted_on {
        let now = if status.is_on { "on" } else { "off" };
        say(&format!("Another process switched the feed {now} meanwhile, so it is {now} now."));
        return Ok(SOME_FAILED);
    }
    if !is_complete {
        match library.transfer_summary().await?.problem {
            Some(problem) => say(&problem.message),
            None if status.problem_count == 0 => say("It is not finished; the same command continues it."),
            None => {}
        }
    }
    Ok(if is_complete && status.problem_count == 0 && status.activity != FeedActivity::NotPublished {
        DONE
    } else {
        SOME_FAILED
    })
}

fn mention(problems: &[FeedProblem], count: u32) {
    for problem in problems {
        say(&format!("{}: {}", printable(&problem.filename), printable(&problem.reason)));
    }
    let named = u32::try_from(problems.len()).unwrap_or(u32::MAX);
    if count > named {
        say(&format!("{} more images are not published.", count - named));
    }
}

fn mention_left(status: &FeedStatus) {
    for left in &status.left_in_bucket {
        say(&format!("{}: left in the bucket. {}", printable(&left.filename), left.reason));
    }
}

fn in_words(status: &FeedStatus) -> String {
    let state = match status.activity {
        FeedActivity::Off => "off".to_owned(),
        FeedActivity::Published => "published".to_owned(),
        FeedActivity::Publishing | FeedActivity::Waiting if status.changes == 1 => {
            "1 change waiting".to_owned()
        }
        FeedActivity::Publishing | FeedActivity::Waiting => format!("{} changes waiting", status.changes),
        FeedActivity::TakingBack => "being removed from the bucket".to_owned(),
        FeedActivity::NotPublished => {
            format!("not published: {}", status.reason.as_deref().unwrap_or_default())
        }
    };
    let mut words = format!("{state}; {} of {} public images on the page", status.published, status.images);
    if status.left_out > 0 {
        let _ = write!(words, ", {} sensitive images left out", status.left_out);
    }
    if let Some(address) = status.address.as_ref().filter(|_| status.is_on) {
        let _ = write!(words, "\n{address}");
    }
    words
}
