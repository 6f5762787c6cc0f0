#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The loop lane's part of `make soak`: $SOAK_FRAMES frames, half of them in one buffer, half of them
# in three; then some without fences, which have to be found torn. Logs go to $HDB_OUT.

out=${HDB_OUT:-/out}
half=$((${SOAK_FRAMES:-1000} / 2))
failed=0

# frames BUFFERS
frames()
{
	hdb-test-frames import >"$out/import.log" 2>&1 &
	importer=$!
	hdb-test-frames export --frames $half --buffers "$1" --pause 1 >"$out/export.log" 2>&1 ||
		failed=1
	wait $importer || failed=1
	cat "$out/export.log" "$out/import.log" >"$out/frames-$1.log"
	cat "$out/frames-$1.log"
}

# A machine that is busy elsewhere is no peer that hangs.
echo 20000 >/sys/module/hyper_dmabuf/parameters/fence_timeout_ms
frames 1
frames 3
hdb-test-frames import --wrong >"$out/none.log" 2>&1 &
importer=$!
hdb-test-frames export --frames 300 --sync none --pause 1
wait $importer || failed=1
cat "$out/none.log"
# Mappings are kept for two seconds after their last use.
sleep 4
left=$(awk '/^(exports|imports|mappings|files|watches|waiting|proxies) / && $2 != 0' \
	/sys/kernel/debug/hyper_dmabuf/state)
[ -z "$left" ] || {
	echo "left: $left"
	failed=1
}
exit $failed
