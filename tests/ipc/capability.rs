//! What the window may request, and nothing else.

use crate::fixture::WindowFixture;
use serde_json::Value;
use std::collections::BTreeSet;
use vitrine_desktop::{COMMAND_NAMES, GRANTED_SET, RAW_COMMAND_NAMES};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/{path}")).unwrap()
}

fn security() -> Value {
    let configuration: Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    configuration["app"]["security"].clone()
}

fn commands() -> BTreeSet<String> {
    COMMAND_NAMES.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_capability_grants_only_the_commands_and_listening() {
    let security = security();
    let capabilities = security["capabilities"].as_array().unwrap();
    assert_eq!(capabilities.len(), 1);
    assert_eq!(capabilities[0]["windows"], serde_json::json!(["main"]));
    assert!(capabilities[0].get("remote").is_none());
    let granted: BTreeSet<&str> = capabilities[0]["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap())
        .collect();
    // The set is generated from the list of commands when the program is built.
    assert_eq!(
        granted,
        BTreeSet::from(["core:event:allow-listen", "core:event:allow-unlisten", "every-command"])
    );
    let permissions = GRANTED_SET.split_once("permissions = [").unwrap().1;
    let in_set: BTreeSet<String> = permissions.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let allowed: BTreeSet<String> =
        commands().into_iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    assert_eq!(in_set, allowed);
}

#[test]
fn the_bindings_contain_every_command_without_a_raw_body() {
    let bindings = read("ui/src/ipc/bindings.ts");
    let mut bound: BTreeSet<String> = bindings
        .split("__TAURI_INVOKE<")
        .skip(1)
        .filter_map(|call| call.split_once(">(\"")?.1.split('"').next().map(str::to_owned))
        .collect();
    for raw in RAW_COMMAND_NAMES {
        assert!(bound.insert((*raw).to_owned()), "{raw} is bound and raw");
    }
    assert_eq!(bound, commands());
}

#[test]
fn every_command_is_registered_and_granted() {
    let window = WindowFixture::open();
    // These commands open something on the desktop, and there is no desktop
    // here.
    let outside = [
        "import_with_dialog",
        "watch_folder_with_dialog",
        "open_link",
        "choose_feed_avatar",
        "open_feed",
        "preview_feed",
        "reveal_library",
        "check_bucket",
        "drag_images",
    ];
    for command in commands().iter().filter(|command| !outside.contains(&command.as_str())) {
        // Without arguments, most commands return an error. What matters is
        // where the error comes from.
        if let Err(refusal) = window.invoke(command, serde_json::json!({})) {
            let text = refusal.to_string();
            assert!(
                !text.contains("not found") || text.contains("missing required key"),
                "{command}: {text}"
            );
            assert!(!text.contains("not allowed"), "{command}: {text}");
        }
    }
}

#[test]
fn a_command_that_is_not_granted_is_refused() {
    let window = WindowFixture::open();
    for command in
        ["plugin:event|emit", "plugin:fs|read_file", "plugin:opener|open_url", "plugin:shell|execute", "eval"]
    {
        assert!(window.invoke(command, serde_json::json!({})).is_err(), "{command}");
    }
    for page in ["https://example.com/", "http://localhost:8080/", "vitrine://localhost/original/x"] {
        assert!(window.invoke_from(page, "bootstrap").is_err(), "{page}");
    }
    assert!(WindowFixture::open_as("other").invoke("bootstrap", serde_json::json!({})).is_err());
}

#[test]
fn the_page_can_load_only_its_own_code_and_our_pictures() {
    let security = security();
    let csp = security["csp"].as_object().unwrap();
    assert_eq!(csp["default-src"], "'self'");
    assert_eq!(csp["script-src"], "'self'");
    for none in ["object-src", "frame-src", "base-uri", "form-action"] {
        assert_eq!(csp[none], "'none'", "{none}");
    }
    let known = ["'self'", "'none'", "vitrine:", "http://vitrine.localhost", "ipc:", "http://ipc.localhost"];
    for (directive, sources) in csp {
        for source in sources.as_str().unwrap().split(' ') {
            assert!(known.contains(&source), "{directive} {source}");
        }
    }
    assert_eq!(security["assetProtocol"]["enable"], false);
    assert_eq!(security["freezePrototype"], true);
    assert!(security.get("dangerousDisableAssetCspModification").is_none());
    let configuration: Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    assert_eq!(configuration["app"]["withGlobalTauri"], false);
}
