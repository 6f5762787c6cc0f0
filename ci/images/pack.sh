#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ROOT OUT IMAGES: from a build root make what boots: root.sqfs, xen, versions, and what kernel.sh
# makes.
# As root, in a mount namespace of its own; called by ci/image.
set -eu

root=$1 out=$2 images=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
release=$(ls "$root/usr/lib/modules")
mkdir -p "$out"

gzip -dc "$root"/boot/xen-*-amd64.gz >"$out/xen"
sh "$images/kernel.sh" "$root" "$out" "$images" "$work/modules"
cp "$root/usr/lib/modules/$release"/modules.builtin* "$root/usr/lib/modules/$release"/modules.order \
	"$work/modules/$release"

mount --bind "$work/modules" "$root/usr/lib/modules"
chroot "$root" depmod "$release"
grep -v '^#' "$images/exclude" >"$work/exclude"
mksquashfs "$root" "$out/root.sqfs" -noappend -no-progress -quiet -comp lz4 -b 64K \
	-wildcards -ef "$work/exclude" \
	-p 'lane d 755 0 0' -p 'out d 755 0 0' -p 'opt/hdb d 755 0 0' >/dev/null

# shellcheck disable=SC2016 # dpkg-query's own
version_of() { chroot "$root" dpkg-query -f '${Version}' -W "$1"; }
cat >"$out/versions" <<EOF
kernel=$release ($(version_of "linux-image-$release"))
xen=$(version_of xen-hypervisor-4.20-amd64)
mesa=$(version_of libgl1-mesa-dri)
debian=$(cat "$root/etc/debian_version")
EOF
chmod 644 "$out"/*
