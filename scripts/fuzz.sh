#!/usr/bin/env bash
# Feeds the readers of untrusted bytes with made-up ones:  scripts/fuzz.sh [seconds each] [target]...
#
# Without arguments every target runs for ten minutes, two at a time. What is learnt stays in target/fuzz/corpus, what
# fails in target/fuzz/artifacts; the committed seeds are never written to. An input of at most 64 KiB may take two seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.13.2
seconds=${1:-600}
shift || true
out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
if [ "$(cat .tools/cargo-fuzz.version 2>/dev/null)" != "$version" ]; then
  CARGO_TARGET_DIR="$out/cargo-fuzz" cargo install cargo-fuzz --locked --version "$version" --root .tools --force
  rm -rf "$out/cargo-fuzz"
  echo "$version" >.tools/cargo-fuzz.version
fi
PATH=$PWD/.tools/bin:$PATH

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in tests/fuzz/targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

# The code is safe Rust, so coverage is enough and no sanitizer is needed; that works with a stable compiler.
fuzz=(--fuzz-dir tests/fuzz --sanitizer none --target-dir "$out")
cargo fuzz build "${fuzz[@]}"

run() {
  local target=$1
  mkdir -p "$out/corpus/$target" "$out/artifacts/$target"
  if cargo fuzz run "${fuzz[@]}" "$target" "$out/corpus/$target" "tests/fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=2 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$out/artifacts/$target/" >"$out/$target.log" 2>&1; then
    echo "$target: no finding in $seconds s, $(grep -oE 'number_of_executed_units: [0-9]+' "$out/$target.log" | grep -oE '[0-9]+') inputs"
  else
    echo "$target: FOUND something, see $out/$target.log"
    return 1
  fi
}

failed=0
for ((at = 0; at < ${#targets[@]}; at += 2)); do
  run "${targets[at]}" & first=$!
  second=
  if [ $((at + 1)) -lt ${#targets[@]} ]; then run "${targets[at + 1]}" & second=$!; fi
  wait "$first" || failed=1
  [ -z "$second" ] || wait "$second" || failed=1
done
exit "$failed"
