#!/usr/bin/env bash
# Measures release builds beside other programs:  scripts/bench.sh [part]...
#
# A wrong part makes it name all. Prints a table and writes target/bench.json. Fails when something could not be
# measured, not when a goal is missed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh bench
scripts/build-ui.sh
# Not all programs: each costs minutes of link-time optimisation.
cargo build --locked --release --workspace --bin vitrine --bin vitrine-desktop --bin empty-window --bin bench
exec "${CARGO_TARGET_DIR:-target}/release/bench" "$@"
