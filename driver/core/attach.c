// SPDX-License-Identifier: GPL-2.0
/* Devices that are attached to a dma-buf of ours, and what syncs with the CPU take. */
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "attach.h"

struct attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table *sgt;		/* while it is mapped */
	enum dma_data_direction dir;
};

void hdb_attachments_init(struct hdb_attachments *attachments)
{
	mutex_init(&attachments->lock);
	INIT_LIST_HEAD(&attachments->list);
}

void hdb_attachments_destroy(struct hdb_attachments *attachments)
{
	mutex_destroy(&attachments->lock);
}

int hdb_attachments_add(struct hdb_attachments *attachments,
			struct dma_buf_attachment *attach)
{
	struct attachment *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return -ENOMEM;

	a->dev = attach->dev;
	attach->priv = a;
	mutex_lock(&attachments->lock);
	list_add(&a->node, &attachments->list);
	mutex_unlock(&attachments->lock);
	return 0;
}

void hdb_attachments_remove(struct hdb_attachments *attachments,
			    struct dma_buf_attachment *attach)
{
	struct attachment *a = attach->priv;

	mutex_lock(&attachments->lock);
	list_del(&a->node);
	mutex_unlock(&attachments->lock);
	kfree(a);
}

void hdb_attachments_mapped(struct hdb_attachments *attachments,
			    struct dma_buf_attachment *attach, struct sg_table *sgt,
			    enum dma_data_direction dir)
{
	struct attachment *a = attach->priv;

	mutex_lock(&attachments->lock);
	a->sgt = sgt;
	a->dir = dir;
	mutex_unlock(&attachments->lock);
}

void hdb_attachments_for_cpu(struct hdb_attachments *attachments)
{
	struct attachment *a;

	mutex_lock(&attachments->lock);
	list_for_each_entry(a, &attachments->list, node)
		if (a->sgt)
			dma_sync_sgtable_for_cpu(a->dev, a->sgt, a->dir);
	mutex_unlock(&attachments->lock);
}

void hdb_attachments_for_device(struct hdb_attachments *attachments)
{
	struct attachment *a;

	mutex_lock(&attachments->lock);
	list_for_each_entry(a, &attachments->list, node)
		if (a->sgt)
			dma_sync_sgtable_for_device(a->dev, a->sgt, a->dir);
	mutex_unlock(&attachments->lock);
}
