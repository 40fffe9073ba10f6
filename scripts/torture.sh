#!/usr/bin/env bash
# Kills the program hundreds of times, tries hundreds of orders of events, damages hundreds of libraries and sets the
# clock wrong:  scripts/torture.sh
# The counts and the seed can be given:
#   VITRINE_TORTURE_KILLS=1000 VITRINE_TORTURE_ORDERS=2000 VITRINE_TORTURE_UPGRADES=900 VITRINE_TORTURE_SEED=7 scripts/torture.sh
#   VITRINE_TORTURE_COMMANDS=300 VITRINE_TORTURE_CLOCKS=200 VITRINE_TORTURE_FLIPS=1000 VITRINE_TORTURE_HISTORIES=2000 scripts/torture.sh
#
# Each test prints its seed, what it tried and what was lost, and fails when anything was.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh torture
scripts/build-ui.sh
export VITRINE_TORTURE_KILLS=${VITRINE_TORTURE_KILLS:-320}
export VITRINE_TORTURE_ORDERS=${VITRINE_TORTURE_ORDERS:-400}
export VITRINE_TORTURE_UPGRADES=${VITRINE_TORTURE_UPGRADES:-280}
export VITRINE_TORTURE_COMMANDS=${VITRINE_TORTURE_COMMANDS:-60}
export VITRINE_TORTURE_CLOCKS=${VITRINE_TORTURE_CLOCKS:-40}
export VITRINE_TORTURE_FLIPS=${VITRINE_TORTURE_FLIPS:-200}
export VITRINE_TORTURE_HISTORIES=${VITRINE_TORTURE_HISTORIES:-500}
cargo test --locked --workspace --test torture -- --nocapture
cargo test --locked --workspace --test publish -- --nocapture histories
# What takes too long for `make test`.
cargo test --locked --workspace --test bucket -- --ignored
