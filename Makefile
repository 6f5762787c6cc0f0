# SPDX-License-Identifier: MIT
#
# The top of hdb. `make help` lists what there is to make.

LANE ?= xen-pvh
PREFIX ?= /usr/local

O ?= $(CURDIR)/build

.DEFAULT_GOAL := help

# "target: ## text" is what help prints.
.PHONY: help
help:
	@sed -n 's/^\([a-z0-9.-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: demo
demo: deps ## two Xen guests share frames; pictures and figures in results/demo
	ci/demo

# --- the machines everything runs in (ci/README.md)

.PHONY: deps image shell
deps: ## install the packages that this needs on the host
	ci/deps
image: ## make the root, kernel and hypervisor that the lanes boot
	ci/image
shell: ## root shells in both guests and dom0; LANE=loop, xen-pvh (default) or xen-pv
	ci/lane $(LANE) --shell

# --- the tests; each ends with "N passed, N failed, N skipped" (tests/check --help)

LANES = loop xen-pvh xen-pv gib gntdev linux-6.1 linux-sid

.PHONY: check check-xen-pv check-unit check-fuzz check-style check-dkms check-debug \
	check-debug-xen-pvh check-debug-xen-pv $(LANES:%=check-%)
check: deps ## everything that follows
	tests/check unit fuzz style dkms $(LANES)
check-unit: ## what runs on the host, with sanitizers
	tests/check unit
check-fuzz: ## some seconds of hdb-fuzz
	tests/check fuzz
check-style: ## checkpatch, sparse, documents, shellcheck, make install, the driver for Linux 6.1 and 6.12
	tests/check style
check-dkms: ## make dkms-install by Debian's dkms, and what it built in a machine
	tests/check dkms
check-loop: ## every call of the driver, in one machine over its loopback
	tests/check loop
check-linux-6.1: ## the same on Debian 12's kernel
	tests/check linux-6.1
check-linux-sid: ## the same on Debian's newest kernel
	tests/check linux-sid
check-debug: ## the same on a kernel with KASAN, lockdep and all other checks; no part of check
	tests/check debug
check-debug-xen-pvh: ## most of check-xen-pvh on a kernel with lockdep, kmemleak, KFENCE, DMABUF_DEBUG, ...
	tests/check debug-xen-pvh
check-debug-xen-pv: ## the same of check-xen-pv
	tests/check debug-xen-pv
check-xen-pvh: ## two Xen guests sharing over a link, and dom0 with one of them
	tests/check xen-pvh
check-xen-pv: ## the same with PV guests, and all that differs there
	tests/check xen-pv

check-gib: ## a buffer of 1 GiB between two guests whose grant tables are larger than usual
	tests/check gib
check-gntdev: ## frames by mainline's gntdev-dmabuf, on a kernel that has it
	tests/check gntdev

.PHONY: coverage
coverage: deps ## which lines of the driver all of that reaches, and the fuzzers: build/coverage
	tests/coverage

# --- the long tests (docs/testing.md); ci/soak --help: SOAK_FRAMES, SOAK_DEATHS, ...

.PHONY: soak
soak: deps ## what takes hours: 100,000 frames, 200 ends that die, a hostile domain, 1 GiB; its report in results/
	ci/soak

# --- the figures (docs/benchmarks.md)

# LANE counts for these only where it was given.
given_lane = $(if $(filter command line environment,$(origin LANE)),$(LANE))

.PHONY: bench bench-gate bench-baseline
bench: deps ## measure in all lanes: figures, plots and pages in results/bench
	ci/bench all
bench-gate: ## has anything become slower than the baseline? In all lanes that have one, or LANE=loop
	ci/bench gate $(given_lane)
bench-baseline: ## measure the baseline anew, after a change that is meant; LANE=loop
	ci/bench baseline $(or $(given_lane),loop)

# --- fuzzing, longer (docs/fuzzing.md); FUZZ_TIME: seconds

FUZZ_TIME ?= 600
# Of the machine that calls are tried in; full has every check, and is made first.
FUZZ_KERNEL ?= full

.PHONY: fuzz fuzz-long
fuzz: deps ## look for input that breaks the driver, for FUZZ_TIME seconds (600) over all modes
	$(MAKE) --no-print-directory -C tools O=$(CURDIR)/build/tools fuzz
	build/tools/bin/hdb-fuzz message --time $$(($(FUZZ_TIME) / 4)) \
		--corpus build/fuzz/message --out build/fuzz
	ci/fuzz --kernel $(FUZZ_KERNEL) --out build/fuzz/message-kernel message-kernel \
		$$(($(FUZZ_TIME) / 4))
	ci/fuzz --kernel $(FUZZ_KERNEL) --out build/fuzz/ioctl ioctl $$(($(FUZZ_TIME) / 4))
	ci/fuzz --out build/fuzz/peer peer $$(($(FUZZ_TIME) / 4))
fuzz-long: ## the same for a night (8 hours)
	$(MAKE) --no-print-directory fuzz FUZZ_TIME=28800

# --- a system of one's own (README.md, "By hand"); the module is dkms-install's

MANUALS = $(wildcard docs/man/*.[1-8])

.PHONY: install install-tools install-manuals install-udev dkms-install dkms-remove
install: install-tools install-manuals install-udev ## tools, manuals, header, udev rule and group (PREFIX, DESTDIR)

install-tools:
	$(MAKE) -C tools O=$(O)/tools DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) all install
	install -D -m 644 driver/uapi/hyper_dmabuf.h $(DESTDIR)$(PREFIX)/include/hyper_dmabuf.h

install-manuals:
	for page in $(MANUALS); do \
		install -D -m 644 $$page \
			$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; \
	done

# systemd reads these folders below /usr and /usr/local.
install-udev:
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d driver/udev/60-hyper-dmabuf.rules
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/sysusers.d driver/udev/hyper-dmabuf.conf

DKMS ?= dkms
DKMS_SOURCES ?= /usr/src
# The kernel to build for, else the one that runs; more arguments for each call of dkms.
DKMS_KERNEL ?=
DKMS_FLAGS ?=
DKMS_VERSION = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' driver/dkms.conf)
DKMS_TREE = $(DKMS_SOURCES)/hyper_dmabuf-$(DKMS_VERSION)

dkms-install: dkms-remove ## the module, by DKMS: for this kernel and for those to come
	cd driver && find . -type f \( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild -o -name dkms.conf \) \
		-exec install -D -m 644 {} $(DKMS_TREE)/{} \;
	$(DKMS) install hyper_dmabuf/$(DKMS_VERSION) $(DKMS_KERNEL:%=-k %) $(DKMS_FLAGS)

dkms-remove: ## that module again, for all kernels
	[ -z "$$($(DKMS) status hyper_dmabuf/$(DKMS_VERSION) $(DKMS_FLAGS))" ] || \
		$(DKMS) remove hyper_dmabuf/$(DKMS_VERSION) --all $(DKMS_FLAGS)
	rm -rf $(DKMS_TREE)

# --- what is built for the inside of them; runs in the build root, called by ci/payload

KDIR ?= $(firstword $(wildcard /lib/modules/*/build))
PARTS ?= driver tools tests

# Where it is in the domains.
PAYLOAD = /opt/hdb

# Those parts that are there; each installs into $(DESTDIR)$(PAYLOAD).
payload_parts = $(patsubst %,payload-%,$(foreach part,$(PARTS),$(if $(wildcard $(part)/.),$(part))))

.PHONY: payload payload-ci payload-driver payload-fuzz payload-tools payload-tests payload-clean
payload: payload-ci $(payload_parts)

payload-clean:
	rm -rf $(DESTDIR)$(PAYLOAD)
	install -d $(DESTDIR)$(PAYLOAD)/bin $(DESTDIR)$(PAYLOAD)/lib

payload-ci: payload-clean
	install -d $(DESTDIR)$(PAYLOAD)/ci
	install -m 755 ci/guest/* $(DESTDIR)$(PAYLOAD)/ci
	ln -s ../ci/guest-control $(DESTDIR)$(PAYLOAD)/bin/guest
	+[ ! -e ci/agent/Makefile ] || \
		$(MAKE) -C ci/agent O=$(O)/agent DESTDIR=$(DESTDIR) PREFIX=$(PAYLOAD) all install

payload-driver: payload-clean payload-fuzz
	+[ ! -e driver/Kbuild -a ! -e driver/Makefile ] || { \
		$(MAKE) -C $(KDIR) O= M=$(CURDIR)/driver KCFLAGS=-Werror modules && \
		install -m 644 driver/hyper_dmabuf.ko driver/udev/* $(DESTDIR)$(PAYLOAD)/lib; }

# The driver once more, with what fuzzers and the measuring of coverage need (driver/Kbuild): from
# sources of its own, so that the objects of the two do not replace each other.
payload-fuzz: payload-clean
	+[ ! -e driver/Kbuild ] || { \
		install -d $(O)/driver-fuzz && \
		(cd driver && find . -type f \( -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild \) \
			-exec cp -u --parents -t $(O)/driver-fuzz {} +) && \
		$(MAKE) -C $(KDIR) O= M=$(O)/driver-fuzz HDB_FUZZ=1 KCFLAGS=-Werror modules && \
		for module in hyper_dmabuf.ko fuzz/hdb_coverage.ko; do \
			[ ! -e $(O)/driver-fuzz/$$module ] || install -D -m 644 -t \
				$(DESTDIR)$(PAYLOAD)/lib/fuzz $(O)/driver-fuzz/$$module || exit 1; \
		done; }

payload-tools: payload-clean
	+[ ! -e tools/Makefile ] || \
		$(MAKE) -C tools O=$(O)/tools DESTDIR=$(DESTDIR) PREFIX=$(PAYLOAD) all install

payload-tests: payload-clean
	+[ ! -e tests/guest/Makefile ] || \
		$(MAKE) -C tests/guest O=$(O)/tests DESTDIR=$(DESTDIR) PREFIX=$(PAYLOAD) all install
	+[ ! -e tests/guest/exporter/Kbuild ] || { \
		$(MAKE) -C $(KDIR) O= M=$(CURDIR)/tests/guest/exporter KCFLAGS=-Werror modules && \
		install -m 644 tests/guest/exporter/hdb_test_exporter.ko $(DESTDIR)$(PAYLOAD)/lib; }
