/* SPDX-License-Identifier: MIT */
/*
 * env: where a result was measured.
 *
 * What a program in a guest cannot see, the machine's description may tell it on
 * the kernel's command line: hdb.accel, hdb.qemu, hdb.icount, hdb.lane and
 * hdb.revision (of the sources, with "-dirty" behind it where they were changed).
 */
#ifndef HDB_BENCH_ENV_H
#define HDB_BENCH_ENV_H

#include <jansson.h>
#include <stddef.h>

/*
 * All that is known, each as a string or number: kernel, machine, lane, accelerator, qemu,
 * hypervisor, xen, cpu, cpus, memory, clocksource, mitigations (an object), revision, driver
 * parameters (an object).
 */
json_t *env_json(void);

/*
 * Those differences of two environments that change figures, in one line; empty
 * without one. The revision is not among them: it is what is compared.
 */
void env_differences(const json_t *a, const json_t *b, char *text, size_t size);

/* One word of a kernel's command line, "key=value": its value, or NULL. For tests too. */
char *env_word(const char *cmdline, const char *key);

#endif
