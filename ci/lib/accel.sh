# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# KVM or TCG. That /dev/kvm exists says little: it is used only after something booted with it.

# One word for "can run": kvm where a probe of that kind of lane booted, else tcg. The answer is
# kept until the host is booted again. $1: lane, $2: image folder, $3: initrd
accel_probe()
{
	local lane=$1 image=$2 initrd=$3 answer kind=plain want=ok
	case $lane in
	xen-pvh) kind=xen want=hvm-3.0-x86_64 ;;
	xen-pv) kind=xen want=xen-3.0-x86_64 ;;
	esac
	if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo tcg
		return
	fi

	answer=$HDB_CACHE/accel/$(cat /proc/sys/kernel/random/boot_id)-$(id -u)-$kind
	if [ ! -e "$answer" ]; then
		mkdir -p "$HDB_CACHE/accel"
		say "probing whether KVM boots a $kind machine here"
		accel_boot "$kind" "$image" "$initrd" >"$answer.tmp" 2>/dev/null || :
		mv "$answer.tmp" "$answer"
	fi
	if grep -aq "hdb-probe: ok.*${want#ok}" "$answer"; then echo kvm; else echo tcg; fi
}

accel_boot()
{
	local append="console=ttyS0 console=hvc0 panic=-1 hdb.probe"
	local machine=(timeout -k 1 12 qemu-system-x86_64 -nodefaults -no-user-config -display none
		-accel kvm -cpu host -m 1024 -smp 2 -no-reboot -serial stdio)
	if [ "$1" = plain ]; then
		"${machine[@]}" -kernel "$2/vmlinux" -initrd "$3" -append "$append"
	else
		"${machine[@]}" -kernel "$2/xen" -append "console=com1 dom0_mem=512M" \
			-initrd "$2/vmlinux $append,$3"
	fi </dev/null
}

# The processor to show to the machine. Under emulation most models do not get far: rdtscp makes
# Xen kill PVH guests, mwait kills Xen, and "max" kills dom0.
accel_cpu()
{
	case $1-$2 in
	kvm-*) echo host ;;
	tcg-loop) echo max ;;
	tcg-xen-pvh) echo qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt ;;
	tcg-xen-pv) echo Haswell-noTSX ;;
	esac
}

# The QEMU to run: the host's, but where its emulation loses guests (docs/emulation.md).
accel_emulator()
{
	case $1-$2 in
	tcg-xen-pvh) "$HDB_CI/qemu" ;;
	*) echo qemu-system-x86_64 ;;
	esac
}
