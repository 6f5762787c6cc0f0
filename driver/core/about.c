// SPDX-License-Identifier: GPL-2.0
/* What this driver can do, and what is behind an fd. */
#include "core.h"

int hdb_about_capabilities(struct ioctl_hyper_dmabuf_capabilities *about, u64 calls)
{
	struct hdb_limits limits;

	if (about->flags)
		return -EINVAL;

	hdb_quota_limits(&limits);
	about->calls = calls;
	about->max_size = (u64)HDB_MAX_PAGES << HDB_PAGE_SHIFT;
	about->max_import_size = limits.import_pages << HDB_PAGE_SHIFT;
	about->max_imports = limits.imports;
	about->max_priv = HDB_MAX_PRIV;
	about->event_room = limits.events;
	about->own_domain = hdb_own_domain;
	about->max_export_size = limits.export_pages << HDB_PAGE_SHIFT;
	about->max_exports = limits.exports;
	about->max_wait_ms = hdb_export_wait_limit();
	return 0;
}

int hdb_about_id_of_fd(struct hdb_file *file, struct ioctl_hyper_dmabuf_id_of_fd *about)
{
	bool of_domain = about->flags & HYPER_DMABUF_ID_OF_FD_DOMAIN;
	struct hdb_import *import;
	struct dma_buf *dmabuf;
	struct hdb_id id;
	int err = 0;

	if (about->flags & ~HYPER_DMABUF_ID_OF_FD_DOMAIN || about->pad)
		return -EINVAL;

	dmabuf = dma_buf_get(about->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	import = hdb_import_buf_import(dmabuf);
	if (import) {
		about->type = IMPORTED;
		id = import->id;
		if (of_domain && import->link->peer != about->domain)
			err = -ENOENT;
		about->domain = import->link->peer;
	} else {
		about->type = EXPORTED;
		err = hdb_export_id_of(dmabuf, file, of_domain, &about->domain, &id);
	}
	if (!err)
		about->hid = hdb_id_to_user(&id);
	dma_buf_put(dmabuf);
	return err;
}
