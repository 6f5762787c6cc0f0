# SPDX-License-Identifier: MIT
#
# hdb-fuzz: the command, and the programs that it runs, which have the driver's own files in them
# and need clang (and AFL++). Where that is not, the command is built alone, and says so when asked.

FUZZ = hdb-fuzz
FUZZ_CLANG ?= clang
FUZZ_AFL ?= afl-clang-fast

fuzz_command = $(wildcard $(FUZZ)/*.c $(FUZZ)/engine/*.c) \
	$(addprefix $(FUZZ)/message/,message.c inputs.c replay.c engine_libfuzzer.c engine_afl.c \
		text.c record.c fields.c mutate.c shorten.c) \
	$(wildcard $(FUZZ)/ioctl/*.c $(FUZZ)/inside/*.c)
# The end of a link that peer plays is made by Xen's libraries.
ifneq ($(XEN),)
fuzz_command += $(filter-out %/absent.c,$(wildcard $(FUZZ)/peer/*.c))
else
fuzz_command += $(FUZZ)/peer/absent.c
endif
fuzz_target = $(addprefix $(FUZZ)/message/,target.c link.c mutate.c record.c fields.c) \
	$(FUZZ)/engine/rng.c
fuzz_driver = $(wildcard ../driver/protocol/*.c) ../driver/backend/ring.c
# The command itself reads what the driver sends.
fuzz_protocol = $(patsubst ../driver/protocol/%.c,$(O)/hdb-fuzz/protocol/%.o,$(wildcard ../driver/protocol/*.c))

FUZZ_FLAGS = -I$(FUZZ) -I$(FUZZ)/engine -I$(FUZZ)/message -I../driver/protocol
# Coverage is that of the driver: the rest has the sanitizers alone. The kernel does not warn of
# signed and unsigned numbers that are compared.
FUZZ_TARGET_FLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O1 -g -fno-omit-frame-pointer \
	-I$(FUZZ)/message/shim -Icommon $(FUZZ_FLAGS)
FUZZ_SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_DRIVER_FLAGS = -Wno-sign-compare

FUZZ_SEEDS = $(wildcard $(FUZZ)/message/corpus/*.txt)
FUZZ_IOCTL_SEEDS = $(wildcard $(FUZZ)/ioctl/corpus/*.txt)
FUZZ_PEER_SEEDS = $(wildcard $(FUZZ)/peer/corpus/*.txt)
FUZZ_KERNEL_SEEDS = $(wildcard $(FUZZ)/inside/corpus/*.txt)
FUZZ_SHARE = $(O)/share/hdb/fuzz
FUZZ_BINARIES =

$(O)/hdb-fuzz/%.o: FLAGS += $(FUZZ_FLAGS)

COMPLAINTS = $(O)/hdb-fuzz/engine/complaints.o
include $(FUZZ)/complaints.mk

# The programs in C that it writes have these files in them.
FUZZ_RUN = $(addprefix $(FUZZ)/ioctl/,run.h run_inside.h run.c run_calls.c run_objects.c)
$(O)/hdb-fuzz/ioctl/reproducer.o: FLAGS += -DREPRODUCER_FOLDER='"$(CURDIR)/$(FUZZ)/ioctl"'
$(O)/hdb-fuzz/ioctl/reproducer.o: $(FUZZ_RUN)

$(O)/hdb-fuzz/protocol/%.o: ../driver/protocol/%.c $(FUZZ)/fuzz.mk
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(FLAGS) -c -o $@ $<

$(O)/bin/hdb-fuzz: $(fuzz_command:%.c=$(O)/%.o) $(fuzz_protocol) $(COMMON)
	@mkdir -p $(@D)
	@echo "  LINK    hdb-fuzz"
	@$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs jansson libdrm gbm $(XEN)) -lpthread

# $(1): program, $(2): compiler, $(3): for all, $(4): for the driver's files, $(5): to link
define fuzz_program
$(O)/$(1)/target/%.o: %.c $(FUZZ)/fuzz.mk
	@mkdir -p $$(@D)
	@echo "  FUZZ    $$<"
	@$(3) $(2) $$(FUZZ_TARGET_FLAGS) $$(FUZZ_SANITIZE) -MMD -MP -c -o $$@ $$<
$(O)/$(1)/driver/%.o: ../driver/%.c $(FUZZ)/fuzz.mk
	@mkdir -p $$(@D)
	@echo "  FUZZ    $$<"
	@$(3) $(2) $$(FUZZ_TARGET_FLAGS) $$(FUZZ_DRIVER_FLAGS) $$(FUZZ_SANITIZE) $(4) -MMD -MP -c \
		-o $$@ $$<
$(O)/bin/$(1): $$(fuzz_target:%.c=$(O)/$(1)/target/%.o) \
		$$(fuzz_driver:../driver/%.c=$(O)/$(1)/driver/%.o)
	@mkdir -p $$(@D)
	@echo "  LINK    $(1)"
	@$(3) $(2) $$(FUZZ_SANITIZE) $(5) -o $$@ $$^
endef

ifneq ($(shell command -v $(FUZZ_CLANG)),)
FUZZ_BINARIES += $(O)/bin/hdb-fuzz-message
$(eval $(call fuzz_program,hdb-fuzz-message,$(FUZZ_CLANG),,-fsanitize=fuzzer-no-link,-fsanitize=fuzzer))
# Which lines inputs reach (tests/fuzz-coverage).
$(eval $(call fuzz_program,hdb-fuzz-message-lines,$(FUZZ_CLANG),,-fprofile-instr-generate -fcoverage-mapping,-fsanitize=fuzzer -fprofile-instr-generate))
else
$(info tools: clang is not installed: hdb-fuzz has no engine for 'message')
endif

ifneq ($(shell command -v $(FUZZ_AFL)),)
# AFL++'s compiler instruments all that it compiles; clang itself compiles the rest.
$(eval $(call fuzz_program,hdb-fuzz-message-afl,$(FUZZ_AFL),AFL_QUIET=1,,-fsanitize=fuzzer))
FUZZ_BINARIES += $(O)/bin/hdb-fuzz-message-afl $(O)/bin/hdb-fuzz-message-afl.so
$(O)/bin/hdb-fuzz-message-afl.so: $(addprefix $(FUZZ)/message/,target_afl.c mutate.c record.c \
		fields.c) $(FUZZ)/engine/rng.c $(FUZZ)/fuzz.mk
	@mkdir -p $(@D)
	@echo "  LINK    $(notdir $@)"
	@$(CC) $(FUZZ_TARGET_FLAGS) -O2 -shared -fPIC -o $@ $(filter %.c,$^)
endif

$(FUZZ_SHARE)/.made: $(FUZZ_SEEDS) $(FUZZ_IOCTL_SEEDS) $(FUZZ_PEER_SEEDS) $(FUZZ_KERNEL_SEEDS) \
		$(FUZZ)/message/message.dict
	@rm -rf $(@D)
	@mkdir -p $(@D)/message $(@D)/ioctl $(@D)/peer $(@D)/message-kernel
	@cp $(FUZZ_SEEDS) $(@D)/message
	@cp $(FUZZ_IOCTL_SEEDS) $(@D)/ioctl
	@cp $(FUZZ_PEER_SEEDS) $(@D)/peer
	@cp $(FUZZ_KERNEL_SEEDS) $(@D)/message-kernel
	@cp $(FUZZ)/message/message.dict $(@D)
	@touch $@

.PHONY: fuzz fuzz-lines fuzz-install
fuzz-lines: $(O)/bin/hdb-fuzz-message-lines
fuzz: $(O)/bin/hdb-fuzz $(FUZZ_BINARIES) $(FUZZ_SHARE)/.made
fuzz-install: fuzz
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/hdb/fuzz/message \
		$(DESTDIR)$(PREFIX)/share/hdb/fuzz/ioctl $(DESTDIR)$(PREFIX)/share/hdb/fuzz/peer \
		$(DESTDIR)$(PREFIX)/share/hdb/fuzz/message-kernel
	install -m 755 $(O)/bin/hdb-fuzz $(FUZZ_BINARIES) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(FUZZ_SEEDS) $(DESTDIR)$(PREFIX)/share/hdb/fuzz/message
	install -m 644 $(FUZZ_IOCTL_SEEDS) $(DESTDIR)$(PREFIX)/share/hdb/fuzz/ioctl
	install -m 644 $(FUZZ_PEER_SEEDS) $(DESTDIR)$(PREFIX)/share/hdb/fuzz/peer
	install -m 644 $(FUZZ_KERNEL_SEEDS) $(DESTDIR)$(PREFIX)/share/hdb/fuzz/message-kernel
	install -m 644 $(FUZZ)/message/message.dict $(DESTDIR)$(PREFIX)/share/hdb/fuzz
