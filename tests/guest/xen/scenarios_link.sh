# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: links that come and go, and the module with them.

# exits STATUS COMMAND...
exits()
{
	want=$1
	shift
	got=0
	"$@" >"$work/exits" 2>&1 || got=$?
	[ $got = "$want" ] || {
		echo "status $got, not $want: $*: $(cat "$work/exits")"
		return 1
	}
}

link_tool()
{
	relink
	refused 'linked already' hdb-link add a b
	refused 'linked already' hdb-link add b a
	refused 'linked already' hdb-link add "$id_a" "$id_b"
	refused 'same domain' hdb-link add a a
	refused 'no domain is called' hdb-link add a nobody
	refused 'no domain 32000' hdb-link add a 32000
	refused 'no domain id' hdb-link add a 99999
	refused 'not linked' hdb-link remove 0 b
	exits 2 hdb-link
	exits 2 hdb-link join a b
	exits 2 hdb-link add a
	exits 2 hdb-link list a
	exits 2 hdb-link --wait soon add a b
	exits 2 hdb-link --user a list
	exits 0 hdb-link --help
	exits 0 hdb-link --version
	hdb-link list --json - | grep -q '"stale": false'
	uuid=$(xenstore-read "/local/domain/$id_b/vm")
	refused 'linked already' hdb-link add a "${uuid#/vm/}"
	# One end gone: seen, refused, and cleared.
	hdb-link --quiet --wait 30 remove a b
	hdb-link --quiet add a b
	xenstore-rm "/local/domain/$id_a/device/hdb/0"
	hdb-link list | grep -q stale
	refused 'lost an end' hdb-link add a b
	hdb-link --quiet --wait 30 remove "$id_a" "$id_b"
	equals 'no links' hdb-link list
	hdb-link --quiet --wait 30 add b a
	equals '' sh -c 'hdb-link list | grep stale || true'
	# One more, which a's kernel has no part in.
	refused 'neither of the two' hdb-link --user 0 add a b
	hdb-link --quiet --user a add a b
	refused 'linked already' hdb-link --user a add b a
	becomes 2 xenstore-read "/local/domain/$id_b/backend/hdb/$id_a/0/state"
	equals 1 xenstore-read "/local/domain/$id_a/device/hdb-user/0/state"
	equals 1 sh -c "hdb-link list | grep -c program"
	equals 2 sh -c "hdb-link list | grep -c '^[ab] '"
	hdb-link --quiet --wait 30 --user a remove a b
	equals 1 sh -c "hdb-link list | grep -c '^[ab] '"
	refused 'not linked' hdb-link --user a remove a b
	linked
}

link_removed()
{
	relink
	ask a alloc 0 heap 8388608 , fill 0 1
	share a 0
	ask b "$(got 0)"
	hdb-link --wait 30 remove a b
	becomes '' ask b links
	ask b check 0 1
	ask a fill 0 2
	ask b check 0 2
	refused 'EINVAL\|ENOENT' ask b import 1 "$hid"
	refused 'ENODEV\|ENOTCONN' ask a export 0 "$id_b" again
	ask b close 0
	rest
	hdb-link --wait 30 add a b
	ask a alloc 1 heap 69632 , fill 1 3
	share a 1
	ask b "$(got 1)" , check 1 3
}

link_again()
{
	relink
	ask a alloc 0 heap 4096
	for round in 1 2 3 4; do
		hdb-link --quiet --wait 30 remove a b
		# Either may have either role.
		if [ $((round % 2)) = 0 ]; then
			hdb-link --quiet --wait 30 add a b
		else
			hdb-link --quiet --wait 30 add b a
		fi
		ask a fill 0 $round
		share a 0
		ask b "$(got 0)" , check 0 $round , close 0
		ask a unexport "$hid" 0
	done
	# Without waiting in between.
	for round in 1 2 3 4; do
		hdb-link --quiet remove a b
		hdb-link --quiet add a b
	done
	hdb-link --quiet remove a b
	hdb-link --quiet --wait 30 add a b
	share a 0
}

# uevent VALUES: the guest's udev heard of a change of the device with all of them
uevent()
{
	awk -v wanted="$1" 'BEGIN { RS = ""; count = split(wanted, value, " ") }
	{ for (i = 1; i <= count && index("\n" $0 "\n", "\n" value[i] "\n"); i++); }
	i > count { found = 1 }
	END { exit !found }' "$work/uevents"
}

link_uevents()
{
	relink
	# It listens when it has heard of an event of our own.
	# shellcheck disable=SC2016 # for the guest's shell
	on -t 60 a 'udevadm monitor --kernel --property --subsystem-match=misc >/tmp/uevents 2>&1 &
		echo $! >/tmp/uevents.pid
		until grep -q ACTION=change /tmp/uevents; do
			sleep 0.2
			echo change >/sys/class/misc/hyper_dmabuf/uevent
		done'
	hdb-link --quiet --wait 30 remove a b
	hdb-link --quiet --wait 30 add a b
	# shellcheck disable=SC2016
	on -t 60 a 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			! grep -q HDB_LINK=connected /tmp/uevents || break
			sleep 0.5
		done
		kill $(cat /tmp/uevents.pid)
		cat /tmp/uevents' >"$work/uevents"
	cat "$work/uevents"
	uevent "ACTION=change DEVNAME=/dev/hyper_dmabuf HDB_LINK=gone HDB_DOMAIN=$id_b HDB_NAME=b"
	uevent "ACTION=change DEVNAME=/dev/hyper_dmabuf HDB_LINK=connected HDB_DOMAIN=$id_b HDB_NAME=b"
}

# unload DOMAIN: the last users may take a moment
unload()
{
	becomes '' at 30 "$1" 'rmmod hyper_dmabuf 2>&1'
}

module_reload()
{
	relink
	both release
	refused 'in use' on -t 30 a 'rmmod hyper_dmabuf'
	hdb-link --quiet --wait 30 remove a b
	for domain in a b; do
		unload $domain
		on -t 30 $domain '! lsmod | grep hyper_dmabuf'
		on -t 30 $domain 'insmod /opt/hdb/lib/hyper_dmabuf.ko'
	done
	equals 0 grants_mapped
	hdb-link --quiet --wait 30 add a b
	both reset
	ask a alloc 0 heap 4096 , fill 0 1
	share a 0
	ask b "$(got 0)" , check 0 1
}
