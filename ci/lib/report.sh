# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lane's variables
#
# What a lane tells a person while it runs, its verdict, and lane.json.

report_start()
{
	started=$EPOCHREALTIME
	stages_read=0
	stages=()
	failures=()
	qemu_status=0
}

report_seconds()
{
	awk -v from="$started" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'
}

report_stage()
{
	local seconds
	seconds=$(report_seconds)
	stages+=("$seconds" "$1")
	[ -n "${HDB_QUIET:-}" ] || printf '%s: %6s s  %s\n' "$lane" "$seconds" "$1" >&2
}

report_failure()
{
	failures+=("$1")
	printf '%s: %s\n' "$lane" "$1" >&2
}

# The first complaint in any log, the domain that a person should look at first.
report_complaints()
{
	local domain log found
	for domain in "${domains[@]}" xen; do
		for log in "$out/$domain.console" "$out/$domain.dmesg" "$out/$domain.log"; do
			found=$(judge_log "$log") || continue
			report_failure "the log of $domain has: ${found#*:}"
			printf '%s:   %s:%s\n' "$lane" "$log" "${found%%:*}" >&2
			complained=1
			break
		done
	done
}

report_commands()
{
	local domain rc
	for domain in "${!command[@]}"; do
		rc=$(cat "$out/$domain/cmd.rc" 2>/dev/null || echo none)
		[ "$rc" != 0 ] || continue
		if [ "$rc" = 124 ]; then
			report_failure "$domain: the command was still running at the time limit"
			over_limit=1
		elif [ "$rc" = none ]; then
			report_failure "$domain: the command did not come to its end"
		else
			report_failure "$domain: the command exited $rc: $(report_last_line "$domain")"
		fi
		printf '%s:   %s\n' "$lane" "$out/$domain/cmd.log" >&2
	done
}

report_last_line()
{
	grep -av '^[[:space:]]*$' "$out/$1/cmd.log" 2>/dev/null | tail -n 1 | cut -c1-200
}

report_json()
{
	local domain commands='{}' rc
	for domain in "${!command[@]}"; do
		rc=$(cat "$out/$domain/cmd.rc" 2>/dev/null || echo null)
		commands=$(jq -c --arg d "$domain" --arg c "${command[$domain]}" --argjson rc "$rc" \
			'.[$d] = {command: $c, exit: $rc}' <<<"$commands")
	done
	jq -n --arg lane "$lane" --arg accel "$accel" --argjson status "$1" \
		--argjson seconds "$(report_seconds)" --argjson commands "$commands" \
		--arg qemu "$emulator_version" \
		--arg versions "$(cat "$image/versions" "$kernel_dir/versions")" \
		--args '{
			lane: $lane, status: $status, seconds: $seconds, accelerator: $accel,
			versions: ({qemu: $qemu} + ($versions | split("\n") | map(select(. != "") |
				capture("^(?<key>[^=]+)=(?<value>.*)")) | from_entries)),
			commands: $commands,
			stages: [$ARGS.positional[:$ns | tonumber] | _nwise(2) |
				{seconds: (.[0] | tonumber), stage: .[1]}],
			failures: $ARGS.positional[$ns | tonumber:]
		}' --arg ns ${#stages[@]} -- "${stages[@]}" "${failures[@]}" >"$out/lane.json"
}

report_finish()
{
	local status=0 complained=0
	report_complaints
	report_commands
	[ "$qemu_status" = 0 ] || [ "$over_limit" = 1 ] || [ "$interrupted" = 1 ] ||
		report_failure "QEMU failed: $(tail -n 1 "$out/qemu.log")"
	if [ "$complained" = 1 ]; then
		status=3
	elif [ "$over_limit" = 1 ]; then
		report_failure "over the time limit of $timeout s"
		status=124
	elif [ "$interrupted" = 1 ]; then
		report_failure "interrupted"
		status=1
	elif [ ${#failures[@]} -gt 0 ]; then
		status=1
	fi
	report_json $status
	report_stage "$([ $status = 0 ] && echo passed || echo "FAILED ($status)"): $out"
	exit $status
}
