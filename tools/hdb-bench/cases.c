// SPDX-License-Identifier: MIT
#include "cases.h"

#include <stdio.h>

const struct case_exercise *const case_exercises[] = {
	&case_clock, &case_wakeup, &case_memcpy, &case_evtchn, &case_grants,
	&case_setup, &case_frame, &case_remap, &case_fence, &case_stream, &case_buffers,
	&case_links, &case_cost, &case_cost_setup, &case_render, NULL,
};

const struct case_size case_buffer_sizes[] = {
	{ .name = "4KiB", .bytes = 4096 },
	{ .name = "64KiB", .bytes = 65536 },
	{ .name = "1MiB", .bytes = 1 << 20 },
	{ .name = "16MiB", .bytes = 16 << 20 },
	{ .name = "3840x2160", .bytes = 3840 * 2160 * 4 },
	{ .name = "64MiB", .bytes = 64 << 20 },
	{ 0 },
};

const struct case_size case_picture_sizes[] = {
	{ "64x64", CASE_SMALLEST_PICTURE, .width = 64, .height = 64 },
	{ "640x480", 640 * 480 * 4, .width = 640, .height = 480 },
	{ "1920x1080", 1920 * 1088 * 4, .width = 1920, .height = 1080 },
	{ "3840x2160", 3840 * 2160 * 4, .width = 3840, .height = 2160 },
	{ 0 },
};

void case_name(const struct case_series *series, const struct case_size *size, char *name,
	       size_t length)
{
	snprintf(name, length, "%s%s%s", series->name, size ? "/" : "", size ? size->name : "");
}
