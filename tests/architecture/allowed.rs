//! Which modules may import which others. A module that is not listed fails the
//! test, and so does an import that its line does not include.

/// Modules of the core, and the other modules of the core that each may import.
pub(crate) const CORE: &[(&str, &[&str])] = &[
    ("bucket", &["model", "secrets"]),
    ("catalog", &["directory", "model", "private"]),
    ("directory", &[]),
    ("environment", &[]),
    ("error", &["bucket", "catalog", "model", "secrets"]),
    ("files", &["directory", "model", "private"]),
    ("import", &["catalog", "files", "marker", "metadata", "model"]),
    (
        "library",
        &[
            "bucket", "catalog", "error", "files", "import", "marker", "metadata", "model", "private",
            "secrets", "transfer", "verify", "watch",
        ],
    ),
    ("marker", &[]),
    ("metadata", &["model"]),
    ("model", &[]),
    ("private", &["directory"]),
    ("secrets", &["environment"]),
    ("transfer", &["bucket", "catalog", "files", "model", "private"]),
    ("verify", &["bucket", "catalog", "error", "files", "import", "model", "transfer"]),
    ("watch", &["marker", "model"]),
];

/// What hosts may import from the core: the library, and the types that it
/// takes and returns.
pub(crate) const HOSTS: &[&str] = &["Error", "Library", "environment", "library", "model", "secrets"];

/// Modules of the interface, and the other modules of the interface that each
/// may import. Every folder in `features` has the same line.
pub(crate) const UI: &[(&str, &[&str])] = &[
    ("App.svelte", &["features", "grid", "ipc", "shared", "state"]),
    ("features", &["grid", "ipc", "shared", "state"]),
    ("grid", &["ipc", "shared", "state"]),
    ("ipc", &[]),
    ("main.ts", &["open.ts", "state"]),
    ("open.ts", &["App.svelte", "state"]),
    ("shared", &[]),
    ("state", &["ipc", "shared"]),
    ("testing", &["ipc", "state"]),
];

/// Packages that only one place may use, by the beginnings of their names.
pub(crate) const CRATES: &[(&str, &[&str])] = &[
    ("aws_", &["src-tauri/core/src/bucket/"]),
    ("keyring", &["src-tauri/core/src/secrets/"]),
    ("rusqlite", &["src-tauri/core/src/catalog/"]),
    ("tauri", &["src-tauri/commands/", "src-tauri/*.rs"]),
];

/// The same for the interface.
pub(crate) const PACKAGES: &[(&str, &[&str])] = &[("@tauri-apps/", &["ui/src/ipc/"])];
