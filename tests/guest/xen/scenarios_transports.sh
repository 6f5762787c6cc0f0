# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; stream sets imported
#
# Sourced by the Xen runner: frames by other transports than the driver.

transport_bytes=$((12 * 320 * 240 * 4))

# counts DOMAIN FILE: it has copied all of 12 frames and shared none
counts()
{
	on -t 30 "$1" "grep -q '\"copied\": $transport_bytes' $2 && grep -q '\"shared\": 0' $2" || {
		on -t 30 "$1" "grep -E 'copied|shared' $2"
		return 1
	}
}

transport_copy()
{
	stream a '--wait 90 --transport copy --verify full' '--wait 90 --transport copy --frames 12'
	equals '0 0' echo "$exported" "$imported"
	counts a /out/export.json
	counts b /out/import.json
	on -t 30 b "grep -q '\"right\": 12' /out/import.json"
}

# Beside the driver's own link, and neither knows of the other.
transport_copy_damage()
{
	stream a '--wait 90 --transport copy' '--wait 90 --transport copy --frames 6 --corrupt 3:100,50' >"$work/stream" 2>&1
	cat "$work/stream"
	equals '0 1' echo "$exported" "$imported"
	grep -q 'frame 3' "$work/stream"
	grep -q '100,50' "$work/stream"
}

# The driver's name for the peer is not needed where its number is known.
transport_copy_by_number()
{
	stream a "--wait 90 --transport copy --peer $id_a" "--wait 90 --transport copy --peer $id_b --frames 3"
	equals '0 0' echo "$exported" "$imported"
}

# killed DOMAIN PROGRAM: which dies once a frame is through; the other one gets to know
killed()
{
	# shellcheck disable=SC2034 # stream's
	local patience=
	on -t 30 b 'rm -rf /out/first'
	{
		on -t 60 b 'until [ -e /out/first/first.png ]; do sleep 0.5; done'
		on -t 30 "$1" "pkill -9 -x $2"
	} &
	local killer=$!
	stream a '--transport copy --png /out/first --png-frames first' \
		'--transport copy --frames 100000' >"$work/stream" 2>&1
	cat "$work/stream"
	wait "$killer"
}

transport_copy_exporter_killed()
{
	killed a hdb-export
	equals '137 1' echo "$exported" "$imported"
	grep -q 'went away' "$work/stream"
	transport_copy_by_number
}

transport_copy_importer_killed()
{
	killed b hdb-import
	equals '1 137' echo "$exported" "$imported"
	grep -q 'the importer went away' "$work/stream"
	transport_copy_by_number
}

# Without a GPU nobody can look at what it shares: only coming and going.
transport_gntdev()
{
	local before
	set +e
	on -t 60 a 'hdb-export --transport gntdev --frames 1 --wait 2' >"$work/stream" 2>&1
	exported=$?
	set -e
	cat "$work/stream"
	if [ $exported = 77 ]; then
		grep -q 'not possible by gntdev' "$work/stream"
		tail -n 1 "$work/stream"
		return 77
	fi
	grep -q 'is hdb-import --transport gntdev running there?' "$work/stream"
	stream a '--transport gntdev --wait 5' '--transport gntdev --frames 9 --wait 5' >"$work/stream" 2>&1
	cat "$work/stream"
	equals '1 77' echo "$exported" "$imported"
	grep -q 'without a GPU nobody can sample' "$work/stream"
	before=$(grants_mapped)
	stream a '--wait 90 --transport gntdev --verify none' '--wait 90 --transport gntdev --frames 30'
	equals '0 0' echo "$exported" "$imported"
	on -t 30 b "grep -q '\"imported\": 3' /out/import.json"
	equals "$before" grants_mapped
}
