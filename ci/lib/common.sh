# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by every script in ci/: where things are, how they are cached, how to complain.

set -euo pipefail
umask 022

# shellcheck disable=SC2034 # used by those who source this
HDB_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HDB_CI=$HDB_TREE/ci
HDB_CACHE=${HDB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hdb}
HDB_SELF=${0##*/}

say() { [ -n "${HDB_QUIET:-}" ] || printf '%s: %s\n' "$HDB_SELF" "$*" >&2; }
die() { printf '%s: %s\n' "$HDB_SELF" "$*" >&2; exit 1; }
usage_error() { printf '%s: %s (see --help)\n' "$HDB_SELF" "$*" >&2; exit 2; }
cannot() { printf '%s: cannot run here: %s\n' "$HDB_SELF" "$*" >&2; exit 77; }

# Chroots and bootstraps need root; nothing else does.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		cannot "needs root or sudo for: $1"
	fi
}

need()
{
	local tool
	for tool; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null ||
			cannot "$tool is not installed; ci/deps installs what is needed"
	done
}

# The hash of some files' contents and names, and of the words in $HASH_ALSO.
hash_of()
{
	{
		printf '%s\n' "${HASH_ALSO:-}"
		local file
		for file; do
			printf '%s %s\n' "${file##*/}" "$(sha256sum <"$file")"
		done
	} | sha256sum | cut -c1-16
}

packages_in()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | paste -sd, -
}

# One builder at a time per cache entry; the others wait and then find it made.
with_lock()
{
	local name=$1
	shift
	mkdir -p "$HDB_CACHE/lock"
	(
		flock -w 1800 9 || die "waited half an hour for another build of $name"
		"$@"
	) 9>"$HDB_CACHE/lock/$name"
}
