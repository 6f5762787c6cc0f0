# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Sourced by the loop lane's runner: hdb-export and hdb-import when the other one dies of a kill -9.

tools_log=/tmp/tools

# tools_until SECONDS COMMAND...: it holds, by and by
tools_until()
{
	tools_left=$(($1 * 5))
	shift
	while ! "$@"; do
		tools_left=$((tools_left - 1))
		[ $tools_left -gt 0 ] || return 1
		sleep 0.2
	done
}

# By whatever transport: the importer has written a picture of its first frame.
tools_first() { [ -e $tools_log.png/first.png ]; }

# tools_says export|import TEXT: a line of that program, or of its results
tools_says() { grep -qs "$2" "$tools_log.$1" "$tools_log.$1.json"; }

# tools_begin EXPORT-OPTIONS IMPORT-OPTIONS: returns when frames come and go
tools_begin()
{
	rm -rf $tools_log.*
	# shellcheck disable=SC2086 # words
	hdb-import --json $tools_log.import.json --png $tools_log.png --png-frames first $2 \
		>$tools_log.import 2>&1 &
	importer=$!
	# shellcheck disable=SC2086
	hdb-export --json $tools_log.export.json --size 64x64 --fps 10 $1 >$tools_log.export 2>&1 &
	exporter=$!
	tools_until 60 tools_first
	sleep 0.5
}

# tools_verdict NAME WANT GOT: their statuses, and the like; ends whatever is left
tools_verdict()
{
	if [ "$2" = "$3" ]; then
		report ok "tools/$1"
	else
		report fail "tools/$1" "'$3', not '$2': $(cat $tools_log.export $tools_log.import |
			tr '\n' ' ')"
	fi
	kill -9 $importer $exporter 2>/dev/null
}

# tools_exporter_goes_on NAME OPTIONS: it begins again for another importer, where the first one left
tools_exporter_goes_on()
{
	tools_begin "--frames 40 --wait 60 $2" "$2"
	kill -9 $importer
	tools_until 30 tools_says export 'the importer went away.*waiting' ||
		echo "never missed" >>$tools_log.export
	# shellcheck disable=SC2086 # words
	hdb-import --verify full $2 >$tools_log.import 2>&1
	second=$?
	wait $exporter
	status=$?
	tools_says export '"parted": 1' && tools_says export '"handed_back": 40' || status=$status-
	tools_verdict "$1" '0 0' "$second $status"
}

# tools_importer_goes_on NAME OPTIONS: it takes the stream of another exporter
tools_importer_goes_on()
{
	tools_begin "--frames 1000 $2" "--wait 60 --verify full $2"
	kill -9 $exporter
	tools_until 30 tools_says import 'the exporter went away.*waiting' ||
		echo "never missed" >>$tools_log.import
	# shellcheck disable=SC2086 # words
	hdb-export --size 64x64 --frames 5 $2 >$tools_log.export 2>&1
	second=$?
	wait $importer
	status=$?
	tools_says import '"parted": 1' && tools_says import '"wrong": 0' || status=$status-
	tools_verdict "$1" '0 0' "$second $status"
}

# Nobody misses who dies and is replaced at once; the other one's new file has to hear of him all the same.
tools_replaced()
{
	tools_begin '--frames 1000' '--wait 60'
	kill -9 $exporter
	hdb-export --size 64x64 --frames 5 >$tools_log.export 2>&1
	second=$?
	wait $importer
	tools_verdict importer-hears-of-a-quick-one '0 0' "$second $?"
}

# Without --wait they end, and say why; so they do when nobody comes for as long as it says.
tools_give_up()
{
	tools_begin '--frames 1000' ''
	kill -9 $importer
	wait $exporter
	tools_verdict exporter-gives-up '1 1' "$? $(grep -c 'the importer went away' $tools_log.export)"
	tools_begin '--frames 1000' ''
	kill -9 $exporter
	wait $importer
	tools_verdict importer-gives-up '1 1' "$? $(grep -c 'the exporter went away' $tools_log.import)"
	tools_begin '--frames 1000 --wait 4' ''
	kill -9 $importer
	wait $exporter
	tools_verdict exporter-waits-so-long '1 2' \
		"$? $(grep -c 'the importer went away.*\(waiting\|nobody\)' $tools_log.export)"
	tools_begin '--frames 1000' '--wait 4'
	kill -9 $exporter
	wait $importer
	tools_verdict importer-waits-so-long '1 2' \
		"$? $(grep -c 'the exporter went away.*\(waiting\|no frame came\)' $tools_log.import)"
}

tools_exporter_goes_on exporter-goes-on ''
tools_importer_goes_on importer-goes-on ''
tools_exporter_goes_on exporter-goes-on-by-copy '--transport copy'
tools_importer_goes_on importer-goes-on-by-copy '--transport copy'
tools_replaced
tools_give_up
