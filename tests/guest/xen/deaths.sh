# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b
#
# Sourced by the Xen runner: ends that die, in every way, at every moment of a buffer's and a
# fence's life. All of it follows from a seed, so that one death can be had again.
#
# Both guests run a churn (share/churn.h): one exports, the other one imports. One of them dies. The
# other one has to find that out, its calls and waits have to end in time, and what it has mapped
# has to stay. Then what died comes back, both share a buffer each way, and everything is counted.

# Ways to die, twenty in a row in any order; those that take a new guest are slow.
DEATHS_FEW='destroy panic pause pause pause unbind unbind unbind unbind link link link link
	reload reload reload kill kill kill kill'
DEATHS_ALL='destroy destroy destroy panic panic panic pause pause pause unbind unbind unbind
	link link link reload reload reload kill kill'
DEATHS_MOMENTS='connecting exporting sending mapping importing fence return unexporting delay idle'

# What no kernel may say meanwhile; the lane looks for more.
DEATHS_COMPLAINTS='bad message|cannot be unmapped|keeping it|leaking g.e|WARNING: |BUG: |Oops: |blocked for more'

# chance N: sets $drawn to 0 ... N - 1
chance()
{
	deaths_state=$(((deaths_state * 1103515245 + 12345) & 0x7fffffff))
	drawn=$(((deaths_state >> 8) % $1))
}

# shuffle WORD...: sets the array $shuffled
shuffle()
{
	local i swap
	shuffled=("$@")
	for ((i = $# - 1; i > 0; i--)); do
		chance $((i + 1))
		swap=${shuffled[i]}
		shuffled[i]=${shuffled[drawn]}
		shuffled[drawn]=$swap
	done
}

# deaths_plan SEED COUNT WAYS: a line for each: its number, way, moment, who exports, who dies, and
# how many milliseconds into the churn
deaths_plan()
{
	local n kinds=() moments=() exporter victim
	deaths_state=$(($1 & 0x7fffffff))
	for ((n = 1; n <= $2; n++)); do
		# shellcheck disable=SC2086 # words
		if [ ${#kinds[@]} = 0 ]; then
			shuffle $3
			kinds=("${shuffled[@]}")
		fi
		# shellcheck disable=SC2086 # words
		if [ ${#moments[@]} = 0 ]; then
			shuffle $DEATHS_MOMENTS
			moments=("${shuffled[@]}")
		fi
		chance 2
		exporter=$([ $drawn = 0 ] && echo a || echo b)
		chance 2
		victim=$([ $drawn = 0 ] && echo a || echo b)
		chance 400
		echo "$n ${kinds[0]} ${moments[0]} $exporter $victim $drawn"
		kinds=("${kinds[@]:1}")
		moments=("${moments[@]:1}")
	done
}

# The end of the driver's link in a guest, for its shell. One that is on its way is waited for; one that
# came again meanwhile is bound already.
# shellcheck disable=SC2016 # for the guest's shell
deaths_unbind='for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	set -- /sys/bus/xen*/drivers/hyper_dmabuf/hdb-*
	[ ! -e "$1" ] || break
	sleep 0.2
done
for end; do
	echo "${end%/*} ${end##*/}" >/run/unbound
	echo "${end##*/}" >"${end%/*}/unbind"
done
true'
# shellcheck disable=SC2016
deaths_bind='read -r driver end </run/unbound; echo "$end" >"$driver/bind" || [ -e "$driver/$end" ]'
# shellcheck disable=SC2016
deaths_unload='for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
	rmmod hyper_dmabuf 2>/run/rmmod && exit 0
	sleep 0.2
	for end in /sys/bus/xen*/drivers/hyper_dmabuf/hdb-*; do
		[ ! -e "$end" ] || echo "${end##*/}" >"${end%/*}/unbind"
	done
done
cat /run/rmmod /sys/kernel/debug/hyper_dmabuf/state
exit 1'

# What the ways do. dies_WAY kills $victim; lives_WAY undoes that.
dies_destroy() { guest destroy "$victim"; }
lives_destroy() { lives_anew; }
dies_panic()
{
	local i
	on -t 20 "$victim" 'echo c >/proc/sysrq-trigger' || :
	for ((i = 0; i < 100; i++)); do
		xl domid "$victim" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	echo "$victim did not die of its panic"
	return 1
}
lives_panic() { lives_anew; }
# Longer than the time limit of fences.
dies_pause()
{
	xl pause "$victim"
	sleep 2.5
	xl unpause "$victim"
}
lives_pause() { :; }
dies_unbind() { on -t 30 "$victim" "$deaths_unbind"; }
lives_unbind() { on -t 30 "$victim" "$deaths_bind"; }
dies_link() { hdb-link --quiet remove a b; }
lives_link() { hdb-link --quiet add a b; }
dies_reload()
{
	ask "$victim" churn-end kill 10000
	on -t 60 "$victim" "$deaths_unbind; $deaths_unload"
}
lives_reload() { on -t 30 "$victim" 'insmod /opt/hdb/lib/hyper_dmabuf.ko'; }
dies_kill() { ask "$victim" churn-end kill 10000; }
lives_kill() { :; }

# As another domain, which hdb-link watch joins.
lives_anew()
{
	guest start "$victim"
	touch "$work/new-ids"
	id_a=$(xl domid a)
	id_b=$(xl domid b)
	serve "$victim"
	ask "$victim" release
}

# How each end's churn has to end: by itself when the link went, else as soon as it is told to.
deaths_ends()
{
	local how=alone status=0
	case $kind in pause | kill) how=stop ;; esac
	# There is no link to miss, but one to come.
	[ "$moment" != connecting ] || how=stop
	case $kind in
	destroy | panic | reload | kill) ask "$witness" churn-end $how 30000 ;;
	*)
		ask "$victim" churn-end $how 30000 &
		ask "$witness" churn-end $how 30000 || status=$?
		wait $! || status=$?
		return $status
		;;
	esac
}

# The same number of lines as before: nobody complained.
deaths_complaints()
{
	cat /lane/.lane/console/*.log 2>/dev/null | grep -cE "$DEATHS_COMPLAINTS" || :
}

# Nothing but the link's own pages is granted, neither to the other guest nor to one that was.
deaths_grants_back()
{
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(grants)" != "$ring_alone" ] || return 0
		sleep 0.2
	done
	echo "grants: $(grants)"
	return 1
}

# death NUMBER WAY MOMENT EXPORTER VICTIM DELAY
death()
{
	local status=0 starter
	number=$1 kind=$2 moment=$3 exporter=$4 victim=$5 delay=$6
	importer=$(other "$exporter") witness=$(other "$victim")
	ask "$importer" churn import "$moment" "$(id_of "$exporter")" &
	starter=$!
	ask "$exporter" churn export "$moment" "$(id_of "$importer")"
	wait $starter
	if [ "$moment" = connecting ]; then
		hdb-link --quiet remove a b
		hdb-link --quiet add a b
	fi
	sleep "$(printf '0.%03d' "$delay")"
	"dies_$kind"
	deaths_ends
	"lives_$kind"
	ask a meet "$id_b" "$number" &
	starter=$!
	ask b meet "$id_a" "$number" || status=$?
	wait $starter || status=$?
	[ $status = 0 ] || return $status
	deaths_grants_back
}

# Says, when the deaths end by a failure, how to have that one again.
deaths_ended()
{
	local status=$?
	kill "$watcher" || :
	[ $status = 0 ] ||
		echo "death $deaths_now of seed $deaths_seed: again by DEATHS_SEED=$deaths_seed DEATHS_STEPS=${deaths_now%% *}"
}

# deaths SEED COUNT: or, of them, those numbers alone that $DEATHS_STEPS lists
deaths()
{
	local complaints started before ways=$DEATHS_FEW out=${HDB_OUT:-/out}
	deaths_seed=$1 deaths_now=none
	[ "${DEATHS_WAYS:-}" != all ] || ways=$DEATHS_ALL
	relink
	both release
	becomes "$ring_alone" grants
	before=$(maptrack)
	hdb-link watch a b >"$out/deaths.watch" 2>&1 &
	watcher=$!
	trap deaths_ended EXIT
	complaints=$(deaths_complaints)
	: >"$out/deaths.tsv"
	deaths_plan "$deaths_seed" "$2" "$ways" >"$work/plan"
	while read -r deaths_now <&9; do
		[ -z "${DEATHS_STEPS:-}" ] || case " $DEATHS_STEPS " in *" ${deaths_now%% *} "*) ;; *) continue ;; esac
		echo "death $deaths_now"
		started=$EPOCHREALTIME
		# shellcheck disable=SC2086 # words
		death $deaths_now
		[ "$(deaths_complaints)" = "$complaints" ] || {
			grep -hE "$DEATHS_COMPLAINTS" /lane/.lane/console/*.log | tail -n 5
			echo "a kernel complained"
			return 1
		}
		awk -v line="$deaths_now" -v from="$started" -v to="$EPOCHREALTIME" 'BEGIN {
			gsub(" ", "\t", line)
			printf "%s\t%.1f\n", line, to - from }' >>"$out/deaths.tsv"
	done 9<"$work/plan"
	[ -s "$out/deaths.tsv" ]
	deaths_now=none
	equals "$before" maptrack
}
