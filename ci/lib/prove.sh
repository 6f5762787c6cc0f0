# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# ci/bench prove: does the gate see what it is for, and nothing else? Needs ci/bench.

# Of those A/A runs, and of the driver's handicaps, each a run: "base" is what all are judged by.
PROVE_AGAIN=10
PROVE_HANDICAPS="delay copy hypercall"

# What a handicap has to be, in the words of the module. The delay is 5 % of a frame's round trip;
# all are spent once for each message, of which a frame has two.
prove_param()
{
	case $1 in
	delay)
		jq -r '.results[] | select(.name == "frame/round-trip/64x64" and .transport == "hdb") |
			"handicap_ns=\((.median.value * 0.05 / 2) | floor)"' "$prove/base.json"
		;;
	copy) echo handicap_pages=1 ;;
	hypercall) echo handicap_notifies=1 ;;
	esac
}

prove_names()
{
	echo base
	seq -f 'again-%g' "$PROVE_AGAIN"
	tr ' ' '\n' <<<"$PROVE_HANDICAPS"
}

# The change of each case over all A/A runs: the largest, and how far an interval reached.
prove_table_again()
{
	printf '\n| case | largest change | its interval reached | limit | same in |\n|---|---|---|---|---|\n'
	cat "$prove"/again-*.verdict | jq -rs '
		def away: if . >= 1 then . - 1 else 1 / . - 1 end;
		[.[].rows[] | select((.why // "") | startswith("in neither") | not)] |
		group_by(.name)[] | {
			name: .[0].name, limit: .[0].limit, n: length,
			change: ([.[] | (.change // 99) | away] | max),
			reach: ([.[] | (.low // .change // 99), (.high // .change // 99) | away] | max),
			same: ([.[] | select(.verdict == "same")] | length)
		} | [.name, .change * 100, .reach * 100, .limit * 100, .same, .n] | @tsv' |
		LC_ALL=C awk -F '\t' '{
			printf "| `%s` | %.2f %% | %.2f %% | %s | %d of %d |\n", $1, $2, $3,
				$4 ? sprintf("%g %%", $4) : "exact", $5, $6
		}'
}

prove_table_handicaps()
{
	local name
	printf '\n| handicap | the gate says | worst of the cases that tell |\n|---|---|---|\n'
	for name in $PROVE_HANDICAPS; do
		[ -e "$prove/$name.verdict" ] || continue
		# shellcheck disable=SC2016 # no command, but code in Markdown
		printf '| `%s` | %s | %s |\n' "$(prove_param "$name")" \
			"$(jq -r '["passes", "slower", "", "faster", "cannot tell"][.exit]' \
				"$prove/$name.verdict")" \
			"$(jq -r '[.rows[] | select(.verdict == "worse")] | sort_by(-.change)[:4] |
				map("`\(.name)` \(((.change - 1) * 1000 | round) / 10) %") |
				join(", ")' "$prove/$name.verdict")"
	done
}

# Every run but the base, as the gate judges it. 1: it was wrong about one.
prove_judge()
{
	local file name status wrong=0
	for file in "$prove"/*.json; do
		name=$(basename "$file" .json)
		[ "$name" != base ] || continue
		status=0
		gate_judge "$prove_lane" "$prove/base.json" "$file" --quiet --json "$prove/$name.verdict" ||
			status=$?
		case $name-$status in
		again-*-0 | delay-1 | copy-1 | hypercall-1) ;;
		*) say "$name: wrong, status $status"; wrong=1 ;;
		esac
	done
	return $wrong
}

# prove [LANE] [RUN...]: measures those (else all) that are not there yet, and judges all that are.
prove()
{
	local name status=0
	prove_lane=loop
	if [[ " $LANES " = *" ${1:-none} "* ]]; then
		prove_lane=$1
		shift
	fi
	prove=$HDB_TREE/build/bench/prove/$prove_lane
	# shellcheck disable=SC2046 # words
	[ $# != 0 ] || set -- $(prove_names)
	for name; do
		prove_names | grep -x -e "$name" >/dev/null ||
			usage_error "prove: no such run: $name"
	done
	program=$(bench_program)
	mkdir -p "$prove"
	icount=--icount
	for name; do
		[ ! -s "$prove/$name.json" ] || continue
		[ "$name" = base ] || [ -s "$prove/base.json" ] || usage_error "prove: base comes first"
		param=$(prove_param "$name")
		measure_usual "$prove_lane" "$prove/$name.json" || die "prove: $name was not measured"
	done
	prove_judge || status=1
	prove_table_again
	prove_table_handicaps
	return $status
}
