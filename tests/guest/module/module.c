// SPDX-License-Identifier: MIT
/*
 * Loading and unloading. The driver has to be loaded and unused at first, with
 * no link to another domain; afterwards it is loaded again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "ends.h"
#include "fence.h"

#define MODULE_NAME	"hyper_dmabuf"
#define MODULE_FILE	"/opt/hdb/lib/hyper_dmabuf.ko"
#define MODULE_CYCLES	20

static int module_load(void)
{
	const char *path = getenv("HDB_MODULE");
	int fd = open(path ? path : MODULE_FILE, O_RDONLY | O_CLOEXEC);
	int ret;

	cr_assert(fd >= 0, "cannot open %s: %s", path ? path : MODULE_FILE, strerror(errno));
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int module_unload(void)
{
	return syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) ? -errno : 0;
}

static bool module_loaded(void)
{
	struct stat st;

	return !stat("/sys/module/" MODULE_NAME "/refcnt", &st);
}

/* What was used a moment ago may take a moment to let go. */
static void module_unload_soon(void)
{
	cr_assert(eventually(module_unload() == 0), "still in use: %s", strerror(errno));
}

static void module_init(void)
{
	if (!module_loaded())
		expect(0, module_load());
	ends_init();
}

static void module_fini(void)
{
	if (!module_loaded())
		module_load();
}

TestSuite(load, .init = module_init, .fini = module_fini, .timeout = 120);

static void module_close_ends(void)
{
	close(ends.in);
	close(ends.out);
}

Test(load, with_an_open_file_stays)
{
	expect(-EWOULDBLOCK, module_unload());
	close(ends.in);
	expect(-EWOULDBLOCK, module_unload());
	close(ends.out);
	module_unload_soon();
}

Test(load, with_an_import_stays)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	dmabuf_unmap(&import);
	module_close_ends();
	usleep(100000);
	expect(-EWOULDBLOCK, module_unload());
	dmabuf_close_fd(&import);
	module_unload_soon();
}

Test(load, with_a_mapping_stays)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	dmabuf_close_fd(&import);
	module_close_ends();
	usleep(100000);
	expect(-EWOULDBLOCK, module_unload());
	assert_pattern(import.map, DMABUF_PAGE, 1);
	dmabuf_unmap(&import);
	module_unload_soon();
}

/* Who holds a signalled fence may still ask for its name. */
Test(load, with_a_fence_stays)
{
	struct shared shared;
	struct fence fence;
	char driver[32];
	int import, sync;

	if (fence_new(&fence) == -ENOENT)
		cr_skip_test("there is no vgem, whose fences stay pending");
	ends_share(&shared, DMABUF_PAGE, 1);
	import = call_import(ends.in, &shared.hid, 0);
	cr_assert(import >= 0);
	expect(1, call_fence_send(ends.out, &shared.hid, 0, fence.fd));
	cr_assert(eventually(!fence_ready(import, POLLIN, 0)));
	sync = fence_of(import, false);
	expect(0, fence_signal(&fence));
	cr_assert(fence_ready(sync, POLLIN, ENDS_PATIENCE_MS));
	close(import);
	module_close_ends();
	dmabuf_free(&shared.buffer);
	usleep(300000);
	expect(-EWOULDBLOCK, module_unload());
	expect(1, fence_status(sync));
	expect(1, fence_count(sync, driver));
	/* From Linux 6.17 on nobody is told whose a signalled fence was. */
	cr_assert(!strcmp(driver, "hyper_dmabuf") || !strcmp(driver, "detached-driver"),
		  "a fence of %s", driver);
	close(sync);
	module_unload_soon();
}

/* Nor does it stay for fences that nobody holds, pending on both sides. */
Test(load, goes_with_fences)
{
	struct shared shared;
	struct fence fence;

	if (fence_new(&fence) == -ENOENT)
		cr_skip_test("there is no vgem, whose fences stay pending");
	ends_share(&shared, DMABUF_PAGE, 1);
	expect(1, call_fence_send(ends.out, &shared.hid, HYPER_DMABUF_FENCE_EXPECT_RETURN,
				  fence.fd));
	module_close_ends();
	module_unload_soon();
	/* vgem's fence goes on without us. */
	expect(0, fence_status(fence.fd));
	expect(0, fence_signal(&fence));
}

Test(load, goes_right_after_use)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	dmabuf_free(&import);
	module_close_ends();
	module_unload_soon();
	/* The exporter's dma-buf is not the driver's. */
	assert_pattern(shared.buffer.map, DMABUF_8M, 1);
}

Test(load, goes_with_its_nodes)
{
	struct stat st;

	module_close_ends();
	module_unload_soon();
	cr_assert(eventually(stat(CALL_DEVICE, &st)), "%s is still there", CALL_DEVICE);
	cr_assert(stat(CALL_DEVICE_XEN, &st), "%s is still there", CALL_DEVICE_XEN);
	cr_assert(stat("/sys/kernel/debug/hyper_dmabuf", &st));
}

Test(load, comes_back)
{
	struct shared shared;
	struct dmabuf import;

	module_close_ends();
	module_unload_soon();
	expect(0, module_load());
	ends_init();
	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	assert_pattern(import.map, DMABUF_PAGE, 1);
}

Test(load, comes_and_goes_20_times)
{
	module_close_ends();
	for (int i = 0; i < MODULE_CYCLES; i++) {
		module_unload_soon();
		expect(0, module_load());
	}
}

Test(load, comes_and_goes_with_use)
{
	struct shared shared;
	struct dmabuf import;

	for (int i = 0; i < 5; i++) {
		ends_share(&shared, DMABUF_ODD, (uint32_t)i);
		ends_import(&shared, &import);
		assert_pattern(import.map, DMABUF_ODD, (uint32_t)i);
		dmabuf_free(&import);
		dmabuf_free(&shared.buffer);
		module_close_ends();
		module_unload_soon();
		expect(0, module_load());
		ends_init();
	}
}
