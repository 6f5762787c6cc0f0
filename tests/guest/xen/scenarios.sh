# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: sharing over a link.

link_connected()
{
	relink
	hdb-link list
	equals "$id_b:b:1" ask a links
	equals "$id_a:a:1" ask b links
}

channel_setup()
{
	ask a setup "$id_b"
	ask b setup "$id_a"
	ask a setup "$id_a"
	refused ENODEV ask a setup 32000
	refused ENODEV ask a setup 0
}

# data FROM SOURCE BYTES: pattern, zero copy, write protection, and back to rest
data()
{
	from=$1 to=$(other "$1") source=$2 size=$3
	ask "$from" alloc 0 "$source" "$size" , fill 0 1
	share "$from" 0
	ask "$to" await "$hid" 10000 private-0 , import 0 "$hid" "$size" , check 0 1
	# The exporter writes what is mapped over there already.
	ask "$from" fill 0 2
	ask "$to" check 0 2 , write-dies 0 0 , write-dies 0 $((size - 1))
	ask "$from" check 0 2
	ask "$to" close 0
	ask "$from" unexport "$hid" 0 , close 0
	rest
}

data_both()
{
	for domain in "$end_a" "$end_b"; do
		ask "$domain" alloc 0 heap 8388608 , fill 0 17
		share "$domain" 0
		ask "$(other "$domain")" "$(got 1)" , check 1 17
	done
	ask "$end_a" fill 0 1
	ask "$end_b" fill 0 2
	ask "$end_a" check 1 2
	ask "$end_b" check 1 1
}

# share_writable FROM SLOT: like share
share_writable()
{
	hid=$(ask "$1" export "$2" "$(id_of "$(other "$1")")" - writable)
}

# writable FROM
writable()
{
	from=$1 to=$(other "$1")
	ask "$from" alloc 0 heap 69632
	share_writable "$from" 0
	ask "$to" "$(got 0)" , fill 0 3
	ask "$from" check 0 3
	ask "$from" fill 0 4
	ask "$to" check 0 4
	# Rights are not given later, and what is read-only stays so.
	ask "$from" alloc 1 heap 4096 , fill 1 5
	share "$from" 1
	refused EEXIST ask "$from" export 1 "$(id_of "$to")" - writable
	ask "$to" "$(got 1)" , write-dies 1 0
	ask "$from" check 1 5 , reset
	ask "$to" reset
}

writable_both()
{
	writable "$end_a"
	writable "$end_b"
}

# texture FROM
texture()
{
	from=$1 to=$(other "$1")
	ask "$from" alloc 0 udmabuf $((256 * 256 * 4))
	ask "$from" fill 0 1
	share "$from" 0
	ask "$to" "$(got 0)"
	ask "$to" texture 0 256 256 1
	ask "$from" fill 0 2
	ask "$to" check 0 2
	ask "$to" texture 0 256 256 2
	# Not only what was asked for passes.
	refused wrong ask "$to" texture 0 256 256 1
}

events()
{
	ask a alloc 0 heap 4096
	on -t 150 a "for i in \$(seq 30); do hdb-test-ask x export 0 $id_b n\$i; done" |
		sort -u >"$work/ids"
	equals 1 sh -c "wc -l <$work/ids"
	# shellcheck disable=SC2016 # for the guest's shell
	on -t 150 b 'for i in $(seq 30); do hdb-test-ask x event 5000; done' |
		sed 's/.* //' >"$work/events"
	equals "$(for i in $(seq 30); do echo "n$i"; done)" cat "$work/events"
	refused ETIMEDOUT ask b event 100
}

# What the query calls BUSY, UNEXPORTED and DELAYED_UNEXPORTED.
item_busy=0x14
item_unexported=0x15
item_delayed=0x16

busy()
{
	ask a alloc 0 heap 4096
	share a 0
	equals 0 ask a query "$hid" $item_busy
	ask b "$(got 0)"
	becomes 1 ask a query "$hid" $item_busy
	ask b close 0
	becomes 0 ask a query "$hid" $item_busy
}

unexport_in_use()
{
	ask a alloc 0 heap 8388608 , fill 0 1
	share a 0
	ask b "$(got 0)"
	ask a unexport "$hid" 0
	ask a close 0
	becomes 1 ask b query "$hid" $item_unexported
	refused EINVAL ask b import 1 "$hid"
	ask b check 0 1
	ask b close 0
	rest
}

unexport_delayed()
{
	ask a alloc 0 heap 4096
	share a 0
	ask a unexport "$hid" 5000
	equals 1 ask a query "$hid" $item_delayed
	ask b "$(got 0)" , close 0
	ask a state exports 0
	refused ENOENT ask b import 0 "$hid"
}

# An id names an export in one domain and an import in the other, nothing else.
wrong_ids()
{
	ask a alloc 0 heap 4096
	share a 0
	refused ENOENT ask a import 0 "$hid"
	refused ENOENT ask b unexport "$hid" 0
	refused ENOENT ask b import 0 "${hid%?}$(echo "$hid" | tail -c 2 | tr 0-9a-f 1-9a-f0)"
}

# exporter_killed FROM
exporter_killed()
{
	from=$1 to=$(other "$1")
	ask "$from" alloc 0 heap 8388608 , fill 0 1
	share "$from" 0
	ask "$to" "$(got 0)"
	kill_share "$from"
	becomes 1 ask "$to" query "$hid" $item_unexported
	ask "$to" check 0 1
	refused EINVAL ask "$to" import 1 "$hid"
	serve "$from"
	ask "$from" alloc 1 heap 69632 , fill 1 2
	share "$from" 1
	ask "$to" "$(got 1)" , check 1 2
	ask "$to" close 0
	ask "$to" close 1
	ask "$from" unexport "$hid" 0
	rest
}

# importer_killed FROM
importer_killed()
{
	from=$1 to=$(other "$1")
	ask "$from" alloc 0 heap 8388608 , fill 0 1
	share "$from" 0
	ask "$to" "$(got 0)"
	becomes 1 ask "$from" query "$hid" $item_busy
	kill_share "$to"
	becomes 0 ask "$from" query "$hid" $item_busy
	serve "$to"
	ask "$to" await "$hid" 10000
	ask "$to" import 0 "$hid"
	ask "$to" check 0 1
	ask "$to" close 0
	ask "$from" unexport "$hid" 0
	rest
}

grants_back()
{
	rest
	# What the link itself takes.
	before=$(grants_mapped)
	ask a alloc 0 heap 69632
	share a 0
	ask b "$(got 0)"
	mapped=$(grants_mapped)
	# 17 pages; the directory may be mapped as well.
	[ "$mapped" -ge $((before + 17)) ] || {
		echo "$before are mapped before, $mapped now"
		return 1
	}
	ask b close 0
	ask a unexport "$hid" 0
	rest
	equals "$before" grants_mapped
}

# A frame takes 8,100 of the 32,760 that there are: leaked ones are missed soon.
grants_last()
{
	ask a alloc 0 heap 33177600
	for _ in 1 2 3 4 5 6 7 8; do
		share a 0
		ask b "$(got 0)" , close 0
		ask a unexport "$hid" 0 , state exports 0
	done
}
