# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by what runs hdb-fuzz peer (fuzz.sh, and the scenarios of scenarios_hostile.sh): guest a
# plays the other end of a link of guest b, whose driver is the real one.

# hostile_join ROLE: a link whose end in a, of that role, is for a program
hostile_join()
{
	hdb-link --quiet --wait 30 remove a b 2>/dev/null || :
	case $1 in
	frontend) hdb-link --quiet --user a add a b ;;
	backend) hdb-link --quiet --user a add b a ;;
	*) echo "no such role: $1"; return 2 ;;
	esac
}

# hostile_answer SECONDS ROLE: the program in b that uses what a shares as that, until hostile_rest
hostile_answer()
{
	on -t "$1" b "echo \$\$ >/run/answer.pid; exec hdb-fuzz peer --answer \
		--peer $(xl domid a) --quiet --json /out/answer-$2.json"
}

hostile_rest()
{
	# shellcheck disable=SC2016 # for the guest's shell
	on -t 30 b 'kill -TERM $(cat /run/answer.pid)'
}

# hostile_part: the link goes, and with it all that the two have granted each other
hostile_part()
{
	hdb-link --quiet --wait 30 --user a remove a b
}
