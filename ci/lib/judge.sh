# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Whether a log holds a complaint of a kernel or of Xen.

judge_patterns()
{
	sed -e '/^#/d' -e '/^$/d' "$1"
}

# Of the serial line that Xen and dom0 share only Xen's part counts: dom0 has a log of its own.
judge_lines()
{
	case $1 in
	*/xen.*) grep -a -n '^(XEN)' "$1" ;;
	*) grep -a -n '' "$1" ;;
	esac
}

# Prints "LINE-NUMBER:TEXT" of the first bad line of a log; fails when there is none.
judge_log()
{
	local log=$1 found
	[ -e "$log" ] || return 1
	found=$(judge_lines "$log" | grep -a -E -f <(judge_patterns "$HDB_CI/complaints") |
		grep -a -v -E -f <(judge_patterns "$HDB_CI/tolerated"; echo '^$') | head -n 1) || return 1
	[ -n "$found" ] || return 1
	printf '%s\n' "$found" | tr -d '\r'
}
