# SPDX-License-Identifier: MIT
#
# Tests of hdb-bench: its statistics and what it makes of results.

BENCH = ../../tools/hdb-bench

SOURCES_test_rank = $(BENCH)/rank.c
LDLIBS_test_rank = -lm
