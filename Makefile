# `make run` opens Vitrine, `make test` checks all of it. Both install what they need first.

export CARGO_TERM_COLOR ?= auto
# Without rustup, or with the version of rust-toolchain.toml, this stays unset.
ifndef RUSTUP_TOOLCHAIN
RUSTUP_TOOLCHAIN := $(shell scripts/toolchain.sh)
endif
ifneq ($(RUSTUP_TOOLCHAIN),)
export RUSTUP_TOOLCHAIN
else
unexport RUSTUP_TOOLCHAIN
endif
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help run test torture fuzz dev lint bench bindings package test-package advisories setup-run setup-test

help:
	@echo "make run         build and open the window (installs what is missing)"
	@echo "make test        format, lints, all tests (installs what is missing)"
	@echo "make torture     hundreds of kills and of orders of events (about eight minutes)"
	@echo "make fuzz        ten minutes of made-up bytes for each reader (over an hour)"
	@echo "make dev         the window with a hot-reloading UI"
	@echo "make lint        format, lints and types alone"
	@echo "make bench       speed, beside other programs (release builds)"
	@echo "make package     a .deb and an .rpm in target/package (release build)"
	@echo "make test-package  checks them: installs the .deb, uses it, removes it (as root)"
	@echo "make bindings    writes ui/src/ipc/bindings.ts after a change of the wire"
	@echo "make advisories  known holes in dependencies (needs cargo-deny and the network)"

run: setup-run
	@scripts/build-ui.sh
	@cargo build --locked --workspace --bin vitrine-desktop
	@exec $(TARGET)/debug/vitrine-desktop

# The scripts print the sum as their last line; make would add its own behind a recipe that fails.
test:
	@scripts/test.sh

torture:
	@scripts/torture.sh

fuzz:
	@scripts/fuzz.sh

dev: setup-run
	@scripts/dev.sh

lint: setup-test
	@scripts/lint.sh

bench:
	@scripts/bench.sh

package:
	@scripts/package.sh

test-package:
	@scripts/package.sh test

bindings: setup-run
	@VITRINE_WRITE_BINDINGS=1 cargo test --locked --workspace --test ipc bindings

advisories:
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install cargo-deny --locked"; exit 1; }
	@cargo deny check advisories

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test
