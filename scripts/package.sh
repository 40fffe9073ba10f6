#!/usr/bin/env bash
# Packages for Linux.
#
#   scripts/package.sh        makes the .deb, the .rpm and SHA256SUMS, in target/package
#   scripts/package.sh test   checks them. As root, it installs the .deb, uses it and removes it again.
#
# VITRINE_PACKAGE_PROGRAMS    a folder that has `vitrine` and `vitrine-desktop`; without it, they are built
# VITRINE_PACKAGE_ADDRESS     the web address of the repository; without it, the packages name no home page and no
#                             screenshot, because neither has an address then
# VITRINE_PACKAGE_MAINTAINER  `Name <mail>`; the default is the author of the last commit
# VITRINE_PACKAGE_LEVEL       how hard to compress, 1 to 9; 1 is for trying things out
# SOURCE_DATE_EPOCH           the time of all files in the packages; the default is the time of the last commit
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C.UTF-8

root=$PWD
target=${CARGO_TARGET_DIR:-target}
to=$target/package
id=art.vitrine.Vitrine
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

[ "$(uname -s)" = Linux ] || fail "This makes packages for Linux. docs/releasing.md says more about other systems."
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
[ -n "$version" ] || fail "Cargo.toml has no version."
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
maintainer=${VITRINE_PACKAGE_MAINTAINER:-$(git log -1 --format='%an <%ae>')}
address=${VITRINE_PACKAGE_ADDRESS:-}
address=${address%/}
level=${VITRINE_PACKAGE_LEVEL:-6}

# Writes a template with its words replaced. `&`, `\` and `|` would mean something to sed.
fill() { # template name=value...
  local script=() pair value
  local template=$1
  shift
  for pair in "$@"; do
    value=$(printf '%s' "${pair#*=}" | sed 's/[&\\|]/\\&/g')
    script+=(-e "s|@${pair%%=*}@|$value|g")
  done
  if [ -n "$address" ]; then
    script+=(-e "s|@ADDRESS@|$(printf '%s' "$address" | sed 's/[&\\|]/\\&/g')|g")
  else
    script+=(-e '/<screenshots>/,/<\/screenshots>/d' -e '/@ADDRESS@/d')
  fi
  sed "${script[@]}" "$template"
}

# Everything that is installed, for both kinds of package.
make_tree() { # programs tree
  local programs=$1 tree=$2 share=$2/usr/share size
  install -d "$tree/usr/bin"
  local program
  for program in vitrine vitrine-desktop; do
    [ -x "$programs/$program" ] || fail "$programs has no program $program."
    install -m 755 "$programs/$program" "$tree/usr/bin/$program"
    strip --strip-unneeded "$tree/usr/bin/$program"
  done

  # The manual pages and the completions come from the program itself.
  local vitrine=$tree/usr/bin/vitrine
  install -d "$share/man/man1" "$share/bash-completion/completions" "$share/fish/vendor_completions.d" \
    "$share/zsh/vendor-completions"
  "$vitrine" manual "$share/man/man1" >/dev/null
  fill packaging/vitrine-desktop.1 VERSION="$version" >"$share/man/man1/vitrine-desktop.1"
  gzip -9n "$share"/man/man1/*
  "$vitrine" completions bash >"$share/bash-completion/completions/vitrine"
  "$vitrine" completions fish >"$share/fish/vendor_completions.d/vitrine.fish"
  "$vitrine" completions zsh >"$share/zsh/vendor-completions/_vitrine"

  install -D -m 644 "packaging/$id.desktop" "$share/applications/$id.desktop"
  install -d "$share/metainfo"
  fill "packaging/$id.metainfo.xml" VERSION="$version" TAG="v$version" \
    DATE="$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" >"$share/metainfo/$id.metainfo.xml"
  for size in 32:32x32 128:128x128 256:128x128@2x 512:icon; do
    install -D -m 644 "icons/${size#*:}.png" "$share/icons/hicolor/${size%%:*}x${size%%:*}/apps/$id.png"
  done
  install -D -m 644 icons/vitrine.svg "$share/icons/hicolor/scalable/apps/$id.svg"

  install -d "$share/doc/vitrine"
  scripts/licences.py | gzip -9n >"$share/doc/vitrine/third-party-licences.txt.gz"
  gzip -9nc CHANGELOG.md >"$share/doc/vitrine/changelog.gz"
}

settle_modes() { # tree
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f -not -path '*/usr/bin/*' -exec chmod 644 {} +
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

make_deb() { # tree
  local tree=$1 doc=$1/usr/share/doc/vitrine architecture depends
  architecture=$(dpkg --print-architecture)
  { cat packaging/copyright; sed -e 's/^$/./' -e 's/^/ /' LICENSE-MIT; } >"$doc/copyright"
  {
    printf 'vitrine (%s-1) unstable; urgency=medium\n\n' "$version"
    printf '  * Release %s. changelog.gz has the changes.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
  } | gzip -9n >"$doc/changelog.Debian.gz"
  settle_modes "$tree"

  # dpkg-shlibdeps wants the folder of a source package.
  local source=$work/source
  mkdir -p "$source/debian"
  printf 'Source: vitrine\n\nPackage: vitrine\nArchitecture: any\n' >"$source/debian/control"
  depends=$(cd "$source" && dpkg-shlibdeps -O -e"$tree/usr/bin/vitrine" -e"$tree/usr/bin/vitrine-desktop" \
    2>"$work/shlibdeps" | sed -n 's/^shlibs:Depends=//p')
  [ -n "$depends" ] || { cat "$work/shlibdeps" >&2; fail "dpkg-shlibdeps found no libraries."; }

  mkdir "$tree/DEBIAN"
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  fill packaging/deb.control DEB_VERSION="$version-1" DEB_ARCHITECTURE="$architecture" MAINTAINER="$maintainer" \
    INSTALLED_SIZE="$(du -sk --apparent-size "$tree/usr" | cut -f1)" DEPENDS="$depends" >"$tree/DEBIAN/control"
  settle_modes "$tree"
  dpkg-deb --root-owner-group -Zxz "-z$level" --build "$tree" "$to/vitrine_$version-1_$architecture.deb" >&2
}

make_rpm() { # tree
  local tree=$1 share=$1/usr/share files
  # Fedora and openSUSE keep these elsewhere.
  install -d "$share/zsh/site-functions" "$share/licenses/vitrine"
  mv "$share/zsh/vendor-completions/_vitrine" "$share/zsh/site-functions/_vitrine"
  rmdir "$share/zsh/vendor-completions"
  install -m 644 LICENSE-MIT LICENSE-APACHE "$share/licenses/vitrine/"
  mv "$share/doc/vitrine/third-party-licences.txt.gz" "$share/licenses/vitrine/"
  settle_modes "$tree"
  files=$(cd "$tree" && find usr -type f -printf '/%p\n' | sort | sed -E \
    -e 's|^(/usr/share/licenses/.*)$|%license \1|' -e 's|^(/usr/share/doc/.*)$|%doc \1|')
  fill packaging/rpm.spec VERSION="$version" TREE="$tree" LEVEL="$level" | sed '/^@FILES@$/d' >"$work/vitrine.spec"
  printf '%%dir /usr/share/licenses/vitrine\n%%dir /usr/share/doc/vitrine\n%s\n' "$files" >>"$work/vitrine.spec"
  rpmbuild --quiet -bb --define "_topdir $work/rpmbuild" "$work/vitrine.spec" >"$work/rpmbuild.log" 2>&1 ||
    { cat "$work/rpmbuild.log" >&2; fail "rpmbuild failed."; }
  cp "$work"/rpmbuild/RPMS/*/*.rpm "$to/"
}

make_packages() {
  scripts/setup.sh package
  local programs=${VITRINE_PACKAGE_PROGRAMS:-}
  if [ -z "$programs" ]; then
    scripts/build-ui.sh
    # Features of the whole workspace, so that one build serves scripts/bench.sh as well.
    cargo build --locked --release --workspace --bin vitrine --bin vitrine-desktop
    programs=$target/release
  fi
  [ -n "$address" ] || say "VITRINE_PACKAGE_ADDRESS is not set: no home page, no screenshot"
  mkdir -p "$to"
  rm -f "$to"/*.deb "$to"/*.rpm "$to/SHA256SUMS"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  make_tree "$programs" "$work/tree"
  cp -a "$work/tree" "$work/deb"
  cp -a "$work/tree" "$work/rpm"
  make_deb "$work/deb"
  make_rpm "$work/rpm"
  (cd "$to" && sha256sum -- *.deb *.rpm >SHA256SUMS)
  ls -l "$to" >&2
}

case ${1:-make} in
  make) make_packages ;;
  test)
    # shellcheck source=scripts/package-test.sh
    . scripts/package-test.sh
    test_packages
    ;;
  *) fail "usage: scripts/package.sh [test]" ;;
esac
