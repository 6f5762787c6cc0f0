# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# hdb-bench over the loopback: every kind of case, and what becomes of a run that does not come to
# its end. Sourced by run.

bench_json=/tmp/bench.json
bench_cases='limits/wakeup,setup/*/4KiB,frame/*/64x64,fence/*,throughput/*/64x64,cost/*/64x64,cost/setup-*/64KiB,render/*/64x64'

# bench_run [OPTION]...: a small run; its exit status
bench_run()
{
	rm -f $bench_json
	hdb-bench run --cases "$bench_cases" --wait 60 --quiet --json $bench_json "$@"
}

# bench_start: a run that does not end by itself, beside us; returns when it has written a round.
# $bench is its process.
bench_start()
{
	rm -f $bench_json
	hdb-bench run --cases "$bench_cases" --wait 60 --quiet --json $bench_json \
		--rounds 1000 --values 2 --round-time 0.05 &
	bench=$!
	bench_waited=0
	while [ ! -s $bench_json ] && [ $bench_waited -lt 600 ]; do
		sleep 0.2
		bench_waited=$((bench_waited + 1))
	done
}

# bench_kept NAME WORDS: it ends with 1, says why, and has kept what it had measured
bench_kept()
{
	wait "$bench"
	bench_status=$?
	bench_rows=$(grep -c '"median"' $bench_json)
	hdb-bench compare $bench_json $bench_json >/dev/null
	if [ $? != 2 ] && [ $bench_status = 1 ] && [ "${bench_rows:-0}" -gt 0 ] &&
		grep -q "$2" $bench_json; then
		report ok "$1" "$bench_rows cases kept"
	else
		report fail "$1" "status $bench_status, ${bench_rows:-0} cases kept"
	fi
}

bench_measures()
{
	if bench_run --rounds 2 --values 3 --round-time 0.1 --ktap "$HDB_OUT/bench.ktap" &&
		! grep -q '^not ok' "$HDB_OUT/bench.ktap"; then
		report ok bench/measures "$(grep -c '^ok' "$HDB_OUT/bench.ktap") cases"
	else
		report fail bench/measures "$(grep -m 1 '^not ok' "$HDB_OUT/bench.ktap")"
	fi
	cp $bench_json "$HDB_OUT/bench.json"
}

bench_counts_are_the_same_again()
{
	bench_cases='cost/[!c]*/64x64,cost/setup-*/64KiB'
	bench_run --rounds 2 --values 2 --round-time 0.1
	mv $bench_json $bench_json.base
	bench_run --rounds 2 --values 2 --round-time 0.1
	if hdb-bench compare $bench_json.base $bench_json; then
		report ok bench/counts-are-the-same-again
	else
		report fail bench/counts-are-the-same-again "status $?"
	fi
	bench_cases='limits/wakeup,setup/*/4KiB,frame/*/64x64'
}

bench_interrupted()
{
	bench_start
	kill -INT "$bench"
	bench_kept bench/interrupted '"interrupted": true'
}

bench_other_end_killed()
{
	bench_start
	kill -KILL "$(pgrep -P "$bench" -x hdb-bench)"
	bench_kept bench/other-end-killed 'is gone'
}

bench_disk_full()
{
	mkdir -p /tmp/small
	busybox mount -t tmpfs -o size=4k small /tmp/small
	hdb-bench run --cases 'limits/*' --rounds 2 --values 2 --quiet --json /tmp/small/r.json
	bench_status=$?
	if [ $bench_status = 1 ] && [ ! -e /tmp/small/r.json.part ]; then
		report ok bench/disk-full
	else
		report fail bench/disk-full "status $bench_status"
	fi
	busybox umount /tmp/small
}

bench_no_memory()
{
	# Too little for the copies of 64 MiB, enough for those of 4 KiB.
	rm -f $bench_json
	prlimit --as=100000000 hdb-bench run --cases 'limits/memcpy/4KiB,limits/memcpy/64MiB' \
		--rounds 2 --values 2 --quiet --json $bench_json
	bench_status=$?
	if [ $bench_status = 1 ] && [ "$(grep -c '"median"' $bench_json)" = 1 ] &&
		grep -q 'no memory for 67108864 bytes' $bench_json; then
		report ok bench/no-memory
	else
		report fail bench/no-memory "status $bench_status"
	fi
}

bench_measures
bench_counts_are_the_same_again
bench_interrupted
bench_other_end_killed
bench_disk_full
bench_no_memory
