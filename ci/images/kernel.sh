#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ROOT OUT IMAGES MODULES: from a root with a kernel of Debian's make what boots it: vmlinux, initrd
# (without init), boot.cpio; in MODULES/RELEASE, unpacked, all that IMAGES/modules names.
# As root; called by pack.sh and ci/kernel.
set -eu

root=$1 out=$2 images=$3 modules=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
release=$(ls "$root/usr/lib/modules")

# The kernel as the plain ELF file inside its bzImage: Xen, xl and QEMU all start that one
# directly, and decompressing it is seconds of every boot under emulation.
# Offsets: Documentation/arch/x86/boot.rst, setup_sects, payload_offset, payload_length.
extract_vmlinux()
{
	field() { od -An -t "$1" -j "$2" -N "$3" "$bzimage" | tr -d ' '; }
	bzimage=$1
	start=$((($(field u1 497 1) + 1) * 512 + $(field u4 584 4)))
	length=$(field u4 588 4)
	case $(field x1 $start 4) in
	28b52ffd) unpack="zstd -dc" ;;
	fd377a58) unpack="xz -dc" ;;
	1f8b*) unpack="gzip -dc" ;;
	02214c18) unpack="lz4 -dc" ;;
	*) echo "unknown compression in $bzimage" >&2; return 1 ;;
	esac
	# The four bytes after the stream are the kernel's size, no part of it.
	tail -c +$((start + 1)) "$bzimage" | head -c $((length - 4)) | $unpack >"$2"
}

# module_files KIND: the files of the modules in images/modules, dependencies first.
module_files()
{
	# shellcheck disable=SC2013 # words are lines there
	for name in $(sed -n "s/^$1 //p" "$images/modules"); do
		chroot "$root" modprobe --set-version "$release" --show-depends "$name" \
			>"$work/depends"
		sed -n 's/^insmod \([^ ]*\).*/\1/p' "$work/depends" >>"$work/$1.files"
	done
	awk '!seen[$0]++' "$work/$1.files"
}

# copy_modules KIND FOLDER: unpacked (each domain would have to do it), prints their new names.
copy_modules()
{
	module_files "$1" >"$work/$1.order"
	while read -r file; do
		new=$2/${file#*/lib/modules/}
		new=${new%.xz}
		mkdir -p "${new%/*}"
		if [ ! -e "$new" ]; then
			case $file in
			*.xz) xz -dc "$root$file" >"$new" ;;
			*) cp "$root$file" "$new" ;;
			esac
			# Signature and type information are checked at length and used by nobody.
			objcopy --strip-debug --remove-section=.BTF --remove-section=.BTF_ids "$new"
		fi
		echo "$new"
	done <"$work/$1.order"
}

mkdir -p "$out" "$modules/$release" "$work/initrd/modules"
extract_vmlinux "$root/boot/vmlinuz-$release" "$out/vmlinux"
for kind in host guest root; do
	copy_modules $kind "$modules" >"$work/list"
	[ $kind != root ] || continue
	while read -r file; do
		cp "$file" "$work/initrd/modules/"
		echo "${file##*/}" >>"$work/initrd/modules/$kind"
	done <"$work/list"
done

# All of the initrd but the program, which comes from the payload.
cd "$work/initrd"
mkdir -p dev proc sys lower new rw
find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 >"$out/initrd"
cd /

# The guests' kernel, for dom0's initrd: there it is in memory at once, and no file to be read.
mkdir -p "$work/boot/boot"
cp "$out/vmlinux" "$work/boot/boot/"
(cd "$work/boot" && printf '%s\n' boot boot/vmlinux | cpio --quiet -o -H newc -R 0:0) >"$out/boot.cpio"
