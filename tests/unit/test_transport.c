// SPDX-License-Identifier: MIT
/* What the importer's end of a transport believes of what an exporter sends over a line. */
#include <criterion/criterion.h>
#include <drm_fourcc.h>
#include <unistd.h>

#include "stop.h"
#include "transport_line.h"

#define SIDE 64

static struct transport importer = { .hdb = -1 };
static struct line exporter;
static struct err err;

/* Without the driver or Xen the copying transport goes to the own domain. */
static void start(void)
{
	const struct peer own = { .loopback = true };

	if (access(HDB_NODE, F_OK) == 0 || access("/dev/xen/xenbus", F_OK) == 0)
		cr_skip_test("this machine has the driver, or Xen");
	cr_assert_eq(transport_open(&importer, TRANSPORT_COPY, false, NULL, 2, &err), 0, "%s",
		     err.text);
	cr_assert_eq(line_open(&exporter, &own, TRANSPORT_COPY, true, 2, &err), 0, "%s", err.text);
}

static void end(void)
{
	line_close(&exporter);
	transport_close(&importer);
}

static struct meta frame(void)
{
	return (struct meta){
		.kind = META_FRAME, .stream = 1, .buffers = 3, .size = SIDE * SIDE * 4,
		.width = SIDE, .height = SIDE, .fourcc = DRM_FORMAT_XRGB8888,
		.modifier = DRM_FORMAT_MOD_LINEAR, .n_planes = 1, .planes = { { 0, SIDE * 4 } },
	};
}

static void refused(const uint8_t bytes[META_SIZE], uint64_t bulk, const char *words)
{
	uint64_t limit = stop_now() + STOP_NS_PER_S;
	struct hdb_event event;
	int got;

	start();
	/* Takes the line up. */
	cr_assert_eq(importer.ops->next(&importer, &event, &err), 0);
	cr_assert_eq(line_begin(&exporter, bytes, bulk, &err), 0, "%s", err.text);
	do
		got = importer.ops->next(&importer, &event, &err);
	while (got == 0 && stop_now() < limit);
	cr_assert_eq(got, -1, "%s", words);
	cr_assert(strstr(err.text, words), "not '%s' but: %s", words, err.text);
	cr_assert(!importer.ops->alive(&importer, event.hid));
	end();
}

static void refused_meta(struct meta meta, uint64_t bulk, const char *words)
{
	uint8_t bytes[META_SIZE];

	cr_assert_eq(meta_encode(&meta, bytes), META_OK);
	refused(bytes, bulk, words);
}

/* One test: they all use the one socket of this domain. */
Test(transport, what_makes_no_sense_ends_the_line, .timeout = 30)
{
	struct meta ack = { .kind = META_ACK, .stream = 1 };
	uint8_t zero[META_SIZE] = { 0 };
	struct meta meta = frame();

	refused(zero, 0, "is not hdb's metadata");
	refused_meta(ack, 4, "bytes without a frame");
	refused_meta(meta, 0, "a frame with gaps");
	refused_meta(meta, meta.size - 1, "a frame with gaps");
	refused_meta(meta, meta.size + 1, "a frame with gaps");
	refused_meta(meta, UINT64_MAX, "a frame with gaps");
	meta.planes[0].stride += 4;
	meta.size += SIDE * 4;
	refused_meta(meta, meta.size, "a frame with gaps");
	meta = frame();
	meta.planes[0].offset = 4;
	meta.size += 4;
	refused_meta(meta, meta.size, "a frame with gaps");
	meta = frame();
	meta.modifier = DRM_FORMAT_MOD_INVALID;
	refused_meta(meta, meta.size, "a frame with gaps");
}

Test(transport, a_name_needs_the_driver)
{
	if (access(HDB_NODE, F_OK) == 0)
		cr_skip_test("this machine has the driver");
	cr_assert_eq(transport_open(&importer, TRANSPORT_COPY, false, "b", 2, &err), -1);
	cr_assert_eq(err.code, EXIT_USAGE);
	cr_assert(strstr(err.text, "want an id, not 'b'"), "%s", err.text);
}
