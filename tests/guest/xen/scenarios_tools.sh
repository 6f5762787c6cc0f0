# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: the tools as a user runs them.

# stream FROM IMPORT-ARGUMENTS EXPORT-ARGUMENTS: sets $imported and $exported, their exit statuses
stream()
{
	local from=$1 to
	to=$(other "$1")
	relink
	fence_limit 20000
	at 180 "$to" "hdb-import --wait 90 --peer $(id_of "$from") --json /out/import.json $2" &
	importer=$!
	set +e
	at 180 "$from" "hdb-export --wait 90 --peer $(id_of "$to") --json /out/export.json --size 320x240 $3"
	exported=$?
	wait $importer
	imported=$?
	set -e
	fence_limit 2000
}

# frames FROM NUMBER
frames()
{
	stream "$1" "--frames $2 --verify full" "--frames $2"
	equals '0 0' echo "$exported" "$imported"
}

frames_hdb_heap()
{
	stream a '--frames 6 --verify full' '--frames 6 --source hdb-heap'
	equals '0 0' echo "$exported" "$imported"
	on -t 30 a "grep -q 'hdb-heap' /out/export.json"
}

frame_corrupted()
{
	stream a '--frames 6 --verify full' '--frames 6 --corrupt 3:100,50' >"$work/stream" 2>&1
	cat "$work/stream"
	[ $imported = 1 ] || { echo "hdb-import: $imported"; return 1; }
	grep -q 'frame 3' "$work/stream" || { echo "frame 3 is not named"; return 1; }
	grep -q '100,50' "$work/stream" || { echo "pixel 100,50 is not named"; return 1; }
}
