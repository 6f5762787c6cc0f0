# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Debian roots made with mmdebstrap: a folder in the cache for each list of packages.

# The packages of a root. $1: trixie; bookworm and sid, for their kernels only; or other trixies: kernel,
# for ci/kernel, and emulator, for ci/qemu.
root_lists()
{
	case $1 in
	trixie) echo "$HDB_CI/images/trixie-run.packages" "$HDB_CI/images/trixie-build.packages" ;;
	bookworm | sid) echo "$HDB_CI/images/module-build.packages" ;;
	kernel) echo "$HDB_CI/images/kernel-build.packages" ;;
	emulator) echo "$HDB_CI/images/emulator-build.packages" ;;
	*) usage_error "no such Debian release here: $1" ;;
	esac
}

# The source packages of a root.
root_sources()
{
	if [ -e "$HDB_CI/images/$1-build.sources" ]; then
		packages_in "$HDB_CI/images/$1-build.sources" | tr , ' '
	fi
}

# Where a root is (or will be).
root_path()
{
	# shellcheck disable=SC2046 # a list of files without blanks
	echo "$HDB_CACHE/$1-$(HASH_ALSO=$(root_sources "$1") hash_of $(root_lists "$1") \
		"$HDB_CI/images/mmdebstrap.sh")"
}

root_bootstrap()
{
	local suite=$1 dir=$2 include log
	case $suite in
	kernel | emulator) suite=trixie ;;
	esac
	[ -e "$dir/etc/debian_version" ] && return
	need mmdebstrap
	# shellcheck disable=SC2046
	include=$(packages_in $(root_lists "$1"))
	mkdir -p "$HDB_CACHE/tmp"
	log=$HDB_CACHE/tmp/$1.log
	say "bootstrapping Debian $suite for $1 (once; log in $log)"
	as_root rm -rf --one-file-system "$dir.tmp"
	as_root sh "$HDB_CI/images/mmdebstrap.sh" "$suite" "$dir.tmp" "$include" \
		"$(root_sources "$1")" "${HDB_MIRROR:-}" \
		>"$log" 2>&1 || { tail -n 5 "$log" >&2; die "mmdebstrap failed; the log is $log"; }
	as_root mv "$dir.tmp" "$dir"
}

# Makes sure that a root exists and prints its path.
root_get()
{
	local dir
	dir=$(root_path "$1")
	[ -e "$dir/etc/debian_version" ] || with_lock "$1" root_bootstrap "$1" "$dir" >&2 || return
	echo "$dir"
}

# root_run ROOT SOURCE BUILD CMD...: run in a root with SOURCE at /mnt/src, BUILD at /mnt/build
# and $ROOT_KERNEL, where set, at /mnt/kernel, in a mount namespace of its own, so that nothing
# stays mounted whatever happens.
root_run()
{
	local root=$1 src=$2 build=$3
	shift 3
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root unshare --mount --propagation private sh -ec '
		root=$1 src=$2 build=$3 kernel=$4; shift 4
		mount -t tmpfs -o mode=755 tmpfs "$root/mnt"
		mkdir -p "$root/mnt/src" "$root/mnt/build"
		mount --bind "$src" "$root/mnt/src"
		mount --bind "$build" "$root/mnt/build"
		if [ -n "$kernel" ]; then
			mkdir "$root/mnt/kernel"
			mount --bind "$kernel" "$root/mnt/kernel"
		fi
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/tmp"
		mount --bind /dev "$root/dev"
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root LANG=C.UTF-8 "$@"
	' sh "$root" "$src" "$build" "${ROOT_KERNEL:-}" "$@"
}
