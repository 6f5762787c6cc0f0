#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tests/check dkms: the module that dkms built (ci/dkms), in the loop lane's machine, which has not loaded
# another one. It lies where dkms had put it, and modprobe finds it there.

# shellcheck source=tests/guest/report.sh
. "${0%/*}/../report.sh"

folder=/lib/modules/$(uname -r)/updates/dkms
log=/tmp/dkms.log

# said NAME: from the status of what came before; on failure with what that said
said()
{
	if [ $? = 0 ]; then
		report ok "dkms/$1"
	else
		report fail "dkms/$1" "$(tail -n 3 $log | tr '\n' ' ')"
	fi
}

report_open
! modinfo hyper_dmabuf >$log 2>&1
said nothing-is-installed-before
mkdir -p "$folder"
cp /lane/dkms/hyper_dmabuf.ko* "$folder/"
depmod >$log 2>&1 && modprobe hyper_dmabuf >>$log 2>&1
said modprobe-loads-it
modinfo -n hyper_dmabuf >$log && grep -q '/updates/dkms/hyper_dmabuf.ko' $log
said that-one-is-loaded
hdb-test-uapi -j1 --color=never --filter='data/*' --tap=/tmp/uapi.tap >$log 2>&1
report_criterion uapi /tmp/uapi.tap $?
modprobe -r hyper_dmabuf >$log 2>&1 && [ ! -e /sys/module/hyper_dmabuf ]
said modprobe-unloads-it
report_close
