# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; serve pid_*; share hid
#
# Sourced by the Xen runner: what its scenarios are made of.

# serve DOMAIN NAME: starts a process there that holds buffers
serve()
{
	pid=$(on -t 30 "$1" "hdb-test-share $2")
	echo "$1 $pid" >>"$work/pids"
	eval "pid_$1_$2=$pid"
}

# ask DOMAIN NAME COMMAND [ARGUMENT]...: prints the answer
ask()
{
	domain=$1
	shift
	on -t 90 "$domain" "hdb-test-ask $*"
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
		got=$("$@" 2>&1)
		[ "$got" != "$want" ] || return 0
		sleep 0.2
	done
	echo "'$got', not '$want': $*"
	return 1
}

# The other domain's letter, and a letter's domain id.
other() { [ "$1" = a ] && echo b || echo a; }
id_of() { eval "echo \$id_$1"; }

# share FROM SLOT: exports the slot of FROM's process x to the other; sets $hid
share()
{
	hid=$(ask "$1" x export "$2" "$(id_of "$(other "$1")")" "private-$2")
	equals "private-$2" ask "$(other "$1")" x await "$hid" 10000
}

# Nothing is shared, mapped or open in either domain.
rest()
{
	for domain in a b; do
		for key in exports imports mappings; do
			ask "$domain" x state "$key" 0
		done
	done
}

# Ends the processes of a scenario, whatever became of it.
end_shares()
{
	[ -e "$work/pids" ] || return 0
	for domain in a b; do
		list=$(sed -n "s/^$domain //p" "$work/pids" | tr '\n' ' ')
		[ -z "$list" ] || on -t 30 $domain "kill -9 $list 2>/dev/null; true"
	done
	rm -f "$work/pids"
}

# Joins the two again where a scenario has left them parted.
relink()
{
	hdb-link --quiet list --json "$work/links.json"
	grep -q '"state": "Connected"' "$work/links.json" && return 0
	hdb-link --quiet remove a b 2>/dev/null
	hdb-link --quiet --wait 30 add a b
}

# The grant entries of both guests that the other one has mapped.
grants_mapped()
{
	xl debug-keys g
	sleep 1
	xl dmesg | awk -v a="$id_a" -v b="$id_b" '
	/gnttab_usage_print_all \[ key/ { count = 0 }
	/grant-table for remote d/ {
		match($0, /remote d[0-9]+/)
		owner = substr($0, RSTART + 8, RLENGTH - 8)
	}
	/\[0x[0-9a-f]+\] / {
		sub(/.*\[0x[0-9a-f]+\] */, "")
		if ((owner == a && $1 == b) || (owner == b && $1 == a))
			count++
	}
	END { print count + 0 }'
}
