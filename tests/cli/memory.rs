//! How much memory an import takes, whatever the files claim.

use crate::fixture::CliFixture;
use std::process::Command;
use vitrine_tests::claims::{
    again, deep_png, jpeg_of, png_of, png_with_profile, wide_gif, wide_jpeg, wide_webp,
};
use vitrine_tests::process::{NO_KEYRING, binary, tool};

/// Runs a program to its end, and prints its peak memory in kilobytes as the last line of standard error.
const MEASURE: &str = "import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)";

/// Sixteen workers would otherwise take 9 GB for these files. Each file alone takes up to 1.2 GB.
#[test]
fn sixteen_workers_on_files_with_large_claims_stay_below_1500_mb() {
    let fixture = CliFixture::new();
    let mut paths = Vec::new();
    let files = [wide_gif(), wide_webp(), wide_jpeg(), deep_png()];
    for number in 0..2 {
        for (kind, file) in files.iter().enumerate() {
            paths.push(fixture.file(&again(file, number), &format!("{kind}-{number}")));
        }
    }
    for number in 0..16 {
        paths.push(fixture.file(&again(&png_with_profile(300 << 20), number), &format!("profile-{number}")));
    }
    let peak = peak_of_importing(&fixture, &paths);
    assert!(peak < 1_500_000, "{peak} kB at the peak");
}

/// Pictures from upscalers and comics. They are larger than the memory for one picture, so they are scaled
/// down while they are decoded.
#[test]
fn the_largest_pictures_are_imported_with_little_memory() {
    for (name, file) in [
        ("16384.png", png_of((16_384, 16_384), (8, 6), 4)),
        ("16384-deep.png", png_of((16_384, 16_384), (16, 2), 6)),
        ("16384.jpg", jpeg_of(16_384, 16_384)),
        ("strip.png", png_of((800, 40_000), (8, 2), 3)),
        ("strip.jpg", jpeg_of(800, 40_000)),
        ("long-strip.png", png_of((800, 90_000), (8, 2), 3)),
    ] {
        let fixture = CliFixture::new();
        let path = fixture.file(&file, name);
        let peak = peak_of_importing(&fixture, &[path]);
        println!("{peak} kB at the peak for {name}");
        assert!(peak < 500_000, "{peak} kB at the peak for {name}");
    }
}

/// Imports files, all of them new, with sixteen workers. Returns the peak memory in kilobytes.
fn peak_of_importing(fixture: &CliFixture, paths: &[String]) -> u64 {
    let mut command = Command::new(tool("python3"));
    command.args(["-c", MEASURE]).arg(binary("vitrine")).args(["import", "--json"]).args(paths);
    command.env("VITRINE_LIBRARY", fixture.library()).env("VITRINE_IMPORT_WORKERS", "16");
    command.envs(NO_KEYRING);
    let output = command.output().unwrap();
    let (lines, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(lines.lines().count(), paths.len(), "{said}");
    assert_eq!(lines.matches("\"imported\"").count(), paths.len(), "{lines}");
    said.lines().last().unwrap().trim().parse().unwrap()
}
