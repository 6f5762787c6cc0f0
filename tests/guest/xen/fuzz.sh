#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hdb-fuzz peer in a Xen lane, run in dom0: guest a is hostile, guest b has the driver.
#
# usage: fuzz.sh FOLDER SECONDS [OPTION...]: half the time as each end. FOLDER, on the host, has
# corpus/, and gets found/ and a result for each role.

# shellcheck source=tests/guest/xen/hostile.sh
. "${0%/*}/hostile.sh"

folder=$1 seconds=$2
shift 2
mkdir -p "$folder/corpus" "$folder/found"
status=0
for role in frontend backend; do
	hostile_join $role || exit
	on -t 30 a 'rm -rf /out/fuzz; mkdir -p /out/fuzz/corpus /out/fuzz/found'
	busybox tar -c -C "$folder/corpus" . | on -p -t 60 a 'busybox tar -x -C /out/fuzz/corpus'
	hostile_answer $((seconds + 400)) $role >"$folder/answer-$role.log" 2>&1 &
	on -t $((seconds / 2 + 300)) a "hdb-fuzz peer --as $role --time $(((seconds + 1) / 2)) \
		--corpus /out/fuzz/corpus --out /out/fuzz/found --json /out/fuzz/$role.json \
		$*"
	ended=$?
	on -t 60 a 'busybox tar -c -C /out/fuzz .' | busybox tar -x -C "$folder"
	[ $ended = 0 ] || status=$ended
	hostile_rest 2>/dev/null
	wait
	hostile_part
	# What it took to find something may be the end of the other guest.
	[ $ended = 0 ] || break
done
exit $status
