//! Which modules may import which others. A module that is not listed fails the
//! test, and so does an import that its line does not include.

/// Modules of the core, and the other modules of the core that each may import.
pub(crate) const CORE: &[(&str, &[&str])] = &[
    ("bucket", &["model", "secrets"]),
    ("catalog", &["directory", "model", "private"]),
    ("directory", &[]),
    ("environment", &[]),
    ("error", &["bucket", "catalog", "model", "publish", "secrets"]),
    ("files", &["directory", "model", "private"]),
    ("import", &["catalog", "files", "marker", "metadata", "model"]),
    ("lib", &["error", "library"]),
    (
        "library",
        &[
            "bucket",
            "catalog",
            "error",
            "files",
            "import",
            "marker",
            "metadata",
            "model",
            "private",
            "public_copy",
            "publish",
            "secrets",
            "transfer",
            "verify",
            "watch",
        ],
    ),
    ("marker", &[]),
    ("metadata", &["model"]),
    ("model", &[]),
    ("private", &["directory"]),
    ("public_copy", &["import", "metadata", "model"]),
    ("publish", &["metadata", "model"]),
    ("secrets", &["environment"]),
    ("transfer", &["bucket", "catalog", "files", "model", "private"]),
    ("verify", &["bucket", "catalog", "error", "files", "import", "model", "transfer"]),
    ("watch", &["marker", "model"]),
];

/// Modules of the command line, in the same way.
pub(crate) const CLI: &[(&str, &[&str])] = &[
    ("arguments", &["output"]),
    (
        "commands",
        &[
            "arguments",
            "collections",
            "dates",
            "feed",
            "galleries",
            "import",
            "links",
            "lists",
            "manual",
            "output",
            "profiles",
            "reports",
            "settings",
            "signals",
            "similar",
            "terminal",
            "transfers",
            "upkeep",
            "verify",
            "watch",
        ],
    ),
    ("collections", &["arguments", "output", "reports", "terminal"]),
    ("dates", &["output", "reports", "terminal"]),
    ("feed", &["arguments", "output", "terminal"]),
    ("galleries", &["arguments", "output", "reports", "terminal"]),
    ("import", &["arguments", "galleries", "output", "terminal", "upkeep"]),
    ("links", &["output", "reports", "terminal"]),
    ("lists", &["arguments", "collections", "output", "terminal"]),
    ("main", &["arguments", "commands", "output", "terminal"]),
    ("manual", &["arguments", "output", "terminal"]),
    ("output", &["terminal"]),
    ("profiles", &["arguments", "output", "terminal"]),
    ("reports", &["output", "terminal"]),
    ("settings", &["output", "terminal"]),
    ("signals", &[]),
    ("similar", &["output", "terminal"]),
    ("terminal", &[]),
    ("transfers", &["arguments", "output", "terminal"]),
    ("upkeep", &["terminal"]),
    ("verify", &["arguments", "output", "terminal"]),
    ("watch", &["arguments", "import", "output", "terminal"]),
];

/// Modules of the window, in the same way.
pub(crate) const DESKTOP: &[(&str, &[&str])] = &[
    ("command_list", &[]),
    ("commands", &["dialogs", "drops", "error", "log", "memory", "offers", "opened", "platform"]),
    ("dialogs", &[]),
    ("drops", &["events"]),
    ("error", &[]),
    ("events", &[]),
    (
        "lib",
        &[
            "commands", "drops", "events", "log", "memory", "offers", "opened", "platform", "protocol",
            "window",
        ],
    ),
    ("log", &[]),
    ("memory", &["platform"]),
    ("notifications", &["platform", "window"]),
    ("opened", &["error", "events", "log", "notifications"]),
    ("offers", &["events"]),
    ("platform", &[]),
    ("protocol", &["opened"]),
    ("window", &["drops", "events", "memory", "offers", "platform"]),
];

/// What hosts may import from the core: the library, and the types that it
/// takes and returns.
pub(crate) const HOSTS: &[&str] = &["Error", "Library", "environment", "library", "model", "secrets"];

/// Modules of the interface, and the other modules of the interface that each
/// may import. Every folder in `features` has the same line.
pub(crate) const UI: &[(&str, &[&str])] = &[
    ("App.svelte", &["features", "grid", "ipc", "later.ts", "shared", "state"]),
    ("features", &["grid", "ipc", "shared", "state"]),
    ("grid", &["ipc", "shared", "state"]),
    ("ipc", &[]),
    ("later.ts", &["features", "shared"]),
    ("main.ts", &["open.ts", "state"]),
    ("open.ts", &["App.svelte", "grid", "later.ts", "state"]),
    ("shared", &[]),
    ("state", &["ipc", "shared"]),
    ("testing", &["ipc", "state"]),
];

/// Packages that only one place may use, by the beginnings of their names.
pub(crate) const CRATES: &[(&str, &[&str])] = &[
    ("askama", &["src-tauri/core/src/publish/render/"]),
    ("aws_", &["src-tauri/core/src/bucket/"]),
    ("keyring", &["src-tauri/core/src/secrets/"]),
    // Before the shorter name.
    ("notify_rust", &["src-tauri/platform.rs"]),
    ("notify", &["src-tauri/core/src/watch/"]),
    ("reqwest", &["src-tauri/core/src/bucket/"]),
    ("rusqlite", &["src-tauri/core/src/catalog/"]),
    ("secret_service", &["src-tauri/core/src/secrets/"]),
    ("tauri", &["src-tauri/commands/", "src-tauri/*.rs"]),
    ("webkit2gtk", &["src-tauri/platform.rs"]),
];

/// The same for the interface.
pub(crate) const PACKAGES: &[(&str, &[&str])] = &[("@tauri-apps/", &["ui/src/ipc/"])];

/// Global names of the interface that only one place may use, by their beginnings.
pub(crate) const GLOBALS: &[(&str, &[&str])] = &[("__TAURI", &["ui/src/ipc/"])];
