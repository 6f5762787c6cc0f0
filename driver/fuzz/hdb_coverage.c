// SPDX-License-Identifier: GPL-2.0
/*
 * hdb_coverage: which code of hyper_dmabuf.ko ran, in any context, on kernels
 * without KCOV. It is what the compiler's calls at each basic block go to, so it
 * is loaded first; what it counted stays when the driver is unloaded and loaded
 * again. For tests (make HDB_FUZZ=1), not a part of the driver.
 *
 * /sys/kernel/debug/hdb_coverage/{text,init}: a byte for each byte of the driver's
 * code, from where the kernel put it on; not 0 where a call returned to. A fuzzer
 * asks for each of its inputs: "recent" is what of text ran since somebody wrote
 * to it.
 */
#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

#define COVERAGE_ROOM (512u << 10)

/* Code that lies in a row, and where it is now; 0: nowhere. */
struct coverage_area {
	unsigned long base;
	size_t size;
	u8 recent[COVERAGE_ROOM] __aligned(8);
	u8 all[COVERAGE_ROOM] __aligned(8);
};

static struct coverage_area coverage_text, coverage_init;
static struct dentry *coverage_dir;

static __always_inline bool coverage_hit(struct coverage_area *area, unsigned long at)
{
	unsigned long offset = at - READ_ONCE(area->base);

	/* What is behind it may be another area's. */
	if (offset >= READ_ONCE(area->size))
		return false;
	WRITE_ONCE(area->recent[offset], 1);
	return true;
}

void __sanitizer_cov_trace_pc(void);
notrace void __sanitizer_cov_trace_pc(void)
{
	if (!coverage_hit(&coverage_text, _RET_IP_))
		coverage_hit(&coverage_init, _RET_IP_);
}
EXPORT_SYMBOL(__sanitizer_cov_trace_pc);

static void coverage_begin(struct coverage_area *area, const struct module_memory *memory)
{
	WRITE_ONCE(area->size, min_t(size_t, memory->size, COVERAGE_ROOM));
	WRITE_ONCE(area->base, (unsigned long)memory->base);
}

static int coverage_module(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;

	if (strcmp(module->name, "hyper_dmabuf"))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING) {
		coverage_begin(&coverage_text, &module->mem[MOD_TEXT]);
		coverage_begin(&coverage_init, &module->mem[MOD_INIT_TEXT]);
	} else if (state == MODULE_STATE_LIVE) {
		/* Others may get that memory. */
		WRITE_ONCE(coverage_init.base, 0);
	}
	return NOTIFY_DONE;
}

static struct notifier_block coverage_block = { .notifier_call = coverage_module };

static void coverage_keep(struct coverage_area *area)
{
	const u64 *recent = (const u64 *)area->recent;
	u64 *all = (u64 *)area->all;

	for (size_t i = 0; i * sizeof(*all) < area->size; i++)
		all[i] |= READ_ONCE(recent[i]);
}

static ssize_t coverage_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct coverage_area *area = file->private_data;

	coverage_keep(area);
	return simple_read_from_buffer(to, size, at, area->all, area->size);
}

static ssize_t coverage_read_recent(struct file *file, char __user *to, size_t size,
				    loff_t *at)
{
	struct coverage_area *area = file->private_data;

	return simple_read_from_buffer(to, size, at, area->recent, area->size);
}

static ssize_t coverage_write(struct file *file, const char __user *from, size_t size,
			      loff_t *at)
{
	struct coverage_area *area = file->private_data;

	/* What runs between the two is not counted. */
	coverage_keep(area);
	memset(area->recent, 0, area->size);
	return size;
}

static const struct file_operations coverage_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = coverage_read,
	.llseek = default_llseek,
};

static const struct file_operations coverage_recent_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = coverage_read_recent,
	.write = coverage_write,
	.llseek = default_llseek,
};

static int __init coverage_start(void)
{
	int err = register_module_notifier(&coverage_block);

	if (err)
		return err;
	coverage_dir = debugfs_create_dir("hdb_coverage", NULL);
	debugfs_create_file("text", 0400, coverage_dir, &coverage_text, &coverage_fops);
	debugfs_create_file("init", 0400, coverage_dir, &coverage_init, &coverage_fops);
	debugfs_create_file("recent", 0600, coverage_dir, &coverage_text,
			    &coverage_recent_fops);
	return 0;
}

static void __exit coverage_end(void)
{
	debugfs_remove_recursive(coverage_dir);
	unregister_module_notifier(&coverage_block);
}

module_init(coverage_start);
module_exit(coverage_end);

MODULE_DESCRIPTION("Which code of hyper_dmabuf ran");
MODULE_LICENSE("GPL");
