# The stages of `make lint` and `make test`, and their count. Sourced, not run.
# shellcheck shell=bash

passed=0
failed=0
failures=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a command, showing and keeping its output, and says how long it took. Returns its status.
show() {
  local name=$1 began=$SECONDS status
  printf '\n\033[1m== %s\033[0m\n' "$name"
  shift
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  echo "-- $name: $((SECONDS - began)) s"
  return "$status"
}

# A check counts only when it fails: as one failure.
check() {
  show "$@" && return 0
  failed=$((failed + 1))
  failures+=("$1")
  return 1
}

# Sums what a pattern captures over the lines of the last output.
sum() { sed -e 's/\x1b\[[0-9;]*m//g' "$log" | sed -nE "s/$1/\\1/p" | awk '{ n += $1 } END { print n + 0 }'; }

# A test stage adds what its runner counted; one that ends badly without a failed test is a failure too.
tests() {
  local runner=$1 good bad status=0
  shift
  show "$@" || status=$?
  case $runner in
    cargo)
      good=$(sum '^test result: .* ([0-9]+) passed;.*')
      bad=$(sum '^test result: .* ([0-9]+) failed;.*')
      ;;
    vitest)
      good=$(sum '^ *Tests .*[^0-9]([0-9]+) passed.*')
      bad=$(sum '^ *Tests .*[^0-9]([0-9]+) failed.*')
      ;;
  esac
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$status" -eq 0 ] && [ "$((good + bad))" -eq 0 ]; then
    echo "No test ran." >&2
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  if [ "$bad" -gt 0 ]; then failures+=("$1"); fi
}

in_ui() { (cd ui && npm run --silent "$@"); }

lint_stages() {
  check "format" cargo fmt --all --check
  # tauri's macro reads ui/dist while compiling.
  check "UI build" scripts/build-ui.sh
  check "lints" cargo clippy --locked --workspace --all-targets -- -D warnings
  # The tests open the inner modules of the core, which hides what is dead in the programs.
  check "lints of the programs alone" cargo clippy --locked -p vitrine-cli -p vitrine-desktop -- -D warnings
  check "documentation" env RUSTDOCFLAGS="-D warnings" \
    cargo doc --no-deps --document-private-items --locked --workspace --quiet
  check "UI types" in_ui check
  check "UI lints" in_ui lint
}

finish_lint() {
  [ "$failed" -eq 0 ] && return 0
  printf 'Failed: %s\n' "${failures[@]}" >&2
  return 1
}
