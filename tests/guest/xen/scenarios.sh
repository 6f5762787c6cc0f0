# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; serve pid_*; share hid
#
# Sourced by the Xen runner: sharing over a link.

link_connected()
{
	relink
	hdb-link list
	serve a x
	serve b x
	equals "$id_b:b:1" ask a x links
	equals "$id_a:a:1" ask b x links
}

channel_setup()
{
	serve a x
	serve b x
	ask a x setup "$id_b"
	ask b x setup "$id_a"
	ask a x setup "$id_a"
	refused ENODEV ask a x setup 32000
	refused ENODEV ask a x setup 0
}

# data FROM SOURCE BYTES: pattern, zero copy, write protection, and back to rest
data()
{
	from=$1 to=$(other "$1") source=$2 size=$3
	serve a x
	serve b x
	ask "$from" x alloc 0 "$source" "$size"
	ask "$from" x fill 0 1
	share "$from" 0
	equals "$size" ask "$to" x import 0 "$hid"
	ask "$to" x check 0 1
	# The exporter writes what is mapped over there already.
	ask "$from" x fill 0 2
	ask "$to" x check 0 2
	ask "$to" x write-dies 0 0
	ask "$to" x write-dies 0 $((size - 1))
	ask "$from" x check 0 2
	ask "$to" x close 0
	ask "$from" x unexport "$hid" 0
	ask "$from" x close 0
	rest
}

data_both()
{
	serve a x
	serve b x
	for domain in a b; do
		ask $domain x alloc 0 heap 8388608
		ask $domain x fill 0 "${#domain}7"
		share $domain 0
		ask "$(other $domain)" x import 1 "$hid"
	done
	ask a x check 1 17
	ask b x check 1 17
	ask a x fill 0 1
	ask b x fill 0 2
	ask a x check 1 2
	ask b x check 1 1
}

writable()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 69632
	hid=$(ask a x export 0 "$id_b" - writable)
	ask b x await "$hid" 10000
	ask b x import 0 "$hid"
	ask b x fill 0 3
	ask a x check 0 3
	ask a x fill 0 4
	ask b x check 0 4
}

texture()
{
	serve a x
	serve b x
	ask a x alloc 0 udmabuf $((256 * 256 * 4))
	ask a x fill 0 1
	share a 0
	ask b x import 0 "$hid"
	ask b x texture 0 256 256 1
	ask a x fill 0 2
	ask b x check 0 2
	ask b x texture 0 256 256 2
	# Not only what was asked for passes.
	refused wrong ask b x texture 0 256 256 1
}

events()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 4096
	on -t 60 a "for i in \$(seq 30); do hdb-test-ask x export 0 $id_b n\$i; done" |
		sort -u >"$work/ids"
	equals 1 sh -c "wc -l <$work/ids"
	# shellcheck disable=SC2016 # for the guest's shell
	on -t 60 b 'for i in $(seq 30); do hdb-test-ask x event 5000; done' |
		sed 's/.* //' >"$work/events"
	equals "$(for i in $(seq 30); do echo "n$i"; done)" cat "$work/events"
	refused ETIMEDOUT ask b x event 100
}

# What the query calls BUSY, UNEXPORTED and DELAYED_UNEXPORTED.
item_busy=0x14
item_unexported=0x15
item_delayed=0x16

busy()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 4096
	share a 0
	equals 0 ask a x query "$hid" $item_busy
	ask b x import 0 "$hid"
	becomes 1 ask a x query "$hid" $item_busy
	ask b x close 0
	becomes 0 ask a x query "$hid" $item_busy
}

unexport_in_use()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 8388608
	ask a x fill 0 1
	share a 0
	ask b x import 0 "$hid"
	ask a x unexport "$hid" 0
	ask a x close 0
	becomes 1 ask b x query "$hid" $item_unexported
	refused EINVAL ask b x import 1 "$hid"
	ask b x check 0 1
	ask b x close 0
	rest
}

unexport_delayed()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 4096
	share a 0
	ask a x unexport "$hid" 2000
	equals 1 ask a x query "$hid" $item_delayed
	ask b x import 0 "$hid"
	ask b x close 0
	ask a x state exports 0
	refused ENOENT ask b x import 0 "$hid"
}

# An id names an export in one domain and an import in the other, nothing else.
wrong_ids()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 4096
	share a 0
	refused ENOENT ask a x import 0 "$hid"
	refused ENOENT ask b x unexport "$hid" 0
	refused ENOENT ask b x import 0 "${hid%?}$(echo "$hid" | tail -c 2 | tr 0-9a-f 1-9a-f0)"
}

exporter_killed()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 8388608
	ask a x fill 0 1
	share a 0
	ask b x import 0 "$hid"
	on -t 30 a "kill -9 $pid_a_x"
	becomes 1 ask b x query "$hid" $item_unexported
	ask b x check 0 1
	refused EINVAL ask b x import 1 "$hid"
	serve a x
	ask a x alloc 1 heap 69632
	ask a x fill 1 2
	share a 1
	ask b x import 1 "$hid"
	ask b x check 1 2
	ask b x close 0
	ask b x close 1
	ask a x unexport "$hid" 0
	rest
}

importer_killed()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 8388608
	ask a x fill 0 1
	share a 0
	ask b x import 0 "$hid"
	becomes 1 ask a x query "$hid" $item_busy
	on -t 30 b "kill -9 $pid_b_x"
	becomes 0 ask a x query "$hid" $item_busy
	serve b x
	ask b x await "$hid" 10000
	ask b x import 0 "$hid"
	ask b x check 0 1
	ask b x close 0
	ask a x unexport "$hid" 0
	rest
}

grants_back()
{
	serve a x
	serve b x
	rest
	equals 0 grants_mapped
	ask a x alloc 0 heap 69632
	share a 0
	ask b x import 0 "$hid"
	mapped=$(grants_mapped)
	# 17 pages; the directory may be mapped as well.
	[ "$mapped" -ge 17 ] || { echo "only $mapped are mapped"; return 1; }
	ask b x close 0
	ask a x unexport "$hid" 0
	rest
	equals 0 grants_mapped
}

# A frame takes 8,100 of the 32,760 that there are: leaked ones are missed soon.
grants_last()
{
	serve a x
	serve b x
	ask a x alloc 0 heap 33177600
	for _ in 1 2 3 4 5 6 7 8; do
		share a 0
		ask b x import 0 "$hid"
		ask b x close 0
		ask a x unexport "$hid" 0
		ask a x state exports 0
	done
}
