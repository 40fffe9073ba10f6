# The checks of `scripts/package.sh test`. Sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # scripts/package.sh sets id, to and version

ok() { printf 'ok    %s\n' "$*"; }
wrong() { printf 'WRONG %s\n' "$*"; wrongs=$((wrongs + 1)); }

# Runs a command, and shows its output only if it fails.
expect() { # name command...
  local name=$1
  shift
  if "$@" >"$scratch/output" 2>&1; then ok "$name"; else
    cat "$scratch/output"
    wrong "$name"
  fi
}

wait_for() { # seconds command...
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.2
  done
}

digests() { (cd "$1" && find . -type f -not -name '*.lock' -not -name 'catalog.in-use' -print0 | sort -z | xargs -0 sha256sum); }

# Fails if a file is not root's, can be changed by others, or runs with more rights.
safe_files() {
  dpkg-deb --contents "$1" | awk '
    $2 != "root/root" { print "not of root: " $0; bad = 1 }
    $1 !~ /^(drwxr-xr-x|-rw-r--r--)$/ && !($1 == "-rwxr-xr-x" && $6 ~ /^\.\/usr\/bin\//) { print "mode: " $0; bad = 1 }
    END { exit bad }'
}

no_scripts() { # deb rpm
  dpkg-deb --control "$1" "$scratch/control" && [ "$(cd "$scratch/control" && echo *)" = "control md5sums" ] &&
    [ -z "$(rpm --query --package --scripts --triggers "$2")" ]
}

# The same files, except for those that each kind of package has for itself.
same_files() { # deb rpm
  local own='/(doc|licenses|zsh)/|/$'
  diff <(dpkg-deb --fsys-tarfile "$1" | tar --list | sed 's|^\.||' | grep -vE "$own" | sort) \
    <(rpm --query --package --list "$2" | grep -vE "$own" | sort)
}

pages_can_be_read() {
  local page
  for page in /usr/share/man/man1/vitrine*.1.gz; do
    MANROFFSEQ='' MANWIDTH=80 man --warnings --local-file "$page" >"$scratch/page" 2>"$scratch/warnings" || return 1
    [ -s "$scratch/page" ] && [ ! -s "$scratch/warnings" ] || { cat "$scratch/warnings"; echo "$page"; return 1; }
  done
  man --local-file /usr/share/man/man1/vitrine-import.1.gz | grep -e --gallery >/dev/null
}

bash_completes() {
  bash --norc -c '
    set -e
    . /usr/share/bash-completion/completions/vitrine
    complete -p vitrine >/dev/null
    COMP_WORDS=(vitrine impo) COMP_CWORD=1
    _vitrine vitrine impo vitrine
    [ "${COMPREPLY[*]}" = import ]
    COMP_WORDS=(vitrine verify --rep) COMP_CWORD=2
    _vitrine vitrine --rep verify
    [ "${COMPREPLY[*]}" = --repair ]'
}

# Opens the window as the file manager does, on a screen of its own.
# `set -e` does not apply inside a condition, so each step says that it failed.
window_opens() (
  export HOME=$scratch/home VITRINE_LIBRARY=$scratch/home/library
  export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache
  exec 3>"$scratch/display"
  Xvfb -displayfd 3 -screen 0 1280x800x24 >"$scratch/xvfb" 2>&1 &
  screen=$!
  # shellcheck disable=SC2317  # the trap calls it
  stop() { kill ${window:+"$window"} "$screen" ${bus:+"$bus"} 2>/dev/null || true; wait; }
  trap stop EXIT
  wait_for 20 test -s "$scratch/display" || { echo "no screen"; exit 1; }
  DISPLAY=:$(cat "$scratch/display")
  export DISPLAY
  unset WAYLAND_DISPLAY
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$scratch/bus
  dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" >"$scratch/dbus" 2>&1 &
  bus=$!
  wait_for 20 test -S "$scratch/bus" || { echo "no session bus"; exit 1; }
  gio mime image/png | grep "$id.desktop" >/dev/null || { echo "the desktop file does not open PNG files"; exit 1; }
  gio mime inode/directory | grep "$id.desktop" >/dev/null || { echo "the desktop file does not open folders"; exit 1; }
  gio launch "/usr/share/applications/$id.desktop" "$scratch/fox.png" >"$scratch/window" 2>&1 &
  wait_for 60 xdotool search --onlyvisible --class "$wm_class" || { cat "$scratch/window"; echo "no window"; exit 1; }
  shown=$(xdotool search --onlyvisible --class "$wm_class" | head -n 1)
  window=$(xdotool getwindowpid "$shown")
  [ "$(readlink "/proc/$window/exe")" = /usr/bin/vitrine-desktop ] || { echo "another program opened"; exit 1; }
  xprop -id "$shown" WM_CLASS | grep "\"$wm_class\"$" >/dev/null || { xprop -id "$shown" WM_CLASS; exit 1; }
  # A second start hands over its files and ends.
  timeout 60 vitrine-desktop "$scratch/fox.png" || { echo "the second start did not end well"; exit 1; }
  kill "$window" || { echo "the window was gone"; exit 1; }
  wait_for 30 test ! -e "/proc/$window"
)

test_packages() {
  [ "$(id -u)" -eq 0 ] || fail "This installs a package and removes it again, so it runs as root only."
  ! dpkg-query -W -f='${db:Status-Status}' vitrine 2>/dev/null | grep -q '^installed' ||
    fail "Vitrine is installed on this machine already. This test would remove it."
  scripts/setup.sh package
  local debs=("$to"/*.deb) rpms=("$to"/*.rpm) wrongs=0
  [ ${#debs[@]} -eq 1 ] && [ -f "${debs[0]}" ] && [ ${#rpms[@]} -eq 1 ] && [ -f "${rpms[0]}" ] ||
    fail "$to has no packages, or several. Run scripts/package.sh first."
  local deb rpm
  deb=$(realpath "${debs[0]}") rpm=$(realpath "${rpms[0]}")
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder is known now
  trap "rm -rf '$scratch'; dpkg --remove vitrine >/dev/null 2>&1 || true" EXIT
  mkdir -p "$scratch/home"
  cp icons/icon.png "$scratch/fox.png"
  local share=/usr/share
  wm_class=$(sed -n 's/^StartupWMClass=//p' "packaging/$id.desktop")

  expect "the checksums" sh -c "cd '$to' && sha256sum --check --strict SHA256SUMS"
  expect "lintian" lintian --allow-root --fail-on error "$deb"
  expect "every file is root's, and only programs are executable" safe_files "$deb"
  expect "neither package runs scripts" no_scripts "$deb" "$rpm"
  expect "both packages install the same files" same_files "$deb" "$rpm"
  expect "the licences" python3 scripts/licences.py --test

  expect "dpkg installs it" dpkg --install "$deb"
  expect "vitrine runs" test "$(vitrine --version)" = "vitrine $version"
  expect "desktop-file-validate" desktop-file-validate "$share/applications/$id.desktop"
  expect "appstreamcli validate" appstreamcli validate --no-net "$share/metainfo/$id.metainfo.xml"
  expect "the manual pages can be read" pages_can_be_read
  expect "bash completes commands and options" bash_completes
  expect "vitrine imports" vitrine --library "$scratch/home/library" import "$scratch/fox.png"
  expect "the window opens files, and a second start ends" window_opens
  digests "$scratch/home/library" >"$scratch/before"
  expect "dpkg removes it" dpkg --remove vitrine
  digests "$scratch/home/library" >"$scratch/after"
  expect "the library has files" test -s "$scratch/before"
  expect "removing changed none of them" diff "$scratch/before" "$scratch/after"
  expect "no program stays" sh -c '! [ -e /usr/bin/vitrine ] && ! [ -e /usr/bin/vitrine-desktop ]'
  [ "$wrongs" -eq 0 ] || fail "$wrongs of these checks failed."
}
