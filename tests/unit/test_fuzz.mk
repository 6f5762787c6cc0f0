# SPDX-License-Identifier: MIT
#
# The message fuzzer: its inputs in text form and its corpus, run on the driver's own code.

FUZZ = ../../tools/hdb-fuzz
fuzz_message = $(addprefix $(FUZZ)/message/,link.c mutate.c text.c record.c fields.c shorten.c) \
	$(FUZZ)/engine/rng.c

SOURCES_test_fuzz_message = $(fuzz_message) $(PROTOCOL)/hdb_msg.c $(PROTOCOL)/hdb_dir.c \
	$(PROTOCOL)/hdb_state.c ../../driver/backend/ring.c $(COMMON)/err.c \
	$(COMMON)/progress.c $(COMMON)/stop.c
PACKAGES_test_fuzz_message = jansson
FUZZ_FLAGS = -I$(FUZZ) -I$(FUZZ)/engine -I$(FUZZ)/message

$(O)/obj/tools/hdb-fuzz/%.o $(O)/obj/test_fuzz_message.o: FLAGS += $(FUZZ_FLAGS)
# The kernel does not warn of signed and unsigned numbers that are compared.
$(O)/obj/driver/backend/ring.o: FLAGS += -I$(FUZZ)/message/shim -Wno-sign-compare
$(O)/obj/tools/hdb-fuzz/message/link.o: FLAGS += -I$(FUZZ)/message/shim

# The ioctl fuzzer's programs: what carries them out is only written into C here.
SOURCES_test_fuzz_ioctl = $(addprefix $(FUZZ)/ioctl/,text.c generate.c table.c reproducer.c) \
	$(FUZZ)/engine/rng.c $(COMMON)/err.c
SOURCES_test_fuzz_sweep = $(addprefix $(FUZZ)/ioctl/,sweep.c text.c table.c) $(COMMON)/err.c
PACKAGES_test_fuzz_sweep = jansson
SOURCES_test_fuzz_journal = $(FUZZ)/engine/journal.c
SOURCES_test_fuzz_cover = $(addprefix $(FUZZ)/engine/,cover.c points.c) $(COMMON)/err.c
PACKAGES_test_fuzz_cover = jansson
SOURCES_test_fuzz_complaints = $(FUZZ)/engine/complaints.c $(COMMON)/err.c
COMPLAINTS = $(O)/obj/tools/hdb-fuzz/engine/complaints.o
include $(FUZZ)/complaints.mk
$(O)/obj/tools/hdb-fuzz/ioctl/%.o $(O)/obj/test_fuzz_ioctl.o $(O)/obj/test_fuzz_sweep.o $(O)/obj/test_fuzz_cover.o \
		$(O)/obj/test_fuzz_journal.o $(O)/obj/test_fuzz_complaints.o: \
	FLAGS += -I$(FUZZ) -I$(FUZZ)/engine -I$(FUZZ)/ioctl
$(O)/obj/tools/hdb-fuzz/ioctl/reproducer.o: \
	FLAGS += -DREPRODUCER_FOLDER='"$(CURDIR)/$(FUZZ)/ioctl"'

# The peer fuzzer's scripts.
SOURCES_test_fuzz_peer = $(addprefix $(FUZZ)/peer/,script.c text.c generate.c) \
	$(addprefix $(FUZZ)/message/,mutate.c text.c record.c fields.c) $(FUZZ)/engine/rng.c \
	$(COMMON)/err.c
$(O)/obj/tools/hdb-fuzz/peer/%.o $(O)/obj/test_fuzz_peer.o: \
	FLAGS += -I$(FUZZ) -I$(FUZZ)/engine -I$(FUZZ)/message -I$(FUZZ)/peer
