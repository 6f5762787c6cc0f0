# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, wanted, id_a, id_b
#
# Sourced by the Xen runner: guest a is hostile (hdb-fuzz peer), and b shares with it, and with
# dom0, whose frames have to arrive all the same.

# How long the hostile end plays, and the frames meanwhile: about as many as come in that time.
hostile_seconds=${HOSTILE_SECONDS:-20}
hostile_frames=${HOSTILE_FRAMES:-$((2 * hostile_seconds))}

# hostile ROLE
hostile()
{
	local role=$1 status=0 from to
	from=$(xl domid a)
	to=$(xl domid b)
	relink
	fence_limit 20000
	hostile_join "$role"
	hostile_answer $((hostile_seconds + 280)) "$role" >"$work/answer" 2>&1 &
	answering=$!
	at $((hostile_seconds + 230)) b "hdb-import --quiet --wait 90 --peer 0 --frames $hostile_frames --verify full" \
		>"$work/import" 2>&1 &
	importing=$!
	at $((hostile_seconds + 230)) dom0 "hdb-export --quiet --wait 90 --peer $to --size 320x240 --frames $hostile_frames" \
		>"$work/export" 2>&1 &
	exporting=$!
	on -t $((hostile_seconds + 180)) a "hdb-fuzz peer --as $role --time $hostile_seconds \
		--seed ${HOSTILE_SEED:-1} --out /out --json /out/peer-$role.json" || status=$?
	wait $exporting && exported=0 || exported=$?
	wait $importing && imported=0 || imported=$?
	hostile_rest || :
	wait $answering && answered=0 || answered=$?
	cat "$work/answer" "$work/import" "$work/export"
	on -t 30 b "cat /out/answer-$role.json"
	fence_limit 2000
	hostile_part
	equals '0 0 0 0' echo "$status" "$exported" "$imported" "$answered"
	# It was not idle: some of the hostile buffers were used, and honest ones came back.
	on -t 30 a "grep -q '\"honest\": [1-9]' /out/peer-$role.json"
	on -t 30 b "grep -q '\"imports\": [1-9]' /out/answer-$role.json"
	becomes 'granted 0 writable 0 mapped 0 others 0' hdb-test-grants "$from" "$to"
}

hostile_scenarios()
{
	case $wanted in '' | *peer-hostile*) ;; *) return ;; esac
	read_ids
	between dom0 b
	dom0_begin >"$work/dom0" 2>&1
	scenario peer-hostile hostile frontend
	scenario peer-hostile-backend hostile backend
	both release >/dev/null
	hdb-link --quiet --wait 30 remove 0 b || :
	kill_share dom0
	rmmod hyper_dmabuf
	between a b
	relink
}
