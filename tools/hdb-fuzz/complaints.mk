# SPDX-License-Identifier: MIT
#
# What fails a lane is what hdb-fuzz looks for: the expressions of ci/ as strings in C, for
# engine/complaints.c. FUZZ says where this folder is, COMPLAINTS which object is made of that file.

$(O)/inc/%.inc: $(FUZZ)/../../ci/%
	@mkdir -p $(@D)
	@sed -e '/^#/d' -e '/^$$/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&",/' $< >$@

$(COMPLAINTS): FLAGS += -I$(O)/inc
$(COMPLAINTS): $(O)/inc/complaints.inc $(O)/inc/tolerated.inc
