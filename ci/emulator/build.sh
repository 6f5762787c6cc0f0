#!/bin/sh
# SPDX-License-Identifier: MIT
#
# PATCHES BUILD OUT: Debian's QEMU with our patches, for x86 and no more than the lanes use. Runs in
# the root of ci/qemu. OUT gets the program and the libraries that it was linked to, so that it runs
# on another Debian too.
set -eu

patches=$1 build=$2 out=$3

rm -rf "$build" "$out"
mkdir -p "$build" "$out/lib"
dpkg-source --no-check -x /usr/src/qemu_*.dsc "$build/src"
for patch in "$patches"/*.patch; do
	echo "applying ${patch##*/}"
	patch -d "$build/src" -p1 <"$patch"
done

# The firmware is the host's: Debian's packages have it in these folders.
mkdir "$build/obj"
cd "$build/obj"
../src/configure --target-list=x86_64-softmmu --without-default-features --enable-tcg \
	--enable-virtfs --enable-attr --enable-cap-ng --enable-fdt=system --disable-docs \
	--disable-tools --disable-werror --disable-download --disable-install-blobs \
	--firmwarepath=/usr/share/qemu:/usr/share/seabios
ninja qemu-system-x86_64

strip -o "$out/qemu" qemu-system-x86_64
ldd qemu-system-x86_64 | sed -n 's/^.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' |
	while read -r library; do cp -L "$library" "$out/lib/"; done
cp -L /lib64/ld-linux-x86-64.so.2 "$out/lib/"
