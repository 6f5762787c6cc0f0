#!/bin/sh
# SPDX-License-Identifier: MIT
#
# SUITE DIRECTORY PACKAGES [MIRROR]: one Debian root. As root; called by ci/lib/roots.sh.
set -eu

suite=$1 dir=$2 packages=$3 mirror=${4:-}

# The kernel comes with its initramfs generator, whose product nobody would boot.
# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
no_initramfs='mkdir -p "$1/etc/kernel/postinst.d" "$1/etc/dpkg/dpkg.cfg.d"
	echo path-exclude=/etc/kernel/postinst.d/initramfs-tools >"$1/etc/dpkg/dpkg.cfg.d/no-initramfs"'

exec mmdebstrap --mode=root --variant=apt --format=directory --include="$packages" \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/info/*' \
	--essential-hook="$no_initramfs" \
	"$suite" "$dir" ${mirror:+"$mirror"}
