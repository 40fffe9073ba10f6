#!/usr/bin/env bash
# Measures release builds beside other programs:  scripts/bench.sh [grid|import|looks|memory|metadata|pages|publish|search|upload|viewer|start]...
#
# Prints a table and writes target/bench.json. Fails when something could not be measured, not when a goal
# is missed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh bench
scripts/build-ui.sh
# Not all programs: each costs minutes of link-time optimisation.
cargo build --locked --release --workspace --bin vitrine --bin vitrine-desktop --bin empty-window --bin bench
exec "${CARGO_TARGET_DIR:-target}/release/bench" "$@"
