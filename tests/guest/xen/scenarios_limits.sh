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
	share a 0
	ask b "$(got 0)"
	hdb-link --quiet --wait 30 remove a b
	becomes '' ask a links
	refused ETIMEDOUT ask a released "$hid" 2000
	ask b check 0 1 , close 0
	ask a released "$hid" 20000 , state exports 0
	relink
}
