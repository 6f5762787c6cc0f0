/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that are attached to a dma-buf of ours; for import_buf.c and heap_buf.c. */
#ifndef HDB_ATTACH_H
#define HDB_ATTACH_H

#include <linux/dma-buf.h>
#include <linux/list.h>
#include <linux/mutex.h>

/** struct hdb_attachments - of one dma-buf */
struct hdb_attachments {
	struct mutex lock;		/* of @list */
	struct list_head list;
};

void hdb_attachments_init(struct hdb_attachments *attachments);
void hdb_attachments_destroy(struct hdb_attachments *attachments);

/* For attach and detach of struct dma_buf_ops; they take attach->priv. */
int hdb_attachments_add(struct hdb_attachments *attachments,
			struct dma_buf_attachment *attach);
void hdb_attachments_remove(struct hdb_attachments *attachments,
			    struct dma_buf_attachment *attach);

/** hdb_attachments_mapped - it is mapped for the device; @sgt NULL: no more */
void hdb_attachments_mapped(struct hdb_attachments *attachments,
			    struct dma_buf_attachment *attach, struct sg_table *sgt,
			    enum dma_data_direction dir);

/* For begin_cpu_access and end_cpu_access: bounce buffers and caches. */
void hdb_attachments_for_cpu(struct hdb_attachments *attachments);
void hdb_attachments_for_device(struct hdb_attachments *attachments);

#endif /* HDB_ATTACH_H */
