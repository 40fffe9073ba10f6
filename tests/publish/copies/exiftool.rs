//! `exiftool`, a reader and writer of metadata that is not ours.

use serde_json::{Map, Value};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn run(arguments: &[&str], folder: &Path) -> Vec<u8> {
    let mut command = Command::new("exiftool");
    let output = command.args(arguments).current_dir(folder).output().expect("exiftool is needed");
    assert!(output.status.success(), "exiftool: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Returns a file after it was written with these options. Files that the options name are in the folder.
pub(crate) fn written(bytes: &[u8], extension: &str, options: &[&str], beside: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let name = format!("picture.{extension}");
    fs::write(folder.path().join(&name), bytes).unwrap();
    for (name, bytes) in beside {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    run(&[&["-q", "-q", "-m", "-overwrite_original"], options, &[&name]].concat(), folder.path());
    fs::read(folder.path().join(name)).unwrap()
}

/// Returns all tags of a file, each under its group, without those about the file itself.
pub(crate) fn tags(bytes: &[u8]) -> Map<String, Value> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("picture"), bytes).unwrap();
    let output = run(&["-j", "-G1", "-a", "-u", "-n", "-s", "-ee3", "picture"], folder.path());
    let list: Vec<Map<String, Value>> = serde_json::from_slice(&output).unwrap();
    let aside = ["SourceFile", "ExifTool:ExifToolVersion", "System:", "Composite:"];
    let tags = list.into_iter().next().unwrap().into_iter();
    tags.filter(|(name, _)| !aside.iter().any(|start| name.starts_with(start))).collect()
}

/// Returns the bytes of one tag; none if the file does not have it.
pub(crate) fn binary(bytes: &[u8], tag: &str) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("picture"), bytes).unwrap();
    run(&["-b", tag, "picture"], folder.path())
}
