# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the runner sets work, id_a, id_b; share sets hid
#
# Sourced by the Xen runner: a guest that is started anew, and ends that do not behave: dom0 pauses
# them, writes their states, and writes into the pages that they share.

# A new link, a's end the frontend. The old one's pages come back within a second or two, unless a is
# paused meanwhile.
link_anew()
{
	hdb-link --quiet --wait 30 remove a b 2>/dev/null || :
	hdb-link --quiet --wait 30 add a b
	becomes "$ring_alone" grants
}

# What a shares b has.
link_works()
{
	both reset
	ask a alloc 0 heap 4096 , fill 0 1
	share a 0
	ask b "$(got 0)" , check 0 1
}

# Whatever comes, b runs again at the end.
pause_b()
{
	trap 'xl unpause b 2>/dev/null || :' EXIT
	xl pause b
}

# counter DOMAIN NAME: of the link with the other guest
counter()
{
	on -t 30 "$1" "awk '\$3 == \"xen\" && \$4 == \"connected\" {
		for (i = 5; i < NF; i++) if (\$i == \"$2\") print \$(i + 1) }' \
		/sys/kernel/debug/hyper_dmabuf/state"
}

# watched TEXT: the watch says so, by and by
watched() { said "$work/watch" "$1"; }

link_watched()
{
	local was uuid status=0
	relink
	was=$id_a
	uuid=$(xenstore-read "/local/domain/$id_b/vm")
	hdb-link --json "$work/watch.json" watch a "${uuid#/vm/}" >"$work/watch" 2>&1 &
	watcher=$!
	trap 'kill $watcher 2>/dev/null || :; cat "$work/watch"' EXIT
	watched "^a (domain $id_a) and b (domain $id_b) are joined already"
	# A tool that is told to wait, and whose importer dies with its domain.
	both release
	fence_limit 5000
	on -t 200 b 'hdb-export --quiet --size 64x64 --fps 2 --frames 12 --wait 120 --peer a' &
	exporter=$!
	on -t 60 a 'hdb-import --quiet' >/dev/null 2>&1 &
	flowing a
	guest destroy a
	watched "^a (domain $was) has gone"
	watched "^cleared what domain $was left of its link with b (domain $id_b)"
	equals 'no links' hdb-link list
	guest start a
	id_a=$(xl domid a)
	touch "$work/new-ids"
	[ "$id_a" != "$was" ]
	watched "^joined a (domain $id_a) and b (domain $id_b)"
	becomes 1 sh -c 'hdb-link list | grep -c "Connected.*Connected"'
	equals '' sh -c 'hdb-link list | grep stale || true'
	fence_limit 5000
	on -t 100 a 'hdb-import --quiet'
	wait $exporter
	fence_limit 2000
	serve a
	link_works
	# A link that somebody removes stays removed: it is no domain that went.
	hdb-link --quiet --wait 30 remove a b
	sleep 1
	equals 'no links' hdb-link list
	kill -TERM $watcher
	wait $watcher || status=$?
	equals 0 echo $status
	equals "ended by a signal" tail -n 1 "$work/watch"
	# One object in each line.
	equals "$(wc -l <"$work/watch")" grep -c '^{"time":.*"event":".*"text":".*"}$' "$work/watch.json"
	hdb-link --quiet --wait 30 add a b
}

# What was unexported while the other end did not run is gone; its last word on it comes late, and is
# not wrong.
released_late()
{
	link_anew
	both reset
	ask a alloc 0 heap 4096
	pause_b
	share a 0
	ask a unexport "$hid" 0 , state exports 0
	equals '0 0' echo "$(counter a bad)" "$(counter a late)"
	xl unpause b
	becomes 1 counter a late
	equals 0 counter a bad
}

# What may be written is what was shared so, and never a directory page (one for 17 pages).
granted_read_only()
{
	relink
	becomes "$ring_alone" grants
	ask a alloc 0 heap 69632 , alloc 1 heap 69632
	share a 0
	equals 'granted 27 writable 9 mapped 9 others 0' grants
	share_writable a 1
	equals 'granted 45 writable 26 mapped 9 others 0' grants
	ask b "$(got 1)"
	equals 'granted 45 writable 26 mapped 26 others 0' grants
}

# The pages of a link that was removed come back once the other end lets go of them.
ring_kept()
{
	link_anew
	pause_b
	hdb-link --quiet remove a b
	becomes '' ask a links
	equals "$ring_alone" grants
	xl unpause b
	becomes 'granted 0 writable 0 mapped 0 others 0' grants
	hdb-link --quiet --wait 30 add a b
}

# A backend that keeps the ring mapped and begins anew, for ever, gets no more pages by that.
ring_granted_once()
{
	local back front
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	back=/local/domain/$id_b/backend/hdb/$id_a/0
	becomes "$ring_alone" grants
	pause_b
	for _ in 1 2 3 4 5 6; do
		xenstore-write "$back/state" 6
		becomes 6 xenstore-read "$front/state"
		xenstore-write "$back/state" 2
		becomes 3 xenstore-read "$front/state"
	done
	equals "$ring_alone" grants
	xl unpause b
	link_anew
	link_works
}

# One of the references that a frontend offers is wrong: b keeps none of the others mapped, and
# takes the next offer.
ring_half_granted()
{
	local back front was
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	back=/local/domain/$id_b/backend/hdb/$id_a/0
	was=$(xenstore-read "$front/ring-ref3")
	trap 'xl unpause a 2>/dev/null || :' EXIT
	xl pause a
	for _ in 1 2 3; do
		xenstore-write "$front/state" 1
		becomes 2 xenstore-read "$back/state"
		xenstore-write "$front/ring-ref3" 4294967295
		xenstore-write "$front/state" 3
		becomes 6 xenstore-read "$back/state"
		equals 'granted 9 writable 9 mapped 0 others 0' grants
	done
	ring_offered_well
}

# The offer as it was is taken, and a link made anew works.
ring_offered_well()
{
	xenstore-write "$front/state" 1
	becomes 2 xenstore-read "$back/state"
	xenstore-write "$front/ring-ref3" "$was"
	xenstore-write "$front/state" 3
	becomes 4 xenstore-read "$back/state"
	equals "$ring_alone" grants
	xl unpause a
	link_anew
	link_works
}

# A frontend that began anew, and offers a ring again before b has looked: what b has is of the time
# before, unless it is the same.
ring_offered_anew()
{
	local back front was
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	back=/local/domain/$id_b/backend/hdb/$id_a/0
	was=$(xenstore-read "$front/ring-ref3")
	trap 'xl unpause a 2>/dev/null || :' EXIT
	xl pause a
	xenstore-write "$front/state" 3
	sleep 1
	equals 4 xenstore-read "$back/state"
	equals "$ring_alone" grants
	xenstore-write "$front/ring-ref3" 4294967295
	xenstore-write "$front/state" 3
	becomes 6 xenstore-read "$back/state"
	equals 'granted 9 writable 9 mapped 0 others 0' grants
	ring_offered_well
}

# A frontend that made another offer, and took for an answer to that what b said before: b says that
# it waits, and is offered a ring once more.
ring_connected_elsewhere()
{
	local back front
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	back=/local/domain/$id_b/backend/hdb/$id_a/0
	trap 'xl unpause a 2>/dev/null || :' EXIT
	xl pause a
	xenstore-write "$front/state" 4
	sleep 1
	equals 4 xenstore-read "$back/state"
	equals "$ring_alone" grants
	xenstore-write "$front/offer" "$(($(xenstore-read "$front/offer") ^ 1))"
	xenstore-write "$front/state" 4
	becomes 2 xenstore-read "$back/state"
	equals 'granted 9 writable 9 mapped 0 others 0' grants
	xl unpause a
	becomes "$ring_alone" grants
	becomes 4 xenstore-read "$front/state"
	link_works
}

# A backend that accepts what a has taken back: a begins anew, and so does b when it hears of that.
ring_accepted_late()
{
	local back front
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	back=/local/domain/$id_b/backend/hdb/$id_a/0
	pause_b
	xenstore-write "$back/state" 6
	becomes 6 xenstore-read "$front/state"
	xenstore-write "$back/state" 4
	becomes 1 xenstore-read "$front/state"
	xl unpause b
	becomes 4 xenstore-read "$front/state"
	becomes "$ring_alone" grants
	link_works
}

# An index that cannot be closes the link, at both ends; binding either of them anew heals it.
ring_corrupt()
{
	local front end
	link_anew
	front=/local/domain/$id_a/device/hdb/0
	for end in a b; do
		link_works
		# What b has taken of what a sent, as b says it: far more than that.
		hdb-test-poke "$id_a" "$(xenstore-read "$front/ring-ref0")" 128 0x7fffffff
		ask a unexport "$hid" 0
		becomes 6 xenstore-read "$front/state"
		becomes "$id_a:a:0" ask b links
		# The mapping is as it was; nothing new comes.
		ask b check 0 1
		refused 'ENODEV\|ENOTCONN' ask a export 0 "$id_b" again
		both release
		on -t 30 $end "$deaths_unbind"
		on -t 30 $end "$deaths_bind"
		becomes 4 xenstore-read "$front/state"
		becomes "$ring_alone" grants
	done
}
