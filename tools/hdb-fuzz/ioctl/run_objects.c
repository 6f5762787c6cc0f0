// SPDX-License-Identifier: MIT
/* Files, buffers, fences, mappings and processes. */
#include "run_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct run_map {
	void *at;
	size_t size;
};

static struct run_map run_maps[RUN_SLOTS];
static uint32_t run_fences[RUN_SLOTS];	/* vgem's numbers of sync_files */
static int run_vgem = -1;
static pid_t run_children[16];		/* of "fork" */
static unsigned int run_children_count;

/* ---- files and buffers ---- */

/* open out node flags */
static long run_open(struct run_thread *thread, const struct run_value *a)
{
	int fd = open(a[1].number % 2 ? "/dev/xen/hyper_dmabuf" : "/dev/hyper_dmabuf",
		      O_RDWR | O_CLOEXEC | ((int)a[2].number & O_NONBLOCK));

	(void)thread;
	if (fd < 0)
		return -errno;
	run_keep(RUN_DEV, a[0], fd);
	return 0;
}

/* close fd */
static long run_close(struct run_thread *thread, const struct run_value *a)
{
	(void)thread;
	if (!run_is_fd(a[0]))
		return -EBADF;
	run_keep(a[0].kind, a[0], -1);
	return 0;
}

/* dup fd out */
static long run_dup(struct run_thread *thread, const struct run_value *a)
{
	int fd = fcntl(run_own_fd(a[0]), F_DUPFD_CLOEXEC, 0);

	(void)thread;
	if (fd < 0)
		return -errno;
	run_keep(run_is_fd(a[1]) ? a[1].kind : a[0].kind, a[1], fd);
	return 0;
}

static int run_memory(size_t size)
{
	int fd = memfd_create("hdb-fuzz", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd >= 0 && (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int run_udmabuf(size_t size)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), memory = run_memory(size), fd = -1;

	if (dev >= 0 && memory >= 0) {
		create.memfd = (uint32_t)memory;
		fd = ioctl(dev, UDMABUF_CREATE, &create);
	}
	fd = fd < 0 ? -errno : fd;
	if (memory >= 0)
		close(memory);
	if (dev >= 0)
		close(dev);
	return fd;
}

static int run_heap_of(const char *heap, size_t size)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int dev = open(heap, O_RDWR | O_CLOEXEC);
	int fd = dev < 0 || ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &data) ? -errno : (int)data.fd;

	if (dev >= 0)
		close(dev);
	return fd;
}

static int run_heap(size_t size)
{
	return run_heap_of("/dev/dma_heap/system", size);
}

static int run_hdb_heap(size_t size)
{
	return run_heap_of("/dev/dma_heap/hyper_dmabuf", size);
}

/* DRM's interface, as far as it is used here. */
struct run_dumb {
	uint32_t height, width, bpp, flags, handle, pitch;
	uint64_t size;
};

struct run_prime {
	uint32_t handle, flags;
	int32_t fd;
};

struct run_vgem_fence {
	uint32_t handle, flags, fence, pad;
};

#define RUN_DRM_VERSION		_IOC(_IOC_READ | _IOC_WRITE, 'd', 0x00, 64)
#define RUN_DRM_CLOSE		_IOC(_IOC_WRITE, 'd', 0x09, 8)
#define RUN_DRM_TO_FD		_IOWR('d', 0x2d, struct run_prime)
#define RUN_DRM_TO_HANDLE	_IOWR('d', 0x2e, struct run_prime)
#define RUN_DRM_CREATE		_IOWR('d', 0xb2, struct run_dumb)
#define RUN_VGEM_ATTACH		_IOWR('d', 0x41, struct run_vgem_fence)
#define RUN_VGEM_SIGNAL		_IOC(_IOC_WRITE, 'd', 0x42, 8)

static int run_open_vgem(void)
{
	for (int i = 0; i < 8; i++) {
		char path[32], name[8] = "";
		struct {
			int version[3];
			size_t name_size;
			char *name;
			size_t rest[4];
		} version = { .name_size = sizeof(name) - 1, .name = name };
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (ioctl(fd, RUN_DRM_VERSION, &version) == 0 && !strcmp(name, "vgem"))
			return fd;
		close(fd);
	}
	return -1;
}

static void run_vgem_close(uint32_t handle)
{
	uint32_t arg[2] = { handle, 0 };

	ioctl(run_vgem, RUN_DRM_CLOSE, arg);
}

/* A buffer of vgem, and its handle, which the caller closes. */
static int run_dumb(size_t size, uint32_t *handle)
{
	struct run_dumb dumb = { .width = 1024, .height = (uint32_t)(size / RUN_PAGE), .bpp = 32 };
	struct run_prime prime = { .flags = O_CLOEXEC | O_RDWR, .fd = -1 };

	if (ioctl(run_vgem, RUN_DRM_CREATE, &dumb))
		return -errno;
	prime.handle = *handle = dumb.handle;
	if (ioctl(run_vgem, RUN_DRM_TO_FD, &prime)) {
		prime.fd = -errno;
		run_vgem_close(dumb.handle);
	}
	return prime.fd;
}

static int run_vgem_buffer(size_t size)
{
	uint32_t handle;
	int fd = run_dumb(size, &handle);

	if (fd >= 0)
		run_vgem_close(handle);
	return fd;
}

/* buffer out source pages */
static long run_buffer(struct run_thread *thread, const struct run_value *a)
{
	static int (*const sources[RUN_SOURCES])(size_t size) = {
		[RUN_UDMABUF] = run_udmabuf, [RUN_HEAP] = run_heap, [RUN_HDB_HEAP] = run_hdb_heap,
		[RUN_VGEM] = run_vgem_buffer, [RUN_MEMFD] = run_memory,
	};
	int fd = sources[a[1].number % RUN_SOURCES]((size_t)(a[2].number % 4096) * RUN_PAGE);

	(void)thread;
	if (fd < 0)
		return fd;
	run_keep(RUN_BUF, a[0], fd);
	return 0;
}

/* poll fd events wait */
static long run_poll(struct run_thread *thread, const struct run_value *a)
{
	struct pollfd fd = { .fd = run_own_fd(a[0]), .events = (short)a[1].number };

	(void)thread;
	return run_result(poll(&fd, 1, (int)(a[2].number % 20)));
}

/* ---- fences ---- */

static void run_signal_number(uint32_t number)
{
	uint32_t arg[2] = { number, 0 };

	if (number)
		ioctl(run_vgem, RUN_VGEM_SIGNAL, arg);
}

static int run_sync_file(int dmabuf, uint32_t flags)
{
	struct dma_buf_export_sync_file arg = { .flags = flags, .fd = -1 };

	return ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &arg) ? -errno : arg.fd;
}

/* fence out: a sync_file that is pending until "signal" */
static long run_fence(struct run_thread *thread, const struct run_value *a)
{
	struct run_vgem_fence attach = { .flags = 1 };
	uint32_t old;
	int dmabuf = run_dumb(RUN_PAGE, &attach.handle), fd;

	(void)thread;
	if (dmabuf < 0)
		return dmabuf;
	fd = ioctl(run_vgem, RUN_VGEM_ATTACH, &attach) ? -errno :
	     run_sync_file(dmabuf, DMA_BUF_SYNC_READ);
	close(dmabuf);
	run_vgem_close(attach.handle);
	if (fd < 0)
		return fd;
	run_keep(RUN_SYNC, a[0], fd);
	old = __atomic_exchange_n(&run_fences[run_slot(a[0])], attach.fence, __ATOMIC_RELAXED);
	run_signal_number(old);
	return 0;
}

/* signal sync */
static long run_signal(struct run_thread *thread, const struct run_value *a)
{
	(void)thread;
	run_signal_number(__atomic_exchange_n(&run_fences[run_slot(a[0])], 0, __ATOMIC_RELAXED));
	return 0;
}

/* fence_of fd flags out */
static long run_fence_of(struct run_thread *thread, const struct run_value *a)
{
	int fd = run_sync_file(run_own_fd(a[0]), (uint32_t)a[1].number);

	(void)thread;
	if (fd < 0)
		return fd;
	run_keep(RUN_SYNC, a[2], fd);
	return 0;
}

/* fence_attach fd sync flags */
static long run_fence_attach(struct run_thread *thread, const struct run_value *a)
{
	struct dma_buf_import_sync_file arg = {
		.flags = (uint32_t)a[2].number, .fd = run_fd(a[1]),
	};

	(void)thread;
	return run_result(ioctl(run_own_fd(a[0]), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &arg));
}

/* ---- mappings ---- */

static struct run_map run_map_take(struct run_value value)
{
	struct run_map *slot = &run_maps[run_slot(value)], map = { 0 };

	/* The address is the lock. */
	map.at = __atomic_exchange_n(&slot->at, NULL, __ATOMIC_ACQUIRE);
	map.size = slot->size;
	return map;
}

static void run_map_keep(struct run_value value, struct run_map map)
{
	struct run_map *slot = &run_maps[run_slot(value)];
	void *none = NULL;

	if (__atomic_compare_exchange_n(&slot->at, &none, map.at, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		slot->size = map.size;
	else if (map.at)
		munmap(map.at, map.size);
}

/* mmap fd pages prot flags offset out */
static long run_mmap(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = { .size = (size_t)(a[1].number % 4096) * RUN_PAGE }, old;
	int fd = run_own_fd(a[0]);

	(void)thread;
	if (fd < 0)
		return -EBADF;
	map.at = mmap(NULL, map.size, (int)a[2].number & 7,
		      a[3].number % 2 ? MAP_PRIVATE : MAP_SHARED, fd,
		      (off_t)(a[4].number % 4096) * RUN_PAGE);
	if (map.at == MAP_FAILED)
		return -errno;
	old = run_map_take(a[5]);
	if (old.at)
		munmap(old.at, old.size);
	run_map_keep(a[5], map);
	return 0;
}

/* munmap map pages: all, or that many of them */
static long run_munmap(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = run_map_take(a[0]);
	size_t part = (size_t)(a[1].number % 4096) * RUN_PAGE;

	(void)thread;
	if (!map.at)
		return -ENOENT;
	if (!part || part >= map.size)
		return run_result(munmap(map.at, map.size));
	munmap(map.at, part);
	map.at = (uint8_t *)map.at + part;
	map.size -= part;
	run_map_keep(a[0], map);
	return 0;
}

/* touch map page write: by way of a system call, which does not die of it */
static long run_touch(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = run_map_take(a[0]);
	size_t offset;
	long result;

	(void)thread;
	if (!map.at)
		return -ENOENT;
	offset = map.size ? (size_t)(a[1].number * RUN_PAGE) % map.size : 0;
	if (a[2].number % 2)
		result = syscall(SYS_getrandom, (uint8_t *)map.at + offset, 8, GRND_NONBLOCK);
	else
		result = pwrite(run_memfd, (uint8_t *)map.at + offset, 8, 8 * RUN_PAGE);
	result = run_result(result);
	run_map_keep(a[0], map);
	return result < 0 ? result : 0;
}

/* madvise map advice */
static long run_madvise(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = run_map_take(a[0]);
	long result;

	(void)thread;
	if (!map.at)
		return -ENOENT;
	result = run_result(madvise(map.at, map.size, (int)(a[1].number % 26)));
	run_map_keep(a[0], map);
	return result;
}

/* mprotect map prot */
static long run_mprotect(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = run_map_take(a[0]);
	long result;

	(void)thread;
	if (!map.at)
		return -ENOENT;
	result = run_result(mprotect(map.at, map.size, (int)a[1].number & 7));
	run_map_keep(a[0], map);
	return result;
}

/* mremap map pages flags */
static long run_mremap(struct run_thread *thread, const struct run_value *a)
{
	struct run_map map = run_map_take(a[0]);
	size_t size = (size_t)(a[1].number % 4096) * RUN_PAGE;
	void *at;
	long result = 0;

	(void)thread;
	if (!map.at)
		return -ENOENT;
	at = mremap(map.at, map.size, size ? size : RUN_PAGE,
		    a[2].number % 2 ? MREMAP_MAYMOVE : 0);
	if (at == MAP_FAILED)
		result = -errno;
	else
		map = (struct run_map){ .at = at, .size = size ? size : RUN_PAGE };
	run_map_keep(a[0], map);
	return result;
}

/* sync_cpu fd flags */
static long run_sync_cpu(struct run_thread *thread, const struct run_value *a)
{
	struct dma_buf_sync arg = { .flags = a[1].number };

	(void)thread;
	return run_result(ioctl(run_own_fd(a[0]), DMA_BUF_IOCTL_SYNC, &arg));
}

/* prime fd: a device takes it, and lets it go */
static long run_prime(struct run_thread *thread, const struct run_value *a)
{
	struct run_prime prime = { .fd = run_own_fd(a[0]) };

	(void)thread;
	if (ioctl(run_vgem, RUN_DRM_TO_HANDLE, &prime))
		return -errno;
	run_vgem_close(prime.handle);
	return 0;
}

/* ---- processes ---- */

/* fork wait: a child has all that we have, for so many milliseconds */
static long run_fork(struct run_thread *thread, const struct run_value *a)
{
	unsigned int index;
	pid_t pid = fork();

	(void)thread;
	if (pid < 0)
		return -errno;
	if (pid) {
		index = __atomic_fetch_add(&run_children_count, 1, __ATOMIC_RELAXED);
		run_children[index % 16] = pid;
		return 0;
	}
	usleep((useconds_t)(a[0].number % 30) * 1000);
	_exit(0);
}

static long run_kill(struct run_thread *thread, const struct run_value *a)
{
	(void)thread;
	(void)a;
	return run_result(kill(getpid(), SIGKILL));
}

static long run_sleep(struct run_thread *thread, const struct run_value *a)
{
	(void)thread;
	return run_result(usleep((useconds_t)(a[0].number % 30) * 1000));
}

/* interrupt thread: its system call ends with EINTR */
static long run_interrupt(struct run_thread *thread, const struct run_value *a)
{
	int tid = __atomic_load_n(&run_tids[a[0].number % (RUN_THREADS + 1)], __ATOMIC_RELAXED);

	(void)thread;
	return tid ? run_result(syscall(SYS_tgkill, getpid(), tid, SIGUSR1)) : -ESRCH;
}

const run_handler run_object_handlers[RUN_NAMES] = {
	[RUN_OPEN] = run_open,
	[RUN_CLOSE] = run_close,
	[RUN_DUP] = run_dup,
	[RUN_BUFFER] = run_buffer,
	[RUN_POLL] = run_poll,
	[RUN_FENCE] = run_fence,
	[RUN_SIGNAL] = run_signal,
	[RUN_FENCE_OF] = run_fence_of,
	[RUN_FENCE_ATTACH] = run_fence_attach,
	[RUN_MMAP] = run_mmap,
	[RUN_MUNMAP] = run_munmap,
	[RUN_TOUCH] = run_touch,
	[RUN_MADVISE] = run_madvise,
	[RUN_MPROTECT] = run_mprotect,
	[RUN_MREMAP] = run_mremap,
	[RUN_SYNC_CPU] = run_sync_cpu,
	[RUN_PRIME] = run_prime,
	[RUN_FORK] = run_fork,
	[RUN_KILL] = run_kill,
	[RUN_SLEEP] = run_sleep,
	[RUN_INTERRUPT] = run_interrupt,
};

void run_objects_init(void)
{
	run_vgem = run_open_vgem();
}

void run_objects_reset(void)
{
	for (unsigned int i = 0; i < RUN_SLOTS; i++) {
		struct run_value slot = { .number = i };
		struct run_map map = run_map_take(slot);

		if (map.at)
			munmap(map.at, map.size);
		for (int kind = RUN_DEV; kind < RUN_KINDS; kind++)
			run_keep((enum run_kind)kind, slot, -1);
		run_signal_number(run_fences[i]);
		run_fences[i] = 0;
	}
	/* The next program does not wait for what is left of this one. */
	for (unsigned int i = 0; i < run_children_count && i < 16; i++)
		kill(run_children[i], SIGKILL);
	run_children_count = 0;
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}
