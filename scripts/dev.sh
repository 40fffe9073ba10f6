#!/usr/bin/env bash
# The window over Vite's server: what is saved in ui/ shows at once. After a change in Rust, run it again.
set -euo pipefail
cd "$(dirname "$0")/.."

# Without its default features the app asks the server named in tauri.conf.json instead of ui/dist, but
# tauri's macro wants the folder all the same.
scripts/build-ui.sh
cargo build --no-default-features -p vitrine-desktop
(cd ui && exec node node_modules/vite/bin/vite.js --port 1420 --strictPort) &
vite=$!
trap 'kill "$vite" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  if curl --silent --output /dev/null --noproxy '*' http://localhost:1420/; then
    cargo run --quiet --no-default-features -p vitrine-desktop
    exit
  fi
  kill -0 "$vite" 2>/dev/null || break
  sleep 0.1
done
echo "Vite did not start on port 1420." >&2
exit 1
