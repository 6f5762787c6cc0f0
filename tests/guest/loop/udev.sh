# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Sourced by the loop lane's runner: the udev rule and the group, by systemd's own udev and sysusers, which
# are not running otherwise.

udev_rules=/opt/hdb/lib/60-hyper-dmabuf.rules
udev_group=hyper-dmabuf
udev_paths='/dev/hyper_dmabuf /dev/xen/hyper_dmabuf /dev/dma_heap/hyper_dmabuf'
udev_log=/tmp/udev.log

# udev_await COMMAND...: it is so, by and by. udev may look settled between two events of many.
udev_await()
{
	for _ in $(seq 60); do
		"$@" >$udev_log 2>&1 && return
		sleep 0.5
	done
	return 1
}

# udev_reload: the module anew; returns when udev has done what it has heard of
udev_reload()
{
	rmmod hyper_dmabuf && insmod /opt/hdb/lib/hyper_dmabuf.ko && udevadm settle --timeout=30
}

# udev_nodes GROUP MODE: of all of them
udev_nodes()
{
	for node in $udev_paths; do
		udev_got=$(stat -c '%G %a' "$node")
		[ "$udev_got" = "$1 $2" ] || { echo "$node: $udev_got"; return 1; }
	done
}

# udev_as UID GROUPS COMMAND: without any other privilege, and with a place of its own for sockets
udev_as()
{
	# shellcheck disable=SC2016 # for the inner shell
	timeout 60 unshare --mount sh -c 'mount -t tmpfs -o mode=1777 run /run && exec setpriv \
		--reuid "$0" --regid 60000 --groups "$1" --no-new-privs --inh-caps=-all sh -c "$2"' "$@"
}

# A buffer of the driver's heap goes out and comes in again.
# shellcheck disable=SC2016 # for the user's shell
udev_share='pid=$(hdb-test-share user) || exit
trap "kill $pid" EXIT
hid=$(hdb-test-ask user alloc 0 hdb-heap 4096 , fill 0 1 , export 0 0 private) || exit
hdb-test-ask user await $hid 10000 , import 1 $hid , check 1 1'

# The nodes' names in udev, which its rules match and programs ask for.
udev_tagged()
{
	for node in $udev_paths; do
		udev_properties=$(udevadm info --query=property --name="$node") || return
		echo "$udev_properties" | grep '^CURRENT_TAGS=.*:uaccess:' && continue
		echo "$udev_properties"
		return 1
	done
}

udev_run()
{
	mkdir -p /run/udev/rules.d
	cp $udev_rules /run/udev/rules.d/
	cp /opt/hdb/lib/hyper-dmabuf.conf /usr/lib/sysusers.d/
	# Before there is the group, which the rule names.
	systemd-sysusers hyper-dmabuf.conf >$udev_log 2>&1 && getent group $udev_group >>$udev_log
	report_status udev/group-is-made $udev_log
	udevadm verify $udev_rules >$udev_log 2>&1
	report_status udev/rule-is-without-remarks $udev_log
	/usr/lib/systemd/systemd-udevd --daemon >$udev_log 2>&1 && udev_reload >>$udev_log 2>&1 &&
		udev_await udev_nodes $udev_group 660
	report_status udev/nodes-have-group-and-mode $udev_log
	udev_await udev_tagged
	report_status udev/nodes-are-for-who-sits-there $udev_log
	udev_gid=$(getent group $udev_group | cut -d: -f3)
	udev_as 60001 "$udev_gid" "$udev_share" >$udev_log 2>&1
	report_status udev/member-shares-and-imports $udev_log
	udev_as 60002 60000 'hdb-test-share user' >$udev_log 2>&1
	[ $? = 77 ] && grep -q 'Permission denied' $udev_log
	report_status udev/stranger-is-refused $udev_log
	# As it is without the rule: root's alone.
	rm /run/udev/rules.d/*hyper-dmabuf.rules
	udevadm control --reload >$udev_log 2>&1 && udev_reload >>$udev_log 2>&1 &&
		udev_await udev_nodes root 600
	report_status udev/without-the-rule-it-is-roots $udev_log
	udevadm control --exit
}

udev_run
