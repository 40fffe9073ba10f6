//! Makes one permission of each command, so that the capability has to name
//! what the window may call.

fn main() {
    let names: &[&str] = include!("command_names.rs");
    println!("cargo:rerun-if-changed=src-tauri/command_names.rs");
    println!("cargo:rerun-if-changed=ui/dist");
    // Without the interface only the commands can be built, as the tests of
    // other crates do; the window then says what is missing.
    if let Err(error) = std::fs::create_dir_all("ui/dist") {
        println!("cargo:warning=ui/dist cannot be made: {error}");
    }
    let manifest = tauri_build::AppManifest::new().commands(names);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
