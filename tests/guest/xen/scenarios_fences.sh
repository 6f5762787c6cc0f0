# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b
#
# Sourced by the Xen runner: fences over a link, all of them pending when they are sent.

# fence_limit MS: the driver's time limit, in both domains
fence_limit()
{
	local domain
	for domain in "$end_a" "$end_b"; do
		at 30 "$domain" \
			"echo $1 >/sys/module/hyper_dmabuf/parameters/fence_timeout_ms"
	done
}

# The longest that frames may take, in seconds: `make soak` has thousands.
FENCES_LIMIT=10800

# fenced FROM IMPORT-ARGUMENTS EXPORT-ARGUMENTS: sets $imported and $exported, their exit statuses
fenced()
{
	local from=$1 to
	to=$(other "$1")
	relink
	both release
	fence_limit 20000
	at $FENCES_LIMIT "$to" "hdb-test-frames import $2" >"$work/import" 2>&1 &
	importer=$!
	set +e
	at $FENCES_LIMIT "$from" "hdb-test-frames export --peer $(id_of "$to") $3" >"$work/export" 2>&1
	exported=$?
	wait $importer
	imported=$?
	set -e
	fence_limit 2000
	cat "$work/export" "$work/import"
}

# fences_frames FROM FRAMES BUFFERS. Less than half of the fences pending at either end is a
# failure in itself.
fences_frames()
{
	fenced "$1" '' "--frames $2 --buffers $3 --pause 20"
	equals '0 0' echo "$exported" "$imported"
}

fences_none()
{
	fenced a --wrong '--frames 100 --sync none --pause 20'
	equals '0 0' echo "$exported" "$imported"
}

# A peer that does not run any more holds nobody for longer than the limit.
fences_hung_peer()
{
	local started status=0
	relink
	both release
	fence_limit 2000
	xl pause b
	started=$EPOCHSECONDS
	on -t 60 a "hdb-test-frames export --peer $id_b --frames 1" >"$work/export" 2>&1 || status=$?
	xl unpause b
	cat "$work/export"
	equals 1 echo $status
	grep -q 'did not come back: Connection timed out' "$work/export"
	[ $((EPOCHSECONDS - started)) -lt 20 ]
}

# What waits for a link that is no more fails at once.
fences_link_removed()
{
	local started waited
	relink
	both release
	fence_limit 60000
	on -t 120 a "hdb-test-frames export --peer $id_b --frames 1" >"$work/export" 2>&1 &
	exporter=$!
	sleep 4
	hdb-link --quiet remove a b
	started=$EPOCHSECONDS
	set +e
	wait $exporter
	exported=$?
	waited=$((EPOCHSECONDS - started))
	set -e
	fence_limit 2000
	hdb-link --quiet --wait 30 add a b
	cat "$work/export"
	equals 1 echo "$exported"
	grep -q 'did not come back: No such device' "$work/export"
	# Not by the time limit.
	[ $waited -lt 50 ]
}
