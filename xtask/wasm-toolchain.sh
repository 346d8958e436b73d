#!/usr/bin/env bash
# Makes sure some Rust toolchain can build for wasm32-unknown-unknown and prints
# its name on standard output, for `cargo +NAME`.
#
# With internet access this is `rustup target add`. Where only Debian's packages
# and crates.io can be reached, it unpacks (never installs) Debian's rustc-web
# into a cache folder, compiles std for wasm32 once, and links it as `wasm`.
#
#   WASM_TOOLCHAIN_NO_RUSTUP=1   never download with rustup
#   WASM_TOOLCHAIN_CACHE=DIR     where the fallback is kept (~/.cache/wasm-toolchain)
#   WASM_TOOLCHAIN_NAME=NAME     what it is called (wasm)
set -euo pipefail

target=wasm32-unknown-unknown
name=${WASM_TOOLCHAIN_NAME:-wasm}
cache=${WASM_TOOLCHAIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasm-toolchain}
log() { echo "wasm-toolchain: $*" >&2; }
die() { log "$1"; log "cure: ${2:-rustup target add $target}"; exit 1; }

# A linked toolchain may have lost the cargo it borrowed, so both are looked at. Without bitcode in
# std nothing can be optimised across crates (`lto`), and a page is a fifth larger.
usable() { # usable TOOLCHAIN
  local sysroot
  sysroot=$(rustc "+$1" --print sysroot 2>/dev/null) || return 1
  LC_ALL=C grep -aqs '\.llvmbc' "$sysroot/lib/rustlib/$target/lib/"libstd-*.rlib || return 1
  cargo "+$1" --version >/dev/null 2>&1
}

command -v rustup >/dev/null || die "rustup is not installed" "https://rustup.rs"
active=$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1)
[ -n "$active" ] || die "no Rust toolchain is installed" "rustup toolchain install stable"
if usable "$active"; then echo "$active"; exit 0; fi
if usable "$name"; then echo "$name"; exit 0; fi
if [ -z "${WASM_TOOLCHAIN_NO_RUSTUP:-}" ]; then
  log "adding $target to $active"
  if timeout "${WASM_TARGET_ADD_TIMEOUT:-120}" rustup target add --toolchain "$active" "$target" >&2 \
      && usable "$active"; then
    echo "$active"; exit 0
  fi
fi
command -v apt-get >/dev/null || die "neither rustup's downloads nor apt-get can be used here"
sudo=
if [ "$(id -u)" != 0 ]; then
  sudo="sudo -n"
  $sudo true 2>/dev/null || die "Debian's packages need root or a sudo that asks for no password"
fi
log "building std for $target from Debian's rustc-web (2 to 5 minutes, once)"

mkdir -p "$cache"
exec 9>"$cache/lock"; flock 9                      # one build at a time
if usable "$name"; then echo "$name"; exit 0; fi
work=$(mktemp -d "$cache/build.XXXXXX"); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir debs

# 1. Download. A name that carries a version (libstd-rust-web-1.96, libllvm22) is read from its dependent.
$sudo apt-get update -qq >&2
# shellcheck disable=SC2020 # one newline for either separator
dep() { # dep PACKAGE PATTERN: the first dependency of PACKAGE that matches
  apt-cache show --no-all-versions "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' | { grep -oE "$2" || true; } | head -n1
}
libstd=$(dep libstd-rust-web-dev 'libstd-rust-web-[0-9.]+')
[ -n "$libstd" ] || die "Debian's package rustc-web is not available here"
llvm=$(dep "$libstd" 'libllvm[0-9]+')
(cd debs && apt-get download -qq -o APT::Sandbox::User=root \
  rustc-web libstd-rust-web-dev "$libstd" ${llvm:+"$llvm"} rust-web-clippy rust-web-src patchelf >&2)
# The shared libraries that these link to but a bare machine may lack:
need=(); for p in gcc libc6-dev libedit2 libxml2 libz3-4; do dpkg -s "$p" >/dev/null 2>&1 || need+=("$p"); done
[ ${#need[@]} = 0 ] || $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -yqq "${need[@]}" >&2

# 2. Assemble a sysroot: bin/, lib/ (shared libraries), lib/rustlib/.
for deb in debs/*.deb; do
  case $deb in
    *rust-web-src*) dpkg --fsys-tarfile "$deb" | tar -x --wildcards './usr/src/rustc-*/library/*' ;;
    *) dpkg -x "$deb" . ;;
  esac
done
host=$(rustc -vV | sed -n 's/^host: //p'); stable=$(rustc --print sysroot); sys=$work/sysroot
mkdir -p "$sys/bin" "$sys/lib" "$sys/lib/rustlib/$host/bin"
cp -a usr/bin/{rustc,rustdoc,clippy-driver,cargo-clippy} "$sys/bin/"
cp -a usr/lib/*-linux-gnu/{librustc_driver-*.so,libLLVM*.so*} "$sys/lib/"
cp -a usr/lib/rustlib/. "$sys/lib/rustlib/"; rm -rf "$sys/lib/rustlib/src"
ln -s "$stable"/bin/{cargo,cargo-fmt,rustfmt} "$sys/bin/"
ln -s "$stable/lib/rustlib/$host/bin/"{rust-lld,gcc-ld} "$sys/lib/rustlib/$host/bin/"
for f in "$sys"/bin/{rustc,rustdoc,clippy-driver} "$sys"/lib/librustc_driver-*.so; do
  # shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
  usr/bin/patchelf --set-rpath '$ORIGIN/../lib' "$f"
done

# 3. Compile std for wasm32 once, as rustup would ship it: with bitcode.
mkdir -p "$sys/lib/rustlib/src/rust" probe/src
mv usr/src/rustc-*/library "$sys/lib/rustlib/src/rust/library"
printf '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2024"\n' >probe/Cargo.toml
echo '#![no_std]' >probe/src/lib.rs
env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u RUSTUP_TOOLCHAIN -u LD_LIBRARY_PATH -u CARGO_BUILD_TARGET \
  RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes RUSTC="$sys/bin/rustc" CARGO_TARGET_DIR="$work/target" \
  "$stable/bin/cargo" build --quiet --release --manifest-path probe/Cargo.toml \
  -Zbuild-std=std,panic_abort,test --target "$target" >&2
mkdir -p "$sys/lib/rustlib/$target/lib"
cp "target/$target/release/deps"/lib*.rlib "$sys/lib/rustlib/$target/lib/"
rm -f "$sys/lib/rustlib/$target/lib"/libprobe-*

# 4. Put it in place.
rm -rf "$cache/sysroot"; mv "$sys" "$cache/sysroot"
rustup toolchain link "$name" "$cache/sysroot"
usable "$name" || die "the toolchain '$name' was built but does not work" "rm -rf $cache and try again"
log "linked toolchain '$name': $(rustc "+$name" --version)"
echo "$name"
