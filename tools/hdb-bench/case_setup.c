// SPDX-License-Identifier: MIT
/* Setting up a buffer and letting it go, from the first call to the last page. */
#include "cases.h"
#include "setup_gntdev.h"
#include "setup_hdb.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum setup_value {
	SETUP_EXPORT,
	SETUP_IMPORT,
	SETUP_BOTH,
	SETUP_FIRST_MAP,
	SETUP_UNEXPORT,
	SETUP_RELEASE,
};

static const struct case_series setup_series[] = {
	[SETUP_EXPORT] = { "setup/export", UNIT_NS,
		"the call that shares a buffer that was not shared: its pages are granted and the "
		"other domain is told" },
	[SETUP_IMPORT] = { "setup/import", UNIT_NS,
		"the other domain's call that gives a dma-buf for it: its pages are mapped" },
	[SETUP_BOTH] = { "setup/both", UNIT_NS,
		"these two calls together, each by the clock of its own domain" },
	[SETUP_FIRST_MAP] = { "setup/first-map", UNIT_NS,
		"the other domain's mmap() of the dma-buf, and reading one word of each page" },
	[SETUP_UNEXPORT] = { "setup/unexport", UNIT_NS,
		"the call that stops sharing it, when the other domain has closed it, but still "
		"caches the mapping" },
	[SETUP_RELEASE] = { "setup/release", UNIT_NS,
		"from the begin of that call until WAIT_RELEASED says that all pages are unmapped "
		"by the other domain and free; by gntdev: close and wait there, release here" },
	{ 0 },
};

struct setup {
	struct buffer buffer;
	struct setup_gntdev *gntdev;
};

static void setup_close(struct case_context *context)
{
	struct setup *setup = context->state;

	if (!setup)
		return;
	setup_gntdev_close(setup->gntdev);
	if (setup->buffer.fd >= 0)
		buffer_free(&context->channel->source, &setup->buffer);
	free(setup);
}

static int setup_open(struct case_context *context, struct err *err)
{
	struct setup *setup = calloc(1, sizeof(*setup));

	if (!setup)
		return err_errno(err, ENOMEM, "setup");
	setup->buffer.fd = -1;
	context->state = setup;
	if (context->transport == TRANSPORT_GNTDEV) {
		setup->gntdev = setup_gntdev_open(context->channel, context->size->bytes, err);
		return setup->gntdev ? 0 : -1;
	}
	return channel_alloc(context->channel, context->size->bytes, &setup->buffer, err);
}

static int setup_hdb(struct case_context *context, double *values, struct err *err)
{
	struct setup *setup = context->state;
	struct setup_hdb_times times;

	if (setup_hdb_once(context->channel, &setup->buffer, context->size->bytes, &times,
			   err) < 0)
		return -1;
	values[SETUP_EXPORT] = (double)times.export;
	values[SETUP_IMPORT] = (double)times.import;
	values[SETUP_BOTH] = (double)(times.export + times.import);
	values[SETUP_FIRST_MAP] = (double)times.first_map;
	values[SETUP_UNEXPORT] = (double)times.unexport;
	values[SETUP_RELEASE] = (double)times.release;
	return 0;
}

static int setup_gntdev(struct setup *setup, double *values, struct err *err)
{
	struct setup_gntdev_times times;

	if (setup_gntdev_once(setup->gntdev, &times, err) < 0)
		return -1;
	values[SETUP_EXPORT] = (double)times.grant;
	values[SETUP_IMPORT] = (double)times.import;
	values[SETUP_BOTH] = (double)(times.grant + times.import);
	/* Its dma-bufs have no mmap(), and letting go is one step. */
	values[SETUP_FIRST_MAP] = NAN;
	values[SETUP_UNEXPORT] = NAN;
	values[SETUP_RELEASE] = (double)times.release;
	return 0;
}

static int setup_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	struct setup *setup = context->state;

	(void)intended;
	if (setup->gntdev)
		return setup_gntdev(setup, values, err);
	return setup_hdb(context, values, err);
}

const struct case_exercise case_setup = {
	.series = setup_series,
	.sizes = case_buffer_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_GNTDEV),
	.cannot = {
		[TRANSPORT_COPY] = "it sets up one buffer, which is hdb's, and never another",
	},
	.flags = CASE_PEER,
	.depends = "number of pages, hypervisor, IOMMU",
	.open = setup_open,
	.once = setup_once,
	.close = setup_close,
};
