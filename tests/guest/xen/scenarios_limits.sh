# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: when pages come back, and how much may be shared.

# param DOMAIN NAME VALUE: sets a parameter of the driver there
param()
{
	on -t 30 "$1" "echo $3 >/sys/module/hyper_dmabuf/parameters/$2"
}

# A frame of 4K, that is mapped and used by nobody, comes back within the time that mapping took.
release_waits()
{
	param b cache_ms 600000
	trap "param b cache_ms 2000" EXIT
	ask a alloc 0 heap 33177600
	share a 0
	refused ETIMEDOUT ask a released "$hid" 200
	mapped=$(ask b "$(got 0)" , took)
	ask a unexport "$hid" 0
	refused ETIMEDOUT ask a released "$hid" 500
	ask b close 0
	ask a released "$hid" 20000 , state exports 0
	share a 0
	ask b "$(got 0)" , close 0 , state mappings 1
	released=$(ask a unexport "$hid" 0 , released "$hid" 20000)
	ask b state mappings 0
	echo "mapped in $mapped ms, released in $released ms"
	[ "$released" -le $((2 * mapped + 300)) ]
}

# It is the hypervisor that knows: with the link gone nobody can be told anything.
release_without_a_word()
{
	relink
	ask a alloc 0 heap 8388608 , fill 0 1
	ask a alloc 1 heap 4096
	share a 1
	ask b "$(got 1)"
	share a 0
	ask b "$(got 0)"
	hdb-link --quiet --wait 30 remove a b
	becomes '' ask a links
	refused ETIMEDOUT ask a released "$hid" 2000
	ask b check 0 1 , close 0
	ask a released "$hid" 20000 , state exports 1
	# And without anybody who waits for it.
	ask b close 1
	ask a state exports 0
	relink
}

# What is refused is refused at once, and leaves the guest's own disk the grants that it needs.
hoard()
{
	ask a reset
	said=$(ask a hoard "$id_b" 1048576)
	echo "$said"
	[ "${said#* }" = ENOSPC ]
	# 126 would take them all.
	[ "${said% *}" -gt 100 ]
	# And what is too little for another one of these, in pieces.
	said=$(ask a hoard "$id_b" 4096)
	echo "$said"
	[ "${said#* }" = ENOSPC ]
	on -t 30 a "dmesg | grep -q 'less grant_reserve = '"
	on -t 80 a '
		busybox dd if=/dev/urandom of=/out/hoard bs=1M count=48 conv=fsync 2>/dev/null &&
		sum=$(busybox md5sum </out/hoard) && busybox sync &&
		echo 3 >/proc/sys/vm/drop_caches && [ "$(busybox md5sum </out/hoard)" = "$sum" ]
		status=$?; rm -f /out/hoard; exit $status'
	# A disk keeps the grants that it had. One that comes now needs new ones.
	xl block-attach a "format=raw,vdev=xvdd,access=ro,script=/opt/hdb/ci/block,target=/dev/vda"
	status=0
	on -t 60 a '
		start() { busybox dd if=/dev/$1 bs=1M count=16 2>/dev/null | busybox md5sum; }
		for i in $(seq 200); do [ -e /dev/xvdd ] && break; sleep 0.1; done
		[ "$(start xvdd)" = "$(start xvda)" ]' || status=$?
	ask a reset
	xl block-detach a xvdd || [ "$status" != 0 ]
	[ "$status" = 0 ]
	# And what the other one gave back can be had again.
	ask a reset , state exports 0
	ask a alloc 0 heap 8388608 , fill 0 1
	share a 0
	ask b "$(got 0)" , check 0 1
}

many()
{
	ask b reset
	ask a reset , many-export "$id_b" 1000 4096
	# A file that is opened now is told of all of them.
	ask b reset , many-import 1000
	equals 1000 on -t 30 b "sed -n 's/^mappings //p' /sys/kernel/debug/hyper_dmabuf/state"
	ask b reset
	ask a reset
	rest
}

# A link that says too much loses its own events, and no other's.
events_of_two_links()
{
	ask a reset , alloc 0 heap 4096
	ask b alloc 0 heap 4096
	share b 0
	ask a many-renew 0 "$id_a" 3000 , await "$hid" 0 private-0
	lost=$(on -t 30 a "sed -n 's/^events_lost //p' /sys/kernel/debug/hyper_dmabuf/state")
	[ "$lost" -gt 1000 ]
}

gib=1073741824

# 262,144 pages, of the 32,760 references that there are.
gib_refused()
{
	ask a made 0 0 $gib
	refused ENOSPC ask a export 0 "$id_b" gib
	on -t 30 a "dmesg | grep -q '262144 grants do not fit'"
	ask a state exports 0
}

# Where Xen was started with more (tests/check gib).
gib_shared()
{
	ask a made 0 0 $gib
	share a 0
	ask b "$(got 0)" , made-check 0
	ask a unexport "$hid" 0
	ask b close 0
	ask a released "$hid" 60000 , state exports 0
}
