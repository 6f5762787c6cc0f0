# SPDX-License-Identifier: MIT
#
# Tests of hdb-bench: its statistics and what it makes of results.

BENCH = ../../tools/hdb-bench

SOURCES_test_rank = $(BENCH)/rank.c
LDLIBS_test_rank = -lm

bench_result = $(BENCH)/result.c $(BENCH)/result_json.c $(BENCH)/rank.c $(BENCH)/unit.c \
	$(BENCH)/env.c $(BENCH)/table.c $(BENCH)/slope.c $(BENCH)/target.c $(COMMON)/stats.c $(COMMON)/err.c \
	$(COMMON)/transport_kind.c

SOURCES_test_bench_result = $(bench_result) schema.c
PACKAGES_test_bench_result = jansson
LDLIBS_test_bench_result = -lm
SOURCES_test_bench_compare = $(bench_result) $(BENCH)/compare.c $(BENCH)/limits.c $(BENCH)/pattern.c
PACKAGES_test_bench_compare = jansson
LDLIBS_test_bench_compare = -lm
SOURCES_test_bench_wire = $(BENCH)/wire.c $(BENCH)/cost.c $(COMMON)/err.c
SOURCES_test_bench_options = $(bench_result) $(wildcard $(BENCH)/case*.c $(BENCH)/echo*.c) \
	$(BENCH)/bench_options.c \
	$(BENCH)/plan.c $(BENCH)/pattern.c $(BENCH)/pace.c $(BENCH)/clocks.c $(BENCH)/frame.c $(BENCH)/stream.c $(BENCH)/touch.c \
	$(BENCH)/channel.c \
	$(BENCH)/wire.c $(BENCH)/cost.c $(BENCH)/cost_span.c \
	$(BENCH)/setup_hdb.c $(BENCH)/setup_gntdev.c $(COMMON)/gntdev.c $(BENCH)/xen_without.c $(COMMON)/options.c \
	$(COMMON)/options_value.c $(COMMON)/peer.c $(COMMON)/hdb.c $(COMMON)/progress.c \
	$(COMMON)/stop.c $(COMMON)/fence.c $(COMMON)/device.c $(COMMON)/egl.c $(COMMON)/surface.c \
	$(COMMON)/sampler.c $(COMMON)/check.c $(scene) $(scene_gl) \
	$(wildcard $(COMMON)/buffer*.c)
PACKAGES_test_bench_options = jansson libdrm gbm egl glesv2 zlib
LDLIBS_test_bench_options = -lm
SOURCES_test_bench_report = $(bench_result) $(BENCH)/plot.c $(BENCH)/gnuplot.c $(BENCH)/page.c schema.c
PACKAGES_test_bench_report = jansson
LDLIBS_test_bench_report = -lm
