# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The module against the headers of a kernel, out of tree. Needs roots.sh, payload.sh.

# kbuild_driver KERNEL WORK LOG [MAKE-ARGUMENTS...]: the driver, or the module in $KBUILD_MODULE, a folder
# of the tree. WORK keeps objects between runs. KERNEL is that
# of a Debian release (bookworm, trixie, sid) or one of our own (full, xen).
kbuild_driver()
{
	local suite=$1 work=$2 log=$3 module=${KBUILD_MODULE:-driver} root headers=''
	shift 3
	[ -e "$HDB_TREE/driver/Kbuild" ] || [ -e "$HDB_TREE/driver/Makefile" ] ||
		die "there is no driver/Kbuild to build"
	need rsync
	case $suite in
	full | xen)
		headers=$("$HDB_CI/kernel" "$suite")/headers
		suite=trixie
		;;
	esac
	root=$(root_get "$suite")
	mkdir -p "$work/src" "$work/build"
	payload_copy "$work" "$module"
	# shellcheck disable=SC2016 # expanded in the chroot
	ROOT_KERNEL=$headers root_run "$root" "$work/src" "$work/build" sh -c '
		module=$1 kernel=/mnt/kernel
		shift
		[ -d $kernel ] || kernel=$(echo /usr/src/linux-headers-*-amd64)
		set -- -C "$kernel" M="/mnt/src/$module" W=1 KCFLAGS=-Werror "$@"
		exec make --no-print-directory -j"$(nproc)" "$@" modules
	' sh "$module" "$@" >"$log" 2>&1
}

# A folder for the objects of one purpose, of this tree.
kbuild_work()
{
	echo "$HDB_CACHE/$1-$(printf '%s' "$HDB_TREE" | sha256sum | cut -c1-12)"
}
