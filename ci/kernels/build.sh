#!/bin/sh
# SPDX-License-Identifier: MIT
#
# SOURCE BUILD OUT FRAGMENT...: compile Debian's Linux as tinyconfig and the fragments ask. In OUT:
# vmlinux, config, release, headers/ to build modules with. Inside the kernel root; called by
# ci/kernel. BUILD keeps objects for a next time.
set -eu

source=$1 build=$2 out=$3
shift 3

# Every line of a fragment has to hold in the end: a symbol that Kconfig drops, because something
# that it depends on is missing, would be a check that is not made.
config_check()
{
	sed -n 's/^\(CONFIG_[A-Za-z0-9_]*\)=/\1 /p' "$@" | while read -r symbol value; do
		found=$(sed -n "s/^$symbol=//p" "$build/.config")
		[ "${found:-n}" = "$value" ] || echo "$symbol is ${found:-n}, not $value"
	done >"$out/missing"
	[ -s "$out/missing" ] || { rm "$out/missing"; return 0; }
	echo "error: the configuration is not what was asked for:"
	cat "$out/missing"
	return 1
}

run() { make --no-print-directory -C "$source" O="$build" ARCH=x86_64 "$@"; }

mkdir -p "$build" "$out"
rm -f "$out"/missing
export KCONFIG_CONFIG="$build/.config" KBUILD_BUILD_USER=hdb KBUILD_BUILD_HOST=hdb
run tinyconfig
(cd "$build" && "$source/scripts/kconfig/merge_config.sh" -m -Q .config "$@")
run olddefconfig
config_check "$@"

run -j"$(nproc)" vmlinux modules
run run-command KBUILD_RUN_COMMAND="$source/scripts/package/install-extmod-build $out/headers"
cp "$build/System.map" "$out/"
cp "$build/.config" "$out/config"
cp "$build/include/config/kernel.release" "$out/release"
strip --strip-debug -o "$out/vmlinux" "$build/vmlinux"
