// SPDX-License-Identifier: MIT
#include "gntdev.h"

#ifdef HDB_WITH_XEN
#include "xen_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>
#include <xengnttab.h>

#define GNTDEV_NODE	"/dev/xen/gntdev"
#define GNTDEV_TYPE	"/sys/hypervisor/guest_type"
#define GNTDEV_WAIT_MS	5000

struct gntdev {
	xengnttab_handle *handle;
	uint32_t domain;
};

static int gntdev_impossible(struct err *err, const char *why)
{
	return err_set(err, EXIT_UNTESTED, "not possible by gntdev: %s", why);
}

/*
 * A kernel without it does not know the call at all; one that has it refuses to
 * make a dma-buf of no pages. The library cannot ask that.
 */
static int gntdev_probe(struct err *err)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs none = { 0 };
	int node = open(GNTDEV_NODE, O_RDWR | O_CLOEXEC);
	bool known;

	if (node < 0)
		return gntdev_impossible(err, errno == ENOENT || errno == ENXIO ?
					 "there is no " GNTDEV_NODE " (is this a Xen domain?)" :
					 GNTDEV_NODE " may not be opened (are you root?)");
	known = ioctl(node, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &none) == 0 || errno != ENOTTY;
	close(node);
	if (known)
		return 0;
	return gntdev_impossible(err, "this kernel has no gntdev-dmabuf "
				 "(CONFIG_XEN_GNTDEV_DMABUF)");
}

/* It translates no addresses there, and says EINVAL to everything. */
static bool gntdev_is_pv(void)
{
	FILE *file = fopen(GNTDEV_TYPE, "re");
	char type[8] = "";

	if (!file)
		return false;
	if (!fgets(type, sizeof(type), file))
		type[0] = '\0';
	fclose(file);
	return strcmp(type, "PV\n") == 0;
}

struct gntdev *gntdev_open(const struct peer *peer, struct err *err)
{
	struct gntdev *gntdev;

	if (peer->loopback) {
		gntdev_impossible(err, "the other end is no Xen domain of its own");
		return NULL;
	}
	if (gntdev_probe(err) < 0)
		return NULL;
	if (gntdev_is_pv()) {
		gntdev_impossible(err, "it makes no dma-bufs in a PV domain");
		return NULL;
	}
	gntdev = calloc(1, sizeof(*gntdev));
	if (!gntdev) {
		err_errno(err, ENOMEM, "gntdev");
		return NULL;
	}
	gntdev->domain = peer->domain;
	gntdev->handle = xengnttab_open(&xen_log, 0);
	if (gntdev->handle)
		return gntdev;
	err_errno(err, errno, "cannot open " GNTDEV_NODE);
	free(gntdev);
	return NULL;
}

void gntdev_close(struct gntdev *gntdev)
{
	if (!gntdev)
		return;
	xengnttab_close(gntdev->handle);
	free(gntdev);
}

int gntdev_grant(struct gntdev *gntdev, int dmabuf, uint32_t count, uint32_t *refs,
		 struct err *err)
{
	if (xengnttab_dmabuf_imp_to_refs(gntdev->handle, gntdev->domain, (uint32_t)dmabuf, count,
					 refs) == 0)
		return 0;
	return err_errno(err, errno, "gntdev cannot grant %u pages", count);
}

int gntdev_ungrant(struct gntdev *gntdev, int dmabuf, struct err *err)
{
	if (xengnttab_dmabuf_imp_release(gntdev->handle, (uint32_t)dmabuf) == 0)
		return 0;
	return err_errno(err, errno, "gntdev cannot take pages back");
}

/*
 * On x86 gntdev-dmabuf asks Xen to map for devices, too, which Xen does for PV domains only
 * (docs/transports.md): all imports fail, with the error of wrong references. Right ones can be
 * mapped for the CPU. (A page granted to ourselves would not tell: Xen takes it out of where it was.)
 */
static bool gntdev_maps_for_cpu(struct gntdev *gntdev, uint32_t ref)
{
	void *map = xengnttab_map_grant_ref(gntdev->handle, gntdev->domain, ref, PROT_READ);

	return map && xengnttab_unmap(gntdev->handle, map, 1) == 0;
}

int gntdev_import(struct gntdev *gntdev, const uint32_t *refs, uint32_t count, struct err *err)
{
	uint32_t dmabuf;
	int error;

	if (xengnttab_dmabuf_exp_from_refs(gntdev->handle, gntdev->domain, 0, count, refs,
					   &dmabuf) == 0)
		return (int)dmabuf;
	error = errno;
	if (error == EINVAL && gntdev_maps_for_cpu(gntdev, refs[0]))
		return gntdev_impossible(err, "this kernel asks Xen to map pages for devices, which "
					 "Xen refuses to this kind of domain");
	return err_errno(err, error, "gntdev cannot map %u pages", count);
}

int gntdev_drop(struct gntdev *gntdev, int dmabuf, struct err *err)
{
	close(dmabuf);
	/* It is known by its number still; gone already is gone. */
	if (xengnttab_dmabuf_exp_wait_released(gntdev->handle, (uint32_t)dmabuf,
					       GNTDEV_WAIT_MS) == 0 || errno == ENOENT)
		return 0;
	return err_errno(err, errno, "gntdev does not release a buffer");
}

#else /* built without Xen's libraries */

struct gntdev *gntdev_open(const struct peer *peer, struct err *err)
{
	(void)peer;
	err_set(err, EXIT_UNTESTED, "not possible by gntdev: built without Xen's libraries");
	return NULL;
}

void gntdev_close(struct gntdev *gntdev)
{
	(void)gntdev;
}

int gntdev_grant(struct gntdev *gntdev, int dmabuf, uint32_t count, uint32_t *refs,
		 struct err *err)
{
	(void)gntdev;
	(void)dmabuf;
	(void)count;
	(void)refs;
	return err_set(err, EXIT_UNTESTED, "built without Xen's libraries");
}

int gntdev_ungrant(struct gntdev *gntdev, int dmabuf, struct err *err)
{
	return gntdev_grant(gntdev, dmabuf, 0, NULL, err);
}

int gntdev_import(struct gntdev *gntdev, const uint32_t *refs, uint32_t count, struct err *err)
{
	(void)refs;
	return gntdev_grant(gntdev, -1, count, NULL, err);
}

int gntdev_drop(struct gntdev *gntdev, int dmabuf, struct err *err)
{
	return gntdev_grant(gntdev, dmabuf, 0, NULL, err);
}
#endif
