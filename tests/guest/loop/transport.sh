# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Frames by other transports than the driver, within one domain: by a socket. Sourced by run.

transport_size=320x240
transport_bytes=$((320 * 240 * 4))

# transport_stream EXPORT-ARGUMENTS IMPORT-ARGUMENTS: sets $exported and $imported, their exit
# statuses; what they said is in /tmp/transport.log, their results in /tmp/export.json, import.json
transport_stream()
{
	rm -f /tmp/import.json /tmp/export.json
	# shellcheck disable=SC2086 # words
	hdb-import --json /tmp/import.json $2 >/tmp/import.log 2>&1 &
	importer=$!
	# shellcheck disable=SC2086 # words
	hdb-export --json /tmp/export.json --size $transport_size $1 \
		>/tmp/export.log 2>&1 &
	exporter=$!
	[ -z "$3" ] || $3
	wait $exporter
	exported=$?
	wait $importer
	imported=$?
	cat /tmp/export.log /tmp/import.log >/tmp/transport.log
}

# transport_said NAME EXPORTED IMPORTED WORDS...: their statuses, and what one of them said
transport_said()
{
	transport_name=transport/$1
	if [ "$exported $imported" != "$2 $3" ]; then
		report fail "$transport_name" "$exported $imported: $(tail -n 2 /tmp/transport.log | tr '\n' ' ')"
		return
	fi
	shift 3
	for words; do
		grep -qF -e "$words" /tmp/transport.log /tmp/export.json /tmp/import.json && continue
		report fail "$transport_name" "nobody said '$words': $(tail -n 2 /tmp/transport.log | tr '\n' ' ')"
		return
	done
	report ok "$transport_name"
}

# transport_counts NAME: both have copied 12 frames, shared nothing, and all was right
transport_counts()
{
	for end in export import; do
		if ! grep -q '"shared": 0' /tmp/$end.json ||
			! grep -q "\"copied\": $((12 * transport_bytes))" /tmp/$end.json; then
			report fail "transport/$1" "$end: $(grep -E '"(shared|copied)"' /tmp/$end.json | tr '\n' ' ')"
			return
		fi
	done
	report ok "transport/$1" "$((12 * transport_bytes)) bytes at each end"
}

transport_kill_exporter()
{
	transport_await && kill -9 $exporter
}

transport_kill_importer()
{
	transport_await && kill -9 $importer
}

transport_interrupt_exporter()
{
	transport_await && kill -INT $exporter
}

# Until some frames are through: --png writes the first one.
transport_await()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		[ ! -e /tmp/first/first.png ] || return 0
		sleep 0.5
	done
	return 1
}

transport_run()
{
	endless='--frames 100000 --transport copy'
	watched='--transport copy --png /tmp/first --png-frames first'

	transport_stream '--frames 12 --transport copy' '--verify full --transport copy'
	transport_said copy 0 0 '"right": 12' '"transport": "copy"' '"sync": "finish"'
	transport_counts copy-counts-its-bytes
	transport_stream '--frames 6 --transport copy --corrupt 3:100,50' '--transport copy'
	transport_said copy-damage-is-found 0 1 'frame 3' '100,50'
	transport_stream '--frames 9 --transport copy' '--transport copy --frames 4'
	transport_said copy-importer-leaves 1 0 'the importer left after'
	rm -rf /tmp/first
	transport_stream "$endless" "$watched" transport_kill_exporter
	transport_said copy-exporter-killed 137 1 'went away'
	rm -rf /tmp/first
	transport_stream "$endless" "$watched" transport_kill_importer
	transport_said copy-importer-killed 1 137 'the importer went away'
	rm -rf /tmp/first
	transport_stream "$endless" "$watched" transport_interrupt_exporter
	transport_said copy-interrupted 0 0 '"interrupted": true'
	transport_stream '--frames 3 --transport copy --wait 2' '--wait 2'
	transport_said copy-to-one-who-shares 1 1 'is hdb-import --transport copy running there?'
	rmmod hyper_dmabuf
	transport_stream '--frames 12 --transport copy' '--transport copy'
	transport_said copy-without-the-driver 0 0 '"right": 12'
	insmod /opt/hdb/lib/hyper_dmabuf.ko
	transport_stream '--frames 3 --transport gntdev' '--transport gntdev'
	transport_said gntdev 77 77 'not possible by gntdev: '
}

transport_run
