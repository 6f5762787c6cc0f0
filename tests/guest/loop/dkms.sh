#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tests/check dkms: the module that dkms built (ci/dkms), in the loop lane's machine, which has not loaded
# another one. It lies where dkms had put it, and modprobe finds it there.

# shellcheck source=tests/guest/report.sh
. "${0%/*}/../report.sh"

folder=/lib/modules/$(uname -r)/updates/dkms
log=/tmp/dkms.log

report_open
! modinfo hyper_dmabuf >$log 2>&1
report_status dkms/nothing-is-installed-before $log
mkdir -p "$folder"
cp /lane/dkms/hyper_dmabuf.ko* "$folder/"
depmod >$log 2>&1 && modprobe hyper_dmabuf >>$log 2>&1
report_status dkms/modprobe-loads-it $log
modinfo -n hyper_dmabuf >$log && grep -q '/updates/dkms/hyper_dmabuf.ko' $log
report_status dkms/that-one-is-loaded $log
hdb-test-uapi -j1 --color=never --filter='data/*' --tap=/tmp/uapi.tap >$log 2>&1
report_criterion uapi /tmp/uapi.tap $?
modprobe -r hyper_dmabuf >$log 2>&1 && [ ! -e /sys/module/hyper_dmabuf ]
report_status dkms/modprobe-unloads-it $log
report_close
