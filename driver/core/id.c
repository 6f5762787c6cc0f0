// SPDX-License-Identifier: GPL-2.0
/* Names of buffers: unique by their serial number, secret by their key. */
#include <linux/idr.h>
#include <linux/jhash.h>
#include <linux/random.h>

#include "core.h"

#define SERIAL_BITS	24
#define SERIAL_MAX	((1u << SERIAL_BITS) - 1)
#define DOMAIN_HINT	0x7f

static DEFINE_IDA(serials);

struct hdb_id hdb_id_from_user(const hyper_dmabuf_id_t *hid)
{
	return (struct hdb_id) {
		.word = { hid->id, hid->rng_key[0], hid->rng_key[1],
			  hid->rng_key[2] },
	};
}

hyper_dmabuf_id_t hdb_id_to_user(const struct hdb_id *id)
{
	return (hyper_dmabuf_id_t) {
		.id = id->word[0],
		.rng_key = { id->word[1], id->word[2], id->word[3] },
	};
}

int hdb_id_alloc(u32 own, struct hdb_id *id)
{
	int serial = ida_alloc_range(&serials, 1, SERIAL_MAX, GFP_KERNEL);

	if (serial < 0)
		return serial;

	id->word[0] = (own & DOMAIN_HINT) << SERIAL_BITS | serial;
	get_random_bytes(&id->word[1], 3 * sizeof(id->word[0]));
	return 0;
}

void hdb_id_free(const struct hdb_id *id)
{
	ida_free(&serials, id->word[0] & SERIAL_MAX);
}

u32 hdb_id_hash(const struct hdb_id *id)
{
	return jhash2(id->word, ARRAY_SIZE(id->word), 0);
}
