// SPDX-License-Identifier: MIT
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/mman.h>

#include <hyper_dmabuf.h>

const char *const table_kinds[RUN_KINDS] = {
	[RUN_OWN] = "own", [RUN_ID] = "id", [RUN_MAP] = "map", [RUN_DEV] = "dev",
	[RUN_BUF] = "buf", [RUN_IMPORT] = "imp", [RUN_SYNC] = "sync",
};

const char *const table_to[RUN_POINTERS + 1] = {
	[RUN_GOOD] = "good", [RUN_NULL] = "null", [RUN_UNMAPPED] = "unmapped",
	[RUN_SPLIT] = "split", [RUN_READONLY] = "readonly", [RUN_KERNEL] = "kernel",
};

static const char *const table_memory[RUN_SOURCES + 1] = {
	[RUN_UDMABUF] = "udmabuf", [RUN_HEAP] = "heap", [RUN_HDB_HEAP] = "hdb-heap",
	[RUN_VGEM] = "vgem",
	[RUN_MEMFD] = "memfd",
};

static const char *const table_nodes[] = { "plain", "xen", NULL };

#define LIST(name, ...) static const uint64_t table_##name[] = { __VA_ARGS__ }
#define OF(name) { table_##name, sizeof(table_##name) / sizeof(table_##name[0]) }

LIST(pointers, RUN_NULL, RUN_UNMAPPED, RUN_SPLIT, RUN_READONLY, RUN_KERNEL);
LIST(sources, RUN_UDMABUF, RUN_HEAP, RUN_HDB_HEAP, RUN_VGEM, RUN_MEMFD);
LIST(open_flags, 0, O_NONBLOCK);
LIST(pages, 0, 1, 2, 3, 17, 256, 1016, 1017, 1025, 2100);
LIST(domains, 0, 1, 127, 128, 32751, 32752, 65536, 0x7fffffff, 0xffffffff);
LIST(sizes, 0, 1, 7, 24, 191, 192, 193, 255, 256, 4096, 0x7fffffff, 0x80000000, 0xffffffff);
LIST(fd_flags, 0, O_CLOEXEC, O_RDWR, O_RDWR | O_CLOEXEC, O_WRONLY, O_NONBLOCK, O_APPEND, ~0u);
LIST(delays, 0, 1, 5, 20, 1000, 0x7fffffff, 0x80000000, 0xffffffff);
LIST(items, HYPER_DMABUF_QUERY_TYPE, HYPER_DMABUF_QUERY_EXPORTER, HYPER_DMABUF_QUERY_IMPORTER,
     HYPER_DMABUF_QUERY_SIZE, HYPER_DMABUF_QUERY_BUSY, HYPER_DMABUF_QUERY_UNEXPORTED,
     HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED, HYPER_DMABUF_QUERY_PRIV_INFO_SIZE,
     HYPER_DMABUF_QUERY_PRIV_INFO, HYPER_DMABUF_QUERY_TYPE - 1, HYPER_DMABUF_QUERY_PRIV_INFO + 1,
     0, 0xffffffff);
LIST(counts, 0, 1, 2, 1024, 1025, 0x7fffffff, 0xffffffff);
LIST(flags, 1, 2, 3, 4, 0x80000000, 0xffffffff);
LIST(export_flags, 0, HYPER_DMABUF_EXPORT_WRITABLE, 2, 0xffffffff);
LIST(fence_flags, 0, HYPER_DMABUF_FENCE_IMPORT, HYPER_DMABUF_FENCE_EXPECT_RETURN,
     HYPER_DMABUF_FENCE_IMPORT | HYPER_DMABUF_FENCE_WRITE,
     HYPER_DMABUF_FENCE_IMPORT | HYPER_DMABUF_FENCE_EXPECT_RETURN, HYPER_DMABUF_FENCE_WRITE, 7, 8);
LIST(links_sizes, 0, 4, 23, 25, 32, 4096, 4097, 0xffffffff);
LIST(export_sizes, 0, 4, 44, 47, 49, 56, 4096, 4097, 0xffffffff);
LIST(fence_sizes, 0, 4, 31, 33, 40, 4096, 4097, 0xffffffff);
LIST(wait_sizes, 0, 4, 28, 31, 33, 40, 4096, 4097, 0xffffffff);
LIST(capabilities_sizes, 0, 4, 44, 47, 49, 56, 4096, 4097, 0xffffffff);
LIST(id_sizes, 0, 4, 36, 39, 41, 48, 4096, 4097, 0xffffffff);
LIST(commands, IOCTL_HYPER_DMABUF_TX_CH_SETUP, IOCTL_HYPER_DMABUF_EXPORT_REMOTE,
     IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, IOCTL_HYPER_DMABUF_EXPORT_FD,
     IOCTL_HYPER_DMABUF_UNEXPORT, IOCTL_HYPER_DMABUF_QUERY, IOCTL_HYPER_DMABUF_LINKS,
     IOCTL_HYPER_DMABUF_EXPORT, IOCTL_HYPER_DMABUF_FENCE_SEND, IOCTL_HYPER_DMABUF_CAPABILITIES,
     IOCTL_HYPER_DMABUF_ID_OF_FD, 0x4706, 0xc0084723, 0xc0084726, 0xc010473f, 0, ~0u);
LIST(read_sizes, 0, 1, 23, 24, 215, 216, 217, 4096);
LIST(events, POLLIN, POLLOUT, POLLIN | POLLOUT, 0, 0x7fff);
LIST(waits, 0, 0, 1, 5);
LIST(sync_flags, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW,
     DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END, DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_END,
     DMA_BUF_SYNC_RW | DMA_BUF_SYNC_END, 0, 8);
LIST(prots, PROT_READ, PROT_READ | PROT_WRITE, PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC);
LIST(bools, 0, 1);
LIST(offsets, 0, 1, 2, 16, 4095);
LIST(advices, MADV_DONTNEED, MADV_DONTFORK, MADV_DOFORK, MADV_REMOVE, MADV_FREE, MADV_HUGEPAGE,
     MADV_DONTDUMP, MADV_DODUMP, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
     MADV_POPULATE_WRITE);
LIST(threads, 0, 1, 2, 3, 4);

#define DEV		{ "dev", .kind = RUN_DEV }
#define OUT(is)		{ "out", .kind = is, .out = true }
#define ID		{ "id", .kind = RUN_ID }
#define POINTER(called)	{ called, .words = table_to, .list = OF(pointers) }
#define DOMAIN(called)	{ called, .kind = RUN_OWN, .list = OF(domains) }
#define NUMBER(called, default, values) { called, .usual = default, .list = OF(values) }
#define FD(called, is, or)	{ called, .kind = is, .also = or, .list = OF(counts) }
#define MAPPING		{ "map", .kind = RUN_MAP }

#define ERRORS(...) (const int[]){ __VA_ARGS__ __VA_OPT__(,) 0 }

const struct table_call table_calls[RUN_NAMES] = {
	[RUN_OPEN] = { "open", 4, NULL, {
		OUT(RUN_DEV), { "node", .words = table_nodes, .list = OF(bools) },
		NUMBER("flags", O_NONBLOCK, open_flags) } },
	[RUN_CLOSE] = { "close", 6, NULL, { FD("fd", RUN_DEV, RUN_IMPORT) } },
	[RUN_DUP] = { "dup", 3, NULL, { FD("fd", RUN_IMPORT, RUN_BUF), OUT(RUN_IMPORT) } },
	[RUN_RESET] = { "reset", 1, NULL, { { 0 } } },
	[RUN_BUFFER] = { "buffer", 6, NULL, {
		OUT(RUN_BUF), { "source", .words = table_memory, .list = OF(sources) },
		NUMBER("pages", 1, pages) } },
	[RUN_TX_CH_SETUP] = { "tx_ch_setup", 2, ERRORS(ENODEV, ETIMEDOUT), {
		DEV, DOMAIN("domain"), POINTER("arg") } },
	[RUN_RX_CH_SETUP] = { "rx_ch_setup", 1, ERRORS(ENODEV, ETIMEDOUT), {
		DEV, DOMAIN("domain"), POINTER("arg") } },
	[RUN_EXPORT_REMOTE] = { "export_remote", 10,
		ERRORS(EBADF, EINVAL, E2BIG, ENODEV, ENOTCONN, ENOSPC, EDQUOT), {
		DEV, FD("dmabuf", RUN_BUF, RUN_IMPORT), DOMAIN("domain"), OUT(RUN_ID),
		NUMBER("sz_priv", 0, sizes), POINTER("priv"), POINTER("arg") } },
	[RUN_EXPORT_SHORT] = { "export_short", 2,
		ERRORS(EBADF, EINVAL, E2BIG, ENODEV, ENOTCONN, ENOSPC, EDQUOT), {
		DEV, FD("dmabuf", RUN_BUF, RUN_IMPORT), DOMAIN("domain"), OUT(RUN_ID), POINTER("arg") } },
	[RUN_EXPORT_FD] = { "export_fd", 10, ERRORS(ENOENT, EINVAL, ENOSPC, EMFILE, EOPNOTSUPP, EINTR, ETIMEDOUT), {
		DEV, ID, NUMBER("flags", O_CLOEXEC, fd_flags), OUT(RUN_IMPORT), POINTER("arg") } },
	[RUN_UNEXPORT] = { "unexport", 8, ERRORS(ENOENT, EINVAL), {
		DEV, ID, NUMBER("delay", 0, delays), POINTER("arg") } },
	[RUN_QUERY] = { "query", 5, ERRORS(ENOENT, EINVAL), {
		DEV, ID, NUMBER("item", HYPER_DMABUF_QUERY_TYPE, items), POINTER("info"),
		POINTER("arg") } },
	[RUN_LINKS] = { "links", 2, ERRORS(EINVAL, E2BIG), {
		DEV, NUMBER("count", 4, counts), POINTER("links"), POINTER("arg"),
		NUMBER("size", sizeof(struct ioctl_hyper_dmabuf_links), links_sizes),
		NUMBER("flags", 0, flags) } },
	[RUN_EXPORT] = { "export", 5,
		ERRORS(EBADF, EINVAL, E2BIG, ENODEV, ENOTCONN, ENOSPC, EDQUOT, EACCES, EEXIST), {
		DEV, FD("dmabuf", RUN_BUF, RUN_IMPORT), DOMAIN("domain"), OUT(RUN_ID),
		NUMBER("sz_priv", 0, sizes), POINTER("priv"), NUMBER("flags", 0, export_flags),
		POINTER("arg"),
		NUMBER("size", sizeof(struct ioctl_hyper_dmabuf_export), export_sizes),
		NUMBER("pad", 0, flags) } },
	[RUN_FENCE_SEND] = { "fence_send", 8, ERRORS(ENOENT, EINVAL, ENOTCONN, EDQUOT, E2BIG), {
		DEV, ID, NUMBER("flags", 0, fence_flags),
		{ "fence", .also = RUN_SYNC, .usual = ~0u, .list = OF(counts) }, POINTER("arg"),
		NUMBER("size", sizeof(struct ioctl_hyper_dmabuf_fence_send), fence_sizes) } },
	[RUN_WAIT_RELEASED] = { "wait_released", 4,
		ERRORS(ENOENT, EINVAL, ETIMEDOUT, E2BIG, EOPNOTSUPP), {
		DEV, ID, NUMBER("timeout", 0, waits), POINTER("arg"), NUMBER("size", 32, wait_sizes),
		NUMBER("flags", 0, flags), NUMBER("pad", 0, flags) } },
	[RUN_CAPABILITIES] = { "capabilities", 1, ERRORS(EINVAL, E2BIG), {
		DEV, POINTER("arg"),
		NUMBER("size", sizeof(struct ioctl_hyper_dmabuf_capabilities), capabilities_sizes),
		NUMBER("flags", 0, flags) } },
	[RUN_ID_OF_FD] = { "id_of_fd", 3, ERRORS(EBADF, EINVAL, ENOENT, ENOTUNIQ, E2BIG), {
		DEV, FD("fd", RUN_BUF, RUN_IMPORT), OUT(RUN_ID), NUMBER("flags", 0, export_flags),
		DOMAIN("domain"), POINTER("arg"),
		NUMBER("size", sizeof(struct ioctl_hyper_dmabuf_id_of_fd), id_sizes),
		NUMBER("pad", 0, flags) } },
	[RUN_IOCTL] = { "ioctl", 3, NULL, {
		DEV, NUMBER("cmd", IOCTL_HYPER_DMABUF_QUERY, commands), NUMBER("fill", 0, flags),
		NUMBER("size", 32, sizes) } },
	[RUN_READ] = { "read", 4, ERRORS(EAGAIN, EINVAL), {
		DEV, NUMBER("size", 216, read_sizes), POINTER("to") } },
	[RUN_POLL] = { "poll", 3, NULL, {
		FD("fd", RUN_DEV, RUN_IMPORT), NUMBER("events", POLLIN, events), NUMBER("wait", 0, waits) } },
	[RUN_FENCE] = { "fence", 4, NULL, { OUT(RUN_SYNC) } },
	[RUN_SIGNAL] = { "signal", 4, NULL, { { "sync", .kind = RUN_SYNC } } },
	[RUN_FENCE_OF] = { "fence_of", 3, NULL, {
		FD("fd", RUN_IMPORT, RUN_BUF), NUMBER("flags", DMA_BUF_SYNC_READ, sync_flags),
		OUT(RUN_SYNC) } },
	[RUN_FENCE_ATTACH] = { "fence_attach", 5, NULL, {
		FD("fd", RUN_BUF, RUN_IMPORT), FD("sync", RUN_SYNC, RUN_BUF),
		NUMBER("flags", DMA_BUF_SYNC_WRITE, sync_flags) } },
	[RUN_MMAP] = { "mmap", 5, NULL, {
		FD("fd", RUN_IMPORT, RUN_BUF), NUMBER("pages", 1, pages),
		NUMBER("prot", PROT_READ | PROT_WRITE, prots), NUMBER("private", 0, bools),
		NUMBER("offset", 0, offsets), OUT(RUN_MAP) } },
	[RUN_MUNMAP] = { "munmap", 3, NULL, { MAPPING, NUMBER("pages", 0, pages) } },
	[RUN_TOUCH] = { "touch", 5, NULL, {
		MAPPING, NUMBER("page", 0, offsets), NUMBER("write", 0, bools) } },
	[RUN_MADVISE] = { "madvise", 2, NULL, { MAPPING, NUMBER("advice", MADV_DONTNEED, advices) } },
	[RUN_MPROTECT] = { "mprotect", 1, NULL, { MAPPING, NUMBER("prot", PROT_READ, prots) } },
	[RUN_MREMAP] = { "mremap", 1, NULL, {
		MAPPING, NUMBER("pages", 1, pages), NUMBER("move", 1, bools) } },
	[RUN_SYNC_CPU] = { "sync_cpu", 2, NULL, {
		FD("fd", RUN_IMPORT, RUN_BUF), NUMBER("flags", DMA_BUF_SYNC_RW, sync_flags) } },
	[RUN_PRIME] = { "prime", 2, NULL, { FD("fd", RUN_IMPORT, RUN_BUF) } },
	[RUN_FORK] = { "fork", 2, NULL, { NUMBER("wait", 1, waits) } },
	[RUN_KILL] = { "kill", 1, NULL, { { 0 } } },
	[RUN_SLEEP] = { "sleep", 1, NULL, { NUMBER("wait", 1, waits) } },
	[RUN_INTERRUPT] = { "interrupt", 2, NULL, { NUMBER("thread", 0, threads) } },
};

bool table_allowed(const struct run_call *call, long result)
{
	static const int always[] = { EFAULT, EINTR, ENOMEM };
	const int *errors = table_calls[call->name].errors;

	if (result >= 0 || !errors || call->arg[0].kind != RUN_DEV)
		return true;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (result == -always[i])
			return true;
	for (; *errors; errors++)
		if (result == -*errors)
			return true;
	/* The device was not open. */
	return result == -EBADF;
}
