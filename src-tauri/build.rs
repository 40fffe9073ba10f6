//! Makes one permission from each command, and a set of them all, which the
//! capability in `tauri.conf.json` grants to the window.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};
use tauri_build::{AppManifest, Attributes};

#[macro_use]
#[path = "command_list.rs"]
mod command_list;

macro_rules! names {
    (typed { $($typed_module:ident::$typed:ident $(<$runtime:ident>)?,)* } raw { $($raw_module:ident::$raw:ident,)* }) => {
        &[$(stringify!($typed),)* $(stringify!($raw),)*]
    };
}

const COMMANDS: &[&str] = with_commands!(names);

/// The set of permissions that the capability names.
const SET: &str = "every-command";

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/command_list.rs");
    println!("cargo:rerun-if-changed=ui/dist");
    // Without the interface, the commands can still be built, as the tests of
    // other crates do. The window then says what is missing.
    if let Err(error) = fs::create_dir_all("ui/dist") {
        println!("cargo:warning=ui/dist cannot be made: {error}");
    }
    if let Err(error) = build() {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("OUT_DIR")?).join("permissions");
    fs::create_dir_all(&folder)?;
    let permissions: Vec<String> =
        COMMANDS.iter().map(|name| format!("\"allow-{}\"", name.replace('_', "-"))).collect();
    let names = permissions.join(", ");
    let description = "What the window may ask for: each command of the list.";
    let set = format!(
        "[[set]]\nidentifier = \"{SET}\"\ndescription = \"{description}\"\npermissions = [{names}]\n"
    );
    fs::write(folder.join("every-command.toml"), set)?;
    let pattern = folder.join("*.toml").display().to_string();
    let manifest = AppManifest::new().commands(COMMANDS).permissions_path_pattern(pattern.leak());
    tauri_build::try_build(Attributes::new().app_manifest(manifest))?;
    Ok(())
}
