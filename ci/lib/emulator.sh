# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lane's variables
#
# QEMU's emulation of SVM loses the state of a guest now and then (docs/emulation.md). A run in
# which that is certain says nothing of what it was to test; lane.json says so, and exit status 75.

# In Xen's dump of a guest: it was at an address of Xen, in Xen's code segment. No guest can get
# there, whatever it does: Xen is not mapped in it.
EMULATOR_IN_XEN='^\(XEN\) RIP: +e008:\[<ffff82d0[0-9a-f]{8}>\]'

# In a kernel's dump: flags that no processor has, because bits above 21 are always zero.
EMULATOR_FLAGS='EFLAGS: (0[0-9a-f]*[1-9a-f][0-9a-f]{6}|00[4-9a-f][0-9a-f]{5})$'

# The driver announces itself so: until then a guest that dies did not die of it.
EMULATOR_DRIVER='hyper_dmabuf: loading out-of-tree module'

# Prints what shows it; fails when the run counts.
emulator_failed()
{
	local guest
	if [ "$accel" != tcg ] || [ "$lane" != xen-pvh ] || [ "$interrupted" = 1 ]; then
		return 1
	fi
	if grep -aA 8 'Triple fault - invoking HVM shutdown' "$out/xen.log" 2>/dev/null |
		tr -d '\r' | grep -aEq "$EMULATOR_IN_XEN"; then
		echo "a guest was at an address of Xen"
		return
	fi
	for guest in a b; do
		if tr -d '\r' <"$out/$guest.console" 2>/dev/null | grep -aEq "$EMULATOR_FLAGS"; then
			echo "guest $guest had flags that no processor has"
			return
		fi
		if grep -aq "invoking HVM shutdown" "$out/xen.log" 2>/dev/null &&
			[[ "${failures[*]}" = *"guest $guest did not start"* ]] &&
			! grep -aqs "$EMULATOR_DRIVER" "$out/$guest.console"; then
			echo "guest $guest died before it had loaded anything of ours"
			return
		fi
	done
	return 1
}
