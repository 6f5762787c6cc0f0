# SPDX-License-Identifier: MIT
#
# Tests of the driver's parts that are no kernel code: the wire protocol.

protocol = $(wildcard $(PROTOCOL)/*.c)

SOURCES_test_protocol = $(protocol)
SOURCES_test_directory = $(protocol)
SOURCES_test_states = $(protocol)
