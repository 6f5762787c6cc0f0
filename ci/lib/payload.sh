# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What is built from this tree and put under /opt/hdb in every domain. Needs roots.sh, kbuild.sh.

# The parts of the tree that a payload is made from; those that are absent are left out.
PAYLOAD_PARTS="driver tools tests"

# One work folder for each tree, so that two clones do not rebuild each other's objects, and for
# each kernel. $1: its flavour
payload_work()
{
	echo "$HDB_CACHE/payload-$(printf '%s' "$HDB_TREE" | sha256sum | cut -c1-12)${1#stock}"
}

payload_sources()
{
	local part
	for part in Makefile ci/agent ci/guest ci/complaints ci/tolerated docs/uapi.md $1; do
		[ ! -e "$HDB_TREE/$part" ] || echo "$part"
	done
}

# A hash over the names, modes and contents of all that goes in.
payload_hash()
{
	local root=$1 parts=$2
	{
		echo "$root $parts"
		cat "$HDB_CI/lib/payload.sh"
		cd "$HDB_TREE" || exit
		# shellcheck disable=SC2046
		find $(payload_sources "$parts") \( -type f -o -type l \) -printf '%m %p\n' | LC_ALL=C sort
		# shellcheck disable=SC2046
		find $(payload_sources "$parts") -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	} | sha256sum | cut -c1-16
}

# The copy keeps what the last build left in it; times are those of the copying, so that going
# back to an older source rebuilds too.
payload_copy()
{
	local work=$1 parts=$2
	(
		cd "$HDB_TREE" || exit
		# shellcheck disable=SC2046
		as_root rsync -rlpR --checksum --delete \
			--filter='P *.o' --filter='P *.ko' --filter='P *.mod' --filter='P *.mod.c' \
			--filter='P .*.cmd' --filter='P Module.symvers' --filter='P modules.order' \
			--exclude=/build $(payload_sources "$parts") "$work/src/"
	)
}

# payload_initrd MODULES WORK NAME: NAME.initrd, which starts every domain, from the kernel's
# modules and hdb-init; NAME.boot, the same once more as a file for dom0 to start guests with.
# The kernel takes several archives one after the other as its initrd.
payload_initrd()
{
	local modules=$1 work=$2 name=$3
	rm -rf "$work/initrd"
	mkdir -p "$work/initrd/boot"
	cp "$work/build/payload/opt/hdb/bin/hdb-init" "$work/initrd/init"
	(
		cd "$work/initrd" || exit
		echo init | cpio --quiet -o -H newc -R 0:0 | cat "$modules" - >boot/initrd
		printf '%s\n' boot boot/initrd | cpio --quiet -o -H newc -R 0:0 >"$name.boot"
		mv boot/initrd "$name.initrd"
	)
}

# payload_modules DEBIAN WORK
payload_modules()
{
	local debian=$1 work=$2 module
	for module in driver tests/guest/exporter; do
		KBUILD_MODULE=$module kbuild_driver "$debian" "$work" "$work/module.log" ||
			die "$module does not build on $debian; the whole log is $work/module.log"
		as_root install -m 644 "$work/src/$module"/*.ko "$work/build/payload/opt/hdb/lib/"
	done
	as_root install -m 644 "$HDB_TREE"/driver/udev/* "$work/build/payload/opt/hdb/lib/"
}

payload_build()
{
	local root=$1 kernel=$2 parts=$3 work=$4 out=$5 log=$4/build.log headers='' debian=''
	[ -e "$out" ] && return
	need rsync mksquashfs cpio
	say "building the payload ($parts)"
	mkdir -p "$work/src" "$work/build" "$work/out"
	payload_copy "$work" "$parts"
	[ ! -d "$kernel/headers" ] || headers=$kernel/headers
	# The modules for another Debian's kernel are compiled in that Debian, below.
	if [ -e "$kernel/debian" ] && [[ " $parts " = *" driver "* ]]; then
		debian=$(cat "$kernel/debian")
		parts=${parts/driver/}
	fi
	ROOT_KERNEL=$headers root_run "$root" "$work/src" "$work/build" \
		make -C /mnt/src --no-print-directory -j"$(nproc)" payload \
		O=/mnt/build DESTDIR=/mnt/build/payload PARTS="$parts" \
		${headers:+KDIR=/mnt/kernel} >"$log" 2>&1 || {
		grep -m 5 -E 'error:|Error [0-9]|No rule' "$log" >&2 || tail -n 5 "$log" >&2
		die "building the payload failed; the whole log is $log"
	}
	[ -z "$debian" ] || payload_modules "$debian" "$work"
	as_root mksquashfs "$work/build/payload/opt/hdb" "$out.tmp" -noappend -no-progress -quiet \
		-all-root -comp lz4 >/dev/null
	payload_initrd "$kernel/initrd" "$work" "${out%.sqfs}"
	as_root mv "$out.tmp" "$out"
	# Some older ones stay, for lanes that are starting with them now.
	# shellcheck disable=SC2012 # names of our own making
	ls -t "$work"/out/* | tail -n +19 | as_root xargs -r rm -f
}

# Builds what has changed, and prints the payload's file; beside it, with .initrd and .boot for
# .sqfs, is what payload_initrd() makes.
# $1: folder of the kernel (ci/image or ci/kernel), $2: parts, $3: name of the kernel
payload_get()
{
	local kernel=$1 parts=$2 root work out
	root=$(root_get trixie)
	work=$(payload_work "${3:-stock}")
	out=$work/out/$(payload_hash "$root $kernel" "$parts").sqfs
	[ -e "$out" ] || with_lock "${work##*/}" payload_build "$root" "$kernel" "$parts" \
		"$work" "$out" >&2
	[ -e "$out" ] || return 1
	echo "$out"
}
