#!/usr/bin/env bash
# Everything that must hold, shown as it runs. The last line is the sum: `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/stages.sh
. scripts/stages.sh

if check "set-up" scripts/setup.sh test; then
  lint_stages
  tests vitest "UI tests" in_ui test
  # Whole workspace, one set of features: tauri is compiled once, and the binaries the tests start are there.
  if check "build" cargo build --locked --workspace --all-targets; then
    tests cargo "tests" cargo test --locked --workspace --no-fail-fast
  fi
fi

echo
if [ ${#failures[@]} -gt 0 ]; then
  echo "Failed stages:"
  printf '  %s\n' "${failures[@]}"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
