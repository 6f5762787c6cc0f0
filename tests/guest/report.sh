# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Sourced by the runners: counts results, prints a line for each, and leaves them in
# $HDB_OUT/results.tap and results.json.

report_file=${HDB_OUT:-/out}/results.tap
report_number=0
report_failed=0

report_open()
{
	: >"$report_file"
}

# report ok|fail|skip NAME [NOTE]
report()
{
	report_number=$((report_number + 1))
	case $1 in
	ok) set -- "ok $report_number - $2${3:+ # $3}" ;;
	skip) set -- "ok $report_number - $2 # SKIP $3" ;;
	*)
		report_failed=$((report_failed + 1))
		set -- "not ok $report_number - $2${3:+ # $3}"
		;;
	esac
	echo "$1"
	echo "$1" >>"$report_file"
}

# report_status NAME LOG: from the status of what came before; on failure with the end of LOG
report_status()
{
	if [ $? = 0 ]; then
		report ok "$1"
	else
		report fail "$1" "$(tail -n 5 "$2" | tr '\n' ' ')"
	fi
}

# report_criterion NAME FILE STATUS: the results of a Criterion program that wrote FILE with
# --tap, in the order they ran; suite::some_test becomes NAME/suite/some-test. Tests that a
# --filter left out stand in the file as "SKIP test was skipped", which says nothing here.
report_criterion()
{
	report_filtered=$(grep -c '^ok - .*# SKIP test was skipped' "$2")
	report_before=$report_number
	report_before_failed=$report_failed
	awk -v name="$1" '
	/# SKIP test was skipped/ { next }
	/^(not )?ok - / {
		status = /^not/ ? "fail" : /# SKIP/ ? "skip" : "ok"
		sub(/^(not )?ok - /, "")
		test = $1
		note = substr($0, length(test) + 1)
		sub(/^ *(# SKIP)? */, "", note)
		gsub(/_/, "-", test)
		sub(/::/, "/", test)
		print status "\t" name "/" test "\t" note
	}' "$2" >/tmp/report.$$
	while IFS='	' read -r report_status report_test report_note; do
		report "$report_status" "$report_test" "$report_note"
	done </tmp/report.$$
	rm -f /tmp/report.$$
	report_planned=$(sed -n 's/^1\.\.//p' "$2" | head -n 1)
	report_ended=$((report_number - report_before + report_filtered))
	if [ $report_ended != "${report_planned:-0}" ]; then
		report fail "$1/complete" "$report_ended of ${report_planned:-0} tests ended"
	elif [ "$3" != 0 ] && [ $report_failed = $report_before_failed ]; then
		report fail "$1/exit-status" "$3"
	fi
}

# Ends the runner: prints the sum, writes the JSON; status 1 when anything failed.
report_close()
{
	awk '
	function json(text) {
		gsub(/\\/, "\\\\", text)
		gsub(/"/, "\\\"", text)
		gsub(/[\001-\037]/, " ", text)
		return "\"" text "\""
	}
	/^(not )?ok [0-9]/ {
		status = /^not/ ? "failed" : / # SKIP / ? "skipped" : "passed"
		count[status]++
		sub(/^(not )?ok [0-9]+ - /, "")
		note = ""
		if (match($0, / # /)) {
			note = substr($0, RSTART + 3)
			$0 = substr($0, 1, RSTART - 1)
		}
		tests = tests (tests == "" ? "" : ",") "\n    {\"name\": " json($0) \
			", \"result\": " json(status) ", \"note\": " json(note) "}"
	}
	END {
		printf "{\n  \"passed\": %d,\n  \"failed\": %d,\n  \"skipped\": %d,\n", \
			count["passed"], count["failed"], count["skipped"] >json_file
		printf "  \"tests\": [%s\n  ]\n}\n", tests >json_file
		printf "%d passed, %d failed, %d skipped\n", \
			count["passed"], count["failed"], count["skipped"]
	}' json_file="${report_file%.tap}.json" "$report_file"
	[ "$report_failed" = 0 ] && [ "$report_number" != 0 ]
	exit
}
