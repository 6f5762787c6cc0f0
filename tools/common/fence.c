// SPDX-License-Identifier: MIT
#include "fence.h"
#include "buffer.h"
#include "vgem_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *const fence_sync_names[] = {
	[FENCE_SYNC_FENCE] = "fence",
	[FENCE_SYNC_FINISH] = "finish",
	[FENCE_SYNC_NONE] = "none",
	NULL,
};

const char *const fence_kind_names[] = {
	[FENCE_AUTO] = "auto",
	[FENCE_VGEM] = "vgem",
	[FENCE_GL] = "gl",
	NULL,
};

int fence_sync_settle(unsigned int *sync, bool fences, struct err *err)
{
	if (*sync == FENCE_SYNC_DEFAULT)
		*sync = fences ? FENCE_SYNC_FENCE : FENCE_SYNC_FINISH;
	if (fences || *sync == FENCE_SYNC_FINISH)
		return 0;
	return err_set(err, EXIT_USAGE, "--sync %s: only --transport hdb carries fences, or can do "
		       "without", fence_sync_names[*sync]);
}

static int fence_open_vgem(struct fence_source *source, struct err *err)
{
	struct drm_mode_create_dumb dumb = { .width = 32, .height = 32, .bpp = 32 };
	char node[64];

	if (!buffer_find_node("vgem", node, sizeof(node)))
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: fences that stay "
			       "pending come from vgem, which is not there (modprobe vgem?)");
	source->dev = open(node, O_RDWR | O_CLOEXEC);
	if (source->dev < 0)
		return err_errno(err, errno, "cannot open %s", node);
	source->dmabuf = -1;
	if (drmIoctl(source->dev, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) < 0 ||
	    drmPrimeHandleToFD(source->dev, dumb.handle, DRM_CLOEXEC, &source->dmabuf) < 0) {
		err_errno(err, errno, "cannot get fences from %s", node);
		close(source->dev);
		return -1;
	}
	source->handle = dumb.handle;
	source->kind = FENCE_VGEM;
	return 0;
}

int fence_source_open(struct fence_source *source, enum fence_kind kind, bool software,
		      struct err *err)
{
	struct err ignored;

	*source = (struct fence_source){ .kind = FENCE_GL, .dev = -1, .dmabuf = -1 };
	if (kind == FENCE_VGEM)
		return fence_open_vgem(source, err);
	if (kind == FENCE_AUTO && software)
		fence_open_vgem(source, &ignored);
	return 0;
}

void fence_source_close(struct fence_source *source)
{
	if (source->kind == FENCE_VGEM) {
		close(source->dmabuf);
		close(source->dev);
	}
	*source = (struct fence_source){ 0 };
}

int fence_attach(int dmabuf, int sync_file, bool write, struct err *err)
{
	struct dma_buf_import_sync_file call = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = sync_file,
	};

	if (drmIoctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &call) < 0)
		return err_errno(err, errno, "cannot put a fence on a buffer");
	return 0;
}

int fence_of(int dmabuf, bool write, struct err *err)
{
	struct dma_buf_export_sync_file call = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = -1,
	};

	if (drmIoctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &call) < 0)
		return err_errno(err, errno, "cannot get the fences of a buffer");
	return call.fd;
}

int fence_status(int sync_file)
{
	struct sync_file_info info = { .num_fences = 0 };

	return drmIoctl(sync_file, SYNC_IOC_FILE_INFO, &info) < 0 ? -errno : info.status;
}

int fence_begin(struct fence_source *source, int dmabuf, bool write, struct err *err)
{
	struct vgem_fence_attach call = { .handle = source->handle, .flags = VGEM_FENCE_WRITES };
	int sync_file, result;

	if (drmIoctl(source->dev, VGEM_FENCE_IOCTL_ATTACH, &call) < 0)
		return err_errno(err, errno, "cannot make a fence");
	source->pending = call.out_fence;
	sync_file = fence_of(source->dmabuf, false, err);
	if (sync_file < 0)
		return -1;
	result = fence_attach(dmabuf, sync_file, write, err);
	close(sync_file);
	return result;
}

int fence_end(struct fence_source *source, struct err *err)
{
	struct vgem_fence_signal call = { .fence = source->pending };

	if (!source->pending)
		return 0;
	source->pending = 0;
	if (drmIoctl(source->dev, VGEM_FENCE_IOCTL_SIGNAL, &call) == 0)
		return 0;
	if (errno == ETIMEDOUT)
		return err_set(err, EXIT_FAILED, "what a fence stands for took longer than the 10 s "
			       "after which vgem signals it, done or not");
	return err_errno(err, errno, "cannot signal a fence");
}
