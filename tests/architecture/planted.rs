//! Plants violations, in memory only, and checks that they are found.

use crate::sources::Source;
use crate::violations;

/// Imports that must be found, each as a path and one line of it.
const PLANTED: &[(&str, &str)] = &[
    ("src-tauri/core/src/library/views.rs", "use rusqlite::Connection;"),
    ("src-tauri/commands/images.rs", "    let rows = rusqlite::Connection::open(path);"),
    ("src-tauri/core/src/transfer/runner.rs", "use aws_sdk_s3::Client;"),
    ("src-tauri/core/src/catalog/images.rs", "use crate::bucket::Bucket;"),
    ("src-tauri/core/src/catalog/images.rs", "use super::super::metadata;"),
    ("src-tauri/core/src/catalog/images.rs", "let found = crate::verify::run();"),
    ("src-tauri/core/src/bucket/client.rs", "use crate::{catalog::Catalog, model::ImageId};"),
    ("src-tauri/core/src/bucket/client.rs", "use crate::{\n    model::ImageId,\n    watch::Watched,\n};"),
    ("src-tauri/core/src/metadata/mod.rs", "use crate::import::Source;"),
    ("src-tauri/core/src/watch/places.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/catalog/images.rs", "use crate::files::Originals;"),
    ("src-tauri/core/src/model/image.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/library/mod.rs", "use tauri::AppHandle;"),
    ("src-tauri/core/src/files/mod.rs", "use keyring::Entry;"),
    ("src-tauri/core/src/files/originals.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/files/originals.rs", "use crate::metadata::Reader;"),
    ("src-tauri/core/src/brushes/mod.rs", "use crate::model::ImageId;"),
    ("src-tauri/commands/images.rs", "use vitrine_core::catalog::Catalog;"),
    ("src-tauri/commands/settings.rs", "use vitrine_core::bucket::{Bucket, BucketConfig};"),
    ("src-tauri/cli/src/commands.rs", "use tauri::Manager;"),
    ("ui/src/state/app.svelte.ts", "import { invoke } from \"@tauri-apps/api/core\";"),
    ("ui/src/shared/Icon.svelte", "  import { app } from \"../state/app.svelte\";"),
    ("ui/src/shared/text.ts", "import type { Tile } from \"../ipc/bindings\";"),
    ("ui/src/features/viewer/Viewer.svelte", "  import Inspector from \"../inspector/Inspector.svelte\";"),
    ("ui/src/state/app.svelte.ts", "import Viewer from \"../features/viewer/Viewer.svelte\";"),
    ("ui/src/brushes/brush.ts", "const size = 1;"),
    // Packages that are re-exported, or imported in another way.
    ("src-tauri/core/src/library/views.rs", "pub(crate) use rusqlite::Connection;"),
    ("src-tauri/core/src/library/views.rs", "extern crate rusqlite;"),
    ("src-tauri/core/src/library/views.rs", "extern crate rusqlite as sql;"),
    ("src-tauri/core/src/library/views.rs", "use ::rusqlite as sql;"),
    ("src-tauri/core/src/library/views.rs", "fn x() {use r#rusqlite::{Connection as C};}"),
    ("src-tauri/core/src/catalog/mod.rs", "pub(crate) use rusqlite;"),
    ("src-tauri/core/src/files/mod.rs", "pub use keyring::Entry;"),
    ("src-tauri/core/src/bucket/client.rs", "use secret_service::EncryptionType;"),
    ("src-tauri/core/src/transfer/fetch.rs", "let client = reqwest::Client::new();"),
    ("src-tauri/core/src/library/watching.rs", "use notify::Watcher;"),
    ("src-tauri/core/src/watch/places.rs", "use notify_rust::Notification;"),
    ("src-tauri/notifications.rs", "use notify_rust::Notification;"),
    ("src-tauri/window.rs", "use webkit2gtk::WebViewExt;"),
    ("src-tauri/cli/src/commands.rs", "pub(crate) use tauri::Manager;"),
    ("src-tauri/commands/images.rs", "pub(crate) use vitrine_core::catalog::Catalog;"),
    // Names at the root of a crate.
    ("src-tauri/core/src/watch/places.rs", "use crate::Error;"),
    ("src-tauri/core/src/watch/places.rs", "use crate::{Error as WatchError, model::WatchedFile};"),
    ("src-tauri/core/src/watch/places.rs", "fn x() -> Result<(), crate::Error> {}"),
    ("src-tauri/core/src/watch/places.rs", "use self::super::super::catalog::Catalog;"),
    ("src-tauri/core/src/verify/check.rs", "use crate::Library;"),
    // A crate or a parent module that is renamed, or whose names are all imported.
    ("src-tauri/core/src/watch/places.rs", "use crate as root;"),
    ("src-tauri/core/src/watch/places.rs", "use crate::{self as root};"),
    ("src-tauri/core/src/watch/places.rs", "use super::super as up;"),
    ("src-tauri/core/src/watch/places.rs", "extern crate self as root;"),
    ("src-tauri/core/src/watch/places.rs", "use super::*;"),
    ("src-tauri/core/src/watch/places.rs", "use super::super::{model::WatchedFile, *};"),
    ("src-tauri/core/src/watch/places.rs", "mod inner {\n    use super::*;\n}"),
    ("src-tauri/core/src/watch/places.rs", "use crate::*;"),
    ("src-tauri/commands/images.rs", "use vitrine_core as c;"),
    ("src-tauri/commands/images.rs", "use vitrine_core::{self as c};"),
    ("src-tauri/commands/images.rs", "use vitrine_core::*;"),
    // Code beside unit tests, and code that only looks like them.
    (
        "src-tauri/core/src/watch/places.rs",
        "#[cfg(test)]\nmod tests {\n    const X: char = '}';\n}\nuse crate::catalog::Catalog;",
    ),
    ("src-tauri/core/src/watch/places.rs", "#[cfg(any(test, unix))]\nmod x { use crate::catalog::Catalog; }"),
    ("src-tauri/core/src/watch/places.rs", "/* \" */ use crate::catalog::Catalog; // \""),
    ("src-tauri/core/src/watch/places.rs", "const QUOTE: &str = r##\"\"#\"##; use crate::catalog::Catalog;"),
    ("src-tauri/core/src/watch/places_tests.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/watch/tests.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/watch/mod.rs", "#[path = \"../catalog/mod.rs\"]\nmod catalog;"),
    ("src-tauri/core/src/watch/mod.rs", "#[cfg_attr(unix, path = \"../catalog/mod.rs\")]\nmod catalog;"),
    ("src-tauri/core/src/watch/mod.rs", "include!(\"../catalog/mod.rs\");"),
    ("src-tauri/core/src/lib.rs", "mod brushes {}"),
    ("src-tauri/core/src/lib.rs", "mod brushes {\n    use crate::catalog::Catalog;\n}"),
    // Modules of the hosts.
    ("src-tauri/cli/src/terminal.rs", "use crate::commands::run;"),
    ("src-tauri/cli/src/brushes.rs", "const SIZE: u32 = 1;"),
    ("src-tauri/memory.rs", "use crate::commands::images;"),
    ("src-tauri/brushes.rs", "const SIZE: u32 = 1;"),
    // Imports of the interface in other forms.
    ("ui/src/state/app.svelte.ts", "import*as core from\"@tauri-apps/api/core\";"),
    ("ui/src/state/app.svelte.ts", "/* a comment */ import { invoke } from \"@tauri-apps/api/core\";"),
    ("ui/src/state/app.svelte.ts", "import { invoke } from /* a comment */ '@tauri-apps/api/core';"),
    ("ui/src/state/app.svelte.ts", "const core = await import(/* @vite-ignore */ `@tauri-apps/api/core`);"),
    ("ui/src/state/app.svelte.ts", "window.__TAURI_INTERNALS__.invoke(\"bootstrap\");"),
    ("ui/src/state/app.svelte.ts", "const all = import.meta.glob(\"../features/*/*.svelte\");"),
    ("ui/src/state/app.svelte.ts", "import Viewer from \"/src/features/viewer/Viewer.svelte\";"),
    ("ui/src/shared/text.ts", "import { app } from \"../state/app.svelte.ts\";"),
    ("ui/src/shared/text.ts", "import { app } from \"../state/app.svelte.js\";"),
    ("ui/src/shared/text.ts", "import { host } from \"./text.test\";"),
    ("ui/src/shared/text.js", "import { app } from \"../state/app.svelte\";"),
];

#[test]
fn a_planted_import_is_found() {
    for (path, line) in PLANTED {
        let found = violations(&[Source::new(path, line)]);
        assert!(!found.is_empty(), "nothing is said about {line:?} in {path}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let planted = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        violations(&sources)
    };
    let circles: [&[(&str, &str)]; 10] = [
        &[
            ("src-tauri/core/src/catalog/images.rs", "use super::galleries::of_image;"),
            ("src-tauri/core/src/catalog/galleries.rs", "fn x() { super::images::y() }"),
        ],
        // Through a name that the parent of both modules publishes.
        &[
            ("src-tauri/core/src/bucket/mod.rs", "mod body;\nmod upload;\npub use upload::Progress;"),
            ("src-tauri/core/src/bucket/body.rs", "use super::Progress;"),
            ("src-tauri/core/src/bucket/upload.rs", "use crate::bucket::body::Body;"),
        ],
        // Between parts of two folders.
        &[
            ("src-tauri/cli/src/watch/mod.rs", "mod inner;"),
            ("src-tauri/cli/src/watch/inner.rs", "use crate::import::print;"),
            ("src-tauri/cli/src/import.rs", "use crate::watch::told;"),
        ],
        &[
            ("ui/src/state/library.svelte.ts", "import { keep } from \"./last-place\";"),
            ("ui/src/state/last-place.ts", "import type { Place } from \"./library.svelte\";"),
        ],
        // Through the name of a folder.
        &[
            ("ui/src/ipc/index.ts", "import { said } from \"./errors\";"),
            ("ui/src/ipc/errors.ts", "import { commands } from \"$ipc\";"),
        ],
        &[
            ("ui/src/ipc/index.ts", "import { said } from \"./errors\";"),
            ("ui/src/ipc/errors.ts", "import { commands } from \".\";"),
        ],
        &[
            ("ui/src/state/actions/index.ts", "import { list } from \"./list\";"),
            ("ui/src/state/actions/list.ts", "import { run } from \"../actions\";"),
        ],
        // With whole names, and with the name of what TypeScript becomes.
        &[
            ("ui/src/state/library.svelte.ts", "import { keep } from \"./last-place.js\";"),
            ("ui/src/state/last-place.ts", "import type { Place } from \"./library.svelte.js\";"),
        ],
        &[
            ("ui/src/state/library.svelte.ts", "import { keep } from \"./last-place.js\";"),
            ("ui/src/state/last-place.js", "import { library } from \"./library.svelte.ts\";"),
        ],
        // Beside a file whose name differs only in its ending.
        &[
            ("ui/src/state/raw.ts", "import { keep } from \"./last-place\";"),
            ("ui/src/state/last-place.ts", "import type { Raw } from \"./raw\";"),
            ("ui/src/state/raw.svelte.ts", "export const size = 1;"),
        ],
    ];
    for files in circles {
        let found = planted(files);
        assert!(found.iter().any(|said| said.contains("circle")), "{files:?}: {found:?}");
    }
}

#[test]
fn allowed_imports_are_not_reported() {
    let allowed = [
        ("src-tauri/core/src/catalog/images.rs", "use rusqlite::Connection;"),
        ("src-tauri/core/src/bucket/client.rs", "use aws_sdk_s3::Client;"),
        ("src-tauri/core/src/secrets/system.rs", "use keyring::Entry;"),
        ("src-tauri/core/src/secrets/platform.rs", "use secret_service::EncryptionType;"),
        ("src-tauri/core/src/watch/signals.rs", "use notify::{Config, Event};"),
        ("src-tauri/core/src/bucket/doctor/web.rs", "let client = reqwest::Client::new();"),
        ("src-tauri/core/src/bucket/removal.rs", "use base64::engine::general_purpose::STANDARD as BASE64;"),
        ("src-tauri/core/src/bucket/config.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n}"),
        (
            "src-tauri/core/src/library/folder.rs",
            "#[cfg(all(test, unix))]\nmod tests {\n    use super::*;\n    mod inner {}\n}\nfn x() {}",
        ),
        ("src-tauri/core/src/library/mod.rs", "//! Knows nothing of Tauri, nor of rusqlite::Connection."),
        ("src-tauri/core/src/library/mod.rs", "let words = \"crate::tauri, tauri::App\";"),
        ("src-tauri/core/src/catalog/mod.rs", "use crate::model::ImageId;"),
        ("src-tauri/core/src/catalog/images.rs", "use super::tiles::tile;"),
        ("src-tauri/commands/images.rs", "use vitrine_core::model::Removal;"),
        ("src-tauri/window.rs", "use tauri::Manager;"),
        ("ui/src/ipc/wire.ts", "import { invoke } from \"@tauri-apps/api/core\";"),
        ("ui/src/features/viewer/Viewer.svelte", "  import { zoom } from \"./zoom\";"),
        ("ui/src/features/viewer/Viewer.svelte", "  import { text } from \"../../shared/text\";"),
    ];
    for (path, line) in allowed {
        let found = violations(&[Source::new(path, line)]);
        assert!(found.is_empty(), "{found:?}");
    }
    let parent = [
        Source::new("src-tauri/core/src/bucket/mod.rs", "mod body;\nuse body::Body;\npub struct Rate;"),
        Source::new("src-tauri/core/src/bucket/body.rs", "use super::Rate;\npub struct Body;"),
    ];
    assert_eq!(violations(&parent), Vec::<String>::new(), "a part may use what the whole defines");
}

#[test]
fn a_name_at_the_root_belongs_to_its_module() {
    let root = [
        Source::new("src-tauri/core/src/lib.rs", "mod error;\npub use error::Error;"),
        Source::new("src-tauri/core/src/error.rs", "pub enum Error {}"),
        Source::new("src-tauri/core/src/verify/check.rs", "use crate::Error;"),
    ];
    assert_eq!(violations(&root), Vec::<String>::new(), "verify may import error");
    let [lib, error, _] = root;
    let watch = Source::new("src-tauri/core/src/watch/places.rs", "use crate::Error;");
    let found = violations(&[lib, error, watch]);
    assert_eq!(found, ["src-tauri/core/src/watch/places.rs: watch may not import error"]);
}

#[test]
fn a_file_is_a_test_only_if_all_its_declarations_are() {
    let said = |declaration: &str| {
        let sources = [
            Source::new("src-tauri/core/src/watch/places.rs", declaration),
            Source::new("src-tauri/core/src/watch/places_tests.rs", "use super::*;"),
        ];
        violations(&sources)
    };
    let test = "#[cfg(test)]\n#[path = \"places_tests.rs\"]\nmod tests;";
    assert_eq!(said(test), Vec::<String>::new());
    assert!(!said(&test.replace("cfg(test)", "cfg(not(test))")).is_empty());
    assert!(!said(&format!("{test}\n#[path = \"places_tests.rs\"]\nmod places_tests;")).is_empty());
    assert!(!said("mod tests;").is_empty());
}
