// SPDX-License-Identifier: GPL-2.0
/* 6.13: files have a counter type of their own. */
#include <linux/file_ref.h>
#include <linux/fs.h>

bool probe(struct file *file);
bool probe(struct file *file)
{
	return file_ref_get(&file->f_ref);
}
