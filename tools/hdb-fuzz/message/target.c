// SPDX-License-Identifier: MIT
/* The message fuzzer as libFuzzer, AFL++ (through its libFuzzer driver) and OSS-Fuzz want it. */
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "mutate.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

/*
 * Which state met which message is data and no branch: libFuzzer counts what it finds in this
 * section beside the code's edges.
 */
__attribute__((section("__libfuzzer_extra_counters")))
static uint8_t target_states[LINK_STATES];

/* Messages, over all inputs: told at the end. */
static uint64_t target_taken, target_bad;

__attribute__((destructor))
static void target_tell(void)
{
	fprintf(stderr, "hdb-fuzz: messages: %llu bad: %llu\n", (unsigned long long)target_taken,
		(unsigned long long)target_bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link_counts counts;

	if (size > RECORD_INPUT_MAX)
		return 0;
	counts = link_run(data, size, target_states);
	target_taken += counts.received;
	target_bad += counts.bad;
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	/* Now and then without any sense of what the bytes are. */
	if (seed % 16 == 0 && LLVMFuzzerMutate)
		return LLVMFuzzerMutate(data, size, max_size);
	return mutate(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned int seed)
{
	return mutate_cross(data1, size1, data2, size2, out, max_size, seed);
}
