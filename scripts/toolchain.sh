#!/usr/bin/env bash
# Prints the Rust toolchain that `make` uses instead of the one in rust-toolchain.toml; nothing
# if that one is installed, or if there is no rustup. Nothing is downloaded: set-up checks that
# the version is new enough.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v rustup >/dev/null || exit 0
wanted=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
rustup toolchain list 2>/dev/null | grep "^$wanted\(-\|\s\|$\)" >/dev/null && exit 0
# The default of this machine; outside this folder, where rust-toolchain.toml does not apply.
cd / && rustup default 2>/dev/null | sed 's/ .*//'
