#!/usr/bin/env bash
# Builds ui/dist when anything it is made of has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp="${CARGO_TARGET_DIR:-target}/ui.built"
sources=$(find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' -not -path 'ui/coverage/*' -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
[ -f ui/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ] && exit 0
(cd ui && npm run build)
mkdir -p "$(dirname "$stamp")"
echo "$sources" >"$stamp"
