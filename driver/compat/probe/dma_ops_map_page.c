// SPDX-License-Identifier: GPL-2.0
/* Until 6.18: DMA operations map pages, then physical addresses. */
#include <linux/dma-map-ops.h>

void *probe(const struct dma_map_ops *ops);
void *probe(const struct dma_map_ops *ops)
{
	return ops->map_page;
}
