# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Whether a log holds a complaint of a kernel or of Xen.

judge_patterns()
{
	sed -e '/^#/d' -e '/^$/d' "$1"
}

# Prints "LINE-NUMBER:TEXT" of the first bad line of a log; fails when there is none.
judge_log()
{
	local log=$1 found
	[ -e "$log" ] || return 1
	found=$(grep -a -n -E -f <(judge_patterns "$HDB_CI/complaints") "$log" |
		grep -a -v -E -f <(judge_patterns "$HDB_CI/tolerated"; echo '^$') | head -n 1) || return 1
	[ -n "$found" ] || return 1
	printf '%s\n' "$found" | tr -d '\r'
}
