# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, wanted, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: dom0 as an end of a link. In all lanes it is a PV domain, and the one
# with swiotlb-xen.

# dom0_begin: what the guests have had since they booted
dom0_begin()
{
	[ -e /sys/module/hyper_dmabuf ] || insmod /opt/hdb/lib/hyper_dmabuf.ko
	serve dom0
	relink
}

# As the first link of dom0, and as one of two of the guest.
dom0_joined()
{
	hdb-link list
	equals "$id_a:a:1" ask dom0 links
	ask a links | tr ' ' '\n' | sort >"$work/links"
	equals "$(printf '%s\n' 0:Domain-0:1 "$id_b:b:1" | sort)" cat "$work/links"
	ask dom0 setup "$id_a"
	ask a setup 0
	# What is for the one is unknown to the other.
	ask a alloc 0 heap 4096
	share a 0
	refused ENOENT ask b import 0 "$hid"
	ask dom0 "$(got 0)"
}

# dom0_data FROM: some pages, and a frame of 3840x2160
dom0_data()
{
	data "$1" heap 69632
	data "$1" udmabuf 33177600
}

# A device takes what it only reads from where it is. Where dom0's devices are made to use bounce
# buffers (swiotlb=force) nothing would fill those of a read-only import, so that is refused; of
# one that may be written they are kept in step.
dom0_device()
{
	ask a alloc 0 heap 69632 , fill 0 1 , alloc 1 heap 69632 , fill 1 2
	share a 0
	ask dom0 "$(got 0)"
	if grep -q 'swiotlb=force' /proc/cmdline; then
		refused EOPNOTSUPP ask dom0 device 0
	else
		ask dom0 device 0
	fi
	share_writable a 1
	ask dom0 "$(got 1)" , device 1 , fill-synced 1 3
	ask a check 1 3
	ask dom0 device-forget 1 , check 1 3 , close 0 , close 1
	ask a check 0 1 , check 1 3
}

# The link goes while both have something of the other one's.
dom0_parts()
{
	relink
	for domain in dom0 a; do
		ask $domain alloc 0 heap 69632 , fill 0 5
		share $domain 0
		ask "$(other $domain)" "$(got 1)" , check 1 5
	done
	hdb-link --quiet --wait 30 remove 0 a
	becomes '' ask dom0 links
	becomes "$id_b:b:1" ask a links
	ask dom0 check 1 5 , fill 0 6
	ask a check 1 6
	both close 1
	rest
}

# Nothing of it is left in dom0, which has no link any more.
dom0_unloads()
{
	both release
	# dom0_parts may have removed it.
	hdb-link --quiet --wait 30 remove 0 a || :
	unload dom0
	[ ! -e /sys/module/hyper_dmabuf ]
	insmod /opt/hdb/lib/hyper_dmabuf.ko
}

dom0_scenarios()
{
	case $wanted in '' | *dom0*) ;; *) return ;; esac
	read_ids
	# Whatever came before.
	relink || :
	between dom0 a
	dom0_begin >"$work/dom0" 2>&1
	scenario dom0-joined dom0_joined
	scenario dom0-data-to-guest dom0_data dom0
	scenario dom0-fences-to-guest fences_frames dom0 60 1
	scenario dom0-data-from-guest dom0_data a
	scenario dom0-data-both-at-once data_both
	scenario dom0-writable-to-guest writable dom0
	scenario dom0-writable-from-guest writable a
	scenario dom0-fences-from-guest fences_frames a 60 1
	scenario dom0-texture texture a
	scenario dom0-frames frames a 6
	scenario dom0-device dom0_device
	scenario dom0-mapping mapping a whole part fork move protect exit stress
	scenario dom0-exporter-killed exporter_killed dom0
	scenario dom0-importer-killed importer_killed a
	scenario dom0-parts dom0_parts
	scenario dom0-unloads dom0_unloads
	kill_share dom0
	rmmod hyper_dmabuf
	between a b
}
