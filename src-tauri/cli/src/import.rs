//! `vitrine import`: imports pictures, and prints the outcome of each file.

use crate::arguments::{Import, KindWord};
use crate::galleries::find_gallery;
use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{listed, printable, say};
use crate::upkeep::look_after;
use serde_json::{Value, json};
use std::fmt::Write as _;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, ImportSummary, ImportTarget};
use vitrine_core::model::{
    ErrorCode, GalleryId, ImageKind, ImportProgress, ImportedFile, KindCount, Outcome, PassedOver, Restores,
    Source, Visibility,
};
use vitrine_core::{Error, Library};

pub(crate) async fn import(
    library: &Library,
    import: Import,
    out: &Output,
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
        Some(name) => Some(found_or_made(library, &name).await?),
    };
    let bar = out.progress_bar("{bar:32} {pos}/{len} {msg}");
    let (shown, lines) = (bar.clone(), out.clone());
    let each = move |file: &ImportedFile| shown.suspend(|| print_file(&lines, file));
    let moving = bar.clone();
    let progress = move |now: ImportProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.done));
        moving.set_message(ahead(now));
    };
    let sources = import.paths.into_iter().map(Source::Path).collect();
    let target = ImportTarget { gallery, ..ImportTarget::of(kind) };
    let summary = library
        .import(sources, target, ImportChoices { visibility, restores }, cancel, each, progress)
        .await?;
    bar.finish_and_clear();
    look_after(library).await;
    let words = sum(&summary, visibility);
    if import.summary {
        out.value(&as_json(&summary), || words.clone());
    }
    if !import.summary || out.json || out.lost().is_some() {
        say(&words);
    }
    Ok(if summary.rejected > 0 || summary.cancelled { SOME_FAILED } else { DONE })
}

/// Returns the gallery with a name or id. An id must exist; any other name may
/// be new and makes a gallery.
async fn found_or_made(library: &Library, name: &str) -> Result<GalleryId, Error> {
    match find_gallery(library, name).await {
        Ok(gallery) => Ok(gallery.id),
        Err(error) if error.code() != ErrorCode::NotFound || GalleryId::parse(name).is_ok() => Err(error),
        Err(_) => Ok(library.create_gallery(name).await?.id),
    }
}

/// Returns the text beside the progress bar.
fn ahead(now: ImportProgress) -> String {
    match (now.counting, now.seconds_left) {
        (true, _) => "so far".to_owned(),
        (false, None) => String::new(),
        (false, Some(seconds @ 0..60)) => format!("{seconds} s left"),
        (false, Some(seconds @ 60..3600)) => format!("{} min left", seconds.div_ceil(60)),
        (false, Some(seconds)) => format!("{} h left", seconds.div_ceil(3600)),
    }
}

pub(crate) fn print_file(out: &Output, file: &ImportedFile) {
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

fn as_json(summary: &ImportSummary) -> Value {
    let PassedOver { kinds, hidden, links, libraries, others, .. } = &summary.passed_over;
    json!({ "summary": {
        "imported": summary.imported,
        "duplicates": summary.duplicates,
        "in_trash": summary.in_trash,
        "rejected": summary.rejected,
        "visibility_changed": summary.switched,
        "not_supported": kinds,
        "hidden": hidden,
        "links": links,
        "libraries": libraries,
        "others": others,
        "interrupted": summary.cancelled,
        "done": summary.done,
        "total": summary.total,
    } })
}

fn sum(summary: &ImportSummary, visibility: Option<Visibility>) -> String {
    let ImportSummary { imported, duplicates, in_trash, switched, rejected, passed_over, .. } = summary;
    let mut words = String::new();
    if summary.cancelled {
        let _ = match summary.total {
            Some(total) => write!(words, "Interrupted after {} of {total}. ", summary.done),
            None => write!(words, "Interrupted after {}, before all files were counted. ", summary.done),
        };
    }
    let _ = write!(words, "{imported} imported, {duplicates} already here, {rejected} refused.");
    if let (Some(visibility), 1..) = (visibility, switched) {
        let _ = write!(words, " {switched} of the existing ones are now {}.", visibility.as_str());
    }
    if *in_trash > 0 {
        let are = if *in_trash == 1 { "is" } else { "are" };
        let _ = write!(
            words,
            " {in_trash} {are} in the trash; `vitrine restore ID...` brings them back, or the same import with \
             --restore all of them."
        );
    }
    if !passed_over.kinds.is_empty() {
        let kinds = passed_over.kinds.iter().map(kind_in_words).collect::<Vec<_>>();
        let only_one = passed_over.kinds.iter().map(|kind| kind.count).sum::<u32>() == 1;
        let are = if only_one { "is" } else { "are" };
        let _ = write!(words, " {} {are} not supported yet.", listed(&kinds));
    }
    let left_out = left_out(passed_over);
    if !left_out.is_empty() {
        let _ = write!(words, " Left out: {}.", listed(&left_out));
    }
    words
}

fn kind_in_words(KindCount { kind, count }: &KindCount) -> String {
    match (kind.as_str(), count) {
        ("video", 2..) => format!("{count} videos"),
        (kind, count) => format!("{count} {kind}"),
    }
}

fn left_out(passed: &PassedOver) -> Vec<String> {
    let PassedOver { hidden, links, libraries, others, .. } = passed;
    let counted = [
        (*hidden, "hidden file or folder", "hidden files and folders"),
        (
            *links,
            "link to a folder that was imported by itself",
            "links to folders that were imported by themselves",
        ),
        (*libraries, "folder that is this library", "folders that are this library"),
        (*others, "file that is not a picture", "files that are not pictures"),
    ];
    let some = counted.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> ImportSummary {
        ImportSummary { imported: 3, done: 3, total: Some(3), ..ImportSummary::default() }
    }

    #[test]
    fn a_plain_import_is_summarised_in_one_sentence() {
        assert_eq!(sum(&summary(), None), "3 imported, 0 already here, 0 refused.");
    }

    #[test]
    fn files_that_were_not_imported_are_counted_by_kind() {
        let kind = |kind: &str, count| KindCount { kind: kind.to_owned(), count };
        let kinds = vec![kind("AVIF", 3), kind("HEIC", 1)];
        let passed_over = PassedOver { kinds, counted: 0, hidden: 2, links: 1, libraries: 0, others: 12 };
        assert_eq!(
            sum(&ImportSummary { rejected: 4, passed_over, ..summary() }, None),
            "3 imported, 0 already here, 4 refused. 3 AVIF and 1 HEIC are not supported yet. Left \
             out: 2 hidden files and folders, 1 link to a folder that was imported by itself and 12 files that are not \
             pictures."
        );
        let passed_over = PassedOver { kinds: vec![kind("video", 1)], ..PassedOver::default() };
        let words = sum(&ImportSummary { passed_over, ..summary() }, None);
        assert!(words.ends_with("0 refused. 1 video is not supported yet."), "{words}");
    }

    #[test]
    fn an_interrupted_import_reports_how_far_it_came() {
        let interrupted = ImportSummary { cancelled: true, total: Some(300), ..summary() };
        assert!(sum(&interrupted, None).starts_with("Interrupted after 3 of 300. 3 imported"));
        let early = ImportSummary { cancelled: true, total: None, ..summary() };
        assert!(sum(&early, None).starts_with("Interrupted after 3, before all files were counted."));
    }

    #[test]
    fn the_remaining_time_is_shown_only_when_it_is_known() {
        let now = ImportProgress { seconds_left: Some(90), ..ImportProgress::default() };
        assert_eq!(ahead(now), "2 min left");
        assert_eq!(ahead(ImportProgress { seconds_left: Some(59), ..now }), "59 s left");
        assert_eq!(ahead(ImportProgress { seconds_left: Some(3_601), ..now }), "2 h left");
        assert_eq!(ahead(ImportProgress { seconds_left: None, ..now }), "");
        assert_eq!(ahead(ImportProgress { counting: true, ..now }), "so far");
    }
}
