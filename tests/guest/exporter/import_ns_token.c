// SPDX-License-Identifier: GPL-2.0
/* Until 6.12: the namespace is a token. From then on a string, a token fails. */
#include <linux/module.h>

MODULE_IMPORT_NS(DMA_BUF);
