# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lane's variables
#
# The machine of a lane: one QEMU, watched until it ends.

# MiB. Xen's guests have three 3840x2160 buffers and a renderer each.
MACHINE_MEM_LOOP=2048
MACHINE_MEM_GUEST=1024
MACHINE_MEM_DOM0=1024
MACHINE_MEM_XEN=256

# Seconds before the time limit that commands may not use: to collect logs and end.
MACHINE_SECONDS_KEPT=12
# The same for a kernel with checks, which is asked for leaks first (ci/guest/inspect).
MACHINE_SECONDS_KEPT_CHECKS=90

# What a kernel under emulation need not do, and how much it says while it boots: warnings. All
# else can be read in *.dmesg, and from /opt/hdb/ci/init on everything goes to the console.
MACHINE_KERNEL_ARGS="loglevel=5 mitigations=off nokaslr apparmor=0 audit=0 \
cryptomgr.notests rcupdate.rcu_cpu_stall_timeout=60 panic=-1 \
pci=noearly initcall_blacklist=jent_mod_init"

# The same of Xen. An emulated processor leaks nothing, and keeping Xen out of sight of PV domains
# (XPTI) makes it forget all translations at each of their system calls.
MACHINE_XEN_ARGS="loglvl=info guest_loglvl=info bootscrub=0 xpti=no pv-l1tf=no"

# What the kernels' command lines tell programs of the machine that they run in, for the record
# that goes with what they measure.
machine_told()
{
	local revision
	revision=$(git -C "$HDB_TREE" rev-parse --short HEAD 2>/dev/null || echo unknown)
	[ -z "$(git -C "$HDB_TREE" status --porcelain --untracked-files=no 2>/dev/null)" ] ||
		revision+=-dirty
	echo "hdb.lane=$lane hdb.accel=$accel hdb.icount=$icount hdb.revision=$revision" \
		"hdb.qemu=$emulator_version"
}

machine_arguments()
{
	local how=$accel
	[ "$accel" = kvm ] || how=tcg,thread=multi
	[ "$icount" = 0 ] || how=tcg,thread=single
	machine=("$emulator_program" -nodefaults -no-user-config -display none -no-reboot
		-accel "$how" -cpu "$(accel_cpu "$accel" "$lane")" -smp "$smp"
		-drive "file=$image/root.sqfs,if=none,id=root,format=raw,readonly=on"
		-drive "file=$payload,if=none,id=payload,format=raw,readonly=on"
		-device virtio-blk-pci,drive=root -device virtio-blk-pci,drive=payload
		-fsdev "local,id=lane,path=$out,security_model=none,multidevs=remap"
		-device virtio-9p-pci,fsdev=lane,mount_tag=lane)
	# The seed is for what the processor calls random, which the kernel's tables depend on.
	[ "$icount" = 0 ] || machine+=(-icount "shift=0,sleep=off" -seed 1)
	case $lane in
	loop) machine_arguments_loop ;;
	*) machine_arguments_xen ;;
	esac
}

machine_arguments_loop()
{
	# The kernel with all checks interprets the table of interrupt lines for a minute and a
	# half; with message-signalled interrupts nobody needs it.
	[ "$kernel" != full ] || cmdline="pci=noacpi $cmdline"
	machine+=(-m "$mem" -kernel "$kernel_dir/vmlinux" -initrd "$initrd"
		-append "console=ttyS0 $MACHINE_KERNEL_ARGS hdb.domain=vm $cmdline"
		-chardev "file,id=console,path=$out/vm.console" -serial chardev:console)
	machine_port vm
}

machine_arguments_xen()
{
	# gnttab_unmap_refs_sync(), of blkback, has a delayed work on its stack that it does not say so of:
	# the checking of such objects tells of it, five times.
	[ "$kernel" != xen ] || dom0_cmdline="no_debug_objects $dom0_cmdline"
	# dom0 starts the guests from files of its own initrd.
	cat "$initrd" "$kernel_dir/boot.cpio" "${initrd%.initrd}.boot" >"$out/.lane/dom0.initrd"
	local size=$((2 * mem + MACHINE_MEM_DOM0 + MACHINE_MEM_XEN)) guest
	machine+=(-m "$size" -kernel "$image/xen"
		-append "console=com1 $MACHINE_XEN_ARGS \
dom0_mem=${MACHINE_MEM_DOM0}M,max:${MACHINE_MEM_DOM0}M $xen_cmdline"
		-initrd "$kernel_dir/vmlinux console=ttyS1 $MACHINE_KERNEL_ARGS hdb.domain=dom0 \
$dom0_cmdline,$out/.lane/dom0.initrd"
		-chardev "file,id=xen,path=$out/xen.log" -serial chardev:xen
		-chardev "file,id=dom0,path=$out/dom0.console" -serial chardev:dom0)
	# What a guest writes survives it, dom0 and QEMU on a disk of its own.
	for guest in a b; do
		machine_out_disk "$guest"
		machine+=(-drive "file=$out/.lane/$guest.ext2,if=none,id=out-$guest,format=raw"
			-device "virtio-blk-pci,drive=out-$guest")
	done
	machine_port dom0
	machine_port a
	machine_port b
}

# A line for a person's shell in a domain: a socket here, hvcN there. The path of a socket has
# to be short.
machine_port()
{
	[ "$shell" = 1 ] || return 0
	[ -n "$sockets" ] || sockets=$(mktemp -d /tmp/hdb-XXXXXX)
	[[ ${machine[*]} = *virtio-serial-pci* ]] || machine+=(-device virtio-serial-pci)
	machine+=(-chardev "socket,id=port-$1,path=$sockets/$1.sock,server=on,wait=off"
		-device "virtconsole,chardev=port-$1,name=hdb.$1")
}

machine_out_disk()
{
	local files=$out/.lane/$1.files
	mkdir -p "$files/.lane"
	printf '%s' "$lane" >"$files/.lane/lane"
	printf '%s' "$driver" >"$files/.lane/driver"
	printf '%s' "$param" >"$files/.lane/param"
	rm -f "$out/.lane/$1.ext2"
	mke2fs -q -t ext2 -m 0 -d "$files" "$out/.lane/$1.ext2" 2G >"$out/.lane/mke2fs.log" 2>&1 ||
		die "mke2fs failed: $(tail -n 1 "$out/.lane/mke2fs.log")"
}

# Brings what a guest wrote to its disk into the folder of results.
machine_out_collect()
{
	local disk=$out/.lane/$1.ext2
	[ -e "$disk" ] || return 0
	e2fsck -fy "$disk" >"$out/.lane/$1.e2fsck" 2>&1 || :
	debugfs -R "rdump / \"$out/$1\"" "$disk" >"$out/.lane/$1.debugfs" 2>&1 || :
	rm -rf "$disk" "$out/$1/.lane" "$out/$1/lost+found"
}

machine_end()
{
	kill "$qemu" 2>/dev/null || :
	wait "$qemu" 2>/dev/null || :
}

# Boots, reports stages as they come, returns when the machine has ended or was ended.
machine_run()
{
	local deadline=$((EPOCHSECONDS + timeout)) seen=0 machine=() tails=()
	over_limit=0 interrupted=0 session='' sockets=''
	machine_arguments
	"${machine[@]}" >"$out/qemu.log" 2>&1 </dev/null &
	qemu=$!
	trap 'machine_end; interrupted=1' INT TERM
	while kill -0 "$qemu" 2>/dev/null; do
		machine_stages
		machine_shells_watch
		if [ $EPOCHSECONDS -ge $deadline ]; then
			over_limit=1
			machine_end
			break
		fi
		sleep 0.2
	done
	wait "$qemu" || qemu_status=$?
	trap - INT TERM
	machine_stages
	[ ${#tails[@]} = 0 ] || { sleep 0.2; kill "${tails[@]}" 2>/dev/null || :; }
	[ -z "$session" ] || tmux -L hdb kill-session -t "$session" 2>/dev/null || :
	[ -z "$sockets" ] || rm -rf "$sockets"
	rm -f "$out/.lane/dom0.initrd"
	local guest
	for guest in a b; do
		machine_out_collect "$guest"
		[ ! -e "$out/.lane/console/guest-$guest.log" ] ||
			mv "$out/.lane/console/guest-$guest.log" "$out/$guest.console"
	done
}

machine_stages()
{
	local line
	if [ "$lane" != loop ] && [ "$seen" = 0 ] && grep -aqs 'Xen version' "$out/xen.log"; then
		seen=1
		report_stage "Xen up"
	fi
	# Not on standard input, which is the person's where there are shells.
	while read -r _ line <&3; do
		case $line in
		failed*) report_failure "${line#failed }" ;;
		shells) machine_shells ;;
		*) report_stage "$line" ;;
		esac
		case $line in
		ready | "guests ready") machine_tail ;;
		esac
		stages_read=$((stages_read + 1))
	done 3< <(tail -n "+$((stages_read + 1))" "$out/.lane/stages")
}

# Windows onto the sockets, one for each domain. With a terminal the person is put there.
machine_shells()
{
	local domain
	session=hdb-$lane-$$
	report_stage shells
	for domain in $([ "$lane" = loop ] && echo vm || echo a b dom0); do
		local line="socat -,raw,echo=0 UNIX-CONNECT:$sockets/$domain.sock"
		if tmux -L hdb has-session -t "$session" 2>/dev/null; then
			tmux -L hdb new-window -d -t "$session:" -n "$domain" "$line"
		else
			tmux -L hdb new-session -d -s "$session" -n "$domain" "$line"
			tmux -L hdb set-option -t "$session" status-left-length 40
			tmux -L hdb set-option -t "$session" status-right \
				'C-b n: next window, C-b d: leave'
		fi
		# For a prompt: what the shell said first was before anyone looked.
		tmux -L hdb send-keys -t "$session:$domain" Enter
	done
	[ ! -t 0 ] || [ ! -t 1 ] || TMUX='' tmux -L hdb attach -t "$session" || :
	tmux -L hdb has-session -t "$session" 2>/dev/null || return 0
	cat >&2 <<EOF
  The lane goes on.  To get to its shells: tmux -L hdb attach -t $session
  To end it: C-c here, or tmux -L hdb kill-session -t $session
EOF
}

# The lane of a shell ends with its session.
machine_shells_watch()
{
	[ -n "$session" ] || return 0
	tmux -L hdb has-session -t "$session" 2>/dev/null || touch "$out/.lane/stop"
}

machine_tail()
{
	local domain
	[ -n "$verbose" ] || return 0
	for domain in "${!command[@]}"; do
		tail -n +1 -F -s 0.2 "$out/$domain/cmd.log" 2>/dev/null | sed -u "s/^/$domain| /" &
		tails+=($!)
	done
}
