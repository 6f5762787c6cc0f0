#!/bin/sh
# SPDX-License-Identifier: MIT
#
# SUITE DIRECTORY PACKAGES SOURCES [MIRROR]: one Debian root, with the named source packages in
# /usr/src. As root; called by ci/lib/roots.sh.
set -eu

suite=$1 dir=$2 packages=$3 mirror=${5:-}
export sources="$4"

# The kernel comes with its initramfs generator, whose product nobody would boot.
# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
no_initramfs='mkdir -p "$1/etc/kernel/postinst.d" "$1/etc/dpkg/dpkg.cfg.d"
	echo path-exclude=/etc/kernel/postinst.d/initramfs-tools >"$1/etc/dpkg/dpkg.cfg.d/no-initramfs"'

# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
fetch_sources='[ -z "$sources" ] || {
	sed -n "s/^deb /deb-src /p" "$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/source.list"
	export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
	apt-get update -q
	cd "$1/usr/src"
	apt-get source -q --download-only $sources
}'

# What sid's mirrors say is valid for a week; one that is behind for longer is no danger to a machine
# that is thrown away. It is signed all the same.
valid_until=true
[ "$suite" != sid ] || valid_until=false

exec mmdebstrap --mode=root --variant=apt --format=directory --include="$packages" \
	--aptopt='APT::Install-Recommends "false"' \
	--aptopt="Acquire::Check-Valid-Until \"$valid_until\"" \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/info/*' \
	--essential-hook="$no_initramfs" --customize-hook="$fetch_sources" \
	"$suite" "$dir" ${mirror:+"$mirror"}
