//! Walks through small folders, each with something that a walk may meet.

use super::*;
use crate::model::RejectionReason;
use std::fs;

fn is_cancelled(cancelled: bool) -> CancellationToken {
    let cancel = CancellationToken::new();
    if cancelled {
        cancel.cancel();
    }
    cancel
}

/// Returns what a walk finds, in order: files by their path, other things in brackets.
fn walked(folder: &Path) -> Vec<String> {
    let cancel = is_cancelled(false);
    let mut found = Vec::new();
    let place = |path: PathBuf| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
    Walk::new(&folder.join("own"), &cancel).through(folder, &mut |item| {
        found.push(match item {
            Found::File(path, _) => place(path),
            Found::Refused(path, rejection) => format!("({:?} {})", rejection.code, place(path)),
            Found::Passed(passed) => format!("({passed:?})"),
        });
        true
    });
    found
}

fn counted(folder: &Path) -> usize {
    let cancel = is_cancelled(false);
    let mut files = 0;
    Walk::new(&folder.join("own"), &cancel).count(folder, &mut |more| files += more);
    files
}

fn folder_of(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"not really").unwrap();
    }
    folder
}

#[test]
fn folders_come_first_and_names_are_in_natural_order() {
    let folder = folder_of(&["img10.png", "b/2.PNG", "img2.png", "10/a.png", "9/a.png", "Img1.png"]);
    let expected = ["9/a.png", "10/a.png", "b/2.PNG", "Img1.png", "img2.png", "img10.png"];
    assert_eq!(walked(folder.path()), expected);
}

#[test]
fn hidden_files_are_counted_and_files_of_the_system_are_not() {
    let folder = folder_of(&["a.png", ".hidden.png", ".cache/x.png", ".DS_Store", "Thumbs.db", "._a.png"]);
    assert_eq!(walked(folder.path()), ["(Hidden)", "(Hidden)", "a.png"]);
}

#[test]
fn texts_are_visited_but_not_counted_as_work() {
    let folder = folder_of(&["a.png", "a.txt", "b/c.json", "b/d", "b/e.avif"]);
    assert_eq!(walked(folder.path()), ["b/c.json", "b/d", "b/e.avif", "a.png", "a.txt"]);
    assert_eq!(counted(folder.path()), 3);
}

#[test]
fn folders_below_the_limit_of_depth_are_reported() {
    let deep = |depth| format!("{}x.png", "d/".repeat(depth));
    let folder = folder_of(&[&deep(MAX_DEPTH), &deep(MAX_DEPTH + 1)]);
    let lost = format!("(TooDeep {})", deep(MAX_DEPTH + 1).trim_end_matches("/x.png"));
    assert_eq!(walked(folder.path()), [lost, deep(MAX_DEPTH)]);
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_reported_and_links_to_files_are_files() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (folder_of(&["in/a.png"]), folder_of(&["b.png"]));
    let root = folder.path();
    symlink(elsewhere.path(), root.join("1 elsewhere")).unwrap();
    symlink(root.join("in"), root.join("2 inside")).unwrap();
    symlink(root, root.join("3 round")).unwrap();
    symlink(elsewhere.path().join("b.png"), root.join("4.png")).unwrap();
    symlink(root.join("gone.png"), root.join("5.png")).unwrap();
    symlink(root.join("gone.txt"), root.join("6.txt")).unwrap();
    let expected =
        ["in/a.png", "(LinkedFolder 1 elsewhere)", "(Link)", "(Link)", "4.png", "5.png", "(Other)"];
    assert_eq!(walked(root), expected);
}

#[test]
fn a_walk_skips_the_open_library_and_refuses_another_one() {
    let folder = folder_of(&[
        "own/originals/ab/1.png",
        "own/catalog.db",
        "other/thumbnails/ab/1.jpg",
        "other/originals/ab/1.png",
        "other/catalog.db",
        "z/originals/2.png",
    ]);
    let root = folder.path().canonicalize().unwrap();
    assert_eq!(walked(&root), ["(Library other)", "(Library)", "z/originals/2.png"]);
    assert_eq!(counted(&root), 1);
    for inside in ["own", "own/originals", "other/thumbnails/ab"] {
        let refused = walked(&root.join(inside));
        assert_eq!(refused, ["(Library )"], "{inside}");
    }
}

#[test]
fn single_originals_of_a_library_can_be_named_and_thumbnails_cannot() {
    let folder =
        folder_of(&["l/originals/ab/1.png", "l/catalog.db", "l/thumbnails/ab/1.jpg", "l/lent/a/b.png"]);
    let cancel = is_cancelled(false);
    let walk = Walk::new(Path::new("/nowhere"), &cancel);
    for (file, is_taken) in [
        ("l/originals/ab/1.png", true),
        ("l/lent/a/b.png", true),
        ("l/thumbnails/ab/1.jpg", false),
        ("l/catalog.db", false),
    ] {
        let found = walk.named(&folder.path().join(file));
        assert_eq!(matches!(found, Found::File(_, Met::Named)), is_taken, "{file}: {found:?}");
    }
}

#[test]
fn a_missing_folder_is_reported() {
    let folder = folder_of(&["a/b.png"]);
    let gone = folder.path().join("gone");
    let cancel = is_cancelled(false);
    let mut found = Vec::new();
    Walk::new(Path::new("/nowhere"), &cancel).folder(&gone, &gone, 0, &mut |item| {
        found.push(item);
        true
    });
    let [Found::Refused(path, rejection)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((path, rejection.code), (&gone, RejectionReason::Missing));
    assert!(rejection.sentence.contains("folder"), "{rejection}");
}

#[test]
fn a_folder_listing_that_keeps_failing_ends_and_keeps_its_entries() {
    let entry = |name: &str| Ok(Entry { name: name.into(), kind: Err(io::ErrorKind::NotFound.into()) });
    let failing = std::iter::repeat_with(|| Err(io::Error::from_raw_os_error(5)));
    let entries = [entry("a.png"), entry("b.png")].into_iter().chain(failing);
    let listing = Listing::of(entries, &is_cancelled(false));
    assert_eq!(listing.entries.len(), 2);
    assert_eq!(listing.broke_off.unwrap().raw_os_error(), Some(5));
}

#[test]
fn an_unreadable_entry_is_reported_unless_it_is_a_text_that_is_gone() {
    let way = |name: &str, error: io::ErrorKind| {
        let kind = Err(error.into());
        let entry = Entry { name: name.into(), kind };
        match sort_out(Path::new("/f"), &entry, Path::new("/f"), 0) {
            Way::Visit(Found::Refused(path, rejection)) => {
                format!("{} {:?}", path.display(), rejection.code)
            }
            Way::Visit(Found::Passed(passed)) => format!("{passed:?}"),
            _ => "something else".to_owned(),
        }
    };
    let (forbidden, gone) = (io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound);
    assert_eq!(way("a.png", forbidden), "/f/a.png Unreadable");
    assert_eq!(way("a.txt", forbidden), "/f/a.txt Unreadable");
    assert_eq!(way("a.png", gone), "/f/a.png Missing");
    assert_eq!(way("anything", gone), "/f/anything Missing");
    assert_eq!(way("a.txt", gone), "Other");
}

#[test]
fn a_cancelled_walk_ends() {
    let folder = folder_of(&["a.jpg"]);
    let cancel = is_cancelled(true);
    let mut found = 0;
    Walk::new(Path::new("/nowhere"), &cancel).through(folder.path(), &mut |_| {
        found += 1;
        true
    });
    assert_eq!(found, 0);
}
