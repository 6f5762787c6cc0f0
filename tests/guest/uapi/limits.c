// SPDX-License-Identifier: MIT
/* How much a link may have: refused at once beyond it, and the log says by which parameter. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "ends.h"
#include "fence.h"
#include "log.h"
#include "made.h"
#include "param.h"

TestSuite(limits, .init = ends_init, .fini = param_restore, .timeout = 120);

/* What "at once" is, on an emulated machine, in milliseconds. */
#define AT_ONCE_MS 1000

#define GIB (1024ul * 1024 * 1024)

static struct dmabuf limits_buffer(size_t size)
{
	struct dmabuf buffer;

	expect(0, dmabuf_alloc(&buffer, DMABUF_ANY, size));
	return buffer;
}

static int limits_export(const struct dmabuf *buffer, hyper_dmabuf_id_t *hid)
{
	return call_export(ends.out, buffer->fd, ends.domain, NULL, 0, hid);
}

Test(limits, exports_beyond_max_exports_are_edquot)
{
	struct dmabuf buffers[4];
	hyper_dmabuf_id_t hids[4];

	expect(0, param_change("max_exports", 3));
	for (int i = 0; i < 4; i++) {
		buffers[i] = limits_buffer(DMABUF_PAGE);
		expect(i < 3 ? 0 : -EDQUOT, limits_export(&buffers[i], &hids[i]));
	}
	cr_assert(log_says("max_exports = 3"), "the log does not name the parameter");
	expect(3, state_read("exports"));
	/* What is shared already is no buffer more. */
	expect(0, limits_export(&buffers[0], NULL));
	expect(0, call_unexport(ends.out, &hids[0], 0));
	cr_assert(state_becomes("exports", 2, ENDS_PATIENCE_MS));
	expect(0, limits_export(&buffers[3], NULL));
}

Test(limits, pages_beyond_max_export_pages_are_edquot)
{
	struct dmabuf first = limits_buffer(DMABUF_ODD), second = limits_buffer(DMABUF_PAGE);

	expect(0, param_change("max_export_pages", 16));
	expect(-EDQUOT, limits_export(&first, NULL));
	cr_assert(log_says("max_export_pages = 16"), "the log does not name the parameter");
	expect(0, param_set("max_export_pages", 17));
	expect(0, limits_export(&first, NULL));
	expect(-EDQUOT, limits_export(&second, NULL));
	expect(1, state_read("exports"));
}

/* Its pages are granted still. */
Test(limits, what_is_unexported_and_in_use_counts)
{
	struct dmabuf import, more = limits_buffer(DMABUF_PAGE);
	struct shared shared;

	expect(0, param_change("max_exports", 1));
	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(-EDQUOT, limits_export(&more, NULL));
	dmabuf_free(&import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	expect(0, limits_export(&more, NULL));
}

/* The importer's limit is known over there: it refuses, and the export is gone. */
Test(limits, imports_beyond_max_imports_are_refused)
{
	struct shared shared[2];
	struct dmabuf more = limits_buffer(DMABUF_PAGE);
	hyper_dmabuf_id_t hid;

	expect(0, param_change("max_imports", 2));
	for (int i = 0; i < 2; i++)
		ends_share(&shared[i], DMABUF_PAGE, 1);
	expect(0, limits_export(&more, &hid));
	cr_assert(state_becomes("exports", 2, ENDS_PATIENCE_MS));
	cr_assert(log_says("max_imports = 2"), "the log does not name the parameter");
	expect(-ENOENT, call_import(ends.in, &hid, 0));
	expect(-ENOENT, call_query_value(ends.out, &hid, HYPER_DMABUF_QUERY_TYPE));
	expect(0, call_unexport(ends.out, &shared[0].hid, 0));
	cr_assert(state_becomes("imports", 1, ENDS_PATIENCE_MS));
	expect(0, limits_export(&more, &hid));
	cr_assert(eventually(call_import(ends.in, &hid, 0) >= 0));
}

Test(limits, pages_beyond_max_import_pages_are_refused)
{
	struct dmabuf large = limits_buffer(DMABUF_ODD);
	struct shared shared;

	expect(0, param_change("max_import_pages", 17));
	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, limits_export(&large, NULL));
	cr_assert(state_becomes("exports", 1, ENDS_PATIENCE_MS));
	cr_assert(log_says("max_import_pages = 17"), "the log does not name the parameter");
	expect(1, state_read("imports"));
}

Test(limits, grants_beyond_what_there_are_are_enospc)
{
	struct dmabuf buffer = limits_buffer(DMABUF_ODD);
	char limit[40];
	long start;
	int fd;

	expect(0, param_change("loopback_grants", 17));
	/* 17 pages, and one for the directory. */
	expect(-ENOSPC, limits_export(&buffer, NULL));
	cr_assert(log_says("loopback_grants = 17"), "the log does not name the parameter");
	expect(0, param_set("loopback_grants", 18));
	expect(0, limits_export(&buffer, NULL));
	param_restore();

	/* A buffer of 1 GiB, with as many as there usually are. */
	fd = made_new(EXPORTER_MEMORY, GIB);
	cr_assert_geq(fd, 0, "%s", strerror(-fd));
	start = fence_now();
	expect(-ENOSPC, call_export(ends.out, fd, ends.domain, NULL, 0, NULL));
	cr_assert_lt(fence_now() - start, 2 * AT_ONCE_MS);
	snprintf(limit, sizeof(limit), "%lu pages do not fit", GIB / DMABUF_PAGE);
	cr_assert(log_says(limit));
	close(fd);
	cr_assert(eventually(made_end() == 0));
}

/* Of one link as many events wait as max_events says; it is the oldest that go. */
Test(limits, events_beyond_max_events_are_dropped)
{
	enum { KEPT = 10, MANY = 100 };
	int reader = call_open(CALL_DEVICE, O_NONBLOCK);
	struct dmabuf buffer = limits_buffer(DMABUF_PAGE);
	long lost = state_read("events_lost");
	hyper_dmabuf_id_t hid;
	struct event event;
	uint32_t number;

	expect(0, param_change("max_events", KEPT));
	for (uint32_t i = 0; i < MANY; i++) {
		expect(0, call_export(ends.out, buffer.fd, ends.domain, &i, sizeof(i), &hid));
		expect(24 + 4, event_next(reader, &event, ENDS_PATIENCE_MS));
	}
	usleep(20000);
	for (uint32_t i = MANY - KEPT; i < MANY; i++) {
		expect(24 + 4, event_next(ends.in, &event, 0));
		memcpy(&number, event.priv, sizeof(number));
		cr_assert_eq(number, i, "%u, not %u", number, i);
	}
	expect(-ETIMEDOUT, event_next(ends.in, &event, 50));
	/* The exporting file is told as well. */
	expect(2 * (MANY - KEPT), state_read("events_lost") - lost);
	cr_assert(log_says("max_events = 10"), "the log does not name the parameter");
}

/* What was there when a file was opened is not dropped for what comes afterwards. */
Test(limits, events_of_the_listing_stay)
{
	enum { LISTED = 20 };
	struct shared shared[LISTED];
	struct event event;
	int late, listed = 0;

	for (int i = 0; i < LISTED; i++)
		ends_share(&shared[i], DMABUF_PAGE, 1);
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	expect(0, param_change("max_events", 2));
	for (int i = 0; i < 10; i++) {
		expect(0, call_export(ends.out, shared[0].buffer.fd, ends.domain, "new", 3, NULL));
		usleep(5000);
	}
	usleep(100000);
	while (event_next(late, &event, 0) >= 0)
		listed += !memcmp(event.priv, "hdb", 3);
	expect(LISTED, listed);
}

/* A storm: nobody reads 8 files, somebody reads one, two threads renew as fast as they can. */
enum { STORM_FILES = 8, STORM_THREADS = 2, STORM_MANY = 2000 };

static void *storm_run(void *arg)
{
	const struct dmabuf *buffer = arg;

	for (uint32_t i = 0; i < STORM_MANY; i++)
		if (call_export(ends.out, buffer->fd, ends.domain, &i, sizeof(i), NULL))
			return (void *)1;
	return NULL;
}

Test(limits, storm_of_events)
{
	struct dmabuf buffers[STORM_THREADS], import;
	pthread_t threads[STORM_THREADS];
	uint32_t last = 0;
	int files[STORM_FILES];
	struct shared after;
	struct event event;
	void *failed;

	for (int i = 0; i < STORM_FILES; i++)
		files[i] = call_open(CALL_DEVICE, O_NONBLOCK);
	for (int i = 0; i < STORM_THREADS; i++) {
		buffers[i] = limits_buffer(DMABUF_PAGE);
		cr_assert_eq(pthread_create(&threads[i], NULL, storm_run, &buffers[i]), 0);
	}
	/* What is not dropped or replaced comes; the last of all is the last of either. */
	while (event_next(ends.in, &event, 500) >= 0)
		memcpy(&last, event.priv, sizeof(last));
	for (int i = 0; i < STORM_THREADS; i++) {
		pthread_join(threads[i], &failed);
		cr_assert_null(failed);
	}
	while (event_next(ends.in, &event, 2000) >= 0)
		memcpy(&last, event.priv, sizeof(last));
	cr_assert_eq(last, STORM_MANY - 1, "the last that came is %u", last);
	for (int i = 0; i < STORM_FILES; i++) {
		uint32_t count = 0;

		while (event_next(files[i], &event, 0) >= 0) {
			memcpy(&last, event.priv, sizeof(last));
			count++;
		}
		cr_assert_leq(count, param_get("max_events"), "%u events wait", count);
		cr_assert_eq(last, STORM_MANY - 1, "the last that waits is %u", last);
		close(files[i]);
	}
	ends_share(&after, DMABUF_PAGE, 3);
	ends_import(&after, &import);
	assert_pattern(import.map, DMABUF_PAGE, 3);
}

/* Who sends more messages than max_messages a second is taken at that pace, and none is lost. */
Test(limits, messages_beyond_max_messages_wait)
{
	enum { MANY = 50 };
	struct dmabuf buffer = limits_buffer(DMABUF_PAGE);
	hyper_dmabuf_id_t hid;
	struct event event;
	uint32_t number;
	long start;

	expect(0, param_change("max_messages", 100));
	start = fence_now();
	for (uint32_t i = 0; i < MANY; i++) {
		expect(0, call_export(ends.out, buffer.fd, ends.domain, &i, sizeof(i), &hid));
		expect(24 + 4, event_next(ends.in, &event, ENDS_PATIENCE_MS));
		memcpy(&number, event.priv, sizeof(number));
		cr_assert_eq(number, i);
	}
	start = fence_now() - start;
	cr_assert_geq(start, 300, "%d messages in %ld ms", MANY, start);
	cr_assert(log_says("max_messages = 100"), "the log does not name the parameter");
	expect(0, param_set("max_messages", 0));
	for (uint32_t i = 0; i < MANY; i++) {
		expect(0, call_export(ends.out, buffer.fd, ends.domain, &i, sizeof(i), &hid));
		expect(24 + 4, event_next(ends.in, &event, ENDS_PATIENCE_MS));
	}
}

Test(limits, thousand_small_buffers)
{
	enum { MANY = 1000 };
	struct rlimit files = { .rlim_cur = 4096, .rlim_max = 4096 };
	static struct shared shared[MANY];
	static struct dmabuf imports[MANY];
	struct event event;

	expect(0, setrlimit(RLIMIT_NOFILE, &files));
	for (int i = 0; i < MANY; i++) {
		expect(0, dmabuf_alloc(&shared[i].buffer, DMABUF_ANY, DMABUF_PAGE));
		dmabuf_fill(shared[i].buffer.map, DMABUF_PAGE, (uint32_t)i);
		expect(0, call_export(ends.out, shared[i].buffer.fd, ends.domain, &i, sizeof(i),
				      &shared[i].hid));
		expect(24 + 4, event_next(ends.in, &event, ENDS_PATIENCE_MS));
		cr_assert(event_same_id(&event.hdr.hid, &shared[i].hid));
	}
	for (int i = 0; i < MANY; i++)
		ends_import(&shared[i], &imports[i]);
	expect(MANY, state_read("exports"));
	expect(MANY, state_read("mappings"));
	for (int i = 0; i < MANY; i++)
		assert_pattern(imports[i].map, DMABUF_PAGE, (uint32_t)i);
	for (int i = 0; i < MANY; i++)
		dmabuf_free(&imports[i]);
	close(ends.out);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("mappings", 0, ENDS_PATIENCE_MS));
}

/* Caches go when memory is wanted; what is used stays. */
Test(limits, memory_pressure_drops_idle_mappings)
{
	struct shared used, idle;
	struct dmabuf import, cached;
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);

	cr_assert_geq(drop, 0);
	expect(0, param_change("cache_ms", 600000));
	ends_share(&used, DMABUF_8M, 1);
	ends_share(&idle, DMABUF_8M, 2);
	ends_import(&used, &import);
	ends_import(&idle, &cached);
	dmabuf_free(&cached);
	usleep(300000);
	expect(2, state_read("mappings"));
	/* 2: what the kernel calls slab, shrinkers among it. */
	expect(1, write(drop, "2", 1));
	cr_assert(state_becomes("mappings", 1, ENDS_PATIENCE_MS), "the idle one is there still");
	assert_pattern(import.map, DMABUF_8M, 1);
	/* And comes back when it is asked for. */
	ends_import(&idle, &cached);
	assert_pattern(cached.map, DMABUF_8M, 2);
}
