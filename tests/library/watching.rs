//! Watched folders: new pictures join the history exactly once, when they are complete, and nothing else
//! happens.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{WatchEvent, WatchPace};
use vitrine_core::model::{ErrorCode, GeneratedImage, Outcome, PageRequest, Removal, Visibility};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture};
use vitrine_tests::pictures::{Picture, a_jpeg, a_png, a_webp};

const PATIENCE: Duration = Duration::from_mins(1);
const A1111: &str = "a lighthouse at dusk\nSteps: 20, Sampler: Euler, Seed: 7, Size: 32x32, Model: sd15";

/// A quick pace that does not scan the folder by itself while a test runs.
const PACE: WatchPace = WatchPace {
    look: Duration::from_millis(20),
    settle: Duration::from_millis(100),
    patience: Duration::from_secs(2),
    scan: Duration::from_hours(1),
    listens: true,
};
/// The pace for a drive on which the system reports no changes.
const SILENT: WatchPace = WatchPace { scan: Duration::from_millis(200), listens: false, ..PACE };

/// A running watch and what it reported.
struct Running {
    told: Arc<Mutex<Vec<String>>>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(library: &Library, pace: WatchPace) -> Self {
        let (told, cancel) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new());
        let (library, telling, until) = (library.clone(), Arc::clone(&told), cancel.clone());
        let tell = move |event: WatchEvent<'_>| {
            telling.lock().unwrap().push(match event {
                WatchEvent::Elsewhere => "elsewhere".to_owned(),
                WatchEvent::Watching(folders) => format!("watching {folders}"),
                WatchEvent::File(file) => {
                    let code = file.rejection.as_ref().map(|rejection| format!(" {:?}", rejection.code));
                    let outcome = match file.outcome {
                        Outcome::Imported => "imported",
                        Outcome::Duplicate => "duplicate",
                        Outcome::InTrash => "in trash",
                        Outcome::Rejected => "rejected",
                    };
                    format!("{outcome} {}{}", file.name, code.unwrap_or_default())
                }
            });
        };
        let task = tokio::spawn(async move { library.watch_folders(pace, until, tell).await });
        Self { told, cancel, task }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// Returns once this line was reported.
    async fn hears(&self, line: &str) {
        let started = Instant::now();
        while !self.told().iter().any(|told| told == line) {
            assert!(started.elapsed() < PATIENCE, "never heard {line:?}: {:?}", self.told());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the watch, and returns what it reported about files.
    async fn end(self) -> Vec<String> {
        self.cancel.cancel();
        self.task.await.unwrap();
        let told = self.told.lock().unwrap().clone();
        told.into_iter().filter(|line| line.contains('.')).collect()
    }
}

async fn history(library: &Library) -> Vec<GeneratedImage> {
    library.get_my_images(&PageRequest::first(1000)).await.unwrap().page
}

async fn names(library: &Library) -> Vec<String> {
    let mut names: Vec<_> = history(library).await.into_iter().map(|image| image.record.filename).collect();
    names.sort();
    names
}

fn outputs() -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("vitrine-outputs-").unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

fn numbered(number: u64) -> Picture {
    a_png(8, 8).seed(number)
}

/// A library that watches a folder.
struct Watched {
    library: Library,
    running: Running,
    folder: PathBuf,
    /// The folders, which are deleted when this is dropped.
    kept: (LibraryFixture, TempDir),
}

async fn watched(pace: WatchPace) -> Watched {
    let (fixture, (outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    watch(&library, &folder).await;
    let running = Running::start(&library, pace);
    running.hears("watching 1").await;
    Watched { library, running, folder, kept: (fixture, outputs) }
}

async fn watch(library: &Library, folder: &Path) -> u32 {
    library.watch_folder(folder.to_owned(), Vec::new()).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_picture_joins_the_history_unlisted_and_with_its_prompt() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    fs::create_dir_all(folder.join("2026/11")).unwrap();
    a_png(32, 32).with_text("parameters", A1111).write_to(&folder.join("2026/11"), "a.png");
    running.hears("imported a.png").await;
    assert_eq!(running.end().await, ["imported a.png"]);
    let images = history(&library).await;
    assert_eq!(images.len(), 1);
    assert_eq!(images[0].visibility, Visibility::Unlisted);
    assert_eq!(images[0].prompt, "a lighthouse at dusk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slowly_written_file_appears_once_and_only_when_it_is_complete() {
    for picture in [a_png(64, 64).noise(), a_jpeg(64, 64).noise(), a_webp(64, 64).noise()] {
        // The pauses between the pieces are longer than a file must be quiet.
        let pace = WatchPace { settle: Duration::from_millis(40), ..PACE };
        let Watched { library, running, folder, kept } = watched(pace).await;
        let bytes = picture.bytes();
        let mut file = fs::File::create(folder.join("slow.png")).unwrap();
        for piece in bytes.chunks(bytes.len() / 5 + 1) {
            file.write_all(piece).unwrap();
            file.sync_all().unwrap();
            assert!(history(&library).await.is_empty(), "it was taken before its end");
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        drop(file);
        running.hears("imported slow.png").await;
        assert_eq!(running.end().await, ["imported slow.png"]);
        let id = &history(&library).await[0].id;
        assert_eq!(kept.0.original_on_disk(&bytes).unwrap(), bytes, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renamed_files_and_folders_are_found_and_unfinished_names_are_not() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    numbered(1).write_to(&folder, "a.png.part");
    numbered(2).write_to(&folder, ".b.png");
    let elsewhere = TempDir::new_in(folder.parent().unwrap()).unwrap();
    fs::create_dir_all(elsewhere.path().join("batch/deep")).unwrap();
    numbered(3).write_to(&elsewhere.path().join("batch/deep"), "c.png");
    fs::rename(elsewhere.path().join("batch"), folder.join("batch")).unwrap();
    running.hears("imported c.png").await;
    fs::rename(folder.join("a.png.part"), folder.join("a.png")).unwrap();
    running.hears("imported a.png").await;
    assert_eq!(running.end().await.len(), 2);
    assert_eq!(names(&library).await, ["a.png", "c.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_files_are_offered_once_and_imported_only_on_request() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    for number in 0..3 {
        numbered(number).write_to(&folder, &format!("old-{number}.png"));
    }
    let watched = library.watch_folder(folder.clone(), Vec::new()).await.unwrap();
    assert_eq!((watched.offered, watched.is_there), (3, true));
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    numbered(10).write_to(&folder, "new.png");
    running.hears("imported new.png").await;
    assert_eq!(names(&library).await, ["new.png"]);
    assert_eq!(library.watched_folders().await.unwrap()[0].offered, 3, "it is still offered");

    library.settle_watch_offer(watched.id, true).await.unwrap();
    for number in 0..3 {
        running.hears(&format!("imported old-{number}.png")).await;
    }
    assert_eq!(library.watched_folders().await.unwrap()[0].offered, 0);
    assert_eq!(running.end().await.len(), 4);

    // Declined files are never imported, and are not offered again.
    let other = outputs();
    numbered(20).write_to(&other.1, "declined.png");
    let watched = library.watch_folder(other.1.clone(), Vec::new()).await.unwrap();
    library.settle_watch_offer(watched.id, false).await.unwrap();
    library.settle_watch_offer(watched.id, true).await.unwrap();
    let running = Running::start(&library, PACE);
    running.hears("watching 2").await;
    numbered(21).write_to(&other.1, "later.png");
    running.hears("imported later.png").await;
    assert_eq!(running.end().await, ["imported later.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_imports_files_that_were_added_meanwhile_and_none_twice() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    {
        let library = fixture.open().await;
        watch(&library, &folder).await;
        let running = Running::start(&library, PACE);
        running.hears("watching 1").await;
        numbered(1).write_to(&folder, "before.png");
        running.hears("imported before.png").await;
        assert_eq!(running.end().await.len(), 1);
    }
    numbered(2).write_to(&folder, "meanwhile.png");
    let library = fixture.open().await;
    let running = Running::start(&library, PACE);
    running.hears("imported meanwhile.png").await;
    // A file that was imported but not recorded before the end is reported as a duplicate.
    let mut heard = running.end().await;
    heard.retain(|line| line != "duplicate before.png");
    assert_eq!(heard, ["imported meanwhile.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwritten_file_is_a_new_picture() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    numbered(1).write_to(&folder, "latest.png");
    running.hears("imported latest.png").await;
    a_png(9, 9).write_to(&folder, "latest.png");
    let started = Instant::now();
    while history(&library).await.len() < 2 {
        assert!(started.elapsed() < PATIENCE, "{:?}", running.told());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The same bytes under another name are already in the library.
    numbered(1).write_to(&folder, "copy.png");
    running.hears("duplicate copy.png").await;
    assert_eq!(history(&library).await.len(), 2);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_does_not_restore_a_removed_image() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    watch(&library, &folder).await;
    let image = import_picture(&library, &numbered(1), generated()).await;
    library.remove(vec![image.clone()], Removal::ToTrash).await.unwrap();
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    numbered(1).write_to(&folder, "again.png");
    running.hears("in trash again.png").await;
    running.end().await;
    assert!(history(&library).await.is_empty());
    library.restore(vec![image]).await.unwrap();
    assert_eq!(history(&library).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_does_not_change_the_visibility_of_a_known_picture() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    watch(&library, &folder).await;
    let public = import_picture(&library, &numbered(1), generated()).await;
    let unlisted = import_picture(&library, &numbered(2), generated()).await;
    library.set_visibility(vec![public.clone()], Visibility::Public).await.unwrap();
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    numbered(1).write_to(&folder, "public.png");
    numbered(2).write_to(&folder, "unlisted.png");
    running.hears("duplicate public.png").await;
    running.hears("duplicate unlisted.png").await;
    running.end().await;
    assert_eq!(library.detail(&public).await.unwrap().visibility, Some(Visibility::Public));
    assert_eq!(library.detail(&unlisted).await.unwrap().visibility, Some(Visibility::Unlisted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_a_thousand_files_is_imported_completely() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    let writing = folder.clone();
    tokio::task::spawn_blocking(move || {
        for number in 0..1000 {
            numbered(number).write_to(&writing, &format!("{number}.png"));
        }
    })
    .await
    .unwrap();
    let started = Instant::now();
    while library.counts().await.unwrap().history < 1000 {
        assert!(started.elapsed() < PATIENCE, "{:?}", library.counts().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = running.end().await;
    assert_eq!(told.iter().filter(|line| line.starts_with("imported")).count(), 1000);
    assert_eq!(told.len(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_disappears_is_watched_again_when_it_returns() {
    for pace in [WatchPace { scan: SILENT.scan, ..PACE }, SILENT] {
        let Watched { library, running, folder, kept: _kept } = watched(pace).await;
        numbered(1).write_to(&folder, "a.png");
        running.hears("imported a.png").await;
        let away = folder.with_extension("away");
        fs::rename(&folder, &away).unwrap();
        assert!(!library.watched_folders().await.unwrap()[0].is_there);
        tokio::time::sleep(pace.scan * 2).await;
        numbered(2).write_to(&away, "b.png");
        fs::rename(&away, &folder).unwrap();
        running.hears("imported b.png").await;
        numbered(3).write_to(&folder, "c.png");
        running.hears("imported c.png").await;
        assert_eq!(running.end().await.len(), 3);
        assert!(library.watched_folders().await.unwrap()[0].is_there);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_notifications_from_the_system_is_scanned() {
    let Watched { running, folder, kept: _kept, .. } = watched(SILENT).await;
    numbered(1).write_to(&folder, "a.png");
    running.hears("imported a.png").await;
    assert_eq!(running.end().await, ["imported a.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_file_is_refused_once_and_imported_when_it_is_complete() {
    let Watched { running, folder, kept: _kept, .. } =
        watched(WatchPace { patience: Duration::from_millis(300), ..SILENT }).await;
    let bytes = a_png(64, 64).noise().bytes();
    fs::write(folder.join("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(folder.join("page.png"), "<html>not found</html>").unwrap();
    running.hears("rejected cut.png Truncated").await;
    running.hears("rejected page.png NotAnImage").await;
    tokio::time::sleep(SILENT.scan * 3).await;
    fs::write(folder.join("cut.png"), &bytes).unwrap();
    running.hears("imported cut.png").await;
    let mut told = running.end().await;
    told.sort();
    assert_eq!(told, ["imported cut.png", "rejected cut.png Truncated", "rejected page.png NotAnImage"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn watched_files_are_never_changed() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    numbered(1).write_to(&folder, "old.png");
    let id = watch(&library, &folder).await;
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    numbered(2).write_to(&folder, "new.png");
    let look = || {
        let mut seen: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let metadata = path.metadata().unwrap();
                (path.clone(), fs::read(&path).unwrap(), metadata.modified().unwrap(), metadata.permissions())
            })
            .collect();
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        seen
    };
    let before = look();
    library.settle_watch_offer(id, true).await.unwrap();
    running.hears("imported new.png").await;
    running.hears("imported old.png").await;
    let images = history(&library).await.into_iter().map(|image| image.record.id).collect();
    library.remove(images, Removal::Permanent).await.unwrap();
    library.unwatch_folder(id).await.unwrap();
    running.hears("watching 0").await;
    running.end().await;
    assert_eq!(look(), before);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_and_ignored_files_are_skipped() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let (_elsewhere, private) = outputs();
    numbered(1).write_to(&private, "private.png");
    let library = fixture.open().await;
    let ignored = vec!["*-preview.png".to_owned(), "temp".to_owned()];
    let watched = library.watch_folder(folder.clone(), ignored).await.unwrap();
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    std::os::unix::fs::symlink(&private, folder.join("out")).unwrap();
    std::os::unix::fs::symlink(private.join("private.png"), folder.join("one.png")).unwrap();
    fs::create_dir(folder.join("temp")).unwrap();
    numbered(2).write_to(&folder.join("temp"), "b.png");
    numbered(3).write_to(&folder, "c-preview.png");
    numbered(4).write_to(&private, "more.png");
    numbered(5).write_to(&folder, "d.png");
    running.hears("imported d.png").await;
    library.set_watch_ignored(watched.id, vec!["temp".to_owned()]).await.unwrap();
    running.hears("imported c-preview.png").await;
    assert_eq!(running.end().await, ["imported d.png", "imported c-preview.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_watches_and_another_takes_over_when_it_ends() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let (library, other) = (fixture.open().await, fixture.open().await);
    watch(&library, &folder).await;
    let first = Running::start(&library, PACE);
    first.hears("watching 1").await;
    let second = Running::start(&other, PACE);
    second.hears("elsewhere").await;
    numbered(1).write_to(&folder, "a.png");
    first.hears("imported a.png").await;
    assert_eq!(first.end().await.len(), 1);
    second.hears("watching 1").await;
    numbered(2).write_to(&folder, "b.png");
    second.hears("imported b.png").await;
    assert_eq!(second.end().await, ["imported b.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_and_its_pictures_belong_to_one_profile() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let ana = fixture.open().await;
    let id = watch(&ana, &folder).await;
    let ben = fixture.open_as("ben").await;
    assert!(ben.watched_folders().await.unwrap().is_empty());
    for refused in [
        ben.unwatch_folder(id).await,
        ben.settle_watch_offer(id, true).await,
        ben.set_watch_ignored(id, Vec::new()).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), ErrorCode::NotAuthorized);
    }
    let running = Running::start(&ben, PACE);
    running.hears("watching 1").await;
    numbered(1).write_to(&folder, "a.png");
    running.hears("imported a.png").await;
    running.end().await;
    assert_eq!((history(&ana).await.len(), history(&ben).await.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn unsuitable_folders_are_refused_with_a_reason() {
    let (fixture, (_outputs, folder)) = (LibraryFixture::new(), outputs());
    let library = fixture.open().await;
    fs::create_dir_all(folder.join("inside/deep")).unwrap();
    let file = numbered(1).write_to(&folder, "a.png");
    let watched = library.watch_folder(folder.join("inside"), Vec::new()).await.unwrap();
    for (path, says) in [
        (fixture.folder(), "library itself"),
        (fixture.folder().join("originals"), "library itself"),
        (fixture.folder().parent().unwrap().to_owned(), "library itself"),
        (folder.join("gone"), "no such folder"),
        (file, "only a folder"),
        (folder.join("inside/deep"), "inside"),
        (folder.clone(), "remove that folder"),
    ] {
        let refused = library.watch_folder(path, Vec::new()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidInput);
        assert!(refused.to_string().contains(says), "{refused}");
    }
    let bad = library.set_watch_ignored(watched.id, vec!["[".to_owned()]).await.unwrap_err();
    assert_eq!(bad.code(), ErrorCode::InvalidInput);
    // Adding the folder again does not add a second one.
    assert_eq!(library.watch_folder(folder.join("inside"), Vec::new()).await.unwrap().id, watched.id);
    assert_eq!(library.watched_folders().await.unwrap().len(), 1);
}

/// Other programs open this file, and nobody will write its last twelve bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_without_its_end_is_imported_after_a_wait() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    let bytes = a_png(64, 64).noise().bytes();
    let started = Instant::now();
    fs::write(folder.join("endless.png"), &bytes[..bytes.len() - 12]).unwrap();
    fs::write(folder.join("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
    running.hears("imported endless.png").await;
    assert!(started.elapsed() >= PACE.patience, "it might have been written on");
    running.hears("rejected cut.png Truncated").await;
    let mut told = running.end().await;
    told.sort();
    assert_eq!(told, ["imported endless.png", "rejected cut.png Truncated"]);
    assert_eq!(names(&library).await, ["endless.png"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_that_import_accepts_is_watched_for() {
    let Watched { library, running, folder, kept: _kept } = watched(PACE).await;
    // The files have another name until they are complete, as browsers and generators write them.
    for (number, name) in (0..).zip(["a.jfif", "b.jpe", "without extension", "c.data"]) {
        let aside = folder.join(format!("{number}.part"));
        fs::write(&aside, a_jpeg(8, 8).seed(number).bytes()).unwrap();
        fs::rename(aside, folder.join(name)).unwrap();
    }
    fs::write(folder.join("caption.txt"), "a lighthouse").unwrap();
    for name in ["a.jfif", "b.jpe", "without extension", "c.data"] {
        running.hears(&format!("imported {name}")).await;
    }
    running.end().await;
    assert_eq!(names(&library).await, ["a.jfif", "b.jpe", "c.data", "without extension"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_imported_from_a_folder_whose_patterns_are_damaged() {
    let (fixture, (_outputs, folder), (_others, other)) = (LibraryFixture::new(), outputs(), outputs());
    let library = fixture.open().await;
    let id = library.watch_folder(folder.clone(), vec!["temp".into()]).await.unwrap().id;
    drop(library);
    vitrine_tests::rows::damage_watch_patterns(&fixture.folder());
    let library = fixture.open().await;
    watch(&library, &other).await;
    let running = Running::start(&library, PACE);
    running.hears("watching 1").await;
    fs::create_dir(folder.join("temp")).unwrap();
    numbered(1).write_to(&folder.join("temp"), "excluded.png");
    numbered(2).write_to(&other, "a.png");
    // The other folder is watched, and has a later file.
    running.hears("imported a.png").await;
    assert_eq!(names(&library).await, ["a.png"]);
    let shown = library.watched_folders().await.unwrap();
    assert_eq!(shown.iter().map(|folder| folder.is_there).collect::<Vec<_>>(), [false, true]);
    // Saving what to skip repairs it.
    library.set_watch_ignored(id, vec!["temp".into()]).await.unwrap();
    numbered(3).write_to(&folder, "b.png");
    running.hears("imported b.png").await;
    assert_eq!(names(&library).await, ["a.png", "b.png"]);
    running.end().await;
}
