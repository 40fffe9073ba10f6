#!/usr/bin/env bash
# Format, lints as errors, types. Runs every check, then fails if one did.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/stages.sh
. scripts/stages.sh

lint_stages
finish_lint
