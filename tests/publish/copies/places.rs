//! Places in files where no decoder looks: a word that is hidden there is not in a copy, and the picture is the same,
//! also for programs that are not ours.

mod jpeg;
mod palettes;
mod profiles;
mod webp;

use super::exiftool;
use super::made::CLEAR;
use super::secrets::Searched;
use super::{derive, same_pixels};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use vitrine_core::model::ImageFormat;

/// The word where there is room for it, and a shorter one for fields of four bytes.
const WORD: &[u8; 8] = b"zqMarker";
const SHORT: &[u8; 4] = b"zqMk";

/// A file with a word in a place that no decoder looks at.
struct Planted {
    place: String,
    bytes: Vec<u8>,
}

impl Planted {
    fn of(place: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { place: place.into(), bytes }
    }
}

fn has_word(bytes: &[u8]) -> bool {
    let searched = Searched::of(bytes);
    [&WORD[..], SHORT].into_iter().any(|word| searched.has(std::str::from_utf8(word).unwrap()))
}

/// Returns the pixels as `ImageMagick` decodes them, whose decoders are libjpeg, libpng and libwebp.
fn foreign_pixels(path: &Path) -> Vec<u8> {
    let output = Command::new("convert").arg(path).arg("rgba:-").output().expect("ImageMagick is needed");
    assert!(!output.stdout.is_empty(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Decodes files with Pillow. Returns what it says of those that it cannot read; nothing if it is not installed.
fn pillow(folder: &Path) -> String {
    const SCRIPT: &str = "
import pathlib, sys
try:
    from PIL import Image, ImageSequence
except ImportError:
    sys.exit()
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        for frame in ImageSequence.Iterator(Image.open(path)):
            frame.convert('RGBA').tobytes()
    except Exception as error:
        print(path.name, error)
";
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python");
    let python = if own.is_file() { own } else { PathBuf::from("python3") };
    let output = Command::new(python).args(["-c", SCRIPT]).arg(folder).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn written(folder: &TempDir, index: usize, bytes: &[u8]) -> PathBuf {
    let extension = ImageFormat::from_signature(bytes).unwrap().extension();
    let path = folder.path().join(format!("{index:03}.{extension}"));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Checks that copies have no word, the same picture, and files that other programs read.
fn are_clean(planted: Vec<Planted>) {
    let (before, after) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for (index, Planted { place, bytes }) in planted.into_iter().enumerate() {
        assert!(has_word(&bytes), "{place}: the word is not there");
        let copy = derive(&bytes, &CLEAR).unwrap_or_else(|refusal| panic!("{place}: {refusal}"));
        assert!(!has_word(&copy.bytes), "{place}");
        assert!(!copy.pixels_changed && same_pixels(&bytes, &copy.bytes), "{place}");
        assert_eq!(derive(&copy.bytes, &CLEAR).unwrap().bytes, copy.bytes, "{place}");
        let (original, copy) = (written(&before, index, &bytes), written(&after, index, &copy.bytes));
        assert!(foreign_pixels(&original) == foreign_pixels(&copy), "{place}");
        let tags = exiftool::tags(&std::fs::read(&copy).unwrap());
        let complaint = tags.iter().find(|(name, _)| name.contains("Warning") || name.contains("Error"));
        assert!(complaint.is_none(), "{place}: {complaint:?}");
    }
    let complaints = pillow(after.path());
    assert!(complaints.is_empty(), "{complaints}");
}
