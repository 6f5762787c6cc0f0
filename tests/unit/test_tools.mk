# SPDX-License-Identifier: MIT
#
# Tests of what the tools have in common, and of their command lines.

TOOLS = ../../tools

report = $(COMMON)/report.c $(COMMON)/progress.c $(COMMON)/stop.c $(COMMON)/err.c
png = $(COMMON)/pngfile.c $(COMMON)/sheet.c $(COMMON)/glyph.c $(COMMON)/fixed.c
options = $(COMMON)/options.c $(COMMON)/options_value.c $(COMMON)/err.c

SOURCES_test_options = $(options) $(png) $(TOOLS)/hdb-export/export_options.c \
	$(TOOLS)/hdb-import/import_options.c $(TOOLS)/hdb-import/pictures.c \
	$(COMMON)/transport_kind.c \
	$(COMMON)/folder.c $(COMMON)/fence.c $(COMMON)/stop.c $(wildcard $(COMMON)/buffer*.c) $(COMMON)/progress.c
PACKAGES_test_options = libpng jansson libdrm gbm
SOURCES_test_pictures = $(options) $(png) $(TOOLS)/hdb-import/pictures.c $(COMMON)/folder.c
PACKAGES_test_pictures = libpng
SOURCES_test_stats = $(COMMON)/stats.c
PACKAGES_test_stats = jansson
SOURCES_test_report = $(report)
PACKAGES_test_report = jansson
SOURCES_test_stream = $(COMMON)/stream.c $(COMMON)/hdb.c $(COMMON)/err.c $(COMMON)/meta.c
SOURCES_test_peer = $(COMMON)/peer.c $(COMMON)/hdb.c $(COMMON)/progress.c $(COMMON)/stop.c $(options)
PACKAGES_test_peer = jansson
SOURCES_test_handback = $(COMMON)/handback.c $(COMMON)/hdb.c $(COMMON)/err.c $(COMMON)/meta.c
SOURCES_test_line = $(wildcard $(COMMON)/line*.c) $(COMMON)/transport_kind.c $(COMMON)/peer.c \
	$(COMMON)/hdb.c $(COMMON)/progress.c $(COMMON)/stop.c $(options)
PACKAGES_test_line = jansson
SOURCES_test_transport = $(wildcard $(COMMON)/line*.c) $(wildcard $(COMMON)/transport*.c) \
	$(COMMON)/gntdev.c $(COMMON)/meta.c $(COMMON)/stats.c $(COMMON)/peer.c $(COMMON)/hdb.c \
	$(COMMON)/progress.c $(COMMON)/stop.c $(wildcard $(COMMON)/buffer*.c) $(options)
PACKAGES_test_transport = libdrm gbm jansson
