// SPDX-License-Identifier: MIT
/* The mutator for AFL++, as a library that it loads (AFL_CUSTOM_MUTATOR_LIBRARY). */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "record.h"
#include "rng.h"

struct afl_mutator {
	struct rng rng;
	uint8_t out[RECORD_INPUT_MAX];
};

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
		       size_t other_size, size_t max_size);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator)
		rng_seed(&mutator->rng, seed);
	return mutator;
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
		       size_t other_size, size_t max_size)
{
	struct afl_mutator *mutator = data;
	size_t room = max_size < sizeof(mutator->out) ? max_size : sizeof(mutator->out);

	*out = mutator->out;
	if (other_size && rng_one_in(&mutator->rng, 8))
		return mutate_cross(bytes, size, other, other_size, mutator->out, room,
				    rng_next(&mutator->rng));
	if (size > room)
		size = room;
	memcpy(mutator->out, bytes, size);
	return mutate(mutator->out, size, room, rng_next(&mutator->rng));
}

void afl_custom_deinit(void *data)
{
	free(data);
}
