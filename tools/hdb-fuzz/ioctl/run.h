/* SPDX-License-Identifier: MIT */
/*
 * run: carries out a program of calls. This file and run.c are also what a reproducer is made of,
 * so they need nothing but the C library and <hyper_dmabuf.h>.
 */
#ifndef HDB_FUZZ_RUN_H
#define HDB_FUZZ_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_ARGS	10
#define RUN_SLOTS	4	/* resources of each kind */
#define RUN_THREADS	4
#define RUN_CALLS	1024	/* the longest program */

/* What an argument is: a number, or one of the resources. */
enum run_kind {
	RUN_NUMBER,
	RUN_OWN,		/* the id of this domain */
	RUN_ID,			/* of a shared buffer */
	RUN_MAP,		/* a mapping */
	RUN_DEV,		/* from here on: file descriptors */
	RUN_BUF,
	RUN_IMPORT,
	RUN_SYNC,
	RUN_KINDS,
};

/* Where a pointer of a call leads. */
enum run_pointer {
	RUN_GOOD,		/* to memory that ends where the struct does */
	RUN_NULL,
	RUN_UNMAPPED,
	RUN_SPLIT,		/* the last bytes are not mapped */
	RUN_READONLY,
	RUN_KERNEL,		/* an address of the kernel's */
	RUN_POINTERS,
};

enum run_source {
	RUN_UDMABUF,
	RUN_HEAP,
	RUN_HDB_HEAP,		/* the driver's own */
	RUN_VGEM,
	RUN_MEMFD,		/* no dma-buf */
	RUN_SOURCES,
};

enum run_name {
	RUN_OPEN, RUN_CLOSE, RUN_DUP, RUN_RESET, RUN_BUFFER, RUN_TX_CH_SETUP, RUN_RX_CH_SETUP,
	RUN_EXPORT_REMOTE, RUN_EXPORT_SHORT, RUN_EXPORT_FD, RUN_UNEXPORT, RUN_QUERY, RUN_LINKS,
	RUN_EXPORT, RUN_FENCE_SEND, RUN_WAIT_RELEASED, RUN_CAPABILITIES, RUN_ID_OF_FD, RUN_IOCTL,
	RUN_READ, RUN_POLL,
	RUN_FENCE, RUN_SIGNAL, RUN_FENCE_OF, RUN_FENCE_ATTACH, RUN_MMAP, RUN_MUNMAP, RUN_TOUCH,
	RUN_MADVISE, RUN_MPROTECT, RUN_MREMAP, RUN_SYNC_CPU, RUN_PRIME, RUN_FORK, RUN_KILL,
	RUN_SLEEP, RUN_INTERRUPT,
	RUN_NAMES,
};

struct run_value {
	uint8_t kind;		/* enum run_kind */
	uint64_t number;	/* or which one of its kind */
};

/**
 * struct run_call - one call
 * @name: enum run_name
 * @thread: 1 to RUN_THREADS: beside its neighbours of other threads; 0: when all calls before it
 *	have returned
 * @fail: not 0: that allocation (copy from user space, ...) of the call fails, where the kernel can
 * @arg: as run.c reads them, and table.c names them
 */
struct run_call {
	uint8_t name, thread;
	uint16_t fail;
	struct run_value arg[RUN_ARGS];
};

/**
 * struct run_hooks - who watches; each may be NULL
 * @begin: in a thread that makes calls from now on
 * @end: it made its last one
 * @before: call @index of the program is made now
 * @after: it returned @result, a negative errno on failure; @injected: an allocation failed
 * @wrong: a call did what it must not
 */
struct run_hooks {
	void (*begin)(int thread);
	void (*end)(int thread);
	void (*before)(size_t index);
	void (*after)(size_t index, long result, bool injected);
	void (*wrong)(const char *what);
};

/* Once in a process, before all else. Returns 0, or -1. */
int run_init(const struct run_hooks *hooks);

/* Carry out @count calls. Resources stay. */
void run_program(const struct run_call *calls, size_t count);

/* Let all resources go. */
void run_reset(void);

#endif
