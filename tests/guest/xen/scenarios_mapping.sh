# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: what programs, and the kernel, do to what they have imported.

# mapping FROM CHECK...: done by the other one to a read-only import, then to a writable one
mapping()
{
	local from=$1 to check
	to=$(other "$1")
	shift
	ask "$from" alloc 0 udmabuf 69632 , fill 0 5 , alloc 1 heap 69632 , fill 1 6
	share "$from" 0
	ask "$to" "$(got 0)"
	share_writable "$from" 1
	ask "$to" "$(got 1)"
	for check; do
		ask "$to" mapping "$check" 0 5 , check 0 5
		ask "$to" mapping "$check" 1 6 writable , check 1 6
	done
	ask "$from" check 1 6 , check 0 5
	ask "$to" close 0 , close 1 , state user_pages 0
}

# Unexported while programs have it mapped: nothing changes for them, then all comes back.
mapping_unexported()
{
	rest
	before=$(grants_mapped)
	ask a alloc 0 heap 8388608 , fill 0 1
	share a 0
	ask b "$(got 0)" , check 0 1
	ask a unexport "$hid" 0 , close 0
	becomes 1 ask b query "$hid" $item_unexported
	ask b check 0 1 , mapping fork 0 1 , mapping move 0 1 , mapping protect 0 1 , check 0 1
	ask b close 0
	rest
	equals "$before" grants_mapped
}
