//! One function a command: take the words, call the library, print the answer.

use crate::arguments::{
    Arguments, Command, Gallery as GalleryCommand, Global, Import, KindWord, List, ListWord, Transfers,
};
use crate::output::{DONE, Output, SOME_FAILED, UNUSABLE, USAGE};
use crate::terminal::{printable, say, table};
use crate::transfers;
use crate::watch;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::bucket::doctor::{CheckOutcome, CheckStep};
use vitrine_core::catalog::{Removal, Replayed};
use vitrine_core::environment;
use vitrine_core::import::{ImportedFile, Outcome, Restores, Source};
use vitrine_core::library::{
    ImportChoices, ImportSummary, ImportTarget, OpenLibrary, RecoverFrom, Recovery, RecoveryOutcome,
    ReparseProgress,
};
use vitrine_core::model::{
    ActionReport, ErrorCode, Gallery, GalleryId, Image, ImageId, ImageKind, OwnerId, Page, PageRequest,
    SearchPlace, TransferActivity, UnixMs, Visibility,
};
use vitrine_core::secrets::SystemKeyring;
use vitrine_core::{Error, Library};

/// Runs a command and returns the exit code.
pub(crate) async fn run(arguments: Arguments) -> u8 {
    let Arguments { global, command } = arguments;
    let output = Output { json: global.json };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let result = match command {
        Command::Recover { from_backup } => recover(global, from_backup, output).await,
        command => match open(global).await {
            Ok(library) => {
                if let Some(why) = library.look_only() {
                    say(&format!("{} It can only be looked at.", printable(&why.message)));
                }
                dispatch(&library, command, output, cancel).await
            }
            Err(error) => Err(error),
        },
    };
    result.unwrap_or_else(|error| {
        let failure = error.to_failure();
        say(&format!("{:?}: {}", failure.code, printable(&failure.message)));
        if failure.code == ErrorCode::CatalogDamaged {
            say("The pictures are still there. `vitrine recover --from-backup` goes on with the newest backup,");
            say("`vitrine recover` with an empty catalog. Nothing is deleted.");
        }
        exit_code(failure.code)
    })
}

fn exit_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::InvalidInput => USAGE,
        ErrorCode::NotFound | ErrorCode::NotAuthorized | ErrorCode::Cancelled | ErrorCode::Bucket => {
            SOME_FAILED
        }
        _ => UNUSABLE,
    }
}

async fn open(global: Global) -> Result<Library, Error> {
    let library = Library::open(how_to_open(global)?).await?;
    if let Some(healed) = library.healed() {
        say(&brought_back(healed));
    }
    Ok(library)
}

/// What is said when the catalog had lost something and got it back.
fn brought_back(healed: Replayed) -> String {
    if healed == Replayed::default() {
        return "The journal of the catalog is gone or another library's. What was chosen last may be lost, so every \
                picture is unlisted now."
            .to_owned();
    }
    let mut words = format!(
        "The catalog had lost its last changes; the journal had them still: {} changes were made again, {} pictures came back.",
        healed.changes, healed.images
    );
    if healed.refused + healed.damaged > 0 {
        let _ = write!(
            words,
            " {} lines of the journal are damaged and {} did not fit; `vitrine verify --repair` finds what is still missing.",
            healed.damaged, healed.refused
        );
    }
    if !healed.is_whole {
        words.push_str(" Pictures whose last choice of visibility may be lost are unlisted.");
    }
    words
}

fn how_to_open(global: Global) -> Result<OpenLibrary, Error> {
    let folder = global.library.or_else(environment::library_folder).ok_or_else(|| {
        Error::Invalid("this system has no place for a library; name one with --library".into())
    })?;
    let owner = global.owner.map(|owner| OwnerId::parse(&owner)).transpose()?;
    Ok(OpenLibrary {
        folder,
        owner,
        environment: Arc::new(environment::variable),
        secrets: Arc::new(SystemKeyring::default()),
    })
}

async fn recover(global: Global, from_backup: bool, out: Output) -> Result<u8, Error> {
    let from = if from_backup { RecoverFrom::Backup } else { RecoverFrom::Nothing };
    let (_, recovery) = Library::recover(how_to_open(global)?, from, UnixMs::now()).await?;
    out.value(&recovery, || in_words(&recovery));
    Ok(if recovery.left_alone == 0 { DONE } else { SOME_FAILED })
}

fn in_words(recovery: &Recovery) -> String {
    let mut words = match recovery.outcome {
        RecoveryOutcome::Healthy => return "The catalog is sound; nothing was changed.".to_owned(),
        RecoveryOutcome::Restored => {
            let age = recovery.backup_of.map(|then| (UnixMs::now().0 - then.0) / 3_600_000);
            match age.filter(|hours| *hours >= 0) {
                Some(hours) => format!("The catalog is the backup made {hours} hours ago."),
                None => "The catalog is the newest backup; the clock was wrong when it was made.".to_owned(),
            }
        }
        RecoveryOutcome::StartedEmpty => "The catalog began anew.".to_owned(),
    };
    if let Some(name) = &recovery.set_aside {
        let _ = write!(words, " The damaged one is kept beside it as {}.", printable(name));
    }
    if recovery.from_journal > 0 {
        let _ = write!(
            words,
            " {} newer pictures are there again, with all that was known of them.",
            recovery.from_journal
        );
    }
    let _ = write!(
        words,
        " {} pictures of which nothing else is known are in the history again, unlisted.",
        recovery.found_again - recovery.from_journal
    );
    if recovery.left_alone > 0 {
        let _ =
            write!(words, " {} originals could not be taken in and stay on the disk.", recovery.left_alone);
    }
    words.push_str(" `vitrine push` confirms with the bucket what is stored.");
    words
}

async fn dispatch(
    library: &Library,
    command: Command,
    out: Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    match command {
        Command::Import(import) => take_in(library, import, out, cancel).await,
        Command::List(list) => show_list(library, list, out).await,
        Command::Show { id } => {
            library.named_public_base()?;
            let image = library.get_by_id(&ImageId::parse(&id)?).await?;
            out.value(&image, || describe(&image));
            Ok(DONE)
        }
        Command::Url { id } => {
            library.named_public_base()?;
            let (id, url) = known_url(library, &id).await?;
            out.value(&json!({ "id": id, "url": url }), || url.clone());
            Ok(DONE)
        }
        Command::Open { id } => {
            library.named_public_base()?;
            let (id, _) = known_url(library, &id).await?;
            open_in_browser(&library.web_link(&id).await?)?;
            Ok(DONE)
        }
        Command::Visibility { visibility, ids } => {
            let visibility = Visibility::from(visibility);
            let report = library.set_visibility(parse_ids(&ids)?, visibility).await?;
            Ok(print_report(out, visibility.as_str(), &report))
        }
        Command::Remove { ids, permanently } => {
            let removal = if permanently { Removal::Permanent } else { Removal::ToTrash };
            Ok(print_report(out, "removed", &library.remove(parse_ids(&ids)?, removal).await?))
        }
        Command::Restore { ids } => {
            Ok(print_report(out, "restored", &library.restore(parse_ids(&ids)?).await?))
        }
        Command::Gallery(command) => galleries(library, command, out).await,
        Command::Push { timeout } => push(library, timeout.map(Duration::from_secs), out, cancel).await,
        Command::Transfers { action } => {
            transfers::steer(library, action.unwrap_or(Transfers::List), out).await
        }
        Command::Doctor => doctor(library, out).await,
        Command::Verify(how) => crate::verify::verify(library, &how, out, cancel).await,
        Command::Watch { action } => watch::watch(library, action, out, cancel).await,
        Command::Reparse => reparse(library, out, cancel).await,
        Command::Stats => stats(library, out).await,
        // Runs before a library is open.
        Command::Recover { .. } => Err(Error::Internal),
    }
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

fn parse_ids(ids: &[String]) -> Result<Vec<ImageId>, Error> {
    Ok(ids.iter().map(|id| ImageId::parse(id)).collect::<Result<_, _>>()?)
}

fn print_report(out: Output, done: &str, report: &ActionReport) -> u8 {
    for id in &report.done {
        out.value(&json!({ "id": id, "outcome": done }), || format!("{done}\t{id}"));
    }
    for failure in &report.failed {
        let error = &failure.error;
        out.value(
            &json!({ "id": failure.id, "outcome": "failed", "code": error.code, "reason": error.message }),
            String::new,
        );
        say(&format!("{:?}: {}: {}", error.code, failure.id, printable(&error.message)));
    }
    if report.failed.is_empty() { DONE } else { SOME_FAILED }
}

async fn take_in(
    library: &Library,
    import: Import,
    out: Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    let kind = match import.kind {
        KindWord::Generated => ImageKind::Generated,
        KindWord::Reference => ImageKind::Reference,
    };
    let visibility = import.visibility.map(Visibility::from);
    if kind == ImageKind::Reference && visibility == Some(Visibility::Public) {
        return Err(Error::Invalid("a reference image is always unlisted".into()));
    }
    let restores = if import.restore { Restores::Everything } else { Restores::Named };
    let gallery = match import.gallery {
        None => None,
        Some(_) if kind == ImageKind::Generated => {
            return Err(Error::Invalid("only references can join a gallery; add --as reference".into()));
        }
        Some(name) => Some(match find_gallery(library, &name).await {
            Ok(gallery) => gallery.id,
            Err(_) => library.create_gallery(&name).await?.id,
        }),
    };
    let bar = progress_bar(out);
    let shown = bar.clone();
    let each = move |file: &ImportedFile| shown.suspend(|| print_file(out, file));
    let moving = bar.clone();
    let progress = move |now: vitrine_core::library::ImportProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.done));
    };
    let sources = import.paths.into_iter().map(Source::Path).collect();
    let target = ImportTarget { kind, gallery };
    let summary = library
        .import(sources, target, ImportChoices { visibility, restores }, cancel, each, progress)
        .await?;
    bar.finish_and_clear();
    look_after(library).await;
    say(&sum(&summary, visibility));
    Ok(if summary.rejected > 0 || summary.cancelled { SOME_FAILED } else { DONE })
}

fn sum(summary: &ImportSummary, visibility: Option<Visibility>) -> String {
    let ImportSummary { imported, duplicates, in_trash, switched, rejected, .. } = summary;
    let mut words = format!("{imported} imported, {duplicates} already here, {rejected} refused.");
    if let (Some(visibility), 1..) = (visibility, switched) {
        let _ = write!(words, " {switched} of those here already are {} now.", visibility.as_str());
    }
    if *in_trash > 0 {
        let are = if *in_trash == 1 { "is" } else { "are" };
        let _ = write!(
            words,
            " {in_trash} {are} in the trash; `vitrine restore ID...` brings them back, or the same import with \
             --restore all of them."
        );
    }
    words
}

/// The window does it by itself; scripts may never open one.
async fn look_after(library: &Library) {
    if library.look_only().is_some() {
        return;
    }
    if let Err(error) = library.back_up_if_due(UnixMs::now()).await {
        say(&format!("The catalog was not backed up: {}", printable(&error.to_failure().message)));
    }
    if let Err(error) = library.expire_trash(UnixMs::now()).await {
        say(&format!("The trash was not looked through: {}", printable(&error.to_failure().message)));
    }
}

async fn reparse(library: &Library, out: Output, cancel: CancellationToken) -> Result<u8, Error> {
    let bar = progress_bar(out);
    let moving = bar.clone();
    let stopped = cancel.clone();
    let progress = move |now: ReparseProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.read));
    };
    let report = library.reparse(cancel, progress).await?;
    bar.finish_and_clear();
    out.value(&report, || format!("{} of {} read again", report.read, report.total));
    Ok(if stopped.is_cancelled() { SOME_FAILED } else { DONE })
}

/// A bar on a terminal, nothing elsewhere.
pub(crate) fn progress_bar(out: Output) -> ProgressBar {
    if out.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

pub(crate) fn print_file(out: Output, file: &ImportedFile) {
    let mut line = serde_json::Map::new();
    line.insert("path".into(), file.path.to_string_lossy().into());
    line.insert("outcome".into(), json!(file.outcome));
    if let Some(id) = &file.id {
        line.insert("id".into(), json!(id));
    }
    if let Some(visibility) = file.switched_to {
        line.insert("visibility_changed".into(), json!(true));
        line.insert("visibility".into(), json!(visibility));
    }
    if let Some(rejection) = &file.rejection {
        line.insert("reason".into(), json!(rejection.sentence));
        line.insert("code".into(), json!(rejection.code));
    }
    out.value(&line, || {
        let path = printable(&file.path.to_string_lossy());
        let now = file.switched_to.map(|now| format!("\tnow {}", now.as_str())).unwrap_or_default();
        match (&file.outcome, &file.id, &file.rejection) {
            (Outcome::Imported, Some(id), _) => format!("imported\t{id}\t{path}{now}"),
            (Outcome::Duplicate, Some(id), _) => format!("duplicate\t{id}\t{path}{now}"),
            (Outcome::InTrash, Some(id), _) => format!("in trash\t{id}\t{path}{now}"),
            (_, _, rejection) => {
                let why = rejection.as_ref().map_or("", |rejection| &rejection.sentence);
                format!("rejected\t{path}\t{why}")
            }
        }
    });
}

async fn show_list(library: &Library, list: List, out: Output) -> Result<u8, Error> {
    let request = PageRequest { limit: list.limit, cursor: list.cursor };
    let page: Page<Image> = match list.what {
        ListWord::Generated | ListWord::Feed if list.search.is_some() => {
            let within = if list.what == ListWord::Feed { SearchPlace::Feed } else { SearchPlace::History };
            // What comes from a script is whole: its last word is not still being typed.
            let query = format!("{} ", list.search.unwrap_or_default());
            for problem in Library::explain_search(&query) {
                say(&problem);
            }
            library.search(&query, within, &request).await?.map(Image::Generated)
        }
        _ if list.search.is_some() => {
            return Err(Error::Invalid("only generated images and the feed can be searched".into()));
        }
        ListWord::Generated => library.get_my_images(&request).await?.map(Image::Generated),
        ListWord::Feed => library.get_public_feed(&request).await?.map(Image::Generated),
        ListWord::References => library.get_my_references(&request).await?.map(Image::Reference),
        ListWord::Trash => library.get_trash(&request).await?,
    };
    out.value(&page, || {
        let rows = page.page.iter().map(|image| {
            let (filename, visibility, width, height) = match image {
                Image::Generated(image) => {
                    (&image.filename, image.visibility.as_str(), image.width, image.height)
                }
                Image::Reference(image) => (&image.filename, "reference", image.width, image.height),
            };
            let size = format!("{} x {}", width.unwrap_or(0), height.unwrap_or(0));
            let stored = if image.is_stored() { "stored" } else { "waiting" };
            vec![image.id().to_string(), visibility.into(), stored.into(), size, filename.clone()]
        });
        table(&["ID", "WHO", "UPLOAD", "SIZE", "FILE"], rows)
    });
    if let (false, Some(cursor)) = (out.json, &page.continue_cursor) {
        say(&format!("More with --cursor {cursor}"));
    }
    for name in &page.damaged {
        say(&format!(
            "What the catalog says of {} is damaged; `vitrine verify --repair` puts it right.",
            printable(name)
        ));
    }
    Ok(if page.damaged.is_empty() { DONE } else { SOME_FAILED })
}

fn describe(image: &Image) -> String {
    let value = serde_json::to_value(image).unwrap_or_default();
    let rows = value.as_object().into_iter().flatten().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        vec![name.clone(), text]
    });
    table(&["FIELD", "VALUE"], rows)
}

/// By name first: a name may look like anything.
async fn find_gallery(library: &Library, name_or_id: &str) -> Result<Gallery, Error> {
    let galleries = library.galleries().await?;
    let by_name = galleries.iter().find(|gallery| gallery.name == name_or_id.trim());
    let found = by_name.or_else(|| {
        let id = GalleryId::parse(name_or_id).ok()?;
        galleries.iter().find(|gallery| gallery.id == id)
    });
    found.cloned().ok_or(Error::NotThere("there is no gallery of this name or id"))
}

async fn galleries(library: &Library, command: GalleryCommand, out: Output) -> Result<u8, Error> {
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
            let report = library.take_from_gallery(&gallery.id, parse_ids(&ids)?).await?;
            return Ok(print_report(out, "taken", &report));
        }
    }
    Ok(DONE)
}

async fn push(
    library: &Library,
    timeout: Option<Duration>,
    out: Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    // First, so that what the trash lets go of is deleted now.
    look_after(library).await;
    let report = library.push(timeout, cancel).await?;
    out.value(&report, || {
        format!(
            "{} stored, {} deleted, {} parked, {} waiting",
            report.stored, report.deleted, report.parked, report.waiting
        )
    });
    if report.parked + report.waiting == 0 {
        return Ok(DONE);
    }
    let summary = library.transfer_summary().await?;
    if let Some(problem) = summary.problem {
        say(&problem.message);
    } else if summary.activity == TransferActivity::Paused {
        say("Transfers are paused; `vitrine transfers resume` lets them go on.");
    } else {
        say("Some transfers are left; `vitrine transfers` says why.");
    }
    Ok(SOME_FAILED)
}

async fn doctor(library: &Library, out: Output) -> Result<u8, Error> {
    let print = move |step: &CheckStep| {
        out.value(step, || {
            let name = format!("{:?}", step.outcome).to_lowercase();
            let advice = step.advice.as_ref().map(|advice| format!("\n\t{advice}")).unwrap_or_default();
            format!("{name}\t{}{advice}", step.message)
        });
    };
    let steps = library.check_bucket(print).await?;
    let failed = |step: &CheckStep| matches!(step.outcome, CheckOutcome::Failed);
    let unconfigured = steps.first().is_some_and(failed);
    Ok(match (unconfigured, steps.iter().any(failed)) {
        (true, _) => UNUSABLE,
        (_, true) => SOME_FAILED,
        _ => DONE,
    })
}

async fn stats(library: &Library, out: Output) -> Result<u8, Error> {
    let counts = library.counts().await?;
    let transfers = library.transfer_summary().await?;
    let stats = json!({
        "owner": library.owner(),
        "generated": counts.history,
        "public": counts.feed,
        "references": counts.references,
        "trash": counts.trash,
        "waiting": transfers.waiting + transfers.active,
        "parked": transfers.parked,
    });
    out.value(&stats, || {
        let rows = stats.as_object().into_iter().flatten().map(|(name, value)| {
            vec![name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)]
        });
        table(&["WHAT", "COUNT"], rows)
    });
    Ok(DONE)
}
