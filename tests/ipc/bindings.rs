//! The committed bindings match what the current commands export.

use std::path::Path;
use vitrine_desktop::export_bindings;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/ipc/bindings.ts");

/// `make bindings` sets this variable to write the bindings again.
const WRITE: &str = "VITRINE_WRITE_BINDINGS";

#[test]
fn the_committed_bindings_are_not_stale() {
    let committed = Path::new(COMMITTED);
    if std::env::var_os(WRITE).is_some() {
        export_bindings(committed).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("bindings.ts");
    export_bindings(&fresh).unwrap();
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    assert!(text(&fresh) == text(committed), "run `make bindings` and commit ui/src/ipc/bindings.ts");
}
