# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: the tools as a user runs them.

# How long the tools of stream wait. With --wait they go on when the other one dies, else they end.
patience='--wait 90'

# stream FROM IMPORT-ARGUMENTS EXPORT-ARGUMENTS: sets $imported and $exported, their exit statuses
stream()
{
	local from=$1 to
	to=$(other "$1")
	relink
	fence_limit 20000
	at 180 "$to" "hdb-import $patience --peer $(id_of "$from") --json /out/import.json $2" &
	importer=$!
	set +e
	at 180 "$from" "hdb-export $patience --peer $(id_of "$to") --json /out/export.json \
		--size 320x240 $3"
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

# streaming A-OPTIONS B-OPTIONS: hdb-export in a and hdb-import in b, with frames on their way
streaming()
{
	relink
	both release
	fence_limit 5000
	on -t 600 b "hdb-import --json /out/import.json $2" >"$work/import" 2>&1 &
	importer=$!
	on -t 600 a "hdb-export --json /out/export.json --size 64x64 --fps 2 $1" \
		>"$work/export" 2>&1 &
	exporter=$!
	# Whatever comes, nobody is left to disturb others, and what they said is known.
	trap 'kill $importer $exporter 2>/dev/null || :; cat "$work/export" "$work/import"' EXIT
	flowing b
}

# streamed: sets $exported and $imported, the exit statuses
streamed()
{
	exported=0 imported=0
	wait $exporter || exported=$?
	wait $importer || imported=$?
	fence_limit 2000
}

# A link that goes while there are frames on it: with --wait both go on over the next one.
tools_go_on()
{
	streaming '--frames 16 --wait 60' '--wait 60'
	sleep 1
	hdb-link --quiet remove a b
	sleep 1
	hdb-link --quiet add a b
	streamed
	equals '0 0' echo "$exported" "$imported"
	equals '"parted": 1' on -t 30 a "grep -o '\"parted\": [0-9]*' /out/export.json"
	# Of two streams; a frame that was looked at and not handed back may count twice.
	on -t 30 a "grep -E '\"right\": 1[6-9]' /out/export.json"
	equals '"parted": 1' on -t 30 b "grep -o '\"parted\": [0-9]*' /out/import.json"
}

# Interrupted while they wait for a link: what came of the frames before counts.
tools_interrupted()
{
	streaming '--frames 100 --wait 60' '--wait 60'
	hdb-link --quiet remove a b
	said "$work/export" waiting
	said "$work/import" waiting
	on -t 30 a 'pkill -INT -x hdb-export'
	on -t 30 b 'pkill -INT -x hdb-import'
	streamed
	hdb-link --quiet add a b
	equals '0 0' echo "$exported" "$imported"
	on -t 30 a "grep -q '\"interrupted\": true' /out/export.json"
	on -t 30 b "grep -q '\"interrupted\": true' /out/import.json"
}

# Without it both say that the other one went, and end.
tools_give_up()
{
	local started
	streaming '--frames 100' ''
	started=$EPOCHSECONDS
	hdb-link --quiet remove a b
	streamed
	hdb-link --quiet add a b
	equals '1 1' echo "$exported" "$imported"
	[ $((EPOCHSECONDS - started)) -lt 20 ]
	grep -q 'the importer went away' "$work/export"
	grep -q 'the exporter went away' "$work/import"
}
