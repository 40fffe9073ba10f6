//! One function per command: it reads the arguments, calls the library and prints the
//! result.

use crate::arguments::{Arguments, Command, Global, StateWord, Transfers};
use crate::collections::collections;
use crate::galleries::galleries;
use crate::links;
use crate::output::{DONE, Effect, Output, SOME_FAILED, UNUSABLE, USAGE};
use crate::reports::{parse_ids, print_report};
use crate::signals::cancel_on_signals;
use crate::terminal::{printable, say, table};
use crate::transfers;
use crate::upkeep::look_after;
use crate::watch;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use vitrine_core::environment;
use vitrine_core::library::{Environment, OpenAs, OpenLibrary, RecoverFrom, Recovery, RecoveryOutcome};
use vitrine_core::model::{
    BucketUsage, CheckOutcome, CheckStep, ErrorCode, Image, ImageId, ItemFailure, OwnerId, Rating, Removal,
    Replayed, TransferActivity, UnixMs, Visibility,
};
use vitrine_core::secrets::SystemKeyring;
use vitrine_core::{Error, Library};

/// Runs a command and returns the exit code.
pub(crate) async fn run(arguments: Arguments) -> u8 {
    let Arguments { global, command } = arguments;
    let output = Output::new(global.json);
    let cancel = CancellationToken::new();
    cancel_on_signals(cancel.clone());
    let effect = command.effect();
    // A verification ends properly after a cancellation, like a command that changes
    // something.
    let can_be_dropped = effect == Effect::Shows && !matches!(command, Command::Verify(_));
    let carried_out = carry_out(global, command, &output, cancel.clone());
    let result = tokio::select! {
        result = carried_out => result,
        () = cancel.cancelled(), if can_be_dropped => Err(Error::Cancelled),
    };
    let code = result.unwrap_or_else(|error| {
        let failure = error.to_failure();
        say(&format!("{:?}: {}", failure.code, printable(&failure.message)));
        if failure.code == ErrorCode::CatalogDamaged {
            say("The pictures are still there. `vitrine recover --from-backup` restores the newest backup;");
            say("`vitrine recover` starts with an empty catalog. Nothing is deleted.");
        }
        exit_code(failure.code)
    });
    output.settle(code, effect)
}

async fn carry_out(
    global: Global,
    command: Command,
    output: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    if let Command::Recover { from_backup } = command {
        return recover(global, from_backup, output).await;
    }
    // These two need no library.
    if let Command::Completions { shell } = command {
        return crate::manual::completions(shell, output);
    }
    if let Command::Manual { folder } = command {
        return crate::manual::manual(&folder, output);
    }
    let library = open(global).await?;
    if let Some(why) = library.look_only() {
        say(&format!("{} The library is read-only.", printable(&why.message)));
    }
    if !matches!(command, Command::Reparse) {
        crate::dates::mention_undated(&library).await?;
    }
    dispatch(&library, command, output, cancel).await
}

fn exit_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::InvalidInput => USAGE,
        ErrorCode::NotFound
        | ErrorCode::NotAuthorized
        | ErrorCode::InTrash
        | ErrorCode::Changed
        | ErrorCode::Cancelled
        | ErrorCode::Bucket => SOME_FAILED,
        _ => UNUSABLE,
    }
}

async fn open(global: Global) -> Result<Library, Error> {
    let library = match Library::open(how_to_open(global)?).await {
        Err(error) if error.code() == ErrorCode::NotFound => {
            say("`vitrine profile list` lists the profiles; with --create-owner a new one is added.");
            return Err(error);
        }
        opened => opened?,
    };
    if let Some(healed) = library.healed() {
        say(&brought_back(healed));
    }
    for problem in library.unreadable_settings() {
        say(&problem.message);
    }
    Ok(library)
}

/// Returns the message after the catalog had lost changes and recovered them.
fn brought_back(healed: Replayed) -> String {
    if healed == Replayed::default() {
        return "The catalog's journal is missing or belongs to another library. The last changes of \
            visibility may be lost, so every picture is unlisted now."
            .to_owned();
    }
    let mut words = format!(
        "Recovered the catalog's last changes from the journal: {} changes applied again, {} pictures \
         restored.",
        healed.changes, healed.images
    );
    if healed.refused + healed.damaged > 0 {
        let _ = write!(
            words,
            " {} lines of the journal are damaged and {} could not be applied; `vitrine verify --repair` \
             finds what is still missing.",
            healed.damaged, healed.refused
        );
    }
    if !healed.is_whole {
        words.push_str(" Pictures whose last change of visibility may be lost are unlisted.");
    }
    words
}

fn how_to_open(global: Global) -> Result<OpenLibrary, Error> {
    let folder = global.library.or_else(environment::library_folder).ok_or_else(|| {
        Error::Invalid("this system has no default folder for a library; choose one with --library".into())
    })?;
    let owner = global.owner.map(|owner| OwnerId::parse(&owner)).transpose()?;
    let profile = match (owner, global.create_owner) {
        (None, false) => OpenAs::LastUsed,
        (None, true) => return Err(Error::Invalid("--create-owner needs --owner ID".into())),
        (Some(owner), false) => OpenAs::Known(owner),
        (Some(owner), true) => OpenAs::Added(owner),
    };
    Ok(OpenLibrary {
        folder,
        profile,
        environment: environment_with(global.aws_profile, global.zone_id)?,
        secrets: Arc::new(SystemKeyring::default()),
    })
}

/// Returns the environment of this process, with the keys of this AWS profile and with this zone
/// instead of others.
fn environment_with(aws_profile: Option<String>, zone_id: Option<String>) -> Result<Environment, Error> {
    let is_empty = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim().is_empty());
    if is_empty(&aws_profile) {
        return Err(Error::Invalid("--aws-profile needs the name of a profile".into()));
    }
    if is_empty(&zone_id) {
        return Err(Error::Invalid("--zone-id needs the id of a zone".into()));
    }
    Ok(Arc::new(move |name| match (name, &aws_profile, &zone_id) {
        ("R2_AWS_PROFILE", Some(profile), _) => Some(profile.clone()),
        ("R2_ACCESS_KEY_ID" | "R2_SECRET_ACCESS_KEY", Some(_), _) => None,
        ("R2_ZONE_ID", _, Some(zone)) => Some(zone.clone()),
        (other, _, _) => environment::variable(other),
    }))
}

async fn recover(global: Global, from_backup: bool, out: &Output) -> Result<u8, Error> {
    let from = if from_backup { RecoverFrom::Backup } else { RecoverFrom::Nothing };
    let mut how = how_to_open(global)?;
    if let (OpenAs::Known(owner), RecoverFrom::Nothing) = (&how.profile, from) {
        // An empty catalog has no profiles.
        how.profile = OpenAs::Added(owner.clone());
    }
    let (_, recovery) = Library::recover(how, from, UnixMs::now()).await?;
    out.value(&recovery, || in_words(&recovery));
    Ok(if recovery.left_alone == 0 { DONE } else { SOME_FAILED })
}

fn in_words(recovery: &Recovery) -> String {
    let mut words = match recovery.outcome {
        RecoveryOutcome::Healthy => return "The catalog is sound; nothing was changed.".to_owned(),
        RecoveryOutcome::Restored => {
            let age = recovery.backup_of.map(|then| (UnixMs::now().0 - then.0) / 3_600_000);
            match age.filter(|hours| *hours >= 0) {
                Some(hours) => format!("Restored the backup that was made {hours} hours ago."),
                None => "Restored the newest backup; the clock was wrong when it was made.".to_owned(),
            }
        }
        RecoveryOutcome::StartedEmpty => "Started with an empty catalog.".to_owned(),
    };
    if let Some(name) = &recovery.set_aside {
        let _ = write!(words, " The damaged catalog is kept beside it as {}.", printable(name));
    }
    if recovery.from_journal > 0 {
        let _ = write!(words, " Restored {} newer pictures with their details.", recovery.from_journal);
    }
    let _ = write!(
        words,
        " {} pictures without details are in the history again, unlisted.",
        recovery.found_again - recovery.from_journal
    );
    if recovery.left_alone > 0 {
        let _ = write!(words, " {} originals could not be imported; they stay on disk.", recovery.left_alone);
    }
    words.push_str(" `vitrine push` checks which pictures the bucket has.");
    words
}

async fn dispatch(
    library: &Library,
    command: Command,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    match command {
        Command::Import(import) => crate::import::import(library, import, out, cancel).await,
        Command::List(list) => crate::lists::list(library, list, out).await,
        Command::Similar { id, limit } => crate::similar::similar(library, &id, limit, out).await,
        Command::Show { id } => {
            library.named_public_base()?;
            let image = library.get_by_id(&ImageId::parse(&id)?).await?;
            out.value(&image, || describe(&image));
            Ok(DONE)
        }
        Command::Url { id } => links::url(library, &id, out).await,
        Command::NewLink { ids } => links::new_links(library, &ids, out).await,
        Command::Open { id } => links::open(library, &id).await,
        Command::Visibility { visibility, ids } => {
            let visibility = Visibility::from(visibility);
            let report = library.set_visibility(parse_ids(&ids)?, visibility).await?;
            Ok(print_report(out, visibility.as_str(), &report))
        }
        Command::Sensitive { state, ids } => {
            let is_sensitive = state == StateWord::On;
            let report = library.set_sensitive(parse_ids(&ids)?, is_sensitive).await?;
            Ok(print_report(out, if is_sensitive { "sensitive" } else { "not_sensitive" }, &report))
        }
        Command::Rate { stars, ids } => {
            let rating = Rating::try_from(stars).map_err(|error| Error::Invalid(error.to_string()))?;
            Ok(print_report(out, "rated", &library.set_rating(parse_ids(&ids)?, rating).await?))
        }
        Command::Favourite { state, ids } => {
            let is_favourite = state == StateWord::On;
            let report = library.set_favourite(parse_ids(&ids)?, is_favourite).await?;
            Ok(print_report(out, if is_favourite { "favourite" } else { "not_favourite" }, &report))
        }
        Command::Note { id, text } => {
            Ok(print_report(out, "noted", &library.set_note(parse_ids(&[id])?, &text).await?))
        }
        Command::Remove { ids, permanently } => {
            let removal = if permanently { Removal::Permanent } else { Removal::ToTrash };
            Ok(print_report(out, "removed", &library.remove(parse_ids(&ids)?, removal).await?))
        }
        Command::Restore { ids } => restore(library, parse_ids(&ids)?, out).await,
        Command::Collection(command) => collections(library, command, out).await,
        Command::Gallery(command) => galleries(library, command, out).await,
        Command::Profile(command) => crate::profiles::profiles(library, command, out).await,
        Command::Push { timeout } => push(library, timeout.map(Duration::from_secs), out, cancel).await,
        Command::Feed(command) => crate::feed::feed(library, command, out, cancel).await,
        Command::Transfers { action } => {
            transfers::steer(library, action.unwrap_or(Transfers::List), out).await
        }
        Command::Doctor => doctor(library, out).await,
        Command::Verify(how) => crate::verify::verify(library, &how, out, cancel).await,
        Command::Watch { action } => watch::watch(library, action, out, cancel).await,
        Command::Settings { name, value } => crate::settings::settings(library, name, value, out).await,
        Command::Date { id, date } => crate::dates::made(library, &date, &[id], out).await,
        Command::Made { date, ids } => crate::dates::made(library, &date, &ids, out).await,
        Command::Reparse => crate::dates::reparse(library, out, cancel).await,
        Command::Stats => stats(library, out).await,
        // These commands run before a library is opened.
        Command::Recover { .. } | Command::Completions { .. } | Command::Manual { .. } => {
            Err(Error::Internal)
        }
    }
}

/// Restores images from the trash. An image that is not there is an error, because another
/// one was meant.
async fn restore(library: &Library, ids: Vec<ImageId>, out: &Output) -> Result<u8, Error> {
    let (mut trashed, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        match library.detail(&id).await {
            Ok(image) if image.owner_id == library.owner() && image.removed_at.is_none() => {
                let error = Error::NotThere("this image is not in the trash").to_failure();
                others.push(ItemFailure { id, error });
            }
            // If an image cannot be restored, the library reports why.
            _ => trashed.push(id),
        }
    }
    let mut report = library.restore(trashed).await?;
    report.failed.extend(others);
    Ok(print_report(out, "restored", &report))
}

fn describe(image: &Image) -> String {
    let value = serde_json::to_value(image).unwrap_or_default();
    let rows = value.as_object().into_iter().flatten().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        vec![name.clone(), text]
    });
    table(&["FIELD", "VALUE"], rows)
}

async fn push(
    library: &Library,
    timeout: Option<Duration>,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    // This comes first, so that objects whose images leave the trash are deleted in this
    // push.
    look_after(library).await;
    let (began, started) = (UnixMs::now(), Instant::now());
    let mut report = library.push(timeout, cancel.clone()).await?;
    if library.has_feed().await? {
        let left = timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        report.add(library.publish_feed(left, cancel).await?.transfers);
    }
    let purge = library.cached_copies().await?.last_purge.filter(|purge| purge.at >= began);
    if let Some(problem) = purge.and_then(|purge| purge.problem) {
        say(&format!("Caches were not purged: {}", printable(&problem)));
    }
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
        say("Transfers are paused; `vitrine transfers resume` continues them.");
    } else {
        say("Some transfers are left; `vitrine transfers` says why.");
    }
    Ok(SOME_FAILED)
}

async fn doctor(library: &Library, out: &Output) -> Result<u8, Error> {
    let lines = out.clone();
    let print = move |step: &CheckStep| {
        lines.value(step, || {
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

async fn stats(library: &Library, out: &Output) -> Result<u8, Error> {
    let counts = library.counts().await?;
    let transfers = library.transfer_summary().await?;
    let usage = library.bucket_usage().await?;
    let dates: Map<String, Value> = library
        .date_sources()
        .await?
        .into_iter()
        .map(|(from, images)| (from.as_str().to_owned(), images.into()))
        .collect();
    let stats = json!({
        "owner": library.owner(),
        "generated": counts.history,
        "public": counts.feed,
        "references": counts.references,
        "trash": counts.trash,
        "waiting": transfers.waiting + transfers.active,
        "parked": transfers.parked,
        "dated_by": dates,
        "bucket": usage,
    });
    out.value(&stats, || {
        let rows = stats.as_object().into_iter().flatten().filter(|(name, _)| *name != "bucket");
        let rows = rows.map(|(name, value)| {
            vec![name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)]
        });
        table(&["WHAT", "COUNT"], rows.chain(rows_of(&usage)))
    });
    Ok(DONE)
}

/// Returns what the bucket costs, beside what R2 does not charge for.
fn rows_of(usage: &BucketUsage) -> Vec<Vec<String>> {
    let of = |used: u64, free: u64| format!("{used} of {free} free");
    let allowance = usage.allowance;
    [
        ("bucket objects", usage.objects.to_string()),
        ("bucket bytes", of(usage.stored_bytes.0, allowance.stored_bytes.0)),
        ("class A requests", of(usage.class_a.into(), allowance.class_a.into())),
        ("class B requests", of(usage.class_b.into(), allowance.class_b.into())),
        ("free requests", usage.free.to_string()),
        ("requests since", format!("{}-01, sent by this library", usage.month)),
    ]
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect()
}
