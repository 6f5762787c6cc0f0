# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: what its scenarios are made of. They are about two domains, which
# are the guests unless between says otherwise.
end_a=a end_b=b

# between A B: what follows is about these
between() { end_a=$1 end_b=$2; }

# The other one's name, and a name's domain id.
other() { [ "$1" = "$end_a" ] && echo "$end_b" || echo "$end_a"; }
id_of() { eval "echo \$id_$1"; }

# at SECONDS DOMAIN COMMAND...: runs a shell command there, for so long at the most
at()
{
	local seconds=$1 domain=$2
	shift 2
	if [ "$domain" = dom0 ]; then
		timeout -k 5 "$seconds" sh -c "$*" </dev/null
	else
		on -t "$seconds" "$domain" "$*"
	fi
}

# serve DOMAIN: starts the process there that holds buffers, anew where there is one
serve()
{
	kill_share "$1"
	at 60 "$1" 'hdb-test-share x >/run/share.pid'
}

# kill_share DOMAIN: as an accident would
kill_share()
{
	# shellcheck disable=SC2016 # for the domain's shell
	at 30 "$1" '[ ! -e /run/share.pid ] || kill -9 $(cat /run/share.pid) 2>/dev/null; true'
}

# ask DOMAIN COMMAND [ARGUMENT]... [, COMMAND ...]: has that process do it, prints the last answer
ask()
{
	local domain=$1
	shift
	at 250 "$domain" "hdb-test-ask x $*"
}

# refused ERROR COMMAND...: the command fails with that error
refused()
{
	error=$1
	shift
	if "$@" >"$work/refused" 2>&1; then
		echo "worked, and should have failed with $error: $*"
		return 1
	fi
	grep -q "$error" "$work/refused" || {
		echo "failed not with $error: $*: $(cat "$work/refused")"
		return 1
	}
}

# equals WANT COMMAND...: the command prints that
equals()
{
	want=$1
	shift
	got=$("$@")
	[ "$got" = "$want" ] || {
		echo "'$got', not '$want': $*"
		return 1
	}
}

# becomes WANT COMMAND...: the same, after a while
becomes()
{
	want=$1
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		got=$("$@" 2>&1) || :
		[ "$got" != "$want" ] || return 0
		sleep 0.2
	done
	echo "'$got', not '$want': $*"
	return 1
}

# said FILE TEXT: it has a line with that, by and by
said()
{
	for _ in {1..100}; do
		! grep -q "$2" "$1" || return 0
		sleep 0.2
	done
	echo "never said '$2': $(cat "$1")"
	return 1
}

# share FROM SLOT: exports FROM's slot to the other domain; sets $hid
share()
{
	hid=$(ask "$1" export "$2" "$(id_of "$(other "$1")")" "private-$2")
}

# got SLOT: what the other domain is asked to get what share shared into a slot of its own
got()
{
	echo "await $hid 10000 , import $1 $hid"
}

# both COMMAND...: asks both at the same time
both()
{
	local status=0
	ask "$end_a" "$@" &
	ask "$end_b" "$@" || status=$?
	wait $! || status=$?
	return $status
}

# Nothing is shared or mapped in either domain.
rest()
{
	both state exports 0 , state imports 0 , state mappings 0 , state user_pages 0
}

# What is left of a scenario, for ask: nothing.
at_rest='state exports 0 , state imports 0 , state mappings 0 , state user_pages 0 , state files 0'

# Lets go of all that a scenario holds, and sees that nothing is left behind by it.
let_go()
{
	local status=0
	# Each process that is started in a PV domain takes its time: one does all of it.
	# shellcheck disable=SC2086 # words
	both release , $at_rest , reset && return
	both release || {
		serve "$end_a"
		serve "$end_b"
		both release
	}
	# shellcheck disable=SC2086
	both $at_rest || status=$?
	both reset
	return $status
}

# flowing DOMAIN: waits until frames are handed back from there, by way of a page that is shared
flowing()
{
	# shellcheck disable=SC2016 # for the domain's shell
	at 100 "$1" 'until grep -q "^exports [1-9]" /sys/kernel/debug/hyper_dmabuf/state; do
		sleep 0.3; done'
}

# linked: the two are, and both ends know
linked()
{
	hdb-link list | awk -v x="$(id_of "$end_a")" -v y="$(id_of "$end_b")" '
	$2 " " $5 == x " " y || $2 " " $5 == y " " x { good = $3 $6 == "ConnectedConnected" }
	END { exit !good }'
}

# Joins the two again where a scenario has left them parted.
relink()
{
	linked && return 0
	# There may be none to remove.
	hdb-link --quiet --wait 30 remove "$(id_of "$end_a")" "$(id_of "$end_b")" 2>/dev/null || :
	hdb-link --quiet --wait 30 add "$(id_of "$end_a")" "$(id_of "$end_b")"
}

# The grants between the two guests, in words; and what they are where nothing but the ring is shared.
grants() { hdb-test-grants "$id_a" "$id_b"; }
# shellcheck disable=SC2034 # used by those that source this
ring_alone='granted 9 writable 9 mapped 9 others 0'

# What Xen says of the ends' grant entries that the other one has mapped: the pin of each, a line for one.
grants_pinned()
{
	xl debug-keys g
	sleep 1
	xl dmesg | awk -v a="$(id_of "$end_a")" -v b="$(id_of "$end_b")" '
	/gnttab_usage_print_all \[ key/ { count = 0 }
	/grant-table for remote d/ {
		match($0, /remote d[0-9]+/)
		owner = substr($0, RSTART + 8, RLENGTH - 8)
	}
	/\[0x[0-9a-f]+\] / {
		sub(/.*\[0x[0-9a-f]+\] */, "")
		if ((owner == a && $1 == b) || (owner == b && $1 == a))
			pins[count++] = $3
	}
	END { for (i = 0; i < count; i++) print pins[i] }'
}

# How many entries that are.
grants_mapped() { grants_pinned | wc -l; }

# How often those pages are mapped: what that takes of Xen's maptrack. A pin is four counters of a byte
# each: for the host and devices, to write and to read.
maptrack()
{
	local pin i count=0
	for pin in $(grants_pinned); do
		for ((i = 2; i < ${#pin}; i += 2)); do
			count=$((count + 16#${pin:i:2}))
		done
	done
	echo $count
}
