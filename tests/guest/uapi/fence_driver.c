// SPDX-License-Identifier: MIT
/*
 * Drivers that look at a buffer's fences by themselves (implicit synchronisation), of a peer that
 * never signals: vgem, which refuses what is in use, and vkms, whose display waits before it shows it.
 */
#include <drm_fourcc.h>
#include <xf86drmMode.h>

#include "fenced.h"
#include "vgem_fence.h"

FENCED_SUITE(fence_driver);

#define LIMIT_MS	600

/* From the limit on, a busy machine is given this much more. */
#define LATEST_MS	(LIMIT_MS + 3000)

/* A reader's fence of vgem's on the import @handle, which takes that nobody writes it. */
static int driver_attach(int dev, uint32_t handle)
{
	struct vgem_fence_attach arg = { .handle = handle };

	return drmIoctl(dev, VGEM_FENCE_IOCTL_ATTACH, &arg) ? -errno : 0;
}

Test(fence_driver, vgem_is_held_off_no_longer_than_the_limit)
{
	struct fence fence = fenced_new();
	struct shared shared;
	uint32_t handle;
	int dev, import;
	long start, took;

	expect(0, fence_set_timeout(LIMIT_MS));
	fenced_share(&shared, &import);
	dev = dmabuf_open_vgem();
	expect(0, drmPrimeFDToHandle(dev, import, &handle));
	expect(0, driver_attach(dev, handle));
	start = fence_now();
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	expect(-EBUSY, driver_attach(dev, handle));
	cr_assert(eventually(driver_attach(dev, handle) == 0), "held off for ever");
	took = fence_now() - start;
	cr_assert(took >= LIMIT_MS - 20 && took < LATEST_MS, "after %ld ms", took);
}

/**
 * struct display - a buffer of ours on a screen of vkms'
 * @dev: its node, of which this program is the master
 * @mode: the smallest that it has
 * @shared: the buffer, which @import is the import of
 */
struct display {
	int dev;
	uint32_t crtc, connector, framebuffer;
	drmModeModeInfo mode;
	struct shared shared;
	int import;
};

static void display_mode(struct display *display)
{
	drmModeRes *resources = drmModeGetResources(display->dev);
	drmModeConnector *connector;

	cr_assert(resources && resources->count_crtcs && resources->count_connectors);
	connector = drmModeGetConnector(display->dev, resources->connectors[0]);
	cr_assert(connector && connector->count_modes);
	display->crtc = resources->crtcs[0];
	display->connector = connector->connector_id;
	display->mode = connector->modes[0];
	for (int i = 1; i < connector->count_modes; i++)
		if (connector->modes[i].hdisplay < display->mode.hdisplay)
			display->mode = connector->modes[i];
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
}

/* vkms maps what it shows in the kernel: only an import that may be written can be. */
static void display_import(struct display *display)
{
	uint32_t stride = display->mode.hdisplay * 4, handles[4] = { 0 };
	size_t size = (size_t)stride * display->mode.vdisplay;
	struct shared *shared = &display->shared;
	struct event event;

	size = (size + DMABUF_PAGE - 1) & ~((size_t)DMABUF_PAGE - 1);
	expect(0, dmabuf_alloc(&shared->buffer, DMABUF_ANY, size));
	expect(0, call_export_flags(ends.out, shared->buffer.fd, ends.domain,
				    HYPER_DMABUF_EXPORT_WRITABLE, &shared->hid));
	cr_assert(event_wait(ends.in, &shared->hid, &event, ENDS_PATIENCE_MS) >= 0);
	display->import = call_import(ends.in, &shared->hid, O_CLOEXEC);
	cr_assert(display->import >= 0);
	expect(0, drmPrimeFDToHandle(display->dev, display->import, &handles[0]));
	expect(0, drmModeAddFB2(display->dev, display->mode.hdisplay, display->mode.vdisplay,
				DRM_FORMAT_XRGB8888, handles, (uint32_t[4]){ stride },
				(uint32_t[4]){ 0 }, &display->framebuffer, 0));
}

/* Has the screen show the buffer, and returns when it does: how long that took, in ms. */
static long display_show(const struct display *display)
{
	uint32_t connector = display->connector;
	drmModeModeInfo mode = display->mode;
	long start = fence_now();

	expect(0, drmModeSetCrtc(display->dev, display->crtc, display->framebuffer, 0, 0,
				 &connector, 1, &mode));
	return fence_now() - start;
}

static void display_new(struct display *display)
{
	display->dev = dmabuf_open_driver("vkms");
	if (display->dev < 0)
		cr_skip_test("this kernel has no vkms, whose displays wait for fences");
	display_mode(display);
	display_import(display);
	/* What a first one has to set up is not waiting. */
	display_show(display);
}

Test(fence_driver, vkms_shows_what_is_ready_at_once)
{
	struct display display;
	long took;

	display_new(&display);
	took = display_show(&display);
	cr_assert(took < LIMIT_MS, "after %ld ms", took);
}

Test(fence_driver, vkms_waits_no_longer_than_the_limit)
{
	struct fence fence = fenced_new();
	struct display display;
	long took;

	display_new(&display);
	expect(0, fence_set_timeout(LIMIT_MS));
	expect(1, fenced_publish(&display.shared, 0, fence.fd));
	assert_arrives(display.import, POLLIN);
	/* Some of the limit has gone by. */
	took = display_show(&display);
	cr_assert(took >= LIMIT_MS / 2 && took < LATEST_MS, "after %ld ms", took);
}
